/* SPDX-License-Identifier: MIT */
/*
 * The key table, values as profiles and as the kernel read them, the drop-in and back.
 */
#include "sysctl_kernel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_keys(void **state)
{
	(void)state;
	for (enum sysctl_key key = 0; key < SYSCTL_N; key++) {
		const struct sysctl_key_info *info = &sysctl_keys[key];
		struct sysctl_number number;
		char text[32];

		assert_true(has_prefix(info->name, "vm."));
		assert_int_equal(sysctl_key_find(info->name), key);
		assert_true(info->min < info->max);
		if (info->kernel_default != SYSCTL_NO_DEFAULT)
			assert_in_range(info->kernel_default, info->min, info->max);
		if (info->pair != SYSCTL_N)
			assert_int_equal(sysctl_keys[info->pair].pair, key);
		/* What a profile may say, the kernel takes. */
		snprintf(text, sizeof(text), "%ju", (uintmax_t)info->min);
		assert_true(sysctl_kernel_parse(key, text, strlen(text), &number));
		snprintf(text, sizeof(text), "%ju", (uintmax_t)info->max);
		assert_true(sysctl_kernel_parse(key, text, strlen(text), &number));
		assert_int_equal(number.value, info->max);
	}
	assert_int_equal(sysctl_key_find("vm.nr_hugepages"), SYSCTL_N);
	assert_int_equal(sysctl_key_find("vm/swappiness"), SYSCTL_N);
	assert_int_equal(sysctl_key_find(""), SYSCTL_N);
	assert_int_equal(sysctl_path_key("vm/page-cluster"), SYSCTL_PAGE_CLUSTER);
	assert_int_equal(sysctl_path_key("vm.swappiness"), SYSCTL_N);
	assert_int_equal(sysctl_path_key("vm/swappiness/and/so/on/and/so/on/and"), SYSCTL_N);
}

