/* SPDX-License-Identifier: MIT */
/*
 * The steps of a swapfile: the file, its activation, its fstab line, and a former one's end. Must
 * see every obstacle beforehand, for a blocked step is what keeps all others from being run.
 */
#include "plan_parts.h"

/*
 * Every kernel has room for that many: MAX_SWAPFILES is 32 less what its configuration reserves, 9
 * at most, and swapon's EPERM would be the first to tell.
 */
#define SWAP_AREAS_SURE 23

/* --- the file --- */

static uint64_t header_bytes(const struct swapheader *header)
{
	return ((uint64_t)header->last_page + 1) * header->page_bytes;
}

static enum file_action set_why(struct why *why, enum why_code code, uint64_t a,
				enum file_action action)
{
	*why = (struct why){ code, .a = a };
	return action;
}

/* By others than the owner it should have. */
static bool could_be_opened(const struct facts *facts, const struct found *file)
{
	return file->mode & 077 || file->uid != facts->owner;
}

/* What has to be done with a swapfile that may be touched, for it to be right. */
static enum file_action choose_action(const struct facts *facts, const struct sizing *sizing,
				      struct why *why)
{
	const struct found *file = &facts->file;
	uint64_t covered = header_bytes(&file->header);

	if (file->kind == FOUND_NOTHING)
		return set_why(why, file->dir_missing ? WHY_MISSING_DIRECTORY : WHY_MISSING, 0,
			       FILE_MAKE);
	if (file->kind == FOUND_ZERO)
		return set_why(why, WHY_LEFTOVER, 0, FILE_REMAKE);
	if (file->hole_bytes > 0)
		return set_why(why, WHY_SPARSE, file->hole_bytes, FILE_REMAKE);
	if (file->shared_bytes > 0)
		return set_why(why, WHY_SHARED, file->shared_bytes, FILE_REMAKE);
	if (file->copy_on_write)
		return set_why(why, WHY_COPY_ON_WRITE, 0, FILE_REMAKE);
	/* Who has opened it goes on reading, whatever its mode; a new inode nobody has open. */
	if (!file->active && could_be_opened(facts, file))
		return set_why(why, WHY_MODE, file->mode, FILE_REMAKE);
	if (file->size_bytes < sizing->file_bytes)
		return set_why(why, WHY_TOO_SMALL, 0, FILE_GROW);
	if (file->size_bytes > sizing->file_bytes)
		return set_why(why, WHY_TOO_LARGE, 0, FILE_SHRINK);
	if (file->header.page_bytes != facts->page_bytes)
		return set_why(why, WHY_OTHER_PAGE, file->header.page_bytes, FILE_REHEADER);
	if (covered > file->size_bytes || file->header.bad_pages != 0)
		return set_why(why, WHY_HEADER_BEYOND, covered, FILE_REHEADER);
	if (covered < round_down(file->size_bytes, facts->page_bytes))
		return set_why(why, WHY_HEADER_SHORT, covered, FILE_REHEADER);
	if (file->mode != 0600 || file->uid != facts->owner || (facts->is_system && file->gid != 0))
		return set_why(why, WHY_MODE, file->mode, FILE_MODE);
	return FILE_KEEP;
}

/* Why a file that is kept is not of the recommended size, or why there need be none. */
static void explain_kept(const struct facts *facts, const struct sizing *sizing, struct why *why)
{
	uint64_t have = facts->file.size_bytes;

	if (sizing->reduced && (sizing->file_bytes == 0 || have <= sizing->high_bytes))
		*why = (struct why){ WHY_KEPT_SMALLER, .a = sizing->low_bytes,
				     .b = sizing->room_bytes };
	else if (sizing->file_bytes == 0)
		*why = (struct why){ sizing->other_bytes ? WHY_OTHER_SWAP : WHY_NONE_WANTED,
				     .a = sizing->other_bytes };
	else if (have > sizing->high_bytes)
		*why = (struct why){ WHY_KEPT_LARGER, .a = sizing->high_bytes };
}

static void judge_file_step(const struct target *target, const struct facts *facts,
			    const struct sizing *sizing, struct step *step)
{
	const struct found *file = &facts->file;
	struct why why = { WHY_NONE };

	step->state = plan_path_fault(file, &why);
	/* What this user cannot see may be ours, and active, and then no other swap. */
	if (sizing->file_bytes == 0 && step->state != STATE_UNKNOWN) {
		step->state = STATE_OK;
		explain_kept(facts, sizing, &step->why);
		return;
	}
	if (step->state != STATE_OK) {
		step->why = why;
		return;
	}
	step->action = choose_action(facts, sizing, &step->why);
	if (step->action == FILE_KEEP)
		explain_kept(facts, sizing, &step->why);
	else
		step->state = STATE_CHANGE;
	if (step->action == FILE_MAKE && sizing->reduced && !file->dir_missing)
		step->why = (struct why){ WHY_REDUCED, .a = sizing->low_bytes,
					  .b = sizing->room_bytes };
	if (plan_place_fault(target, facts, step->action, &why))
		plan_block(step, why);
}

/* There is no size that would do: for lack of room, or of a place where there could be any. */
static void judge_sizeless_step(const struct target *target, const struct facts *facts,
				struct why size_why, struct step *step)
{
	struct why path_why, place_why;

	if (size_why.code == WHY_NO_ROW) {
		step->want = (struct value){ VALUE_UNKNOWN };
		plan_block(step, size_why);
		return;
	}
	step->want = (struct value){ VALUE_BYTES, .number = size_why.a };
	step->state = plan_path_fault(&facts->file, &path_why);
	if (step->state != STATE_OK)
		step->why = path_why;
	else if (plan_place_fault(target, facts, FILE_MAKE, &place_why))
		plan_block(step, place_why);
	else if (facts->file.shared_bytes > 0)
		plan_block(step,
			   (struct why){ WHY_SHARED_NO_ROOM, .a = facts->file.shared_bytes,
					 .b = size_why.b });
	else
		plan_block(step, size_why);
}

