/* SPDX-License-Identifier: MIT */
/*
 * Profiles that are accepted and what becomes of each key; the shipped ones; hostile ones against
 * the clock. Touches nothing.
 */
#include "catalog.h"
#include "cost.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define V1   "memprov: 1\n"
#define SWAP V1 "swap:\n  sizes: [{ram: any, recommended: 1G}]\n  "
#define FIVE (1U << FS_EXT4 | 1U << FS_XFS | 1U << FS_BTRFS | 1U << FS_EXT3 | 1U << FS_EXT2)

static void parse(const char *text, struct profile *ret)
{
	struct profile_errors errors;
	int r = profile_parse(text, strlen(text), "test", "/a/test.yaml", ret, &errors);

	if (r != 0)
		fail_msg("%s\nreturned %d: %u:%u: %s", text, r, errors.items[0].line,
			 errors.items[0].column, errors.items[0].message);
	assert_int_equal(errors.n, 0);
	assert_null(errors.items);
}

/* The scalars of a profile in one line, so that a table can hold them. */
static const char *profile_text(const struct profile *p, char buf[static 512])
{
	size_t n = (size_t)snprintf(
		buf, 512, "%s|%s|%llu+%llu|%d|%d|%d|%#x|%d|", p->description, p->file,
		(unsigned long long)p->keep_free.bytes, (unsigned long long)p->keep_free.millionths,
		(int)p->larger, p->priority, (int)p->discard, p->filesystems, (int)p->conflicts);

	for (size_t i = 0; i < p->n_options; i++)
		n += (size_t)snprintf(buf + n, 512 - n, "%s%s", i ? "," : "", p->options[i]);
	return buf;
}

