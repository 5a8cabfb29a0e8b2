/* SPDX-License-Identifier: MIT */
/*
 * The command line: one table of options serves parsing and --help. Looks at nothing but argv.
 */
#pragma once

#include "err.h"

enum verb { VERB_AUDIT, VERB_APPLY, VERB_REMOVE, VERB_CHECK, VERB_PROFILES, VERB_N };

extern const char *const verb_names[VERB_N];

struct options {
	enum verb verb; /* VERB_N: none was understood */
	const char *profile, *file, *root;
	const char *output; /* of prometheus; NULL: stdout */
	bool dry_run, force, json, prometheus, quiet, verbose;
	bool help, version;
	bool has_size;
	uint64_t size_bytes;
	uint64_t ram_bytes;     /* 0: not given */
	char *const *arguments; /* of check */
	size_t n_arguments;
};

/*
 * Returns 0, or -EINVAL with what is wrong. ret->json is set then, too, if JSON was
 * asked for anywhere on the line.
 */
int options_parse(int argc, char *const *argv, struct options *ret, struct err *err) must_check;

void options_print_help(void);
