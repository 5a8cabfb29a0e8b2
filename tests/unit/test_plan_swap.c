/* SPDX-License-Identifier: MIT */
/*
 * The steps of the swapfile: what is refused and why, what is repaired and how, and when it may go
 * off. Touches nothing.
 */
#include "machine.h"

static struct machine m;

static void test_found(void **state)
{
	static const struct {
		const char *what;
		enum found_kind kind;
		int error;
		enum walk_fault way;
		const char *detail, *not_mounted;
		nlink_t links;
		enum step_state state;
		enum why_code why;
		const char *text;
		uint64_t a;
	} table[] = {
		{ "nothing", FOUND_NOTHING, .state = STATE_CHANGE, .why = WHY_MISSING },
		{ "zeros", FOUND_ZERO, .links = 1, .state = STATE_CHANGE, .why = WHY_LEFTOVER },
		{ "foreign", FOUND_FOREIGN, .detail = "xfs", .links = 1, .state = STATE_BLOCKED,
		  .why = WHY_FOREIGN, .text = "xfs" },
		{ "foreign, unknown", FOUND_FOREIGN, .detail = "", .links = 1,
		  .state = STATE_BLOCKED, .why = WHY_FOREIGN, .text = "" },
		{ "hibernation", FOUND_HIBERNATION, .links = 1, .state = STATE_BLOCKED,
		  .why = WHY_HIBERNATION },
		{ "symlink", FOUND_SYMLINK, .state = STATE_BLOCKED, .why = WHY_SYMLINK },
		{ "directory", FOUND_DIRECTORY, .state = STATE_BLOCKED, .why = WHY_DIRECTORY },
		{ "block device", FOUND_BLOCK_DEVICE, .state = STATE_BLOCKED,
		  .why = WHY_BLOCK_DEVICE },
		{ "FIFO", FOUND_SPECIAL, .state = STATE_BLOCKED, .why = WHY_SPECIAL },
		{ "unreadable", FOUND_UNREADABLE, .links = 1, .state = STATE_UNKNOWN,
		  .why = WHY_CANNOT_READ },
		{ "I/O error", FOUND_ERROR, .error = -EIO, .state = STATE_BLOCKED, .why = WHY_ERROR,
		  .a = EIO },
		{ "no permission", FOUND_ERROR, .error = -EACCES, .state = STATE_UNKNOWN,
		  .why = WHY_CANNOT_READ },
		{ "hard links to zeros", FOUND_ZERO, .links = 2, .state = STATE_BLOCKED,
		  .why = WHY_HARD_LINKS, .a = 2 },
		{ "hard links to data", FOUND_FOREIGN, .detail = "xfs", .links = 2,
		  .state = STATE_BLOCKED, .why = WHY_FOREIGN, .text = "xfs" },
		{ "no directory", FOUND_NO_WAY, .way = WALK_MISSING, .detail = "/a",
		  .state = STATE_BLOCKED, .why = WHY_NO_DIRECTORY, .text = "/a" },
		{ "a link on the way", FOUND_NO_WAY, .way = WALK_SYMLINK, .detail = "/a",
		  .state = STATE_BLOCKED, .why = WHY_WAY_SYMLINK, .text = "/a" },
		{ "a file on the way", FOUND_NO_WAY, .way = WALK_NOT_DIRECTORY, .detail = "/a",
		  .state = STATE_BLOCKED, .why = WHY_NOT_DIRECTORY, .text = "/a" },
		{ "another's directory", FOUND_NO_WAY, .way = WALK_FOREIGN_OWNER, .detail = "/a",
		  .state = STATE_BLOCKED, .why = WHY_FOREIGN_OWNER, .text = "/a" },
		{ "everybody's directory", FOUND_NO_WAY, .way = WALK_WRITABLE, .detail = "/a",
		  .state = STATE_BLOCKED, .why = WHY_WRITABLE, .text = "/a" },
		{ "an error on the way", FOUND_NO_WAY, .way = WALK_ERROR, .error = -ELOOP,
		  .detail = "/a", .state = STATE_BLOCKED, .why = WHY_ERROR, .a = ELOOP },
		{ "a closed door on the way", FOUND_NO_WAY, .way = WALK_ERROR, .error = -EACCES,
		  .detail = "/a", .state = STATE_UNKNOWN, .why = WHY_CANNOT_READ },
		{ "not mounted", FOUND_NOTHING, .not_mounted = "/srv", .state = STATE_BLOCKED,
		  .why = WHY_NOT_MOUNTED, .text = "/srv" },
		{ "not mounted, and no directory", FOUND_NO_WAY, .way = WALK_MISSING,
		  .detail = "/srv/a", .not_mounted = "/srv", .state = STATE_BLOCKED,
		  .why = WHY_NOT_MOUNTED, .text = "/srv" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table) * 2; i++) {
		_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };
		const struct step *step;
		size_t c = i / 2;

		machine_fresh(&m);
		m.facts.file.kind = table[c].kind;
		m.facts.file.error = table[c].error;
		m.facts.file.way = table[c].way;
		m.facts.file.links = table[c].links;
		strcpy(m.facts.file.detail, table[c].detail ? table[c].detail : "");
		strcpy(m.facts.file.not_mounted, table[c].not_mounted ? table[c].not_mounted : "");
		/* Without room it is the same fault that has to be told, where there is one. */
		if (i % 2 && table[c].state != STATE_CHANGE)
			m.facts.file.fs_free_bytes = 0;
		plan = machine_plan(&m, false);
		step = machine_step(&plan, STEP_SWAPFILE);
		if (step->state != table[c].state || step->why.code != table[c].why)
			fail_msg("%s: state %d, why %d", table[c].what, (int)step->state,
				 (int)step->why.code);
		if (table[c].text)
			assert_string_equal(step->why.text, table[c].text);
		if (table[c].a)
			assert_int_equal(step->why.a, table[c].a);
		assert_false(plan_conforms(&plan));
	}
}

