/* SPDX-License-Identifier: MIT */
/*
 * Everything is opened beneath one directory: "/", or what --root names. No symlink leads out of
 * it. The walk to a swapfile's directory follows none at all and tells what makes a path unsafe.
 */
#pragma once

#include "err.h"

#include <sys/stat.h>

struct root {
	int fd;           /* O_PATH|O_DIRECTORY */
	bool is_system;   /* no --root was given: the running machine itself */
	const char *name; /* "" for the running machine, else DIR, for messages; borrowed */
	uid_t owner;      /* whom directories on the way to a swapfile must belong to */
};

/*
 * dir NULL: the running machine. Root accepts only a directory that root alone can write, reached
 * without a symlink: in another's tree every name could be exchanged between two looks. -EPERM,
 * -ELOOP.
 */
int root_open(const char *dir, struct root *ret, struct err *err) must_check;
void root_close(struct root *root);

/*
 * open(2) of a path in the root. Symlinks are followed, and stay inside. O_CLOEXEC is added.
 * Returns a descriptor or -errno.
 */
int root_openat(const struct root *root, const char *path, int flags, mode_t mode) must_check;

/* opendir(3) in the root. Returns 0, or -errno and NULL. */
int root_opendir(const struct root *root, const char *path, DIR **ret) must_check;

/*
 * Whether nobody but root, or the root directory's owner, could lead the way to `path` elsewhere:
 * no symlink is on it, or every directory it enters, the sticky bit notwithstanding, is theirs
 * alone. What is to be at the path need not be there.
 */
bool root_links_are_safe(const struct root *root, const char *path);

/*
 * Reads a regular file, or a file of /proc or /sys, whole. The text is malloced and
 * NUL-terminated, *ret_len may be NULL. -EFBIG above `max` bytes; -EINVAL: not a regular file.
 */
int root_read(const struct root *root, const char *path, size_t max, char **ret_text,
	      size_t *ret_len) must_check;

/* As root_read, of a descriptor that is already open. */
int fd_read_all(int fd, size_t max, char **ret_text, size_t *ret_len) must_check;

/* "/proc/self/fd/N", for calls that know names only. Returns buf. */
#define FD_NAME_MAX 32
const char *fd_name(int fd, char buf[static FD_NAME_MAX]);

/* All of it, however often write(2) is interrupted or takes a part. */
int fd_write_all(int fd, const char *text, size_t len) must_check;

/* A directory of the running machine, O_PATH, reached without a symlink anywhere: else -ELOOP. */
int dir_open_no_symlinks(const char *dir) must_check;

/* fsync of a directory, also through an O_PATH descriptor. */
int fd_sync_directory(int dir) must_check;

/* Whether its filesystem is of that type, a magic number of linux/magic.h. */
bool fd_is_on(int fd, unsigned long type);

/* The id of the mount a descriptor (O_PATH, too) is on, from /proc/self/fdinfo: any kernel has it.
 */
int fd_mount_id(int fd, uint64_t *ret) must_check;

/* Whether something is mounted on `name` in the directory. */
bool fd_is_mount_point(int dir, const char *name);

enum walk_fault {
	WALK_OK,
	WALK_MISSING,       /* a directory on the way is not there */
	WALK_SYMLINK,       /* a component is a symlink */
	WALK_NOT_DIRECTORY, /* a component is a file */
	WALK_FOREIGN_OWNER, /* a directory belongs to somebody who is not root */
	WALK_WRITABLE,      /* a directory can be written by group or others */
	WALK_ERROR,         /* errno of the failing open in .error */
};

struct walk {
	int fd; /* O_RDONLY of the last directory; -1 unless WALK_OK */
	enum walk_fault fault;
	int error;        /* -errno, for WALK_ERROR */
	char where[4096]; /* the component at fault, or the whole directory when OK */
};

/*
 * Opens the directory that holds `path`, one component at a time, following no symlink.
 * Everything on the way, the root included, must be root's (or the root directory's owner's) and
 * writable by nobody else, the sticky bit notwithstanding. The result is in *ret; its fd is the
 * caller's.
 */
void root_walk_parent(const struct root *root, const char *path, struct walk *ret);
