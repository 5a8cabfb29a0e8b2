/* SPDX-License-Identifier: MIT */
/*
 * Finds the filesystem a swapfile is on, or would be on, and whether it is the one that fstab means
 * to be there. Opens nothing for writing.
 */
#include "facts_parts.h"

#include <fcntl.h>
#include <libmount/libmount.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>

static void cleanup_table(struct libmnt_table **table)
{
	mnt_unref_table(*table);
}

static struct libmnt_table *read_mounts(const struct root *root)
{
	_cleanup_(cleanup_table) struct libmnt_table *table = mnt_new_table();
	_cleanup_free_ char *text = NULL;
	_cleanup_fclose_ FILE *stream = NULL;

	if (!table)
		return NULL;
	if (!root->is_system && facts_read_kernel(root, "/proc/self/mountinfo", &text) == 0)
		stream = fmemopen(text, strlen(text), "r");
	else
		stream = fopen("/proc/self/mountinfo", "re");
	if (!stream || mnt_table_parse_stream(table, stream, "mountinfo") != 0)
		return NULL;
	return TAKE_PTR(table);
}

/*
 * By mount id: st_dev is no help on btrfs, whose subvolumes have device numbers that no line of
 * mountinfo shows.
 */
static struct libmnt_fs *mount_of_fd(struct libmnt_table *table, int fd)
{
	struct libmnt_iter *iter;
	struct libmnt_fs *fs = NULL;
	uint64_t id;
	bool hit = false;

	if (fd_mount_id(fd, &id) < 0)
		return NULL;
	iter = mnt_new_iter(MNT_ITER_FORWARD);
	while (iter && !hit && mnt_table_next_fs(table, iter, &fs) == 0)
		hit = (uint64_t)mnt_fs_get_id(fs) == id;
	mnt_free_iter(iter);
	return hit ? fs : NULL;
}

static bool path_is_below(const char *path, const char *directory)
{
	size_t len = strlen(directory);

	while (len > 1 && directory[len - 1] == '/')
		len--;
	return len > 1 && strncmp(path, directory, len) == 0 && path[len] == '/';
}

/*
 * In a fixture the mounts are text only: the longest mount point the path begins with, of several
 * the last. mnt_table_find_mountpoint() would want the path to exist on the running machine.
 */
static struct libmnt_fs *mount_of_path(struct libmnt_table *table, const char *path)
{
	struct libmnt_iter *iter = mnt_new_iter(MNT_ITER_FORWARD);
	struct libmnt_fs *fs = NULL, *best = NULL;
	size_t best_len = 0;

	while (iter && mnt_table_next_fs(table, iter, &fs) == 0) {
		const char *target = mnt_fs_get_target(fs);
		size_t len = target ? strlen(target) : 0;

		if (len < best_len || len == 0 ||
		    !(streq(target, "/") || path_is_below(path, target)))
			continue;
		best = fs;
		best_len = len;
	}
	mnt_free_iter(iter);
	return best;
}

/* st_dev, but for btrfs, which has numbers of its own there and shows its (first) device here. */
static dev_t device_of(struct libmnt_fs *fs, int dir)
{
	const char *source = fs ? mnt_fs_get_srcpath(fs) : NULL;
	struct stat st;

	if (fstat(dir, &st) == 0 && major(st.st_dev) != 0)
		return st.st_dev;
	/* What others call their source may lead anywhere, to a FUSE that never answers, too. */
	if (!source || *source != '/' || !streq(mnt_fs_get_fstype(fs), "btrfs"))
		return 0;
	return stat(source, &st) == 0 && S_ISBLK(st.st_mode) ? st.st_rdev : 0;
}

static bool is_fixture(const struct root *root)
{
	_cleanup_free_ char *text = NULL;

	return !root->is_system && facts_read_kernel(root, "/proc/self/mountinfo", &text) == 0;
}

void facts_read_filesystem(const struct root *root, int dir, struct found *found)
{
	_cleanup_(cleanup_table) struct libmnt_table *table = read_mounts(root);
	struct libmnt_fs *fs = NULL;
	struct statvfs vfs;
	struct statx stx;

	if (table)
		fs = is_fixture(root) ? mount_of_path(table, found->path) : mount_of_fd(table, dir);
	if (fs) {
		copy_text(found->fs_type, sizeof(found->fs_type), mnt_fs_get_fstype(fs));
		copy_text(found->fs_mount, sizeof(found->fs_mount), mnt_fs_get_target(fs));
	}
	if (root->is_system)
		found->fs_dev = device_of(fs, dir);
	if (!is_fixture(root))
		facts_read_btrfs(root, dir, strrchr(found->path, '/') + 1, &found->btrfs);
	if (fstatvfs(dir, &vfs) == 0) {
		found->fs_size_bytes = (uint64_t)vfs.f_blocks * vfs.f_frsize;
		found->fs_free_bytes = (uint64_t)vfs.f_bavail * vfs.f_frsize;
		found->fs_block_bytes = vfs.f_bsize;
		found->fs_read_only = vfs.f_flag & ST_RDONLY;
	}
	if (statx(dir, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &stx) == 0)
		found->dir_immutable = stx.stx_attributes & stx.stx_attributes_mask &
			(STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND);
	if (faccessat(dir, ".", W_OK | X_OK, AT_EACCESS) < 0) {
		found->btrfs.read_only = errno == EROFS && !found->fs_read_only;
		found->dir_denied = errno != EROFS;
	}
}

static bool is_mounted(const struct root *root, const char *path)
{
	_cleanup_(cleanup_table) struct libmnt_table *table = NULL;
	_cleanup_close_ int inside = -1, outside = -1;
	char parent[4096 + 4];
	uint64_t a, b;

	if (is_fixture(root)) {
		table = read_mounts(root);
		return table && mnt_table_find_target(table, path, MNT_ITER_BACKWARD);
	}
	if (snprintf(parent, sizeof(parent), "%s/..", path) >= (int)sizeof(parent))
		return false;
	inside = root_openat(root, path, O_PATH | O_DIRECTORY, 0);
	outside = root_openat(root, parent, O_PATH | O_DIRECTORY, 0);
	return inside >= 0 && outside >= 0 && fd_mount_id(inside, &a) == 0 &&
		fd_mount_id(outside, &b) == 0 && a != b;
}

void facts_find_unmounted(const struct root *root, const struct facts *facts, struct found *found)
{
	for (size_t i = 0; i < facts->fstab_table.n; i++) {
		const struct fstab_entry *entry = &facts->fstab_table.entries[i];

		if (!path_is_below(found->path, entry->target) || is_mounted(root, entry->target))
			continue;
		copy_text(found->not_mounted, sizeof(found->not_mounted), entry->target);
		return;
	}
}
