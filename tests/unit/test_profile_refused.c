/* SPDX-License-Identifier: MIT */
/*
 * Profiles that must be refused, each with the whole of what is said about it. Touches nothing.
 */
#include "profile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define V1        "memprov: 1\n"
#define SWAP      V1 "swap:\n  sizes: [{ram: any, recommended: 1G}]\n  "
#define OR_RANGE  "; a multiple of RAM such as 0.5x or a range A..B will do, too"
#define OR_TIMES  "; a multiple of RAM such as 0.5x will do, too"
#define NO_SIZE   " is not a size such as 512M, 16G or 1.5G"
#define WHICH     ": which unit? write K, M, G or T behind the number"
#define KNOWN_TOP "; known here: memprov, description, swap, sysctl, conflicts"
#define KNOWN_VM                                                                          \
	"; known here: vm.swappiness, vm.vfs_cache_pressure, vm.overcommit_memory, "      \
	"vm.overcommit_ratio, vm.overcommit_kbytes, vm.page-cluster, vm.max_map_count, "  \
	"vm.min_free_kbytes, vm.watermark_scale_factor, vm.dirty_ratio, vm.dirty_bytes, " \
	"vm.dirty_background_ratio, vm.dirty_background_bytes"
#define ONE_LINE "a text must be one line without control characters"
#define IS_MAP   " must be a mapping of keys to values"
#define PATH_SET " has a character other than A-Z a-z 0-9 . _ / + @ : -"
#define OPT_SET  " has a character other than A-Z a-z 0-9 . _ = : / @ + -"

struct refused {
	const char *text;
	const char *errors; /* as FILE:LINE:COLUMN: message without the file, joined by newlines */
};

static void refused_check(const char *text, size_t len, const char *want)
{
	struct profile profile = { .name = NULL };
	struct profile_errors errors;
	char have[8192] = "";
	size_t n = 0;
	int r = profile_parse(text, len, "test", "test.yaml", &profile, &errors);

	for (size_t i = 0; i < errors.n && n < sizeof(have); i++)
		n += (size_t)snprintf(have + n, sizeof(have) - n, "%s%u:%u: %s", i ? "\n" : "",
				      errors.items[i].line, errors.items[i].column,
				      errors.items[i].message);
	if (r != -EINVAL || !streq(have, want) || profile.name)
		fail_msg("%s\nreturned %d, said\n%s\nnot\n%s", text, r, have, want);
	profile_errors_done(&errors);
	assert_null(errors.items);
}

