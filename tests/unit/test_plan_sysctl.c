/* SPDX-License-Identifier: MIT */
/*
 * The steps of the vm.* settings: guards, conflicts, and what the kernel has now. Touches nothing.
 */
#include "machine.h"

static struct machine m;

static void test_overcommit_guard(void **state)
{
	static const struct {
		const char *what;
		uint64_t now, committed, hugetlb, ratio, kbytes, wanted_ratio, wanted_kbytes;
		uint64_t zram, ours, other;
		bool force, no_swap_section;
		enum step_state state;
		bool warns;
		uint64_t a, b; /* of the reason, or of the warning */
	} table[] = {
		/* 20 GiB of RAM, 10 of swap: (20 - hugetlb) / 2 + 10 = 20 GiB; 10 % of that. */
		{ "it fits", .ratio = 50, .committed = GIB(5), .state = STATE_CHANGE },
		{ "with the margin, just", .ratio = 50, .committed = GIB(18) - MIB(1),
		  .state = STATE_CHANGE, .warns = true, .a = GIB(19) - MIB(1), .b = GIB(10) },
		{ "a little too much", .ratio = 50, .committed = GIB(18) + MIB(1),
		  .state = STATE_BLOCKED, .a = GIB(20) + MIB(1), .b = GIB(20) },
		{ "forced", .ratio = 50, .committed = GIB(18) + MIB(1), .force = true,
		  .state = STATE_CHANGE },
		{ "without swap it would not fit", .ratio = 50, .committed = GIB(9) + MIB(1),
		  .state = STATE_CHANGE, .warns = true, .a = GIB(10) + MIB(1), .b = GIB(10) },
		{ "without swap it just fits", .ratio = 50, .committed = GIB(9) - MIB(1),
		  .state = STATE_CHANGE },
		{ "huge pages are not there", .ratio = 50, .committed = GIB(9), .hugetlb = GIB(10),
		  .state = STATE_CHANGE, .warns = true, .a = GIB(9) + MIB(512), .b = GIB(5) },
		{ "the profile's ratio", .ratio = 50, .wanted_ratio = 100, .committed = GIB(17),
		  .state = STATE_CHANGE },
		{ "a small ratio in the profile", .ratio = 50, .wanted_ratio = 1,
		  .committed = GIB(10), .state = STATE_BLOCKED },
		{ "kbytes now", .kbytes = GIB(1) / 1024, .committed = GIB(9) + MIB(960),
		  .state = STATE_BLOCKED, .a = GIB(9) + MIB(960) + GIB(11) / 10, .b = GIB(11) },
		{ "kbytes in the profile", .ratio = 50, .wanted_kbytes = GIB(1) / 1024,
		  .committed = GIB(9) + MIB(960), .state = STATE_BLOCKED,
		  .a = GIB(9) + MIB(960) + GIB(11) / 10, .b = GIB(11) },
		{ "a ratio in the profile ends kbytes", .kbytes = GIB(1) / 1024, .wanted_ratio = 50,
		  .committed = GIB(8), .state = STATE_CHANGE },
		{ "zram is swap, too", .ratio = 50, .zram = GIB(10), .committed = GIB(26),
		  .state = STATE_CHANGE, .warns = true, .a = GIB(27), .b = GIB(10) },
		{ "a swapfile that is made anew counts once", .ratio = 50, .ours = GIB(8),
		  .committed = GIB(18) + MIB(1), .state = STATE_BLOCKED, .a = GIB(20) + MIB(1),
		  .b = GIB(20) },
		{ "one that goes does not count", .ratio = 50, .other = GIB(8),
		  .committed = GIB(18) + MIB(1), .state = STATE_BLOCKED, .a = GIB(20) + MIB(1),
		  .b = GIB(20) },
		{ "no swap section", .ratio = 50, .committed = GIB(9) + MIB(1),
		  .no_swap_section = true, .state = STATE_BLOCKED, .a = GIB(10) + MIB(1),
		  .b = GIB(10) },
		{ "a margin of at least 128 MiB", .kbytes = 1, .committed = MIB(900),
		  .no_swap_section = true, .state = STATE_BLOCKED, .a = MIB(1028), .b = 1024 },
		{ "what is committed is not known", .ratio = 50, .committed = UNKNOWN,
		  .state = STATE_BLOCKED },
		{ "nor need it be", .ratio = 50, .committed = UNKNOWN, .force = true,
		  .state = STATE_CHANGE },
		{ "strict already", .now = 2, .ratio = 50, .committed = GIB(30),
		  .state = STATE_OK },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };
		struct sysctl_setting *settings = m.profile.sysctl;
		const struct step *step;
		const struct why *why;

		machine_fresh(&m);
		m.target.low_bytes = m.target.high_bytes = GIB(10);
		m.target.manage_swap = !table[i].no_swap_section;
		m.facts.memtotal_bytes = GIB(20);
		m.facts.committed_bytes = table[i].committed;
		m.facts.hugetlb_bytes = table[i].hugetlb;
		m.facts.sysctl_now[SYSCTL_OVERCOMMIT_MEMORY] = table[i].now;
		m.facts.sysctl_now[SYSCTL_OVERCOMMIT_RATIO] = table[i].ratio;
		m.facts.sysctl_now[SYSCTL_OVERCOMMIT_KBYTES] = table[i].kbytes;
		if (table[i].zram)
			machine_swap(&m, "/dev/zram0", table[i].zram, 0);
		if (table[i].ours) {
			machine_file(&m.facts.file, "/swapfile", table[i].ours);
			machine_activate(&m, &m.facts.file, 0);
		}
		if (table[i].other) {
			machine_file(&m.others[0], "/old.swap", table[i].other);
			m.facts.n_others = 1;
			machine_activate(&m, &m.others[0], 0);
		}
		m.profile.n_sysctl = 1;
		settings[0] = (struct sysctl_setting){ SYSCTL_OVERCOMMIT_MEMORY, 2 };
		if (table[i].wanted_ratio)
			settings[m.profile.n_sysctl++] =
				(struct sysctl_setting){ SYSCTL_OVERCOMMIT_RATIO,
							 table[i].wanted_ratio };
		if (table[i].wanted_kbytes)
			settings[m.profile.n_sysctl++] =
				(struct sysctl_setting){ SYSCTL_OVERCOMMIT_KBYTES,
							 table[i].wanted_kbytes };
		plan = machine_plan(&m, table[i].force);
		step = step_of(&plan, STEP_SYSCTL, SYSCTL_OVERCOMMIT_MEMORY);
		assert_non_null(step);
		if (step->state != table[i].state)
			fail_msg("%s: state %d, a %llu, b %llu", table[i].what, (int)step->state,
				 (unsigned long long)step->why.a, (unsigned long long)step->why.b);
		if (warnings_of(&plan, WHY_WARN_STRICT_NO_SWAP) != table[i].warns)
			fail_msg("%s: %zu warnings", table[i].what, plan.n_warnings);
		why = table[i].warns ? warning_of(&plan, WHY_WARN_STRICT_NO_SWAP) : &step->why;
		if (step->state == STATE_BLOCKED)
			assert_int_equal(why->code,
					 table[i].committed == UNKNOWN ? WHY_COMMIT_UNKNOWN
								       : WHY_OVERCOMMIT);
		/* The kernel counts in pages and hundredths: a little less is no matter. */
		if (table[i].a && (table[i].a - why->a > KIB(4) || table[i].b - why->b > KIB(4)))
			fail_msg("%s: a %llu, b %llu", table[i].what, (unsigned long long)why->a,
				 (unsigned long long)why->b);
	}
}

