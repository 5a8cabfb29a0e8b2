/* SPDX-License-Identifier: MIT */
/*
 * The steps of the vm.* settings: the drop-in and the live values. Guards what would make a machine
 * unable to fork.
 */
#include "plan_parts.h"

static const struct sysctl_setting *setting_of(const struct profile *profile, enum sysctl_key key)
{
	for (size_t i = 0; i < profile->n_sysctl; i++)
		if (profile->sysctl[i].key == key)
			return &profile->sysctl[i];
	return NULL;
}

/* What the key will be: the profile's value, else the live one. */
static uint64_t value_to_be(const struct target *target, const struct facts *facts,
			    enum sysctl_key key)
{
	const struct sysctl_setting *setting = setting_of(target->profile, key);
	uint64_t now = facts->sysctl_now[key];

	if (setting)
		return setting->value;
	/* Setting one of a pair zeroes the other. */
	setting = setting_of(target->profile, sysctl_keys[key].pair);
	if (setting && setting->value > 0)
		return 0;
	return now >= SYSCTL_ODD ? 0 : now;
}

/* CommitLimit with that much swap, as mm/util.c vm_commit_limit() computes it. */
static uint64_t commit_limit(const struct target *target, const struct facts *facts,
			     uint64_t swap_bytes)
{
	uint64_t kbytes = value_to_be(target, facts, SYSCTL_OVERCOMMIT_KBYTES);
	uint64_t ratio = value_to_be(target, facts, SYSCTL_OVERCOMMIT_RATIO);
	uint64_t hugetlb = facts->hugetlb_bytes == UNKNOWN ? 0 : facts->hugetlb_bytes;

	if (kbytes > 0)
		return kbytes * 1024 + swap_bytes;
	return (facts->memtotal_bytes - hugetlb) / 100 * ratio + swap_bytes;
}

/* All swap there will be once the swapfile's steps are done. */
static uint64_t swap_to_be(const struct facts *facts, const struct plan *plan)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < facts->n_swaps; i++)
		sum += facts->swaps[i].line.size_bytes;
	if (!plan->swap_managed)
		return sum;
	if (facts->file.active)
		sum -= facts->file.area_bytes;
	for (size_t i = 0; i < facts->n_others; i++)
		if (facts->others[i].active)
			sum -= facts->others[i].area_bytes;
	return sum + plan->sizing.file_bytes;
}

/* The last change that takes part in a CommitLimit that binds; NULL: none does. */
static struct step *commit_step(const struct target *target, const struct facts *facts,
				struct plan *plan)
{
	struct step *found = NULL;

	if (value_to_be(target, facts, SYSCTL_OVERCOMMIT_MEMORY) != 2)
		return NULL;
	for (size_t i = 0; i < plan->n; i++) {
		struct step *step = &plan->steps[i];

		if (step->kind == STEP_SYSCTL && step->state == STATE_CHANGE &&
		    (step->key == SYSCTL_OVERCOMMIT_MEMORY ||
		     step->key == SYSCTL_OVERCOMMIT_RATIO || step->key == SYSCTL_OVERCOMMIT_KBYTES))
			found = step;
	}
	return found;
}

static int guard_overcommit(const struct target *target, const struct facts *facts,
			    const struct plan_wish *wish, struct plan *plan)
{
	struct step *step = commit_step(target, facts, plan);
	struct why why;

	if (!step || wish->force_overcommit)
		return 0;
	if (plan_commit_fault(facts, commit_limit(target, facts, swap_to_be(facts, plan)), &why))
		plan_block(step, why);
	else if (plan_commit_fault(facts, commit_limit(target, facts, 0), &why))
		return plan_warn(plan,
				 (struct why){ WHY_WARN_STRICT_NO_SWAP, .a = why.a, .b = why.b });
	return 0;
}

static bool min_free_is_excessive(const struct facts *facts, const struct sysctl_setting *setting,
				  struct why *why)
{
	/* --ram is a plan for another machine; what is written here is this one's. */
	uint64_t ram_bytes = facts->is_system && facts->memtotal_bytes != UNKNOWN
		? size_round_ram(facts->memtotal_bytes)
		: facts->ram_bytes;
	uint64_t most_kib = ram_bytes / 20 / 1024;

	if (setting->key != SYSCTL_MIN_FREE_KBYTES || setting->value <= most_kib)
		return false;
	*why = (struct why){ WHY_MIN_FREE, .a = most_kib };
	return true;
}

static int plan_live(const struct facts *facts, const struct sysctl_setting *setting,
		     struct plan *plan)
{
	struct step *step = plan_add(plan, STEP_SYSCTL, sysctl_keys[setting->key].name);
	uint64_t now = facts->sysctl_now[setting->key];

	if (!step)
		return -ENOMEM;
	step->key = setting->key;
	step->want = (struct value){ VALUE_NUMBER, .number = setting->value };
	step->have = plan_have_sysctl(now);
	for (int rules = 0; rules < SYSCTL_RULES_N; rules++)
		sysctl_boot(&facts->tree, (enum sysctl_rules)rules, setting->key,
			    &step->boot[rules]);
	if (min_free_is_excessive(facts, setting, &step->why)) {
		step->state = STATE_BLOCKED;
	} else if (facts->sysctl_missing[setting->key]) {
		step->state = STATE_BLOCKED;
		step->why.code = WHY_NO_KEY;
	} else if (now == setting->value) {
		step->state = STATE_OK;
	} else if (!facts->is_system) {
		step->state = STATE_DEFERRED;
		step->why.code = WHY_NEXT_BOOT;
	} else if (now == UNKNOWN) {
		step->state = STATE_UNKNOWN;
		step->why.code = WHY_CANNOT_READ;
	} else {
		step->state = STATE_CHANGE;
		step->why.code = WHY_VALUE;
	}
	return 0;
}

static int plan_sysctl_leftovers(const struct facts *facts, struct plan *plan)
{
	int r = facts->dropin.text ? plan_warn(plan, (struct why){ WHY_WARN_LEFTOVER_FILE }) : 0;

	return r < 0 ? r : plan_disabled(facts, plan);
}

int plan_sysctl(const struct target *target, const struct facts *facts,
		const struct plan_wish *wish, struct plan *plan)
{
	const struct profile *profile = target->profile;
	const struct sysctl_setting *last;
	int r;

	if (!profile->has_sysctl)
		return plan_sysctl_leftovers(facts, plan);
	r = plan_dropin(facts, target->dropin, plan);
	if (r == 0)
		r = plan_conflicts(target, facts, plan);
	last = setting_of(profile, SYSCTL_OVERCOMMIT_MEMORY);
	for (size_t i = 0; r == 0 && i < profile->n_sysctl; i++)
		if (&profile->sysctl[i] != last)
			r = plan_live(facts, &profile->sysctl[i], plan);
	if (r < 0)
		return r;
	if (last)
		r = plan_live(facts, last, plan);
	return r < 0 ? r : guard_overcommit(target, facts, wish, plan);
}
