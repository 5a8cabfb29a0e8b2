/* SPDX-License-Identifier: MIT */
/*
 * A text that is printed into as into a file. Of open_memstream, glibc's fclose() says neither that
 * a part did not fit nor that there is no text at all.
 */
#pragma once

#include "util.h"

struct memstream {
	FILE *file;
	char *text;
	size_t len, room;
};

/* -ENOMEM, or what is to be closed, from where it is. */
int memstream_open(struct memstream *ret) must_check;

/* Frees it. -ENOMEM where anything was lost; else the text, NUL behind it, is the caller's. */
int memstream_close(struct memstream *stream, char **ret_text, size_t *ret_len) must_check;
