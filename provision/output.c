/* SPDX-License-Identifier: MIT */
/*
 * Knows nothing of what is in the file: written beside it under another name, then renamed.
 */
#include "output.h"

#include <fcntl.h>
#include <inttypes.h>
#include <sys/random.h>
#include <sys/stat.h>

static int write_text(int fd, const char *text)
{
	size_t left = strlen(text);

	while (left > 0) {
		ssize_t n = write(fd, text, left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return neg_errno();
		text += n;
		left -= (size_t)n;
	}
	/* Not left to the umask, for its reader is another user. */
	return fchmod(fd, 0644) < 0 ? neg_errno() : 0;
}

/* A new one beside FILE; *ret_name is to be freed. */
static int open_beside(const char *file, char **ret_name)
{
	_cleanup_free_ char *name = NULL;
	uint64_t chance;
	int fd;

	if (getrandom(&chance, sizeof(chance), 0) != (ssize_t)sizeof(chance))
		return neg_errno();
	if (asprintf(&name, "%s.%016" PRIx64, file, chance) < 0)
		return -ENOMEM;
	fd = open(name, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY | O_CLOEXEC, 0600);
	if (fd < 0)
		return neg_errno();
	*ret_name = TAKE_PTR(name);
	return fd;
}

int output_write(const char *file, const char *text, struct err *err)
{
	_cleanup_free_ char *name = NULL;
	_cleanup_close_ int fd = open_beside(file, &name);
	int r = fd < 0 ? fd : write_text(fd, text);

	if (r == 0 && rename(name, file) < 0)
		r = neg_errno();
	if (r < 0 && name)
		(void)unlink(name);
	return r < 0 ? err_sys(err, r, "cannot write %s", file) : 0;
}
