/* SPDX-License-Identifier: MIT */
/*
 * Tells UTF-8 from other bytes. Pure.
 */
#pragma once

#include "util.h"

/* Length of the UTF-8 sequence at p, or 0: it is none (RFC 3629). */
size_t utf8_length(const unsigned char *p);

/* How much of it is UTF-8, from its beginning; need not end in NUL. */
size_t utf8_prefix(const char *text, size_t len);