static void test_value(void **state)
{
	static const struct {
		const char *text;
		bool good;
		uint64_t value;
	} cases[] = {
		{ "0", true, 0 },
		{ "10", true, 10 },
		{ "18446744073709551615", true, UINT64_MAX },
		{ "18446744073709551616", false, 0 },
		{ "99999999999999999999999", false, 0 },
		{ "", false, 0 },
		{ "00", false, 0 },
		{ "074", false, 0 },
		{ "0x3c", false, 0 },
		{ "+1", false, 0 },
		{ "-1", false, 0 },
		{ " 1", false, 0 },
		{ "1 ", false, 0 },
		{ "1e3", false, 0 },
		{ "yes", false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint64_t value = 4711;

		print_message("# '%s'\n", cases[i].text);
		assert_int_equal(sysctl_value_parse(cases[i].text, &value), cases[i].good);
		assert_int_equal(value, cases[i].good ? cases[i].value : 4711);
	}
}

static void test_kernel(void **state)
{
	static const struct {
		enum sysctl_key key;
		const char *text;
		bool taken, natural;
		uint64_t value;
	} cases[] = {
		{ SYSCTL_SWAPPINESS, "60", true, true, 60 },
		{ SYSCTL_SWAPPINESS, " \t60", true, true, 60 },
		{ SYSCTL_SWAPPINESS, "074", true, true, 60 },
		{ SYSCTL_SWAPPINESS, "0x3C", true, true, 60 },
		{ SYSCTL_SWAPPINESS, "61 62", true, true, 61 },
		{ SYSCTL_SWAPPINESS, "200", true, true, 200 },
		{ SYSCTL_SWAPPINESS, "201", false, false, 0 },
		{ SYSCTL_SWAPPINESS, "-1", false, false, 0 },
		{ SYSCTL_SWAPPINESS, "-0", true, true, 0 },
		{ SYSCTL_SWAPPINESS, "-", false, false, 0 },
		{ SYSCTL_SWAPPINESS, "--1", false, false, 0 },
		{ SYSCTL_SWAPPINESS, "- 1", false, false, 0 },
		{ SYSCTL_SWAPPINESS, "+1", false, false, 0 },
		{ SYSCTL_SWAPPINESS, "60abc", false, false, 0 },
		{ SYSCTL_SWAPPINESS, "0x", false, false, 0 },
		{ SYSCTL_SWAPPINESS, "09", false, false, 0 },
		{ SYSCTL_SWAPPINESS, "", false, false, 0 },
		{ SYSCTL_SWAPPINESS, " ", false, false, 0 },
		{ SYSCTL_SWAPPINESS, "00000000000000000005", true, true, 5 },
		{ SYSCTL_SWAPPINESS, "000000000000000000005", false, false, 0 },
		{ SYSCTL_SWAPPINESS, "0x10000000000000000", false, false, 0 },
		{ SYSCTL_OVERCOMMIT_RATIO, "-1", true, false, 0 },
		{ SYSCTL_OVERCOMMIT_RATIO, "-2147483648", true, false, 0 },
		{ SYSCTL_OVERCOMMIT_RATIO, "-2147483649", false, false, 0 },
		{ SYSCTL_OVERCOMMIT_RATIO, "2147483648", false, false, 0 },
		{ SYSCTL_OVERCOMMIT_KBYTES, "-0", false, false, 0 },
		{ SYSCTL_OVERCOMMIT_KBYTES, "4294967296", true, true, 4294967296 },
		{ SYSCTL_DIRTY_BYTES, "8191", false, false, 0 },
		{ SYSCTL_DIRTY_BYTES, "8192", true, true, 8192 },
		{ SYSCTL_DIRTY_BYTES, "17592186044417", false, false, 0 },
		{ SYSCTL_WATERMARK_SCALE_FACTOR, "0", false, false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct sysctl_number number = { 0 };

		print_message("# %s '%s'\n", sysctl_keys[cases[i].key].name, cases[i].text);
		assert_int_equal(sysctl_kernel_parse(cases[i].key, cases[i].text,
						     strlen(cases[i].text), &number),
				 cases[i].taken);
		assert_int_equal(number.is_natural, cases[i].natural);
		assert_int_equal(number.value, cases[i].value);
	}
}

#define HEADER                                                                                  \
	"# Made by memprov " MEMPROV_VERSION " from the profile %s; changes are overwritten.\n" \
	"# Change the profile instead; `memprov remove` deletes this file.\n"

static void test_render(void **state)
{
	static const struct sysctl_setting settings[] = {
		{ SYSCTL_VFS_CACHE_PRESSURE, 50 },
		{ SYSCTL_SWAPPINESS, 10 },
		{ SYSCTL_OVERCOMMIT_KBYTES, UINT64_MAX },
	};
	static const struct {
		size_t n;
		const char *name, *header_name, *lines;
	} cases[] = {
		{ 0, "default", "default", "" },
		{ 1, "default", "default", "vm.vfs_cache_pressure = 50\n" },
		{ 3, "a b%s", "a b%s",
		  "vm.overcommit_kbytes = 18446744073709551615\nvm.swappiness = 10\n"
		  "vm.vfs_cache_pressure = 50\n" },
		{ 1, "x\nkernel.panic = 1\r\033", "x?kernel.panic = 1??",
		  "vm.vfs_cache_pressure = 50\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char *text = sysctl_render(settings, cases[i].n, cases[i].name);
		char want[1024];
		int n = snprintf(want, sizeof(want), HEADER, cases[i].header_name);

		assert_in_range(n, 1, 900);
		strcat(want, cases[i].lines);
		assert_non_null(text);
		assert_string_equal(text, want);
		free(text);
	}
}

static void test_dropin_keys(void **state)
{
	static const struct {
		const char *text;
		size_t n;
		struct sysctl_setting settings[3];
	} cases[] = {
		{ "", 0, { { 0 } } },
		{ "# vm.swappiness = 1\n", 0, { { 0 } } },
		{ "vm.swappiness = 10\nvm.page-cluster = 0",
		  2,
		  { { SYSCTL_SWAPPINESS, 10 }, { SYSCTL_PAGE_CLUSTER, 0 } } },
		{ "vm.swappiness = 10\nvm.page-cluster = 0\nvm/swappiness=0x20\n",
		  2,
		  { { SYSCTL_SWAPPINESS, 32 }, { SYSCTL_PAGE_CLUSTER, 0 } } },
		{ "vm.swappiness = x\nvm.swap* = 5\n-vm.dirty_ratio\nvm.nr_hugepages = 1\n"
		  "-vm.dirty_ratio = 5\r\n",
		  1,
		  { { SYSCTL_DIRTY_RATIO, 5 } } },
	};
	struct sysctl_setting all[SYSCTL_N], back[SYSCTL_N];
	char *text;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		print_message("# %s\n", cases[i].text);
		assert_int_equal(sysctl_dropin_keys(cases[i].text, back), cases[i].n);
		for (size_t k = 0; k < cases[i].n; k++) {
			assert_int_equal(back[k].key, cases[i].settings[k].key);
			assert_int_equal(back[k].value, cases[i].settings[k].value);
		}
	}
	for (enum sysctl_key key = 0; key < SYSCTL_N; key++)
		all[key] = (struct sysctl_setting){ key, sysctl_keys[key].max };
	text = sysctl_render(all, SYSCTL_N, "all");
	assert_non_null(text);
	assert_int_equal(sysctl_dropin_keys(text, back), SYSCTL_N);
	for (size_t i = 0; i < SYSCTL_N; i++)
		assert_int_equal(back[i].value, sysctl_keys[back[i].key].max);
	free(text);
}

static void dropins_differ_by_more_than_their_origin(void **state)
{
	static const struct {
		const char *a, *b;
		bool same;
	} cases[] = {
		{ "# Made by memprov 1.0 from x\nvm.swappiness = 1\n",
		  "# Made by memprov 2.11.0 from y\nvm.swappiness = 1\n", true },
		{ "# Made by memprov 1.0 from x\nvm.swappiness = 1\n",
		  "# Made by memprov 1.0 from x\nvm.swappiness = 2\n", false },
		{ "# Made by memprov 1.0\n", "# Made by memprov 1.0", false },
		{ "vm.swappiness = 1\n", "vm.swappiness = 1\n", true },
		{ "vm.swappiness = 1\n", "# Made by memprov 1\nvm.swappiness = 1\n", false },
		{ "", "# Made by memprov 1", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(sysctl_dropin_same(cases[i].a, cases[i].b), cases[i].same);
		assert_int_equal(sysctl_dropin_same(cases[i].b, cases[i].a), cases[i].same);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(dropins_differ_by_more_than_their_origin),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_value),
		cmocka_unit_test(test_kernel),
		cmocka_unit_test(test_render),
		cmocka_unit_test(test_dropin_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
