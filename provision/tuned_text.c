/* SPDX-License-Identifier: MIT */
/*
 * Reads tuned's files as tuned 2.16 and later do: Python's configparser with '=' alone between key
 * and value, '#' behind a blank as a comment, and sections that may come again. Must not open
 * anything, and expands no variables.
 */
#include "tuned_text.h"

#include <ctype.h>
#include <strings.h>

struct piece {
	const char *text;
	size_t len;
};

struct scan {
	const char *at;
	unsigned number; /* of the line read last, from 1 */
	size_t indent;   /* of the option or header read last */
	bool in_option;
	struct piece section;
	struct piece key, value; /* of the option read last */
	bool continued;          /* the line goes on with its value */
};

static bool is_blank(char c)
{
	return isspace((unsigned char)c) != 0;
}

static struct piece trim(struct piece piece)
{
	for (; piece.len > 0 && is_blank(*piece.text); piece.len--)
		piece.text++;
	for (; piece.len > 0 && is_blank(piece.text[piece.len - 1]); piece.len--)
		;
	return piece;
}

static bool same(struct piece a, struct piece b)
{
	return a.len == b.len && memcmp(a.text, b.text, a.len) == 0;
}

static bool is(struct piece piece, const char *text)
{
	return same(piece, (struct piece){ text, strlen(text) });
}

/* text NULL: an empty one */
static struct scan scan_begin(const char *text)
{
	return (struct scan){ .at = text ? text : "", .section = { "", 0 } };
}

/* Without its comment: a '#' at the beginning or behind a blank, or a ';' that nothing precedes. */
static struct piece uncomment(struct piece line)
{
	struct piece trimmed = trim(line);

	for (size_t i = 0; i < line.len; i++)
		if (line.text[i] == '#' && (i == 0 || is_blank(line.text[i - 1])))
			line.len = i;
	if (trimmed.len > 0 && *trimmed.text == ';')
		line.len = 0;
	return line;
}

/* "[NAME]" and whatever follows it. */
static bool header_parse(struct piece line, struct piece *ret)
{
	const char *end =
		line.len > 0 && *line.text == '[' ? memrchr(line.text, ']', line.len) : NULL;

	if (!end || end == line.text + 1)
		return false;
	*ret = (struct piece){ line.text + 1, (size_t)(end - line.text - 1) };
	return true;
}

/* Takes a line that is not empty. False: it is nothing that tuned knows. */
static bool take_line(struct scan *scan, struct piece line, size_t indent)
{
	const char *equals = memchr(line.text, '=', line.len);

	scan->continued = scan->in_option && indent > scan->indent;
	if (scan->continued) {
		scan->value = line;
		return true;
	}
	scan->indent = indent;
	scan->in_option = false;
	scan->key = scan->value = (struct piece){ "", 0 };
	if (header_parse(line, &scan->section))
		return true;
	/* tuned refuses the file; its other lines are taken as they stand. */
	if (!equals || equals == line.text)
		return false;
	scan->in_option = true;
	scan->key = trim((struct piece){ line.text, (size_t)(equals - line.text) });
	scan->value =
		trim((struct piece){ equals + 1, (size_t)(line.text + line.len - equals - 1) });
	return true;
}

