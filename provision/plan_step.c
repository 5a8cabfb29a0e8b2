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
	return last;
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
