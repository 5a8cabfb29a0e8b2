/* SPDX-License-Identifier: MIT */
/*
 * What others named or wrote reaches a terminal as text only: whatever could steer it, or begin a
 * line of its own, is shown as \xNN. Touches nothing.
 */
#include "report.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

#include <cmocka.h>

static char *put(const char *text, bool lines)
{
	_cleanup_free_ char *copy = strdup(text);
	char *shown = NULL;
	size_t len;
	FILE *out = open_memstream(&shown, &len);

	assert_non_null(copy);
	assert_non_null(out);
	if (lines)
		report_put_lines(out, copy);
	else
		report_put(out, copy);
	assert_int_equal(fclose(out), 0);
	return shown;
}

static void test_put(void **state)
{
	static const struct {
		const char *text, *shown;
	} table[] = {
		{ "", "" },
		{ "/swapfile", "/swapfile" },
		{ " ~!%s%n\\x1b\"'", " ~!%s%n\\x1b\"'" },
		{ "\033[2J\033]0;title\a", "\\x1b[2J\\x1b]0;title\\x07" },
		{ "a\nmemprov: all is well", "a\\x0amemprov: all is well" },
		{ "a\rb\tc\bd\ve\ff", "a\\x0db\\x09c\\x08d\\x0be\\x0cf" },
		{ "\001\037 \176\177", "\\x01\\x1f ~\\x7f" },
		/* C1: some terminals take U+009B for ESC [. */
		{ "\302\200\302\233\302\237", "\\xc2\\x80\\xc2\\x9b\\xc2\\x9f" },
		{ "\302\240\302\243", "\302\240\302\243" },
		{ "\303\244 \342\202\254 \360\237\230\200 \357\277\275",
		  "\303\244 \342\202\254 \360\237\230\200 \357\277\275" },
		/* No UTF-8: Latin-1, a rest, a beginning, too long a form, a surrogate, too far. */
		{ "\344x", "\\xe4x" },
		{ "\200\277", "\\x80\\xbf" },
		{ "\342\202", "\\xe2\\x82" },
		{ "\342\202\033", "\\xe2\\x82\\x1b" },
		{ "\360\237\230", "\\xf0\\x9f\\x98" },
		{ "\300\200\301\277", "\\xc0\\x80\\xc1\\xbf" },
		{ "\340\200\200", "\\xe0\\x80\\x80" },
		{ "\355\240\200", "\\xed\\xa0\\x80" },
		{ "\364\220\200\200", "\\xf4\\x90\\x80\\x80" },
		{ "\370\210\200\200\200", "\\xf8\\x88\\x80\\x80\\x80" },
		{ "\376\377", "\\xfe\\xff" },
		/* And on with what follows. */
		{ "\342\303\244", "\\xe2\303\244" },
		{ "\233\033\303\244", "\\x9b\\x1b\303\244" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		_cleanup_free_ char *shown = put(table[i].text, false);

		assert_string_equal(shown, table[i].shown);
	}
}

static void test_put_lines(void **state)
{
	static const struct {
		const char *text, *shown;
	} table[] = {
		{ "", "" },
		{ "\n", "\n" },
		{ "a\n\nb", "a\n\nb" },
		{ "a\tb\n\tc\n", "a\tb\n\tc\n" },
		{ "a\r\nb\r\n", "a\r\nb\r\n" },
		{ "\r\n", "\r\n" },
		/* Alone it would write over what stands there. */
		{ "a\rb\n", "a\\x0db\n" },
		{ "a\r\r\n", "a\\x0d\r\n" },
		{ "a\r\tb", "a\\x0d\tb" },
		{ "a\r", "a\\x0d" },
		{ "\033[A\n\177\n\302\205\n", "\\x1b[A\n\\x7f\n\\xc2\\x85\n" },
		{ "\303\244\n\344\n", "\303\244\n\\xe4\n" },
		{ "\303\n\244", "\\xc3\n\\xa4" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		_cleanup_free_ char *shown = put(table[i].text, true);

		assert_string_equal(shown, table[i].shown);
	}
}

/* --- UTF-8 --- */

/* --- on stderr --- */

/* What is written to stderr, in `buf`. */
static void caught(void (*fn)(void), char *buf, size_t room)
{
	int saved = dup(STDERR_FILENO);
	int file = memfd_create("stderr", MFD_CLOEXEC);
	ssize_t n;

	assert_return_code(saved, errno);
	assert_return_code(file, errno);
	assert_return_code(dup2(file, STDERR_FILENO), errno);
	fn();
	(void)fflush(stderr);
	assert_return_code(dup2(saved, STDERR_FILENO), errno);
	n = pread(file, buf, room - 1, 0);
	assert_return_code(n, errno);
	buf[n] = '\0';
	close(saved);
	close(file);
}

static void say_error(void)
{
	report_error("/sw\nap\033[0m%s: cannot be read");
}

static void say_profile_errors(void)
{
	static struct profile_error items[] = {
		{ 3, 7, "no key \"\033\"" },
		{ 12, 1, "two\nlines" },
	};
	const struct profile_errors errors = { items, ARRAY_SIZE(items) };

	report_profile_errors("my\rprofile", &errors);
}

static void test_stderr(void **state)
{
	char buf[512];

	(void)state;
	caught(say_error, buf, sizeof(buf));
	assert_string_equal(buf, "memprov: /sw\\x0aap\\x1b[0m%s: cannot be read\n");
	caught(say_profile_errors, buf, sizeof(buf));
	assert_string_equal(buf,
			    "my\\x0dprofile:3:7: no key \"\\x1b\"\n"
			    "my\\x0dprofile:12:1: two\\x0alines\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_put),
		cmocka_unit_test(test_put_lines),
		cmocka_unit_test(test_stderr),
	};

	return cmocka_run_group_tests_name("report-out", tests, NULL, NULL);
}
