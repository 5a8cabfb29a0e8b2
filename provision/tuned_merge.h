/* SPDX-License-Identifier: MIT */
/*
 * What the profiles of tuned set, all of them together. Pure: texts in, text out.
 */
#pragma once

#include "tuned_text.h"

/*
 * The vm.* settings of a profile's text, in the form of a sysctl.d file with the same line numbers.
 * The texts are those of all profiles in the order in which tuned merges them (NULL: one that
 * cannot be read), for a later one says whether a section of an earlier one still counts. What
 * tuned computes (see tuned_is_computed) stays as it stands. -ENOMEM.
 */
int tuned_settings(const char *const *texts, size_t n, size_t which, char **ret) must_check;
