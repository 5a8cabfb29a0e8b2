/* SPDX-License-Identifier: MIT */
/*
 * A profile: what a class of machines is to have. Parsed and validated from YAML text; pure.
 */
#pragma once

#include "fstab.h"
#include "size.h"
#include "sysctl.h"

#define PROFILE_MAX KIB(64)
#define RAM_ANY     UINT64_MAX

/* Filesystems that may be listed; the order is that of profile_filesystems[]. */
enum filesystem { FS_EXT4, FS_XFS, FS_BTRFS, FS_EXT3, FS_EXT2, FS_F2FS, FS_N };
extern const char *const profile_filesystems[FS_N];

enum larger { LARGER_KEEP, LARGER_SHRINK };
enum conflicts { CONFLICTS_BLOCK, CONFLICTS_DISABLE, CONFLICTS_REPORT };

/* A row serves machines with at most this much RAM that no earlier row serves. */
struct profile_row {
	uint64_t ram_bytes;      /* RAM_ANY: all that are left */
	struct amount low, high; /* recommended; equal where it is no range */
	struct amount minimum;
};

struct profile {
	char *name;        /* "default", or the file's base name without .yaml */
	char *source;      /* "built-in", or the file's path */
	char *description; /* "" when there is none */

	bool has_swap;
	char *file;
	struct profile_row *rows;
	size_t n_rows;
	struct amount keep_free; /* a size, or millionths of the filesystem */
	enum larger larger;
	int priority; /* -1: the kernel's own */
	enum discard discard;
	char **options;
	size_t n_options;
	unsigned filesystems; /* bits 1 << enum filesystem */

	bool has_sysctl;
	struct sysctl_setting sysctl[SYSCTL_N];
	size_t n_sysctl;
	enum conflicts conflicts;
};

struct profile_error {
	unsigned line, column; /* from 1 */
	char message[512];
};

/* Every error of one file that could be told in one go; printed as FILE:LINE:COLUMN: message. */
struct profile_errors {
	struct profile_error *items;
	size_t n;
};

/*
 * Parses YAML text. Returns 0; -EINVAL with at least one error recorded; -ENOMEM. *ret is filled
 * only on success and then owned by the caller (profile_done). `name` and `source` are copied.
 */
int profile_parse(const char *text, size_t len, const char *name, const char *source,
		  struct profile *ret, struct profile_errors *errors) must_check;

void profile_done(struct profile *profile);
void profile_errors_done(struct profile_errors *errors);

/* The row for a machine with this (nominal) RAM, or NULL. */
const struct profile_row *profile_row_for(const struct profile *profile, uint64_t ram_bytes);

/* Why a path cannot be a swapfile's (characters, "..", not absolute), or NULL when it can. */
const char *profile_path_fault(const char *path);
