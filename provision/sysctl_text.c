/* SPDX-License-Identifier: MIT */
/*
 * Reads lines as systemd-sysctl (systemd 252) and `sysctl --system` (procps 4.0.2) read them, whose
 * every quirk here was measured (tests/live/sysctl-appliers). Knows one file at a time.
 */
#include "sysctl_text.h"

/* systemd's LONG_LINE_MAX: a longer line ends the file, with what was read before kept. */
#define SYSTEMD_LINE_MAX MIB(1)

/* isspace() of the C locale for procps, WHITESPACE for systemd. */
static bool is_blank(enum sysctl_rules rules, char c)
{
	return c != '\0' && strchr(rules == SYSCTL_RULES_PROCPS ? " \t\n\v\f\r" : " \t\n\r", c);
}

static void trim(enum sysctl_rules rules, const char **text, size_t *len)
{
	for (; *len > 0 && is_blank(rules, **text); --*len)
		++*text;
	for (; *len > 0 && is_blank(rules, (*text)[*len - 1]); --*len)
		;
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

static bool line_parse(enum sysctl_rules rules, const char *text, size_t len,
		       struct sysctl_line *ret)
{
	const char *equals;
	bool dash;

	trim(rules, &text, &len);
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
	const char *text;
	size_t len;

	while (scan->at < scan->end) {
		if (!(scan->rules == SYSCTL_RULES_SYSTEMD ? line_systemd : line_procps)(scan, &text,
											&len))
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
	slashes_from_dots(ret);
	/* As a directory's path it opens no file; systemd drops the slash. */
	if (rules == SYSCTL_RULES_PROCPS && ret[len - 1] == '/')
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
