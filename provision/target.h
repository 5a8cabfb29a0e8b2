/* SPDX-License-Identifier: MIT */
/*
 * What this machine is to have: a profile, the machine's RAM and the command line's wishes, with
 * the row chosen and the texts rendered once. Pure.
 */
#pragma once

#include "profile.h"

/* What the command line says over the profile. */
struct target_wish {
	const char *file; /* --file, or NULL */
	bool has_size;    /* --size was given */
	uint64_t size_bytes;
};

struct target {
	const struct profile *profile;      /* borrowed */
	uint64_t memtotal_bytes, ram_bytes; /* as the kernel says, and nominal */
	size_t page_bytes;

	bool manage_swap;               /* the profile has a swap section, or --size was given */
	bool exact;                     /* --size: other swap is not counted, grows and shrinks */
	const struct profile_row *row;  /* NULL: no row for this RAM (or exact) */
	uint64_t low_bytes, high_bytes; /* recommended, page multiples */
	uint64_t minimum_bytes;
	const char *swapfile;    /* absolute path, borrowed */
	struct fstab_want fstab; /* borrowed from the profile */
	char *dropin;            /* text of SYSCTL_DROPIN; NULL: none is wanted */
};

/* Returns 0, or -ENOMEM. *ret borrows from profile and wish. */
int target_make(const struct profile *profile, const struct target_wish *wish,
		uint64_t memtotal_bytes, size_t page_bytes, struct target *ret) must_check;
void target_done(struct target *target);
