/* SPDX-License-Identifier: MIT */
/*
 * What opens beneath a root directory and what does not, by openat2 and without it, and every fault
 * a swapfile's directory can have. Touches a temporary directory only.
 */
#include "root.h"

#include "fault.h"
#include "tree.h"

#include <limits.h>
#include <stddef.h>
#include <stdint.h>

#define SECRET "outside\n"
#define INSIDE "inside\n"

/*
 * TREE/secret lies outside, TREE/root is the root. Some links would lead to the secret if they
 * were taken as the running system takes them.
 */
static void plant(const struct tree *tree)
{
	char absolute[300];

	tree_file(tree, "secret", SECRET);
	tree_dir(tree, "root", 0755);
	tree_dir(tree, "root/etc", 0755);
	tree_dir(tree, "root/a", 0755);
	tree_dir(tree, "root/a/b", 0755);
	tree_file(tree, "root/etc/file", INSIDE);
	tree_file(tree, "root/top", INSIDE);
	tree_link(tree, "file", "root/etc/near");
	tree_link(tree, "/etc/file", "root/absolute");
	tree_link(tree, "/etc", "root/dir");
	tree_link(tree, "../../etc", "root/a/b/up");
	tree_link(tree, "/etc/file", "root/a/b/absolute");
	tree_link(tree, "../../../../../../../../etc/file", "root/a/b/far");
	tree_link(tree, "../secret", "root/escape");
	tree_link(tree, "/../secret", "root/escape2");
	tree_link(tree, "a/b/up/../etc/../../secret", "root/escape3");
	tree_link(tree, "..", "root/parent");
	tree_link(tree, "/", "root/slash");
	tree_link(tree, "absolute", "root/chain");
	tree_link(tree, "loop2", "root/loop");
	tree_link(tree, "loop", "root/loop2");
	tree_link(tree, "nothing", "root/dangling");
	(void)snprintf(absolute, sizeof(absolute), "%s/secret", tree->path);
	tree_link(tree, absolute, "root/named");
	(void)snprintf(absolute, sizeof(absolute), "%s/root/etc/file", tree->path);
	tree_link(tree, absolute, "root/named2");
	/* 40 links are followed, as the kernel does. */
	tree_link(tree, "top", "root/link1");
	for (unsigned i = 2; i <= 41; i++) {
		char to[32], path[32];

		(void)snprintf(to, sizeof(to), "link%u", i - 1);
		(void)snprintf(path, sizeof(path), "root/link%u", i);
		tree_link(tree, to, path);
	}
}

static void root_of(const struct tree *tree, struct root *ret)
{
	struct err err;
	char path[300];

	(void)snprintf(path, sizeof(path), "%s/root", tree->path);
	assert_int_equal(root_open(path, ret, &err), 0);
	assert_false(ret->is_system);
	assert_int_equal(ret->owner, geteuid());
}

