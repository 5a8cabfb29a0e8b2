/* SPDX-License-Identifier: MIT */
/*
 * The RAM -> swap table of a profile: its rows, their order, and that they hold for every machine
 * they cover. Must not know the other keys.
 */
#include "profile_read.h"

/* One row as far as it could be read: NULL where a value is absent or wrong. */
struct row_reading {
	struct profile_row row;
	const struct yaml_item *ram, *recommended, *minimum;
};

/* The machines a row serves: more than `above` of RAM, up to `to`. */
struct coverage {
	uint64_t above, to;
};

static bool ram_read(struct profile_reader *r, const struct yaml_item *item, uint64_t *ret)
{
	const char *text = reader_text(r, item, "ram");
	enum size_fault fault;

	if (!text)
		return false;
	if (streq(text, "any")) {
		*ret = RAM_ANY;
		return true;
	}
	fault = size_parse(text, ret);
	if (fault != SIZE_OK)
		reader_size_fault(r, item, fault, "any");
	else if (*ret == 0)
		reader_error(r, item, "ram must be more than 0");
	return fault == SIZE_OK && *ret > 0;
}

/* "16G", "2x", "16G..0.5x", "0". */
static bool range_read(struct profile_reader *r, const struct yaml_item *item, const char *what,
		       struct profile_row *row)
{
	const char *text = reader_text(r, item, what);
	const char *dots = text ? strstr(text, "..") : NULL;
	_cleanup_free_ char *first = NULL;
	enum size_fault fault;

	if (!text)
		return false;
	first = strndup(text, dots ? (size_t)(dots - text) : strlen(text));
	if (!first) {
		r->no_memory = true;
		return false;
	}
	fault = amount_parse(first, &row->low);
	row->high = row->low;
	if (fault == SIZE_OK && dots)
		fault = amount_parse(dots + 2, &row->high);
	if (fault != SIZE_OK)
		reader_size_fault(r, item, fault, "a multiple of RAM such as 0.5x or a range A..B");
	return fault == SIZE_OK;
}

static bool minimum_read(struct profile_reader *r, const struct yaml_item *item,
			 struct amount *minimum)
{
	const char *text = reader_text(r, item, "minimum");
	enum size_fault fault;

	if (!text)
		return false;
	fault = amount_parse(text, minimum);
	if (fault != SIZE_OK)
		reader_size_fault(r, item, fault, "a multiple of RAM such as 0.5x");
	return fault == SIZE_OK;
}

static void row_read(struct profile_reader *r, const struct yaml_item *item,
		     struct row_reading *ret)
{
	static const char *const names[] = { "ram", "recommended", "minimum" };
	static const struct reader_words keys = { "a row of sizes", names, ARRAY_SIZE(names) };
	const struct yaml_item *values[ARRAY_SIZE(names)];
	struct profile_row *row = &ret->row;

	*ret = (struct row_reading){ 0 };
	if (!reader_keys(r, item, &keys, values))
		return;
	for (size_t i = 0; i < 2; i++)
		if (!values[i])
			reader_error(r, item, "this row has no \"%s\"", names[i]);
	if (ram_read(r, values[0], &row->ram_bytes))
		ret->ram = values[0];
	if (range_read(r, values[1], "recommended", row))
		ret->recommended = values[1];
	if (!values[2])
		row->minimum = row->low;
	else if (minimum_read(r, values[2], &row->minimum))
		ret->minimum = values[2];
}

/* In millionths of a byte, so that nothing is lost to rounding. */
static unsigned __int128 exactly(struct amount amount, uint64_t ram_bytes)
{
	if (amount.millionths == 0)
		return (unsigned __int128)amount.bytes * 1000000;
	return (unsigned __int128)amount.millionths * ram_bytes;
}

/*
 * Whether a <= b on every machine covered. Both are linear in RAM, so the ends decide; beyond all
 * bounds the larger multiple wins. Where it does not hold is worded into where[], and nothing when
 * that is everywhere.
 */
static bool never_above(struct amount a, struct amount b, const struct coverage *c,
			char where[static 64])
{
	const bool low = exactly(a, c->above + 1) <= exactly(b, c->above + 1);
	bool high = exactly(a, c->to) <= exactly(b, c->to);
	char size[SIZE_TEXT_MAX];

	if (c->to == RAM_ANY)
		high = a.millionths < b.millionths ||
			(a.millionths == b.millionths && a.bytes <= b.bytes);
	where[0] = '\0';
	if (!low && high && c->above == 0)
		(void)snprintf(where, 64, " on the smallest machines; split the row");
	else if (!low && high)
		(void)snprintf(where, 64, " just above %s of RAM; split the row",
			       size_format(c->above, size));
	else if (!high && low && c->to == RAM_ANY)
		(void)snprintf(where, 64, " on the largest machines; split the row");
	else if (!high && low)
		(void)snprintf(where, 64, " at %s of RAM; split the row", size_format(c->to, size));
	return low && high;
}

static void row_check(struct profile_reader *r, const struct row_reading *reading,
		      const struct coverage *coverage)
{
	const struct profile_row *row = &reading->row;
	char where[64];

	if (!reading->recommended)
		return;
	if (!never_above(row->low, row->high, coverage, where))
		reader_error(r, reading->recommended, "the range %s ends below where it begins%s",
			     cut_text(reading->recommended->text).text, where);
	else if (reading->minimum && !never_above(row->minimum, row->low, coverage, where))
		reader_error(r, reading->minimum, "the minimum %s is above the recommended %s%s",
			     cut_text(reading->minimum->text).text,
			     cut_text(reading->recommended->text).text, where);
}

/* Whether the row's RAM follows on that of the rows before. */
static bool order_check(struct profile_reader *r, const struct row_reading *reading, uint64_t above)
{
	char size[SIZE_TEXT_MAX];

	if (!reading->ram)
		return false;
	if (reading->row.ram_bytes > above)
		return true;
	if (above == RAM_ANY)
		reader_error(r, reading->ram, "nothing can follow the row for any RAM");
	else
		reader_error(r, reading->ram, "rows must ascend: %s is not more than %s",
			     cut_text(reading->ram->text).text, size_format(above, size));
	return false;
}

void profile_sizes_read(struct profile_reader *r, const struct yaml_item *sizes)
{
	struct profile *profile = r->profile;
	struct coverage coverage = { 0 };
	bool is_known = true; /* coverage.above: not after a row that could not be read */
	size_t n = 0;

	if (!reader_list(r, sizes, "sizes"))
		return;
	for (const struct yaml_item *item = sizes->first; item; item = item->next)
		n++;
	if (n == 0)
		reader_error(r, sizes, "sizes must have at least one row");
	profile->rows = reader_alloc(r, n, sizeof(*profile->rows));
	if (!profile->rows)
		return;
	for (const struct yaml_item *item = sizes->first; item; item = item->next) {
		struct row_reading reading;
		bool in_order;

		row_read(r, item, &reading);
		in_order = order_check(r, &reading, coverage.above);
		coverage.to = reading.row.ram_bytes;
		if (in_order && is_known)
			row_check(r, &reading, &coverage);
		is_known = in_order;
		if (in_order)
			coverage.above = coverage.to;
		profile->rows[profile->n_rows++] = reading.row;
	}
}
