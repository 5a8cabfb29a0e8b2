/* SPDX-License-Identifier: MIT */
/*
 * What apply would do as a whole: which steps there are, in which order, on machines that are
 * fresh, provisioned, another user's or a tree. Touches nothing.
 */
#include "machine.h"

static struct machine m;

static void test_fresh(void **state)
{
	/* overcommit_memory goes last, wherever the profile has it. */
	static const struct expected steps[] = {
		{ STEP_SWAPFILE, STATE_CHANGE, WHY_MISSING, "/swapfile" },
		{ STEP_SWAPON, STATE_CHANGE, WHY_INACTIVE, "/swapfile" },
		{ STEP_FSTAB, STATE_CHANGE, WHY_LINE_MISSING, "/etc/fstab" },
		{ STEP_SYSCTL_FILE, STATE_CHANGE, WHY_FILE_MISSING, SYSCTL_DROPIN },
		{ STEP_SYSCTL, STATE_CHANGE, WHY_VALUE, "vm.swappiness" },
		{ STEP_SYSCTL, STATE_CHANGE, WHY_VALUE, "vm.vfs_cache_pressure" },
		{ STEP_SYSCTL, STATE_OK, WHY_NONE, "vm.overcommit_memory" },
		{ STEP_DAEMON_RELOAD, STATE_CHANGE, WHY_UNITS_OLD, "systemd" },
	};
	_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };
	const struct step *step;

	(void)state;
	machine_fresh(&m);
	plan = machine_plan(&m, false);
	check_steps(&plan, steps, ARRAY_SIZE(steps));
	assert_false(plan_conforms(&plan));
	assert_int_equal(plan.n_warnings, 0);

	step = machine_step(&plan, STEP_SWAPFILE);
	assert_int_equal(step->action, FILE_MAKE);
	assert_int_equal(step->have.type, VALUE_ABSENT);
	assert_int_equal(step->want.type, VALUE_BYTES);
	assert_int_equal(step->want.number, GIB(16));
	assert_ptr_equal(step->file, &m.facts.file);
	step = machine_step(&plan, STEP_SWAPON);
	assert_true(step->activate);
	assert_string_equal(step->have.text, "inactive");
	assert_string_equal(step->want.text, "active");
	step = machine_step(&plan, STEP_FSTAB);
	assert_int_equal(step->have.type, VALUE_ABSENT);
	assert_string_equal(step->want.text, MACHINE_LINE);
	assert_int_not_equal(step->change, NO_CHANGE);
	assert_string_equal(plan.changes[step->change].after, MACHINE_FSTAB MACHINE_LINE "\n");
	assert_ptr_equal(plan.changes[step->change].before, m.fstab);
	assert_true(plan.changes[step->change].wanted);
	step = machine_step(&plan, STEP_SYSCTL_FILE);
	assert_null(plan.changes[step->change].before);
	assert_string_equal(plan.changes[step->change].after, m.dropin);
	step = step_of(&plan, STEP_SYSCTL, SYSCTL_SWAPPINESS);
	assert_int_equal(step->have.number, 60);
	assert_int_equal(step->want.number, 10);
}

static void test_provisioned(void **state)
{
	static const struct expected steps[] = {
		{ STEP_SWAPFILE, STATE_OK, WHY_NONE, "/swapfile" },
		{ STEP_SWAPON, STATE_OK, WHY_NONE, "/swapfile" },
		{ STEP_FSTAB, STATE_OK, WHY_NONE, "/etc/fstab" },
		{ STEP_SYSCTL_FILE, STATE_OK, WHY_NONE, SYSCTL_DROPIN },
		{ STEP_SYSCTL, STATE_OK, WHY_NONE, "vm.swappiness" },
		{ STEP_SYSCTL, STATE_OK, WHY_NONE, "vm.vfs_cache_pressure" },
		{ STEP_SYSCTL, STATE_OK, WHY_NONE, "vm.overcommit_memory" },
		{ STEP_DAEMON_RELOAD, STATE_OK, WHY_NONE, "systemd" },
	};
	_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };

	(void)state;
	machine_provisioned(&m);
	plan = machine_plan(&m, false);
	check_steps(&plan, steps, ARRAY_SIZE(steps));
	assert_true(plan_conforms(&plan));
	assert_int_equal(plan.n_changes, 0);
	assert_int_equal(plan.n_warnings, 0);
}

