/* SPDX-License-Identifier: MIT */
/*
 * Facts about a tree that is made up, file by file: which mount points are missing, and which swap
 * of fstab is not active. Touches a temporary directory only.
 */
#include "facts_parts.h"

#include "fault.h"
#include "tree.h"

#include <stddef.h>
#include <stdint.h>

struct fixture {
	struct tree tree;
	struct root root;
};

static void fixture_make(struct fixture *f)
{
	struct err err;

	tree_make(&f->tree);
	tree_dir(&f->tree, "etc", 0755);
	tree_dir(&f->tree, "proc", 0755);
	tree_dir(&f->tree, "proc/self", 0755);
	assert_int_equal(root_open(f->tree.path, &f->root, &err), 0);
}

static void cleanup_fixture(struct fixture *f)
{
	root_close(&f->root);
	tree_remove(&f->tree);
}

static void read_facts(const struct fixture *f, const char *swapfile, struct facts *ret)
{
	const struct facts_request request = { .swapfile = swapfile };
	struct err err = { 0 };

	if (facts_read(&f->root, &request, ret, &err) != 0)
		fail_msg("%s", err.msg);
}

static int truncate_at(const struct fixture *f, const char *name, off_t bytes)
{
	int fd = openat(f->tree.fd, name, O_WRONLY | O_CLOEXEC);
	int r = fd < 0 ? -1 : ftruncate(fd, bytes);

	if (fd >= 0)
		close(fd);
	return r;
}

static void cleanup_facts(struct facts *facts)
{
	facts_done(facts);
}