static void test_inside(void **state)
{
	static const struct {
		const char *path;
		int flags;
		int result; /* 0: opens, and holds INSIDE if it is a file */
	} table[] = {
		{ "/top", O_RDONLY, 0 },
		{ "top", O_RDONLY, 0 },
		{ "//top", O_RDONLY, 0 },
		{ "/./top", O_RDONLY, 0 },
		{ "/etc/file", O_RDONLY, 0 },
		{ "/etc//./file", O_RDONLY, 0 },
		{ "/etc/../top", O_RDONLY, 0 },
		{ "/etc/./../top", O_RDONLY, 0 },
		{ "/etc/.", O_PATH | O_DIRECTORY, 0 },
		{ "/../top", O_RDONLY, 0 },
		{ "/../../../../top", O_RDONLY, 0 },
		{ "/etc/near", O_RDONLY, 0 },
		{ "/absolute", O_RDONLY, 0 },
		{ "/chain", O_RDONLY, 0 },
		{ "/dir/file", O_RDONLY, 0 },
		{ "/dir/near", O_RDONLY, 0 },
		{ "/a/b/up/file", O_RDONLY, 0 },
		{ "/a/b/far", O_RDONLY, 0 },
		{ "/a/b/absolute", O_RDONLY, 0 },
		{ "/a/b/up/../top", O_RDONLY, 0 },
		{ "/parent/top", O_RDONLY, 0 },
		{ "/parent/parent/parent/etc/file", O_RDONLY, 0 },
		{ "/slash/slash/top", O_RDONLY, 0 },
		{ "/link40", O_RDONLY, 0 },
		{ "/", O_RDONLY | O_DIRECTORY, 0 },
		{ "", O_RDONLY | O_DIRECTORY, 0 },
		{ "/..", O_RDONLY | O_DIRECTORY, 0 },
		{ "/dir", O_PATH | O_DIRECTORY, 0 },
		{ "/dir/", O_PATH | O_DIRECTORY, 0 },
		{ "/a/b/up", O_PATH | O_DIRECTORY, 0 },
		{ "/absolute", O_PATH | O_NOFOLLOW, 0 },
		{ "/dir/near", O_PATH | O_NOFOLLOW, 0 },

		{ "/secret", O_RDONLY, -ENOENT },
		{ "/../secret", O_RDONLY, -ENOENT },
		{ "/etc/../../secret", O_RDONLY, -ENOENT },
		{ "/escape", O_RDONLY, -ENOENT },
		{ "/escape2", O_RDONLY, -ENOENT },
		{ "/escape3", O_RDONLY, -ENOENT },
		{ "/parent/secret", O_RDONLY, -ENOENT },
		{ "/parent/../secret", O_RDONLY, -ENOENT },
		{ "/slash/../secret", O_RDONLY, -ENOENT },
		{ "/named", O_RDONLY, -ENOENT },
		{ "/named2", O_RDONLY, -ENOENT },
		{ "/nothing", O_RDONLY, -ENOENT },
		{ "/nothing/file", O_RDONLY, -ENOENT },
		{ "/dangling", O_RDONLY, -ENOENT },
		{ "/top/file", O_RDONLY, -ENOTDIR },
		{ "/top", O_RDONLY | O_DIRECTORY, -ENOTDIR },
		{ "/absolute", O_RDONLY | O_DIRECTORY, -ENOTDIR },
		{ "/absolute", O_RDONLY | O_NOFOLLOW, -ELOOP },
		{ "/loop", O_RDONLY, -ELOOP },
		{ "/loop/file", O_RDONLY, -ELOOP },
		{ "/link41", O_RDONLY, -ELOOP },
		{ "/top", O_WRONLY | O_CREAT | O_EXCL, -EEXIST },
		{ "/etc", O_WRONLY, -EISDIR },
	};
	_cleanup_(cleanup_tree) struct tree tree;
	_cleanup_(root_close) struct root root;

	(void)state;
	tree_make(&tree);
	plant(&tree);
	root_of(&tree, &root);
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		int fd = root_openat(&root, table[i].path, table[i].flags, 0);
		char buf[64] = "";

		if ((fd < 0 ? fd : 0) != table[i].result)
			fail_msg("%s (flags %#o): %d, not %d", table[i].path,
				 (unsigned)table[i].flags, fd, table[i].result);
		if (fd < 0)
			continue;
		assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
		if (table[i].flags == O_RDONLY) {
			assert_true(read(fd, buf, sizeof(buf) - 1) >= 0);
			assert_string_equal(buf, INSIDE);
		}
		close(fd);
	}
	assert_true(tree_holds(&tree, "secret", SECRET));
}

/* What is made lands inside as well, through a link that seems to lead out. */
static void test_creation(void **state)
{
	static const char *const paths[] = { "/new", "/parent/new", "/dir/../../new", "/new2" };
	_cleanup_(cleanup_tree) struct tree tree;
	_cleanup_(root_close) struct root root;

	(void)state;
	tree_make(&tree);
	plant(&tree);
	tree_link(&tree, "../new", "root/new2");
	root_of(&tree, &root);
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		int fd = root_openat(&root, paths[i], O_WRONLY | O_CREAT, 0640);

		assert_return_code(fd, -fd);
		close(fd);
		assert_false(tree_has(&tree, "new"));
		assert_int_equal(tree_stat(&tree, "root/new").st_mode & 07777, 0600);
		assert_return_code(unlinkat(root.fd, "new", 0), errno);
	}
}

