/* SPDX-License-Identifier: MIT */
/*
 * What a btrfs has that keeps a swapfile on it from being activated, or that a swapfile would keep
 * it from doing. Asks only; the conditions are those of btrfs_swap_activate() in fs/btrfs/inode.c.
 */
#include "facts_parts.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/btrfs_tree.h>
#include <linux/magic.h>
#include <sys/ioctl.h>

#define SPACES_MAX 64

/* Since Linux 5.5, and its headers. */
#ifndef BTRFS_BLOCK_GROUP_RAID1C3
#define BTRFS_BLOCK_GROUP_RAID1C3 (1ULL << 9)
#define BTRFS_BLOCK_GROUP_RAID1C4 (1ULL << 10)
#endif

/* The name of the first profile that spreads or copies; "" where there is none of them. */
static const char *profile_name(uint64_t flags)
{
	static const struct {
		uint64_t flag;
		const char *name;
	} profiles[] = {
		{ BTRFS_BLOCK_GROUP_DUP, "dup" },         { BTRFS_BLOCK_GROUP_RAID0, "raid0" },
		{ BTRFS_BLOCK_GROUP_RAID1, "raid1" },     { BTRFS_BLOCK_GROUP_RAID1C3, "raid1c3" },
		{ BTRFS_BLOCK_GROUP_RAID1C4, "raid1c4" }, { BTRFS_BLOCK_GROUP_RAID10, "raid10" },
		{ BTRFS_BLOCK_GROUP_RAID5, "raid5" },     { BTRFS_BLOCK_GROUP_RAID6, "raid6" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(profiles); i++)
		if (flags & profiles[i].flag)
			return profiles[i].name;
	return "";
}

/* Where some data is single, new data may be so, too; the kernel tells when it is swapped to. */
static const char *read_profile(int dir)
{
	_cleanup_free_ struct btrfs_ioctl_space_args *args =
		calloc(1, sizeof(*args) + SPACES_MAX * sizeof(args->spaces[0]));
	const char *name = "";

	if (!args)
		return "";
	args->space_slots = SPACES_MAX;
	if (ioctl(dir, BTRFS_IOC_SPACE_INFO, args) < 0)
		return "";
	for (uint64_t i = 0; i < args->total_spaces && i < SPACES_MAX; i++) {
		if (!(args->spaces[i].flags & BTRFS_BLOCK_GROUP_DATA))
			continue;
		name = profile_name(args->spaces[i].flags);
		if (!*name)
			break;
	}
	return name;
}

/* Since Linux 5.10; before, swapon is the first to tell. */
static void read_operation(const struct root *root, const unsigned char *id, char *ret, size_t room)
{
	_cleanup_free_ char *text = NULL;
	char path[128];

	(void)snprintf(path, sizeof(path),
		       "/sys/fs/btrfs/%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
		       "%02x%02x%02x%02x%02x%02x/exclusive_operation",
		       id[0], id[1], id[2], id[3], id[4], id[5], id[6], id[7], id[8], id[9], id[10],
		       id[11], id[12], id[13], id[14], id[15]);
	if (facts_read_kernel(root, path, &text) < 0)
		return;
	text[strcspn(text, "\n")] = '\0';
	if (!streq(text, "none"))
		copy_text(ret, room, text);
}

/* Whether the directory is the top of a subvolume in which there is at most the file. */
static bool is_own_subvolume(int dir, const char *file)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct dirent *entry;
	bool own = true;
	struct stat st;
	DIR *stream;

	if (fd < 0 || fstat(fd, &st) < 0 || st.st_ino != BTRFS_FIRST_FREE_OBJECTID) {
		close_keeping_errno(fd);
		return false;
	}
	stream = fdopendir(fd);
	if (!stream) {
		close(fd);
		return false;
	}
	while (own && (entry = readdir(stream)))
		own = streq(entry->d_name, ".") || streq(entry->d_name, "..") ||
			streq(entry->d_name, file);
	closedir(stream);
	return own;
}

void facts_read_btrfs(const struct root *root, int dir, const char *file, struct btrfs *ret)
{
	struct btrfs_ioctl_fs_info_args info = { .num_devices = 0 };
	struct stat st;

	*ret = (struct btrfs){ .profile = "" };
	/* By what it is, not by what it is called: the numbers of ioctls differ elsewhere. */
	if (!fd_is_on(dir, BTRFS_SUPER_MAGIC))
		return;
	ret->placeholder = fstat(dir, &st) == 0 && st.st_ino == BTRFS_EMPTY_SUBVOL_DIR_OBJECTID;
	ret->profile = read_profile(dir);
	ret->own_subvolume = is_own_subvolume(dir, file);
	if (ioctl(dir, BTRFS_IOC_FS_INFO, &info) < 0)
		return;
	ret->devices = info.num_devices;
	if (root->is_system)
		read_operation(root, info.fsid, ret->operation, sizeof(ret->operation));
}
