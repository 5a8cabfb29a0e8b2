/* SPDX-License-Identifier: MIT */
/*
 * Sizes, multiples, shares, nominal RAM and their texts, as tables. Touches nothing.
 */
#include "size.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define UNTOUCHED 0xabcdefULL
#define TIB(n)    ((uint64_t)(n) << 40)

static void test_size_parse(void **state)
{
	static const struct {
		const char *text;
		enum size_fault fault;
		uint64_t bytes;
	} table[] = {
		{ "0", SIZE_OK, 0 },
		{ "00", SIZE_OK, 0 },
		{ "0.0", SIZE_OK, 0 },
		{ "0G", SIZE_OK, 0 },
		{ "1K", SIZE_OK, 1024 },
		{ "1KiB", SIZE_OK, 1024 },
		{ "1KB", SIZE_OK, 1000 },
		{ "4095K", SIZE_OK, KIB(4095) },
		{ "512M", SIZE_OK, MIB(512) },
		{ "512MiB", SIZE_OK, MIB(512) },
		{ "512MB", SIZE_OK, 512000000 },
		{ "16G", SIZE_OK, GIB(16) },
		{ "016G", SIZE_OK, GIB(16) },
		{ "16GiB", SIZE_OK, GIB(16) },
		{ "16GB", SIZE_OK, 16000000000 },
		{ "1T", SIZE_OK, TIB(1) },
		{ "1TiB", SIZE_OK, TIB(1) },
		{ "1TB", SIZE_OK, 1000000000000 },
		{ "0.5G", SIZE_OK, MIB(512) },
		{ ".5G", SIZE_OK, MIB(512) },
		{ "1.5G", SIZE_OK, MIB(1536) },
		{ "1.50G", SIZE_OK, MIB(1536) },
		{ "0.000001M", SIZE_OK, 1 },
		{ "0.0001K", SIZE_OK, 0 },
		{ "0.001KB", SIZE_OK, 1 },
		{ "0.0015KB", SIZE_OK, 1 },
		{ "1.999999K", SIZE_OK, 2047 },
		{ "0.333333G", SIZE_OK, 357913583 },
		{ "8388607T", SIZE_OK, TIB(8388607) },
		{ "9007199254740991K", SIZE_OK, INT64_MAX - 1023 },
		{ "9223372TB", SIZE_OK, 9223372000000000000 },

		{ "9007199254740992K", SIZE_TOO_LARGE, 0 },
		{ "8388608T", SIZE_TOO_LARGE, 0 },
		{ "9223373TB", SIZE_TOO_LARGE, 0 },
		{ "18446744073709551616T", SIZE_TOO_LARGE, 0 },
		{ "99999999999999999999999999999999999999999999999999K", SIZE_TOO_LARGE, 0 },
		{ "0.0000001T", SIZE_TOO_LARGE, 0 },
		{ "0.99999999999999999999999999999999999999999999999999999T", SIZE_TOO_LARGE, 0 },

		{ "1", SIZE_NO_UNIT, 0 },
		{ "16", SIZE_NO_UNIT, 0 },
		{ "0.5", SIZE_NO_UNIT, 0 },
		{ "4096", SIZE_NO_UNIT, 0 },

		{ "", SIZE_NOT_A_SIZE, 0 },
		{ ".", SIZE_NOT_A_SIZE, 0 },
		{ "G", SIZE_NOT_A_SIZE, 0 },
		{ ".G", SIZE_NOT_A_SIZE, 0 },
		{ "5.", SIZE_NOT_A_SIZE, 0 },
		{ "5.G", SIZE_NOT_A_SIZE, 0 },
		{ "1.2.3G", SIZE_NOT_A_SIZE, 0 },
		{ "-1G", SIZE_NOT_A_SIZE, 0 },
		{ "+1G", SIZE_NOT_A_SIZE, 0 },
		{ " 1G", SIZE_NOT_A_SIZE, 0 },
		{ "1G ", SIZE_NOT_A_SIZE, 0 },
		{ "1 G", SIZE_NOT_A_SIZE, 0 },
		{ "1g", SIZE_NOT_A_SIZE, 0 },
		{ "1k", SIZE_NOT_A_SIZE, 0 },
		{ "1B", SIZE_NOT_A_SIZE, 0 },
		{ "1Gi", SIZE_NOT_A_SIZE, 0 },
		{ "1Gib", SIZE_NOT_A_SIZE, 0 },
		{ "1GiBs", SIZE_NOT_A_SIZE, 0 },
		{ "1GG", SIZE_NOT_A_SIZE, 0 },
		{ "1P", SIZE_NOT_A_SIZE, 0 },
		{ "1e9", SIZE_NOT_A_SIZE, 0 },
		{ "0x10", SIZE_NOT_A_SIZE, 0 },
		{ "0x10G", SIZE_NOT_A_SIZE, 0 },
		{ "1,5G", SIZE_NOT_A_SIZE, 0 },
		{ "1_000K", SIZE_NOT_A_SIZE, 0 },
		{ "2x", SIZE_NOT_A_SIZE, 0 },
		{ "10%", SIZE_NOT_A_SIZE, 0 },
		{ "inf", SIZE_NOT_A_SIZE, 0 },
		{ "\xd9\xa1G", SIZE_NOT_A_SIZE, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		uint64_t bytes = UNTOUCHED;
		enum size_fault fault = size_parse(table[i].text, &bytes);

		if (fault != table[i].fault)
			fail_msg("\"%s\": fault %d, not %d", table[i].text, (int)fault,
				 (int)table[i].fault);
		if (bytes != (fault == SIZE_OK ? table[i].bytes : UNTOUCHED))
			fail_msg("\"%s\": %llu", table[i].text, (unsigned long long)bytes);
	}
}

struct amount_case {
	const char *text;
	enum size_fault fault;
	struct amount amount;
};

static void amounts_check(enum size_fault (*parse)(const char *, struct amount *),
			  const struct amount_case *table, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct amount want = table[i].amount, have = { UNTOUCHED, UNTOUCHED };
		enum size_fault fault = parse(table[i].text, &have);

		if (fault != SIZE_OK)
			want = (struct amount){ UNTOUCHED, UNTOUCHED };
		if (fault != table[i].fault)
			fail_msg("\"%s\": fault %d, not %d", table[i].text, (int)fault,
				 (int)table[i].fault);
		if (have.bytes != want.bytes || have.millionths != want.millionths)
			fail_msg("\"%s\": %llu bytes, %llu millionths", table[i].text,
				 (unsigned long long)have.bytes,
				 (unsigned long long)have.millionths);
	}
}

