/* SPDX-License-Identifier: MIT */
/*
 * Walks beneath the root directory, one component at a time: where openat2 is missing, and where
 * each directory on the way to a swapfile, or through a symlink, has to be judged. Must not write
 * anything.
 */
#include "root_walk.h"

#include <fcntl.h>
#include <limits.h>

#define SYMLINKS_MAX 40 /* as the kernel's own limit */
#define TRAIL_MAX    64

static enum walk_fault judge_directory(const struct root *root, const struct stat *st)
{
	if (st->st_uid != 0 && st->st_uid != root->owner)
		return WALK_FOREIGN_OWNER;
	if (st->st_mode & (S_IWGRP | S_IWOTH))
		return WALK_WRITABLE;
	return WALK_OK;
}

/* The directories entered so far, the root first; ".." goes back, and never above the root. */
struct trail {
	const struct root *root;
	int fds[TRAIL_MAX];
	unsigned depth, links; /* links: that were followed */
	bool foreign;          /* one that was entered is not root's, or the owner's, alone */
};

static void trail_cut(struct trail *trail, unsigned depth)
{
	while (trail->depth > depth)
		close_keeping_errno(trail->fds[--trail->depth]);
}

static void cleanup_trail(struct trail *trail)
{
	trail_cut(trail, 0);
}