/* Directories deep below: nothing overflows, and whoever can open it opens the right one. */
static void test_deep(void **state)
{
	_cleanup_(cleanup_tree) struct tree tree;
	_cleanup_(root_close) struct root root;
	char path[2 * PATH_MAX] = "root", name[NAME_MAX + 2];
	int fd;

	(void)state;
	tree_make(&tree);
	tree_dir(&tree, "root", 0755);
	for (unsigned i = 0; i < 60; i++) {
		strcat(path, "/d");
		tree_dir(&tree, path, 0755);
	}
	strcat(path, "/file");
	tree_file(&tree, path, INSIDE);
	root_of(&tree, &root);
	fd = root_openat(&root, path + strlen("root"), O_RDONLY, 0);
	assert_return_code(fd, -fd);
	close(fd);

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(root_openat(&root, name, O_RDONLY, 0), -ENAMETOOLONG);
	for (size_t i = 0; i < sizeof(path) - 1; i++)
		path[i] = "/."[i % 2];
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(root_openat(&root, path, O_RDONLY, 0), -ENAMETOOLONG);
}

static void test_read(void **state)
{
	static const struct {
		const char *path;
		size_t max;
		int result;
		const char *text;
		size_t len;
	} table[] = {
		{ "/top", 100, 0, INSIDE, 7 },
		{ "/top", 7, 0, INSIDE, 7 },
		{ "/top", 6, -EFBIG, NULL, 0 },
		{ "/top", 0, -EFBIG, NULL, 0 },
		{ "/absolute", 7, 0, INSIDE, 7 },
		{ "/empty", 0, 0, "", 0 },
		{ "/nul", 3, 0, "a", 3 },
		{ "/large", 100000, 0, NULL, 100000 },
		{ "/large", 99999, -EFBIG, NULL, 0 },
		{ "/missing", 100, -ENOENT, NULL, 0 },
		{ "/escape", 100, -ENOENT, NULL, 0 },
		{ "/etc", 100, -EINVAL, NULL, 0 },
		{ "/fifo", 100, -EINVAL, NULL, 0 },
		{ "/to-fifo", 100, -EINVAL, NULL, 0 },
	};
	_cleanup_(cleanup_tree) struct tree tree;
	_cleanup_(root_close) struct root root;
	_cleanup_free_ char *large = calloc(1, 100001);

	(void)state;
	tree_make(&tree);
	plant(&tree);
	assert_non_null(large);
	memset(large, 'x', 100000);
	tree_file(&tree, "root/large", large);
	tree_file(&tree, "root/empty", "");
	tree_write(&tree, "root/nul", "a\0b", 3);
	assert_return_code(mkfifoat(tree.fd, "root/fifo", 0644), errno);
	tree_link(&tree, "fifo", "root/to-fifo");
	root_of(&tree, &root);
	alarm(20);
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		char *const untouched = (char *)(uintptr_t)table;
		char *text = untouched;
		size_t len = 12345;
		int r = root_read(&root, table[i].path, table[i].max, &text, &len);

		if (r != table[i].result)
			fail_msg("%s, %zu: %d", table[i].path, table[i].max, r);
		if (r < 0) {
			assert_ptr_equal(text, untouched);
			assert_int_equal(len, 12345);
			continue;
		}
		assert_int_equal(len, table[i].len);
		assert_string_equal(text, table[i].text ? table[i].text : large);
		assert_int_equal(text[len], '\0');
		free(text);
	}
	alarm(0);
}

/* --- the way to a swapfile --- */

