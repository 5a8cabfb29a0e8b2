/* SPDX-License-Identifier: MIT */
/*
 * The managed vm.* keys and the drop-in that sets them. Makes text and reads it back; reads and
 * writes no file.
 */
#include "memstream.h"
#include "sysctl_kernel.h"

#include <ctype.h>
#include <limits.h>

#define TIB(n) ((uint64_t)(n) << 40)

const struct sysctl_key_info sysctl_keys[SYSCTL_N] = {
	/* The kernel's own range since 5.8; before, it refuses more than 100. */
	[SYSCTL_SWAPPINESS] = { "vm.swappiness", 0, 200, 60, SYSCTL_N },
	/* At 0 the kernel never frees dentries and runs out of memory; above 1000 it only scans. */
	[SYSCTL_VFS_CACHE_PRESSURE] = { "vm.vfs_cache_pressure", 1, 1000, 100, SYSCTL_N },
	[SYSCTL_OVERCOMMIT_MEMORY] = { "vm.overcommit_memory", 0, 2, 0, SYSCTL_N },
	/* The kernel takes any int, negative ones too; above ten times RAM it limits nothing. */
	[SYSCTL_OVERCOMMIT_RATIO] = { "vm.overcommit_ratio", 0, 1000, 50,
				      SYSCTL_OVERCOMMIT_KBYTES },
	/* Writing 0 zeroes the ratio as well, which leaves swap alone. 2^40 KiB is 1 PiB. */
	[SYSCTL_OVERCOMMIT_KBYTES] = { "vm.overcommit_kbytes", 1, TIB(1), SYSCTL_NO_DEFAULT,
				       SYSCTL_OVERCOMMIT_RATIO },
	/* A power of two of pages per read of swap: 10 is 4 MiB. The kernel's limit is 31. */
	[SYSCTL_PAGE_CLUSTER] = { "vm.page-cluster", 0, 10, 3, SYSCTL_N },
	/* Below the default, mmap fails in programs that always worked. An int in the kernel. */
	[SYSCTL_MAX_MAP_COUNT] = { "vm.max_map_count", 65530, INT_MAX, 65530, SYSCTL_N },
	/* "Below 1024 KB your system becomes subtly broken": the kernel's admin-guide. */
	[SYSCTL_MIN_FREE_KBYTES] = { "vm.min_free_kbytes", 1024, INT_MAX, SYSCTL_NO_DEFAULT,
				     SYSCTL_N },
	/* The kernel's own range since 5.19; before, it refuses more than 1000. */
	[SYSCTL_WATERMARK_SCALE_FACTOR] = { "vm.watermark_scale_factor", 1, 3000, 10, SYSCTL_N },
	/* The kernel takes 0, and then throttles every writer at its first page. */
	[SYSCTL_DIRTY_RATIO] = { "vm.dirty_ratio", 1, 100, 20, SYSCTL_DIRTY_BYTES },
	/* From two pages of the largest size there is; above 2^32 pages it is ERANGE. */
	[SYSCTL_DIRTY_BYTES] = { "vm.dirty_bytes", 2 * KIB(64), TIB(8), SYSCTL_NO_DEFAULT,
				 SYSCTL_DIRTY_RATIO },
	/* 0 starts writing back at once, which costs throughput and nothing else. */
	[SYSCTL_DIRTY_BACKGROUND_RATIO] = { "vm.dirty_background_ratio", 0, 100, 10,
					    SYSCTL_DIRTY_BACKGROUND_BYTES },
	/* The kernel refuses 0; less than a page rounds down to it. */
	[SYSCTL_DIRTY_BACKGROUND_BYTES] = { "vm.dirty_background_bytes", KIB(64), TIB(8),
					    SYSCTL_NO_DEFAULT, SYSCTL_DIRTY_BACKGROUND_RATIO },
};

enum sysctl_key sysctl_key_find(const char *name)
{
	enum sysctl_key key = 0;

