/* SPDX-License-Identifier: MIT */
/*
 * The reason of a failure in words a user can act on: what, on which object, why, the remedy.
 * Functions fill it and return; only main.c prints it.
 */
#pragma once

#include "util.h"

struct err {
	int code; /* -errno of the first failure, 0 while there is none */
	char msg[1024];
};

/*
 * Records `code` (-errno) and the message and returns `code`, so that a failure is reported and
 * returned in one line. For code < 0 other than -EINVAL and -EPERM raised by our own rules, write
 * the reason with err_sys(), which appends strerror.
 */
int err_set(struct err *e, int code, const char *fmt, ...) format_printf(3, 4);

/* As err_set, with ": " and the text of the errno appended. */
int err_sys(struct err *e, int code, const char *fmt, ...) format_printf(3, 4);
