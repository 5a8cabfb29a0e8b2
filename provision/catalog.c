/* SPDX-License-Identifier: MIT */
/*
 * Finds a profile's text by name or path, and lists the names. Reads only, and must not judge what
 * it read.
 */
#include "catalog.h"

#include <assert.h>
#include <dirent.h>
#include <fcntl.h>

#define SUFFIX ".yaml"

static int no_memory(struct err *err)
{
	return err_set(err, -ENOMEM, "out of memory");
}

/* The root's name before a path in it: "" for the machine itself and for "/". */
static const char *root_prefix(const struct root *root)
{
	return streq(root->name, "/") ? "" : root->name;
}

static const struct catalog_builtin *builtin_find(const char *name)
{
	for (const struct catalog_builtin *b = catalog_builtins; b->name; b++)
		if (streq(b->name, name))
			return b;
	return NULL;
}

static int builtin_take(const struct catalog_builtin *builtin, struct catalog_text *ret,
			struct err *err)
{
	_cleanup_(catalog_text_done) struct catalog_text t = { .len = builtin->len };

	t.name = strdup(builtin->name);
	t.source = strdup("built-in");
	t.text = malloc(builtin->len + 1);
	if (!t.name || !t.source || !t.text)
		return no_memory(err);
	memcpy(t.text, builtin->text, builtin->len);
	t.text[builtin->len] = '\0';
	*ret = t;
	t = (struct catalog_text){ 0 };
	return 0;
}

/* The base name of a path, without its suffix. */
static char *name_of(const char *path)
{
	const char *base = strrchr(path, '/');
	size_t len;

	base = base ? base + 1 : path;
	len = strlen(base);
	if (len > strlen(SUFFIX) && streq(base + len - strlen(SUFFIX), SUFFIX))
		len -= strlen(SUFFIX);
	return strndup(base, len);
}

static int read_failed(int code, const char *prefix, const char *path, struct err *err)
{
	if (code == -EFBIG)
		return err_set(err, code, "%s%s: a profile has at most 64 KiB", prefix, path);
	if (code == -EINVAL)
		return err_set(err, code, "%s%s: is not a regular file", prefix, path);
	return err_sys(err, code, "%s%s: cannot be read", prefix, path);
}

/* A dangling symlink is there, and is not to be passed over for a built-in profile. */
static bool entry_exists(const struct root *root, const char *path)
{
	_cleanup_close_ int fd = root_openat(root, path, O_PATH | O_NOFOLLOW, 0);

	return fd >= 0;
}

/* Returns 1 when it was read, 0 when there is no such file. */
static int root_take(const struct root *root, const char *path, struct catalog_text *ret,
		     struct err *err)
{
	_cleanup_(catalog_text_done) struct catalog_text t = { 0 };
	int r = root_read(root, path, PROFILE_MAX, &t.text, &t.len);

	if (r == -ENOENT && !entry_exists(root, path))
		return 0;
	if (r < 0)
		return read_failed(r, root_prefix(root), path, err);
	t.name = name_of(path);
	if (!t.name || asprintf(&t.source, "%s%s", root_prefix(root), path) < 0) {
		t.source = NULL;
		return no_memory(err);
	}
	*ret = t;
	t = (struct catalog_text){ 0 };
	return 1;
}

/* The caller's own path: of the running machine, whatever the root is. */
static int path_take(const char *path, struct catalog_text *ret, struct err *err)
{
	_cleanup_(catalog_text_done) struct catalog_text t = { 0 };
	/* A pipe will do: -p <(generate). */
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	int r = fd < 0 ? neg_errno() : fd_read_all(fd, PROFILE_MAX, &t.text, &t.len);

	if (r < 0)
		return read_failed(r, "", path, err);
	t.name = name_of(path);
	t.source = strdup(path);
	if (!t.name || !t.source)
		return no_memory(err);
	*ret = t;
	t = (struct catalog_text){ 0 };
	return 0;
}

static int default_take(const struct root *root, struct catalog_text *ret, struct err *err)
{
	const struct catalog_builtin *builtin = builtin_find("default");
	int r = root_take(root, CATALOG_DEFAULT, ret, err);

	if (r != 0)
		return r < 0 ? r : 0;
	assert(builtin); /* there is none without profiles/default.yaml */
	return builtin_take(builtin, ret, err);
}

