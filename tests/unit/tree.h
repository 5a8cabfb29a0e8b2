/* SPDX-License-Identifier: MIT */
/*
 * A temporary directory for tests of what touches files. Everything is made with the mode it says,
 * whatever the umask, and nothing outlives a test that passes.
 */
#pragma once

#include "util.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>

#include <cmocka.h>

struct tree {
	char path[256];
	int fd;
};

static inline void tree_make(struct tree *tree)
{
	const char *tmp = getenv("TMPDIR");

	(void)snprintf(tree->path, sizeof(tree->path), "%s/memprov-unit-XXXXXX",
		       tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(tree->path));
	assert_return_code(chmod(tree->path, 0755), errno);
	tree->fd = open(tree->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_return_code(tree->fd, errno);
}

static inline int tree_remove_one(const char *path, const struct stat *st, int type,
				  struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline void tree_remove(struct tree *tree)
{
	close(tree->fd);
	assert_int_equal(nftw(tree->path, tree_remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

static inline void cleanup_tree(struct tree *tree)
{
	tree_remove(tree);
}

/* Paths are relative to the tree. */
static inline void tree_dir(const struct tree *tree, const char *path, mode_t mode)
{
	assert_return_code(mkdirat(tree->fd, path, 0700), errno);
	assert_return_code(fchmodat(tree->fd, path, mode, 0), errno);
}

static inline void tree_write(const struct tree *tree, const char *path, const void *data,
			      size_t len)
{
	int fd = openat(tree->fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_return_code(fd, errno);
	assert_int_equal(write(fd, data, len), len);
	assert_return_code(fchmod(fd, 0644), errno);
	close(fd);
}

static inline void tree_file(const struct tree *tree, const char *path, const char *text)
{
	tree_write(tree, path, text, strlen(text));
}

static inline void tree_link(const struct tree *tree, const char *to, const char *path)
{
	assert_return_code(symlinkat(to, tree->fd, path), errno);
}

static inline struct stat tree_stat(const struct tree *tree, const char *path)
{
	struct stat st;

	assert_return_code(fstatat(tree->fd, path, &st, AT_SYMLINK_NOFOLLOW), errno);
	return st;
}

static inline bool tree_has(const struct tree *tree, const char *path)
{
	struct stat st;

	return fstatat(tree->fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Whether the file holds exactly this text. */
static inline bool tree_holds(const struct tree *tree, const char *path, const char *text)
{
	char buf[4096];
	int fd = openat(tree->fd, path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof(buf));

	if (fd >= 0)
		close(fd);
	return n >= 0 && (size_t)n == strlen(text) && memcmp(buf, text, (size_t)n) == 0;
}

/* How many names a directory has. */
static inline size_t tree_count(const struct tree *tree, const char *path)
{
	DIR *dir = fdopendir(openat(tree->fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	size_t n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n - 2;
}