static void test_filesystems(void **state)
{
	static const struct {
		const char *type;
		unsigned listed;
		enum why_code why;
	} table[] = {
		{ "ext4", 1U << FS_EXT4, WHY_MISSING },
		{ "ext4", 1U << FS_XFS, WHY_NOT_LISTED },
		{ "xfs", 1U << FS_EXT4, WHY_NOT_LISTED },
		{ "xfs", 1U << FS_XFS, WHY_MISSING },
		{ "ext3", 1U << FS_EXT3, WHY_MISSING },
		{ "ext2", 1U << FS_EXT2, WHY_MISSING },
		{ "btrfs", 1U << FS_BTRFS, WHY_MISSING },
		{ "btrfs", 1U << FS_EXT4, WHY_NOT_LISTED },
		{ "f2fs", 1U << FS_F2FS, WHY_MISSING },
		{ "f2fs", (1U << FS_N) - 1 - (1U << FS_F2FS), WHY_NOT_LISTED },
		{ "tmpfs", (1U << FS_N) - 1, WHY_FILESYSTEM },
		{ "nfs", (1U << FS_N) - 1, WHY_FILESYSTEM },
		{ "", (1U << FS_N) - 1, WHY_FILESYSTEM },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table) * 2; i++) {
		_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };
		const struct step *step;
		bool refused = table[i / 2].why != WHY_MISSING;

		machine_fresh(&m);
		m.profile.filesystems = table[i / 2].listed;
		strcpy(m.facts.file.fs_type, table[i / 2].type);
		/* Whatever is wrong besides, this comes first: nothing else would help. */
		if (i % 2 && refused) {
			m.facts.file.fs_free_bytes = 0;
			m.facts.file.fs_read_only = true;
			m.facts.file.dir_denied = true;
		}
		plan = machine_plan(&m, false);
		step = machine_step(&plan, STEP_SWAPFILE);
		assert_int_equal(step->state, refused ? STATE_BLOCKED : STATE_CHANGE);
		assert_int_equal(step->why.code, table[i / 2].why);
		if (refused)
			assert_string_equal(step->why.text, table[i / 2].type);
	}
}

static void test_place(void **state)
{
	static const struct {
		bool read_only, immutable, dir_immutable, denied, privileged, is_system, busy;
		enum why_code why;
	} table[] = {
		{ .read_only = true,
		  .privileged = true,
		  .is_system = true,
		  .why = WHY_ON_READ_ONLY },
		{ .immutable = true, .privileged = true, .is_system = true, .why = WHY_IMMUTABLE },
		{ .dir_immutable = true,
		  .privileged = true,
		  .is_system = true,
		  .why = WHY_IMMUTABLE },
		{ .denied = true, .privileged = true, .is_system = true, .why = WHY_DENIED },
		{ .denied = true, .is_system = true, .why = WHY_NONE },
		{ .denied = true, .why = WHY_DENIED },
		{ .read_only = true, .is_system = true, .why = WHY_ON_READ_ONLY },
		{ .busy = true, .why = WHY_BUSY },
		{ .busy = true, .read_only = true, .denied = true, .why = WHY_BUSY },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };
		const struct step *step;

		machine_fresh(&m);
		m.facts.file.fs_read_only = table[i].read_only;
		m.facts.file.immutable = table[i].immutable;
		m.facts.file.dir_immutable = table[i].dir_immutable;
		m.facts.file.dir_denied = table[i].denied;
		m.facts.file.busy = table[i].busy;
		m.facts.privileged = table[i].privileged;
		m.facts.is_system = table[i].is_system;
		plan = machine_plan(&m, false);
		step = machine_step(&plan, STEP_SWAPFILE);
		assert_int_equal(step->state, table[i].why ? STATE_BLOCKED : STATE_CHANGE);
		assert_int_equal(step->why.code, table[i].why ? table[i].why : WHY_MISSING);
		plan_done(&plan);
		/* A file that is right is none the worse for it. */
		machine_provisioned(&m);
		m.facts.file.fs_read_only = table[i].read_only;
		m.facts.file.dir_denied = table[i].denied;
		plan = machine_plan(&m, false);
		assert_int_equal(machine_step(&plan, STEP_SWAPFILE)->state, STATE_OK);
	}
}

