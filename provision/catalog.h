/* SPDX-License-Identifier: MIT */
/*
 * Which profile a name means: /etc/memprov under the root, or one compiled in. Reads, never writes.
 */
#pragma once

#include "err.h"
#include "profile.h"
#include "root.h"

#define CATALOG_DIR     "/etc/memprov/profiles"
#define CATALOG_DEFAULT "/etc/memprov/profile.yaml"

/* A file of profiles/, compiled in; the table ends with a NULL name. */
struct catalog_builtin {
	const char *name;
	const char *text;
	size_t len;
};
extern const struct catalog_builtin catalog_builtins[];

struct catalog_text {
	char *name, *source; /* source: "built-in" or a path */
	char *text;
	size_t len;
};

/*
 * Finds and reads: NULL or "" is CATALOG_DEFAULT if it exists, else the built-in "default"; a word
 * without '/' is CATALOG_DIR/WORD.yaml under the root, else the built-in; anything else is the
 * caller's own path, outside the root. Errors: -ENOENT, those of reading; -EFBIG.
 */
int catalog_find(const struct root *root, const char *profile, struct catalog_text *ret,
		 struct err *err) must_check;
void catalog_text_done(struct catalog_text *text);

/*
 * All names to be had, sorted, each once (a file in /etc hides the built-in one); first "" where
 * CATALOG_DEFAULT exists, which catalog_find takes for NULL.
 */
int catalog_list(const struct root *root, char ***ret_names, size_t *ret_n, struct err *err)
	must_check;
void catalog_names_done(char **names, size_t n);
