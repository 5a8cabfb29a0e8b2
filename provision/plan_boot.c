/* SPDX-License-Identifier: MIT */
/*
 * What else than the fstab line decides whether the swapfile is active after a boot, and how it is
 * then used. Blocks what would leave it off or be made anew by others; the rest are warnings.
 */
#include "plan_parts.h"

#include <limits.h>

/* The target is what stands in the way: several may, and each is shown. */
static int add_obstacle(struct plan *plan, const char *target, struct why why)
{
	struct step *step = plan_add(plan, STEP_FSTAB, target);

	if (!step)
		return -ENOMEM;
	plan_block(step, why);
	return 0;
}

static int add_mask(struct plan *plan, const struct boot_unit *unit, const char *name)
{
	return add_obstacle(
		plan, unit->path,
		(struct why){ WHY_UNIT_MASKED, .text = name,
			      .value = unit->until_boot ? "unmask --runtime" : "unmask" });
}

static int plan_units(const struct boot_facts *boot, struct plan *plan)
{
	int r = 0;

	if (*boot->unit.path && !boot->unit.above_fstab)
		r = plan_warn(plan, (struct why){ WHY_WARN_UNIT, .text = boot->unit.path });
	else if (boot->unit.masked)
		r = add_mask(plan, &boot->unit, boot->unit_name);
	else if (*boot->unit.path)
		r = add_obstacle(plan, boot->unit.path,
				 (struct why){ WHY_UNIT_OVERRIDES, .text = boot->unit_name });
	if (r == 0 && boot->target.masked)
		r = add_mask(plan, &boot->target, "swap.target");
	return r;
}

static int plan_switches(const struct boot_facts *boot, struct plan *plan)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < BOOT_SWITCH_N; i++)
		if (*boot->switches.words[i])
			r = add_obstacle(
				plan, "/proc/cmdline",
				(struct why){ WHY_CMDLINE, .text = boot->switches.words[i] });
	return r;
}

/*
 * Priorities the kernel chooses are negative, and lower with each activation: an inactive swapfile
 * without one of its own comes after all zram there is.
 */
static int plan_zram(const struct target *target, const struct facts *facts, struct plan *plan)
{
	int ours = target->fstab.priority < 0 ? INT_MIN : target->fstab.priority;

	if (facts->file.active && facts->file.priority > ours)
		ours = facts->file.priority;
	for (size_t i = 0; i < facts->n_swaps; i++) {
		const struct swap_line *line = &facts->swaps[i].line;

		if (facts->swaps[i].is_zram && line->priority <= ours)
			return plan_warn(plan,
					 (struct why){ line->priority < ours ? WHY_WARN_ZRAM
									     : WHY_WARN_ZRAM_EQUAL,
						       .text = line->path,
						       .a = (uint64_t)(int64_t)line->priority });
	}
	return 0;
}

int plan_boot(const struct target *target, const struct facts *facts, struct plan *plan)
{
	const struct boot_facts *boot = &facts->boot;
	int r = plan_units(boot, plan);

	if (r == 0)
		r = plan_switches(boot, plan);
	if (r == 0 && streq(boot->dphys_path, target->swapfile))
		r = add_obstacle(plan, BOOT_DPHYS_CONF, (struct why){ WHY_DPHYS });
	if (r == 0 && *boot->kubelet)
		r = plan_warn(plan, (struct why){ WHY_WARN_KUBELET, .text = boot->kubelet });
	return r < 0 ? r : plan_zram(target, facts, plan);
}
