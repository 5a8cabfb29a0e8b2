/* SPDX-License-Identifier: MIT */
/*
 * Replaces a text file whole and durably: at every moment the name leads to the old text or the new
 * one. Knows nothing of what is in it, and is the only writer of anything below /etc.
 */
#include "replace.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>

#define LINKS_MAX 8
#define XATTR_MAX KIB(64)

/* Where a path ends up when its last symlinks are followed: a directory and a name in it. */
struct place {
	int dir;     /* O_PATH|O_DIRECTORY; -1 when the directory is missing */
	bool linked; /* at least one symlink was followed */
	bool exists;
	struct stat st; /* if it exists */
	char path[PATH_MAX];
	const char *name; /* in path */
};

static void cleanup_place(struct place *place)
{
	close_keeping_errno(place->dir);
}

/* "/etc/fstab" -> "/etc" in `buf`; the name is what follows. */
static const char *split(const char *path, char buf[static PATH_MAX])
{
	const char *slash = strrchr(path, '/');
	int len = slash ? (int)(slash - path) : 0;

	(void)snprintf(buf, PATH_MAX, "%.*s/", len, path);
	return slash ? slash + 1 : path;
}

static int place_open(const struct root *root, struct place *place)
{
	char parent[PATH_MAX];

	close_keeping_errno(place->dir);
	place->name = split(place->path, parent);
	place->dir = root_openat(root, parent, O_PATH | O_DIRECTORY, 0);
	return place->dir < 0 ? place->dir : 0;
}

/* Follows the links of the last component. -ENOENT: the directory is missing; -ELOOP. */
static int place_find(const struct root *root, const char *path, struct place *place)
{
	*place = (struct place){ .dir = -1 };
	if (snprintf(place->path, sizeof(place->path), "%s", path) >= (int)sizeof(place->path))
		return -ENAMETOOLONG;
	for (unsigned i = 0; i < LINKS_MAX; i++) {
		char link[PATH_MAX], parent[PATH_MAX], joined[2 * PATH_MAX];
		ssize_t n;
		int r = place_open(root, place);

		if (r < 0)
			return r;
		n = readlinkat(place->dir, place->name, link, sizeof(link) - 1);
		if (n < 0) {
			place->exists = fstatat(place->dir, place->name, &place->st,
						AT_SYMLINK_NOFOLLOW) == 0;
			return place->exists || errno == ENOENT ? 0 : neg_errno();
		}
		link[n] = '\0';
		place->linked = true;
		(void)split(place->path, parent);
		(void)snprintf(joined, sizeof(joined), "%s%s", link[0] == '/' ? "" : parent, link);
		if (strlen(joined) >= sizeof(place->path))
			return -ENAMETOOLONG;
		strcpy(place->path, joined);
	}
	return -ELOOP;
}

/* Attributes of a file in `dir`; 0 where the filesystem or the kernel cannot tell. */
static uint64_t attributes(int dir, const char *name)
{
	struct statx stx;

	if (statx(dir, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, STATX_BASIC_STATS, &stx) < 0)
		return 0;
	return stx.stx_attributes & stx.stx_attributes_mask;
}

/* Who could exchange names below our hands, where root writes. */
static bool is_unsafe(int dir)
{
	struct stat st;

	return geteuid() == 0 &&
		(fstat(dir, &st) < 0 || st.st_uid != 0 || st.st_mode & S_IWOTH ||
		 (st.st_mode & S_IWGRP && st.st_gid != 0));
}

static enum replace_obstacle directory_obstacle(int dir)
{
	struct statvfs vfs;

	if (is_unsafe(dir))
		return REPLACE_UNSAFE;

	if (attributes(dir, ".") & (STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND))
		return REPLACE_IMMUTABLE;
	if (fstatvfs(dir, &vfs) == 0 && vfs.f_flag & ST_RDONLY)
		return REPLACE_READ_ONLY;
	if (faccessat(dir, ".", W_OK | X_OK, AT_EACCESS) < 0)
		return errno == EROFS ? REPLACE_READ_ONLY : REPLACE_DENIED;
	return REPLACE_FREE;
}

