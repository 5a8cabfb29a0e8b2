/* SPDX-License-Identifier: MIT */
/*
 * The blocks of a swapfile: all there, where they stay, and nobody else's. path is for messages.
 */
#pragma once

#include "swapfile.h"

/* Of an empty file: that btrfs neither copies it on write nor compresses it. */
int swapblocks_prepare(int fd, const char *path, struct err *err) must_check;

/*
 * Gives the file spec->size_bytes and the blocks from from_bytes on. 1: by writing zeros, where
 * spec says so or the filesystem has no fallocate. What it has got when it fails is for the caller
 * to cut off.
 */
int swapblocks_reserve(int fd, const char *path, const struct swapfile_spec *spec,
		       uint64_t from_bytes, struct err *err) must_check;

/* After an unlink in the directory: its room can be used at once, as far as that can be had. */
void swapblocks_return(int dir);
