/* SPDX-License-Identifier: MIT */
/*
 * What remove would do: the reverse of apply, and nothing to what memprov did not make. Touches
 * nothing.
 */
#include "machine.h"

static struct machine m;

static struct plan removal(void)
{
	struct plan plan;
	struct err err;

	assert_int_equal(plan_remove(&m.facts, false, &plan, &err), 0);
	return plan;
}

static void test_provisioned(void **state)
{
	/* overcommit_memory goes first, so that what follows can fork. */
	static const struct expected steps[] = {
		{ STEP_SYSCTL, STATE_CHANGE, WHY_VALUE, "vm.overcommit_memory" },
		{ STEP_SYSCTL, STATE_CHANGE, WHY_VALUE, "vm.swappiness" },
		{ STEP_SYSCTL_FILE, STATE_CHANGE, WHY_FILE_NOT_WANTED, SYSCTL_DROPIN },
		{ STEP_FSTAB, STATE_CHANGE, WHY_LINE_NOT_WANTED, "/etc/fstab" },
		{ STEP_SWAPON, STATE_CHANGE, WHY_NOT_WANTED, "/swapfile" },
		{ STEP_SWAPFILE, STATE_CHANGE, WHY_NOT_WANTED, "/swapfile" },
		{ STEP_DAEMON_RELOAD, STATE_CHANGE, WHY_UNITS_OLD, "systemd" },
	};
	_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };
	const struct step *step;

	(void)state;
	machine_provisioned(&m);
	m.facts.tree.n_files = 0;
	machine_dropin(&m, "vm.swappiness = 10\nvm.overcommit_memory = 1\n");
	m.facts.sysctl_now[SYSCTL_OVERCOMMIT_MEMORY] = 1;
	plan = removal();
	check_steps(&plan, steps, ARRAY_SIZE(steps));
	assert_int_equal(step_of(&plan, STEP_SYSCTL, SYSCTL_SWAPPINESS)->want.number, 60);
	assert_int_equal(step_of(&plan, STEP_SYSCTL, SYSCTL_OVERCOMMIT_MEMORY)->want.number, 0);
	step = machine_step(&plan, STEP_SWAPON);
	assert_false(step->activate);
	step = machine_step(&plan, STEP_SWAPFILE);
	assert_int_equal(step->action, FILE_REMOVE);
	assert_ptr_equal(step->file, &m.facts.file);
	step = machine_step(&plan, STEP_FSTAB);
	assert_string_equal(plan.changes[step->change].after, MACHINE_FSTAB);
	assert_false(plan.changes[step->change].wanted);
	step = machine_step(&plan, STEP_SYSCTL_FILE);
	assert_null(plan.changes[step->change].after);
	assert_string_equal(plan.changes[step->change].before, m.dropin_now);
}

/* Nothing is left to be done, and a second run says so. */
static void test_fresh(void **state)
{
	_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };

	(void)state;
	machine_fresh(&m);
	plan = removal();
	assert_true(plan_conforms(&plan));
	assert_false(plan_has(&plan, STATE_CHANGE));
	assert_int_equal(plan.n_changes, 0);
	assert_int_equal(plan.n_warnings, 0);
}

