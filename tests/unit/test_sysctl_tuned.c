/* SPDX-License-Identifier: MIT */
/*
 * What tuned makes of a boot where it applies sysctl.d again: its own order of files, its own
 * reading of lines, and what only its release tells. Touches nothing.
 */
#include "sysctl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define CONF "/etc/sysctl.conf"
#define ETC  "/etc/sysctl.d/"
#define RUN  "/run/sysctl.d/"
#define USR  "/usr/lib/sysctl.d/"
#define A    "/usr/lib/tuned/a/tuned.conf"
#define B    "/usr/lib/tuned/b/tuned.conf"

#define FILE_(p, t)                                            \
	{                                                      \
		.path = (p), .text = (t), .len = sizeof(t) - 1 \
	}
#define UNREADABLE_(p)                                       \
	{                                                    \
		.path = (p), .state = SYSCTL_FILE_UNREADABLE \
	}
#define MASK_(p)                                       \
	{                                              \
		.path = (p), .state = SYSCTL_FILE_MASK \
	}
#define LAST_(p, t)                                                          \
	{                                                                    \
		.path = (p), .text = (t), .len = sizeof(t) - 1, .last = true \
	}
#define END_(p, t)                                                                           \
	{                                                                                    \
		.path = (p), .text = (t), .len = sizeof(t) - 1, .last = true, .at_end = true \
	}

/* Under systemd's rules: "PATH:LINE VALUE", "-" for one that is not known. */
static void describe(const struct sysctl_boot *boot, char out[static 256])
{
	char value[32] = "-";

	if (boot->is_number)
		snprintf(value, sizeof(value), "%ju", (uintmax_t)boot->value);
	if (boot->source == SYSCTL_FROM_NOTHING)
		snprintf(out, 256, "nothing");
	else if (boot->source == SYSCTL_FROM_UNKNOWN)
		snprintf(out, 256, "unknown %s", boot->path);
	else
		snprintf(out, 256, "%s:%u %s", boot->path, boot->line, value);
}

static size_t count(const struct sysctl_file *files, size_t n_max)
{
	size_t n = 0;

	while (n < n_max && files[n].path)
		n++;
	return n;
}

/* --- files --- */

