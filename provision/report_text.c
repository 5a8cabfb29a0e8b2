/* SPDX-License-Identifier: MIT */
/*
 * The report for people: a summary of machine and profile, a table of steps, diffs, warnings, and
 * one sentence of verdict. Must read well in a pipe, too: colour and wrapping on a terminal only.
 */
#include "report.h"

#include "diff.h"
#include "size.h"

#include <inttypes.h>
#include <libsmartcols/libsmartcols.h>

/* --- tables --- */

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

/* --- the summary --- */

uint64_t report_swap_bytes(const struct facts *facts)
{
	uint64_t sum = 0;

	if (!facts->swaps_known)
		return UNKNOWN;
	for (size_t i = 0; i < facts->n_swaps; i++) {
		const struct swap_area *area = &facts->swaps[i];
		bool ours = facts->file.active && area->ino == facts->file.ino &&
			area->dev == facts->file.dev;

		/* The kernel leaves out the header page. */
		if (!area->is_zram)
			sum += ours ? facts->file.size_bytes
				    : area->line.size_bytes + facts->page_bytes;
	}
	return sum;
}

const char *report_range(uint64_t low, uint64_t high, char buf[static RANGE_TEXT_MAX])
{
	char a[SIZE_TEXT_MAX], b[SIZE_TEXT_MAX];

	if (low == high)
		(void)snprintf(buf, RANGE_TEXT_MAX, "%s", size_format(low, a));
	else
		(void)snprintf(buf, RANGE_TEXT_MAX, "%s to %s", size_format(low, a),
			       size_format(high, b));
	return buf;
}

/* "the profile recommends 16 GiB and asks for at least 8 GiB" */
static void wanted_text(const struct report *report, char *buf, size_t room)
{
	const struct target *target = report->target;
	char range[RANGE_TEXT_MAX], minimum[SIZE_TEXT_MAX];

	(void)report_range(target->low_bytes, target->high_bytes, range);
	if (target->exact)
		(void)snprintf(buf, room,
			       target->low_bytes ? "a swapfile of exactly %s is asked for"
						 : "no swapfile is asked for",
			       range);
	else if (!target->row)
		(void)snprintf(buf, room, "the profile has no row for this much RAM");
	else if (target->minimum_bytes == target->low_bytes)
		(void)snprintf(buf, room, "the profile asks for %s", range);
	else
		(void)snprintf(buf, room, "the profile recommends %s and asks for at least %s",
			       range, size_format(target->minimum_bytes, minimum));
}

static size_t count(const struct plan *plan, enum step_state state)
{
	size_t n = 0;

	for (size_t i = 0; i < plan->n; i++)
		n += plan->steps[i].state == state;
	return n;
}

static void outcome_text(const struct report *report, char *buf, size_t room)
{
	const struct plan *plan = report->plan;
	size_t changes = count(plan, STATE_CHANGE), blocked = count(plan, STATE_BLOCKED);
	size_t done = count(plan, STATE_DONE), unknown = count(plan, STATE_UNKNOWN);
	size_t failed = count(plan, STATE_FAILED);

	if (failed)
		(void)snprintf(buf, room, "%zu step%s failed, %zu done", failed,
			       failed == 1 ? "" : "s", done);
	else if (blocked)
		(void)snprintf(buf, room, "%zu step%s blocked, so nothing can be changed", blocked,
			       blocked == 1 ? " is" : "s are");
	else if (unknown)
		(void)snprintf(buf, room, "%zu thing%s could not be seen without root", unknown,
			       unknown == 1 ? "" : "s");
	else if (changes)
		(void)snprintf(buf, room, "%zu change%s to be made", changes,
			       changes == 1 ? " is" : "s are");
	else if (done)
		(void)snprintf(buf, room, "%zu change%s made", done, done == 1 ? "" : "s");
	else
		(void)snprintf(buf, room, "nothing is to be changed");
}

const char *report_verdict(const struct report *report, char buf[static WORDS_MAX])
{
	char wanted[256] = "", outcome[128] = "", size[SIZE_TEXT_MAX];
	uint64_t have;

	buf[0] = '\0';
	if (!report->plan || !report->facts)
		return buf;
	outcome_text(report, outcome, sizeof(outcome));
	have = report_swap_bytes(report->facts);
	if (report->target && report->target->manage_swap)
		wanted_text(report, wanted, sizeof(wanted));
	if (!report->facts->is_system)
		(void)snprintf(buf, WORDS_MAX, "%s%s%s%s", wanted, *wanted ? "; " : "", outcome,
			       plan_has(report->plan, STATE_DEFERRED) &&
					       !plan_has(report->plan, STATE_BLOCKED)
				       ? "; what is deferred happens when this system boots"
				       : "");
	else if (have == UNKNOWN || !report->plan->swap_managed)
		(void)snprintf(buf, WORDS_MAX, "%s", outcome);
	else
		(void)snprintf(
			buf, WORDS_MAX, "%s%s%s%s; %s", have ? "swap is " : "there is no swap",
			have ? size_format(have, size) : "", *wanted ? ", " : "", wanted, outcome);
	return buf;
}