/* The file at the path: only what carries our label goes, with its line. */
static void test_found(void **state)
{
	static const struct {
		const char *what;
		enum found_kind kind;
		enum ours ours;
		nlink_t links;
		bool active;
		/* STATE_N: there is no such step */
		enum step_state file, swapon, line;
		enum why_code why;
		size_t adopted;
	} table[] = {
		{ "ours", FOUND_SWAP, OURS_YES, 1, true, STATE_CHANGE, STATE_CHANGE, STATE_CHANGE,
		  WHY_NOT_WANTED, 0 },
		{ "ours, inactive", FOUND_SWAP, OURS_YES, 1, false, STATE_CHANGE, STATE_OK,
		  STATE_CHANGE, WHY_NOT_WANTED, 0 },
		{ "adopted", FOUND_SWAP, OURS_NO, 1, true, STATE_SKIPPED, STATE_N, STATE_N,
		  WHY_NOT_OURS, 1 },
		{ "nothing", FOUND_NOTHING, OURS_NO, 0, false, STATE_OK, STATE_N, STATE_CHANGE,
		  WHY_NONE, 0 },
		{ "foreign", FOUND_FOREIGN, OURS_NO, 1, false, STATE_SKIPPED, STATE_N, STATE_N,
		  WHY_NOT_OURS, 0 },
		{ "a directory", FOUND_DIRECTORY, OURS_NO, 1, false, STATE_SKIPPED, STATE_N,
		  STATE_N, WHY_NOT_OURS, 0 },
		{ "unreadable", FOUND_UNREADABLE, OURS_UNKNOWN, 1, true, STATE_UNKNOWN, STATE_N,
		  STATE_N, WHY_CANNOT_READ, 0 },
		{ "ours, with another name", FOUND_SWAP, OURS_YES, 2, true, STATE_BLOCKED,
		  STATE_CHANGE, STATE_CHANGE, WHY_HARD_LINKS, 0 },
	};
	static const enum step_kind kinds[] = { STEP_SWAPFILE, STEP_SWAPON, STEP_FSTAB };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		const enum step_state states[] = { table[i].file, table[i].swapon, table[i].line };
		_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };

		machine_fresh(&m);
		if (table[i].kind == FOUND_SWAP)
			machine_file(&m.facts.file, "/swapfile", GIB(16));
		if (table[i].active)
			machine_activate(&m, &m.facts.file, 0);
		m.facts.file.kind = table[i].kind;
		m.facts.file.ours = table[i].ours;
		m.facts.file.links = table[i].links;
		machine_fstab(&m, MACHINE_FSTAB MACHINE_LINE "\n");
		plan = removal();
		for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
			const struct step *step = step_of(&plan, kinds[k], SYSCTL_N);

			if ((step ? step->state : STATE_N) != states[k])
				fail_msg("%s: step %zu: %d", table[i].what, k,
					 step ? (int)step->state : -1);
		}
		assert_int_equal(machine_step(&plan, STEP_SWAPFILE)->why.code, table[i].why);
		assert_int_equal(warnings_of(&plan, WHY_WARN_ADOPTED), table[i].adopted);
	}
}

static void test_blocked(void **state)
{
	_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };
	const struct step *step;

	(void)state;
	/* Memory that cannot take back what is swapped out. */
	machine_provisioned(&m);
	m.facts.n_swaps = 0;
	machine_activate(&m, &m.facts.file, GIB(12));
	m.facts.available_bytes = GIB(12);
	plan = removal();
	step = machine_step(&plan, STEP_SWAPON);
	assert_int_equal(step->state, STATE_BLOCKED);
	assert_int_equal(step->why.code, WHY_NO_MEMORY);
	assert_int_equal(step->why.a, GIB(12));
	plan_done(&plan);

	/* A file that cannot be taken away. */
	machine_provisioned(&m);
	m.facts.file.immutable = true;
	plan = removal();
	step = machine_step(&plan, STEP_SWAPFILE);
	assert_int_equal(step->state, STATE_BLOCKED);
	assert_int_equal(step->why.code, WHY_IMMUTABLE);
	plan_done(&plan);

	/* A tree's file that the running system swaps to. */
	machine_provisioned(&m);
	m.facts.is_system = false;
	m.facts.file.busy = true;
	plan = removal();
	step = machine_step(&plan, STEP_SWAPFILE);
	assert_int_equal(step->state, STATE_BLOCKED);
	assert_int_equal(step->why.code, WHY_BUSY);
	plan_done(&plan);

	/* An fstab that cannot be replaced. */
	machine_provisioned(&m);
	m.facts.fstab.obstacle = REPLACE_MOUNT_POINT;
	plan = removal();
	step = machine_step(&plan, STEP_FSTAB);
	assert_int_equal(step->state, STATE_BLOCKED);
	assert_int_equal(step->why.code, WHY_MOUNT_POINT);
}

