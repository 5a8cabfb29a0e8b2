/* SPDX-License-Identifier: MIT */
/*
 * Texts that are printed into memory: whole, or an error.
 */
#include "memstream.h"

#include "fault.h"
#include "valgrind.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define LINE "a line of some forty characters, or fewer\n"

static void test_pieces(void **state)
{
	static const size_t pieces[] = { 0, 1, 24, 25, 26, 4095, 100000 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pieces); i++) {
		_cleanup_free_ char *text = NULL;
		struct memstream out;
		size_t len = 12345;

		assert_int_equal(memstream_open(&out), 0);
		for (size_t n = 0; n < pieces[i]; n++)
			(void)fputs(LINE, out.file);
		assert_int_equal(memstream_close(&out, &text, &len), 0);
		assert_int_equal(len, pieces[i] * strlen(LINE));
		assert_int_equal(strlen(text), len);
		for (size_t n = 0; n < pieces[i]; n++)
			assert_memory_equal(text + n * strlen(LINE), LINE, strlen(LINE));
	}
}

static void test_nul(void **state)
{
	_cleanup_free_ char *text = NULL;
	struct memstream out;
	size_t len;

	(void)state;
	assert_int_equal(memstream_open(&out), 0);
	(void)fwrite("a\0b", 1, 3, out.file);
	assert_int_equal(memstream_close(&out, &text, &len), 0);
	assert_int_equal(len, 3);
	assert_memory_equal(text, "a\0b", 4);
}

#ifndef __SANITIZE_ADDRESS__ /* it takes more than any such limit */
static int print_too_much(void *arg)
{
	const struct rlimit limit = { MIB(64), MIB(64) };
	struct memstream out;
	char *text = arg;

	if (memstream_open(&out) < 0 || setrlimit(RLIMIT_AS, &limit) < 0)
		return FAULT_NOT_INSTALLED;
	for (size_t n = 0; n < MIB(64) / strlen(LINE); n++)
		(void)fputs(LINE, out.file);
	if (memstream_close(&out, &text, NULL) != -ENOMEM)
		return 1;
	return text == arg ? 0 : 2;
}

/* Not a text that ends where memory did. */
static void test_no_memory(void **state)
{
	char untouched[] = "";

	(void)state;
	if (under_valgrind())
		skip();
	assert_int_equal(fault_run(NULL, print_too_much, untouched), 0);
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_nul),
#ifndef __SANITIZE_ADDRESS__
		cmocka_unit_test(test_no_memory),
#endif
	};

	return cmocka_run_group_tests_name("memstream", tests, NULL, NULL);
}
