/* SPDX-License-Identifier: MIT */
/*
 * The next boot: who decides stands where it is said to, whatever the order the files come in; and
 * line for line the deciders can be disabled until nobody overrules the drop-in, and brought back.
 *
 * An input is a list of files, a byte 0xff before each: its path, a newline, its text. "cmdline" is
 * that of the kernel, "last:PATH" a profile of tuned's, "end:PATH" one that comes at the end, and
 * "unreadable:PATH" has no text. The first byte tells whether tuned reapplies, and a key to look at
 * beside those whose names are there.
 */
#include "fuzz.h"
#include "sysctl.h"
#include "sysctl_edit.h"

#define FILES_MAX 16

struct input {
	struct sysctl_file files[FILES_MAX];
	struct sysctl_tree tree;
};

static const char *skip_prefix(const char *text, const char *prefix, bool *ret)
{
	*ret = has_prefix(text, prefix);
	return *ret ? text + strlen(prefix) : text;
}

static bool is_known(const struct input *in, const char *path)
{
	for (size_t i = 0; i < in->tree.n_files; i++)
		if (streq(in->files[i].path, path))
			return true;
	return false;
}

/* One file, of `len` bytes, which may be changed. */
static void add_file(struct input *in, char *text, size_t len)
{
	char *newline = memchr(text, '\n', len);
	struct sysctl_file file = { .state = SYSCTL_FILE_TEXT };
	bool is_unreadable;

	if (!newline || in->tree.n_files == FILES_MAX)
		return;
	*newline = '\0';
	file.text = newline + 1;
	file.len = len - (size_t)(file.text - text);
	if (streq(text, "cmdline")) {
		in->tree.cmdline = file.text;
		newline[1 + file.len] = '\0';
		return;
	}
	if (streq(text, "exclude")) {
		in->tree.again_exclude = file.text;
		newline[1 + file.len] = '\0';
		return;
	}
	file.path = skip_prefix(text, "unreadable:", &is_unreadable);
	file.path = skip_prefix(file.path, "end:", &file.at_end);
	file.path = skip_prefix(file.path, "last:", &file.last);
	file.last |= file.at_end;
	if (*file.path != '/' || is_known(in, file.path))
		return;
	if (is_unreadable) {
		file.state = SYSCTL_FILE_UNREADABLE;
		file.text = NULL;
		file.len = 0;
	} else if (file.len == 0) {
		file.state = SYSCTL_FILE_MASK;
	}
	in->files[in->tree.n_files++] = file;
}

static void split(struct input *in, char *text, size_t size)
{
	char *end = text + size, *next = memchr(text, 0xff, size);

	while (next) {
		char *from = next + 1;

		next = memchr(from, 0xff, (size_t)(end - from));
		if (next)
			*next = '\0';
		add_file(in, from, (size_t)((next ? next : end) - from));
	}
	in->tree.files = in->files;
}

/* --- what has to hold --- */

static const struct sysctl_file *file_at(const struct sysctl_tree *tree, const char *path)
{
	for (size_t i = 0; i < tree->n_files; i++)
		if (streq(tree->files[i].path, path))
			return &tree->files[i];
	return NULL;
}

static void check_boot(const struct sysctl_tree *tree, const struct sysctl_boot *boot)
{
	const struct sysctl_file *file = boot->path ? file_at(tree, boot->path) : NULL;

	require((boot->path != NULL) == (file != NULL), "%s is no file", boot->path);
	require(memchr(boot->text, '\0', sizeof(boot->text)), "the text has no end");
	if (boot->source != SYSCTL_FROM_FILE) {
		require(!boot->at && boot->line == 0, "line %u", boot->line);
		return;
	}
	require(file && file->text, "decided by no file");
	require(boot->at >= file->text && boot->at < file->text + file->len, "beyond %s",
		file->path);
	require(boot->line > 0 && boot->line <= file->len, "line %u", boot->line);
}

