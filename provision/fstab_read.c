/* SPDX-License-Identifier: MIT */
/*
 * An fstab as libmount reads it, and the check of an edit by that reading.
 * Must not share a line of code with the editing, nor open any file.
 */
#include "fstab_line.h"

#include <libmount.h>

/*
 * libmount guesses the format from the first line, and takes one that begins with two numbers for
 * mountinfo and all others for broken. This entry makes it an fstab.
 */
#define FORMAT_LINE "none none none\n"

static int skip_line(struct libmnt_table *table, const char *name, int line)
{
	(void)table;
	(void)name;
	(void)line;
	return 1;
}

static void cleanup_table(struct libmnt_table **table)
{
	mnt_unref_table(*table);
}

static void cleanup_iter(struct libmnt_iter **iter)
{
	mnt_free_iter(*iter);
}

static void entry_done(struct fstab_entry *entry)
{
	free(entry->source);
	free(entry->target);
	free(entry->type);
	free(entry->options);
}

void fstab_table_done(struct fstab_table *table)
{
	for (size_t i = 0; i < table->n; i++)
		entry_done(&table->entries[i]);
	free(table->entries);
	*table = (struct fstab_table){ 0 };
}

static char *copy(const char *text)
{
	return strdup(text ? text : "");
}

static int entry_copy(struct libmnt_fs *fs, struct fstab_entry *ret)
{
	struct fstab_entry entry = {
		.source = copy(mnt_fs_get_source(fs)),
		.target = copy(mnt_fs_get_target(fs)),
		.type = copy(mnt_fs_get_fstype(fs)),
		.options = copy(mnt_fs_get_options(fs)),
	};

	if (!entry.source || !entry.target || !entry.type || !entry.options) {
		entry_done(&entry);
		return -ENOMEM;
	}
	*ret = entry;
	return 0;
}

/* All entries but the first, which is FORMAT_LINE. */
static int table_copy(struct libmnt_table *from, struct fstab_table *ret)
{
	_cleanup_(fstab_table_done) struct fstab_table table = { 0 };
	_cleanup_(cleanup_iter) struct libmnt_iter *iter = mnt_new_iter(MNT_ITER_FORWARD);
	struct libmnt_fs *fs;
	int n = mnt_table_get_nents(from);

	if (n < 1)
		return -EINVAL;
	table.entries = calloc((size_t)n, sizeof(*table.entries));
	if (!table.entries || !iter)
		return -ENOMEM;
	if (mnt_table_next_fs(from, iter, &fs) != 0)
		return -EINVAL;
	while (mnt_table_next_fs(from, iter, &fs) == 0) {
		if (entry_copy(fs, &table.entries[table.n]) < 0)
			return -ENOMEM;
		table.n++;
	}
	*ret = table;
	table = (struct fstab_table){ 0 };
	return 0;
}

static int parse(const char *text, size_t len, struct fstab_table *ret)
{
	_cleanup_(cleanup_table) struct libmnt_table *table = mnt_new_table();
	_cleanup_free_ char *copied = malloc(sizeof(FORMAT_LINE) + len);
	_cleanup_fclose_ FILE *in = NULL;
	int r;

	if (!table || !copied)
		return -ENOMEM;
	memcpy(copied, FORMAT_LINE, strlen(FORMAT_LINE));
	if (len > 0)
		memcpy(copied + strlen(FORMAT_LINE), text, len);
	in = fmemopen(copied, strlen(FORMAT_LINE) + len, "r");
	if (!in)
		return neg_errno();
	mnt_table_set_parser_errcb(table, skip_line);
	r = mnt_table_parse_stream(table, in, FSTAB_PATH);
	if (r != 0)
		return r == -ENOMEM ? r : -EINVAL;
	return table_copy(table, ret);
}

int fstab_parse(const char *text, size_t len, struct fstab_table *ret, struct err *err)
{
	int r;

	if (len > 0 && memchr(text, '\0', len))
		return err_set(err, -EINVAL, "%s: a NUL byte: not a text file", FSTAB_PATH);
	r = parse(text, len, ret);
	if (r < 0)
		return err_sys(err, r, "cannot read %s with libmount", FSTAB_PATH);
	return 0;
}

/* --- the check of an edit --- */

static bool is_for(const struct fstab_entry *entry, const char *path)
{
	return streq(entry->type, "swap") && fstab_same_path(entry->source, path);
}

static bool entries_equal(const struct fstab_entry *a, const struct fstab_entry *b)
{
	return streq(a->source, b->source) && streq(a->target, b->target) &&
		streq(a->type, b->type) && streq(a->options, b->options);
}

static const struct fstab_entry *next_other(const struct fstab_table *table, size_t *i,
					    const char *path)
{
	while (*i < table->n && is_for(&table->entries[*i], path))
		(*i)++;
	return *i < table->n ? &table->entries[(*i)++] : NULL;
}

