/* SPDX-License-Identifier: MIT */
/*
 * Puts the flow together: profile and machine make a plan, a plan is reported or run, and looked at
 * again. The only place that exits, prints errors, or knows of a dry run.
 */
#include "apply.h"
#include "catalog.h"
#include "lock.h"
#include "options.h"
#include "report.h"

#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <syslog.h>

enum {
	EXIT_CONFORMS = 0,
	EXIT_REFUSED = 1,
	EXIT_USAGE = 2,
	EXIT_DRIFT = 3,
	EXIT_NOT_HERE = 4,
};

/* Everything one run of audit, apply or remove gathers; each part is there once it was come to. */
struct run {
	const struct options *options;
	struct root root;
	struct profile profile;
	bool has_profile;
	struct facts facts;
	struct target target;
	bool has_facts, has_target, has_plan;
	struct plan plan;
	struct err err;
};

extern char **environ;

static void print_error(const char *message)
{
	fprintf(stderr, "memprov: %s\n", message);
}

/* --- profiles --- */

static void print_profile_errors(const char *file, const struct profile_errors *errors)
{
	for (size_t i = 0; i < errors->n; i++)
		fprintf(stderr, "%s:%u:%u: %s\n", file, errors->items[i].line,
			errors->items[i].column, errors->items[i].message);
}

/* What errors are told of: the path, or for a built-in one a name that cannot be a path. */
static const char *error_file(const struct catalog_text *text, char buf[static 128])
{
	if (text->source[0] == '/' || strchr(text->source, '/'))
		return text->source;
	(void)snprintf(buf, 128, "<%s %s>", text->source, text->name);
	return buf;
}

static int load_profile(const struct root *root, const char *name, struct profile *ret,
			struct err *err)
{
	_cleanup_(catalog_text_done) struct catalog_text text = { .name = NULL };
	struct profile_errors errors = { .n = 0 };
	char file[128];
	int r = catalog_find(root, name, &text, err);

	if (r < 0)
		return r;
	r = profile_parse(text.text, text.len, text.name, text.source, ret, &errors);
	if (r == -EINVAL) {
		(void)err_set(err, r, "%s:%u:%u: %s", error_file(&text, file), errors.items[0].line,
			      errors.items[0].column, errors.items[0].message);
		print_profile_errors(error_file(&text, file), &errors);
	} else if (r < 0) {
		(void)err_sys(err, r, "cannot read the profile %s", text.name);
	}
	profile_errors_done(&errors);
	return r;
}

/* --- a run --- */

static const char *run_swapfile(const struct run *run)
{
	if (run->options->file)
		return run->options->file;
	return run->has_profile && run->profile.file ? run->profile.file : "/swapfile";
}

static int make_plan(struct run *run, struct plan *ret)
{
	const struct plan_wish wish = { .force_overcommit = run->options->force };

	if (run->options->verb == VERB_REMOVE)
		return plan_remove(&run->facts, ret, &run->err);
	return plan_apply(&run->target, &run->facts, &wish, ret, &run->err);
}

/* Reads the machine and makes a plan of it. */
static int look(struct run *run)
{
	const struct facts_request request = {
		.swapfile = run_swapfile(run),
		.memtotal_bytes = run->options->ram_bytes,
	};
	const struct target_wish wish = {
		.file = run->options->file,
		.has_size = run->options->has_size,
		.size_bytes = run->options->size_bytes,
	};
	int r = facts_read(&run->root, &request, &run->facts, &run->err);

	if (r < 0)
		return r;
	run->has_facts = true;
	if (run->options->verb != VERB_REMOVE) {
		r = target_make(&run->profile, &wish, run->facts.memtotal_bytes,
				run->facts.page_bytes, &run->target);
		if (r < 0)
			return err_sys(&run->err, r, "cannot apply the profile to this machine");
		run->has_target = true;
	}
	r = make_plan(run, &run->plan);
	run->has_plan = r == 0;
	return r;
}

static void forget(struct run *run)
{
	if (run->has_plan)
		plan_done(&run->plan);
	if (run->has_target)
		target_done(&run->target);
	if (run->has_facts)
		facts_done(&run->facts);
	run->has_plan = run->has_target = run->has_facts = false;
}

