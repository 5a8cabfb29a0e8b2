/* SPDX-License-Identifier: MIT */
/*
 * Replacing a file whole: what is kept, what is refused, and that a failure at any call leaves the
 * old text and nothing else. Works as root and as anybody; mounts only in a namespace of its own.
 */
#include "replace.h"

#include "fault.h"
#include "tree.h"

#include <linux/fs.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/xattr.h>

#define OLD  "# old\n/dev/vda1 / ext4 defaults 0 1\n"
#define NEW  "# new\n/dev/vda1 / ext4 defaults 0 1\n/swapfile none swap sw,nofail 0 0\n"
#define PATH "/etc/fstab"

struct place {
	struct tree tree;
	struct root root;
};

static void place_make(struct place *place)
{
	struct err err;

	tree_make(&place->tree);
	assert_int_equal(root_open(place->tree.path, &place->root, &err), 0);
	tree_dir(&place->tree, "etc", 0755);
}

static void cleanup_place(struct place *place)
{
	root_close(&place->root);
	tree_remove(&place->tree);
}

/* before and after as texts; NULL: none. */
static int replace(const struct place *place, const char *path, const char *before,
		   const char *after)
{
	const struct replacement r = {
		.path = path,
		.before = before,
		.before_len = before ? strlen(before) : 0,
		.after = after,
		.after_len = after ? strlen(after) : 0,
		.mode = 0644,
	};
	struct err err = { 0 };
	int ret = replace_file(&place->root, &r, &err);

	assert_int_equal(err.code, ret);
	if (ret < 0 && !strstr(err.msg, path))
		fail_msg("the message does not name %s: %s", path, err.msg);
	return ret;
}

/* --- what a replaced file keeps --- */

static void test_mode_and_owner(void **state)
{
	static const mode_t modes[] = {
		0644, 0600, 0640, 0664, 0666, 0444, 0400, 0755, 04755, 02755
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		_cleanup_(cleanup_place) struct place place;
		uid_t uid = geteuid() == 0 ? 12345 : geteuid();
		gid_t gid = geteuid() == 0 ? 23456 : getegid();
		struct stat before, after;

		place_make(&place);
		tree_file(&place.tree, "etc/fstab", OLD);
		assert_return_code(fchownat(place.tree.fd, "etc/fstab", uid, gid, 0), errno);
		assert_return_code(fchmodat(place.tree.fd, "etc/fstab", modes[i], 0), errno);
		before = tree_stat(&place.tree, "etc/fstab");
		assert_int_equal(replace(&place, PATH, OLD, NEW), 0);
		after = tree_stat(&place.tree, "etc/fstab");
		/* Rights of who runs it, as setuid, were the old text's. */
		assert_int_equal(after.st_mode, before.st_mode & (S_IFMT | 0777));
		assert_int_equal(after.st_uid, uid);
		assert_int_equal(after.st_gid, gid);
		assert_int_equal(after.st_nlink, 1);
		assert_int_not_equal(after.st_ino, before.st_ino);
		assert_true(tree_holds(&place.tree, "etc/fstab", NEW));
		assert_int_equal(tree_count(&place.tree, "etc"), 1);
	}
}

/* An attribute of the file, as far as its filesystem takes it: on tmpfs some are not. */
static bool attribute_set(const char *path, const char *name, const void *value, size_t len)
{
	if (setxattr(path, name, value, len, 0) == 0)
		return true;
	assert_int_equal(errno, ENOTSUP);
	return false;
}

static void attribute_check(const char *path, const char *name, const void *value, size_t len)
{
	unsigned char have[256];

	assert_int_equal(getxattr(path, name, have, sizeof(have)), len);
	assert_memory_equal(have, value, len);
}

static void test_attributes(void **state)
{
	/* As include/uapi/linux/posix_acl_xattr.h: u::rw-, u:12345:r--, g::r--, m::rw-, o::--- */
	static const unsigned char acl[] = {
		2,  0, 0, 0,                         /* version */
		1,  0, 6, 0, 0xff, 0xff, 0xff, 0xff, /* owner */
		2,  0, 4, 0, 0x39, 0x30, 0,    0,    /* user 12345 */
		4,  0, 4, 0, 0xff, 0xff, 0xff, 0xff, /* group */
		16, 0, 6, 0, 0xff, 0xff, 0xff, 0xff, /* mask */
		32, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, /* others */
	};
	static const struct {
		const char *name;
		const void *value;
		size_t len;
	} attributes[] = {
		{ "user.comment", "kept", 4 },
		{ "user.empty", "", 0 },
		{ "user.binary", "\0\1\0", 3 },
		{ "system.posix_acl_access", acl, sizeof(acl) },
	};
	_cleanup_(cleanup_place) struct place place;
	bool set[ARRAY_SIZE(attributes)];
	mode_t mode;
	char path[300];

	(void)state;
	place_make(&place);
	tree_file(&place.tree, "etc/fstab", OLD);
	(void)snprintf(path, sizeof(path), "%s/etc/fstab", place.tree.path);
	for (size_t i = 0; i < ARRAY_SIZE(attributes); i++)
		set[i] = attribute_set(path, attributes[i].name, attributes[i].value,
				       attributes[i].len);
	mode = tree_stat(&place.tree, "etc/fstab").st_mode;
	assert_int_equal(replace(&place, PATH, OLD, NEW), 0);
	assert_true(tree_holds(&place.tree, "etc/fstab", NEW));
	for (size_t i = 0; i < ARRAY_SIZE(attributes); i++)
		if (set[i])
			attribute_check(path, attributes[i].name, attributes[i].value,
					attributes[i].len);
	assert_int_equal(tree_stat(&place.tree, "etc/fstab").st_mode, mode);
}

