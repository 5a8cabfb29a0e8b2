/* SPDX-License-Identifier: MIT */
/*
 * Plans that are run: on a temporary tree, with a swapon and a swapoff that are played. What was
 * done, what failed, and what a failure leaves.
 */
#include "apply.h"

#include "fault.h"
#include "tree.h"
#include "valgrind.h"

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/swap.h>

#define PAGE   KIB(4)
#define LINE   "/swapfile none swap sw,nofail 0 0\n"
#define MARKED "/swapfile none swap sw,nofail,x-memprov.retired 0 0\n"
#define FSTAB  "/dev/vda1 / ext4 defaults 0 1\n"

/* What the played kernel does and has seen; shared with the child that calls swapoff. */
struct kernel {
	int swapon_errno, swapoff_errno;
	uint64_t refuses_above; /* a header of so many bytes or fewer is taken nevertheless */
	bool swapoff_kills;
	bool is_on;    /* swapon answers EBUSY */
	int directory; /* -1, or swapoff takes the name away from it */
	int opened_up; /* -1, or etc/ below it is everybody's from swapoff on */
	unsigned on, off;
	int flags;
	uint64_t on_bytes; /* of the header that was activated; 0: no valid one */
	ino_t ino;
};
static struct kernel *kernel;

static int play_swapon(const char *path, int flags)
{
	unsigned char head[PAGE];
	struct swapheader header;
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	kernel->on++;
	kernel->flags = flags;
	kernel->on_bytes = 0;
	if (fd < 0 || fstat(fd, &st) < 0 || pread(fd, head, PAGE, 0) != PAGE)
		return -1;
	close(fd);
	kernel->ino = st.st_ino;
	swapheader_parse(head, PAGE, PAGE, &header);
	if (header.kind == SWAPHEADER_SWAP)
		kernel->on_bytes = (header.last_page + (uint64_t)1) * PAGE;
	errno = kernel->is_on ? EBUSY : kernel->swapon_errno;
	if (!kernel->is_on && kernel->refuses_above && kernel->on_bytes <= kernel->refuses_above)
		errno = 0;
	kernel->is_on |= errno == 0;
	return errno ? -1 : 0;
}

static int play_swapoff(const char *path)
{
	(void)path;
	kernel->off++;
	if (kernel->swapoff_kills)
		(void)raise(SIGKILL);
	if (kernel->swapoff_errno == 0) {
		kernel->is_on = false;
		if (kernel->directory >= 0)
			(void)unlinkat(kernel->directory, "swapfile", 0);
		if (kernel->opened_up >= 0)
			(void)!fchmodat(kernel->opened_up, "etc", 0777, 0);
	}
	errno = kernel->swapoff_errno;
	return errno ? -1 : 0;
}

static bool play_swaps_to(const struct stat *st)
{
	(void)st;
	return kernel->is_on;
}

/* A tree, the facts about it, and the plan that is made by hand. */
struct fixture {
	struct tree tree;
	struct root root;
	struct profile profile;
	struct target target;
	struct facts facts;
	struct step steps[8];
	struct file_change changes[4];
	struct plan plan;
	char *options[1];
	char nofail[8];
	bool force;
};

static void fixture_make(struct fixture *f)
{
	struct err err;

	memset(f, 0, sizeof(*f));
	memset(kernel, 0, sizeof(*kernel));
	kernel->directory = -1;
	kernel->opened_up = -1;
	tree_make(&f->tree);
	assert_int_equal(root_open(f->tree.path, &f->root, &err), 0);
	tree_dir(&f->tree, "etc", 0755);
	tree_dir(&f->tree, "etc/sysctl.d", 0755);
	tree_dir(&f->tree, "proc", 0755);
	tree_dir(&f->tree, "proc/sys", 0755);
	tree_dir(&f->tree, "proc/sys/vm", 0755);
	tree_file(&f->tree, "proc/sys/vm/swappiness", "60\n");
	tree_file(&f->tree, "etc/fstab", FSTAB);
	strcpy(f->nofail, "nofail");
	f->options[0] = f->nofail;
	f->target = (struct target){
		.profile = &f->profile,
		.swapfile = "/swapfile",
		.fstab = { .path = "/swapfile",
			   .options = (const char *const *)f->options,
			   .n_options = 1,
			   .priority = -1 },
	};
	f->facts = (struct facts){
		.is_system = true,
		.privileged = geteuid() == 0,
		.owner = geteuid(),
		.page_bytes = PAGE,
	};
	strcpy(f->facts.file.path, "/swapfile");
	f->plan = (struct plan){ .steps = f->steps, .changes = f->changes };
}

static void cleanup_fixture(struct fixture *f)
{
	/* Of the plan only what is added while it is run is from malloc. */
	for (size_t i = 0; i < f->plan.n_strings; i++)
		free(f->plan.strings[i]);
	free(f->plan.strings);
	free(f->plan.warnings);
	root_close(&f->root);
	tree_remove(&f->tree);
}

static struct step *add(struct fixture *f, enum step_kind kind)
{
	struct step *step = &f->steps[f->plan.n++];

	*step = (struct step){
		.kind = kind,
		.state = STATE_CHANGE,
		.target = "/swapfile",
		.file = &f->facts.file,
		.change = NO_CHANGE,
		.key = SYSCTL_N,
	};
	return step;
}

static void add_file(struct fixture *f, enum file_action action, uint64_t bytes)
{
	struct step *step = add(f, STEP_SWAPFILE);

	step->action = action;
	step->want = (struct value){ VALUE_BYTES, .number = bytes };
}

static void add_swapon(struct fixture *f)
{
	add(f, STEP_SWAPON)->activate = true;
}