/* Two swapfiles go: neither can take what the other holds, and memory takes that of both. */
static void test_two(void **state)
{
	static const struct {
		const char *what;
		uint64_t used, other_used, available, partition, cached, mode, committed;
		enum why_code why; /* of the second to go; the first could go alone */
		uint64_t a, b;
	} table[] = {
		{ "nothing in them", 0, 0, MIB(200) },
		{ "too much for memory", GIB(3), GIB(3), MIB(200), .why = WHY_NO_MEMORY,
		  .a = GIB(6), .b = MIB(200) },
		{ "nothing in the second", GIB(3), 0, MIB(200), .why = WHY_NO_MEMORY, .a = GIB(3),
		  .b = MIB(200) },
		{ "room for both", GIB(3), GIB(3), GIB(6) + MIB(128) },
		{ "a byte short", GIB(3), GIB(3), GIB(6) + MIB(128) - 1, .why = WHY_NO_MEMORY,
		  .a = GIB(6), .b = GIB(6) + MIB(128) - 1 },
		{ "a partition takes it", GIB(3), GIB(3), MIB(200), .partition = GIB(8) },
		{ "what is in memory as well", GIB(3), GIB(3), MIB(200), .cached = GIB(6) },
		{ "part of it is", GIB(3), GIB(3), MIB(200), .cached = GIB(4), .why = WHY_NO_MEMORY,
		  .a = GIB(6), .b = GIB(4) + MIB(200) },
		{ "strict", 0, 0, GIB(8), .mode = 2, .committed = GIB(16), .why = WHY_COMMIT_LIMIT,
		  .b = GIB(15) + KIB(8) },
		{ "strict, and it holds", 0, 0, GIB(8), .mode = 2, .committed = GIB(13) },
	};

	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_SIZE(table); i++) {
		const struct plan_wish wish = { .force_overcommit = false };
		const size_t c = i / 2;
		_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };
		const struct step *step;
		struct err err;

		machine_fresh(&m);
		machine_file(&m.facts.file, "/swapfile", GIB(16));
		machine_activate(&m, &m.facts.file, table[c].used);
		machine_file(&m.others[0], "/old.swap", GIB(16));
		m.others[0].ino = 12;
		m.facts.n_others = 1;
		machine_activate(&m, &m.others[0], table[c].other_used);
		if (table[c].partition)
			machine_swap(&m, "/dev/sda2", table[c].partition, 0);
		m.facts.available_bytes = table[c].available;
		m.facts.swap_cached_bytes = table[c].cached;
		m.facts.sysctl_now[SYSCTL_OVERCOMMIT_MEMORY] = table[c].mode;
		m.facts.committed_bytes = table[c].committed;
		m.facts.limit_bytes = GIB(47);
		/* Whether they go with remove, or because none is wanted. */
		m.target.exact = true;
		m.target.low_bytes = m.target.high_bytes = m.target.minimum_bytes = 0;
		m.profile.n_sysctl = 0;
		if (i % 2)
			assert_int_equal(plan_apply(&m.target, &m.facts, &wish, &plan, &err), 0);
		else
			plan = removal();
		step = &plan.steps[plan.n - 1];
		assert_int_equal(step->kind, STEP_RETIRE);
		assert_ptr_equal(step->file, &m.others[0]);
		if (step->state != (table[c].why ? STATE_BLOCKED : STATE_CHANGE) ||
		    step->why.code !=
			    (table[c].why    ? table[c].why
				     : i % 2 ? WHY_ANOTHER_PATH
					     : WHY_NOT_WANTED))
			fail_msg("%s: state %d, why %d", table[c].what, (int)step->state,
				 (int)step->why.code);
		if (table[c].a)
			assert_int_equal(step->why.a, table[c].a);
		if (table[c].b)
			assert_int_equal(step->why.b, table[c].b);
		for (size_t k = 0; k + 1 < plan.n; k++)
			assert_int_not_equal(plan.steps[k].state, STATE_BLOCKED);
	}
}

