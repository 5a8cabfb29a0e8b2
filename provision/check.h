/* SPDX-License-Identifier: MIT */
/*
 * The commands that look at profiles only: check and profiles.
 */
#pragma once

#include "options.h"
#include "root.h"

/*
 * Looks at the profiles named, or for VERB_PROFILES at all there are, and reports. Returns 0;
 * -EINVAL: one that was named is not valid, and why was printed; other errors are in *err.
 */
int check_profiles(const struct options *options, const struct root *root, struct err *err)
	must_check;
