/* SPDX-License-Identifier: MIT */
/*
 * Merges profiles as tuned's merger does, option by option, in one reading of them: each unit is
 * looked up by its name. Must not open anything, and expands no variables.
 */
#include "tuned_unit.h"

#include <assert.h>

/* --- sorted, to be looked up --- */

static int compare_pieces(struct tuned_piece a, struct tuned_piece b)
{
	if (a.len != b.len)
		return a.len < b.len ? -1 : 1;
	return memcmp(a.text, b.text, a.len);
}

static int compare_units(const void *a, const void *b)
{
	const struct tuned_unit *x = a, *y = b;

	return compare_pieces(x->name, y->name);
}

/* Of the same unit and key they are the same. */
static int compare_mentions(const void *a, const void *b)
{
	const struct tuned_mention *x = a, *y = b;

	if (x->unit != y->unit)
		return x->unit < y->unit ? -1 : 1;
	return compare_pieces(x->key, y->key);
}

static int mentions_add(struct tuned_mentions *list, struct tuned_mention mention)
{
	if (list->n == list->room) {
		const size_t room = list->room ? 2 * list->room : 64;
		struct tuned_mention *more = reallocarray(list->items, room, sizeof(*more));

		if (!more)
			return -ENOMEM;
		list->items = more;
		list->room = room;
	}
	list->items[list->n++] = mention;
	return 0;
}

/* Each once, with the last profile. */
static void mentions_sort(struct tuned_mentions *list)
{
	size_t n = 0;

	if (list->n == 0)
		return;
	qsort(list->items, list->n, sizeof(*list->items), compare_mentions);
	for (size_t i = 1; i < list->n; i++) {
		struct tuned_mention *last = &list->items[n];

		if (compare_mentions(last, &list->items[i]) != 0)
			list->items[++n] = list->items[i];
		else if (list->items[i].which > last->which)
			last->which = list->items[i].which;
	}
	list->n = n + 1;
}

/* The last profile that says so; NULL: none does. */
static const size_t *mentions_find(const struct tuned_mentions *list, size_t unit,
				   struct tuned_piece key)
{
	const struct tuned_mention wanted = { .unit = unit, .key = key };
	const struct tuned_mention *found = list->n == 0
		? NULL
		: bsearch(&wanted, list->items, list->n, sizeof(wanted), compare_mentions);

	return found ? &found->which : NULL;
}

/* --- the units --- */

static bool is_true(struct tuned_piece value)
{
	return tuned_is(value, "True") || tuned_is(value, "true") || tuned_is(value, "1");
}

static void take_option(const struct tuned_scan *scan, struct tuned_unit *unit)
{
	/* A value of two lines is none of those that mean something. */
	const struct tuned_piece value =
		scan->continued ? (struct tuned_piece){ "", 0 } : scan->value;

	if (tuned_is(scan->key, "type")) {
		unit->is_sysctl = tuned_is(value, "sysctl");
		unit->is_vm = tuned_is(value, "vm");
	} else if (tuned_is(scan->key, "enabled")) {
		unit->enabled = is_true(value);
	} else if (tuned_is(scan->key, "replace")) {
		unit->replace = is_true(value);
	} else if (tuned_is(scan->key, "priority")) {
		unit->place.priority = strtol(scan->value.text, NULL, 10);
		unit->ranked = true;
	} else if (tuned_is(scan->key, "uname_regex") || tuned_is(scan->key, "cpuinfo_regex")) {
		unit->conditional = true;
	}
}

/* What earlier profiles said holds on, unless the last one replaces it. */
static void settle(struct tuned_unit *unit)
{
	if (unit->replace) {
		unit->first = unit->which;
		return;
	}
	unit->conditional |= unit->was_conditional;
	if (unit->ranked)
		return;
	unit->ranked = unit->was_ranked;
	unit->place.priority = unit->was_priority;
}

/* One more profile has the unit. */
static void begin(struct tuned_unit *unit, size_t which, unsigned line)
{
	if (unit->found)
		settle(unit);
	else
		unit->place = (struct tuned_place){ 0, which, line };
	unit->was_conditional = unit->conditional;
	unit->was_ranked = unit->ranked;
	unit->was_priority = unit->place.priority;
	unit->is_sysctl = tuned_is(unit->name, "sysctl");
	unit->is_vm = tuned_is(unit->name, "vm");
	unit->enabled = true;
	unit->found = true;
	unit->conditional = unit->ranked = unit->replace = false;
	unit->place.priority = 0;
	unit->which = which;
}

