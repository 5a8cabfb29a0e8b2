/* SPDX-License-Identifier: MIT */
/*
 * Finds where a text file really is, and what would stand in the way of replacing it. Reads only.
 */
#include "replace_place.h"

#include <fcntl.h>
#include <sys/statvfs.h>

#define LINKS_MAX 8

void place_close(struct place *place)
{
	close_keeping_errno(place->dir);
}

const char *place_split(const char *path, char buf[static PATH_MAX])
{
	const char *slash = strrchr(path, '/');
	int len = slash ? (int)(slash - path) : 0;

	(void)snprintf(buf, PATH_MAX, "%.*s/", len, path);
	return slash ? slash + 1 : path;
}

static int place_open(const struct root *root, struct place *place)
{
	char parent[PATH_MAX];

	close_keeping_errno(place->dir);
	place->name = place_split(place->path, parent);
	place->dir = root_openat(root, parent, O_PATH | O_DIRECTORY, 0);
	return place->dir < 0 ? place->dir : 0;
}

int place_find(const struct root *root, const char *path, struct place *place)
{
	*place = (struct place){ .dir = -1 };
	if (snprintf(place->path, sizeof(place->path), "%s", path) >= (int)sizeof(place->path))
		return -ENAMETOOLONG;
	for (unsigned i = 0; i < LINKS_MAX; i++) {
		char link[PATH_MAX], parent[PATH_MAX], joined[2 * PATH_MAX];
		ssize_t n;
		int r = place_open(root, place);

		if (r < 0)
			return r;
		n = readlinkat(place->dir, place->name, link, sizeof(link) - 1);
		if (n < 0) {
			place->exists = fstatat(place->dir, place->name, &place->st,
						AT_SYMLINK_NOFOLLOW) == 0;
			return place->exists || errno == ENOENT ? 0 : neg_errno();
		}
		link[n] = '\0';
		place->linked = true;
		(void)place_split(place->path, parent);
		(void)snprintf(joined, sizeof(joined), "%s%s", link[0] == '/' ? "" : parent, link);
		if (strlen(joined) >= sizeof(place->path))
			return -ENAMETOOLONG;
		strcpy(place->path, joined);
	}
	return -ELOOP;
}

/* Attributes of a file in `dir`; 0 where the filesystem or the kernel cannot tell. */
static uint64_t attributes(int dir, const char *name)
{
	struct statx stx;

	if (statx(dir, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, STATX_BASIC_STATS, &stx) < 0)
		return 0;
	return stx.stx_attributes & stx.stx_attributes_mask;
}

/* Who could exchange names below our hands, where root writes. */
static bool is_unsafe(int dir)
{
	struct stat st;

	return geteuid() == 0 &&
		(fstat(dir, &st) < 0 || st.st_uid != 0 || st.st_mode & S_IWOTH ||
		 (st.st_mode & S_IWGRP && st.st_gid != 0));
}

static enum replace_obstacle directory_obstacle(int dir)
{
	struct statvfs vfs;

	if (is_unsafe(dir))
		return REPLACE_UNSAFE;

	if (attributes(dir, ".") & (STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND))
		return REPLACE_IMMUTABLE;
	if (fstatvfs(dir, &vfs) == 0 && vfs.f_flag & ST_RDONLY)
		return REPLACE_READ_ONLY;
	if (faccessat(dir, ".", W_OK | X_OK, AT_EACCESS) < 0)
		return errno == EROFS ? REPLACE_READ_ONLY : REPLACE_DENIED;
	return REPLACE_FREE;
}

/* The directory is missing: it will be made in its own parent, if there is one. */
static enum replace_obstacle missing_directory_obstacle(const struct root *root, const char *path)
{
	_cleanup_close_ int dir = -1;
	char parent[PATH_MAX], grandparent[PATH_MAX];

	(void)place_split(path, parent);
	parent[strlen(parent) - 1] = '\0';
	(void)place_split(parent, grandparent);
	dir = root_openat(root, grandparent, O_PATH | O_DIRECTORY, 0);
	return dir < 0 ? REPLACE_NO_DIRECTORY : directory_obstacle(dir);
}

enum replace_obstacle replace_obstacle(const struct root *root, const char *path)
{
	_cleanup_(place_close) struct place place;
	uint64_t attr;
	int r = place_find(root, path, &place);

	if (r == -EACCES)
		return REPLACE_DENIED;
	if (!root_links_are_safe(root, path))
		return REPLACE_SYMLINK_OUT;
	if (r == -ENOENT && !place.linked)
		return missing_directory_obstacle(root, path);
	if (r < 0 || (place.linked && !place.exists))
		return REPLACE_SYMLINK_OUT;
	if (place.exists) {
		if (!S_ISREG(place.st.st_mode))
			return REPLACE_NOT_REGULAR;
		attr = attributes(place.dir, place.name);
		if (fd_is_mount_point(place.dir, place.name))
			return REPLACE_MOUNT_POINT;
		if (attr & (STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND))
			return REPLACE_IMMUTABLE;
	}
	return directory_obstacle(place.dir);
}
