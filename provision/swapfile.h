/* SPDX-License-Identifier: MIT */
/*
 * Makes, resizes, activates and removes one swapfile, by descriptor, so that a kill at any moment
 * leaves no file or one that swaps on. Decides nothing.
 */
#pragma once

#include "err.h"
#include "fill.h"
#include "root.h"
#include "swapheader.h"

#include <sys/stat.h>

/* What no fixture can stand in for. */
struct swapfile_kernel {
	int (*swapon)(const char *path, int flags);
	int (*swapoff)(const char *path);
	bool (*swaps_to)(const struct stat *st); /* now, whatever a call before has answered */
};

extern const struct swapfile_kernel swapfile_linux;
/* For a tree: its files are not the running kernel's to swap to, and every call is EPERM. */
extern const struct swapfile_kernel swapfile_no_kernel;

struct swapfile_spec {
	uint64_t size_bytes; /* a multiple of the page */
	size_t page_bytes;
	unsigned char uuid[16];
	char label[17];
	uid_t owner;
	bool set_owner;                       /* chown to owner:root is possible, and wanted */
	bool selinux;                         /* the file is to be labelled swapfile_t */
	bool zeros;                           /* write them, do not try fallocate */
	const struct fill_progress *progress; /* of writing zeros; may be NULL */
};

/* Where the file is: a safe directory, a name in it, and how it is called in messages. */
struct swapfile_place {
	int dir;
	const char *name;
	const char *path;
};

/* A random (version 4) UUID. */
int swapfile_uuid(unsigned char ret[static 16]) must_check;

/*
 * Makes the file complete under no name, then links it: 0600 from the first moment, space
 * allocated, header written last, synced, linked, directory synced. *ret tells its device and
 * inode. Returns 1 where zeros had to be written, and 0 where fallocate did it. -EEXIST: there is
 * a file. A failure leaves no blocks allocated.
 */
int swapfile_make(const struct swapfile_place *place, const struct swapfile_spec *spec,
		  struct stat *ret, struct err *err) must_check;

/* Whether the name is that inode's. */
bool swapfile_is_there(const struct swapfile_place *place, dev_t dev, ino_t ino);

/* Opens the file for writing if it still is that inode, regular, with one link; else -ESTALE. */
int swapfile_open(const struct swapfile_place *place, dev_t dev, ino_t ino, struct err *err)
	must_check;

/* What was said of it is on the disk. */
int swapfile_sync(int fd, const struct swapfile_place *place, struct err *err) must_check;

/* Owner and mode 0600, also while active, and looks whether the filesystem keeps them. */
int swapfile_own(int fd, const struct swapfile_place *place, const struct swapfile_spec *spec,
		 struct err *err) must_check;

/*
 * Makes an inactive file spec->size_bytes long and its header fit, keeping the spec's uuid and
 * label. Growing allocates first and writes the header last; shrinking writes the header first and
 * cuts last: every state between swaps on. Returns 1 or 0 as swapfile_make.
 */
int swapfile_resize(int fd, const struct swapfile_place *place, const struct swapfile_spec *spec,
		    struct err *err) must_check;

/*
 * Whether this kernel takes what fallocate gives on ext4 for holes: 5.7 (ac58e4fb03f) to 5.9,
 * mended in 5.10 (0e6895ba00b7). For whoever cannot read in its log that it does.
 */
bool swapfile_kernel_sees_holes(const char *release);

/* flags as swapon(2). -ENODATA: it said EINVAL because of holes. */
int swapfile_activate(const struct swapfile_kernel *kernel, int fd,
		      const struct swapfile_place *place, int flags, struct err *err) must_check;

/*
 * In a child, because the kernel's OOM killer takes the caller of swapoff first. -EINTR: it did.
 */
int swapfile_deactivate(const struct swapfile_kernel *kernel, int fd,
			const struct swapfile_place *place, struct err *err) must_check;

/* Unlinks the name if it still is that inode, and syncs the directory. */
int swapfile_unlink(const struct swapfile_place *place, dev_t dev, ino_t ino, struct err *err)
	must_check;