/* Strict accounting that stays needs the swap; strict accounting that goes first does not. */
static void test_strict(void **state)
{
	static const struct {
		const char *other; /* a source that is left */
		bool ours;         /* the drop-in sets it */
		enum step_state swapon;
	} table[] = {
		{ NULL, true, STATE_CHANGE },
		{ "vm.overcommit_memory = 2\n", true, STATE_BLOCKED },
		{ "vm.overcommit_memory = 2\n", false, STATE_BLOCKED },
		{ NULL, false, STATE_BLOCKED },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };
		const struct step *step;

		machine_provisioned(&m);
		m.facts.tree.n_files = 0;
		machine_dropin(
			&m, table[i].ours ? "vm.overcommit_memory = 2\n" : "vm.swappiness = 10\n");
		if (table[i].other)
			machine_source(&m, "/etc/sysctl.d/10-x.conf", table[i].other);
		m.facts.sysctl_now[SYSCTL_OVERCOMMIT_MEMORY] = 2;
		m.facts.committed_bytes = GIB(20);
		m.facts.limit_bytes = GIB(31);
		plan = removal();
		step = machine_step(&plan, STEP_SWAPON);
		assert_int_equal(step->state, table[i].swapon);
		if (step->state == STATE_BLOCKED)
			assert_int_equal(step->why.code, WHY_COMMIT_LIMIT);
		plan_done(&plan);

		/* The same at another path. */
		m.others[0] = m.facts.file;
		m.facts.n_others = 1;
		m.facts.file = (struct found){ .path = "/none" };
		plan = removal();
		step = machine_step(&plan, STEP_RETIRE);
		assert_int_equal(step->state, table[i].swapon);
		if (step->state == STATE_BLOCKED)
			assert_int_equal(step->why.code, WHY_COMMIT_LIMIT);
	}
}