/* Where the limit binds, or will, whatever lowers it is guarded; the last change is blocked. */
static void test_overcommit_limit_guard(void **state)
{
	static const struct {
		const char *what;
		uint64_t now; /* the mode */
		int mode;     /* in the profile; -1: not set there */
		struct sysctl_setting setting;
		bool force;
		enum sysctl_key blocked; /* SYSCTL_N: none is */
	} table[] = {
		{ "strict stays, less ratio",
		  2,
		  -1,
		  { SYSCTL_OVERCOMMIT_RATIO, 1 },
		  false,
		  SYSCTL_OVERCOMMIT_RATIO },
		{ "strict stays, few kbytes",
		  2,
		  -1,
		  { SYSCTL_OVERCOMMIT_KBYTES, 1 },
		  false,
		  SYSCTL_OVERCOMMIT_KBYTES },
		{ "strict stays, by the profile",
		  2,
		  2,
		  { SYSCTL_OVERCOMMIT_RATIO, 1 },
		  false,
		  SYSCTL_OVERCOMMIT_RATIO },
		{ "strict stays, more ratio",
		  2,
		  -1,
		  { SYSCTL_OVERCOMMIT_RATIO, 90 },
		  false,
		  SYSCTL_N },
		{ "strict stays, another key", 2, -1, { SYSCTL_SWAPPINESS, 1 }, false, SYSCTL_N },
		{ "strict stays, forced", 2, -1, { SYSCTL_OVERCOMMIT_RATIO, 1 }, true, SYSCTL_N },
		{ "strict ends", 2, 0, { SYSCTL_OVERCOMMIT_RATIO, 1 }, false, SYSCTL_N },
		{ "not strict", 0, -1, { SYSCTL_OVERCOMMIT_RATIO, 1 }, false, SYSCTL_N },
		{ "strict begins",
		  0,
		  2,
		  { SYSCTL_OVERCOMMIT_RATIO, 1 },
		  false,
		  SYSCTL_OVERCOMMIT_MEMORY },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };

		machine_fresh(&m);
		m.target.manage_swap = false;
		m.facts.memtotal_bytes = GIB(20);
		m.facts.committed_bytes = GIB(8);
		m.facts.sysctl_now[SYSCTL_OVERCOMMIT_MEMORY] = table[i].now;
		m.facts.sysctl_now[SYSCTL_OVERCOMMIT_RATIO] = 50;
		m.profile.n_sysctl = 1;
		m.profile.sysctl[0] = table[i].setting;
		if (table[i].mode >= 0)
			m.profile.sysctl[m.profile.n_sysctl++] =
				(struct sysctl_setting){ SYSCTL_OVERCOMMIT_MEMORY,
							 (uint64_t)table[i].mode };
		plan = machine_plan(&m, table[i].force);
		assert_int_equal(plan_has(&plan, STATE_BLOCKED), table[i].blocked != SYSCTL_N);
		for (size_t k = 0; k < plan.n; k++) {
			const struct step *step = &plan.steps[k];

			if (step->state == STATE_BLOCKED &&
			    (step->key != table[i].blocked || step->why.code != WHY_OVERCOMMIT))
				fail_msg("%s: %s, why %d", table[i].what, step->target,
					 (int)step->why.code);
		}
	}
}

