/* SPDX-License-Identifier: MIT */
/*
 * Parses the command line by a table, and prints that table as --help. Must not look at anything
 * but the words it is given.
 */
#include "options.h"

#include "profile.h"
#include "size.h"

#include <getopt.h>

const char *const verb_names[VERB_N] = { "audit", "apply", "remove", "check", "profiles" };

static const char *const verb_helps[VERB_N] = {
	[VERB_AUDIT] = "audit   [options]   compare the machine with the profile; changes nothing",
	[VERB_APPLY] = "apply   [options]   make the machine conform",
	[VERB_REMOVE] = "remove  [options]   undo what apply made",
	[VERB_CHECK] = "check   PROFILE...  validate profiles, print the swap each RAM size gets",
	[VERB_PROFILES] = "profiles            list the profiles to be had",
};

#define FOR(verb) (1U << (verb))
#define FOR_ALL   (FOR(VERB_N) - 1)
#define FOR_RUNS  (FOR(VERB_AUDIT) | FOR(VERB_APPLY) | FOR(VERB_REMOVE))
#define FOR_PLANS (FOR(VERB_AUDIT) | FOR(VERB_APPLY))

static int take_profile(struct options *o, const char *arg, struct err *err);
static int take_size(struct options *o, const char *arg, struct err *err);
static int take_file(struct options *o, const char *arg, struct err *err);
static int take_ram(struct options *o, const char *arg, struct err *err);
static int take_root(struct options *o, const char *arg, struct err *err);
static int take_output(struct options *o, const char *arg, struct err *err);

static const struct option_row {
	char letter; /* 0: none */
	const char *name, *argument, *help;
	unsigned verbs;
	size_t flag; /* offset of a bool in struct options, for one without argument */
	int (*take)(struct options *o, const char *arg, struct err *err);
} rows[] = {
	{ 'p', "profile", "NAME|FILE",
	  "default: /etc/memprov/profile.yaml, else the built-in `default`", FOR_RUNS,
	  .take = take_profile },
	{ 'n', "dry-run", NULL, "show every step and file diff, do nothing",
	  FOR(VERB_APPLY) | FOR(VERB_REMOVE), offsetof(struct options, dry_run) },
	{ 's', "size", "SIZE", "a swapfile of exactly this size (2G, 512M; 0: none)", FOR_PLANS,
	  .take = take_size },
	{ 'f', "file", "PATH", "this swapfile instead of the profile's", FOR_RUNS,
	  .take = take_file },
	{ 0, "ram", "SIZE", "plan as for a machine with this much RAM", FOR_RUNS,
	  .take = take_ram },
	{ 0, "root", "DIR", "work on the tree under DIR; kernel steps are deferred",
	  FOR_RUNS | FOR(VERB_CHECK) | FOR(VERB_PROFILES), .take = take_root },
	{ 0, "force", NULL, "overrule the guard of vm.overcommit_memory=2, nothing else",
	  FOR(VERB_APPLY), offsetof(struct options, force) },
	{ 'j', "json", NULL, "one JSON document on stdout", FOR_ALL,
	  offsetof(struct options, json) },
	{ 0, "prometheus", NULL, "metrics for Prometheus' node exporter", FOR(VERB_AUDIT),
	  offsetof(struct options, prometheus) },
	{ 0, "output", "FILE", "with --prometheus: replace FILE, print nothing", FOR(VERB_AUDIT),
	  .take = take_output },
	{ 'q', "quiet", NULL, "print errors only", FOR_ALL, offsetof(struct options, quiet) },
	{ 'v', "verbose", NULL, "show also the steps that hold already", FOR_ALL,
	  offsetof(struct options, verbose) },
	{ 'h', "help", NULL, "print this help", FOR_ALL, offsetof(struct options, help) },
	{ 'V', "version", NULL, "print the version", FOR_ALL, offsetof(struct options, version) },
};

#define LONG_BASE 256 /* getopt_long's value of an option is its row, beyond any letter */

