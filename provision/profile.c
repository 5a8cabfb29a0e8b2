/* SPDX-License-Identifier: MIT */
/*
 * The schema of a profile: its keys, their defaults, what they may say. Pure; must not look at the
 * machine.
 */
#include "profile_read.h"

#include <limits.h>

#define SCHEMA_VERSION 1

const char *const profile_filesystems[FS_N] = { "ext4", "xfs", "btrfs", "ext3", "ext2", "f2fs" };

static const unsigned filesystems_default =
	1U << FS_EXT4 | 1U << FS_XFS | 1U << FS_BTRFS | 1U << FS_EXT3 | 1U << FS_EXT2;

const char *profile_path_fault(const char *path)
{
	if (path[0] != '/')
		return "is not absolute";
	for (const char *p = path; *p; p++)
		if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._/+@:-",
			    *p))
			return "has a character other than A-Z a-z 0-9 . _ / + @ : -";
	if (strlen(path) >= PATH_MAX)
		return "is too long";
	for (const char *p = path; p; p = strchr(p + 1, '/')) {
		size_t len = strcspn(p + 1, "/");

		if (len == 2 && strncmp(p + 1, "..", 2) == 0)
			return "has a \"..\" in it";
		/* One file, one spelling: fstab and /proc/swaps are compared with it. */
		if (len == 0 || (len == 1 && p[1] == '.'))
			return p[1] ? "has an empty or \".\" component" : "names a directory";
	}
	return NULL;
}

static void sysctl_read(struct profile_reader *r, const struct yaml_item *map)
{
	struct profile *profile = r->profile;
	const struct yaml_item *values[SYSCTL_N];
	const char *names[SYSCTL_N];
	struct reader_words keys = { "sysctl", names, SYSCTL_N };

	for (size_t i = 0; i < SYSCTL_N; i++)
		names[i] = sysctl_keys[i].name;
	if (!map || !reader_keys(r, map, &keys, values))
		return;
	profile->has_sysctl = true;
	for (size_t i = 0; i < SYSCTL_N; i++) {
		enum sysctl_key pair = sysctl_keys[i].pair;
		struct sysctl_setting *setting = &profile->sysctl[profile->n_sysctl];

		if (!values[i])
			continue;
		setting->key = (enum sysctl_key)i;
		if (reader_number(r, values[i], &sysctl_keys[i], &setting->value))
			profile->n_sysctl++;
		if (pair < i && values[pair])
			reader_error(r, values[i], "%s and %s (line %u) zero each other; keep one",
				     names[i], names[pair], values[pair]->line);
	}
}

static void conflicts_read(struct profile_reader *r, const struct yaml_item *item)
{
	static const char *const words[] = {
		[CONFLICTS_BLOCK] = "block",
		[CONFLICTS_DISABLE] = "disable",
		[CONFLICTS_REPORT] = "report",
	};
	static const struct reader_words set = { "conflicts", words, ARRAY_SIZE(words) };
	int i = reader_word(r, item, &set);

	if (i >= 0)
		r->profile->conflicts = (enum conflicts)i;
}

/* The value of "memprov", before any other key is looked at; NULL where it is missing. */
static const struct yaml_item *version_find(const struct yaml_item *top)
{
	if (top->kind != YAML_MAPPING)
		return NULL;
	for (const struct yaml_item *key = top->first; key; key = key->next->next)
		if (key->kind == YAML_TEXT && streq(key->text, "memprov"))
			return key->next;
	return NULL;
}

/* False where the file is another schema's, so that nothing else in it can be judged. */
static bool version_read(struct profile_reader *r, const struct yaml_item *top)
{
	const struct yaml_item *item = version_find(top);

	if (!item && top->kind == YAML_MAPPING)
		reader_error(r, top, "\"memprov: %d\" is missing; every profile says it",
			     SCHEMA_VERSION);
	if (!item || (item->kind == YAML_TEXT && item->is_plain && streq(item->text, "1")))
		return true;
	reader_error(r, item, "the profile's version must be %d, the only one known here",
		     SCHEMA_VERSION);
	return false;
}

enum top_key { TOP_MEMPROV, TOP_DESCRIPTION, TOP_SWAP, TOP_SYSCTL, TOP_CONFLICTS, TOP_N };

