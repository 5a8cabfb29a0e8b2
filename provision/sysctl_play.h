/* SPDX-License-Identifier: MIT */
/*
 * A boot while it is being played: who reads which files when, and what has come of it so far. For
 * the files that play it only.
 */
#pragma once

#include "sysctl_kernel.h"

#define SYSCTL_TABLE_MAX 32 /* keys and patterns that mean one key; more is UNKNOWN */

/* systemd's table of settings has one entry per path or pattern. */
struct sysctl_entry {
	struct sysctl_write write; /* of the line read last */
	size_t last;               /* its place among all lines; write.order: the entry's place */
};

/* Whose files, and which: one turn comes after the other. */
enum sysctl_turn {
	SYSCTL_TURN_FIRST,    /* systemd's or procps' */
	SYSCTL_TURN_PROFILES, /* tuned's own */
	SYSCTL_TURN_AGAIN,    /* tuned's, of those that were applied */
	SYSCTL_TURN_END,      /* tuned's own again */
};

struct sysctl_play {
	const struct sysctl_tree *tree;
	enum sysctl_rules rules;
	struct sysctl_cells cells;
	size_t n_lines, n_first;         /* of all turns so far, of the first */
	const struct sysctl_file *blind; /* the last file that could not be read */
	size_t blind_order;
	const struct sysctl_file *stopped; /* the file tuned ended its turn at */
	bool excluded[2];                  /* procps: patterns do not set the cell */
	struct sysctl_entry table[SYSCTL_TABLE_MAX];
	size_t n_table;
	bool overflow;
};

/* path: what the line's key means; plain: see sysctl_key_path(). */
typedef void sysctl_take_fn(struct sysctl_play *play, const struct sysctl_write *write,
			    const char *path, bool plain);

/*
 * Calls `take` for the lines of a turn's files in the order they are read, and takes note of what
 * cannot be read.
 */
void sysctl_play_lines(struct sysctl_play *play, enum sysctl_turn turn, sysctl_take_fn *take);

/* All turns of tuned, which come last. */
void sysctl_play_tuned(struct sysctl_play *play);
