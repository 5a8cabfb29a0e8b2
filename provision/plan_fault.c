/* SPDX-License-Identifier: MIT */
/*
 * What stands in the way: of a path, of writing there, of swapoff, of strict accounting. Decides
 * nothing else.
 */
#include "plan_parts.h"

struct value plan_have_file(const struct found *file)
{
	switch (file->kind) {
	case FOUND_SWAP:
	case FOUND_ZERO:
	case FOUND_FOREIGN:
	case FOUND_HIBERNATION:
	case FOUND_UNREADABLE:
		return (struct value){ VALUE_BYTES, .number = file->size_bytes };
	case FOUND_NO_WAY:
	case FOUND_ERROR:
		return (struct value){ VALUE_UNKNOWN };
	case FOUND_NOTHING:
	case FOUND_SYMLINK:
	case FOUND_DIRECTORY:
	case FOUND_BLOCK_DEVICE:
	case FOUND_SPECIAL:
		break;
	}
	return (struct value){ VALUE_ABSENT };
}

struct value plan_have_sysctl(uint64_t now)
{
	if (now == UNKNOWN)
		return (struct value){ VALUE_UNKNOWN };
	if (now == SYSCTL_ODD)
		return (struct value){ VALUE_TEXT, .text = "other" };
	return (struct value){ VALUE_NUMBER, .number = now };
}

bool plan_is_gone(const struct found *file)
{
	return file->kind == FOUND_NOTHING && !file->not_mounted[0];
}

static enum why_code way_why(enum walk_fault way)
{
	switch (way) {
	case WALK_MISSING:
		return WHY_NO_DIRECTORY;
	case WALK_SYMLINK:
		return WHY_WAY_SYMLINK;
	case WALK_NOT_DIRECTORY:
		return WHY_NOT_DIRECTORY;
	case WALK_FOREIGN_OWNER:
		return WHY_FOREIGN_OWNER;
	case WALK_WRITABLE:
		return WHY_WRITABLE;
	case WALK_OK:
	case WALK_ERROR:
		break;
	}
	return WHY_ERROR;
}

static enum why_code kind_why(enum found_kind kind)
{
	switch (kind) {
	case FOUND_FOREIGN:
		return WHY_FOREIGN;
	case FOUND_HIBERNATION:
		return WHY_HIBERNATION;
	case FOUND_SYMLINK:
		return WHY_SYMLINK;
	case FOUND_DIRECTORY:
		return WHY_DIRECTORY;
	case FOUND_BLOCK_DEVICE:
		return WHY_BLOCK_DEVICE;
	case FOUND_SPECIAL:
		return WHY_SPECIAL;
	case FOUND_ERROR:
		return WHY_ERROR;
	case FOUND_NOTHING:
	case FOUND_SWAP:
	case FOUND_ZERO:
	case FOUND_UNREADABLE:
	case FOUND_NO_WAY:
		break;
	}
	return WHY_NONE;
}

enum step_state plan_path_fault(const struct found *found, struct why *ret)
{
	const int error = found->error == -EACCES || found->error == -EPERM;

	*ret = (struct why){ .text = found->detail, .a = (uint64_t)-found->error };
	if (found->not_mounted[0]) {
		*ret = (struct why){ WHY_NOT_MOUNTED, .text = found->not_mounted };
		return STATE_BLOCKED;
	}
	if (found->kind == FOUND_UNREADABLE ||
	    (error && (found->kind == FOUND_NO_WAY || found->kind == FOUND_ERROR))) {
		ret->code = WHY_CANNOT_READ;
		return STATE_UNKNOWN;
	}
	ret->code = found->kind == FOUND_NO_WAY ? way_why(found->way) : kind_why(found->kind);
	if (ret->code == WHY_NONE && found->links > 1)
		*ret = (struct why){ WHY_HARD_LINKS, .a = found->links };
	return ret->code == WHY_NONE ? STATE_OK : STATE_BLOCKED;
}

static const uint64_t commit_margin = MIB(128);

bool plan_commit_fault(const struct facts *facts, uint64_t limit_bytes, struct why *ret)
{
	uint64_t margin = limit_bytes / 10 > commit_margin ? limit_bytes / 10 : commit_margin;

	if (facts->committed_bytes == UNKNOWN || limit_bytes == UNKNOWN) {
		*ret = (struct why){ WHY_COMMIT_UNKNOWN };
		return true;
	}
	if (facts->committed_bytes + margin <= limit_bytes)
		return false;
	*ret = (struct why){ WHY_OVERCOMMIT, .a = facts->committed_bytes + margin,
			     .b = limit_bytes };
	return true;
}

enum why_code plan_write_fault(const struct facts *facts, const struct found *file)
{
	if (file->busy)
		return WHY_BUSY;
	if (file->fs_read_only)
		return WHY_READ_ONLY;
	if (file->btrfs.read_only)
		return WHY_READ_ONLY_SUBVOLUME;
	if (file->immutable || file->dir_immutable)
		return WHY_IMMUTABLE;
	/* On the running machine apply is root's; an audit by others tells what root would do. */
	if (file->dir_denied && (!facts->is_system || facts->privileged))
		return WHY_DENIED;
	return WHY_NONE;
}

