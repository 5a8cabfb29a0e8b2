/* SPDX-License-Identifier: MIT */
/*
 * Places at which there can be no swapfile, or not now, and files that must stay where they are.
 * Each fact is set in a struct; nothing is read.
 */
#include "machine.h"

static struct machine m;

static void on_btrfs(const char *profile, const char *operation, uint64_t devices)
{
	strcpy(m.facts.file.fs_type, "btrfs");
	strcpy(m.facts.file.fs_mount, "/mnt");
	m.facts.file.btrfs = (struct btrfs){ .devices = devices, .profile = profile };
	strcpy(m.facts.file.btrfs.operation, operation);
}

static void test_kernels(void **state)
{
	static const struct {
		const char *type, *kernel, *since;
	} table[] = {
		{ "btrfs", "4.19.0-26-amd64", "5.0" },
		{ "btrfs", "5.0.0", NULL },
		{ "btrfs", "6.18.5", NULL },
		{ "btrfs", "", NULL },
		{ "btrfs", "odd", NULL },
		{ "xfs", "4.17.19", "4.18" },
		{ "xfs", "3.10.0-1160.el7", "4.18" },
		{ "xfs", "4.18.0", NULL },
		{ "xfs", "10.1", NULL },
		{ "ext4", "3.10.0", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };
		const struct step *step;

		machine_fresh(&m);
		strcpy(m.facts.file.fs_type, table[i].type);
		strcpy(m.facts.kernel, table[i].kernel);
		plan = machine_plan(&m, false);
		step = machine_step(&plan, STEP_SWAPFILE);
		assert_int_equal(step->why.code, table[i].since ? WHY_OLD_KERNEL : WHY_MISSING);
		if (table[i].since)
			assert_string_equal(step->why.value, table[i].since);
	}
}

/* Our own file, that this user may not look for, is other swap to him, and enough of it. */
static void test_unseen(void **state)
{
	_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };

	(void)state;
	machine_fresh(&m);
	m.facts.privileged = false;
	m.facts.file.kind = FOUND_NO_WAY;
	m.facts.file.way = WALK_ERROR;
	m.facts.file.error = -EACCES;
	(void)machine_swap(&m, "/swap/swapfile", GIB(16), 0);
	plan = machine_plan(&m, false);
	assert_int_equal(machine_step(&plan, STEP_SWAPFILE)->state, STATE_UNKNOWN);
	assert_int_equal(machine_step(&plan, STEP_SWAPFILE)->why.code, WHY_CANNOT_READ);
	assert_false(plan_conforms(&plan));
}

/* That the kernel swaps to a file there does not make it a place for one. */
static void test_filesystem_of_a_right_file(void **state)
{
	static const struct {
		const char *type;
		unsigned listed;
		enum why_code why;
	} table[] = {
		{ "fuseblk", (1U << FS_N) - 1, WHY_FILESYSTEM },
		{ "vfat", (1U << FS_N) - 1, WHY_FILESYSTEM },
		{ "ext4", 1U << FS_XFS, WHY_NOT_LISTED },
		{ "ext4", 1U << FS_EXT4, WHY_NONE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table) * 4; i++) {
		_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };
		const bool active = i & 1, open = i & 2;
		const struct step *step;

		machine_fresh(&m);
		machine_file(&m.facts.file, "/swapfile", GIB(16));
		strcpy(m.facts.file.fs_type, table[i / 4].type);
		m.profile.filesystems = table[i / 4].listed;
		if (active)
			machine_activate(&m, &m.facts.file, 0);
		if (open)
			m.facts.file.mode = 0644;
		plan = machine_plan(&m, false);
		step = machine_step(&plan, STEP_SWAPFILE);
		assert_int_equal(step->state == STATE_BLOCKED, table[i / 4].why != WHY_NONE);
		if (table[i / 4].why != WHY_NONE)
			assert_int_equal(step->why.code, table[i / 4].why);
	}
}