static void test_repairs(void **state)
{
	static const struct {
		const char *what;
		uint64_t size, holes, shared, header_pages, bad_pages, header_page;
		mode_t mode;
		uid_t uid;
		gid_t gid;
		enum larger larger;
		bool inactive, cow;
		enum why_code why;
		uint64_t a;
		enum file_action action;
		bool warns;
	} table[] = {
		{ "right", .action = FILE_KEEP },
		{ "right, inactive", .inactive = true, .action = FILE_KEEP },
		{ "too small", .size = GIB(4), .why = WHY_TOO_SMALL, .action = FILE_GROW },
		{ "too large", .size = GIB(20), .larger = LARGER_SHRINK, .why = WHY_TOO_LARGE,
		  .action = FILE_SHRINK },
		{ "kept larger", .size = GIB(20), .why = WHY_KEPT_LARGER, .a = GIB(16),
		  .action = FILE_KEEP },
		{ "holes", .holes = GIB(15), .inactive = true, .why = WHY_SPARSE, .a = GIB(15),
		  .action = FILE_REMAKE },
		{ "of a snapshot, too", .shared = GIB(2), .inactive = true, .why = WHY_SHARED,
		  .a = GIB(2), .action = FILE_REMAKE },
		{ "copy-on-write", .cow = true, .inactive = true, .why = WHY_COPY_ON_WRITE,
		  .action = FILE_REMAKE },
		{ "64 KiB pages", .header_page = KIB(64), .header_pages = GIB(16) / KIB(64),
		  .inactive = true, .why = WHY_OTHER_PAGE, .a = KIB(64), .action = FILE_REHEADER },
		{ "a short header", .header_pages = 1000, .why = WHY_HEADER_SHORT,
		  .a = 1000 * KIB(4), .action = FILE_REHEADER },
		{ "a page short", .header_pages = GIB(16) / KIB(4) - 1, .why = WHY_HEADER_SHORT,
		  .a = GIB(16) - KIB(4), .action = FILE_REHEADER },
		{ "a page beyond", .header_pages = GIB(16) / KIB(4) + 1, .inactive = true,
		  .why = WHY_HEADER_BEYOND, .a = GIB(16) + KIB(4), .action = FILE_REHEADER },
		{ "bad pages", .bad_pages = 1, .why = WHY_HEADER_BEYOND, .a = GIB(16),
		  .action = FILE_REHEADER },
		{ "half a page at the end", .size = GIB(16) + 2048,
		  .header_pages = GIB(16) / KIB(4), .why = WHY_KEPT_LARGER, .a = GIB(16),
		  .action = FILE_KEEP },
		/* Who has opened it goes on reading: an active one is warned of, else it is remade.
		 */
		{ "mode 0644", .mode = 0644, .why = WHY_MODE, .a = 0644, .action = FILE_MODE,
		  .warns = true },
		{ "mode 0644, inactive", .mode = 0644, .inactive = true, .why = WHY_MODE, .a = 0644,
		  .action = FILE_REMAKE },
		{ "mode 0601, inactive", .mode = 0601, .inactive = true, .why = WHY_MODE, .a = 0601,
		  .action = FILE_REMAKE },
		{ "mode 0400, inactive", .mode = 0400, .inactive = true, .why = WHY_MODE, .a = 0400,
		  .action = FILE_MODE },
		{ "another owner, inactive", .uid = 1000, .inactive = true, .why = WHY_MODE,
		  .a = 0600, .action = FILE_REMAKE },
		{ "another group, inactive", .gid = 1000, .inactive = true, .why = WHY_MODE,
		  .a = 0600, .action = FILE_MODE },
		{ "mode 0400", .mode = 0400, .why = WHY_MODE, .a = 0400, .action = FILE_MODE },
		{ "mode 04600", .mode = 04600, .why = WHY_MODE, .a = 04600, .action = FILE_MODE },
		{ "another owner", .uid = 1000, .why = WHY_MODE, .a = 0600, .action = FILE_MODE,
		  .warns = true },
		{ "another group", .gid = 1000, .why = WHY_MODE, .a = 0600, .action = FILE_MODE },
		{ "small, and readable to all", .size = GIB(4), .mode = 0644, .why = WHY_TOO_SMALL,
		  .action = FILE_GROW, .warns = true },
		{ "the same, inactive", .size = GIB(4), .mode = 0644, .inactive = true,
		  .why = WHY_MODE, .a = 0644, .action = FILE_REMAKE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };
		struct found *file = &m.facts.file;
		const struct step *step;
		enum step_state swapon;
		bool change;

		machine_provisioned(&m);
		m.profile.larger = table[i].larger;
		machine_file(file, "/swapfile", table[i].size ? table[i].size : GIB(16));
		m.facts.n_swaps = 0;
		if (!table[i].inactive)
			machine_activate(&m, file, 0);
		file->hole_bytes = table[i].holes;
		file->shared_bytes = table[i].shared;
		file->copy_on_write = table[i].cow;
		if (table[i].header_pages)
			file->header.last_page = (uint32_t)table[i].header_pages - 1;
		if (table[i].header_page)
			file->header.page_bytes = table[i].header_page;
		file->header.bad_pages = (uint32_t)table[i].bad_pages;
		if (table[i].mode)
			file->mode = table[i].mode;
		file->uid = table[i].uid;
		file->gid = table[i].gid;
		plan = machine_plan(&m, false);
		step = machine_step(&plan, STEP_SWAPFILE);
		change = table[i].action != FILE_KEEP;
		if (step->state != (change ? STATE_CHANGE : STATE_OK) ||
		    step->why.code != table[i].why || step->action != table[i].action ||
		    (table[i].a && step->why.a != table[i].a))
			fail_msg("%s: state %d, why %d, action %d", table[i].what, (int)step->state,
				 (int)step->why.code, (int)step->action);
		assert_int_equal(step->have.number, file->size_bytes);
		if (warnings_of(&plan, WHY_WARN_OPENED) != table[i].warns)
			fail_msg("%s: %zu warnings", table[i].what, plan.n_warnings);
		if (table[i].warns)
			assert_string_equal(warning_of(&plan, WHY_WARN_OPENED)->text, "/swapfile");
		swapon = table[i].inactive || (change && table[i].action != FILE_MODE)
			? STATE_CHANGE
			: STATE_OK;
		step = machine_step(&plan, STEP_SWAPON);
		if (step->state != swapon)
			fail_msg("%s: swapon is %d", table[i].what, (int)step->state);
		assert_int_equal(step->why.code,
				 swapon == STATE_OK          ? WHY_NONE
					 : table[i].inactive ? WHY_INACTIVE
							     : WHY_OFF_AND_ON);
		assert_int_equal(machine_step(&plan, STEP_FSTAB)->state, STATE_OK);
	}
}

