/* SPDX-License-Identifier: MIT */
/*
 * What a machine has and what is asked for it, at a glance, and the one sentence of verdict.
 */
#include "report.h"

#include "size.h"

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

	if (blocked)
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
	printf("Disk     ");
	report_put(stdout, *file->fs_type ? file->fs_type : "unknown");
	printf(" on ");
	report_put(stdout, *file->fs_mount ? file->fs_mount : "?");
	printf(": %s", size_format(file->fs_free_bytes, size));
	printf(" of %s free", size_format(file->fs_size_bytes, size));
	if (report->plan && report->target && report->target->manage_swap)
		printf(", room for a swapfile of %s",
		       size_format(report->plan->sizing.room_bytes, size));
	printf("\n");
}

void report_summary(const struct report *report)
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