static void add_text(struct fixture *f, enum step_kind kind, const struct file_change *change)
{
	add(f, kind)->change = f->plan.n_changes;
	f->changes[f->plan.n_changes] = *change;
	if (change->before)
		f->changes[f->plan.n_changes].before_len = strlen(change->before);
	if (change->after)
		f->changes[f->plan.n_changes].after_len = strlen(change->after);
	f->plan.n_changes++;
}

static void add_line(struct fixture *f)
{
	static char after[] = FSTAB LINE;
	const struct file_change change = { .path = FSTAB_PATH,
					    .before = FSTAB,
					    .after = after,
					    .swapfile = "/swapfile",
					    .wanted = true };

	add_text(f, STEP_FSTAB, &change);
}

static void add_sysctl(struct fixture *f, enum sysctl_key key, uint64_t value)
{
	struct step *step = add(f, STEP_SYSCTL);

	step->key = key;
	step->target = sysctl_keys[key].name;
	step->want = (struct value){ VALUE_NUMBER, .number = value };
}

/* A swapfile that is there before the run. */
static struct stat plant(struct fixture *f, uint64_t bytes, size_t page)
{
	const struct swapfile_place place = { f->tree.fd, "swapfile", "/swapfile" };
	struct swapfile_spec spec = {
		.size_bytes = bytes,
		.page_bytes = page,
		.uuid = { 7, 7, 7 },
		.label = "theirs",
		.owner = geteuid(),
	};
	struct found *file = &f->facts.file;
	struct stat st;
	struct err err;

	assert_int_equal(swapfile_make(&place, &spec, &st, &err), 0);
	file->kind = FOUND_SWAP;
	file->size_bytes = file->allocated_bytes = bytes;
	file->dev = st.st_dev;
	file->ino = st.st_ino;
	file->header.kind = SWAPHEADER_SWAP;
	memcpy(file->header.uuid, spec.uuid, sizeof(spec.uuid));
	strcpy(file->header.label, spec.label);
	return st;
}

static void activate(struct fixture *f, int priority)
{
	f->facts.file.active = kernel->is_on = true;
	f->facts.file.priority = priority;
}

static struct swapheader header_of(const struct fixture *f)
{
	unsigned char head[PAGE];
	struct swapheader header;
	int fd = openat(f->tree.fd, "swapfile", O_RDONLY | O_CLOEXEC);

	assert_return_code(fd, errno);
	assert_int_equal(pread(fd, head, PAGE, 0), PAGE);
	close(fd);
	swapheader_parse(head, PAGE, PAGE, &header);
	return header;
}

static unsigned done_steps;

static void count_done(const struct step *step)
{
	assert_int_equal(step->state, STATE_DONE);
	done_steps++;
}

static int run_with(struct fixture *f, bool remove, struct err *err)
{
	static const struct swapfile_kernel playing = { play_swapon, play_swapoff, play_swaps_to };
	const struct apply apply = {
		.root = &f->root,
		.target = remove ? NULL : &f->target,
		.facts = &f->facts,
		.kernel = &playing,
		.force_overcommit = f->force,
		.done = count_done,
	};

	*err = (struct err){ 0 };
	done_steps = 0;
	return apply_plan(&apply, &f->plan, err);
}

static int run(struct fixture *f)
{
	struct err err;
	int r = run_with(f, false, &err);

	assert_int_equal(r, err.code);
	assert_int_equal(r < 0, err.msg[0] != '\0');
	return r;
}

static void check_states(const struct fixture *f, const enum step_state *want, size_t n)
{
	unsigned done = 0;

	assert_int_equal(f->plan.n, n);
	for (size_t i = 0; i < n; i++) {
		if (f->steps[i].state != want[i])
			fail_msg("step %zu: %d, not %d", i, (int)f->steps[i].state, (int)want[i]);
		done += want[i] == STATE_DONE;
	}
	assert_int_equal(done_steps, done);
}

/* --- all goes well --- */

static void test_all(void **state)
{
	static const enum step_state states[] = { STATE_DONE, STATE_DONE, STATE_DONE,
						  STATE_DONE, STATE_OK,   STATE_DONE };
	static char dropin[] = "vm.swappiness = 10\n";
	const struct file_change change = { .path = SYSCTL_DROPIN, .after = dropin };
	static struct fixture f;
	struct swapheader header;
	struct stat st;

	(void)state;
	fixture_make(&f);
	add_file(&f, FILE_MAKE, MIB(1));
	add_swapon(&f);
	add_line(&f);
	add_text(&f, STEP_SYSCTL_FILE, &change);
	add(&f, STEP_SYSCTL)->state = STATE_OK;
	add_sysctl(&f, SYSCTL_SWAPPINESS, 10);
	assert_int_equal(run(&f), 0);
	check_states(&f, states, ARRAY_SIZE(states));

	st = tree_stat(&f.tree, "swapfile");
	assert_int_equal(st.st_mode, S_IFREG | 0600);
	assert_int_equal(st.st_size, MIB(1));
	assert_true(st.st_blocks * 512 >= (blkcnt_t)MIB(1));
	header = header_of(&f);
	assert_int_equal(header.kind, SWAPHEADER_SWAP);
	assert_int_equal(header.last_page, MIB(1) / PAGE - 1);
	assert_string_equal(header.label, SWAPHEADER_LABEL);
	assert_int_equal(header.uuid[6] >> 4, 4);
	assert_int_equal(kernel->on, 1);
	assert_int_equal(kernel->ino, st.st_ino);
	assert_int_equal(kernel->on_bytes, MIB(1));
	assert_int_equal(kernel->flags, 0);
	assert_int_equal(kernel->off, 0);
	assert_true(tree_holds(&f.tree, "etc/fstab", FSTAB LINE));
	assert_true(tree_holds(&f.tree, &SYSCTL_DROPIN[1], dropin));
	assert_int_equal(tree_stat(&f.tree, &SYSCTL_DROPIN[1]).st_mode, S_IFREG | 0644);
	assert_true(tree_holds(&f.tree, "proc/sys/vm/swappiness", "10\n"));
	assert_int_equal(tree_count(&f.tree, "."), 3);
	assert_int_equal(tree_count(&f.tree, "etc"), 2);
	cleanup_fixture(&f);
}

