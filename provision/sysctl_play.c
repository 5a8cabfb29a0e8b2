/* SPDX-License-Identifier: MIT */
/*
 * Goes through the files of a boot, turn by turn. Knows nothing of what a line sets.
 */
#include "sysctl_play.h"

#include "sysctl_order.h"

static const struct sysctl_file *next_file(const struct sysctl_play *play, enum sysctl_turn turn,
					   const struct sysctl_file *previous)
{
	switch (turn) {
	case SYSCTL_TURN_FIRST:
		return sysctl_order_next(play->tree, play->rules, previous);
	case SYSCTL_TURN_PROFILES:
		return sysctl_order_next_last(play->tree, false, previous);
	case SYSCTL_TURN_AGAIN:
		return sysctl_order_next(play->tree, SYSCTL_RULES_TUNED, previous);
	case SYSCTL_TURN_END:
		return sysctl_order_next_last(play->tree, true, previous);
	}
	return NULL;
}

/* At the end tuned sets what its plugin for memory knows, vm.dirty_*. */
static bool could_set(const struct sysctl_play *play, enum sysctl_turn turn)
{
	return turn != SYSCTL_TURN_END ||
		has_prefix(sysctl_keys[play->cells.cell[0].key].name, "vm.dirty_");
}

/* The lines of one file; false: it ends the turn. */
static bool take_file(struct sysctl_play *play, enum sysctl_turn turn,
		      const struct sysctl_file *file, sysctl_take_fn *take)
{
	struct sysctl_scan scan = { turn == SYSCTL_TURN_FIRST ? play->rules : SYSCTL_RULES_TUNED,
				    file->text, NULL, 0 };
	size_t len =
		turn == SYSCTL_TURN_AGAIN ? sysctl_tuned_reads(file->text, file->len) : file->len;
	struct sysctl_write write = { .file = file };
	char path[SYSCTL_PATH_MAX];
	bool plain;

	scan.end = file->text + len;
	while (sysctl_scan_next(&scan, &write.line)) {
		/* Python opens no file of such a name, and tuned does not expect the exception. */
		if (turn == SYSCTL_TURN_AGAIN && memchr(write.line.key, '\0', write.line.key_len))
			return false;
		if (!sysctl_key_path(scan.rules, &write.line, path, &plain))
			continue;
		write.order = ++play->n_lines;
		write.is_glob = sysctl_path_is_glob(path);
		take(play, &write, path, plain);
	}
	return len == file->len;
}

void sysctl_play_lines(struct sysctl_play *play, enum sysctl_turn turn, sysctl_take_fn *take)
{
	const struct sysctl_file *file = NULL;

	while ((file = next_file(play, turn, file))) {
		if (file->state == SYSCTL_FILE_UNREADABLE && could_set(play, turn)) {
			play->blind = file;
			play->blind_order = ++play->n_lines;
		}
		if (file->state != SYSCTL_FILE_TEXT || file->len == 0)
			continue;
		if (!take_file(play, turn, file, take)) {
			play->stopped = file;
			return;
		}
	}
}
