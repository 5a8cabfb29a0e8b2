/* SPDX-License-Identifier: MIT */
/*
 * The header page against mkswap(8)'s own, byte for byte, and tables of what a first page can hold.
 * Runs mkswap on temporary files only.
 */
#include "swapheader.h"

#include "tree.h"

#include <byteswap.h>
#include <stddef.h>
#include <sys/wait.h>

static const size_t page_sizes[] = { KIB(4), KIB(8), KIB(16), KIB(32), KIB(64) };

static const unsigned char uuid[16] = { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0x4c, 0xde,
					0x8f, 0x10, 0x32, 0x54, 0x76, 0x98, 0xba, 0xdc };

/* --- as mkswap(8) --- */

/* Returns what mkswap's exit status is; 127: there is none. */
static int run_mkswap(const char *path, size_t page_bytes, const char *uuid_text, const char *label)
{
	char page_text[32];
	int status = -1;
	pid_t child;

	(void)snprintf(page_text, sizeof(page_text), "%zu", page_bytes);
	child = fork();
	if (child == 0) {
		int null = open("/dev/null", O_RDWR);

		(void)setenv("PATH", "/usr/sbin:/sbin:/usr/bin:/bin", 1);
		if (null >= 0 && dup2(null, STDOUT_FILENO) >= 0 && dup2(null, STDERR_FILENO) >= 0)
			execlp("mkswap", "mkswap", "-p", page_text, "-U", uuid_text, "-L", label,
			       path, (char *)NULL);
		_exit(127);
	}
	assert_return_code(child, errno);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void uuid_print(const unsigned char bytes[16], char ret[static 37])
{
	char *p = ret;

	for (size_t i = 0; i < 16; i++)
		p += sprintf(p, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "",
			     bytes[i]);
}

static void test_as_mkswap(void **state)
{
	static const struct {
		uint64_t pages, bytes; /* the size is that many pages and bytes */
		const char *label;
	} table[] = {
		{ 10, 0, "memprov" },
		{ 10, 1, "memprov" },
		{ 11, 0, "" },
		{ 0, MIB(64), "memprov" },
		{ 0, GIB(1), "swap" },
		{ 0, MIB(700) - 1, "memprov" },
		{ 0, MIB(700) + 4095, "a b" },
		{ 0, GIB(1) + 12345, "fifteen-letters" },
	};
	static unsigned char have[KIB(64)], want[KIB(64)];
	_cleanup_(cleanup_tree) struct tree tree;
	char path[300], uuid_text[37];

	(void)state;
	tree_make(&tree);
	uuid_print(uuid, uuid_text);
	(void)snprintf(path, sizeof(path), "%s/swap", tree.path);
	for (size_t p = 0; p < ARRAY_SIZE(page_sizes); p++) {
		for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
			size_t page = page_sizes[p];
			uint64_t bytes = table[i].pages * page + table[i].bytes;
			struct swapheader header;
			int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

			assert_return_code(fd, errno);
			/* mkswap wipes what is before and behind its header. */
			assert_int_equal(pwrite(fd, "junk", 4, 0), 4);
			assert_return_code(ftruncate(fd, (off_t)bytes), errno);
			assert_int_equal(run_mkswap(path, page, uuid_text, table[i].label), 0);
			assert_int_equal(pread(fd, want, page, 0), page);
			close(fd);
			memset(have, 0xaa, page);
			swapheader_write(have, page, swapheader_pages(bytes, page), uuid,
					 table[i].label);
			assert_memory_equal(have, want, page);

			swapheader_parse(want, page, page, &header);
			assert_int_equal(header.kind, SWAPHEADER_SWAP);
			assert_int_equal(header.page_bytes, page);
			assert_int_equal(header.last_page, bytes / page - 1);
			assert_string_equal(header.label, table[i].label);
		}
	}
}

/* mkswap refuses fewer pages than we do. */
static void test_least_is_mkswaps(void **state)
{
	_cleanup_(cleanup_tree) struct tree tree;
	char path[300], uuid_text[37];

	(void)state;
	tree_make(&tree);
	uuid_print(uuid, uuid_text);
	(void)snprintf(path, sizeof(path), "%s/swap", tree.path);
	tree_file(&tree, "swap", "");
	assert_return_code(truncate(path, SWAPHEADER_PAGES_MIN * 4096 - 1), errno);
	assert_int_equal(run_mkswap(path, 4096, uuid_text, "x"), 1);
	assert_return_code(truncate(path, SWAPHEADER_PAGES_MIN * 4096), errno);
	assert_int_equal(run_mkswap(path, 4096, uuid_text, "x"), 0);
}

