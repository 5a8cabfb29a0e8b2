/* SPDX-License-Identifier: MIT */
/*
 * Plays the next boot: which lines of the files that are read are written, and what comes of it.
 * Reads no file itself and keeps nothing between calls.
 */
#include "sysctl_kernel.h"
#include "sysctl_order.h"
#include "tuned_text.h"

#include <ctype.h>
#include <fnmatch.h>

#define TABLE_MAX    32 /* different keys and patterns that mean one key; more is UNKNOWN */
#define KEY_PATH_MAX 40

/* systemd's table of settings has one entry per path or pattern. */
struct entry {
	struct sysctl_write write; /* of the line read last */
	size_t last;               /* its place among all lines; write.order: the entry's place */
};

struct boot {
	const struct sysctl_tree *tree;
	enum sysctl_rules rules;
	struct sysctl_cells cells;
	size_t n_lines;
	const struct sysctl_file *blind; /* the last file that could not be read */
	size_t blind_order;
	bool excluded[2]; /* procps: patterns do not set the cell */
	struct entry table[TABLE_MAX];
	size_t n_table;
	bool overflow;
};

/* --- lines --- */

/*
 * Calls `take` for the lines of the files that are `last`, or of the others, in the order they are
 * read. Counts those of all files.
 */
static void for_each_line(struct boot *boot, bool last,
			  void (*take)(struct boot *boot, const struct sysctl_write *write,
				       const char *path, bool plain))
{
	char path[SYSCTL_PATH_MAX];
	bool plain;

	boot->n_lines = 0;
	for (const struct sysctl_file *file = sysctl_order_next(boot->tree, boot->rules, NULL);
	     file; file = sysctl_order_next(boot->tree, boot->rules, file)) {
		struct sysctl_scan scan = { boot->rules, file->text, NULL, 0 };
		struct sysctl_write write = { .file = file };

		if (file->state == SYSCTL_FILE_UNREADABLE) {
			boot->blind = file;
			boot->blind_order = ++boot->n_lines;
		}
		if (file->state != SYSCTL_FILE_TEXT || file->len == 0)
			continue;
		scan.end = file->text + file->len;
		while (sysctl_scan_next(&scan, &write.line)) {
			if (!sysctl_key_path(boot->rules, &write.line, path, &plain))
				continue;
			write.order = ++boot->n_lines;
			write.is_glob = sysctl_path_is_glob(path);
			if (file->last == last)
				take(boot, &write, path, plain);
		}
	}
}

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

static struct entry *table_find(struct boot *boot, const char *path)
{
	char other[SYSCTL_PATH_MAX];

	for (size_t i = 0; i < boot->n_table; i++)
		if (sysctl_key_path(boot->rules, &boot->table[i].write.line, other, NULL) &&
		    streq(other, path))
			return &boot->table[i];
	return NULL;
}

/* An entry that is set anew goes to the table's end, unless the value is the same. */
static void systemd_take(struct boot *boot, const struct sysctl_write *write, const char *path,
			 bool plain)
{
	struct entry *entry;
	bool relevant = false;

	(void)plain;
	for (size_t i = 0; i < boot->cells.n; i++)
		relevant |= path_means(path, boot->cells.cell[i].key);
	if (!relevant)
		return;
	entry = table_find(boot, path);
	if (!entry && boot->n_table == TABLE_MAX) {
		boot->overflow = true;
		return;
	}
	if (!entry)
		entry = &boot->table[boot->n_table++];
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
	const struct entry *x = a, *y = b;

	return (x->write.order > y->write.order) - (x->write.order < y->write.order);
}

static struct entry *exact_entry(struct boot *boot, enum sysctl_key key)
{
	char path[KEY_PATH_MAX];

	return table_find(boot, key_path(key, path));
}

static void systemd_write(struct boot *boot, const struct entry *entry)
{
	char path[SYSCTL_PATH_MAX];
	struct sysctl_cell *cell = boot->cells.cell;
	/* glob(3) sorts what it finds. */
	bool swap = boot->cells.n == 2 &&
		strcmp(sysctl_keys[cell[0].key].name, sysctl_keys[cell[1].key].name) > 0;

	if (!entry->write.line.value ||
	    !sysctl_key_path(boot->rules, &entry->write.line, path, NULL))
		return;
	for (size_t n = 0; n < boot->cells.n; n++) {
		size_t i = n ^ swap;

		if (path_means(path, cell[i].key) &&
		    (!entry->write.is_glob || !exact_entry(boot, cell[i].key)))
			sysctl_cells_write(&boot->cells, i, &entry->write);
	}
}