static int check_others(const struct fstab_table *before, const struct fstab_table *after,
			const char *path, struct err *err)
{
	const struct fstab_entry *a, *b;
	size_t i = 0, j = 0;

	do {
		a = next_other(before, &i, path);
		b = next_other(after, &j, path);
		if (a && b && entries_equal(a, b))
			continue;
		if (a)
			return err_set(err, -EBADMSG, "the new %s would lose or change %s on %s",
				       FSTAB_PATH, a->source, a->target);
		if (b)
			return err_set(err, -EBADMSG, "the new %s would gain %s on %s", FSTAB_PATH,
				       b->source, b->target);
	} while (a && b);
	return 0;
}

struct option {
	const char *name, *value; /* value NULL: none */
	size_t name_len, value_len;
};

/* 1: an option; 0: there is none left; -EINVAL. */
static int next_option(char **list, struct option *ret)
{
	char *name = NULL, *value = NULL;
	size_t name_len = 0, value_len = 0;
	int r = mnt_optstr_next_option(list, &name, &name_len, &value, &value_len);

	*ret = (struct option){ name, value, name_len, value_len };
	return r < 0 ? -EINVAL : r == 0;
}

static bool option_is(const struct option *o, const char *name, const char *value)
{
	if (o->name_len != strlen(name) || memcmp(o->name, name, o->name_len) != 0)
		return false;
	if (!value || !o->value)
		return !value && !o->value;
	return o->value_len == strlen(value) && memcmp(o->value, value, o->value_len) == 0;
}

static bool name_is(const struct option *o, const char *name)
{
	return o->name_len == strlen(name) && memcmp(o->name, name, o->name_len) == 0;
}

static bool has_option(char *list, const char *wanted)
{
	char name[256];
	const char *value = strchr(wanted, '=');
	size_t n = value ? (size_t)(value - wanted) : strlen(wanted);
	struct option o;

	if (n >= sizeof(name))
		return false;
	memcpy(name, wanted, n);
	name[n] = '\0';
	while (next_option(&list, &o) > 0) {
		if (option_is(&o, name, value ? value + 1 : NULL))
			return true;
	}
	return false;
}

bool fstab_has_option(const struct fstab_entry *entry, const char *option)
{
	return has_option(entry->options, option);
}

bool fstab_is_noauto(const struct fstab_entry *entry)
{
	char *list = entry->options;
	struct option o;

	while (next_option(&list, &o) > 0)
		if (name_is(&o, "noauto"))
			return true;
	return false;
}

static const char *discard_value(enum discard discard)
{
	switch (discard) {
	case DISCARD_ONCE:
		return "once";
	case DISCARD_PAGES:
		return "pages";
	case DISCARD_NONE:
	case DISCARD_BOTH:
		break;
	}
	return NULL;
}

/* Every option that is there is allowed; pri and discard are there when they are to be. */
static bool options_are_right(char *list, const struct fstab_want *want)
{
	bool need_priority = want->priority >= 0, need_discard = want->discard != DISCARD_NONE;
	unsigned n_priority = 0, n_discard = 0;
	char priority[16];
	struct option o;
	int r;

	(void)snprintf(priority, sizeof(priority), "%d", want->priority);
	while ((r = next_option(&list, &o)) > 0) {
		if (name_is(&o, "noauto"))
			return false;
		if (name_is(&o, "pri")) {
			n_priority++;
			if (!option_is(&o, "pri", priority))
				return false;
		}
		if (name_is(&o, "discard")) {
			n_discard++;
			if (!option_is(&o, "discard", discard_value(want->discard)))
				return false;
		}
	}
	return r == 0 && n_priority == (need_priority ? 1 : 0) &&
		n_discard == (need_discard ? 1 : 0);
}

static int check_entry(const struct fstab_entry *entry, const struct fstab_want *want,
		       struct err *err)
{
	for (size_t i = 0; i < want->n_options; i++) {
		if (!has_option(entry->options, want->options[i]))
			return err_set(err, -EBADMSG,
				       "the new %s would have %s without the option %s: %s",
				       FSTAB_PATH, want->path, want->options[i], entry->options);
	}
	if (!options_are_right(entry->options, want))
		return err_set(err, -EBADMSG, "the new %s would have %s with wrong options: %s",
			       FSTAB_PATH, want->path, entry->options);
	return 0;
}

static int check_ours(const struct fstab_table *after, const char *path,
		      const struct fstab_want *want, struct err *err)
{
	const struct fstab_entry *entry = NULL;
	unsigned n = 0;

	for (size_t i = 0; i < after->n; i++) {
		if (!is_for(&after->entries[i], path))
			continue;
		entry = &after->entries[i];
		n++;
	}
	if (n != (want ? 1 : 0))
		return err_set(err, -EBADMSG, "the new %s would have %u entries for %s", FSTAB_PATH,
			       n, path);
	return want ? check_entry(entry, want, err) : 0;
}

int fstab_verify(const char *before, size_t before_len, const char *after, size_t after_len,
		 const char *path, const struct fstab_want *want, struct err *err)
{
	_cleanup_(fstab_table_done) struct fstab_table old = { 0 };
	_cleanup_(fstab_table_done) struct fstab_table new = { 0 };
	int r;

	r = fstab_parse(before, before_len, &old, err);
	if (r < 0)
		return r;
	r = fstab_parse(after, after_len, &new, err);
	if (r < 0)
		return r;
	r = check_others(&old, &new, path, err);
	if (r < 0)
		return r;
	return check_ours(&new, path, want, err);
}
