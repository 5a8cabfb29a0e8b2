/* SPDX-License-Identifier: MIT */
/*
 * Records of the kernel log: whose they are, and what of them is shown.
 */
#include "kmsg.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const struct {
	const char *record, *reason; /* NULL: not taken */
} cases[] = {
	{ "4,1330,903307355,-;Unable to find swap-space signature\n",
	  "Unable to find swap-space signature" },
	{ "3,1,2,-;swapon: swapfile has holes\n SUBSYSTEM=x\n", "swapon: swapfile has holes" },
	{ "4,1,2,c,caller=T1;BTRFS warning (device loop0): swapfile must not be copy-on-write",
	  "BTRFS warning (device loop0): swapfile must not be copy-on-write" },
	{ "4,1,2,-;Empty swap-file", "Empty swap-file" },
	/* not about swap */
	{ "4,1,2,-;loop0: detected capacity change", NULL },
	/* written by a process: facility 1 */
	{ "12,1,2,-;swapon: forged\n", NULL },
	{ "30,1,2,-;swapon: forged\n", NULL },
	/* control characters do not reach a terminal */
	{ "4,1,2,-;swap \x1b[2Jx\x7f", "swap ?[2Jx?" },
	/* no record at all */
	{ "", NULL },
	{ ";swap", NULL },
	{ "4", NULL },
	{ "4;swap", NULL },
	{ "-4,1,2,-;swap", NULL },
	{ "x4,1,2,-;swap", NULL },
	{ "99999999999999999999999,1;swap", NULL },
};

static void kernel_records_about_swap_are_taken(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char reason[KMSG_REASON_MAX] = "";

		assert_int_equal(kmsg_parse(cases[i].record, reason), cases[i].reason != NULL);
		if (cases[i].reason)
			assert_string_equal(reason, cases[i].reason);
	}
}

static void a_long_record_is_cut(void **state)
{
	char record[4096], reason[KMSG_REASON_MAX];

	(void)state;
	memset(record, 's', sizeof(record));
	memcpy(record, "4,1,2,-;swap ", 13);
	record[sizeof(record) - 1] = '\0';
	assert_true(kmsg_parse(record, reason));
	assert_int_equal(strlen(reason), KMSG_REASON_MAX - 1);
}

static void holes_are_told_from_all_else(void **state)
{
	static const struct {
		const char *reason;
		bool holes;
	} table[] = {
		/* mm/page_io.c: ext2, ext3; ext4 from 5.7 to 5.9 */
		{ "swapon: swapfile has holes", true },
		/* fs/iomap/swapfile.c, until 5.12 and since 5.13 */
		{ "swapon: file has unallocated extents", true },
		{ "swapon: file /mnt/disk/swapfile has unallocated extents", true },
		/* btrfs; f2fs, which ends its line twice */
		{ "BTRFS warning (device loop0): swapfile must not have holes", true },
		{ "F2FS-fs (loop0): Swapfile has holes\\x0a", true },
		{ "swapon: file is inline", false },
		{ "swapon: file is not committed", false },
		{ "swapon: file has shared extents", false },
		{ "swapon: file /has unallocated extents has shared extents", false },
		{ "swapon: file /swapfile has holes/swapfile is not committed", false },
		{ "swapon: file is on multiple devices", false },
		{ "swapon: file /swapfile outside the main device", false },
		{ "swapon: Cannot find a single usable page in file.", false },
		{ "BTRFS warning (device loop0): swapfile must not be copy-on-write", false },
		{ "F2FS-fs (loop0): Swapfile does not align to section", false },
		{ "Swap area shorter than signature indicates", false },
		{ "Unable to find swap-space signature", false },
		{ "holes", false },
		{ "", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (kmsg_is_about_holes(table[i].reason) != table[i].holes)
			fail_msg("%s", table[i].reason);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(holes_are_told_from_all_else),
		cmocka_unit_test(kernel_records_about_swap_are_taken),
		cmocka_unit_test(a_long_record_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
