/* SPDX-License-Identifier: MIT */
/*
 * Finds out how a swapfile's blocks lie on its disk: the kernel swaps to blocks that are all there,
 * stay where they are and belong to nobody else. Asks the filesystem, and reads none of the data.
 */
#include "facts_parts.h"

#include <linux/fiemap.h>
#include <linux/fs.h>
#include <sys/ioctl.h>

#define EXTENTS_AT_ONCE 256

/* In bytes; first_byte is where the first lies on the device, or UNKNOWN. */
struct extents {
	uint64_t mapped, shared, encoded, first_byte;
};

/* Encoded: compressed, or inside of metadata. What lies beyond the end of the file fills no hole.
 */
static void add_extent(const struct fiemap_extent *extent, uint64_t bytes, struct extents *sum)
{
	/* What f2fs has counted but given no place; swapon takes it, and every write there fails.
	 */
	if (extent->fe_flags & FIEMAP_EXTENT_UNWRITTEN && extent->fe_physical == 0)
		return;
	if (extent->fe_logical == 0 && !(extent->fe_flags & FIEMAP_EXTENT_UNKNOWN))
		sum->first_byte = extent->fe_physical;
	sum->mapped += bytes;
	if (extent->fe_flags & FIEMAP_EXTENT_SHARED)
		sum->shared += bytes;
	if (extent->fe_flags &
	    (FIEMAP_EXTENT_ENCODED | FIEMAP_EXTENT_DATA_INLINE | FIEMAP_EXTENT_DATA_TAIL))
		sum->encoded += bytes;
}

/*
 * Adds up one answer, and moves *at behind it. True: it was the last. -EUCLEAN: the extents do not
 * follow each other, as a server across a network could have it.
 */
static int add_answer(const struct fiemap *map, uint64_t size, uint64_t *at, struct extents *sum)
{
	for (unsigned i = 0; i < map->fm_mapped_extents; i++) {
		const struct fiemap_extent *extent = &map->fm_extents[i];
		uint64_t start = extent->fe_logical > *at ? extent->fe_logical : *at, end;

		if (__builtin_add_overflow(extent->fe_logical, extent->fe_length, &end) ||
		    end <= *at)
			return -EUCLEAN;
		if (extent->fe_logical >= size)
			return true;
		/* The first may begin before the place that was asked about. */
		add_extent(extent, (end < size ? end : size) - start, sum);
		*at = end;
		if (extent->fe_flags & FIEMAP_EXTENT_LAST)
			return true;
	}
	return map->fm_mapped_extents == 0;
}

/* Of the whole file, or of what comes first. -EOPNOTSUPP, -ENOTTY: the filesystem does not tell. */
static int read_extents(int fd, uint64_t size, bool whole, struct extents *ret)
{
	_cleanup_free_ struct fiemap *map =
		calloc(1, sizeof(*map) + EXTENTS_AT_ONCE * sizeof(struct fiemap_extent));
	struct extents sum = { .first_byte = UNKNOWN };
	uint64_t at = 0;
	int last = 0;

	if (!map)
		return -ENOMEM;
	while (at < size && last == 0) {
		*map = (struct fiemap){
			.fm_start = at,
			.fm_length = size - at,
			.fm_extent_count = whole ? EXTENTS_AT_ONCE : 1,
		};
		do {
			last = ioctl(fd, FS_IOC_FIEMAP, map);
		} while (last < 0 && errno == EINTR);
		last = last < 0 ? neg_errno() : add_answer(map, size, &at, &sum);
		if (last == 0 && !whole)
			last = 1;
	}
	*ret = sum;
	return last < 0 ? last : 0;
}

/* A file that btrfs would write elsewhere each time, which its swap_activate refuses. */
static bool is_copy_on_write(int fd)
{
	int flags = 0; /* an int, for all that the ioctl's number says long */

	return ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0 &&
		(!(flags & FS_NOCOW_FL) || flags & FS_COMPR_FL);
}

/*
 * The resume_offset of a file is its first block, in pages from the start of the filesystem's
 * device; where it does not begin on a page, the kernel rounds up, and a tool may round down. On
 * btrfs the extents say no such thing; there any file may be the one.
 */
static bool is_resumed_from(const struct resume *resume, const struct facts *facts,
			    const struct found *found, uint64_t first_byte)
{
	const uint64_t offset = resume->offset_pages, page = facts->page_bytes;
	/* Of a btrfs of several devices only the first is known. */
	const bool one = found->btrfs.devices <= 1;

	if (offset == 0)
		return false;
	if (one && resume->dev != 0 && found->fs_dev != 0 && resume->dev != found->fs_dev)
		return false;
	return streq(found->fs_type, "btrfs") || first_byte == UNKNOWN ||
		first_byte / page == offset || (first_byte + page - 1) / page == offset;
}

static bool may_be_resumed_from(const struct facts *facts)
{
	return facts->resume_now.offset_pages != 0 || facts->resume_boot.offset_pages != 0;
}

int facts_read_layout(int fd, const struct facts *facts, struct found *found)
{
	struct extents extents = { .first_byte = UNKNOWN };
	int r;

	if (found->kind != FOUND_SWAP && found->kind != FOUND_ZERO)
		return 0;
	/* The kernel has taken what is active for what it should be. */
	if (found->active && !may_be_resumed_from(facts))
		return 0;
	r = read_extents(fd, found->size_bytes, !found->active, &extents);
	if (r == -EOPNOTSUPP || r == -ENOTTY || r == -EUCLEAN) {
		/* Sparse in any case is what has fewer blocks than bytes. */
		extents = (struct extents){ .first_byte = UNKNOWN };
		extents.mapped = found->allocated_bytes < found->size_bytes ? found->allocated_bytes
									    : found->size_bytes;
	} else if (r < 0) {
		return r;
	}
	if (found->kind == FOUND_SWAP)
		found->resumes =
			is_resumed_from(&facts->resume_now, facts, found, extents.first_byte) ||
			is_resumed_from(&facts->resume_boot, facts, found, extents.first_byte);
	if (found->active)
		return 0;
	found->hole_bytes = found->size_bytes - extents.mapped;
	found->shared_bytes = extents.shared;
	found->encoded_bytes = extents.encoded;
	if (streq(found->fs_type, "btrfs"))
		found->copy_on_write = extents.encoded > 0 || is_copy_on_write(fd);
	return 0;
}
