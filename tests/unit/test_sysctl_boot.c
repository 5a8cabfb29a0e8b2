/* SPDX-License-Identifier: MIT */
/*
 * The trees of tests/unit/sysctl, which tests/live/sysctl-appliers runs through the real programs,
 * and tables of what those cannot show: unreadable files, pairs, the kernel command line.
 */
#include "sysctl.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define CASES     "tests/unit/sysctl"
#define CASES_MIN 70 /* fewer means that they were not found */
#define CASES_MAX 500
#define FILES_MAX 32
#define TEXT_MAX  KIB(64)

#define ETC   "/etc/sysctl.d/"
#define USR   "/usr/lib/sysctl.d/"
#define TUNED "/usr/lib/tuned/"

static const char *const rule_names[SYSCTL_RULES_N] = { "systemd", "procps" };

/* --- trees of files --- */

struct loaded {
	struct sysctl_file files[FILES_MAX];
	size_t n;
	char *cmdline;
};

static char *read_whole(const char *path, size_t *ret_len)
{
	FILE *f = fopen(path, "re");
	char *text = calloc(1, TEXT_MAX);

	assert_non_null(text);
	*ret_len = 0;
	if (f) {
		*ret_len = fread(text, 1, TEXT_MAX - 1, f);
		fclose(f);
	}
	return text;
}

static void load_file(struct loaded *tree, const char *dir, const char *path)
{
	struct sysctl_file *file = &tree->files[tree->n++];
	char full[2048];

	assert_in_range(tree->n, 1, FILES_MAX - 1);
	snprintf(full, sizeof(full), "%s%s", dir, path);
	*file = (struct sysctl_file){ .path = strdup(path) };
	file->text = read_whole(full, &file->len);
	if (file->len == 0)
		file->state = SYSCTL_FILE_MASK;
}

static void load_tree(struct loaded *tree, const char *dir)
{
	static const char *const dirs[] = { "/usr/lib/sysctl.d", "/etc/sysctl.d",
					    "/usr/local/lib/sysctl.d", "/run/sysctl.d" };
	char path[1024];
	size_t len;

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		struct dirent *de;
		DIR *d;

		snprintf(path, sizeof(path), "%s%s", dir, dirs[i]);
		if (!(d = opendir(path)))
			continue;
		while ((de = readdir(d))) {
			if (streq(de->d_name, ".") || streq(de->d_name, ".."))
				continue;
			snprintf(path, sizeof(path), "%s/%s", dirs[i], de->d_name);
			load_file(tree, dir, path);
		}
		closedir(d);
	}
	snprintf(path, sizeof(path), "%s/etc/sysctl.conf", dir);
	if (access(path, F_OK) == 0)
		load_file(tree, dir, "/etc/sysctl.conf");
	snprintf(path, sizeof(path), "%s/cmdline", dir);
	tree->cmdline = read_whole(path, &len);
}

static void loaded_done(struct loaded *tree)
{
	for (size_t i = 0; i < tree->n; i++) {
		free((void *)(uintptr_t)tree->files[i].path);
		free((void *)(uintptr_t)tree->files[i].text);
	}
	free(tree->cmdline);
}

/* As the expect files have it: "PATH:LINE VALUE", "PATH:LINE nothing", "cmdline VALUE", ... */
static void describe(const struct sysctl_boot *boot, char out[static 256])
{
	char value[32] = "-";

	if (boot->is_number)
		snprintf(value, sizeof(value), "%ju", (uintmax_t)boot->value);
	if (boot->writes_nothing)
		snprintf(value, sizeof(value), "nothing");
	switch (boot->source) {
	case SYSCTL_FROM_NOTHING:
		snprintf(out, 256, "nothing");
		break;
	case SYSCTL_FROM_CMDLINE:
		snprintf(out, 256, "cmdline %s", value);
		break;
	case SYSCTL_FROM_FILE:
		snprintf(out, 256, "%s:%u %s", boot->path, boot->line, value);
		break;
	case SYSCTL_FROM_UNKNOWN:
		snprintf(out, 256, "unknown %s", boot->path ? boot->path : "-");
		break;
	}
}