/* A signature of the old text, or a right granted to it, is not the new one's. */
static void test_attributes_of_content(void **state)
{
	/* VFS_CAP_REVISION_2 and CAP_NET_RAW, as include/uapi/linux/capability.h. */
	static const unsigned char capability[20] = { [3] = 2, [5] = 0x20 };
	static const struct {
		const char *name;
		const void *value;
		size_t len;
	} attributes[] = {
		{ "security.ima", "\1digest", 7 },
		{ "security.evm", "\2digest", 7 },
		{ "security.capability", capability, sizeof(capability) },
	};
	_cleanup_(cleanup_place) struct place place;
	char path[300], value[64];

	(void)state;
	place_make(&place);
	tree_file(&place.tree, "etc/fstab", OLD);
	(void)snprintf(path, sizeof(path), "%s/etc/fstab", place.tree.path);
	/* Only root can set them, and not on every kernel. */
	for (size_t i = 0; i < ARRAY_SIZE(attributes); i++)
		if (setxattr(path, attributes[i].name, attributes[i].value, attributes[i].len, 0) <
		    0)
			assert_true(geteuid() != 0 || errno == ENOTSUP || errno == EPERM ||
				    errno == EINVAL);
	(void)attribute_set(path, "user.comment", "kept", 4);
	assert_int_equal(replace(&place, PATH, OLD, NEW), 0);
	for (size_t i = 0; i < ARRAY_SIZE(attributes); i++) {
		assert_int_equal(getxattr(path, attributes[i].name, value, sizeof(value)), -1);
		assert_true(errno == ENODATA || errno == ENOTSUP);
	}
	if (getxattr(path, "user.comment", value, sizeof(value)) < 0)
		assert_int_equal(errno, ENOTSUP);
}

/* As of a file that root makes by hand, whatever a policy says of files that services make. */
static void test_label(void **state)
{
	static const char label[] = "system_u:object_r:etc_t:s0";
	_cleanup_(cleanup_place) struct place place;
	char path[300];

	(void)state;
	place_make(&place);
	(void)snprintf(path, sizeof(path), "%s/etc", place.tree.path);
	if (setxattr(path, "security.selinux", label, sizeof(label), 0) < 0) {
		assert_true(geteuid() != 0 || errno == ENOTSUP);
		return;
	}
	assert_int_equal(replace(&place, PATH, NULL, NEW), 0);
	(void)snprintf(path, sizeof(path), "%s/etc/fstab", place.tree.path);
	attribute_check(path, "security.selinux", label, sizeof(label));
}

/* The link stays what it is, and the file it leads to is replaced, inside the root. */
static void test_symlink(void **state)
{
	static const char *const links[] = { "../data/fstab", "/data/fstab", "../../../data/fstab",
					     "./../data/./fstab", "second" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
		_cleanup_(cleanup_place) struct place place;
		char link[64] = "";

		place_make(&place);
		tree_dir(&place.tree, "data", 0755);
		tree_file(&place.tree, "data/fstab", OLD);
		tree_link(&place.tree, links[i], "etc/fstab");
		tree_link(&place.tree, "/data/fstab", "etc/second");
		assert_int_equal(replace_obstacle(&place.root, PATH), REPLACE_FREE);
		assert_int_equal(replace(&place, PATH, OLD, NEW), 0);
		assert_true(readlinkat(place.tree.fd, "etc/fstab", link, sizeof(link) - 1) > 0);
		assert_string_equal(link, links[i]);
		assert_true(tree_holds(&place.tree, "data/fstab", NEW));
		assert_int_equal(tree_count(&place.tree, "etc"), 2);
		assert_int_equal(tree_count(&place.tree, "data"), 1);
	}
}

/* --- when nothing is done --- */

static void test_equal_is_untouched(void **state)
{
	_cleanup_(cleanup_place) struct place place;
	const struct timespec long_ago[2] = { { 1000, 7 }, { 1000, 7 } };
	struct stat before, after;

	(void)state;
	place_make(&place);
	tree_file(&place.tree, "etc/fstab", OLD);
	assert_return_code(utimensat(place.tree.fd, "etc/fstab", long_ago, 0), errno);
	before = tree_stat(&place.tree, "etc/fstab");
	assert_int_equal(replace(&place, PATH, OLD, OLD), 0);
	after = tree_stat(&place.tree, "etc/fstab");
	assert_int_equal(after.st_ino, before.st_ino);
	assert_int_equal(after.st_mtim.tv_sec, 1000);
	assert_int_equal(after.st_mtim.tv_nsec, 7);
	assert_int_equal(after.st_ctim.tv_sec, before.st_ctim.tv_sec);
	assert_int_equal(after.st_ctim.tv_nsec, before.st_ctim.tv_nsec);
	/* Nothing that is not there is made for nothing, nor its directory. */
	assert_int_equal(replace(&place, "/missing/file", NULL, NULL), 0);
	assert_false(tree_has(&place.tree, "missing"));
}