static int trail_push(struct trail *trail, int dir, const char *name)
{
	struct stat st;
	int fd;

	if (trail->depth == TRAIL_MAX)
		return -ENAMETOOLONG;
	fd = openat(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return neg_errno();
	/* Safety starts below a --root of one's own: what lies above is the caller's. */
	if ((trail->root->is_system || trail->depth > 0) &&
	    (fstat(fd, &st) < 0 || judge_directory(trail->root, &st) != WALK_OK))
		trail->foreign = true;
	trail->fds[trail->depth++] = fd;
	return 0;
}

/* Takes the first component off `todo`; *ret_last tells whether it was the only one left. */
static int todo_shift(char todo[static PATH_MAX], char name[static NAME_MAX + 1], bool *ret_last)
{
	const char *from = path_relative(todo);
	size_t len = strcspn(from, "/");

	if (len > NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(name, from, len);
	name[len] = '\0';
	*ret_last = streq(path_relative(from + len), ".");
	memmove(todo, from + len, strlen(from + len) + 1);
	return 0;
}

/* Puts what a link says before what is left to walk. */
static int todo_unshift(char todo[static PATH_MAX], const char *link)
{
	char joined[PATH_MAX];
	int n = snprintf(joined, sizeof(joined), "%s/%s", link, todo);

	if (n < 0 || (size_t)n >= sizeof(joined))
		return -ENAMETOOLONG;
	memcpy(todo, joined, (size_t)n + 1);
	return 0;
}

static int follow(struct trail *trail, const char *path, int flags, mode_t mode)
{
	char todo[PATH_MAX], name[NAME_MAX + 1], link[PATH_MAX];
	bool last = false;
	int r;

	if (strlen(path) >= sizeof(todo))
		return -ENAMETOOLONG;
	strcpy(todo, path);
	r = trail_push(trail, trail->root->fd, ".");
	while (r == 0) {
		int dir = trail->fds[trail->depth - 1], fd;
		ssize_t n;

		r = todo_shift(todo, name, &last);
		if (r < 0)
			break;
		if (streq(name, "..")) {
			trail_cut(trail, trail->depth > 1 ? trail->depth - 1 : 1);
			continue;
		}
		/* Not entered, or the ".." behind it would come back to where it was. */
		if (streq(name, ".") && !last)
			continue;
		n = last && flags & O_NOFOLLOW ? -1 : readlinkat(dir, name, link, sizeof(link) - 1);
		if (n >= 0) {
			link[n] = '\0';
			if (++trail->links > SYMLINKS_MAX)
				return -ELOOP;
			if (link[0] == '/')
				trail_cut(trail, 1);
			r = todo_unshift(todo, link);
		} else if (last) {
			fd = openat(dir, name, flags | O_NOFOLLOW, mode);
			return fd < 0 ? neg_errno() : fd;
		} else {
			r = trail_push(trail, dir, name);
		}
	}
	return r;
}

int root_walk_openat(const struct root *root, const char *path, int flags, mode_t mode)
{
	_cleanup_(cleanup_trail) struct trail trail = { .root = root };

	return follow(&trail, path, flags, mode);
}

int root_walk_no_symlinks(const char *dir)
{
	const int flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	_cleanup_close_ int fd = open(*dir == '/' ? "/" : ".", flags);
	char todo[PATH_MAX], name[NAME_MAX + 1], link;
	bool last = false;

	if (fd < 0)
		return neg_errno();
	if (!*dir)
		return -ENOENT;
	if (strlen(dir) >= sizeof(todo))
		return -ENAMETOOLONG;
	strcpy(todo, dir);
	while (!last) {
		int next, r = todo_shift(todo, name, &last);

		if (r < 0)
			return r;
		next = openat(fd, name, flags);
		if (next < 0) {
			r = neg_errno();
			/* O_DIRECTORY|O_NOFOLLOW answers ENOTDIR for a symlink as well. */
			return readlinkat(fd, name, &link, 1) < 0 ? r : -ELOOP;
		}
		close(fd);
		fd = next;
	}
	return TAKE_FD(fd);
}

bool root_links_are_safe(const struct root *root, const char *path)
{
	_cleanup_(cleanup_trail) struct trail trail = { .root = root };
	_cleanup_close_ int fd = follow(&trail, path, O_PATH, 0);

	return trail.links == 0 || (!trail.foreign && (fd >= 0 || fd == -ENOENT));
}

/* Opens one component; on failure tells a symlink and a file from other reasons. */
static enum walk_fault step_into(int dir, const char *name, int *ret_fd, int *ret_error)
{
	struct stat st;
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	*ret_fd = fd;
	if (fd >= 0)
		return WALK_OK;
	*ret_error = neg_errno();
	if (*ret_error == -ENOENT)
		return WALK_MISSING;
	/* O_DIRECTORY|O_NOFOLLOW answers ENOTDIR for a symlink as well. */
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		if (S_ISLNK(st.st_mode))
			return WALK_SYMLINK;
		if (!S_ISDIR(st.st_mode))
			return WALK_NOT_DIRECTORY;
	}
	return WALK_ERROR;
}

void root_walk_parent(const struct root *root, const char *path, struct walk *ret)
{
	_cleanup_close_ int dir = -1;
	const char *p = path_relative(path), *slash;
	struct stat st;

	*ret = (struct walk){ .fd = -1, .where = "/" };
	dir = openat(root->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (;;) {
		char name[NAME_MAX + 1];
		bool dots;
		size_t len;
		int next = -1;

		if (dir < 0 || fstat(dir, &st) < 0) {
			ret->error = neg_errno();
			ret->fault = WALK_ERROR;
			return;
		}
		/* Safety starts below a --root of one's own: what lies above is the caller's. */
		ret->fault = !root->is_system && p == path_relative(path)
			? WALK_OK
			: judge_directory(root, &st);
		slash = strchr(p, '/');
		if (ret->fault != WALK_OK)
			return;
		len = slash ? (size_t)(slash - p) : strlen(p);
		/* fstab may name any path; ".." of the root would be a way out. */
		dots = len == 2 && has_prefix(p, "..");
		if (!slash && !dots)
			break;
		(void)snprintf(ret->where, sizeof(ret->where), "/%.*s",
			       (int)(p + len - path_relative(path)), path_relative(path));
		if (dots || len > NAME_MAX) {
			ret->error = dots ? -EINVAL : -ENAMETOOLONG;
			ret->fault = WALK_ERROR;
			return;
		}
		memcpy(name, p, len);
		name[len] = '\0';
		ret->fault = step_into(dir, name, &next, &ret->error);
		if (ret->fault != WALK_OK)
			return;
		close(dir);
		dir = next;
		p = path_relative(slash);
	}
	ret->fd = TAKE_FD(dir);
}
