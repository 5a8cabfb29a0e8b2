/* SPDX-License-Identifier: MIT */
/*
 * Puts the mark before a line and takes it off again. Knows nothing of what a line sets.
 */
#include "sysctl_edit.h"

static bool ends_line(char c)
{
	return c == '\n' || c == '\r' || c == '\0';
}

static const char *skip(const char *p, const char *end, const char *set, bool member)
{
	while (p < end && !ends_line(*p) && (strchr(set, *p) != NULL) == member)
		p++;
	return p;
}

/* "KEY = ..." or "-KEY": somebody's comment may begin with the mark's letters, too. */
static bool is_setting(const char *p, const char *end)
{
	const char *key = skip(p, end, " \t", true);

	p = skip(key, end, " \t=", false);
	if (p == key || *key == '#' || *key == ';')
		return false;
	p = skip(p, end, " \t", true);
	return p < end && !ends_line(*p) ? *p == '=' : *key == '-';
}

static bool has_mark(const char *line, const char *end)
{
	const size_t mark = strlen(SYSCTL_MARK);

	return (size_t)(end - line) > mark && memcmp(line, SYSCTL_MARK, mark) == 0 &&
		(has_mark(line + mark, end) || is_setting(line + mark, end));
}

/* The start of the next line, or `end`. */
static const char *next_line(const char *line, const char *end)
{
	while (line < end && !ends_line(*line))
		line++;
	return line < end ? line + 1 : end;
}

char *sysctl_disable(const char *text, size_t len, const char *at, size_t *ret_len)
{
	const size_t mark = strlen(SYSCTL_MARK);
	char *after = malloc(len + mark + 1);
	size_t start = (size_t)(at - text);

	if (!after)
		return NULL;
	while (start > 0 && !ends_line(text[start - 1]))
		start--;
	memcpy(after, text, start);
	memcpy(after + start, SYSCTL_MARK, mark);
	memcpy(after + start + mark, text + start, len - start);
	after[len + mark] = '\0';
	*ret_len = len + mark;
	return after;
}

char *sysctl_restore(const char *text, size_t len, size_t *ret_len)
{
	const char *end = text + len;
	char *after = malloc(len + 1), *to = after;

	if (!after)
		return NULL;
	for (const char *line = text, *next; line < end; line = next) {
		next = next_line(line, end);
		/* Twice disabled, by whatever accident, is disabled. */
		while (has_mark(line, next))
			line += strlen(SYSCTL_MARK);
		to = (char *)mempcpy(to, line, (size_t)(next - line));
	}
	*to = '\0';
	*ret_len = (size_t)(to - after);
	return after;
}

size_t sysctl_count_disabled(const char *text, size_t len)
{
	const char *end = text + len;
	size_t n = 0;

	for (const char *line = text; line < end; line = next_line(line, end))
		n += has_mark(line, end);
	return n;
}