static void test_amount_parse(void **state)
{
	static const struct amount_case table[] = {
		{ "2x", SIZE_OK, { .millionths = 2000000 } },
		{ "0.25x", SIZE_OK, { .millionths = 250000 } },
		{ ".5x", SIZE_OK, { .millionths = 500000 } },
		{ "0.000001x", SIZE_OK, { .millionths = 1 } },
		{ "1000x", SIZE_OK, { .millionths = 1000000000 } },
		{ "0x", SIZE_OK, { 0 } },
		{ "0", SIZE_OK, { 0 } },
		{ "16G", SIZE_OK, { .bytes = GIB(16) } },
		{ "1000.000001x", SIZE_TOO_LARGE, { 0 } },
		{ "1001x", SIZE_TOO_LARGE, { 0 } },
		{ "0.0000001x", SIZE_TOO_LARGE, { 0 } },
		{ "99999999999999999999999999999999999999999x", SIZE_TOO_LARGE, { 0 } },
		{ "2", SIZE_NO_UNIT, { 0 } },
		{ "x", SIZE_NOT_A_SIZE, { 0 } },
		{ ".x", SIZE_NOT_A_SIZE, { 0 } },
		{ "1.x", SIZE_NOT_A_SIZE, { 0 } },
		{ "1.2.3x", SIZE_NOT_A_SIZE, { 0 } },
		{ "1..2x", SIZE_NOT_A_SIZE, { 0 } },
		{ "2X", SIZE_NOT_A_SIZE, { 0 } },
		{ "2xx", SIZE_NOT_A_SIZE, { 0 } },
		{ "-2x", SIZE_NOT_A_SIZE, { 0 } },
		{ "2x ", SIZE_NOT_A_SIZE, { 0 } },
		{ "2Gx", SIZE_NOT_A_SIZE, { 0 } },
		{ "10%", SIZE_NOT_A_SIZE, { 0 } },
		{ "", SIZE_NOT_A_SIZE, { 0 } },
	};

	(void)state;
	amounts_check(amount_parse, table, ARRAY_SIZE(table));
}

