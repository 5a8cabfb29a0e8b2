/* SPDX-License-Identifier: MIT */
/*
 * What the kernel logs about a call of ours: swapon's errno alone says little. Reads /dev/kmsg
 * only.
 */
#pragma once

#include "util.h"

#define KMSG_REASON_MAX 256

/* A descriptor that will read what is logged from now on, or -errno: not everybody may. */
int kmsg_open(void) must_check;

/*
 * The last line about swap that the kernel itself (not a process writing to its log) has logged
 * since kmsg_open, without control characters. False: there is none.
 */
bool kmsg_swap_reason(int fd, char ret[static KMSG_REASON_MAX]);

/* The text of one record ("prio,seq,usec,flags;text\n...") if the kernel wrote it about swap. */
bool kmsg_parse(const char *record, char ret[static KMSG_REASON_MAX]);

/*
 * Whether such a line says that the file has holes, in the words of any kernel since 5.7: those of
 * mm/page_io.c, fs/iomap/swapfile.c, fs/btrfs/inode.c and fs/f2fs/data.c.
 */
bool kmsg_is_about_holes(const char *reason);
