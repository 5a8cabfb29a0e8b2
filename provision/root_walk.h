/* SPDX-License-Identifier: MIT */
/*
 * Opening beneath the root without the kernel's help. For root*.c only.
 */
#pragma once

#include "root.h"

/* As root_openat, for kernels before 5.6 and filters that do not know openat2. */
int root_walk_openat(const struct root *root, const char *path, int flags, mode_t mode) must_check;

/* Opens a directory, not one beneath a root, by a path without any symlink; -ELOOP where it has
 * one. */
int root_walk_no_symlinks(const char *dir) must_check;

/* Without the slashes at its beginning; "." for the root itself. */
static inline const char *path_relative(const char *path)
{
	while (*path == '/')
		path++;
	return *path ? path : ".";
}
