/* SPDX-License-Identifier: MIT */
/*
 * Finds out what is at a swapfile's path and on which filesystem, without opening anything for
 * writing. What to do about it is plan.c's to say.
 */
#include "facts_parts.h"

#include <blkid/blkid.h>
#include <fcntl.h>
#include <libmount/libmount.h>
#include <sys/statvfs.h>

#define SCAN_CHUNK MIB(1)

/* --- the filesystem --- */

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
	struct statx stx;
	bool hit = false;

	if (statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &stx) < 0 || !(stx.stx_mask & STATX_MNT_ID))
		return NULL;
	iter = mnt_new_iter(MNT_ITER_FORWARD);
	while (iter && !hit && mnt_table_next_fs(table, iter, &fs) == 0)
		hit = (uint64_t)mnt_fs_get_id(fs) == stx.stx_mnt_id;
	mnt_free_iter(iter);
	return hit ? fs : NULL;
}

static bool path_is_below(const char *path, const char *directory)
{
	size_t len = strlen(directory);

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

static bool is_fixture(const struct root *root)
{
	_cleanup_free_ char *text = NULL;

	return !root->is_system && facts_read_kernel(root, "/proc/self/mountinfo", &text) == 0;
}

static void copy_text(char *to, size_t room, const char *from)
{
	(void)snprintf(to, room, "%s", from ? from : "");
}

static void read_filesystem(const struct root *root, int dir, struct found *found)
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
	if (fstatvfs(dir, &vfs) == 0) {
		found->fs_size_bytes = (uint64_t)vfs.f_blocks * vfs.f_frsize;
		found->fs_free_bytes = (uint64_t)vfs.f_bavail * vfs.f_frsize;
		found->fs_read_only = vfs.f_flag & ST_RDONLY;
	}
	if (statx(dir, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &stx) == 0)
		found->dir_immutable = stx.stx_attributes & stx.stx_attributes_mask &
			(STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND);
	found->dir_denied = faccessat(dir, ".", W_OK | X_OK, AT_EACCESS) < 0;
}

static bool is_mounted(const struct root *root, const char *path)
{
	_cleanup_(cleanup_table) struct libmnt_table *table = NULL;
	_cleanup_close_ int fd = -1;
	struct statx stx;

	if (is_fixture(root)) {
		table = read_mounts(root);
		return table && mnt_table_find_target(table, path, MNT_ITER_BACKWARD);
	}
	fd = root_openat(root, path, O_PATH | O_NOFOLLOW, 0);
	return fd >= 0 && statx(fd, "", AT_EMPTY_PATH, 0, &stx) == 0 &&
		stx.stx_attributes & STATX_ATTR_MOUNT_ROOT;
}

/* A swapfile made below it would be hidden as soon as the filesystem is mounted. */
static void find_unmounted(const struct root *root, const struct facts *facts, struct found *found)
{
	for (size_t i = 0; i < facts->fstab_table.n; i++) {
		const struct fstab_entry *entry = &facts->fstab_table.entries[i];

		if (!path_is_below(found->path, entry->target) || is_mounted(root, entry->target))
			continue;
		copy_text(found->not_mounted, sizeof(found->not_mounted), entry->target);
	}
}

/* --- the file --- */

static void cleanup_probe(blkid_probe *probe)
{
	blkid_free_probe(*probe);
}

/* What libblkid takes the data for; false: for nothing. It knows signatures, not validity. */
static bool probe_type(int fd, char *ret_type, size_t room)
{
	_cleanup_(cleanup_probe) blkid_probe probe = blkid_new_probe();
	const char *type;

	if (!probe || blkid_probe_set_device(probe, fd, 0, 0) < 0)
		return false;
	blkid_probe_enable_superblocks(probe, 1);
	blkid_probe_set_superblocks_flags(probe, BLKID_SUBLKS_TYPE);
	blkid_probe_enable_partitions(probe, 1);
	/* 0: one was found; -2: several, which is data as well. */
	switch (blkid_do_safeprobe(probe)) {
	case 0:
		if (blkid_probe_lookup_value(probe, "TYPE", &type, NULL) < 0 &&
		    blkid_probe_lookup_value(probe, "PTTYPE", &type, NULL) < 0)
			type = "data";
		copy_text(ret_type, room, type);
		return true;
	case -2:
		copy_text(ret_type, room, "several kinds of filesystem");
		return true;
	default:
		return false;
	}
}

/* 1: some byte of [at, end) is not zero; 0: none is; -errno. */
static int range_has_data(int fd, off_t at, off_t end, unsigned char *chunk)
{
	while (at < end) {
		size_t want = end - at < (off_t)SCAN_CHUNK ? (size_t)(end - at) : SCAN_CHUNK;
		ssize_t n = pread(fd, chunk, want, at);

		if (n < 0)
			return neg_errno();
		if (n == 0)
			break;
		if (chunk[0] || (n > 1 && memcmp(chunk, chunk + 1, (size_t)n - 1) != 0))
			return 1;
		at += n;
	}
	return 0;
}

