/* SPDX-License-Identifier: MIT */
/*
 * Runs each step by the actuator of its kind, and notes how it ended. A step's own leftovers are
 * cleaned up when it fails; earlier steps stay, for every prefix of a plan leaves a machine that
 * boots.
 */
#include "apply_parts.h"

#include "plan_parts.h"

static int replace_text(const struct apply *apply, const struct file_change *change,
			struct err *err)
{
	const struct replacement replacement = {
		.path = change->path,
		.before = change->before,
		.before_len = change->before_len,
		.after = change->after,
		.after_len = change->after_len,
		.mode = 0644,
	};

	return replace_file(apply->root, &replacement, err);
}

int apply_fstab(const struct apply *apply, const struct file_change *change,
		const struct fstab_want *want, struct err *err)
{
	int r = fstab_verify(change->before, change->before_len, change->after, change->after_len,
			     change->swapfile, want, err);

	return r < 0 ? r : replace_text(apply, change, err);
}

int apply_text(const struct apply *apply, const struct file_change *change, struct err *err)
{
	if (change->swapfile)
		return apply_fstab(apply, change, change->wanted ? &apply->target->fstab : NULL,
				   err);
	return replace_text(apply, change, err);
}

static int do_step(const struct apply *apply, struct plan *plan, const struct step *step,
		   struct made *made, struct err *err)
{
	switch (step->kind) {
	case STEP_SWAPFILE:
		return apply_swapfile(apply, step, made, err);
	case STEP_SWAPON:
		return apply_swapon(apply, step, made, err);
	case STEP_FSTAB:
	case STEP_SYSCTL_FILE:
	case STEP_SYSCTL_CONFLICT:
		return apply_text(apply, &plan->changes[step->change], err);
	case STEP_SYSCTL:
		return apply_sysctl(apply, step, err);
	case STEP_DAEMON_RELOAD:
		return apply_reload();
	case STEP_RETIRE:
		return apply_retire(apply, step, plan, err);
	case STEP_N:
		break;
	}
	return err_set(err, -EINVAL, "%s: there is nothing to be run for this step", step->target);
}

/*
 * A value that could not be set is not to be set at the next boot either: the drop-in, that of this
 * very run or an earlier one, is left without it.
 */
static void unpersist(const struct apply *apply, const struct plan *plan, const struct step *failed,
		      struct err *err)
{
	struct file_change change = { .path = SYSCTL_DROPIN,
				      .before = apply->facts->dropin.text,
				      .before_len = apply->facts->dropin.len };
	char reason[sizeof(err->msg)];
	_cleanup_free_ char *after = NULL;
	struct err again;

	for (size_t i = 0; i < plan->n; i++) {
		const struct step *step = &plan->steps[i];

		if (step->kind != STEP_SYSCTL_FILE || step->state != STATE_DONE)
			continue;
		change.before = plan->changes[step->change].after;
		change.before_len = plan->changes[step->change].after_len;
	}
	after = change.before ? sysctl_without(change.before, failed->key) : NULL;
	if (!after || strlen(after) == change.before_len)
		return;
	change.after = after;
	change.after_len = strlen(after);
	memcpy(reason, err->msg, sizeof(reason));
	if (replace_text(apply, &change, &again) < 0)
		(void)err_set(err, err->code, "%.500s; and the next boot would set it: %.400s",
			      reason, again.msg);
	else
		(void)err_set(err, err->code, "%.500s; " SYSCTL_DROPIN " is left without it",
			      reason);
}

/* Why it failed, in the step itself, too; and a file that is gone again was not made. */
static void note_failure(struct plan *plan, struct step *step, const struct made *made,
			 const struct err *err)
{
	const char *text = plan_keep(plan, strdup(err->msg));

	step->state = STATE_FAILED;
	step->why = (struct why){ WHY_FAILED, .text = text ? text : "" };
	for (size_t i = 0; made->undone && i < plan->n; i++) {
		if (plan->steps[i].kind != STEP_SWAPFILE || plan->steps[i].state != STATE_DONE)
			continue;
		plan->steps[i].state = STATE_FAILED;
		plan->steps[i].why = (struct why){ made->grown ? WHY_CUT_BACK : WHY_UNDONE };
	}
}

/* One step that is a change. Returns 0 when the next may be run. */
static int run_step(const struct apply *apply, struct plan *plan, struct step *step,
		    struct made *made, struct err *err)
{
	int r = do_step(apply, plan, step, made, err);

	/* systemd that does not answer is a warning: the next boot reads fstab anew. */
	if (r < 0 && step->kind == STEP_DAEMON_RELOAD) {
		step->state = STATE_SKIPPED;
		step->why.code = WHY_WARN_RELOAD;
		return plan_warn(plan, step->why);
	}
	if (r < 0 && step->kind == STEP_SYSCTL && apply->target)
		unpersist(apply, plan, step, err);
	if (r < 0) {
		note_failure(plan, step, made, err);
		return r;
	}
	step->state = STATE_DONE;
	if (apply->done)
		apply->done(step);
	return 0;
}

int apply_plan(const struct apply *apply, struct plan *plan, struct err *err)
{
	struct made made = { .fd = -1 };
	int r = 0;

	if (plan_has(plan, STATE_BLOCKED) || plan_has(plan, STATE_UNKNOWN))
		return err_set(err, -EPERM, "a step is blocked");
	/* The point of no return: from here on the machine changes. */
	for (size_t i = 0; i < plan->n; i++) {
		struct step *step = &plan->steps[i];

		if (step->state != STATE_CHANGE)
			continue;
		if (r < 0)
			step->state = STATE_SKIPPED;
		else
			r = run_step(apply, plan, step, &made, err);
	}
	if (made.fd >= 0)
		close(made.fd);
	return r;
}