static int take_mentions(struct tuned_units *units, const struct tuned_scan *scan,
			 struct tuned_mention mention)
{
	const char *p = scan->value.text;
	int r = 0;

	if (scan->key.len == 0)
		return 0;
	mention.key = scan->key;
	r = mentions_add(&units->options, mention);
	if (!tuned_is(scan->key, "drop"))
		return r;
	while (r == 0 &&
	       tuned_next_piece(&p, scan->value.text + scan->value.len, ",;", &mention.key))
		r = mentions_add(&units->drops, mention);
	return r;
}

/* Every section of the texts has one. */
static struct tuned_unit *find(const struct tuned_units *units, struct tuned_piece section)
{
	const struct tuned_unit wanted = { .name = section };
	struct tuned_unit *unit =
		bsearch(&wanted, units->items, units->n, sizeof(wanted), compare_units);

	assert(unit);
	return unit;
}

static int take_text(struct tuned_units *units, const char *text, size_t which)
{
	struct tuned_scan scan = tuned_scan_begin(text);
	struct tuned_unit *unit = NULL;
	const char *section = NULL;
	int r = 0;

	while (r == 0 && tuned_scan_next(&scan)) {
		if (!unit || scan.section.text != section) {
			section = scan.section.text;
			unit = find(units, scan.section);
			if (!unit->found || unit->which != which)
				begin(unit, which, scan.number);
		}
		take_option(&scan, unit);
		r = take_mentions(units, &scan,
				  (struct tuned_mention){ .unit = (size_t)(unit - units->items),
							  .which = which });
	}
	return r;
}

/* All headers there are, and what stands above the first; items NULL: only counts them. */
static size_t collect(const char *const *texts, size_t n, struct tuned_unit *items)
{
	size_t count = 1;

	if (items)
		items[0] = (struct tuned_unit){ .name = { "", 0 } };
	for (size_t i = 0; i < n; i++) {
		struct tuned_scan scan = tuned_scan_begin(texts[i]);

		while (tuned_scan_next(&scan)) {
			if (scan.in_option)
				continue;
			if (items)
				items[count] = (struct tuned_unit){ .name = scan.section };
			count++;
		}
	}
	return count;
}

/* Each name once. */
static int units_make(const char *const *texts, size_t n, struct tuned_units *units)
{
	const size_t count = collect(texts, n, NULL);

	units->items = calloc(count, sizeof(*units->items));
	if (!units->items)
		return -ENOMEM;
	(void)collect(texts, n, units->items);
	qsort(units->items, count, sizeof(*units->items), compare_units);
	for (size_t i = 0; i < count; i++)
		if (units->n == 0 ||
		    compare_units(&units->items[units->n - 1], &units->items[i]) != 0)
			units->items[units->n++] = units->items[i];
	return 0;
}

int tuned_units_read(const char *const *texts, size_t n, struct tuned_units *ret)
{
	_cleanup_(tuned_units_done) struct tuned_units units = { 0 };
	int r = units_make(texts, n, &units);

	for (size_t i = 0; r == 0 && i < n; i++)
		r = take_text(&units, texts[i], i);
	if (r < 0)
		return r;
	mentions_sort(&units.options);
	mentions_sort(&units.drops);
	for (size_t i = 0; i < units.n; i++) {
		struct tuned_unit *unit = &units.items[i];

		settle(unit);
		/* The one section that is no unit. */
		if (tuned_is(unit->name, "main"))
			unit->is_sysctl = unit->is_vm = false;
	}
	*ret = units;
	units = (struct tuned_units){ 0 };
	return 0;
}

void tuned_units_done(struct tuned_units *units)
{
	free(units->items);
	free(units->options.items);
	free(units->drops.items);
	*units = (struct tuned_units){ 0 };
}

const struct tuned_unit *tuned_units_find(const struct tuned_units *units,
					  struct tuned_piece section)
{
	return find(units, section);
}

bool tuned_unit_drops(const struct tuned_units *units, const struct tuned_unit *unit, size_t which,
		      struct tuned_piece key)
{
	const size_t *last = mentions_find(&units->drops, (size_t)(unit - units->items), key);

	return last && *last > which;
}

bool tuned_unit_has(const struct tuned_units *units, const struct tuned_unit *unit,
		    const char *option)
{
	const struct tuned_piece key = { option, strlen(option) };
	const size_t *last = mentions_find(&units->options, (size_t)(unit - units->items), key);

	return last && *last >= unit->first && !tuned_unit_drops(units, unit, *last, key);
}
