/* SPDX-License-Identifier: MIT */
/*
 * What it costs to read a text made to cost much, in seconds of this processor.
 */
#pragma once

#include "valgrind.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

/* A user waits no longer. Sanitizers cost a factor of three; what is not bounded takes seconds. */
#ifdef __SANITIZE_ADDRESS__
#define COST_MAX 0.15
#else
#define COST_MAX 0.05
#endif

static inline double cost_now(void)
{
	struct timespec now;

	assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now), 0);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* `size` bytes: what is before, and what is repeated as often as it fits. Returns how many. */
static inline size_t cost_fill(char *text, size_t size, const char *before, const char *repeated)
{
	const size_t step = strlen(repeated);
	size_t len = strlen(before);

	memcpy(text, before, len);
	for (; len + step <= size; len += step)
		memcpy(text + len, repeated, step);
	return len;
}

static inline void cost_check(double start, const char *what)
{
	const double took = cost_now() - start;

	if (took > COST_MAX * (under_valgrind() ? 50 : 1))
		fail_msg("%s: %.3f s", what, took);
}