/* Somebody else was faster: theirs stays, whatever was planned. */
static void test_stale(void **state)
{
	static const struct {
		const char *there, *before, *after; /* NULL: no file */
	} table[] = {
		{ "theirs\n", OLD, NEW },
		{ "", OLD, NEW },
		{ OLD "more\n", OLD, NEW },
		{ "# old\n", OLD, NEW },
		{ "# Old\n/dev/vda1 / ext4 defaults 0 1\n", OLD, NEW },
		{ NEW, OLD, NEW },
		{ "theirs\n", NULL, NEW },
		{ "", NULL, NEW },
		{ NULL, OLD, NEW },
		{ NULL, "", NEW },
		{ "theirs\n", OLD, NULL },
		{ OLD "more\n", OLD, NULL },
		{ NULL, OLD, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		_cleanup_(cleanup_place) struct place place;
		int r;

		place_make(&place);
		if (table[i].there)
			tree_file(&place.tree, "etc/fstab", table[i].there);
		r = replace(&place, PATH, table[i].before, table[i].after);
		if (r != -ESTALE)
			fail_msg("row %zu: %d", i, r);
		assert_int_equal(tree_count(&place.tree, "etc"), table[i].there != NULL);
		if (table[i].there)
			assert_true(tree_holds(&place.tree, "etc/fstab", table[i].there));
	}
}

/* What is no file any more is not replaced, and a FIFO does not hold us up. */
static void test_stale_kind(void **state)
{
	_cleanup_(cleanup_place) struct place place;

	(void)state;
	alarm(20);
	place_make(&place);
	assert_return_code(mkfifoat(place.tree.fd, "etc/fstab", 0644), errno);
	assert_int_equal(replace(&place, PATH, "", NEW), -ESTALE);
	assert_int_equal(replace(&place, PATH, "", NULL), -ESTALE);
	assert_true(S_ISFIFO(tree_stat(&place.tree, "etc/fstab").st_mode));
	tree_dir(&place.tree, "etc/dir", 0755);
	assert_int_equal(replace(&place, "/etc/dir", "", NEW), -ESTALE);
	assert_int_equal(replace(&place, "/etc/dir", "", NULL), -ESTALE);
	assert_int_equal(tree_count(&place.tree, "etc"), 2);
	alarm(0);
}

/*
 * Linked before the C library's: what somebody else does between our reading and our renaming, of
 * which fsync is the last call.
 */
static void (*at_fsync)(const struct tree *tree);
static const struct tree *at_fsync_tree;

int fsync(int fd)
{
	void (*meanwhile)(const struct tree *) = at_fsync;

	at_fsync = NULL;
	if (meanwhile)
		meanwhile(at_fsync_tree);
	return (int)syscall(SYS_fsync, fd);
}

static void rename_over(const struct tree *tree)
{
	tree_file(tree, "etc/theirs", "theirs\n");
	assert_return_code(renameat(tree->fd, "etc/theirs", tree->fd, "etc/fstab"), errno);
}

static void rename_equal_over(const struct tree *tree)
{
	tree_file(tree, "etc/theirs", OLD);
	assert_return_code(renameat(tree->fd, "etc/theirs", tree->fd, "etc/fstab"), errno);
}

static void put_fifo(const struct tree *tree)
{
	assert_return_code(mkfifoat(tree->fd, "etc/theirs", 0644), errno);
	assert_return_code(renameat(tree->fd, "etc/theirs", tree->fd, "etc/fstab"), errno);
}

static void put_link(const struct tree *tree)
{
	tree_file(tree, "victim", OLD);
	tree_link(tree, "../victim", "etc/theirs");
	assert_return_code(renameat(tree->fd, "etc/theirs", tree->fd, "etc/fstab"), errno);
}

static void take_away(const struct tree *tree)
{
	assert_return_code(unlinkat(tree->fd, "etc/fstab", 0), errno);
}

static void edit(const struct tree *tree)
{
	int fd = openat(tree->fd, "etc/fstab", O_WRONLY | O_APPEND | O_CLOEXEC);

	assert_return_code(fd, errno);
	assert_int_equal(write(fd, "more\n", 5), 5);
	close(fd);
}

/* Of the same length, by the same inode. */
static void edit_a_byte(const struct tree *tree)
{
	int fd = openat(tree->fd, "etc/fstab", O_WRONLY | O_CLOEXEC);

	assert_return_code(fd, errno);
	assert_int_equal(pwrite(fd, "!", 1, 0), 1);
	close(fd);
}

static void close_to_others(const struct tree *tree)
{
	assert_return_code(fchmodat(tree->fd, "etc/fstab", 0600, 0), errno);
}

static void test_changed_meanwhile(void **state)
{
	static void (*const others[])(const struct tree *) = {
		rename_over, rename_equal_over, put_fifo,        put_link, take_away,
		edit,        edit_a_byte,       close_to_others,
	};

	(void)state;
	alarm(20);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		_cleanup_(cleanup_place) struct place place, twin;
		struct stat theirs, alone;
		bool gone = others[i] == take_away;
		int r;

		place_make(&place);
		tree_file(&place.tree, "etc/fstab", OLD);
		/* Within one tick of the clock of files an edit of equal length cannot be told. */
		usleep(20000);
		at_fsync = others[i];
		at_fsync_tree = &place.tree;
		r = replace(&place, PATH, OLD, NEW);
		if (r != -ESTALE)
			fail_msg("change %zu: %d", i, r);
		assert_null(at_fsync);

		/* As if we had not been there. */
		place_make(&twin);
		tree_file(&twin.tree, "etc/fstab", OLD);
		others[i](&twin.tree);
		assert_int_equal(tree_count(&place.tree, "etc"), !gone);
		if (gone)
			continue;
		theirs = tree_stat(&place.tree, "etc/fstab");
		alone = tree_stat(&twin.tree, "etc/fstab");
		assert_int_equal(theirs.st_mode, alone.st_mode);
		assert_int_equal(theirs.st_size, alone.st_size);
		assert_false(S_ISREG(theirs.st_mode) && tree_holds(&place.tree, "etc/fstab", NEW));
	}
	alarm(0);
}