/* A live value goes back to what the next boot sets, else to the kernel's default. */
static void test_former_values(void **state)
{
	static const struct {
		const char *what, *dropin, *path, *other;
		bool procps, tree;
		struct sysctl_setting now, want; /* want.key: whose step there is */
		enum step_state state;
		enum why_code why;
	} table[] = {
		{ "the default",
		  "vm.swappiness = 10\n",
		  NULL,
		  NULL,
		  false,
		  false,
		  { SYSCTL_SWAPPINESS, 10 },
		  { SYSCTL_SWAPPINESS, 60 },
		  STATE_CHANGE,
		  WHY_VALUE },
		{ "the default already",
		  "vm.swappiness = 10\n",
		  NULL,
		  NULL,
		  false,
		  false,
		  { SYSCTL_SWAPPINESS, 60 },
		  { SYSCTL_SWAPPINESS, 60 },
		  STATE_OK,
		  WHY_NONE },
		{ "another file's",
		  "vm.swappiness = 10\n",
		  "/usr/lib/sysctl.d/10-x.conf",
		  "vm.swappiness = 30\n",
		  false,
		  false,
		  { SYSCTL_SWAPPINESS, 10 },
		  { SYSCTL_SWAPPINESS, 30 },
		  STATE_CHANGE,
		  WHY_VALUE },
		{ "sysctl.conf under procps",
		  "vm.swappiness = 10\n",
		  "/etc/sysctl.conf",
		  "vm.swappiness = 30\n",
		  true,
		  false,
		  { SYSCTL_SWAPPINESS, 10 },
		  { SYSCTL_SWAPPINESS, 30 },
		  STATE_CHANGE,
		  WHY_VALUE },
		{ "sysctl.conf under systemd",
		  "vm.swappiness = 10\n",
		  "/etc/sysctl.conf",
		  "vm.swappiness = 30\n",
		  false,
		  false,
		  { SYSCTL_SWAPPINESS, 10 },
		  { SYSCTL_SWAPPINESS, 60 },
		  STATE_CHANGE,
		  WHY_VALUE },
		{ "no default",
		  "vm.min_free_kbytes = 65536\n",
		  NULL,
		  NULL,
		  false,
		  false,
		  { SYSCTL_MIN_FREE_KBYTES, 65536 },
		  { SYSCTL_MIN_FREE_KBYTES, 0 },
		  STATE_SKIPPED,
		  WHY_NO_DEFAULT },
		{ "no default, another file's",
		  "vm.min_free_kbytes = 65536\n",
		  "/etc/sysctl.d/10-x.conf",
		  "vm.min_free_kbytes = 4096\n",
		  false,
		  false,
		  { SYSCTL_MIN_FREE_KBYTES, 65536 },
		  { SYSCTL_MIN_FREE_KBYTES, 4096 },
		  STATE_CHANGE,
		  WHY_VALUE },
		{ "one of a pair: its other rules again",
		  "vm.dirty_bytes = 1048576\n",
		  NULL,
		  NULL,
		  false,
		  false,
		  { SYSCTL_DIRTY_RATIO, 0 },
		  { SYSCTL_DIRTY_RATIO, 20 },
		  STATE_CHANGE,
		  WHY_VALUE },
		{ "one of a pair: the other's file",
		  "vm.dirty_bytes = 1048576\n",
		  "/etc/sysctl.d/10-x.conf",
		  "vm.dirty_ratio = 35\n",
		  false,
		  false,
		  { SYSCTL_DIRTY_RATIO, 0 },
		  { SYSCTL_DIRTY_RATIO, 35 },
		  STATE_CHANGE,
		  WHY_VALUE },
		{ "one of a pair: the other's file, 0 allowed",
		  "vm.dirty_background_ratio = 5\n",
		  "/etc/sysctl.d/10-x.conf",
		  "vm.dirty_background_bytes = 1048576\n",
		  false,
		  false,
		  { SYSCTL_DIRTY_BACKGROUND_BYTES, 0 },
		  { SYSCTL_DIRTY_BACKGROUND_BYTES, 1048576 },
		  STATE_CHANGE,
		  WHY_VALUE },
		{ "one of a pair: a file's 0",
		  "vm.dirty_background_ratio = 5\n",
		  "/etc/sysctl.d/10-x.conf",
		  "vm.dirty_background_ratio = 0\n",
		  false,
		  false,
		  { SYSCTL_DIRTY_BACKGROUND_RATIO, 5 },
		  { SYSCTL_DIRTY_BACKGROUND_RATIO, 0 },
		  STATE_CHANGE,
		  WHY_VALUE },
		{ "no default, and a file that cannot be read",
		  "vm.min_free_kbytes = 65536\n",
		  "/etc/sysctl.d/10-x.conf",
		  NULL,
		  false,
		  false,
		  { SYSCTL_MIN_FREE_KBYTES, 65536 },
		  { SYSCTL_MIN_FREE_KBYTES, 0 },
		  STATE_SKIPPED,
		  WHY_FORMER_UNKNOWN },
		{ "a file that cannot be read",
		  "vm.swappiness = 10\n",
		  "/etc/sysctl.d/10-x.conf",
		  NULL,
		  false,
		  false,
		  { SYSCTL_SWAPPINESS, 10 },
		  { SYSCTL_SWAPPINESS, 60 },
		  STATE_SKIPPED,
		  WHY_FORMER_UNKNOWN },
		{ "one of a pair, and a file that cannot be read",
		  "vm.dirty_bytes = 1048576\n",
		  "/etc/sysctl.d/10-x.conf",
		  NULL,
		  false,
		  false,
		  { SYSCTL_DIRTY_BYTES, 1048576 },
		  { SYSCTL_DIRTY_BYTES, 0 },
		  STATE_SKIPPED,
		  WHY_FORMER_UNKNOWN },
		{ "unknown now",
		  "vm.swappiness = 10\n",
		  NULL,
		  NULL,
		  false,
		  false,
		  { SYSCTL_SWAPPINESS, UNKNOWN },
		  { SYSCTL_SWAPPINESS, 60 },
		  STATE_UNKNOWN,
		  WHY_CANNOT_READ },
		{ "a tree",
		  "vm.swappiness = 10\n",
		  NULL,
		  NULL,
		  false,
		  true,
		  { SYSCTL_SWAPPINESS, UNKNOWN },
		  { SYSCTL_SWAPPINESS, 60 },
		  STATE_DEFERRED,
		  WHY_NEXT_BOOT },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };
		const struct step *step;

		machine_fresh(&m);
		m.facts.systemd = !table[i].procps;
		m.facts.is_system = !table[i].tree;
		machine_dropin(&m, table[i].dropin);
		if (table[i].path)
			machine_source(&m, table[i].path, table[i].other);
		m.facts.sysctl_now[table[i].now.key] = table[i].now.value;
		plan = removal();
		step = machine_step(&plan, STEP_SYSCTL);
		if (step->key != table[i].want.key || step->state != table[i].state ||
		    step->why.code != table[i].why)
			fail_msg("%s: %s, state %d, why %d", table[i].what, step->target,
				 (int)step->state, (int)step->why.code);
		if (step->state == STATE_CHANGE)
			assert_int_equal(step->want.number, table[i].want.value);
	}
}

