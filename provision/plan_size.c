/* SPDX-License-Identifier: MIT */
/*
 * How large the swapfile should be: the row for this RAM, less what other swap gives, within the
 * room the filesystem has. Pure arithmetic on target and facts.
 */
#include "plan_parts.h"

#define SLACK         MIB(64) /* a lack below it is none: sizes differ by headers, units, rounding */
#define SMALLEST_STEP MIB(64)

static uint64_t minus(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

/* Active disk swap that is not the file at the path, and not what will be retired for it. */
static uint64_t other_swap(const struct facts *facts)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < facts->n_swaps; i++) {
		const struct swap_area *area = &facts->swaps[i];
		bool retired = false;

		for (size_t k = 0; k < facts->n_others; k++)
			retired |= area->ino != 0 && area->dev == facts->others[k].dev &&
				area->ino == facts->others[k].ino;
		/* One whose file was deleted is not there after a boot. */
		if (area->is_zram || area->deleted || retired ||
		    (facts->file.active && area->dev == facts->file.dev &&
		     area->ino == facts->file.ino))
			continue;
		/* The kernel counts without the header page. */
		sum += area->line.size_bytes + facts->page_bytes;
	}
	return sum;
}

bool plan_is_unusable(const struct found *file)
{
	return file->kind == FOUND_SWAP &&
		(file->hole_bytes > 0 || file->shared_bytes > 0 || file->copy_on_write);
}

/* Whether what is there now can be used where it is, at its size or at a smaller one. */
static bool is_whole(const struct found *file)
{
	return file->kind == FOUND_UNREADABLE ||
		(file->kind == FOUND_SWAP && !plan_is_unusable(file));
}

static uint64_t own_blocks(const struct found *file)
{
	return file->kind == FOUND_SWAP || file->kind == FOUND_ZERO
		? minus(file->allocated_bytes, file->shared_bytes + file->encoded_bytes)
		: 0;
}

/*
 * What a file of all that is free needs besides its data. Measured on Linux 6.18 as the largest
 * file that can be made on an empty filesystem of 300 MiB, 1, 20 and 300 GiB: ext4 4 KiB to 40 KiB
 * (bigalloc 64 KiB to 576 KiB, a cluster for each block of its extent tree) below f_bavail, xfs 7
 * KiB to 20 KiB (fallocate of all of f_bavail is ENOSPC). The share is for free space in pieces: 12
 * and 16 bytes for each extent, of 256 KiB.
 * btrfs of 400 MiB, 2 and 20 GiB at most 64 KiB, with mixed block groups 2.1 MiB. f2fs of 2 GiB, on
 * Linux 6.1, 2 MiB, and with sections of 8 MiB one of them.
 * ext2 and ext3, 1 KiB and 4 KiB blocks, all of 300 MiB and 1 GiB: the block pointers, 4 bytes for
 * each block, and 1 to 5 KiB; only root's reserve lies above f_bavail, and is not ours to use.
 */
static const struct {
	const char *type;
	uint64_t flat_bytes;
	unsigned share; /* one part of so many; 0: a pointer for each block */
} metadata[] = {
	{ "ext2", KIB(64), 0 },     { "ext3", KIB(64), 0 },   { "ext4", MIB(1), 16384 },
	{ "btrfs", MIB(3), 16384 }, { "xfs", MIB(1), 16384 },
};

static uint64_t metadata_bytes(const struct found *file, uint64_t bytes)
{
	for (size_t i = 0; i < ARRAY_SIZE(metadata); i++) {
		uint64_t share = metadata[i].share;

		if (!streq(metadata[i].type, file->fs_type))
			continue;
		if (share == 0)
			share = file->fs_block_bytes >= KIB(1) ? file->fs_block_bytes / 4 : 256;
		return metadata[i].flat_bytes + bytes / share;
	}
	return 0;
}

static uint64_t room(const struct target *target, const struct found *file)
{
	uint64_t keep_free = amount_bytes(target->profile->keep_free, file->fs_size_bytes);
	uint64_t bytes = minus(file->fs_free_bytes + own_blocks(file), keep_free);

	return minus(bytes, metadata_bytes(file, bytes));
}

/* Whole GiB, below one 64 MiB steps: sizes somebody could have meant. */
static uint64_t round_to_step(uint64_t bytes)
{
	return round_down(bytes, bytes >= GIB(1) ? GIB(1) : SMALLEST_STEP);
}

/* The largest recommended size that fits; 0: none does. */
static uint64_t largest_recommended(const struct sizing *s)
{
	uint64_t step;

	if (s->high_bytes <= s->room_bytes)
		return s->high_bytes;
	if (s->low_bytes > s->room_bytes)
		return 0;
	step = round_to_step(s->room_bytes);
	return step > s->low_bytes ? step : s->low_bytes;
}

/* The largest size that fits and reaches the minimum; 0: none does. */
static uint64_t largest_sufficient(const struct sizing *s)
{
	uint64_t step;

	if (s->minimum_bytes > s->room_bytes)
		return 0;
	step = round_to_step(s->room_bytes);
	return step > s->minimum_bytes ? step : s->minimum_bytes;
}

static int size_exact(const struct target *target, const struct found *file, struct sizing *s,
		      struct why *why)
{
	s->low_bytes = s->high_bytes = s->minimum_bytes = s->file_bytes = target->low_bytes;
	if (s->file_bytes > s->room_bytes &&
	    (s->file_bytes > file->size_bytes || !is_whole(file))) {
		*why = (struct why){ WHY_NO_ROOM, .a = s->file_bytes, .b = s->room_bytes };
		return -ENOSPC;
	}
	return 0;
}

