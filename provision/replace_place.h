/* SPDX-License-Identifier: MIT */
/*
 * Where a text file really is, its symlinks followed. For replace*.c only.
 */
#pragma once

#include "replace.h"

#include <limits.h>

/* Where a path ends up when its last symlinks are followed: a directory and a name in it. */
struct place {
	int dir;     /* O_PATH|O_DIRECTORY; -1 when the directory is missing */
	bool linked; /* at least one symlink was followed */
	bool exists;
	struct stat st; /* if it exists */
	char path[PATH_MAX];
	const char *name; /* in path */
};

void place_close(struct place *place);

/* "/etc/fstab" -> "/etc/" in `buf`; the name is what is returned. */
const char *place_split(const char *path, char buf[static PATH_MAX]);

/* Follows the links of the last component. -ENOENT: the directory is missing; -ELOOP. */
int place_find(const struct root *root, const char *path, struct place *ret) must_check;
