/* SPDX-License-Identifier: MIT */
/*
 * One memprov at a time changes a machine, or a tree.
 */
#pragma once

#include "err.h"
#include "root.h"

#define LOCK_PATH "/run/memprov.lock"

struct lock {
	int fd;        /* -1: none is held */
	char path[64]; /* to be removed with it; "" for one that stays */
};

/*
 * Takes the lock, waiting for it; `waiting` is called once if it is held. For root it is a file of
 * root's alone (0600, no link followed): LOCK_PATH for the running machine, for a tree one in /run
 * named after the tree's device and inode. For others it is the directory that --root names.
 */
int lock_take(const struct root *root, void (*waiting)(void), struct lock *ret, struct err *err)
	must_check;
void lock_release(struct lock *lock);
