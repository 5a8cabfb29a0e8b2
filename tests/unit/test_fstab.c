/* SPDX-License-Identifier: MIT */
/*
 * fstab editing: every directory of the corpus beside this file, what must hold for each of them
 * whoever reads the result, and what the corpus cannot hold. Needs the source tree as directory.
 *
 * tests/unit/fstab/NAME: `before` (absent: no file), `after`, and `want`, lines of a key and its
 * words: verdict (missing), path (/swapfile), options (nofail), priority (-1), discard (none).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <mntent.h>
#include <sys/stat.h>

#include "cost.h"
#include "fstab.h"

#define CORPUS      "tests/unit/fstab"
#define MAX_OPTIONS 8

static const char *const verdicts[] = {
	[FSTAB_RIGHT] = "right",
	[FSTAB_MISSING] = "missing",
	[FSTAB_WRONG] = "wrong",
	[FSTAB_DUPLICATE] = "duplicate",
};
static const char *const discards[] = {
	[DISCARD_NONE] = "none",
	[DISCARD_ONCE] = "once",
	[DISCARD_PAGES] = "pages",
	[DISCARD_BOTH] = "both",
};

struct text {
	char *at; /* NULL: no such file */
	size_t len;
};

struct fixture {
	const char *name;
	struct text before, after, want_text;
	struct fstab_want want;
	const char *options[MAX_OPTIONS];
	enum fstab_verdict verdict;
};

static struct text read_text(const char *name, const char *file)
{
	char path[512];
	struct text t = { 0 };
	struct stat st;
	int fd;

