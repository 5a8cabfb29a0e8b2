/* SPDX-License-Identifier: MIT */
/*
 * Formats the reason of a failure into a struct err. Must not print.
 */
#include "err.h"

#include <stdarg.h>

static void format_printf(3, 0) err_format(struct err *e, int code, const char *fmt, va_list ap)
{
	e->code = code;
	/* A name longer than the buffer is cut; the code still tells what happened. */
	(void)vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
}

int err_set(struct err *e, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	err_format(e, code, fmt, ap);
	va_end(ap);
	return code;
}

int err_sys(struct err *e, int code, const char *fmt, ...)
{
	va_list ap;
	size_t len;

	va_start(ap, fmt);
	err_format(e, code, fmt, ap);
	va_end(ap);
	len = strlen(e->msg);
	(void)snprintf(e->msg + len, sizeof(e->msg) - len, ": %s", strerror(-code));
	return code;
}