/* The same of a file that there was none of. */
static void test_made_meanwhile(void **state)
{
	_cleanup_(cleanup_place) struct place place;

	(void)state;
	place_make(&place);
	at_fsync = rename_over;
	at_fsync_tree = &place.tree;
	assert_int_equal(replace(&place, PATH, NULL, NEW), -ESTALE);
	assert_true(tree_holds(&place.tree, "etc/fstab", "theirs\n"));
	assert_int_equal(tree_count(&place.tree, "etc"), 1);
}

/* --- making and removing --- */

static void test_creation(void **state)
{
	static const struct {
		const char *path;
		int result;
	} table[] = {
		{ "/etc/fstab", 0 },
		{ "/fstab", 0 },
		{ "/etc/sysctl.d/99-x.conf", 0 }, /* its directory is made */
		{ "/new/file", 0 },
		{ "/new/newer/file", -ENOENT },
		{ "/etc/regular/file", -ENOTDIR },
	};
	static const char *const texts[] = { NEW, "", "no newline" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		for (size_t t = 0; t < ARRAY_SIZE(texts); t++) {
			_cleanup_(cleanup_place) struct place place;
			struct stat st;
			char dir[64];

			place_make(&place);
			tree_file(&place.tree, "etc/regular", "");
			assert_int_equal(replace(&place, table[i].path, NULL, texts[t]),
					 table[i].result);
			if (table[i].result < 0) {
				assert_false(tree_has(&place.tree, "new"));
				continue;
			}
			assert_true(tree_holds(&place.tree, table[i].path + 1, texts[t]));
			st = tree_stat(&place.tree, table[i].path + 1);
			assert_int_equal(st.st_mode, S_IFREG | 0644);
			assert_int_equal(st.st_uid, geteuid());
			assert_int_equal(st.st_nlink, 1);
			(void)snprintf(dir, sizeof(dir), "%.*s",
				       (int)(strrchr(table[i].path, '/') - table[i].path),
				       table[i].path);
			if (*dir)
				assert_int_equal(tree_stat(&place.tree, dir + 1).st_mode,
						 S_IFDIR | 0755);
		}
}

static void test_removal(void **state)
{
	_cleanup_(cleanup_place) struct place place;

	(void)state;
	place_make(&place);
	tree_file(&place.tree, "etc/fstab", OLD);
	tree_file(&place.tree, "etc/empty", "");
	assert_int_equal(replace(&place, PATH, OLD, NULL), 0);
	assert_false(tree_has(&place.tree, "etc/fstab"));
	assert_int_equal(replace(&place, "/etc/empty", "", NULL), 0);
	assert_int_equal(tree_count(&place.tree, "etc"), 0);
}

/* The link goes, too: left dangling, it would be in the way of the next file of its name. */
static void test_removal_of_a_link(void **state)
{
	_cleanup_(cleanup_place) struct place place;

	(void)state;
	place_make(&place);
	tree_dir(&place.tree, "data", 0755);
	tree_file(&place.tree, "data/fstab", OLD);
	tree_link(&place.tree, "../data/fstab", "etc/fstab");
	assert_int_equal(replace(&place, PATH, OLD, NULL), 0);
	assert_int_equal(tree_count(&place.tree, "etc"), 0);
	assert_int_equal(tree_count(&place.tree, "data"), 0);
	assert_int_equal(replace(&place, PATH, NULL, NEW), 0);
	assert_true(tree_holds(&place.tree, "etc/fstab", NEW));
}

/* A killed run's file of ours is no obstacle; a directory of that name is, and nothing is lost. */
static void test_leftover(void **state)
{
	_cleanup_(cleanup_place) struct place place;

	(void)state;
	place_make(&place);
	tree_file(&place.tree, "etc/fstab", OLD);
	tree_file(&place.tree, "etc/.fstab.memprov", "half");
	assert_int_equal(replace(&place, PATH, OLD, NEW), 0);
	assert_true(tree_holds(&place.tree, "etc/fstab", NEW));
	assert_int_equal(tree_count(&place.tree, "etc"), 1);
	tree_dir(&place.tree, "etc/.fstab.memprov", 0755);
	assert_true(replace(&place, PATH, NEW, OLD) < 0);
	assert_true(tree_holds(&place.tree, "etc/fstab", NEW));
}

/* --- failing --- */

struct attempt {
	const struct place *place;
	const char *path, *before, *after;
	bool no_tmpfile;
};

/* Its exit status is the errno. */
static int attempt_run(void *arg)
{
	/* For filesystems without O_TMPFILE: a name is used from the beginning. */
	const struct fault no_tmpfile = { SYS_openat, FAULT_ERRNO(EOPNOTSUPP), 2, O_TMPFILE,
					  O_TMPFILE };
	const struct attempt *a = arg;
	const struct replacement r = {
		.path = a->path,
		.before = a->before,
		.before_len = a->before ? strlen(a->before) : 0,
		.after = a->after,
		.after_len = a->after ? strlen(a->after) : 0,
		.mode = 0644,
	};
	struct err err;

	if (a->no_tmpfile && !fault_install(&no_tmpfile))
		return FAULT_NOT_INSTALLED;
	return -replace_file(&a->place->root, &r, &err);
}

/*
 * Each call fails as on a full or broken disk, or is the last thing that happens. Whatever it was,
 * the old text is there, or the new one; and when it failed, no other name.
 */
static void test_fault_at_every_call(void **state)
{
	static const struct fault faults[] = {
		{ SYS_write, FAULT_ERRNO(ENOSPC) },     { SYS_write, FAULT_ERRNO(EIO) },
		{ SYS_fchmod, FAULT_ERRNO(EPERM) },     { SYS_fchown, FAULT_ERRNO(EDQUOT) },
		{ SYS_fsetxattr, FAULT_ERRNO(ENOSPC) }, { SYS_flistxattr, FAULT_ERRNO(EIO) },
		{ SYS_fsync, FAULT_ERRNO(EIO) },        { SYS_fsync, FAULT_ERRNO(ENOSPC) },
		{ SYS_read, FAULT_ERRNO(EIO) },         { SYS_linkat, FAULT_ERRNO(ENOSPC) },
#ifdef SYS_renameat
		{ SYS_renameat, FAULT_ERRNO(ENOSPC) },
#endif
		{ SYS_renameat2, FAULT_ERRNO(ENOSPC) },
	};
	_cleanup_(cleanup_place) struct place place;
	unsigned failures = 0;
	char path[300];

	(void)state;
	place_make(&place);
	tree_file(&place.tree, "etc/fstab", OLD);
	(void)snprintf(path, sizeof(path), "%s/etc/fstab", place.tree.path);
	(void)attribute_set(path, "user.comment", "kept", 4);
	for (size_t i = 0; i < ARRAY_SIZE(faults) * 4; i++) {
		struct attempt attempt = { &place, PATH, OLD, NEW, i % 2 };
		struct fault fault = faults[i / 4];
		int status;

		if (i / 2 % 2)
			fault.action = FAULT_KILL;
		status = fault_run(&fault, attempt_run, &attempt);
		if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
			/* This call is not made here: it is whole, and is put back. */
			assert_true(tree_holds(&place.tree, "etc/fstab", NEW));
			assert_int_equal(replace(&place, PATH, NEW, OLD), 0);
		} else {
			failures++;
			assert_true(tree_holds(&place.tree, "etc/fstab", OLD));
		}
		if (WIFEXITED(status)) {
			assert_int_equal(tree_count(&place.tree, "etc"), 1);
		} else {
			assert_int_equal(WTERMSIG(status), SIGSYS);
			/* The next run takes away what the kill left. */
			assert_in_range(tree_count(&place.tree, "etc"), 1, 2);
			assert_int_equal(replace(&place, PATH, OLD, NEW), 0);
			assert_int_equal(tree_count(&place.tree, "etc"), 1);
			assert_int_equal(replace(&place, PATH, NEW, OLD), 0);
		}
	}
	assert_in_range(failures, 28, ARRAY_SIZE(faults) * 4);
}

