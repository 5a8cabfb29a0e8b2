/* SPDX-License-Identifier: MIT */
/*
 * How the appliers read one file of settings, and which paths its keys mean. Pure; knows nothing
 * of other files.
 */
#pragma once

#include "sysctl.h"

/* One assignment; the texts lie in the file's and have no NUL behind them. */
struct sysctl_line {
	unsigned number;   /* from 1 */
	const char *key;   /* without the leading '-', trimmed */
	const char *value; /* trimmed; NULL: "-key" alone, which tuned does not know */
	size_t key_len, value_len;
};

struct sysctl_scan {
	enum sysctl_rules rules;
	const char *at, *end;
	unsigned number; /* of the line read last */
};

/* The next line that is an assignment under the scan's rules; false at the end of the text. */
bool sysctl_scan_next(struct sysctl_scan *scan, struct sysctl_line *ret) must_check;

#define SYSCTL_PATH_MAX 4096 /* PATH_MAX: a longer one opens nothing */

/*
 * The path below /proc/sys that a key means: the first separator tells whether dots or slashes
 * separate; to tuned up to 2.20 both do, later a slash is part of a name. Doubled slashes and "."
 * are gone. *ret_plain (may be NULL) tells whether the key had none of them. False: too long, or no
 * path the applier can open.
 */
bool sysctl_key_path(enum sysctl_rules rules, const struct sysctl_line *line,
		     char ret[static SYSCTL_PATH_MAX], bool *ret_plain) must_check;

/*
 * How much of a text tuned reads: all of it, or the whole lines in the pieces Python's decoder
 * takes before the one that is not UTF-8, at which tuned gives up this file and all others.
 */
size_t sysctl_tuned_reads(const char *text, size_t len);

/* The managed key whose path this is, or SYSCTL_N. */
enum sysctl_key sysctl_path_key(const char *path);

/* Whether glob(3) would look for files of that name rather than take it as it stands. */
bool sysctl_path_is_glob(const char *path);