static void test_flags(void **state)
{
	static const struct {
		int priority;
		enum discard discard;
		int flags;
	} table[] = {
		{ -1, DISCARD_NONE, 0 },
		{ 0, DISCARD_NONE, SWAP_FLAG_PREFER },
		{ 32767, DISCARD_NONE, SWAP_FLAG_PREFER | 32767 },
		{ -1, DISCARD_ONCE, 0x30000 },
		{ -1, DISCARD_PAGES, 0x50000 },
		{ -1, DISCARD_BOTH, 0x10000 },
		{ 5, DISCARD_ONCE, 0x30000 | 0x8000 | 5 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		static struct fixture f;

		fixture_make(&f);
		plant(&f, MIB(1), PAGE);
		f.target.fstab.priority = table[i].priority;
		f.target.fstab.discard = table[i].discard;
		add_swapon(&f);
		assert_int_equal(run(&f), 0);
		assert_int_equal(kernel->flags, table[i].flags);
		cleanup_fixture(&f);
	}
}

/* What is there is changed where it is, and keeps its UUID and label; or is made anew. */
static void test_change(void **state)
{
	static const struct {
		const char *what;
		enum file_action action;
		uint64_t from, to;
		size_t page;
		enum found_kind kind;
		bool active, remade;
		unsigned off;
	} table[] = {
		{ "grow", FILE_GROW, MIB(1), MIB(3), PAGE, FOUND_SWAP, false, false, 0 },
		{ "grow, active", FILE_GROW, MIB(1), MIB(3), PAGE, FOUND_SWAP, true, false, 1 },
		{ "shrink", FILE_SHRINK, MIB(3), MIB(1), PAGE, FOUND_SWAP, false, false, 0 },
		{ "shrink, active", FILE_SHRINK, MIB(3), MIB(1), PAGE, FOUND_SWAP, true, false, 1 },
		{ "another page size", FILE_REHEADER, MIB(1), MIB(1), KIB(64), FOUND_SWAP, false,
		  false, 0 },
		{ "a wrong header, active", FILE_REHEADER, MIB(1), MIB(1), PAGE, FOUND_SWAP, true,
		  false, 1 },
		{ "mode", FILE_MODE, MIB(1), MIB(1), PAGE, FOUND_SWAP, false, false, 0 },
		{ "mode, active", FILE_MODE, MIB(1), MIB(1), PAGE, FOUND_SWAP, true, false, 0 },
		{ "holes", FILE_REMAKE, MIB(1), MIB(2), PAGE, FOUND_SWAP, false, true, 0 },
		{ "zeros", FILE_REMAKE, MIB(1), MIB(2), PAGE, FOUND_ZERO, false, true, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		static struct fixture f;
		struct swapheader header;
		struct stat before, after;

		fixture_make(&f);
		before = plant(&f, table[i].from, table[i].page);
		f.facts.file.kind = table[i].kind;
		if (table[i].active)
			activate(&f, -2);
		assert_return_code(fchmodat(f.tree.fd, "swapfile", 0644, 0), errno);
		add_file(&f, table[i].action, table[i].to);
		if (table[i].action != FILE_MODE)
			add_swapon(&f);
		if (run(&f) < 0)
			fail_msg("%s failed", table[i].what);
		after = tree_stat(&f.tree, "swapfile");
		assert_int_equal(after.st_mode, S_IFREG | 0600);
		assert_int_equal(after.st_size, table[i].to);
		assert_int_equal(after.st_nlink, 1);
		if (!table[i].remade)
			assert_int_equal(after.st_ino, before.st_ino);
		header = header_of(&f);
		assert_int_equal(header.kind, SWAPHEADER_SWAP);
		assert_int_equal(header.page_bytes, PAGE);
		assert_int_equal(header.last_page, table[i].to / PAGE - 1);
		if (table[i].kind == FOUND_SWAP) {
			assert_string_equal(header.label, "theirs");
			assert_int_equal(header.uuid[2], 7);
		} else {
			assert_string_equal(header.label, SWAPHEADER_LABEL);
		}
		assert_int_equal(kernel->off, table[i].off);
		assert_int_equal(kernel->on, table[i].action != FILE_MODE);
		if (kernel->on) {
			assert_int_equal(kernel->on_bytes, table[i].to);
			assert_int_equal(kernel->ino, after.st_ino);
		}
		assert_int_equal(tree_count(&f.tree, "."), 3);
		cleanup_fixture(&f);
	}
}

/* As remove does it: line, swapoff, file. */
static void test_removal(void **state)
{
	static const enum step_state states[] = { STATE_DONE, STATE_DONE, STATE_DONE, STATE_DONE };
	static char after[] = FSTAB;
	const struct file_change line = {
		.path = FSTAB_PATH, .before = LINE FSTAB, .after = after, .swapfile = "/swapfile"
	};
	const struct file_change dropin = { .path = SYSCTL_DROPIN, .before = "x = 1\n" };
	static struct fixture f;
	struct err err;

	(void)state;
	fixture_make(&f);
	plant(&f, MIB(1), PAGE);
	activate(&f, -2);
	tree_file(&f.tree, "etc/fstab", LINE FSTAB);
	tree_file(&f.tree, &SYSCTL_DROPIN[1], "x = 1\n");
	add_text(&f, STEP_SYSCTL_FILE, &dropin);
	add_text(&f, STEP_FSTAB, &line);
	add(&f, STEP_SWAPON);
	add_file(&f, FILE_REMOVE, 0);
	assert_int_equal(run_with(&f, true, &err), 0);
	check_states(&f, states, ARRAY_SIZE(states));
	assert_int_equal(kernel->off, 1);
	assert_int_equal(kernel->on, 0);
	assert_false(tree_has(&f.tree, "swapfile"));
	assert_false(tree_has(&f.tree, &SYSCTL_DROPIN[1]));
	assert_true(tree_holds(&f.tree, "etc/fstab", FSTAB));
	cleanup_fixture(&f);
}

static void test_retire(void **state)
{
	static const struct {
		bool is_system, active, gone, marked, without, no_fstab;
		unsigned off;
	} table[] = {
		{ .is_system = true, .active = true, .off = 1 },
		{ .is_system = true },
		{ .active = true },
		/* What an earlier run was killed at. */
		{ .is_system = true, .active = true, .marked = true, .off = 1 },
		{ .is_system = true, .gone = true, .marked = true },
		/* It gets a line for as long as it goes. */
		{ .is_system = true, .active = true, .without = true, .off = 1 },
		{ .is_system = true, .active = true, .no_fstab = true, .off = 1 },
	};
	static char after[] = FSTAB;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		const char *before = table[i].marked ? MARKED FSTAB
			: table[i].without           ? FSTAB
						     : LINE FSTAB;
		const bool no_fstab = table[i].no_fstab;
		const struct file_change line = { .path = FSTAB_PATH,
						  .before = no_fstab ? NULL : before,
						  .before_len = no_fstab ? 0 : strlen(before),
						  .after = no_fstab ? NULL : after,
						  .after_len = no_fstab ? 0 : strlen(after),
						  .swapfile = "/swapfile" };
		static struct fixture f;

		fixture_make(&f);
		if (!table[i].gone)
			plant(&f, MIB(1), PAGE);
		else
			f.facts.file.kind = FOUND_NOTHING;
		f.facts.is_system = table[i].is_system;
		f.facts.file.active = table[i].active;
		if (!no_fstab)
			tree_file(&f.tree, "etc/fstab", before);
		else
			assert_return_code(unlinkat(f.tree.fd, "etc/fstab", 0), errno);
		add_text(&f, STEP_RETIRE, &line);
		assert_int_equal(run(&f), 0);
		assert_int_equal(kernel->off, table[i].off);
		assert_false(tree_has(&f.tree, "swapfile"));
		assert_true(no_fstab ? !tree_has(&f.tree, "etc/fstab")
				     : tree_holds(&f.tree, "etc/fstab", FSTAB));
		cleanup_fixture(&f);
	}
}

/* --- something fails --- */

/* What the kernel does not take is not left behind, and nothing after it is done. */
static void test_swapon_fails(void **state)
{
	static const enum step_state states[] = { STATE_FAILED, STATE_FAILED, STATE_SKIPPED,
						  STATE_OK, STATE_SKIPPED };
	static struct fixture f;
	struct err err;

	(void)state;
	fixture_make(&f);
	kernel->swapon_errno = EINVAL;
	add_file(&f, FILE_MAKE, MIB(1));
	add_swapon(&f);
	add_line(&f);
	add(&f, STEP_SYSCTL)->state = STATE_OK;
	add_sysctl(&f, SYSCTL_SWAPPINESS, 10);
	assert_int_equal(run_with(&f, false, &err), -EINVAL);
	/* The file was made, and told to be, before it was taken away again. */
	assert_int_equal(done_steps, 1);
	for (size_t i = 0; i < ARRAY_SIZE(states); i++)
		assert_int_equal(f.steps[i].state, states[i]);
	assert_int_equal(f.steps[0].why.code, WHY_UNDONE);
	assert_int_equal(f.steps[1].why.code, WHY_FAILED);
	assert_string_equal(f.steps[1].why.text, err.msg);
	assert_false(tree_has(&f.tree, "swapfile"));
	assert_true(tree_holds(&f.tree, "etc/fstab", FSTAB));
	assert_true(tree_holds(&f.tree, "proc/sys/vm/swappiness", "60\n"));
	cleanup_fixture(&f);

	/* What was there before stays. */
	fixture_make(&f);
	kernel->swapon_errno = EBUSY;
	plant(&f, MIB(1), PAGE);
	add_swapon(&f);
	add_line(&f);
	assert_int_equal(run(&f), -EBUSY);
	assert_int_equal(f.steps[1].state, STATE_SKIPPED);
	assert_true(tree_has(&f.tree, "swapfile"));
	cleanup_fixture(&f);

	/* Likewise what was only cut: that step was done and remains so. */
	fixture_make(&f);
	kernel->swapon_errno = EINVAL;
	plant(&f, MIB(2), PAGE);
	add_file(&f, FILE_SHRINK, MIB(1));
	add_swapon(&f);
	assert_int_equal(run(&f), -EINVAL);
	assert_int_equal(f.steps[0].state, STATE_DONE);
	assert_int_equal(f.steps[1].state, STATE_FAILED);
	assert_int_equal(tree_stat(&f.tree, "swapfile").st_size, MIB(1));
	cleanup_fixture(&f);
}

/* EBUSY is also that of a filesystem at work: then it is off, and that is said. */
static void test_busy_but_off(void **state)
{
	static struct fixture f;
	struct err err;

	(void)state;
	fixture_make(&f);
	kernel->swapon_errno = EBUSY;
	plant(&f, MIB(1), PAGE);
	activate(&f, 7);
	add_file(&f, FILE_GROW, MIB(2));
	add_swapon(&f);
	assert_int_equal(run_with(&f, false, &err), -EBUSY);
	assert_non_null(strstr(err.msg, "it is off now"));
	assert_int_equal(tree_stat(&f.tree, "swapfile").st_size, MIB(1));
	cleanup_fixture(&f);
}

/* What the kernel takes at its former size only has that again, and is on again where it was. */
static void test_growth_is_refused(void **state)
{
	(void)state;
	for (int active = 0; active < 2; active++) {
		static struct fixture f;
		struct stat before;
		struct err err;

		fixture_make(&f);
		kernel->swapon_errno = EINVAL;
		kernel->refuses_above = MIB(1);
		before = plant(&f, MIB(1), PAGE);
		if (active)
			activate(&f, 7);
		add_file(&f, FILE_GROW, MIB(2));
		add_swapon(&f);
		add_line(&f);
		assert_int_equal(run_with(&f, false, &err), -EINVAL);
		assert_int_equal(f.steps[0].state, STATE_FAILED);
		assert_int_equal(f.steps[0].why.code, WHY_CUT_BACK);
		assert_int_equal(f.steps[1].state, STATE_FAILED);
		assert_int_equal(f.steps[2].state, STATE_SKIPPED);
		assert_null(strstr(err.msg, "it is off now"));
		assert_int_equal(tree_stat(&f.tree, "swapfile").st_size, MIB(1));
		assert_int_equal(tree_stat(&f.tree, "swapfile").st_ino, before.st_ino);
		assert_int_equal(header_of(&f).last_page, MIB(1) / PAGE - 1);
		assert_int_equal(kernel->is_on, active);
		if (active)
			assert_int_equal(kernel->flags, SWAP_FLAG_PREFER | 7);
		cleanup_fixture(&f);
	}
}

/* swapoff fails, or its caller is killed: the file stays as it is, and active. */
static void test_swapoff_fails(void **state)
{
	static const struct {
		enum step_kind kind;
		enum file_action action;
		bool killed;
	} table[] = {
		{ STEP_SWAPFILE, FILE_GROW, true },   { STEP_SWAPFILE, FILE_GROW, false },
		{ STEP_SWAPFILE, FILE_SHRINK, true }, { STEP_SWAPON, FILE_KEEP, true },
		{ STEP_SWAPON, FILE_KEEP, false },    { STEP_RETIRE, FILE_KEEP, true },
		{ STEP_RETIRE, FILE_KEEP, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		static struct fixture f;
		struct err err;
		struct stat st;
		int r;

		fixture_make(&f);
		st = plant(&f, MIB(2), PAGE);
		activate(&f, 3);
		kernel->swapoff_kills = table[i].killed;
		kernel->swapoff_errno = ENOMEM;
		if (table[i].kind == STEP_SWAPFILE)
			add_file(&f, table[i].action,
				 table[i].action == FILE_GROW ? MIB(3) : MIB(1));
		else
			add(&f, table[i].kind);
		add_sysctl(&f, SYSCTL_SWAPPINESS, 10);
		r = run_with(&f, false, &err);
		assert_int_equal(r, table[i].killed ? -EINTR : -ENOMEM);
		assert_non_null(strstr(err.msg, "swapoff /swapfile"));
		if (table[i].killed)
			assert_non_null(strstr(err.msg, "killed"));
		assert_int_equal(f.steps[0].state, STATE_FAILED);
		assert_int_equal(f.steps[1].state, STATE_SKIPPED);
		assert_int_equal(done_steps, 0);
		assert_int_equal(f.steps[0].why.code, WHY_FAILED);
		assert_string_equal(f.steps[0].why.text, err.msg);
		assert_null(strstr(err.msg, "off now"));
		assert_int_equal(kernel->off, 1);
		/* A killed swapoff may have come about: then only swapon can tell. */
		assert_int_equal(kernel->on, table[i].kind == STEP_SWAPFILE);
		assert_true(kernel->is_on);
		assert_int_equal(tree_stat(&f.tree, "swapfile").st_ino, st.st_ino);
		assert_int_equal(tree_stat(&f.tree, "swapfile").st_size, MIB(2));
		assert_true(tree_holds(&f.tree, "proc/sys/vm/swappiness", "60\n"));
		cleanup_fixture(&f);
	}
}

static int run_in_child(void *arg)
{
	struct fixture *f = arg;
	struct err err;

	return -run_with(f, false, &err);
}

/* Off for a resize that then fails: on again, as large as it was, at the priority it had. */
static void test_resize_fails(void **state)
{
	static const struct {
		struct fault fault;
		enum file_action action;
		uint64_t to;
	} table[] = {
		{ { SYS_fallocate, FAULT_ERRNO(ENOSPC) }, FILE_GROW, MIB(3) },
		{ { SYS_ftruncate, FAULT_ERRNO(EIO) }, FILE_SHRINK, MIB(1) },
		{ { SYS_pwrite64, FAULT_ERRNO(EIO) }, FILE_REHEADER, MIB(2) },
		{ { SYS_fchmod, FAULT_ERRNO(EPERM) }, FILE_GROW, MIB(3) },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		static struct fixture f;
		int status;

		fixture_make(&f);
		plant(&f, MIB(2), PAGE);
		activate(&f, 7);
		f.target.fstab.priority = 100;
		f.target.fstab.discard = DISCARD_ONCE;
		add_file(&f, table[i].action, table[i].to);
		add_swapon(&f);
		status = fault_run(&table[i].fault, run_in_child, &f);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), table[i].fault.action & SECCOMP_RET_DATA);
		assert_int_equal(kernel->off, 1);
		assert_int_equal(kernel->on, 1);
		assert_true(kernel->is_on);
		assert_int_equal(kernel->flags, 0x30000 | SWAP_FLAG_PREFER | 7);
		assert_in_range(kernel->on_bytes, MIB(1), MIB(2));
		assert_int_equal(tree_stat(&f.tree, "swapfile").st_size, MIB(2));
		cleanup_fixture(&f);
	}
}

