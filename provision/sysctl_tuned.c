/* SPDX-License-Identifier: MIT */
/*
 * Plays tuned's part of a boot, measured with the functions of tuned 2.20 and 2.27: each line is
 * written when its turn comes, whatever was before. Where its releases differ, the value is
 * unknown.
 */
#include "sysctl_play.h"
#include "tuned_text.h"

static bool same_number(struct sysctl_number a, struct sysctl_number b)
{
	return a.is_natural == b.is_natural && a.value == b.value;
}

static bool same_numbers(const struct sysctl_cells *a, const struct sysctl_cells *b)
{
	for (size_t i = 0; i < a->n; i++)
		if (!same_number(a->cell[i].number, b->cell[i].number))
			return false;
	return true;
}

/*
 * Since 2.21 to 2.25 tuned makes a dot of a slash, so that such a key is no file's any more, and
 * does not write what is there already, which could zero the pair.
 */
static void tuned_write(struct sysctl_play *play, size_t i, const struct sysctl_write *write)
{
	const struct sysctl_number old = play->cells.cell[i].number;
	struct sysctl_cells after = play->cells;
	const struct sysctl_number *new = &after.cell[i].number;
	bool sure;

	sysctl_cells_write(&after, i, write);
	sure = !memchr(write->line.key, '/', write->line.key_len) && !same_number(old, *new);
	if (sure || same_numbers(&play->cells, &after))
		play->cells = after;
	else
		sysctl_cells_unknown(&play->cells, i, write);
}

static void tuned_take(struct sysctl_play *play, const struct sysctl_write *write, const char *path,
		       bool plain)
{
	const struct sysctl_line *line = &write->line;

	(void)plain;
	for (size_t i = 0; i < play->cells.n; i++) {
		if (sysctl_path_key(path) != play->cells.cell[i].key)
			continue;
		if (write->file->last && tuned_is_computed(line->value, line->value_len))
			sysctl_cells_unknown(&play->cells, i, write);
		else
			tuned_write(play, i, write);
	}
}

static void again_take(struct sysctl_play *play, const struct sysctl_write *write, const char *path,
		       bool plain)
{
	const struct sysctl_line *line = &write->line;

	if (!tuned_excludes(play->tree->again_exclude, line->key, line->key_len))
		tuned_take(play, write, path, plain);
}

void sysctl_play_tuned(struct sysctl_play *play)
{
	struct sysctl_cells *cells = &play->cells, before;

	sysctl_play_lines(play, SYSCTL_TURN_PROFILES, tuned_take);
	before = *cells;
	if (play->tree->again >= SYSCTL_AGAIN_MAYBE)
		sysctl_play_lines(play, SYSCTL_TURN_AGAIN, again_take);
	for (size_t i = 0; play->tree->again == SYSCTL_AGAIN_MAYBE && i < cells->n; i++)
		if (!same_number(cells->cell[i].number, before.cell[i].number))
			cells->cell[i].number = (struct sysctl_number){ .is_natural = false };
	sysctl_play_lines(play, SYSCTL_TURN_END, tuned_take);
}