static void test_room(void **state)
{
	_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };
	const struct step *step;
	const struct why *why;

	(void)state;
	/* Reduced, and from what. */
	machine_fresh(&m);
	m.facts.file.fs_free_bytes = GIB(10) + MIB(2);
	plan = machine_plan(&m, false);
	step = machine_step(&plan, STEP_SWAPFILE);
	assert_int_equal(step->state, STATE_CHANGE);
	assert_int_equal(step->why.code, WHY_REDUCED);
	assert_int_equal(step->why.a, GIB(16));
	assert_in_range(step->why.b, GIB(10), GIB(10) + MIB(1));
	assert_int_equal(step->want.number, GIB(10));
	why = warning_of(&plan, WHY_WARN_REDUCED);
	assert_int_equal(why->a, GIB(10));
	assert_int_equal(why->b, GIB(16));
	plan_done(&plan);

	/* Blocked: nothing else could be done. */
	m.facts.file.fs_free_bytes = GIB(7);
	plan = machine_plan(&m, false);
	step = machine_step(&plan, STEP_SWAPFILE);
	assert_int_equal(step->state, STATE_BLOCKED);
	assert_int_equal(step->why.code, WHY_NO_ROOM);
	assert_int_equal(step->why.a, GIB(8));
	assert_int_equal(step->want.number, GIB(8));
	plan_done(&plan);

	/* Between minimum and recommendation it conforms, with a warning. */
	machine_provisioned(&m);
	machine_file(&m.facts.file, "/swapfile", GIB(10));
	m.facts.n_swaps = 0;
	machine_activate(&m, &m.facts.file, 0);
	m.facts.file.fs_free_bytes = GIB(1) + MIB(2);
	plan = machine_plan(&m, false);
	step = machine_step(&plan, STEP_SWAPFILE);
	assert_int_equal(step->state, STATE_OK);
	assert_int_equal(step->why.code, WHY_KEPT_SMALLER);
	assert_int_equal(step->why.a, GIB(16));
	assert_in_range(step->why.b, GIB(11), GIB(11) + MIB(1));
	assert_true(plan_conforms(&plan));
	why = warning_of(&plan, WHY_WARN_BELOW);
	assert_int_equal(why->a, GIB(10));
	assert_int_equal(why->b, GIB(16));
	plan_done(&plan);

	/* A minimum of 0 and no room at all: none conforms too, and is not said to be wanted. */
	machine_fresh(&m);
	m.target.minimum_bytes = 0;
	m.facts.file.fs_free_bytes = MIB(10);
	plan = machine_plan(&m, false);
	step = machine_step(&plan, STEP_SWAPFILE);
	assert_int_equal(step->state, STATE_OK);
	assert_int_equal(step->why.code, WHY_KEPT_SMALLER);
	assert_int_equal(warnings_of(&plan, WHY_WARN_BELOW), 1);
	assert_null(step_of(&plan, STEP_SWAPON, SYSCTL_N));
	plan_done(&plan);

	/* No row for this RAM. */
	machine_provisioned(&m);
	m.target.row = NULL;
	plan = machine_plan(&m, false);
	step = machine_step(&plan, STEP_SWAPFILE);
	assert_int_equal(step->state, STATE_BLOCKED);
	assert_int_equal(step->why.code, WHY_NO_ROW);
	assert_int_equal(step->why.a, GIB(32));
}

