/* SPDX-License-Identifier: MIT */
/*
 * Takes the lock of a machine or of a tree. Removes a tree's only while it holds it, and takes none
 * that was removed meanwhile: two runs would hold two locks of one name.
 */
#include "lock.h"

#include <fcntl.h>
#include <inttypes.h>
#include <sys/file.h>

/*
 * Who is not root works on a tree of his own, and its directory serves. For root it would not:
 * anybody who may read a directory can hold its lock for ever.
 */
static int open_directory(const struct root *root, struct err *err)
{
	int fd = openat(root->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? err_sys(err, neg_errno(), "cannot open %s", root->name) : fd;
}

static int open_file(const char *path, struct err *err)
{
	_cleanup_close_ int fd = -1;
	struct stat st;

	fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_sys(err, neg_errno(), "cannot open the lock %s", path);
	if (fstat(fd, &st) < 0)
		return err_sys(err, neg_errno(), "cannot examine the lock %s", path);
	if (!S_ISREG(st.st_mode) || st.st_uid != 0 || st.st_mode & (S_IRWXG | S_IRWXO))
		return err_set(err, -EPERM, "the lock %s is not a file of root's alone; remove it",
			       path);
	return TAKE_FD(fd);
}

/* The system and "/" are one machine, whichever way they are named. */
static int name_lock(const struct root *root, char buf[static 64], struct err *err)
{
	struct stat st, system;

	buf[0] = '\0';
	if (root->is_system)
		return 0;
	if (fstat(root->fd, &st) < 0 || stat("/", &system) < 0)
		return err_sys(err, neg_errno(), "cannot examine %s", root->name);
	if (st.st_dev != system.st_dev || st.st_ino != system.st_ino)
		(void)snprintf(buf, 64, "/run/memprov-%jx-%jx.lock", (uintmax_t)st.st_dev,
			       (uintmax_t)st.st_ino);
	return 0;
}

static int wait_for(int fd, void (*waiting)(void))
{
	int r;

	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	if (errno == EWOULDBLOCK && waiting)
		waiting();
	do {
		r = flock(fd, LOCK_EX);
	} while (r < 0 && errno == EINTR);
	return r < 0 ? neg_errno() : 0;
}

int lock_take(const struct root *root, void (*waiting)(void), struct lock *ret, struct err *err)
{
	const bool file = root->is_system || geteuid() == 0;
	struct lock lock = { .fd = -1 };
	struct stat st = { .st_nlink = 0 };
	int r = name_lock(root, lock.path, err);

	while (r == 0) {
		_cleanup_close_ int fd = file ? open_file(*lock.path ? lock.path : LOCK_PATH, err)
					      : open_directory(root, err);

		if (fd < 0)
			return fd;
		r = wait_for(fd, waiting);
		if (r == 0 && fstat(fd, &st) < 0)
			r = neg_errno();
		if (r < 0)
			return err_sys(err, r, "cannot take the lock");
		/* Who held it before may have removed the file that we have open. */
		if (file && st.st_nlink == 0)
			continue;
		if (!file)
			lock.path[0] = '\0';
		lock.fd = TAKE_FD(fd);
		*ret = lock;
		return 0;
	}
	return r;
}

void lock_release(struct lock *lock)
{
	if (lock->fd < 0)
		return;
	if (*lock->path)
		(void)unlink(lock->path);
	close(lock->fd);
	lock->fd = -1;
}
