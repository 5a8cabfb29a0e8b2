/* SPDX-License-Identifier: MIT */
/*
 * The steps that replace a text file: the swapfile's line in fstab, and the sysctl drop-in. The new
 * texts are made here and belong to the plan, so that what is shown is what is written.
 */
#include "plan_parts.h"

static enum why_code obstacle_why(enum replace_obstacle obstacle)
{
	switch (obstacle) {
	case REPLACE_FREE:
		break;
	case REPLACE_NOT_REGULAR:
		return WHY_NOT_REGULAR;
	case REPLACE_MOUNT_POINT:
		return WHY_MOUNT_POINT;
	case REPLACE_IMMUTABLE:
		return WHY_IMMUTABLE;
	case REPLACE_READ_ONLY:
		return WHY_READ_ONLY;
	case REPLACE_NO_DIRECTORY:
		return WHY_NO_PARENT;
	case REPLACE_DENIED:
		return WHY_DENIED;
	case REPLACE_UNSAFE:
		return WHY_UNSAFE;
	case REPLACE_SYMLINK_OUT:
		return WHY_SYMLINK_OUT;
	}
	return WHY_NONE;
}

void plan_judge_change(const struct facts *facts, enum replace_obstacle obstacle, struct step *step)
{
	enum why_code code = obstacle_why(obstacle);

	if (code == WHY_NONE || step->state != STATE_CHANGE)
		return;
	/* An audit by others than root tells what root would do. */
	if (code == WHY_DENIED && facts->is_system && !facts->privileged)
		return;
	step->state = STATE_BLOCKED;
	step->why = (struct why){ code, .text = step->target };
}

static bool judge_readable(const struct etc_file *file, struct step *step)
{
	if (file->error == 0 || file->error == -ENOENT)
		return true;
	step->have = (struct value){ VALUE_UNKNOWN };
	step->state = STATE_BLOCKED;
	step->why = (struct why){ WHY_ERROR, .text = step->target, .a = (uint64_t)-file->error };
	if (file->error == -EACCES) {
		step->state = STATE_UNKNOWN;
		step->why.code = WHY_CANNOT_READ;
	} else if (file->error == -EINVAL) {
		step->why.code = WHY_NOT_REGULAR;
	} else if (file->error == -EBADMSG) {
		step->why.code = WHY_NUL_BYTE;
	}
	return false;
}

int plan_add_change(struct plan *plan, struct step *step, const struct file_change *change)
{
	struct file_change *more =
		realloc(plan->changes, (plan->n_changes + 1) * sizeof(*plan->changes));

	if (!more) {
		free(change->after);
		return -ENOMEM;
	}
	plan->changes = more;
	plan->changes[plan->n_changes] = *change;
	step->change = plan->n_changes++;
	return 0;
}

/* fstab as an earlier step of this plan leaves it, else as it is. */
static void fstab_base(const struct facts *facts, const struct plan *plan, const char **ret_text,
		       size_t *ret_len)
{
	*ret_text = facts->fstab.text;
	*ret_len = facts->fstab.len;
	for (size_t i = 0; i < plan->n_changes; i++) {
		if (!streq(plan->changes[i].path, FSTAB_PATH))
			continue;
		*ret_text = plan->changes[i].after;
		*ret_len = plan->changes[i].after_len;
	}
}

static enum why_code verdict_why(enum fstab_verdict verdict)
{
	switch (verdict) {
	case FSTAB_RIGHT:
		break;
	case FSTAB_MISSING:
		return WHY_LINE_MISSING;
	case FSTAB_WRONG:
		return WHY_LINE_WRONG;
	case FSTAB_DUPLICATE:
		return WHY_LINE_DUPLICATE;
	}
	return WHY_NONE;
}

/* The line as it is and as it is to be, kept by the plan. */
static int keep_lines(struct plan *plan, struct step *step, struct fstab_edit *edit)
{
	if (edit->have) {
		const char *have = plan_keep(plan, TAKE_PTR(edit->have));

		if (!have)
			return -ENOMEM;
		step->have = (struct value){ VALUE_TEXT, .text = have };
	}
	if (edit->want) {
		const char *want = plan_keep(plan, TAKE_PTR(edit->want));

		if (!want)
			return -ENOMEM;
		step->want = (struct value){ VALUE_TEXT, .text = want };
	}
	return 0;
}

int plan_fstab_line(const struct facts *facts, const char *path, const struct fstab_want *want,
		    struct plan *plan, struct err *err)
{
	_cleanup_(fstab_edit_done) struct fstab_edit edit = { .text = NULL };
	struct step *step = plan_add(plan, STEP_FSTAB, FSTAB_PATH);
	struct file_change change = { .path = FSTAB_PATH, .swapfile = path, .wanted = want };
	int r;

	if (!step)
		return -ENOMEM;
	if (!judge_readable(&facts->fstab, step))
		return 0;
	fstab_base(facts, plan, &change.before, &change.before_len);
	if (want)
		r = fstab_set(change.before, change.before_len, want, &edit, err);
	else
		r = fstab_drop(change.before, change.before_len, path, &edit, err);
	if (r == 0)
		r = keep_lines(plan, step, &edit);
	if (r < 0)
		return r;
	if (edit.verdict == FSTAB_RIGHT)
		return 0;
	step->state = STATE_CHANGE;
	step->why = (struct why){ verdict_why(edit.verdict), .a = edit.line };
	if (!want)
		step->why.code = WHY_LINE_NOT_WANTED;
	change.after = TAKE_PTR(edit.text);
	change.after_len = edit.len;
	r = plan_add_change(plan, step, &change);
	plan_judge_change(facts, facts->fstab.obstacle, step);
	return r;
}

int plan_fstab_mark(const struct facts *facts, const char *path, struct plan *plan)
{
	struct step *step = &plan->steps[plan->n - 1];
	struct file_change change = { .path = FSTAB_PATH, .swapfile = path };
	int r;

	fstab_base(facts, plan, &change.before, &change.before_len);
	if (change.before) {
		change.after = strndup(change.before, change.before_len);
		change.after_len = change.before_len;
		if (!change.after)
			return -ENOMEM;
	}
	step->state = STATE_CHANGE;
	r = plan_add_change(plan, step, &change);
	plan_judge_change(facts, facts->fstab.obstacle, step);
	return r;
}

int plan_dropin(const struct facts *facts, const char *after, struct plan *plan)
{
	const struct etc_file *file = &facts->dropin;
	struct step *step = plan_add(plan, STEP_SYSCTL_FILE, SYSCTL_DROPIN);
	struct file_change change = { .path = SYSCTL_DROPIN, file->text, .before_len = file->len };
	int r;

	if (!step)
		return -ENOMEM;
	if (file->text)
		step->have = (struct value){ VALUE_TEXT, .text = file->text };
	if (after)
		step->want = (struct value){ VALUE_TEXT, .text = after };
	if (!judge_readable(file, step))
		return 0;
	if (after && file->text && strlen(file->text) == file->len &&
	    sysctl_dropin_same(after, file->text))
		return 0;
	if (!after && !file->text)
		return 0;
	step->state = STATE_CHANGE;
	step->why.code = !after ? WHY_FILE_NOT_WANTED
		: !file->text   ? WHY_FILE_MISSING
				: WHY_FILE_DIFFERS;
	if (after) {
		change.after = strdup(after);
		change.after_len = strlen(after);
		if (!change.after)
			return -ENOMEM;
	}
	r = plan_add_change(plan, step, &change);
	plan_judge_change(facts, file->obstacle, step);
	return r;
}
