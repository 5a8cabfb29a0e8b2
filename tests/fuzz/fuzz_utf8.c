/* SPDX-License-Identifier: MIT */
/*
 * UTF-8, held against glibc's reading of it.
 */
#include "fuzz.h"
#include "utf8.h"

#include <iconv.h>

/* As glibc has it: the bytes before the first that is none, or not whole. */
static size_t prefix(char *text, size_t len)
{
	static iconv_t cd = (iconv_t)-1;
	_cleanup_free_ char *room = malloc(4 * len + 4);
	char *in = text, *out = room;
	size_t left = len, out_left = 4 * len + 4;

	/* To UTF-16, for by itself glibc reads what lies beyond Unicode. */
	if (cd == (iconv_t)-1)
		cd = iconv_open("UTF-16LE", "UTF-8");
	require(cd != (iconv_t)-1 && room, "no memory");
	(void)iconv(cd, NULL, NULL, NULL, NULL);
	(void)iconv(cd, &in, &left, &out, &out_left);
	return len - left;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = fuzz_text(data, size);
	size_t n = utf8_prefix(text, size), at = 0;

	require(n == prefix(text, size), "%zu, not %zu", n, prefix(text, size));
	while (at < n) {
		size_t len = utf8_length((const unsigned char *)text + at);

		require(len >= 1 && len <= n - at, "%zu at %zu", len, at);
		at += len;
	}
	return 0;
}