/* The room that a former swapfile leaves is used by a second plan: that is told beforehand. */
static void test_room_later(void **state)
{
	static const struct {
		const char *what;
		uint64_t have, low, former; /* have: at the path already */
		bool elsewhere, tree;       /* the former one is on another filesystem */
		enum step_state state;
		enum why_code why;
		uint64_t later;
		enum why_code warning;
	} table[] = {
		{ "room for it afterwards", 0, GIB(16), GIB(8), .state = STATE_CHANGE,
		  .why = WHY_REDUCED_FIRST, .later = GIB(16) },
		{ "in a tree", 0, GIB(16), GIB(8), .tree = true, .state = STATE_CHANGE,
		  .why = WHY_REDUCED_FIRST, .later = GIB(16) },
		{ "all that there is of a range", 0, GIB(12), GIB(4), .state = STATE_CHANGE,
		  .why = WHY_REDUCED_FIRST, .later = GIB(14) },
		{ "not enough", 0, GIB(16), GIB(4), .state = STATE_CHANGE, .why = WHY_REDUCED,
		  .warning = WHY_WARN_REDUCED },
		{ "another filesystem's", 0, GIB(16), GIB(8), .elsewhere = true,
		  .state = STATE_CHANGE, .why = WHY_REDUCED, .warning = WHY_WARN_REDUCED },
		{ "none that goes", 0, GIB(16), 0, .state = STATE_CHANGE, .why = WHY_REDUCED,
		  .warning = WHY_WARN_REDUCED },
		{ "one that is kept till then", GIB(9), GIB(16), GIB(8), .state = STATE_OK,
		  .why = WHY_GROWS_LATER, .later = GIB(16) },
		{ "one that is kept", GIB(9), GIB(16), GIB(4), .state = STATE_OK,
		  .why = WHY_KEPT_SMALLER, .warning = WHY_WARN_BELOW },
		{ "one that is grown twice", GIB(1), GIB(16), GIB(8), .state = STATE_CHANGE,
		  .why = WHY_GROWS_LATER, .later = GIB(16) },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };
		const struct step *step;

		machine_fresh(&m);
		m.target.low_bytes = table[i].low;
		if (table[i].have) {
			machine_file(&m.facts.file, "/swapfile", table[i].have);
			machine_activate(&m, &m.facts.file, 0);
		}
		/* Of 10 GiB, metadata aside. */
		m.facts.file.fs_free_bytes = GIB(10) + MIB(3) - table[i].have;
		if (table[i].former) {
			machine_file(&m.others[0], "/old.swap", table[i].former);
			m.others[0].ino = 12;
			m.facts.n_others = 1;
			machine_activate(&m, &m.others[0], 0);
		}
		m.facts.file.fs_dev = table[i].tree ? 0 : 8;
		m.others[0].fs_dev = table[i].tree ? 0 : table[i].elsewhere ? 9 : 8;
		strcpy(m.facts.file.fs_mount, "/");
		strcpy(m.others[0].fs_mount, table[i].elsewhere ? "/srv" : "/");
		plan = machine_plan(&m, false);
		step = machine_step(&plan, STEP_SWAPFILE);
		if (step->state != table[i].state || step->why.code != table[i].why)
			fail_msg("%s: state %d, why %d", table[i].what, (int)step->state,
				 (int)step->why.code);
		if (table[i].later)
			assert_int_equal(step->why.a, table[i].later);
		if (step->state == STATE_CHANGE)
			assert_int_equal(step->want.number, GIB(10));
		assert_int_equal(plan.n_warnings, table[i].warning != WHY_NONE);
		if (table[i].warning)
			(void)warning_of(&plan, table[i].warning);
	}
}

/* What has another reason to be changed keeps it, and is warned of all the same. */
static void test_room_later_and_more(void **state)
{
	static const struct {
		const char *what;
		uint64_t have;
		bool zeros, sparse, short_header, dir_missing;
		mode_t mode;
		enum file_action action;
		enum why_code why, warning;
	} table[] = {
		{ "zeros", GIB(2), .zeros = true, .action = FILE_REMAKE, .why = WHY_LEFTOVER,
		  .warning = WHY_WARN_REDUCED },
		{ "holes", GIB(9), .sparse = true, .action = FILE_REMAKE, .why = WHY_SPARSE,
		  .warning = WHY_WARN_REDUCED },
		{ "a short header", GIB(9), .short_header = true, .action = FILE_REHEADER,
		  .why = WHY_HEADER_SHORT, .warning = WHY_WARN_REDUCED },
		{ "a mode", GIB(9), .mode = 0400, .action = FILE_MODE, .why = WHY_MODE,
		  .warning = WHY_WARN_REDUCED },
		{ "no directory", 0, .dir_missing = true, .action = FILE_MAKE,
		  .why = WHY_MISSING_DIRECTORY, .warning = WHY_WARN_REDUCED },
		{ "nothing", 0, .action = FILE_MAKE, .why = WHY_REDUCED_FIRST },
		{ "nothing more", GIB(9), .action = FILE_KEEP, .why = WHY_GROWS_LATER },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };
		struct found *file = &m.facts.file;
		const struct step *step;

		machine_fresh(&m);
		if (table[i].have)
			machine_file(file, "/swapfile", table[i].have);
		if (table[i].zeros)
			file->kind = FOUND_ZERO;
		if (table[i].sparse) {
			file->allocated_bytes = GIB(1);
			file->hole_bytes = GIB(8);
		}
		if (table[i].short_header)
			file->header.last_page = 1000;
		if (table[i].mode)
			file->mode = table[i].mode;
		file->dir_missing = table[i].dir_missing;
		file->fs_free_bytes = GIB(10) + MIB(3) - file->allocated_bytes;
		file->fs_dev = 8;
		machine_file(&m.others[0], "/old.swap", GIB(8));
		m.others[0].ino = 12;
		m.others[0].fs_dev = 8;
		m.facts.n_others = 1;
		machine_activate(&m, &m.others[0], 0);
		plan = machine_plan(&m, false);
		step = machine_step(&plan, STEP_SWAPFILE);
		if (step->action != table[i].action || step->why.code != table[i].why)
			fail_msg("%s: action %d, why %d", table[i].what, (int)step->action,
				 (int)step->why.code);
		if (plan.n_warnings != (table[i].warning != WHY_NONE))
			fail_msg("%s: %zu warnings", table[i].what, plan.n_warnings);
		if (table[i].warning)
			(void)warning_of(&plan, table[i].warning);
	}
}

