/* SPDX-License-Identifier: MIT */
/*
 * Lines of other people's sysctl files, commented out and brought back. Pure: every byte but the
 * mark stays as it is, so that what was disabled can be had again whoever edited the file since.
 */
#pragma once

#include "util.h"

#define SYSCTL_MARK "#memprov# "

/*
 * The text with the mark put before the line that `at` points into. A line ends where either
 * applier ends it: at LF, CR or NUL. Returns malloced text, or NULL without memory.
 */
char *sysctl_disable(const char *text, size_t len, const char *at, size_t *ret_len) must_check;

/* The text with the mark taken off every line that begins with it; likewise malloced, or NULL. */
char *sysctl_restore(const char *text, size_t len, size_t *ret_len) must_check;

/* How many lines begin with the mark, and set something behind it. */
size_t sysctl_count_disabled(const char *text, size_t len);