/* The next header (without a key), option, or part of one; false at the end of the text. */
static bool scan_next(struct scan *scan)
{
	while (*scan->at) {
		struct piece line = { scan->at, strcspn(scan->at, "\n") }, content;

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
	struct scan scan = scan_begin(text);
	bool wanted = false, fits = false;
	size_t len = 0;

	while (scan_next(&scan)) {
		if (!scan.continued) {
			wanted = is(scan.section, section) && is(scan.key, key);
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

/* The next of a list, trimmed; false at its end. */
static bool next_piece(const char **p, const char *end, const char *separators, struct piece *ret)
{
	while (*p < end) {
		struct piece piece = { *p, 0 };

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
	struct piece name;

	if (!next_piece(p, *p + strlen(*p), separators, &name))
		return false;
	(void)snprintf(ret, TUNED_NAME_MAX, "%.*s", (int)name.len, name.text);
	return true;
}

/* --- profiles, merged --- */

/* A section of all profiles together: tuned's unit of one name. */
struct unit {
	struct piece name;
	bool is_sysctl, enabled; /* as the last profile that has it says */
	size_t first;            /* what earlier profiles say was dropped by `replace` */
};

static bool is_true(struct piece value)
{
	return is(value, "True") || is(value, "true") || is(value, "1");
}

/* A unit that depends on the machine (uname_regex, cpuinfo_regex) counts as if it matched. */
static void unit_find(const char *const *texts, size_t n, struct piece name, struct unit *ret)
{
	*ret = (struct unit){ .name = name };
	for (size_t i = 0; i < n; i++) {
		struct scan scan = scan_begin(texts[i]);
		struct piece type = name;
		bool present = false, enabled = true, replace = false;

		while (scan_next(&scan)) {
			if (!same(scan.section, name))
				continue;
			present = true;
			/* A value of two lines is none of those that mean something. */
			if (is(scan.key, "type"))
				type = scan.continued ? (struct piece){ "", 0 } : scan.value;
			else if (is(scan.key, "enabled"))
				enabled = !scan.continued && is_true(scan.value);
			else if (is(scan.key, "replace"))
				replace = !scan.continued && is_true(scan.value);
		}
		if (!present)
			continue;
		ret->is_sysctl = is(type, "sysctl") && !is(name, "main");
		ret->enabled = enabled;
		if (replace)
			ret->first = i;
	}
}

static bool list_has(struct piece list, struct piece name)
{
	const char *p = list.text, *end = list.text + list.len;
	struct piece one;

	while (next_piece(&p, end, ",;", &one))
		if (same(one, name))
			return true;
	return false;
}

/* Whether a profile that comes after `which` takes the key out of the unit. */
static bool is_dropped(const char *const *texts, size_t n, size_t which, const struct unit *unit,
		       struct piece key)
{
	for (size_t i = which + 1; i < n; i++) {
		struct scan scan = scan_begin(texts[i]);

		while (scan_next(&scan))
			if (same(scan.section, unit->name) && is(scan.key, "drop") &&
			    list_has(scan.value, key))
				return true;
	}
	return false;
}

/*
 * tuned makes a path of a key by exchanging dots and slashes, and opens just that: no dashes, no
 * patterns, and no slashes in place of dots.
 */
static bool is_vm_key(struct piece key)
{
	if (key.len <= strlen("vm.") || memcmp(key.text, "vm.", strlen("vm.")) != 0)
		return false;
	for (size_t i = strlen("vm."); i < key.len; i++)
		if (!islower((unsigned char)key.text[i]) && !strchr("_-", key.text[i]))
			return false;
	return true;
}

/* tuned's unquote(): double quotes around the whole of it. */
static struct piece unquote(struct piece value)
{
	if (value.len >= 2 && *value.text == '"' && value.text[value.len - 1] == '"')
		return (struct piece){ value.text + 1, value.len - 2 };
	return value;
}

int tuned_settings(const char *const *texts, size_t n, size_t which, char **ret)
{
	struct scan scan = scan_begin(texts[which]);
	struct unit unit = { .name = { NULL, 0 } };
	unsigned number = 1; /* of the line that is being written */
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	bool failed;

	if (!f)
		return -ENOMEM;
	while (scan_next(&scan)) {
		struct piece value = unquote(scan.value);

		if (scan.continued || !is_vm_key(scan.key))
			continue;
		if (scan.section.text != unit.name.text)
			unit_find(texts, n, scan.section, &unit);
		if (!unit.is_sysctl || !unit.enabled || which < unit.first ||
		    is_dropped(texts, n, which, &unit, scan.key))
			continue;
		for (; number < scan.number; number++)
			(void)fputc('\n', f);
		(void)fprintf(f, "%.*s=%.*s", (int)scan.key.len, scan.key.text, (int)value.len,
			      value.text);
	}
	(void)fputc('\n', f);
	failed = ferror(f);
	if (fclose(f) != 0 || failed) {
		free(text);
		return -ENOMEM;
	}
	*ret = text;
	return 0;
}

bool tuned_is_computed(const char *value, size_t len)
{
	return len > 0 && (strchr("<>", *value) || memchr(value, '$', len));
}
