/* SPDX-License-Identifier: MIT */
/*
 * The options field of an fstab line: what is in it to libmount and to systemd, and what is to be.
 * Must not reorder or reword an option that is not ours.
 */
#include "fstab_line.h"

enum option_kind {
	OPTION_OTHER,
	OPTION_NOAUTO,
	OPTION_PRIORITY,
	OPTION_DISCARD,
	OPTION_RETIRED,
	OPTION_BROKEN, /* which not all readers take for one */
};

/* An option list in the making. */
struct option_list {
	FILE *out;
	bool any;
};

/* The option that pri= or discard is to be; "" when there is to be none. */
struct tuning {
	char priority[sizeof("pri=-2147483648")];
	const char *discard;
};

static const char *const discard_options[] = {
	[DISCARD_NONE] = "",
	[DISCARD_ONCE] = "discard=once",
	[DISCARD_PAGES] = "discard=pages",
	[DISCARD_BOTH] = "discard",
};

static bool is_octal(char c)
{
	return c >= '0' && c <= '7';
}

/* As libmount decodes: any \ooo, cut to a byte. Returns how many bytes of `raw` it took. */
static size_t decode_byte(struct span raw, char *ret)
{
	const char *s = raw.at;

	*ret = *s;
	if (raw.len < 4 || *s != '\\' || !is_octal(s[1]) || !is_octal(s[2]) || !is_octal(s[3]))
		return 1;
	*ret = (char)(((s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0')) & 0xff);
	return 4;
}

void fstab_decode(struct span raw, char *buf, size_t size)
{
	size_t n = 0;

	while (raw.len > 0 && n + 1 < size)
		raw = span_skip(raw, decode_byte(raw, &buf[n++]));
	buf[n] = '\0';
}

/*
 * The length of a separator at the head of the list, else 0. libmount decodes before it splits, so
 * that \054 separates and \000 ends; glibc and systemd do neither. A carriage return is what is
 * left of a doubled line end.
 */
static size_t separator_len(struct span list)
{
	char c;
	size_t n = decode_byte(list, &c);

	return c == ',' || c == '\r' || c == '\0' ? n : 0;
}

/* Takes the next option off the list; false when there is none left. */
static bool next_option(struct span *list, struct span *ret)
{
	struct span rest = *list;

	if (!list->at)
		return false;
	while (rest.len > 0 && separator_len(rest) == 0)
		rest = span_skip(rest, 1);
	*ret = (struct span){ list->at, list->len - rest.len };
	*list = rest.len > 0 ? span_skip(rest, separator_len(rest)) : (struct span){ 0 };
	return true;
}

static bool has_odd_separator(struct span list)
{
	for (; list.len > 0; list = span_skip(list, 1)) {
		if (*list.at != ',' && separator_len(list) > 0)
			return true;
	}
	return false;
}

/*
 * libmount looks for the end of a quotation, and reads no further than a value without a name;
 * systemd passes over a comma behind a backslash.
 */
static bool is_broken(struct span raw)
{
	char c = '\0';

	for (bool first = true; raw.len > 0; first = false) {
		raw = span_skip(raw, decode_byte(raw, &c));
		if (c == '"' || (first && c == '='))
			return true;
	}
	return c == '\\';
}

static enum option_kind option_kind(struct span raw)
{
	char option[64];

	if (is_broken(raw))
		return OPTION_BROKEN;
	fstab_decode(raw, option, sizeof(option));
	if (streq(option, "noauto") || has_prefix(option, "noauto="))
		return OPTION_NOAUTO;
	if (streq(option, "pri") || has_prefix(option, "pri="))
		return OPTION_PRIORITY;
	if (streq(option, "discard") || has_prefix(option, "discard="))
		return OPTION_DISCARD;
	if (streq(option, FSTAB_RETIRED))
		return OPTION_RETIRED;
	return OPTION_OTHER;
}

static bool has_option(struct span list, const char *option)
{
	struct span own;

	while (next_option(&list, &own)) {
		if (span_is(own, option))
			return true;
	}
	return false;
}

static struct tuning tuning_of(const struct fstab_want *want)
{
	struct tuning t = { .discard = discard_options[want->discard] };

	if (want->priority >= 0)
		(void)snprintf(t.priority, sizeof(t.priority), "pri=%d", want->priority);
	return t;
}

/* Each wanted one once, in the wanted words, and no other. */
static bool tuning_is_right(struct span list, const struct tuning *tuning)
{
	unsigned n_priority = 0, n_discard = 0;
	struct span own;

	while (next_option(&list, &own)) {
		switch (option_kind(own)) {
		case OPTION_NOAUTO:
		case OPTION_BROKEN:
			return false;
		case OPTION_PRIORITY:
			n_priority++;
			if (!span_is(own, tuning->priority))
				return false;
			break;
		case OPTION_DISCARD:
			n_discard++;
			if (!span_is(own, tuning->discard))
				return false;
			break;
		case OPTION_RETIRED:
		case OPTION_OTHER:
			break;
		}
	}
	return n_priority == (*tuning->priority ? 1 : 0) && n_discard == (*tuning->discard ? 1 : 0);
}

bool fstab_options_are_right(struct span own, const struct fstab_want *want)
{
	struct tuning tuning = tuning_of(want);

	if (has_odd_separator(own) || has_option(own, FSTAB_RETIRED) != want->retired)
		return false;
	for (size_t i = 0; i < want->n_options; i++) {
		if (!has_option(own, want->options[i]))
			return false;
	}
	return tuning_is_right(own, &tuning);
}

static void add_option(struct option_list *list, struct span option)
{
	if (option.len == 0)
		return;
	/* As the first byte of the field it would start a comment. */
	if (!list->any && *option.at == '#')
		add_option(list, span_of("sw"));
	if (list->any)
		(void)fputc(',', list->out);
	span_print(option, list->out);
	list->any = true;
}

void fstab_options_merge(struct span own, const struct fstab_want *want, FILE *out)
{
	struct option_list list = { .out = out };
	struct tuning tuning = tuning_of(want);
	struct span priority = span_of(tuning.priority), discard = span_of(tuning.discard);
	struct span rest = own, option;

	while (next_option(&rest, &option)) {
		switch (option_kind(option)) {
		case OPTION_NOAUTO:
		case OPTION_RETIRED:
		case OPTION_BROKEN:
			break;
		case OPTION_PRIORITY:
			add_option(&list, priority);
			priority.len = 0;
			break;
		case OPTION_DISCARD:
			add_option(&list, discard);
			discard.len = 0;
			break;
		case OPTION_OTHER:
			add_option(&list, option);
			break;
		}
	}
	if (!list.any)
		add_option(&list, span_of("sw"));
	for (size_t i = 0; i < want->n_options; i++) {
		if (!has_option(own, want->options[i]))
			add_option(&list, span_of(want->options[i]));
	}
	add_option(&list, priority);
	add_option(&list, discard);
	if (want->retired)
		add_option(&list, span_of(FSTAB_RETIRED));
}
