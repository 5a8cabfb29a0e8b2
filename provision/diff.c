/* SPDX-License-Identifier: MIT */
/*
 * Prints the difference of two texts, line by line, as diff -u does. Must not read the files it
 * names.
 */
#include "diff.h"

#define CONTEXT_LINES   3UL
#define LOOKAHEAD_LINES 1000 /* beyond it the rest is taken for different */

/* One line of the result: kept, taken away or put in. */
struct diff_line {
	char mark; /* ' ', '-' or '+' */
	const char *at;
	size_t len; /* with its newline */
};

struct diff {
	struct diff_line *lines;
	size_t n;
};

struct text {
	const char *at;
	size_t len;
};

/* Takes the first line off the text. */
static struct text take_line(struct text *text)
{
	const char *newline = text->len ? memchr(text->at, '\n', text->len) : NULL;
	struct text line = { text->at, newline ? (size_t)(newline - text->at) + 1 : text->len };

	text->at += line.len;
	text->len -= line.len;
	return line;
}

static bool same_line(struct text a, struct text b)
{
	struct text x = take_line(&a), y = take_line(&b);

	return x.len == y.len && memcmp(x.at, y.at, x.len) == 0;
}

static void add(struct diff *diff, char mark, struct text *text)
{
	struct text line = take_line(text);

	diff->lines[diff->n++] = (struct diff_line){ mark, line.at, line.len };
}

/* Whether both go on alike, or both end, once `del` lines are dropped and `ins` are put in. */
static bool meets(struct text a, struct text b, size_t del, size_t ins)
{
	for (; del > 0 && a.len > 0; del--)
		(void)take_line(&a);
	for (; ins > 0 && b.len > 0; ins--)
		(void)take_line(&b);
	if (del > 0 || ins > 0)
		return false;
	return a.len == 0 || b.len == 0 ? a.len == b.len : same_line(a, b);
}

/* The shortest way to where both go on alike. */
static void resync(struct text a, struct text b, size_t *ret_del, size_t *ret_ins)
{
	for (size_t both = 1; both <= LOOKAHEAD_LINES; both++) {
		for (size_t del = 0; del <= both; del++) {
			if (!meets(a, b, del, both - del))
				continue;
			*ret_del = del;
			*ret_ins = both - del;
			return;
		}
	}
	*ret_del = *ret_ins = SIZE_MAX;
}

static void compare(struct diff *diff, struct text a, struct text b)
{
	while (a.len > 0 || b.len > 0) {
		size_t del = 0, ins = 0;

		if (a.len > 0 && b.len > 0 && same_line(a, b)) {
			add(diff, ' ', &a);
			(void)take_line(&b);
			continue;
		}
		resync(a, b, &del, &ins);
		for (; del > 0 && a.len > 0; del--)
			add(diff, '-', &a);
		for (; ins > 0 && b.len > 0; ins--)
			add(diff, '+', &b);
	}
}

/* --- printing --- */

static void print_line(FILE *out, const struct diff_line *line)
{
	(void)fputc(line->mark, out);
	(void)fwrite(line->at, 1, line->len, out);
	if (line->at[line->len - 1] != '\n')
		(void)fputs("\n\\ No newline at end of file\n", out);
}

/* A range without lines is named by the line before it. */
static void print_range(FILE *out, char mark, size_t before, size_t n)
{
	(void)fprintf(out, "%c%zu", mark, n > 0 ? before + 1 : before);
	if (n != 1)
		(void)fprintf(out, ",%zu", n);
}

/* How many of lines [from, to) the old text (mark '-') or the new one (mark '+') has. */
static size_t count(const struct diff *diff, size_t from, size_t to, char mark)
{
	size_t n = 0;

	for (size_t i = from; i < to; i++)
		n += diff->lines[i].mark == ' ' || diff->lines[i].mark == mark;
	return n;
}

static void print_hunk(FILE *out, const struct diff *diff, size_t from, size_t to)
{
	(void)fputs("@@ ", out);
	print_range(out, '-', count(diff, 0, from, '-'), count(diff, from, to, '-'));
	(void)fputc(' ', out);
	print_range(out, '+', count(diff, 0, from, '+'), count(diff, from, to, '+'));
	(void)fputs(" @@\n", out);
	for (size_t i = from; i < to; i++)
		print_line(out, &diff->lines[i]);
}

/* The first changed line at or behind `from`, or diff->n. */
static size_t next_change(const struct diff *diff, size_t from)
{
	while (from < diff->n && diff->lines[from].mark == ' ')
		from++;
	return from;
}

static void print_hunks(FILE *out, const struct diff *diff)
{
	size_t at = next_change(diff, 0);

	while (at < diff->n) {
		size_t from = at > CONTEXT_LINES ? at - CONTEXT_LINES : 0, to = at, next = at;

		/* Changes whose contexts touch are one hunk. */
		while (next < diff->n && next <= to + 2 * CONTEXT_LINES) {
			to = next;
			while (to < diff->n && diff->lines[to].mark != ' ')
				to++;
			next = next_change(diff, to);
		}
		to = diff->n - to > CONTEXT_LINES ? to + CONTEXT_LINES : diff->n;
		print_hunk(out, diff, from, to);
		at = next;
	}
}

static size_t line_count(const char *text)
{
	size_t n = 1;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

int diff_print(FILE *out, const char *path, const char *before, const char *after)
{
	const struct text a = { before ? before : "", before ? strlen(before) : 0 };
	const struct text b = { after ? after : "", after ? strlen(after) : 0 };
	struct diff diff = { .n = 0 };

	if (streq(a.at, b.at))
		return 0;
	diff.lines = calloc(line_count(a.at) + line_count(b.at), sizeof(*diff.lines));
	if (!diff.lines)
		return -ENOMEM;
	compare(&diff, a, b);
	(void)fprintf(out, "--- %s\n", before ? path : "/dev/null");
	(void)fprintf(out, "+++ %s\n", after ? path : "/dev/null");
	print_hunks(out, &diff);
	free(diff.lines);
	return 0;
}
