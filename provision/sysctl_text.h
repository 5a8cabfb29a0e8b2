/* SPDX-License-Identifier: MIT */
/*
 * How the two appliers read one file of settings, and which paths its keys mean. Pure; knows
 * nothing of other files.
 */
#pragma once

#include "sysctl.h"

/* One assignment; the texts lie in the file's and have no NUL behind them. */
struct sysctl_line {
	unsigned number;   /* from 1 */
	const char *key;   /* without the leading '-', trimmed */
	const char *value; /* trimmed; NULL: "-key" alone */
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
 * separate. Doubled slashes and "." are gone. *ret_plain (may be NULL) tells whether the key had
 * none of them. False: too long, or no path the applier can open.
 */
bool sysctl_key_path(enum sysctl_rules rules, const struct sysctl_line *line,
		     char ret[static SYSCTL_PATH_MAX], bool *ret_plain) must_check;

/* The managed key whose path this is, or SYSCTL_N. */
enum sysctl_key sysctl_path_key(const char *path);

/* Whether glob(3) would look for files of that name rather than take it as it stands. */
bool sysctl_path_is_glob(const char *path);
