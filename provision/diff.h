/* SPDX-License-Identifier: MIT */
/*
 * A unified diff of two short texts, as patch(1) reads it. Pure.
 */
#pragma once

#include "util.h"

/*
 * Writes the diff of before (NULL: /dev/null) to after (NULL: /dev/null) under the name `path`
 * with three lines of context; nothing when they are equal. A last line without newline is marked
 * as diff(1) does. Returns 0 or -ENOMEM.
 */
int diff_print(FILE *out, const char *path, const char *before, const char *after) must_check;
