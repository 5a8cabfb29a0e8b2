/* SPDX-License-Identifier: MIT */
/*
 * Profile and machine as one plan, with all that the plan borrows from.
 */
#pragma once

#include "options.h"
#include "plan.h"

/* The machine, and what is to be done with it. Members are there once they were come to. */
struct look {
	struct facts facts;
	struct target target;
	struct plan plan;
	bool has_facts, has_target, has_plan;
	struct err err;
};

/*
 * Reads the machine and makes a plan of it. profile NULL: there is none, and remove needs none.
 * -ENODATA: its RAM has to be given. What is there has to be released after a failure, too.
 */
int look_at(const struct options *options, const struct root *root, const struct profile *profile,
	    struct look *look) must_check;

/* Likewise once all steps were run. Success is a second plan that holds no change. */
int look_again(const struct options *options, const struct root *root,
	       const struct profile *profile, struct look *again) must_check;
void look_done(struct look *look);

/*
 * Why a run failed, or the look after it; the steps are those that were run. Where nobody can
 * allocate any more no program can be the remedy, and that is said. Returns err->msg.
 */
const char *look_failure(const struct plan *done, struct err *err);