/* Off, and then the file cannot be opened: on again by the descriptor that is left. */
static void test_reopen_fails(void **state)
{
	static const struct {
		int priority, flags, swapon_errno;
	} table[] = { { -2, 0, 0 }, { 0, SWAP_FLAG_PREFER, 0 }, { -2, 0, EINVAL } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		static struct fixture f;
		struct err err;
		struct stat st;

		fixture_make(&f);
		st = plant(&f, MIB(2), PAGE);
		activate(&f, table[i].priority);
		kernel->directory = f.tree.fd;
		kernel->swapon_errno = table[i].swapon_errno;
		add_file(&f, FILE_GROW, MIB(3));
		add_swapon(&f);
		assert_int_equal(run_with(&f, false, &err), -ENOENT);
		assert_int_equal(err.code, -ENOENT);
		assert_int_equal(kernel->off, 1);
		assert_int_equal(kernel->on, 1);
		assert_int_equal(kernel->ino, st.st_ino);
		assert_int_equal(kernel->flags, table[i].flags);
		assert_int_equal(kernel->is_on, table[i].swapon_errno == 0);
		/* Who reads it must know that there is less swap than before, and why. */
		assert_non_null(strstr(err.msg, strerror(ENOENT)));
		assert_int_equal(strstr(err.msg, "it is off now") != NULL,
				 table[i].swapon_errno != 0);
		assert_int_equal(strstr(err.msg, strerror(EINVAL)) != NULL,
				 table[i].swapon_errno != 0);
		assert_int_equal(f.steps[1].state, STATE_SKIPPED);
		cleanup_fixture(&f);
	}
}

