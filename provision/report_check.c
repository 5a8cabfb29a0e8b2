/* SPDX-License-Identifier: MIT */
/*
 * What `memprov check` and `memprov profiles` tell people. Judges nothing.
 */
#include "report.h"

#include "size.h"

#include <libsmartcols/libsmartcols.h>

static const char *recommended(const struct profile_row *row, uint64_t ram_bytes,
			       char buf[static RANGE_TEXT_MAX])
{
	return report_range(amount_bytes(row->low, ram_bytes), amount_bytes(row->high, ram_bytes),
			    buf);
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
		char a[SIZE_TEXT_MAX], b[RANGE_TEXT_MAX], c[SIZE_TEXT_MAX];
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

static int print_profile(const struct profile *profile)
{
	int r = 0;

	report_put(stdout, profile->name);
	printf(" (");
	report_put(stdout, profile->source);
	printf(")%s", *profile->description ? ": " : "");
	report_put(stdout, profile->description);
	printf("\n");
	if (profile->has_swap)
		r = print_sizes(profile);
	for (size_t k = 0; k < profile->n_sysctl; k++)
		printf("%s = %llu\n", sysctl_keys[profile->sysctl[k].key].name,
		       (unsigned long long)profile->sysctl[k].value);
	return r;
}

int report_check_text(const struct report_profile *profiles, size_t n)
{
	bool first = true;
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++) {
		if (!profiles[i].profile)
			continue;
		if (!first)
			printf("\n");
		first = false;
		r = print_profile(profiles[i].profile);
	}
	return r;
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