static void test_scalars(void **state)
{
	static const struct {
		const char *text, *want;
	} table[] = {
		{ V1, "|/swapfile|0+100000|0|-1|0|0x1f|0|nofail" },
		{ "memprov: 1", "|/swapfile|0+100000|0|-1|0|0x1f|0|nofail" },
		{ "\xef\xbb\xbfmemprov: 1\n", "|/swapfile|0+100000|0|-1|0|0x1f|0|nofail" },
		{ "memprov: 1\r\ndescription: a\r\n", "a|/swapfile|0+100000|0|-1|0|0x1f|0|nofail" },
		{ "---\nmemprov: 1\n...\n", "|/swapfile|0+100000|0|-1|0|0x1f|0|nofail" },
		{ "{memprov: 1, description: a}", "a|/swapfile|0+100000|0|-1|0|0x1f|0|nofail" },
		{ "\"memprov\": 1\n", "|/swapfile|0+100000|0|-1|0|0x1f|0|nofail" },
		{ V1 "description: \"a: b # c\"\n",
		  "a: b # c|/swapfile|0+100000|0|-1|0|0x1f|0|nofail" },
		{ V1 "description: one\n  line\n",
		  "one line|/swapfile|0+100000|0|-1|0|0x1f|0|nofail" },
		{ V1 "description: 12\n", "12|/swapfile|0+100000|0|-1|0|0x1f|0|nofail" },
		{ V1 "description: \xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80\n",
		  "\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80|/swapfile|0+100000|0|-1|0|0x1f|0|"
		  "nofail" },
		{ V1 "conflicts: block\n", "|/swapfile|0+100000|0|-1|0|0x1f|0|nofail" },
		{ V1 "conflicts: disable\n", "|/swapfile|0+100000|0|-1|0|0x1f|1|nofail" },
		{ V1 "conflicts: 'report'\n", "|/swapfile|0+100000|0|-1|0|0x1f|2|nofail" },
		{ SWAP, "|/swapfile|0+100000|0|-1|0|0x1f|0|nofail" },
		{ SWAP "file: /var/swap@1+a:b-C_0.img",
		  "|/var/swap@1+a:b-C_0.img|0+100000|0|-1|0|0x1f|0|nofail" },
		{ SWAP "file: /swap..file", "|/swap..file|0+100000|0|-1|0|0x1f|0|nofail" },
		{ SWAP "keep-free: 2.5%", "|/swapfile|0+25000|0|-1|0|0x1f|0|nofail" },
		{ SWAP "keep-free: 0", "|/swapfile|0+0|0|-1|0|0x1f|0|nofail" },
		{ SWAP "keep-free: 2G", "|/swapfile|2147483648+0|0|-1|0|0x1f|0|nofail" },
		{ SWAP "keep-free: \"2G\"", "|/swapfile|2147483648+0|0|-1|0|0x1f|0|nofail" },
		{ SWAP "larger: keep", "|/swapfile|0+100000|0|-1|0|0x1f|0|nofail" },
		{ SWAP "larger: shrink", "|/swapfile|0+100000|1|-1|0|0x1f|0|nofail" },
		{ SWAP "priority: default", "|/swapfile|0+100000|0|-1|0|0x1f|0|nofail" },
		{ SWAP "priority: 0", "|/swapfile|0+100000|0|0|0|0x1f|0|nofail" },
		{ SWAP "priority: 32767", "|/swapfile|0+100000|0|32767|0|0x1f|0|nofail" },
		{ SWAP "discard: none", "|/swapfile|0+100000|0|-1|0|0x1f|0|nofail" },
		{ SWAP "discard: once", "|/swapfile|0+100000|0|-1|1|0x1f|0|nofail" },
		{ SWAP "discard: pages", "|/swapfile|0+100000|0|-1|2|0x1f|0|nofail" },
		{ SWAP "discard: both", "|/swapfile|0+100000|0|-1|3|0x1f|0|nofail" },
		{ SWAP "options: []", "|/swapfile|0+100000|0|-1|0|0x1f|0|" },
		{ SWAP "options: [nofail, x-systemd.device-timeout=5s, print]",
		  "|/swapfile|0+100000|0|-1|0|0x1f|0|nofail,x-systemd.device-timeout=5s,print" },
		{ SWAP "options:\n  - x-a=/b:c@d+e\n  - defaults",
		  "|/swapfile|0+100000|0|-1|0|0x1f|0|x-a=/b:c@d+e,defaults" },
		{ SWAP "filesystems: [f2fs]", "|/swapfile|0+100000|0|-1|0|0x20|0|nofail" },
		{ SWAP "filesystems: [xfs, ext4]", "|/swapfile|0+100000|0|-1|0|0x3|0|nofail" },
	};

	(void)state;
	assert_int_equal(FIVE, 0x1f);
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct profile profile;
		char buf[512];

		parse(table[i].text, &profile);
		assert_string_equal(profile.name, "test");
		assert_string_equal(profile.source, "/a/test.yaml");
		assert_string_equal(profile_text(&profile, buf), table[i].want);
		profile_done(&profile);
		assert_null(profile.name);
	}
}