	(void)snprintf(path, sizeof(path), CORPUS "/%s/%s", name, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return t;
	assert_int_equal(fstat(fd, &st), 0);
	t.len = (size_t)st.st_size;
	t.at = calloc(1, t.len + 1);
	assert_non_null(t.at);
	assert_int_equal(read(fd, t.at, t.len), (ssize_t)t.len);
	close(fd);
	return t;
}

static unsigned lookup(const char *const *names, size_t n, const char *name)
{
	for (unsigned i = 0; i < n; i++) {
		if (streq(names[i], name))
			return i;
	}
	fail_msg("no such word: %s", name);
	return 0;
}

static void read_want_line(struct fixture *f, char *line)
{
	char *rest = line, *key = strsep(&rest, " "), *word;

	if (streq(key, "options")) {
		f->want.n_options = 0;
		while ((word = strsep(&rest, " ")))
			f->options[f->want.n_options++] = word;
		return;
	}
	assert_non_null(rest);
	if (streq(key, "verdict"))
		f->verdict = lookup(verdicts, ARRAY_SIZE(verdicts), rest);
	else if (streq(key, "path"))
		f->want.path = rest;
	else if (streq(key, "priority"))
		f->want.priority = atoi(rest);
	else if (streq(key, "discard"))
		f->want.discard = lookup(discards, ARRAY_SIZE(discards), rest);
	else
		fail_msg("%s: no such key: %s", f->name, key);
}

static void fixture_read(struct fixture *f, const char *name)
{
	char *rest, *line;

	*f = (struct fixture){
		.name = name,
		.before = read_text(name, "before"),
		.after = read_text(name, "after"),
		.want_text = read_text(name, "want"),
		.want = { .path = "/swapfile", .n_options = 1, .priority = -1 },
		.options = { "nofail" },
		.verdict = FSTAB_MISSING,
	};
	f->want.options = f->options;
	rest = f->want_text.at;
	while ((line = strsep(&rest, "\n")) && *line)
		read_want_line(f, line);
	assert_non_null(f->after.at);
}

static void fixture_done(struct fixture *f)
{
	free(f->before.at);
	free(f->after.at);
	free(f->want_text.at);
}

static void assert_text(const char *name, const char *is, size_t len, struct text want)
{
	if (len != want.len || memcmp(is, want.at, len) != 0)
		fail_msg("%s: is\n%.*s\nnot\n%.*s", name, (int)len, is, (int)want.len, want.at);
	assert_int_equal(is[len], '\0');
}

static void check_set(const struct fixture *f)
{
	struct fstab_edit edit;
	struct err err = { 0 };

	assert_int_equal(fstab_set(f->before.at, f->before.len, &f->want, &edit, &err), 0);
	assert_text(f->name, edit.text, edit.len, f->after);
	if (edit.verdict != f->verdict)
		fail_msg("%s: %s", f->name, verdicts[edit.verdict]);
	assert_non_null(edit.want);
	assert_non_null(strstr(f->after.at, edit.want));
	assert_null(strchr(edit.want, '\n'));
	assert_int_equal(edit.line == 0, f->verdict == FSTAB_MISSING);
	assert_int_equal(edit.have == NULL, f->verdict == FSTAB_MISSING);
	if (edit.have)
		assert_non_null(strstr(f->before.at, edit.have));
	fstab_edit_done(&edit);
}

/* A second run finds nothing to do. */
static void check_set_again(const struct fixture *f)
{
	struct fstab_edit edit;
	struct err err = { 0 };

	assert_int_equal(fstab_set(f->after.at, f->after.len, &f->want, &edit, &err), 0);
	assert_text(f->name, edit.text, edit.len, f->after);
	if (edit.verdict != FSTAB_RIGHT)
		fail_msg("%s: not right at the second run: %s", f->name, edit.have);
	assert_string_equal(edit.have, edit.want);
	fstab_edit_done(&edit);
}

static void check_drop(const struct fixture *f)
{
	struct fstab_edit edit, again;
	struct err err = { 0 };
	size_t len = f->before.len;

	assert_int_equal(fstab_drop(f->after.at, f->after.len, f->want.path, &edit, &err), 0);
	assert_int_equal(edit.verdict, FSTAB_WRONG);
	assert_null(edit.want);
	assert_int_equal(fstab_verify(f->after.at, f->after.len, edit.text, edit.len, f->want.path,
				      NULL, &err),
			 0);
	if (f->verdict == FSTAB_MISSING) {
		assert_true(edit.len >= len);
		assert_memory_equal(edit.text, f->before.at ? f->before.at : "", len);
		if (edit.len > len && !streq(edit.text + len, "\n"))
			assert_string_equal(edit.text + len, "\r\n");
		if (len > 0 && f->before.at[len - 1] == '\n')
			assert_int_equal(edit.len, len);
	}
	assert_int_equal(fstab_drop(edit.text, edit.len, f->want.path, &again, &err), 0);
	assert_int_equal(again.verdict, FSTAB_RIGHT);
	assert_text(f->name, again.text, again.len, (struct text){ edit.text, edit.len });
	fstab_edit_done(&again);
	fstab_edit_done(&edit);
}

/* The one entry for the path as glibc reads it, which is how systemd reads it. */
static void check_glibc(const struct fixture *f, const struct fstab_entry *libmount)
{
	FILE *in = fmemopen(f->after.at, f->after.len, "r");
	unsigned n = 0;
	struct mntent *e;

	assert_non_null(in);
	while ((e = getmntent(in))) {
		if (!streq(e->mnt_type, "swap") || !streq(e->mnt_fsname, libmount->source))
			continue;
		n++;
		assert_string_equal(e->mnt_dir, libmount->target);
		/* An option's octal escapes are its own affair; glibc leaves them. */
		if (!strchr(e->mnt_opts, '\\'))
			assert_string_equal(e->mnt_opts, libmount->options);
		assert_null(hasmntopt(e, "noauto"));
		for (size_t i = 0; i < f->want.n_options; i++)
			assert_non_null(hasmntopt(e, f->want.options[i]));
		assert_null(strchr(e->mnt_opts, '\r'));
	}
	fclose(in);
	if (n != 1)
		fail_msg("%s: glibc reads %u entries for %s", f->name, n, libmount->source);
}

/* The path without empty and "." parts. */
static void squeeze(const char *path, char *buf, size_t size)
{
	char copied[4096], *rest = copied, *part;
	size_t n = 0;

	(void)snprintf(copied, sizeof(copied), "%s", path);
	buf[0] = '\0';
	while ((part = strsep(&rest, "/"))) {
		if (*part && !streq(part, "."))
			n += (size_t)snprintf(buf + n, size - n, "/%s", part);
		assert_true(n < size);
	}
}

static void check_readers(const struct fixture *f)
{
	const struct fstab_entry *ours = NULL;
	struct fstab_table table;
	struct err err = { 0 };
	char source[4200];

	assert_int_equal(fstab_parse(f->after.at, f->after.len, &table, &err), 0);
	for (size_t i = 0; i < table.n; i++) {
		const struct fstab_entry *e = &table.entries[i];

		squeeze(e->source, source, sizeof(source));
		if (!streq(e->type, "swap") || !streq(source, f->want.path))
			continue;
		assert_null(ours);
		ours = e;
	}
	if (!ours)
		fail_msg("%s: libmount reads no entry", f->name);
	check_glibc(f, ours);
	fstab_table_done(&table);
}

static void check_verify(const struct fixture *f)
{
	struct err err = { 0 };
	int r = fstab_verify(f->before.at, f->before.len, f->after.at, f->after.len, f->want.path,
			     &f->want, &err);

	if (r != 0)
		fail_msg("%s: %s", f->name, err.msg);
}

static void for_each_case(void (*check)(const struct fixture *f))
{
	struct dirent **names;
	int n = scandir(CORPUS, &names, NULL, alphasort);
	unsigned n_cases = 0;

	if (n < 0)
		fail_msg("no %s in this directory", CORPUS);
	for (int i = 0; i < n; i++) {
		struct fixture f;

		if (names[i]->d_name[0] != '.') {
			fixture_read(&f, names[i]->d_name);
			check(&f);
			fixture_done(&f);
			n_cases++;
		}
		free(names[i]);
	}
	free(names);
	assert_true(n_cases > 50);
}

static void set_gives_the_expected_text(void **state)
{
	(void)state;
	for_each_case(check_set);
}

static void set_after_set_changes_nothing(void **state)
{
	(void)state;
	for_each_case(check_set_again);
}

static void drop_after_set_gives_the_old_text(void **state)
{
	(void)state;
	for_each_case(check_drop);
}

static void libmount_and_glibc_read_the_line_once_and_alike(void **state)
{
	(void)state;
	for_each_case(check_readers);
}

static void verify_accepts_every_edit(void **state)
{
	(void)state;
	for_each_case(check_verify);
}

/* --- what the corpus cannot hold --- */

static const char *const nofail[] = { "nofail" };
static const struct fstab_want usual = {
	.path = "/swapfile", .options = nofail, .n_options = 1, .priority = -1
};

static void drop_takes_swap_lines_only(void **state)
{
	static const char before[] = "/swapfile /mnt ext4 loop 0 0\r\n"
				     "/swapfile none swap\n"
				     "/swapfile2 none swap sw 0 0\n"
				     "\\057swapfile swap swap noauto # x";
	struct fstab_edit edit;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(fstab_drop(before, strlen(before), "/swapfile", &edit, &err), 0);
	assert_string_equal(edit.text,
			    "/swapfile /mnt ext4 loop 0 0\r\n"
			    "/swapfile2 none swap sw 0 0\n");
	assert_int_equal(edit.verdict, FSTAB_DUPLICATE);
	assert_int_equal(edit.line, 2);
	assert_string_equal(edit.have, "/swapfile none swap");
	fstab_edit_done(&edit);

	assert_int_equal(fstab_drop(NULL, 0, "/swapfile", &edit, &err), 0);
	assert_int_equal(edit.verdict, FSTAB_RIGHT);
	assert_int_equal(edit.len, 0);
	fstab_edit_done(&edit);
}

static void a_nul_byte_is_refused(void **state)
{
	static const char before[] = "# a\n/dev\0sda1 / ext4 ro 0 1\n";
	struct fstab_edit edit = { .line = 77 };
	struct fstab_table table;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(fstab_set(before, sizeof(before) - 1, &usual, &edit, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "/etc/fstab:2: "));
	assert_int_equal(fstab_drop(before, sizeof(before) - 1, "/swapfile", &edit, &err), -EINVAL);
	assert_int_equal(edit.line, 77);
	assert_int_equal(fstab_parse(before, sizeof(before) - 1, &table, &err), -EINVAL);
}

static void size_limit(void **state)
{
	static const struct {
		size_t len;
		int r;
	} cases[] = {
		{ FSTAB_MAX + 1, -EFBIG },
		{ FSTAB_MAX, -EFBIG }, /* no room for the new line */
		{ FSTAB_MAX - sizeof("/swapfile none swap sw,nofail 0 0\n") + 1, 0 },
	};
	char *text = malloc(FSTAB_MAX + 1);
	struct fstab_edit edit;
	struct err err = { 0 };

	(void)state;
	assert_non_null(text);
	memset(text, '\n', FSTAB_MAX + 1);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(fstab_set(text, cases[i].len, &usual, &edit, &err), cases[i].r);
		if (cases[i].r == 0)
			fstab_edit_done(&edit);
	}
	free(text);
}