/* --- what is written is read --- */

static void test_round_trip(void **state)
{
	static const uint32_t pages[] = { 10, 11, 4096, 0x7fffffff, 0x80000000, UINT32_MAX };
	static const struct {
		const char *label, *kept;
	} labels[] = {
		{ "", "" },
		{ "memprov", "memprov" },
		{ "sixteen-letters!", "sixteen-letters!" },
		{ "seventeen-letters", "seventeen-letter" },
		{ "\xc3\xa4\xff", "\xc3\xa4\xff" },
	};
	/* A byte more, to see that nothing is written behind the page. */
	static unsigned char page[KIB(64) + 1];

	(void)state;
	for (size_t p = 0; p < ARRAY_SIZE(page_sizes); p++)
		for (size_t n = 0; n < ARRAY_SIZE(pages); n++)
			for (size_t l = 0; l < ARRAY_SIZE(labels); l++) {
				struct swapheader header;

				memset(page, 0xaa, sizeof(page));
				swapheader_write(page, page_sizes[p], pages[n], uuid,
						 labels[l].label);
				assert_int_equal(page[page_sizes[p]], 0xaa);
				memset(&header, 0xaa, sizeof(header));
				swapheader_parse(page, page_sizes[p], page_sizes[p], &header);
				assert_int_equal(header.kind, SWAPHEADER_SWAP);
				assert_int_equal(header.page_bytes, page_sizes[p]);
				assert_false(header.other_endian);
				assert_int_equal(header.last_page, pages[n] - 1);
				assert_int_equal(header.bad_pages, 0);
				assert_memory_equal(header.uuid, uuid, sizeof(uuid));
				assert_string_equal(header.label, labels[l].kept);
			}
}

/* --- what a first page can hold --- */

struct mark {
	size_t at;
	const char *bytes;
	size_t len;
};

#define AT(offset, text)                       \
	{                                      \
		offset, text, sizeof(text) - 1 \
	}
#define END(page, text)                             \
	{                                           \
		(page) - 10, text, sizeof(text) - 1 \
	}

static const char one[4] = { 1, 0, 0, 0 };