/* Prints the report, and for a failure the error; what it cannot print is a failure, too. */
static int finish(const struct run *run, struct report *report)
{
	int r = 0;

	report->command = verb_names[run->options->verb];
	report->dry_run = run->options->dry_run;
	report->verbose = run->options->verbose;
	report->profile = run->has_profile ? &run->profile : NULL;
	report->failed = report->exit_status == EXIT_REFUSED || report->exit_status == EXIT_USAGE;
	if (run->options->json)
		r = report_json(report);
	else if (!run->options->quiet)
		r = report_text(report);
	if (report->failed && report->msg)
		print_error(report->msg);
	if (r < 0) {
		print_error(r == -EIO ? "cannot write to the standard output" : strerror(-r));
		return EXIT_REFUSED;
	}
	return report->exit_status;
}

static int finish_early(const struct run *run, int exit_status, const char *msg)
{
	struct report report = { .exit_status = exit_status, .msg = msg };

	if (exit_status == EXIT_NOT_HERE && run->options->json == false)
		print_error(msg);
	return finish(run, &report);
}

static int finish_plan(const struct run *run, int exit_status, bool changed, const char *msg)
{
	char verdict[WORDS_MAX];
	struct report report = {
		.exit_status = exit_status,
		.facts = &run->facts,
		.target = run->has_target ? &run->target : NULL,
		.plan = &run->plan,
		.changed = changed,
		.conforms = plan_conforms(&run->plan),
	};

	report.msg = msg ? msg : report_verdict(&report, verdict);
	return finish(run, &report);
}

/* Why a place is not for memprov, or NULL. */
static const char *place_refusal(enum place place, int *ret_exit)
{
	*ret_exit = EXIT_NOT_HERE;
	switch (place) {
	case PLACE_HOST:
		return NULL;
	case PLACE_CONTAINER:
		return "this is a container: swap and vm.* sysctls belong to its host; run memprov "
		       "there";
	case PLACE_WSL:
		return "this is WSL: swap belongs to Windows; set it in .wslconfig";
	case PLACE_CHROOT:
		break;
	}
	*ret_exit = EXIT_REFUSED;
	return "in a chroot; use --root /";
}

/* The first blocked or unknown step in words. */
static bool obstacle_text(const struct plan *plan, enum step_state state, char *buf, size_t room)
{
	char words[WORDS_MAX];

	for (size_t i = 0; i < plan->n; i++) {
		const struct step *step = &plan->steps[i];

		if (step->state != state)
			continue;
		(void)snprintf(buf, room, "%s: %s", step->target, why_text(step->why, words));
		return true;
	}
	return false;
}

static void log_step(const struct step *step)
{
	syslog(LOG_NOTICE, "%s %s: done", step_kind_names[step->kind], step->target);
}

static void say_waiting(void)
{
	print_error("waiting for another memprov to finish");
}

/* A step of the second plan that is not what it was made to be; NULL: none. */
static const struct step *still_to_do(const struct plan *plan)
{
	for (size_t i = 0; i < plan->n; i++) {
		const struct step *step = &plan->steps[i];

		/* systemd that does not answer is a warning: the next boot reads fstab anew. */
		if (step->state != STATE_OK && step->state != STATE_DEFERRED &&
		    step->state != STATE_SKIPPED && step->kind != STEP_DAEMON_RELOAD)
			return step;
	}
	return NULL;
}

/* Success is a second plan, from facts read anew, that holds no change. */
static int check_again(struct run *run, const struct run *first)
{
	const struct step *step;
	int r = look(run);

	(void)first;
	if (r < 0)
		return r;
	step = still_to_do(&run->plan);
	if (step)
		return err_set(&run->err, -EIO, "%s: was changed, but is still not as it should be",
			       step->target);
	return 0;
}

static int run_changes(struct run *run)
{
	struct run again = { .options = run->options,
			     .root = run->root,
			     .profile = run->profile,
			     .has_profile = run->has_profile };
	const struct apply apply = {
		.root = &run->root,
		.target = run->has_target ? &run->target : NULL,
		.facts = &run->facts,
		.kernel = &swapfile_linux,
		.done = run->root.is_system ? log_step : NULL,
	};
	char verdict[WORDS_MAX];
	struct report report = { .plan = &run->plan, .changed = true };
	int r = apply_plan(&apply, &run->plan, &run->err), exit_status;

	if (r < 0) {
		exit_status = finish_plan(run, EXIT_REFUSED, plan_has(&run->plan, STATE_DONE),
					  run->err.msg);
		return exit_status;
	}
	r = check_again(&again, run);
	report.facts = again.has_facts ? &again.facts : &run->facts;
	report.target = run->has_target ? &run->target : NULL;
	report.conforms = r == 0;
	report.exit_status = r == 0 ? EXIT_CONFORMS : EXIT_REFUSED;
	report.msg = r == 0 ? report_verdict(&report, verdict) : again.err.msg;
	exit_status = finish(run, &report);
	forget(&again);
	return exit_status;
}