/* Strict accounting that ends with this very plan does not stand in the way of swapoff. */
static bool ends_strict_accounting(const struct plan *plan)
{
	for (size_t i = 0; i < plan->n; i++)
		if (plan->steps[i].kind == STEP_SYSCTL &&
		    plan->steps[i].key == SYSCTL_OVERCOMMIT_MEMORY &&
		    plan->steps[i].state == STATE_CHANGE)
			return plan->steps[i].want.number != 2;
	return false;
}

static bool is_area_of(const struct swap_area *area, const struct found *found)
{
	return area->dev == found->dev && area->ino == found->ino;
}

/* Goes off, with the step of this file or one before it. Of a resize it comes on again, empty. */
static bool goes_off(const struct swap_area *area, const struct found *found,
		     const struct plan *plan)
{
	if (is_area_of(area, found))
		return true;
	for (size_t i = 0; i < plan->n; i++) {
		const struct step *step = &plan->steps[i];

		if ((step->kind == STEP_SWAPON || step->kind == STEP_RETIRE) &&
		    step->state == STATE_CHANGE && step->file->active &&
		    is_area_of(area, step->file))
			return true;
	}
	return false;
}

/* What comes on before this file goes off. */
static uint64_t coming_bytes(const struct facts *facts, const struct found *found,
			     const struct plan *plan)
{
	for (size_t i = 0; i < plan->n; i++)
		if (plan->steps[i].kind == STEP_SWAPON && plan->steps[i].activate &&
		    plan->steps[i].state == STATE_CHANGE && plan->steps[i].file != found)
			return plan->sizing.file_bytes - facts->page_bytes;
	return 0;
}

/* The swap that there is when a file goes off. */
struct swap_sum {
	uint64_t off_bytes;       /* the areas that go until then, it included */
	uint64_t used_bytes;      /* in them */
	uint64_t free_bytes;      /* in those that stay or come, but not in zram */
	uint64_t elsewhere_bytes; /* in use in those that stay, zram included */
};

static struct swap_sum sum_swap(const struct facts *facts, const struct found *found,
				const struct plan *plan)
{
	struct swap_sum sum = { .free_bytes = coming_bytes(facts, found, plan) };

	for (size_t i = 0; i < facts->n_swaps; i++) {
		const struct swap_area *area = &facts->swaps[i];
		const struct swap_line *line = &area->line;

		if (goes_off(area, found, plan)) {
			sum.off_bytes += line->size_bytes;
			sum.used_bytes += line->used_bytes;
			continue;
		}
		sum.elsewhere_bytes += line->used_bytes;
		/* zram takes from the memory that is short. */
		if (!area->is_zram)
			sum.free_bytes += line->size_bytes - line->used_bytes;
	}
	return sum;
}

/*
 * Of what is swapped out to the files that go, what is in memory as well (SwapCached): swapoff
 * takes no memory for it, but gives up its place in the file. MemAvailable does not hold it, as it
 * lies on the lists of anonymous memory; where the kernel drops it, there is that much more that is
 * free. Measured on Linux 6.18: 300 MiB used, all of them cached, and swapoff left MemAvailable as
 * it was. Which area it belongs to is not told: at least what the others together cannot have.
 */
static uint64_t cached_of(const struct facts *facts, const struct swap_sum *sum)
{
	uint64_t cached = facts->swap_cached_bytes;

	if (cached == UNKNOWN || cached <= sum->elsewhere_bytes)
		return 0;
	cached -= sum->elsewhere_bytes;
	return cached < sum->used_bytes ? cached : sum->used_bytes;
}

/* As much as was swapped out to what went before has taken its place elsewhere by then. */
bool plan_swapoff_fault(const struct facts *facts, const struct found *found,
			const struct plan *plan, struct why *ret)
{
	const uint64_t margin = MIB(128);
	uint64_t there = facts->available_bytes == UNKNOWN ? 0 : facts->available_bytes;
	uint64_t limit = facts->limit_bytes;
	struct swap_sum sum;

	if (!found->active || !facts->is_system)
		return false;
	sum = sum_swap(facts, found, plan);
	there += cached_of(facts, &sum) + sum.free_bytes;
	if (sum.used_bytes > 0 && sum.used_bytes + margin > there) {
		*ret = (struct why){ WHY_NO_MEMORY, .a = sum.used_bytes, .b = there };
		return true;
	}
	/* Strict accounting: swapoff fails at once when it would break the limit. */
	if (facts->sysctl_now[SYSCTL_OVERCOMMIT_MEMORY] != 2 || ends_strict_accounting(plan) ||
	    limit == UNKNOWN)
		return false;
	limit += coming_bytes(facts, found, plan);
	limit = limit > sum.off_bytes ? limit - sum.off_bytes : 0;
	if (!plan_commit_fault(facts, limit, ret))
		return false;
	if (ret->code == WHY_OVERCOMMIT)
		ret->code = WHY_COMMIT_LIMIT;
	return true;
}