static void test_keys(void **state)
{
	static const struct refused table[] = {
		{ V1 "swapp: {}", "2:1: unknown key \"swapp\"" KNOWN_TOP },
		{ V1 "memprov: 1", "2:1: duplicate key \"memprov\"; it has a value in line 1" },
		{ V1 "description: a\ndescription: b",
		  "3:1: duplicate key \"description\"; it has a value in line 2" },
		{ V1 "description: {a: b}", "2:14: description must be one value, not a mapping" },
		{ V1 "description: [a]", "2:14: description must be one value, not a list" },
		{ V1 "description:", "2:13: description has no value" },
		{ V1 "description: \"a\\tb\"", "2:14: " ONE_LINE },
		{ V1 "description: \"a\\x1b[2J\"", "2:14: " ONE_LINE },
		{ V1 "description: \"a\\0b\"", "2:14: " ONE_LINE },
		{ V1 "description: \"a\\u0085b\"", "2:14: " ONE_LINE },
		{ V1 "description: \"a\\u2028b\"", "2:14: " ONE_LINE },
		{ V1 "description: |\n  a\n  b", "2:14: " ONE_LINE },
		{ V1 "<<: {description: a}", "2:1: unknown key \"<<\"" KNOWN_TOP },
		{ V1 "? [a]\n: b", "2:3: a key must be a word" KNOWN_TOP },
		{ V1 "swap:", "2:6: swap" IS_MAP },
		{ V1 "swap: yes", "2:7: swap" IS_MAP },
		{ V1 "swap: []", "2:7: swap" IS_MAP },
		{ V1 "swap: {}",
		  "2:7: swap has no \"sizes\"; leave swap out where none is managed" },
		{ V1 "swap: {file: /swapfile}",
		  "2:7: swap has no \"sizes\"; leave swap out where none is managed" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		refused_check(table[i].text, strlen(table[i].text), table[i].errors);
}

static void test_sizes(void **state)
{
	static const struct refused table[] = {
		{ V1 "swap: {sizes: [{ram: any, recommended: 1G, minimum: []}]}",
		  "2:53: minimum must be one value, not a list" },
		{ V1 "swap: {sizes: 1G}", "2:15: sizes must be a list" },
		{ V1 "swap: {sizes: {ram: any}}", "2:15: sizes must be a list" },
		{ V1 "swap: {sizes: []}", "2:15: sizes must have at least one row" },
		{ V1 "swap: {sizes: [1G]}", "2:16: a row of sizes" IS_MAP },
		{ V1 "swap: {sizes: [{}]}",
		  "2:16: this row has no \"ram\"\n2:16: this row has no \"recommended\"" },
		{ V1 "swap: {sizes: [{ram: any}]}", "2:16: this row has no \"recommended\"" },
		{ V1 "swap: {sizes: [{recommended: 1G}]}", "2:16: this row has no \"ram\"" },
		{ V1 "swap: {sizes: [{ram: any, recommended: 1G, max: 2G}]}",
		  "2:44: unknown key \"max\"; known here: ram, recommended, minimum" },
		{ V1 "swap: {sizes: [{ram: any, ram: 2G, recommended: 1G}]}",
		  "2:27: duplicate key \"ram\"; it has a value in line 2" },
		{ V1 "swap: {sizes: [{ram: 2, recommended: 1G}]}",
		  "2:22: \"2\"" WHICH "; any will do, too" },
		{ V1 "swap: {sizes: [{ram: 2x, recommended: 1G}]}",
		  "2:22: \"2x\"" NO_SIZE "; any will do, too" },
		{ V1 "swap: {sizes: [{ram: 0, recommended: 1G}]}",
		  "2:22: ram must be more than 0" },
		{ V1 "swap: {sizes: [{ram: Any, recommended: 1G}]}",
		  "2:22: \"Any\"" NO_SIZE "; any will do, too" },
		{ V1 "swap: {sizes: [{ram: 9000000T, recommended: 1G}]}",
		  "2:22: \"9000000T\" is too large or too finely divided" },
		{ V1 "swap: {sizes: [{ram: [1G], recommended: 1G}]}",
		  "2:22: ram must be one value, not a list" },
		{ V1 "swap: {sizes: [{ram: any, recommended: 2}]}", "2:40: \"2\"" WHICH OR_RANGE },
		{ V1 "swap: {sizes: [{ram: any, recommended: -2G}]}",
		  "2:40: \"-2G\"" NO_SIZE OR_RANGE },
		{ V1 "swap: {sizes: [{ram: any, recommended: 2g}]}",
		  "2:40: \"2g\"" NO_SIZE OR_RANGE },
		{ V1 "swap: {sizes: [{ram: any, recommended: 10%}]}",
		  "2:40: \"10%\"" NO_SIZE OR_RANGE },
		{ V1 "swap: {sizes: [{ram: any, recommended: 1001x}]}",
		  "2:40: \"1001x\" is too large or too finely divided" },
		{ V1 "swap: {sizes: [{ram: any, recommended: 1.2.3x}]}",
		  "2:40: \"1.2.3x\"" NO_SIZE OR_RANGE },
		{ V1 "swap: {sizes: [{ram: any, recommended: 1G..}]}",
		  "2:40: \"1G..\"" NO_SIZE OR_RANGE },
		{ V1 "swap: {sizes: [{ram: any, recommended: ..1G}]}",
		  "2:40: \"..1G\"" NO_SIZE OR_RANGE },
		{ V1 "swap: {sizes: [{ram: any, recommended: 1G..2}]}",
		  "2:40: \"1G..2\"" WHICH OR_RANGE },
		{ V1 "swap: {sizes: [{ram: any, recommended: 1G..2G..3G}]}",
		  "2:40: \"1G..2G..3G\"" NO_SIZE OR_RANGE },
		{ V1 "swap: {sizes: [{ram: any, recommended: 1G .. 2G}]}",
		  "2:40: \"1G .. 2G\"" NO_SIZE OR_RANGE },
		{ V1 "swap: {sizes: [{ram: any, recommended: }]}",
		  "2:40: recommended has no value" },
		{ V1 "swap: {sizes: [{ram: any, recommended: {a: 1G}}]}",
		  "2:40: recommended must be one value, not a mapping" },
		{ V1 "swap: {sizes: [{ram: any, recommended: 1G, minimum: 1G..2G}]}",
		  "2:53: \"1G..2G\"" NO_SIZE OR_TIMES },
		{ V1 "swap: {sizes: [{ram: any, recommended: 1G, minimum: 1}]}",
		  "2:53: \"1\"" WHICH OR_TIMES },
		{ V1 "swap: {sizes: [{ram: any, recommended: 1G, minimum: 2G}]}",
		  "2:53: the minimum 2G is above the recommended 1G" },
		{ V1 "swap: {sizes: [{ram: any, recommended: 2G..1G}]}",
		  "2:40: the range 2G..1G ends below where it begins" },
		{ V1 "swap: {sizes: [{ram: any, recommended: 0.5x, minimum: 1x}]}",
		  "2:55: the minimum 1x is above the recommended 0.5x" },
		{ V1 "swap: {sizes: [{ram: any, recommended: 1x..2G}]}",
		  "2:40: the range 1x..2G ends below where it begins on the largest machines; "
		  "split the row" },
		{ V1 "swap: {sizes: [{ram: 4G, recommended: 2x..8191M}]}",
		  "2:39: the range 2x..8191M ends below where it begins at 4 GiB of RAM; split the "
		  "row" },
		{ V1 "swap: {sizes: [{ram: 4G, recommended: 1G..1x}]}",
		  "2:39: the range 1G..1x ends below where it begins on the smallest machines; "
		  "split the row" },
		{ V1 "swap: {sizes: [{ram: 4G, recommended: 1x, minimum: 1G}]}",
		  "2:52: the minimum 1G is above the recommended 1x on the smallest machines; "
		  "split the row" },
		{ V1 "swap: {sizes: [{ram: 4G, recommended: 1G}, {ram: any, recommended: 1x, "
		     "minimum: 5G}]}",
		  "2:81: the minimum 5G is above the recommended 1x just above 4 GiB of RAM; split "
		  "the row" },
		{ V1 "swap: {sizes: [{ram: 32G, recommended: 1G}, {ram: 64G, recommended: "
		     "16.1G..0.5x, minimum: 8G}]}",
		  "2:69: the range 16.1G..0.5x ends below where it begins just above 32 GiB of "
		  "RAM; split the row" },
		{ V1 "swap: {sizes: [{ram: 32G, recommended: 1G}, {ram: 64G, recommended: 8G, "
		     "minimum: 0.25x}]}",
		  "2:82: the minimum 0.25x is above the recommended 8G" },
		{ V1 "swap: {sizes: [{ram: 64G, recommended: 8G, minimum: 0.25x}]}",
		  "2:53: the minimum 0.25x is above the recommended 8G at 64 GiB of RAM; split the "
		  "row" },
		{ V1 "swap: {sizes: [{ram: 4G, recommended: 1G}, {ram: 4G, recommended: 1G}]}",
		  "2:50: rows must ascend: 4G is not more than 4 GiB" },
		{ V1 "swap: {sizes: [{ram: 8G, recommended: 1G}, {ram: 4G, recommended: 1G}]}",
		  "2:50: rows must ascend: 4G is not more than 8 GiB" },
		{ V1 "swap: {sizes: [{ram: any, recommended: 1G}, {ram: 4G, recommended: 1G}]}",
		  "2:51: nothing can follow the row for any RAM" },
		{ V1 "swap: {sizes: [{ram: any, recommended: 1G}, {ram: any, recommended: 1G}]}",
		  "2:51: nothing can follow the row for any RAM" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		refused_check(table[i].text, strlen(table[i].text), table[i].errors);
}

static void test_swap(void **state)
{
	static const struct refused table[] = {
		{ SWAP "file: []", "4:9: file must be one value, not a list" },
		{ SWAP "file: swapfile", "4:9: the path \"swapfile\" is not absolute" },
		{ SWAP "file: /a/../swapfile",
		  "4:9: the path \"/a/../swapfile\" has a \"..\" in it" },
		{ SWAP "file: /..", "4:9: the path \"/..\" has a \"..\" in it" },
		{ SWAP "file: /./swapfile",
		  "4:9: the path \"/./swapfile\" has an empty or \".\" component" },
		{ SWAP "file: //swapfile",
		  "4:9: the path \"//swapfile\" has an empty or \".\" component" },
		{ SWAP "file: /swap/", "4:9: the path \"/swap/\" names a directory" },
		{ SWAP "file: /", "4:9: the path \"/\" names a directory" },
		{ SWAP "file: /swap file", "4:9: the path \"/swap file\"" PATH_SET },
		{ SWAP "file: \"/swap\\nUUID=evil / ext4\"", "4:9: " ONE_LINE },
		{ SWAP "file: \"/swap\\\\040\"", "4:9: the path \"/swap\\040\"" PATH_SET },
		{ SWAP "file: /swäp", "4:9: the path \"/swäp\"" PATH_SET },
		{ SWAP "file: \"/swap#1\"", "4:9: the path \"/swap#1\"" PATH_SET },
		{ SWAP "file: [/swapfile]", "4:9: file must be one value, not a list" },
		{ SWAP "file: \"\"", "4:9: file has no value" },
		{ SWAP "keep-free: 10", "4:14: \"10\"" WHICH "; a share such as 10% will do, too" },
		{ SWAP "keep-free: 101%", "4:14: \"101%\" is too large or too finely divided" },
		{ SWAP "keep-free: 0.5x",
		  "4:14: \"0.5x\"" NO_SIZE "; a share such as 10% will do, too" },
		{ SWAP "keep-free: ten",
		  "4:14: \"ten\"" NO_SIZE "; a share such as 10% will do, too" },
		{ SWAP "larger: grow", "4:11: larger must be one of keep, shrink, not \"grow\"" },
		{ SWAP "larger: true", "4:11: larger must be one of keep, shrink, not \"true\"" },
		{ SWAP "priority: -1",
		  "4:13: priority must be a decimal number, 0 to 32767, not \"-1\"" },
		{ SWAP "priority: 32768", "4:13: priority must be 0 to 32767, not 32768" },
		{ SWAP "priority: \"10\"",
		  "4:13: priority must be a number, without quotes: 0 to 32767" },
		{ SWAP "priority: \"default\"x",
		  "4:22: not YAML: did not find expected key while parsing a block mapping" },
		{ SWAP "priority: 0x10",
		  "4:13: priority must be a decimal number, 0 to 32767, not \"0x10\"" },
		{ SWAP "priority: 010",
		  "4:13: priority must be a decimal number, 0 to 32767, not \"010\"" },
		{ SWAP "priority: +1",
		  "4:13: priority must be a decimal number, 0 to 32767, not \"+1\"" },
		{ SWAP "priority: 1.0",
		  "4:13: priority must be a decimal number, 0 to 32767, not \"1.0\"" },
		{ SWAP "priority: yes",
		  "4:13: priority must be a decimal number, 0 to 32767, not \"yes\"" },
		{ SWAP "priority: 99999999999999999999999",
		  "4:13: priority must be a decimal number, 0 to 32767, not "
		  "\"99999999999999999999999\"" },
		{ SWAP "discard: yes",
		  "4:12: discard must be one of none, once, pages, both, not \"yes\"" },
		{ SWAP "options: nofail", "4:12: options must be a list" },
		{ SWAP "options: {nofail: 1}", "4:12: options must be a list" },
		{ SWAP "options: [pri]",
		  "4:13: the option \"pri\" is what the key priority is for" },
		{ SWAP "options: [pri=5]",
		  "4:13: the option \"pri=5\" is what the key priority is for" },
		{ SWAP "options: [discard]",
		  "4:13: the option \"discard\" is what the key discard is for" },
		{ SWAP "options: [discard=once]",
		  "4:13: the option \"discard=once\" is what the key discard is for" },
		{ SWAP "options: [noauto]",
		  "4:13: the option \"noauto\" would leave the swapfile unused at boot" },
		{ SWAP "options: [x-systemd.makefs]",
		  "4:13: the option \"x-systemd.makefs\" would format the swapfile at boot" },
		{ SWAP "options: [x-memprov.retired]",
		  "4:13: the option \"x-memprov.retired\" is for a swapfile that is about to be "
		  "gone" },
		{ SWAP "options: [\"a,b\"]", "4:13: the option \"a,b\"" OPT_SET },
		{ SWAP "options: [\"a b\"]", "4:13: the option \"a b\"" OPT_SET },
		{ SWAP "options: [\"a#b\"]", "4:13: the option \"a#b\"" OPT_SET },
		{ SWAP "options: [=30]", "4:13: the option \"=30\" has no name" },
		{ SWAP "options: [nofail, nofail]", "4:21: the option \"nofail\" is there twice" },
		{ SWAP "options: [[nofail]]", "4:13: an option must be one value, not a list" },
		{ SWAP "options: [\"\"]", "4:13: an option has no value" },
		{ SWAP "filesystems: ext4", "4:16: filesystems must be a list" },
		{ SWAP "filesystems: []", "4:16: filesystems must name at least one" },
		{ SWAP "filesystems: [zfs]",
		  "4:17: filesystem must be one of ext4, xfs, btrfs, ext3, ext2, f2fs, not "
		  "\"zfs\"" },
		{ SWAP "filesystems: [ext4, ext4]",
		  "4:23: the filesystem \"ext4\" is there twice" },
		{ SWAP "size: 4G",
		  "4:3: unknown key \"size\"; known here: file, sizes, keep-free, larger, "
		  "priority, discard, options, filesystems" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		refused_check(table[i].text, strlen(table[i].text), table[i].errors);
}

static void test_sysctl(void **state)
{
	static const struct refused table[] = {
		{ V1 "sysctl:", "2:8: sysctl" IS_MAP },
		{ V1 "sysctl: [vm.swappiness]", "2:9: sysctl" IS_MAP },
		{ V1 "sysctl: {swappiness: 10}", "2:10: unknown key \"swappiness\"" KNOWN_VM },
		{ V1 "sysctl: {vm.nr_hugepages: 10}",
		  "2:10: unknown key \"vm.nr_hugepages\"" KNOWN_VM },
		{ V1 "sysctl: {vm.drop_caches: 3}",
		  "2:10: unknown key \"vm.drop_caches\"" KNOWN_VM },
		{ V1 "sysctl: {vm/swappiness: 3}", "2:10: unknown key \"vm/swappiness\"" KNOWN_VM },
		{ V1 "sysctl: {vm.swappiness: 10, vm.swappiness: 10}",
		  "2:29: duplicate key \"vm.swappiness\"; it has a value in line 2" },
		{ V1 "sysctl: {vm.swappiness: \"10\"}",
		  "2:25: vm.swappiness must be a number, without quotes: 0 to 200" },
		{ V1 "sysctl: {vm.swappiness: '10'}",
		  "2:25: vm.swappiness must be a number, without quotes: 0 to 200" },
		{ V1 "sysctl: {vm.swappiness: yes}",
		  "2:25: vm.swappiness must be a decimal number, 0 to 200, not \"yes\"" },
		{ V1 "sysctl: {vm.swappiness: off}",
		  "2:25: vm.swappiness must be a decimal number, 0 to 200, not \"off\"" },
		{ V1 "sysctl: {vm.swappiness: 0x10}",
		  "2:25: vm.swappiness must be a decimal number, 0 to 200, not \"0x10\"" },
		{ V1 "sysctl: {vm.swappiness: 010}",
		  "2:25: vm.swappiness must be a decimal number, 0 to 200, not \"010\"" },
		{ V1 "sysctl: {vm.swappiness: 1_0}",
		  "2:25: vm.swappiness must be a decimal number, 0 to 200, not \"1_0\"" },
		{ V1 "sysctl: {vm.swappiness: 1:0}",
		  "2:25: vm.swappiness must be a decimal number, 0 to 200, not \"1:0\"" },
		{ V1 "sysctl: {vm.swappiness: -1}",
		  "2:25: vm.swappiness must be a decimal number, 0 to 200, not \"-1\"" },
		{ V1 "sysctl: {vm.swappiness: +1}",
		  "2:25: vm.swappiness must be a decimal number, 0 to 200, not \"+1\"" },
		{ V1 "sysctl: {vm.swappiness: 1.5}",
		  "2:25: vm.swappiness must be a decimal number, 0 to 200, not \"1.5\"" },
		{ V1 "sysctl: {vm.swappiness: 1e1}",
		  "2:25: vm.swappiness must be a decimal number, 0 to 200, not \"1e1\"" },
		{ V1 "sysctl: {vm.swappiness: 201}",
		  "2:25: vm.swappiness must be 0 to 200, not 201" },
		{ V1 "sysctl: {vm.swappiness: 18446744073709551626}",
		  "2:25: vm.swappiness must be a decimal number, 0 to 200, not "
		  "\"18446744073709551626\"" },
		{ V1 "sysctl: {vm.swappiness: 10 20}",
		  "2:25: vm.swappiness must be a decimal number, 0 to 200, not \"10 20\"" },
		{ V1 "sysctl: {vm.swappiness: }", "2:25: vm.swappiness has no value" },
		{ V1 "sysctl: {vm.swappiness: ~}",
		  "2:25: vm.swappiness must be a decimal number, 0 to 200, not \"~\"" },
		{ V1 "sysctl: {vm.swappiness: [10]}",
		  "2:25: vm.swappiness must be one value, not a list" },
		{ V1 "sysctl: {vm.vfs_cache_pressure: 0}",
		  "2:33: vm.vfs_cache_pressure must be 1 to 1000, not 0" },
		{ V1 "sysctl: {vm.vfs_cache_pressure: 1001}",
		  "2:33: vm.vfs_cache_pressure must be 1 to 1000, not 1001" },
		{ V1 "sysctl: {vm.overcommit_memory: 3}",
		  "2:32: vm.overcommit_memory must be 0 to 2, not 3" },
		{ V1 "sysctl: {vm.dirty_bytes: 1000000, vm.dirty_ratio: 10}",
		  "2:26: vm.dirty_bytes and vm.dirty_ratio (line 2) zero each other; keep one" },
		{ V1
		  "sysctl:\n  vm.dirty_background_ratio: 5\n  vm.dirty_background_bytes: 1000000",
		  "4:30: vm.dirty_background_bytes and vm.dirty_background_ratio (line 3) zero "
		  "each other; keep one" },
		{ V1 "sysctl: {vm.overcommit_ratio: 50, vm.overcommit_kbytes: 1000}",
		  "2:57: vm.overcommit_kbytes and vm.overcommit_ratio (line 2) zero each other; "
		  "keep one" },
		{ V1 "conflicts: ignore",
		  "2:12: conflicts must be one of block, disable, report, not \"ignore\"" },
		{ V1 "conflicts: [block]", "2:12: conflicts must be one value, not a list" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		refused_check(table[i].text, strlen(table[i].text), table[i].errors);
}

static void test_yaml(void **state)
{
	static const struct refused table[] = {
		{ "memprov: 2", "1:10: the profile's version must be 1, the only one known here" },
		{ "memprov: \"1\"",
		  "1:10: the profile's version must be 1, the only one known here" },
		{ "memprov: 01", "1:10: the profile's version must be 1, the only one known here" },
		{ "memprov: 1.0",
		  "1:10: the profile's version must be 1, the only one known here" },
		{ "memprov: [1]",
		  "1:10: the profile's version must be 1, the only one known here" },
		{ "memprov:", "1:9: the profile's version must be 1, the only one known here" },
		{ "memprov: 2\nfuture: yes\nswap: 5",
		  "1:10: the profile's version must be 1, the only one known here" },
		{ "description: a", "1:1: \"memprov: 1\" is missing; every profile says it" },
		{ "# nothing", "1:1: the profile is empty; it begins with \"memprov: 1\"" },
		{ "~", "1:1: a profile" IS_MAP },
		{ "[]", "1:1: a profile" IS_MAP },
		{ "memprov", "1:1: a profile" IS_MAP },
		{ "\"memprov: 1\"", "1:1: a profile" IS_MAP },
		{ "%YAML 1.1\n---\nmemprov: 1", "1:1: a YAML directive (%) is not allowed" },
		{ V1 "description: a\n%TAG ! tag:x", "3:1: a YAML directive (%) is not allowed" },
		{ V1 "---\nmemprov: 1", "2:1: a second document begins here; a profile is one" },
		{ V1 "...\n---\n", "3:1: a second document begins here; a profile is one" },
		{ V1 "description: &a b", "2:14: an anchor (&) is not allowed" },
		{ V1 "swap: &a {}", "2:7: an anchor (&) is not allowed" },
		{ V1 "description: *a", "2:14: an alias (*) is not allowed" },
		{ V1 "description: !!str a", "2:14: a tag (!) is not allowed" },
		{ V1 "swap: !!map {}", "2:7: a tag (!) is not allowed" },
		{ V1 "description: ! a", "2:14: a tag (!) is not allowed" },
		{ V1 "description: a: b",
		  "2:15: not YAML: mapping values are not allowed in this context" },
		{ V1 "swap: {",
		  "3:1: not YAML: did not find expected node content while parsing a flow node" },
		{ V1 "swap: [}",
		  "2:8: not YAML: did not find expected node content while parsing a flow node" },
		{ V1 " description: a",
		  "2:13: not YAML: mapping values are not allowed in this context" },
		{ V1 "swap:\n\tfile: /swapfile",
		  "3:1: not YAML: found character that cannot start any token while scanning for "
		  "the next token" },
		{ V1 "description: \"a\n",
		  "3:1: not YAML: found unexpected end of stream while scanning a quoted scalar" },
		{ V1 "description: @a",
		  "2:14: not YAML: found character that cannot start any token while scanning for "
		  "the next token" },
		{ V1 "x: [[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]", "2:19: nested deeper than 16 levels" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		refused_check(table[i].text, strlen(table[i].text), table[i].errors);
}

/* What strlen cannot measure, or a C string not hold. */
static void test_bytes(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		const char *errors;
	} table[] = {
#define BYTES(s) s, sizeof(s) - 1
		{ BYTES(""), "1:1: the profile is empty; it begins with \"memprov: 1\"" },
		{ BYTES("\0"), "1:1: control characters are not allowed" },
		{ BYTES(V1 "description: a\0b\n"), "2:15: control characters are not allowed" },
		{ BYTES(V1 "description: a\x1b[2J\n"), "2:15: control characters are not allowed" },
		{ BYTES(V1 "# \x7f\n"), "2:3: control characters are not allowed" },
		{ BYTES(V1 "# \xc2\x9b\n"), "2:3: control characters are not allowed" },
		{ BYTES(V1 "d\xc3\xa4\xff: a\n"), "2:3: invalid leading UTF-8 octet" },
		{ BYTES(V1 "# \xc0\x80\n"), "2:3: invalid length of a UTF-8 sequence" },
		{ BYTES(V1 "# \xed\xa0\x80\n"), "2:3: invalid Unicode character" },
		{ BYTES(V1 "# \xe2\x82"), "2:3: incomplete UTF-8 octet sequence" },
		{ BYTES("\xff\xfem\0"), "1:1: invalid leading UTF-8 octet" },
		{ BYTES("\xef\xbb\xbf# a\nswapp: 1\n"),
		  "2:1: \"memprov: 1\" is missing; every profile says it\n"
		  "2:1: unknown key \"swapp\"" KNOWN_TOP },
#undef BYTES
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		refused_check(table[i].text, table[i].len, table[i].errors);
}

/* As much as can be told at once, in the order of the file. */
static void test_several(void **state)
{
	static const char text[] = V1 "description: [a]\n"
				      "swapp: 1\n"
				      "swap:\n"
				      "  file: swapfile\n"
				      "  sizes:\n"
				      "    - { ram: 4G, recommended: 2 }\n"
				      "    - { ram: 2G, recommended: 1G, minimum: 2G }\n"
				      "    - { ram: any, recommended: 1G, minimum: 2G }\n"
				      "    - { ram: any, recommended: 1G }\n"
				      "  larger: grow\n"
				      "  larger: keep\n"
				      "  options: [nofail, pri=1]\n"
				      "sysctl:\n"
				      "  vm.swappiness: 300\n"
				      "  vm.dirty_bytes: 1\n"
				      "  vm.dirty_ratio: 10\n"
				      "conflicts: maybe\n";
	static const char errors[] =
		"2:14: description must be one value, not a list\n"
		"3:1: unknown key \"swapp\"" KNOWN_TOP "\n"
		"5:9: the path \"swapfile\" is not absolute\n"
		"7:31: \"2\"" WHICH OR_RANGE "\n"
		"8:14: rows must ascend: 2G is not more than 4 GiB\n"
		"10:14: nothing can follow the row for any RAM\n"
		"11:11: larger must be one of keep, shrink, not \"grow\"\n"
		"12:3: duplicate key \"larger\"; it has a value in line 11\n"
		"13:21: the option \"pri=1\" is what the key priority is for\n"
		"15:18: vm.swappiness must be 0 to 200, not 300\n"
		"16:19: vm.dirty_bytes and vm.dirty_ratio (line 17) zero each other; keep one\n"
		"16:19: vm.dirty_bytes must be 131072 to 8796093022208, not 1\n"
		"18:12: conflicts must be one of block, disable, report, not \"maybe\"";

	(void)state;
	refused_check(text, strlen(text), errors);
}

/* Long texts are cut between characters; the rest of the message stays. */
static void test_cut(void **state)
{
	static const char text[] = V1
		"description: a\n"
		"\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
		"\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
		"xyz\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4: 1\n";
	static const char errors[] =
		"3:1: unknown key \""
		"\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
		"\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
		"xyz...\"" KNOWN_TOP;

	(void)state;
	refused_check(text, strlen(text), errors);
}

/* What no line of a table has room for. */
static void test_limits(void **state)
{
	char text[2 * 4096], path[4096 + 1];
	size_t n;

	(void)state;
	memset(path, 'a', sizeof(path) - 1);
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	n = (size_t)snprintf(text, sizeof(text), "%sfile: %s\n", SWAP, path);
	refused_check(
		text, n,
		"4:9: the path \"/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...\" is too long");

	n = (size_t)snprintf(text, sizeof(text), "%soptions: [", SWAP);
	for (unsigned i = 1; i <= 18; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "x%u,", i);
	n += (size_t)snprintf(text + n, sizeof(text) - n, "]\n");
	refused_check(text, n, "4:68: more than 16 options");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),    cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_swap),    cmocka_unit_test(test_sysctl),
		cmocka_unit_test(test_yaml),    cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_several), cmocka_unit_test(test_cut),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests_name("profile_refused", tests, NULL, NULL);
}
