/* SPDX-License-Identifier: MIT */
/*
 * Values, pairs and the command line as the kernel takes them: kernel/sysctl.c (proc_get_long and
 * its callers), mm/page-writeback.c, mm/util.c, lib/cmdline.c, fs/proc/proc_sysctl.c. Knows no
 * file.
 */
#include "sysctl_kernel.h"

#include <ctype.h>
#include <limits.h>

/* What the newest kernels take, with pages of 4 KiB: more than a profile may say. */
static const struct {
	bool is_long;   /* unsigned long; else int */
	bool is_signed; /* any int, no range */
	uint64_t min, max;
} kernel_ranges[SYSCTL_N] = {
	[SYSCTL_SWAPPINESS] = { .max = 200 },
	[SYSCTL_VFS_CACHE_PRESSURE] = { .max = INT_MAX },
	[SYSCTL_OVERCOMMIT_MEMORY] = { .max = 2 },
	[SYSCTL_OVERCOMMIT_RATIO] = { .is_signed = true, .max = INT_MAX },
	[SYSCTL_OVERCOMMIT_KBYTES] = { .is_long = true, .max = ULONG_MAX },
	[SYSCTL_PAGE_CLUSTER] = { .max = 31 },
	[SYSCTL_MAX_MAP_COUNT] = { .max = INT_MAX },
	[SYSCTL_MIN_FREE_KBYTES] = { .max = INT_MAX },
	[SYSCTL_WATERMARK_SCALE_FACTOR] = { .min = 1, .max = 3000 },
	[SYSCTL_DIRTY_RATIO] = { .max = 100 },
	[SYSCTL_DIRTY_BYTES] = { .is_long = true, .min = 2 * KIB(4), .max = UINT_MAX * KIB(4) },
	[SYSCTL_DIRTY_BACKGROUND_RATIO] = { .max = 100 },
	[SYSCTL_DIRTY_BACKGROUND_BYTES] = { .is_long = true, .min = 1, .max = UINT_MAX * KIB(4) },
};

#define KERNEL_NUMBER_MAX 20 /* characters; a longer one is EINVAL whatever it is */

/* Digits as strtoul(3) with base 0 reads them. Returns what follows, or NULL on overflow. */
static const char *kernel_digits(const char *p, unsigned long *ret)
{
	char *end;

	/* strtoul would take blanks and signs too. */
	if (!isdigit((unsigned char)*p))
		return NULL;
	errno = 0;
	*ret = strtoul(p, &end, 0);
	return errno ? NULL : end;
}

bool sysctl_kernel_parse(enum sysctl_key key, const char *text, size_t len,
			 struct sysctl_number *ret)
{
	char number[KERNEL_NUMBER_MAX + 2];
	unsigned long value;
	const char *p, *end;
	bool negative;

	for (; len > 0 && isspace((unsigned char)*text); len--)
		text++;
	if (len >= sizeof(number))
		len = sizeof(number) - 1;
	if (len > 0)
		memcpy(number, text, len);
	number[len] = '\0';

	negative = number[0] == '-';
	p = number + negative;
	end = kernel_digits(p, &value);
	if (!end || end > number + KERNEL_NUMBER_MAX || (*end && !strchr(" \t\n", *end)))
		return false;
	if (negative && value != 0) {
		/* Only overcommit_ratio is stored unchecked. */
		if (!kernel_ranges[key].is_signed || value > (unsigned long)INT_MAX + 1)
			return false;
		*ret = (struct sysctl_number){ 0 };
		return true;
	}
	if (value < kernel_ranges[key].min || value > kernel_ranges[key].max ||
	    (negative && kernel_ranges[key].is_long))
		return false;
	*ret = (struct sysctl_number){ .is_natural = true, .value = value };
	return true;
}

void sysctl_cells_init(struct sysctl_cells *cells, enum sysctl_key key)
{
	enum sysctl_key pair = sysctl_keys[key].pair;

	*cells = (struct sysctl_cells){ .n = pair == SYSCTL_N ? 1 : 2 };
	cells->cell[0].key = key;
	cells->cell[1].key = pair;
	for (size_t i = 0; i < cells->n; i++) {
		struct sysctl_cell *cell = &cells->cell[i];
		uint64_t value = sysctl_keys[cell->key].kernel_default;

		cell->number = (struct sysctl_number){ .is_natural = true, .value = value };
		/* Of a pair, the one that has no default is off. */
		if (value == SYSCTL_NO_DEFAULT)
			cell->number =
				(struct sysctl_number){ .is_natural = cells->n == 2, .value = 0 };
	}
}

