/* SPDX-License-Identifier: MIT */
/*
 * Puts the flow together: profile and machine make a plan, a plan is reported or run, and looked at
 * again. The only place that exits or knows of a dry run.
 */
#include "apply.h"
#include "catalog.h"
#include "check.h"
#include "lock.h"
#include "look.h"
#include "output.h"
#include "process.h"
#include "report.h"

#include <locale.h>
#include <syslog.h>

enum {
	EXIT_CONFORMS = 0,
	EXIT_REFUSED = 1,
	EXIT_USAGE = 2,
	EXIT_DRIFT = 3,
	EXIT_NOT_HERE = 4,
};

/* What stays the same over one run of audit, apply or remove. */
struct run {
	const struct options *options;
	struct root root;
	struct lock lock;
	struct profile loaded;
	const struct profile *profile; /* NULL: none was loaded */
};

/* --- the profile --- */

static int load_profile(struct run *run, struct err *err)
{
	_cleanup_(catalog_text_done) struct catalog_text text = { .name = NULL };
	struct profile_errors errors = { .n = 0 };
	int r = catalog_find(&run->root, run->options->profile, &text, err);

	if (r < 0)
		return r;
	r = profile_parse(text.text, text.len, text.name, text.source, &run->loaded, &errors);
	if (r == -EINVAL) {
		report_profile_errors(text.source, &errors);
		/* People have read the errors above; a program may look at msg only. */
		if (run->options->json)
			(void)err_set(err, r, "%s:%u:%u: %s (%zu in all)", text.source,
				      errors.items[0].line, errors.items[0].column,
				      errors.items[0].message, errors.n);
		else
			(void)err_set(err, r, "%s: %zu error%s; nothing was looked at", text.source,
				      errors.n, errors.n == 1 ? "" : "s");
	} else if (r < 0) {
		(void)err_sys(err, r, "cannot read the profile %s", text.name);
	}
	profile_errors_done(&errors);
	run->profile = r == 0 ? &run->loaded : NULL;
	return r;
}

/* --- reporting --- */

/* Where there was nothing to compare there are no metrics, and a former file stays as it is. */
static int finish_metrics(const struct options *options, const struct report *report)
{
	_cleanup_free_ char *text = NULL;
	struct err err;
	int r;

	if (!report->plan)
		return 0;
	r = report_prometheus(report, &text);
	if (r < 0 || !options->output)
		return r < 0 ? r : fputs(text, stdout) == EOF ? -EIO : 0;
	r = output_write(options->output, text, &err);
	if (r < 0)
		report_error(err.msg);
	return r < 0 ? -EIO : 0;
}

static int finish(struct run *run, struct report *report)
{
	const struct options *o = run->options;
	int r = 0;

	/* Nothing changes any more: who does not read our output must not keep others waiting. */
	lock_release(&run->lock);

	report->command = o->verb < VERB_N ? verb_names[o->verb] : NULL;
	report->dry_run = o->dry_run;
	report->verbose = o->verbose;
	report->profile = o->verb != VERB_REMOVE ? run->profile : NULL;
	report->failed = report->exit_status == EXIT_REFUSED || report->exit_status == EXIT_USAGE;
	if (o->json)
		r = report_json(report);
	else if (o->prometheus)
		r = finish_metrics(o, report);
	else if (!o->quiet)
		r = report_text(report);
	if (report->failed || report->exit_status == EXIT_NOT_HERE)
		report_error(report->msg);
	if (r < 0 && r != -EIO)
		report_error(strerror(-r));
	return r < 0 ? EXIT_REFUSED : report->exit_status;
}

static int finish_early(struct run *run, int exit_status, const char *msg)
{
	struct report report = { .exit_status = exit_status, .msg = msg };

	return finish(run, &report);
}

/* msg NULL: the verdict. */
static int finish_plan(struct run *run, const struct look *look, int exit_status, const char *msg)
{
	const bool drift = plan_has(&look->plan, STATE_CHANGE);
	char verdict[WORDS_MAX];
	struct report report = {
		.exit_status = exit_status,
		.facts = &look->facts,
		.target = look->has_target ? &look->target : NULL,
		.plan = &look->plan,
		.conforms = plan_conforms(&look->plan),
		.changed = plan_has(&look->plan, STATE_DONE) ||
			(run->options->dry_run && drift && exit_status == EXIT_DRIFT),
	};

	report.msg = msg ? msg : report_verdict(&report, verdict);
	return finish(run, &report);
}