/* No minimum is asked for, and there is no room: the swap that there is does not go for none. */
static void test_former_for_none(void **state)
{
	static const struct {
		const char *what;
		uint64_t low, minimum, partition;
		enum found_kind former;
		bool elsewhere;
		enum step_state state;
		enum why_code why;
		uint64_t needed;
	} table[] = {
		{ "no minimum", GIB(16), 0, 0, FOUND_SWAP, false, STATE_BLOCKED, WHY_NO_ROOM,
		  MIB(64) },
		{ "no minimum, and little is wanted", MIB(48), 0, 0, FOUND_SWAP, false,
		  STATE_BLOCKED, WHY_NO_ROOM, MIB(48) },
		{ "on another filesystem", GIB(16), 0, 0, FOUND_SWAP, true, STATE_BLOCKED,
		  WHY_NO_ROOM, MIB(64) },
		{ "other swap reaches the minimum", GIB(16), GIB(8), GIB(12), FOUND_SWAP, false,
		  STATE_BLOCKED, WHY_NO_ROOM, MIB(64) },
		{ "other swap is all that is wanted", GIB(16), GIB(8), GIB(17), FOUND_SWAP, false,
		  STATE_OK, WHY_OTHER_SWAP, 0 },
		{ "none is wanted", 0, 0, 0, FOUND_SWAP, false, STATE_OK, WHY_NONE_WANTED, 0 },
		{ "only a line is left", GIB(16), 0, 0, FOUND_NOTHING, false, STATE_OK,
		  WHY_KEPT_SMALLER, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };
		const struct step *step;

		machine_fresh(&m);
		m.target.low_bytes = m.target.high_bytes = table[i].low;
		m.target.minimum_bytes = table[i].minimum;
		m.facts.file.fs_free_bytes = MIB(40);
		machine_file(&m.others[0], "/old.swap", GIB(8));
		m.others[0].ino = 12;
		m.others[0].fs_dev = table[i].elsewhere;
		m.facts.n_others = 1;
		if (table[i].former == FOUND_SWAP)
			machine_activate(&m, &m.others[0], 0);
		m.others[0].kind = table[i].former;
		if (table[i].partition)
			machine_swap(&m, "/dev/sda2", table[i].partition, 0);
		plan = machine_plan(&m, false);
		step = machine_step(&plan, STEP_SWAPFILE);
		if (step->state != table[i].state || step->why.code != table[i].why)
			fail_msg("%s: state %d, why %d", table[i].what, (int)step->state,
				 (int)step->why.code);
		if (table[i].needed)
			assert_int_equal(step->why.a, table[i].needed);
	}
}

static void test_priority(void **state)
{
	static const struct {
		int now, wanted;
		enum step_state state;
	} table[] = {
		{ -2, -1, STATE_OK },         { -7, -1, STATE_OK }, { 0, -1, STATE_DEFERRED },
		{ 5, -1, STATE_DEFERRED },    { 5, 5, STATE_OK },   { -2, 5, STATE_DEFERRED },
		{ -2, 0, STATE_DEFERRED },    { 0, 0, STATE_OK },   { 32767, 32767, STATE_OK },
		{ 32767, 0, STATE_DEFERRED },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };
		const struct step *step;

		machine_provisioned(&m);
		m.facts.file.priority = table[i].now;
		m.target.fstab.priority = table[i].wanted;
		plan = machine_plan(&m, false);
		step = machine_step(&plan, STEP_SWAPON);
		assert_int_equal(step->state, table[i].state);
		if (step->state == STATE_OK)
			continue;
		assert_int_equal(step->why.code, WHY_PRIORITY_LATER);
		assert_int_equal((int64_t)step->why.a, table[i].now);
		assert_int_equal((int64_t)step->why.b, table[i].wanted);
	}
}

static void test_table_full(void **state)
{
	static const struct {
		unsigned areas;
		bool active;
		enum step_state state;
		enum why_code why;
	} table[] = {
		{ 22, false, STATE_CHANGE, WHY_INACTIVE },
		{ 23, false, STATE_BLOCKED, WHY_TABLE_FULL },
		{ 22, true, STATE_OK, WHY_NONE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };
		const struct step *step;

		if (table[i].active)
			machine_provisioned(&m);
		else
			machine_fresh(&m);
		for (unsigned n = 0; n < table[i].areas; n++)
			machine_swap(&m, "/dev/sda", MIB(1), 0);
		plan = machine_plan(&m, false);
		step = machine_step(&plan, STEP_SWAPON);
		assert_int_equal(step->state, table[i].state);
		assert_int_equal(step->why.code, table[i].why);
	}
}

/* A tree's file that the running system swaps to: whatever would be done to it, nothing is. */
static void test_busy(void **state)
{
	static const struct {
		const char *what;
		uint64_t size;
		mode_t mode;
	} table[] = {
		{ "grow", GIB(4), 0600 },
		{ "mode", GIB(16), 0644 },
		{ "owner bits", GIB(16), 0400 },
	};

	(void)state;
	for (size_t i = 0; i <= ARRAY_SIZE(table); i++) {
		_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };
		const bool right = i == ARRAY_SIZE(table);
		const struct step *step;

		machine_provisioned(&m);
		m.facts.is_system = false;
		machine_file(&m.facts.file, "/swapfile", right ? GIB(16) : table[i].size);
		m.facts.n_swaps = 0;
		m.facts.file.mode = right ? 0600 : table[i].mode;
		m.facts.file.busy = true;
		plan = machine_plan(&m, false);
		step = machine_step(&plan, STEP_SWAPFILE);
		if (step->state != (right ? STATE_OK : STATE_BLOCKED) ||
		    step->why.code != (right ? WHY_NONE : WHY_BUSY))
			fail_msg("%s: state %d, why %d", right ? "right" : table[i].what,
				 (int)step->state, (int)step->why.code);
	}
}