static const struct {
	const char *name, *key;
	struct sysctl_file files[4];
	const char *want;
	enum sysctl_again again;
	const char *exclude, *stopped_at;
} table[] = {
	{ "not again",
	  "vm.swappiness",
	  { FILE_(CONF, "vm.swappiness=1\n"), FILE_(ETC "a.conf", "vm.swappiness=2\n") },
	  ETC "a.conf:1 2",
	  SYSCTL_AGAIN_OFF },
	{ "no sysctls in its profiles",
	  "vm.swappiness",
	  { FILE_(CONF, "vm.swappiness=1\n"), FILE_(ETC "a.conf", "vm.swappiness=2\n") },
	  ETC "a.conf:1 2",
	  SYSCTL_AGAIN_NOTHING },
	{ "sysctl.conf last",
	  "vm.swappiness",
	  { FILE_(CONF, "#\nvm.swappiness=1\n"), FILE_(ETC "z.conf", "vm.swappiness=2\n"),
	    LAST_(A, "vm.swappiness=3\n") },
	  CONF ":2 1",
	  SYSCTL_AGAIN_SURE },
	{ "by name, over its own profile",
	  "vm.swappiness",
	  { FILE_(ETC "b.conf", "vm.swappiness=1\n"), FILE_(RUN "a.conf", "vm.swappiness=2\n"),
	    LAST_(A, "vm.swappiness=3\n") },
	  ETC "b.conf:1 1",
	  SYSCTL_AGAIN_SURE },
	{ "what no file names stays its own",
	  "vm.swappiness",
	  { FILE_(ETC "b.conf", "vm.page-cluster=1\n"), FILE_(CONF, "\n"),
	    LAST_(A, "vm.swappiness=3\n") },
	  A ":1 3",
	  SYSCTL_AGAIN_SURE },
	{ "a vendor's file is not applied again",
	  "vm.swappiness",
	  { FILE_(USR "b.conf", "vm.swappiness=1\n"), LAST_(A, "vm.swappiness=3\n") },
	  A ":1 3",
	  SYSCTL_AGAIN_SURE },
	{ "nor does it hide one",
	  "vm.swappiness",
	  { FILE_(USR "b.conf", "vm.swappiness=1\n"),
	    FILE_("/usr/local/lib/sysctl.d/b.conf", "vm.swappiness=2\n"),
	    FILE_(RUN "a.conf", "vm.swappiness=4\n"), LAST_(A, "vm.swappiness=3\n") },
	  RUN "a.conf:1 4",
	  SYSCTL_AGAIN_SURE },
	{ "/run hides /etc",
	  "vm.swappiness",
	  { FILE_(ETC "b.conf", "vm.swappiness=1\n"), FILE_(RUN "b.conf", "vm.swappiness=2\n") },
	  RUN "b.conf:1 2",
	  SYSCTL_AGAIN_SURE },
	{ "also where it says nothing",
	  "vm.swappiness",
	  { FILE_(ETC "b.conf", "vm.swappiness=1\n"), MASK_(RUN "b.conf"),
	    LAST_(A, "vm.swappiness=3\n") },
	  A ":1 3",
	  SYSCTL_AGAIN_SURE },
	{ "a mask in /etc hides nothing in /run",
	  "vm.swappiness",
	  { MASK_(ETC "b.conf"), FILE_(RUN "b.conf", "vm.swappiness=2\n") },
	  RUN "b.conf:1 2",
	  SYSCTL_AGAIN_SURE },
	{ "a dotfile is a file",
	  "vm.swappiness",
	  { FILE_(ETC ".b.conf", "vm.swappiness=1\n") },
	  ETC ".b.conf:1 1",
	  SYSCTL_AGAIN_SURE },
	{ "of other endings none is",
	  "vm.swappiness",
	  { FILE_(ETC "b.conf~", "vm.swappiness=1\n"),
	    FILE_(ETC "sub/b.conf", "vm.swappiness=2\n") },
	  "nothing",
	  SYSCTL_AGAIN_SURE },
	{ "refused by the kernel",
	  "vm.swappiness",
	  { FILE_(ETC "b.conf", "vm.swappiness=1\n"), FILE_(CONF, "vm.swappiness=201\n") },
	  ETC "b.conf:1 1",
	  SYSCTL_AGAIN_SURE },

	/* what is not known */
	{ "perhaps again, and it makes no difference",
	  "vm.swappiness",
	  { FILE_(ETC "b.conf", "vm.swappiness=1\n"), FILE_(USR "a.conf", "vm.swappiness=3\n") },
	  ETC "b.conf:1 1",
	  SYSCTL_AGAIN_MAYBE },
	{ "perhaps again, and it does",
	  "vm.swappiness",
	  { FILE_(ETC "b.conf", "vm.swappiness=1\n"), FILE_(CONF, "vm.swappiness=2\n") },
	  CONF ":1 -",
	  SYSCTL_AGAIN_MAYBE },
	{ "an unknown profile, and a file after it",
	  "vm.swappiness",
	  { { .path = A, .state = SYSCTL_FILE_UNREADABLE, .last = true },
	    FILE_(ETC "b.conf", "vm.swappiness=1\n") },
	  ETC "b.conf:1 1",
	  SYSCTL_AGAIN_MAYBE },
	{ "an unknown profile, and none",
	  "vm.swappiness",
	  { { .path = A, .state = SYSCTL_FILE_UNREADABLE, .last = true },
	    FILE_(USR "b.conf", "vm.swappiness=1\n") },
	  "unknown " A,
	  SYSCTL_AGAIN_MAYBE },
	{ "unreadable sysctl.conf",
	  "vm.swappiness",
	  { UNREADABLE_(CONF), FILE_(ETC "b.conf", "vm.swappiness=1\n") },
	  "unknown " CONF,
	  SYSCTL_AGAIN_SURE },
	{ "unreadable before",
	  "vm.swappiness",
	  { UNREADABLE_(ETC "a.conf"), FILE_(ETC "b.conf", "vm.swappiness=1\n") },
	  ETC "b.conf:1 1",
	  SYSCTL_AGAIN_SURE },
	{ "unreadable, and over a vendor's when it is applied again",
	  "vm.swappiness",
	  { UNREADABLE_(ETC "a.conf"), FILE_(USR "b.conf", "vm.swappiness=1\n") },
	  "unknown " ETC "a.conf",
	  SYSCTL_AGAIN_SURE },

	/* at the end */
	{ "its unit of type vm behind them",
	  "vm.dirty_ratio",
	  { FILE_(CONF, "vm.dirty_ratio=1\n"), END_(B, "\nvm.dirty_ratio=2\n"),
	    LAST_(A, "vm.dirty_ratio=3\n") },
	  B ":2 2",
	  SYSCTL_AGAIN_SURE },
	{ "that unit, not known",
	  "vm.dirty_ratio",
	  { FILE_(CONF, "vm.dirty_ratio=1\n"),
	    { .path = A, .state = SYSCTL_FILE_UNREADABLE, .last = true, .at_end = true } },
	  "unknown " A,
	  SYSCTL_AGAIN_SURE },
	{ "that unit, not known, sets no other keys",
	  "vm.swappiness",
	  { FILE_(CONF, "vm.swappiness=1\n"),
	    { .path = A, .state = SYSCTL_FILE_UNREADABLE, .last = true, .at_end = true } },
	  CONF ":1 1",
	  SYSCTL_AGAIN_SURE },

	/* pairs: the newer release does not write what is there */
	{ "a pair that zeroes",
	  "vm.overcommit_ratio",
	  { FILE_(ETC "b.conf", "vm.overcommit_ratio=80\n"),
	    FILE_(CONF, "vm.overcommit_kbytes=4096\n") },
	  CONF ":1 0",
	  SYSCTL_AGAIN_SURE },
	{ "0 to what is 0 zeroes the pair, or does not",
	  "vm.overcommit_kbytes",
	  { FILE_(ETC "b.conf", "vm.overcommit_kbytes=4096\n"),
	    FILE_(CONF, "vm.overcommit_ratio=0\n") },
	  CONF ":1 -",
	  SYSCTL_AGAIN_SURE },
	{ "0 to what is 0 where the pair is, too",
	  "vm.dirty_background_ratio",
	  { FILE_(ETC "b.conf", "vm.dirty_background_ratio=0\n") },
	  ETC "b.conf:1 0",
	  SYSCTL_AGAIN_SURE },

	/* reapply_sysctl_exclude */
	{ "left out",
	  "vm.swappiness",
	  { FILE_(ETC "b.conf", "vm.swappiness=1\n"), LAST_(A, "vm.swappiness=3\n") },
	  A ":1 3",
	  SYSCTL_AGAIN_SURE,
	  "vm.page-cluster, vm.s*" },
	{ "only as it is written",
	  "vm.swappiness",
	  { FILE_(ETC "b.conf", ".vm.swappiness=1\n"), LAST_(A, "vm.swappiness=3\n") },
	  ETC "b.conf:1 1",
	  SYSCTL_AGAIN_SURE,
	  "vm.swappiness" },

	/* where it gives up */
	{ "no UTF-8",
	  "vm.swappiness",
	  { FILE_(ETC "a.conf", "vm.swappiness=2\n# \xe4\n"), FILE_(CONF, "vm.swappiness=1\n"),
	    LAST_(A, "vm.swappiness=3\n") },
	  A ":1 3",
	  SYSCTL_AGAIN_SURE,
	  NULL,
	  ETC "a.conf" },
	{ "behind what decides",
	  "vm.swappiness",
	  { FILE_(ETC "b.conf", "# \xe4\n"), FILE_(ETC "a.conf", "vm.swappiness=1\n"),
	    LAST_(A, "vm.swappiness=3\n") },
	  ETC "a.conf:1 1",
	  SYSCTL_AGAIN_SURE,
	  NULL,
	  ETC "b.conf" },
	{ "a unit behind that turn comes nevertheless",
	  "vm.dirty_ratio",
	  { FILE_(ETC "b.conf", "# \xe4\n"), END_(A, "vm.dirty_ratio=3\n") },
	  A ":1 3",
	  SYSCTL_AGAIN_SURE,
	  NULL,
	  ETC "b.conf" },
	{ "a NUL in a key",
	  "vm.swappiness",
	  { FILE_(ETC "b.conf", "vm.swappiness\0=2\nvm.swappiness=1\n"),
	    LAST_(A, "vm.swappiness=3\n") },
	  A ":1 3",
	  SYSCTL_AGAIN_SURE,
	  NULL,
	  ETC "b.conf" },
};

