/* SPDX-License-Identifier: MIT */
/*
 * Finds out what is at a swapfile's path and on which filesystem, without opening anything for
 * writing. What to do about it is plan.c's to say.
 */
#include "facts_parts.h"

#include <blkid/blkid.h>
#include <fcntl.h>

#define SCAN_CHUNK MIB(1)

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
	off_t at = 0, from = 0, end;

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
		/* From a filesystem of others' making, as FUSE, any answer may come. */
		if (at < from || end <= at)
			return -EUCLEAN;
		from = end;
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

static int judge_content(int fd, const struct facts *facts, bool header_only, struct found *found)
{
	int r = read_head(fd, facts->page_bytes, &found->header);

	if (r < 0)
		return r;
	if (found->header.kind == SWAPHEADER_HIBERNATION) {
		found->kind = FOUND_HIBERNATION;
	} else if (found->header.kind == SWAPHEADER_SWAP) {
		found->kind = FOUND_SWAP;
		found->ours = streq(found->header.label, SWAPHEADER_LABEL) ? OURS_YES : OURS_NO;
	} else if (found->header.kind == SWAPHEADER_OLD) {
		found->kind = FOUND_FOREIGN;
		copy_text(found->detail, sizeof(found->detail),
			  "SWAP-SPACE, a format gone since Linux 2.6");
	} else if (header_only || probe_type(fd, found->detail, sizeof(found->detail))) {
		found->kind = FOUND_FOREIGN;
	} else {
		r = file_has_data(fd, (off_t)found->size_bytes);
		if (r < 0)
			return r;
		found->kind = r ? FOUND_FOREIGN : FOUND_ZERO;
	}
	return 0;
}

/*
 * Whether an area can be this file's at all. A path of /proc/swaps can lead to another file by now:
 * that of an area on a filesystem that was unmounted lazily is its name on that filesystem only.
 */
static bool is_plausible(const struct swap_area *area, const struct facts *facts,
			 const struct found *found)
{
	uint64_t pages = found->size_bytes / facts->page_bytes, most;

	if (found->kind == FOUND_SWAP && (uint64_t)found->header.last_page + 1 < pages)
		pages = (uint64_t)found->header.last_page + 1;
	most = pages > 0 ? (pages - 1) * facts->page_bytes : 0;
	if (area->line.size_bytes > most)
		return false;
	/* Blocks smaller than a page cost some pages, where they are not in line with it. */
	return found->kind == FOUND_UNREADABLE || area->line.size_bytes >= most - most / 8;
}

static void find_active(const struct facts *facts, struct found *found)
{
	for (size_t i = 0; i < facts->n_swaps; i++) {
		const struct swap_area *area = &facts->swaps[i];

		if (area->ino == 0 || area->dev != found->dev || area->ino != found->ino ||
		    !is_plausible(area, facts, found))
			continue;
		found->active = true;
		found->area = i;
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

static int judge_file(const struct root *root, const struct facts *facts, const struct walk *walk,
		      bool header_only, struct found *found)
{
	const char *name = strrchr(found->path, '/') + 1;
	const int dir = walk->fd;
	_cleanup_close_ int fd = -1;
	struct statx stx;
	struct stat st;
	int r = 0;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		if (errno == ENOENT) {
			found->kind = FOUND_NOTHING;
			return 0;
		}
		return neg_errno();
	}
	if (!S_ISREG(st.st_mode)) {
		found->kind = kind_of_mode(st.st_mode);
		return 0;
	}
	fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 && errno != EACCES && errno != EPERM)
		return neg_errno();
	/* From here on the descriptor is what is looked at, not the name. */
	if (fd >= 0 && fstat(fd, &st) < 0)
		return neg_errno();
	if (!S_ISREG(st.st_mode)) {
		found->kind = kind_of_mode(st.st_mode);
		return 0;
	}
	keep_stat(&st, found);
	if (statx(dir, name, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &stx) == 0)
		found->immutable = stx.stx_attributes & stx.stx_attributes_mask &
			(STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND);
	/* A tree's own /proc/swaps would not say so; that of the machine we run on does. */
	found->busy = !root->is_system && facts_kernel_swaps_to(&st);
	if (fd < 0) {
		found->kind = FOUND_UNREADABLE;
		found->ours = OURS_UNKNOWN;
	} else {
		r = judge_content(fd, facts, header_only, found);
	}
	if (r < 0)
		return r;
	find_active(facts, found);
	return fd < 0 ? 0 : facts_read_layout(fd, facts, found);
}

/*
 * The directory the file is to be in. Where just that is missing, the one it can be made in:
 * found->dir_missing.
 */
static void walk_to(const struct root *root, struct found *found, struct walk *walk)
{
	char directory[sizeof(found->path)];
	struct walk above;

	root_walk_parent(root, found->path, walk);
	if (walk->fault != WALK_MISSING)
		return;
	strcpy(directory, found->path);
	*strrchr(directory, '/') = '\0';
	root_walk_parent(root, directory, &above);
	if (above.fault != WALK_OK)
		return;
	*walk = above;
	found->dir_missing = true;
}

static int find(const struct root *root, const struct facts *facts, const char *path,
		bool header_only, struct found *ret, struct err *err)
{
	struct walk walk;
	int r;

	memset(ret, 0, sizeof(*ret));
	if (strlen(path) >= sizeof(ret->path))
		return err_sys(err, -ENAMETOOLONG, "cannot look at %s", path);
	strcpy(ret->path, path);
	if (!header_only)
		facts_find_unmounted(root, facts, ret);
	walk_to(root, ret, &walk);
	ret->way = walk.fault;
	if (walk.fault != WALK_OK) {
		ret->kind = FOUND_NO_WAY;
		ret->error = walk.error;
		copy_text(ret->detail, sizeof(ret->detail), walk.where);
		return 0;
	}
	facts_read_filesystem(root, walk.fd, ret);
	r = ret->dir_missing ? 0 : judge_file(root, facts, &walk, header_only, ret);
	close(walk.fd);
	if (r == -ENOMEM)
		return err_sys(err, r, "cannot look at %s", path);
	/* Of the many that fstab may name, only ours matter. */
	if (header_only && ret->kind == FOUND_SWAP && ret->ours == OURS_YES)
		facts_find_unmounted(root, facts, ret);
	if (r < 0) {
		ret->kind = FOUND_ERROR;
		ret->error = r;
	}
	return 0;
}

int facts_find(const struct root *root, const struct facts *facts, const char *path,
	       struct found *ret, struct err *err)
{
	return find(root, facts, path, false, ret, err);
}

int facts_find_header(const struct root *root, const struct facts *facts, const char *path,
		      struct found *ret, struct err *err)
{
	return find(root, facts, path, true, ret, err);
}