static void top_read(struct profile_reader *r, const struct yaml_item *top)
{
	static const char *const names[TOP_N] = {
		[TOP_MEMPROV] = "memprov", [TOP_DESCRIPTION] = "description", [TOP_SWAP] = "swap",
		[TOP_SYSCTL] = "sysctl",   [TOP_CONFLICTS] = "conflicts",
	};
	static const struct reader_words keys = { "a profile", names, TOP_N };
	const struct yaml_item *values[TOP_N];
	const char *description;

	if (!top) {
		reader_error(r, NULL, "the profile is empty; it begins with \"memprov: %d\"",
			     SCHEMA_VERSION);
		return;
	}
	if (!version_read(r, top) || !reader_keys(r, top, &keys, values))
		return;
	description = reader_text(r, values[TOP_DESCRIPTION], "description");
	if (description) {
		free(r->profile->description);
		r->profile->description = reader_strdup(r, description);
	}
	profile_swap_read(r, values[TOP_SWAP]);
	sysctl_read(r, values[TOP_SYSCTL]);
	conflicts_read(r, values[TOP_CONFLICTS]);
}

static void defaults_set(struct profile_reader *r)
{
	struct profile *profile = r->profile;

	profile->description = reader_strdup(r, "");
	profile->file = reader_strdup(r, "/swapfile");
	profile->keep_free = (struct amount){ .millionths = 100000 };
	profile->priority = -1;
	profile->filesystems = filesystems_default;
	profile->options = reader_alloc(r, PROFILE_OPTIONS_MAX, sizeof(*profile->options));
	if (!profile->options)
		return;
	profile->options[0] = reader_strdup(r, "nofail");
	profile->n_options = profile->options[0] ? 1 : 0;
}

static int error_compare(const void *a, const void *b)
{
	const struct profile_error *x = a, *y = b;

	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	if (x->column != y->column)
		return x->column < y->column ? -1 : 1;
	return strcmp(x->message, y->message);
}

/* Everything that can be told of the text: errors into r->errors. */
static int text_read(struct profile_reader *r, const char *text, size_t len)
{
	_cleanup_(yaml_tree_done) struct yaml_tree tree = { 0 };
	struct yaml_fault fault;
	int rc;

	if (len > PROFILE_MAX) {
		reader_error(r, NULL, "a profile has at most 64 KiB, not %zu bytes", len);
		return 0;
	}
	rc = yaml_tree_parse(text, len, &tree, &fault);
	if (rc == -EINVAL)
		reader_error_at(r, fault.line, fault.column, "%s", fault.message);
	else if (rc == 0)
		top_read(r, tree.top);
	return rc == -EINVAL ? 0 : rc;
}

int profile_parse(const char *text, size_t len, const char *name, const char *source,
		  struct profile *ret, struct profile_errors *errors)
{
	_cleanup_(profile_done) struct profile profile = { 0 };
	struct profile_reader r = { .profile = &profile, .errors = errors };
	int rc;

	*errors = (struct profile_errors){ 0 };
	profile.name = reader_strdup(&r, name);
	profile.source = reader_strdup(&r, source);
	defaults_set(&r);
	if (r.no_memory)
		return -ENOMEM;
	rc = text_read(&r, text, len);
	if (rc < 0 || r.no_memory) {
		profile_errors_done(errors);
		return rc < 0 ? rc : -ENOMEM;
	}
	if (errors->n > 0) {
		qsort(errors->items, errors->n, sizeof(*errors->items), error_compare);
		return -EINVAL;
	}
	*ret = profile;
	profile = (struct profile){ 0 };
	return 0;
}

void profile_options_clear(struct profile *profile)
{
	for (size_t i = 0; i < profile->n_options; i++)
		free(profile->options[i]);
	profile->n_options = 0;
}

void profile_done(struct profile *profile)
{
	profile_options_clear(profile);
	free(profile->options);
	free(profile->rows);
	free(profile->file);
	free(profile->description);
	free(profile->source);
	free(profile->name);
	*profile = (struct profile){ 0 };
}

void profile_errors_done(struct profile_errors *errors)
{
	free(errors->items);
	*errors = (struct profile_errors){ 0 };
}

const struct profile_row *profile_row_for(const struct profile *profile, uint64_t ram_bytes)
{
	for (size_t i = 0; i < profile->n_rows; i++)
		if (ram_bytes <= profile->rows[i].ram_bytes)
			return &profile->rows[i];
	return NULL;
}
