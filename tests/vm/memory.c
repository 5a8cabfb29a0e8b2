/* SPDX-License-Identifier: MIT */
/*
 * A process with memory for the kernel to swap out, which knows what was in it. Does what the lines
 * on stdin say, one after the other, and answers each with a line.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHUNK = 8 << 20, AREAS_MAX = 16 };

struct area {
	unsigned char *start;
	size_t bytes;
};

static struct area areas[AREAS_MAX];
static size_t n_areas;

static uint64_t word_at(size_t area, size_t offset)
{
	return (offset + area + 1) * UINT64_C(0x9E3779B97F4A7C15);
}

static void fill(size_t area, size_t from, size_t to)
{
	for (size_t at = from; at < to; at += sizeof(uint64_t)) {
		uint64_t word = word_at(area, at);

		memcpy(areas[area].start + at, &word, sizeof(word));
	}
}

static size_t count_wrong(size_t area)
{
	size_t wrong = 0;

	for (size_t at = 0; at < areas[area].bytes; at += sizeof(uint64_t)) {
		uint64_t word;

		memcpy(&word, areas[area].start + at, sizeof(word));
		wrong += word != word_at(area, at);
	}
	return wrong;
}

/* Of this process, as the kernel counts it. */
static long swapped_kib(void)
{
	FILE *f = fopen("/proc/self/status", "re");
	char line[256];
	long kib = -1;

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "VmSwap: %ld kB", &kib) == 1)
			break;
	if (f)
		fclose(f);
	return kib;
}

/* Bit by bit, for it may be more than there is memory. */
static void fill_and_swap_out(size_t bytes)
{
	struct area *area = &areas[n_areas];

	for (size_t at = 0; at < bytes; at += CHUNK) {
		size_t end = bytes - at < CHUNK ? bytes : at + CHUNK;

		fill(n_areas, at, end);
		(void)madvise(area->start + at, end - at, MADV_PAGEOUT);
	}
	n_areas++;
}

/* Again and again: what was not on the kernel's lists of pages yet is passed over. */
static void swap_all_out(void)
{
	for (size_t i = 0; i < 3 * n_areas; i++)
		(void)madvise(areas[i % n_areas].start, areas[i % n_areas].bytes, MADV_PAGEOUT);
	printf("%ld\n", swapped_kib());
}

static bool map(size_t bytes)
{
	void *start;

	if (n_areas == AREAS_MAX)
		return false;
	start = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (start == MAP_FAILED)
		return false;
	areas[n_areas] = (struct area){ start, bytes };
	return true;
}

/*
 * "swap MIB": filled and swapped out; how many KiB are. "fill MIB": filled only. "lock MIB": held
 * in memory for good. "reserve MIB": committed only.
 */
static void take(const char *how, size_t bytes)
{
	if (!map(bytes)) {
		puts(strerrorname_np(errno));
	} else if (strcmp(how, "swap") == 0) {
		fill_and_swap_out(bytes);
		swap_all_out();
	} else if (strcmp(how, "fill") == 0) {
		fill(n_areas++, 0, bytes);
		puts("ok");
	} else if (strcmp(how, "lock") == 0 && mlock(areas[n_areas].start, bytes) < 0) {
		puts(strerrorname_np(errno));
	} else {
		puts("ok");
	}
}

static void verify(void)
{
	size_t wrong = 0;

	for (size_t i = 0; i < n_areas; i++)
		wrong += count_wrong(i);
	if (wrong > 0)
		printf("%zu words differ\n", wrong);
	else
		puts("same");
}

static void try_fork(void)
{
	pid_t child = fork();

	if (child == 0)
		_exit(0);
	if (child > 0)
		(void)waitpid(child, NULL, 0);
	puts(child < 0 ? strerrorname_np(errno) : "ok");
}

int main(void)
{
	char line[64], how[16];
	unsigned mib;

	setvbuf(stdout, NULL, _IOLBF, 0);
	while (fgets(line, sizeof(line), stdin)) {
		if (strcmp(line, "quit\n") == 0)
			break;
		if (sscanf(line, "%15s %u", how, &mib) == 2)
			take(how, (size_t)mib << 20);
		else if (strcmp(line, "out\n") == 0)
			swap_all_out();
		else if (strcmp(line, "verify\n") == 0)
			verify();
		else if (strcmp(line, "fork\n") == 0)
			try_fork();
		else
			puts("what?");
	}
	puts("ok");
	return 0;
}
