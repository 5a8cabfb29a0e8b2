/* SPDX-License-Identifier: MIT */
/*
 * Looks at the machine and makes a plan of it, before anything is changed and afterwards. Changes
 * and reports nothing.
 */
#include "look.h"

#include "report.h"

static const char *swapfile_path(const struct options *options, const struct profile *profile)
{
	if (options->file)
		return options->file;
	return profile ? profile->file : "/swapfile";
}

static int make_plan(const struct options *o, const struct profile *profile, struct look *look)
{
	const struct target_wish wish = {
		.file = o->file,
		.has_size = o->has_size,
		.size_bytes = o->size_bytes,
	};
	const struct plan_wish plan_wish = { .force_overcommit = o->force };
	int r;

	if (o->verb == VERB_REMOVE)
		return plan_remove(&look->facts, o->file || o->profile, &look->plan, &look->err);
	r = target_make(profile, &wish, look->facts.planned_bytes, look->facts.page_bytes,
			&look->target);
	if (r < 0)
		return err_sys(&look->err, r, "cannot hold the profile against this machine");
	look->has_target = true;
	return plan_apply(&look->target, &look->facts, &plan_wish, &look->plan, &look->err);
}

int look_at(const struct options *options, const struct root *root, const struct profile *profile,
	    struct look *look)
{
	const struct facts_request request = {
		.swapfile = swapfile_path(options, profile),
		.memtotal_bytes = options->ram_bytes,
		.ram_matters = options->verb != VERB_REMOVE,
	};
	int r = facts_read(root, &request, &look->facts, &look->err);

	if (r < 0)
		return r;
	look->has_facts = true;
	r = make_plan(options, profile, look);
	look->has_plan = r == 0;
	return r;
}

void look_done(struct look *look)
{
	if (look->has_plan)
		plan_done(&look->plan);
	if (look->has_target)
		target_done(&look->target);
	if (look->has_facts)
		facts_done(&look->facts);
}

/* A step of the second plan that was not brought about; NULL: none. */
static const struct step *still_to_do(const struct plan *plan)
{
	for (size_t i = 0; i < plan->n; i++) {
		const struct step *step = &plan->steps[i];

		/* systemd that does not answer was a warning already. */
		if (step->state != STATE_OK && step->state != STATE_DEFERRED &&
		    step->state != STATE_SKIPPED && step->kind != STEP_DAEMON_RELOAD)
			return step;
	}
	return NULL;
}

int look_again(const struct options *options, const struct root *root,
	       const struct profile *profile, struct look *again)
{
	char words[WORDS_MAX];
	const struct step *step;
	int r = look_at(options, root, profile, again);

	if (r < 0) {
		char reason[sizeof(again->err.msg)];

		memcpy(reason, again->err.msg, sizeof(reason));
		return err_set(&again->err, r,
			       "all steps were run, but the machine cannot be looked at again: "
			       "%.600s",
			       reason);
	}
	step = still_to_do(&again->plan);
	if (step)
		return err_set(&again->err, -EIO,
			       "%s (%s): all steps were run, but it is not as it should be: %s",
			       step->target, step_kind_names[step->kind],
			       why_text(step->why, words));
	return 0;
}

static bool began_strict_accounting(const struct plan *plan)
{
	for (size_t i = 0; i < plan->n; i++)
		if (plan->steps[i].kind == STEP_SYSCTL && plan->steps[i].state == STATE_DONE &&
		    plan->steps[i].key == SYSCTL_OVERCOMMIT_MEMORY)
			return plan->steps[i].want.number == 2;
	return false;
}

const char *look_failure(const struct plan *done, struct err *err)
{
	char reason[sizeof(err->msg)];

	if (err->code != -ENOMEM || !began_strict_accounting(done))
		return err->msg;
	memcpy(reason, err->msg, sizeof(reason));
	(void)err_set(err, err->code,
		      "%.700s; with vm.overcommit_memory=2 there is none left to be had: "
		      "`echo 0 >/proc/sys/vm/overcommit_memory` in a shell of root's that is open, "
		      "then change the profile, or the next boot sets it again",
		      reason);
	return err->msg;
}