static void test_walk(void **state)
{
	static const struct {
		const char *path;
		enum walk_fault fault;
		const char *where;
	} table[] = {
		{ "/swapfile", WALK_OK, "/" },
		{ "/a/swapfile", WALK_OK, "/a" },
		{ "/a/b/swapfile", WALK_OK, "/a/b" },
		{ "/top", WALK_OK, "/" },
		{ "/dangling", WALK_OK, "/" }, /* what is at the path itself is not its matter */
		{ "/missing/swapfile", WALK_MISSING, "/missing" },
		{ "/a/missing/swapfile", WALK_MISSING, "/a/missing" },
		{ "/a/missing/too/swapfile", WALK_MISSING, "/a/missing" },
		{ "/dir/swapfile", WALK_SYMLINK, "/dir" },
		{ "/slash/swapfile", WALK_SYMLINK, "/slash" },
		{ "/a/b/up/swapfile", WALK_SYMLINK, "/a/b/up" },
		{ "/dangling/swapfile", WALK_SYMLINK, "/dangling" },
		{ "/loop/swapfile", WALK_SYMLINK, "/loop" },
		{ "/absolute/swapfile", WALK_SYMLINK, "/absolute" },
		{ "/top/swapfile", WALK_NOT_DIRECTORY, "/top" },
		{ "/fifo/swapfile", WALK_NOT_DIRECTORY, "/fifo" },
		{ "/group/swapfile", WALK_WRITABLE, "/group" },
		{ "/others/swapfile", WALK_WRITABLE, "/others" },
		{ "/others/below/swapfile", WALK_WRITABLE, "/others" },
		{ "/sticky/swapfile", WALK_WRITABLE, "/sticky" },
		{ "/a/sticky/swapfile", WALK_WRITABLE, "/a/sticky" },
		{ "/setgid/swapfile", WALK_OK, "/setgid" },
		/* Nobody's way out, however it is spelled. */
		{ "/../swapfile", WALK_ERROR, "/.." },
		{ "/../../swapfile", WALK_ERROR, "/.." },
		{ "/a/../../root/a/swapfile", WALK_ERROR, "/a/.." },
		{ "/..", WALK_ERROR, "/.." },
		{ "/a/..", WALK_ERROR, "/a/.." },
		{ "/a/..b", WALK_OK, "/a" },
	};
	_cleanup_(cleanup_tree) struct tree tree;
	_cleanup_(root_close) struct root root;

	(void)state;
	tree_make(&tree);
	plant(&tree);
	tree_dir(&tree, "root/group", 0775);
	tree_dir(&tree, "root/others", 0757);
	tree_dir(&tree, "root/others/below", 0755);
	tree_dir(&tree, "root/sticky", 01777);
	tree_dir(&tree, "root/a/sticky", 01777);
	tree_dir(&tree, "root/setgid", 02755);
	assert_return_code(mkfifoat(tree.fd, "root/fifo", 0644), errno);
	root_of(&tree, &root);
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		char inside[sizeof(((struct walk *)0)->where) + 8];
		struct walk walk;
		struct stat st;

		root_walk_parent(&root, table[i].path, &walk);
		if (walk.fault != table[i].fault || !streq(walk.where, table[i].where))
			fail_msg("%s: fault %d at %s", table[i].path, (int)walk.fault, walk.where);
		if (walk.fault != WALK_OK) {
			assert_int_equal(walk.fd, -1);
			assert_true((walk.error < 0) || walk.fault != WALK_ERROR);
			continue;
		}
		assert_return_code(fstat(walk.fd, &st), errno);
		(void)snprintf(inside, sizeof(inside), "root%s", walk.where);
		assert_int_equal(st.st_ino, tree_stat(&tree, inside).st_ino);
		close(walk.fd);
	}
}

static void test_walk_owner(void **state)
{
	_cleanup_(cleanup_tree) struct tree tree;
	_cleanup_(root_close) struct root root;
	struct walk walk;

	(void)state;
	tree_make(&tree);
	plant(&tree);
	root_of(&tree, &root);
	/* Root gives a directory away; everybody else calls the tree another one's. */
	if (geteuid() == 0)
		assert_return_code(fchownat(tree.fd, "root/a/b", 12345, 0, 0), errno);
	else
		root.owner = geteuid() + 1;
	root_walk_parent(&root, "/a/b/swapfile", &walk);
	assert_int_equal(walk.fault, WALK_FOREIGN_OWNER);
	assert_string_equal(walk.where, geteuid() == 0 ? "/a/b" : "/a");
	assert_int_equal(walk.fd, -1);
	/* The owner of the tree's root is as good as root. */
	root.owner = geteuid() == 0 ? 12345 : geteuid();
	root_walk_parent(&root, "/a/b/swapfile", &walk);
	assert_int_equal(walk.fault, WALK_OK);
	close(walk.fd);
}

