/* SPDX-License-Identifier: MIT */
/*
 * The command line as people type it: what is understood, what is refused and in which words, and
 * that the wish for JSON is heard even then. Looks at nothing but words.
 */
#include "options.h"

#include "fault.h"
#include "process.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define WORDS 8

static int parse(const char *const words[static WORDS], struct options *ret, struct err *err)
{
	static char name[] = "memprov";
	static char copies[WORDS][64];
	/* What options point to stays here until the next call. */
	static char *argv[WORDS + 2];
	int argc = 0;

	argv[argc++] = name;
	for (size_t i = 0; i < WORDS && words[i]; i++) {
		(void)snprintf(copies[i], sizeof(copies[i]), "%s", words[i]);
		argv[argc++] = copies[i];
	}
	argv[argc] = NULL;
	memset(ret, 0xff, sizeof(*ret));
	*err = (struct err){ 0 };
	return options_parse(argc, argv, ret, err);
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? streq(a, b) : a == b;
}

struct understood {
	const char *words[WORDS];
	struct options want;
	const char *arguments[WORDS];
};

static void check_understood(const struct understood *u, size_t row)
{
	const struct options *want = &u->want;
	struct options o;
	struct err err;

	if (parse(u->words, &o, &err) != 0)
		fail_msg("row %zu: %s", row, err.msg);
	if (o.dry_run != want->dry_run || o.force != want->force || o.json != want->json ||
	    o.quiet != want->quiet || o.verbose != want->verbose || o.help != want->help ||
	    o.version != want->version || o.prometheus != want->prometheus ||
	    o.has_size != want->has_size)
		fail_msg("row %zu: another flag", row);
	if (!same_text(o.profile, want->profile) || !same_text(o.file, want->file) ||
	    !same_text(o.root, want->root) || !same_text(o.output, want->output) ||
	    o.size_bytes != want->size_bytes || o.ram_bytes != want->ram_bytes)
		fail_msg("row %zu: another argument", row);
	if (want->help || want->version)
		return;
	if (o.verb != want->verb)
		fail_msg("row %zu: verb %d", row, (int)o.verb);
	for (size_t i = 0; i < o.n_arguments; i++)
		if (!same_text(o.arguments[i], u->arguments[i]))
			fail_msg("row %zu: argument %s", row, o.arguments[i]);
	assert_true(o.n_arguments == WORDS || !u->arguments[o.n_arguments]);
}

