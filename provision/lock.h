/* SPDX-License-Identifier: MIT */
/*
 * One memprov at a time changes a machine.
 */
#pragma once

#include "err.h"
#include "root.h"

#define LOCK_PATH "/run/memprov.lock"

/*
 * Takes the lock, waiting for it; `waiting` is called once if it is held. On the running machine it
 * is LOCK_PATH (0600, root's, no link followed), under --root the directory itself. Returns a
 * descriptor that holds it until it is closed, or -errno.
 */
int lock_take(const struct root *root, void (*waiting)(void), struct err *err) must_check;
