/* SPDX-License-Identifier: MIT */
/*
 * What would leave the swapfile off at the next boot blocks, what would only use it otherwise is a
 * warning, and neither where no swapfile is wanted. Touches nothing.
 */
#include "machine.h"

static struct machine m;

static const struct step *step_at(const struct plan *plan, const char *target)
{
	const struct step *step = NULL;

	for (size_t i = 0; i < plan->n; i++) {
		if (!streq(plan->steps[i].target, target))
			continue;
		assert_null(step);
		step = &plan->steps[i];
	}
	return step;
}

static void test_units(void **state)
{
	static const struct {
		const char *path;
		bool masked, above_fstab, until_boot;
		enum why_code why; /* of a step; WHY_NONE: a warning */
		const char *value;
	} table[] = {
		{ "/etc/systemd/system/swapfile.swap", false, true, false, WHY_UNIT_OVERRIDES },
		{ "/run/systemd/system/swapfile.swap", false, true, true, WHY_UNIT_OVERRIDES },
		{ "/etc/systemd/system/swapfile.swap", true, true, false, WHY_UNIT_MASKED,
		  "unmask" },
		{ "/run/systemd/system/swapfile.swap", true, true, true, WHY_UNIT_MASKED,
		  "unmask --runtime" },
		{ "/usr/lib/systemd/system/swapfile.swap", .why = WHY_NONE },
		{ "/usr/lib/systemd/system/swapfile.swap", .masked = true, .why = WHY_NONE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };
		struct boot_unit *unit = &m.facts.boot.unit;
		const struct step *step;

		machine_provisioned(&m);
		strcpy(m.facts.boot.unit_name, "swapfile.swap");
		strcpy(unit->path, table[i].path);
		unit->masked = table[i].masked;
		unit->above_fstab = table[i].above_fstab;
		unit->until_boot = table[i].until_boot;
		plan = machine_plan(&m, false);
		step = step_at(&plan, table[i].path);
		assert_int_equal(step != NULL, table[i].why != WHY_NONE);
		assert_int_equal(plan_conforms(&plan), table[i].why == WHY_NONE);
		if (!step) {
			assert_string_equal(warning_of(&plan, WHY_WARN_UNIT)->text, table[i].path);
			continue;
		}
		assert_int_equal(plan.n_warnings, 0);
		assert_int_equal(step->kind, STEP_FSTAB);
		assert_int_equal(step->state, STATE_BLOCKED);
		assert_int_equal(step->why.code, table[i].why);
		assert_string_equal(step->why.text, "swapfile.swap");
		if (table[i].value)
			assert_string_equal(step->why.value, table[i].value);
	}
}

/* Each obstacle is a step of its own, so that all of them are seen at once. */
static void test_obstacles(void **state)
{
	static const struct expected steps[] = {
		{ STEP_SWAPFILE, STATE_CHANGE, WHY_MISSING, "/swapfile" },
		{ STEP_SWAPON, STATE_CHANGE, WHY_INACTIVE, "/swapfile" },
		{ STEP_FSTAB, STATE_CHANGE, WHY_LINE_MISSING, "/etc/fstab" },
		{ STEP_FSTAB, STATE_BLOCKED, WHY_UNIT_OVERRIDES,
		  "/etc/systemd/system/swapfile.swap" },
		{ STEP_FSTAB, STATE_BLOCKED, WHY_UNIT_MASKED, "/etc/systemd/system/swap.target" },
		{ STEP_FSTAB, STATE_BLOCKED, WHY_CMDLINE, "/proc/cmdline" },
		{ STEP_FSTAB, STATE_BLOCKED, WHY_CMDLINE, "/proc/cmdline" },
		{ STEP_FSTAB, STATE_BLOCKED, WHY_DPHYS, "/etc/dphys-swapfile" },
		{ STEP_DAEMON_RELOAD, STATE_CHANGE, WHY_UNITS_OLD, "systemd" },
	};
	_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };
	struct boot_facts *boot = &m.facts.boot;

	(void)state;
	machine_fresh(&m);
	m.profile.has_sysctl = false;
	m.target.dropin = NULL;
	strcpy(boot->unit_name, "swapfile.swap");
	boot->unit = (struct boot_unit){ "/etc/systemd/system/swapfile.swap", .above_fstab = true };
	boot->target = (struct boot_unit){ "/etc/systemd/system/swap.target", .masked = true,
					   .above_fstab = true };
	strcpy(boot->switches.words[BOOT_SWITCH_FSTAB], "fstab=no");
	strcpy(boot->switches.words[BOOT_SWITCH_MASK_UNIT], "systemd.mask=swapfile.swap");
	strcpy(boot->dphys_path, "/swapfile");
	plan = machine_plan(&m, false);
	check_steps(&plan, steps, ARRAY_SIZE(steps));
	assert_string_equal(plan.steps[4].why.text, "swap.target");
	assert_string_equal(plan.steps[5].why.text, "fstab=no");
	assert_string_equal(plan.steps[6].why.text, "systemd.mask=swapfile.swap");
	for (size_t i = 3; i < 8; i++) {
		assert_int_equal(plan.steps[i].have.type, VALUE_ABSENT);
		assert_int_equal(plan.steps[i].change, NO_CHANGE);
	}
	plan_done(&plan);

	/* Of no concern where there is to be no swapfile. */
	m.target.exact = true;
	m.target.low_bytes = m.target.high_bytes = m.target.minimum_bytes = 0;
	plan = machine_plan(&m, false);
	assert_false(plan_has(&plan, STATE_BLOCKED));
	plan_done(&plan);
	m.target.manage_swap = m.profile.has_swap = false;
	plan = machine_plan(&m, false);
	assert_false(plan_has(&plan, STATE_BLOCKED));
}

