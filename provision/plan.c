/* SPDX-License-Identifier: MIT */
/*
 * Puts the steps of apply and of remove in order. Each part of a plan is made in a file of its own;
 * none of them does any I/O.
 */
#include "plan_parts.h"

static bool fstab_changes(const struct plan *plan)
{
	for (size_t i = 0; i < plan->n; i++)
		if (plan->steps[i].kind == STEP_FSTAB && plan->steps[i].state == STATE_CHANGE)
			return true;
	return false;
}

int plan_reload(const struct facts *facts, struct plan *plan)
{
	struct step *step;

	if (!facts->systemd || (facts->is_system && !facts->units_known))
		return 0;
	step = plan_add(plan, STEP_DAEMON_RELOAD, "systemd");
	if (!step)
		return -ENOMEM;
	step->have = (struct value){ VALUE_TEXT, .text = "read" };
	step->want = step->have;
	if (!facts->is_system) {
		step->have = (struct value){ VALUE_UNKNOWN };
		step->state = STATE_DEFERRED;
		step->why.code = WHY_NEXT_BOOT;
		return 0;
	}
	/* apply changes fstab before it comes to this step, remove likewise. */
	if (facts->units_old || fstab_changes(plan)) {
		step->have.text = "outdated";
		step->state = STATE_CHANGE;
		step->why.code = WHY_UNITS_OLD;
	}
	return 0;
}

enum sysctl_rules plan_rules(const struct facts *facts)
{
	return facts->systemd ? SYSCTL_RULES_SYSTEMD : SYSCTL_RULES_PROCPS;
}

/* Other swap that will not be there, or is only now. */
static int warn_swap(const struct facts *facts, struct plan *plan)
{
	int r = plan_warn_retired(facts, plan);

	for (size_t i = 0; r == 0 && i < facts->n_inactive; i++)
		r = plan_warn(plan, (struct why){ WHY_WARN_INACTIVE, .text = facts->inactive[i] });
	for (size_t i = 0; r == 0 && i < facts->n_swaps; i++) {
		const struct swap_area *area = &facts->swaps[i];

		if (area->deleted)
			r = plan_warn(plan,
				      (struct why){ WHY_WARN_DELETED, .text = area->line.path });
		/* Another user than root may only not be let there; of a tree's own nothing is
		 * known. */
		else if (area->lost && facts->privileged && facts->is_system)
			r = plan_warn(plan, (struct why){ WHY_WARN_LOST, .text = area->line.path });
	}
	return r;
}

int plan_apply(const struct target *target, const struct facts *facts, const struct plan_wish *wish,
	       struct plan *ret, struct err *err)
{
	struct plan plan = { .rules = plan_rules(facts), .swap_managed = target->manage_swap };
	int r;

	err->code = 0;
	r = plan_swap(target, facts, &plan, err);
	if (r == 0)
		r = plan_sysctl(target, facts, wish, &plan);
	if (r == 0)
		r = plan_reload(facts, &plan);
	if (r == 0 && plan.retires_file)
		r = plan_retire(facts, &facts->file, WHY_NOT_WANTED, &plan, err);
	for (size_t i = 0; r == 0 && target->manage_swap && i < facts->n_others; i++)
		r = plan_retire(facts, &facts->others[i], WHY_ANOTHER_PATH, &plan, err);
	if (r == 0)
		r = warn_swap(facts, &plan);
	if (r < 0) {
		plan_done(&plan);
		return err->code ? r : err_sys(err, r, "cannot make a plan");
	}
	*ret = plan;
	return 0;
}