/* The same for a file that is new. */
static void test_fault_at_creation(void **state)
{
	static const struct fault faults[] = {
		{ SYS_write, FAULT_ERRNO(ENOSPC) },
		{ SYS_fchmod, FAULT_ERRNO(EPERM) },
		{ SYS_fsync, FAULT_ERRNO(EIO) },
		{ SYS_linkat, FAULT_ERRNO(ENOSPC) },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(faults); i++) {
		_cleanup_(cleanup_place) struct place place;
		struct attempt attempt = { &place, PATH, NULL, NEW, false };
		int status;

		place_make(&place);
		status = fault_run(&faults[i], attempt_run, &attempt);
		assert_true(WIFEXITED(status));
		assert_int_not_equal(WEXITSTATUS(status), 0);
		assert_int_not_equal(WEXITSTATUS(status), FAULT_NOT_INSTALLED);
		assert_int_equal(tree_count(&place.tree, "etc"), 0);
	}
}

static void test_without_tmpfile(void **state)
{
	_cleanup_(cleanup_place) struct place place;
	struct attempt attempt = { &place, PATH, OLD, NEW, true };
	int status;

	(void)state;
	place_make(&place);
	tree_file(&place.tree, "etc/fstab", OLD);
	assert_return_code(fchmodat(place.tree.fd, "etc/fstab", 0640, 0), errno);
	/* A leftover, even a link that somebody planted there. */
	tree_link(&place.tree, "../victim", "etc/.fstab.memprov");
	tree_file(&place.tree, "victim", "victim\n");
	status = fault_run(NULL, attempt_run, &attempt);
	assert_int_equal(status, 0);
	assert_true(tree_holds(&place.tree, "etc/fstab", NEW));
	assert_true(tree_holds(&place.tree, "victim", "victim\n"));
	assert_int_equal(tree_stat(&place.tree, "etc/fstab").st_mode & 07777, 0640);
	assert_int_equal(tree_count(&place.tree, "etc"), 1);
}

static int limited_run(void *arg)
{
	const struct rlimit limit = { 10, 10 };

	(void)signal(SIGXFSZ, SIG_IGN);
	return setrlimit(RLIMIT_FSIZE, &limit) < 0 ? FAULT_NOT_INSTALLED : attempt_run(arg);
}

