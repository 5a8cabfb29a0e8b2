/* SPDX-License-Identifier: MIT */
/*
 * What the profiles of tuned set, all of them together. Pure: texts in, text out.
 */
#pragma once

#include "sysctl.h"
#include "tuned_text.h"

/*
 * The vm.* settings of a profile's text, in the form of a sysctl.d file with the same line numbers:
 * those of units of sysctls, and those of units of type vm. at_end: only those that are set behind
 * the last unit of sysctls; else only the others. The texts are those of all profiles in the order
 * in which tuned merges them (NULL: one that cannot be read), for a later one says whether a
 * section of an earlier one still counts. What tuned computes (see tuned_is_computed) stays as it
 * stands. -ENOMEM.
 */
int tuned_settings(const char *const *texts, size_t n, size_t which, bool at_end, char **ret)
	must_check;

/*
 * Whether tuned, if it is configured to apply sysctl.d again, does so with these profiles: any unit
 * of sysctls is the occasion, be it an empty one. Never OFF. -ENOMEM.
 */
int tuned_applies_again(const char *const *texts, size_t n, enum sysctl_again *ret) must_check;