static void test_harmless(void **state)
{
	_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };

	(void)state;
	machine_provisioned(&m);
	strcpy(m.facts.boot.unit_name, "swapfile.swap");
	m.facts.boot.target = (struct boot_unit){ "/usr/lib/systemd/system/swap.target" };
	strcpy(m.facts.boot.dphys_path, "/swapfile2");
	machine_swap(&m, "/dev/zram0", GIB(4), 0)->line.priority = 100;
	plan = machine_plan(&m, false);
	assert_true(plan_conforms(&plan));
	assert_int_equal(plan.n_warnings, 0);
}

static void test_kubelet(void **state)
{
	_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };

	(void)state;
	machine_provisioned(&m);
	strcpy(m.facts.boot.kubelet, "/var/lib/kubelet/config.yaml");
	plan = machine_plan(&m, false);
	assert_true(plan_conforms(&plan));
	assert_string_equal(warning_of(&plan, WHY_WARN_KUBELET)->text,
			    "/var/lib/kubelet/config.yaml");
	plan_done(&plan);
	m.target.manage_swap = false;
	plan = machine_plan(&m, false);
	assert_int_equal(warnings_of(&plan, WHY_WARN_KUBELET), 0);
}

static void test_zram(void **state)
{
	static const struct {
		bool active;
		int ours, wanted; /* active: priority now */
		int zram;
		enum why_code why;
	} table[] = {
		{ false, 0, -1, 100, WHY_NONE },
		{ false, 0, -1, -2, WHY_NONE },
		{ false, 0, 10, 100, WHY_NONE },
		{ false, 0, 99, 100, WHY_NONE },
		{ false, 0, 100, 100, WHY_WARN_ZRAM_EQUAL },
		{ false, 0, 101, 100, WHY_WARN_ZRAM },
		{ false, 0, 0, -2, WHY_WARN_ZRAM },
		{ true, -3, -1, -2, WHY_NONE },
		{ true, -2, -1, -3, WHY_WARN_ZRAM },
		{ true, -2, -1, 5, WHY_NONE },
		{ true, 10, -1, 5, WHY_WARN_ZRAM },
		{ true, 10, 10, 5, WHY_WARN_ZRAM },
		{ true, -2, 10, 5, WHY_WARN_ZRAM },
		{ true, 5, 0, 5, WHY_WARN_ZRAM_EQUAL },
		{ true, 5, 32766, 32766, WHY_WARN_ZRAM_EQUAL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };
		const struct why *why = NULL;

		machine_fresh(&m);
		if (table[i].active) {
			machine_provisioned(&m);
			m.facts.file.priority = table[i].ours;
		}
		m.target.fstab.priority = table[i].wanted;
		/* A partition may be used before us. */
		machine_swap(&m, "/dev/sda2", MIB(1), 0);
		machine_swap(&m, "/dev/zram1", GIB(1), 0)->line.priority = 32767;
		machine_swap(&m, "/dev/zram0", GIB(1), 0)->line.priority = table[i].zram;
		plan = machine_plan(&m, false);
		assert_int_equal(plan.n_warnings, table[i].why != WHY_NONE);
		if (table[i].why == WHY_NONE)
			continue;
		why = warning_of(&plan, table[i].why);
		assert_int_equal((int)(int64_t)why->a, table[i].zram);
		assert_string_equal(why->text, "/dev/zram0");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_units),    cmocka_unit_test(test_obstacles),
		cmocka_unit_test(test_harmless), cmocka_unit_test(test_kubelet),
		cmocka_unit_test(test_zram),
	};

	return cmocka_run_group_tests_name("plan_boot", tests, NULL, NULL);
}