static bool has_zram(const struct facts *facts)
{
	for (size_t i = 0; i < facts->n_swaps; i++)
		if (facts->swaps[i].is_zram)
			return true;
	return false;
}

static void print_ram(const struct facts *facts)
{
	char nominal[SIZE_TEXT_MAX], memtotal[SIZE_TEXT_MAX];

	if (facts->ram_bytes == 0)
		return;
	printf("RAM      %s", size_format(facts->ram_bytes, nominal));
	if (facts->planned_bytes == facts->memtotal_bytes)
		printf(" (MemTotal %s)\n", size_format(facts->memtotal_bytes, memtotal));
	else
		printf(" (--ram)\n");
}

static void print_swap(const struct report *report)
{
	const uint64_t have = report_swap_bytes(report->facts);
	char size[SIZE_TEXT_MAX], wanted[256];

	printf("Swap     ");
	if (have == UNKNOWN)
		printf("unknown");
	else if (have == 0)
		printf("none active");
	else
		printf("%s", size_format(have, size));
	if (has_zram(report->facts))
		printf(" (zram not counted)");
	if (report->target && report->target->manage_swap) {
		wanted_text(report, wanted, sizeof(wanted));
		printf("; %s", wanted);
	}
	printf("\n");
}

static void print_disk(const struct report *report)
{
	const struct found *file = &report->facts->file;
	char size[SIZE_TEXT_MAX];

	if (file->fs_size_bytes == 0)
		return;
	printf("Disk     %s on ", *file->fs_type ? file->fs_type : "unknown");
	report_put(stdout, *file->fs_mount ? file->fs_mount : "?");
	printf(": %s", size_format(file->fs_free_bytes, size));
	printf(" of %s free", size_format(file->fs_size_bytes, size));
	if (report->plan && report->target && report->target->manage_swap)
		printf(", room for a swapfile of %s",
		       size_format(report->plan->sizing.room_bytes, size));
	printf("\n");
}

static void print_summary(const struct report *report)
{
	if (report->profile) {
		printf("Profile  ");
		report_put(stdout, report->profile->name);
		printf(" (");
		report_put(stdout, report->profile->source);
		printf(")\n");
	}
	print_ram(report->facts);
	print_swap(report);
	print_disk(report);
}

/* --- the steps --- */

static const char *state_colour(enum step_state state)
{
	switch (state) {
	case STATE_OK:
	case STATE_DONE:
		return "green";
	case STATE_CHANGE:
	case STATE_UNKNOWN:
		return "yellow";
	case STATE_BLOCKED:
	case STATE_FAILED:
		return "red";
	case STATE_DEFERRED:
	case STATE_SKIPPED:
	case STATE_N:
		break;
	}
	return NULL;
}

#define CELL_MAX 256

/* The options of an fstab line: what two lines for a swapfile differ in. */
static const char *options_cell(const char *line, char buf[static CELL_MAX])
{
	for (unsigned field = 0; field < 3; field++) {
		line += strspn(line, " \t");
		line += strcspn(line, " \t");
	}
	line += strspn(line, " \t");
	(void)snprintf(buf, CELL_MAX, "%.*s", (int)strcspn(line, " \t\r"), line);
	if (*buf == '\0')
		(void)snprintf(buf, CELL_MAX, "line");
	return buf;
}

static const char *value_cell(const struct step *step, const struct value *value,
			      char buf[static CELL_MAX])
{
	char size[SIZE_TEXT_MAX];

	switch (value->type) {
	case VALUE_ABSENT:
		(void)snprintf(buf, CELL_MAX, "-");
		break;
	case VALUE_UNKNOWN:
		(void)snprintf(buf, CELL_MAX, "?");
		break;
	case VALUE_BYTES:
		(void)snprintf(buf, CELL_MAX, "%s", size_format(value->number, size));
		break;
	case VALUE_NUMBER:
		(void)snprintf(buf, CELL_MAX, "%" PRIu64, value->number);
		break;
	case VALUE_TEXT:
		if (step->kind == STEP_FSTAB)
			return options_cell(value->text, buf);
		/* Whole files stand in the diff. */
		(void)snprintf(buf, CELL_MAX, "%s",
			       step->kind == STEP_SYSCTL_FILE ? "file" : value->text);
		break;
	}
	return buf;
}

