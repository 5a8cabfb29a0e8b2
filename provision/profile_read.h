/* SPDX-License-Identifier: MIT */
/*
 * What the readers of a profile's sections share: recording errors, telling keys apart, texts and
 * numbers. Private to profile*.c.
 */
#pragma once

#include "profile.h"
#include "yamltree.h"

struct profile_reader {
	struct profile *profile; /* being filled */
	struct profile_errors *errors;
	bool no_memory;
};

/* Words that may stand in one place, and what to call the place in a message. */
struct reader_words {
	const char *what;
	const char *const *items;
	size_t n;
};

#define CUT_BYTES           48
#define PROFILE_OPTIONS_MAX 16

/* A text of the profile in a message: cut where it is long, between characters. */
struct cut {
	char text[CUT_BYTES];
};
struct cut cut_text(const char *text);

/* Records an error at an item, or at 1:1 where it is NULL. */
void reader_error(struct profile_reader *r, const struct yaml_item *at, const char *fmt, ...)
	format_printf(3, 4);
void reader_error_at(struct profile_reader *r, unsigned line, unsigned column, const char *fmt, ...)
	format_printf(4, 5);

/* malloc and strdup that remember failure in r->no_memory. */
void *reader_alloc(struct profile_reader *r, size_t n, size_t size);
char *reader_strdup(struct profile_reader *r, const char *text);

/*
 * The value of each key of a mapping, in the order of the words, NULL where it is absent. Records
 * unknown and duplicate keys. False where `map` is no mapping, which is an error of its own.
 */
bool reader_keys(struct profile_reader *r, const struct yaml_item *map,
		 const struct reader_words *keys, const struct yaml_item **ret_values);

/*
 * The functions below take a NULL item, for an absent key, and answer it without an error; `what`
 * names the key.
 */

/* A text that is not empty, or NULL. */
const char *reader_text(struct profile_reader *r, const struct yaml_item *item, const char *what);

/* Index of the word, or -1. */
int reader_word(struct profile_reader *r, const struct yaml_item *item,
		const struct reader_words *words);

/* Sets *ret to a decimal number within info's min and max, which info's name is for. */
bool reader_number(struct profile_reader *r, const struct yaml_item *item,
		   const struct sysctl_key_info *info, uint64_t *ret);

/* A list, or false. */
bool reader_list(struct profile_reader *r, const struct yaml_item *item, const char *what);

/* Records a fault of size_parse and its kin; `other` is what may stand there beside a size. */
void reader_size_fault(struct profile_reader *r, const struct yaml_item *item,
		       enum size_fault fault, const char *other);

/* The section `swap`, or NULL, into r->profile. */
void profile_swap_read(struct profile_reader *r, const struct yaml_item *map);

void profile_options_clear(struct profile *profile);

/* The rows of `sizes`, into r->profile. */
void profile_sizes_read(struct profile_reader *r, const struct yaml_item *sizes);
