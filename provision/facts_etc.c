/* SPDX-License-Identifier: MIT */
/*
 * Reads what decides at boot: fstab, our drop-in, and every other source of vm.* settings. Keeps
 * the texts; what they mean is fstab.c's and sysctl.c's to say.
 */
#include "facts_parts.h"

#include <dirent.h>
#include <fcntl.h>

#define SOURCES_MAX       4096
#define SOURCES_BYTES_MAX MIB(16)

static int read_etc_file(const struct root *root, const char *path, struct etc_file *ret,
			 struct err *err)
{
	ret->error = root_read(root, path, FSTAB_MAX, &ret->text, &ret->len);
	if (ret->error == -ENOMEM)
		return err_sys(err, ret->error, "cannot read %s%s", root->name, path);
	ret->obstacle = replace_obstacle(root, path);
	return 0;
}

static int read_fstab(const struct root *root, struct facts *facts, struct err *err)
{
	int r = read_etc_file(root, FSTAB_PATH, &facts->fstab, err);

	if (r < 0 || !facts->fstab.text)
		return r;
	if (memchr(facts->fstab.text, '\0', facts->fstab.len)) {
		facts->fstab.error = -EBADMSG;
		return 0;
	}
	return fstab_parse(facts->fstab.text, facts->fstab.len, &facts->fstab_table, err);
}

int facts_add_source(struct facts *facts, const struct sysctl_file *file)
{
	size_t n = facts->tree.n_files, bytes = file->len;
	struct sysctl_file *files = (struct sysctl_file *)(uintptr_t)facts->tree.files;
	struct sysctl_origin *origins;
	struct sysctl_file *more;

	for (size_t i = 0; i < n; i++)
		bytes += files[i].len;
	if (n >= SOURCES_MAX || bytes > SOURCES_BYTES_MAX)
		return -E2BIG;
	/* Room for twice as many whenever their number is a power of two. */
	if ((n & (n - 1)) == 0) {
		more = realloc(files, (n ? 2 * n : 1) * sizeof(*more));
		if (!more)
			return -ENOMEM;
		facts->tree.files = files = more;
		origins = realloc(facts->origins, (n ? 2 * n : 1) * sizeof(*origins));
		if (!origins)
			return -ENOMEM;
		facts->origins = origins;
	}
	files[n] = *file;
	facts->origins[n] = (struct sysctl_origin){ .in_etc = false };
	facts->tree.n_files = n + 1;
	return 0;
}

bool facts_is_mask(const struct root *root, const char *path)
{
	char link[16];
	_cleanup_close_ int fd = root_openat(root, path, O_PATH | O_NOFOLLOW, 0);
	ssize_t n = fd < 0 ? -1 : readlinkat(fd, "", link, sizeof(link));

	return n == (ssize_t)strlen("/dev/null") && memcmp(link, "/dev/null", (size_t)n) == 0;
}

/* Of a descriptor, as seen from the root; NULL and 0: not in it, or there is no /proc to tell. */
static int real_path(const struct root *root, int fd, char **ret)
{
	char link[FD_NAME_MAX], top[4096], path[4096];
	ssize_t top_len = readlink(fd_name(root->fd, link), top, sizeof(top));
	ssize_t len = top_len < 0 ? -1 : readlink(fd_name(fd, link), path, sizeof(path) - 1);

	*ret = NULL;
	if (len < 0)
		return errno == ENOENT ? 0 : neg_errno();
	if (top_len == 0 || len == 0 || top_len == (ssize_t)sizeof(top))
		return 0;
	path[len] = '\0';
	if (top_len == 1)
		top_len = 0; /* "/" */
	if (len <= top_len || memcmp(path, top, (size_t)top_len) != 0 || path[top_len] != '/')
		return 0;
	*ret = strdup(path + top_len);
	return *ret ? 0 : -ENOMEM;
}

/* Several names may lead to one file, and only one of the administrator's is ever edited. */
static int read_origin(const struct root *root, const char *path, struct sysctl_origin *ret)
{
	_cleanup_close_ int fd = root_openat(root, path, O_PATH, 0);
	int r = fd < 0 ? fd : real_path(root, fd, &ret->real_path);

	if (r < 0)
		return r;
	ret->in_etc = ret->real_path && has_prefix(ret->real_path, "/etc/");
	if (ret->in_etc)
		ret->obstacle = replace_obstacle(root, ret->real_path);
	return 0;
}

static int read_source(const struct root *root, struct facts *facts, const char *path,
		       struct err *err)
{
	_cleanup_free_ char *name = strdup(path), *text = NULL;
	struct sysctl_file file = { .path = name };
	int r;

