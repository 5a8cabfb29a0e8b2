/* SPDX-License-Identifier: MIT */
/*
 * Parses /proc/meminfo and /proc/swaps. Must not assume that a line is whole or a number fits.
 */
#include "procfs.h"

uint64_t meminfo_bytes(const char *text, const char *field)
{
	size_t len = strlen(field);

	for (const char *p = text; p; p = strchr(p, '\n')) {
		unsigned long long kib;
		char *end;

		if (*p == '\n')
			p++;
		if (strncmp(p, field, len) != 0 || p[len] != ':')
			continue;
		p += len + 1;
		p += strspn(p, " \t");
		if (*p < '0' || *p > '9')
			return UNKNOWN;
		errno = 0;
		kib = strtoull(p, &end, 10);
		if (errno || strncmp(end, " kB", 3) != 0 || kib > UINT64_MAX / 1024 - 1)
			return UNKNOWN;
		return kib * 1024;
	}
	return UNKNOWN;
}

void octal_decode(char *text)
{
	char *to = text;

	for (const char *p = text; *p; to++) {
		if (p[0] == '\\' && p[1] >= '0' && p[1] <= '3' && p[2] >= '0' && p[2] <= '7' &&
		    p[3] >= '0' && p[3] <= '7') {
			*to = (char)((p[1] - '0') << 6 | (p[2] - '0') << 3 | (p[3] - '0'));
			p += 4;
		} else {
			*to = *p++;
		}
	}
	*to = '\0';
}

static bool swap_line_parse(char *line, struct swap_line *ret)
{
	unsigned long long size_kib, used_kib;
	char path[sizeof(ret->path)], type[32];

	/* Other blanks than these the kernel does not escape in a path. */
	if (sscanf(line, "%4095[^ \t] %31s %llu %llu %d", path, type, &size_kib, &used_kib,
		   &ret->priority) != 5)
		return false;
	if (size_kib > UINT64_MAX / 1024 - 1 || used_kib > UINT64_MAX / 1024 - 1)
		return false;
	octal_decode(path);
	memcpy(ret->path, path, sizeof(path));
	ret->is_file = streq(type, "file");
	ret->size_bytes = size_kib * 1024;
	ret->used_bytes = used_kib * 1024;
	return true;
}

bool swaps_next(const char **text, struct swap_line *ret)
{
	while (**text) {
		char line[4096 + 128];
		size_t len = strcspn(*text, "\n"),
		       cut = len < sizeof(line) ? len : sizeof(line) - 1;

		memcpy(line, *text, cut);
		line[cut] = '\0';
		*text += len + ((*text)[len] == '\n');
		/* The heading has words where numbers should be. */
		if (line[0] == '/' && swap_line_parse(line, ret))
			return true;
	}
	return false;
}