/* A kernel without swap; of a tree nobody can tell. */
static void test_no_swap(void **state)
{
	_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };
	const struct step *step;

	(void)state;
	machine_fresh(&m);
	m.facts.swaps_known = false;
	plan = machine_plan(&m, false);
	step = machine_step(&plan, STEP_SWAPON);
	assert_int_equal(step->state, STATE_BLOCKED);
	assert_int_equal(step->why.code, WHY_NO_SWAP);
	assert_int_equal(step->have.type, VALUE_UNKNOWN);
	plan_done(&plan);
	m.facts.is_system = false;
	plan = machine_plan(&m, false);
	step = machine_step(&plan, STEP_SWAPON);
	assert_int_equal(step->state, STATE_DEFERRED);
	assert_int_equal(step->why.code, WHY_NEXT_BOOT);
}

static void test_swapoff_guard(void **state)
{
	static const struct {
		const char *what;
		uint64_t used, available, partition, partition_used, zram, zram_used, cached;
		uint64_t mode, committed, limit;
		enum why_code why; /* WHY_NONE: it can go off */
		uint64_t a, b;
	} table[] = {
		{ "nothing in it", 0, GIB(1) },
		{ "it fits with the margin", GIB(1), GIB(1) + MIB(128) },
		{ "a byte short of the margin", GIB(1), GIB(1) + MIB(128) - 1, .why = WHY_NO_MEMORY,
		  .a = GIB(1), .b = GIB(1) + MIB(128) - 1 },
		{ "far too little", GIB(3), GIB(1), .why = WHY_NO_MEMORY, .a = GIB(3),
		  .b = GIB(1) },
		{ "MemAvailable is not known", MIB(1), UNKNOWN, .why = WHY_NO_MEMORY, .a = MIB(1),
		  .b = 0 },
		{ "free swap elsewhere takes it", GIB(3), GIB(1), GIB(4), GIB(1) },
		{ "not enough of it", GIB(3), GIB(1), GIB(4), GIB(2) + MIB(1), .why = WHY_NO_MEMORY,
		  .a = GIB(3), .b = GIB(3) - MIB(1) },
		{ "zram does not", GIB(3), GIB(1), .zram = GIB(16), .why = WHY_NO_MEMORY,
		  .a = GIB(3), .b = GIB(1) },
		{ "what is in memory as well needs none", GIB(3), GIB(1),
		  .cached = GIB(2) + MIB(128) },
		{ "not enough of that", GIB(3), GIB(1), .cached = GIB(2), .why = WHY_NO_MEMORY,
		  .a = GIB(3), .b = GIB(3) },
		{ "no more of it than is swapped out", GIB(1), MIB(127), .cached = GIB(2),
		  .why = WHY_NO_MEMORY, .a = GIB(1), .b = GIB(1) + MIB(127) },
		{ "it may be of what is elsewhere", GIB(3), GIB(1), GIB(4), GIB(3),
		  .cached = GIB(3), .why = WHY_NO_MEMORY, .a = GIB(3), .b = GIB(2) },
		{ "but not all of it", GIB(3), GIB(1), GIB(4), GIB(3),
		  .cached = GIB(4) + MIB(128) },
		{ "or in zram", GIB(3), GIB(1), .zram = GIB(4), .zram_used = GIB(3),
		  .cached = GIB(3), .why = WHY_NO_MEMORY, .a = GIB(3), .b = GIB(1) },
		{ "SwapCached is not known", GIB(3), GIB(1), .cached = UNKNOWN,
		  .why = WHY_NO_MEMORY, .a = GIB(3), .b = GIB(1) },
		{ "strict, and the limit holds without it", 0, GIB(8), .mode = 2,
		  .committed = GIB(2), .limit = GIB(19) },
		{ "strict, and it does not", 0, GIB(8), .mode = 2, .committed = GIB(10),
		  .limit = GIB(12), .why = WHY_COMMIT_LIMIT },
		{ "the same, not strict", 0, GIB(8), .mode = 0, .committed = GIB(10),
		  .limit = GIB(12) },
		{ "strict, and nobody knows what is committed", 0, GIB(8), .mode = 2,
		  .committed = UNKNOWN, .limit = GIB(12), .why = WHY_COMMIT_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };
		const struct step *step;

		machine_provisioned(&m);
		m.target.low_bytes = m.target.high_bytes = GIB(40);
		m.facts.file = (struct found){ 0 };
		machine_file(&m.facts.file, "/swapfile", GIB(4));
		m.facts.n_swaps = 0;
		machine_activate(&m, &m.facts.file, table[i].used);
		m.facts.available_bytes = table[i].available;
		if (table[i].partition)
			machine_swap(&m, "/dev/sda2", table[i].partition, table[i].partition_used);
		if (table[i].zram)
			machine_swap(&m, "/dev/zram0", table[i].zram, table[i].zram_used);
		m.facts.swap_cached_bytes = table[i].cached;
		m.profile.n_sysctl = 0;
		m.facts.sysctl_now[SYSCTL_OVERCOMMIT_MEMORY] = table[i].mode;
		m.facts.committed_bytes = table[i].committed;
		m.facts.limit_bytes = table[i].limit;
		plan = machine_plan(&m, false);
		assert_int_equal(machine_step(&plan, STEP_SWAPFILE)->action, FILE_GROW);
		step = machine_step(&plan, STEP_SWAPON);
		if (step->state != (table[i].why ? STATE_BLOCKED : STATE_CHANGE) ||
		    step->why.code != (table[i].why ? table[i].why : WHY_OFF_AND_ON))
			fail_msg("%s: state %d, why %d", table[i].what, (int)step->state,
				 (int)step->why.code);
		if (table[i].why == WHY_NO_MEMORY) {
			assert_int_equal(step->why.a, table[i].a);
			assert_int_equal(step->why.b, table[i].b);
		}
		plan_done(&plan);
		/* What need not go off is not guarded. */
		m.target.low_bytes = m.target.high_bytes = m.target.minimum_bytes = GIB(4);
		m.facts.n_swaps = 1;
		plan = machine_plan(&m, false);
		assert_int_equal(machine_step(&plan, STEP_SWAPON)->state, STATE_OK);
	}
}

