/* SPDX-License-Identifier: MIT */
/*
 * Puts the mark before a line and takes it off again. Knows nothing of what a line sets.
 */
#include "sysctl_edit.h"

#include "sysctl_text.h"

#include <ctype.h>

static bool ends_line(char c)
{
	return c == '\n' || c == '\r' || c == '\0';
}

/* Where it is known whether the line sets anything: to procps a CR is a blank before the '='. */
static const char *setting_end(const char *line, const char *end)
{
	const char *p = line, *q;

	while (p < end && !ends_line(*p))
		p++;
	for (q = p; q < end && *q != '\n' && isspace((unsigned char)*q); q++)
		;
	return q < end && *q == '=' ? q + 1 : p;
}

/* "KEY = ..." or "-KEY" to any applier: somebody's comment may begin with the mark, too. */
static bool is_setting(const char *text, const char *end)
{
	end = setting_end(text, end);
	for (enum sysctl_rules rules = 0; rules <= SYSCTL_RULES_TUNED; rules++) {
		struct sysctl_scan scan = { rules, text, end, 0 };
		char path[SYSCTL_PATH_MAX];
		struct sysctl_line line;

		/* A name has no blanks in it, but a pattern may. */
		if (sysctl_scan_next(&scan, &line) && line.number == 1 &&
		    sysctl_key_path(rules, &line, path, NULL) &&
		    (!strpbrk(path, " \t") || sysctl_path_is_glob(path)))
			return true;
	}
	return false;
}

/* The line without the marks it begins with; itself, where nothing is set behind them. */
static const char *behind_marks(const char *line, const char *end)
{
	const size_t mark = strlen(SYSCTL_MARK);
	const char *p = line;

	/* Twice disabled, by whatever accident, is disabled. */
	while ((size_t)(end - p) > mark && memcmp(p, SYSCTL_MARK, mark) == 0)
		p += mark;
	return p > line && is_setting(p, end) ? p : line;
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
		line = behind_marks(line, end);
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

	for (const char *line = text, *next; line < end; line = next) {
		next = next_line(line, end);
		n += behind_marks(line, end) > line;
	}
	return n;
}
