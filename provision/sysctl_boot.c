/* SPDX-License-Identifier: MIT */
/*
 * Plays the next boot: which lines of the files that are read are written, and what comes of it.
 * Reads no file itself and keeps nothing between calls.
 */
#include "sysctl_play.h"

#include <ctype.h>
#include <fnmatch.h>

#define KEY_PATH_MAX 40

static const char *key_path(enum sysctl_key key, char buf[static KEY_PATH_MAX])
{
	snprintf(buf, KEY_PATH_MAX, "vm/%s", sysctl_keys[key].name + strlen("vm."));
	return buf;
}

static bool path_means(const char *path, enum sysctl_key key)
{
	char buf[KEY_PATH_MAX];

	return sysctl_path_is_glob(path)
		? fnmatch(path, key_path(key, buf), FNM_PATHNAME | FNM_PERIOD) == 0
		: sysctl_path_key(path) == key;
}

/* --- systemd-sysctl: all files into one table, then one write for each of its entries --- */

static bool same_value(const struct sysctl_line *a, const struct sysctl_line *b)
{
	if (!a->value || !b->value)
		return a->value == b->value;
	return a->value_len == b->value_len && memcmp(a->value, b->value, a->value_len) == 0;
}

static struct sysctl_entry *table_find(struct sysctl_play *play, const char *path)
{
	char other[SYSCTL_PATH_MAX];

	for (size_t i = 0; i < play->n_table; i++)
		if (sysctl_key_path(play->rules, &play->table[i].write.line, other, NULL) &&
		    streq(other, path))
			return &play->table[i];
	return NULL;
}

/* An entry that is set anew goes to the table's end, unless the value is the same. */
static void systemd_take(struct sysctl_play *play, const struct sysctl_write *write,
			 const char *path, bool plain)
{
	struct sysctl_entry *entry;
	bool relevant = false;

	(void)plain;
	for (size_t i = 0; i < play->cells.n; i++)
		relevant |= path_means(path, play->cells.cell[i].key);
	if (!relevant)
		return;
	entry = table_find(play, path);
	if (!entry && play->n_table == SYSCTL_TABLE_MAX) {
		play->overflow = true;
		return;
	}
	if (!entry)
		entry = &play->table[play->n_table++];
	else if (same_value(&entry->write.line, &write->line)) {
		size_t place = entry->write.order;

		entry->last = write->order;
		entry->write = *write;
		entry->write.order = place;
		return;
	}
	entry->write = *write;
	entry->last = write->order;
}

static int entry_cmp(const void *a, const void *b)
{
	const struct sysctl_entry *x = a, *y = b;

	return (x->write.order > y->write.order) - (x->write.order < y->write.order);
}

static struct sysctl_entry *exact_entry(struct sysctl_play *play, enum sysctl_key key)
{
	char path[KEY_PATH_MAX];

	return table_find(play, key_path(key, path));
}

static void systemd_write(struct sysctl_play *play, const struct sysctl_entry *entry)
{
	char path[SYSCTL_PATH_MAX];
	struct sysctl_cell *cell = play->cells.cell;
	/* glob(3) sorts what it finds. */
	bool swap = play->cells.n == 2 &&
		strcmp(sysctl_keys[cell[0].key].name, sysctl_keys[cell[1].key].name) > 0;

	if (!entry->write.line.value ||
	    !sysctl_key_path(play->rules, &entry->write.line, path, NULL))
		return;
	for (size_t n = 0; n < play->cells.n; n++) {
		size_t i = n ^ swap;

		if (path_means(path, cell[i].key) &&
		    (!entry->write.is_glob || !exact_entry(play, cell[i].key)))
			sysctl_cells_write(&play->cells, i, &entry->write);
	}
}

static void systemd_play(struct sysctl_play *play)
{
	sysctl_play_lines(play, SYSCTL_TURN_FIRST, systemd_take);
	qsort(play->table, play->n_table, sizeof(play->table[0]), entry_cmp);
	for (size_t i = 0; i < play->n_table; i++)
		systemd_write(play, &play->table[i]);
}

/* --- procps: all lines in order, patterns but for what any line names --- */

/*
 * A pattern that excludes is not heeded: 4.0.2 compares it as it stands. Later releases match it,
 * which matters only where another pattern alone sets the key.
 */
static void procps_exclude(struct sysctl_play *play, const struct sysctl_write *write,
			   const char *path, bool plain)
{
	(void)write;
	for (size_t i = 0; i < play->cells.n; i++)
		if (plain && sysctl_path_key(path) == play->cells.cell[i].key)
			play->excluded[i] = true;
}

