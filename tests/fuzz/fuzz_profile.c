/* SPDX-License-Identifier: MIT */
/*
 * A profile: refused with reasons that can be printed, or one from which everything else can be
 * made that a machine gets of it.
 */
#include "fuzz.h"
#include "target.h"
#include "utf8.h"

static bool is_printable(const char *text)
{
	for (const char *p = text; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return false;
	return utf8_prefix(text, strlen(text)) == strlen(text);
}

static void check_errors(const struct profile_errors *errors, const char *text, size_t size)
{
	unsigned lines = 2;

	/* The end is in a line of its own. To libyaml a carriage return ends a line, too, and so do
	 * U+0085, U+2028 and U+2029. */
	for (size_t i = 0; i < size; i++)
		lines += memchr("\n\r\xc2\xe2", text[i], 4) != NULL;
	require(errors->n > 0, "refused without a reason");
	for (size_t i = 0; i < errors->n; i++) {
		const struct profile_error *e = &errors->items[i];

		require(e->line > 0 && e->column > 0, "%u:%u", e->line, e->column);
		require(e->line <= lines, "%u of %u lines", e->line, lines);
		require(*e->message && is_printable(e->message), "%s", e->message);
	}
}

static void check_sysctl(const struct profile *profile)
{
	for (size_t i = 0; i < profile->n_sysctl; i++) {
		const struct sysctl_setting *s = &profile->sysctl[i];

		require(s->key < SYSCTL_N, "%d", s->key);
		require(s->value >= sysctl_keys[s->key].min && s->value <= sysctl_keys[s->key].max,
			"%s", sysctl_keys[s->key].name);
	}
}

/* The drop-in sets what the profile says, and no more. */
static void check_dropin(const struct profile *profile, const char *dropin)
{
	struct sysctl_setting keys[SYSCTL_N];
	const size_t n = dropin ? sysctl_dropin_keys(dropin, keys) : 0;

	require(n == profile->n_sysctl, "%zu of %zu", n, profile->n_sysctl);
	for (size_t i = 0; i < n; i++) {
		size_t j = 0;

		while (j < n && profile->sysctl[j].key != keys[i].key)
			j++;
		require(j < n && profile->sysctl[j].value == keys[i].value, "%s", dropin);
	}
}

static void check_fstab(const struct fstab_want *want)
{
	struct fstab_edit edit;
	struct err err = { 0 };
	int r = fstab_set(NULL, 0, want, &edit, &err);

	/* Many long options are longer than what systemd reads of a line. */
	require(r == 0 || (r == -EINVAL && strstr(err.msg, "is longer than")), "%s", err.msg);
	if (r < 0)
		return;
	r = fstab_verify(NULL, 0, edit.text, edit.len, want->path, want, &err);
	require(r == 0, "%s: %s", edit.text, err.msg);
	fstab_edit_done(&edit);
}

static void check_target(const struct profile *profile, uint64_t memtotal)
{
	struct target_wish wish = { 0 };
	struct target t;

	require(target_make(profile, &wish, memtotal, KIB(4), &t) == 0, "no memory");
	require(t.minimum_bytes <= t.low_bytes && t.low_bytes <= t.high_bytes, "%ju",
		(uintmax_t)memtotal);
	check_dropin(profile, t.dropin);
	if (memtotal == GIB(1))
		check_fstab(&t.fstab);
	target_done(&t);
}

static void check_profile(const struct profile *profile)
{
	require(!profile_path_fault(profile->file), "%s", profile->file);
	require(is_printable(profile->description), "%s", profile->description);
	require(profile->has_swap == (profile->n_rows > 0), "%zu rows", profile->n_rows);
	require(profile->filesystems && profile->filesystems < 1U << FS_N, "%x",
		profile->filesystems);
	check_sysctl(profile);
	for (size_t i = 0; i < profile->n_rows; i++)
		require(i == 0 || profile->rows[i].ram_bytes > profile->rows[i - 1].ram_bytes,
			"row %zu", i);
	for (unsigned shift = 0; shift < 64; shift += 3)
		check_target(profile, UINT64_C(1) << shift);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = fuzz_text(data, size);
	struct profile profile = { .name = NULL };
	struct profile_errors errors;
	int r = profile_parse(text, size, "fuzz", "fuzz.yaml", &profile, &errors);

	require(r == 0 || r == -EINVAL, "%s", strerror(-r));
	if (r == 0) {
		require(errors.n == 0, "taken with errors");
		check_profile(&profile);
	} else {
		check_errors(&errors, text, size);
	}
	profile_done(&profile);
	profile_errors_done(&errors);
	return 0;
}
