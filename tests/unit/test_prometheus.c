/* SPDX-License-Identifier: MIT */
/*
 * Metrics of plans that no machine has: labels with everything in them, series that would come
 * twice, values that are not known. Touches nothing.
 */
#include "report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static char *metrics_of(struct step *steps, size_t n, const char *name, int exit_status)
{
	char name_buf[64], source[] = "built-in";
	struct profile profile = { .name = name_buf, .source = source };
	struct facts facts = { .ram_bytes = GIB(2) };
	struct plan plan = { .steps = steps, .n = n, .rules = SYSCTL_RULES_SYSTEMD };
	const struct report report = {
		.profile = &profile, .facts = &facts, .plan = &plan, .exit_status = exit_status
	};
	char *text = NULL;

	strcpy(name_buf, name);
	assert_int_equal(report_prometheus(&report, &text), 0);
	return text;
}

static size_t count(const char *text, const char *what)
{
	size_t n = 0;

	for (text = strstr(text, what); text; text = strstr(text + 1, what))
		n++;
	return n;
}

static void test_labels(void **state)
{
	static const struct {
		const char *name, *label;
	} table[] = {
		{ "plain", "profile=\"plain\"" },
		{ "a\"b\\c\nd", "profile=\"a\\\"b\\\\c\\nd\"" },
		{ "\xc3\xa4", "profile=\"\xc3\xa4\"" },
		{ "a\xff\xc3z", "profile=\"a\xef\xbf\xbd\xef\xbf\xbdz\"" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		_cleanup_free_ char *text = metrics_of(NULL, 0, table[i].name, 0);

		if (count(text, table[i].label) != 1)
			fail_msg("row %zu: %s", i, text);
	}
}

/* One that drifts is enough, wherever it stands. */
static void test_series_once(void **state)
{
	static const enum step_state states[] = { STATE_CHANGE, STATE_BLOCKED, STATE_UNKNOWN };

	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_SIZE(states); i++) {
		struct step steps[] = {
			{ .kind = STEP_SYSCTL_CONFLICT, .target = "/etc/a", .state = STATE_OK },
			{ .kind = STEP_SYSCTL_CONFLICT, .target = "/etc/b", .state = STATE_OK },
			{ .kind = STEP_SYSCTL_CONFLICT, .target = "/etc/a", .state = STATE_OK },
		};
		_cleanup_free_ char *text = NULL;

		steps[i % 2 * 2].state = states[i / 2];
		text = metrics_of(steps, ARRAY_SIZE(steps), "p", 3);
		assert_int_equal(count(text, "memprov_drift{"), 2);
		assert_non_null(strstr(
			text, "\nmemprov_drift{kind=\"sysctl-conflict\",target=\"/etc/a\"} 1\n"));
		assert_non_null(strstr(
			text, "\nmemprov_drift{kind=\"sysctl-conflict\",target=\"/etc/b\"} 0\n"));
	}
}

/* No sample, and then no heading without one. */
static void test_unknown_values(void **state)
{
	struct step steps[] = {
		{ .kind = STEP_SYSCTL,
		  .target = "vm.swappiness",
		  .state = STATE_UNKNOWN,
		  .have.type = VALUE_UNKNOWN,
		  .want = { .type = VALUE_NUMBER, .number = 10 } },
	};
	_cleanup_free_ char *text = metrics_of(steps, ARRAY_SIZE(steps), "p", 3);

	(void)state;
	assert_null(strstr(text, "memprov_sysctl_value"));
	assert_null(strstr(text, "memprov_sysctl_boot_value"));
	assert_null(strstr(text, "memprov_swap_bytes"));
	assert_null(strstr(text, "memprov_swap_recommended_bytes"));
	assert_non_null(strstr(text, "\nmemprov_sysctl_wanted_value{key=\"vm.swappiness\"} 10\n"));
	assert_non_null(strstr(text, "\nmemprov_conforms 0\n"));
	assert_non_null(strstr(text, "\nmemprov_ram_bytes 2147483648\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_labels),
		cmocka_unit_test(test_series_once),
		cmocka_unit_test(test_unknown_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
