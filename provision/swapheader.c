/* SPDX-License-Identifier: MIT */
/*
 * Reads and writes the header page of a swap area. Never opens a file, and knows only what the
 * first page says: whether it fits the file around it is the caller's question.
 */
#include "swapheader.h"

#include <byteswap.h>

#define MAGIC_LEN      10
#define OFFSET_VERSION 1024 /* the first 1024 bytes are boot bits and stay zero */

/* union swap_header.info, from OFFSET_VERSION on. */
struct header_info {
	uint32_t version;
	uint32_t last_page;
	uint32_t bad_pages;
	unsigned char uuid[16];
	char label[16];
};

_Static_assert(sizeof(struct header_info) == 44, "as include/linux/swap.h lays it out");

/* Where a hibernated system keeps its image, in place of the swap signature or before it. */
static const struct {
	const char *magic;
	size_t len;
	bool at_start; /* else at the end of the first page, like SWAPSPACE2 */
} hibernation_magics[] = {
	{ "S1SUSPEND", 9, false },
	{ "S2SUSPEND", 9, false },
	{ "ULSUSPEND", 9, false },
	{ "LINHIB0001", 10, false },
	{ "\xed\xc3\x02\xe9\x98\x56\xe5\x0c", 8, true }, /* TuxOnIce */
};

static bool is_hibernation(const unsigned char *data, const unsigned char *magic)
{
	for (size_t i = 0; i < ARRAY_SIZE(hibernation_magics); i++) {
		const unsigned char *at = hibernation_magics[i].at_start ? data : magic;

		if (memcmp(at, hibernation_magics[i].magic, hibernation_magics[i].len) == 0)
			return true;
	}
	return false;
}

static void info_parse(const unsigned char *data, struct swapheader *ret)
{
	struct header_info info;

	memcpy(&info, data + OFFSET_VERSION, sizeof(info));
	/* The kernel swaps the header of a machine of the other byte order, and so do we. */
	ret->other_endian = info.version == bswap_32(1);
	if (ret->other_endian) {
		info.version = bswap_32(info.version);
		info.last_page = bswap_32(info.last_page);
		info.bad_pages = bswap_32(info.bad_pages);
	}
	ret->kind = info.version == 1 ? SWAPHEADER_SWAP : SWAPHEADER_VERSION;
	ret->last_page = info.last_page;
	ret->bad_pages = info.bad_pages;
	memcpy(ret->uuid, info.uuid, sizeof(info.uuid));
	memcpy(ret->label, info.label, sizeof(info.label));
}

/* Looks for a signature at the end of a page of that size. */
static bool page_parse(const unsigned char *data, size_t page_bytes, struct swapheader *ret)
{
	const unsigned char *magic = data + page_bytes - MAGIC_LEN;

	if (is_hibernation(data, magic))
		ret->kind = SWAPHEADER_HIBERNATION;
	else if (memcmp(magic, "SWAP-SPACE", MAGIC_LEN) == 0)
		ret->kind = SWAPHEADER_OLD;
	else if (memcmp(magic, "SWAPSPACE2", MAGIC_LEN) == 0)
		info_parse(data, ret);
	else
		return false;
	ret->page_bytes = page_bytes;
	return true;
}

void swapheader_parse(const void *data, size_t len, size_t native_page_bytes,
		      struct swapheader *ret)
{
	*ret = (struct swapheader){ .kind = SWAPHEADER_NONE };

	/* The kernel looks at its own page only; another one's signature there would be an
	 * accident. */
	if (len >= native_page_bytes && page_parse(data, native_page_bytes, ret))
		return;
	for (size_t page = KIB(4); page <= SWAPHEADER_PAGE_MAX && page <= len; page *= 2)
		if (page != native_page_bytes && page_parse(data, page, ret))
			return;
}

void swapheader_write(void *page, size_t page_bytes, uint32_t pages, const unsigned char uuid[16],
		      const char *label)
{
	struct header_info info = { .version = 1, .last_page = pages - 1 };
	unsigned char *p = page;

	memcpy(info.uuid, uuid, sizeof(info.uuid));
	memcpy(info.label, label, strnlen(label, sizeof(info.label)));
	memset(p, 0, page_bytes);
	memcpy(p + OFFSET_VERSION, &info, sizeof(info));
	memcpy(p + page_bytes - MAGIC_LEN, "SWAPSPACE2", MAGIC_LEN);
}

uint32_t swapheader_pages(uint64_t bytes, size_t page_bytes)
{
	uint64_t pages = bytes / page_bytes;

	return pages > UINT32_MAX ? UINT32_MAX : (uint32_t)pages;
}
