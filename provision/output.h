/* SPDX-License-Identifier: MIT */
/*
 * Writes a file that others read while it is replaced. Nothing of the machine's own is written so;
 * that is replace.h's.
 */
#pragma once

#include "err.h"

/*
 * Makes FILE hold the text, mode 0644: whoever opens it finds the former text or this one, whole. A
 * symlink in its place is replaced, not followed. No name that ends as FILE does is used meanwhile,
 * for collectors read all of a directory that do. Not synced: it is written anew all the time.
 */
int output_write(const char *file, const char *text, struct err *err) must_check;