static const struct understood understood[] = {
	{ { "audit" }, { .verb = VERB_AUDIT } },
	{ { "apply" }, { .verb = VERB_APPLY } },
	{ { "remove" }, { .verb = VERB_REMOVE } },
	{ { "profiles" }, { .verb = VERB_PROFILES } },
	{ { "check", "a" }, { .verb = VERB_CHECK }, { "a" } },
	{ { "check", "a", "./b.yaml", "" }, { .verb = VERB_CHECK }, { "a", "./b.yaml", "" } },

	/* Options before and after the command, and between arguments. */
	{ { "-n", "apply" }, { .verb = VERB_APPLY, .dry_run = true } },
	{ { "apply", "-n" }, { .verb = VERB_APPLY, .dry_run = true } },
	{ { "audit", "--prometheus", "--output", "x" },
	  { .verb = VERB_AUDIT, .prometheus = true, .output = "x" } },
	{ { "apply", "--dry-run", "--force" },
	  { .verb = VERB_APPLY, .dry_run = true, .force = true } },
	{ { "check", "a", "-q", "b", "--json" },
	  { .verb = VERB_CHECK, .quiet = true, .json = true },
	  { "a", "b" } },
	{ { "--json", "check", "a" }, { .verb = VERB_CHECK, .json = true }, { "a" } },

	/* Letters in a cluster, the last with its argument attached or apart. */
	{ { "audit", "-qj" }, { .verb = VERB_AUDIT, .quiet = true, .json = true } },
	{ { "-jvq", "audit" },
	  { .verb = VERB_AUDIT, .json = true, .verbose = true, .quiet = true } },
	{ { "apply", "-nf/x" }, { .verb = VERB_APPLY, .dry_run = true, .file = "/x" } },
	{ { "apply", "-nf", "/x" }, { .verb = VERB_APPLY, .dry_run = true, .file = "/x" } },
	{ { "audit", "-pj" }, { .verb = VERB_AUDIT, .profile = "j" } },
	{ { "audit", "-p", "-j" }, { .verb = VERB_AUDIT, .profile = "-j" } },
	{ { "audit", "--profile", "--json" }, { .verb = VERB_AUDIT, .profile = "--json" } },

	/* Long ones with '=', with their argument apart, and abbreviated. */
	{ { "audit", "--profile=a=b" }, { .verb = VERB_AUDIT, .profile = "a=b" } },
	{ { "audit", "--prof", "x" }, { .verb = VERB_AUDIT, .profile = "x" } },
	{ { "audit", "--js" }, { .verb = VERB_AUDIT, .json = true } },
	{ { "audit", "--ro=/t" }, { .verb = VERB_AUDIT, .root = "/t" } },

	/* Values; the last one counts. */
	{ { "apply", "-s", "2G" }, { .verb = VERB_APPLY, .has_size = true, .size_bytes = GIB(2) } },
	{ { "apply", "-s0" }, { .verb = VERB_APPLY, .has_size = true } },
	{ { "apply", "--size=1K" },
	  { .verb = VERB_APPLY, .has_size = true, .size_bytes = KIB(1) } },
	{ { "apply", "-s1G", "-s", "512M" },
	  { .verb = VERB_APPLY, .has_size = true, .size_bytes = MIB(512) } },
	{ { "audit", "--ram", "1M" }, { .verb = VERB_AUDIT, .ram_bytes = MIB(1) } },
	{ { "remove", "-f", "/a/b" }, { .verb = VERB_REMOVE, .file = "/a/b" } },
	{ { "remove", "--ram=8G", "-px" },
	  { .verb = VERB_REMOVE, .ram_bytes = GIB(8), .profile = "x" } },
	{ { "profiles", "--root", "." }, { .verb = VERB_PROFILES, .root = "." } },

	/* What follows -- is no option, whatever it looks like. */
	{ { "check", "--", "--json", "-q" }, { .verb = VERB_CHECK }, { "--json", "-q" } },
	{ { "--", "check", "-q" }, { .verb = VERB_CHECK }, { "-q" } },
	{ { "-q", "--", "audit" }, { .verb = VERB_AUDIT, .quiet = true } },
	{ { "check", "-" }, { .verb = VERB_CHECK }, { "-" } },

	/* Help and version need no command, nor a right one. */
	{ { "-h" }, { .help = true } },
	{ { "--help" }, { .help = true } },
	{ { "-V" }, { .version = true } },
	{ { "nosuch", "--version" }, { .version = true } },
	{ { "audit", "--force", "--help" }, { .force = true, .help = true } },
};

static void test_understood(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(understood); i++)
		check_understood(&understood[i], i);
}

/* Exit status 0, when the words mean the same. */
static int parse_hardened(void *arg)
{
	static const char *const words[WORDS] = { "check", "a", "-q", "b", "--json" };
	struct options o;
	struct err err;

	(void)arg;
	if (setenv("POSIXLY_CORRECT", "1", 1) < 0 || process_harden(&err) < 0)
		return 1;
	if (parse(words, &o, &err) < 0)
		return 2;
	return o.n_arguments == 2 && o.quiet && o.json ? 0 : 3;
}

/* POSIX' order, options first, is not asked for by an environment that root may have been given. */
static void test_posixly_correct(void **state)
{
	(void)state;
	assert_int_equal(fault_run(NULL, parse_hardened, NULL), 0);
}

