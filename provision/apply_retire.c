/* SPDX-License-Identifier: MIT */
/*
 * The end of a former swapfile and of its fstab line, in an order that lets a run find again what
 * one before it left. What has to end is the plan's to say.
 */
#include "apply_parts.h"

/*
 * The line is what a former swapfile is found by, until it is gone, and its label is what it is
 * told by: a line that is to outlast the file has to tell by itself that it was ours. One that has
 * no line gets one. A boot in between must not fail for want of the file.
 */
static int mark_line(const struct apply *apply, const struct file_change *drop,
		     struct fstab_edit *ret, struct err *err)
{
	static const char *const options[] = { "nofail" };
	const struct fstab_want want = {
		.path = drop->swapfile,
		.options = options,
		.n_options = ARRAY_SIZE(options),
		.priority = -1,
		.retired = true,
	};
	struct file_change mark = *drop;
	int r = fstab_set(drop->before, drop->before_len, &want, ret, err);

	if (r < 0 || ret->verdict == FSTAB_RIGHT)
		return r;
	mark.after = ret->text;
	mark.after_len = ret->len;
	return apply_fstab(apply, &mark, &want, err);
}

static int drop_line(const struct apply *apply, const struct file_change *change,
		     const struct fstab_edit *marked, struct err *err)
{
	struct file_change drop = *change;

	drop.before = marked->text;
	drop.before_len = marked->len;
	return apply_fstab(apply, &drop, NULL, err);
}

static int take_away(const struct apply *apply, const struct found *file, struct err *err)
{
	struct swapfile_place place = { .dir = -1 };
	struct walk walk;
	int fd, r = apply_open_place(apply, file, &walk, &place, err);

	if (r < 0)
		return r;
	if (apply_swaps_to(apply, file)) {
		r = fd = swapfile_open(&place, file->dev, file->ino, err);
		if (fd >= 0) {
			r = swapfile_deactivate(apply->kernel, fd, &place, err);
			close(fd);
		}
	}
	if (r >= 0)
		r = swapfile_unlink(&place, file->dev, file->ino, err);
	close_keeping_errno(walk.fd);
	return r;
}

int apply_retire(const struct apply *apply, const struct step *step, struct plan *plan,
		 struct err *err)
{
	_cleanup_(fstab_edit_done) struct fstab_edit marked = { .text = NULL };
	const struct file_change *drop =
		step->change == NO_CHANGE ? NULL : &plan->changes[step->change];
	int r = drop ? mark_line(apply, drop, &marked, err) : 0;

	if (r == 0 && step->file->kind == FOUND_SWAP)
		r = take_away(apply, step->file, err);
	if (r == 0 && drop)
		r = drop_line(apply, drop, &marked, err);
	if (r == 0 && drop && apply->facts->systemd && apply->facts->is_system &&
	    apply_reload() < 0)
		r = plan_warn(plan, (struct why){ WHY_WARN_RELOAD });
	return r;
}
