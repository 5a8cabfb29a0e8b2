/* SPDX-License-Identifier: MIT */
/*
 * What each filesystem needs to be told for a file to have blocks the kernel can swap to. Knows
 * descriptors only; what is in the file, and what it is called, is swapfile.c's.
 */
#include "swapblocks.h"

#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <sys/ioctl.h>

/* linux/f2fs.h has it since Linux 5.11 only. */
#ifndef F2FS_IOC_SET_PIN_FILE
#define F2FS_IOC_SET_PIN_FILE _IOW(0xf5, 13, uint32_t)
#endif

/*
 * On btrfs the kernel swaps only to a file that is written where it lies. The flag has to be set
 * while there is no data: later the ioctl succeeds, and does nothing.
 */
int swapblocks_prepare(int fd, const char *path, struct err *err)
{
	int flags = 0; /* an int, for all that the ioctl's number says long */

	if (!fd_is_on(fd, BTRFS_SUPER_MAGIC))
		return 0;
	if (ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0)
		return err_sys(err, neg_errno(), "cannot read the attributes of %s", path);
	/* Compression, which a directory can hand down, excludes it: one after the other. */
	if (flags & FS_COMPR_FL) {
		flags &= ~FS_COMPR_FL;
		if (ioctl(fd, FS_IOC_SETFLAGS, &flags) < 0)
			return err_sys(err, neg_errno(), "cannot keep %s from being compressed",
				       path);
	}
	flags |= FS_NOCOW_FL;
	if (ioctl(fd, FS_IOC_SETFLAGS, &flags) < 0 || ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0)
		return err_sys(err, neg_errno(), "cannot set No_COW (chattr +C) of %s", path);
	if (!(flags & FS_NOCOW_FL) || flags & FS_COMPR_FL)
		return err_set(
			err, -EOPNOTSUPP,
			"%s: btrfs does not keep No_COW (chattr +C), so that the kernel would "
			"not swap to it",
			path);
	return 0;
}

/*
 * f2fs gives the blocks of a file a place when they are written, unless it is pinned; what then
 * lies in the last section of a swapfile has none, and swapon does not notice. swapoff unpins it,
 * so it is done before each allocation.
 */
static int pin(int fd, const char *path, struct err *err)
{
	uint32_t yes = 1;

	if (!fd_is_on(fd, F2FS_SUPER_MAGIC) || ioctl(fd, F2FS_IOC_SET_PIN_FILE, &yes) == 0)
		return 0;
	return err_sys(err, neg_errno(),
		       "cannot keep f2fs from moving %s (it does where mounted with mode=lfs)",
		       path);
}

static int allocate(int fd, uint64_t bytes)
{
	int r;

	do {
		r = fallocate(fd, 0, 0, (off_t)bytes);
	} while (r < 0 && errno == EINTR);
	return r < 0 ? neg_errno() : 0;
}

/*
 * Gives the file its length and the blocks from from_bytes on; 1: by writing zeros. Those have to
 * lengthen the file: into the holes of one that is long enough already, ext2 and ext3 write through
 * the page cache even where O_DIRECT is asked for, at a third of the speed.
 */
int swapblocks_reserve(int fd, const char *path, const struct swapfile_spec *spec,
		       uint64_t from_bytes, struct err *err)
{
	int r = pin(fd, path, err);

	if (r < 0)
		return r;
	r = spec->zeros ? -EOPNOTSUPP : allocate(fd, spec->size_bytes);
	/* Of a fallocate that only says it did, holes are left, and swapon tells of them. */
	if (r == 0 && ftruncate(fd, (off_t)spec->size_bytes) < 0)
		r = neg_errno();
	if (r == -EOPNOTSUPP) {
		r = fill_zeros(fd, from_bytes, spec->size_bytes, spec->progress);
		if (r == 0)
			return 1;
	}
	if (r < 0)
		return err_sys(err, r, "cannot allocate %llu bytes for %s",
			       (unsigned long long)spec->size_bytes, path);
	return 0;
}

void swapblocks_return(int dir)
{
	_cleanup_close_ int fd = -1;
	uint64_t transaction;

	if (!fd_is_on(dir, BTRFS_SUPER_MAGIC))
		return;
	/* Until btrfs has committed, up to 30 s later, the room counts as taken. */
	fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0 && ioctl(fd, BTRFS_IOC_START_SYNC, &transaction) == 0)
		(void)!ioctl(fd, BTRFS_IOC_WAIT_SYNC, &transaction);
}
