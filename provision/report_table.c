/* SPDX-License-Identifier: MIT */
/*
 * Tables in the manner of lsblk, by libsmartcols: colour on a terminal only. Knows nothing of what
 * is in them.
 */
#include "report.h"

#include <libsmartcols/libsmartcols.h>

static bool colour_wanted(void)
{
	const char *no_color = getenv("NO_COLOR");

	return isatty(STDOUT_FILENO) && !(no_color && *no_color);
}

struct libscols_table *report_table(const struct report_column *columns, size_t n)
{
	struct libscols_table *table = scols_new_table();

	if (!table)
		return NULL;
	scols_table_enable_colors(table, colour_wanted());
	for (size_t i = 0; i < n; i++) {
		struct libscols_column *column = scols_table_new_column(
			table, columns[i].name, 0, columns[i].right ? SCOLS_FL_RIGHT : 0);

		/* "\x2d" is part of a unit's name, and stays; control characters are escaped. */
		if (!column || scols_column_set_safechars(column, "\\") < 0) {
			scols_unref_table(table);
			return NULL;
		}
	}
	return table;
}

int report_row(struct libscols_table *table, const char *const *cells, size_t n, size_t coloured,
	       const char *colour)
{
	struct libscols_line *line = scols_table_new_line(table, NULL);

	if (!line)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		if (scols_line_set_data(line, i, cells[i]) < 0)
			return -ENOMEM;
	if (colour && scols_cell_set_color(scols_line_get_cell(line, coloured), colour) < 0)
		return -ENOMEM;
	return 0;
}

int report_table_print(struct libscols_table *table)
{
	_cleanup_free_ char *text = NULL;
	int r = scols_print_table_to_string(table, &text);

	if (r == 0 && !text)
		r = -ENOMEM;
	for (char *line = text; r == 0 && line && *line;) {
		size_t len = strcspn(line, "\n"), kept = len;

		/* Empty cells at the end of a row are padded by libsmartcols. */
		while (kept > 0 && line[kept - 1] == ' ')
			kept--;
		printf("%.*s\n", (int)kept, line);
		line += len + (line[len] == '\n');
	}
	scols_unref_table(table);
	return r < 0 ? r : 0;
}
