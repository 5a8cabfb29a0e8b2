/* SPDX-License-Identifier: MIT */
/*
 * Writes zeros to a part of a file, at the speed of the disk. Knows nothing of swap.
 */
#pragma once

#include "util.h"

/*
 * Whom to tell how far it has come: at once with 0, then at most 10 times a second, and when all is
 * written.
 */
struct fill_progress {
	void (*report)(void *arg, uint64_t done_bytes, uint64_t total_bytes);
	void *arg;
};

/*
 * Writes zeros from from_bytes to end_bytes; progress may be NULL. Past the page cache where the
 * filesystem lets it, but not synced. -errno: some of it may be written, the caller cuts it off.
 */
int fill_zeros(int fd, uint64_t from_bytes, uint64_t end_bytes,
	       const struct fill_progress *progress) must_check;