static void test_conforms(void **state)
{
	static const bool conforming[STATE_N] = {
		[STATE_OK] = true,
		[STATE_DONE] = true,
		[STATE_DEFERRED] = true,
		[STATE_SKIPPED] = true,
	};

	(void)state;
	for (int s = 0; s < STATE_N; s++) {
		struct step steps[] = { { .state = STATE_OK }, { .state = (enum step_state)s } };
		struct plan plan = { .steps = steps, .n = ARRAY_SIZE(steps) };

		assert_int_equal(plan_conforms(&plan), conforming[s]);
		assert_true(plan_has(&plan, (enum step_state)s));
		assert_int_equal(plan_has(&plan, STATE_FAILED), s == STATE_FAILED);
	}
}

static void test_reload(void **state)
{
	static const struct {
		bool systemd, is_system, known, old, fstab_right;
		bool step;
		enum step_state state;
		enum why_code why;
	} table[] = {
		{ true, true, true, false, true, true, STATE_OK, WHY_NONE },
		{ true, true, true, true, true, true, STATE_CHANGE, WHY_UNITS_OLD },
		{ true, true, true, false, false, true, STATE_CHANGE, WHY_UNITS_OLD },
		{ true, true, false, false, false, false, STATE_OK, WHY_NONE },
		{ false, true, false, false, false, false, STATE_OK, WHY_NONE },
		{ true, false, false, false, false, true, STATE_DEFERRED, WHY_NEXT_BOOT },
		{ false, false, false, false, false, false, STATE_OK, WHY_NONE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };
		const struct step *step;

		machine_provisioned(&m);
		m.facts.systemd = table[i].systemd;
		m.facts.is_system = table[i].is_system;
		m.facts.units_known = table[i].known;
		m.facts.units_old = table[i].old;
		if (!table[i].fstab_right)
			machine_fstab(&m, MACHINE_FSTAB);
		plan = machine_plan(&m, false);
		step = step_of(&plan, STEP_DAEMON_RELOAD, SYSCTL_N);
		assert_int_equal(step != NULL, table[i].step);
		if (!step)
			continue;
		assert_int_equal(step->state, table[i].state);
		assert_int_equal(step->why.code, table[i].why);
	}
}

static void test_retire(void **state)
{
	static const struct expected steps[] = {
		{ STEP_SWAPFILE, STATE_CHANGE, WHY_MISSING, "/swapfile" },
		{ STEP_SWAPON, STATE_CHANGE, WHY_INACTIVE, "/swapfile" },
		{ STEP_FSTAB, STATE_CHANGE, WHY_LINE_MISSING, "/etc/fstab" },
		{ STEP_SYSCTL_FILE, STATE_CHANGE, WHY_FILE_MISSING, SYSCTL_DROPIN },
		{ STEP_SYSCTL, STATE_CHANGE, WHY_VALUE, "vm.swappiness" },
		{ STEP_SYSCTL, STATE_CHANGE, WHY_VALUE, "vm.vfs_cache_pressure" },
		{ STEP_SYSCTL, STATE_OK, WHY_NONE, "vm.overcommit_memory" },
		{ STEP_DAEMON_RELOAD, STATE_CHANGE, WHY_UNITS_OLD, "systemd" },
		{ STEP_RETIRE, STATE_CHANGE, WHY_ANOTHER_PATH, "/old.swap" },
	};
	_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };
	const struct file_change *change;
	const struct step *step;

	(void)state;
	machine_fresh(&m);
	machine_file(&m.others[0], "/old.swap", GIB(16));
	m.facts.n_others = 1;
	machine_activate(&m, &m.others[0], GIB(1));
	machine_fstab(&m, "/old.swap none swap sw 0 0\n" MACHINE_FSTAB);
	plan = machine_plan(&m, false);
	check_steps(&plan, steps, ARRAY_SIZE(steps));
	/* What is to go does not count as other swap. */
	assert_int_equal(machine_step(&plan, STEP_SWAPFILE)->want.number, GIB(16));
	step = machine_step(&plan, STEP_RETIRE);
	assert_ptr_equal(step->file, &m.others[0]);
	/* Its line goes with it, from the text that the first change leaves. */
	change = &plan.changes[step->change];
	assert_string_equal(change->before,
			    "/old.swap none swap sw 0 0\n" MACHINE_FSTAB MACHINE_LINE "\n");
	assert_string_equal(change->after, MACHINE_FSTAB MACHINE_LINE "\n");
	assert_false(change->wanted);
	assert_string_equal(change->swapfile, "/old.swap");
	plan_done(&plan);

	/* Memory and the new swapfile that cannot take it back block, before anything is done. */
	m.others[0].used_bytes = m.swaps[0].line.used_bytes = GIB(16) - KIB(4);
	m.facts.available_bytes = MIB(100);
	plan = machine_plan(&m, false);
	step = machine_step(&plan, STEP_RETIRE);
	assert_int_equal(step->state, STATE_BLOCKED);
	assert_int_equal(step->why.code, WHY_NO_MEMORY);
	plan_done(&plan);
	m.facts.available_bytes = GIB(9);
	m.others[0].immutable = true;
	plan = machine_plan(&m, false);
	assert_int_equal(machine_step(&plan, STEP_RETIRE)->why.code, WHY_IMMUTABLE);
	assert_true(plan_has(&plan, STATE_BLOCKED));
}