/* As range_has_data, of a whole file; holes and unwritten extents are not read. */
static int file_has_data(int fd, off_t size)
{
	_cleanup_free_ unsigned char *chunk = malloc(SCAN_CHUNK);
	off_t at = 0, end;

	if (!chunk)
		return -ENOMEM;
	while (at < size) {
		int r;

		at = lseek(fd, at, SEEK_DATA);
		if (at < 0)
			return errno == ENXIO ? 0 : neg_errno();
		end = lseek(fd, at, SEEK_HOLE);
		if (end < 0)
			return neg_errno();
		r = range_has_data(fd, at, end, chunk);
		if (r != 0)
			return r;
		at = end;
	}
	return 0;
}

static int read_head(int fd, size_t page_bytes, struct swapheader *ret)
{
	_cleanup_free_ unsigned char *head = malloc(SWAPHEADER_PAGE_MAX);
	ssize_t n;

	if (!head)
		return -ENOMEM;
	n = pread(fd, head, SWAPHEADER_PAGE_MAX, 0);
	if (n < 0)
		return neg_errno();
	swapheader_parse(head, (size_t)n, page_bytes, ret);
	return 0;
}

static int judge_content(int fd, const struct facts *facts, struct found *found)
{
	int r = read_head(fd, facts->page_bytes, &found->header);

	if (r < 0)
		return r;
	if (found->header.kind == SWAPHEADER_HIBERNATION) {
		found->kind = FOUND_HIBERNATION;
	} else if (found->header.kind == SWAPHEADER_SWAP) {
		found->kind = FOUND_SWAP;
		found->ours = streq(found->header.label, SWAPHEADER_LABEL) ? OURS_YES : OURS_NO;
	} else if (probe_type(fd, found->detail, sizeof(found->detail))) {
		found->kind = FOUND_FOREIGN;
	} else {
		r = file_has_data(fd, (off_t)found->size_bytes);
		if (r < 0)
			return r;
		found->kind = r ? FOUND_FOREIGN : FOUND_ZERO;
	}
	return 0;
}

static void find_active(const struct facts *facts, struct found *found)
{
	for (size_t i = 0; i < facts->n_swaps; i++) {
		const struct swap_area *area = &facts->swaps[i];

		if (area->ino == 0 || area->dev != found->dev || area->ino != found->ino)
			continue;
		found->active = true;
		found->priority = area->line.priority;
		found->used_bytes = area->line.used_bytes;
		found->area_bytes = area->line.size_bytes;
	}
}

static void keep_stat(const struct stat *st, struct found *found)
{
	found->size_bytes = (uint64_t)st->st_size;
	found->allocated_bytes = (uint64_t)st->st_blocks * 512;
	found->mode = st->st_mode & 07777;
	found->uid = st->st_uid;
	found->gid = st->st_gid;
	found->links = st->st_nlink;
	found->dev = st->st_dev;
	found->ino = st->st_ino;
}

static enum found_kind kind_of_mode(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return FOUND_ERROR; /* its content decides */
	case S_IFLNK:
		return FOUND_SYMLINK;
	case S_IFDIR:
		return FOUND_DIRECTORY;
	case S_IFBLK:
		return FOUND_BLOCK_DEVICE;
	default:
		return FOUND_SPECIAL;
	}
}

static int judge_file(int dir, const char *name, const struct facts *facts, struct found *found)
{
	_cleanup_close_ int fd = -1;
	struct statx stx;
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		if (errno == ENOENT) {
			found->kind = FOUND_NOTHING;
			return 0;
		}
		return neg_errno();
	}
	found->kind = kind_of_mode(st.st_mode);
	if (found->kind != FOUND_ERROR)
		return 0;
	fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 && errno != EACCES && errno != EPERM)
		return neg_errno();
	/* From here on the descriptor is what is looked at, not the name. */
	if (fd >= 0 && fstat(fd, &st) < 0)
		return neg_errno();
	keep_stat(&st, found);
	if (statx(dir, name, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &stx) == 0)
		found->immutable = stx.stx_attributes & stx.stx_attributes_mask &
			(STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND);
	find_active(facts, found);
	if (fd < 0) {
		found->kind = FOUND_UNREADABLE;
		found->ours = OURS_UNKNOWN;
		return 0;
	}
	return judge_content(fd, facts, found);
}

int facts_find(const struct root *root, const struct facts *facts, const char *path,
	       struct found *ret, struct err *err)
{
	const char *slash = strrchr(path, '/');
	struct walk walk;
	int r;

	memset(ret, 0, sizeof(*ret));
	if (strlen(path) >= sizeof(ret->path))
		return err_sys(err, -ENAMETOOLONG, "cannot look at %s", path);
	strcpy(ret->path, path);
	find_unmounted(root, facts, ret);
	root_walk_parent(root, path, &walk);
	ret->way = walk.fault;
	if (walk.fault != WALK_OK) {
		ret->kind = FOUND_NO_WAY;
		ret->error = walk.error;
		copy_text(ret->detail, sizeof(ret->detail), walk.where);
		return 0;
	}
	read_filesystem(root, walk.fd, ret);
	r = judge_file(walk.fd, slash ? slash + 1 : path, facts, ret);
	close(walk.fd);
	if (r == -ENOMEM)
		return err_sys(err, r, "cannot look at %s", path);
	if (r < 0) {
		ret->kind = FOUND_ERROR;
		ret->error = r;
	}
	return 0;
}