/* A key that this kernel does not have cannot be put back, nor need it be. */
static void test_missing_key(void **state)
{
	_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };
	const struct step *step;

	(void)state;
	machine_fresh(&m);
	machine_dropin(&m, "vm.swappiness = 10\n");
	m.facts.sysctl_now[SYSCTL_SWAPPINESS] = UNKNOWN;
	m.facts.sysctl_missing[SYSCTL_SWAPPINESS] = true;
	plan = removal();
	step = machine_step(&plan, STEP_SYSCTL);
	assert_int_equal(step->state, STATE_SKIPPED);
	assert_int_equal(step->why.code, WHY_NO_KEY);
	assert_int_equal(machine_step(&plan, STEP_SYSCTL_FILE)->state, STATE_CHANGE);
	assert_false(plan_has(&plan, STATE_UNKNOWN));
}

/* What might set a value and cannot be read is named; another user than root can only say so. */
static void test_former_unread(void **state)
{
	_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };
	const struct step *step;

	(void)state;
	for (int privileged = 0; privileged < 2; privileged++) {
		machine_fresh(&m);
		machine_dropin(&m, "vm.swappiness = 10\n");
		machine_source(&m, "/etc/sysctl.d/10-x.conf", NULL);
		m.facts.privileged = privileged;
		plan = removal();
		step = machine_step(&plan, STEP_SYSCTL);
		assert_int_equal(step->state, privileged ? STATE_SKIPPED : STATE_UNKNOWN);
		assert_int_equal(step->want.type, VALUE_UNKNOWN);
		assert_string_equal(step->why.text, "/etc/sysctl.d/10-x.conf");
		plan_done(&plan);
	}
}

/* What no profile can ask for was set by somebody else meanwhile; it goes back all the same. */
static void test_odd_value(void **state)
{
	_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };
	const struct step *step;

	(void)state;
	machine_fresh(&m);
	machine_dropin(&m, "vm.swappiness = 10\n");
	m.facts.sysctl_now[SYSCTL_SWAPPINESS] = SYSCTL_ODD;
	plan = removal();
	step = machine_step(&plan, STEP_SYSCTL);
	assert_int_equal(step->state, STATE_CHANGE);
	assert_int_equal(step->have.type, VALUE_TEXT);
	assert_string_equal(step->have.text, "other");
	assert_int_equal(step->want.number, 60);
}

/* There may be a file once its filesystem is mounted: its line stays. */
static void test_not_mounted(void **state)
{
	static const struct {
		enum found_kind kind;
		const char *not_mounted;
		bool line;
	} table[] = {
		{ FOUND_NOTHING, "", true },
		{ FOUND_NOTHING, "/srv", false },
		{ FOUND_NO_WAY, "", false },
		{ FOUND_NO_WAY, "/srv", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };
		const struct step *step;
		struct plan_wish wish = { .force_overcommit = false };
		struct err err;

		machine_fresh(&m);
		machine_fstab(&m, MACHINE_FSTAB MACHINE_LINE "\n");
		m.facts.file.kind = table[i].kind;
		m.facts.file.way = WALK_MISSING;
		strcpy(m.facts.file.not_mounted, table[i].not_mounted);
		plan = removal();
		step = step_of(&plan, STEP_FSTAB, SYSCTL_N);
		assert_int_equal(step && step->state == STATE_CHANGE, table[i].line);
		plan_done(&plan);

		/* Nor does apply, when none is wanted any more. */
		m.target.exact = true;
		m.target.low_bytes = m.target.high_bytes = m.target.minimum_bytes = 0;
		assert_int_equal(plan_apply(&m.target, &m.facts, &wish, &plan, &err), 0);
		step = step_of(&plan, STEP_FSTAB, SYSCTL_N);
		assert_int_equal(step && step->state == STATE_CHANGE, table[i].line);
	}
}

