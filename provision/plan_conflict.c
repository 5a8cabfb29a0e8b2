/* SPDX-License-Identifier: MIT */
/*
 * Who would overrule the drop-in at the next boot, and what is done about it: nothing, or such
 * lines are commented out in the administrator's files, and brought back when they may be.
 */
#include "plan_parts.h"

#include "sysctl_edit.h"
#include "tuned_text.h"

/* --- the sources as they are to be --- */

/* Whether two of them are one file, by whatever names. */
static bool is_same(const struct facts *facts, size_t a, size_t b)
{
	const char *x = facts->origins[a].real_path, *y = facts->origins[b].real_path;

	return a == b || (x && y && streq(x, y));
}

/* Our own drop-in is replaced as a whole; what is not in /etc is not the administrator's. */
static bool may_edit(const struct facts *facts, size_t i)
{
	return facts->origins[i].in_etc && !streq(facts->origins[i].real_path, SYSCTL_DROPIN);
}

/* In the place of one that the plan has kept, which is freed. */
static bool replace_kept(struct plan *plan, const char *old, char *text)
{
	for (size_t i = 0; i < plan->n_strings; i++) {
		if (plan->strings[i] != old)
			continue;
		free(plan->strings[i]);
		plan->strings[i] = text;
		return true;
	}
	return false;
}

/* Takes over the text, for the file under all its names. */
static int set_text(const struct facts *facts, struct sysctl_file *files, size_t i, char *text,
		    size_t len, struct plan *plan)
{
	if (!replace_kept(plan, files[i].text, text) && !plan_keep(plan, text))
		return -ENOMEM;
	for (size_t k = 0; k < facts->tree.n_files; k++) {
		if (!is_same(facts, i, k))
			continue;
		files[k].text = text;
		files[k].len = len;
	}
	return 0;
}

int plan_restored(const struct facts *facts, struct plan *plan, struct sysctl_tree *ret)
{
	const size_t n = facts->tree.n_files;
	struct sysctl_file *files = calloc(n + 1, sizeof(*files));
	int r = 0;

	if (!files)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		files[i] = facts->tree.files[i];
	for (size_t i = 0; r == 0 && i < n; i++) {
		size_t len = 0;
		char *text;

		if (!may_edit(facts, i) || !files[i].text ||
		    sysctl_count_disabled(files[i].text, files[i].len) == 0)
			continue;
		text = sysctl_restore(files[i].text, files[i].len, &len);
		r = text ? set_text(facts, files, i, text, len, plan) : -ENOMEM;
	}
	if (r < 0) {
		free(files);
		return r;
	}
	*ret = facts->tree;
	ret->files = files;
	return 0;
}

static bool overrules(const struct sysctl_boot *boot, uint64_t wanted)
{
	if (boot->source != SYSCTL_FROM_FILE || streq(boot->path, SYSCTL_DROPIN))
		return false;
	return !boot->is_number || boot->value != wanted;
}

static void cleanup_tree(struct sysctl_tree *tree)
{
	free((void *)(uintptr_t)tree->files);
}

/* Comments out the line that decides, if it is in a file that may be edited. 1: it is done. */
static int disable_winner(const struct target *target, const struct facts *facts,
			  const struct sysctl_setting *setting, struct sysctl_tree *tree,
			  struct plan *plan)
{
	_cleanup_(cleanup_tree) struct sysctl_tree with = { .files = NULL };
	struct sysctl_file *files = (struct sysctl_file *)(uintptr_t)tree->files;
	struct sysctl_boot boot;
	size_t i = 0, len;
	char *text;
	int r = sysctl_tree_with(tree, SYSCTL_DROPIN, target->dropin, &with);

	if (r < 0)
		return r;
	sysctl_boot(&with, plan->rules, setting->key, &boot);
	if (!overrules(&boot, setting->value))
		return 0;
	while (i < tree->n_files && !streq(files[i].path, boot.path))
		i++;
	if (i == tree->n_files || !may_edit(facts, i))
		return 0;
	text = sysctl_disable(files[i].text, files[i].len, boot.at, &len);
	r = text ? set_text(facts, files, i, text, len, plan) : -ENOMEM;
	return r < 0 ? r : 1;
}

static int disable_winners(const struct target *target, const struct facts *facts,
			   struct sysctl_tree *tree, struct plan *plan)
{
	const struct profile *profile = target->profile;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < profile->n_sysctl; i++)
		/* Behind each winner there may be another; a comment is none any more. */
		do {
			r = disable_winner(target, facts, &profile->sysctl[i], tree, plan);
		} while (r > 0);
	return r;
}

/* --- the steps of files that are edited --- */

