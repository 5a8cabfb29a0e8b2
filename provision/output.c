/* SPDX-License-Identifier: MIT */
/*
 * Knows nothing of what is in the file: written beside it under another name, then renamed, all in
 * one directory that is looked up once.
 */
#include "output.h"

#include "root.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <sys/random.h>

static int open_directory(const char *file, const char *slash)
{
	_cleanup_free_ char *dir = NULL;

	if (!slash)
		return dir_open_no_symlinks(".");
	dir = slash == file ? strdup("/") : strndup(file, (size_t)(slash - file));
	return dir ? dir_open_no_symlinks(dir) : -ENOMEM;
}

/* A device, or the link /dev/stdout, would be gone for everybody. */
static bool is_replaceable(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || S_ISREG(st.st_mode);
}

static int write_text(int fd, const char *text)
{
	int r = fd_write_all(fd, text, strlen(text));

	/* Not left to the umask, for its reader is another user. */
	if (r == 0 && (fchmod(fd, 0644) < 0 || fsync(fd) < 0))
		r = neg_errno();
	return r;
}

static int replace(int dir, const char *name, const char *text)
{
	_cleanup_close_ int fd = -1;
	char beside[NAME_MAX + 1];
	uint64_t chance;
	int r;

	if (getrandom(&chance, sizeof(chance), 0) != (ssize_t)sizeof(chance))
		return neg_errno();
	if (snprintf(beside, sizeof(beside), "%s.%016" PRIx64, name, chance) >= (int)sizeof(beside))
		return -ENAMETOOLONG;
	fd = openat(dir, beside, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY | O_CLOEXEC, 0600);
	if (fd < 0)
		return neg_errno();
	r = write_text(fd, text);
	if (r == 0 && renameat(dir, beside, dir, name) < 0)
		r = neg_errno();
	if (r < 0)
		(void)unlinkat(dir, beside, 0);
	return r;
}

int output_write(const char *file, const char *text, struct err *err)
{
	const char *slash = strrchr(file, '/');
	const char *name = slash ? slash + 1 : file;
	_cleanup_close_ int dir = open_directory(file, slash);
	int r = dir;

	if (r >= 0 && !is_replaceable(dir, name))
		return err_set(err, -EINVAL, "cannot write %s: it is no regular file", file);
	if (r >= 0)
		r = replace(dir, name, text);
	if (r == -ELOOP)
		return err_set(err, r,
			       "cannot write %s: a symlink leads there; name the directory itself",
			       file);
	return r < 0 ? err_sys(err, r, "cannot write %s", file) : 0;
}