/*
 * What a second plan will make of it. False: nothing, or there is another reason to tell, and then
 * a lack of room is one.
 */
static bool foretell(uint64_t later_bytes, struct step *step)
{
	if (later_bytes == 0 || (step->state != STATE_OK && step->state != STATE_CHANGE) ||
	    step->file->dir_missing)
		return false;
	if (step->action == FILE_MAKE)
		step->why = (struct why){ WHY_REDUCED_FIRST, .a = later_bytes };
	else if (step->action == FILE_KEEP || step->action == FILE_GROW)
		step->why = (struct why){ WHY_GROWS_LATER, .a = later_bytes };
	else
		return false;
	return true;
}

static int plan_file_step(const struct target *target, const struct facts *facts, struct plan *plan)
{
	struct why size_why = { WHY_NONE };
	int r = plan_size(target, facts, &plan->sizing, &size_why);
	struct step *step = plan_add(plan, STEP_SWAPFILE, target->swapfile);

	if (!step)
		return -ENOMEM;
	step->file = &facts->file;
	step->have = plan_have_file(&facts->file);
	if (r < 0) {
		judge_sizeless_step(target, facts, size_why, step);
		return 0;
	}
	if (plan->sizing.file_bytes > 0)
		step->want = (struct value){ VALUE_BYTES, .number = plan->sizing.file_bytes };
	judge_file_step(target, facts, &plan->sizing, step);
	if (step->state == STATE_CHANGE && facts->file.active &&
	    could_be_opened(facts, &facts->file) &&
	    plan_warn(plan, (struct why){ WHY_WARN_OPENED, .text = facts->file.path }) < 0)
		return -ENOMEM;
	if (foretell(plan_size_later(target, facts, &plan->sizing), step))
		return 0;
	if (step->why.code == WHY_KEPT_SMALLER)
		return plan_warn(plan,
				 (struct why){ WHY_WARN_BELOW, .a = step->have.number,
					       .b = plan->sizing.low_bytes });
	if (plan->sizing.reduced && plan->sizing.file_bytes > 0)
		return plan_warn(plan,
				 (struct why){ WHY_WARN_REDUCED, .a = plan->sizing.file_bytes,
					       .b = plan->sizing.low_bytes });
	return 0;
}

/* --- its activation --- */

static bool needs_swapoff(const struct found *file, enum file_action action)
{
	return file->active && action != FILE_KEEP && action != FILE_MODE;
}

static bool priority_differs(int active, int wanted)
{
	/* Without pri= the kernel gives negative ones, in the order of activation. */
	return wanted < 0 ? active >= 0 : active != wanted;
}

static int plan_swapon_step(const struct target *target, const struct facts *facts,
			    struct plan *plan)
{
	const struct found *file = &facts->file;
	const struct step swapfile = plan->steps[plan->n - 1];
	struct step *step = plan_add(plan, STEP_SWAPON, target->swapfile);
	struct why why;

	if (!step)
		return -ENOMEM;
	step->file = file;
	step->activate = true;
	step->want = (struct value){ VALUE_TEXT, .text = "active" };
	step->have = (struct value){ VALUE_TEXT, .text = file->active ? "active" : "inactive" };
	if (!facts->swaps_known)
		step->have = (struct value){ VALUE_UNKNOWN };
	if (needs_swapoff(file, swapfile.action)) {
		step->state = STATE_CHANGE;
		step->why.code = WHY_OFF_AND_ON;
		if (plan_swapoff_fault(facts, file, plan, &why))
			plan_block(step, why);
	} else if (file->active) {
		if (priority_differs(file->priority, target->fstab.priority)) {
			step->state = STATE_DEFERRED;
			step->why = (struct why){ WHY_PRIORITY_LATER,
						  .a = (uint64_t)(int64_t)file->priority,
						  .b = (uint64_t)(int64_t)target->fstab.priority };
		}
	} else if (facts->is_system && !facts->swaps_known) {
		plan_block(step, (struct why){ WHY_NO_SWAP });
	} else {
		step->state = STATE_CHANGE;
		step->why.code = WHY_INACTIVE;
		if (facts->is_system && facts->n_swaps >= SWAP_AREAS_SURE)
			plan_block(step, (struct why){ WHY_TABLE_FULL, .a = facts->n_swaps });
	}
	if (step->state == STATE_CHANGE && plan_swapon_fault(facts, file, &why))
		plan_block(step, why);
	if (!facts->is_system && step->state == STATE_CHANGE) {
		step->state = STATE_DEFERRED;
		step->why = (struct why){ WHY_NEXT_BOOT };
	}
	return 0;
}

int plan_swap(const struct target *target, const struct facts *facts, struct plan *plan,
	      struct err *err)
{
	const size_t file_step = plan->n;
	int r;

	if (!target->manage_swap)
		return plan_leftovers(facts, plan);
	r = plan_file_step(target, facts, plan);
	if (r < 0)
		return r;
	if (plan->sizing.file_bytes == 0 && plan->steps[plan->n - 1].state != STATE_BLOCKED)
		return plan_none(facts, plan, err);
	r = plan_swapon_step(target, facts, plan);
	if (r < 0)
		return r;
	r = plan_fstab_line(facts, target->swapfile, &target->fstab, plan, err);
	if (r == 0)
		r = plan_place_warnings(facts, plan->steps[file_step].action, plan);
	return r < 0 ? r : plan_boot(target, facts, plan);
}