static int plan_edit(const struct facts *facts, const struct sysctl_file *after, size_t i,
		     struct plan *plan)
{
	static const char *const states[] = { "in force", "disabled" };
	const struct sysctl_file *before = &facts->tree.files[i];
	size_t have = sysctl_count_disabled(before->text, before->len);
	size_t want = sysctl_count_disabled(after->text, after->len);
	struct file_change change = { .path = facts->origins[i].real_path,
				      .before = before->text,
				      .before_len = before->len,
				      .after_len = after->len };
	struct step *step;
	int r;

	/* Only marks come and go: as many of them in as many bytes are the same. */
	if (have == 0 && want == 0)
		return 0;
	step = plan_add(plan, STEP_SYSCTL_CONFLICT, change.path);
	if (!step)
		return -ENOMEM;
	step->have = (struct value){ VALUE_TEXT, .text = states[have > 0] };
	step->want = (struct value){ VALUE_TEXT, .text = states[want > 0] };
	step->why = (struct why){ WHY_DISABLED, .a = want };
	if (before->len == after->len && memcmp(before->text, after->text, after->len) == 0)
		return 0;
	step->state = STATE_CHANGE;
	step->why = (struct why){ have == 0           ? WHY_DISABLE
					  : want == 0 ? WHY_BRING_BACK
						      : WHY_DISABLE_OTHERS };
	change.after = malloc(after->len + 1);
	if (!change.after)
		return -ENOMEM;
	memcpy(change.after, after->text, after->len);
	change.after[after->len] = '\0';
	r = plan_add_change(plan, step, &change);
	plan_judge_change(facts, facts->origins[i].obstacle, step);
	/* What could not be read again could not be brought back. */
	if (r == 0 && after->len > SYSCTL_FILE_MAX)
		plan_block(step, (struct why){ WHY_ERROR, .a = EFBIG });
	return r;
}

/* The file whose path is the next in byte order: a directory's own order is nobody's. */
static size_t next_edit(const struct facts *facts, const char *previous)
{
	size_t best = SIZE_MAX;

	for (size_t i = 0; i < facts->tree.n_files; i++) {
		const char *path = facts->origins[i].real_path;

		if (!may_edit(facts, i) || !facts->tree.files[i].text ||
		    (previous && strcmp(path, previous) <= 0))
			continue;
		if (best == SIZE_MAX || strcmp(path, facts->origins[best].real_path) < 0)
			best = i;
	}
	return best;
}

int plan_edits(const struct facts *facts, const struct sysctl_tree *after, struct plan *plan)
{
	const char *previous = NULL;
	int r = 0;

	for (size_t i; r == 0 && (i = next_edit(facts, previous)) != SIZE_MAX;) {
		previous = facts->origins[i].real_path;
		r = plan_edit(facts, &after->files[i], i, plan);
	}
	return r;
}

int plan_disabled(const struct facts *facts, struct plan *plan)
{
	const char *previous = NULL;
	int r = 0;

	for (size_t i; r == 0 && (i = next_edit(facts, previous)) != SIZE_MAX;) {
		const struct sysctl_file *file = &facts->tree.files[i];

		previous = facts->origins[i].real_path;
		if (sysctl_count_disabled(file->text, file->len) > 0)
			r = plan_warn(plan, (struct why){ WHY_WARN_DISABLED, .text = previous });
	}
	return r;
}

/* --- conflicts that stay --- */

/* The reason `code` with the file, the line and what stands there; kept by the plan. */
static int boot_why(struct plan *plan, enum why_code code, const struct sysctl_boot *boot,
		    struct why *ret)
{
	*ret = (struct why){ code, .text = boot->path, .a = boot->line };
	ret->value = plan_keep(plan, strdup(boot->text));
	/* "KEY=VALUE" of its pair, which zeroes it. */
	if (code == WHY_CONFLICT && strchr(boot->text, '='))
		ret->code = WHY_CONFLICT_PAIR;
	return ret->value ? 0 : -ENOMEM;
}

static int warn_boot(struct plan *plan, enum why_code code, enum sysctl_key key,
		     const struct sysctl_boot *boot)
{
	struct why why;
	int r = boot_why(plan, code, boot, &why);

	why.about = sysctl_keys[key].name;
	return r < 0 ? r : plan_warn(plan, why);
}

/* Why tuned does not come to the drop-in after its own profile. */
static enum why_code tuned_code(const struct sysctl_tree *tree, const struct sysctl_boot *boot,
				enum sysctl_key key)
{
	const char *name = sysctl_keys[key].name;

	if (tree->again == SYSCTL_AGAIN_OFF)
		return WHY_CONFLICT_TUNED;
	if (boot->stopped_at)
		return WHY_CONFLICT_TUNED_STOP;
	return tuned_excludes(tree->again_exclude, name, strlen(name)) ? WHY_CONFLICT_TUNED_LEFT
								       : WHY_CONFLICT_TUNED_ONLY;
}