/* The root of the running machine is judged like every directory; that of --root is not. */
static void test_walk_root(void **state)
{
	_cleanup_(cleanup_tree) struct tree tree;
	_cleanup_(root_close) struct root root;
	struct walk walk;

	(void)state;
	tree_make(&tree);
	plant(&tree);
	root_of(&tree, &root);
	assert_return_code(fchmodat(tree.fd, "root", 0777, 0), errno);
	root_walk_parent(&root, "/swapfile", &walk);
	assert_int_equal(walk.fault, WALK_OK);
	close(walk.fd);
	root.is_system = true;
	root_walk_parent(&root, "/swapfile", &walk);
	assert_int_equal(walk.fault, WALK_WRITABLE);
	assert_string_equal(walk.where, "/");
	assert_return_code(fchmodat(tree.fd, "root", 0755, 0), errno);
	root_walk_parent(&root, "/swapfile", &walk);
	assert_int_equal(walk.fault, WALK_OK);
	close(walk.fd);
}

/* A name too long for any filesystem, and a directory that may not be entered. */
static void test_walk_error(void **state)
{
	_cleanup_(cleanup_tree) struct tree tree;
	_cleanup_(root_close) struct root root;
	char path[NAME_MAX + 64];
	struct walk walk;

	(void)state;
	tree_make(&tree);
	plant(&tree);
	root_of(&tree, &root);
	memset(path, 'x', sizeof(path));
	path[0] = '/';
	strcpy(path + NAME_MAX + 2, "/swapfile");
	root_walk_parent(&root, path, &walk);
	assert_int_equal(walk.fault, WALK_ERROR);
	assert_int_equal(walk.error, -ENAMETOOLONG);
	assert_return_code(fchmodat(tree.fd, "root/a", 0, 0), errno);
	root_walk_parent(&root, "/a/b/swapfile", &walk);
	assert_return_code(fchmodat(tree.fd, "root/a", 0755, 0), errno);
	if (geteuid() == 0) {
		assert_int_equal(walk.fault, WALK_OK);
		close(walk.fd);
	} else {
		assert_int_equal(walk.fault, WALK_ERROR);
		assert_int_equal(walk.error, -EACCES);
		assert_string_equal(walk.where, "/a");
	}
}

static void test_open_errors(void **state)
{
	_cleanup_(cleanup_tree) struct tree tree;
	struct root root = { .fd = -7 };
	char path[300];
	struct err err = { 0 };

	(void)state;
	tree_make(&tree);
	tree_file(&tree, "file", "");
	(void)snprintf(path, sizeof(path), "%s/file", tree.path);
	assert_int_equal(root_open(path, &root, &err), -ENOTDIR);
	assert_non_null(strstr(err.msg, path));
	(void)snprintf(path, sizeof(path), "%s/missing", tree.path);
	assert_int_equal(root_open(path, &root, &err), -ENOENT);
	assert_int_equal(root.fd, -7);
	assert_int_equal(root_open(NULL, &root, &err), 0);
	assert_true(root.is_system);
	assert_int_equal(root.owner, 0);
	assert_string_equal(root.name, "");
	root_close(&root);
	assert_int_equal(root.fd, -1);
}

/* Root takes only what is root's, by its real path; others have nothing to lose. */
static void test_open_as_root(void **state)
{
	static const struct {
		const char *path;
		int as_root;
	} table[] = {
		{ "root", 0 },
		{ "root/", 0 },
		{ "root/a/../etc", 0 },
		{ "link", -ELOOP },
		{ "through/etc", -ELOOP },
		{ "root/../link", -ELOOP },
		{ "root/top", -ENOTDIR },
		{ "root/top/etc", -ENOTDIR },
		{ "root/missing", -ENOENT },
		{ "theirs", -EPERM },
		{ "theirs/below", 0 },
	};
	_cleanup_(cleanup_tree) struct tree tree;

	(void)state;
	tree_make(&tree);
	plant(&tree);
	tree_link(&tree, "root", "link");
	tree_link(&tree, "root", "through");
	tree_dir(&tree, "theirs", 0755);
	tree_dir(&tree, "theirs/below", 0755);
	if (geteuid() == 0)
		assert_return_code(fchownat(tree.fd, "theirs", 12345, 0, 0), errno);
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		const int want = geteuid() == 0 ? table[i].as_root : 0;
		struct err err = { 0 };
		struct root root = { .fd = -1 };
		char path[300];
		int r;

		(void)snprintf(path, sizeof(path), "%s/%s", tree.path, table[i].path);
		r = root_open(path, &root, &err);
		if (r != want)
			fail_msg("%s: %d", path, r);
		assert_int_equal(err.code, want);
		if (r < 0) {
			assert_non_null(strstr(err.msg, path));
			assert_int_equal(root.fd, -1);
			continue;
		}
		assert_int_equal(root.owner, geteuid());
		assert_string_equal(root.name, path);
		root_close(&root);
	}
}