/* Off and grown, and then the way to it is gone: on again by the same descriptor, as it was. */
static void test_way_is_lost(void **state)
{
	static struct fixture f;
	struct stat st;

	(void)state;
	fixture_make(&f);
	st = plant(&f, MIB(2), PAGE);
	assert_return_code(renameat(f.tree.fd, "swapfile", f.tree.fd, "etc/swapfile"), errno);
	strcpy(f.facts.file.path, "/etc/swapfile");
	activate(&f, 7);
	kernel->opened_up = f.tree.fd;
	add_file(&f, FILE_GROW, MIB(3));
	add_swapon(&f);
	assert_int_equal(run(&f), -ESTALE);
	assert_int_equal(kernel->off, 1);
	assert_true(kernel->is_on);
	assert_int_equal(kernel->ino, st.st_ino);
	assert_int_equal(kernel->flags, SWAP_FLAG_PREFER | 7);
	assert_int_equal(tree_stat(&f.tree, "etc/swapfile").st_size, MIB(2));
	assert_int_equal(f.steps[0].state, STATE_FAILED);
	cleanup_fixture(&f);
}

/* The machine is another one than the plan was made for: nothing of it is touched. */
static void test_changed_meanwhile(void **state)
{
	static struct fixture f;
	struct stat st;

	(void)state;
	/* Another file has the name. */
	fixture_make(&f);
	plant(&f, MIB(1), PAGE);
	f.facts.file.ino++;
	add_file(&f, FILE_GROW, MIB(2));
	assert_int_equal(run(&f), -ESTALE);
	f.steps[0].state = STATE_CHANGE;
	f.steps[0].action = FILE_REMOVE;
	assert_int_equal(run(&f), -ESTALE);
	f.steps[0].state = STATE_CHANGE;
	f.steps[0].action = FILE_REMAKE;
	assert_int_equal(run(&f), -ESTALE);
	assert_int_equal(tree_stat(&f.tree, "swapfile").st_size, MIB(1));
	cleanup_fixture(&f);

	/* There is one where there was none. */
	fixture_make(&f);
	st = plant(&f, MIB(1), PAGE);
	f.facts.file.kind = FOUND_NOTHING;
	add_file(&f, FILE_MAKE, MIB(2));
	add_swapon(&f);
	assert_int_equal(run(&f), -EEXIST);
	assert_int_equal(kernel->on, 0);
	assert_int_equal(tree_stat(&f.tree, "swapfile").st_ino, st.st_ino);
	cleanup_fixture(&f);

	/* Its directory can be written by others. */
	fixture_make(&f);
	strcpy(f.facts.file.path, "/etc/swapfile");
	assert_return_code(fchmodat(f.tree.fd, "etc", 0777, 0), errno);
	add_file(&f, FILE_MAKE, MIB(1));
	assert_int_equal(run(&f), -ESTALE);
	assert_false(tree_has(&f.tree, "etc/swapfile"));
	cleanup_fixture(&f);

	/* The fstab was edited. */
	fixture_make(&f);
	tree_file(&f.tree, "etc/fstab", "# mine\n" FSTAB);
	add_line(&f);
	assert_int_equal(run(&f), -ESTALE);
	assert_true(tree_holds(&f.tree, "etc/fstab", "# mine\n" FSTAB));
	cleanup_fixture(&f);
}

