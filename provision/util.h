/* SPDX-License-Identifier: MIT */
/*
 * Ownership by scope, and the one boundary between errno and -errno. Knows nothing of memprov.
 */
#pragma once

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define must_check          __attribute__((warn_unused_result))
#define format_printf(f, a) __attribute__((format(printf, f, a)))
#define _cleanup_(f)        __attribute__((cleanup(f)))

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define KIB(n)        ((uint64_t)(n) << 10)
#define MIB(n)        ((uint64_t)(n) << 20)
#define GIB(n)        ((uint64_t)(n) << 30)

/* Hands over a descriptor or a pointer that a cleanup attribute would otherwise close or free. */
#define TAKE_FD(fd)                \
	({                         \
		int *pfd_ = &(fd); \
		int fd_ = *pfd_;   \
		*pfd_ = -1;        \
		fd_;               \
	})
#define TAKE_PTR(p)                        \
	({                                 \
		__typeof__(p) *pp_ = &(p); \
		__typeof__(p) p_ = *pp_;   \
		*pp_ = NULL;               \
		p_;                        \
	})

static inline bool streq(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

static inline bool has_prefix(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* -errno of the libc call that just failed; never 0, so that it cannot be taken for success. */
static inline int neg_errno(void)
{
	int code = errno;

	return code > 0 ? -code : -EIO;
}

/* Keeps errno: a cleanup must not change what the failing call reported. */
static inline void close_keeping_errno(int fd)
{
	int saved = errno;

	if (fd >= 0)
		close(fd);
	errno = saved;
}

static inline void cleanup_close(int *fd)
{
	close_keeping_errno(*fd);
}

static inline void cleanup_free(void *p)
{
	free(*(void **)p);
}

static inline void cleanup_fclose(FILE **f)
{
	if (*f)
		fclose(*f);
}

static inline void cleanup_closedir(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

#define _cleanup_close_    _cleanup_(cleanup_close)
#define _cleanup_free_     _cleanup_(cleanup_free)
#define _cleanup_fclose_   _cleanup_(cleanup_fclose)
#define _cleanup_closedir_ _cleanup_(cleanup_closedir)