static void test_none_wanted(void **state)
{
	static const struct {
		const char *what;
		enum found_kind kind;
		enum ours ours;
		const char *fstab;
		uint64_t partition;
		enum larger larger;
		bool exact;
		/* SWAPFILE, RETIRE and FSTAB, or STATE_N: no such step */
		enum step_state file, retire, line;
		enum why_code why;
		size_t adopted;
	} table[] = {
		{ "--size 0, nothing there", FOUND_NOTHING, OURS_NO, MACHINE_FSTAB, .exact = true,
		  .file = STATE_OK, .retire = STATE_N, .line = STATE_OK, .why = WHY_NONE_WANTED },
		{ "--size 0, a line without a file", FOUND_NOTHING, OURS_NO, MACHINE_LINE "\n",
		  .exact = true, .file = STATE_OK, .retire = STATE_N, .line = STATE_CHANGE,
		  .why = WHY_NONE_WANTED },
		{ "--size 0, ours", FOUND_SWAP, OURS_YES, MACHINE_LINE "\n", .exact = true,
		  .file = STATE_N, .retire = STATE_CHANGE, .line = STATE_N, .why = WHY_NOT_WANTED },
		{ "--size 0, adopted", FOUND_SWAP, OURS_NO, MACHINE_LINE "\n", .exact = true,
		  .file = STATE_OK, .retire = STATE_N, .line = STATE_N, .why = WHY_NONE_WANTED,
		  .adopted = 1 },
		{ "--size 0, cannot be read", FOUND_UNREADABLE, OURS_UNKNOWN, MACHINE_LINE "\n",
		  .exact = true, .file = STATE_UNKNOWN, .retire = STATE_N, .line = STATE_N,
		  .why = WHY_CANNOT_READ },
		{ "--size 0, foreign", FOUND_FOREIGN, OURS_NO, MACHINE_FSTAB, .exact = true,
		  .file = STATE_OK, .retire = STATE_N, .line = STATE_N, .why = WHY_NONE_WANTED },
		{ "other swap is enough", FOUND_NOTHING, OURS_NO, MACHINE_FSTAB,
		  .partition = GIB(16), .file = STATE_OK, .retire = STATE_N, .line = STATE_OK,
		  .why = WHY_OTHER_SWAP },
		{ "other swap is enough, ours is kept", FOUND_SWAP, OURS_YES, MACHINE_LINE "\n",
		  .partition = GIB(16), .file = STATE_OK, .retire = STATE_N, .line = STATE_OK,
		  .why = WHY_KEPT_LARGER },
		{ "other swap is enough, larger: shrink", FOUND_SWAP, OURS_YES, MACHINE_LINE "\n",
		  .partition = GIB(16), .larger = LARGER_SHRINK, .file = STATE_N,
		  .retire = STATE_CHANGE, .line = STATE_N, .why = WHY_NOT_WANTED },
	};
	static const enum step_kind kinds[] = { STEP_SWAPFILE, STEP_RETIRE, STEP_FSTAB };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		const enum step_state states[] = { table[i].file, table[i].retire, table[i].line };
		_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };

		machine_fresh(&m);
		m.target.exact = table[i].exact;
		m.profile.larger = table[i].larger;
		if (table[i].exact)
			m.target.low_bytes = m.target.high_bytes = m.target.minimum_bytes = 0;
		if (table[i].kind == FOUND_SWAP) {
			machine_file(&m.facts.file, "/swapfile", GIB(16));
			machine_activate(&m, &m.facts.file, 0);
		}
		m.facts.file.kind = table[i].kind;
		m.facts.file.ours = table[i].ours;
		if (table[i].partition)
			machine_swap(&m, "/dev/sda2", table[i].partition, 0);
		machine_fstab(&m, table[i].fstab);
		plan = machine_plan(&m, false);
		for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
			const struct step *step = step_of(&plan, kinds[k], SYSCTL_N);

			if ((step ? step->state : STATE_N) != states[k])
				fail_msg("%s: step %zu", table[i].what, k);
			if (step && k < 2)
				assert_int_equal(step->why.code, table[i].why);
			if (step && step->state == STATE_CHANGE && k > 0)
				assert_null(strstr(plan.changes[step->change].after, "swap"));
		}
		assert_int_equal(warnings_of(&plan, WHY_WARN_ADOPTED), table[i].adopted);
		if (table[i].why != WHY_KEPT_LARGER)
			assert_null(step_of(&plan, STEP_SWAPON, SYSCTL_N));
	}
}