/* --- changing --- */

static void log_step(const struct step *step)
{
	char words[WORDS_MAX];

	if (step->kind == STEP_SYSCTL && step->have.type == VALUE_NUMBER)
		syslog(LOG_NOTICE, "%s: %llu -> %llu", step->target,
		       (unsigned long long)step->have.number,
		       (unsigned long long)step->want.number);
	else
		syslog(LOG_NOTICE, "%s (%s): %s", step->target, step_kind_names[step->kind],
		       step_text(step, words));
}

static void say_waiting(void)
{
	report_error("waiting for another memprov to finish");
}

static bool wants_progress(const struct options *options)
{
	return !options->quiet && !options->json && isatty(STDERR_FILENO);
}

static int run_plan(struct run *run, struct look *look)
{
	struct report_progress bar = { .shown = false };
	const struct fill_progress progress = { .report = report_progress, .arg = &bar };
	const struct apply apply = {
		.root = &run->root,
		.target = look->has_target ? &look->target : NULL,
		.facts = &look->facts,
		.kernel = run->root.is_system ? &swapfile_linux : &swapfile_no_kernel,
		.force_overcommit = run->options->force,
		.progress = wants_progress(run->options) ? &progress : NULL,
		.done = run->root.is_system ? log_step : NULL,
	};
	int r = apply_plan(&apply, &look->plan, &look->err);

	report_progress_end(&bar);
	return r;
}

static int run_changes(struct run *run, struct look *look)
{
	_cleanup_(look_done) struct look second = { .has_facts = false };
	_cleanup_(look_done) struct look third = { .has_facts = false };
	struct look *again = &second;
	char verdict[WORDS_MAX];
	struct report report = { .plan = &look->plan, .changed = true };
	int r = run_plan(run, look);

	if (r < 0)
		return finish_plan(run, look, EXIT_REFUSED, look_failure(&look->plan, &look->err));
	r = look_again(run->options, &run->root, run->profile, again);
	/* A new swapfile could not be larger while the former one took the room. */
	if (r < 0 && again->has_plan && plan_gained_room(&look->plan, &again->plan)) {
		r = run_plan(run, again);
		if (plan_append(&look->plan, &again->plan) < 0)
			r = err_sys(&again->err, -ENOMEM, "cannot tell what was done");
		if (r < 0)
			return finish_plan(run, look, EXIT_REFUSED,
					   look_failure(&look->plan, &again->err));
		again = &third;
		r = look_again(run->options, &run->root, run->profile, again);
	}
	/* The steps are those that were run; the numbers are the machine's as it is now. */
	report.facts = again->has_facts ? &again->facts : &look->facts;
	report.target = look->has_target ? &look->target : NULL;
	report.conforms = r == 0;
	report.exit_status = r == 0 ? EXIT_CONFORMS : EXIT_REFUSED;
	report.msg =
		r == 0 ? report_verdict(&report, verdict) : look_failure(&look->plan, &again->err);
	return finish(run, &report);
}

/* --- deciding --- */

/* Why memprov has no business here, or NULL. */
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

#define FIRST_WHY_MAX (WORDS_MAX + 4096) /* a path, and the words */

/* The first step of that state in words. */
static const char *first_why(const struct plan *plan, enum step_state state,
			     char buf[static FIRST_WHY_MAX])
{
	char words[WORDS_MAX];

	buf[0] = '\0';
	for (size_t i = 0; i < plan->n; i++) {
		const struct step *step = &plan->steps[i];

		if (step->state != state)
			continue;
		(void)snprintf(buf, FIRST_WHY_MAX, "%s: %s", step->target,
			       why_text(step->why, words));
		break;
	}
	return buf;
}

/* What a plan comes to: a report, a refusal, or its steps being run. */
static int conclude(struct run *run, struct look *look)
{
	const bool blocked = plan_has(&look->plan, STATE_BLOCKED);
	const bool unknown = plan_has(&look->plan, STATE_UNKNOWN);
	const bool changes = plan_has(&look->plan, STATE_CHANGE);
	const bool audit = run->options->verb == VERB_AUDIT;
	char why[FIRST_WHY_MAX];

	if (blocked && !audit)
		return finish_plan(run, look, EXIT_REFUSED,
				   first_why(&look->plan, STATE_BLOCKED, why));
	if (audit || run->options->dry_run)
		return finish_plan(run, look,
				   blocked || unknown || changes ? EXIT_DRIFT : EXIT_CONFORMS,
				   NULL);
	if (unknown)
		return finish_plan(run, look, EXIT_REFUSED,
				   first_why(&look->plan, STATE_UNKNOWN, why));
	return changes ? run_changes(run, look) : finish_plan(run, look, EXIT_CONFORMS, NULL);
}

