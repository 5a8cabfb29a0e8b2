/* SPDX-License-Identifier: MIT */
/*
 * Whether the program runs under valgrind, where time, limits, the stack and failing calls are
 * valgrind's as well.
 */
#pragma once

#include "util.h"

static inline bool under_valgrind(void)
{
	const char *preload = getenv("LD_PRELOAD");

	return preload && strstr(preload, "vgpreload");
}