/* "60 (99-x.conf:3)": what the next boot sets, as things stand, by the rules of this init. */
static const char *boot_cell(const struct report *report, const struct step *step,
			     char buf[static CELL_MAX])
{
	const struct sysctl_boot *boot = &step->boot[report->plan->rules];
	const char *slash;
	char number[32];

	buf[0] = '\0';
	if (step->kind != STEP_SYSCTL)
		return buf;
	(void)snprintf(number, sizeof(number), "%" PRIu64, boot->value);
	slash = boot->path ? strrchr(boot->path, '/') : NULL;
	switch (boot->source) {
	case SYSCTL_FROM_NOTHING:
		(void)snprintf(buf, CELL_MAX, "%s%s", boot->is_number ? number : "kernel's own",
			       boot->is_number ? " (default)" : "");
		break;
	case SYSCTL_FROM_CMDLINE:
		(void)snprintf(buf, CELL_MAX, "%s (command line)",
			       boot->is_number ? number : boot->text);
		break;
	case SYSCTL_FROM_FILE:
		(void)snprintf(buf, CELL_MAX, "%s (%s:%u)", boot->is_number ? number : boot->text,
			       slash ? slash + 1 : "", boot->line);
		break;
	case SYSCTL_FROM_UNKNOWN:
		(void)snprintf(buf, CELL_MAX, "?");
		break;
	}
	return buf;
}

static bool is_shown(const struct report *report, const struct step *step)
{
	/* An audit shows all; a plan and its outcome what it is about. */
	return streq(report->command, "audit") || report->verbose ||
		(step->state != STATE_OK && step->state != STATE_DEFERRED);
}

#define COLUMN_STATE 5

static int print_steps(const struct report *report)
{
	const bool run = plan_has(report->plan, STATE_DONE) || plan_has(report->plan, STATE_FAILED);
	const struct report_column columns[] = {
		{ "STEP", .right = false },
		{ "TARGET", .right = false },
		{ run ? "WAS" : "NOW", .right = true },
		{ "AT BOOT", .right = false },
		{ "WANTED", .right = true },
		{ "STATE", .right = false },
		{ "WHY", .right = false },
	};
	struct libscols_table *table = report_table(columns, ARRAY_SIZE(columns));
	size_t shown = 0;
	int r = table ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < report->plan->n; i++) {
		const struct step *step = &report->plan->steps[i];
		char have[CELL_MAX], boot[CELL_MAX], want[CELL_MAX], words[WORDS_MAX];
		const char *const cells[] = {
			step_kind_names[step->kind],
			step->target,
			value_cell(step, &step->have, have),
			boot_cell(report, step, boot),
			value_cell(step, &step->want, want),
			step_state_names[step->state],
			step_text(step, words),
		};

		if (!is_shown(report, step))
			continue;
		r = report_row(table, cells, ARRAY_SIZE(cells), COLUMN_STATE,
			       state_colour(step->state));
		shown++;
	}
	if (r < 0 || shown == 0) {
		scols_unref_table(table);
		return r;
	}
	printf("\n");
	return report_table_print(table);
}

static int print_diff(const char *path, const char *before, const char *after)
{
	_cleanup_free_ char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	int r;

	if (!out)
		return -ENOMEM;
	r = diff_print(out, path, before, after);
	if (fclose(out) == EOF && r == 0)
		r = -ENOMEM;
	if (r < 0)
		return r;
	printf("\n");
	report_put_lines(stdout, text);
	return 0;
}

/* One diff for each file, however many steps it takes. */
static int print_diffs(const struct plan *plan)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < plan->n_changes; i++) {
		const struct file_change *last = plan_last_change(plan, i);

		if (last)
			r = print_diff(last->path, plan->changes[i].before, last->after);
	}
	return r;
}

static void print_warnings(const struct report *report)
{
	char words[WORDS_MAX];

	if (report->plan->n_warnings > 0)
		printf("\n");
	for (size_t i = 0; i < report->plan->n_warnings; i++) {
		struct why why = report->plan->warnings[i];

		printf("%s: ", why.code == WHY_NOTE_OVERRIDES ? "note" : "warning");
		report_put(stdout, why_text(why, words));
		printf("\n");
	}
}

int report_text(const struct report *report)
{
	int r = 0;

	if (report->facts)
		print_summary(report);
	if (report->plan) {
		r = print_steps(report);
		if (r < 0)
			return r;
		if (report->dry_run)
			r = print_diffs(report->plan);
		if (r < 0)
			return r;
		print_warnings(report);
	}
	/* A refusal goes to stderr. */
	if (report->plan && !report->failed) {
		printf("\n");
		report_put(stdout, report->msg);
		printf("\n");
	}
	return fflush(stdout) == EOF || ferror(stdout) ? -EIO : 0;
}
