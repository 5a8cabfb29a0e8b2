/* SPDX-License-Identifier: MIT */
/*
 * What tuned's files say, compared with what tuned 2.27 makes of them. Touches nothing.
 */
#include "cost.h"
#include "tuned_merge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_reapplies(void **state)
{
	static const struct {
		const char *text;
		bool reapplies;
	} table[] = {
		{ NULL, true },
		{ "", true },
		{ "daemon = 1\n", true },
		{ "reapply_sysctl = 1\n", true },
		{ "reapply_sysctl = yes\n", true },
		{ "reapply_sysctl = 0\n", false },
		{ "reapply_sysctl=0", false },
		{ "reapply_sysctl = 0\r\n", false },
		{ "reapply_sysctl = No\n", false },
		{ "reapply_sysctl = OFF\n", false },
		{ "reapply_sysctl = False # why\n", false },
		{ "reapply_sysctl = 0#\n", true },
		{ "# reapply_sysctl = 0\n", true },
		{ " ; reapply_sysctl = 0\n", true },
		{ "daemon = 1\n reapply_sysctl = 0\n", true },
		{ "  reapply_sysctl = 0\n", false },
		{ "reapply_sysctl = 0\nreapply_sysctl = 1\n", true },
		{ "reapply_sysctl = 1\nreapply_sysctl = 0\n", false },
		{ "reapply_sysctl_exclude = 0\n", true },
		{ "Reapply_sysctl = 0\n", true },
		{ "reapply_sysctl =\n 0\n", true },
		{ "[main]\nreapply_sysctl = 0\n", true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (tuned_reapplies(table[i].text) != table[i].reapplies)
			fail_msg("case %zu: %s", i, table[i].text);
}

static void test_option(void **state)
{
	static const struct {
		const char *text, *value; /* value NULL: there is none */
	} table[] = {
		{ "", NULL },
		{ "include=a\n", NULL },
		{ "[main]\n", NULL },
		{ "[main]\nsummary=include=a\n", NULL },
		{ "[main]\ninclude=a\n", "a" },
		{ "[main]\ninclude=\n", "" },
		{ "[main]\n\tinclude = a , b;c  \n", "a , b;c" },
		{ "[main] # x\ninclude=a # x\n", "a" },
		{ "[main]\ninclude=a\n[x]\ninclude=b\n", "a" },
		{ "[main]\ninclude=a\n[x]\n[main]\ninclude=b\n", "b" },
		{ "[main]\ninclude=a,\n  b,\n# x\n\n\tc\nsummary=d\n e\n", "a, b, c" },
		{ "[main]\ninclude=a\n [x]\ninclude=b\n", "b" },
		{ "[]\n[main]\ninclude=a\n", "a" },
		{ "[main\ninclude=a\n", NULL },
		{ "[main]\nnothing\n  include=a\n", "a" },
		{ "[main]\n=b\n", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		char value[TUNED_VALUE_MAX];

		if (tuned_option(table[i].text, "main", "include", value) !=
		    (table[i].value != NULL))
			fail_msg("case %zu: a value, or none", i);
		assert_string_equal(value, table[i].value ? table[i].value : "");
	}
}

static void test_option_long(void **state)
{
	(void)state;
	for (size_t len = TUNED_VALUE_MAX - 4; len < TUNED_VALUE_MAX + 4; len++) {
		/* On the heap, so that a sanitizer sees every byte beyond. */
		char *value = malloc(TUNED_VALUE_MAX), *text = malloc(len + 16);
		bool fits = len + 1 < TUNED_VALUE_MAX;

		assert_non_null(value);
		assert_non_null(text);
		memcpy(text, "[a]\nb=", 6);
		memset(text + 6, 'x', len);
		text[6 + len] = '\0';
		assert_int_equal(tuned_option(text, "a", "b", value), fits);
		assert_int_equal(strlen(value), fits ? len : 0);
		free(value);
		free(text);
	}
}

static void test_names(void **state)
{
	static const struct {
		const char *text, *separators, *names;
	} table[] = {
		{ "", " \n", "" },
		{ " \n", " \n", "" },
		{ "balanced\n", " \n", "balanced|" },
		{ "a  b\n", " \n", "a|b|" },
		{ "a, b ;c", ",;", "a|b|c|" },
		{ ",a b;;", ",;", "a b|" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		char name[TUNED_NAME_MAX], names[64] = "";
		const char *p = table[i].text;

		while (tuned_next_name(&p, table[i].separators, name))
			strcat(strcat(names, name), "|");
		assert_string_equal(names, table[i].names);
	}
}

static void test_settings(void **state)
{
	/* All of them together, in the order of merging; want is of the first. */
	static const struct {
		const char *texts[3];
		const char *want;
	} table[] = {
		{ { "" }, "\n" },
		{ { NULL, "[sysctl]\nvm.swappiness=1\n" }, "\n" },
		{ { "vm.swappiness=1\n" }, "\n" },
		{ { "[main]\nvm.swappiness=1\n[vm]\nvm.swappiness=2\n" }, "\n" },
		{ { "[sysctl]\nvm.swappiness=1\n" }, "\nvm.swappiness=1\n" },
		{ { "# x\n\n[sysctl]\r\n;\r\nvm.swappiness = 1 # x\r\n\nvm.a=2" },
		  "\n\n\n\nvm.swappiness=1\n\nvm.a=2\n" },
		{ { "[sysctl]\nvm.a=\"1\"\nvm.b=\"\nvm.c=\"a\" b\n" },
		  "\nvm.a=1\nvm.b=\"\nvm.c=\"a\" b\n" },
		{ { "[sysctl]\nvm.a=>10\nvm.b=${x}\n" }, "\nvm.a=>10\nvm.b=${x}\n" },
		/* A key is no pattern, and has no dash before it; of slashes releases differ. */
		{ { "[sysctl]\nvm/a=1\n-vm.a=1\nvm.a*=1\nvm.=1\nkernel.a=1\nvm.page-cluster=1\n" },
		  "\nvm/a=1\n\n\n\n\nvm.page-cluster=1\n" },
		{ { "[sysctl]\nvm.a=1\n vm.b=2\nvm.c=3\n" }, "\nvm.a=1\n\nvm.c=3\n" },

		/* type */
		{ { "[x]\ntype=sysctl\nvm.a=1\n" }, "\n\nvm.a=1\n" },
		{ { "[x]\nvm.a=1\ntype=sysctl\n" }, "\nvm.a=1\n" },
		{ { "[sysctl]\ntype=vm\nvm.a=1\n" }, "\n" },
		{ { "[main]\ntype=sysctl\nvm.a=1\n" }, "\n" },
		{ { "[x]\ntype=sysctl\n  y\nvm.a=1\n" }, "\n" },
		{ { "[x]\nvm.a=1\n", "[x]\ntype=sysctl\n" }, "\nvm.a=1\n" },
		{ { "[x]\ntype=sysctl\nvm.a=1\n", "[x]\nvm.b=1\n" }, "\n" },

		/* enabled: the last profile that has the section decides */
		{ { "[sysctl]\nenabled=0\nvm.a=1\n" }, "\n" },
		{ { "[sysctl]\nenabled=True\nvm.a=1\n" }, "\n\nvm.a=1\n" },
		{ { "[sysctl]\nenabled=yes\nvm.a=1\n" }, "\n" },
		{ { "[sysctl]\nvm.a=1\n", "[sysctl]\nenabled=false\n", "[cpu]\na=b\n" }, "\n" },
		{ { "[sysctl]\nenabled=0\nvm.a=1\n", "[sysctl]\n" }, "\n\nvm.a=1\n" },

		/* replace and drop */
		{ { "[sysctl]\nvm.a=1\n", "[sysctl]\nreplace=1\n" }, "\n" },
		{ { "[sysctl]\nreplace=1\nvm.a=1\n", "[sysctl]\nreplace=no\n" }, "\n\nvm.a=1\n" },
		{ { "[sysctl]\nvm.a=1\n", "[x]\nreplace=1\n" }, "\nvm.a=1\n" },
		{ { "[sysctl]\nvm.a=1\nvm.b=2\nvm.c=3\n", "[sysctl]\ndrop=vm.a , vm.c\n" },
		  "\n\nvm.b=2\n" },
		{ { "[sysctl]\ndrop=vm.a\nvm.a=1\n", NULL, "[x]\ndrop=vm.a\n" }, "\n\nvm.a=1\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		char *have = NULL;

		assert_int_equal(tuned_settings(table[i].texts, 3, 0, false, &have), 0);
		if (!streq(have, table[i].want))
			fail_msg("case %zu: \"%s\"", i, have);
		free(have);
	}
}

/* What a profile drops does not bind itself. */
static void test_settings_later(void **state)
{
	static const char *const texts[] = {
		"[sysctl]\nvm.a=1\n",
		"[sysctl]\nreplace=1\ndrop=vm.b\nvm.b=2\n",
	};
	char *have = NULL;

	(void)state;
	assert_int_equal(tuned_settings(texts, 2, 1, false, &have), 0);
	assert_string_equal(have, "\n\n\nvm.b=2\n");
	free(have);
}

/* Units of type vm know four keys, and come before or behind the last unit of sysctls. */
static void test_settings_vm(void **state)
{
	static const struct {
		const char *texts[3];
		const char *want, *at_end;
	} table[] = {
		{ { "[vm]\ndirty_ratio=1\ndirty_bytes=\nswappiness=2\nvm.dirty_bytes=3\n" },
		  "\nvm.dirty_ratio=1\n",
		  "\n" },
		{ { "[vm]\ndirty_bytes=40%\ndirty_background_bytes = 65536\n" },
		  "\nvm.dirty_ratio=40\nvm.dirty_background_bytes=65536\n",
		  "\n" },
		{ { "[x]\ntype=vm\ndirty_background_bytes=3%\n" },
		  "\n\nvm.dirty_background_ratio=3\n",
		  "\n" },
		{ { "[vm]\ntype=sysctl\ndirty_ratio=1\nvm.a=1\n" }, "\n\n\nvm.a=1\n", "\n" },
		/* int() refuses it, or nothing is left of it */
		{ { "[vm]\ndirty_ratio=0x1\ndirty_background_ratio=40%\ndirty_bytes=%\n" },
		  "\n",
		  "\n" },
		{ { "[vm]\ndirty_ratio=>1\ndirty_bytes=-1\ndirty_background_ratio=${x}\n" },
		  "\n\n\nvm.dirty_background_ratio=${x}\n",
		  "\n" },
		/* The ratio is written last, unless it is dropped. */
		{ { "[vm]\ndirty_ratio=1\ndirty_bytes=65536\n" }, "\nvm.dirty_ratio=1\n", "\n" },
		{ { "[vm]\ndirty_bytes=2%\n", "[vm]\ndirty_ratio=1\n" }, "\n", "\n" },
		{ { "[vm]\ndirty_bytes=65536\ndirty_ratio=1\n", "[vm]\ndrop=dirty_ratio\n" },
		  "\nvm.dirty_bytes=65536\n",
		  "\n" },
		{ { "[vm]\ndirty_bytes=65536\n", "[x]\ntype=vm\ndirty_ratio=1\n" },
		  "\nvm.dirty_bytes=65536\n",
		  "\n" },
		{ { "[vm]\nreplace=1\ndirty_bytes=65536\n", "[vm]\nenabled=0\n" }, "\n", "\n" },

		/* before and behind */
		{ { "[vm]\ndirty_ratio=1\n[sysctl]\nvm.a=1\n" },
		  "\nvm.dirty_ratio=1\n\nvm.a=1\n",
		  "\n" },
		{ { "[sysctl]\nvm.a=1\n[vm]\ndirty_ratio=1\n" },
		  "\nvm.a=1\n",
		  "\n\n\nvm.dirty_ratio=1\n" },
		{ { "[vm]\ndirty_ratio=1\n", "[sysctl]\n" }, "\nvm.dirty_ratio=1\n", "\n" },
		{ { "[sysctl]\n[vm]\ndirty_ratio=1\n", "[sysctl]\n" },
		  "\n",
		  "\n\nvm.dirty_ratio=1\n" },
		{ { "[sysctl]\n[vm]\ndirty_ratio=1\n", "[x]\ntype=sysctl\n" },
		  "\n\nvm.dirty_ratio=1\n",
		  "\n" },
		{ { "[sysctl]\n[vm]\ndirty_ratio=1\n", "[x]\ntype=sysctl\nuname_regex=y\n" },
		  "\n",
		  "\n\nvm.dirty_ratio=1\n" },
		{ { "[sysctl]\nenabled=0\n[vm]\ndirty_ratio=1\n" },
		  "\n\n\nvm.dirty_ratio=1\n",
		  "\n" },
		{ { "[sysctl]\npriority=5\n[vm]\ndirty_ratio=1\n" },
		  "\n\n\nvm.dirty_ratio=1\n",
		  "\n" },
		{ { "[vm]\npriority=1\ndirty_ratio=1\n[sysctl]\n" },
		  "\n",
		  "\n\nvm.dirty_ratio=1\n" },
		{ { "[sysctl]\npriority=1\n[vm]\ndirty_ratio=1\n", "[sysctl]\nreplace=1\n" },
		  "\n",
		  "\n\n\nvm.dirty_ratio=1\n" },
		{ { "[sysctl]\npriority=1\n[vm]\ndirty_ratio=1\n", "[sysctl]\npriority=0\n" },
		  "\n",
		  "\n\n\nvm.dirty_ratio=1\n" },
		{ { "[sysctl]\npriority=1\n[vm]\ndirty_ratio=1\n", "[sysctl]\n" },
		  "\n\n\nvm.dirty_ratio=1\n",
		  "\n" },
		{ { "[vm]\ndirty_ratio=1\n", "[sysctl]\npriority=-1\n" },
		  "\n",
		  "\nvm.dirty_ratio=1\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		for (int at_end = 0; at_end < 2; at_end++) {
			char *have = NULL;

			assert_int_equal(tuned_settings(table[i].texts, 3, 0, at_end, &have), 0);
			if (!streq(have, at_end ? table[i].at_end : table[i].want))
				fail_msg("case %zu, %d: \"%s\"", i, at_end, have);
			free(have);
		}
	}
}

static void test_applies_again(void **state)
{
	static const struct {
		const char *texts[2];
		enum sysctl_again again;
	} table[] = {
		{ { "", "" }, SYSCTL_AGAIN_NOTHING },
		{ { "[main]\ntype=sysctl\n", "[vm]\ndirty_ratio=1\n" }, SYSCTL_AGAIN_NOTHING },
		{ { "[sysctl]\n", "" }, SYSCTL_AGAIN_SURE },
		{ { "", "[x]\nkernel.a=1\ntype=sysctl\n" }, SYSCTL_AGAIN_SURE },
		{ { "[sysctl]\ntype=vm\n", "" }, SYSCTL_AGAIN_NOTHING },
		{ { "[sysctl]\nvm.a=1\n", "[sysctl]\nenabled=0\n" }, SYSCTL_AGAIN_NOTHING },
		{ { "[sysctl]\nuname_regex=x\n", "" }, SYSCTL_AGAIN_MAYBE },
		{ { "[sysctl]\n", "[sysctl]\ncpuinfo_regex=x\n" }, SYSCTL_AGAIN_MAYBE },
		{ { "[sysctl]\nuname_regex=x\n", "[sysctl]\nreplace=1\n" }, SYSCTL_AGAIN_SURE },
		{ { "[sysctl.x]\ntype=sysctl\nuname_regex=x\n", "[sysctl]\n" }, SYSCTL_AGAIN_SURE },
		{ { "", NULL }, SYSCTL_AGAIN_MAYBE },
		{ { NULL, "[sysctl]\n" }, SYSCTL_AGAIN_SURE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		enum sysctl_again again = SYSCTL_AGAIN_OFF;

		assert_int_equal(tuned_applies_again(table[i].texts, 2, &again), 0);
		if (again != table[i].again)
			fail_msg("case %zu", i);
	}
}

static void test_excludes(void **state)
{
	static const struct {
		const char *patterns, *key;
		bool excludes;
	} table[] = {
		{ NULL, "vm.a", false },        { "", "vm.a", false },
		{ "vm.a", "vm.a", true },       { "vm.b, vm.a ;vm.c", "vm.a", true },
		{ "vm.b vm.a", "vm.a", false }, { "vm.a", "vm.ab", false },
		{ "*", "vm/a", true },          { "v*a", "vm.x.a", true },
		{ "vm?a", "vm/a", true },       { "vm.[!b]", "vm.a", true },
		{ "vm.[ab]", "vm.c", false },   { "*", ".vm.a", true },
		{ "vm.\\a", "vm.a", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (tuned_excludes(table[i].patterns, table[i].key, strlen(table[i].key)) !=
		    table[i].excludes)
			fail_msg("case %zu", i);
	/* A key need not end where its text does. */
	assert_true(tuned_excludes("vm.a", "vm.a=1", 4));
}

static void test_computed(void **state)
{
	static const struct {
		const char *value;
		bool computed;
	} table[] = {
		{ "", false },          { "10", false }, { "x", false },
		{ ">10", true },        { "<10", true }, { "${a}", true },
		{ "1${f:exec}", true }, { "1>", false }, { "=>10", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		assert_int_equal(tuned_is_computed(table[i].value, strlen(table[i].value)),
				 table[i].computed);
}

/* 64 KiB, of which each line asks what all the others say. */
static void test_bombs(void **state)
{
	static const struct {
		const char *before, *repeated;
	} table[] = {
		{ "", "[sysctl]\n" },
		{ "", "type=sysctl\n" },
		{ "", "[a]\nvm.b=1\n" },
		{ "", "[sysctl]\nvm.a=1\n" },
		{ "", "[vm]\ntype=vm\ndirty_bytes=1\n" },
		{ "[vm]\n", "dirty_bytes=1\n" },
		{ "[sysctl]\n", "vm.a=1\n" },
		{ "[sysctl]\n", "drop=vm.a\n" },
		{ "[sysctl]\ndrop=", "vm.a," },
		{ "[sysctl]\ndrop=", "vm.b\n " },
	};
	static char text[KIB(64) + 1], half[KIB(32) + 1];
	const char *const alone[] = { text }, *const both[] = { half, text };

	(void)state;
	(void)cost_fill(half, sizeof(half) - 1, "[sysctl]\n", "vm.a=1\n");
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		double start = cost_now();
		char *settings;

		memset(text, 0, sizeof(text));
		(void)cost_fill(text, sizeof(text) - 1, table[i].before, table[i].repeated);
		assert_int_equal(tuned_settings(alone, 1, 0, false, &settings), 0);
		free(settings);
		cost_check(start, table[i].repeated);
		start = cost_now();
		text[KIB(32)] = '\0';
		assert_int_equal(tuned_settings(both, 2, 0, false, &settings), 0);
		free(settings);
		cost_check(start, table[i].repeated);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reapplies),   cmocka_unit_test(test_option),
		cmocka_unit_test(test_option_long), cmocka_unit_test(test_names),
		cmocka_unit_test(test_settings),    cmocka_unit_test(test_settings_later),
		cmocka_unit_test(test_settings_vm), cmocka_unit_test(test_applies_again),
		cmocka_unit_test(test_bombs),       cmocka_unit_test(test_excludes),
		cmocka_unit_test(test_computed),
	};

	return cmocka_run_group_tests_name("tuned_text", tests, NULL, NULL);
}
