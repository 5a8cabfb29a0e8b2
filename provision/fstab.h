/* SPDX-License-Identifier: MIT */
/*
 * Byte-preserving surgery on the one fstab line of a swapfile, and libmount's reading of the rest.
 * Pure: text in, text out; the file itself is facts.c's to read and replace.c's to write.
 */
#pragma once

#include "err.h"

#define FSTAB_PATH "/etc/fstab"
#define FSTAB_MAX  MIB(1) /* more is not an fstab */

/* The option of a line that stays until its swapfile, which was ours, is gone. */
#define FSTAB_RETIRED "x-memprov.retired"

enum discard { DISCARD_NONE, DISCARD_ONCE, DISCARD_PAGES, DISCARD_BOTH };

/* The line that is to be there. */
struct fstab_want {
	const char *path; /* of the swapfile, absolute; [A-Za-z0-9._/+@:-] only */
	const char *const *options;
	size_t n_options; /* beside sw, pri= and discard */
	int priority;     /* 0..32767, or -1: none is given */
	enum discard discard;
	bool retired; /* has FSTAB_RETIRED, which no other line may have */
};

enum fstab_verdict {
	FSTAB_RIGHT,     /* nothing to change */
	FSTAB_MISSING,   /* there is no line for the path */
	FSTAB_WRONG,     /* there is one, and it is not right; fstab_drop: there is one */
	FSTAB_DUPLICATE, /* there are several; only the first is kept */
};

struct fstab_edit {
	enum fstab_verdict verdict;
	char *text; /* the whole new file, malloced, NUL-terminated; equal to the old when right */
	size_t len;
	unsigned line; /* of the first line for the path in the old text, from 1; 0: none */
	char *have;    /* that line without its line end, or NULL; malloced */
	char *want;    /* the line as it will be; malloced, NULL for fstab_drop */
};

void fstab_edit_done(struct fstab_edit *edit);

/*
 * A line is for the path when its type is swap and its first field is the path: octal escapes
 * decoded, `//`, `/./` and a trailing slash passed over, whatever the mount point. A line that
 * uses the file otherwise (a loop mount, a bind) is none of ours and stays.
 *
 * fstab_set: the text with the wanted line in it exactly once. Every byte outside that line stays,
 * but for a missing final newline, which is added when a line is appended, and further lines for
 * the path, which go. A right line is one whose own options include all wanted ones, with equal
 * pri and discard and without noauto, and that libmount, getmntent(3) and systemd's generator all
 * read alike; then the text is returned unchanged. Otherwise wanted options are merged into it, and
 * its other options, spacing and comment are kept, but for an option that they do not all take for
 * that one: with a quote in it, a backslash at its end or no name before its '='. What else not all
 * of them read is completed:
 *   a comment, or anything but numbers, behind fewer than six fields (broken to libmount) and a
 *   carriage return behind the options (part of them to glibc) get "0 0" put before them;
 *   a path or type with escapes, and a path with a trailing slash, is written plainly.
 * A new line is "PATH none swap sw,nofail 0 0".
 * Lines end as the file's first line does (LF or CRLF). `text` may be NULL with len 0: no file.
 * Errors: -ENOMEM; -EINVAL: a NUL byte, or a line for the path too long for getmntent;
 * -EFBIG: more than FSTAB_MAX.
 */
int fstab_set(const char *text, size_t len, const struct fstab_want *want, struct fstab_edit *ret,
	      struct err *err) must_check;

/* The text without any line for the path; verdict FSTAB_RIGHT when there was none. */
int fstab_drop(const char *text, size_t len, const char *path, struct fstab_edit *ret,
	       struct err *err) must_check;

/* Whether two absolute paths are one by their words: "//swapfile", "/./swapfile". Opens nothing. */
bool fstab_same_path(const char *a, const char *b);

/* --- as libmount reads it --- */

struct fstab_entry {
	char *source, *target, *type, *options; /* decoded; options may be "" */
};

struct fstab_table {
	struct fstab_entry *entries;
	size_t n;
};

/* Whether "nofail", or "pri=5", is among the entry's options. */
bool fstab_has_option(const struct fstab_entry *entry, const char *option);

/* "noauto", which to libmount and systemd it is with a value, too. */
bool fstab_is_noauto(const struct fstab_entry *entry);

/* Malformed lines are passed over, as mount -a does. Errors: -ENOMEM, -EINVAL. */
int fstab_parse(const char *text, size_t len, struct fstab_table *ret, struct err *err) must_check;
void fstab_table_done(struct fstab_table *table);

/*
 * Checks an edit before it is written: libmount must read the same entries from both texts but for
 * those of `path`, of which `after` must hold exactly one that is right (want given) or none (want
 * NULL). Returns 0, or -EBADMSG with the reason.
 */
int fstab_verify(const char *before, size_t before_len, const char *after, size_t after_len,
		 const char *path, const struct fstab_want *want, struct err *err) must_check;
