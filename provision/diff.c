/* SPDX-License-Identifier: MIT */
/*
 * Prints the difference of two texts as one hunk: what their common head and tail leave over.
 * Must not read the files it names.
 */
#include "diff.h"

#define CONTEXT_LINES 3

static unsigned count_lines(const char *from, const char *to)
{
	unsigned n = 0;

	for (const char *s = from; s < to; s++)
		n += *s == '\n' || s + 1 == to ? 1 : 0;
	return n;
}

static const char *line_end(const char *line, const char *end)
{
	const char *newline = memchr(line, '\n', (size_t)(end - line));

	return newline ? newline + 1 : end;
}

static const char *back_lines(const char *start, const char *at, unsigned n)
{
	while (n-- > 0 && at > start) {
		at--;
		while (at > start && at[-1] != '\n')
			at--;
	}
	return at;
}

static const char *forward_lines(const char *at, const char *end, unsigned n)
{
	while (n-- > 0 && at < end)
		at = line_end(at, end);
	return at;
}

static void print_lines(FILE *out, char mark, const char *from, const char *to)
{
	while (from < to) {
		const char *end = line_end(from, to);

		(void)fputc(mark, out);
		(void)fwrite(from, 1, (size_t)(end - from), out);
		if (end[-1] != '\n')
			(void)fputs("\n\\ No newline at end of file\n", out);
		from = end;
	}
}

/* The bytes of whole lines that both begin with. */
static size_t common_head(const char *a, const char *b)
{
	size_t n = 0;

	while (a[n] && a[n] == b[n])
		n++;
	while (n > 0 && a[n - 1] != '\n')
		n--;
	return n;
}

static bool starts_line(const char *text, const char *at)
{
	return at == text || at[-1] == '\n';
}

/* The bytes of whole lines, at most `max`, that both end with. */
static size_t common_tail(const char *a, const char *b, size_t max)
{
	const char *end_a = a + strlen(a), *end_b = b + strlen(b);
	size_t n = 0;

	while (n < max && end_a[-(ptrdiff_t)n - 1] == end_b[-(ptrdiff_t)n - 1])
		n++;
	while (n > 0 && !(starts_line(a, end_a - n) && starts_line(b, end_b - n)))
		n--;
	return n;
}

/* A range without lines is named by the line before it. */
static void print_range(FILE *out, char mark, unsigned before, unsigned n)
{
	(void)fprintf(out, "%c%u", mark, n > 0 ? before + 1 : before);
	if (n != 1)
		(void)fprintf(out, ",%u", n);
}

void diff_print(FILE *out, const char *path, const char *before, const char *after)
{
	const char *a = before ? before : "", *b = after ? after : "";
	size_t len_a = strlen(a), len_b = strlen(b);
	size_t head = common_head(a, b);
	size_t tail = common_tail(a, b, (len_a < len_b ? len_a : len_b) - head);
	const char *start = back_lines(a, a + head, CONTEXT_LINES);
	const char *stop = forward_lines(a + len_a - tail, a + len_a, CONTEXT_LINES);
	unsigned skipped = count_lines(a, start);
	unsigned context = count_lines(start, a + head) + count_lines(a + len_a - tail, stop);

	if (streq(a, b))
		return;
	(void)fprintf(out, "--- %s\n", before ? path : "/dev/null");
	(void)fprintf(out, "+++ %s\n@@ ", after ? path : "/dev/null");
	print_range(out, '-', skipped, context + count_lines(a + head, a + len_a - tail));
	(void)fputc(' ', out);
	print_range(out, '+', skipped, context + count_lines(b + head, b + len_b - tail));
	(void)fputs(" @@\n", out);
	print_lines(out, ' ', start, a + head);
	print_lines(out, '-', a + head, a + len_a - tail);
	print_lines(out, '+', b + head, b + len_b - tail);
	print_lines(out, ' ', a + len_a - tail, stop);
}
