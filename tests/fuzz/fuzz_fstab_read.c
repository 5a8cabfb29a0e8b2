/* SPDX-License-Identifier: MIT */
/*
 * Any fstab as libmount reads it, and the check of an edit by that reading: a text is no edit of
 * another one, and one with a line for the swapfile is not one without.
 */
#include "fstab.h"
#include "fuzz.h"

#define PATH "/swapfile"

static const char *const options[] = { "nofail" };
static const struct fstab_want want = {
	.path = PATH, .options = options, .n_options = 1, .priority = -1
};

static bool is_right(const struct fstab_entry *entry)
{
	return fstab_has_option(entry, "nofail") && !fstab_has_option(entry, "noauto");
}

static void check_text(const char *text, size_t size)
{
	_cleanup_(fstab_table_done) struct fstab_table table = { 0 };
	size_t n = 0, n_right = 0;
	struct err err = { 0 };
	int r = fstab_parse(text, size, &table, &err);

	if (r < 0) {
		require(r == -EINVAL, "%s", err.msg);
		require(fstab_verify(text, size, text, size, PATH, NULL, &err) < 0, "%s", text);
		return;
	}
	for (size_t i = 0; i < table.n; i++) {
		const struct fstab_entry *e = &table.entries[i];

		require(e->source && e->target && e->type && e->options, "entry %zu", i);
		if (!streq(e->type, "swap") || !fstab_same_path(e->source, PATH))
			continue;
		n++;
		n_right += is_right(e);
	}
	r = fstab_verify(text, size, text, size, PATH, NULL, &err);
	require((r == 0) == (n == 0), "%zu lines, and %d: %s", n, r, err.msg);
	r = fstab_verify(text, size, text, size, PATH, &want, &err);
	require(r < 0 || (n == 1 && n_right == 1), "%zu lines, %zu right", n, n_right);
}

/* Of two texts, a NUL between them: the second is an edit of the first only if no entry is lost. */
static void check_edit(const char *a, const char *b)
{
	struct fstab_table old = { 0 }, new = { 0 };
	struct err err = { 0 };

	if (fstab_verify(a, strlen(a), b, strlen(b), PATH, NULL, &err) == 0) {
		require(fstab_parse(a, strlen(a), &old, &err) == 0, "%s", err.msg);
		require(fstab_parse(b, strlen(b), &new, &err) == 0, "%s", err.msg);
		require(new.n <= old.n, "%zu entries became %zu", old.n, new.n);
		for (size_t i = 0, j = 0; i < old.n; i++) {
			if (streq(old.entries[i].type, "swap") &&
			    fstab_same_path(old.entries[i].source, PATH))
				continue;
			require(j < new.n &&streq(old.entries[i].target, new.entries[j].target),
				"entry %zu", i);
			j++;
		}
	}
	fstab_table_done(&old);
	fstab_table_done(&new);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = fuzz_text(data, size);
	size_t len = strlen(text);

	check_text(text, size);
	if (len < size)
		check_edit(text, text + len + 1);
	return 0;
}