static void test_parse(void **state)
{
	static const struct {
		const char *what;
		size_t len, native;
		struct mark marks[3];
		enum swapheader_kind kind;
		size_t page;
	} table[] = {
		{ "zeros", KIB(64), KIB(4), { { 0 } }, SWAPHEADER_NONE, 0 },
		{ "nothing", 0, KIB(4), { { 0 } }, SWAPHEADER_NONE, 0 },
		{ "old", KIB(64), KIB(4), { END(KIB(4), "SWAP-SPACE") }, SWAPHEADER_OLD, KIB(4) },
		{ "old, 8 KiB",
		  KIB(64),
		  KIB(4),
		  { END(KIB(8), "SWAP-SPACE") },
		  SWAPHEADER_OLD,
		  KIB(8) },
		{ "version 0",
		  KIB(64),
		  KIB(4),
		  { END(KIB(4), "SWAPSPACE2") },
		  SWAPHEADER_VERSION,
		  KIB(4) },
		{ "version 2",
		  KIB(64),
		  KIB(4),
		  { END(KIB(4), "SWAPSPACE2"), AT(1024, "\2\0\0\0") },
		  SWAPHEADER_VERSION,
		  KIB(4) },
		{ "version 2, other byte order",
		  KIB(64),
		  KIB(4),
		  { END(KIB(4), "SWAPSPACE2"), AT(1024, "\0\0\0\2") },
		  SWAPHEADER_VERSION,
		  KIB(4) },
		{ "version ~0",
		  KIB(64),
		  KIB(4),
		  { END(KIB(4), "SWAPSPACE2"), AT(1024, "\xff\xff\xff\xff") },
		  SWAPHEADER_VERSION,
		  KIB(4) },
		{ "S1SUSPEND",
		  KIB(64),
		  KIB(4),
		  { END(KIB(4), "S1SUSPEND\0") },
		  SWAPHEADER_HIBERNATION,
		  KIB(4) },
		{ "S1SUSPEND and a letter",
		  KIB(64),
		  KIB(4),
		  { END(KIB(4), "S1SUSPENDx") },
		  SWAPHEADER_HIBERNATION,
		  KIB(4) },
		{ "S2SUSPEND",
		  KIB(64),
		  KIB(4),
		  { END(KIB(4), "S2SUSPEND\0") },
		  SWAPHEADER_HIBERNATION,
		  KIB(4) },
		{ "ULSUSPEND",
		  KIB(64),
		  KIB(4),
		  { END(KIB(4), "ULSUSPEND\0") },
		  SWAPHEADER_HIBERNATION,
		  KIB(4) },
		{ "LINHIB0001",
		  KIB(64),
		  KIB(4),
		  { END(KIB(4), "LINHIB0001") },
		  SWAPHEADER_HIBERNATION,
		  KIB(4) },
		{ "S1SUSPEND, 16 KiB",
		  KIB(64),
		  KIB(4),
		  { END(KIB(16), "S1SUSPEND\0") },
		  SWAPHEADER_HIBERNATION,
		  KIB(16) },
		{ "LINHIB0001, 64 KiB",
		  KIB(64),
		  KIB(4),
		  { END(KIB(64), "LINHIB0001") },
		  SWAPHEADER_HIBERNATION,
		  KIB(64) },
		{ "LINHIB0001, native 64 KiB",
		  KIB(64),
		  KIB(64),
		  { END(KIB(64), "LINHIB0001") },
		  SWAPHEADER_HIBERNATION,
		  KIB(64) },
		{ "TuxOnIce",
		  KIB(64),
		  KIB(4),
		  { AT(0, "\xed\xc3\x02\xe9\x98\x56\xe5\x0c") },
		  SWAPHEADER_HIBERNATION,
		  KIB(4) },
		{ "TuxOnIce, with a swap signature",
		  KIB(64),
		  KIB(4),
		  { AT(0, "\xed\xc3\x02\xe9\x98\x56\xe5\x0c"),
		    END(KIB(4), "SWAPSPACE2"),
		    { 1024, one, 4 } },
		  SWAPHEADER_HIBERNATION,
		  KIB(4) },
		{ "TuxOnIce, one page only, native 64 KiB",
		  KIB(4),
		  KIB(64),
		  { AT(0, "\xed\xc3\x02\xe9\x98\x56\xe5\x0c") },
		  SWAPHEADER_HIBERNATION,
		  KIB(4) },
		{ "LINHIB0002",
		  KIB(64),
		  KIB(4),
		  { END(KIB(4), "LINHIB0002") },
		  SWAPHEADER_NONE,
		  0 },
		{ "S3SUSPEND",
		  KIB(64),
		  KIB(4),
		  { END(KIB(4), "S3SUSPEND\0") },
		  SWAPHEADER_NONE,
		  0 },
		{ "swapspace2",
		  KIB(64),
		  KIB(4),
		  { END(KIB(4), "swapspace2") },
		  SWAPHEADER_NONE,
		  0 },
		{ "a signature one byte early",
		  KIB(64),
		  KIB(4),
		  { AT(KIB(4) - 11, "SWAPSPACE2") },
		  SWAPHEADER_NONE,
		  0 },
		{ "a signature one byte late",
		  KIB(64),
		  KIB(4),
		  { AT(KIB(4) - 9, "SWAPSPACE2") },
		  SWAPHEADER_NONE,
		  0 },
		{ "2 KiB is no page",
		  KIB(64),
		  KIB(4),
		  { END(KIB(2), "SWAPSPACE2") },
		  SWAPHEADER_NONE,
		  0 },
		{ "12 KiB is no page",
		  KIB(64),
		  KIB(4),
		  { END(KIB(12), "SWAPSPACE2") },
		  SWAPHEADER_NONE,
		  0 },
		{ "one byte short of a page",
		  KIB(4) - 1,
		  KIB(4),
		  { AT(KIB(4) - 11, "SWAPSPACE2") },
		  SWAPHEADER_NONE,
		  0 },
		{ "one byte short of 16 KiB",
		  KIB(16) - 1,
		  KIB(4),
		  { AT(KIB(16) - 11, "SWAPSPACE2") },
		  SWAPHEADER_NONE,
		  0 },
		{ "one page, native 64 KiB",
		  KIB(4),
		  KIB(64),
		  { END(KIB(4), "SWAP-SPACE") },
		  SWAPHEADER_OLD,
		  KIB(4) },
		{ "the native page is looked at first",
		  KIB(64),
		  KIB(16),
		  { END(KIB(4), "SWAP-SPACE"), END(KIB(16), "S1SUSPEND\0") },
		  SWAPHEADER_HIBERNATION,
		  KIB(16) },
		{ "then the smallest",
		  KIB(64),
		  KIB(4),
		  { END(KIB(8), "SWAP-SPACE"), END(KIB(32), "S1SUSPEND\0") },
		  SWAPHEADER_OLD,
		  KIB(8) },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		/* Exactly as long as it says, so that a sanitizer sees what is read behind it. */
		unsigned char *data = calloc(1, table[i].len + !table[i].len);
		struct swapheader header;

		assert_non_null(data);
		for (size_t m = 0; m < ARRAY_SIZE(table[i].marks); m++)
			if (table[i].marks[m].len)
				memcpy(data + table[i].marks[m].at, table[i].marks[m].bytes,
				       table[i].marks[m].len);
		memset(&header, 0xaa, sizeof(header));
		swapheader_parse(data, table[i].len, table[i].native, &header);
		free(data);
		if (header.kind != table[i].kind || header.page_bytes != table[i].page)
			fail_msg("%s: kind %d, page %zu", table[i].what, (int)header.kind,
				 header.page_bytes);
	}
}

