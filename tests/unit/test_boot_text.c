/* SPDX-License-Identifier: MIT */
/*
 * What the texts of others say about swap at boot, compared with what those others make of them.
 * Touches nothing.
 */
#include "boot_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* As `systemd-escape --path --suffix=swap` has them. */
static void test_unit_name(void **state)
{
	static const struct {
		const char *path, *name;
	} table[] = {
		{ "/swapfile", "swapfile.swap" },
		{ "/mnt/point/swapfile", "mnt-point-swapfile.swap" },
		{ "/swap.img", "swap.img.swap" },
		{ "/.swap", "\\x2eswap.swap" },
		{ "/a/.b", "a-.b.swap" },
		{ "/.hidden/x", "\\x2ehidden-x.swap" },
		{ "/a-b_c", "a\\x2db_c.swap" },
		{ "/a/b-c", "a-b\\x2dc.swap" },
		{ "/a+b", "a\\x2bb.swap" },
		{ "/a@b", "a\\x40b.swap" },
		{ "/a:b", "a:b.swap" },
		{ "/A.Z/0_9", "A.Z-0_9.swap" },
		{ "/-", "\\x2d.swap" },
		{ "/a-/-b", "a\\x2d-\\x2db.swap" },
		{ "/srv/swap+1@x:y.z-w", "srv-swap\\x2b1\\x40x:y.z\\x2dw.swap" },
		{ "/a b", "a\\x20b.swap" },
		{ "/a\\b", "a\\x5cb.swap" },
		{ "/\xc3\xb6", "\\xc3\\xb6.swap" },
		{ "//x//y/", "x-y.swap" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		char name[BOOT_UNIT_MAX];

		assert_true(boot_unit_name(table[i].path, ".swap", name));
		assert_string_equal(name, table[i].name);
	}
}

/* A unit's name has at most 255 characters. */
static void test_unit_name_long(void **state)
{
	static const struct {
		size_t plain, escaped;
		bool fits;
	} table[] = {
		{ 250, 0, true },   { 251, 0, false },  { 246, 1, true }, { 247, 1, false },
		{ 2, 62, true },    { 3, 62, false },   { 0, 63, false }, { 0, 62, true },
		{ 4000, 0, false }, { 0, 4000, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		/* On the heap, so that a sanitizer sees every byte beyond. */
		char *name = malloc(BOOT_UNIT_MAX), *path = malloc(8192);

		assert_non_null(name);
		assert_non_null(path);
		path[0] = '/';
		memset(path + 1, 'a', table[i].plain);
		memset(path + 1 + table[i].plain, '-', table[i].escaped);
		path[1 + table[i].plain + table[i].escaped] = '\0';
		assert_int_equal(boot_unit_name(path, ".swap", name), table[i].fits);
		assert_int_equal(strlen(name),
				 table[i].fits ? table[i].plain + 4 * table[i].escaped + 5 : 0);
		free(name);
		free(path);
	}
}

/* As the generators of systemd 252 take them from SYSTEMD_PROC_CMDLINE. */
static void test_switches(void **state)
{
	static const struct {
		const char *cmdline;
		const char *words[BOOT_SWITCH_N];
	} table[] = {
		{ "", { "" } },
		{ NULL, { "" } },
		{ "root=/dev/sda1 quiet\n", { "" } },
		{ "systemd.swap=0", { "systemd.swap=0" } },
		{ "quiet\tsystemd.swap=0\n", { "systemd.swap=0" } },
		{ "systemd.swap=\"0\"", { "systemd.swap=0" } },
		{ "\"systemd.swap=off\"", { "systemd.swap=off" } },
		{ "systemd.swap='No'", { "systemd.swap=No" } },
		{ "systemd.sw\"ap=n\"", { "systemd.swap=n" } },
		{ "x=\"\" \"\" systemd.swap=F", { "systemd.swap=F" } },
		{ "-- systemd.swap=false", { "systemd.swap=false" } },
		{ "systemd.swap=0 systemd.swap=1", { "" } },
		{ "systemd.swap=0 \"systemd.swap=1", { "" } },
		{ "systemd.swap=0 systemd.swap=ON", { "" } },
		{ "systemd.swap=0 systemd.swap", { "" } },
		{ "systemd.swap=1 systemd.swap=0", { "systemd.swap=0" } },
		{ "systemd.swap=0 systemd.swap=bad", { "systemd.swap=0" } },
		{ "systemd.swap=0 systemd.swap=", { "systemd.swap=0" } },
		{ "systemd.swap=0 rd.systemd.swap=1", { "systemd.swap=0" } },
		{ "systemd.swap=0 systemd.swapx", { "systemd.swap=0" } },
		{ "systemd.swap", { "" } },
		{ "systemd.swap=", { "" } },
		{ "systemd.swap= 0", { "" } },
		{ "systemd.swap==0", { "" } },
		{ "systemd.swap=00", { "" } },
		{ "systemd.swap=\\0", { "" } },
		{ "systemd.swap=\"0 1\"", { "" } },
		{ "systemd.swap=disable", { "" } },
		{ "systemd_swap=0", { "" } },
		{ "Systemd.swap=0", { "" } },
		{ "rd.systemd.swap=0 rd.fstab=no", { "" } },
		{ "a\" systemd.swap=0", { "" } },
		{ "xsystemd.swap=0", { "" } },
		{ "fstab=no", { "", "fstab=no" } },
		{ "fstab=\"No", { "", "fstab=No" } },
		{ "fstab=0 fstab", { "" } },
		{ "fstab=off systemd.swap=n", { "systemd.swap=n", "fstab=off" } },
		{ "systemd.mask=a\\x2db.swap", { "", "", "systemd.mask=a\\x2db.swap" } },
		{ "\"systemd.mask=a\\x2db.swap\"", { "", "", "systemd.mask=a\\x2db.swap" } },
		{ "systemd.mask=swap.target", { "", "", "", "systemd.mask=swap.target" } },
		{ "systemd.mask=other.swap systemd.mask=swap systemd.mask= systemd.mask", { "" } },
		{ "rd.systemd.mask=swap.target", { "" } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct boot_switches switches;

		memset(&switches, 'x', sizeof(switches));
		boot_switches_parse(table[i].cmdline, "a\\x2db.swap", &switches);
		for (size_t s = 0; s < BOOT_SWITCH_N; s++)
			if (!streq(switches.words[s], table[i].words[s] ? table[i].words[s] : ""))
				fail_msg("%s: %zu: \"%s\"", table[i].cmdline, s, switches.words[s]);
	}
}

/* A word is taken whole or not at all, whatever its length. */
static void test_switches_long(void **state)
{
	static const char key[] = "systemd.swap=0";
	static char cmdline[8192];
	struct boot_switches switches;

	(void)state;
	for (size_t len = sizeof(key); len < 2000; len++) {
		memset(cmdline, '0', len);
		memcpy(cmdline, key, strlen(key));
		strcpy(cmdline + len, " fstab=no");
		boot_switches_parse(cmdline, "", &switches);
		assert_string_equal(switches.words[BOOT_SWITCH_SWAP], "");
		assert_string_equal(switches.words[BOOT_SWITCH_FSTAB], "fstab=no");
	}
	boot_switches_parse("systemd.mask=", "", &switches);
	assert_string_equal(switches.words[BOOT_SWITCH_MASK_UNIT], "");
}

static void test_dphys(void **state)
{
	static const struct {
		const char *text, *path;
	} table[] = {
		{ NULL, "/var/swap" },
		{ "", "/var/swap" },
		{ "CONF_SWAPSIZE=100\n", "/var/swap" },
		{ "#CONF_SWAPFILE=/swapfile\n", "/var/swap" },
		{ "CONF_SWAPFILE=/swapfile", "/swapfile" },
		{ "CONF_SWAPFILE=/swapfile\n", "/swapfile" },
		{ "# where\n\n  CONF_SWAPFILE=/swapfile # ours\nCONF_SWAPSIZE=9\n", "/swapfile" },
		{ "CONF_SWAPFILE='/swapfile'\r\n", "/swapfile" },
		{ "CONF_SWAPFILE=\"/swap\"file; CONF_SWAPSIZE=1\n", "/swapfile" },
		{ "export\t CONF_SWAPFILE=/a\n", "/var/swap" },
		{ "export  CONF_SWAPFILE=/a\n", "/a" },
		{ "CONF_SWAPFILE=/a\nCONF_SWAPFILE=/b\n", "/b" },
		{ "CONF_SWAPFILE=/$HOST\nCONF_SWAPFILE=/b\n", "/b" },
		{ "CONF_SWAPFILE='/$a`b\\c'\n", "/$a`b\\c" },
		{ "XCONF_SWAPFILE=/a\n", "/var/swap" },
		{ "CONF_SWAPFILE =/a\n", "/var/swap" },
		/* What no reader can tell. */
		{ "CONF_SWAPFILE=/var/swap-$HOST\n", "" },
		{ "CONF_SWAPFILE=\"/var/`hostname`\"\n", "" },
		{ "CONF_SWAPFILE=/a\\ b\n", "" },
		{ "CONF_SWAPFILE=\n", "" },
		{ "CONF_SWAPFILE=\"/a\n\"\n", "" },
		{ "CONF_SWAPFILE=/a\nCONF_SWAPFILE=$X\n", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		char path[BOOT_PATH_MAX];

		assert_int_equal(boot_dphys_path(table[i].text, path), *table[i].path != '\0');
		if (!streq(path, table[i].path))
			fail_msg("%s: \"%s\"", table[i].text ? table[i].text : "-", path);
	}
}

static void test_dphys_long(void **state)
{
	char *text = calloc(1, 8192), *path = malloc(BOOT_PATH_MAX);
	const size_t key = strlen("CONF_SWAPFILE=");

	(void)state;
	assert_non_null(text);
	assert_non_null(path);
	strcpy(text, "CONF_SWAPFILE=");
	memset(text + key, '/', BOOT_PATH_MAX - 1);
	assert_true(boot_dphys_path(text, path));
	assert_int_equal(strlen(path), BOOT_PATH_MAX - 1);
	text[key + BOOT_PATH_MAX - 1] = '/';
	assert_false(boot_dphys_path(text, path));
	free(text);
	free(path);
}

static void test_kubelet_config(void **state)
{
	static const struct {
		const char *text;
		bool tolerates;
	} table[] = {
		{ "", false },
		{ "kind: KubeletConfiguration\n", false },
		{ "failSwapOn: false\n", true },
		{ "---\n# swap\nkind: KubeletConfiguration\nfailSwapOn:   false   # ours\n", true },
		{ "failSwapOn: no\n", true },
		{ "failSwapOn: Off\n", true },
		{ "failSwapOn: true\n", false },
		{ "failSwapOn:\n", false },
		{ "failSwapOn: 0\n", false },
		{ "failSwapOn: \"false\"\n", false },
		{ "failSwapOn: [false]\n", false },
		{ "# failSwapOn: false\n", false },
		{ "memorySwap:\n  failSwapOn: false\n", false },
		{ "memorySwap: { swapBehavior: LimitedSwap }\nfailSwapOn: false\n", true },
		{ "a: failSwapOn\nb: false\n", false },
		{ "{ \"kind\": \"KubeletConfiguration\",\n  \"failSwapOn\": false }\n", true },
		{ "{ \"failSwapOn\": true, \"b\": false }\n", false },
		{ "- failSwapOn: false\n", false },
		{ "false\n", false },
		/* More than plain YAML, or none at all. */
		{ "a: &b c\nfailSwapOn: false\n", false },
		{ "failSwapOn: false\nfoo: [\n", false },
		{ "\xff\xfe", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		bool tolerates = !table[i].tolerates;

		assert_int_equal(
			boot_kubelet_config(table[i].text, strlen(table[i].text), &tolerates), 0);
		if (tolerates != table[i].tolerates)
			fail_msg("%s", table[i].text);
	}
}

static void test_kubelet_flags(void **state)
{
	static const struct {
		const char *text;
		bool before, after;
	} table[] = {
		{ "", false, false },
		{ "", true, true },
		{ "KUBELET_EXTRA_ARGS=--v=2\n", true, true },
		{ "KUBELET_EXTRA_ARGS=--fail-swap-on=false\n", false, true },
		{ "KUBELET_EXTRA_ARGS=\"--v=2 --fail-swap-on=false\"\n", false, true },
		{ "KUBELET_EXTRA_ARGS='--fail-swap-on=F'", false, true },
		{ "--fail-swap-on=0", false, true },
		{ "--fail-swap-on=falsey", true, false },
		{ "--fail-swap-on=no", true, false },
		{ "--fail-swap-on=true\n", true, false },
		{ "--fail-swap-on", true, false },
		{ "--fail-swap-on false\n", true, false },
		{ "--fail-swap-only=false", false, false },
		{ "--fail-swap-on=false --fail-swap-on=true", false, false },
		{ "--fail-swap-on=true --fail-swap-on=false", false, true },
		{ " # --fail-swap-on=false\n", false, false },
		{ "a=b\n;x --fail-swap-on=true\n", true, true },
		{ "# no\n--fail-swap-on=false\n", false, true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		bool tolerates = table[i].before;

		boot_kubelet_flags(table[i].text, &tolerates);
		if (tolerates != table[i].after)
			fail_msg("%s", table[i].text);
	}
}

/* As kernel/power/hibernate.c takes them. */
static void test_resume(void **state)
{
	static const struct {
		const char *cmdline, *device;
		uint64_t offset;
	} table[] = {
		{ NULL, "", 0 },
		{ "", "", 0 },
		{ "root=/dev/vda1 quiet\n", "", 0 },
		{ "resume=/dev/vda2", "/dev/vda2", 0 },
		{ "resume=UUID=1-2 resume_offset=34816\n", "UUID=1-2", 34816 },
		{ "resume_offset=34816 resume=8:2", "8:2", 34816 },
		{ "resume_offset=1 resume_offset=2", "", 2 },
		{ "resume=/dev/a resume=/dev/b", "/dev/b", 0 },
		{ "resume_offset=", "", 0 },
		{ "resume_offset=x", "", 0 },
		{ "resume_offset=-1", "", 0 },
		{ "resume_offset=7x", "", 7 },
		{ "resume_offset=18446744073709551615", "", UINT64_MAX },
		{ "resume_offset=18446744073709551616", "", 0 },
		{ "xresume=/dev/a xresume_offset=1", "", 0 },
		{ "resume=/dev/a resume_offset=1 noresume", "", 0 },
		{ "nohibernate resume=/dev/a resume_offset=1", "", 0 },
		{ "resume=/dev/a resume_offset=1 hibernate=no", "", 0 },
		{ "resume=/dev/a resume_offset=1 hibernate=noresume", "", 0 },
		{ "resume=/dev/a resume_offset=1 hibernate=nocompress", "/dev/a", 1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct boot_resume resume;

		boot_resume_parse(table[i].cmdline, &resume);
		assert_string_equal(resume.device, table[i].device);
		assert_int_equal(resume.offset_pages, table[i].offset);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unit_name),     cmocka_unit_test(test_unit_name_long),
		cmocka_unit_test(test_switches),      cmocka_unit_test(test_switches_long),
		cmocka_unit_test(test_resume),        cmocka_unit_test(test_dphys),
		cmocka_unit_test(test_dphys_long),    cmocka_unit_test(test_kubelet_config),
		cmocka_unit_test(test_kubelet_flags),
	};

	return cmocka_run_group_tests_name("boot_text", tests, NULL, NULL);
}