static bool directory_is_foreign(const struct root *root, int dir)
{
	struct stat st;

	return fstat(dir, &st) < 0 || (st.st_uid != 0 && st.st_uid != root->owner) ||
		st.st_mode & (S_IWGRP | S_IWOTH);
}

/* The directory is missing: it will be made in its own parent, if there is one. */
static enum replace_obstacle missing_directory_obstacle(const struct root *root, const char *path)
{
	_cleanup_close_ int dir = -1;
	char parent[PATH_MAX], grandparent[PATH_MAX];

	(void)split(path, parent);
	parent[strlen(parent) - 1] = '\0';
	(void)split(parent, grandparent);
	dir = root_openat(root, grandparent, O_PATH | O_DIRECTORY, 0);
	return dir < 0 ? REPLACE_NO_DIRECTORY : directory_obstacle(dir);
}

enum replace_obstacle replace_obstacle(const struct root *root, const char *path)
{
	_cleanup_(cleanup_place) struct place place;
	uint64_t attr;
	int r = place_find(root, path, &place);

	if (r == -EACCES)
		return REPLACE_DENIED;
	if (r == -ENOENT && !place.linked)
		return missing_directory_obstacle(root, path);
	if (r < 0 || (place.linked && (!place.exists || directory_is_foreign(root, place.dir))))
		return REPLACE_SYMLINK_OUT;
	if (place.exists) {
		if (!S_ISREG(place.st.st_mode))
			return REPLACE_NOT_REGULAR;
		attr = attributes(place.dir, place.name);
		if (fd_is_mount_point(place.dir, place.name))
			return REPLACE_MOUNT_POINT;
		if (attr & (STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND))
			return REPLACE_IMMUTABLE;
	}
	return directory_obstacle(place.dir);
}

static int write_all(int fd, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return neg_errno();
		if (n == 0)
			return -EIO;
		text += n;
		len -= (size_t)n;
	}
	return 0;
}

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

/* Owner, mode and xattrs of the old file (-1: none), or the mode of a new one. */
static int dress(int fd, int old, mode_t mode)
{
	struct stat st;

	if (old < 0)
		return fchmod(fd, mode) < 0 ? neg_errno() : 0;
	if (fstat(old, &st) < 0)
		return neg_errno();
	if (fchown(fd, st.st_uid, st.st_gid) < 0 || fchmod(fd, st.st_mode & 0777) < 0)
		return neg_errno();
	return copy_xattrs(old, fd);
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

static int link_fd(int fd, int dir, const char *name)
{
	char proc[FD_NAME_MAX];

	return linkat(AT_FDCWD, fd_name(fd, proc), dir, name, AT_SYMLINK_FOLLOW) < 0 ? neg_errno()
										     : 0;
}

/* The last steps: from here on the name leads to the new file. */
static int publish(int fd, const struct place *place, const char *temp_name, bool named)
{
	int r;

	if (!named) {
		if (!place->exists)
			return link_fd(fd, place->dir, place->name);
		(void)unlinkat(place->dir, temp_name, 0);
		r = link_fd(fd, place->dir, temp_name);
		if (r < 0)
			return r;
	}
	if (renameat(place->dir, temp_name, place->dir, place->name) < 0) {
		r = neg_errno();
		(void)unlinkat(place->dir, temp_name, 0);
		return r;
	}
	return 0;
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
	ret = write_all(fd, r->after, r->after_len);
	if (ret == 0)
		ret = dress(fd, old, r->mode);
	if (ret == 0 && fsync(fd) < 0)
		ret = neg_errno();
	if (ret == 0)
		ret = check_unchanged(place, old);
	if (ret == 0)
		return publish(fd, place, temp_name, named);
	if (named)
		(void)unlinkat(place->dir, temp_name, 0);
	return ret;
}

/* A symlink goes with the file it leads to: left dangling, it would stand in the next one's way. */
static int remove_link(const struct root *root, const char *path)
{
	_cleanup_close_ int dir = -1;
	char parent[PATH_MAX];
	const char *name = split(path, parent);

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

	(void)split(path, parent);
	parent[strlen(parent) - 1] = '\0';
	name = split(parent, grandparent);
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
	_cleanup_(cleanup_place) struct place place = { .dir = -1 };
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