static int name_take(const struct root *root, const char *name, struct catalog_text *ret,
		     struct err *err)
{
	const struct catalog_builtin *builtin = builtin_find(name);
	_cleanup_free_ char *path = NULL;
	const char *dot = strrchr(name, '.');
	int r;

	if (asprintf(&path, "%s/%s" SUFFIX, CATALOG_DIR, name) < 0) {
		path = NULL;
		return no_memory(err);
	}
	r = root_take(root, path, ret, err);
	if (r != 0)
		return r < 0 ? r : 0;
	if (builtin)
		return builtin_take(builtin, ret, err);
	if (dot && streq(dot, SUFFIX))
		return err_set(err, -ENOENT, "%s: no profile of that name; for a file write ./%s",
			       name, name);
	return err_set(err, -ENOENT, "%s: no profile of that name; memprov profiles lists them all",
		       name);
}

int catalog_find(const struct root *root, const char *profile, struct catalog_text *ret,
		 struct err *err)
{
	if (!profile || *profile == '\0')
		return default_take(root, ret, err);
	if (strchr(profile, '/'))
		return path_take(profile, ret, err);
	return name_take(root, profile, ret, err);
}

void catalog_text_done(struct catalog_text *text)
{
	free(text->name);
	free(text->source);
	free(text->text);
	*text = (struct catalog_text){ 0 };
}

/* --- the list --- */

struct names {
	char **items;
	size_t n;
};

static void cleanup_names(struct names *names)
{
	catalog_names_done(names->items, names->n);
}

static int names_add(struct names *names, const char *name, size_t len)
{
	char **items = reallocarray(names->items, names->n + 1, sizeof(*items));
	char *copy;

	if (!items)
		return -ENOMEM;
	names->items = items;
	copy = strndup(name, len);
	if (!copy)
		return -ENOMEM;
	names->items[names->n++] = copy;
	return 0;
}

/* The length of the profile's name that a directory entry gives, 0 where it gives none. */
static size_t entry_name_len(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	if (entry->d_name[0] == '.' || entry->d_type == DT_DIR || len <= strlen(SUFFIX) ||
	    !streq(entry->d_name + len - strlen(SUFFIX), SUFFIX))
		return 0;
	/* The name goes to terminals. */
	for (const char *p = entry->d_name; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return 0;
	return len - strlen(SUFFIX);
}

static int directory_add(const struct root *root, struct names *names, struct err *err)
{
	_cleanup_closedir_ DIR *dir = NULL;
	int r = root_opendir(root, CATALOG_DIR, &dir);

	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return err_sys(err, r, "%s" CATALOG_DIR ": cannot be read", root_prefix(root));
	for (;;) {
		const struct dirent *entry;
		size_t len;

		errno = 0;
		entry = readdir(dir);
		if (!entry && errno != 0)
			return err_sys(err, neg_errno(), "%s" CATALOG_DIR ": cannot be read",
				       root_prefix(root));
		if (!entry)
			return 0;
		len = entry_name_len(entry);
		if (len > 0 && names_add(names, entry->d_name, len) < 0)
			return no_memory(err);
	}
}

static int name_compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void names_sort(struct names *names)
{
	size_t kept = 0;

	if (names->n > 0)
		qsort(names->items, names->n, sizeof(*names->items), name_compare);
	for (size_t i = 0; i < names->n; i++) {
		if (kept > 0 && streq(names->items[kept - 1], names->items[i]))
			free(names->items[i]);
		else
			names->items[kept++] = names->items[i];
	}
	names->n = kept;
}

int catalog_list(const struct root *root, char ***ret_names, size_t *ret_n, struct err *err)
{
	_cleanup_(cleanup_names) struct names names = { 0 };
	int r;

	for (const struct catalog_builtin *b = catalog_builtins; b->name; b++)
		if (names_add(&names, b->name, strlen(b->name)) < 0)
			return no_memory(err);
	if (entry_exists(root, CATALOG_DEFAULT) && names_add(&names, "", 0) < 0)
		return no_memory(err);
	r = directory_add(root, &names, err);
	if (r < 0)
		return r;
	names_sort(&names);
	*ret_n = names.n;
	*ret_names = TAKE_PTR(names.items);
	names.n = 0;
	return 0;
}

void catalog_names_done(char **names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(names[i]);
	free(names);
}
