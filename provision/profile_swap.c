/* SPDX-License-Identifier: MIT */
/*
 * The `swap` section of a profile but for its table: where, with which options and how much may be
 * taken. Must not know the other sections.
 */
#include "profile_read.h"

/* Why an option is not the profile's to give, or NULL. */
static const char *option_fault(const char *option)
{
	static const struct {
		const char *name, *why;
	} reserved[] = {
		{ "pri", "is what the key priority is for" },
		{ "discard", "is what the key discard is for" },
		{ "noauto", "would leave the swapfile unused at boot" },
		{ FSTAB_RETIRED, "is for a swapfile that is about to be gone" },
		{ "x-systemd.makefs", "would format the swapfile at boot" },
	};

	for (const char *p = option; *p; p++)
		if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
			    "._=:/@+-",
			    *p))
			return "has a character other than A-Z a-z 0-9 . _ = : / @ + -";
	if (*option == '=')
		return "has no name";
	for (size_t i = 0; i < ARRAY_SIZE(reserved); i++) {
		size_t len = strlen(reserved[i].name);

		if (has_prefix(option, reserved[i].name) &&
		    (option[len] == '\0' || option[len] == '='))
			return reserved[i].why;
	}
	return NULL;
}

static void file_read(struct profile_reader *r, const struct yaml_item *item)
{
	const char *text = reader_text(r, item, "file");
	const char *fault = text ? profile_path_fault(text) : NULL;
	char *file;

	if (fault)
		reader_error(r, item, "the path \"%s\" %s", cut_text(text).text, fault);
	if (!text || fault)
		return;
	file = reader_strdup(r, text);
	if (!file)
		return;
	free(r->profile->file);
	r->profile->file = file;
}

static void keep_free_read(struct profile_reader *r, const struct yaml_item *item)
{
	const char *text = reader_text(r, item, "keep-free");
	enum size_fault fault = text ? share_parse(text, &r->profile->keep_free) : SIZE_OK;

	if (fault != SIZE_OK)
		reader_size_fault(r, item, fault, "a share such as 10%");
}

static void larger_read(struct profile_reader *r, const struct yaml_item *item)
{
	static const char *const words[] = { [LARGER_KEEP] = "keep", [LARGER_SHRINK] = "shrink" };
	static const struct reader_words set = { "larger", words, ARRAY_SIZE(words) };
	int i = reader_word(r, item, &set);

	if (i >= 0)
		r->profile->larger = (enum larger)i;
}

static void discard_read(struct profile_reader *r, const struct yaml_item *item)
{
	static const char *const words[] = {
		[DISCARD_NONE] = "none",
		[DISCARD_ONCE] = "once",
		[DISCARD_PAGES] = "pages",
		[DISCARD_BOTH] = "both",
	};
	static const struct reader_words set = { "discard", words, ARRAY_SIZE(words) };
	int i = reader_word(r, item, &set);

	if (i >= 0)
		r->profile->discard = (enum discard)i;
}

static void priority_read(struct profile_reader *r, const struct yaml_item *item)
{
	static const struct sysctl_key_info range = { .name = "priority", .max = 32767 };
	uint64_t value;

	/* The word is left alone: it is what an absent key means. */
	if (!item || (item->kind == YAML_TEXT && streq(item->text, "default")))
		return;
	if (reader_number(r, item, &range, &value))
		r->profile->priority = (int)value;
}

static void option_read(struct profile_reader *r, const struct yaml_item *item)
{
	struct profile *profile = r->profile;
	const char *text = reader_text(r, item, "an option");
	const char *fault = text ? option_fault(text) : NULL;
	char *option;

	for (size_t i = 0; text && !fault && i < profile->n_options; i++)
		if (streq(profile->options[i], text))
			fault = "is there twice";
	if (fault)
		reader_error(r, item, "the option \"%s\" %s", cut_text(text).text, fault);
	if (!text || fault)
		return;
	option = reader_strdup(r, text);
	if (option)
		profile->options[profile->n_options++] = option;
}

static void options_read(struct profile_reader *r, const struct yaml_item *list)
{
	size_t n = 0;

	if (!reader_list(r, list, "options"))
		return;
	profile_options_clear(r->profile);
	for (const struct yaml_item *item = list->first; item; item = item->next) {
		if (n++ == PROFILE_OPTIONS_MAX) {
			reader_error(r, item, "more than %d options", PROFILE_OPTIONS_MAX);
			return;
		}
		option_read(r, item);
	}
}

static void filesystems_read(struct profile_reader *r, const struct yaml_item *list)
{
	static const struct reader_words words = { "filesystem", profile_filesystems, FS_N };
	unsigned *set = &r->profile->filesystems;

	if (!reader_list(r, list, "filesystems"))
		return;
	*set = 0;
	for (const struct yaml_item *item = list->first; item; item = item->next) {
		int i = reader_word(r, item, &words);

		if (i >= 0 && *set & 1U << i)
			reader_error(r, item, "the filesystem \"%s\" is there twice",
				     profile_filesystems[i]);
		else if (i >= 0)
			*set |= 1U << i;
	}
	if (!list->first)
		reader_error(r, list, "filesystems must name at least one");
}

enum swap_key {
	SWAP_FILE,
	SWAP_SIZES,
	SWAP_KEEP_FREE,
	SWAP_LARGER,
	SWAP_PRIORITY,
	SWAP_DISCARD,
	SWAP_OPTIONS,
	SWAP_FILESYSTEMS,
	SWAP_N,
};

void profile_swap_read(struct profile_reader *r, const struct yaml_item *map)
{
	static const char *const names[SWAP_N] = {
		[SWAP_FILE] = "file",           [SWAP_SIZES] = "sizes",
		[SWAP_KEEP_FREE] = "keep-free", [SWAP_LARGER] = "larger",
		[SWAP_PRIORITY] = "priority",   [SWAP_DISCARD] = "discard",
		[SWAP_OPTIONS] = "options",     [SWAP_FILESYSTEMS] = "filesystems",
	};
	static const struct reader_words keys = { "swap", names, SWAP_N };
	const struct yaml_item *values[SWAP_N];

	if (!map || !reader_keys(r, map, &keys, values))
		return;
	r->profile->has_swap = true;
	if (!values[SWAP_SIZES])
		reader_error(r, map, "swap has no \"sizes\"; leave swap out where none is managed");
	file_read(r, values[SWAP_FILE]);
	if (values[SWAP_SIZES])
		profile_sizes_read(r, values[SWAP_SIZES]);
	keep_free_read(r, values[SWAP_KEEP_FREE]);
	larger_read(r, values[SWAP_LARGER]);
	priority_read(r, values[SWAP_PRIORITY]);
	discard_read(r, values[SWAP_DISCARD]);
	options_read(r, values[SWAP_OPTIONS]);
	filesystems_read(r, values[SWAP_FILESYSTEMS]);
}
