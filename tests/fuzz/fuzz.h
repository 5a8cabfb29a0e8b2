/* SPDX-License-Identifier: MIT */
/*
 * What the fuzz targets share. Each is one function that is given bytes and must come back; what
 * has to hold of them is said with require(), which ends the process when it does not.
 */
#pragma once

#include "util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define require(condition, ...)                                                               \
	do {                                                                                  \
		if (!(condition)) {                                                           \
			(void)fprintf(stderr, "%s:%d: %s: ", __FILE__, __LINE__, #condition); \
			(void)fprintf(stderr, __VA_ARGS__);                                   \
			(void)fputc('\n', stderr);                                            \
			abort();                                                              \
		}                                                                             \
	} while (0)

/* On the heap, with a NUL behind it and nothing more, so that a sanitizer sees every byte beyond.
 */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
	char *text = calloc(1, size + 1);

	require(text, "no memory");
	if (size > 0)
		memcpy(text, data, size);
	return text;
}
