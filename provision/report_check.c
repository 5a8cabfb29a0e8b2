/* SPDX-License-Identifier: MIT */
/*
 * What `memprov check` and `memprov profiles` tell people, and the one form errors have.
 */
#include "report.h"

#include "size.h"

#include <libsmartcols/libsmartcols.h>

void report_error(const char *message)
{
	fprintf(stderr, "memprov: %s\n", message);
}

void report_profile_errors(const char *file, const struct profile_errors *errors)
{
	for (size_t i = 0; i < errors->n; i++)
		fprintf(stderr, "%s:%u:%u: %s\n", file, errors->items[i].line,
			errors->items[i].column, errors->items[i].message);
}

static const char *recommended(const struct profile_row *row, uint64_t ram_bytes,
			       char buf[static 2 * SIZE_TEXT_MAX + 8])
{
	uint64_t low = amount_bytes(row->low, ram_bytes), high = amount_bytes(row->high, ram_bytes);
	char a[SIZE_TEXT_MAX], b[SIZE_TEXT_MAX];

	if (low == high)
		(void)snprintf(buf, 2 * SIZE_TEXT_MAX + 8, "%s", size_format(low, a));
	else
		(void)snprintf(buf, 2 * SIZE_TEXT_MAX + 8, "%s .. %s", size_format(low, a),
			       size_format(high, b));
	return buf;
}

static int print_sizes(const struct profile *profile)
{
	static const struct report_column columns[] = {
		{ "RAM", .right = true },
		{ "RECOMMENDED SWAP", .right = true },
		{ "MINIMUM", .right = true },
	};
	struct libscols_table *table = report_table(columns, ARRAY_SIZE(columns));
	int r = table ? 0 : -ENOMEM;

	for (uint64_t ram = MIB(256); r == 0 && ram <= GIB(1024); ram *= 2) {
		const struct profile_row *row = profile_row_for(profile, ram);
		char a[SIZE_TEXT_MAX], b[2 * SIZE_TEXT_MAX + 8], c[SIZE_TEXT_MAX];
		const char *const cells[] = {
			size_format(ram, a),
			row ? recommended(row, ram, b) : "no row",
			row ? size_format(amount_bytes(row->minimum, ram), c) : "-",
		};

		r = report_row(table, cells, ARRAY_SIZE(cells), 0, NULL);
	}
	if (r < 0) {
		scols_unref_table(table);
		return r;
	}
	return report_table_print(table);
}

int report_check_text(const struct report_profile *profiles, size_t n)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++) {
		const struct profile *profile = profiles[i].profile;

		if (!profile)
			continue;
		printf("%s%s (%s)%s%s\n", i > 0 ? "\n" : "", profile->name, profile->source,
		       *profile->description ? ": " : "", profile->description);
		if (profile->has_swap)
			r = print_sizes(profile);
		for (size_t k = 0; k < profile->n_sysctl; k++)
			printf("%s = %llu\n", sysctl_keys[profile->sysctl[k].key].name,
			       (unsigned long long)profile->sysctl[k].value);
	}
	return r == 0 && fflush(stdout) == EOF ? -EIO : r;
}

int report_profiles_text(const struct report_profile *profiles, size_t n)
{
	static const struct report_column columns[] = {
		{ "NAME", .right = false },
		{ "SOURCE", .right = false },
		{ "DESCRIPTION", .right = false },
	};
	struct libscols_table *table = report_table(columns, ARRAY_SIZE(columns));
	int r = table ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < n; i++) {
		const struct profile *profile = profiles[i].profile;
		const char *const cells[] = {
			profiles[i].name,
			profiles[i].file,
			profile ? profile->description : "(not valid; see memprov check)",
		};

		r = report_row(table, cells, ARRAY_SIZE(cells), 0, profile ? NULL : "red");
	}
	if (r < 0) {
		scols_unref_table(table);
		return r;
	}
	return report_table_print(table);
}
