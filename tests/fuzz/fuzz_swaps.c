/* SPDX-License-Identifier: MIT */
/*
 * /proc/swaps: what is read of a line, written as the kernel writes it, is read as the same.
 */
#include "fuzz.h"
#include "procfs.h"

/* As seq_file_path() of mm/swapfile.c escapes it. */
static void print_path(FILE *out, const char *path)
{
	for (; *path; path++) {
		if (strchr(" \t\n\\", *path))
			(void)fprintf(out, "\\%03o", (unsigned)*path);
		else
			(void)fputc(*path, out);
	}
}

static void render(const struct swap_line *line, char **ret)
{
	size_t len;
	FILE *out = open_memstream(ret, &len);

	require(out, "no memory");
	(void)fputs("Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n", out);
	print_path(out, line->path);
	(void)fprintf(out, " %s\t\t%ju\t\t%ju\t\t%d\n", line->is_file ? "file\t" : "partition",
		      (uintmax_t)(line->size_bytes / 1024), (uintmax_t)(line->used_bytes / 1024),
		      line->priority);
	require(fclose(out) == 0, "no memory");
}

static void check_again(struct swap_line *line)
{
	_cleanup_free_ char *text = NULL;
	struct swap_line again;
	const char *p;

	/* Told from the size, for whatever it was. */
	line->used_bytes = line->size_bytes / 2048 * 1024;
	render(line, &text);
	p = text;
	/* The kernel shows no path that is longer than a page when it is escaped. */
	if (strcspn(strchr(text, '\n') + 1, " ") >= sizeof(line->path))
		return;
	require(swaps_next(&p, &again), "%s", text);
	require(streq(again.path, line->path), "%s is not %s", again.path, line->path);
	require(again.is_file == line->is_file && again.size_bytes == line->size_bytes, "%s", text);
	require(again.used_bytes == line->used_bytes && again.priority == line->priority, "%s",
		text);
	require(!swaps_next(&p, &again), "%s", text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = fuzz_text(data, size);
	const char *p = text, *last = p;
	struct swap_line line;

	while (swaps_next(&p, &line)) {
		require(p > last && p <= text + size, "no end");
		last = p;
		require(line.size_bytes % 1024 == 0 && line.used_bytes % 1024 == 0, "%s",
			line.path);
		check_again(&line);
	}
	require(*p == '\0', "stopped before the end");
	return 0;
}