static int take_profile(struct options *o, const char *arg, struct err *err)
{
	if (!*arg)
		return err_set(err, -EINVAL, "--profile: needs a name or a file");
	o->profile = arg;
	return 0;
}

static int size_argument(const char *name, const char *arg, uint64_t *ret, struct err *err)
{
	enum size_fault fault = size_parse(arg, ret);

	if (fault == SIZE_OK)
		return 0;
	return err_set(err, -EINVAL, "--%s %s: %s", name, arg, size_fault_text(fault));
}

static int take_size(struct options *o, const char *arg, struct err *err)
{
	o->has_size = true;
	return size_argument("size", arg, &o->size_bytes, err);
}

static int take_file(struct options *o, const char *arg, struct err *err)
{
	const char *fault = profile_path_fault(arg);

	if (fault)
		return err_set(err, -EINVAL, "--file %s: %s", arg, fault);
	o->file = arg;
	return 0;
}

static int take_ram(struct options *o, const char *arg, struct err *err)
{
	int r = size_argument("ram", arg, &o->ram_bytes, err);

	if (r == 0 && o->ram_bytes < MIB(1))
		return err_set(err, -EINVAL, "--ram %s: no machine has less than 1M", arg);
	return r;
}

static int take_root(struct options *o, const char *arg, struct err *err)
{
	if (!*arg)
		return err_set(err, -EINVAL, "--root: needs a directory");
	o->root = arg;
	return 0;
}

static int take_output(struct options *o, const char *arg, struct err *err)
{
	if (!*arg)
		return err_set(err, -EINVAL, "--output: needs a file");
	o->output = arg;
	return 0;
}

static void fill_getopt(struct option longs[static ARRAY_SIZE(rows) + 1],
			char shorts[static 2 * ARRAY_SIZE(rows) + 2])
{
	/* '+' is left out: options may follow arguments. ':' tells a missing argument apart. */
	*shorts++ = ':';
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		longs[i] = (struct option){
			.name = rows[i].name,
			.has_arg = rows[i].argument ? required_argument : no_argument,
			.val = LONG_BASE + (int)i,
		};
		if (rows[i].letter)
			*shorts++ = rows[i].letter;
		if (rows[i].letter && rows[i].argument)
			*shorts++ = ':';
	}
	*shorts = '\0';
	longs[ARRAY_SIZE(rows)] = (struct option){ .name = NULL };
}

static const struct option_row *row_of(int value)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (value == LONG_BASE + (int)i || (rows[i].letter && value == rows[i].letter))
			return &rows[i];
	return NULL;
}

static int verb_find(const char *word, enum verb *ret, struct err *err)
{
	for (size_t i = 0; i < VERB_N; i++) {
		if (streq(word, verb_names[i])) {
			*ret = (enum verb)i;
			return 0;
		}
	}
	return err_set(err, -EINVAL, "%s: there is no such command; see memprov --help", word);
}

/* The first word is the verb, whatever stands before it. */
static int take_words(struct options *o, int argc, char *const *argv, struct err *err)
{
	int r;

	if (argc == 0)
		return err_set(err, -EINVAL,
			       "which command? audit, apply, remove, check or profiles; see "
			       "memprov --help");
	r = verb_find(argv[0], &o->verb, err);
	if (r < 0)
		return r;
	o->arguments = argv + 1;
	o->n_arguments = (size_t)argc - 1;
	if (o->verb == VERB_CHECK && o->n_arguments == 0)
		return err_set(err, -EINVAL, "check: which PROFILE? a name or a file");
	if (o->verb != VERB_CHECK && o->n_arguments > 0)
		return err_set(err, -EINVAL, "%s: takes no argument, but got %s", argv[0], argv[1]);
	return 0;
}

static int check_verb(const struct options *o, const bool *seen, struct err *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (seen[i] && !(rows[i].verbs & FOR(o->verb)))
			return err_set(err, -EINVAL, "%s: --%s does not go with it",
				       verb_names[o->verb], rows[i].name);
	if (o->prometheus && o->json)
		return err_set(err, -EINVAL, "--prometheus: does not go with --json");
	if (o->output && !o->prometheus)
		return err_set(err, -EINVAL, "--output: goes with --prometheus only");
	return 0;
}