/* What keeps swapon from succeeding blocks it, unless there is nothing to be switched on. */
static void test_swapon(void **state)
{
	static const struct {
		const char *profile, *operation;
		bool tree;
		enum why_code why;
	} table[] = {
		{ "", "", false, WHY_NONE },
		{ "raid1", "", false, WHY_DATA_PROFILE },
		{ "dup", "balance", false, WHY_DATA_PROFILE },
		{ "", "balance", false, WHY_OPERATION },
		{ "", "balance paused", false, WHY_OPERATION },
		/* In a tree it is over when that boots. */
		{ "", "balance", true, WHY_NONE },
		{ "raid1", "", true, WHY_DATA_PROFILE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table) * 3; i++) {
		_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };
		const bool there = i % 3 > 0, active = i % 3 > 1, tree = table[i / 3].tree;
		bool blocked = table[i / 3].why != WHY_NONE && !(active && !tree);
		const struct step *step;

		machine_fresh(&m);
		m.facts.is_system = !tree;
		if (there)
			machine_file(&m.facts.file, "/swapfile", GIB(16));
		if (active && !tree)
			machine_activate(&m, &m.facts.file, 0);
		on_btrfs(table[i / 3].profile, table[i / 3].operation, 1);
		plan = machine_plan(&m, false);
		step = machine_step(&plan, STEP_SWAPON);
		assert_int_equal(step->state == STATE_BLOCKED, blocked);
		if (!blocked)
			continue;
		assert_int_equal(step->why.code, table[i / 3].why);
		assert_string_equal(step->why.text,
				    table[i / 3].why == WHY_OPERATION ? table[i / 3].operation
								      : table[i / 3].profile);
	}
}

/* Off for a change, it could not be switched on again. */
static void test_resize_while_busy(void **state)
{
	_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };

	(void)state;
	machine_fresh(&m);
	machine_file(&m.facts.file, "/swapfile", GIB(4));
	machine_activate(&m, &m.facts.file, 0);
	on_btrfs("", "balance", 1);
	plan = machine_plan(&m, false);
	assert_int_equal(machine_step(&plan, STEP_SWAPFILE)->action, FILE_GROW);
	assert_int_equal(machine_step(&plan, STEP_SWAPON)->state, STATE_BLOCKED);
	assert_int_equal(machine_step(&plan, STEP_SWAPON)->why.code, WHY_OPERATION);
}

static void test_devices(void **state)
{
	static const struct {
		uint64_t have;
		bool tree, warned, blocked;
	} table[] = {
		{ 0, false, true, false },      { GIB(16), false, false, false },
		{ GIB(4), false, true, false }, { GIB(20), false, false, false },
		{ 0, true, false, true },       { GIB(16), true, false, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table) * 2; i++) {
		_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };
		const bool several = i % 2;
		const struct step *step;

		machine_fresh(&m);
		m.facts.is_system = !table[i / 2].tree;
		if (table[i / 2].have)
			machine_file(&m.facts.file, "/swapfile", table[i / 2].have);
		on_btrfs("", "", several ? 2 : 1);
		plan = machine_plan(&m, false);
		step = machine_step(&plan, STEP_SWAPFILE);
		assert_int_equal(step->state == STATE_BLOCKED, several && table[i / 2].blocked);
		if (several && table[i / 2].blocked)
			assert_int_equal(step->why.code, WHY_DEVICES);
		else
			assert_int_equal(warnings_of(&plan, WHY_WARN_DEVICES),
					 several && table[i / 2].warned);
	}
}

static void test_snapshots(void **state)
{
	static const struct {
		const char *type;
		bool own, missing, warned;
	} table[] = {
		{ "btrfs", false, false, true },
		{ "btrfs", true, false, false },
		{ "btrfs", false, true, false },
		{ "ext4", false, false, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };

		machine_fresh(&m);
		on_btrfs("", "", 1);
		strcpy(m.facts.file.fs_type, table[i].type);
		m.facts.file.btrfs.own_subvolume = table[i].own;
		m.facts.file.dir_missing = table[i].missing;
		plan = machine_plan(&m, false);
		assert_int_equal(warnings_of(&plan, WHY_WARN_SNAPSHOTS), table[i].warned);
		assert_int_equal(machine_step(&plan, STEP_SWAPFILE)->why.code,
				 table[i].missing ? WHY_MISSING_DIRECTORY : WHY_MISSING);
	}
}