static void same(const struct sysctl_boot *a, const struct sysctl_boot *b)
{
	require(a->source == b->source, "source %d or %d", a->source, b->source);
	require(a->path == b->path && a->at == b->at && a->line == b->line, "%s or %s", a->path,
		b->path);
	require(a->is_number == b->is_number && a->value == b->value, "%ju or %ju",
		(uintmax_t)a->value, (uintmax_t)b->value);
}

/* Those that are last have an order, the others have none. */
static struct sysctl_tree turned(const struct sysctl_tree *tree,
				 struct sysctl_file files[static FILES_MAX])
{
	struct sysctl_tree ret = *tree;
	size_t n = 0;

	for (size_t i = tree->n_files; i-- > 0;)
		if (!tree->files[i].last)
			files[n++] = tree->files[i];
	for (size_t i = 0; i < tree->n_files; i++)
		if (tree->files[i].last)
			files[n++] = tree->files[i];
	ret.files = files;
	return ret;
}

/*
 * Until no file decides that has lines to disable, which tuned's do not; as many lines as there are
 * can. *in keeps the texts.
 */
static void disable_all(struct input *in, enum sysctl_rules rules, enum sysctl_key key)
{
	size_t lines = 1;
	struct sysctl_boot boot;

	for (size_t i = 0; i < in->tree.n_files; i++)
		lines += in->files[i].len;
	for (;; lines--) {
		struct sysctl_file *file = in->files;
		size_t len;
		char *text;

		require(lines > 0, "there always is another");
		sysctl_boot(&in->tree, rules, key, &boot);
		if (boot.source != SYSCTL_FROM_FILE || boot.last)
			return;
		while (!streq(file->path, boot.path))
			file++;
		text = sysctl_disable(file->text, file->len, boot.at, &len);
		require(text, "no memory");
		free((char *)(uintptr_t)file->text);
		file->text = text;
		file->len = len;
	}
}

/* The files in texts of their own. */
static void copy(const struct input *from, struct input *to)
{
	*to = *from;
	for (size_t i = 0; i < to->tree.n_files; i++)
		if (to->files[i].text)
			to->files[i].text =
				fuzz_text((const uint8_t *)to->files[i].text, to->files[i].len);
	to->tree.files = to->files;
}

static void check_restored(const struct sysctl_file *before, const struct sysctl_file *after)
{
	_cleanup_free_ char *was = NULL, *is = NULL;
	size_t was_len, is_len;

	if (!before->text)
		return;
	was = sysctl_restore(before->text, before->len, &was_len);
	is = sysctl_restore(after->text, after->len, &is_len);
	require(was && is, "no memory");
	require(was_len == is_len && memcmp(was, is, is_len) == 0, "%s is not brought back",
		before->path);
}

static void check_disable(const struct input *in, enum sysctl_rules rules, enum sysctl_key key)
{
	struct input other;

	copy(in, &other);
	disable_all(&other, rules, key);
	for (size_t i = 0; i < in->tree.n_files; i++) {
		check_restored(&in->files[i], &other.files[i]);
		free((char *)(uintptr_t)other.files[i].text);
	}
}

static void check_key(const struct input *in, const struct sysctl_tree *other, enum sysctl_key key)
{
	for (enum sysctl_rules rules = 0; rules < SYSCTL_RULES_N; rules++) {
		struct sysctl_boot boot, again;

		sysctl_boot(&in->tree, rules, key, &boot);
		check_boot(&in->tree, &boot);
		sysctl_boot(other, rules, key, &again);
		same(&boot, &again);
		if (boot.source == SYSCTL_FROM_FILE)
			check_disable(in, rules, key);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = fuzz_text(data, size);
	const unsigned choice = size > 0 ? *data : 0;
	struct sysctl_file files[FILES_MAX];
	struct input in = { .tree = { .again = (enum sysctl_again)(choice & 3) } };
	struct sysctl_tree other;

	split(&in, text, size);
	other = turned(&in.tree, files);
	for (enum sysctl_key key = 0; key < SYSCTL_N; key++) {
		const char *name = sysctl_keys[key].name + strlen("vm.");

		if (key == choice >> 2 || memmem(data, size, name, strlen(name)))
			check_key(&in, &other, key);
	}
	return 0;
}