/* 5 % of the machine's own RAM, whatever --ram says; of a tree, of what it is planned for. */
static void test_min_free_ram(void **state)
{
	static const struct {
		bool is_system;
		uint64_t memtotal, planned, most;
	} table[] = {
		{ true, GIB(31), GIB(32), GIB(32) / 20 / 1024 },
		{ true, GIB(31), GIB(256), GIB(32) / 20 / 1024 },
		{ true, GIB(31), GIB(1), GIB(32) / 20 / 1024 },
		{ true, UNKNOWN, GIB(8), GIB(8) / 20 / 1024 },
		{ false, GIB(31), GIB(256), GIB(256) / 20 / 1024 },
		{ false, UNKNOWN, GIB(8), GIB(8) / 20 / 1024 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table) * 2; i++) {
		_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };
		const struct step *step;

		machine_fresh(&m);
		m.facts.is_system = table[i / 2].is_system;
		m.facts.memtotal_bytes = table[i / 2].memtotal;
		m.facts.ram_bytes = table[i / 2].planned;
		m.profile.n_sysctl = 1;
		m.profile.sysctl[0] = (struct sysctl_setting){ SYSCTL_MIN_FREE_KBYTES,
							       table[i / 2].most + i % 2 };
		plan = machine_plan(&m, false);
		step = machine_step(&plan, STEP_SYSCTL);
		assert_int_equal(step->state == STATE_BLOCKED, i % 2);
		if (i % 2) {
			assert_int_equal(step->why.code, WHY_MIN_FREE);
			assert_int_equal(step->why.a, table[i / 2].most);
		}
	}
}

