/* SPDX-License-Identifier: MIT */
/*
 * The steps of remove: what apply made is taken back, in the reverse of its order, and what is left
 * of former swapfiles goes. Needs no profile; what is ours is told by the drop-in's name and the
 * swapfiles' labels.
 */
#include "plan_parts.h"

/* The key to write and the value the machine has without the drop-in. */
struct former {
	enum sysctl_key key;
	bool known;
	uint64_t value;
	const char *unread; /* not known for what cannot be read; else NULL */
};

static struct former former_value(const struct sysctl_tree *without, enum sysctl_rules rules,
				  enum sysctl_key key)
{
	const enum sysctl_key pair = sysctl_keys[key].pair;
	struct sysctl_boot boot, of_pair;

	sysctl_boot(without, rules, key, &boot);
	if (boot.source == SYSCTL_FROM_UNKNOWN)
		return (struct former){ key, false, 0, boot.path };
	if (pair == SYSCTL_N || (boot.is_number && boot.value != 0))
		return (struct former){ key, boot.is_number, boot.value, NULL };
	/* 0 to one of a pair means that its other rules: that is what has to be written. */
	sysctl_boot(without, rules, pair, &of_pair);
	if (of_pair.source == SYSCTL_FROM_UNKNOWN)
		return (struct former){ pair, false, 0, of_pair.path };
	if (of_pair.is_number && of_pair.value == 0 && sysctl_keys[key].min == 0)
		return (struct former){ key, boot.is_number, boot.value, NULL };
	return (struct former){ pair, of_pair.is_number, of_pair.value, NULL };
}

static int plan_former(const struct facts *facts, const struct sysctl_tree *without,
		       enum sysctl_key key, struct plan *plan)
{
	struct former former = former_value(without, plan->rules, key);
	struct step *step = plan_add(plan, STEP_SYSCTL, sysctl_keys[former.key].name);
	uint64_t now;

	if (!step)
		return -ENOMEM;
	now = facts->sysctl_now[former.key];
	step->key = former.key;
	step->have = plan_have_sysctl(now);
	step->want = (struct value){ VALUE_NUMBER, .number = former.value };
	for (int rules = 0; rules < SYSCTL_RULES_N; rules++)
		sysctl_boot(&facts->tree, (enum sysctl_rules)rules, former.key, &step->boot[rules]);
	if (!facts->is_system) {
		step->state = STATE_DEFERRED;
		step->why.code = WHY_NEXT_BOOT;
	} else if (facts->sysctl_missing[former.key]) {
		step->state = STATE_SKIPPED;
		step->why.code = WHY_NO_KEY;
	} else if (former.unread) {
		step->want = (struct value){ VALUE_UNKNOWN };
		/* Root reads it, unless nobody can. */
		step->state = facts->privileged ? STATE_SKIPPED : STATE_UNKNOWN;
		step->why = (struct why){ WHY_FORMER_UNKNOWN, .text = former.unread };
	} else if (!former.known) {
		step->want = (struct value){ VALUE_UNKNOWN };
		step->state = STATE_SKIPPED;
		step->why.code = WHY_NO_DEFAULT;
	} else if (now != former.value) {
		step->state = now == UNKNOWN ? STATE_UNKNOWN : STATE_CHANGE;
		step->why.code = now == UNKNOWN ? WHY_CANNOT_READ : WHY_VALUE;
	}
	return 0;
}

/* restored: the sources with what was disabled in force again. */
static int plan_formers(const struct facts *facts, const struct sysctl_tree *restored,
			struct plan *plan)
{
	struct sysctl_setting ours[SYSCTL_N];
	size_t n = facts->dropin.text ? sysctl_dropin_keys(facts->dropin.text, ours) : 0;
	struct sysctl_tree without;
	int r = sysctl_tree_with(restored, SYSCTL_DROPIN, NULL, &without);

	if (r < 0)
		return r;
	/* Strict accounting ends first: what follows must be able to fork. */
	for (size_t i = 0; r == 0 && i < n; i++)
		if (ours[i].key == SYSCTL_OVERCOMMIT_MEMORY)
			r = plan_former(facts, &without, ours[i].key, plan);
	for (size_t i = 0; r == 0 && i < n; i++)
		if (ours[i].key != SYSCTL_OVERCOMMIT_MEMORY)
			r = plan_former(facts, &without, ours[i].key, plan);
	free((void *)(uintptr_t)without.files);
	return r;
}

static bool is_ours(const struct found *file)
{
	return file->kind == FOUND_SWAP && file->ours == OURS_YES;
}

