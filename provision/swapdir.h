/* SPDX-License-Identifier: MIT */
/*
 * Makes the directory a swapfile is to be in: on btrfs as a subvolume of its own, so that those
 * above it can go on being snapshotted while the swapfile is active. Decides nothing.
 */
#pragma once

#include "err.h"

#include <sys/types.h>

/* A directory above that is safe, a name in it, and how the new one is called in messages. */
struct swapdir {
	int above;
	const char *name;
	const char *path;
};

/*
 * 0755, and on btrfs a subvolume of mode 0700; synced. Returns 1, or 0 where there is one already,
 * which is left as it is.
 */
int swapdir_make(const struct swapdir *dir, struct err *err) must_check;

/* Takes away what swapdir_make has made. */
int swapdir_remove(const struct swapdir *dir, struct err *err) must_check;