static void test_live(void **state)
{
	static const struct {
		const char *what;
		struct sysctl_setting setting;
		uint64_t now;
		bool missing, tree;
		enum step_state state;
		enum why_code why;
	} table[] = {
		{ "equal", { SYSCTL_SWAPPINESS, 10 }, 10, false, false, STATE_OK, WHY_NONE },
		{ "different",
		  { SYSCTL_SWAPPINESS, 10 },
		  60,
		  false,
		  false,
		  STATE_CHANGE,
		  WHY_VALUE },
		{ "unknown",
		  { SYSCTL_SWAPPINESS, 10 },
		  UNKNOWN,
		  false,
		  false,
		  STATE_UNKNOWN,
		  WHY_CANNOT_READ },
		{ "what no profile can ask for",
		  { SYSCTL_OVERCOMMIT_RATIO, 50 },
		  SYSCTL_ODD,
		  false,
		  false,
		  STATE_CHANGE,
		  WHY_VALUE },
		{ "the same, in a tree",
		  { SYSCTL_OVERCOMMIT_RATIO, 50 },
		  SYSCTL_ODD,
		  false,
		  true,
		  STATE_DEFERRED,
		  WHY_NEXT_BOOT },
		{ "no such key",
		  { SYSCTL_SWAPPINESS, 10 },
		  UNKNOWN,
		  true,
		  false,
		  STATE_BLOCKED,
		  WHY_NO_KEY },
		{ "a tree",
		  { SYSCTL_SWAPPINESS, 10 },
		  UNKNOWN,
		  false,
		  true,
		  STATE_DEFERRED,
		  WHY_NEXT_BOOT },
		/* 5 % of MemTotal, 31 GiB, are 1625292 KiB, of 32 GiB 1677721. */
		{ "min_free",
		  { SYSCTL_MIN_FREE_KBYTES, 1500000 },
		  67584,
		  false,
		  false,
		  STATE_CHANGE,
		  WHY_VALUE },
		{ "min_free, too much",
		  { SYSCTL_MIN_FREE_KBYTES, 1800000 },
		  67584,
		  false,
		  false,
		  STATE_BLOCKED,
		  WHY_MIN_FREE },
		{ "min_free, too much in a tree",
		  { SYSCTL_MIN_FREE_KBYTES, 1800000 },
		  UNKNOWN,
		  false,
		  true,
		  STATE_BLOCKED,
		  WHY_MIN_FREE },
		{ "min_free, too much already",
		  { SYSCTL_MIN_FREE_KBYTES, 1800000 },
		  1800000,
		  false,
		  false,
		  STATE_BLOCKED,
		  WHY_MIN_FREE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };
		enum sysctl_key key = table[i].setting.key;
		const struct step *step;

		machine_fresh(&m);
		m.facts.is_system = !table[i].tree;
		m.profile.n_sysctl = 1;
		m.profile.sysctl[0] = table[i].setting;
		m.facts.sysctl_now[key] = table[i].now;
		m.facts.sysctl_missing[key] = table[i].missing;
		plan = machine_plan(&m, false);
		step = step_of(&plan, STEP_SYSCTL, key);
		if (step->state != table[i].state || step->why.code != table[i].why)
			fail_msg("%s: state %d, why %d", table[i].what, (int)step->state,
				 (int)step->why.code);
		if (table[i].now == UNKNOWN)
			assert_int_equal(step->have.type, VALUE_UNKNOWN);
		if (table[i].now == SYSCTL_ODD) {
			assert_int_equal(step->have.type, VALUE_TEXT);
			assert_string_equal(step->have.text, "other");
		}
		if (table[i].why == WHY_MIN_FREE)
			assert_in_range(step->why.a, 1625292, 1677721);
	}
}