/* A header for any page size is found, whatever the kernel's own is. */
static void test_other_pages(void **state)
{
	static unsigned char head[KIB(64)];

	(void)state;
	for (size_t page = 0; page < ARRAY_SIZE(page_sizes); page++)
		for (size_t native = 0; native < ARRAY_SIZE(page_sizes); native++) {
			struct swapheader header;

			memset(head, 0, sizeof(head));
			swapheader_write(head, page_sizes[page], 1000, uuid, "memprov");
			swapheader_parse(head, sizeof(head), page_sizes[native], &header);
			assert_int_equal(header.kind, SWAPHEADER_SWAP);
			assert_int_equal(header.page_bytes, page_sizes[page]);
			assert_int_equal(header.last_page, 999);
		}
}

static void test_other_endian(void **state)
{
	unsigned char page[KIB(4)];
	struct swapheader header;
	uint32_t word;

	(void)state;
	swapheader_write(page, sizeof(page), 0x01020304, uuid, "memprov");
	for (size_t at = 1024; at < 1024 + 3 * sizeof(word); at += sizeof(word)) {
		memcpy(&word, page + at, sizeof(word));
		word = bswap_32(word);
		memcpy(page + at, &word, sizeof(word));
	}
	page[1024 + 2 * sizeof(word) + 3] = 7;
	swapheader_parse(page, sizeof(page), sizeof(page), &header);
	assert_int_equal(header.kind, SWAPHEADER_SWAP);
	assert_true(header.other_endian);
	assert_int_equal(header.last_page, 0x01020303);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	assert_int_equal(header.bad_pages, 7);
#endif
	assert_memory_equal(header.uuid, uuid, sizeof(uuid));
	assert_string_equal(header.label, "memprov");
}

static void test_pages(void **state)
{
	static const struct {
		uint64_t bytes;
		size_t page;
		uint32_t pages;
	} table[] = {
		{ 0, KIB(4), 0 },
		{ 1, KIB(4), 0 },
		{ 4095, KIB(4), 0 },
		{ 4096, KIB(4), 1 },
		{ 4097, KIB(4), 1 },
		{ 8191, KIB(4), 1 },
		{ GIB(1), KIB(4), 262144 },
		{ GIB(1), KIB(64), 16384 },
		{ GIB(1) - 1, KIB(64), 16383 },
		{ (uint64_t)UINT32_MAX * KIB(4) - 1, KIB(4), UINT32_MAX - 1 },
		{ (uint64_t)UINT32_MAX * KIB(4), KIB(4), UINT32_MAX },
		{ (uint64_t)UINT32_MAX * KIB(4) + KIB(4), KIB(4), UINT32_MAX },
		{ GIB(1024 * 1024), KIB(4), UINT32_MAX },
		{ UINT64_MAX, KIB(4), UINT32_MAX },
		{ UINT64_MAX, KIB(64), UINT32_MAX },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		assert_int_equal(swapheader_pages(table[i].bytes, table[i].page), table[i].pages);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_as_mkswap),   cmocka_unit_test(test_least_is_mkswaps),
		cmocka_unit_test(test_round_trip),  cmocka_unit_test(test_parse),
		cmocka_unit_test(test_other_pages), cmocka_unit_test(test_other_endian),
		cmocka_unit_test(test_pages),
	};

	return cmocka_run_group_tests_name("swapheader", tests, NULL, NULL);
}