static void test_refused(void **state)
{
	static const struct {
		const char *words[WORDS];
		const char *msg;
		bool json;
	} table[] = {
		{ { NULL }, "which command?" },
		{ { "-q" }, "which command?" },
		{ { "--" }, "which command?" },
		{ { "" }, ": there is no such command" },
		{ { "nosuch" }, "nosuch: there is no such command" },
		{ { "Audit" }, "Audit: there is no such command" },
		{ { "aud" }, "aud: there is no such command" },
		{ { "audit", "x" }, "audit: takes no argument, but got x" },
		{ { "profiles", "x" }, "profiles: takes no argument, but got x" },
		{ { "audit", "--", "-q" }, "audit: takes no argument, but got -q" },
		{ { "check" }, "check: which PROFILE?" },

		/* Options there are none of. */
		{ { "audit", "-z" }, "-z: there is no such option" },
		{ { "apply", "-zn" }, "-z: there is no such option" },
		{ { "apply", "-nz" }, "-z: there is no such option" },
		{ { "apply", "--nosuch" }, "--nosuch: there is no such option" },
		{ { "--nosuch=1", "apply" }, "--nosuch=1: there is no such option" },
		{ { "audit", "--r" }, "--r: there is no such option, or several begin so" },
		{ { "audit", "--ver" }, "--ver: there is no such option, or several begin so" },
		{ { "audit", "-:" }, "there is no such option" },
		{ { "audit", "-?" }, "-?: there is no such option" },

		/* Arguments that are missing, or not to be had. */
		{ { "apply", "-s" }, "-s: needs an argument" },
		{ { "apply", "--size" }, "--size: needs an argument" },
		{ { "--root" }, "--root: needs an argument" },
		{ { "apply", "-np" }, "-np: needs an argument" },
		{ { "apply", "--quiet=1" }, "--quiet: takes no argument" },
		{ { "apply", "--json=" }, "--json: takes no argument" },
		{ { "apply", "--profile=" }, "--profile: needs a name or a file" },
		{ { "apply", "-p", "" }, "--profile: needs a name or a file" },
		{ { "apply", "--root=" }, "--root: needs a directory" },
		{ { "apply", "-f", "relative" }, "--file relative: " },
		{ { "apply", "-f", "" }, "--file " },
		{ { "apply", "-f", "/a/../b" }, "--file /a/../b: " },
		{ { "apply", "-s", "2X" }, "--size 2X: " },
		{ { "apply", "-s", "-1" }, "--size -1: " },
		{ { "apply", "-s", "" }, "--size " },
		{ { "apply", "--ram", "0" }, "--ram 0: no machine" },
		{ { "apply", "--ram", "1023K" }, "--ram 1023K: no machine" },
		{ { "apply", "--ram", "lots" }, "--ram lots: " },

		/* Each command has its own. */
		{ { "audit", "--force" }, "audit: --force does not go with it" },
		{ { "remove", "--force" }, "remove: --force does not go with it" },
		{ { "audit", "-n" }, "audit: --dry-run does not go with it" },
		{ { "remove", "-s1G" }, "remove: --size does not go with it" },
		{ { "apply", "--prometheus" }, "apply: --prometheus does not go with it" },
		{ { "audit", "--prometheus", "-j" },
		  "--prometheus: does not go with --json",
		  true },
		{ { "audit", "--output", "x" }, "--output: goes with --prometheus only" },
		{ { "audit", "--prometheus", "--output=" }, "--output: needs a file" },
		{ { "check", "a", "-p", "b" }, "check: --profile does not go with it" },
		{ { "check", "a", "--ram=1G" }, "check: --ram does not go with it" },
		{ { "profiles", "-f", "/x" }, "profiles: --file does not go with it" },

		/* JSON, wherever it was asked for. */
		{ { "nosuch", "--json" }, "nosuch: there is no such command", true },
		{ { "audit", "--nosuch", "--json" }, "--nosuch: there is no such option", true },
		{ { "--json", "audit", "-z" }, "-z: there is no such option", true },
		{ { "audit", "-z", "-j" }, "-z: there is no such option", true },
		{ { "audit", "-zj" }, "-z: there is no such option", true },
		{ { "audit", "-qvj", "-z" }, "-z: there is no such option", true },
		{ { "audit", "--nosuch", "--js" }, "--nosuch: there is no such option", true },
		{ { "audit", "-j", "--force" }, "audit: --force does not go with it", true },
		{ { "-j" }, "which command?", true },
		{ { "audit", "-z", "-pj" }, "-z: there is no such option" },
		{ { "audit", "-z", "--", "--json" }, "-z: there is no such option" },
		{ { "audit", "-z", "json", "j" }, "-z: there is no such option" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct options o;
		struct err err;

		assert_int_equal(parse(table[i].words, &o, &err), -EINVAL);
		assert_int_equal(err.code, -EINVAL);
		if (strncmp(err.msg, table[i].msg, strlen(table[i].msg)) != 0 &&
		    !(table[i].msg[0] == 't' && strstr(err.msg, table[i].msg)))
			fail_msg("row %zu: \"%s\"", i, err.msg);
		if (o.json != table[i].json)
			fail_msg("row %zu: JSON is %d", i, o.json);
		/* Nothing else of it is to be acted on. */
		assert_int_equal(o.verb, VERB_N);
		assert_false(o.help || o.version || o.dry_run || o.force || o.has_size);
		assert_true(!o.profile && !o.file && !o.root && o.n_arguments == 0);
	}
}

static void test_no_words(void **state)
{
	char *argv[] = { NULL };
	struct options o;
	struct err err;

	(void)state;
	/* As execve(2) with an empty argv. */
	assert_int_equal(options_parse(0, argv, &o, &err), -EINVAL);
	assert_int_equal(o.verb, VERB_N);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_understood),
		cmocka_unit_test(test_posixly_correct),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_no_words),
	};

	/* What the tests are run in is not what is tested. */
	unsetenv("POSIXLY_CORRECT");
	return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
