/* SPDX-License-Identifier: MIT */
/*
 * The surgery on fstab: whatever the text, the lines of others stay as they are, byte for byte, and
 * libmount and glibc read ours in it exactly once; taken out again, the text is what it was. The
 * first byte of an input chooses what is wanted, the rest is the text.
 */
#include "fstab.h"
#include "fuzz.h"

#include <limits.h>
#include <mntent.h>

#define LINE_MAX_BYTES 4094 /* what getmntent(3) reads of a line */

struct text {
	const char *at;
	size_t len;
};

static const char *const options[] = { "nofail", "x-systemd.device-timeout=5", "comment=a" };
static const char *const paths[] = { "/swapfile", "/var/swap/file", "/@swap+1:/s-x_.y", "/s" };

static struct fstab_want want_of(uint8_t choice)
{
	return (struct fstab_want){
		.path = paths[choice >> 6],
		.options = options,
		.n_options = choice >> 4 & 3,
		.priority = choice & 1 ? 5 : -1,
		.discard = (enum discard)(choice >> 1 & 3),
		.retired = choice >> 3 & 1,
	};
}

/* --- whose line it is, told by other means than those of the surgery --- */

/* Without octal escapes, and of a path without empty and "." parts. */
static void squeeze(const char *raw, size_t len, char buf[static PATH_MAX])
{
	char decoded[PATH_MAX], *to = decoded, *rest = decoded, *part;
	size_t n = 0;

	for (size_t i = 0; i < len && to < decoded + sizeof(decoded) - 1;) {
		unsigned byte;
		int took = 0;

		if (raw[i] == '\\' && i + 3 < len && strspn(raw + i + 1, "01234567") >= 3 &&
		    sscanf(raw + i + 1, "%3o%n", &byte, &took) == 1) {
			*to++ = (char)byte;
			i += 4;
		} else {
			*to++ = raw[i++];
		}
	}
	*to = '\0';
	buf[0] = '\0';
	if (*decoded != '/') {
		strcpy(buf, decoded);
		return;
	}
	while ((part = strsep(&rest, "/")))
		if (*part && !streq(part, "."))
			n += (size_t)snprintf(buf + n, PATH_MAX - n, "/%s", part);
}

static bool is_ours(struct text line, const char *path)
{
	char source[PATH_MAX], type[PATH_MAX];
	const char *field[3], *p = line.at, *end = line.at + line.len;
	size_t len[3];

	end -= end > p && end[-1] == '\n';
	end -= end > p && end[-1] == '\r';
	for (size_t i = 0; i < ARRAY_SIZE(field); i++) {
		while (p < end && (*p == ' ' || *p == '\t'))
			p++;
		field[i] = p;
		while (p < end && *p != ' ' && *p != '\t')
			p++;
		len[i] = (size_t)(p - field[i]);
	}
	if (len[2] == 0 || *field[0] == '#')
		return false;
	squeeze(field[0], len[0], source);
	squeeze(field[2], len[2], type);
	return streq(source, path) && streq(type, "swap");
}

/* --- what stays --- */

/* The line the text begins with, with its line end; taken off it. */
static struct text next_line(struct text *text)
{
	const char *newline = memchr(text->at, '\n', text->len);
	struct text line = { text->at, newline ? (size_t)(newline - text->at) + 1 : text->len };

	text->at += line.len;
	text->len -= line.len;
	return line;
}

static bool is_same(struct text a, struct text b)
{
	return a.len == b.len && memcmp(a.at, b.at, a.len) == 0;
}

static bool is_line_end(struct text text)
{
	return is_same(text, (struct text){ "\n", 1 }) || is_same(text, (struct text){ "\r\n", 2 });
}

static struct text next_other(struct text *text, const char *path)
{
	struct text line = { text->at, 0 };

	while (text->len > 0) {
		line = next_line(text);
		if (!is_ours(line, path))
			return line;
	}
	line.len = 0;
	return line;
}

/* All lines but those of the path; a last one without line end may have got one. */
static void check_others(struct text before, struct text after, const char *path)
{
	struct text a, b;

	do {
		a = next_other(&before, path);
		b = next_other(&after, path);
		if (before.len == 0 && b.len > a.len && a.len > 0 && a.at[a.len - 1] != '\n') {
			require(is_line_end((struct text){ b.at + a.len, b.len - a.len }), "%.*s",
				(int)b.len, b.at);
			b.len = a.len;
		}
		require(is_same(a, b), "%.*s\nhas become\n%.*s", (int)a.len, a.at, (int)b.len,
			b.at);
	} while (a.len > 0);
}