/* Nothing is missing, or what other swap leaves missing is less than the slack. */
static bool is_none(const struct sizing *s, uint64_t bytes)
{
	return bytes == 0 || (bytes < SLACK && s->other_bytes > 0);
}

/* One that would be retired. */
static bool has_former(const struct facts *facts)
{
	for (size_t i = 0; i < facts->n_others; i++)
		if (facts->others[i].kind == FOUND_SWAP)
			return true;
	return false;
}

static int size_new(const struct facts *facts, struct sizing *s, struct why *why)
{
	uint64_t bytes, least = s->minimum_bytes;

	s->file_bytes = 0;
	s->reduced = false;
	if (is_none(s, s->low_bytes))
		return 0;
	bytes = largest_recommended(s);
	if (bytes == 0) {
		bytes = largest_sufficient(s);
		s->reduced = true;
	}
	s->file_bytes = round_down(bytes, facts->page_bytes);
	/* Without a minimum there may be none, but not in the place of one that there is. */
	if (least == 0 && has_former(facts))
		least = s->low_bytes < SMALLEST_STEP ? s->low_bytes : SMALLEST_STEP;
	if (s->file_bytes > 0 || least == 0)
		return 0;
	*why = (struct why){ WHY_NO_ROOM, .a = least, .b = s->room_bytes };
	return -ENOSPC;
}

static int size_present(const struct target *target, const struct facts *facts, struct sizing *s,
			struct why *why)
{
	uint64_t have = facts->file.size_bytes, fitting = largest_recommended(s);

	s->file_bytes = have;
	if (have > s->high_bytes) {
		if (target->profile->larger == LARGER_SHRINK)
			s->file_bytes = is_none(s, s->high_bytes) ? 0 : s->high_bytes;
		return 0;
	}
	if (minus(s->low_bytes, have) < SLACK && have > 0)
		return 0;
	if (fitting > 0) {
		s->file_bytes = fitting;
		return 0;
	}
	if (have >= minus(s->minimum_bytes, SLACK - 1)) {
		s->reduced = true;
		return 0;
	}
	s->reduced = true;
	fitting = largest_sufficient(s);
	if (fitting > have) {
		s->file_bytes = round_down(fitting, facts->page_bytes);
		return 0;
	}
	*why = (struct why){ WHY_NO_ROOM, .a = s->minimum_bytes, .b = s->room_bytes };
	return -ENOSPC;
}

int plan_size(const struct target *target, const struct facts *facts, struct sizing *ret,
	      struct why *ret_why)
{
	const uint64_t least = SWAPHEADER_PAGES_MIN * facts->page_bytes;
	const struct found *file = &facts->file;
	struct sizing s = { .room_bytes = room(target, file), .other_bytes = other_swap(facts) };
	int r;

	if (target->exact) {
		r = size_exact(target, file, &s, ret_why);
	} else if (!target->row) {
		*ret_why = (struct why){ WHY_NO_ROW, .a = facts->ram_bytes };
		r = -ENOSPC;
	} else {
		s.low_bytes = minus(target->low_bytes, s.other_bytes);
		s.high_bytes = minus(target->high_bytes, s.other_bytes);
		s.minimum_bytes = minus(target->minimum_bytes, s.other_bytes);
		r = file->kind == FOUND_SWAP || file->kind == FOUND_UNREADABLE
			? size_present(target, facts, &s, ret_why)
			: size_new(facts, &s, ret_why);
		/* What has to be made anew has to fit as well. */
		if (r == 0 && !is_whole(file) && s.file_bytes > s.room_bytes)
			r = size_new(facts, &s, ret_why);
	}
	if (r == 0 && s.file_bytes > 0 && s.file_bytes < least) {
		*ret_why = (struct why){ WHY_TOO_TINY, .a = least };
		r = -ENOSPC;
	}
	*ret = s;
	return r;
}

/* By its device; of a tree that is not known. */
static bool is_same_filesystem(const struct found *a, const struct found *b)
{
	return a->fs_dev != 0 || b->fs_dev != 0 ? a->fs_dev == b->fs_dev
						: streq(a->fs_mount, b->fs_mount);
}

uint64_t plan_size_later(const struct target *target, const struct facts *facts,
			 const struct sizing *now)
{
	struct facts later = *facts;
	struct found *file = &later.file;
	struct sizing sizing;
	struct why why;
	uint64_t freed = 0;

	for (size_t i = 0; i < facts->n_others; i++)
		if (is_same_filesystem(file, &facts->others[i]))
			freed += own_blocks(&facts->others[i]);
	if (!now->reduced || now->file_bytes == 0 || freed == 0)
		return 0;
	file->fs_free_bytes =
		minus(file->fs_free_bytes + own_blocks(file) + freed, now->file_bytes);
	file->kind = FOUND_SWAP;
	file->size_bytes = file->allocated_bytes = now->file_bytes;
	file->hole_bytes = file->shared_bytes = file->encoded_bytes = 0;
	file->copy_on_write = false;
	if (plan_size(target, &later, &sizing, &why) < 0 || sizing.file_bytes <= now->file_bytes)
		return 0;
	return sizing.file_bytes;
}