static int run_in_root(struct run *run)
{
	const struct options *o = run->options;
	const bool changes = o->verb != VERB_AUDIT && !o->dry_run;
	_cleanup_(look_done) struct look look = { .has_facts = false };
	const char *refusal;
	int exit_status;
	int r = load_profile(run, &look.err);

	/* remove needs no profile; one that was asked for has to be right, though. */
	if (r < 0 && (o->verb != VERB_REMOVE || o->profile))
		return finish_early(run, EXIT_USAGE, look.err.msg);
	if (r < 0)
		report_error("no profile is used; looking for what memprov made at /swapfile, in "
			     "fstab and among active swap");
	refusal = place_refusal(facts_place(&run->root), &exit_status);
	if (refusal)
		return finish_early(run, exit_status, refusal);
	if (changes && run->root.is_system && geteuid() != 0)
		return finish_early(run, EXIT_REFUSED,
				    "only root may change the machine; use sudo, or --dry-run");
	if (changes) {
		r = lock_take(&run->root, say_waiting, &run->lock, &look.err);
		if (r < 0)
			return finish_early(run, EXIT_REFUSED, look.err.msg);
	}
	r = look_at(o, &run->root, run->profile, &look);
	if (r < 0)
		return finish_early(run, r == -ENODATA ? EXIT_USAGE : EXIT_REFUSED, look.err.msg);
	return conclude(run, &look);
}

static int verb_run(const struct options *options)
{
	struct run run = { .options = options, .lock.fd = -1 };
	struct err err;
	int exit_status;

	if (root_open(options->root, &run.root, &err) < 0)
		return finish_early(&run, options->root ? EXIT_USAGE : EXIT_REFUSED, err.msg);
	exit_status = run_in_root(&run);
	lock_release(&run.lock);
	if (run.profile)
		profile_done(&run.loaded);
	root_close(&run.root);
	return exit_status;
}

static int verb_profiles(const struct options *options)
{
	struct run run = { .options = options, .lock.fd = -1 };
	struct root root;
	struct err err;
	int r = root_open(options->root, &root, &err);

	if (r < 0)
		return finish_early(&run, EXIT_USAGE, err.msg);
	r = check_profiles(options, &root, &err);
	if (r < 0 && r != -EINVAL)
		report_error(err.msg);
	root_close(&root);
	return r == 0 ? EXIT_CONFORMS : r == -EINVAL ? EXIT_USAGE : EXIT_REFUSED;
}

static int (*const verbs[VERB_N])(const struct options *options) = {
	[VERB_AUDIT] = verb_run,      [VERB_APPLY] = verb_run,         [VERB_REMOVE] = verb_run,
	[VERB_CHECK] = verb_profiles, [VERB_PROFILES] = verb_profiles,
};

int main(int argc, char **argv)
{
	struct options options;
	struct run run = { .options = &options, .lock.fd = -1 };
	struct err err;
	int exit_status = EXIT_CONFORMS;

	if (process_harden(&err) < 0) {
		report_error(err.msg);
		return EXIT_REFUSED;
	}
	/* Error texts in the caller's language; numbers stay as they are. */
	(void)setlocale(LC_MESSAGES, "");
	(void)setlocale(LC_CTYPE, "");
	openlog("memprov", LOG_PID, LOG_USER);

	if (options_parse(argc, argv, &options, &err) < 0) {
		options.quiet = true;
		return finish_early(&run, EXIT_USAGE, err.msg);
	}
	if (options.help)
		options_print_help();
	else if (options.version)
		printf("memprov %s\n", MEMPROV_VERSION);
	else
		exit_status = verbs[options.verb](&options);
	/* Once for all: a full disk behind stdout is a failure whoever printed. */
	if (fflush(stdout) == EOF || ferror(stdout)) {
		report_error("cannot write to the standard output");
		return EXIT_REFUSED;
	}
	return exit_status;
}