/* The rest of the line that begins with `word`, in a static buffer. */
static const char *expect_get(const char *text, const char *word)
{
	static char rest[256];
	const char *p = text;
	size_t len = strlen(word);

	while (p && !(has_prefix(p, word) && p[len] == ' ')) {
		p = strchr(p, '\n');
		p += p != NULL;
	}
	assert_non_null(p);
	snprintf(rest, sizeof(rest), "%.*s", (int)strcspn(p + len + 1, "\n"), p + len + 1);
	return rest;
}

static void test_tree(void **state)
{
	const char *name = *state;
	struct loaded loaded = { 0 };
	char path[1000], have[256];
	enum sysctl_key key;
	char *expect;
	size_t len;

	snprintf(path, sizeof(path), CASES "/%s", name);
	load_tree(&loaded, path);
	snprintf(path, sizeof(path), CASES "/%s/expect", name);
	expect = read_whole(path, &len);
	key = sysctl_key_find(expect_get(expect, "key"));
	assert_in_range(key, 0, SYSCTL_N - 1);
	for (enum sysctl_rules rules = 0; rules < SYSCTL_RULES_N; rules++) {
		struct sysctl_tree tree = { loaded.files, loaded.n, loaded.cmdline };
		struct sysctl_boot boot;

		sysctl_boot(&tree, rules, key, &boot);
		describe(&boot, have);
		assert_string_equal(have, expect_get(expect, rule_names[rules]));
		if (boot.source == SYSCTL_FROM_NOTHING || boot.writes_nothing)
			assert_int_equal(boot.value, sysctl_keys[key].kernel_default);
	}
	free(expect);
	loaded_done(&loaded);
}

/* --- tables --- */

struct table_case {
	const char *name;
	const char *key;
	struct sysctl_file files[4]; /* .len is filled in; "?" is unreadable */
	const char *cmdline;
	const char *want[SYSCTL_RULES_N]; /* the second NULL: the same */
	const char *text;                 /* of the first, or NULL: any */
};

#define FILE_(p, t)                      \
	{                                \
		.path = (p), .text = (t) \
	}
#define UNREADABLE_(p)                                       \
	{                                                    \
		.path = (p), .state = SYSCTL_FILE_UNREADABLE \
	}
#define MASK_(p)                                       \
	{                                              \
		.path = (p), .state = SYSCTL_FILE_MASK \
	}
#define LAST_(p, t)                                    \
	{                                              \
		.path = (p), .text = (t), .last = true \
	}