static void test_conflicts(void **state)
{
	static const struct {
		const char *what;
		enum conflicts conflicts;
		const char *path, *text; /* NULL: unreadable */
		bool procps;
		enum step_state state; /* STATE_OK: there is no such step */
		enum why_code why, warning;
		unsigned line;
		const char *value;
	} table[] = {
		{ "a later file", CONFLICTS_BLOCK, "/etc/sysctl.d/99-zzz.conf",
		  "# x\nvm.swappiness = 60\n", false, STATE_BLOCKED, WHY_CONFLICT, WHY_NONE, 2,
		  "60" },
		{ "a later file, reported", CONFLICTS_REPORT, "/etc/sysctl.d/99-zzz.conf",
		  "vm.swappiness=60\n", false, STATE_SKIPPED, WHY_WARN_CONFLICT, WHY_WARN_CONFLICT,
		  1, "60" },
		{ "a later file of the same mind", CONFLICTS_BLOCK, "/etc/sysctl.d/99-zzz.conf",
		  "vm.swappiness = 10\n", false, STATE_OK, WHY_NONE, WHY_NONE, 0, NULL },
		{ "another key", CONFLICTS_BLOCK, "/etc/sysctl.d/99-zzz.conf",
		  "vm.page-cluster = 60\n", false, STATE_OK, WHY_NONE, WHY_NONE, 0, NULL },
		{ "an earlier file", CONFLICTS_BLOCK, "/etc/sysctl.d/50-x.conf",
		  "vm.swappiness = 1\n", false, STATE_OK, WHY_NONE, WHY_NOTE_OVERRIDES, 1, "1" },
		{ "an earlier vendor's file", CONFLICTS_BLOCK, "/usr/lib/sysctl.d/50-x.conf",
		  "\n\nvm.swappiness = 1\n", false, STATE_OK, WHY_NONE, WHY_NOTE_OVERRIDES, 3,
		  "1" },
		{ "an unreadable later file", CONFLICTS_BLOCK, "/etc/sysctl.d/99-zzz.conf", NULL,
		  false, STATE_UNKNOWN, WHY_CONFLICT_UNREADABLE, WHY_NONE, 0, NULL },
		{ "sysctl.conf under procps", CONFLICTS_BLOCK, "/etc/sysctl.conf",
		  "vm.swappiness = 60\n", true, STATE_BLOCKED, WHY_CONFLICT, WHY_NONE, 1, "60" },
		{ "sysctl.conf under systemd", CONFLICTS_BLOCK, "/etc/sysctl.conf",
		  "vm.swappiness = 60\n", false, STATE_OK, WHY_NONE, WHY_WARN_PROCPS, 1, "60" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };
		const struct step *step;
		const struct why *why;

		machine_provisioned(&m);
		m.profile.conflicts = table[i].conflicts;
		m.facts.systemd = !table[i].procps;
		m.profile.n_sysctl = 1;
		m.profile.sysctl[0] = (struct sysctl_setting){ SYSCTL_SWAPPINESS, 10 };
		machine_source(&m, table[i].path, table[i].text);
		plan = machine_plan(&m, false);
		step = step_of(&plan, STEP_SYSCTL_CONFLICT, SYSCTL_N);
		if ((step != NULL) != (table[i].state != STATE_OK))
			fail_msg("%s: a step, or none", table[i].what);
		if (step) {
			assert_int_equal(step->state, table[i].state);
			assert_int_equal(step->why.code, table[i].why);
			assert_string_equal(step->why.text, table[i].path);
			assert_string_equal(step->target, "vm.swappiness");
			assert_int_equal(step->want.number, 10);
			assert_true(step < step_of(&plan, STEP_SYSCTL, SYSCTL_SWAPPINESS));
			if (table[i].value) {
				assert_int_equal(step->why.a, table[i].line);
				assert_string_equal(step->why.value, table[i].value);
			}
		}
		assert_int_equal(plan_conforms(&plan),
				 table[i].state == STATE_OK || table[i].state == STATE_SKIPPED);
		if (!table[i].warning) {
			assert_int_equal(plan.n_warnings, 0);
			continue;
		}
		why = warning_of(&plan, table[i].warning);
		assert_string_equal(why->text, table[i].path);
		assert_int_equal(why->a, table[i].line);
		assert_string_equal(why->value, table[i].value);
	}
}