static void test_not_managed(void **state)
{
	_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };

	(void)state;
	machine_provisioned(&m);
	machine_file(&m.others[0], "/old.swap", GIB(1));
	m.facts.n_others = 1;
	m.target.manage_swap = m.profile.has_swap = m.profile.has_sysctl = false;
	m.target.dropin = NULL;
	m.facts.sysctl_now[SYSCTL_SWAPPINESS] = 77;
	plan = machine_plan(&m, false);
	assert_int_equal(plan.n, 1);
	assert_int_equal(plan.steps[0].kind, STEP_DAEMON_RELOAD);
	assert_true(plan_conforms(&plan));
	assert_int_equal(warnings_of(&plan, WHY_WARN_LEFTOVER_SWAP), 2);
	assert_int_equal(warnings_of(&plan, WHY_WARN_LEFTOVER_FILE), 1);
	plan_done(&plan);

	/* Its line only is left. */
	m.others[0] = (struct found){ .path = "/old.swap" };
	plan = machine_plan(&m, false);
	assert_int_equal(warnings_of(&plan, WHY_WARN_LEFTOVER_SWAP), 1);
	assert_string_equal(warning_of(&plan, WHY_WARN_LEFTOVER_LINE)->text, "/old.swap");
	plan_done(&plan);

	/* Lines that were commented out, with the drop-in or without, in whatever order. */
	for (int dropin = 1; dropin >= 0; dropin--) {
		m.facts.tree.n_files = 0;
		machine_source(&m, "/etc/sysctl.d/20-x.conf",
			       "#memprov# vm.swappiness = 1\n#memprov# vm.swappiness = 2\n");
		machine_source(&m, "/etc/sysctl.conf", "#memprov# vm.page-cluster = 1\n");
		machine_source(&m, "/etc/sysctl.d/30-x.conf", "# vm.swappiness = 1\n");
		if (!dropin)
			m.facts.dropin.text = NULL;
		plan = machine_plan(&m, false);
		assert_int_equal(warnings_of(&plan, WHY_WARN_LEFTOVER_FILE), dropin);
		assert_int_equal(warnings_of(&plan, WHY_WARN_DISABLED), 2);
		assert_string_equal(plan.warnings[plan.n_warnings - 2].text, "/etc/sysctl.conf");
		assert_string_equal(plan.warnings[plan.n_warnings - 1].text,
				    "/etc/sysctl.d/20-x.conf");
		assert_true(plan_conforms(&plan));
		plan_done(&plan);
	}
	m.facts.tree.n_files = 0;

	/* What others made is none of ours. */
	m.facts.file.ours = OURS_NO;
	m.facts.n_others = 0;
	m.facts.dropin.text = NULL;
	plan = machine_plan(&m, false);
	assert_int_equal(plan.n_warnings, 0);
}