static void procps_take(struct sysctl_play *play, const struct sysctl_write *write,
			const char *path, bool plain)
{
	const struct sysctl_cell *cell = play->cells.cell;
	bool swap = play->cells.n == 2 &&
		strcmp(sysctl_keys[cell[0].key].name, sysctl_keys[cell[1].key].name) > 0;

	(void)plain;
	if (!write->line.value)
		return;
	for (size_t n = 0; n < play->cells.n; n++) {
		size_t i = n ^ swap;

		if (path_means(path, cell[i].key) && !(write->is_glob && play->excluded[i]))
			sysctl_cells_write(&play->cells, i, write);
	}
}

static void procps_play(struct sysctl_play *play)
{
	sysctl_play_lines(play, SYSCTL_TURN_FIRST, procps_exclude);
	play->n_lines = 0;
	sysctl_play_lines(play, SYSCTL_TURN_FIRST, procps_take);
}

/* --- the outcome --- */

/*
 * Whether the file that cannot be read could decide otherwise. A pattern, and nothing at all, yield
 * to any line that names the key, wherever it stands.
 */
static bool blind_could_win(const struct sysctl_play *play, const struct sysctl_write *by,
			    size_t decided)
{
	if (!play->blind)
		return false;
	return !by->file || by->is_glob || play->blind_order > decided;
}

static void text_copy(char text[static 64], const struct sysctl_line *line, bool whole)
{
	const char *from = whole || !line->value ? line->key : line->value;
	const char *end = line->value ? line->value + line->value_len : line->key + line->key_len;
	size_t n = 0;

	if (!line->value)
		text[n++] = '-';
	for (; from < end && n < 63; from++)
		text[n++] = iscntrl((unsigned char)*from) ? '?' : *from;
	text[n] = '\0';
}

void sysctl_boot(const struct sysctl_tree *tree, enum sysctl_rules rules, enum sysctl_key key,
		 struct sysctl_boot *ret)
{
	struct sysctl_play play = { .tree = tree, .rules = rules };
	const struct sysctl_cell *cell = &play.cells.cell[0];
	const struct sysctl_entry *exact = NULL;
	struct sysctl_write by;
	size_t decided;

	sysctl_cells_init(&play.cells, key);
	sysctl_cells_cmdline(&play.cells, tree->cmdline);
	if (rules == SYSCTL_RULES_SYSTEMD) {
		systemd_play(&play);
		exact = exact_entry(&play, key);
	} else {
		procps_play(&play);
	}
	play.n_first = play.n_lines;
	sysctl_play_tuned(&play);

	*ret = (struct sysctl_boot){ .is_number = cell->number.is_natural,
				     .value = cell->number.value };
	by = cell->by;
	if (!by.file && exact) {
		by = exact->write;
		ret->writes_nothing = true;
	}
	/* With a pair, what stands between equal lines may come later than both. */
	decided = exact && play.cells.n == 1 && by.order <= play.n_first ? exact->last : by.order;
	if (play.overflow || blind_could_win(&play, &by, decided)) {
		*ret = (struct sysctl_boot){ .source = SYSCTL_FROM_UNKNOWN,
					     .path = play.blind ? play.blind->path : NULL,
					     .last = play.blind && play.blind->last };
	} else if (by.file) {
		ret->source = SYSCTL_FROM_FILE;
		ret->stopped_at = play.stopped ? play.stopped->path : NULL;
		ret->path = by.file->path;
		ret->last = by.file->last;
		ret->line = by.line.number;
		ret->at = by.line.key;
		text_copy(ret->text, &by.line, cell->zeroed);
	} else if (cell->from_cmdline) {
		ret->source = SYSCTL_FROM_CMDLINE;
	}
}

int sysctl_tree_with(const struct sysctl_tree *tree, const char *path, const char *text,
		     struct sysctl_tree *ret)
{
	struct sysctl_file *files = calloc(tree->n_files + 1, sizeof(*files));
	size_t n = 0;

	if (!files)
		return -ENOMEM;
	for (size_t i = 0; i < tree->n_files; i++)
		if (!streq(tree->files[i].path, path))
			files[n++] = tree->files[i];
	if (text)
		files[n++] = (struct sysctl_file){
			.path = path, .state = SYSCTL_FILE_TEXT, .text = text, .len = strlen(text)
		};
	*ret = *tree;
	ret->files = files;
	ret->n_files = n;
	return 0;
}
