/* SPDX-License-Identifier: MIT */
/*
 * The one way a text file is replaced: whole, durable, keeping owner, mode, xattrs and a symlink.
 * Knows nothing of what is in it.
 */
#pragma once

#include "err.h"
#include "root.h"

/* Why a file could not be replaced; known before anything is written. */
enum replace_obstacle {
	REPLACE_FREE,
	REPLACE_NOT_REGULAR,
	REPLACE_MOUNT_POINT, /* bind-mounted: a rename over it is EBUSY */
	REPLACE_IMMUTABLE,   /* chattr +i or +a on the file or its directory */
	REPLACE_READ_ONLY,   /* the filesystem is mounted read-only */
	REPLACE_NO_DIRECTORY,
	REPLACE_UNSAFE,      /* others than root may write the directory */
	REPLACE_DENIED,      /* this user may not write the directory */
	REPLACE_SYMLINK_OUT, /* a symlink that dangles, or leads by where others can write */
};

/* What stands in the way of replacing (or making, or removing) `path`. Reads only. */
enum replace_obstacle replace_obstacle(const struct root *root, const char *path);

/*
 * Makes `path` hold `after`. `before` is what the caller read from it (NULL: it did not exist);
 * when the file holds something else by now, -ESTALE is returned and nothing is changed. `after`
 * NULL removes the file. Equal texts are a no-op. A new file gets `mode`, root's ownership and, one
 * level deep, a missing directory (0755). On any failure the file is as it was and no temporary
 * file is left. Order: compare with before, temp file in the same directory, write, owner,
 * mode, xattrs, fsync, look whether the name is still the file that was read, rename, fsync of the
 * directory.
 */
struct replacement {
	const char *path;
	const char *before, *after;
	size_t before_len, after_len;
	mode_t mode;
};
int replace_file(const struct root *root, const struct replacement *r, struct err *err) must_check;