/* Before anything else: an error in the words is to be told in JSON, too. */
static bool wants_json(int argc, char *const *argv)
{
	for (int i = 1; i < argc && !streq(argv[i], "--"); i++) {
		/* Also abbreviated: no other begins so. */
		if (has_prefix(argv[i], "--j") && has_prefix("--json", argv[i]))
			return true;
		/* In a cluster of letters, up to one that takes the rest as its argument. */
		if (argv[i][0] == '-' && argv[i][1] != '-' &&
		    argv[i][1 + strcspn(argv[i] + 1, "jpsf")] == 'j')
			return true;
	}
	return false;
}

/* What getopt_long took exception to. */
static int refuse_option(int value, char *const *argv, struct err *err)
{
	const struct option_row *row = optopt ? row_of(optopt) : NULL;

	if (value == ':')
		return err_set(err, -EINVAL, "%s: needs an argument", argv[optind - 1]);
	if (row && optopt >= LONG_BASE)
		return err_set(err, -EINVAL, "--%s: takes no argument", row->name);
	if (optopt && optopt < LONG_BASE)
		return err_set(err, -EINVAL, "-%c: there is no such option; see memprov --help",
			       optopt);
	return err_set(err, -EINVAL,
		       "%s: there is no such option, or several begin so; see memprov --help",
		       argv[optind - 1]);
}

static int take_option(struct options *o, const struct option_row *row, struct err *err)
{
	if (row->take)
		return row->take(o, optarg, err);
	*(bool *)((char *)o + row->flag) = true;
	return 0;
}

int options_parse(int argc, char *const *argv, struct options *ret, struct err *err)
{
	struct option longs[ARRAY_SIZE(rows) + 1];
	char shorts[2 * ARRAY_SIZE(rows) + 2];
	struct options o = { .verb = VERB_N };
	bool seen[ARRAY_SIZE(rows)] = { false };
	int value, r;

	*ret = (struct options){ .verb = VERB_N, .json = wants_json(argc, argv) };
	if (argc < 1)
		return take_words(&o, 0, argv, err);
	fill_getopt(longs, shorts);
	opterr = 0;
	optind = 0;
	while ((value = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		const struct option_row *row = row_of(value);

		if (!row)
			return refuse_option(value, argv, err);
		seen[row - rows] = true;
		r = take_option(&o, row, err);
		if (r < 0)
			return r;
	}
	r = o.help || o.version ? 0 : take_words(&o, argc - optind, argv + optind, err);
	if (r == 0 && !o.help && !o.version)
		r = check_verb(&o, seen, err);
	if (r == 0)
		*ret = o;
	return r;
}

void options_print_help(void)
{
	printf("Usage: memprov COMMAND [options]\n\n"
	       "Gives this machine the swap and the vm.* sysctls it should have.\n\nCommands:\n");
	for (size_t i = 0; i < VERB_N; i++)
		printf("  %s\n", verb_helps[i]);
	printf("\nOptions:\n");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char left[64];

		(void)snprintf(left, sizeof(left), "%c%c%s --%s%s%s", rows[i].letter ? '-' : ' ',
			       rows[i].letter ? rows[i].letter : ' ', rows[i].letter ? "," : " ",
			       rows[i].name, rows[i].argument ? " " : "",
			       rows[i].argument ? rows[i].argument : "");
		printf("  %-25s %s\n", left, rows[i].help);
	}
	printf("\nExit status:\n"
	       "  0  conforms, or was made to\n"
	       "  1  refused or failed; nothing, or what the report says, was changed\n"
	       "  2  wrong usage or a bad profile; nothing was looked at\n"
	       "  3  audit or --dry-run found something to change, or could not see enough\n"
	       "  4  does not apply here (container, WSL); nothing was changed\n"
	       "\nSee memprov(8) and memprov-profile(5).\n");
}
