/* SPDX-License-Identifier: MIT */
/*
 * Runs the steps of a plan that are changes, in order, and stops at the first failure. What is to
 * be done is in the plan; nothing is decided here.
 */
#pragma once

#include "plan.h"
#include "swapfile.h"

struct apply {
	const struct root *root;
	const struct target *target; /* NULL for remove */
	const struct facts *facts;
	const struct swapfile_kernel *kernel;
	bool force_overcommit;                /* --force */
	const struct fill_progress *progress; /* of writing zeros; may be NULL */
	/* Called after each step that was done, for the log; may be NULL. */
	void (*done)(const struct step *step);
};

/*
 * Each step ends as done, or failed, and then the changes behind it are skipped. Returns 0 or the
 * -errno of the step that failed. Must not be called with a blocked step in the plan: -EPERM.
 */
int apply_plan(const struct apply *apply, struct plan *plan, struct err *err) must_check;
