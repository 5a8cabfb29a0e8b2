/* SPDX-License-Identifier: MIT */
/*
 * Lines disabled and brought back, byte for byte.
 */
#include "cost.h"
#include "sysctl.h"
#include "sysctl_edit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define M SYSCTL_MARK

/* `at` is where the key named K stands. */
static const struct {
	const char *before, *after;
} table[] = {
	{ "K=1", M "K=1" },
	{ "K=1\n", M "K=1\n" },
	{ "  K = 1 \n", M "  K = 1 \n" },
	{ "-K\n", M "-K\n" },
	{ "a=1\nK=2\nb=3\n", "a=1\n" M "K=2\nb=3\n" },
	{ "a=1\r\nK=2\r\nb=3\r\n", "a=1\r\n" M "K=2\r\nb=3\r\n" },
	{ "a=1\rK=2\rb=3", "a=1\r" M "K=2\rb=3" },
	{ "a=1\nK=2", "a=1\n" M "K=2" },
	/* systemd takes blanks behind the dash, and procps other blanks before the '='. */
	{ "- K = 1\n", M "- K = 1\n" },
	{ "K \v= 1\n", M "K \v= 1\n" },
	{ "K\r = 1\n", M "K\r = 1\n" },
	{ "vm.[ x]K = 1\n", M "vm.[ x]K = 1\n" },
	{ "# memprov\n#memprov#K\nK=1 # mine\n", "# memprov\n#memprov#K\n" M "K=1 # mine\n" },
};

static void test_disable(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		const char *before = table[i].before;
		_cleanup_free_ char *after = NULL, *back = NULL;
		size_t len, back_len;

		/* The last one: a comment may have the letter, too. */
		after = sysctl_disable(before, strlen(before), strrchr(before, 'K'), &len);
		assert_non_null(after);
		assert_string_equal(after, table[i].after);
		assert_int_equal(len, strlen(after));
		assert_int_equal(sysctl_count_disabled(after, len), 1);
		back = sysctl_restore(after, len, &back_len);
		assert_non_null(back);
		assert_string_equal(back, before);
		assert_int_equal(back_len, strlen(before));
	}
}

static void test_restore(void **state)
{
	static const struct {
		const char *before, *after;
		size_t n;
	} restores[] = {
		{ "", "", 0 },
		{ "a=1\n", "a=1\n", 0 },
		{ M "a=1\n" M "b=2\n", "a=1\nb=2\n", 2 },
		/* Edited since: a value, a line before, what is no mark. */
		{ "# new\n" M "a=5\n", "# new\na=5\n", 1 },
		{ " " M "a=1\n", " " M "a=1\n", 0 },
		{ "#memprov#a=1\n", "#memprov#a=1\n", 0 },
		{ M M "a=1\n", "a=1\n", 1 },
		{ M, M, 0 },
		{ M "\n", M "\n", 0 },
		{ M "sets this in its own file\n", M "sets this in its own file\n", 0 },
		{ M "this sets a = 1\n", M "this sets a = 1\n", 0 },
		{ M "no setting\r\na = 1\n", M "no setting\r\na = 1\n", 0 },
		{ M "# a = 1\n", M "# a = 1\n", 0 },
		{ M "-vm.a\n" M "vm.a\n", "-vm.a\n" M "vm.a\n", 1 },
		{ "a=1\n#memprov#", "a=1\n#memprov#", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(restores); i++) {
		const char *before = restores[i].before;
		_cleanup_free_ char *after = NULL;
		size_t len;

		after = sysctl_restore(before, strlen(before), &len);
		assert_non_null(after);
		assert_string_equal(after, restores[i].after);
		assert_int_equal(len, strlen(restores[i].after));
		assert_int_equal(sysctl_count_disabled(before, strlen(before)), restores[i].n);
	}
}

/* A NUL is a byte like others. */
static void test_nul(void **state)
{
	static const char before[] = "a=1\0K=2\nb=3";
	_cleanup_free_ char *after = NULL, *back = NULL;
	size_t len, back_len;

	(void)state;
	after = sysctl_disable(before, sizeof(before) - 1, &before[4], &len);
	assert_non_null(after);
	assert_int_equal(len, sizeof(before) - 1 + strlen(M));
	assert_memory_equal(after, "a=1\0" M "K=2\nb=3", len);
	back = sysctl_restore(after, len, &back_len);
	assert_non_null(back);
	assert_int_equal(back_len, sizeof(before) - 1);
	assert_memory_equal(back, before, back_len);
}

/* 64 KiB of what is disabled, or sets something, or is one line. */
static void test_bombs(void **state)
{
	static const char *const bombs[] = {
		M,
		M "\r",
		M "\n",
		M "a\r",
		M "=\r",
		M "vm.swappiness=1\n",
		"vm.swappiness=1\n",
		"vm.*=1\n",
		"vm.***********=1\n",
		"vm.[",
		"*",
		"-",
		"/",
		"./",
		"../",
		" ",
		"\r",
		"\xe2\x80\x80",
		"-vm.swappiness\n",
		"vm/../vm/swappiness=1\n",
	};
	static char text[KIB(64)];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bombs); i++) {
		const size_t len = cost_fill(text, sizeof(text), "", bombs[i]);
		const struct sysctl_file file = { .path = "/etc/sysctl.d/a.conf",
						  .text = text,
						  .len = len };
		const struct sysctl_tree tree = { .files = &file, .n_files = 1 };
		const double start = cost_now();
		struct sysctl_boot boot;
		size_t after_len;
		char *after = sysctl_restore(text, len, &after_len);

		assert_non_null(after);
		assert_int_equal(sysctl_count_disabled(after, after_len), 0);
		free(after);
		for (enum sysctl_rules rules = 0; rules < SYSCTL_RULES_N; rules++)
			sysctl_boot(&tree, rules, SYSCTL_SWAPPINESS, &boot);
		cost_check(start, bombs[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_disable),
		cmocka_unit_test(test_restore),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_bombs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