static void test_files(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		const struct sysctl_tree tree = { .files = table[i].files,
						  .n_files = count(table[i].files, 4),
						  .again = table[i].again,
						  .again_exclude = table[i].exclude };
		struct sysctl_boot boot;
		char have[256];

		sysctl_boot(&tree, SYSCTL_RULES_SYSTEMD, sysctl_key_find(table[i].key), &boot);
		describe(&boot, have);
		if (!streq(have, table[i].want))
			fail_msg("%s: %s", table[i].name, have);
		if (boot.source != SYSCTL_FROM_FILE)
			continue;
		if (!boot.stopped_at || !table[i].stopped_at)
			assert_ptr_equal(boot.stopped_at, table[i].stopped_at);
		else
			assert_string_equal(boot.stopped_at, table[i].stopped_at);
	}
}

/* --- lines --- */

/* In a file of /etc that a vendor's file, which tuned does not apply again, overrules with 7. */
static void test_lines(void **state)
{
	static const struct {
		const char *text;
		unsigned line; /* that sets it to 1; 0: none does */
		bool unsure;   /* to 1 or not, by tuned's release */
	} lines[] = {
		{ "vm.swappiness=1", 1 },
		{ "\n\n  vm.swappiness \t= 1 \v\f\r\n", 3 },
		{ "vm.swappiness=1 # x\n", 1 },
		{ "vm.swappiness = 01\n", 1 },
		{ "vm.swappiness=1\rvm.page-cluster=1", 1 },
		{ "\r\n\r\nvm.swappiness=1", 3 },
		{ "\n\r\nvm.swappiness=1", 3 },
		{ "\n\r\r\nvm.swappiness=1", 4 },
		{ ".vm..swappiness=1\n", 1 },
		{ "\xc2\xa0vm.swappiness\xe3\x80\x80=\xe2\x80\x89"
		  "1\xc2\x85\n",
		  1 },
		{ "\x1fvm.swappiness=\x1c"
		  "1\n",
		  1 },

		{ "#vm.swappiness=1\n", 0 },
		{ " ;vm.swappiness=1\n", 0 },
		{ "vm.swappiness 1\n", 0 },
		{ "vm.swappiness==1\n", 0 },
		{ "vm.swappiness=\n", 0 },
		{ "=1\n", 0 },
		{ "-vm.swappiness=1\n", 0 },
		{ "vm.swap*=1\n", 0 },
		{ "vm.swappiness.=1\n", 0 },
		{ "vm swappiness=1\n", 0 },
		{ "kernel.vm.swappiness=1\n", 0 },
		{ "\xef\xbb\xbfvm.swappiness=1\n", 0 },

		{ "vm/swappiness=1\n", 1, true },
		{ "/vm/swappiness=1\n", 1, true },
		{ "/vm.swappiness=1\n", 1, true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		const struct sysctl_file files[] = {
			{ .path = ETC "a.conf",
			  .text = lines[i].text,
			  .len = strlen(lines[i].text) },
			FILE_(USR "b.conf", "vm.swappiness=7\n"),
		};
		const struct sysctl_tree tree = { .files = files,
						  .n_files = ARRAY_SIZE(files),
						  .again = SYSCTL_AGAIN_SURE };
		struct sysctl_boot boot;

		sysctl_boot(&tree, SYSCTL_RULES_SYSTEMD, SYSCTL_SWAPPINESS, &boot);
		if (boot.value !=
			    (lines[i].unsure         ? 0
				     : lines[i].line ? 1
						     : 7) ||
		    boot.is_number == lines[i].unsure ||
		    boot.line != (lines[i].line ? lines[i].line : 1))
			fail_msg("case %zu: %s:%u %ju", i, boot.path, boot.line,
				 (uintmax_t)boot.value);
		assert_string_equal(boot.path, lines[i].line ? ETC "a.conf" : USR "b.conf");
	}
}

/* A value that either release leaves is sure, whichever of them it is. */
static void test_sure_slash(void **state)
{
	static const struct sysctl_file files[] = {
		FILE_(ETC "a.conf", "vm/swappiness=1\n"),
		FILE_(ETC "b.conf", "vm.swappiness=1\n"),
	};
	const struct sysctl_tree tree = { .files = files,
					  .n_files = 2,
					  .again = SYSCTL_AGAIN_SURE };
	struct sysctl_boot boot;

	(void)state;
	sysctl_boot(&tree, SYSCTL_RULES_SYSTEMD, SYSCTL_SWAPPINESS, &boot);
	assert_true(boot.is_number);
	assert_int_equal(boot.value, 1);
	assert_string_equal(boot.path, ETC "b.conf");
}

/* Python decodes 8 KiB at a time: lines of the pieces before are applied. */
static void test_pieces(void **state)
{
	static char text[KIB(20)];
	const struct sysctl_file files[] = {
		{ .path = ETC "a.conf", .text = text, .len = sizeof(text) },
		FILE_(USR "b.conf", "vm.swappiness=7\n"),
	};
	const struct sysctl_tree tree = { .files = files,
					  .n_files = 2,
					  .again = SYSCTL_AGAIN_SURE };
	static const struct {
		size_t line, bad;
		uint64_t value;
	} cases[] = {
		{ 0, KIB(8) - 1, 7 },        { 0, KIB(8), 1 },
		{ KIB(8) - 17, KIB(8), 1 },  { KIB(8) - 15, KIB(8), 7 },
		{ KIB(8) - 15, KIB(16), 1 }, { KIB(18), KIB(16), 7 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct sysctl_boot boot;

		memset(text, '\n', sizeof(text));
		memcpy(text + cases[i].line, "vm.swappiness=1\n", 16);
		text[cases[i].bad] = '\xff';
		sysctl_boot(&tree, SYSCTL_RULES_SYSTEMD, SYSCTL_SWAPPINESS, &boot);
		if (boot.value != cases[i].value)
			fail_msg("case %zu: %ju", i, (uintmax_t)boot.value);
		assert_string_equal(boot.stopped_at, ETC "a.conf");
	}
}

/* The drop-in put in and taken out leaves what is known of tuned. */
static void test_tree_with(void **state)
{
	static const struct sysctl_file files[] = { FILE_(CONF, "vm.swappiness=1\n"),
						    LAST_(A, "vm.swappiness=3\n") };
	const struct sysctl_tree tree = { .files = files,
					  .n_files = 2,
					  .again = SYSCTL_AGAIN_SURE,
					  .again_exclude = "vm.page-cluster" };
	struct sysctl_tree with;

	(void)state;
	assert_int_equal(sysctl_tree_with(&tree, SYSCTL_DROPIN, "vm.swappiness=2\n", &with), 0);
	assert_int_equal(with.n_files, 3);
	assert_int_equal(with.again, SYSCTL_AGAIN_SURE);
	assert_ptr_equal(with.again_exclude, tree.again_exclude);
	free((void *)(uintptr_t)with.files);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files),      cmocka_unit_test(test_lines),
		cmocka_unit_test(test_sure_slash), cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_tree_with),
	};

	return cmocka_run_group_tests_name("sysctl-tuned", tests, NULL, NULL);
}
