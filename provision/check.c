/* SPDX-License-Identifier: MIT */
/*
 * Finds and parses profiles, and hands them to the report with their errors. Does not look at the
 * machine.
 */
#include "check.h"

#include "catalog.h"
#include "report.h"

/* One profile that was looked at, with what it owns. */
struct look {
	struct catalog_text text;
	struct profile profile;
	struct err err;
};

static void look_at(const struct root *root, const char *name, struct look *look,
		    struct report_profile *ret)
{
	int r = catalog_find(root, name, &look->text, &look->err);

	ret->name = ret->file = name;
	if (r < 0) {
		ret->msg = look->err.msg;
		return;
	}
	ret->name = look->text.name;
	ret->file = look->text.source;
	r = profile_parse(look->text.text, look->text.len, look->text.name, look->text.source,
			  &look->profile, &ret->errors);
	if (r == 0)
		ret->profile = &look->profile;
	else if (r != -EINVAL)
		ret->msg = strerror(-r);
}

static int report(const struct options *options, const struct report_profile *profiles, size_t n)
{
	const bool check = options->verb == VERB_CHECK;

	if (options->json)
		return check ? report_check_json(profiles, n) : report_profiles_json(profiles, n);
	if (options->quiet)
		return 0;
	return check ? report_check_text(profiles, n) : report_profiles_text(profiles, n);
}

/* Every one that was named must be valid; of a list it is enough to say which are not. */
static int judge(const struct options *options, const struct report_profile *profiles, size_t n)
{
	int r = 0;

	for (size_t i = 0; options->verb == VERB_CHECK && i < n; i++) {
		if (profiles[i].profile)
			continue;
		if (profiles[i].msg)
			report_error(profiles[i].msg);
		report_profile_errors(profiles[i].file, &profiles[i].errors);
		r = -EINVAL;
	}
	return r;
}

static int check_names(const struct options *options, const struct root *root, char *const *names,
		       size_t n)
{
	_cleanup_free_ struct look *looks = calloc(n, sizeof(*looks));
	_cleanup_free_ struct report_profile *profiles = calloc(n, sizeof(*profiles));
	int r, verdict;

	if (!looks || !profiles)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		look_at(root, names[i], &looks[i], &profiles[i]);
	verdict = judge(options, profiles, n);
	r = report(options, profiles, n);
	for (size_t i = 0; i < n; i++) {
		if (profiles[i].profile)
			profile_done(&looks[i].profile);
		profile_errors_done(&profiles[i].errors);
		catalog_text_done(&looks[i].text);
	}
	return r < 0 ? r : verdict;
}

int check_profiles(const struct options *options, const struct root *root, struct err *err)
{
	char **names = NULL;
	size_t n = 0;
	int r;

	if (options->verb == VERB_CHECK) {
		r = check_names(options, root, options->arguments, options->n_arguments);
	} else {
		r = catalog_list(root, &names, &n, err);
		if (r < 0)
			return r;
		r = check_names(options, root, names, n);
		catalog_names_done(names, n);
	}
	if (r < 0 && r != -EINVAL)
		return err_sys(err, r, "cannot report");
	return r;
}