/* A text that libmount would read otherwise than planned is not written. */
static void test_verified(void **state)
{
	static char wrong[] = "/dev/vda1 / xfs defaults 0 1\n" LINE;
	const struct file_change change = { .path = FSTAB_PATH,
					    .before = FSTAB,
					    .after = wrong,
					    .swapfile = "/swapfile",
					    .wanted = true };
	static struct fixture f;

	(void)state;
	fixture_make(&f);
	add_text(&f, STEP_FSTAB, &change);
	assert_int_equal(run(&f), -EBADMSG);
	assert_true(tree_holds(&f.tree, "etc/fstab", FSTAB));
	cleanup_fixture(&f);
}

/* No file grows beyond what "60\n" takes. */
static int run_limited(void *arg)
{
	const struct rlimit limit = { 3, 3 };

	(void)signal(SIGXFSZ, SIG_IGN);
	return setrlimit(RLIMIT_FSIZE, &limit) < 0 ? FAULT_NOT_INSTALLED : run_in_child(arg);
}

static void test_sysctl_fails(void **state)
{
	static const enum step_state states[] = { STATE_FAILED, STATE_SKIPPED };
	static const struct fault refusal = { SYS_write, FAULT_ERRNO(EINVAL) };
	static struct fixture f;

	(void)state;
	if (under_valgrind())
		skip();
	fixture_make(&f);
	add_sysctl(&f, SYSCTL_PAGE_CLUSTER, 3);
	add_sysctl(&f, SYSCTL_SWAPPINESS, 10);
	assert_int_equal(run(&f), -ENOENT);
	check_states(&f, states, ARRAY_SIZE(states));
	assert_true(tree_holds(&f.tree, "proc/sys/vm/swappiness", "60\n"));
	cleanup_fixture(&f);

	/* The kernel refuses the value. */
	fixture_make(&f);
	add_sysctl(&f, SYSCTL_SWAPPINESS, 10);
	assert_int_equal(fault_run(&refusal, run_in_child, &f), W_EXITCODE(EINVAL, 0));
	cleanup_fixture(&f);

	/* Or takes a part of it, which is another value. */
	fixture_make(&f);
	add_sysctl(&f, SYSCTL_SWAPPINESS, 150);
	f.plan.steps[f.plan.n - 1].have = (struct value){ VALUE_NUMBER, .number = 60 };
	assert_int_equal(fault_run(NULL, run_limited, &f), W_EXITCODE(EIO, 0));
	assert_true(tree_holds(&f.tree, "proc/sys/vm/swappiness", "60\n"));
	cleanup_fixture(&f);
}

