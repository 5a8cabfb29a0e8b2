/* SPDX-License-Identifier: MIT */
/*
 * What the texts of tuned, Red Hat's tuning daemon, say: its main configuration and its profiles,
 * as Python's configparser reads them for it. Pure: text in, values out.
 */
#pragma once

#include "util.h"

#define TUNED_VALUE_MAX 1024
#define TUNED_NAME_MAX  256

/*
 * The last value of a key in a section ("": above all of them), its continued lines joined by
 * blanks. False, and "": there is none, or a longer one than anybody has.
 */
bool tuned_option(const char *text, const char *section, const char *key,
		  char ret[static TUNED_VALUE_MAX]);

/*
 * Whether tuned applies sysctl.d again once it has applied its profile, so that sysctl.d wins.
 * text NULL: there is no tuned-main.conf, without which tuned does not start.
 */
bool tuned_reapplies(const char *text);

/*
 * The next of a list of names, *p being the place in it. Blanks around a name are not part of it,
 * empty ones are passed over, and of a longer one the beginning is given. False: there is none.
 */
bool tuned_next_name(const char **p, const char *separators, char ret[static TUNED_NAME_MAX]);

/*
 * The vm.* settings of a profile's text, in the form of a sysctl.d file with the same line numbers.
 * The texts are those of all profiles in the order in which tuned merges them (NULL: one that
 * cannot be read), for a later one says whether a section of an earlier one still counts. What
 * tuned computes (see tuned_is_computed) stays as it stands. -ENOMEM.
 */
int tuned_settings(const char *const *texts, size_t n, size_t which, char **ret) must_check;

/* Whether a value of a profile depends on variables, functions or what is set already. */
bool tuned_is_computed(const char *value, size_t len);
