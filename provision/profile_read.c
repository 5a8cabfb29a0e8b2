/* SPDX-License-Identifier: MIT */
/*
 * Reads keys, texts and numbers off the tree and words what is wrong with them. Must not know any
 * particular key.
 */
#include "profile_read.h"

#include <stdarg.h>

/* A file full of errors is a wrong file: the first ones say so. */
#define ERRORS_MAX 100

struct cut cut_text(const char *text)
{
	size_t len = strlen(text);
	struct cut cut;

	if (len < sizeof(cut.text)) {
		memcpy(cut.text, text, len + 1);
		return cut;
	}
	len = sizeof(cut.text) - sizeof("...");
	while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80)
		len--;
	memcpy(cut.text, text, len);
	memcpy(cut.text + len, "...", sizeof("..."));
	return cut;
}

static void error_add(struct profile_reader *r, unsigned line, unsigned column, const char *message)
{
	struct profile_errors *errors = r->errors;
	struct profile_error *items;

	if (errors->n == ERRORS_MAX)
		return;
	items = reallocarray(errors->items, errors->n + 1, sizeof(*items));
	if (!items) {
		r->no_memory = true;
		return;
	}
	errors->items = items;
	items += errors->n++;
	items->line = line;
	items->column = column;
	(void)snprintf(items->message, sizeof(items->message), "%s",
		       errors->n < ERRORS_MAX ? message : "there are more errors than these");
}

void reader_error(struct profile_reader *r, const struct yaml_item *at, const char *fmt, ...)
{
	char message[sizeof(((struct profile_error *)NULL)->message)];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	error_add(r, at ? at->line : 1, at ? at->column : 1, message);
}

void reader_error_at(struct profile_reader *r, unsigned line, unsigned column, const char *fmt, ...)
{
	char message[sizeof(((struct profile_error *)NULL)->message)];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	error_add(r, line, column, message);
}

void *reader_alloc(struct profile_reader *r, size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size);

	if (!p)
		r->no_memory = true;
	return p;
}

char *reader_strdup(struct profile_reader *r, const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		r->no_memory = true;
	return copy;
}

static size_t word_find(const struct reader_words *words, const char *word)
{
	size_t i = 0;

	while (i < words->n && !streq(words->items[i], word))
		i++;
	return i;
}

/* "a, b, c", cut where it does not fit. */
static void words_join(const struct reader_words *words, char *buf, size_t size)
{
	size_t len = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < words->n && len < size; i++)
		len += (size_t)snprintf(buf + len, size - len, "%s%s", i ? ", " : "",
					words->items[i]);
}

bool reader_keys(struct profile_reader *r, const struct yaml_item *map,
		 const struct reader_words *keys, const struct yaml_item **ret_values)
{
	char known[400];

	memset(ret_values, 0, keys->n * sizeof(*ret_values));
	if (map->kind != YAML_MAPPING) {
		reader_error(r, map, "%s must be a mapping of keys to values", keys->what);
		return false;
	}
	words_join(keys, known, sizeof(known));
	for (const struct yaml_item *key = map->first; key; key = key->next->next) {
		size_t i = key->kind == YAML_TEXT ? word_find(keys, key->text) : keys->n;

		if (key->kind != YAML_TEXT)
			reader_error(r, key, "a key must be a word; known here: %s", known);
		else if (i == keys->n)
			reader_error(r, key, "unknown key \"%s\"; known here: %s",
				     cut_text(key->text).text, known);
		else if (ret_values[i])
			reader_error(r, key, "duplicate key \"%s\"; it has a value in line %u",
				     keys->items[i], ret_values[i]->line);
		else
			ret_values[i] = key->next;
	}
	return true;
}

const char *reader_text(struct profile_reader *r, const struct yaml_item *item, const char *what)
{
	if (!item)
		return NULL;
	if (item->kind != YAML_TEXT) {
		reader_error(r, item, "%s must be one value, not a %s", what,
			     item->kind == YAML_LIST ? "list" : "mapping");
		return NULL;
	}
	if (item->text[0] == '\0') {
		reader_error(r, item, "%s has no value", what);
		return NULL;
	}
	return item->text;
}

int reader_word(struct profile_reader *r, const struct yaml_item *item,
		const struct reader_words *words)
{
	const char *text = reader_text(r, item, words->what);
	char known[200];
	size_t i;

	if (!text)
		return -1;
	i = word_find(words, text);
	if (i < words->n)
		return (int)i;
	words_join(words, known, sizeof(known));
	reader_error(r, item, "%s must be one of %s, not \"%s\"", words->what, known,
		     cut_text(text).text);
	return -1;
}

bool reader_number(struct profile_reader *r, const struct yaml_item *item,
		   const struct sysctl_key_info *info, uint64_t *ret)
{
	const char *text = reader_text(r, item, info->name);
	unsigned long long min = info->min, max = info->max;
	uint64_t value;

	if (!text)
		return false;
	if (!item->is_plain) {
		reader_error(r, item, "%s must be a number, without quotes: %llu to %llu",
			     info->name, min, max);
		return false;
	}
	if (!sysctl_value_parse(text, &value)) {
		reader_error(r, item, "%s must be a decimal number, %llu to %llu, not \"%s\"",
			     info->name, min, max, cut_text(text).text);
		return false;
	}
	if (value < info->min || value > info->max) {
		reader_error(r, item, "%s must be %llu to %llu, not %s", info->name, min, max,
			     cut_text(text).text);
		return false;
	}
	*ret = value;
	return true;
}

bool reader_list(struct profile_reader *r, const struct yaml_item *item, const char *what)
{
	if (!item)
		return false;
	if (item->kind == YAML_LIST)
		return true;
	reader_error(r, item, "%s must be a list", what);
	return false;
}

void reader_size_fault(struct profile_reader *r, const struct yaml_item *item,
		       enum size_fault fault, const char *other)
{
	if (fault == SIZE_TOO_LARGE)
		reader_error(r, item, "\"%s\" %s", cut_text(item->text).text,
			     size_fault_text(fault));
	else
		reader_error(r, item, "\"%s\"%s %s; %s will do, too", cut_text(item->text).text,
			     fault == SIZE_NO_UNIT ? ":" : "", size_fault_text(fault), other);
}
