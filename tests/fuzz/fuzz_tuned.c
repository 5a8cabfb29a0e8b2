/* SPDX-License-Identifier: MIT */
/*
 * Profiles of tuned, a byte 0xff between them, merged: each setting stands in the line of its
 * profile where it was written.
 */
#include "fuzz.h"
#include "tuned_merge.h"

#define TEXTS_MAX 8

/* The line of that number, to its newline. */
static struct tuned_piece line_of(const char *text, unsigned number)
{
	for (; number > 1 && *text; number--) {
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	return (struct tuned_piece){ text, strcspn(text, "\n") };
}

static void check_settings(const char *settings, const char *profile)
{
	unsigned number = 1;

	for (const char *p = settings; *p; p += strcspn(p, "\n"), p += *p == '\n', number++) {
		const size_t len = strcspn(p, "\n");
		const char *equals = memchr(p, '=', len);
		struct tuned_piece line = line_of(profile, number);
		size_t value, name;

		if (len == 0)
			continue;
		require(equals && has_prefix(p, "vm"), "%.*s", (int)len, p);
		value = len - (size_t)(equals + 1 - p);
		require(value == 0 || memmem(line.text, line.len, equals + 1, value),
			"%.*s is not of line %u", (int)len, p, number);
		/* The name of a share is another than stands there. */
		name = len - value - strlen("vm.=");
		require(memmem(line.text, line.len, p + 3, name < 5 ? name : 5), "%.*s", (int)len,
			p);
	}
}

static void check_option(const char *text)
{
	char value[TUNED_VALUE_MAX];

	if (tuned_option(text, "main", "include", value))
		require(strlen(value) < sizeof(value), "%s", value);
	(void)tuned_reapplies(text);
	(void)tuned_excludes(text, "vm.swappiness", strlen("vm.swappiness"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = fuzz_text(data, size);
	enum sysctl_again again = SYSCTL_AGAIN_OFF;
	const char *texts[TEXTS_MAX];
	char *rest = text;
	size_t n = 0;

	while (rest && n < TEXTS_MAX)
		texts[n++] = strsep(&rest, "\xff");
	for (size_t i = 0; i < n; i++) {
		check_option(texts[i]);
		for (int at_end = 0; at_end < 2; at_end++) {
			_cleanup_free_ char *settings = NULL;

			require(tuned_settings(texts, n, i, at_end, &settings) == 0, "no memory");
			check_settings(settings, texts[i]);
		}
	}
	require(tuned_applies_again(texts, n, &again) == 0 && again != SYSCTL_AGAIN_OFF, "off");
	return 0;
}