static void test_warn_inactive(void **state)
{
	static const char *inactive[] = { "/dev/sdb1", "UUID=1234" };
	_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };

	(void)state;
	for (size_t n = 0; n <= ARRAY_SIZE(inactive); n++) {
		machine_provisioned(&m);
		m.facts.inactive = inactive;
		m.facts.n_inactive = n;
		plan = machine_plan(&m, false);
		assert_int_equal(warnings_of(&plan, WHY_WARN_INACTIVE), n);
		assert_int_equal(plan.n_warnings, n);
		for (size_t i = 0; i < n; i++)
			assert_string_equal(plan.warnings[i].text, inactive[i]);
		assert_true(plan_conforms(&plan));
		plan_done(&plan);
	}
}

/* Nothing can be done about its line, neither by apply nor by remove. */
static void test_warn_retired(void **state)
{
	static const char *retired[] = { "/srv/old.swap" };
	_cleanup_(cleanup_plan) struct plan plan = { .n = 0 }, removal = { .n = 0 };
	struct err err;

	(void)state;
	machine_provisioned(&m);
	m.facts.retired = retired;
	m.facts.n_retired = 1;
	plan = machine_plan(&m, false);
	assert_string_equal(warning_of(&plan, WHY_WARN_RETIRED)->text, retired[0]);
	assert_true(plan_conforms(&plan));
	assert_int_equal(plan_remove(&m.facts, false, &removal, &err), 0);
	assert_string_equal(warning_of(&removal, WHY_WARN_RETIRED)->text, retired[0]);
}

/* Also of a swapfile of ours, at whose path there is a new one. */
static void test_warn_deleted(void **state)
{
	_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };
	struct swap_area *area;

	(void)state;
	machine_provisioned(&m);
	area = machine_swap(&m, "/swapfile", GIB(4), MIB(1));
	area->line.is_file = area->deleted = true;
	machine_swap(&m, "/other.swap", GIB(4), 0)->line.is_file = true;
	plan = machine_plan(&m, false);
	assert_string_equal(warning_of(&plan, WHY_WARN_DELETED)->text, "/swapfile");
	assert_int_equal(plan.n_warnings, 1);
	assert_true(plan_conforms(&plan));
	assert_int_equal(plan.sizing.other_bytes, GIB(4) + KIB(4));
}

/* Of another user than root, who may only not be let there, and of a tree it says nothing. */
static void test_warn_lost(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };
		struct swap_area *area;

		machine_provisioned(&m);
		area = machine_swap(&m, "/hers", GIB(4), 0);
		area->line.is_file = area->lost = true;
		m.facts.privileged = i & 1;
		m.facts.is_system = i & 2;
		plan = machine_plan(&m, false);
		assert_int_equal(warnings_of(&plan, WHY_WARN_LOST), i == 3);
		if (i == 3)
			assert_string_equal(warning_of(&plan, WHY_WARN_LOST)->text, "/hers");
		assert_int_equal(plan.sizing.other_bytes, GIB(4) + KIB(4));
	}
}

static void test_tree(void **state)
{
	static const struct expected steps[] = {
		{ STEP_SWAPFILE, STATE_CHANGE, WHY_MISSING, "/swapfile" },
		{ STEP_SWAPON, STATE_DEFERRED, WHY_NEXT_BOOT, "/swapfile" },
		{ STEP_FSTAB, STATE_CHANGE, WHY_LINE_MISSING, "/etc/fstab" },
		{ STEP_SYSCTL_FILE, STATE_CHANGE, WHY_FILE_MISSING, SYSCTL_DROPIN },
		{ STEP_SYSCTL, STATE_DEFERRED, WHY_NEXT_BOOT, "vm.swappiness" },
		{ STEP_SYSCTL, STATE_DEFERRED, WHY_NEXT_BOOT, "vm.vfs_cache_pressure" },
		{ STEP_SYSCTL, STATE_DEFERRED, WHY_NEXT_BOOT, "vm.overcommit_memory" },
		{ STEP_DAEMON_RELOAD, STATE_DEFERRED, WHY_NEXT_BOOT, "systemd" },
	};
	_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };

	(void)state;
	for (unsigned done = 0; done < 2; done++) {
		if (done)
			machine_provisioned(&m);
		else
			machine_fresh(&m);
		m.facts.is_system = m.facts.privileged = m.facts.swaps_known = false;
		m.facts.owner = 1000;
		m.facts.file.uid = m.facts.file.gid = 1000;
		m.facts.file.active = false;
		m.facts.n_swaps = 0;
		m.facts.units_known = false;
		m.facts.available_bytes = m.facts.committed_bytes = m.facts.limit_bytes = UNKNOWN;
		for (size_t key = 0; key < SYSCTL_N; key++)
			m.facts.sysctl_now[key] = UNKNOWN;
		plan = machine_plan(&m, false);
		if (done) {
			assert_true(plan_conforms(&plan));
			assert_int_equal(machine_step(&plan, STEP_SWAPFILE)->state, STATE_OK);
			assert_int_equal(machine_step(&plan, STEP_SWAPON)->state, STATE_DEFERRED);
		} else {
			check_steps(&plan, steps, ARRAY_SIZE(steps));
		}
		assert_int_equal(machine_step(&plan, STEP_SWAPON)->have.type, VALUE_UNKNOWN);
		plan_done(&plan);
	}
}

