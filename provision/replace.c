/* SPDX-License-Identifier: MIT */
/*
 * Replaces a text file whole and durably: at every moment the name leads to the old text or the new
 * one. Knows nothing of what is in it, and is the only writer of anything below /etc.
 */
#include "replace_place.h"

#include <fcntl.h>
#include <sys/xattr.h>

#define XATTR_MAX KIB(64)
#define LABEL_MAX 256 /* that of SELinux's labels is shorter by far */

/* What vouches for the old bytes, or grants rights to them, is not true of new ones. */
static bool is_about_content(const char *name)
{
	return streq(name, "security.ima") || streq(name, "security.evm") ||
		streq(name, "security.capability");
}

static int copy_xattr(int from, int to, const char *name)
{
	_cleanup_free_ char *value = NULL;
	ssize_t n = fgetxattr(from, name, NULL, 0);

	if (n < 0)
		return errno == ENODATA || errno == ENOTSUP ? 0 : neg_errno();
	value = malloc((size_t)n + 1);
	if (!value)
		return -ENOMEM;
	n = fgetxattr(from, name, value, (size_t)n);
	if (n < 0 || fsetxattr(to, name, value, (size_t)n, 0) < 0)
		return neg_errno();
	return 0;
}

static int copy_xattrs(int from, int to)
{
	_cleanup_free_ char *names = NULL;
	ssize_t len = flistxattr(from, NULL, 0);

	if (len <= 0)
		return len == 0 || errno == ENOTSUP ? 0 : neg_errno();
	if ((size_t)len > XATTR_MAX)
		return -E2BIG;
	names = malloc((size_t)len);
	if (!names)
		return -ENOMEM;
	len = flistxattr(from, names, (size_t)len);
	for (const char *name = names; name < names + len; name += strlen(name) + 1) {
		int r = is_about_content(name) ? 0 : copy_xattr(from, to, name);

		if (r < 0)
			return r;
	}
	return len < 0 ? neg_errno() : 0;
}

/*
 * The file as the caller saw it: it is compared, its owner, mode and xattrs are taken, and the name
 * must still be its at the end. All by one descriptor, or a rename in between could put another's
 * rights on our text.
 */