/* A snapshot has the blocks, and there is no room for others. */
static void test_shared_without_room(void **state)
{
	_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };
	const struct step *step;

	(void)state;
	machine_fresh(&m);
	machine_file(&m.facts.file, "/swapfile", GIB(16));
	on_btrfs("", "", 1);
	m.facts.file.shared_bytes = GIB(16);
	m.facts.file.fs_free_bytes = GIB(2);
	plan = machine_plan(&m, false);
	step = machine_step(&plan, STEP_SWAPFILE);
	assert_int_equal(step->state, STATE_BLOCKED);
	assert_int_equal(step->why.code, WHY_SHARED_NO_ROOM);
	assert_int_equal(step->why.a, GIB(16));
	assert_true(step->why.b <= GIB(2));
}

/* The file the kernel would resume from may be lengthened, cut and closed, but not taken away. */
static void test_resume(void **state)
{
	static const struct {
		const char *what;
		uint64_t have, holes;
		bool active, exact_none;
		mode_t mode;
		enum step_kind kind;
		bool blocked;
	} table[] = {
		{ "right", GIB(16), .active = true, .kind = STEP_SWAPFILE },
		{ "inactive", GIB(16), .kind = STEP_SWAPFILE },
		{ "too small", GIB(4), .active = true, .kind = STEP_SWAPFILE },
		{ "open to all", GIB(16), .active = true, .mode = 0644, .kind = STEP_SWAPFILE },
		{ "open to all, inactive", GIB(16), .mode = 0644, .kind = STEP_SWAPFILE,
		  .blocked = true },
		{ "with holes", GIB(16), .holes = GIB(1), .kind = STEP_SWAPFILE, .blocked = true },
		{ "not wanted", GIB(16), .exact_none = true, .kind = STEP_RETIRE, .blocked = true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };
		const struct step *step;

		machine_fresh(&m);
		machine_file(&m.facts.file, "/swapfile", table[i].have);
		if (table[i].active)
			machine_activate(&m, &m.facts.file, 0);
		if (table[i].mode)
			m.facts.file.mode = table[i].mode;
		m.facts.file.hole_bytes = table[i].holes;
		m.facts.file.resumes = true;
		if (table[i].exact_none) {
			m.target.exact = true;
			m.target.low_bytes = m.target.high_bytes = m.target.minimum_bytes = 0;
		}
		plan = machine_plan(&m, false);
		step = machine_step(&plan, table[i].kind);
		if ((step->state == STATE_BLOCKED) != table[i].blocked ||
		    (table[i].blocked && step->why.code != WHY_RESUMES))
			fail_msg("%s: state %d, why %d", table[i].what, (int)step->state,
				 (int)step->why.code);
	}
}

/* Another path is asked for: the old file would go, with the image it may be given. */
static void test_resume_elsewhere(void **state)
{
	_cleanup_(cleanup_plan) struct plan plan = { .n = 0 }, remove = { .n = 0 };
	struct err err;

	(void)state;
	machine_fresh(&m);
	machine_file(&m.others[0], "/old", GIB(16));
	m.others[0].ino = 12;
	m.others[0].resumes = true;
	m.facts.others = m.others;
	m.facts.n_others = 1;
	plan = machine_plan(&m, false);
	assert_int_equal(machine_step(&plan, STEP_RETIRE)->state, STATE_BLOCKED);
	assert_int_equal(machine_step(&plan, STEP_RETIRE)->why.code, WHY_RESUMES);
	assert_int_equal(plan_remove(&m.facts, false, &remove, &err), 0);
	for (size_t i = 0; i < remove.n; i++) {
		const struct step *step = &remove.steps[i];

		assert_int_equal(step->state == STATE_BLOCKED,
				 step->kind == STEP_RETIRE && streq(step->target, "/old"));
		if (step->state == STATE_BLOCKED)
			assert_int_equal(step->why.code, WHY_RESUMES);
	}
	assert_true(plan_has(&remove, STATE_BLOCKED));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kernels),
		cmocka_unit_test(test_unseen),
		cmocka_unit_test(test_filesystem_of_a_right_file),
		cmocka_unit_test(test_swapon),
		cmocka_unit_test(test_resize_while_busy),
		cmocka_unit_test(test_devices),
		cmocka_unit_test(test_snapshots),
		cmocka_unit_test(test_shared_without_room),
		cmocka_unit_test(test_resume),
		cmocka_unit_test(test_resume_elsewhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