static unsigned count_ours(struct text text, const char *path)
{
	unsigned n = 0;

	while (text.len > 0)
		n += is_ours(next_line(&text), path);
	return n;
}

/* As systemd's generator reads it. */
static void check_glibc(struct text text, const struct fstab_want *want)
{
	_cleanup_fclose_ FILE *in = fmemopen((char *)(uintptr_t)text.at, text.len, "r");
	char source[PATH_MAX];
	struct mntent *e;
	unsigned n = 0;

	require(in, "no memory");
	while ((e = getmntent(in))) {
		squeeze(e->mnt_fsname, strlen(e->mnt_fsname), source);
		if (!streq(e->mnt_type, "swap") || !streq(source, want->path) ||
		    strchr(e->mnt_fsname, '\\'))
			continue;
		n++;
		require(!hasmntopt(e, "noauto"), "%s", e->mnt_opts);
		for (size_t i = 0; i < want->n_options; i++)
			require(hasmntopt(e, want->options[i]), "%s", e->mnt_opts);
	}
	require(n == 1, "glibc reads %u entries for %s in\n%s", n, want->path, text.at);
}

static void check_set(struct text before, const struct fstab_want *want,
		      const struct fstab_edit *edit)
{
	const struct text after = { edit->text, edit->len };
	struct fstab_edit again;
	struct err err = { 0 };
	int r = fstab_verify(before.at, before.len, after.at, after.len, want->path, want, &err);

	require(r == 0, "%s in\n%s", err.msg, after.at);
	require(after.at[after.len] == '\0' && strlen(after.at) == after.len, "not a text");
	check_others(before, after, want->path);
	require(count_ours(after, want->path) == 1, "%u lines in\n%s",
		count_ours(after, want->path), after.at);
	check_glibc(after, want);
	require((edit->verdict == FSTAB_RIGHT) == is_same(before, after), "verdict %d",
		edit->verdict);
	r = fstab_set(after.at, after.len, want, &again, &err);
	require(r == 0 && again.verdict == FSTAB_RIGHT, "a second run changes\n%s", after.at);
	require(is_same(after, (struct text){ again.text, again.len }), "%s", again.text);
	fstab_edit_done(&again);
}

/* *ret: the text without any line of the path. */
static void drop(struct text text, const char *path, struct fstab_edit *ret)
{
	struct err err = { 0 };
	int r = fstab_drop(text.at, text.len, path, ret, &err);

	require(r == 0, "%s", err.msg);
	check_others(text, (struct text){ ret->text, ret->len }, path);
	require(count_ours((struct text){ ret->text, ret->len }, path) == 0, "%s", ret->text);
	r = fstab_verify(text.at, text.len, ret->text, ret->len, path, NULL, &err);
	require(r == 0, "%s in\n%s", err.msg, ret->text);
}

/* Set and taken out again, it is the text without our line; an end of the last line stays. */
static void check_drop(struct text before, struct text after, const char *path)
{
	struct fstab_edit a, b;

	drop(before, path, &a);
	drop(after, path, &b);
	require(b.len >= a.len && memcmp(a.text, b.text, a.len) == 0, "%s\nis not\n%s", b.text,
		a.text);
	require(b.len == a.len || is_line_end((struct text){ b.text + a.len, b.len - a.len }),
		"%s\nis not\n%s", b.text, a.text);
	require(b.len == a.len || a.text[a.len - 1] != '\n', "%s\nis not\n%s", b.text, a.text);
	fstab_edit_done(&a);
	fstab_edit_done(&b);
}

/* Refused is what is no text, and a line that systemd would not read to its end. */
static void check_refusal(int r, struct text text, const struct fstab_want *want)
{
	size_t longest = 0;

	require(r == -EINVAL, "%s", strerror(-r));
	if (memchr(text.at, '\0', text.len))
		return;
	while (text.len > 0) {
		struct text line = next_line(&text);

		if (is_ours(line, want->path) && line.len > longest)
			longest = line.len;
	}
	require(longest > LINE_MAX_BYTES - 100, "refused for no reason");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct fstab_want want = want_of(size > 0 ? *data : 0);
	_cleanup_free_ char *text = NULL;
	struct fstab_edit edit;
	struct err err = { 0 };
	struct text before;
	int r;

	if (size == 0)
		return 0;
	before.at = text = fuzz_text(data + 1, size - 1);
	before.len = size - 1;
	r = fstab_set(before.at, before.len, &want, &edit, &err);
	if (r < 0) {
		check_refusal(r, before, &want);
		return 0;
	}
	check_set(before, &want, &edit);
	check_drop(before, (struct text){ edit.text, edit.len }, want.path);
	fstab_edit_done(&edit);
	return 0;
}
