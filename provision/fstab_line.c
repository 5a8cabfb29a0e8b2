/* SPDX-License-Identifier: MIT */
/*
 * Reads and rewrites one fstab line by its bytes, so that what is not ours in it stays.
 * Must not use libmount, which checks the result from outside.
 */
#include "fstab_line.h"

#include <limits.h>

#define BLANKS " \t"

static bool has_escape(struct span s)
{
	return memchr(s.at, '\\', s.len) != NULL;
}

static void print_bytes(FILE *out, const char *from, const char *to)
{
	(void)fwrite(from, 1, (size_t)(to - from), out);
}

/* The next word at or behind `from`; empty at the end of the line. */
static struct span next_word(const char *from, const char *end)
{
	struct span s;

	while (from < end && strchr(BLANKS, *from))
		from++;
	s = (struct span){ from, 0 };
	while (span_end(s) < end && !strchr(BLANKS, *span_end(s)))
		s.len++;
	return s;
}

/* What strtol within libmount and "%d" within glibc both take in whole. */
static bool is_number(struct span s)
{
	if (s.len > 0 && (*s.at == '-' || *s.at == '+')) {
		s.at++;
		s.len--;
	}
	if (s.len == 0 || s.len > 18)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] < '0' || s.at[i] > '9')
			return false;
	}
	return true;
}

void fstab_line_split(const char *at, size_t len, struct fstab_line *ret)
{
	struct fstab_line line = { 0 };
	const char *end;

	if (len > 0 && at[len - 1] == '\n')
		len--;
	if (len > 0 && at[len - 1] == '\r') {
		line.cr = true;
		len--;
	}
	line.text = (struct span){ at, len };
	line.end = at;
	end = at + len;
	while (line.n_fields < FSTAB_FIELDS) {
		struct span word = next_word(line.end, end);

		/* In the second and third field a '#' is a name to every reader. */
		if (word.len == 0 ||
		    (*word.at == '#' &&
		     (line.n_fields == FSTAB_SOURCE || line.n_fields == FSTAB_OPTIONS)))
			break;
		line.field[line.n_fields++] = word;
		line.end = span_end(word);
	}
	while (line.n_fields == FSTAB_FIELDS && line.n_numbers < 2) {
		struct span word = next_word(line.end, end);

		if (!is_number(word))
			break;
		line.n_numbers++;
		line.end = span_end(word);
	}
	*ret = line;
}

static struct span next_component(const char **path)
{
	struct span s;

	do {
		*path += strspn(*path, "/");
		s = (struct span){ *path, strcspn(*path, "/") };
		*path += s.len;
	} while (span_is(s, "."));
	return s;
}

bool fstab_same_path(const char *a, const char *b)
{
	struct span part_a, part_b;

	if (*a != '/' || *b != '/')
		return false;
	do {
		part_a = next_component(&a);
		part_b = next_component(&b);
		if (part_a.len != part_b.len || memcmp(part_a.at, part_b.at, part_a.len) != 0)
			return false;
	} while (part_a.len > 0);
	return true;
}

bool fstab_line_is_for(const struct fstab_line *line, const char *path)
{
	char source[PATH_MAX], type[PATH_MAX];

	if (line->n_fields <= FSTAB_TYPE)
		return false;
	fstab_decode(line->field[FSTAB_SOURCE], source, sizeof(source));
	fstab_decode(line->field[FSTAB_TYPE], type, sizeof(type));
	return streq(type, "swap") && fstab_same_path(source, path);
}

/* glibc and systemd do not decode \057, and swapon(2) of a file with a slash behind is ENOTDIR. */
static bool source_is_usable(struct span source)
{
	size_t n = source.len;

	return !has_escape(source) && source.at[n - 1] != '/' &&
		!(n > 1 && source.at[n - 1] == '.' && source.at[n - 2] == '/');
}

/*
 * libmount cannot read a line with a comment behind fewer than six fields, and to glibc a carriage
 * return belongs to the options when they come last: systemd then does not see nofail.
 */
static bool needs_numbers(const struct fstab_line *line)
{
	bool comment = next_word(line->end, span_end(line->text)).len > 0;

	return (comment && line->n_numbers < 2) || (line->cr && line->n_numbers < 1);
}

static struct span own_options(const struct fstab_line *line)
{
	return line->n_fields > FSTAB_OPTIONS ? line->field[FSTAB_OPTIONS] : (struct span){ 0 };
}

bool fstab_line_is_right(const struct fstab_line *line, const struct fstab_want *want)
{
	return source_is_usable(line->field[FSTAB_SOURCE]) &&
		!has_escape(line->field[FSTAB_TYPE]) && !needs_numbers(line) &&
		fstab_options_are_right(own_options(line), want);
}

void fstab_line_merge(const struct fstab_line *line, const struct fstab_want *want, FILE *out)
{
	struct span source = line->field[FSTAB_SOURCE], type = line->field[FSTAB_TYPE];
	struct span options = own_options(line);

	print_bytes(out, line->text.at, source.at);
	span_print(source_is_usable(source) ? source : span_of(want->path), out);
	print_bytes(out, span_end(source), type.at);
	span_print(has_escape(type) ? span_of("swap") : type, out);
	if (options.at)
		print_bytes(out, span_end(type), options.at);
	else
		(void)fputc(type.at[-1], out); /* the blank that this line is aligned with */
	fstab_options_merge(options, want, out);
	if (options.at)
		print_bytes(out, span_end(options), line->end);
	for (unsigned i = needs_numbers(line) ? line->n_numbers : 2; i < 2; i++)
		(void)fputs(" 0", out);
	print_bytes(out, line->end, span_end(line->text));
}

void fstab_line_new(const struct fstab_want *want, FILE *out)
{
	(void)fprintf(out, "%s none swap ", want->path);
	fstab_options_merge((struct span){ 0 }, want, out);
	(void)fputs(" 0 0", out);
}