static void test_share_parse(void **state)
{
	static const struct amount_case table[] = {
		{ "10%", SIZE_OK, { .millionths = 100000 } },
		{ "2.5%", SIZE_OK, { .millionths = 25000 } },
		{ "0.0001%", SIZE_OK, { .millionths = 1 } },
		{ "100%", SIZE_OK, { .millionths = 1000000 } },
		{ "0%", SIZE_OK, { 0 } },
		{ "0", SIZE_OK, { 0 } },
		{ "2G", SIZE_OK, { .bytes = GIB(2) } },
		{ "101%", SIZE_TOO_LARGE, { 0 } },
		{ "100.0001%", SIZE_TOO_LARGE, { 0 } },
		{ "0.00001%", SIZE_TOO_LARGE, { 0 } },
		{ "10", SIZE_NO_UNIT, { 0 } },
		{ "%", SIZE_NOT_A_SIZE, { 0 } },
		{ "10.5.3%", SIZE_NOT_A_SIZE, { 0 } },
		{ "10%%", SIZE_NOT_A_SIZE, { 0 } },
		{ "10 %", SIZE_NOT_A_SIZE, { 0 } },
		{ "-1%", SIZE_NOT_A_SIZE, { 0 } },
		{ "0.5x", SIZE_NOT_A_SIZE, { 0 } },
		{ "", SIZE_NOT_A_SIZE, { 0 } },
	};

	(void)state;
	amounts_check(share_parse, table, ARRAY_SIZE(table));
}

static void test_amount_bytes(void **state)
{
	static const struct {
		struct amount amount;
		uint64_t whole, bytes;
	} table[] = {
		{ { .bytes = GIB(4) }, 0, GIB(4) },
		{ { .bytes = GIB(4) }, UINT64_MAX, GIB(4) },
		{ { 0 }, GIB(32), 0 },
		{ { .millionths = 1000000 }, 0, 0 },
		{ { .millionths = 1000000 }, GIB(32), GIB(32) },
		{ { .millionths = 500000 }, GIB(32), GIB(16) },
		{ { .millionths = 500000 }, 3, 1 },
		{ { .millionths = 250000 }, MIB(640), MIB(160) },
		{ { .millionths = 333333 }, GIB(3), 1073740750 },
		{ { .millionths = 1 }, 999999, 0 },
		{ { .millionths = 1 }, 1000000, 1 },
		{ { .millionths = 1000000 }, UINT64_MAX, INT64_MAX },
		{ { .millionths = 1000001 }, UINT64_MAX, INT64_MAX },
		{ { .millionths = 1000000000 }, UINT64_MAX, INT64_MAX },
		{ { .millionths = 1000000000 }, TIB(1), TIB(1000) },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		uint64_t bytes = amount_bytes(table[i].amount, table[i].whole);

		if (bytes != table[i].bytes)
			fail_msg("row %zu: %llu", i, (unsigned long long)bytes);
	}
}