/* A file that sets the other of a pair zeroes ours. */
static void test_conflict_pair(void **state)
{
	_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };
	const struct step *step;

	(void)state;
	machine_fresh(&m);
	m.profile.n_sysctl = 1;
	m.profile.sysctl[0] = (struct sysctl_setting){ SYSCTL_DIRTY_RATIO, 30 };
	m.target.dropin = strcpy(m.dropin, "vm.dirty_ratio = 30\n");
	machine_source(&m, "/etc/sysctl.d/99-zzz.conf", "vm.dirty_bytes = 1048576\n");
	plan = machine_plan(&m, false);
	step = machine_step(&plan, STEP_SYSCTL_CONFLICT);
	assert_int_equal(step->state, STATE_BLOCKED);
	assert_int_equal(step->why.code, WHY_CONFLICT_PAIR);
	assert_string_equal(step->why.text, "/etc/sysctl.d/99-zzz.conf");
	assert_int_equal(step->why.a, 1);
	assert_string_equal(step->why.value, "vm.dirty_bytes = 1048576");
}

/* The remedy is tuned's own, also where its line zeroes the pair. */
static void test_conflict_tuned(void **state)
{
	static const struct {
		enum sysctl_key key;
		const char *text, *value;
	} table[] = {
		{ SYSCTL_SWAPPINESS, "vm.swappiness=60\n", "60" },
		{ SYSCTL_DIRTY_RATIO, "vm.dirty_bytes=1048576\n", "vm.dirty_bytes=1048576" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };
		const struct step *step;

		machine_provisioned(&m);
		m.profile.n_sysctl = 1;
		m.profile.sysctl[0] = (struct sysctl_setting){ table[i].key, 30 };
		m.target.dropin = strcpy(m.dropin, "vm.swappiness=30\nvm.dirty_ratio=30\n");
		machine_source(&m, "/etc/tuned/x/tuned.conf", table[i].text);
		m.files[m.facts.tree.n_files - 1].last = true;
		plan = machine_plan(&m, false);
		step = machine_step(&plan, STEP_SYSCTL_CONFLICT);
		assert_int_equal(step->state, STATE_BLOCKED);
		assert_int_equal(step->why.code, WHY_CONFLICT_TUNED);
		assert_string_equal(step->why.text, "/etc/tuned/x/tuned.conf");
		assert_int_equal(step->why.a, 1);
		assert_string_equal(step->why.value, table[i].value);
	}
}

