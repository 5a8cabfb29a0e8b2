/* SPDX-License-Identifier: MIT */
/*
 * Takes the lock of a machine or of a tree. The file stays: removing it would let two runs hold two
 * locks of one name.
 */
#include "lock.h"

#include <fcntl.h>
#include <sys/file.h>

static int open_lock(const struct root *root, struct err *err)
{
	_cleanup_close_ int fd = -1;
	struct stat st;

	/* A tree may not be ours to put files in; its directory serves as well. */
	if (!root->is_system) {
		fd = openat(root->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		return fd < 0 ? err_sys(err, neg_errno(), "cannot open %s", root->name)
			      : TAKE_FD(fd);
	}
	fd = open(LOCK_PATH, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_sys(err, neg_errno(), "cannot open the lock %s", LOCK_PATH);
	if (fstat(fd, &st) < 0)
		return err_sys(err, neg_errno(), "cannot examine the lock %s", LOCK_PATH);
	if (!S_ISREG(st.st_mode) || st.st_uid != 0 || st.st_mode & (S_IRWXG | S_IRWXO))
		return err_set(err, -EPERM, "the lock %s is not a file of root's alone; remove it",
			       LOCK_PATH);
	return TAKE_FD(fd);
}

int lock_take(const struct root *root, void (*waiting)(void), struct err *err)
{
	_cleanup_close_ int fd = open_lock(root, err);
	int r;

	if (fd < 0)
		return fd;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return TAKE_FD(fd);
	if (errno == EWOULDBLOCK && waiting)
		waiting();
	do {
		r = flock(fd, LOCK_EX);
	} while (r < 0 && errno == EINTR);
	return r < 0 ? err_sys(err, neg_errno(), "cannot take the lock") : TAKE_FD(fd);
}
