/* SPDX-License-Identifier: MIT */
/*
 * Turns plans and outcomes into tables or JSON for people and programs; makes the words of every
 * reason. Prints all but --help and
 * --version.
 */
#pragma once

#include "plan.h"

/* What a run has to tell. Members that were not come to are NULL. */
struct report {
	const char *command; /* "audit", "apply", "remove" */
	bool dry_run;
	bool verbose; /* also the steps that already hold */

	const struct profile *profile;
	const struct target *target;
	const struct facts *facts;
	const struct plan *plan;

	bool conforms, changed, failed;
	int exit_status;
	const char *msg; /* one line: the verdict, or the error */
};

#define WORDS_MAX 1024

/* The reason in words, to stand behind "TARGET: "; "" where there is none. Returns buf. */
const char *why_text(struct why why, char buf[static WORDS_MAX]);

/* As why_text, of a step; of one that was done, what was done. */
const char *step_text(const struct step *step, char buf[static WORDS_MAX]);

/* "swapfile", "swapon", ...: the contract's names. */
extern const char *const step_kind_names[STEP_N];
extern const char *const step_state_names[STATE_N];

/* One sentence: what swap there is, what the profile asks for, what is to be done about it. */
const char *report_verdict(const struct report *report, char buf[static WORDS_MAX]);

/* Errors: -ENOMEM; -EIO: stdout could not be written. */
int report_text(const struct report *report) must_check;
int report_json(const struct report *report) must_check;

/* An audit with a plan as metrics, in a text to be freed. -ENOMEM. */
int report_prometheus(const struct report *report, char **ret_text) must_check;

/* Text of others for a person: control characters and what is no UTF-8 as \xNN. */
void report_put(FILE *out, const char *text);

/* As report_put, but for tabs and newlines; changes the text. */
void report_put_lines(FILE *out, char *text);

/* One line on stderr, "memprov: MESSAGE". */
void report_error(const char *message);

/* "FILE:LINE:COLUMN: message", a line each, on stderr. */
void report_profile_errors(const char *file, const struct profile_errors *errors);

/* --- while it lasts --- */

struct report_progress {
	bool shown;
	uint64_t start_ms;
};

/* Something long that writes has come that far: a bar on stderr, in place. done 0: it begins. */
void report_progress(void *progress, uint64_t done_bytes, uint64_t total_bytes);

/* Takes the bar away. */
void report_progress_end(struct report_progress *progress);

#define PROGRESS_MAX 192

/* The bar's text, `columns` wide at most. Returns buf. */
const char *progress_text(uint64_t done_bytes, uint64_t total_bytes, uint64_t ms, size_t columns,
			  char buf[static PROGRESS_MAX]);

/* --- check and profiles --- */

/* A profile that was looked at: parsed, or with its errors. */
struct report_profile {
	const char *name;
	const char *file;              /* for errors: what was given, or "built-in" */
	const struct profile *profile; /* NULL: not valid */
	struct profile_errors errors;
	const char *msg; /* NULL, or why it could not be read at all */
};

int report_check_text(const struct report_profile *profiles, size_t n) must_check;
int report_check_json(const struct report_profile *profiles, size_t n) must_check;
int report_profiles_text(const struct report_profile *profiles, size_t n) must_check;
int report_profiles_json(const struct report_profile *profiles, size_t n) must_check;

/* --- shared by the report_*.c files --- */

struct libscols_table;

/* Headings as `lsblk`. Nothing is cut on a narrow terminal: a reason that is not seen is none. */
struct report_column {
	const char *name;
	bool right; /* for numbers */
};

struct libscols_table *report_table(const struct report_column *columns, size_t n) must_check;

/* colour: of the cell `coloured`, a name of libsmartcols, or NULL. -ENOMEM. */
int report_row(struct libscols_table *table, const char *const *cells, size_t n, size_t coloured,
	       const char *colour) must_check;

/* Prints the table on stdout, without blanks at line ends, and releases it. -ENOMEM. */
int report_table_print(struct libscols_table *table) must_check;

/* Profile, RAM, swap and disk, a line each. */
void report_summary(const struct report *report);

/* "nfs, and ...": what a filesystem that is refused is, with a way out. */
void report_filesystem(FILE *out, const char *type);

#define RANGE_TEXT_MAX 80

/* "16 GiB", "16 GiB to 32 GiB". Returns buf. */
const char *report_range(uint64_t low, uint64_t high, char buf[static RANGE_TEXT_MAX]);

/* Active swap that counts: on disk, not zram. UNKNOWN: it cannot be told. */
uint64_t report_swap_bytes(const struct facts *facts);
