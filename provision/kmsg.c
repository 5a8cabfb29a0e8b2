/* SPDX-License-Identifier: MIT */
/*
 * Reads kernel log records. Anybody's process name may stand in one: nothing in it is trusted but
 * for being shown.
 */
#include "kmsg.h"

#include <fcntl.h>

#define RECORD_MAX 8192 /* a read of /dev/kmsg gives one record whole, or EINVAL */

int kmsg_open(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return neg_errno();
	if (lseek(fd, 0, SEEK_END) < 0) {
		close_keeping_errno(fd);
		return neg_errno();
	}
	return fd;
}

bool kmsg_parse(const char *record, char ret[static KMSG_REASON_MAX])
{
	const char *text = strchr(record, ';');
	char *end;
	unsigned long priority;
	size_t len;

	if (!text || *record < '0' || *record > '9')
		return false;
	priority = strtoul(record, &end, 10);
	/* Facility 0 is the kernel's; what processes write carries another. */
	if (*end != ',' || priority >= 8)
		return false;
	text++;
	len = strcspn(text, "\n");
	if (len >= KMSG_REASON_MAX)
		len = KMSG_REASON_MAX - 1;
	memcpy(ret, text, len);
	ret[len] = '\0';
	for (char *p = ret; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
	return strcasestr(ret, "swap") != NULL;
}

bool kmsg_swap_reason(int fd, char ret[static KMSG_REASON_MAX])
{
	_cleanup_free_ char *record = malloc(RECORD_MAX + 1);
	char reason[KMSG_REASON_MAX];
	bool found = false;

	while (record && fd >= 0) {
		ssize_t n = read(fd, record, RECORD_MAX);

		/* EPIPE: records were overwritten before we came to them; the next read goes on. */
		if (n < 0 && (errno == EPIPE || errno == EINTR))
			continue;
		if (n <= 0)
			break;
		record[n] = '\0';
		if (!kmsg_parse(record, reason))
			continue;
		memcpy(ret, reason, sizeof(reason));
		found = true;
	}
	return found;
}

bool kmsg_is_about_holes(const char *reason)
{
	/* Ends of lines, for a path may stand before them: "swapon: file PATH has ...". */
	static const char *const ends[] = {
		"swapfile has holes",           /* mm/page_io.c; f2fs, with a capital */
		"has unallocated extents",      /* iomap: xfs, and ext4 since 5.10 */
		"swapfile must not have holes", /* btrfs */
	};
	size_t len = strlen(reason);

	/* The log's way to write a newline that is one too many, as f2fs has it. */
	if (len >= 4 && streq(reason + len - 4, "\\x0a"))
		len -= 4;
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		size_t end = strlen(ends[i]);

		if (len >= end && strncasecmp(reason + len - end, ends[i], end) == 0)
			return true;
	}
	return false;
}