/* A write that succeeds in part. */
static void test_file_size_limit(void **state)
{
	_cleanup_(cleanup_place) struct place place;

	(void)state;
	place_make(&place);
	tree_file(&place.tree, "etc/fstab", OLD);
	for (unsigned i = 0; i < 2; i++) {
		struct attempt attempt = { &place, PATH, OLD, NEW, i };
		int status = fault_run(NULL, limited_run, &attempt);

		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), EFBIG);
		assert_true(tree_holds(&place.tree, "etc/fstab", OLD));
		assert_int_equal(tree_count(&place.tree, "etc"), 1);
	}
}

/* --- in a mount namespace of one's own --- */

static bool write_proc(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return written;
}

/* Root has one for the asking; others get it with a user namespace, where those are given away. */
static bool own_namespace(void)
{
	char uids[64], gids[64];

	if (geteuid() == 0)
		return unshare(CLONE_NEWNS) == 0;
	/* Without a number in there nobody can make a file. */
	(void)snprintf(uids, sizeof(uids), "%u %u 1", geteuid(), geteuid());
	(void)snprintf(gids, sizeof(gids), "%u %u 1", getegid(), getegid());
	return unshare(CLONE_NEWNS | CLONE_NEWUSER) == 0 &&
		write_proc("/proc/self/setgroups", "deny") &&
		write_proc("/proc/self/uid_map", uids) && write_proc("/proc/self/gid_map", gids);
}

/* The root is opened again: a descriptor stays in the namespace it was opened in. */
static bool own_mounts(struct place *place)
{
	struct err err;

	root_close(&place->root);
	return own_namespace() && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
		root_open(place->tree.path, &place->root, &err) == 0;
}

#define NO_NAMESPACE 77

static size_t names_in(const char *path)
{
	DIR *dir = opendir(path);
	size_t n = 0;

	while (dir && readdir(dir))
		n++;
	if (dir)
		closedir(dir);
	return n - 2;
}

/* Exit status: the number of the check that failed, 0, or NO_NAMESPACE. */
static int full_disk_run(void *arg)
{
	struct place *place = arg;
	struct attempt attempt = { place, PATH, OLD, NULL, false };
	char etc[300], file[320], text[3 * 65536];
	int fd;

	if (!own_mounts(place))
		return NO_NAMESPACE;
	(void)snprintf(etc, sizeof(etc), "%s/etc", place->tree.path);
	(void)snprintf(file, sizeof(file), "%s/fstab", etc);
	if (mount("none", etc, "tmpfs", 0, "size=4096") < 0)
		return NO_NAMESPACE;
	fd = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, OLD, strlen(OLD)) != (ssize_t)strlen(OLD) || close(fd) < 0)
		return 1;
	/* The disk has one page, which the old text takes. */
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	attempt.after = text;
	for (unsigned i = 0; i < 2; i++) {
		struct stat st;

		attempt.no_tmpfile = i;
		if (attempt_run(&attempt) != ENOSPC)
			return 3;
		if (stat(file, &st) < 0 || st.st_size != (off_t)strlen(OLD))
			return 4;
		if (names_in(etc) != 1)
			return 5;
	}
	return 0;
}

static void test_full_disk(void **state)
{
	_cleanup_(cleanup_place) struct place place;
	int status;

	(void)state;
	place_make(&place);
	status = fault_run(NULL, full_disk_run, &place);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) != NO_NAMESPACE)
		assert_int_equal(WEXITSTATUS(status), 0);
}

static int mounted_run(void *arg)
{
	struct place *place = arg;
	char etc[300], file[320], other[320];

	if (!own_mounts(place))
		return NO_NAMESPACE;
	(void)snprintf(etc, sizeof(etc), "%s/etc", place->tree.path);
	(void)snprintf(file, sizeof(file), "%s/fstab", etc);
	(void)snprintf(other, sizeof(other), "%s/other", etc);
	if (mount(other, file, NULL, MS_BIND, NULL) < 0)
		return NO_NAMESPACE;
	if (replace_obstacle(&place->root, PATH) != REPLACE_MOUNT_POINT)
		return 1;
	if (replace_obstacle(&place->root, "/etc/other") != REPLACE_FREE)
		return 2;
	if (umount(file) < 0 || mount(etc, etc, NULL, MS_BIND, NULL) < 0 ||
	    mount(NULL, etc, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) < 0)
		return NO_NAMESPACE;
	if (replace_obstacle(&place->root, PATH) != REPLACE_READ_ONLY)
		return 3;
	if (replace_obstacle(&place->root, "/etc/missing") != REPLACE_READ_ONLY)
		return 4;
	return replace_obstacle(&place->root, "/etc/missing/file") != REPLACE_READ_ONLY ? 5 : 0;
}

static void test_obstacle_mounts(void **state)
{
	_cleanup_(cleanup_place) struct place place;
	int status;

	(void)state;
	place_make(&place);
	tree_file(&place.tree, "etc/fstab", OLD);
	tree_file(&place.tree, "etc/other", OLD);
	status = fault_run(NULL, mounted_run, &place);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) != NO_NAMESPACE)
		assert_int_equal(WEXITSTATUS(status), 0);
}

/* --- obstacles --- */