/* A mount point of fstab on the way to the swapfile, on which nothing is mounted. */
static void test_not_mounted(void **state)
{
	static const struct {
		const char *target;  /* in fstab */
		const char *mounted; /* in mountinfo, besides "/" */
		const char *swapfile;
		bool missing;
	} table[] = {
		{ "/srv", NULL, "/srv/swapfile", true },
		{ "/srv", "/srv", "/srv/swapfile", false },
		{ "/srv", "/srv/a", "/srv/swapfile", true },
		{ "/srv", NULL, "/srv/a/b/swapfile", true },
		{ "/srv", NULL, "/srv", false },
		{ "/srv", NULL, "/srvswapfile", false },
		{ "/srv", NULL, "/sr/swapfile", false },
		{ "/srv/a", NULL, "/srv/swapfile", false },
		/* Slashes at the end mean nothing. */
		{ "/srv/", NULL, "/srv/swapfile", true },
		{ "/srv///", NULL, "/srv/swapfile", true },
		{ "/srv/", "/srv", "/srv/swapfile", false },
		{ "/srv///", "/srv", "/srv/swapfile", false },
		{ "/srv/", NULL, "/srvswapfile", false },
		/* "/" is always mounted, and what is no path is no mount point. */
		{ "/", NULL, "/swapfile", false },
		{ "//", NULL, "/swapfile", false },
		{ "none", NULL, "/swapfile", false },
		{ "swap", NULL, "/swap/swapfile", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		_cleanup_(cleanup_fixture) struct fixture f;
		_cleanup_(cleanup_facts) struct facts facts = { .is_system = false };
		char text[512];

		fixture_make(&f);
		(void)snprintf(text, sizeof(text),
			       "/dev/vda1 / ext4 defaults 0 1\n"
			       "/dev/vdb %s ext4 defaults 0 2\n",
			       table[i].target);
		tree_file(&f.tree, "etc/fstab", text);
		(void)snprintf(text, sizeof(text), "21 1 254:1 / / rw - ext4 /dev/vda1 rw\n");
		if (table[i].mounted)
			(void)snprintf(text + strlen(text), sizeof(text) - strlen(text),
				       "22 21 254:16 / %s rw - ext4 /dev/vdb rw\n",
				       table[i].mounted);
		tree_file(&f.tree, "proc/self/mountinfo", text);
		read_facts(&f, table[i].swapfile, &facts);
		if ((facts.file.not_mounted[0] != '\0') != table[i].missing)
			fail_msg("row %zu, %s, %s: \"%s\"", i, table[i].target, table[i].swapfile,
				 facts.file.not_mounted);
		if (table[i].missing)
			assert_string_equal(facts.file.not_mounted, table[i].target);
	}
}

/* Configured swap that is not active, by whatever name it is active. */
static void test_inactive(void **state)
{
	static const struct {
		const char *line;
		const char *inactive; /* NULL: not told of */
	} table[] = {
		{ "/dev/sda2 none swap sw 0 0", NULL },
		{ "/dev/sdb1 none swap sw 0 0", "/dev/sdb1" },
		{ "/dev/sdb1 none swap sw,noauto 0 0", NULL },
		{ "/dev/sdb1 none swap noauto 0 0", NULL },
		{ "/dev/sdb1 none swap sw,noauto=1 0 0", NULL },
		{ "/dev/sdb1 none swap sw,xnoauto 0 0", "/dev/sdb1" },
		{ "/dev/sdb1 /srv ext4 defaults 0 0", NULL },
		/* Ours has a step of its own. */
		{ "/swapfile none swap sw 0 0", NULL },
		{ "//swapfile none swap sw 0 0", NULL },
		{ "/other.swap none swap sw 0 0", NULL },
		{ "/alias.swap none swap sw 0 0", NULL },
		{ "/link.swap none swap sw 0 0", NULL },
		{ "/idle.swap none swap sw 0 0", "/idle.swap" },
		{ "/gone.swap none swap sw 0 0", "/gone.swap" },
		/* Of a deleted file the warning is another, unless there is one again. */
		{ "/deleted.swap none swap sw 0 0", NULL },
		{ "/anew.swap none swap sw 0 0", "/anew.swap" },
		/* By a tag: only where udev keeps links, and says that there is none. */
		{ "UUID=1234 none swap sw 0 0", "UUID=1234" },
		{ "UUID=abcd none swap sw 0 0", NULL },
		{ "LABEL=x none swap sw 0 0", NULL },
		{ "PARTUUID=x none swap sw 0 0", NULL },
		{ "ID=x none swap sw 0 0", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		_cleanup_(cleanup_fixture) struct fixture f;
		_cleanup_(cleanup_facts) struct facts facts = { .is_system = false };
		char text[256];

		fixture_make(&f);
		tree_dir(&f.tree, "dev", 0755);
		tree_dir(&f.tree, "dev/disk", 0755);
		tree_dir(&f.tree, "dev/disk/by-uuid", 0755);
		tree_file(&f.tree, "other.swap", "");
		tree_file(&f.tree, "idle.swap", "");
		tree_file(&f.tree, "anew.swap", "");
		assert_return_code(linkat(f.tree.fd, "other.swap", f.tree.fd, "alias.swap", 0),
				   errno);
		tree_link(&f.tree, "other.swap", "link.swap");
		/* No device can be made here: a file that is active does as well. */
		tree_link(&f.tree, "/other.swap", "dev/disk/by-uuid/abcd");
		tree_file(&f.tree, "proc/swaps",
			  "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"
			  "/dev/sda2\t\t\t\tpartition\t1048572\t\t0\t\t-2\n"
			  "/other.swap\t\t\t\tfile\t\t1048572\t\t0\t\t-3\n"
			  "/deleted.swap\\040(deleted)\t\t\tfile\t\t1048572\t\t0\t\t-4\n"
			  "/anew.swap\\040(deleted)\t\t\tfile\t\t1048572\t\t0\t\t-5\n");
		(void)snprintf(text, sizeof(text), "/dev/vda1 / ext4 defaults 0 1\n%s\n",
			       table[i].line);
		tree_file(&f.tree, "etc/fstab", text);
		read_facts(&f, "/swapfile", &facts);
		if (facts.n_inactive != (table[i].inactive != NULL))
			fail_msg("%s: %zu", table[i].line, facts.n_inactive);
		if (table[i].inactive)
			assert_string_equal(facts.inactive[0], table[i].inactive);
	}
}

#define NAME50  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define NAME250 NAME50 NAME50 NAME50 NAME50 NAME50

/* The kernel's mark of a deleted file, which is told from a name that ends like it. */
static void test_deleted(void **state)
{
	static const struct {
		const char *shown, *type, *there; /* there: a file of 64 KiB; NULL: none */
		const char *path;                 /* what becomes of it */
		bool deleted, inode;
	} table[] = {
		{ "/a", "file", "a", "/a", false, true },
		{ "/a", "file", NULL, "/a", false, false },
		{ "/a\\040(deleted)", "file", NULL, "/a", true, false },
		/* Another file has its name by now. */
		{ "/a\\040(deleted)", "file", "a", "/a", true, false },
		{ "/a\\040(deleted)", "file", "a (deleted)", "/a (deleted)", false, true },
		{ "/a\\040(deleted)\\040(deleted)", "file", NULL, "/a (deleted)", true, false },
		{ "/a\\040(deleted)\\040(deleted)", "file", "a (deleted)", "/a (deleted)", true,
		  false },
		{ "/no/a\\040(deleted)", "file", NULL, "/no/a", true, false },
		{ "/(deleted)", "file", NULL, "/(deleted)", false, false },
		{ "/\\040(deleted)", "file", NULL, "/ (deleted)", false, false },
		/* With the mark the name is longer than any can be. */
		{ "/" NAME250 "\\040(deleted)", "file", NULL, "/" NAME250, true, false },
		{ "/a(deleted)", "file", NULL, "/a(deleted)", false, false },
		{ "/dev/sda2\\040(deleted)", "partition", NULL, "/dev/sda2", false, false },
		{ "/dev/zram0\\040(deleted)", "partition", NULL, "/dev/zram0", false, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		/* One that is too small for the area cannot be it. */
		for (unsigned kib = 60; kib <= 64; kib += 4) {
			_cleanup_(cleanup_fixture) struct fixture f;
			_cleanup_(cleanup_facts) struct facts facts = { .is_system = false };
			const bool marked = strstr(table[i].shown, "\\040(deleted)") != NULL;
			const bool is_it = kib == 64 || !marked || !table[i].inode;
			const struct swap_area *area;
			char text[512];

			fixture_make(&f);
			if (table[i].there) {
				tree_file(&f.tree, table[i].there, "");
				assert_return_code(truncate_at(&f, table[i].there, (off_t)KIB(kib)),
						   errno);
			}
			(void)snprintf(text, sizeof(text), "%s\t\t%s\t\t60\t\t0\t\t-2\n",
				       table[i].shown, table[i].type);
			tree_file(&f.tree, "proc/swaps", text);
			read_facts(&f, "/swapfile", &facts);
			assert_int_equal(facts.n_swaps, 1);
			area = &facts.swaps[0];
			assert_string_equal(area->line.path, is_it ? table[i].path : "/a");
			assert_int_equal(area->deleted, is_it ? table[i].deleted : true);
			assert_int_equal(area->ino != 0, is_it && table[i].inode);
			assert_int_equal(area->is_zram, has_prefix(table[i].path, "/dev/zram"));
			assert_int_equal(area->lost,
					 streq(table[i].type, "file") && !area->deleted &&
						 !(table[i].there && kib == 64));
		}
	}
}

/* Without /proc/swaps nothing is known of what is active. */
static void test_inactive_unknown(void **state)
{
	_cleanup_(cleanup_fixture) struct fixture f;
	_cleanup_(cleanup_facts) struct facts facts = { .is_system = false };

	(void)state;
	fixture_make(&f);
	tree_file(&f.tree, "etc/fstab", "/dev/sdb1 none swap sw 0 0\n");
	read_facts(&f, "/swapfile", &facts);
	assert_false(facts.swaps_known);
	assert_int_equal(facts.n_inactive, 0);
}

/* A line that outlasts its swapfile goes when that is gone surely, and else is told of. */
static void test_retired(void **state)
{
	static const struct {
		const char *path, *options;
		size_t others, retired;
	} table[] = {
		{ "/gone.swap", "sw,x-memprov.retired", 1, 0 },
		{ "/gone/gone.swap", "sw,x-memprov.retired", 1, 0 },
		{ "/gone/too/gone.swap", "sw,x-memprov.retired", 1, 0 },
		{ "/gone/too/gone.swap", "sw", 0, 0 },
		{ "/srv/gone.swap", "sw,x-memprov.retired", 0, 1 },
		{ "/srv/gone/too/gone.swap", "sw,x-memprov.retired", 0, 1 },
		{ "/hers", "sw,x-memprov.retired", 0, 1 },
		{ "/hers", "sw", 0, 0 },
		{ "/hers/gone.swap", "sw,x-memprov.retired", 0, 1 },
		{ "/way/gone.swap", "sw,x-memprov.retired", 0, 1 },
		/* It has a step of its own. */
		{ "/swapfile", "sw,x-memprov.retired", 0, 0 },
		{ "//swapfile", "sw,x-memprov.retired", 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		_cleanup_(cleanup_fixture) struct fixture f;
		_cleanup_(cleanup_facts) struct facts facts = { .is_system = false };
		char text[256];

		fixture_make(&f);
		tree_file(&f.tree, "hers", "text");
		tree_link(&f.tree, "etc", "way");
		(void)snprintf(text, sizeof(text),
			       "/dev/vdb1 /srv ext4 defaults 0 1\n%s none swap %s 0 0\n",
			       table[i].path, table[i].options);
		tree_file(&f.tree, "etc/fstab", text);
		read_facts(&f, "/swapfile", &facts);
		if (facts.n_others != table[i].others || facts.n_retired != table[i].retired)
			fail_msg("%s %s: %zu, %zu", table[i].path, table[i].options, facts.n_others,
				 facts.n_retired);
		if (facts.n_others)
			assert_int_equal(facts.others[0].kind, FOUND_NOTHING);
		if (facts.n_retired)
			assert_string_equal(facts.retired[0], table[i].path);
	}
}

/* A live value that no profile can ask for is known, and another; one that is missing is not. */
static void test_live_values(void **state)
{
	static const struct {
		const char *text; /* NULL: there is no such file */
		uint64_t value;
	} table[] = {
		{ "60\n", 60 },         { "0\n", 0 },          { "60", 60 },
		{ "-1\n", SYSCTL_ODD }, { "x\n", SYSCTL_ODD }, { "1 2\n", SYSCTL_ODD },
		{ NULL, UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		_cleanup_(cleanup_fixture) struct fixture f;
		_cleanup_(cleanup_facts) struct facts facts = { .is_system = false };

		fixture_make(&f);
		tree_dir(&f.tree, "proc/sys", 0755);
		tree_dir(&f.tree, "proc/sys/vm", 0755);
		if (table[i].text)
			tree_file(&f.tree, "proc/sys/vm/swappiness", table[i].text);
		read_facts(&f, "/swapfile", &facts);
		if (facts.sysctl_now[SYSCTL_SWAPPINESS] != table[i].value)
			fail_msg("row %zu: %llu", i,
				 (unsigned long long)facts.sysctl_now[SYSCTL_SWAPPINESS]);
		/* Of a tree nobody knows what its kernel has. */
		assert_false(facts.sysctl_missing[SYSCTL_SWAPPINESS]);
	}
}

/* What is said of a tree that cannot be read; 0: it has these words. */
struct reading {
	const struct fixture *f;
	const char *words;
};

static int read_in_child(void *arg)
{
	const struct facts_request request = { .swapfile = "/swapfile" };
	const struct reading *reading = arg;
	struct facts facts;
	struct err err = { 0 };

	if (facts_read(&reading->f->root, &request, &facts, &err) == 0)
		return 1;
	return strstr(err.msg, reading->words) ? 0 : 2;
}

/* What decides at boot may be behind the place where a directory breaks off. */
static void test_sources_fail(void **state)
{
	static const struct {
		struct fault fault;
		const char *words;
	} table[] = {
		{ { SYS_getdents64, FAULT_ERRNO(EIO) },
		  "cannot read /etc/sysctl.d: Input/output error" },
		{ { SYS_getdents64, FAULT_ERRNO(ENOMEM) },
		  "cannot read /etc/sysctl.d: Cannot allocate memory" },
#ifdef SYS_readlink
		/* Else nobody knows whether it is the administrator's, and may be edited. */
		{ { SYS_readlink, FAULT_ERRNO(ENOMEM) },
		  "cannot find out where /etc/sysctl.d/50-hers.conf lies" },
#endif
		/* fdopendir asks for the flags. */
		{ { SYS_fcntl, FAULT_ERRNO(EIO) },
		  "cannot read /etc/sysctl.d: Input/output error" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		_cleanup_(cleanup_fixture) struct fixture f;
		struct reading reading = { &f, table[i].words };

		fixture_make(&f);
		tree_dir(&f.tree, "etc/sysctl.d", 0755);
		tree_file(&f.tree, "etc/sysctl.d/50-hers.conf", "vm.swappiness = 1\n");
		assert_int_equal(fault_run(NULL, read_in_child, &reading), W_EXITCODE(1, 0));
		if (fault_run(&table[i].fault, read_in_child, &reading) != 0)
			fail_msg("row %zu", i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_not_mounted),  cmocka_unit_test(test_inactive),
		cmocka_unit_test(test_deleted),      cmocka_unit_test(test_inactive_unknown),
		cmocka_unit_test(test_live_values),  cmocka_unit_test(test_retired),
		cmocka_unit_test(test_sources_fail),
	};

	/* As memprov itself runs. */
	umask(077);
	return cmocka_run_group_tests_name("facts", tests, NULL, NULL);
}