static void test_unprivileged(void **state)
{
	_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };

	(void)state;
	machine_provisioned(&m);
	m.facts.privileged = false;
	m.facts.file.kind = FOUND_UNREADABLE;
	m.facts.file.ours = OURS_UNKNOWN;
	m.facts.file.dir_denied = true;
	m.facts.fstab.obstacle = m.facts.dropin.obstacle = REPLACE_DENIED;
	plan = machine_plan(&m, false);
	assert_int_equal(machine_step(&plan, STEP_SWAPFILE)->state, STATE_UNKNOWN);
	assert_int_equal(machine_step(&plan, STEP_SWAPON)->state, STATE_OK);
	assert_int_equal(machine_step(&plan, STEP_FSTAB)->state, STATE_OK);
	assert_false(plan_has(&plan, STATE_BLOCKED));
	assert_false(plan_conforms(&plan));
	plan_done(&plan);

	/* On a fresh machine the audit tells what root would do. */
	machine_fresh(&m);
	m.facts.privileged = false;
	m.facts.file.dir_denied = true;
	m.facts.fstab.obstacle = m.facts.dropin.obstacle = REPLACE_DENIED;
	plan = machine_plan(&m, false);
	assert_int_equal(machine_step(&plan, STEP_SWAPFILE)->state, STATE_CHANGE);
	assert_int_equal(machine_step(&plan, STEP_FSTAB)->state, STATE_CHANGE);
	assert_int_equal(machine_step(&plan, STEP_SYSCTL_FILE)->state, STATE_CHANGE);
	assert_false(plan_has(&plan, STATE_BLOCKED));
}

/* Of two plans the second's warnings hold, and what went wrong as the first was run. */
static void test_append(void **state)
{
	struct plan plan, next;

	(void)state;
	for (size_t again = 0; again < 2; again++) {
		machine_provisioned(&m);
		plan = machine_plan(&m, false);
		next = machine_plan(&m, false);
		assert_int_equal(plan.n_warnings, 0);
		assert_int_equal(plan_warn(&plan, (struct why){ WHY_WARN_REDUCED }), 0);
		assert_int_equal(plan_warn(&plan, (struct why){ WHY_WARN_RELOAD }), 0);
		assert_int_equal(plan_warn(&next, (struct why){ WHY_WARN_KUBELET, "x" }), 0);
		if (again)
			assert_int_equal(plan_warn(&next, (struct why){ WHY_WARN_RELOAD }), 0);
		next.steps[0].state = STATE_DONE;
		assert_int_equal(plan_append(&plan, &next), 0);
		assert_int_equal(plan.steps[plan.n - 1].kind, STEP_SWAPFILE);
		assert_int_equal(plan.n_warnings, 2);
		assert_string_equal(warning_of(&plan, WHY_WARN_KUBELET)->text, "x");
		assert_int_equal(warnings_of(&plan, WHY_WARN_RELOAD), 1);
		plan_done(&next);
		plan_done(&plan);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fresh),        cmocka_unit_test(test_provisioned),
		cmocka_unit_test(test_conforms),     cmocka_unit_test(test_reload),
		cmocka_unit_test(test_retire),       cmocka_unit_test(test_none_wanted),
		cmocka_unit_test(test_not_managed),  cmocka_unit_test(test_warn_inactive),
		cmocka_unit_test(test_warn_deleted), cmocka_unit_test(test_tree),
		cmocka_unit_test(test_unprivileged), cmocka_unit_test(test_append),
		cmocka_unit_test(test_warn_retired), cmocka_unit_test(test_warn_lost),
	};

	return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
