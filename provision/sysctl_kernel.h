/* SPDX-License-Identifier: MIT */
/*
 * The kernel's side of a boot: what it makes of a written value, which key zeroes which, and its
 * command line. Pure.
 */
#pragma once

#include "sysctl_text.h"

/* A number as the kernel holds it. */
struct sysctl_number {
	bool is_natural; /* false: negative, or computed from RAM or by tuned */
	uint64_t value;
};

/*
 * What the kernel makes of a value written to the key; false where it refuses it and keeps what it
 * had. Octal and hex are taken, and anything behind a blank is ignored.
 */
bool sysctl_kernel_parse(enum sysctl_key key, const char *text, size_t len,
			 struct sysctl_number *ret) must_check;

/* A line that is to be written. */
struct sysctl_write {
	const struct sysctl_file *file; /* NULL: no file, but the kernel or its command line */
	struct sysctl_line line;
	size_t order; /* in the order of writing, from 1 */
	bool is_glob;
};

/* A key's value, and who made it what it is. */
struct sysctl_cell {
	enum sysctl_key key;
	struct sysctl_number number;
	struct sysctl_write by;
	bool from_cmdline;
	bool zeroed; /* by a write to the pair */
};

/* The key asked for, and its pair if it has one. */
struct sysctl_cells {
	struct sysctl_cell cell[2];
	size_t n;
};

/* As the kernel starts. */
void sysctl_cells_init(struct sysctl_cells *cells, enum sysctl_key key);

/* Applies sysctl.vm.KEY= of the kernel command line, which may be NULL. */
void sysctl_cells_cmdline(struct sysctl_cells *cells, const char *cmdline);

/* Writes the line's value to cell i. Nothing changes when the kernel refuses it. */
void sysctl_cells_write(struct sysctl_cells *cells, size_t i, const struct sysctl_write *write);

/* As sysctl_cells_write, of a value that is known at boot only, and so is what the pair then is. */
void sysctl_cells_unknown(struct sysctl_cells *cells, size_t i, const struct sysctl_write *write);
