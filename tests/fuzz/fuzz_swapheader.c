/* SPDX-License-Identifier: MIT */
/*
 * The header page of a swap area, of which an input holds what is not zero: two letters for the
 * machine's page size and the file's, 10 bytes of the page's end, the 44 that tell of the area, and
 * the beginning. What is read can be written, and is then read as the same.
 */
#include "fuzz.h"
#include "swapheader.h"

#define MAGIC_LEN 10
#define INFO_AT   1024
#define INFO_LEN  44

static size_t take(const uint8_t **data, size_t *size, void *to, size_t room)
{
	size_t n = *size < room ? *size : room;

	if (n > 0)
		memcpy(to, *data, n);
	*data += n;
	*size -= n;
	return n;
}

static void check_same(const struct swapheader *a, const struct swapheader *b)
{
	require(b->kind == SWAPHEADER_SWAP && !b->other_endian, "kind %d", b->kind);
	require(b->page_bytes == a->page_bytes && b->last_page == a->last_page, "%zu, %u",
		b->page_bytes, b->last_page);
	require(memcmp(a->uuid, b->uuid, sizeof(a->uuid)) == 0, "UUID");
	require(streq(a->label, b->label), "%s is not %s", b->label, a->label);
	require(b->bad_pages == 0, "%u", b->bad_pages);
}

static void check_written(const struct swapheader *header, size_t native)
{
	static uint8_t page[SWAPHEADER_PAGE_MAX];
	struct swapheader again;

	/* One page more than can be counted: no such area was ever made. */
	if (header->last_page == UINT32_MAX)
		return;
	swapheader_write(page, header->page_bytes, header->last_page + 1, header->uuid,
			 header->label);
	swapheader_parse(page, header->page_bytes, native, &again);
	check_same(header, &again);
}

static void check(const uint8_t *page, size_t len, size_t native)
{
	_cleanup_free_ uint8_t *data = malloc(len > 0 ? len : 1);
	struct swapheader header;
	const uint8_t *magic;

	require(data, "no memory");
	memcpy(data, page, len);
	swapheader_parse(data, len, native, &header);
	if (header.kind == SWAPHEADER_NONE) {
		require(header.page_bytes == 0, "%zu", header.page_bytes);
		return;
	}
	require(header.page_bytes >= KIB(4) && header.page_bytes <= len &&
			(header.page_bytes & (header.page_bytes - 1)) == 0,
		"%zu", header.page_bytes);
	magic = data + header.page_bytes - MAGIC_LEN;
	require(strnlen(header.label, sizeof(header.label)) < sizeof(header.label), "label");
	require(header.kind != SWAPHEADER_OLD || memcmp(magic, "SWAP-SPACE", MAGIC_LEN) == 0,
		"old");
	if (header.kind == SWAPHEADER_SWAP) {
		require(memcmp(magic, "SWAPSPACE2", MAGIC_LEN) == 0, "kind %d", header.kind);
		check_written(&header, native);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t page[SWAPHEADER_PAGE_MAX + 1];
	uint8_t sizes[2] = { 0 };
	size_t native, end;

	(void)take(&data, &size, sizes, sizeof(sizes));
	native = KIB(4) << sizes[0] % 5;
	end = KIB(4) << sizes[1] % 5;
	memset(page, 0, sizeof(page));
	(void)take(&data, &size, page + end - MAGIC_LEN, MAGIC_LEN);
	(void)take(&data, &size, page + INFO_AT, INFO_LEN);
	(void)take(&data, &size, page, INFO_AT);
	/* All of it, what a file of one page has, or not even that. */
	check(page, sizeof(page), native);
	check(page, end, native);
	check(page, end - 1, native);
	return 0;
}
