/* SPDX-License-Identifier: MIT */
/*
 * Looks at one sequence after the other. Knows no meaning of any.
 */
#include "utf8.h"

size_t utf8_length(const unsigned char *p)
{
	size_t len = p[0] < 0x80 ? 1
		: p[0] < 0xc2    ? 0
		: p[0] < 0xe0    ? 2
		: p[0] < 0xf0    ? 3
		: p[0] < 0xf5    ? 4
				 : 0;

	for (size_t i = 1; i < len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	/* Overlong forms, surrogates, and what lies beyond Unicode. */
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
	    (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return len;
}

size_t utf8_prefix(const char *text, size_t len)
{
	size_t at = 0, n = 1;

	while (at < len && n > 0) {
		unsigned char next[4] = { 0 };

		memcpy(next, text + at, len - at < sizeof(next) ? len - at : sizeof(next));
		n = utf8_length(next);
		at += n;
	}
	return at;
}