static bool number_equal(struct sysctl_number number, uint64_t value)
{
	return number.is_natural && number.value == value;
}

/* dirty_ratio and dirty_bytes zero each other only when they change, the other pairs always. */
static bool zeroes_pair(enum sysctl_key key, struct sysctl_number old, struct sysctl_number new)
{
	if (key != SYSCTL_DIRTY_RATIO && key != SYSCTL_DIRTY_BYTES)
		return true;
	return !number_equal(old, new.value);
}

/* write NULL: the command line */
static void cell_write(struct sysctl_cells *cells, size_t i, const char *value, size_t len,
		       const struct sysctl_write *write)
{
	struct sysctl_cell *cell = &cells->cell[i], *pair = &cells->cell[!i];
	struct sysctl_number old = cell->number;

	if (!sysctl_kernel_parse(cell->key, value, len, &cell->number))
		return;
	cell->by = write ? *write : (struct sysctl_write){ 0 };
	cell->from_cmdline = !write;
	cell->zeroed = false;
	if (cells->n < 2 || number_equal(pair->number, 0) ||
	    !zeroes_pair(cell->key, old, cell->number))
		return;
	pair->number = (struct sysctl_number){ .is_natural = true };
	pair->by = cell->by;
	pair->from_cmdline = cell->from_cmdline;
	pair->zeroed = true;
}

void sysctl_cells_write(struct sysctl_cells *cells, size_t i, const struct sysctl_write *write)
{
	cell_write(cells, i, write->line.value, write->line.value_len, write);
}

void sysctl_cells_unknown(struct sysctl_cells *cells, size_t i, const struct sysctl_write *write)
{
	for (size_t n = 0; n < cells->n; n++) {
		cells->cell[n].number = (struct sysctl_number){ .is_natural = false };
		cells->cell[n].by = *write;
		cells->cell[n].from_cmdline = false;
		cells->cell[n].zeroed = n != i;
	}
}

/* --- the command line --- */

struct word {
	const char *name, *value; /* value NULL: no '=' */
	size_t name_len, value_len;
};

/* next_arg(): double quotes may stand around the word or around its value. */
static const char *next_word(const char *p, struct word *ret)
{
	bool quoted = *p == '"', in_quote = quoted;
	const char *equals = NULL, *end, *stop;

	p += quoted;
	for (end = p; *end && (in_quote || !isspace((unsigned char)*end)); end++) {
		if (*end == '=' && !equals && end > p)
			equals = end;
		if (*end == '"')
			in_quote = !in_quote;
	}
	*ret = (struct word){ .name = p, .name_len = (size_t)((equals ? equals : end) - p) };
	if (!equals)
		return end;
	ret->value = equals + 1;
	stop = end;
	if (*ret->value == '"' && ret->value < end) {
		ret->value++;
		quoted = true;
	}
	if (quoted && stop > ret->value && stop[-1] == '"')
		stop--;
	ret->value_len = (size_t)(stop - ret->value);
	return end;
}

/* The key that "sysctl.vm.x" or "sysctl/vm/x" names; every dot is a slash to it. */
static enum sysctl_key word_key(const struct word *word)
{
	static const char prefix[] = "sysctl";
	char path[64];

	if (!word->value || word->value_len == 0 || word->name_len < sizeof(prefix) ||
	    word->name_len >= sizeof(path) || memcmp(word->name, prefix, strlen(prefix)) != 0 ||
	    !strchr("./", word->name[strlen(prefix)]))
		return SYSCTL_N;
	memcpy(path, word->name, word->name_len);
	path[word->name_len] = '\0';
	for (char *p = path; *p; p++)
		if (*p == '.')
			*p = '/';
	return sysctl_path_key(path + sizeof(prefix));
}

void sysctl_cells_cmdline(struct sysctl_cells *cells, const char *cmdline)
{
	const char *p = cmdline ? cmdline : "";

	for (;;) {
		struct word word;
		enum sysctl_key key;

		while (isspace((unsigned char)*p))
			p++;
		if (*p == '\0')
			return;
		p = next_word(p, &word);
		/* What follows is init's. */
		if (!word.value && word.name_len == 2 && memcmp(word.name, "--", 2) == 0)
			return;
		key = word_key(&word);
		for (size_t i = 0; i < cells->n; i++)
			if (key == cells->cell[i].key)
				cell_write(cells, i, word.value, word.value_len, NULL);
	}
}
