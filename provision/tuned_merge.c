/* SPDX-License-Identifier: MIT */
/*
 * Merges profiles as tuned's merger does, option by option. Must not open anything, and expands no
 * variables.
 */
#include "tuned_merge.h"

#include <ctype.h>

/* Where a unit comes in the order in which tuned applies them. */
struct place {
	long priority;
	size_t text; /* the first that has it */
	unsigned line;
};

/* A section of all profiles together: tuned's unit of one name. */
struct unit {
	struct tuned_piece name;
	bool is_sysctl, is_vm, enabled; /* as the last profile that has it says */
	bool conditional;               /* uname_regex, cpuinfo_regex */
	bool ranked, found;             /* has a priority; is in any profile */
	size_t first;                   /* what earlier profiles say was dropped by `replace` */
	struct place place;
};

static bool is_true(struct tuned_piece value)
{
	return tuned_is(value, "True") || tuned_is(value, "true") || tuned_is(value, "1");
}

static void unit_take_option(const struct tuned_scan *scan, bool *replace, struct unit *ret)
{
	/* A value of two lines is none of those that mean something. */
	const struct tuned_piece value =
		scan->continued ? (struct tuned_piece){ "", 0 } : scan->value;

	if (tuned_is(scan->key, "type")) {
		ret->is_sysctl = tuned_is(value, "sysctl");
		ret->is_vm = tuned_is(value, "vm");
	} else if (tuned_is(scan->key, "enabled")) {
		ret->enabled = is_true(value);
	} else if (tuned_is(scan->key, "replace")) {
		*replace = is_true(value);
	} else if (tuned_is(scan->key, "priority")) {
		ret->place.priority = strtol(scan->value.text, NULL, 10);
		ret->ranked = true;
	} else if (tuned_is(scan->key, "uname_regex") || tuned_is(scan->key, "cpuinfo_regex")) {
		ret->conditional = true;
	}
}

/* One profile's say on a unit that others may have had before it. */
static void unit_take(const char *text, size_t which, struct unit *unit)
{
	struct tuned_scan scan = tuned_scan_begin(text);
	const struct unit before = *unit;
	bool present = false, replace = false;

	while (tuned_scan_next(&scan)) {
		if (!tuned_same(scan.section, unit->name))
			continue;
		if (!present) {
			*unit = (struct unit){ .name = before.name,
					       .is_sysctl = tuned_is(before.name, "sysctl"),
					       .is_vm = tuned_is(before.name, "vm"),
					       .enabled = true,
					       .found = true,
					       .place = { 0, which, scan.number } };
			present = true;
		}
		unit_take_option(&scan, &replace, unit);
	}
	if (!present)
		return;
	unit->first = replace ? which : before.first;
	if (!before.found)
		return;
	unit->place.text = before.place.text;
	unit->place.line = before.place.line;
	if (replace)
		return;
	unit->conditional |= before.conditional;
	if (unit->ranked)
		return;
	unit->ranked = before.ranked;
	unit->place.priority = before.place.priority;
}

/* What a unit that is conditional sets counts as if its condition held. */
static void unit_find(const char *const *texts, size_t n, struct tuned_piece name, struct unit *ret)
{
	*ret = (struct unit){ .name = name };
	for (size_t i = 0; i < n; i++)
		unit_take(texts[i], i, ret);
	/* The one section that is no unit. */
	if (tuned_is(name, "main"))
		ret->is_sysctl = ret->is_vm = false;
}

static bool is_after(struct place a, struct place b)
{
	if (a.priority != b.priority)
		return a.priority > b.priority;
	return a.text != b.text ? a.text > b.text : a.line > b.line;
}

/* *ret: the last unit of sysctls, behind which tuned applies sysctl.d again for the last time. */
static enum sysctl_again find_last(const char *const *texts, size_t n, struct place *ret)
{
	enum sysctl_again last = SYSCTL_AGAIN_NOTHING;
	struct unit unit;

	for (size_t i = 0; i < n; i++) {
		struct tuned_scan scan = tuned_scan_begin(texts[i]);

		while (tuned_scan_next(&scan)) {
			enum sysctl_again again;

			if (scan.in_option ? !tuned_is(scan.key, "type")
					   : !tuned_is(scan.section, "sysctl"))
				continue;
			unit_find(texts, n, scan.section, &unit);
			if (!unit.is_sysctl || !unit.enabled)
				continue;
			again = unit.conditional ? SYSCTL_AGAIN_MAYBE : SYSCTL_AGAIN_SURE;
			if (again < last || (again == last && !is_after(unit.place, *ret)))
				continue;
			last = again;
			*ret = unit.place;
		}
	}
	return last;
}

enum sysctl_again tuned_applies_again(const char *const *texts, size_t n)
{
	struct place place;
	enum sysctl_again again = find_last(texts, n, &place);

