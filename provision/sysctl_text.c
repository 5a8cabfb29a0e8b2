/* SPDX-License-Identifier: MIT */
/*
 * Reads lines as systemd-sysctl (systemd 252) and `sysctl --system` (procps 4.0.2) read them, whose
 * every quirk here was measured (tests/live/sysctl-appliers), and as tuned 2.20 to 2.27 does. Knows
 * one file at a time.
 */
#include "sysctl_text.h"

#include "utf8.h"

/* systemd's LONG_LINE_MAX: a longer line ends the file, with what was read before kept. */
#define SYSTEMD_LINE_MAX MIB(1)

/* What Python's strip() takes off beside ASCII: U+0085, no-break spaces and their like. */
static const char *const wide_blanks[] = {
	"\xc2\x85",     "\xc2\xa0",     "\xe1\x9a\x80", "\xe2\x80\x80", "\xe2\x80\x81",
	"\xe2\x80\x82", "\xe2\x80\x83", "\xe2\x80\x84", "\xe2\x80\x85", "\xe2\x80\x86",
	"\xe2\x80\x87", "\xe2\x80\x88", "\xe2\x80\x89", "\xe2\x80\x8a", "\xe2\x80\xa8",
	"\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80",
};

/* isspace() of the C locale for procps, WHITESPACE for systemd. */
static bool is_blank(enum sysctl_rules rules, char c)
{
	switch (c) {
	case ' ':
	case '\t':
	case '\n':
	case '\r':
		return true;
	case '\v':
	case '\f':
		return rules != SYSCTL_RULES_SYSTEMD;
	default:
		return rules == SYSCTL_RULES_TUNED && c >= '\x1c' && c <= '\x1f';
	}
}

/* Bytes of the blank that the text begins with, or ends with; 0: none. */
static size_t blank_length(enum sysctl_rules rules, const char *text, size_t len, bool at_end)
{
	const char *c;

	if (len == 0)
		return 0;
	c = text + (at_end ? len - 1 : 0);
	if (is_blank(rules, *c))
		return 1;
	if (rules != SYSCTL_RULES_TUNED || (unsigned char)*c < 0x80)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(wide_blanks); i++) {
		size_t n = strlen(wide_blanks[i]);

		if (n <= len && memcmp(text + (at_end ? len - n : 0), wide_blanks[i], n) == 0)
			return n;
	}
	return 0;
}

static void trim_start(enum sysctl_rules rules, const char **text, size_t *len)
{
	size_t n;

	while ((n = blank_length(rules, *text, *len, false)) > 0) {
		*text += n;
		*len -= n;
	}
}

static void trim(enum sysctl_rules rules, const char **text, size_t *len)
{
	size_t n;

	trim_start(rules, text, len);
	while ((n = blank_length(rules, *text, *len, true)) > 0)
		*len -= n;
}

/*
 * systemd's read_line(): NUL, LF and CR each end a line, and so does one each of LF and CR in
 * either order.
 */
static bool line_systemd(struct sysctl_scan *scan, const char **ret, size_t *ret_len)
{
	const char *p = scan->at;
	bool lf = false, cr = false;

	while (p < scan->end && *p != '\0' && *p != '\n' && *p != '\r')
		p++;
	*ret = scan->at;
	*ret_len = (size_t)(p - scan->at);
	if (*ret_len >= SYSTEMD_LINE_MAX)
		return false;
	if (p < scan->end && *p == '\0') {
		scan->at = p + 1;
		return true;
	}
	for (; p < scan->end; p++) {
		bool *seen = *p == '\n' ? &lf : &cr;

		if ((*p != '\n' && *p != '\r') || *seen)
			break;
		*seen = true;
	}
	if (p < scan->end && *p == '\0')
		p++;
	scan->at = p;
	return true;
}

/* getline(3), then C strings: what stands behind a NUL is not seen. */
static bool line_procps(struct sysctl_scan *scan, const char **ret, size_t *ret_len)
{
	size_t left = (size_t)(scan->end - scan->at);
	const char *lf = memchr(scan->at, '\n', left);

	*ret = scan->at;
	*ret_len = strnlen(scan->at, lf ? (size_t)(lf - scan->at) : left);
	scan->at = lf ? lf + 1 : scan->end;
	return true;
}

/* Python's universal newlines: LF, CR, or both in this order; a NUL is a character. */
static bool line_tuned(struct sysctl_scan *scan, const char **ret, size_t *ret_len)
{
	const char *p = scan->at;

	while (p < scan->end && *p != '\n' && *p != '\r')
		p++;
	*ret = scan->at;
	*ret_len = (size_t)(p - scan->at);
	if (p + 1 < scan->end && p[0] == '\r' && p[1] == '\n')
		p++;
	scan->at = p < scan->end ? p + 1 : p;
	return true;
}

size_t sysctl_tuned_reads(const char *text, size_t len)
{
	size_t n = utf8_prefix(text, len);

	if (n == len)
		return len;
	for (n -= n % KIB(8); n > 0 && text[n - 1] != '\n' && text[n - 1] != '\r'; n--)
		;
	return n;
}

