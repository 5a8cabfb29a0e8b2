/* SPDX-License-Identifier: MIT */
/*
 * Why a filesystem cannot hold a swapfile, in words. Which ones can is the profile's to say.
 */
#include "report.h"

#define ANOTHER "name a file on ext4 or xfs (--file)"
#define OPEN    "which keeps neither owner nor mode, so others might read what is swapped out"
#define NETWORK "swapping over a network can deadlock; name a file on a local disk (--file)"

/*
 * Filesystems that are refused for a reason of their own, each with a way out. That swapon takes a
 * file says nothing: it does on vfat, exfat and ntfs-3g.
 */
static const struct {
	const char *type, *words;
} filesystem_words[] = {
	{ "overlay",
	  "overlayfs, which cannot hold a swapfile; name a file on a disk's own "
	  "filesystem (--file)" },
	{ "tmpfs", "tmpfs, which is in memory itself; name a file on a disk (--file)" },
	{ "ramfs", "ramfs, which is in memory itself; name a file on a disk (--file)" },
	{ "squashfs", "squashfs, which is always read-only; " ANOTHER },
	{ "erofs", "erofs, which is always read-only; " ANOTHER },
	{ "vfat", "vfat, " OPEN "; " ANOTHER },
	{ "exfat", "exfat, " OPEN "; " ANOTHER },
	{ "nfs", "nfs, and " NETWORK },
	{ "nfs4", "nfs, and " NETWORK },
	{ "cifs", "cifs, and " NETWORK },
	{ "smb3", "cifs, and " NETWORK },
	{ "9p", "9p, which cannot hold a swapfile; name a file on a local disk (--file)" },
	{ "zfs",
	  "zfs, which cannot hold a swapfile, and whose volumes can deadlock as swap; use a "
	  "partition outside of the pool, or " ANOTHER },
	{ "bcachefs", "bcachefs, which cannot hold a swapfile; use a partition, or " ANOTHER },
	{ "ecryptfs",
	  "ecryptfs, which cannot hold a swapfile; name a file outside of it "
	  "(--file)" },
};

void report_filesystem(FILE *out, const char *type)
{
	for (size_t i = 0; i < ARRAY_SIZE(filesystem_words); i++) {
		if (streq(type, filesystem_words[i].type)) {
			fputs(filesystem_words[i].words, out);
			return;
		}
	}
	if (has_prefix(type, "fuse"))
		fprintf(out, "%s%s, whose process could itself be swapped out; " ANOTHER, type,
			streq(type, "fuseblk") ? " (ntfs-3g, for example)" : "");
	else
		fprintf(out, "%s, which memprov does not know to hold swapfiles safely; " ANOTHER,
			*type ? type : "an unknown filesystem");
}
