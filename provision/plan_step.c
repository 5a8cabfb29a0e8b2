/* SPDX-License-Identifier: MIT */
/*
 * A plan as a value that grows: its steps, warnings and strings. Knows nothing of what they mean.
 */
#include "plan_parts.h"

const char *plan_keep(struct plan *plan, char *text)
{
	char **more = text ? realloc(plan->strings, (plan->n_strings + 1) * sizeof(*more)) : NULL;

	if (!more) {
		free(text);
		return NULL;
	}
	plan->strings = more;
	plan->strings[plan->n_strings++] = text;
	return text;
}

struct step *plan_add(struct plan *plan, enum step_kind kind, const char *target)
{
	struct step *more = realloc(plan->steps, (plan->n + 1) * sizeof(*more));

	if (!more)
		return NULL;
	plan->steps = more;
	plan->steps[plan->n] = (struct step){
		.kind = kind,
		.state = STATE_OK,
		.target = target,
		.change = NO_CHANGE,
		.key = SYSCTL_N,
	};
	return &plan->steps[plan->n++];
}

int plan_warn(struct plan *plan, struct why why)
{
	struct why *more = realloc(plan->warnings, (plan->n_warnings + 1) * sizeof(*more));

	if (!more)
		return -ENOMEM;
	plan->warnings = more;
	plan->warnings[plan->n_warnings++] = why;
	return 0;
}

bool plan_has(const struct plan *plan, enum step_state state)
{
	for (size_t i = 0; i < plan->n; i++)
		if (plan->steps[i].state == state)
			return true;
	return false;
}

bool plan_conforms(const struct plan *plan)
{
	return !plan_has(plan, STATE_CHANGE) && !plan_has(plan, STATE_BLOCKED) &&
		!plan_has(plan, STATE_UNKNOWN) && !plan_has(plan, STATE_FAILED);
}

bool plan_gained_room(const struct plan *done, const struct plan *next)
{
	bool retired = false, grows = false;

	for (size_t i = 0; i < done->n; i++)
		retired |= done->steps[i].kind == STEP_RETIRE && done->steps[i].state == STATE_DONE;
	for (size_t i = 0; i < next->n; i++) {
		const struct step *step = &next->steps[i];

		if (step->state == STATE_BLOCKED || step->state == STATE_UNKNOWN)
			return false;
		if (step->state != STATE_CHANGE || step->kind == STEP_DAEMON_RELOAD)
			continue;
		if (step->kind != STEP_SWAPFILE && step->kind != STEP_SWAPON)
			return false;
		grows |= step->action == FILE_GROW;
	}
	return retired && grows;
}

static bool was_to_do(const struct step *step)
{
	return step->state == STATE_DONE || step->state == STATE_FAILED ||
		step->state == STATE_SKIPPED;
}

static bool warns_of(const struct plan *plan, enum why_code code)
{
	for (size_t i = 0; i < plan->n_warnings; i++)
		if (plan->warnings[i].code == code)
			return true;
	return false;
}

int plan_append(struct plan *plan, struct plan *next)
{
	struct why *warnings = plan->warnings;
	size_t n_warnings = plan->n_warnings;

	/* Not of the machine as it was, but of what was done to it. */
	if (warns_of(plan, WHY_WARN_RELOAD) && !warns_of(next, WHY_WARN_RELOAD) &&
	    plan_warn(next, (struct why){ WHY_WARN_RELOAD }) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < next->n; i++) {
		const struct step *from = &next->steps[i];
		struct step *step;

		if (from->kind != STEP_SWAPFILE && from->kind != STEP_SWAPON)
			continue;
		if (!was_to_do(from))
			continue;
		step = plan_add(plan, from->kind, from->target);
		if (!step)
			return -ENOMEM;
		*step = *from;
	}
	plan->sizing = next->sizing;
	plan->warnings = next->warnings;
	plan->n_warnings = next->n_warnings;
	next->warnings = warnings;
	next->n_warnings = n_warnings;
	return 0;
}

static bool is_same_text(const struct file_change *first, const struct file_change *last)
{
	if (!first->before || !last->after)
		return !first->before && !last->after;
	return first->before_len == last->after_len &&
		memcmp(first->before, last->after, last->after_len) == 0;
}

const struct file_change *plan_last_change(const struct plan *plan, size_t first)
{
	const struct file_change *last = &plan->changes[first];

	for (size_t i = 0; i < plan->n_changes; i++) {
		if (!streq(plan->changes[i].path, last->path))
			continue;
		if (i < first)
			return NULL;
		last = &plan->changes[i];
	}
	return is_same_text(&plan->changes[first], last) ? NULL : last;
}

void plan_done(struct plan *plan)
{
	for (size_t i = 0; i < plan->n_changes; i++)
		free(plan->changes[i].after);
	for (size_t i = 0; i < plan->n_strings; i++)
		free(plan->strings[i]);
	free(plan->changes);
	free(plan->strings);
	free(plan->warnings);
	free(plan->steps);
	*plan = (struct plan){ .n = 0 };
}

void plan_block(struct step *step, struct why why)
{
	step->state = STATE_BLOCKED;
	step->why = why;
}
