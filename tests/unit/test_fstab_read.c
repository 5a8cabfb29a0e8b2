/* SPDX-License-Identifier: MIT */
/*
 * libmount's reading of an fstab, and the check that has to stop a bad edit: each case is one that
 * fstab.c does not make. That it accepts the good ones is in test_fstab.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fstab.h"

static const char *const nofail[] = { "nofail" };
static const struct fstab_want usual = {
	.path = "/swapfile", .options = nofail, .n_options = 1, .priority = -1
};

static void parse_decodes_and_passes_over_malformed_lines(void **state)
{
	static const char text[] = "1 2\n"
				   "//nas/My\\040Files /mnt/a\\011b cifs a\\054b\n"
				   "/dev/x /y ext4 defaults # tc\n"
				   "/s none swap\r\n"
				   "LABEL=z none swap sw 0 0";
	struct fstab_table table;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(fstab_parse(text, strlen(text), &table, &err), 0);
	assert_int_equal(table.n, 3);
	assert_string_equal(table.entries[0].source, "//nas/My Files");
	assert_string_equal(table.entries[0].target, "/mnt/a\tb");
	assert_string_equal(table.entries[0].options, "a,b");
	assert_string_equal(table.entries[1].source, "/s");
	assert_string_equal(table.entries[1].type, "swap");
	assert_string_equal(table.entries[1].options, "");
	assert_string_equal(table.entries[2].source, "LABEL=z");
	fstab_table_done(&table);
	assert_int_equal(fstab_parse(NULL, 0, &table, &err), 0);
	assert_int_equal(table.n, 0);
	fstab_table_done(&table);
}

static void verify_rejects_bad_edits(void **state)
{
	static const char before[] = "UUID=1 / ext4 ro 0 1\nUUID=2 /b ext4 rw 0 0\n";
#define ROOT "UUID=1 / ext4 ro 0 1\n"
#define BOOT "UUID=2 /b ext4 rw 0 0\n"
	static const struct fstab_want tuned = { .path = "/swapfile",
						 .options = nofail,
						 .n_options = 1,
						 .priority = 5,
						 .discard = DISCARD_ONCE };
	static const struct {
		const char *after;
		const struct fstab_want *want;
		int r;
		const char *msg;
	} cases[] = {
		{ ROOT BOOT "/swapfile none swap nofail\n", &usual, 0, "" },
		{ ROOT BOOT "/swapfile none swap discard=once,nofail,pri=5\n", &tuned, 0, "" },
		{ ROOT BOOT, NULL, 0, "" },
		{ "", NULL, -EBADMSG, "lose or change UUID=1 on /" },
		{ ROOT, NULL, -EBADMSG, "lose or change UUID=2 on /b" },
		{ BOOT ROOT, NULL, -EBADMSG, "lose or change UUID=1" },
		{ ROOT "UUID=2 /b ext4 ro 0 0\n", NULL, -EBADMSG, "lose or change UUID=2" },
		{ ROOT "UUID=2 /b ext3 rw 0 0\n", NULL, -EBADMSG, "lose or change UUID=2" },
		{ ROOT "UUID=2 /c ext4 rw 0 0\n", NULL, -EBADMSG, "lose or change UUID=2" },
		{ ROOT "#" BOOT, NULL, -EBADMSG, "lose or change UUID=2" },
		{ ROOT BOOT "/x /y ext4 ro\n", NULL, -EBADMSG, "gain /x on /y" },
		{ ROOT BOOT "/swapfile /y ext4 ro\n", NULL, -EBADMSG, "gain /swapfile on /y" },
		{ ROOT BOOT "/swapfile none swap nofail\n", NULL, -EBADMSG, "1 entries" },
		{ ROOT BOOT, &usual, -EBADMSG, "0 entries" },
		{ ROOT BOOT "/swapfile2 none swap nofail\n", &usual, -EBADMSG, "gain /swapfile2" },
		{ ROOT BOOT "/swapfile none swap nofail # broken\n", &usual, -EBADMSG,
		  "0 entries" },
		{ ROOT BOOT "/swapfile none swap nofail\n//swapfile none swap nofail\n", &usual,
		  -EBADMSG, "2 entries" },
		{ ROOT BOOT "/swapfile none swap\n", &usual, -EBADMSG,
		  "without the option nofail" },
		{ ROOT BOOT "/swapfile none swap nofail=1\n", &usual, -EBADMSG, "without" },
		{ ROOT BOOT "/swapfile none swap nofai\n", &usual, -EBADMSG, "without" },
		{ ROOT BOOT "/swapfile none swap \"sw,nofail\n", &usual, -EBADMSG, "without" },
		{ ROOT BOOT "/swapfile none swap nofail,noauto\n", &usual, -EBADMSG,
		  "wrong options" },
		{ ROOT BOOT "/swapfile none swap nofail,pri=1\n", &usual, -EBADMSG,
		  "wrong options" },
		{ ROOT BOOT "/swapfile none swap nofail,discard\n", &usual, -EBADMSG,
		  "wrong options" },
		{ ROOT BOOT "/swapfile none swap nofail,pri=5\n", &tuned, -EBADMSG,
		  "wrong options" },
		{ ROOT BOOT "/swapfile none swap nofail,pri=5,discard\n", &tuned, -EBADMSG,
		  "wrong options" },
		{ ROOT BOOT "/swapfile none swap nofail,pri=5,discard=pages\n", &tuned, -EBADMSG,
		  "wrong options" },
		{ ROOT BOOT "/swapfile none swap nofail,pri=50,discard=once\n", &tuned, -EBADMSG,
		  "wrong options" },
		{ ROOT BOOT "/swapfile none swap nofail,pri=5,pri=5,discard=once\n", &tuned,
		  -EBADMSG, "wrong options" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct err err = { 0 };
		int r = fstab_verify(before, strlen(before), cases[i].after, strlen(cases[i].after),
				     "/swapfile", cases[i].want, &err);

		if (r != cases[i].r || !strstr(err.msg, cases[i].msg))
			fail_msg("%zu: %d: %s", i, r, err.msg);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parse_decodes_and_passes_over_malformed_lines),
		cmocka_unit_test(verify_rejects_bad_edits),
	};

	return cmocka_run_group_tests_name("fstab_read", tests, NULL, NULL);
}
