/* SPDX-License-Identifier: MIT */
/*
 * The end of a swapfile: because another path is named, or none is wanted. What was not made by
 * memprov is never ended.
 */
#include "plan_parts.h"

int plan_retire(const struct facts *facts, const struct found *file, enum why_code reason,
		struct plan *plan, struct err *err)
{
	struct step *step = plan_add(plan, STEP_RETIRE, file->path);
	enum why_code code;
	struct why why;
	size_t fstab;
	int r;

	if (!step)
		return -ENOMEM;
	step->file = file;
	step->have = plan_have_file(file);
	step->state = STATE_CHANGE;
	step->why.code = reason;
	code = plan_is_gone(file) ? WHY_NONE : plan_write_fault(facts, file);
	if (code == WHY_NONE && plan_takes_away(file, FILE_REMOVE))
		code = WHY_RESUMES;
	if (plan_path_fault(file, &why) != STATE_OK || plan_swapoff_fault(facts, file, plan, &why))
		plan_block(step, why);
	else if (code != WHY_NONE)
		plan_block(step, (struct why){ code });
	/* Its line is part of this step, not a step of its own: it goes last, with the file. */
	fstab = plan->n;
	r = plan_fstab_line(facts, file->path, NULL, plan, err);
	if (r == 0 && plan->steps[fstab].state == STATE_OK && !plan_is_gone(file))
		r = plan_fstab_mark(facts, file->path, plan);
	if (r < 0)
		return r;
	step = &plan->steps[fstab - 1];
	step->change = plan->steps[fstab].change;
	if (step->state == STATE_CHANGE && plan->steps[fstab].state != STATE_OK) {
		step->state = plan->steps[fstab].state;
		if (step->state != STATE_CHANGE)
			step->why = plan->steps[fstab].why;
	}
	plan->n = fstab;
	return 0;
}

int plan_none(const struct facts *facts, struct plan *plan, struct err *err)
{
	const struct found *file = &facts->file;

	if (file->kind == FOUND_SWAP && file->ours == OURS_YES) {
		/* Its end comes last, like that of a swapfile at another path. */
		plan->n--;
		plan->retires_file = true;
		return 0;
	}
	if (file->kind == FOUND_SWAP)
		return plan_warn(plan, (struct why){ WHY_WARN_ADOPTED, .text = file->path });
	if (plan_is_gone(file))
		return plan_fstab_line(facts, file->path, NULL, plan, err);
	if (file->kind == FOUND_UNREADABLE) {
		plan->steps[plan->n - 1].state = STATE_UNKNOWN;
		plan->steps[plan->n - 1].why.code = WHY_CANNOT_READ;
	}
	return 0;
}

int plan_leftovers(const struct facts *facts, struct plan *plan)
{
	int r = 0;

	if (facts->file.kind == FOUND_SWAP && facts->file.ours == OURS_YES)
		r = plan_warn(plan,
			      (struct why){ WHY_WARN_LEFTOVER_SWAP, .text = facts->file.path });
	for (size_t i = 0; r == 0 && i < facts->n_others; i++)
		r = plan_warn(plan,
			      (struct why){ plan_is_gone(&facts->others[i])
						    ? WHY_WARN_LEFTOVER_LINE
						    : WHY_WARN_LEFTOVER_SWAP,
					    .text = facts->others[i].path });
	return r;
}

int plan_warn_retired(const struct facts *facts, struct plan *plan)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < facts->n_retired; i++)
		r = plan_warn(plan, (struct why){ WHY_WARN_RETIRED, .text = facts->retired[i] });
	return r;
}