/* Writing the 0 that was there would zero the one of the pair that was not. */
static void test_sysctl_pair_fails(void **state)
{
	static const struct {
		uint64_t pair;
		const char *ratio,
			*kbytes; /* in the end; the kernel takes three characters of "150" */
	} table[] = {
		{ 7, "150", "7\n" },
		{ 0, "0\n0", "?\n" },
		{ SYSCTL_ODD, "150", "?\n" },
		{ UNKNOWN, "150", "?\n" },
	};
	static struct fixture f;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		fixture_make(&f);
		tree_file(&f.tree, "proc/sys/vm/overcommit_ratio", "0\n");
		tree_file(&f.tree, "proc/sys/vm/overcommit_kbytes", "?\n");
		f.facts.sysctl_now[SYSCTL_OVERCOMMIT_KBYTES] = table[i].pair;
		add_sysctl(&f, SYSCTL_OVERCOMMIT_RATIO, 150);
		f.plan.steps[f.plan.n - 1].have = (struct value){ VALUE_NUMBER, .number = 0 };
		assert_int_equal(fault_run(NULL, run_limited, &f), W_EXITCODE(EIO, 0));
		assert_true(tree_holds(&f.tree, "proc/sys/vm/overcommit_ratio", table[i].ratio));
		assert_true(tree_holds(&f.tree, "proc/sys/vm/overcommit_kbytes", table[i].kbytes));
		cleanup_fixture(&f);
	}
}

/* What the kernel does not take, the next boot is not to set either; the rest of it is. */
static void test_refused_is_not_kept(void **state)
{
	static char dropin[] = "vm.page-cluster = 3\nvm.swappiness = 10\n";
	const struct file_change change = { .path = SYSCTL_DROPIN,
					    .after = dropin,
					    .after_len = sizeof(dropin) - 1 };
	static struct fixture f;
	struct err err;

	(void)state;
	for (int earlier = 0; earlier < 2; earlier++) {
		fixture_make(&f);
		if (earlier) {
			tree_file(&f.tree, &SYSCTL_DROPIN[1], dropin);
			f.facts.dropin =
				(struct etc_file){ .text = dropin, .len = sizeof(dropin) - 1 };
		} else {
			add_text(&f, STEP_SYSCTL_FILE, &change);
		}
		/* The tree has no such file in proc/sys. */
		add_sysctl(&f, SYSCTL_PAGE_CLUSTER, 3);
		assert_int_equal(run_with(&f, false, &err), -ENOENT);
		assert_true(tree_holds(&f.tree, &SYSCTL_DROPIN[1], "vm.swappiness = 10\n"));
		assert_non_null(strstr(err.msg, SYSCTL_DROPIN " is left without it"));
		cleanup_fixture(&f);
	}
}

