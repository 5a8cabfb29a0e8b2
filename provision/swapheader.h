/* SPDX-License-Identifier: MIT */
/*
 * The first page of a swap area, as include/linux/swap.h (union swap_header) lays it out. Pure.
 */
#pragma once

#include "util.h"

#define SWAPHEADER_LABEL     "memprov"
#define SWAPHEADER_PAGE_MAX  KIB(64) /* the largest page any Linux has */
#define SWAPHEADER_PAGES_MIN 10      /* mkswap(8)'s lower limit */

enum swapheader_kind {
	SWAPHEADER_NONE,
	SWAPHEADER_SWAP,        /* SWAPSPACE2, version 1 */
	SWAPHEADER_VERSION,     /* SWAPSPACE2 of a version no kernel handles */
	SWAPHEADER_OLD,         /* SWAP-SPACE, gone since Linux 2.6 */
	SWAPHEADER_HIBERNATION, /* S1SUSPEND, S2SUSPEND, ULSUSPEND, LINHIB0001, TuxOnIce */
};

struct swapheader {
	enum swapheader_kind kind;
	size_t page_bytes;  /* whose page the signature ends: 4 to 64 KiB */
	bool other_endian;  /* written on a machine of the other byte order */
	uint32_t last_page; /* index of the last page: pages - 1 */
	uint32_t bad_pages;
	unsigned char uuid[16];
	char label[17]; /* NUL-terminated */
};

/* Looks at the first `len` bytes of a file; up to SWAPHEADER_PAGE_MAX are of use. */
void swapheader_parse(const void *data, size_t len, size_t native_page_bytes,
		      struct swapheader *ret);

/*
 * Fills one page as mkswap(8) does. pages is that of the whole area, header page included, from
 * SWAPHEADER_PAGES_MIN to UINT32_MAX. label is cut to 16 bytes.
 */
void swapheader_write(void *page, size_t page_bytes, uint32_t pages, const unsigned char uuid[16],
		      const char *label);

/* Pages of an area of that many bytes: rounded down, at most UINT32_MAX. */
uint32_t swapheader_pages(uint64_t bytes, size_t page_bytes);