static int plan_off(const struct facts *facts, struct plan *plan)
{
	const struct found *file = &facts->file;
	struct step *step = plan_add(plan, STEP_SWAPON, file->path);
	struct why why;

	if (!step)
		return -ENOMEM;
	step->file = file;
	step->have = (struct value){ VALUE_TEXT, .text = file->active ? "active" : "inactive" };
	step->want = (struct value){ VALUE_TEXT, .text = "inactive" };
	if (!facts->is_system) {
		step->state = file->active ? STATE_DEFERRED : STATE_OK;
		step->why.code = file->active ? WHY_NEXT_BOOT : WHY_NONE;
	} else if (file->active) {
		step->state = STATE_CHANGE;
		step->why.code = WHY_NOT_WANTED;
		if (plan_swapoff_fault(facts, file, plan, &why))
			plan_block(step, why);
	}
	return 0;
}

static int plan_unlink(const struct facts *facts, struct plan *plan)
{
	const struct found *file = &facts->file;
	struct step *step = plan_add(plan, STEP_SWAPFILE, file->path);
	enum why_code code = plan_write_fault(facts, file);
	struct why why;

	if (!step)
		return -ENOMEM;
	step->file = file;
	step->action = FILE_REMOVE;
	step->state = STATE_CHANGE;
	step->why.code = WHY_NOT_WANTED;
	step->have = (struct value){ VALUE_BYTES, .number = file->size_bytes };
	if (code == WHY_NONE && plan_takes_away(file, FILE_REMOVE))
		code = WHY_RESUMES;
	if (code != WHY_NONE)
		plan_block(step, (struct why){ code });
	else if (plan_path_fault(file, &why) != STATE_OK)
		plan_block(step, why);
	return 0;
}

/* What is at the path asked for, when it is not ours: said, and left alone. */
static int plan_not_ours(const struct facts *facts, struct plan *plan)
{
	const struct found *file = &facts->file;
	struct step *step = plan_add(plan, STEP_SWAPFILE, file->path);

	if (!step)
		return -ENOMEM;
	step->file = file;
	if (file->kind == FOUND_NOTHING || file->kind == FOUND_NO_WAY)
		return 0;
	step->have = (struct value){ VALUE_BYTES, .number = file->size_bytes };
	step->want = step->have;
	if (file->kind == FOUND_UNREADABLE) {
		step->state = STATE_UNKNOWN;
		step->why.code = WHY_CANNOT_READ;
		return 0;
	}
	step->state = STATE_SKIPPED;
	step->why.code = WHY_NOT_OURS;
	if (file->kind == FOUND_SWAP)
		return plan_warn(plan, (struct why){ WHY_WARN_ADOPTED, .text = file->path });
	return 0;
}

/* What is at the path that every remove looks at: it is found again, with a line or without. */
static int plan_file(const struct facts *facts, bool named, struct plan *plan, struct err *err)
{
	const bool ours = is_ours(&facts->file);
	int r = 0;

	if (ours && named)
		return 0;
	if (ours || plan_is_gone(&facts->file))
		r = plan_fstab_line(facts, facts->file.path, NULL, plan, err);
	if (r == 0 && !ours)
		return plan_not_ours(facts, plan);
	if (r == 0)
		r = plan_off(facts, plan);
	return r < 0 ? r : plan_unlink(facts, plan);
}

/* Elsewhere only its line leads to it once it is off: that goes last. */
static int plan_others(const struct facts *facts, bool named, struct plan *plan, struct err *err)
{
	int r = 0;

	if (named && is_ours(&facts->file))
		r = plan_retire(facts, &facts->file, WHY_NOT_WANTED, plan, err);
	for (size_t i = 0; r == 0 && i < facts->n_others; i++)
		r = plan_retire(facts, &facts->others[i], WHY_NOT_WANTED, plan, err);
	return r;
}

int plan_remove(const struct facts *facts, bool named, struct plan *ret, struct err *err)
{
	struct plan plan = { .rules = plan_rules(facts), .swap_managed = true };
	struct sysctl_tree restored = { .files = NULL };
	int r;

	err->code = 0;
	r = plan_restored(facts, &plan, &restored);
	if (r == 0)
		r = plan_formers(facts, &restored, &plan);
	if (r == 0)
		r = plan_dropin(facts, NULL, &plan);
	if (r == 0)
		r = plan_edits(facts, &restored, &plan);
	if (r == 0)
		r = plan_file(facts, named, &plan, err);
	if (r == 0)
		r = plan_reload(facts, &plan);
	if (r == 0)
		r = plan_others(facts, named, &plan, err);
	if (r == 0)
		r = plan_warn_retired(facts, &plan);
	free((void *)(uintptr_t)restored.files);
	if (r < 0) {
		plan_done(&plan);
		return err->code ? r : err_sys(err, r, "cannot make a plan");
	}
	*ret = plan;
	return 0;
}
