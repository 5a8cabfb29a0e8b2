/* SPDX-License-Identifier: MIT */
/*
 * The parts of the facts, each filling its own members. For the facts_*.c files only.
 */
#pragma once

#include "facts.h"

/* A file of /proc or /sys: of the running kernel, or a plain file of a --root that is a fixture. */
int facts_read_kernel(const struct root *root, const char *path, char **ret_text) must_check;

/* "6.1.0-18-amd64"; untouched where it is not known. */
void facts_read_release(const struct root *root, char ret[static 128]);

/* Memory, active swap, live sysctls, the kernel's release. -ENODATA: RAM is not known. */
int facts_read_running(const struct root *root, const struct facts_request *request,
		       struct facts *facts, struct err *err) must_check;

/* fstab, the drop-in, the sysctl sources. */
int facts_read_etc(const struct root *root, struct facts *facts, struct err *err) must_check;
void facts_etc_done(struct facts *facts);

/*
 * Another file of facts->tree, which takes over what it points to. -E2BIG: there are more than
 * anybody has.
 */
int facts_add_source(struct facts *facts, const struct sysctl_file *file) must_check;

/* What tuned applies when all of sysctl.d has been; facts->systemd must be known. */
int facts_read_tuned(const struct root *root, struct facts *facts, struct err *err) must_check;

/* As facts_find, but content other than a swap header is not looked at: kind FOUND_FOREIGN. */
int facts_find_header(const struct root *root, const struct facts *facts, const char *path,
		      struct found *ret, struct err *err) must_check;

/*
 * Of a failed open: that nothing is there, or nothing this user may see. An audit without root
 * tells of what it may; to root hardly anything is refused.
 */
bool facts_is_absence(int r);

/*
 * O_NOFOLLOW in flags: be it a link to nowhere. 1 or 0; -errno: it cannot be told, which is not to
 * be taken for absence.
 */
int facts_is_there(const struct root *root, const char *path, int flags) must_check;

/* Whether the name is a link to /dev/null, by which an administrator hides a vendor's file. */
bool facts_is_mask(const struct root *root, const char *path);

/* Whether systemd starts the unit at boot: something in /etc wants it, and it is not masked. 1, 0,
 * -errno. */
int facts_unit_is_enabled(const struct root *root, const char *name, struct err *err) must_check;

/* What else decides at boot; the command line, and what is at the path, must have been read. */
int facts_read_boot(const struct root *root, struct facts *facts, struct err *err) must_check;

/* What is at the path, and the filesystem around it; fstab and swaps must have been read. */
int facts_find(const struct root *root, const struct facts *facts, const char *path,
	       struct found *ret, struct err *err) must_check;

/* The fs_ and dir_ members, of the filesystem the directory is on. */
void facts_read_filesystem(const struct root *root, int dir, struct found *found);

/*
 * Of the directory and of a file in it, be it there or not. Nothing where it is not on btrfs, or
 * the kernel does not tell.
 */
void facts_read_btrfs(const struct root *root, int dir, const char *file, struct btrfs *ret);

/*
 * Where the kernel would resume from; the command line must have been read. Of a device that is not
 * found, .dev is 0.
 */
void facts_read_resume(const struct root *root, struct facts *facts);

/* Where udev keeps links to what a tag of fstab means; "" for a path, NULL for anything else. */
const char *facts_tag_directory(const char *source, const char **ret_value);

/* The members that tell how the blocks lie, and .resumes; .active must be known. -errno. */
int facts_read_layout(int fd, const struct facts *facts, struct found *found) must_check;

/* not_mounted: a swapfile made there would be hidden as soon as the filesystem is mounted. */
void facts_find_unmounted(const struct root *root, const struct facts *facts, struct found *found);

static inline void copy_text(char *to, size_t room, const char *from)
{
	(void)snprintf(to, room, "%s", from ? from : "");
}