	if (!name)
		return err_sys(err, -ENOMEM, "cannot read %s", path);
	if (facts_is_mask(root, path)) {
		file.state = SYSCTL_FILE_MASK;
	} else {
		r = root_read(root, path, SYSCTL_FILE_MAX, &text, &file.len);
		/* A link that leads nowhere, or to itself, sets nothing and hides nothing. */
		if (r == -ENOENT || r == -ENOTDIR || r == -ENAMETOOLONG || r == -ELOOP)
			return 0;
		/* A socket. */
		if (r == -ENXIO)
			r = -EINVAL;
		/* -EINVAL: a directory, which nobody can read; its name hides the ones below. */
		if (r < 0 && r != -EINVAL && r != -EACCES && r != -EPERM && r != -EFBIG)
			return err_sys(err, r, "cannot read %s", path);
		file.state = r == -EINVAL || (r == 0 && file.len == 0) ? SYSCTL_FILE_MASK
			: r < 0                                        ? SYSCTL_FILE_UNREADABLE
								       : SYSCTL_FILE_TEXT;
		file.text = text;
	}
	r = facts_add_source(facts, &file);
	if (r < 0)
		return err_sys(err, r, "cannot read %s", path);
	(void)TAKE_PTR(name);
	(void)TAKE_PTR(text);
	if (file.state == SYSCTL_FILE_TEXT)
		r = read_origin(root, path, &facts->origins[facts->tree.n_files - 1]);
	return r < 0 ? err_sys(err, r, "cannot find out where %s lies", path) : 0;
}

/* Any name may be in it, also one that comes after all others: that is where '~' stands. */
static int add_unreadable_directory(struct facts *facts, const char *path)
{
	struct sysctl_file file = { .state = SYSCTL_FILE_UNREADABLE };
	char *name;
	int r;

	if (asprintf(&name, "%s/~.conf", path) < 0)
		return -ENOMEM;
	file.path = name;
	r = facts_add_source(facts, &file);
	if (r < 0)
		free(name);
	return r;
}

static int read_source_directory(const struct root *root, struct facts *facts, const char *path,
				 struct err *err)
{
	_cleanup_closedir_ DIR *dir = NULL;
	struct dirent *entry;
	int r = root_opendir(root, path, &dir);

	if (r == -EACCES)
		r = add_unreadable_directory(facts, path);
	else if (facts_is_absence(r))
		return 0;
	if (r < 0)
		return err_sys(err, r, "cannot read %s", path);
	/* One that breaks off is not at its end: what decides at boot may come behind. */
	while (dir && (errno = 0, entry = readdir(dir))) {
		char file[sizeof(entry->d_name) + 64];
		size_t len = strlen(entry->d_name);

		if (len < strlen(".conf") || !streq(entry->d_name + len - strlen(".conf"), ".conf"))
			continue;
		(void)snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
		r = read_source(root, facts, file, err);
		if (r < 0)
			return r;
	}
	return dir && errno ? err_sys(err, neg_errno(), "cannot read %s", path) : 0;
}

/* On most systems /lib is a link to /usr/lib, and its files would be counted twice. */
static bool same_directory(const struct root *root, const char *a, const char *b)
{
	_cleanup_close_ int fd_a = root_openat(root, a, O_PATH | O_DIRECTORY, 0);
	_cleanup_close_ int fd_b = root_openat(root, b, O_PATH | O_DIRECTORY, 0);
	struct stat st_a, st_b;

	return fd_a >= 0 && fd_b >= 0 && fstat(fd_a, &st_a) == 0 && fstat(fd_b, &st_b) == 0 &&
		st_a.st_dev == st_b.st_dev && st_a.st_ino == st_b.st_ino;
}

static int read_tree(const struct root *root, struct facts *facts, struct err *err)
{
	char *cmdline = NULL;
	int r;

	for (size_t i = 0; i < SYSCTL_DIRECTORIES; i++) {
		if (i > 0 && same_directory(root, sysctl_directories[i], sysctl_directories[i - 1]))
			continue;
		r = read_source_directory(root, facts, sysctl_directories[i], err);
		if (r < 0)
			return r;
	}
	r = read_source(root, facts, "/etc/sysctl.conf", err);
	if (r < 0)
		return r;
	r = facts_read_kernel(root, "/proc/cmdline", &cmdline);
	facts->tree.cmdline = cmdline;
	return r == -ENOMEM ? err_sys(err, r, "cannot read /proc/cmdline") : 0;
}

int facts_read_etc(const struct root *root, struct facts *facts, struct err *err)
{
	int r = read_fstab(root, facts, err);

	if (r == 0)
		r = read_etc_file(root, SYSCTL_DROPIN, &facts->dropin, err);
	return r < 0 ? r : read_tree(root, facts, err);
}

void facts_etc_done(struct facts *facts)
{
	fstab_table_done(&facts->fstab_table);
	free(facts->fstab.text);
	free(facts->dropin.text);
	for (size_t i = 0; i < facts->tree.n_files; i++) {
		free(facts->origins[i].real_path);
		free((void *)(uintptr_t)facts->tree.files[i].path);
		free((void *)(uintptr_t)facts->tree.files[i].text);
	}
	free(facts->origins);
	free((void *)(uintptr_t)facts->tree.files);
	free((void *)(uintptr_t)facts->tree.cmdline);
	free((void *)(uintptr_t)facts->tree.again_exclude);
}
