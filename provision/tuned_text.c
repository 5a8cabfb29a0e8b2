/* SPDX-License-Identifier: MIT */
/*
 * Reads tuned's files as tuned 2.16 and later do: Python's configparser with '=' alone between key
 * and value, '#' behind a blank as a comment, and sections that may come again. Must not open
 * anything, and expands no variables.
 */
#include "tuned_text.h"

#include <ctype.h>
#include <fnmatch.h>
#include <strings.h>

static bool is_blank(char c)
{
	return isspace((unsigned char)c) != 0;
}

static struct tuned_piece trim(struct tuned_piece piece)
{
	for (; piece.len > 0 && is_blank(*piece.text); piece.len--)
		piece.text++;
	for (; piece.len > 0 && is_blank(piece.text[piece.len - 1]); piece.len--)
		;
	return piece;
}

bool tuned_same(struct tuned_piece a, struct tuned_piece b)
{
	return a.len == b.len && memcmp(a.text, b.text, a.len) == 0;
}

bool tuned_is(struct tuned_piece piece, const char *text)
{
	return tuned_same(piece, (struct tuned_piece){ text, strlen(text) });
}

struct tuned_scan tuned_scan_begin(const char *text)
{
	return (struct tuned_scan){ .at = text ? text : "", .section = { "", 0 } };
}

/* Without its comment: a '#' at the beginning or behind a blank, or a ';' that nothing precedes. */
static struct tuned_piece uncomment(struct tuned_piece line)
{
	struct tuned_piece trimmed = trim(line);

	for (size_t i = 0; i < line.len; i++)
		if (line.text[i] == '#' && (i == 0 || is_blank(line.text[i - 1])))
			line.len = i;
	if (trimmed.len > 0 && *trimmed.text == ';')
		line.len = 0;
	return line;
}

/* "[NAME]" and whatever follows it. */
static bool header_parse(struct tuned_piece line, struct tuned_piece *ret)
{
	const char *end =
		line.len > 0 && *line.text == '[' ? memrchr(line.text, ']', line.len) : NULL;

	if (!end || end == line.text + 1)
		return false;
	*ret = (struct tuned_piece){ line.text + 1, (size_t)(end - line.text - 1) };
	return true;
}

/* Takes a line that is not empty. False: it is nothing that tuned knows. */
static bool take_line(struct tuned_scan *scan, struct tuned_piece line, size_t indent)
{
	const char *equals = memchr(line.text, '=', line.len);

	scan->continued = scan->in_option && indent > scan->indent;
	if (scan->continued) {
		scan->value = line;
		return true;
	}
	scan->indent = indent;
	scan->in_option = false;
	scan->key = scan->value = (struct tuned_piece){ "", 0 };
	if (header_parse(line, &scan->section))
		return true;
	/* tuned refuses the file; its other lines are taken as they stand. */
	if (!equals || equals == line.text)
		return false;
	scan->in_option = true;
	scan->key = trim((struct tuned_piece){ line.text, (size_t)(equals - line.text) });
	scan->value = trim(
		(struct tuned_piece){ equals + 1, (size_t)(line.text + line.len - equals - 1) });
	return true;
}

bool tuned_scan_next(struct tuned_scan *scan)
{
	while (*scan->at) {
		struct tuned_piece line = { scan->at, strcspn(scan->at, "\n") }, content;

		scan->at += line.len;
		scan->at += *scan->at == '\n';
		scan->number++;
		line = uncomment(line);
		content = trim(line);
		if (content.len > 0 && take_line(scan, content, (size_t)(content.text - line.text)))
			return true;
	}
	return false;
}

/* --- single values --- */

bool tuned_option(const char *text, const char *section, const char *key,
		  char ret[static TUNED_VALUE_MAX])
{
	struct tuned_scan scan = tuned_scan_begin(text);
	bool wanted = false, fits = false;
	size_t len = 0;

	while (tuned_scan_next(&scan)) {
		if (!scan.continued) {
			wanted = tuned_is(scan.section, section) && tuned_is(scan.key, key);
			if (wanted) {
				len = 0;
				fits = true;
			}
		}
		if (!wanted || !fits)
			continue;
		fits = len + 1 + scan.value.len < TUNED_VALUE_MAX;
		if (!fits)
			continue;
		if (scan.continued)
			ret[len++] = ' ';
		memcpy(ret + len, scan.value.text, scan.value.len);
		len += scan.value.len;
	}
	ret[fits ? len : 0] = '\0';
	return fits;
}

bool tuned_reapplies(const char *text)
{
	/* Releases before 2.20 know the letters, later ones "off"; all else is on, or no start. */
	static const char *const off[] = { "0", "no", "false", "off", "n", "f" };
	char value[TUNED_VALUE_MAX];

	if (!text || !tuned_option(text, "", "reapply_sysctl", value))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(off); i++)
		if (strcasecmp(value, off[i]) == 0)
			return false;
	return true;
}

bool tuned_next_piece(const char **p, const char *end, const char *separators,
		      struct tuned_piece *ret)
{
	while (*p < end) {
		struct tuned_piece piece = { *p, 0 };

		while (*p < end && !strchr(separators, **p))
			++*p;
		piece.len = (size_t)(*p - piece.text);
		*p += *p < end;
		*ret = trim(piece);
		if (ret->len > 0)
			return true;
	}
	return false;
}

bool tuned_next_name(const char **p, const char *separators, char ret[static TUNED_NAME_MAX])
{
	struct tuned_piece name;

	if (!tuned_next_piece(p, *p + strlen(*p), separators, &name))
		return false;
	(void)snprintf(ret, TUNED_NAME_MAX, "%.*s", (int)name.len, name.text);
	return true;
}

bool tuned_is_computed(const char *value, size_t len)
{
	return len > 0 && (strchr("<>", *value) || memchr(value, '$', len));
}

/* Python's fnmatch() knows no escapes, and '*' matches slashes and dots as well. */
bool tuned_excludes(const char *patterns, const char *key, size_t len)
{
	char pattern[TUNED_NAME_MAX], name[TUNED_NAME_MAX];

	if (!patterns || len >= sizeof(name))
		return false;
	memcpy(name, key, len);
	name[len] = '\0';
	while (tuned_next_name(&patterns, ",;", pattern))
		if (fnmatch(pattern, name, FNM_NOESCAPE) == 0)
			return true;
	return false;
}
