/* SPDX-License-Identifier: MIT */
/*
 * The steps that replace a text file, and what keeps them from it. Touches nothing.
 */
#include "machine.h"

static struct machine m;

static void test_fstab_line(void **state)
{
	static const struct {
		const char *fstab;
		enum step_state state;
		enum why_code why;
		uint64_t line;
		const char *have;
	} table[] = {
		{ "/swapfile none swap sw,nofail 0 0\n", STATE_OK, WHY_NONE, 0,
		  "/swapfile none swap sw,nofail 0 0" },
		{ "", STATE_CHANGE, WHY_LINE_MISSING, 0, NULL },
		{ "# /swapfile none swap sw,nofail 0 0\n", STATE_CHANGE, WHY_LINE_MISSING, 0,
		  NULL },
		{ "/dev/a / ext4\n/swapfile swap swap defaults 0 0\n", STATE_CHANGE, WHY_LINE_WRONG,
		  2, "/swapfile swap swap defaults 0 0" },
		{ "/swapfile none swap sw,nofail,noauto 0 0\n", STATE_CHANGE, WHY_LINE_WRONG, 1,
		  "/swapfile none swap sw,nofail,noauto 0 0" },
		{ "/swapfile none swap sw,nofail,pri=5 0 0\n", STATE_CHANGE, WHY_LINE_WRONG, 1,
		  "/swapfile none swap sw,nofail,pri=5 0 0" },
		{ "/swapfile none swap sw,nofail 0 0\n/swapfile none swap sw 0 0\n", STATE_CHANGE,
		  WHY_LINE_DUPLICATE, 1, "/swapfile none swap sw,nofail 0 0" },
		{ "/other none swap sw,nofail 0 0\n", STATE_CHANGE, WHY_LINE_MISSING, 0, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };
		const struct step *step;

		machine_provisioned(&m);
		machine_fstab(&m, table[i].fstab);
		plan = machine_plan(&m, false);
		step = machine_step(&plan, STEP_FSTAB);
		assert_int_equal(step->state, table[i].state);
		assert_int_equal(step->why.code, table[i].why);
		if (step->state == STATE_CHANGE)
			assert_int_equal(step->why.a, table[i].line);
		if (table[i].have)
			assert_string_equal(step->have.text, table[i].have);
		else
			assert_int_equal(step->have.type, VALUE_ABSENT);
	}
}

static void test_obstacles(void **state)
{
	static const struct {
		enum replace_obstacle obstacle;
		int error;
		bool unprivileged, tree;
		enum step_state state;
		enum why_code why;
	} table[] = {
		{ REPLACE_FREE, 0, false, false, STATE_CHANGE, WHY_NONE },
		{ REPLACE_NOT_REGULAR, 0, false, false, STATE_BLOCKED, WHY_NOT_REGULAR },
		{ REPLACE_MOUNT_POINT, 0, false, false, STATE_BLOCKED, WHY_MOUNT_POINT },
		{ REPLACE_IMMUTABLE, 0, false, false, STATE_BLOCKED, WHY_IMMUTABLE },
		{ REPLACE_READ_ONLY, 0, false, false, STATE_BLOCKED, WHY_READ_ONLY },
		{ REPLACE_NO_DIRECTORY, 0, false, false, STATE_BLOCKED, WHY_NO_PARENT },
		{ REPLACE_DENIED, 0, false, false, STATE_BLOCKED, WHY_DENIED },
		{ REPLACE_DENIED, 0, true, false, STATE_CHANGE, WHY_NONE },
		{ REPLACE_DENIED, 0, true, true, STATE_BLOCKED, WHY_DENIED },
		{ REPLACE_SYMLINK_OUT, 0, false, false, STATE_BLOCKED, WHY_SYMLINK_OUT },
		{ REPLACE_FREE, -EACCES, true, false, STATE_UNKNOWN, WHY_CANNOT_READ },
		{ REPLACE_FREE, -EIO, false, false, STATE_BLOCKED, WHY_ERROR },
		{ REPLACE_FREE, -EBADMSG, false, false, STATE_BLOCKED, WHY_NUL_BYTE },
		{ REPLACE_FREE, -ENOENT, false, false, STATE_CHANGE, WHY_NONE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		static const enum step_kind kinds[] = { STEP_FSTAB, STEP_SYSCTL_FILE };

		for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
			_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };
			const struct step *step;
			struct etc_file *file;

			machine_fresh(&m);
			m.facts.privileged = !table[i].unprivileged;
			m.facts.is_system = !table[i].tree;
			file = k ? &m.facts.dropin : &m.facts.fstab;
			file->obstacle = table[i].obstacle;
			file->error = table[i].error;
			if (table[i].error)
				file->text = NULL, file->len = 0;
			plan = machine_plan(&m, false);
			step = machine_step(&plan, kinds[k]);
			assert_int_equal(step->state, table[i].state);
			if (table[i].why)
				assert_int_equal(step->why.code, table[i].why);
			if (table[i].why == WHY_ERROR)
				assert_int_equal(step->why.a, EIO);
			plan_done(&plan);
			/* What need not change need not be replaceable. */
			if (table[i].error)
				continue;
			machine_provisioned(&m);
			(k ? &m.facts.dropin : &m.facts.fstab)->obstacle = table[i].obstacle;
			plan = machine_plan(&m, false);
			assert_int_equal(machine_step(&plan, kinds[k])->state, STATE_OK);
		}
	}
}

static void test_dropin(void **state)
{
	static const struct {
		const char *now, *want;
		enum step_state state;
		enum why_code why;
	} table[] = {
		{ NULL, "a", STATE_CHANGE, WHY_FILE_MISSING },
		{ "a", "a", STATE_OK, WHY_NONE },
		{ "b", "a", STATE_CHANGE, WHY_FILE_DIFFERS },
		{ "ab", "a", STATE_CHANGE, WHY_FILE_DIFFERS },
		{ "", "a", STATE_CHANGE, WHY_FILE_DIFFERS },
		{ "a", NULL, STATE_CHANGE, WHY_FILE_NOT_WANTED },
		{ NULL, NULL, STATE_OK, WHY_NONE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };
		const struct step *step;

		machine_fresh(&m);
		m.profile.n_sysctl = 0;
		m.target.dropin = NULL;
		if (table[i].want)
			m.target.dropin = strcpy(m.dropin, table[i].want);
		if (table[i].now)
			machine_dropin(&m, table[i].now);
		plan = machine_plan(&m, false);
		step = machine_step(&plan, STEP_SYSCTL_FILE);
		assert_int_equal(step->state, table[i].state);
		assert_int_equal(step->why.code, table[i].why);
		if (step->state == STATE_CHANGE && table[i].want)
			assert_string_equal(plan.changes[step->change].after, table[i].want);
		else if (step->state == STATE_CHANGE)
			assert_null(plan.changes[step->change].after);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fstab_line),
		cmocka_unit_test(test_obstacles),
		cmocka_unit_test(test_dropin),
	};

	return cmocka_run_group_tests_name("plan-etc", tests, NULL, NULL);
}