/* Strict accounting is guarded once more, by what is committed now. */
static void test_overcommit_guard(void **state)
{
	static const struct {
		const char *meminfo; /* NULL: there is none */
		uint64_t value;
		bool force;
		int result;
	} table[] = {
		{ "CommitLimit: 10485760 kB\nCommitted_AS: 1048576 kB\n", 2, false, 0 },
		{ "CommitLimit: 10485760 kB\nCommitted_AS: 10000000 kB\n", 2, false, -EAGAIN },
		{ "CommitLimit: 10485760 kB\nCommitted_AS: 10000000 kB\n", 2, true, 0 },
		{ "CommitLimit: 10485760 kB\nCommitted_AS: 10000000 kB\n", 1, false, 0 },
		{ "CommitLimit: 10485760 kB\n", 2, false, -EAGAIN },
		{ "", 2, false, -EAGAIN },
		{ NULL, 2, false, -ENOENT },
		{ NULL, 2, true, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		static struct fixture f;
		int r;

		fixture_make(&f);
		if (table[i].meminfo)
			tree_file(&f.tree, "proc/meminfo", table[i].meminfo);
		tree_file(&f.tree, "proc/sys/vm/overcommit_memory", "0\n");
		f.force = table[i].force;
		add_sysctl(&f, SYSCTL_OVERCOMMIT_MEMORY, table[i].value);
		r = run(&f);
		if (r != table[i].result)
			fail_msg("row %zu: %d", i, r);
		assert_true(tree_holds(&f.tree, "proc/sys/vm/overcommit_memory",
				       r < 0                         ? "0\n"
					       : table[i].value == 2 ? "2\n"
								     : "1\n"));
		cleanup_fixture(&f);
	}
}

/* Too much was committed in the moment of writing: the former value is written back. */
static void test_overcommit_taken_back(void **state)
{
	static struct fixture f;

	(void)state;
	fixture_make(&f);
	/* One file, so that the value that is written is what makes Committed_AS unknown. */
	tree_file(&f.tree, "proc/meminfo", "Committed_AS: 1 kB\nCommitLimit: 10485760 kB\n");
	assert_return_code(
		linkat(f.tree.fd, "proc/meminfo", f.tree.fd, "proc/sys/vm/overcommit_memory", 0),
		errno);
	add_sysctl(&f, SYSCTL_OVERCOMMIT_MEMORY, 2);
	f.steps[0].have = (struct value){ VALUE_NUMBER, .number = 1 };
	assert_int_equal(run(&f), -EAGAIN);
	assert_int_equal(f.steps[0].state, STATE_FAILED);
	assert_true(tree_holds(&f.tree, "proc/meminfo",
			       "1\nmmitted_AS: 1 kB\nCommitLimit: 10485760 kB\n"));
	cleanup_fixture(&f);
}

/* Exit status: the number of the check that failed, or 0. */
static int reload_in_child(void *arg)
{
	struct fixture *f = arg;
	struct err err;

	if (run_with(f, false, &err) != 0 || err.msg[0])
		return 1;
	if (f->steps[0].state != STATE_SKIPPED || f->steps[0].why.code != WHY_WARN_RELOAD)
		return 2;
	if (f->steps[1].state != STATE_DONE || done_steps != 1)
		return 3;
	if (f->plan.n_warnings != 1 || f->plan.warnings[0].code != WHY_WARN_RELOAD)
		return 4;
	return plan_conforms(&f->plan) ? 0 : 5;
}

/* systemd that cannot be told, or asked to, is a warning: what follows is done. */
static void test_reload_fails(void **state)
{
	static const struct fault no_systemctl = { SYS_execve, FAULT_ERRNO(ENOENT) };
	static struct fixture f;

	(void)state;
	fixture_make(&f);
	add(&f, STEP_DAEMON_RELOAD);
	add_sysctl(&f, SYSCTL_SWAPPINESS, 10);
	assert_int_equal(fault_run(&no_systemctl, reload_in_child, &f), 0);
	assert_true(tree_holds(&f.tree, "proc/sys/vm/swappiness", "10\n"));
	cleanup_fixture(&f);
}

/* After a failure it is not come to. */
static void test_reload_skipped(void **state)
{
	static const enum step_state states[] = { STATE_FAILED, STATE_SKIPPED };
	static struct fixture f;

	(void)state;
	fixture_make(&f);
	add_sysctl(&f, SYSCTL_PAGE_CLUSTER, 3);
	add(&f, STEP_DAEMON_RELOAD);
	assert_int_equal(run(&f), -ENOENT);
	check_states(&f, states, ARRAY_SIZE(states));
	assert_int_equal(f.plan.n_warnings, 0);
	cleanup_fixture(&f);
}

/* With a step that must not be done, or that nobody can judge, nothing is. */
static void test_blocked(void **state)
{
	static const enum step_state refusals[] = { STATE_BLOCKED, STATE_UNKNOWN };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
		static struct fixture f;

		fixture_make(&f);
		add_file(&f, FILE_MAKE, MIB(1));
		add_swapon(&f);
		add_line(&f);
		f.steps[2].state = refusals[i];
		assert_int_equal(run(&f), -EPERM);
		assert_int_equal(f.steps[0].state, STATE_CHANGE);
		assert_int_equal(done_steps, 0);
		assert_int_equal(kernel->on, 0);
		assert_false(tree_has(&f.tree, "swapfile"));
		assert_true(tree_holds(&f.tree, "etc/fstab", FSTAB));
		cleanup_fixture(&f);
	}
}

/* What holds, waits or is left alone is not run. */
static void test_no_change(void **state)
{
	static const enum step_state states[] = { STATE_OK, STATE_DEFERRED, STATE_SKIPPED };
	static struct fixture f;

	(void)state;
	fixture_make(&f);
	add_file(&f, FILE_MAKE, MIB(1));
	add_swapon(&f);
	add_line(&f);
	for (size_t i = 0; i < ARRAY_SIZE(states); i++)
		f.steps[i].state = states[i];
	assert_int_equal(run(&f), 0);
	check_states(&f, states, ARRAY_SIZE(states));
	assert_int_equal(kernel->on, 0);
	assert_false(tree_has(&f.tree, "swapfile"));
	assert_true(tree_holds(&f.tree, "etc/fstab", FSTAB));
	cleanup_fixture(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_change),
		cmocka_unit_test(test_removal),
		cmocka_unit_test(test_retire),
		cmocka_unit_test(test_swapon_fails),
		cmocka_unit_test(test_growth_is_refused),
		cmocka_unit_test(test_busy_but_off),
		cmocka_unit_test(test_swapoff_fails),
		cmocka_unit_test(test_resize_fails),
		cmocka_unit_test(test_reopen_fails),
		cmocka_unit_test(test_way_is_lost),
		cmocka_unit_test(test_changed_meanwhile),
		cmocka_unit_test(test_verified),
		cmocka_unit_test(test_sysctl_fails),
		cmocka_unit_test(test_sysctl_pair_fails),
		cmocka_unit_test(test_refused_is_not_kept),
		cmocka_unit_test(test_overcommit_guard),
		cmocka_unit_test(test_overcommit_taken_back),
		cmocka_unit_test(test_reload_fails),
		cmocka_unit_test(test_reload_skipped),
		cmocka_unit_test(test_blocked),
		cmocka_unit_test(test_no_change),
	};

	kernel = mmap(NULL, sizeof(*kernel), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (kernel == MAP_FAILED)
		return 1;
	/* As memprov itself runs. */
	umask(077);
	return cmocka_run_group_tests_name("apply", tests, NULL, NULL);
}