static void test_sections(void **state)
{
	static const struct {
		const char *text;
		bool has_swap, has_sysctl;
		size_t n_rows, n_sysctl;
	} table[] = {
		{ V1, false, false, 0, 0 },
		{ SWAP, true, false, 1, 0 },
		{ V1 "sysctl: {}\n", false, true, 0, 0 },
		{ V1 "sysctl: {vm.swappiness: 10}\n", false, true, 0, 1 },
		{ SWAP "\nsysctl: {vm.swappiness: 10, vm.dirty_ratio: 5}\n", true, true, 1, 2 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct profile profile;

		parse(table[i].text, &profile);
		assert_int_equal(profile.has_swap, table[i].has_swap);
		assert_int_equal(profile.has_sysctl, table[i].has_sysctl);
		assert_int_equal(profile.n_rows, table[i].n_rows);
		assert_int_equal(profile.n_sysctl, table[i].n_sysctl);
		profile_done(&profile);
	}
}

static void test_rows(void **state)
{
	static const struct {
		const char *row;
		struct profile_row want;
	} table[] = {
#define B(n) { .bytes = (n) }
#define X(n)                      \
	{                         \
		.millionths = (n) \
	}
		{ "{ ram: 2G, recommended: 2x, minimum: 1x }",
		  { GIB(2), X(2000000), X(2000000), X(1000000) } },
		{ "{ ram: 2G, recommended: 2x }", { GIB(2), X(2000000), X(2000000), X(2000000) } },
		{ "{ ram: any, recommended: 32G, minimum: 16G }",
		  { RAM_ANY, B(GIB(32)), B(GIB(32)), B(GIB(16)) } },
		{ "{ ram: any, recommended: 1G..2G }",
		  { RAM_ANY, B(GIB(1)), B(GIB(2)), B(GIB(1)) } },
		{ "{ ram: any, recommended: 0..1x }", { RAM_ANY, B(0), X(1000000), B(0) } },
		{ "{ ram: any, recommended: .5G...5x, minimum: 0 }",
		  { RAM_ANY, B(MIB(512)), X(500000), B(0) } },
		{ "{ ram: any, recommended: 0 }", { RAM_ANY, B(0), B(0), B(0) } },
		{ "{ ram: any, recommended: 0.5x..1x, minimum: 0.5x }",
		  { RAM_ANY, X(500000), X(1000000), X(500000) } },
		{ "{ ram: 5GB, recommended: \"1GB\" }",
		  { 5000000000, B(1000000000), B(1000000000), B(1000000000) } },
		{ "{ minimum: 1G, recommended: 1G, ram: 2GiB }",
		  { GIB(2), B(GIB(1)), B(GIB(1)), B(GIB(1)) } },
#undef B
#undef X
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		const struct profile_row *want = &table[i].want, *row;
		struct profile profile;
		char text[256];

		/* The row before lets a range hold that begins with a size. */
		(void)snprintf(text, sizeof(text),
			       V1 "swap: {sizes: [{ram: 1G, recommended: 0}, %s]}\n", table[i].row);
		parse(text, &profile);
		row = &profile.rows[1];
		assert_int_equal(row->ram_bytes, want->ram_bytes);
		assert_int_equal(row->low.bytes, want->low.bytes);
		assert_int_equal(row->low.millionths, want->low.millionths);
		assert_int_equal(row->high.bytes, want->high.bytes);
		assert_int_equal(row->high.millionths, want->high.millionths);
		assert_int_equal(row->minimum.bytes, want->minimum.bytes);
		assert_int_equal(row->minimum.millionths, want->minimum.millionths);
		profile_done(&profile);
	}
}

/* Rows that hold exactly at an end of what they cover, and not one byte beyond. */
static void test_coverage(void **state)
{
	static const struct {
		const char *sizes;
		int r;
	} table[] = {
		{ "[{ram: 32G, recommended: 0}, {ram: 64G, recommended: 16G..0.5x}]", 0 },
		{ "[{ram: 31G, recommended: 0}, {ram: 64G, recommended: 16G..0.5x}]", -EINVAL },
		{ "[{ram: 4G, recommended: 1x..4G}]", 0 },
		{ "[{ram: 4097M, recommended: 1x..4G}]", -EINVAL },
		{ "[{ram: 4G, recommended: 4G, minimum: 1x}]", 0 },
		{ "[{ram: 4097M, recommended: 4G, minimum: 1x}]", -EINVAL },
		{ "[{ram: 4G, recommended: 0}, {ram: any, recommended: 1x, minimum: 4G}]", 0 },
		{ "[{ram: 4095M, recommended: 0}, {ram: any, recommended: 1x, minimum: 4G}]",
		  -EINVAL },
		{ "[{ram: any, recommended: 1x..1.000001x}]", 0 },
		{ "[{ram: any, recommended: 1x..0.999999x}]", -EINVAL },
		{ "[{ram: any, recommended: 8388607T, minimum: 0.000001x}]", -EINVAL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct profile profile = { .name = NULL };
		struct profile_errors errors;
		char text[256];
		int n = snprintf(text, sizeof(text), V1 "swap: {sizes: %s}\n", table[i].sizes);

		assert_int_equal(profile_parse(text, (size_t)n, "a", "b", &profile, &errors),
				 table[i].r);
		assert_int_equal(errors.n, table[i].r ? 1 : 0);
		profile_errors_done(&errors);
		profile_done(&profile);
	}
}

static void test_sysctl(void **state)
{
	static const struct {
		const char *name;
		enum sysctl_key key;
	} table[] = {
		{ "vm.swappiness", SYSCTL_SWAPPINESS },
		{ "vm.vfs_cache_pressure", SYSCTL_VFS_CACHE_PRESSURE },
		{ "vm.overcommit_memory", SYSCTL_OVERCOMMIT_MEMORY },
		{ "vm.overcommit_ratio", SYSCTL_OVERCOMMIT_RATIO },
		{ "vm.overcommit_kbytes", SYSCTL_OVERCOMMIT_KBYTES },
		{ "vm.page-cluster", SYSCTL_PAGE_CLUSTER },
		{ "vm.max_map_count", SYSCTL_MAX_MAP_COUNT },
		{ "vm.min_free_kbytes", SYSCTL_MIN_FREE_KBYTES },
		{ "vm.watermark_scale_factor", SYSCTL_WATERMARK_SCALE_FACTOR },
		{ "vm.dirty_ratio", SYSCTL_DIRTY_RATIO },
		{ "vm.dirty_bytes", SYSCTL_DIRTY_BYTES },
		{ "vm.dirty_background_ratio", SYSCTL_DIRTY_BACKGROUND_RATIO },
		{ "vm.dirty_background_bytes", SYSCTL_DIRTY_BACKGROUND_BYTES },
	};

	(void)state;
	assert_int_equal(ARRAY_SIZE(table), SYSCTL_N);
	for (size_t i = 0; i < 2 * ARRAY_SIZE(table); i++) {
		const struct sysctl_key_info *info = &sysctl_keys[table[i / 2].key];
		uint64_t value = i % 2 ? info->max : info->min;
		struct profile profile;
		char text[128];

		(void)snprintf(text, sizeof(text), V1 "sysctl:\n  %s: %llu\n", table[i / 2].name,
			       (unsigned long long)value);
		parse(text, &profile);
		assert_int_equal(profile.n_sysctl, 1);
		assert_int_equal(profile.sysctl[0].key, table[i / 2].key);
		assert_int_equal(profile.sysctl[0].value, value);
		profile_done(&profile);
	}
}

static void test_row_for(void **state)
{
	static const char text[] = V1 "swap: {sizes: [{ram: 2G, recommended: 1G}, "
				      "{ram: 4G, recommended: 2G}]}\n";
	struct profile profile;

	(void)state;
	parse(text, &profile);
	assert_ptr_equal(profile_row_for(&profile, 1), &profile.rows[0]);
	assert_ptr_equal(profile_row_for(&profile, GIB(2)), &profile.rows[0]);
	assert_ptr_equal(profile_row_for(&profile, GIB(2) + 1), &profile.rows[1]);
	assert_ptr_equal(profile_row_for(&profile, GIB(4)), &profile.rows[1]);
	assert_null(profile_row_for(&profile, GIB(4) + 1));
	profile_done(&profile);
}

static void test_shipped(void **state)
{
	static const char *const names[] = { "database", "default",  "hibernate",
					     "rhel",     "small-vm", "workstation" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const struct catalog_builtin *b = &catalog_builtins[i];
		struct profile profile;

		assert_string_equal(b->name, names[i]);
		assert_int_equal(b->len, strlen(b->text));
		parse(b->text, &profile);
		assert_true(strlen(profile.description) > 10);
		assert_true(strlen(profile.description) < 90);
		assert_true(profile.has_swap);
		assert_int_equal(profile.rows[profile.n_rows - 1].ram_bytes == RAM_ANY,
				 !streq(b->name, "small-vm"));
		profile_done(&profile);
	}
	assert_null(catalog_builtins[ARRAY_SIZE(names)].name);
}

/* A text of 64 KiB: what is before, and what is repeated to the end. */
static void test_bombs(void **state)
{
	static const struct {
		const char *before, *repeated;
	} table[] = {
		{ "", "[" },
		{ "", "{" },
		{ "", "[\n" },
		{ "", "{\n" },
		{ "", "[{" },
		{ "", "- " },
		{ "", "? " },
		{ "", "? [\n" },
		{ "", "? a\n" },
		{ "", ": " },
		{ "", "," },
		{ "", "\"" },
		{ "", "&" },
		{ "", "!" },
		{ "", "*" },
		{ "", "a" },
		{ "", "a\n" },
		{ "", "--- a\n" },
		{ "", "%TAG !a! tag:a\n" },
		{ V1 "x: [", "&a a," },
		{ V1 "x: [", "*a," },
		{ V1 "x:\n", "- &a [*a]\n" },
		{ V1 "x:\n", " a: {b: {c: \n" },
		{ "", "- - - -" },
		{ V1 "x: [", "!!s a," },
		{ V1 "x: [", "a," },
		{ V1 "x: {", "a," },
		{ V1, "a:\n" },
		{ V1, "memprov: 1\n" },
		{ V1 "swap:\n sizes:\n", " - {}\n" },
		{ V1 "swap: {sizes: [", "1," },
		{ V1 "swap: {sizes: [{ram: any, recommended: 1G}], options: [", "a," },
		{ V1 "swap: {sizes: [{ram: any, recommended: 1G}], filesystems: [", "a," },
		{ V1 "description: \"", "\\n\n" },
	};
	static char text[PROFILE_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		const size_t len =
			cost_fill(text, sizeof(text), table[i].before, table[i].repeated);
		const double start = cost_now();
		struct profile profile = { .name = NULL };
		struct profile_errors errors;

		assert_int_equal(profile_parse(text, len, "a", "b", &profile, &errors), -EINVAL);
		cost_check(start, table[i].repeated);
		assert_in_range(errors.n, 1, 100);
		profile_errors_done(&errors);
	}
}

static void test_size_limit(void **state)
{
	static char text[PROFILE_MAX + 1] = V1;
	struct profile profile = { .name = NULL };
	struct profile_errors errors;

	(void)state;
	memset(text + strlen(V1), '#', sizeof(text) - strlen(V1));
	assert_int_equal(profile_parse(text, PROFILE_MAX, "a", "b", &profile, &errors), 0);
	profile_done(&profile);
	assert_int_equal(profile_parse(text, PROFILE_MAX + 1, "a", "b", &profile, &errors),
			 -EINVAL);
	assert_int_equal(errors.n, 1);
	assert_string_equal(errors.items[0].message,
			    "a profile has at most 64 KiB, not 65537 bytes");
	profile_errors_done(&errors);
}

/* Sixteen levels are read as any other text; the file has no use for them. */
static void test_depth(void **state)
{
	static const struct {
		const char *text, *message;
	} table[] = {
		{ V1 "description: [[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]\n",
		  "description must be one value, not a list" },
		{ V1 "description: [[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]\n",
		  "nested deeper than 16 levels" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct profile profile = { .name = NULL };
		struct profile_errors errors;

		assert_int_equal(profile_parse(table[i].text, strlen(table[i].text), "a", "b",
					       &profile, &errors),
				 -EINVAL);
		assert_int_equal(errors.n, 1);
		assert_string_equal(errors.items[0].message, table[i].message);
		profile_errors_done(&errors);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scalars),    cmocka_unit_test(test_sections),
		cmocka_unit_test(test_rows),       cmocka_unit_test(test_coverage),
		cmocka_unit_test(test_sysctl),     cmocka_unit_test(test_row_for),
		cmocka_unit_test(test_shipped),    cmocka_unit_test(test_bombs),
		cmocka_unit_test(test_size_limit), cmocka_unit_test(test_depth),
	};

	return cmocka_run_group_tests_name("profile", tests, NULL, NULL);
}