/* What a plan comes to: a report, a refusal, or its steps being run. */
static int conclude(struct run *run)
{
	const struct options *o = run->options;
	bool blocked = plan_has(&run->plan, STATE_BLOCKED);
	bool changes = plan_has(&run->plan, STATE_CHANGE);
	bool unknown = plan_has(&run->plan, STATE_UNKNOWN);
	char obstacle[WORDS_MAX + 4096];

	if (o->verb != VERB_AUDIT && blocked) {
		(void)obstacle_text(&run->plan, STATE_BLOCKED, obstacle, sizeof(obstacle));
		return finish_plan(run, EXIT_REFUSED, false, obstacle);
	}
	if (o->verb == VERB_AUDIT || o->dry_run)
		return finish_plan(run, blocked || changes || unknown ? EXIT_DRIFT : EXIT_CONFORMS,
				   o->dry_run && changes, NULL);
	if (unknown) {
		(void)obstacle_text(&run->plan, STATE_UNKNOWN, obstacle, sizeof(obstacle));
		return finish_plan(run, EXIT_REFUSED, false, obstacle);
	}
	return changes ? run_changes(run) : finish_plan(run, EXIT_CONFORMS, false, NULL);
}

/* What can be told before the machine is looked at. 0: go on; else the exit status. */
static int refuse_early(struct run *run, bool changes, int *ret_exit)
{
	if (changes && run->root.is_system && geteuid() != 0) {
		*ret_exit =
			finish_early(run, EXIT_REFUSED,
				     run->options->verb == VERB_APPLY
					     ? "apply: only root can; try sudo memprov apply"
					     : "remove: only root can; try sudo memprov remove");
		return true;
	}
	return false;
}

static int run_in_root(struct run *run)
{
	const struct options *o = run->options;
	const bool changes = o->verb != VERB_AUDIT && !o->dry_run;
	_cleanup_close_ int lock = -1;
	const char *refusal;
	int exit_status, r;

	r = load_profile(&run->root, o->profile, &run->profile, &run->err);
	run->has_profile = r == 0;
	/* remove needs no profile; one that was asked for has to be right, though. */
	if (r < 0 && (o->verb != VERB_REMOVE || o->profile))
		return finish_early(run, EXIT_USAGE, run->err.msg);
	if (refuse_early(run, changes, &exit_status))
		return exit_status;
	if (changes) {
		lock = lock_take(&run->root, say_waiting, &run->err);
		if (lock < 0)
			return finish_early(run, EXIT_REFUSED, run->err.msg);
	}
	r = look(run);
	if (r < 0)
		return finish_early(run, r == -ENODATA ? EXIT_USAGE : EXIT_REFUSED, run->err.msg);
	refusal = place_refusal(run->facts.place, &exit_status);
	if (refusal)
		return finish_early(run, exit_status, refusal);
	return conclude(run);
}

static int verb_run(const struct options *o)
{
	struct run run = { .options = o };
	int exit_status;

	if (root_open(o->root, &run.root, &run.err) < 0)
		return finish_early(&run, EXIT_USAGE, run.err.msg);
	exit_status = run_in_root(&run);
	forget(&run);
	if (run.has_profile)
		profile_done(&run.profile);
	root_close(&run.root);
	return exit_status;
}

/* --- check and profiles --- */

/* One profile that was looked at, with what it owns. */
struct looked_at {
	struct catalog_text text;
	struct profile profile;
	struct err err;
	char file[128];
};

static void look_at_profile(const struct root *root, const char *name, struct looked_at *at,
			    struct report_profile *ret)
{
	int r = catalog_find(root, name, &at->text, &at->err);

	ret->name = ret->file = name;
	if (r < 0) {
		ret->msg = at->err.msg;
		return;
	}
	ret->name = at->text.name;
	ret->file = at->text.source;
	r = profile_parse(at->text.text, at->text.len, at->text.name, at->text.source, &at->profile,
			  &ret->errors);
	if (r == 0)
		ret->profile = &at->profile;
	else if (r != -EINVAL)
		ret->msg = strerror(-r);
}

static int print_profiles(const struct options *o, const struct report_profile *profiles, size_t n)
{
	if (o->verb == VERB_CHECK)
		return o->json     ? report_check_json(profiles, n)
			: o->quiet ? 0
				   : report_check_text(profiles, n);
	return o->json     ? report_profiles_json(profiles, n)
		: o->quiet ? 0
			   : report_profiles_text(profiles, n);
}

