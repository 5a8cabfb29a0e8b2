/* SPDX-License-Identifier: MIT */
/*
 * Reads the texts of /proc that libmount has no better reader for. Pure: text in, values out.
 */
#pragma once

#include "util.h"

#define UNKNOWN UINT64_MAX /* of a number this user, or this kernel, does not show */

/* A field of /proc/meminfo in bytes ("MemTotal"), or UNKNOWN. */
uint64_t meminfo_bytes(const char *text, const char *field);

/* One line of /proc/swaps. */
struct swap_line {
	char path[4096]; /* octal escapes decoded; " (deleted)" at its end can be part of the name
			  */
	bool is_file;    /* else a block device */
	uint64_t size_bytes, used_bytes;
	int priority;
};

/*
 * Takes the next line off *text, which starts at the beginning of /proc/swaps. False at the end.
 * Lines that are none of the kernel's are passed over.
 */
bool swaps_next(const char **text, struct swap_line *ret);

/* Decodes \ooo in place, as the kernel writes blanks in paths. */
void octal_decode(char *text);