/* What is ours elsewhere goes as well: found by its line, which is the last of it to go. */
static void test_others(void **state)
{
	static const struct expected steps[] = {
		{ STEP_SYSCTL_FILE, STATE_OK, WHY_NONE, SYSCTL_DROPIN },
		{ STEP_FSTAB, STATE_CHANGE, WHY_LINE_NOT_WANTED, "/etc/fstab" },
		{ STEP_SWAPON, STATE_CHANGE, WHY_NOT_WANTED, "/swapfile" },
		{ STEP_SWAPFILE, STATE_CHANGE, WHY_NOT_WANTED, "/swapfile" },
		{ STEP_DAEMON_RELOAD, STATE_CHANGE, WHY_UNITS_OLD, "systemd" },
		{ STEP_RETIRE, STATE_CHANGE, WHY_NOT_WANTED, "/old.swap" },
	};
	_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };
	const struct step *step;

	(void)state;
	machine_fresh(&m);
	machine_file(&m.facts.file, "/swapfile", GIB(16));
	machine_activate(&m, &m.facts.file, 0);
	machine_file(&m.others[0], "/old.swap", GIB(4));
	m.others[0].ino = 12;
	m.facts.n_others = 1;
	machine_activate(&m, &m.others[0], 0);
	machine_fstab(&m, MACHINE_LINE "\n" MACHINE_FSTAB "/old.swap none swap sw 0 0\n");
	plan = removal();
	check_steps(&plan, steps, ARRAY_SIZE(steps));
	step = machine_step(&plan, STEP_RETIRE);
	assert_ptr_equal(step->file, &m.others[0]);
	/* The second change begins where the first ends. */
	assert_int_equal(plan.n_changes, 2);
	assert_int_equal(step->change, 1);
	assert_string_equal(plan.changes[0].after, MACHINE_FSTAB "/old.swap none swap sw 0 0\n");
	assert_string_equal(plan.changes[1].before, plan.changes[0].after);
	assert_string_equal(plan.changes[1].after, MACHINE_FSTAB);
	assert_string_equal(plan.changes[1].swapfile, "/old.swap");
	assert_false(plan.changes[1].wanted);
}

/* A line is what it is found by while it goes: the run gives it one, and takes it away again. */
static void test_others_without_line(void **state)
{
	_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };
	const struct file_change *change;
	const struct step *step;

	(void)state;
	machine_fresh(&m);
	machine_file(&m.others[0], "/old.swap", GIB(4));
	machine_activate(&m, &m.others[0], 0);
	m.facts.n_others = 1;
	plan = removal();
	step = machine_step(&plan, STEP_RETIRE);
	assert_int_equal(step->state, STATE_CHANGE);
	assert_int_equal(step->why.code, WHY_NOT_WANTED);
	assert_int_not_equal(step->change, NO_CHANGE);
	change = &plan.changes[step->change];
	assert_string_equal(change->swapfile, "/old.swap");
	assert_string_equal(change->before, MACHINE_FSTAB);
	assert_string_equal(change->after, MACHINE_FSTAB);
	/* No difference is shown, for none is left. */
	assert_null(plan_last_change(&plan, step->change));
	plan_done(&plan);

	m.facts.fstab = (struct etc_file){ .error = -ENOENT };
	plan = removal();
	change = &plan.changes[machine_step(&plan, STEP_RETIRE)->change];
	assert_null(change->before);
	assert_null(change->after);
	assert_null(plan_last_change(&plan, 0));
	plan_done(&plan);

	m.facts.fstab.obstacle = REPLACE_MOUNT_POINT;
	plan = removal();
	step = machine_step(&plan, STEP_RETIRE);
	assert_int_equal(step->state, STATE_BLOCKED);
	assert_int_equal(step->why.code, WHY_MOUNT_POINT);
	plan_done(&plan);

	/* What is gone needs none. */
	m.others[0] = (struct found){ .path = "/old.swap" };
	plan = removal();
	assert_int_equal(plan.n_changes, 0);
}