/* A former swapfile goes when the new one is active, and can take what it holds. */
static void test_swapoff_of_former(void **state)
{
	static const struct {
		const char *what;
		uint64_t have, wanted; /* at the path now, and to be there */
		bool active;
		uint64_t used, former_used, available, mode, committed;
		enum why_code why;
		uint64_t a, b;
	} table[] = {
		{ "the new one takes it", 0, GIB(16), .former_used = GIB(3), .available = GIB(2) },
		{ "not if there was none", 0, 0, .former_used = GIB(3), .available = GIB(2),
		  .why = WHY_NO_MEMORY, .a = GIB(3), .b = GIB(2) },
		{ "one too small for it", 0, MIB(512), .former_used = GIB(3), .available = GIB(2),
		  .why = WHY_NO_MEMORY, .a = GIB(3), .b = GIB(2) + MIB(512) - KIB(4) },
		{ "one that is activated", GIB(16), GIB(16), .former_used = GIB(3),
		  .available = GIB(2) },
		{ "one that is active counts once", GIB(2), GIB(2), true, GIB(1), GIB(3), GIB(1),
		  .why = WHY_NO_MEMORY, .a = GIB(3), .b = GIB(2) - KIB(4) },
		{ "one that is grown", GIB(2), GIB(16), true, GIB(1), GIB(3), GIB(1) },
		{ "one that is cut", GIB(8), GIB(2), true, GIB(1), GIB(3), GIB(2),
		  .why = WHY_NO_MEMORY, .a = GIB(4), .b = GIB(4) - KIB(4) },
		{ "strict, and the limit holds with it", 0, GIB(16), .available = GIB(8), .mode = 2,
		  .committed = GIB(20) },
		{ "strict, and it does not", 0, GIB(1), .available = GIB(8), .mode = 2,
		  .committed = GIB(20), .why = WHY_COMMIT_LIMIT, .b = GIB(16) },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };
		const struct step *step;

		machine_fresh(&m);
		m.profile.n_sysctl = 0;
		m.target.exact = true;
		m.target.low_bytes = m.target.high_bytes = m.target.minimum_bytes = table[i].wanted;
		if (table[i].have)
			machine_file(&m.facts.file, "/swapfile", table[i].have);
		if (table[i].active)
			machine_activate(&m, &m.facts.file, table[i].used);
		machine_file(&m.others[0], "/old.swap", GIB(16));
		m.others[0].ino = 12;
		m.facts.n_others = 1;
		machine_activate(&m, &m.others[0], table[i].former_used);
		m.facts.available_bytes = table[i].available;
		m.facts.sysctl_now[SYSCTL_OVERCOMMIT_MEMORY] = table[i].mode;
		m.facts.committed_bytes = table[i].committed;
		m.facts.limit_bytes = GIB(31);
		plan = machine_plan(&m, false);
		step = machine_step(&plan, STEP_RETIRE);
		if (step->state != (table[i].why ? STATE_BLOCKED : STATE_CHANGE) ||
		    step->why.code != (table[i].why ? table[i].why : WHY_ANOTHER_PATH))
			fail_msg("%s: state %d, why %d", table[i].what, (int)step->state,
				 (int)step->why.code);
		if (table[i].a)
			assert_int_equal(step->why.a, table[i].a);
		if (table[i].b)
			assert_int_equal(step->why.b, table[i].b);
		for (size_t k = 0; k + 1 < plan.n; k++)
			assert_int_not_equal(plan.steps[k].state, STATE_BLOCKED);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_found),
		cmocka_unit_test(test_filesystems),
		cmocka_unit_test(test_place),
		cmocka_unit_test(test_repairs),
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_priority),
		cmocka_unit_test(test_table_full),
		cmocka_unit_test(test_swapoff_guard),
		cmocka_unit_test(test_busy),
		cmocka_unit_test(test_no_swap),
		cmocka_unit_test(test_room_later),
		cmocka_unit_test(test_former_for_none),
		cmocka_unit_test(test_swapoff_of_former),
		cmocka_unit_test(test_room_later_and_more),
	};

	return cmocka_run_group_tests_name("plan-swap", tests, NULL, NULL);
}
