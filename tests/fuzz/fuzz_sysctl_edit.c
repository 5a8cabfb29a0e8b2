/* SPDX-License-Identifier: MIT */
/*
 * Lines of a sysctl file disabled and brought back: whichever line it is, all other bytes stay, and
 * nothing is left of it when it is brought back.
 */
#include "fuzz.h"
#include "sysctl_edit.h"
#include "sysctl_text.h"

#define LINES_MAX 4 /* of one text, for the sake of speed */

struct text {
	char *at;
	size_t len;
};

static struct text restored(const char *text, size_t len)
{
	struct text ret;

	ret.at = sysctl_restore(text, len, &ret.len);
	require(ret.at, "no memory");
	require(ret.at[ret.len] == '\0', "no end");
	require(sysctl_count_disabled(ret.at, ret.len) == 0, "still disabled");
	return ret;
}

/* Without the marks it is the same text: nothing but whole marks went. */
static void check_restored(const char *text, size_t len, struct text after)
{
	const size_t mark = strlen(SYSCTL_MARK);
	size_t i = 0, j = 0;

	while (i < len) {
		if (j < after.len && text[i] == after.at[j]) {
			i++;
			j++;
		} else {
			/* The text goes on with a mark, of which its beginning may have matched. */
			size_t back = 0;

			while (back <= j && back < mark &&
			       (i - back + mark > len ||
				memcmp(text + i - back, SYSCTL_MARK, mark) != 0))
				back++;
			require(back <= j && back < mark, "byte %zu was lost", i);
			i += mark - back;
			j -= back;
		}
	}
	require(j == after.len, "%zu of %zu bytes", j, after.len);
}

static void check_line(struct text text, const struct sysctl_line *line, struct text plain)
{
	const size_t n = sysctl_count_disabled(text.at, text.len);
	struct text after, back;

	after.at = sysctl_disable(text.at, text.len, line->key, &after.len);
	require(after.at, "no memory");
	require(after.len == text.len + strlen(SYSCTL_MARK), "%zu", after.len);
	require(sysctl_count_disabled(after.at, after.len) == n + 1,
		"line %u is not disabled: %.*s", line->number, (int)line->key_len, line->key);
	back = restored(after.at, after.len);
	require(back.len == plain.len && memcmp(back.at, plain.at, plain.len) == 0,
		"line %u is not brought back", line->number);
	free(back.at);
	free(after.at);
}

/*
 * A path that is a key's, or a pattern, which tuned does not know; nor does it open NULs. A CR
 * is in no key, but between the brackets of a pattern.
 */
static bool can_decide(enum sysctl_rules rules, const struct sysctl_line *line)
{
	char path[SYSCTL_PATH_MAX];

	if (!sysctl_key_path(rules, line, path, NULL) || memchr(line->key, '\r', line->key_len))
		return false;
	if (rules == SYSCTL_RULES_TUNED && memchr(line->key, '\0', line->key_len))
		return false;
	return sysctl_path_key(path) != SYSCTL_N ||
		(rules != SYSCTL_RULES_TUNED && sysctl_path_is_glob(path));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text text = { fuzz_text(data, size), size };
	struct text plain = restored(text.at, text.len);

	check_restored(text.at, text.len, plain);
	for (enum sysctl_rules rules = 0; rules <= SYSCTL_RULES_TUNED; rules++) {
		struct sysctl_scan scan = { rules, text.at, text.at + text.len, 0 };
		struct sysctl_line line;
		unsigned n = 0;

		while (n < LINES_MAX && sysctl_scan_next(&scan, &line))
			if (can_decide(rules, &line)) {
				check_line(text, &line, plain);
				n++;
			}
	}
	free(plain.at);
	free(text.at);
	return 0;
}
