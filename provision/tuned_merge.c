/* SPDX-License-Identifier: MIT */
/*
 * Tells which lines of a profile set anything when all profiles are merged. Must not open anything,
 * and expands no variables.
 */
#include "tuned_merge.h"

#include "memstream.h"
#include "tuned_unit.h"

#include <ctype.h>

static bool is_after(struct tuned_place a, struct tuned_place b)
{
	if (a.priority != b.priority)
		return a.priority > b.priority;
	return a.text != b.text ? a.text > b.text : a.line > b.line;
}

/*
 * *ret: the last unit of sysctls, behind which tuned applies sysctl.d again for the last time. One
 * that is conditional counts as if its condition held, and so does what it sets.
 */
static enum sysctl_again find_last(const struct tuned_units *units, struct tuned_place *ret)
{
	enum sysctl_again last = SYSCTL_AGAIN_NOTHING;

	for (size_t i = 0; i < units->n; i++) {
		const struct tuned_unit *unit = &units->items[i];
		enum sysctl_again again;

		if (!unit->is_sysctl || !unit->enabled)
			continue;
		again = unit->conditional ? SYSCTL_AGAIN_MAYBE : SYSCTL_AGAIN_SURE;
		if (again < last || (again == last && !is_after(unit->place, *ret)))
			continue;
		last = again;
		*ret = unit->place;
	}
	return last;
}

int tuned_applies_again(const char *const *texts, size_t n, enum sysctl_again *ret)
{
	_cleanup_(tuned_units_done) struct tuned_units units = { 0 };
	struct tuned_place place;
	int r = tuned_units_read(texts, n, &units);

	if (r < 0)
		return r;
	*ret = find_last(&units, &place);
	for (size_t i = 0; i < n; i++)
		if (!texts[i] && *ret == SYSCTL_AGAIN_NOTHING)
			*ret = SYSCTL_AGAIN_MAYBE;
	return 0;
}

/* All profiles, and the one whose settings are being told. */
struct merge {
	struct tuned_units units;
	size_t which;
	const struct tuned_unit *unit; /* of the line that is being looked at */
	enum sysctl_again again;
	struct tuned_place last; /* unit of sysctls, unless `again` is NOTHING */
	unsigned number;         /* of the line that is being written */
};

static void cleanup_merge(struct merge *merge)
{
	tuned_units_done(&merge->units);
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

/* False: tuned does not write it, or writes the ratio after it. */
static bool vm_setting(const struct merge *merge, size_t option, struct tuned_piece *value,
		       const char **ret_key)
{
	const char *ratio = vm_options[option].ratio;
	const bool percent = ratio && value->len > 0 && value->text[value->len - 1] == '%';

	if (ratio && tuned_unit_has(&merge->units, merge->unit, ratio))
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
	const struct tuned_unit *unit;
	const char *key = "";

	if (scan->continued || (!is_vm && !is_vm_key(scan->key)))
		return;
	merge->unit = unit = tuned_units_find(&merge->units, scan->section);
	if (!unit->enabled || merge->which < unit->first ||
	    !(is_vm ? unit->is_vm : unit->is_sysctl) ||
	    tuned_unit_drops(&merge->units, unit, merge->which, scan->key))
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
	_cleanup_(cleanup_merge) struct merge merge = { .which = which, .number = 1 };
	struct tuned_scan scan = tuned_scan_begin(texts[which]);
	struct memstream out;
	int r = tuned_units_read(texts, n, &merge.units);

	if (r < 0)
		return r;
	r = memstream_open(&out);
	if (r < 0)
		return r;
	merge.again = find_last(&merge.units, &merge.last);
	while (tuned_scan_next(&scan))
		take_option(&merge, &scan, at_end, out.file);
	(void)fputc('\n', out.file);
	return memstream_close(&out, ret, NULL);
}