static void plant_obstacles(const struct tree *tree)
{
	tree_file(tree, "etc/fstab", OLD);
	tree_dir(tree, "etc/dir", 0755);
	tree_dir(tree, "data", 0755);
	tree_file(tree, "data/fstab", OLD);
	tree_dir(tree, "others", 0777);
	tree_file(tree, "others/fstab", OLD);
	tree_dir(tree, "group", 0775);
	tree_file(tree, "group/fstab", OLD);
	tree_dir(tree, "sticky", 01777);
	tree_file(tree, "sticky/fstab", OLD);
	assert_return_code(mkfifoat(tree->fd, "etc/fifo", 0644), errno);
	tree_link(tree, "fstab", "etc/near");
	tree_link(tree, "../data/fstab", "etc/data");
	tree_link(tree, "dir", "etc/to-dir");
	tree_link(tree, "missing", "etc/dangling");
	tree_link(tree, "/missing/fstab", "etc/dangling2");
	tree_link(tree, "loop", "etc/loop");
	tree_link(tree, "../others/fstab", "etc/others");
	tree_link(tree, "../group/fstab", "etc/group");
	tree_link(tree, "../sticky/fstab", "etc/sticky");
	tree_link(tree, "etc", "config");
	tree_dir(tree, "others/shut", 0755);
	tree_file(tree, "others/shut/fstab", OLD);
	tree_link(tree, "../others/shut/fstab", "etc/through");
	tree_link(tree, "../others/shut/missing", "etc/through-dangling");
	tree_dir(tree, "open", 0777);
	tree_dir(tree, "open/shut", 0755);
	tree_file(tree, "open/shut/fstab", OLD);
	tree_link(tree, "./../open/shut/fstab", "etc/dotted");
	tree_link(tree, "../others/next", "etc/hop");
	tree_link(tree, "../data/fstab", "others/next");
	tree_link(tree, "others/shut", "shut");
}

static void test_obstacles(void **state)
{
	static const struct {
		const char *path;
		enum replace_obstacle obstacle;
	} table[] = {
		{ "/etc/fstab", REPLACE_FREE },
		{ "/etc/missing", REPLACE_FREE },
		{ "/missing", REPLACE_FREE },
		{ "/etc/missing/file", REPLACE_FREE },
		{ "/missing/file", REPLACE_FREE },
		{ "/etc/near", REPLACE_FREE },
		{ "/etc/data", REPLACE_FREE },
		{ "/config/fstab", REPLACE_FREE },
		{ "/etc/dir", REPLACE_NOT_REGULAR },
		{ "/etc/fifo", REPLACE_NOT_REGULAR },
		{ "/etc/to-dir", REPLACE_NOT_REGULAR },
		{ "/missing/too/file", REPLACE_NO_DIRECTORY },
		{ "/etc/a/b/file", REPLACE_NO_DIRECTORY },
		{ "/etc/dangling", REPLACE_SYMLINK_OUT },
		{ "/etc/dangling2", REPLACE_SYMLINK_OUT },
		{ "/etc/loop", REPLACE_SYMLINK_OUT },
		{ "/etc/others", REPLACE_SYMLINK_OUT },
		{ "/etc/group", REPLACE_SYMLINK_OUT },
		{ "/etc/sticky", REPLACE_SYMLINK_OUT },
		/* Not the last directory alone: who can write any of them can change the way. */
		{ "/etc/through", REPLACE_SYMLINK_OUT },
		{ "/etc/through-dangling", REPLACE_SYMLINK_OUT },
		{ "/etc/dotted", REPLACE_SYMLINK_OUT },
		{ "/etc/hop", REPLACE_SYMLINK_OUT },
		{ "/shut/fstab", REPLACE_SYMLINK_OUT },
		{ "/shut/missing", REPLACE_SYMLINK_OUT },
		{ "/shut/missing/file", REPLACE_SYMLINK_OUT },
	};
	_cleanup_(cleanup_place) struct place place;

	(void)state;
	place_make(&place);
	plant_obstacles(&place.tree);
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		enum replace_obstacle obstacle = replace_obstacle(&place.root, table[i].path);

		if (obstacle != table[i].obstacle)
			fail_msg("%s: %d", table[i].path, (int)obstacle);
	}
	/* It read only. */
	assert_false(tree_has(&place.tree, "missing"));
	assert_false(tree_has(&place.tree, "etc/missing"));
}

/* A link into a directory of somebody who is neither root nor the tree's owner. */
static void test_obstacle_owner(void **state)
{
	_cleanup_(cleanup_place) struct place place;

	(void)state;
	place_make(&place);
	plant_obstacles(&place.tree);
	if (geteuid() == 0)
		assert_return_code(fchownat(place.tree.fd, "data", 12345, 0, 0), errno);
	else
		place.root.owner = geteuid() + 1;
	assert_int_equal(replace_obstacle(&place.root, "/etc/data"), REPLACE_SYMLINK_OUT);
	place.root.owner = geteuid() == 0 ? 12345 : geteuid();
	/* Root writes where only root does, whoever the tree belongs to. */
	assert_int_equal(replace_obstacle(&place.root, "/etc/data"),
			 geteuid() == 0 ? REPLACE_UNSAFE : REPLACE_FREE);
}

