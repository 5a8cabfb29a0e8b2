/* SPDX-License-Identifier: MIT */
/*
 * The actuators that live outside apply.c; for apply*.c only.
 */
#pragma once

#include "apply.h"
#include "swapdir.h"

/* What this very run has done to the swapfile; a new one has an inode no plan could have seen. */
struct made {
	bool is_new;    /* made, or made anew; nothing is left of what was there */
	bool by_us;     /* and is there */
	bool grown;     /* it was there, and has been lengthened */
	bool undone;    /* the kernel did not take it, and it was removed, or cut, again */
	bool directory; /* its directory was made, too */
	bool allocated; /* or grown, and by fallocate: there may be what the kernel calls holes */
	int fd;         /* what was switched off for a change, to be switched on again; -1: none */
	struct swapfile_spec spec;
	struct stat st;
};

/* The file itself: made, made anew, resized, closed to others, or removed. */
int apply_swapfile(const struct apply *apply, const struct step *step, struct made *made,
		   struct err *err) must_check;

/* On or off. What the kernel does not take, and this run made, is removed again. */
int apply_swapon(const struct apply *apply, const struct step *step, struct made *made,
		 struct err *err) must_check;

/* Opens the safe directory again and checks it again: the plan's look at it is past. */
int apply_open_place(const struct apply *apply, const struct found *file, struct walk *walk,
		     struct swapfile_place *ret, struct err *err) must_check;

/* By the kernel that runs. What a tree's own /proc/swaps calls active is so elsewhere, or was. */
bool apply_swaps_to(const struct apply *apply, const struct found *file);

/* A former swapfile, with its fstab line. Warns in the plan where systemd does not answer. */
int apply_retire(const struct apply *apply, const struct step *step, struct plan *plan,
		 struct err *err) must_check;

/* As apply_text; want NULL: there is to be no line for the swapfile. */
int apply_fstab(const struct apply *apply, const struct file_change *change,
		const struct fstab_want *want, struct err *err) must_check;

/* Replaces one text. fstab is read again, by libmount, as it is going to be, before it is. */
int apply_text(const struct apply *apply, const struct file_change *change, struct err *err)
	must_check;

/* Writes one live value, once, and reads it back. Mode 2 of overcommit_memory is guarded again. */
int apply_sysctl(const struct apply *apply, const struct step *step, struct err *err) must_check;

/* systemctl daemon-reload, for at most 30 s. -errno; -EIO: it failed. */
int apply_reload(void) must_check;
