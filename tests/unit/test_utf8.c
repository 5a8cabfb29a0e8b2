/* SPDX-License-Identifier: MIT */
/*
 * What is UTF-8 and what is not, by every code point there is. Touches nothing.
 */
#include "utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static size_t encode(uint32_t point, unsigned char out[static 5])
{
	memset(out, 0, 5);
	if (point < 0x80) {
		out[0] = (unsigned char)point;
		return 1;
	}
	if (point < 0x800) {
		out[0] = (unsigned char)(0xc0 | point >> 6);
		out[1] = (unsigned char)(0x80 | (point & 0x3f));
		return 2;
	}
	if (point < 0x10000) {
		out[0] = (unsigned char)(0xe0 | point >> 12);
		out[1] = (unsigned char)(0x80 | (point >> 6 & 0x3f));
		out[2] = (unsigned char)(0x80 | (point & 0x3f));
		return 3;
	}
	out[0] = (unsigned char)(0xf0 | point >> 18);
	out[1] = (unsigned char)(0x80 | (point >> 12 & 0x3f));
	out[2] = (unsigned char)(0x80 | (point >> 6 & 0x3f));
	out[3] = (unsigned char)(0x80 | (point & 0x3f));
	return 4;
}

/* Every code point there is, and none of the surrogates. */
static void test_code_points(void **state)
{
	(void)state;
	for (uint32_t point = 0; point < 0x110000; point++) {
		const bool surrogate = point >= 0xd800 && point < 0xe000;
		unsigned char bytes[5];
		size_t len = encode(point, bytes), got = utf8_length(bytes);

		if (got != (surrogate ? 0 : len))
			fail_msg("U+%04X: %zu", (unsigned)point, got);
	}
}

/* Three bytes of any kind that are taken are the only form of their code point. */
static void test_any_bytes(void **state)
{
	static const unsigned char ends[] = { 0, 0x7f, 0x80, 0xbf, 0xc0, 0xff };

	(void)state;
	for (unsigned first = 0x80; first < 0x100; first++)
		for (unsigned second = 0; second < 0x100; second++)
			for (size_t i = 0; i < ARRAY_SIZE(ends) * ARRAY_SIZE(ends); i++) {
				const unsigned char bytes[5] = { (unsigned char)first,
								 (unsigned char)second,
								 ends[i / ARRAY_SIZE(ends)],
								 ends[i % ARRAY_SIZE(ends)] };
				size_t len = utf8_length(bytes);
				unsigned char again[5];
				uint32_t point = bytes[0] & (len == 2 ? 0x1f : len == 3 ? 0xf : 7);

				if (len == 0)
					continue;
				for (size_t k = 1; k < len; k++) {
					assert_int_equal(bytes[k] & 0xc0, 0x80);
					point = point << 6 | (bytes[k] & 0x3f);
				}
				assert_int_equal(encode(point, again), len);
				assert_memory_equal(again, bytes, len);
				assert_in_range(point, 0x80, 0x10ffff);
				assert_false(point >= 0xd800 && point < 0xe000);
			}
}

/* Of a text that ends nowhere but at its length. */
static void test_prefix(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		size_t prefix;
	} table[] = {
		{ "", 0, 0 },
		{ "a\nb", 3, 3 },
		{ "a\0b", 3, 3 },
		{ "\xc3\xa4", 2, 2 },
		{ "\xc3\xa4", 1, 0 },
		{ "a\xc3", 2, 1 },
		{ "\xe4 b", 3, 0 },
		{ "\xf0\x9f\x98\x80", 4, 4 },
		{ "\xf0\x9f\x98\x80", 3, 0 },
		{ "vm.swappiness=1\n# f\xfcr", 21, 19 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		/* On the heap, so that a sanitizer sees every byte beyond. */
		char *text = malloc(table[i].len ? table[i].len : 1);

		assert_non_null(text);
		memcpy(text, table[i].text, table[i].len);
		assert_int_equal(utf8_prefix(text, table[i].len), table[i].prefix);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_code_points),
		cmocka_unit_test(test_any_bytes),
		cmocka_unit_test(test_prefix),
	};

	return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}
