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

struct extents {
	uint64_t mapped_bytes, shared_bytes;
	uint64_t first_byte; /* where the first lies on the device; UNKNOWN */
	bool encoded;        /* compressed, or inside of metadata */
};

static void add_extent(const struct fiemap_extent *extent, uint64_t size, struct extents *sum)
{
	uint64_t end = extent->fe_logical + extent->fe_length;
	/* What is allocated beyond the end of the file fills no hole. */
	uint64_t bytes = (end < size ? end : size) - extent->fe_logical;

	if (extent->fe_logical >= size)
		return;
	/* What f2fs has counted but given no place; swapon takes it, and every write there fails.
	 */
	if (extent->fe_flags & FIEMAP_EXTENT_UNWRITTEN && extent->fe_physical == 0)
		return;
	if (extent->fe_logical == 0 && !(extent->fe_flags & FIEMAP_EXTENT_UNKNOWN))
		sum->first_byte = extent->fe_physical;
	sum->mapped_bytes += bytes;
	if (extent->fe_flags & FIEMAP_EXTENT_SHARED)
		sum->shared_bytes += bytes;
	if (extent->fe_flags &
	    (FIEMAP_EXTENT_ENCODED | FIEMAP_EXTENT_DATA_INLINE | FIEMAP_EXTENT_DATA_TAIL))
		sum->encoded = true;
}

/* -EOPNOTSUPP, -ENOTTY: the filesystem does not tell. */
static int read_extents(int fd, uint64_t size, struct extents *ret)
{
	_cleanup_free_ struct fiemap *map =
		calloc(1, sizeof(*map) + EXTENTS_AT_ONCE * sizeof(struct fiemap_extent));
	struct extents sum = { .first_byte = UNKNOWN };
	uint64_t at = 0;
	bool last = false;

	if (!map)
		return -ENOMEM;
	while (at < size && !last) {
		*map = (struct fiemap){
			.fm_start = at,
			.fm_length = size - at,
			.fm_extent_count = EXTENTS_AT_ONCE,
		};
		if (ioctl(fd, FS_IOC_FIEMAP, map) < 0)
			return neg_errno();
		if (map->fm_mapped_extents == 0)
			break;
		for (unsigned i = 0; i < map->fm_mapped_extents; i++) {
			const struct fiemap_extent *extent = &map->fm_extents[i];

			add_extent(extent, size, &sum);
			at = extent->fe_logical + extent->fe_length;
			last = extent->fe_flags & FIEMAP_EXTENT_LAST;
		}
	}
	*ret = sum;
	return 0;
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
 * device. On btrfs the extents say no such thing; there any file may be the one.
 */
static bool is_resumed_from(const struct resume *resume, const struct facts *facts,
			    const struct found *found, const struct extents *extents)
{
	if (resume->offset_pages == 0)
		return false;
	if (resume->dev != 0 && found->fs_dev != 0 && resume->dev != found->fs_dev)
		return false;
	return streq(found->fs_type, "btrfs") || extents->first_byte == UNKNOWN ||
		extents->first_byte / facts->page_bytes == resume->offset_pages;
}

void facts_read_layout(int fd, const struct facts *facts, struct found *found)
{
	struct extents extents = { .first_byte = UNKNOWN };

	if (found->kind != FOUND_SWAP && found->kind != FOUND_ZERO)
		return;
	if (read_extents(fd, found->size_bytes, &extents) < 0) {
		/* Sparse in any case is what has fewer blocks than bytes. */
		extents.mapped_bytes = found->allocated_bytes < found->size_bytes
			? found->allocated_bytes
			: found->size_bytes;
	}
	if (found->kind == FOUND_SWAP)
		found->resumes = is_resumed_from(&facts->resume_now, facts, found, &extents) ||
			is_resumed_from(&facts->resume_boot, facts, found, &extents);
	/* The kernel has taken what is active for what it should be. */
	if (found->active)
		return;
	found->hole_bytes = found->size_bytes - extents.mapped_bytes;
	found->shared_bytes = extents.shared_bytes;
	if (streq(found->fs_type, "btrfs"))
		found->copy_on_write = extents.encoded || is_copy_on_write(fd);
}
