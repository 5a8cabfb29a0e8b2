/* SPDX-License-Identifier: MIT */
/*
 * Preloaded into memprov: from its openlog() on, the NOMEM-th allocation fails, and with NOMEM_ALL
 * each one behind it. Exit status 125: there were not so many.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <syslog.h>
#include <unistd.h>

static void *(*real_malloc)(size_t size);
static void *(*real_calloc)(size_t n, size_t size);
static void *(*real_realloc)(void *p, size_t size);
static int (*real_posix_memalign)(void **ret, size_t align, size_t size);
static unsigned long fails, count; /* 0: not yet */
static int all;

__attribute__((constructor)) static void find(void)
{
	*(void **)&real_malloc = dlsym(RTLD_NEXT, "malloc");
	*(void **)&real_calloc = dlsym(RTLD_NEXT, "calloc");
	*(void **)&real_realloc = dlsym(RTLD_NEXT, "realloc");
	*(void **)&real_posix_memalign = dlsym(RTLD_NEXT, "posix_memalign");
}

static int is_refused(void)
{
	if (fails == 0)
		return 0;
	count++;
	if (count != fails && !(all && count > fails))
		return 0;
	errno = ENOMEM;
	return 1;
}

void openlog(const char *ident, int option, int facility)
{
	const char *n = getenv("NOMEM");

	(void)ident;
	(void)option;
	(void)facility;
	all = getenv("NOMEM_ALL") != NULL;
	fails = n ? strtoul(n, NULL, 10) : 0;
}

void *malloc(size_t size)
{
	if (!real_malloc)
		find();
	return is_refused() ? NULL : real_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	if (!real_calloc)
		find();
	return is_refused() ? NULL : real_calloc(n, size);
}

void *realloc(void *p, size_t size)
{
	if (!real_realloc)
		find();
	return is_refused() ? NULL : real_realloc(p, size);
}

int posix_memalign(void **ret, size_t align, size_t size)
{
	return is_refused() ? ENOMEM : real_posix_memalign(ret, align, size);
}

__attribute__((destructor)) static void tell(void)
{
	if (fails && count < fails)
		_exit(125);
}
