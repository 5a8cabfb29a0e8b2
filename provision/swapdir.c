/* SPDX-License-Identifier: MIT */
/*
 * One directory or subvolume, by name in a directory that was checked. Whether what then has the
 * name is safe is checked by whoever walks there.
 */
#include "swapdir.h"

#include "root.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/btrfs.h>
#include <linux/magic.h>
#include <sys/ioctl.h>

static int make_subvolume(const struct swapdir *dir)
{
	struct btrfs_ioctl_vol_args args = { .fd = 0 };

	if (strlen(dir->name) > NAME_MAX)
		return -ENAMETOOLONG;
	strcpy(args.name, dir->name);
	return ioctl(dir->above, BTRFS_IOC_SUBVOL_CREATE, &args) < 0 ? neg_errno() : 0;
}

/* Whatever umask and a default ACL of the directory above made of it. */
static int set_mode(const struct swapdir *dir, mode_t mode)
{
	/* O_PATH: a umask may have left nothing that could be opened otherwise. */
	_cleanup_close_ int fd =
		openat(dir->above, dir->name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	char name[FD_NAME_MAX];

	return fd < 0 || chmod(fd_name(fd, name), mode) < 0 ? neg_errno() : 0;
}

int swapdir_make(const struct swapdir *dir, struct err *err)
{
	const bool subvolume = fd_is_on(dir->above, BTRFS_SUPER_MAGIC);
	struct err undo_err;
	int r;

	if (subvolume)
		r = make_subvolume(dir);
	else
		r = mkdirat(dir->above, dir->name, 0700) < 0 ? neg_errno() : 0;
	if (r == -EEXIST)
		return 0;
	if (r < 0)
		return err_sys(err, r, "cannot make the %s %s",
			       subvolume ? "subvolume" : "directory", dir->path);
	r = set_mode(dir, subvolume ? 0700 : 0755);
	if (r == 0)
		r = fd_sync_directory(dir->above);
	if (r == 0)
		return 1;
	(void)err_sys(err, r, "cannot make the directory %s", dir->path);
	(void)!swapdir_remove(dir, &undo_err);
	return r;
}

int swapdir_remove(const struct swapdir *dir, struct err *err)
{
	/* Of an empty subvolume, too, since Linux 4.18. */
	if (unlinkat(dir->above, dir->name, AT_REMOVEDIR) < 0)
		return err_sys(err, neg_errno(), "cannot remove the directory %s", dir->path);
	return fd_sync_directory(dir->above);
}
