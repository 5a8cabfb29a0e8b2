/* SPDX-License-Identifier: MIT */
/*
 * Merges profiles as tuned's merger does, option by option. Must not open anything, and expands no
 * variables.
 */
#include "tuned_merge.h"

#include <ctype.h>

/* A section of all profiles together: tuned's unit of one name. */
struct unit {
	struct tuned_piece name;
	bool is_sysctl, enabled; /* as the last profile that has it says */
	size_t first;            /* what earlier profiles say was dropped by `replace` */
};

static bool is_true(struct tuned_piece value)
{
	return tuned_is(value, "True") || tuned_is(value, "true") || tuned_is(value, "1");
}

/* A unit that depends on the machine (uname_regex, cpuinfo_regex) counts as if it matched. */
static void unit_find(const char *const *texts, size_t n, struct tuned_piece name, struct unit *ret)
{
	*ret = (struct unit){ .name = name };
	for (size_t i = 0; i < n; i++) {
		struct tuned_scan scan = tuned_scan_begin(texts[i]);
		struct tuned_piece type = name;
		bool present = false, enabled = true, replace = false;

		while (tuned_scan_next(&scan)) {
			if (!tuned_same(scan.section, name))
				continue;
			present = true;
			/* A value of two lines is none of those that mean something. */
			if (tuned_is(scan.key, "type"))
				type = scan.continued ? (struct tuned_piece){ "", 0 } : scan.value;
			else if (tuned_is(scan.key, "enabled"))
				enabled = !scan.continued && is_true(scan.value);
			else if (tuned_is(scan.key, "replace"))
				replace = !scan.continued && is_true(scan.value);
		}
		if (!present)
			continue;
		ret->is_sysctl = tuned_is(type, "sysctl") && !tuned_is(name, "main");
		ret->enabled = enabled;
		if (replace)
			ret->first = i;
	}
}

static bool list_has(struct tuned_piece list, struct tuned_piece name)
{
	const char *p = list.text, *end = list.text + list.len;
	struct tuned_piece one;

	while (tuned_next_piece(&p, end, ",;", &one))
		if (tuned_same(one, name))
			return true;
	return false;
}

/* Whether a profile that comes after `which` takes the key out of the unit. */
static bool is_dropped(const char *const *texts, size_t n, size_t which, const struct unit *unit,
		       struct tuned_piece key)
{
	for (size_t i = which + 1; i < n; i++) {
		struct tuned_scan scan = tuned_scan_begin(texts[i]);

		while (tuned_scan_next(&scan))
			if (tuned_same(scan.section, unit->name) && tuned_is(scan.key, "drop") &&
			    list_has(scan.value, key))
				return true;
	}
	return false;
}

/*
 * tuned makes a path of a key by exchanging dots and slashes, and opens just that: no dashes, no
 * patterns, and no slashes in place of dots.
 */
static bool is_vm_key(struct tuned_piece key)
{
	if (key.len <= strlen("vm.") || memcmp(key.text, "vm.", strlen("vm.")) != 0)
		return false;
	for (size_t i = strlen("vm."); i < key.len; i++)
		if (!islower((unsigned char)key.text[i]) && !strchr("_-", key.text[i]))
			return false;
	return true;
}

/* tuned's unquote(): double quotes around the whole of it. */
static struct tuned_piece unquote(struct tuned_piece value)
{
	if (value.len >= 2 && *value.text == '"' && value.text[value.len - 1] == '"')
		return (struct tuned_piece){ value.text + 1, value.len - 2 };
	return value;
}

int tuned_settings(const char *const *texts, size_t n, size_t which, char **ret)
{
	struct tuned_scan scan = tuned_scan_begin(texts[which]);
	struct unit unit = { .name = { NULL, 0 } };
	unsigned number = 1; /* of the line that is being written */
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	bool failed;

	if (!f)
		return -ENOMEM;
	while (tuned_scan_next(&scan)) {
		struct tuned_piece value = unquote(scan.value);

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