static int check_names(const struct options *o, const struct root *root, char *const *names,
		       size_t n)
{
	struct looked_at *at = calloc(n, sizeof(*at));
	struct report_profile *profiles = calloc(n, sizeof(*profiles));
	int exit_status = EXIT_CONFORMS, r = at && profiles ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < n; i++) {
		look_at_profile(root, names[i], &at[i], &profiles[i]);
		if (profiles[i].profile)
			continue;
		if (o->verb == VERB_CHECK)
			exit_status = EXIT_USAGE;
		if (profiles[i].msg && o->verb == VERB_CHECK)
			print_error(profiles[i].msg);
		else if (o->verb == VERB_CHECK)
			print_profile_errors(error_file(&at[i].text, at[i].file),
					     &profiles[i].errors);
	}
	if (r == 0)
		r = print_profiles(o, profiles, n);
	if (r < 0) {
		print_error(strerror(-r));
		exit_status = EXIT_REFUSED;
	}
	for (size_t i = 0; at && profiles && i < n; i++) {
		if (profiles[i].profile)
			profile_done(&at[i].profile);
		profile_errors_done(&profiles[i].errors);
		catalog_text_done(&at[i].text);
	}
	free(profiles);
	free(at);
	return exit_status;
}

static int verb_profiles(const struct options *o)
{
	struct root root;
	struct err err;
	char **names = NULL;
	size_t n = 0;
	int exit_status;

	if (root_open(o->root, &root, &err) < 0) {
		print_error(err.msg);
		return EXIT_USAGE;
	}
	if (o->verb == VERB_CHECK) {
		exit_status = check_names(o, &root, o->arguments, o->n_arguments);
	} else if (catalog_list(&root, &names, &n, &err) < 0) {
		print_error(err.msg);
		exit_status = EXIT_REFUSED;
	} else {
		exit_status = check_names(o, &root, names, n);
		catalog_names_done(names, n);
	}
	root_close(&root);
	return exit_status;
}

/* --- the process --- */

static int (*const verbs[VERB_N])(const struct options *o) = {
	[VERB_AUDIT] = verb_run,      [VERB_APPLY] = verb_run,         [VERB_REMOVE] = verb_run,
	[VERB_CHECK] = verb_profiles, [VERB_PROFILES] = verb_profiles,
};

/* Descriptors 0 to 2 must be taken, or a file we open would be printed to. */
static bool fill_standard_descriptors(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd < 0)
		return false;
	close(fd);
	return true;
}

/* What libmount, libblkid and the loader would let the caller's environment decide. */
static void clean_environment(void)
{
	static const char *const prefixes[] = { "LIBMOUNT_", "BLKID_", "LIBSMARTCOLS_", "LD_",
						"TMPDIR=" };
	char **to = environ;

	for (char **from = environ; from && *from; from++) {
		bool drop = false;

		for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
			drop |= has_prefix(*from, prefixes[i]);
		if (!drop)
			*to++ = *from;
	}
	if (to)
		*to = NULL;
}

/* Usage errors have a document of their own when JSON was asked for. */
static int refuse_usage(const struct options *o, const struct err *err)
{
	struct report report = { .command = verb_names[o->verb],
				 .failed = true,
				 .exit_status = EXIT_USAGE,
				 .msg = err->msg };

	print_error(err->msg);
	if (o->json && report_json(&report) < 0)
		print_error("cannot write to the standard output");
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	struct options options;
	struct err err = { .code = 0 };

	if (!fill_standard_descriptors())
		return EXIT_REFUSED;
	if (getauxval(AT_SECURE)) {
		print_error("must not be installed setuid or with file capabilities");
		return EXIT_REFUSED;
	}
	clean_environment();
	umask(077);
	/* A full disk quota or a closed pipe is an error to report, not a death in the middle. */
	(void)signal(SIGXFSZ, SIG_IGN);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)setlocale(LC_MESSAGES, "");
	(void)setlocale(LC_CTYPE, "");
	openlog("memprov", LOG_PID, LOG_USER);

	if (options_parse(argc, argv, &options, &err) < 0)
		return refuse_usage(&options, &err);
	if (options.help) {
		options_print_help();
		return fflush(stdout) == EOF ? EXIT_REFUSED : EXIT_CONFORMS;
	}
	if (options.version) {
		printf("memprov %s\n", MEMPROV_VERSION);
		return fflush(stdout) == EOF ? EXIT_REFUSED : EXIT_CONFORMS;
	}
	return verbs[options.verb](&options);
}