/* getmntent drops what is behind its 4096 bytes, and nofail with it. */
static void a_line_too_long_for_glibc_is_refused(void **state)
{
	char text[5000] = "/swapfile none swap ";
	size_t len = strlen(text);
	struct fstab_edit edit;
	struct err err = { 0 };

	(void)state;
	memset(text + len, 'x', 4094 - len - strlen(",nofail"));
	assert_int_equal(fstab_set(text, strlen(text), &usual, &edit, &err), 0);
	assert_int_equal(strlen(edit.want), 4094);
	fstab_edit_done(&edit);
	strcat(text, "x");
	assert_int_equal(fstab_set(text, strlen(text), &usual, &edit, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "/etc/fstab:1: "));
}

/* 64 KiB of one line, or of many that are ours. */
static void a_bomb_is_no_work(void **state)
{
	static const struct {
		const char *before, *repeated;
	} table[] = {
		{ "", "/swapfile none swap sw,noauto\n" },
		{ "", "/ / / / / /\n" },
		{ "", "#" },
		{ "", " " },
		{ "", "\r" },
		{ "", "/" },
		{ "", "/." },
		{ "", "\\057" },
		{ "/swapfile none swap ", "a," },
		{ "/swapfile none swap ", "," },
		{ "/swapfile none swap ", "\\054" },
		{ "/swapfile none swap ", "\"" },
		{ "/swapfile none swap sw ", "0 " },
		{ "/swapfile none swap sw 0 0 ", "#" },
	};
	static char text[KIB(64)];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		const size_t len =
			cost_fill(text, sizeof(text), table[i].before, table[i].repeated);
		const double start = cost_now();
		struct fstab_edit edit;
		struct err err = { 0 };
		int r = fstab_set(text, len, &usual, &edit, &err);

		/* Too long a line is refused, unless it is what goes that made it long. */
		assert_true(r == 0 || (r == -EINVAL && *table[i].before));
		if (r == 0) {
			assert_int_equal(fstab_verify(text, len, edit.text, edit.len, "/swapfile",
						      &usual, &err),
					 0);
			fstab_edit_done(&edit);
		}
		cost_check(start, table[i].repeated);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(set_gives_the_expected_text),
		cmocka_unit_test(set_after_set_changes_nothing),
		cmocka_unit_test(drop_after_set_gives_the_old_text),
		cmocka_unit_test(libmount_and_glibc_read_the_line_once_and_alike),
		cmocka_unit_test(verify_accepts_every_edit),
		cmocka_unit_test(drop_takes_swap_lines_only),
		cmocka_unit_test(a_nul_byte_is_refused),
		cmocka_unit_test(size_limit),
		cmocka_unit_test(a_line_too_long_for_glibc_is_refused),
		cmocka_unit_test(a_bomb_is_no_work),
	};

	return cmocka_run_group_tests_name("fstab", tests, NULL, NULL);
}
