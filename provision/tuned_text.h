/* SPDX-License-Identifier: MIT */
/*
 * What one text of tuned, Red Hat's tuning daemon, says: its main configuration, or a profile, as
 * Python's configparser reads them for it. Pure: text in, values out.
 */
#pragma once

#include "util.h"

#define TUNED_VALUE_MAX 1024
#define TUNED_NAME_MAX  256

/*
 * The last value of a key in a section ("": above all of them), its continued lines joined by
 * blanks. False, and "": there is none, or a longer one than anybody has.
 */
bool tuned_option(const char *text, const char *section, const char *key,
		  char ret[static TUNED_VALUE_MAX]);

/*
 * Whether tuned applies sysctl.d again once it has applied its profile, so that sysctl.d wins.
 * text NULL: there is no tuned-main.conf, without which tuned does not start.
 */
bool tuned_reapplies(const char *text);

/*
 * The next of a list of names, *p being the place in it. Blanks around a name are not part of it,
 * empty ones are passed over, and of a longer one the beginning is given. False: there is none.
 */
bool tuned_next_name(const char **p, const char *separators, char ret[static TUNED_NAME_MAX]);

/*
 * Whether one of the patterns of reapply_sysctl_exclude (NULL: none) matches a key as it is written
 * in sysctl.d. Releases up to 2.25 do not have that option.
 */
bool tuned_excludes(const char *patterns, const char *key, size_t len);

/* Whether a value of a profile depends on variables, functions or what is set already. */
bool tuned_is_computed(const char *value, size_t len);

/* --- line by line --- */

struct tuned_piece {
	const char *text;
	size_t len;
};

struct tuned_scan {
	const char *at;
	unsigned number; /* of the line read last, from 1 */
	size_t indent;   /* of the option or header read last */
	bool in_option;
	struct tuned_piece section;
	struct tuned_piece key, value; /* of the option read last */
	bool continued;                /* the line goes on with its value */
};

bool tuned_same(struct tuned_piece a, struct tuned_piece b);
bool tuned_is(struct tuned_piece piece, const char *text);

/* text NULL: an empty one */
struct tuned_scan tuned_scan_begin(const char *text);

/* The next header (without a key), option, or part of one; false at the end of the text. */
bool tuned_scan_next(struct tuned_scan *scan);

/* The next of a list, trimmed; false at its end. */
bool tuned_next_piece(const char **p, const char *end, const char *separators,
		      struct tuned_piece *ret);