static const struct table_case table[] = {
	{ "no files", "vm.swappiness", { { 0 } }, NULL, { "nothing" }, "" },
	{ "deciding text",
	  "vm.swappiness",
	  { FILE_(ETC "a.conf", "vm.swappiness =\t0x3c \n") },
	  NULL,
	  { ETC "a.conf:1 60" },
	  "0x3c" },
	{ "deciding text is cut and printable",
	  "vm.swappiness",
	  { FILE_(ETC "a.conf",
		  "vm.swappiness = 1 \033[2J456789012345678901234567890123456789012"
		  "34567890123456789") },
	  NULL,
	  { ETC "a.conf:1 1" },
	  "1 ?[2J45678901234567890123456789012345678901234567890123456789" },
	{ "excluding text",
	  "vm.swappiness",
	  { FILE_(ETC "a.conf", "-vm/swappiness \n") },
	  NULL,
	  { ETC "a.conf:1 nothing", "nothing" },
	  "-vm/swappiness" },
	{ "a CR in a directory, which is not there for \"..\" to leave",
	  "vm.swappiness",
	  { FILE_(ETC "a.conf", "0\rvm/../vm/swappiness = 10\n") },
	  NULL,
	  { "nothing", "nothing" },
	  NULL },
	{ "out of the kernel's range",
	  "vm.swappiness",
	  { FILE_(ETC "a.conf", "vm.swappiness=10\n"), FILE_(ETC "b.conf", "vm.swappiness=201\n") },
	  NULL,
	  { ETC "b.conf:1 nothing", ETC "a.conf:1 10" },
	  "201" },
	{ "negative but taken",
	  "vm.overcommit_ratio",
	  { FILE_(ETC "a.conf", "vm.overcommit_ratio=-1\n") },
	  NULL,
	  { ETC "a.conf:1 -" },
	  "-1" },
	{ "/lib of its own comes last of one name",
	  "vm.swappiness",
	  { FILE_("/lib/sysctl.d/a.conf", "vm.swappiness=1\n"),
	    FILE_(USR "a.conf", "vm.swappiness=2\n"),
	    FILE_("/lib/sysctl.d/b.conf", "vm.swappiness=3\n") },
	  NULL,
	  { "/lib/sysctl.d/b.conf:1 3" },
	  NULL },
	{ "directories below and beside are not read",
	  "vm.swappiness",
	  { FILE_(ETC "sub/a.conf", "vm.swappiness=1\n"),
	    FILE_("/etc/sysctl.dd/a.conf", "vm.swappiness=2\n"),
	    FILE_("/etc/a.conf", "vm.swappiness=3\n") },
	  NULL,
	  { "nothing" },
	  NULL },

	/* unreadable files */
	{ "unreadable later",
	  "vm.swappiness",
	  { FILE_(ETC "a.conf", "vm.swappiness=1\n"), UNREADABLE_(ETC "b.conf") },
	  NULL,
	  { "unknown " ETC "b.conf" },
	  NULL },
	{ "unreadable earlier",
	  "vm.swappiness",
	  { FILE_(ETC "b.conf", "vm.swappiness=1\n"), UNREADABLE_(ETC "a.conf") },
	  NULL,
	  { ETC "b.conf:1 1" },
	  NULL },
	{ "unreadable earlier than a pattern, which yields to a name in it",
	  "vm.swappiness",
	  { FILE_(ETC "b.conf", "vm.swappines*=1\n"), UNREADABLE_(ETC "a.conf") },
	  NULL,
	  { "unknown " ETC "a.conf" },
	  NULL },
	{ "unreadable alone",
	  "vm.swappiness",
	  { UNREADABLE_(ETC "a.conf") },
	  "sysctl.vm.swappiness=5",
	  { "unknown " ETC "a.conf" },
	  NULL },
	{ "unreadable and hidden",
	  "vm.swappiness",
	  { FILE_(ETC "a.conf", "vm.swappiness=1\n"), UNREADABLE_(USR "b.conf"),
	    MASK_(ETC "b.conf") },
	  NULL,
	  { ETC "a.conf:1 1" },
	  NULL },
	{ "unreadable hides",
	  "vm.swappiness",
	  { FILE_(ETC "c.conf", "vm.swappiness=1\n"), FILE_(USR "b.conf", "vm.swappiness=2\n"),
	    UNREADABLE_(ETC "b.conf") },
	  NULL,
	  { ETC "c.conf:1 1" },
	  NULL },
	{ "unreadable sysctl.conf",
	  "vm.swappiness",
	  { FILE_(ETC "a.conf", "vm.swappiness=1\n"), UNREADABLE_("/etc/sysctl.conf") },
	  NULL,
	  { ETC "a.conf:1 1", "unknown /etc/sysctl.conf" },
	  NULL },
	{ "unreadable between equal lines",
	  "vm.swappiness",
	  { FILE_(ETC "a.conf", "vm.swappiness=1\n"), UNREADABLE_(ETC "b.conf"),
	    FILE_(ETC "c.conf", "vm.swappiness=1\n") },
	  NULL,
	  { ETC "c.conf:1 1" },
	  NULL },
	{ "unreadable between equal lines of a pair: systemd writes them first",
	  "vm.dirty_bytes",
	  { FILE_(ETC "a.conf", "vm.dirty_bytes=65536\n"), UNREADABLE_(ETC "b.conf"),
	    FILE_(ETC "c.conf", "vm.dirty_bytes=65536\n") },
	  NULL,
	  { "unknown " ETC "b.conf", ETC "c.conf:1 65536" },
	  NULL },

	/* pairs */
	{ "later pair zeroes",
	  "vm.overcommit_ratio",
	  { FILE_(ETC "a.conf", "vm.overcommit_ratio=80\n"),
	    FILE_(ETC "b.conf", "\nvm.overcommit_kbytes = 4096\n") },
	  NULL,
	  { ETC "b.conf:2 0" },
	  "vm.overcommit_kbytes = 4096" },
	{ "earlier pair is zeroed",
	  "vm.overcommit_kbytes",
	  { FILE_(ETC "a.conf", "vm.overcommit_ratio=80\n"),
	    FILE_(ETC "b.conf", "vm.overcommit_kbytes=4096\n") },
	  NULL,
	  { ETC "b.conf:1 4096" },
	  "4096" },
	{ "a pair's 0 zeroes too",
	  "vm.overcommit_ratio",
	  { FILE_(ETC "a.conf", "vm.overcommit_ratio=80\nvm.overcommit_kbytes=0\n") },
	  NULL,
	  { ETC "a.conf:2 0" },
	  NULL },
	{ "a refused pair zeroes nothing",
	  "vm.dirty_ratio",
	  { FILE_(ETC "a.conf", "vm.dirty_ratio=30\nvm.dirty_bytes=1\n") },
	  NULL,
	  { ETC "a.conf:1 30" },
	  NULL },
	{ "dirty_ratio that stays the same zeroes nothing",
	  "vm.dirty_bytes",
	  { FILE_(ETC "a.conf", "vm.dirty_bytes=65536\nvm.dirty_ratio=0\n") },
	  NULL,
	  { ETC "a.conf:1 65536" },
	  NULL },
	{ "dirty_ratio that changes does",
	  "vm.dirty_bytes",
	  { FILE_(ETC "a.conf", "vm.dirty_bytes=65536\nvm.dirty_ratio=20\n") },
	  NULL,
	  { ETC "a.conf:2 0" },
	  NULL },
	{ "dirty_background_ratio always does",
	  "vm.dirty_background_bytes",
	  { FILE_(ETC "a.conf", "vm.dirty_background_bytes=65536\nvm.dirty_background_ratio=0\n") },
	  NULL,
	  { ETC "a.conf:2 0" },
	  NULL },
	{ "what is off anyway is nobody's doing",
	  "vm.dirty_bytes",
	  { FILE_(ETC "a.conf", "vm.dirty_ratio=30\n") },
	  NULL,
	  { "nothing" },
	  NULL },
	{ "a pattern for both: glob(3) sorts, kbytes before ratio",
	  "vm.overcommit_kbytes",
	  { FILE_(ETC "a.conf", "vm.overcommit_[kr]*=70\n") },
	  NULL,
	  { ETC "a.conf:1 0" },
	  "vm.overcommit_[kr]*=70" },
	{ "systemd writes an equal line in its first place",
	  "vm.overcommit_ratio",
	  { FILE_(ETC "a.conf", "vm.overcommit_ratio=80\n"),
	    FILE_(ETC "b.conf", "vm.overcommit_kbytes=4096\n"),
	    FILE_(ETC "c.conf", "vm.overcommit_ratio=80\n") },
	  NULL,
	  { ETC "b.conf:1 0", ETC "c.conf:1 80" },
	  NULL },
	{ "pair on the command line",
	  "vm.overcommit_ratio",
	  { { 0 } },
	  "sysctl.vm.overcommit_kbytes=4096",
	  { "cmdline 0" },
	  NULL },

	/* what tuned applies */
	{ "after all others, also those behind it in the tree",
	  "vm.swappiness",
	  { LAST_(TUNED "a/tuned.conf", "\nvm.swappiness=3\n"),
	    FILE_(ETC "z.conf", "vm.swappiness=1\n"),
	    FILE_("/etc/sysctl.conf", "vm.swappiness=2\n") },
	  NULL,
	  { TUNED "a/tuned.conf:2 3" },
	  "3" },
	{ "of several the last in the tree",
	  "vm.swappiness",
	  { LAST_(TUNED "z/tuned.conf", "vm.swappiness=3\n"),
	    FILE_(ETC "z.conf", "vm.swappiness=1\n"),
	    LAST_(TUNED "a/tuned.conf", "vm.swappiness=4\n"),
	    LAST_(TUNED "b/tuned.conf", "vm.page-cluster=0\n") },
	  NULL,
	  { TUNED "a/tuned.conf:1 4" },
	  NULL },
	{ "refused by the kernel",
	  "vm.swappiness",
	  { FILE_(ETC "z.conf", "vm.swappiness=1\n"),
	    LAST_(TUNED "a/tuned.conf", "vm.swappiness=201\n") },
	  NULL,
	  { ETC "z.conf:1 1" },
	  NULL },
	{ "computed by it",
	  "vm.swappiness",
	  { FILE_(ETC "z.conf", "vm.swappiness=1\n"),
	    LAST_(TUNED "a/tuned.conf", "vm.swappiness=${x}\n") },
	  NULL,
	  { TUNED "a/tuned.conf:1 -" },
	  "${x}" },
	{ "computed, of a pair",
	  "vm.dirty_bytes",
	  { FILE_(ETC "z.conf", "vm.dirty_bytes=65536\n"),
	    LAST_(TUNED "a/tuned.conf", "vm.dirty_ratio=>10\n") },
	  NULL,
	  { TUNED "a/tuned.conf:1 -" },
	  "vm.dirty_ratio=>10" },
	{ "an equal line is written in its own place",
	  "vm.dirty_bytes",
	  { FILE_(ETC "a.conf", "vm.dirty_ratio=30\n"),
	    FILE_(ETC "b.conf", "vm.dirty_bytes=65536\n"),
	    LAST_(TUNED "a/tuned.conf", "vm.dirty_ratio=30\n") },
	  NULL,
	  { TUNED "a/tuned.conf:1 0" },
	  "vm.dirty_ratio=30" },
	{ "its name of the key leaves a pattern to others",
	  "vm.swappiness",
	  { FILE_(ETC "a.conf", "vm.swappines*=1\n"),
	    LAST_(TUNED "a/tuned.conf", "vm.swappiness=201\n") },
	  NULL,
	  { ETC "a.conf:1 1" },
	  NULL },
	{ "unreadable, after all others",
	  "vm.swappiness",
	  { FILE_(ETC "z.conf", "vm.swappiness=1\n"),
	    { .path = TUNED "a/tuned.conf", .state = SYSCTL_FILE_UNREADABLE, .last = true } },
	  NULL,
	  { "unknown " TUNED "a/tuned.conf" },
	  NULL },
	{ "unreadable before it",
	  "vm.swappiness",
	  { LAST_(TUNED "a/tuned.conf", "vm.swappiness=3\n"), UNREADABLE_(ETC "z.conf"),
	    FILE_(ETC "a.conf", "vm.swappiness=3\n") },
	  NULL,
	  { TUNED "a/tuned.conf:1 3" },
	  NULL },

	/* the command line */
	{ "slashes", "vm.swappiness", { { 0 } }, "sysctl/vm/swappiness=5", { "cmdline 5" }, "" },
	{ "mixed", "vm.swappiness", { { 0 } }, "sysctl.vm/swappiness=5\n", { "cmdline 5" }, "" },
	{ "last wins",
	  "vm.swappiness",
	  { { 0 } },
	  "sysctl.vm.swappiness=5 sysctl.vm.swappiness=6",
	  { "cmdline 6" },
	  NULL },
	{ "refused",
	  "vm.swappiness",
	  { { 0 } },
	  "sysctl.vm.swappiness=5 sysctl.vm.swappiness=6x sysctl.vm.swappiness= "
	  "sysctl.vm.swappiness",
	  { "cmdline 5" },
	  NULL },
	{ "quoted value",
	  "vm.swappiness",
	  { { 0 } },
	  "a=\"b sysctl.vm.swappiness=4\" sysctl.vm.swappiness=\"5 6\" ro",
	  { "cmdline 5" },
	  NULL },
	{ "quoted word",
	  "vm.swappiness",
	  { { 0 } },
	  "ro \"sysctl.vm.swappiness=5\"",
	  { "cmdline 5" },
	  NULL },
	{ "open quote",
	  "vm.swappiness",
	  { { 0 } },
	  "\"sysctl.vm.swappiness=5 ",
	  { "cmdline 5" },
	  NULL },
	{ "behind --, init's",
	  "vm.swappiness",
	  { { 0 } },
	  "ro -- sysctl.vm.swappiness=5",
	  { "nothing" },
	  NULL },
	{ "no dash for an underscore",
	  "vm.page-cluster",
	  { { 0 } },
	  "sysctl.vm.page_cluster=5",
	  { "nothing" },
	  NULL },
	{ "like it but not it",
	  "vm.swappiness",
	  { { 0 } },
	  "sysctlvm.swappiness=1 xsysctl.vm.swappiness=2 sysctl.vm.swappinesss=3 sysctl=4 =5 \"",
	  { "nothing" },
	  NULL },
	{ "kept by a refused line",
	  "vm.swappiness",
	  { FILE_(ETC "a.conf", "vm.swappiness=x\n") },
	  "sysctl.vm.swappiness=5",
	  { ETC "a.conf:1 nothing", "cmdline 5" },
	  NULL },
};

