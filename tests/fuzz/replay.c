/* SPDX-License-Identifier: MIT */
/*
 * In the place of libFuzzer's main: runs a target once for each file that is named, and for each
 * file of a directory.
 */
#include "fuzz.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#define INPUT_MAX MIB(2)

static int play(int fd)
{
	static uint8_t room[INPUT_MAX];
	_cleanup_free_ uint8_t *data = NULL;
	size_t size = 0;
	ssize_t n;

	while ((n = read(fd, room + size, sizeof(room) - size)) > 0)
		size += (size_t)n;
	if (n < 0 || size == sizeof(room))
		return n < 0 ? neg_errno() : -EFBIG;
	/* Of its own size, so that a sanitizer sees every byte beyond. */
	data = malloc(size > 0 ? size : 1);
	if (!data)
		return -ENOMEM;
	memcpy(data, room, size);
	return LLVMFuzzerTestOneInput(data, size);
}

static int play_path(int at, const char *path, unsigned *n);

static int play_directory(int fd, unsigned *n)
{
	DIR *dir = fdopendir(fd);
	struct dirent *entry;
	int r = 0;

	if (!dir)
		return neg_errno();
	while (r == 0 && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			r = play_path(fd, entry->d_name, n);
	closedir(dir);
	return r;
}

static int play_path(int at, const char *path, unsigned *n)
{
	int fd = openat(at, path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	int r;

	if (fd < 0 || fstat(fd, &st) < 0) {
		r = neg_errno();
	} else if (S_ISDIR(st.st_mode)) {
		r = play_directory(TAKE_FD(fd), n);
	} else {
		r = play(fd);
		++*n;
	}
	if (r < 0)
		(void)fprintf(stderr, "%s: %s\n", path, strerror(-r));
	close_keeping_errno(fd);
	return r;
}

int main(int argc, char **argv)
{
	unsigned n = 0;

	for (int i = 1; i < argc; i++)
		if (play_path(AT_FDCWD, argv[i], &n) < 0)
			return 1;
	printf("%u\n", n);
	return n > 0 ? 0 : 1;
}
