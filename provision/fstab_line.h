/* SPDX-License-Identifier: MIT */
/*
 * One line of fstab as glibc, libmount and systemd read it, and how a wanted entry is merged into
 * it. Internal to fstab*.c; knows nothing of the lines around it.
 */
#pragma once

#include "fstab.h"

struct span {
	const char *at;
	size_t len;
};

static inline struct span span_of(const char *text)
{
	return (struct span){ text, strlen(text) };
}

static inline const char *span_end(struct span s)
{
	return s.at + s.len;
}

static inline bool span_is(struct span s, const char *text)
{
	return s.len == strlen(text) && memcmp(s.at, text, s.len) == 0;
}

static inline struct span span_skip(struct span s, size_t n)
{
	return (struct span){ s.at + n, s.len - n };
}

static inline void span_print(struct span s, FILE *out)
{
	(void)fwrite(s.at, 1, s.len, out);
}

enum fstab_field { FSTAB_SOURCE, FSTAB_TARGET, FSTAB_TYPE, FSTAB_OPTIONS, FSTAB_FIELDS };

/* Borrows the text it was split from. */
struct fstab_line {
	struct span text; /* without its line end */
	struct span field[FSTAB_FIELDS];
	unsigned n_fields;  /* of field[] that are there; 0: blank or a comment */
	unsigned n_numbers; /* dump and pass that are there as numbers: 0..2 */
	const char *end;    /* behind the last of all these; what follows is comment */
	bool cr;            /* the line end starts with a carriage return */
};

/* As libmount decodes: any \ooo, and a \000 ends the text. Too long a text is cut. */
void fstab_decode(struct span raw, char *buf, size_t size);

/* `own`: an options field, or nothing ({ 0 }). */
bool fstab_options_are_right(struct span own, const struct fstab_want *want);
void fstab_options_merge(struct span own, const struct fstab_want *want, FILE *out);

/* `len` bytes at `at` are one line, with or without its line end. */
void fstab_line_split(const char *at, size_t len, struct fstab_line *ret);

/* Whether the line is a swap line for the path, however it is spelled. */
bool fstab_line_is_for(const struct fstab_line *line, const char *path);

/* For a line that is for want->path; see fstab_set. */
bool fstab_line_is_right(const struct fstab_line *line, const struct fstab_want *want);

/* Writes the line with the wanted entry merged into it, without line end. */
void fstab_line_merge(const struct fstab_line *line, const struct fstab_want *want, FILE *out);

/* Writes a new line for the wanted entry, without line end. */
void fstab_line_new(const struct fstab_want *want, FILE *out);