static void test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct sysctl_file files[4];
		struct sysctl_tree tree = { .files = files, .cmdline = table[i].cmdline };

		memcpy(files, table[i].files, sizeof(files));
		for (; tree.n_files < 4 && files[tree.n_files].path; tree.n_files++)
			if (files[tree.n_files].text)
				files[tree.n_files].len = strlen(files[tree.n_files].text);
		for (enum sysctl_rules rules = 0; rules < SYSCTL_RULES_N; rules++) {
			struct sysctl_boot boot;
			char have[256];

			print_message("# %s: %s\n", rule_names[rules], table[i].name);
			sysctl_boot(&tree, rules, sysctl_key_find(table[i].key), &boot);
			describe(&boot, have);
			assert_string_equal(have,
					    rules && table[i].want[1] ? table[i].want[1]
								      : table[i].want[0]);
			if (rules == 0 && table[i].text)
				assert_string_equal(boot.text, table[i].text);
		}
	}
}

/* A refused line leaves what the command line set, and says so as the value. */
static void test_kept_value(void **state)
{
	const struct sysctl_file file = FILE_(ETC "a.conf", "vm.swappiness=x");
	struct sysctl_file files[1] = { file };
	struct sysctl_tree tree = { files, 1, "sysctl.vm.swappiness=5" };
	struct sysctl_boot boot;

	(void)state;
	files[0].len = strlen(files[0].text);
	sysctl_boot(&tree, SYSCTL_RULES_SYSTEMD, SYSCTL_SWAPPINESS, &boot);
	assert_true(boot.writes_nothing);
	assert_true(boot.is_number);
	assert_int_equal(boot.value, 5);
	tree.cmdline = NULL;
	sysctl_boot(&tree, SYSCTL_RULES_SYSTEMD, SYSCTL_SWAPPINESS, &boot);
	assert_int_equal(boot.value, 60);
	sysctl_boot(&tree, SYSCTL_RULES_SYSTEMD, SYSCTL_MIN_FREE_KBYTES, &boot);
	assert_int_equal(boot.source, SYSCTL_FROM_NOTHING);
	assert_false(boot.is_number);
}

