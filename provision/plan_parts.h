/* SPDX-License-Identifier: MIT */
/*
 * What the plan_*.c files share: adding steps, the obstacles, and the parts of a plan.
 */
#pragma once

#include "plan.h"

/* How large the file at the path should be; *ret_why tells of a refusal, and then -ENOSPC. */
int plan_size(const struct target *target, const struct facts *facts, struct sizing *ret,
	      struct why *ret_why);

/*
 * What a second plan makes of a file that was reduced, in the room that former ones have left. 0:
 * nothing more.
 */
uint64_t plan_size_later(const struct target *target, const struct facts *facts,
			 const struct sizing *now);

/* A swapfile that no kernel activates, for how its blocks lie: it has to be made anew. */
bool plan_is_unusable(const struct found *file);

/* Takes over a malloced string for as long as the plan lives; NULL without memory. */
const char *plan_keep(struct plan *plan, char *text) must_check;
struct step *plan_add(struct plan *plan, enum step_kind kind, const char *target) must_check;

/*
 * Why what is at a path, or the way to it, must be left alone. STATE_OK: it need not be.
 * STATE_BLOCKED, or STATE_UNKNOWN where only this user cannot tell.
 */
enum step_state plan_path_fault(const struct found *found, struct why *ret);

/* What keeps this user, or anybody, from writing the file or its directory; WHY_NONE: nothing. */
enum why_code plan_write_fault(const struct facts *facts, const struct found *file);

/* The kernel would resume from the file, and what is done to it would take it away from there. */
bool plan_takes_away(const struct found *file, enum file_action action);

/* Why the file at the path asked for cannot be changed where it is, or be made there. */
bool plan_place_fault(const struct target *target, const struct facts *facts,
		      enum file_action action, struct why *ret);

/* Why the kernel would not activate any swapfile there, as things are on its filesystem. */
bool plan_swapon_fault(const struct facts *facts, const struct found *file, struct why *ret);

/* What an active swapfile there keeps others from doing, and what may yet turn out. */
int plan_place_warnings(const struct facts *facts, enum file_action action, struct plan *plan)
	must_check;

/* Whether swapoff of this file, behind the steps planned so far, would leave too little memory. */
bool plan_swapoff_fault(const struct facts *facts, const struct found *found,
			const struct plan *plan, struct why *ret);

int plan_swap(const struct target *target, const struct facts *facts, struct plan *plan,
	      struct err *err) must_check;
/* want NULL: no line for the path. */
int plan_fstab_line(const struct facts *facts, const char *path, const struct fstab_want *want,
		    struct plan *plan, struct err *err) must_check;

/*
 * The last step, of a path without a line, as a change that leaves the text as it is: apply gives a
 * retired swapfile a line while it goes.
 */
int plan_fstab_mark(const struct facts *facts, const char *path, struct plan *plan) must_check;

/*
 * Who would overrule the drop-in at boot, and what is done about it: the steps of files whose lines
 * are disabled or brought back, of conflicts that stay, and notes on what is overridden.
 */
int plan_conflicts(const struct target *target, const struct facts *facts, struct plan *plan)
	must_check;

/*
 * The sources with every line brought back that was disabled: at the indexes of the facts' files,
 * which is malloced; the texts belong to the plan.
 */
int plan_restored(const struct facts *facts, struct plan *plan, struct sysctl_tree *ret) must_check;

/* The steps that make the files of /etc what they are in that tree. */
int plan_edits(const struct facts *facts, const struct sysctl_tree *after, struct plan *plan)
	must_check;

/* Sysctls are not managed any more: lines that are still disabled are warnings. */
int plan_disabled(const struct facts *facts, struct plan *plan) must_check;

int plan_sysctl(const struct target *target, const struct facts *facts,
		const struct plan_wish *wish, struct plan *plan) must_check;

/*
 * Whether mode 2 of overcommit_memory would leave too little: Committed_AS and a margin of 10 % of
 * the limit, at least 128 MiB, against the CommitLimit with that much swap.
 */
bool plan_commit_fault(const struct facts *facts, uint64_t limit_bytes, struct why *ret);

/* Blocks a change of a file that cannot be replaced. */
void plan_judge_change(const struct facts *facts, enum replace_obstacle obstacle,
		       struct step *step);

/* Gives the step that change, and the plan change->after. */
int plan_add_change(struct plan *plan, struct step *step, const struct file_change *change)
	must_check;

/* The drop-in, replaced by a copy of `after` or, for NULL, removed. */
int plan_dropin(const struct facts *facts, const char *after, struct plan *plan) must_check;
struct value plan_have_file(const struct found *found);

/* A live value: a number, unknown, or one that no profile can ask for. */
struct value plan_have_sysctl(uint64_t now);

/*
 * There is surely no file: a line for it leads nowhere, whoever wrote it. Not so where its
 * filesystem is only not mounted.
 */
bool plan_is_gone(const struct found *file);
void plan_block(struct step *step, struct why why);
int plan_retire(const struct facts *facts, const struct found *file, enum why_code reason,
		struct plan *plan, struct err *err) must_check;
/* No swapfile is wanted: what is there of ours goes, and a line without a file. */
int plan_none(const struct facts *facts, struct plan *plan, struct err *err) must_check;

/* Swap is not managed any more: what is left of it is a warning. */
int plan_leftovers(const struct facts *facts, struct plan *plan) must_check;

/* Lines of former swapfiles about which nothing can be done. */
int plan_warn_retired(const struct facts *facts, struct plan *plan) must_check;

/* What else than fstab decides at boot: an obstacle is a step, blocked; the rest are warnings. */
int plan_boot(const struct target *target, const struct facts *facts, struct plan *plan) must_check;

/* Who applies sysctls at boot on this machine. */
enum sysctl_rules plan_rules(const struct facts *facts);
int plan_reload(const struct facts *facts, struct plan *plan) must_check;