/* Where tuned applies sysctl.d again, its own line wins for some reason, each with its remedy. */
static void test_conflict_tuned_again(void **state)
{
	static const struct {
		const char *exclude, *path, *text; /* of another source, or NULL */
		enum sysctl_again again;
		enum why_code code;
		const char *at;
	} table[] = {
		{ NULL, NULL, NULL, SYSCTL_AGAIN_NOTHING, WHY_CONFLICT_TUNED_ONLY,
		  "/etc/tuned/x/tuned.conf" },
		{ "vm.*", NULL, NULL, SYSCTL_AGAIN_SURE, WHY_CONFLICT_TUNED_LEFT,
		  "/etc/tuned/x/tuned.conf" },
		{ NULL, "/etc/sysctl.d/10-a.conf", "#\xff\n", SYSCTL_AGAIN_SURE,
		  WHY_CONFLICT_TUNED_STOP, "/etc/sysctl.d/10-a.conf" },
		{ NULL, "/run/sysctl.d/z.conf", "vm.swappiness=60\n", SYSCTL_AGAIN_SURE,
		  WHY_CONFLICT_RUN, "/run/sysctl.d/z.conf" },
		{ NULL, "/run/sysctl.d/z.conf", "vm.swappiness=60\n", SYSCTL_AGAIN_NOTHING,
		  WHY_CONFLICT_TUNED_ONLY, "/etc/tuned/x/tuned.conf" },
		{ NULL, "/etc/sysctl.conf", "vm.swappiness=60\n", SYSCTL_AGAIN_SURE, WHY_CONFLICT,
		  "/etc/sysctl.conf" },
		{ NULL, "/etc/sysctl.conf", "vm.swappiness=60\n", SYSCTL_AGAIN_OFF,
		  WHY_CONFLICT_TUNED, "/etc/tuned/x/tuned.conf" },
		{ NULL, NULL, NULL, SYSCTL_AGAIN_SURE, WHY_NONE, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };
		const struct step *step;

		machine_provisioned(&m);
		m.profile.n_sysctl = 1;
		m.profile.sysctl[0] = (struct sysctl_setting){ SYSCTL_SWAPPINESS, 30 };
		m.target.dropin = strcpy(m.dropin, "vm.swappiness=30\n");
		machine_source(&m, "/etc/tuned/x/tuned.conf", "vm.swappiness=60\n");
		m.files[m.facts.tree.n_files - 1].last = true;
		if (table[i].path)
			machine_source(&m, table[i].path, table[i].text);
		m.facts.tree.again = table[i].again;
		m.facts.tree.again_exclude = table[i].exclude;
		plan = machine_plan(&m, false);
		if (table[i].code == WHY_NONE) {
			for (size_t k = 0; k < plan.n; k++)
				assert_int_not_equal(plan.steps[k].kind, STEP_SYSCTL_CONFLICT);
			assert_string_equal(warning_of(&plan, WHY_NOTE_OVERRIDES)->text,
					    "/etc/tuned/x/tuned.conf");
			continue;
		}
		step = machine_step(&plan, STEP_SYSCTL_CONFLICT);
		assert_int_equal(step->state, STATE_BLOCKED);
		assert_int_equal(step->why.code, table[i].code);
		assert_string_equal(step->why.text, table[i].at);
		assert_string_equal(step->why.value, "60");
		/* systemd's rules and procps' come to the same, and no warning says otherwise. */
		assert_int_equal(warnings_of(&plan, WHY_WARN_PROCPS), 0);
	}
}

static void test_conflict_tuned_unknown(void **state)
{
	_cleanup_(cleanup_plan) struct plan plan = { .n = 0 };
	const struct step *step;

	(void)state;
	machine_provisioned(&m);
	m.profile.n_sysctl = 1;
	m.profile.sysctl[0] = (struct sysctl_setting){ SYSCTL_SWAPPINESS, 30 };
	machine_source(&m, "/etc/tuned/x/tuned.conf", NULL);
	m.files[m.facts.tree.n_files - 1].last = true;
	plan = machine_plan(&m, false);
	step = machine_step(&plan, STEP_SYSCTL_CONFLICT);
	assert_int_equal(step->state, STATE_UNKNOWN);
	assert_int_equal(step->why.code, WHY_CONFLICT_UNKNOWN);
	assert_string_equal(step->why.text, "/etc/tuned/x/tuned.conf");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_overcommit_guard),
		cmocka_unit_test(test_overcommit_limit_guard),
		cmocka_unit_test(test_min_free_ram),
		cmocka_unit_test(test_live),
		cmocka_unit_test(test_conflicts),
		cmocka_unit_test(test_conflict_pair),
		cmocka_unit_test(test_conflict_tuned),
		cmocka_unit_test(test_conflict_tuned_again),
		cmocka_unit_test(test_conflict_tuned_unknown),
	};

	return cmocka_run_group_tests_name("plan-sysctl", tests, NULL, NULL);
}
