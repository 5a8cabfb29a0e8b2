/* SPDX-License-Identifier: MIT */
/*
 * The report for people: a summary of machine and profile, a table of steps, diffs, warnings, and
 * one sentence of verdict. Must read well in a pipe, too.
 */
#include "report.h"

#include "diff.h"
#include "memstream.h"
#include "size.h"

#include <inttypes.h>
#include <libsmartcols/libsmartcols.h>

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
	struct memstream out;
	int r = memstream_open(&out), lost;

	if (r < 0)
		return r;
	r = diff_print(out.file, path, before, after);
	lost = memstream_close(&out, &text, NULL);
	if (r < 0 || lost < 0)
		return r < 0 ? r : lost;
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
		report_summary(report);
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