/* The dash is part of the key, and no file is of that name. */
static bool line_parse_tuned(const char *text, size_t len, struct sysctl_line *ret)
{
	const char *equals;

	trim_start(SYSCTL_RULES_TUNED, &text, &len);
	if (len == 0 || *text == '#' || *text == ';' || !(equals = memchr(text, '=', len)))
		return false;
	ret->key = text;
	ret->key_len = (size_t)(equals - text);
	ret->value = equals + 1;
	ret->value_len = (size_t)(text + len - ret->value);
	trim(SYSCTL_RULES_TUNED, &ret->key, &ret->key_len);
	trim(SYSCTL_RULES_TUNED, &ret->value, &ret->value_len);
	/* The kernel refuses a NUL behind a number. */
	return ret->key_len > 0 && !memchr(ret->value, '\0', ret->value_len);
}

static bool line_parse(enum sysctl_rules rules, const char *text, size_t len,
		       struct sysctl_line *ret)
{
	const char *equals;
	bool dash;

	if (rules == SYSCTL_RULES_TUNED)
		return line_parse_tuned(text, len, ret);
	trim_start(rules, &text, &len);
	if (len == 0 || *text == '#' || *text == ';')
		return false;
	dash = *text == '-';
	equals = memchr(text, '=', len);
	if (!equals && !dash)
		return false;
	ret->value = equals ? equals + 1 : NULL;
	ret->value_len = equals ? (size_t)(text + len - ret->value) : 0;
	ret->key = text + dash;
	ret->key_len = (equals ? (size_t)(equals - text) : len) - dash;
	if (equals)
		trim(rules, &ret->value, &ret->value_len);
	/* procps does not expect blanks behind the dash, and looks for a file of that name. */
	if (rules == SYSCTL_RULES_PROCPS && ret->key_len > 0 && is_blank(rules, *ret->key))
		return false;
	trim(rules, &ret->key, &ret->key_len);
	return true;
}

bool sysctl_scan_next(struct sysctl_scan *scan, struct sysctl_line *ret)
{
	static bool (*const next_line[])(struct sysctl_scan *, const char **, size_t *) = {
		[SYSCTL_RULES_SYSTEMD] = line_systemd,
		[SYSCTL_RULES_PROCPS] = line_procps,
		[SYSCTL_RULES_TUNED] = line_tuned,
	};
	const char *text;
	size_t len;

	while (scan->at < scan->end) {
		if (!next_line[scan->rules](scan, &text, &len))
			break;
		ret->number = ++scan->number;
		if (line_parse(scan->rules, text, len, ret))
			return true;
	}
	scan->at = scan->end;
	return false;
}

/* Where the first separator is a dot, dots become slashes and slashes dots. */
static void slashes_from_dots(char *path)
{
	char *p = strpbrk(path, "/.");

	if (!p || *p == '/')
		return;
	for (; p; p = strpbrk(p + 1, "/."))
		*p = *p == '.' ? '/' : '.';
}

static void dots_replace(char *path)
{
	for (; (path = strchr(path, '.')); path++)
		*path = '/';
}

/* Without doubled, leading and closing slashes and "." components; also without ".." on request. */
static void path_simplify(char *path, bool up)
{
	const char *from = path;
	char *to = path;

	while (*from) {
		size_t len = strcspn(from, "/");

		if (up && len == 2 && has_prefix(from, "..")) {
			while (to > path && *--to != '/')
				;
		} else if (len > 0 && !(len == 1 && *from == '.')) {
			if (to > path)
				*to++ = '/';
			memmove(to, from, len);
			to += len;
		}
		from += len;
		from += *from == '/';
	}
	*to = '\0';
}

bool sysctl_key_path(enum sysctl_rules rules, const struct sysctl_line *line,
		     char ret[static SYSCTL_PATH_MAX], bool *ret_plain)
{
	const char *key = line->key;
	size_t len = line->key_len;

	/* procps drops a second dash where it makes the path. */
	if (rules == SYSCTL_RULES_PROCPS && len > 0 && *key == '-') {
		key++;
		len--;
	}
	if (len == 0 || len >= SYSCTL_PATH_MAX)
		return false;
	memcpy(ret, key, len);
	ret[len] = '\0';
	if (rules == SYSCTL_RULES_TUNED)
		dots_replace(ret);
	else
		slashes_from_dots(ret);
	/* There is no such name in /proc/sys, nor a directory for a ".." to leave. */
	if (strchr(ret, '\r') && !sysctl_path_is_glob(ret))
		return false;
	/* As a directory's path it opens no file; systemd drops the slash. */
	if (rules != SYSCTL_RULES_SYSTEMD && ret[len - 1] == '/')
		return false;
	/* procps lets the kernel go through "..", systemd refuses it. */
	path_simplify(ret, rules == SYSCTL_RULES_PROCPS);
	if (ret_plain)
		*ret_plain = strlen(ret) == len;
	return true;
}

enum sysctl_key sysctl_path_key(const char *path)
{
	char name[32];

	if (!has_prefix(path, "vm/") || strlen(path) >= sizeof(name))
		return SYSCTL_N;
	strcpy(name, path);
	name[2] = '.';
	return sysctl_key_find(name);
}

bool sysctl_path_is_glob(const char *path)
{
	return strpbrk(path, "*?[") != NULL;
}
