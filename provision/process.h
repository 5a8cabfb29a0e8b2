/* SPDX-License-Identifier: MIT */
/*
 * Makes the process one that may hold root's rights: whatever its caller left it with.
 */
#pragma once

#include "err.h"

/*
 * Takes descriptors 0 to 2 if they are closed, drops from the environment what libmount, libblkid
 * and the loader would obey, sets umask 077, turns SIGPIPE and SIGXFSZ into errors, and takes back
 * what the caller did to SIGCHLD and the signal mask, and makes the stack as large as it will be.
 * -EPERM when the binary is setuid or has file capabilities: then its caller is not who it acts
 * for. -EMFILE, -ENOMEM or -EPERM when the caller's limits leave no room for descriptors or stack.
 */
int process_harden(struct err *err) must_check;
