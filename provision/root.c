/* SPDX-License-Identifier: MIT */
/*
 * Opens beneath the root directory. Must not write anything, and must not open by a path that was
 * checked before rather than by the descriptor that was.
 */
#include "root_walk.h"

#include <fcntl.h>
#if __has_include(<linux/openat2.h>)
#include <linux/openat2.h>
#else
/* Of Linux 5.6; what it is called with does not change. */
struct open_how {
	uint64_t flags, mode, resolve;
};
#define RESOLVE_NO_MAGICLINKS 0x02
#define RESOLVE_NO_SYMLINKS   0x04
#define RESOLVE_IN_ROOT       0x10
#endif
#include <sys/syscall.h>
#include <sys/vfs.h>

const char *fd_name(int fd, char buf[static FD_NAME_MAX])
{
	(void)snprintf(buf, FD_NAME_MAX, "/proc/self/fd/%d", fd);
	return buf;
}

int fd_write_all(int fd, const char *text, size_t len)
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

int fd_sync_directory(int dir)
{
	/* An O_PATH descriptor cannot be synced. */
	_cleanup_close_ int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 || fsync(fd) < 0 ? neg_errno() : 0;
}

int fd_mount_id(int fd, uint64_t *ret)
{
	_cleanup_close_ int info = -1;
	_cleanup_free_ char *text = NULL;
	char name[64];
	const char *p;
	int r;

	(void)snprintf(name, sizeof(name), "/proc/self/fdinfo/%d", fd);
	info = open(name, O_RDONLY | O_CLOEXEC);
	if (info < 0)
		return neg_errno();
	r = fd_read_all(info, KIB(64), &text, NULL);
	if (r < 0)
		return r;
	p = strstr(text, "mnt_id:");
	if (!p)
		return -ENODATA;
	*ret = strtoull(p + strlen("mnt_id:"), NULL, 10);
	return 0;
}

bool fd_is_mount_point(int dir, const char *name)
{
	_cleanup_close_ int fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	uint64_t inside = 0, outside = 0;

	return fd >= 0 && fd_mount_id(fd, &inside) == 0 && fd_mount_id(dir, &outside) == 0 &&
		inside != outside;
}

/* EPERM: a sandbox. EAGAIN: a rename anywhere on the machine made the kernel unsure of a "..". */
static bool is_without_openat2(int code)
{
	return code == ENOSYS || code == EPERM || code == EAGAIN;
}

int dir_open_no_symlinks(const char *dir)
{
	struct open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_NO_SYMLINKS,
	};
	long fd = syscall(SYS_openat2, AT_FDCWD, dir, &how, sizeof(how));

	if (fd < 0 && is_without_openat2(errno))
		return root_walk_no_symlinks(dir);
	return fd < 0 ? neg_errno() : (int)fd;
}

static int open_tree(const char *dir, struct err *err)
{
	int fd;

	if (geteuid() == 0) {
		fd = dir_open_no_symlinks(dir);
		if (fd == -ELOOP || fd == -ENOTDIR)
			return err_set(err, fd,
				       "--root %s: is no directory, or there is a symlink on the "
				       "way; name the real path",
				       dir);
	} else {
		fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
		fd = fd < 0 ? neg_errno() : fd;
	}
	return fd < 0 ? err_sys(err, fd, "%s: the root directory cannot be opened", dir) : fd;
}

int root_open(const char *dir, struct root *ret, struct err *err)
{
	_cleanup_close_ int fd = -1;
	struct stat st;

	fd = open_tree(dir ? dir : "/", err);
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return err_sys(err, neg_errno(), "%s: the root directory cannot be examined",
			       dir ? dir : "/");
	if (geteuid() == 0 && dir && st.st_uid != 0)
		return err_set(err, -EPERM,
			       "--root %s: belongs to user %u, who could exchange what root "
			       "writes; run memprov as that user",
			       dir, (unsigned)st.st_uid);
	if (geteuid() == 0 && dir &&
	    (st.st_mode & S_IWOTH || (st.st_mode & S_IWGRP && st.st_gid != 0)))
		return err_set(err, -EPERM,
			       "--root %s: can be written by others, who could exchange what root "
			       "writes; chmod go-w it",
			       dir);
	*ret = (struct root){
		.fd = TAKE_FD(fd),
		.is_system = !dir,
		.name = dir ? dir : "",
		.owner = geteuid() == 0 ? 0 : st.st_uid,
	};
	return 0;
}

void root_close(struct root *root)
{
	if (root->fd >= 0)
		close(root->fd);
	root->fd = -1;
}

int root_openat(const struct root *root, const char *path, int flags, mode_t mode)
{
	struct open_how how = {
		.flags = (unsigned)(flags | O_CLOEXEC),
		.mode = flags & (O_CREAT | O_TMPFILE) ? mode : 0,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	long fd = syscall(SYS_openat2, root->fd, path_relative(path), &how, sizeof(how));

	if (fd >= 0)
		return (int)fd;
	if (is_without_openat2(errno))
		return root_walk_openat(root, path, flags | O_CLOEXEC, mode);
	return neg_errno();
}

int root_opendir(const struct root *root, const char *path, DIR **ret)
{
	int fd = root_openat(root, path, O_RDONLY | O_DIRECTORY, 0);

	*ret = fd < 0 ? NULL : fdopendir(fd);
	if (fd < 0)
		return fd;
	if (!*ret) {
		close_keeping_errno(fd);
		return neg_errno();
	}
	return 0;
}

bool fd_is_on(int fd, unsigned long type)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && (unsigned long)fs.f_type == type;
}

int fd_read_all(int fd, size_t max, char **ret_text, size_t *ret_len)
{
	_cleanup_free_ char *text = NULL;
	size_t len = 0, room = 0;

	for (;;) {
		ssize_t n;

		if (room - len < 2) {
			char *more;

			room = room ? room * 2 : KIB(4);
			more = realloc(text, room);
			if (!more)
				return -ENOMEM;
			text = more;
		}
		/* Files of /proc have no size to go by: read until there is no more. */
		n = read(fd, text + len, room - len - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return neg_errno();
		if (n == 0)
			break;
		len += (size_t)n;
		if (len > max)
			return -EFBIG;
	}
	text[len] = '\0';
	*ret_text = TAKE_PTR(text);
	if (ret_len)
		*ret_len = len;
	return 0;
}

/* *ret_error is set where it is not. */
static bool is_regular(const struct root *root, const char *path, int *ret_error)
{
	_cleanup_close_ int fd = root_openat(root, path, O_PATH, 0);
	struct stat st;

	*ret_error = fd < 0 ? fd : fstat(fd, &st) < 0 ? neg_errno() : 0;
	if (*ret_error == 0 && !S_ISREG(st.st_mode))
		*ret_error = -EINVAL;
	return *ret_error == 0;
}

int root_read(const struct root *root, const char *path, size_t max, char **ret_text,
	      size_t *ret_len)
{
	_cleanup_close_ int fd = -1;
	struct stat st;
	int r;

	/* To open a device is to run its driver: in a tree, look before. */
	if (!root->is_system && !is_regular(root, path, &r))
		return r;
	/* O_NONBLOCK: a FIFO in the place of a file must not hold us up. */
	fd = root_openat(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return neg_errno();
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	return fd_read_all(fd, max, ret_text, ret_len);
}
