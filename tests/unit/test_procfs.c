/* SPDX-License-Identifier: MIT */
/*
 * Texts of /proc as kernels write them, and as nothing should. Touches nothing.
 */
#include "procfs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define HEADING "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"

static void test_meminfo(void **state)
{
	static const struct {
		const char *text, *field;
		uint64_t bytes;
	} table[] = {
		{ "MemTotal:       24684092 kB\nMemFree:        23000000 kB\n", "MemTotal",
		  KIB(24684092) },
		{ "MemTotal:       24684092 kB\nMemFree:        23000000 kB\n", "MemFree",
		  KIB(23000000) },
		{ "A: 1 kB\nCommitted_AS:   123 kB\n", "Committed_AS", KIB(123) },
		{ "MemTotal: 5 kB", "MemTotal", KIB(5) },
		{ "MemTotal:5 kB\n", "MemTotal", KIB(5) },
		{ "MemTotal:\t5 kB\n", "MemTotal", KIB(5) },
		{ "MemTotal: 0 kB\n", "MemTotal", 0 },
		{ "\nMemTotal: 5 kB\n", "MemTotal", KIB(5) },
		{ "\n\n\nMemTotal: 5 kB\n", "MemTotal", KIB(5) },
		{ "MemTotal: 5 kB\nMemTotal: 6 kB\n", "MemTotal", KIB(5) },
		{ "Hugetlb:         2048 kB\nHugePages_Total:       1\n", "Hugetlb", KIB(2048) },
		{ "MemTotal: 18014398509481982 kB\n", "MemTotal", KIB(18014398509481982) },

		{ "", "MemTotal", UNKNOWN },
		{ "\n", "MemTotal", UNKNOWN },
		{ "MemTotal", "MemTotal", UNKNOWN },
		{ "MemTotal:", "MemTotal", UNKNOWN },
		{ "MemTotal: ", "MemTotal", UNKNOWN },
		{ "MemTotal:\n5 kB\n", "MemTotal", UNKNOWN },
		{ "MemTotal 5 kB\n", "MemTotal", UNKNOWN },
		{ "MemTotalX: 5 kB\n", "MemTotal", UNKNOWN },
		{ "XMemTotal: 5 kB\n", "MemTotal", UNKNOWN },
		{ " MemTotal: 5 kB\n", "MemTotal", UNKNOWN },
		{ "Mem: MemTotal: 5 kB\n", "MemTotal", UNKNOWN },
		{ "memtotal: 5 kB\n", "MemTotal", UNKNOWN },
		{ "MemTotal: -5 kB\n", "MemTotal", UNKNOWN },
		{ "MemTotal: +5 kB\n", "MemTotal", UNKNOWN },
		{ "MemTotal: five kB\n", "MemTotal", UNKNOWN },
		{ "MemTotal: 5\n", "MemTotal", UNKNOWN },
		{ "MemTotal: 5kB\n", "MemTotal", UNKNOWN },
		{ "MemTotal: 5 MB\n", "MemTotal", UNKNOWN },
		{ "MemTotal: 5 k", "MemTotal", UNKNOWN },
		{ "MemTotal: 0x5 kB\n", "MemTotal", UNKNOWN },
		{ "HugePages_Total:       1\n", "HugePages_Total", UNKNOWN },
		{ "MemTotal: 18014398509481984 kB\n", "MemTotal", UNKNOWN },
		{ "MemTotal: 18446744073709551615 kB\n", "MemTotal", UNKNOWN },
		{ "MemTotal: 99999999999999999999999999999999 kB\n", "MemTotal", UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		uint64_t bytes = meminfo_bytes(table[i].text, table[i].field);

		if (bytes != table[i].bytes)
			fail_msg("row %zu: \"%s\": %llu", i, table[i].text,
				 (unsigned long long)bytes);
	}
}

static void test_octal(void **state)
{
	static const struct {
		const char *text, *decoded;
	} table[] = {
		{ "", "" },
		{ "/swapfile", "/swapfile" },
		{ "/a\\040b", "/a b" },
		{ "\\040", " " },
		{ "\\011\\012\\134", "\t\n\\" },
		{ "/a\\134040b", "/a\\040b" },
		{ "\\303\\244", "\xc3\xa4" },
		{ "\\377", "\xff" },
		{ "\\400", "\\400" },
		{ "\\048", "\\048" },
		{ "\\08", "\\08" },
		{ "\\", "\\" },
		{ "a\\", "a\\" },
		{ "\\0", "\\0" },
		{ "\\04", "\\04" },
		{ "\\\\040", "\\ " },
		{ "\\x20", "\\x20" },
		{ "a\\000b", "a" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		char *text = strdup(table[i].text);

		assert_non_null(text);
		octal_decode(text);
		assert_string_equal(text, table[i].decoded);
		free(text);
	}
}

static void test_swaps(void **state)
{
	static const struct {
		const char *text;
		size_t n;
		struct swap_line lines[3];
	} table[] = {
		{ "", 0, { { "" } } },
		{ "\n\n", 0, { { "" } } },
		{ HEADING, 0, { { "" } } },
		{ HEADING "/swapfile                               file\t\t8388604\t\t1024\t\t-2\n",
		  1,
		  { { "/swapfile", true, KIB(8388604), KIB(1024), -2 } } },
		{ HEADING
		  "/dev/dm-1                               partition\t999420\t\t0\t\t10\n"
		  "/swap.img                               file\t\t2097148\t\t0\t\t-2\n"
		  "/dev/zram0                              partition\t4194300\t\t7\t\t100\n",
		  3,
		  { { "/dev/dm-1", false, KIB(999420), 0, 10 },
		    { "/swap.img", true, KIB(2097148), 0, -2 },
		    { "/dev/zram0", false, KIB(4194300), KIB(7), 100 } } },
		/* No heading, no last newline. */
		{ "/swapfile file 40 0 -2", 1, { { "/swapfile", true, KIB(40), 0, -2 } } },
		{ HEADING "/my\\040swap\\012file file 40 0 -1\n",
		  1,
		  { { "/my swap\nfile", true, KIB(40), 0, -1 } } },
		/* Blanks, too, but not to the kernel. */
		{ HEADING "/a\rb\vc\fd file 40 0 -2\n",
		  1,
		  { { "/a\rb\vc\fd", true, KIB(40), 0, -2 } } },
		/* Whether that is a name or a mark is not for the text to say. */
		{ HEADING "/a\\040b\\040(deleted) file 40 0 -2\n",
		  1,
		  { { "/a b (deleted)", true, KIB(40), 0, -2 } } },

		/* What is none of the kernel's is passed over. */
		{ "swapfile file 40 0 -2\n", 0, { { "" } } },
		{ "/swapfile file 40 0\n", 0, { { "" } } },
		{ "/swapfile file forty 0 -2\n", 0, { { "" } } },
		{ "/swapfile file -40 0 -2\n", 0, { { "" } } },
		{ "/swapfile file 40 18446744073709551615 -2\n", 0, { { "" } } },
		{ "/swapfile file 99999999999999999999999 0 -2\n", 0, { { "" } } },
		{ "/swapfile\n/other file 40 0 -2\n", 1, { { "/other", true, KIB(40), 0, -2 } } },
		{ "/", 0, { { "" } } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		const char *p = table[i].text;
		struct swap_line line;
		size_t n = 0;

		while (memset(&line, 0, sizeof(line)), swaps_next(&p, &line)) {
			const struct swap_line *want = &table[i].lines[n++];

			assert_in_range(n, 1, table[i].n);
			assert_string_equal(line.path, want->path);
			assert_int_equal(line.is_file, want->is_file);
			assert_int_equal(line.size_bytes, want->size_bytes);
			assert_int_equal(line.used_bytes, want->used_bytes);
			assert_int_equal(line.priority, want->priority);
		}
		assert_int_equal(n, table[i].n);
		assert_int_equal(*p, '\0');
	}
}

/* Paths around every limit there is: PATH_MAX, the line's buffer, and far beyond. */
static void test_swaps_long(void **state)
{
	static const struct {
		size_t len;
		bool taken;
	} table[] = {
		{ 1, true },     { 4094, true },     { 4095, true },  { 4096, false },
		{ 4200, false }, { 4223, false },    { 4224, false }, { 4225, false },
		{ 9000, false }, { 1 << 20, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		static const char rest[] = " file 40 0 -2\n/last file 44 0 -3\n";
		char *text = malloc(table[i].len + sizeof(rest));
		struct swap_line line;
		const char *p = text;

		assert_non_null(text);
		memset(text, '/', table[i].len);
		memcpy(text + table[i].len, rest, sizeof(rest));
		if (table[i].taken) {
			assert_true(swaps_next(&p, &line));
			assert_int_equal(strlen(line.path), table[i].len);
			assert_int_equal(line.size_bytes, KIB(40));
		}
		assert_true(swaps_next(&p, &line));
		assert_string_equal(line.path, "/last");
		assert_false(swaps_next(&p, &line));
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_meminfo),
		cmocka_unit_test(test_octal),
		cmocka_unit_test(test_swaps),
		cmocka_unit_test(test_swaps_long),
	};

	return cmocka_run_group_tests_name("procfs", tests, NULL, NULL);
}
