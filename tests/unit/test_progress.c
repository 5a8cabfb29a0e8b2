/* SPDX-License-Identifier: MIT */
/*
 * The bar at any moment and on any terminal: what it says, and that it fits. Prints none.
 */
#include "report.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define DOTS10 ".........."
#define FULL10 "##########"

static const struct {
	uint64_t done, total, ms;
	size_t columns;
	const char *text;
} cases[] = {
	/* Nothing is known of the rate at first. */
	{ 0, GIB(4), 0, 79, "[" DOTS10 DOTS10 DOTS10 "]   0 % of 4 GiB" },
	{ GIB(1), GIB(4), 2000, 79,
	  "[#######..." DOTS10 DOTS10 "]  25 % of 4 GiB, 512 MiB/s, 0:06 left" },
	{ GIB(4), GIB(4), 8000, 79,
	  "[" FULL10 FULL10 FULL10 "] 100 % of 4 GiB, 512 MiB/s, 0:00 left" },
	/* Not full before it is. */
	{ GIB(4) - 1, GIB(4), 8000, 79,
	  "[" FULL10 FULL10 "#########.]  99 % of 4 GiB, 511 MiB/s, 0:01 left" },
	/* Slow disks, and long waits. */
	{ MIB(5), GIB(1), 2000, 79,
	  "[" DOTS10 DOTS10 DOTS10 "]   0 % of 1 GiB, 2.5 MiB/s, 6:48 left" },
	{ MIB(64), GIB(64), 60000, 79,
	  "[" DOTS10 DOTS10 DOTS10 "]   0 % of 64 GiB, 1.0 MiB/s, 1023:00 left" },
	{ 4096, GIB(1), 5000, 79, "[" DOTS10 DOTS10 DOTS10 "]   0 % of 1 GiB" },
	/* Narrow ones. */
	{ GIB(1), GIB(4), 2000, 50, "[##.........]  25 % of 4 GiB, 512 MiB/s, 0:06 left" },
	{ GIB(1), GIB(4), 2000, 40, " 25 % of 4 GiB, 512 MiB/s, 0:06 left" },
	{ GIB(1), GIB(4), 2000, 14, " 25 % of 4 GiB" },
	{ GIB(1), GIB(4), 2000, 5, " 25 %" },
	{ GIB(1), GIB(4), 2000, 1, " " },
	/* What must not be, and does no harm. */
	{ 0, 0, 0, 79, "[" FULL10 FULL10 FULL10 "] 100 % of 0 B" },
	{ 9, 8, 1, 40, "[#########################] 100 % of 8 B" },
};

static void test_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char buf[PROGRESS_MAX];

		assert_string_equal(progress_text(cases[i].done, cases[i].total, cases[i].ms,
						  cases[i].columns, buf),
				    cases[i].text);
	}
}

static void test_fits(void **state)
{
	static const uint64_t totals[] = { 1, KIB(40), GIB(4), GIB(1023) + MIB(999), UINT64_MAX };
	static const uint64_t times[] = { 0, 1, 999, 3600000, UINT64_MAX / 2 };

	(void)state;
	for (size_t columns = 1; columns < PROGRESS_MAX; columns++)
		for (size_t t = 0; t < ARRAY_SIZE(totals); t++)
			for (size_t m = 0; m < ARRAY_SIZE(times); m++)
				for (unsigned part = 0; part <= 8; part++) {
					char buf[PROGRESS_MAX];

					progress_text(totals[t] / 8 * part, totals[t], times[m],
						      columns, buf);
					assert_in_range(strlen(buf), 1, columns);
				}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_fits),
	};

	return cmocka_run_group_tests_name("progress", tests, NULL, NULL);
}