static void systemd_play(struct boot *boot)
{
	for_each_line(boot, false, systemd_take);
	qsort(boot->table, boot->n_table, sizeof(boot->table[0]), entry_cmp);
	for (size_t i = 0; i < boot->n_table; i++)
		systemd_write(boot, &boot->table[i]);
}

/* --- procps: all lines in order, patterns but for what any line names --- */

/*
 * A pattern that excludes is not heeded: 4.0.2 compares it as it stands. Later releases match it,
 * which matters only where another pattern alone sets the key.
 */
static void procps_exclude(struct boot *boot, const struct sysctl_write *write, const char *path,
			   bool plain)
{
	(void)write;
	for (size_t i = 0; i < boot->cells.n; i++)
		if (plain && sysctl_path_key(path) == boot->cells.cell[i].key)
			boot->excluded[i] = true;
}

static void procps_take(struct boot *boot, const struct sysctl_write *write, const char *path,
			bool plain)
{
	const struct sysctl_cell *cell = boot->cells.cell;
	bool swap = boot->cells.n == 2 &&
		strcmp(sysctl_keys[cell[0].key].name, sysctl_keys[cell[1].key].name) > 0;

	(void)plain;
	if (!write->line.value)
		return;
	for (size_t n = 0; n < boot->cells.n; n++) {
		size_t i = n ^ swap;

		if (path_means(path, cell[i].key) && !(write->is_glob && boot->excluded[i]))
			sysctl_cells_write(&boot->cells, i, write);
	}
}

static void procps_play(struct boot *boot)
{
	for_each_line(boot, false, procps_exclude);
	for_each_line(boot, false, procps_take);
}

/* --- tuned: each line is written when its turn comes, whatever was before --- */

static void tuned_take(struct boot *boot, const struct sysctl_write *write, const char *path,
		       bool plain)
{
	const struct sysctl_line *line = &write->line;

	(void)plain;
	if (!line->value)
		return;
	for (size_t i = 0; i < boot->cells.n; i++) {
		if (sysctl_path_key(path) != boot->cells.cell[i].key)
			continue;
		if (tuned_is_computed(line->value, line->value_len))
			sysctl_cells_unknown(&boot->cells, i, write);
		else
			sysctl_cells_write(&boot->cells, i, write);
	}
}

/* --- the outcome --- */

/*
 * Whether the file that cannot be read could decide otherwise. A pattern, and nothing at all, yield
 * to any line that names the key, wherever it stands.
 */
static bool blind_could_win(const struct boot *boot, const struct sysctl_write *by, size_t decided)
{
	if (!boot->blind)
		return false;
	return !by->file || by->is_glob || boot->blind_order > decided;
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
	struct boot boot = { .tree = tree, .rules = rules };
	const struct sysctl_cell *cell = &boot.cells.cell[0];
	const struct entry *exact = NULL;
	struct sysctl_write by;
	size_t decided;

	sysctl_cells_init(&boot.cells, key);
	sysctl_cells_cmdline(&boot.cells, tree->cmdline);
	if (rules == SYSCTL_RULES_SYSTEMD) {
		systemd_play(&boot);
		exact = exact_entry(&boot, key);
	} else {
		procps_play(&boot);
	}
	for_each_line(&boot, true, tuned_take);

	*ret = (struct sysctl_boot){ .is_number = cell->number.is_natural,
				     .value = cell->number.value };
	by = cell->by;
	if (!by.file && exact) {
		by = exact->write;
		ret->writes_nothing = true;
	}
	/* With a pair, what stands between equal lines may come later than both. */
	decided =
		exact && boot.cells.n == 1 && !(by.file && by.file->last) ? exact->last : by.order;
	if (boot.overflow || blind_could_win(&boot, &by, decided)) {
		*ret = (struct sysctl_boot){ .source = SYSCTL_FROM_UNKNOWN,
					     .path = boot.blind ? boot.blind->path : NULL,
					     .last = boot.blind && boot.blind->last };
	} else if (by.file) {
		ret->source = SYSCTL_FROM_FILE;
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
	*ret = (struct sysctl_tree){ .files = files, .n_files = n, .cmdline = tree->cmdline };
	return 0;
}