/* systemd gives up a file at a line of 1 MiB, and keeps what stands before it. */
static void test_huge_line(void **state)
{
	static const char before[] = "vm.swappiness=1\n#", after[] = "\nvm.swappiness=2\n";
	size_t pad = MIB(1) - 2, len;
	struct sysctl_file file = { .path = ETC "a.conf" };
	struct sysctl_tree tree = { &file, 1, NULL };
	char *text = malloc(MIB(2));
	struct sysctl_boot boot;

	(void)state;
	assert_non_null(text);
	for (int more = 0; more < 2; more++, pad++) {
		memcpy(text, before, strlen(before));
		memset(text + strlen(before), 'x', pad);
		memcpy(text + strlen(before) + pad, after, strlen(after));
		len = strlen(before) + pad + strlen(after);
		file.text = text;
		file.len = len;
		sysctl_boot(&tree, SYSCTL_RULES_SYSTEMD, SYSCTL_SWAPPINESS, &boot);
		assert_int_equal(boot.line, more ? 1 : 3);
		sysctl_boot(&tree, SYSCTL_RULES_PROCPS, SYSCTL_SWAPPINESS, &boot);
		assert_int_equal(boot.line, 3);
	}
	free(text);
}

/* Nobody has 33 patterns for one key; whoever does is told that it is unknown. */
static void test_many_patterns(void **state)
{
	char text[4096] = "", *p = text;
	struct sysctl_file file = { .path = ETC "a.conf", .text = text };
	struct sysctl_tree tree = { &file, 1, NULL };
	struct sysctl_boot boot;

	(void)state;
	for (int i = 1; i <= 33; i++) {
		p += sprintf(p, "vm.s*");
		for (int k = 0; k < i; k++)
			*p++ = '*';
		p += sprintf(p, "=%d\n", i);
		file.len = (size_t)(p - text);
		sysctl_boot(&tree, SYSCTL_RULES_SYSTEMD, SYSCTL_SWAPPINESS, &boot);
		assert_int_equal(boot.source, i <= 32 ? SYSCTL_FROM_FILE : SYSCTL_FROM_UNKNOWN);
		assert_int_equal(boot.line, i <= 32 ? i : 0);
		sysctl_boot(&tree, SYSCTL_RULES_PROCPS, SYSCTL_SWAPPINESS, &boot);
		assert_int_equal(boot.value, i);
	}
}