/* --- mounts --- */

static void test_mount_point(void **state)
{
	_cleanup_(cleanup_tree) struct tree tree;
	int slash = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	uint64_t id = 0, again = 0, of_proc = 0;

	(void)state;
	tree_make(&tree);
	tree_dir(&tree, "dir", 0755);
	tree_link(&tree, "/proc", "link");
	tree_file(&tree, "file", "");
	assert_return_code(slash, errno);
	assert_return_code(proc, errno);
	assert_int_equal(fd_mount_id(slash, &id), 0);
	assert_int_equal(fd_mount_id(slash, &again), 0);
	assert_int_equal(id, again);
	assert_int_equal(fd_mount_id(proc, &of_proc), 0);
	assert_int_not_equal(id, of_proc);
	assert_true(fd_mount_id(-1, &id) < 0);

	assert_true(fd_is_mount_point(slash, "proc"));
	assert_false(fd_is_mount_point(slash, "."));
	assert_false(fd_is_mount_point(proc, "self"));
	assert_false(fd_is_mount_point(tree.fd, "dir"));
	assert_false(fd_is_mount_point(tree.fd, "file"));
	/* What the link leads to is one, but not the link. */
	assert_false(fd_is_mount_point(tree.fd, "link"));
	assert_false(fd_is_mount_point(tree.fd, "missing"));
	close(slash);
	close(proc);
}

/* An O_PATH descriptor, too, which fsync(2) itself refuses. */
static void test_sync_directory(void **state)
{
	_cleanup_(cleanup_tree) struct tree tree;
	int path_fd;

	(void)state;
	tree_make(&tree);
	path_fd = open(tree.path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(fsync(path_fd), -1);
	assert_int_equal(fd_sync_directory(path_fd), 0);
	assert_int_equal(fd_sync_directory(tree.fd), 0);
	assert_int_equal(fd_sync_directory(-1), -EBADF);
	close(path_fd);
}

/* --- kernels without openat2 --- */

static int inside_again(void *arg)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_inside),       cmocka_unit_test(test_creation),
		cmocka_unit_test(test_deep),         cmocka_unit_test(test_read),
		cmocka_unit_test(test_open_as_root),
	};

	(void)arg;
	/* Its points are told by the exit status alone: one program has one list of them. */
	(void)!freopen("/dev/null", "w", stdout);
	return cmocka_run_group_tests_name("again", tests, NULL, NULL);
}

/* Before Linux 5.6; in a sandbox; and where renames elsewhere keep ".." from being certain. */
static void test_without_openat2(void **state)
{
	static const int errors[] = { ENOSYS, EPERM, EAGAIN };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
		const struct fault fault = { SYS_openat2, FAULT_ERRNO(errors[i]) };
		int status = fault_run(&fault, inside_again, NULL);

		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_inside),         cmocka_unit_test(test_creation),
		cmocka_unit_test(test_deep),           cmocka_unit_test(test_read),
		cmocka_unit_test(test_walk),           cmocka_unit_test(test_walk_owner),
		cmocka_unit_test(test_walk_root),      cmocka_unit_test(test_walk_error),
		cmocka_unit_test(test_open_errors),    cmocka_unit_test(test_without_openat2),
		cmocka_unit_test(test_open_as_root),   cmocka_unit_test(test_mount_point),
		cmocka_unit_test(test_sync_directory),
	};

	/* As memprov itself runs. */
	umask(077);
	return cmocka_run_group_tests_name("root", tests, NULL, NULL);
}