static int open_before(const struct place *place, const struct replacement *r)
{
	_cleanup_close_ int fd = openat(place->dir, place->name,
					O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	_cleanup_free_ char *now = NULL;
	struct stat st;
	size_t len;
	int ret;

	if (fd < 0)
		return errno == ENOENT || errno == ELOOP ? -ESTALE : neg_errno();
	if (fstat(fd, &st) < 0)
		return neg_errno();
	/* A FIFO in its place would hold up whoever reads it. */
	if (!S_ISREG(st.st_mode))
		return -ESTALE;
	ret = fd_read_all(fd, r->before_len, &now, &len);
	if (ret < 0)
		return ret == -EFBIG ? -ESTALE : ret;
	return len == r->before_len && memcmp(now, r->before, len) == 0 ? TAKE_FD(fd) : -ESTALE;
}

/*
 * SELinux: the directory's label, which is what a file has that root makes by hand. A service's
 * would be etc_runtime_t, by a transition of the policy, and systemd-sysctl is not let read that.
 * Where labels are not on the disk (context=), or not this user's to give, it stays as it is.
 */
static int label_as_directory(int fd, const struct place *place)
{
	static const char name[] = "security.selinux";
	_cleanup_close_ int dir = openat(place->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char want[LABEL_MAX], have[LABEL_MAX];
	ssize_t len;

	if (dir < 0)
		return neg_errno();
	len = fgetxattr(dir, name, want, sizeof(want));
	if (len < 0)
		return errno == ENODATA || errno == ENOTSUP ? 0 : neg_errno();
	if (fgetxattr(fd, name, have, sizeof(have)) == len && memcmp(have, want, (size_t)len) == 0)
		return 0;
	if (fsetxattr(fd, name, want, (size_t)len, 0) == 0 || errno == ENOTSUP)
		return 0;
	return errno == EPERM && geteuid() != 0 ? 0 : neg_errno();
}

/* Owner, mode and xattrs of the old file (-1: none), or the mode of a new one. */
static int dress(int fd, const struct place *place, int old, mode_t mode)
{
	struct stat st, now;

	if (old >= 0) {
		if (fstat(old, &st) < 0 || fchown(fd, st.st_uid, st.st_gid) < 0)
			return neg_errno();
		mode = st.st_mode & 0777;
	}
	if (fchmod(fd, mode) < 0 || fstat(fd, &now) < 0)
		return neg_errno();
	/* Not every filesystem keeps them, or says that it does not. */
	if ((now.st_mode & 0777) != mode ||
	    (old >= 0 && (now.st_uid != st.st_uid || now.st_gid != st.st_gid)))
		return -EIO;
	return old >= 0 ? copy_xattrs(old, fd) : label_as_directory(fd, place);
}

static bool is_same_state(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
		a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
		a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
		a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* Whether the name is still, and unchanged, the file that was read; or there is still none. */
static int check_unchanged(const struct place *place, int old)
{
	struct stat st, now;

	if (fstatat(place->dir, place->name, &now, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT && old < 0 ? 0 : errno == ENOENT ? -ESTALE : neg_errno();
	if (old < 0)
		return -ESTALE;
	if (fstat(old, &st) < 0)
		return neg_errno();
	/* As it was before it was read: an edit since then is in neither of the texts. */
	return is_same_state(&place->st, &st) && is_same_state(&place->st, &now) ? 0 : -ESTALE;
}

/* A text that was said to be written and is not there would be gone with the old one. */
static int check_written(int fd, const struct replacement *r)
{
	_cleanup_free_ char *now = NULL;
	size_t len;
	int ret;

	if (lseek(fd, 0, SEEK_SET) < 0)
		return neg_errno();
	ret = fd_read_all(fd, r->after_len, &now, &len);
	if (ret < 0)
		return ret == -EFBIG ? -EIO : ret;
	return len == r->after_len && memcmp(now, r->after, len) == 0 ? 0 : -EIO;
}

/* A file without a name, so that a kill leaves nothing; with one where that cannot be had. */
static int open_temporary(const struct place *place, const char *temp_name, bool *ret_named)
{
	int fd = openat(place->dir, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	*ret_named = false;
	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
		return fd < 0 ? neg_errno() : fd;
	/* What a killed run left under the name is ours: the lock is held. */
	(void)unlinkat(place->dir, temp_name, 0);
	fd = openat(place->dir, temp_name, O_CREAT | O_EXCL | O_NOFOLLOW | O_RDWR | O_CLOEXEC,
		    0600);
	*ret_named = fd >= 0;
	return fd < 0 ? neg_errno() : fd;
}

static bool is_at(int fd, int dir, const char *name)
{
	struct stat st, now;

	return fstat(fd, &st) == 0 && fstatat(dir, name, &now, AT_SYMLINK_NOFOLLOW) == 0 &&
		st.st_dev == now.st_dev && st.st_ino == now.st_ino;
}

/* Synced again: without a journal (ext2) the disk has a file of no links, whose name fsck clears.
 */
static int link_fd(int fd, int dir, const char *name)
{
	char proc[FD_NAME_MAX];
	int r;

	if (linkat(AT_FDCWD, fd_name(fd, proc), dir, name, AT_SYMLINK_FOLLOW) < 0)
		return neg_errno();
	if (fsync(fd) == 0)
		return 0;
	r = neg_errno();
	/* Another's that took its place meanwhile stays. */
	if (is_at(fd, dir, name))
		(void)unlinkat(dir, name, 0);
	return r;
}

/* What follows builds on the name leading to this file. */
static int check_name(int fd, const struct place *place)
{
	struct stat st, now;

	if (fstat(fd, &st) < 0 || fstatat(place->dir, place->name, &now, AT_SYMLINK_NOFOLLOW) < 0)
		return neg_errno();
	return st.st_dev == now.st_dev && st.st_ino == now.st_ino ? 0 : -ESTALE;
}

/*
 * The last steps: from here on the name leads to the new file. What somebody else makes of the old
 * one is looked for as late as can be.
 */
static int publish(int fd, const struct place *place, int old, const char *temp_name, bool named)
{
	int r = 0;

	if (!named && !place->exists) {
		r = link_fd(fd, place->dir, place->name);
		return r == -EEXIST ? -ESTALE : r < 0 ? r : check_name(fd, place);
	}
	if (!named) {
		(void)unlinkat(place->dir, temp_name, 0);
		r = link_fd(fd, place->dir, temp_name);
		if (r < 0)
			return r;
	}
	r = check_unchanged(place, old);
	if (r == 0 && renameat(place->dir, temp_name, place->dir, place->name) < 0)
		r = neg_errno();
	if (r == 0)
		r = check_name(fd, place);
	if (r < 0)
		(void)unlinkat(place->dir, temp_name, 0);
	return r;
}

static int put_text(const struct place *place, int old, const struct replacement *r)
{
	_cleanup_close_ int fd = -1;
	char temp_name[NAME_MAX + 1];
	bool named = false;
	int ret;

	if (snprintf(temp_name, sizeof(temp_name), ".%s.memprov", place->name) >=
	    (int)sizeof(temp_name))
		return -ENAMETOOLONG;
	fd = open_temporary(place, temp_name, &named);
	if (fd < 0)
		return fd;
	ret = fd_write_all(fd, r->after, r->after_len);
	if (ret == 0)
		ret = dress(fd, place, old, r->mode);
	if (ret == 0 && fsync(fd) < 0)
		ret = neg_errno();
	if (ret == 0)
		ret = check_written(fd, r);
	if (ret == 0)
		return publish(fd, place, old, temp_name, named);
	if (named)
		(void)unlinkat(place->dir, temp_name, 0);
	return ret;
}

/* A symlink goes with the file it leads to: left dangling, it would stand in the next one's way. */
static int remove_link(const struct root *root, const char *path)
{
	_cleanup_close_ int dir = -1;
	char parent[PATH_MAX];
	const char *name = place_split(path, parent);

	dir = root_openat(root, parent, O_PATH | O_DIRECTORY, 0);
	if (dir < 0)
		return dir;
	return unlinkat(dir, name, 0) < 0 ? neg_errno() : fd_sync_directory(dir);
}

static int remove_text(const struct root *root, const struct place *place, int old,
		       const struct replacement *r)
{
	int ret = check_unchanged(place, old);

	if (ret < 0)
		return ret;
	if (unlinkat(place->dir, place->name, 0) < 0)
		return neg_errno();
	return place->linked ? remove_link(root, r->path) : 0;
}

/* Makes the missing directory of `path`, whose parent exists. */
static int make_directory(const struct root *root, const char *path)
{
	_cleanup_close_ int dir = -1;
	char parent[PATH_MAX], grandparent[PATH_MAX];
	const char *name;
	mode_t mask;
	int ret;

	(void)place_split(path, parent);
	parent[strlen(parent) - 1] = '\0';
	name = place_split(parent, grandparent);
	dir = root_openat(root, grandparent, O_PATH | O_DIRECTORY, 0);
	if (dir < 0)
		return dir;
	/* Not by chmod afterwards: what bears the name then might be another's. */
	mask = umask(022);
	ret = mkdirat(dir, name, 0755) < 0 ? neg_errno() : 0;
	(void)umask(mask);
	if (ret < 0)
		return ret == -EEXIST ? -ESTALE : ret;
	return fd_sync_directory(dir);
}

int replace_file(const struct root *root, const struct replacement *r, struct err *err)
{
	_cleanup_(place_close) struct place place = { .dir = -1 };
	_cleanup_close_ int old = -1;
	int ret;

	if (r->before && r->after && r->before_len == r->after_len &&
	    memcmp(r->before, r->after, r->after_len) == 0)
		return 0;
	if (!r->before && !r->after)
		return 0;
	ret = place_find(root, r->path, &place);
	if (ret == -ENOENT && r->after && !place.linked) {
		ret = make_directory(root, r->path);
		if (ret == 0)
			ret = place_find(root, r->path, &place);
	}
	if (ret == 0 && r->before)
		ret = old = open_before(&place, r);
	if (ret >= 0)
		ret = r->after ? put_text(&place, old, r) : remove_text(root, &place, old, r);
	if (ret == -ESTALE)
		return err_set(err, ret,
			       "%s%s: somebody else changed it meanwhile; run memprov again",
			       root->name, r->path);
	if (ret == 0)
		ret = fd_sync_directory(place.dir);
	if (ret < 0)
		return err_sys(err, ret, "cannot write %s%s", root->name, r->path);
	return 0;
}