	for (size_t i = 0; i < n; i++)
		if (!texts[i] && again == SYSCTL_AGAIN_NOTHING)
			again = SYSCTL_AGAIN_MAYBE;
	return again;
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

/* All profiles, and the one whose settings are being told. */
struct merge {
	const char *const *texts;
	size_t n, which;
	struct unit unit; /* the last that was looked at */
	enum sysctl_again again;
	struct place last; /* unit of sysctls, unless `again` is NOTHING */
	unsigned number;   /* of the line that is being written */
};

/* Whether a profile that comes after `which` takes the key out of the unit. */
static bool is_dropped(const struct merge *merge, size_t which, struct tuned_piece key)
{
	for (size_t i = which + 1; i < merge->n; i++) {
		struct tuned_scan scan = tuned_scan_begin(merge->texts[i]);

		while (tuned_scan_next(&scan))
			if (tuned_same(scan.section, merge->unit.name) &&
			    tuned_is(scan.key, "drop") && list_has(scan.value, key))
				return true;
	}
	return false;
}

/*
 * tuned makes a path of a key, and opens just that: no dashes and no patterns. A slash after "vm"
 * is as good as a dot to old releases, and is left for others to judge.
 */
static bool is_vm_key(struct tuned_piece key)
{
	if (key.len <= strlen("vm.") || memcmp(key.text, "vm", 2) != 0 ||
	    !strchr("./", key.text[2]))
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

/* --- units of type vm, which since tuned 2.24 know these four --- */

static const struct {
	const char *option, *ratio; /* "N%" of the option is N of the ratio */
} vm_options[] = {
	{ "dirty_bytes", "dirty_ratio" },
	{ "dirty_ratio", NULL },
	{ "dirty_background_bytes", "dirty_background_ratio" },
	{ "dirty_background_ratio", NULL },
};

static size_t vm_option(struct tuned_piece key)
{
	size_t i = 0;

	while (i < ARRAY_SIZE(vm_options) && !tuned_is(key, vm_options[i].option))
		i++;
	return i;
}

static bool unit_has(const struct merge *merge, const char *option)
{
	for (size_t i = merge->unit.first; i < merge->n; i++) {
		struct tuned_scan scan = tuned_scan_begin(merge->texts[i]);

		while (tuned_scan_next(&scan))
			if (tuned_same(scan.section, merge->unit.name) &&
			    tuned_is(scan.key, option) && !is_dropped(merge, i, scan.key))
				return true;
	}
	return false;
}

/* False: tuned does not write it, or writes the ratio after it. */
static bool vm_setting(const struct merge *merge, size_t option, struct tuned_piece *value,
		       const char **ret_key)
{
	const char *ratio = vm_options[option].ratio;
	const bool percent = ratio && value->len > 0 && value->text[value->len - 1] == '%';

	if (ratio && unit_has(merge, ratio))
		return false;
	value->len -= percent;
	*ret_key = percent ? ratio : vm_options[option].option;
	for (size_t i = 0; i < value->len; i++)
		if (!isdigit((unsigned char)value->text[i]))
			return tuned_is_computed(value->text, value->len) && *value->text == '$';
	return value->len > 0;
}

/* --- the settings --- */

static void put_setting(FILE *f, const char *prefix, struct tuned_piece key,
			struct tuned_piece value)
{
	(void)fprintf(f, "%s%.*s=%.*s", prefix, (int)key.len, key.text, (int)value.len, value.text);
}

/* What the line of a profile sets, if anything, at the end or before. */
static void take_option(struct merge *merge, const struct tuned_scan *scan, bool at_end, FILE *f)
{
	const size_t option = vm_option(scan->key);
	const bool is_vm = option < ARRAY_SIZE(vm_options);
	struct tuned_piece value = unquote(scan->value);
	const struct unit *unit = &merge->unit;
	const char *key = "";

	if (scan->continued || (!is_vm && !is_vm_key(scan->key)))
		return;
	if (scan->section.text != unit->name.text)
		unit_find(merge->texts, merge->n, scan->section, &merge->unit);
	if (!unit->enabled || merge->which < unit->first ||
	    !(is_vm ? unit->is_vm : unit->is_sysctl) || is_dropped(merge, merge->which, scan->key))
		return;
	if ((is_vm && merge->again > SYSCTL_AGAIN_NOTHING && is_after(unit->place, merge->last)) !=
	    at_end)
		return;
	if (is_vm && !vm_setting(merge, option, &value, &key))
		return;
	for (; merge->number < scan->number; merge->number++)
		(void)fputc('\n', f);
	if (is_vm)
		put_setting(f, "vm.", (struct tuned_piece){ key, strlen(key) }, value);
	else
		put_setting(f, "", scan->key, value);
}

int tuned_settings(const char *const *texts, size_t n, size_t which, bool at_end, char **ret)
{
	struct tuned_scan scan = tuned_scan_begin(texts[which]);
	struct merge merge = { .texts = texts, .n = n, .which = which, .number = 1 };
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	bool failed;

	if (!f)
		return -ENOMEM;
	merge.again = find_last(texts, n, &merge.last);
	while (tuned_scan_next(&scan))
		take_option(&merge, &scan, at_end, f);
	(void)fputc('\n', f);
	failed = ferror(f);
	if (fclose(f) != 0 || failed) {
		free(text);
		return -ENOMEM;
	}
	*ret = text;
	return 0;
}
