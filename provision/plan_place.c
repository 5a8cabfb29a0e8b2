/* SPDX-License-Identifier: MIT */
/*
 * Whether there can be a swapfile at a place, whether the kernel would swap to it there, and what
 * that keeps the filesystem from doing. Knows nothing of sizes.
 */
#include "plan_parts.h"

static enum why_code filesystem_why(const struct target *target, const char *type)
{
	for (size_t fs = 0; fs < FS_N; fs++) {
		if (!streq(type, profile_filesystems[fs]))
			continue;
		return target->profile->filesystems & 1U << fs ? WHY_NONE : WHY_NOT_LISTED;
	}
	return WHY_FILESYSTEM;
}

/* "4.19.0-26-amd64" is before 5.0; what is not known is not. */
static bool is_before(const char *release, unsigned major, unsigned minor)
{
	unsigned a, b;

	return sscanf(release, "%u.%u", &a, &b) == 2 && (a < major || (a == major && b < minor));
}

/* Filesystems that could not be swapped to from the beginning: btrfs ed46ff3d42, xfs 67482129cd. */
static const struct {
	const char *type;
	unsigned major, minor;
	const char *words;
} since[] = {
	{ "btrfs", 5, 0, "5.0" },
	{ "xfs", 4, 18, "4.18" },
};

static const char *newer_kernel(const struct facts *facts)
{
	for (size_t i = 0; i < ARRAY_SIZE(since); i++)
		if (streq(facts->file.fs_type, since[i].type) &&
		    is_before(facts->kernel, since[i].major, since[i].minor))
			return since[i].words;
	return NULL;
}

static bool makes_anew(enum file_action action)
{
	return action == FILE_MAKE || action == FILE_REMAKE;
}

/* Lengthened or cut, it keeps its first block, which is where it is looked for. */
bool plan_takes_away(const struct found *file, enum file_action action)
{
	return file->resumes && (action == FILE_REMAKE || action == FILE_REMOVE);
}

/* The first that a remedy for another would not help with: to remount squashfs rw is no help. */
static enum why_code place_why(const struct target *target, const struct facts *facts,
			       enum file_action action)
{
	const struct found *file = &facts->file;
	enum why_code write = action == FILE_KEEP ? WHY_NONE : plan_write_fault(facts, file);
	enum why_code unfit = filesystem_why(target, file->fs_type);

	if (write == WHY_BUSY)
		return write;
	/* Also for a file that is there: that the kernel takes it does not make it safe. */
	if (unfit != WHY_NONE)
		return unfit;
	if (newer_kernel(facts))
		return WHY_OLD_KERNEL;
	if (write != WHY_NONE)
		return write == WHY_READ_ONLY ? WHY_ON_READ_ONLY : write;
	if (file->btrfs.placeholder)
		return WHY_PLACEHOLDER;
	if (plan_takes_away(file, action))
		return WHY_RESUMES;
	/* Only the kernel itself can tell what has come to lie where, and it is not asked here. */
	if (!facts->is_system && makes_anew(action) && file->btrfs.devices > 1)
		return WHY_DEVICES;
	return WHY_NONE;
}

bool plan_place_fault(const struct target *target, const struct facts *facts,
		      enum file_action action, struct why *ret)
{
	enum why_code code = place_why(target, facts, action);

	*ret = (struct why){ code, .text = facts->file.fs_type, .a = facts->file.btrfs.devices,
			     .value = newer_kernel(facts) };
	return code != WHY_NONE;
}

bool plan_swapon_fault(const struct facts *facts, const struct found *file, struct why *ret)
{
	const struct btrfs *btrfs = &file->btrfs;

	if (btrfs->profile && *btrfs->profile)
		*ret = (struct why){ WHY_DATA_PROFILE, .text = btrfs->profile,
				     .value = file->fs_mount };
	else if (facts->is_system && *btrfs->operation)
		*ret = (struct why){ WHY_OPERATION, .text = btrfs->operation,
				     .value = file->fs_mount };
	else
		return false;
	return true;
}

int plan_place_warnings(const struct facts *facts, enum file_action action, struct plan *plan)
{
	const struct found *file = &facts->file;
	int r = 0;

	if (!streq(file->fs_type, "btrfs"))
		return 0;
	if (!file->dir_missing && !file->btrfs.own_subvolume)
		r = plan_warn(plan, (struct why){ WHY_WARN_SNAPSHOTS, .text = file->path });
	if (r == 0 && file->btrfs.devices > 1 && (makes_anew(action) || action == FILE_GROW))
		r = plan_warn(plan, (struct why){ WHY_WARN_DEVICES, .a = file->btrfs.devices });
	return r;
}
