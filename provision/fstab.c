/* SPDX-License-Identifier: MIT */
/*
 * Finds, merges, appends and removes the lines of one swapfile in the text of an fstab.
 * Must not touch a byte of any other line, nor any file.
 */
#include "fstab_line.h"

#include "memstream.h"

/* What fits glibc's getmntent(3), which systemd reads with: 4096 with newline and NUL. */
#define LINE_MAX_BYTES 4094

struct editor {
	const char *path;
	const struct fstab_want *want; /* NULL: the lines go */
	FILE *out;
	struct fstab_edit edit;
	unsigned line;  /* of the text, from 1 */
	unsigned found; /* lines for the path so far */
	bool right;     /* the first of them is */
};

void fstab_edit_done(struct fstab_edit *edit)
{
	free(edit->text);
	free(edit->have);
	free(edit->want);
	*edit = (struct fstab_edit){ 0 };
}

static int check_text(const char *text, size_t len, struct err *err)
{
	const char *nul = len > 0 ? memchr(text, '\0', len) : NULL;
	unsigned line = 1;

	if (len > FSTAB_MAX)
		return err_set(err, -EFBIG, "%s: more than %llu bytes: not an fstab", FSTAB_PATH,
			       (unsigned long long)FSTAB_MAX);
	if (!nul)
		return 0;
	for (const char *s = text; s < nul; s++)
		line += *s == '\n' ? 1 : 0;
	return err_set(err, -EINVAL, "%s:%u: a NUL byte: not a text file, repair it by hand",
		       FSTAB_PATH, line);
}

/* The wanted line: `have` with the entry merged into it, or a new one. */
static int render(const struct editor *ed, const struct fstab_line *have, char **ret,
		  struct err *err)
{
	_cleanup_free_ char *line = NULL;
	struct memstream out;
	size_t len = 0;
	int r = memstream_open(&out);

	if (r < 0)
		return err_sys(err, r, "%s", FSTAB_PATH);
	if (!have)
		fstab_line_new(ed->want, out.file);
	else if (ed->right)
		(void)fwrite(have->text.at, 1, have->text.len, out.file);
	else
		fstab_line_merge(have, ed->want, out.file);
	r = memstream_close(&out, &line, &len);
	if (r < 0)
		return err_sys(err, r, "%s", FSTAB_PATH);
	if (len > LINE_MAX_BYTES)
		return err_set(err, -EINVAL,
			       "%s:%u: the line for %s is longer than the %d bytes that systemd "
			       "reads of it: shorten it by hand",
			       FSTAB_PATH, ed->line, ed->path, LINE_MAX_BYTES);
	*ret = TAKE_PTR(line);
	return 0;
}

/* The first line for the path: stays, better or as it is, or goes. */
static int edit_first(struct editor *ed, const struct fstab_line *line, size_t len, struct err *err)
{
	const char *end = line->text.at + line->text.len;
	int r;

	ed->edit.line = ed->line;
	ed->edit.have = strndup(line->text.at, line->text.len);
	if (!ed->edit.have)
		return err_sys(err, -ENOMEM, "%s", FSTAB_PATH);
	if (!ed->want)
		return 0;
	ed->right = fstab_line_is_right(line, ed->want);
	r = render(ed, line, &ed->edit.want, err);
	if (r < 0)
		return r;
	(void)fputs(ed->edit.want, ed->out);
	(void)fwrite(end, 1, len - line->text.len, ed->out); /* its line end */
	return 0;
}

static int edit_lines(struct editor *ed, const char *text, size_t len, struct err *err)
{
	while (len > 0) {
		const char *newline = memchr(text, '\n', len);
		size_t n = newline ? (size_t)(newline - text) + 1 : len;
		struct fstab_line line;

		ed->line++;
		fstab_line_split(text, n, &line);
		if (!fstab_line_is_for(&line, ed->path)) {
			(void)fwrite(text, 1, n, ed->out);
		} else if (ed->found++ == 0) {
			int r = edit_first(ed, &line, n, err);

			if (r < 0)
				return r;
		}
		text += n;
		len -= n;
	}
	return 0;
}

static int append(struct editor *ed, const char *text, size_t len, struct err *err)
{
	const char *newline = len > 0 ? memchr(text, '\n', len) : NULL;
	const char *eol = newline && newline > text && newline[-1] == '\r' ? "\r\n" : "\n";
	int r;

	r = render(ed, NULL, &ed->edit.want, err);
	if (r < 0)
		return r;
	if (len > 0 && text[len - 1] == '\r')
		(void)fputc('\n', ed->out);
	else if (len > 0 && text[len - 1] != '\n')
		(void)fputs(eol, ed->out);
	(void)fprintf(ed->out, "%s%s", ed->edit.want, eol);
	return 0;
}

static enum fstab_verdict verdict(const struct editor *ed)
{
	if (ed->found == 0)
		return ed->want ? FSTAB_MISSING : FSTAB_RIGHT;
	if (ed->found > 1)
		return FSTAB_DUPLICATE;
	return ed->right ? FSTAB_RIGHT : FSTAB_WRONG;
}

static int edit_text(struct editor *ed, const char *text, size_t len, struct err *err)
{
	struct memstream out;
	int r = memstream_open(&out), lost;

	if (r < 0)
		return err_sys(err, r, "%s", FSTAB_PATH);
	ed->out = out.file;
	r = edit_lines(ed, text, len, err);
	if (r == 0 && ed->want && ed->found == 0)
		r = append(ed, text, len, err);
	lost = memstream_close(&out, &ed->edit.text, &ed->edit.len);
	if (r == 0 && lost < 0)
		r = err_sys(err, lost, "%s", FSTAB_PATH);
	ed->edit.verdict = verdict(ed);
	if (r == 0)
		r = check_text(ed->edit.text, ed->edit.len, err);
	return r;
}

static int edit(struct editor *ed, const char *text, size_t len, struct err *err)
{
	int r = check_text(text, len, err);

	if (r == 0)
		r = edit_text(ed, text, len, err);
	if (r < 0)
		fstab_edit_done(&ed->edit);
	return r;
}

int fstab_set(const char *text, size_t len, const struct fstab_want *want, struct fstab_edit *ret,
	      struct err *err)
{
	struct editor ed = { .path = want->path, .want = want };
	int r = edit(&ed, text, len, err);

	if (r == 0)
		*ret = ed.edit;
	return r;
}

int fstab_drop(const char *text, size_t len, const char *path, struct fstab_edit *ret,
	       struct err *err)
{
	struct editor ed = { .path = path };
	int r = edit(&ed, text, len, err);

	if (r == 0)
		*ret = ed.edit;
	return r;
}