	while (key < SYSCTL_N && !streq(sysctl_keys[key].name, name))
		key++;
	return key;
}

bool sysctl_value_parse(const char *text, uint64_t *ret)
{
	uint64_t value = 0;

	if (*text == '\0' || (text[0] == '0' && text[1] != '\0'))
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*text - '0'), &value))
			return false;
	}
	*ret = value;
	return true;
}

#define MADE_BY "# Made by memprov "

static int setting_cmp(const void *a, const void *b)
{
	const struct sysctl_setting *x = a, *y = b;

	return strcmp(sysctl_keys[x->key].name, sysctl_keys[y->key].name);
}

/* A profile is named after its file, and a newline in that must not start a setting. */
static void name_print(FILE *out, const char *name)
{
	for (; *name; name++)
		fputc(iscntrl((unsigned char)*name) ? '?' : *name, out);
}

char *sysctl_render(const struct sysctl_setting *settings, size_t n, const char *profile_name)
{
	struct sysctl_setting sorted[SYSCTL_N];
	struct memstream stream;
	char *text = NULL;
	FILE *out;

	if (n > SYSCTL_N || memstream_open(&stream) < 0)
		return NULL;
	out = stream.file;
	fputs(MADE_BY MEMPROV_VERSION " from the profile ", out);
	name_print(out, profile_name);
	fputs("; changes are overwritten.\n"
	      "# Change the profile instead; `memprov remove` deletes this file.\n",
	      out);
	for (size_t i = 0; i < n; i++)
		sorted[i] = settings[i];
	qsort(sorted, n, sizeof(sorted[0]), setting_cmp);
	for (size_t i = 0; i < n; i++)
		fprintf(out, "%s = %ju\n", sysctl_keys[sorted[i].key].name,
			(uintmax_t)sorted[i].value);
	return memstream_close(&stream, &text, NULL) < 0 ? NULL : text;
}

char *sysctl_without(const char *dropin, enum sysctl_key key)
{
	const char *name = sysctl_keys[key].name;
	char *text = malloc(strlen(dropin) + 1), *to = text;

	if (!text)
		return NULL;
	for (const char *line = dropin, *next; *line; line = next) {
		size_t len = strcspn(line, "\n");

		len += line[len] == '\n';
		next = line + len;
		/* As sysctl_render() writes it: this is our own file. */
		if (has_prefix(line, name) && has_prefix(line + strlen(name), " = "))
			continue;
		to = (char *)mempcpy(to, line, len);
	}
	*to = '\0';
	return text;
}

/* What follows the line that says who made it; the text itself where there is none. */
static const char *behind_origin(const char *text)
{
	return has_prefix(text, MADE_BY) ? text + strcspn(text, "\n") : text;
}

bool sysctl_dropin_same(const char *a, const char *b)
{
	return has_prefix(a, MADE_BY) == has_prefix(b, MADE_BY) &&
		streq(behind_origin(a), behind_origin(b));
}

size_t sysctl_dropin_keys(const char *text, struct sysctl_setting out[static SYSCTL_N])
{
	struct sysctl_scan scan = { SYSCTL_RULES_SYSTEMD, text, text + strlen(text), 0 };
	struct sysctl_line line;
	size_t n = 0;

	while (sysctl_scan_next(&scan, &line)) {
		char name[SYSCTL_PATH_MAX];
		struct sysctl_number number;
		enum sysctl_key key;
		size_t i = 0;

		if (!line.value || !sysctl_key_path(scan.rules, &line, name, NULL))
			continue;
		key = sysctl_path_key(name);
		if (key == SYSCTL_N ||
		    !sysctl_kernel_parse(key, line.value, line.value_len, &number) ||
		    !number.is_natural)
			continue;
		while (i < n && out[i].key != key)
			i++;
		out[i] = (struct sysctl_setting){ key, number.value };
		n += i == n;
	}
	return n;
}
