/* SPDX-License-Identifier: MIT */
/*
 * The audit as metrics, in Prometheus' text format, for the textfile collector of its node
 * exporter. What is not known has no sample.
 */
#include "report.h"

#include "memstream.h"
#include "utf8.h"

#include <inttypes.h>

static void head(FILE *out, const char *name, const char *help)
{
	fprintf(out, "# HELP memprov_%s %s\n# TYPE memprov_%s gauge\n", name, help, name);
}

/* Backslash, quote and newline are escaped by the format; what it cannot hold becomes U+FFFD. */
static void put_label(FILE *out, const char *name, const char *value)
{
	fprintf(out, "%s=\"", name);
	for (const unsigned char *p = (const unsigned char *)value; *p;) {
		size_t len = utf8_length(p);

		if (*p == '\n')
			fputs("\\n", out);
		else if (*p == '\\' || *p == '"')
			fprintf(out, "\\%c", *p);
		else if (len == 0)
			fputs("\xef\xbf\xbd", out);
		else
			fwrite(p, 1, len, out);
		p += len > 0 ? len : 1;
	}
	fputc('"', out);
}

static void put_number(FILE *out, const char *name, const char *help, uint64_t number)
{
	if (number == UNKNOWN)
		return;
	head(out, name, help);
	fprintf(out, "memprov_%s %" PRIu64 "\n", name, number);
}

static void put_info(FILE *out, const struct report *report)
{
	head(out, "info", "The version of memprov, and the profile it compares with.");
	fputs("memprov_info{", out);
	put_label(out, "version", MEMPROV_VERSION);
	fputc(',', out);
	put_label(out, "profile", report->profile->name);
	fputc(',', out);
	put_label(out, "source", report->profile->source);
	fputs("} 1\n", out);
}

static void put_swap(FILE *out, const struct report *report)
{
	const struct target *target = report->target;

	put_number(out, "swap_bytes", "Active swap on disks; zram does not count.",
		   report_swap_bytes(report->facts));
	if (!target || !target->manage_swap)
		return;
	head(out, "swap_recommended_bytes",
	     "What the profile recommends for this RAM, from low to high.");
	fprintf(out, "memprov_swap_recommended_bytes{bound=\"low\"} %" PRIu64 "\n",
		target->low_bytes);
	fprintf(out, "memprov_swap_recommended_bytes{bound=\"high\"} %" PRIu64 "\n",
		target->high_bytes);
	put_number(out, "swap_minimum_bytes", "What the profile asks for at least.",
		   target->minimum_bytes);
}

static bool is_same_series(const struct step *a, const struct step *b)
{
	return a->kind == b->kind && streq(a->target, b->target);
}

static bool is_drift(const struct step *step)
{
	return step->state == STATE_CHANGE || step->state == STATE_BLOCKED ||
		step->state == STATE_UNKNOWN;
}

/* Steps of one kind and target are one series, for there may not be two of the same name. */
static void put_drift(FILE *out, const struct plan *plan)
{
	head(out, "drift", "1: this is not as the profile asks for, or could not be told.");
	for (size_t i = 0; i < plan->n; i++) {
		const struct step *step = &plan->steps[i];
		bool drift = false, first = true;

		for (size_t j = 0; j < plan->n; j++) {
			if (!is_same_series(step, &plan->steps[j]))
				continue;
			first &= j >= i;
			drift |= is_drift(&plan->steps[j]);
		}
		if (!first)
			continue;
		fprintf(out, "memprov_drift{kind=\"%s\",", step_kind_names[step->kind]);
		put_label(out, "target", step->target);
		fprintf(out, "} %d\n", drift);
	}
}

static void put_values(FILE *out, const struct plan *plan, const char *name, const char *help,
		       bool (*pick)(const struct plan *plan, const struct step *step,
				    uint64_t *ret))
{
	bool any = false;
	uint64_t number;

	for (size_t i = 0; i < plan->n; i++) {
		const struct step *step = &plan->steps[i];

		if (step->kind != STEP_SYSCTL || !pick(plan, step, &number))
			continue;
		if (!any)
			head(out, name, help);
		any = true;
		fprintf(out, "memprov_%s{key=\"%s\"} %" PRIu64 "\n", name, step->target, number);
	}
}

static bool pick_have(const struct plan *plan, const struct step *step, uint64_t *ret)
{
	(void)plan;
	*ret = step->have.number;
	return step->have.type == VALUE_NUMBER;
}

static bool pick_boot(const struct plan *plan, const struct step *step, uint64_t *ret)
{
	*ret = step->boot[plan->rules].value;
	return step->boot[plan->rules].is_number;
}

static bool pick_want(const struct plan *plan, const struct step *step, uint64_t *ret)
{
	(void)plan;
	*ret = step->want.number;
	return step->want.type == VALUE_NUMBER;
}

int report_prometheus(const struct report *report, char **ret_text)
{
	const struct plan *plan = report->plan;
	struct memstream stream;
	FILE *out;
	int r = memstream_open(&stream);

	if (r < 0)
		return r;
	out = stream.file;
	put_info(out, report);
	put_number(out, "conforms", "1: the machine is as the profile asks for.",
		   report->exit_status == 0);
	put_number(out, "ram_bytes", "Nominal RAM, by which the profile's row is chosen.",
		   report->facts->ram_bytes);
	put_swap(out, report);
	put_drift(out, plan);
	put_values(out, plan, "sysctl_value", "The value now.", pick_have);
	put_values(out, plan, "sysctl_boot_value", "The value the next boot sets.", pick_boot);
	put_values(out, plan, "sysctl_wanted_value", "The value the profile asks for.", pick_want);
	put_number(out, "warnings", "Warnings of the audit.", plan->n_warnings);
	return memstream_close(&stream, ret_text, NULL);
}