/* Where others can exchange names, root must not write; others may, it is their own risk. */
static void test_obstacle_unsafe(void **state)
{
	static const struct {
		const char *path;
		mode_t mode;
		uid_t uid;
		gid_t gid;
		bool unsafe;
	} table[] = {
		{ "/d/fstab", 0755, 0, 0, false },    { "/d/fstab", 0775, 0, 0, false },
		{ "/d/fstab", 0775, 0, 12345, true }, { "/d/fstab", 0755, 0, 12345, false },
		{ "/d/fstab", 0757, 0, 0, true },     { "/d/fstab", 01777, 0, 0, true },
		{ "/d/fstab", 0755, 12345, 0, true }, { "/d/missing", 0757, 0, 0, true },
		{ "/d/new/file", 0757, 0, 0, true },  { "/d/new/file", 0755, 12345, 0, true },
		{ "/d/new/file", 0755, 0, 0, false },
	};
	_cleanup_(cleanup_place) struct place place;

	(void)state;
	place_make(&place);
	tree_dir(&place.tree, "d", 0755);
	tree_file(&place.tree, "d/fstab", OLD);
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		enum replace_obstacle obstacle;

		if (geteuid() == 0)
			assert_return_code(
				fchownat(place.tree.fd, "d", table[i].uid, table[i].gid, 0), errno);
		assert_return_code(fchmodat(place.tree.fd, "d", table[i].mode, 0), errno);
		obstacle = replace_obstacle(&place.root, table[i].path);
		if (obstacle != (table[i].unsafe && geteuid() == 0 ? REPLACE_UNSAFE : REPLACE_FREE))
			fail_msg("row %zu, %s: %d", i, table[i].path, (int)obstacle);
	}
}

static int denied_run(void *arg)
{
	const struct place *place = arg;

	if (geteuid() == 0 && (setegid(65534) < 0 || seteuid(65534) < 0))
		return NO_NAMESPACE;
	if (replace_obstacle(&place->root, PATH) != REPLACE_DENIED)
		return 1;
	if (replace_obstacle(&place->root, "/etc/missing") != REPLACE_DENIED)
		return 2;
	if (replace_obstacle(&place->root, "/etc/missing/file") != REPLACE_DENIED)
		return 3;
	return replace_obstacle(&place->root, "/shut/file") != REPLACE_DENIED ? 4 : 0;
}

static void test_obstacle_denied(void **state)
{
	_cleanup_(cleanup_place) struct place place;
	int status;

	(void)state;
	place_make(&place);
	tree_file(&place.tree, "etc/fstab", OLD);
	tree_dir(&place.tree, "shut", 0);
	assert_return_code(fchmodat(place.tree.fd, "etc", 0555, 0), errno);
	status = fault_run(NULL, denied_run, &place);
	assert_return_code(fchmodat(place.tree.fd, "etc", 0755, 0), errno);
	assert_return_code(fchmodat(place.tree.fd, "shut", 0700, 0), errno);
	assert_int_equal(status, 0);
}

/* False where this filesystem, or this user, cannot. */
static bool attributes_set(const struct place *place, const char *path, int flags)
{
	int fd = openat(place->tree.fd, path, O_RDONLY | O_CLOEXEC);
	/* Declared to take a long, it takes an int. */
	const int words[2] = { flags, 0 };
	bool set = fd >= 0 && ioctl(fd, FS_IOC_SETFLAGS, words) == 0;

	if (fd >= 0)
		close(fd);
	return set;
}

static void test_obstacle_immutable(void **state)
{
	static const struct {
		const char *what;
		int flags;
		const char *path;
	} table[] = {
		{ "etc/fstab", FS_IMMUTABLE_FL, PATH },
		{ "etc/fstab", FS_APPEND_FL, PATH },
		{ "etc", FS_IMMUTABLE_FL, PATH },
		{ "etc", FS_APPEND_FL, PATH },
		{ "etc", FS_IMMUTABLE_FL, "/etc/missing" },
		{ "etc", FS_IMMUTABLE_FL, "/etc/new/x" },
		{ "etc/fstab", FS_IMMUTABLE_FL, "/etc/near" },
	};
	_cleanup_(cleanup_place) struct place place;

	(void)state;
	place_make(&place);
	tree_file(&place.tree, "etc/fstab", OLD);
	tree_link(&place.tree, "fstab", "etc/near");
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		enum replace_obstacle obstacle;

		if (!attributes_set(&place, table[i].what, table[i].flags)) {
			assert_int_equal(replace_obstacle(&place.root, table[i].path),
					 REPLACE_FREE);
			continue;
		}
		obstacle = replace_obstacle(&place.root, table[i].path);
		assert_true(attributes_set(&place, table[i].what, 0));
		if (obstacle != REPLACE_IMMUTABLE)
			fail_msg("%s with %#x: %d", table[i].path, (unsigned)table[i].flags,
				 (int)obstacle);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mode_and_owner),
		cmocka_unit_test(test_attributes),
		cmocka_unit_test(test_attributes_of_content),
		cmocka_unit_test(test_label),
		cmocka_unit_test(test_symlink),
		cmocka_unit_test(test_equal_is_untouched),
		cmocka_unit_test(test_stale),
		cmocka_unit_test(test_stale_kind),
		cmocka_unit_test(test_changed_meanwhile),
		cmocka_unit_test(test_made_meanwhile),
		cmocka_unit_test(test_creation),
		cmocka_unit_test(test_removal),
		cmocka_unit_test(test_removal_of_a_link),
		cmocka_unit_test(test_leftover),
		cmocka_unit_test(test_fault_at_every_call),
		cmocka_unit_test(test_fault_at_creation),
		cmocka_unit_test(test_without_tmpfile),
		cmocka_unit_test(test_file_size_limit),
		cmocka_unit_test(test_full_disk),
		cmocka_unit_test(test_obstacle_mounts),
		cmocka_unit_test(test_obstacles),
		cmocka_unit_test(test_obstacle_owner),
		cmocka_unit_test(test_obstacle_unsafe),
		cmocka_unit_test(test_obstacle_denied),
		cmocka_unit_test(test_obstacle_immutable),
	};

	/* As memprov itself runs. */
	umask(077);
	return cmocka_run_group_tests_name("replace", tests, NULL, NULL);
}