static enum why_code conflict_code(const struct facts *facts, const struct sysctl_boot *boot,
				   enum sysctl_key key)
{
	if (boot->last)
		return tuned_code(&facts->tree, boot, key);
	for (size_t i = 0; i < facts->tree.n_files; i++)
		if (streq(facts->tree.files[i].path, boot->path) && facts->origins[i].in_etc)
			return WHY_CONFLICT;
	if (facts->tree.again >= SYSCTL_AGAIN_MAYBE && has_prefix(boot->path, "/run/"))
		return WHY_CONFLICT_RUN;
	return has_prefix(boot->path, "/etc/") ? WHY_CONFLICT_LINK : WHY_CONFLICT_VENDOR;
}

/* A file that would win over the drop-in that is to be, under the rules of this machine's init. */
static int plan_conflict(const struct facts *facts, const struct target *target,
			 const struct sysctl_setting *setting, const struct sysctl_tree *tree,
			 struct plan *plan)
{
	struct sysctl_boot boot;
	struct step *step;
	int r;

	sysctl_boot(tree, plan->rules, setting->key, &boot);
	if (boot.source != SYSCTL_FROM_UNKNOWN && !overrules(&boot, setting->value))
		return 0;
	step = plan_add(plan, STEP_SYSCTL_CONFLICT, sysctl_keys[setting->key].name);
	if (!step)
		return -ENOMEM;
	step->key = setting->key;
	step->want = (struct value){ VALUE_NUMBER, .number = setting->value };
	if (boot.source == SYSCTL_FROM_UNKNOWN) {
		step->state = STATE_UNKNOWN;
		step->have = (struct value){ VALUE_UNKNOWN };
		step->why = (struct why){ boot.last && tree->again == SYSCTL_AGAIN_OFF
						  ? WHY_CONFLICT_UNKNOWN
						  : WHY_CONFLICT_UNREADABLE,
					  .text = boot.path };
		return 0;
	}
	r = boot_why(plan, conflict_code(facts, &boot, setting->key), &boot, &step->why);
	if (r < 0)
		return r;
	if (step->why.code == WHY_CONFLICT_TUNED_STOP)
		step->why.text = boot.stopped_at;
	step->have = (struct value){ VALUE_TEXT, .text = step->why.value };
	if (boot.is_number)
		step->have = (struct value){ VALUE_NUMBER, .number = boot.value };
	step->state = STATE_BLOCKED;
	if (target->profile->conflicts != CONFLICTS_REPORT)
		return 0;
	step->state = STATE_SKIPPED;
	step->why.code = WHY_WARN_CONFLICT;
	return warn_boot(plan, WHY_WARN_CONFLICT, setting->key, &boot);
}

/* Sources that ours overrides, and how the other applier would see it. */
static int plan_notes(const struct sysctl_setting *setting, const struct sysctl_tree *with,
		      const struct sysctl_tree *without, struct plan *plan)
{
	enum sysctl_rules other =
		plan->rules == SYSCTL_RULES_SYSTEMD ? SYSCTL_RULES_PROCPS : SYSCTL_RULES_SYSTEMD;
	struct sysctl_boot mine, boot;
	int r = 0;

	sysctl_boot(with, plan->rules, setting->key, &mine);
	if (overrules(&mine, setting->value))
		return 0;
	sysctl_boot(with, other, setting->key, &boot);
	if (overrules(&boot, setting->value))
		r = warn_boot(plan,
			      other == SYSCTL_RULES_PROCPS ? WHY_WARN_PROCPS : WHY_WARN_SYSTEMD,
			      setting->key, &boot);
	sysctl_boot(without, plan->rules, setting->key, &boot);
	if (r == 0 && overrules(&boot, setting->value))
		r = warn_boot(plan, WHY_NOTE_OVERRIDES, setting->key, &boot);
	return r;
}

int plan_conflicts(const struct target *target, const struct facts *facts, struct plan *plan)
{
	_cleanup_(cleanup_tree) struct sysctl_tree tree = { .files = NULL };
	_cleanup_(cleanup_tree) struct sysctl_tree with = { .files = NULL };
	_cleanup_(cleanup_tree) struct sysctl_tree without = { .files = NULL };
	const struct profile *profile = target->profile;
	int r = plan_restored(facts, plan, &tree);

	if (r == 0 && profile->conflicts == CONFLICTS_DISABLE)
		r = disable_winners(target, facts, &tree, plan);
	if (r == 0)
		r = plan_edits(facts, &tree, plan);
	if (r == 0)
		r = sysctl_tree_with(&tree, SYSCTL_DROPIN, target->dropin, &with);
	if (r == 0)
		r = sysctl_tree_with(&tree, SYSCTL_DROPIN, NULL, &without);
	for (size_t i = 0; r == 0 && i < profile->n_sysctl; i++)
		r = plan_conflict(facts, target, &profile->sysctl[i], &with, plan);
	for (size_t i = 0; r == 0 && i < profile->n_sysctl; i++)
		r = plan_notes(&profile->sysctl[i], &with, &without, plan);
	return r;
}