static void test_round_ram(void **state)
{
	static const struct {
		uint64_t memtotal, ram;
	} table[] = {
		/* What machines said in their /proc/meminfo, and what they were sold as. */
		{ KIB(2031548), GIB(2) },
		{ KIB(8115540), GIB(8) },
		{ KIB(25049088), GIB(24) },
		{ KIB(24684092), GIB(24) },
		{ KIB(82483572), GIB(80) },
		{ KIB(263859756), GIB(256) },
		{ KIB(480248), MIB(512) },

		{ 0, 0 },
		{ 1, 1 },
		{ 3, 3 },
		{ 4, 4 },
		{ 5, 5 },
		{ 8, 8 },
		{ 9, 10 },
		{ 15, 16 },
		{ MIB(256), MIB(256) },
		{ MIB(256) + 1, MIB(320) },
		{ GIB(1) - 1, GIB(1) },
		{ GIB(1), GIB(1) },
		{ GIB(1) + 1, MIB(1280) },
		{ GIB(8), GIB(8) },
		{ GIB(8) + 1, GIB(10) },
		{ GIB(12), GIB(12) },
		{ GIB(96), GIB(96) },
		{ GIB(96) + 1, GIB(112) },
		{ GIB(112) + 1, GIB(128) },
		{ TIB(1) - 1, TIB(1) },
		{ TIB(1), TIB(1) },
		{ (uint64_t)1 << 63, (uint64_t)1 << 63 },
		{ UINT64_MAX, UINT64_MAX },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (size_round_ram(table[i].memtotal) != table[i].ram)
			fail_msg("%llu: %llu, not %llu", (unsigned long long)table[i].memtotal,
				 (unsigned long long)size_round_ram(table[i].memtotal),
				 (unsigned long long)table[i].ram);
}

/* Every power of two and its neighbours: up, by less than a quarter, and no further. */
static void test_round_ram_everywhere(void **state)
{
	(void)state;
	for (unsigned shift = 3; shift < 62; shift++) {
		uint64_t power = (uint64_t)1 << shift;

		assert_int_equal(size_round_ram(power), power);
		assert_int_equal(size_round_ram(power + 1), power + power / 4);
		assert_int_equal(size_round_ram(2 * power - 1), 2 * power);
		for (uint64_t ram = power; ram < 2 * power; ram += power / 4)
			assert_int_equal(size_round_ram(size_round_ram(ram)), size_round_ram(ram));
	}
}

static void test_round_down(void **state)
{
	static const struct {
		uint64_t bytes, rounded;
	} table[] = {
		{ 0, 0 },       { 1, 0 },       { 4095, 0 },
		{ 4096, 4096 }, { 4097, 4096 }, { UINT64_MAX, UINT64_MAX - 4095 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		assert_int_equal(round_down(table[i].bytes, 4096), table[i].rounded);
}

static void test_size_format(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} table[] = {
		{ 0, "0 B" },
		{ 1, "1 B" },
		{ 1023, "1023 B" },
		{ 1024, "1 KiB" },
		{ 1025, "1 KiB" },
		{ 1029, "1 KiB" },
		{ 1030, "1.01 KiB" },
		{ 1126, "1.1 KiB" },
		{ 1536, "1.5 KiB" },
		{ 4095, "4 KiB" },
		{ MIB(1) - 1, "1 MiB" },
		{ MIB(1), "1 MiB" },
		{ MIB(1) - KIB(1), "1023 KiB" },
		{ MIB(512), "512 MiB" },
		{ MIB(1536), "1.5 GiB" },
		{ MIB(1280), "1.25 GiB" },
		/* 1.0055: a remainder cut to 10 bits would say 1. */
		{ 1079647437, "1.01 GiB" },
		{ GIB(1) + 5368709, "1 GiB" },
		{ GIB(1) + 5368710, "1.01 GiB" },
		{ GIB(16), "16 GiB" },
		{ GIB(16) - 4096, "16 GiB" },
		{ GIB(17) + MIB(51), "17.05 GiB" },
		{ GIB(1024) - 1, "1 TiB" },
		{ TIB(1), "1 TiB" },
		{ TIB(1024), "1 PiB" },
		{ TIB(1024) * 1024, "1 EiB" },
		{ INT64_MAX, "8 EiB" },
		{ UINT64_MAX, "16 EiB" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		char buf[SIZE_TEXT_MAX];

		assert_string_equal(size_format(table[i].bytes, buf), table[i].text);
	}
}

static void test_fault_texts(void **state)
{
	(void)state;
	assert_string_equal(size_fault_text(SIZE_OK), "");
	assert_non_null(strstr(size_fault_text(SIZE_NO_UNIT), "which unit?"));
	assert_non_null(strstr(size_fault_text(SIZE_NOT_A_SIZE), "not a size"));
	assert_non_null(strstr(size_fault_text(SIZE_TOO_LARGE), "too large"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_size_parse),  cmocka_unit_test(test_amount_parse),
		cmocka_unit_test(test_share_parse), cmocka_unit_test(test_amount_bytes),
		cmocka_unit_test(test_round_ram),   cmocka_unit_test(test_round_ram_everywhere),
		cmocka_unit_test(test_round_down),  cmocka_unit_test(test_size_format),
		cmocka_unit_test(test_fault_texts),
	};

	return cmocka_run_group_tests_name("size", tests, NULL, NULL);
}