static void test_tree_with(void **state)
{
	static const struct sysctl_file files[] = {
		{ .path = ETC "10-a.conf", .text = "vm.swappiness=1\n", .len = 16 },
		{ .path = SYSCTL_DROPIN, .text = "vm.swappiness=2\n", .len = 16 },
	};
	const struct sysctl_tree tree = { files, 2, "ro" };
	static const struct {
		const char *text;
		size_t n;
		uint64_t value;
	} cases[] = {
		{ "vm.swappiness=3\n", 2, 3 },
		{ "", 2, 1 },
		{ NULL, 1, 1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct sysctl_tree with;
		struct sysctl_boot boot;

		assert_int_equal(sysctl_tree_with(&tree, SYSCTL_DROPIN, cases[i].text, &with), 0);
		assert_int_equal(with.n_files, cases[i].n);
		assert_ptr_equal(with.cmdline, tree.cmdline);
		sysctl_boot(&with, SYSCTL_RULES_SYSTEMD, SYSCTL_SWAPPINESS, &boot);
		assert_int_equal(boot.value, cases[i].value);
		free((void *)(uintptr_t)with.files);
	}
}

static int is_case(const struct dirent *de)
{
	return de->d_name[0] != '.';
}

int main(void)
{
	static struct CMUnitTest trees[CASES_MAX];
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),     cmocka_unit_test(test_kept_value),
		cmocka_unit_test(test_huge_line), cmocka_unit_test(test_many_patterns),
		cmocka_unit_test(test_tree_with),
	};
	struct dirent **names;
	int n = scandir(CASES, &names, is_case, alphasort);
	size_t n_tests = 0;
	int failed;

	if (n < CASES_MIN || n + (int)ARRAY_SIZE(tests) > CASES_MAX) {
		fprintf(stderr, "%d trees in " CASES "; run this from the top directory\n", n);
		return 1;
	}
	for (; n_tests < (size_t)n; n_tests++)
		trees[n_tests] = (struct CMUnitTest){ .name = names[n_tests]->d_name,
						      .test_func = test_tree,
						      .initial_state = names[n_tests]->d_name };
	for (size_t i = 0; i < ARRAY_SIZE(tests); i++)
		trees[n_tests++] = tests[i];
	/* cmocka's macro wants an array whose size it can see; unused rows are skipped. */
	failed = cmocka_run_group_tests_name("sysctl_boot", trees, NULL, NULL);
	for (int i = 0; i < n; i++)
		free(names[i]);
	free(names);
	return failed;
}