/* At a path that was asked for, too, which the next remove may not be asked for. */
static void test_named(void **state)
{
	static const struct expected steps[] = {
		{ STEP_SYSCTL_FILE, STATE_OK, WHY_NONE, SYSCTL_DROPIN },
		{ STEP_DAEMON_RELOAD, STATE_OK, WHY_NONE, "systemd" },
		{ STEP_RETIRE, STATE_CHANGE, WHY_NOT_WANTED, "/new.swap" },
		{ STEP_RETIRE, STATE_CHANGE, WHY_NOT_WANTED, "/old.swap" },
	};
	static const struct expected adopted[] = {
		{ STEP_SYSCTL_FILE, STATE_OK, WHY_NONE, SYSCTL_DROPIN },
		{ STEP_SWAPFILE, STATE_SKIPPED, WHY_NOT_OURS, "/new.swap" },
		{ STEP_DAEMON_RELOAD, STATE_OK, WHY_NONE, "systemd" },
		{ STEP_RETIRE, STATE_CHANGE, WHY_NOT_WANTED, "/old.swap" },
	};
	_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };
	struct err err;

	(void)state;
	machine_fresh(&m);
	machine_file(&m.facts.file, "/new.swap", GIB(16));
	machine_activate(&m, &m.facts.file, 0);
	machine_file(&m.others[0], "/old.swap", GIB(4));
	m.others[0].ino = 12;
	m.facts.n_others = 1;
	machine_activate(&m, &m.others[0], 0);
	machine_fstab(&m, MACHINE_FSTAB "/old.swap none swap sw 0 0\n/new.swap none swap sw 0 0\n");
	assert_int_equal(plan_remove(&m.facts, true, &plan, &err), 0);
	check_steps(&plan, steps, ARRAY_SIZE(steps));
	assert_int_equal(plan.n_changes, 2);
	assert_string_equal(plan.changes[0].swapfile, "/new.swap");
	assert_string_equal(plan.changes[1].after, MACHINE_FSTAB);
	plan_done(&plan);

	m.facts.file.ours = OURS_NO;
	assert_int_equal(plan_remove(&m.facts, true, &plan, &err), 0);
	check_steps(&plan, adopted, ARRAY_SIZE(adopted));
}

static void test_tree(void **state)
{
	static const struct expected steps[] = {
		{ STEP_SYSCTL, STATE_DEFERRED, WHY_NEXT_BOOT, "vm.swappiness" },
		{ STEP_SYSCTL, STATE_DEFERRED, WHY_NEXT_BOOT, "vm.vfs_cache_pressure" },
		{ STEP_SYSCTL_FILE, STATE_CHANGE, WHY_FILE_NOT_WANTED, SYSCTL_DROPIN },
		{ STEP_FSTAB, STATE_CHANGE, WHY_LINE_NOT_WANTED, "/etc/fstab" },
		{ STEP_SWAPON, STATE_OK, WHY_NONE, "/swapfile" },
		{ STEP_SWAPFILE, STATE_CHANGE, WHY_NOT_WANTED, "/swapfile" },
		{ STEP_DAEMON_RELOAD, STATE_DEFERRED, WHY_NEXT_BOOT, "systemd" },
	};
	_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };

	(void)state;
	machine_provisioned(&m);
	m.facts.is_system = m.facts.privileged = m.facts.swaps_known = false;
	m.facts.file.active = false;
	m.facts.n_swaps = 0;
	plan = removal();
	check_steps(&plan, steps, ARRAY_SIZE(steps));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_provisioned), cmocka_unit_test(test_fresh),
		cmocka_unit_test(test_found),       cmocka_unit_test(test_blocked),
		cmocka_unit_test(test_strict),      cmocka_unit_test(test_former_values),
		cmocka_unit_test(test_others),      cmocka_unit_test(test_tree),
		cmocka_unit_test(test_missing_key), cmocka_unit_test(test_odd_value),
		cmocka_unit_test(test_not_mounted), cmocka_unit_test(test_former_unread),
		cmocka_unit_test(test_named),       cmocka_unit_test(test_others_without_line),
		cmocka_unit_test(test_two),
	};

	return cmocka_run_group_tests_name("plan-remove", tests, NULL, NULL);
}
