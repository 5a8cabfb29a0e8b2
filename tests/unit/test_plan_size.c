/* SPDX-License-Identifier: MIT */
/*
 * How large the swapfile should be: DESIGN.md's "How the size is chosen", word by word, and by
 * brute force that a plan after a plan changes nothing. Touches nothing.
 */
#include "plan_parts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define PAGE KIB(4)
#define M(n) MIB(n)
#define G(n) GIB(n)

struct other {
	uint64_t bytes;
	enum { PARTITION, ZRAM, DELETED, FILE_ELSEWHERE, RETIRED } kind;
};

struct size_case {
	const char *what;
	/* The row, or for --size all the same. */
	uint64_t low, high, minimum;
	bool exact, no_row;
	enum larger larger;
	struct amount keep_free;
	/* The machine: what is there, and what the filesystem has. */
	enum found_kind kind;
	uint64_t have, allocated; /* 0: all of it */
	uint64_t shared;          /* of that, with a snapshot */
	bool active;
	struct other others[3];
	uint64_t fs_size, fs_free;
	size_t page; /* 0: PAGE */
	/* What it comes to. */
	uint64_t file;
	bool reduced;
	enum why_code why; /* WHY_NONE: it can be done */
	uint64_t a, b;
};

struct machine {
	struct profile profile;
	struct profile_row row;
	struct target target;
	struct facts facts;
	struct swap_area swaps[4];
	struct found retired[1];
};

static uint64_t allocated_of(const struct size_case *c)
{
	return c->allocated ? c->allocated : c->have;
}

static struct swap_area *add_area(struct machine *m, uint64_t bytes)
{
	struct swap_area *area = &m->swaps[m->facts.n_swaps++];

	/* The kernel counts without the header page. */
	area->line.size_bytes = bytes - m->target.page_bytes;
	area->is_zram = area->deleted = area->line.is_file = false;
	area->dev = area->ino = 0;
	return area;
}

/* The facts and the target of a case; all of them are set, for m serves a million of times. */
static void machine_of(const struct size_case *c, struct machine *m)
{
	struct facts *f = &m->facts;

	m->profile = (struct profile){ .keep_free = c->keep_free, .larger = c->larger };
	m->target = (struct target){
		.profile = &m->profile,
		.page_bytes = c->page ? c->page : PAGE,
		.manage_swap = true,
		.exact = c->exact,
		.row = c->exact || c->no_row ? NULL : &m->row,
		.low_bytes = c->low,
		.high_bytes = c->high,
		.minimum_bytes = c->minimum,
	};
	f->page_bytes = m->target.page_bytes;
	f->ram_bytes = G(32);
	f->swaps_known = true;
	f->swaps = m->swaps;
	f->others = m->retired;
	f->n_swaps = f->n_others = 0;
	f->file.kind = c->kind;
	f->file.size_bytes = c->have;
	f->file.allocated_bytes = allocated_of(c);
	f->file.hole_bytes = c->active ? 0 : c->have - allocated_of(c);
	f->file.shared_bytes = c->shared;
	f->file.active = c->active;
	f->file.dev = 1;
	f->file.ino = 11;
	f->file.fs_size_bytes = c->fs_size;
	f->file.fs_free_bytes = c->fs_free;
	if (c->active) {
		struct swap_area *area = add_area(m, c->have);

		area->line.is_file = true;
		area->dev = 1;
		area->ino = 11;
	}
	for (size_t i = 0; i < ARRAY_SIZE(c->others) && c->others[i].bytes; i++) {
		struct swap_area *area = add_area(m, c->others[i].bytes);

		area->is_zram = c->others[i].kind == ZRAM;
		area->deleted = c->others[i].kind == DELETED;
		if (c->others[i].kind < FILE_ELSEWHERE)
			continue;
		area->line.is_file = true;
		area->dev = 1;
		area->ino = 100 + i;
		if (c->others[i].kind != RETIRED)
			continue;
		f->others[f->n_others].dev = 1;
		f->others[f->n_others++].ino = 100 + i;
	}
}

static const struct size_case table[] = {
	/* Absent: the recommendation, where it fits. */
	{ "absent, plenty of room", G(16), G(16), G(8), .fs_free = G(50), .file = G(16) },
	{ "absent, it just fits", G(16), G(16), G(8), .fs_free = G(16), .file = G(16) },
	{ "absent, a range: the largest", G(16), G(32), G(8), .fs_free = G(50), .file = G(32) },
	{ "absent, a range that just fits", G(16), G(32), G(8), .fs_free = G(32), .file = G(32) },
	{ "absent, the row says none", 0, 0, 0, .fs_free = G(50) },
	{ "absent, odd sizes stay as they are", M(1234), M(1234), M(617), .fs_free = G(50),
	  .file = M(1234) },

	/* Anything in the range is as recommended; the largest that fits is made. */
	{ "range, a byte short", G(16), G(32), G(8), .fs_free = G(32) - 1, .file = G(31) },
	{ "range, half", G(16), G(32), G(8), .fs_free = G(20) + M(900), .file = G(20) },
	{ "range, just its lower end", G(16), G(32), G(8), .fs_free = G(16), .file = G(16) },
	{ "range, its lower end off the steps", M(16896), G(32), G(8), .fs_free = M(17000),
	  .file = M(16896) },
	{ "range below 1 GiB", M(256), M(1024), M(128), .fs_free = M(700), .file = M(640) },

	/* Else the largest that fits and reaches the minimum, in whole GiB. */
	{ "reduced by a byte", G(16), G(16), G(8), .fs_free = G(16) - 1, .file = G(15),
	  .reduced = true },
	{ "reduced to whole GiB", G(16), G(16), G(8), .fs_free = G(9) + M(900), .file = G(9),
	  .reduced = true },
	{ "reduced to the minimum", G(16), G(16), G(8), .fs_free = G(8), .file = G(8),
	  .reduced = true },
	{ "reduced below a range", G(16), G(32), G(8), .fs_free = G(16) - 1, .file = G(15),
	  .reduced = true },
	{ "reduced to a minimum off the steps", G(16), G(16), M(7680), .fs_free = M(8000),
	  .file = M(7680), .reduced = true },
	{ "reduced to exactly 1 GiB", G(2), G(2), M(512), .fs_free = G(2) - 1, .file = G(1),
	  .reduced = true },
	{ "reduced below 1 GiB: 64 MiB steps", G(2), G(2), M(512), .fs_free = G(1) - 1,
	  .file = M(960), .reduced = true },
	{ "reduced below 1 GiB, another", G(2), G(2), M(512), .fs_free = M(1000), .file = M(960),
	  .reduced = true },
	{ "reduced to a minimum below 1 GiB", G(2), G(2), M(512), .fs_free = M(575), .file = M(512),
	  .reduced = true },
	{ "reduced, minimum off the 64 MiB steps", G(2), G(2), M(500), .fs_free = M(510),
	  .file = M(500), .reduced = true },
	{ "minimum 0: the smallest step", G(2), G(2), 0, .fs_free = M(100), .file = M(64),
	  .reduced = true },
	{ "minimum 0: no step fits", G(2), G(2), 0, .fs_free = M(63), .file = 0, .reduced = true },
	{ "minimum 0: no room", G(2), G(2), 0, .fs_free = 0, .file = 0, .reduced = true },

	/* Else blocked. */
	{ "a byte short of the minimum", G(16), G(16), G(8), .fs_free = G(8) - 1,
	  .why = WHY_NO_ROOM, .a = G(8), .b = G(8) - 1 },
	{ "no room at all", G(16), G(16), G(8), .fs_free = 0, .why = WHY_NO_ROOM, .a = G(8) },
	{ "the minimum is the recommendation", G(16), G(16), G(16), .fs_free = G(15),
	  .why = WHY_NO_ROOM, .a = G(16), .b = G(15) },

	/* Room = what is available + the blocks of our own file - keep-free of the whole. */
	{ "keep-free in percent", G(16), G(16), G(8), .keep_free = { .millionths = 100000 },
	  .fs_size = G(100), .fs_free = G(26), .file = G(16) },
	{ "keep-free in percent, a byte short", G(16), G(16), G(8),
	  .keep_free = { .millionths = 100000 }, .fs_size = G(100), .fs_free = G(26) - 1,
	  .file = G(15), .reduced = true },
	{ "keep-free as a size", G(16), G(16), G(8), .keep_free = { .bytes = G(2) },
	  .fs_size = G(100), .fs_free = G(18), .file = G(16) },
	{ "keep-free as a size, a byte short", G(16), G(16), G(8), .keep_free = { .bytes = G(2) },
	  .fs_size = G(100), .fs_free = G(18) - 1, .file = G(15), .reduced = true },
	{ "keep-free of more than there is", G(16), G(16), G(8),
	  .keep_free = { .millionths = 500000 }, .fs_size = G(100), .fs_free = G(20),
	  .why = WHY_NO_ROOM, .a = G(8), .b = 0 },
	{ "keep-free of everything", G(16), G(16), G(8), .keep_free = { .millionths = 1000000 },
	  .fs_size = G(100), .fs_free = G(100), .why = WHY_NO_ROOM, .a = G(8), .b = 0 },
	{ "keep-free beyond any filesystem", G(16), G(16), G(8),
	  .keep_free = { .bytes = INT64_MAX }, .fs_size = G(100), .fs_free = G(100),
	  .why = WHY_NO_ROOM, .a = G(8), .b = 0 },
	{ "keep-free counts our blocks as free", G(16), G(16), G(4),
	  .keep_free = { .millionths = 100000 }, .kind = FOUND_SWAP, .have = G(8),
	  .fs_size = G(100), .fs_free = G(18), .file = G(16) },
	{ "the blocks of a leftover count", G(16), G(16), G(8), .kind = FOUND_ZERO, .have = G(16),
	  .fs_free = 0, .file = G(16) },
	{ "those of a foreign file do not", G(16), G(16), G(8), .kind = FOUND_FOREIGN,
	  .have = G(16), .fs_free = G(4), .why = WHY_NO_ROOM, .a = G(8), .b = G(4) },
	{ "a leftover with holes has what it has", G(16), G(16), G(8), .kind = FOUND_ZERO,
	  .have = G(16), .allocated = G(2), .fs_free = G(8), .file = G(10), .reduced = true },

	/* Other active disk swap lowers recommendation and minimum; zram never does. */
	{ "a partition counts", G(16), G(16), G(8), .others = { { G(6), PARTITION } },
	  .fs_free = G(50), .file = G(10) },
	{ "another file counts", G(16), G(16), G(8), .others = { { G(6), FILE_ELSEWHERE } },
	  .fs_free = G(50), .file = G(10) },
	{ "zram does not", G(16), G(16), G(8), .others = { { G(6), ZRAM } }, .fs_free = G(50),
	  .file = G(16) },
	{ "nor does one whose file was deleted", G(16), G(16), G(8),
	  .others = { { G(6), DELETED } }, .fs_free = G(50), .file = G(16) },
	{ "all of them", G(16), G(16), G(8),
	  .others = { { G(2), PARTITION }, { G(3), ZRAM }, { G(4), FILE_ELSEWHERE } },
	  .fs_free = G(50), .file = G(10) },
	{ "our former file does not: it goes", G(16), G(16), G(8), .others = { { G(6), RETIRED } },
	  .fs_free = G(50), .file = G(16) },
	{ "the minimum is lowered as well", G(16), G(16), G(8), .others = { { G(6), PARTITION } },
	  .fs_free = G(2), .file = G(2), .reduced = true },
	{ "and no less than that", G(16), G(16), G(8), .others = { { G(6), PARTITION } },
	  .fs_free = G(2) - 1, .why = WHY_NO_ROOM, .a = G(2), .b = G(2) - 1 },
	{ "to at least 0", G(16), G(16), G(8), .others = { { G(12), PARTITION } }, .fs_free = M(64),
	  .file = M(64), .reduced = true },
	{ "a range is lowered at both ends", G(16), G(32), G(8), .others = { { G(6), PARTITION } },
	  .fs_free = G(50), .file = G(26) },
	{ "as much as recommended", G(16), G(16), G(8), .others = { { G(16), PARTITION } },
	  .fs_free = G(50) },
	{ "more than recommended", G(16), G(16), G(8), .others = { { G(99), PARTITION } },
	  .fs_free = G(50) },
	{ "within a range: nothing is missing", G(16), G(32), G(8),
	  .others = { { G(20), PARTITION } }, .fs_free = G(50) },
	{ "a page short of the recommendation", G(16), G(16), G(8),
	  .others = { { G(16) - PAGE, PARTITION } }, .fs_free = G(50) },
	{ "under 64 MiB missing is none", G(16), G(16), G(8),
	  .others = { { G(16) - M(64) + PAGE, PARTITION } }, .fs_free = G(50) },
	{ "64 MiB missing is some", G(16), G(16), G(8), .others = { { G(16) - M(64), PARTITION } },
	  .fs_free = G(50), .file = M(64) },
	{ "enough, and no room", G(16), G(16), G(8), .others = { { G(16), PARTITION } } },

	/* Ours within or above the recommendation is kept. */
	{ "as recommended", G(16), G(16), G(8), .kind = FOUND_SWAP, .have = G(16), .active = true,
	  .fs_free = G(50), .file = G(16) },
	{ "as recommended, no room", G(16), G(16), G(8), .kind = FOUND_SWAP, .have = G(16),
	  .active = true, .file = G(16) },
	{ "within the range", G(16), G(32), G(8), .kind = FOUND_SWAP, .have = G(20),
	  .fs_free = G(50), .file = G(20) },
	{ "within the range, larger: shrink", G(16), G(32), G(8), .larger = LARGER_SHRINK,
	  .kind = FOUND_SWAP, .have = G(20), .fs_free = G(50), .file = G(20) },
	{ "above", G(16), G(16), G(8), .kind = FOUND_SWAP, .have = G(20), .fs_free = G(50),
	  .file = G(20) },
	{ "above, no room, keep-free in vain", G(16), G(16), G(8),
	  .keep_free = { .millionths = 1000000 }, .fs_size = G(20), .kind = FOUND_SWAP,
	  .have = G(20), .file = G(20) },
	{ "above, larger: shrink", G(16), G(16), G(8), .larger = LARGER_SHRINK, .kind = FOUND_SWAP,
	  .have = G(20), .fs_free = G(50), .file = G(16) },
	{ "above a range, larger: shrink", G(16), G(32), G(8), .larger = LARGER_SHRINK,
	  .kind = FOUND_SWAP, .have = G(40), .fs_free = G(50), .file = G(32) },
	{ "above none", 0, 0, 0, .kind = FOUND_SWAP, .have = G(4), .fs_free = G(50), .file = G(4) },
	{ "above none, larger: shrink", 0, 0, 0, .larger = LARGER_SHRINK, .kind = FOUND_SWAP,
	  .have = G(4), .fs_free = G(50), .file = 0 },
	{ "above, for other swap", G(16), G(16), G(8), .kind = FOUND_SWAP, .have = G(16),
	  .active = true, .others = { { G(6), PARTITION } }, .fs_free = G(50), .file = G(16) },
	{ "above, for other swap, larger: shrink", G(16), G(16), G(8), .larger = LARGER_SHRINK,
	  .kind = FOUND_SWAP, .have = G(16), .active = true, .others = { { G(6), PARTITION } },
	  .fs_free = G(50), .file = G(10) },
	{ "other swap is enough, larger: shrink", G(16), G(16), G(8), .larger = LARGER_SHRINK,
	  .kind = FOUND_SWAP, .have = G(16), .active = true, .others = { { G(16), PARTITION } },
	  .fs_free = G(50), .file = 0 },
	{ "all but a page, larger: shrink", G(16), G(16), G(8), .larger = LARGER_SHRINK,
	  .kind = FOUND_SWAP, .have = G(16), .active = true,
	  .others = { { G(16) - PAGE, PARTITION } }, .fs_free = G(50), .file = 0 },
	{ "with other swap as recommended", G(16), G(16), G(8), .kind = FOUND_SWAP, .have = G(10),
	  .active = true, .others = { { G(6), PARTITION } }, .fs_free = G(50), .file = G(10) },
	{ "one that cannot be read counts by its size", G(16), G(16), G(8),
	  .kind = FOUND_UNREADABLE, .have = G(16), .file = G(16) },

	/* Between minimum and recommendation: grown if that fits, else kept, with a warning. */
	{ "between, it fits", G(16), G(16), G(8), .kind = FOUND_SWAP, .have = G(10),
	  .fs_free = G(6), .file = G(16) },
	{ "between, a byte short", G(16), G(16), G(8), .kind = FOUND_SWAP, .have = G(10),
	  .fs_free = G(6) - 1, .file = G(10), .reduced = true },
	{ "between, no room", G(16), G(16), G(8), .kind = FOUND_SWAP, .have = G(10), .file = G(10),
	  .reduced = true },
	{ "between, keep-free violated already", G(16), G(16), G(8),
	  .keep_free = { .bytes = G(50) }, .kind = FOUND_SWAP, .have = G(10), .fs_free = G(1),
	  .file = G(10), .reduced = true },
	{ "between, part of a range fits", G(16), G(32), G(8), .kind = FOUND_SWAP, .have = G(10),
	  .fs_free = G(10) + M(900), .file = G(20) },
	{ "the minimum exactly", G(16), G(16), G(8), .kind = FOUND_SWAP, .have = G(8), .file = G(8),
	  .reduced = true },
	{ "under 64 MiB missing is none here too", G(16), G(16), G(8), .kind = FOUND_SWAP,
	  .have = G(16) - M(64) + PAGE, .fs_free = G(50), .file = G(16) - M(64) + PAGE },
	{ "64 MiB missing is some here too", G(16), G(16), G(8), .kind = FOUND_SWAP,
	  .have = G(16) - M(64), .fs_free = G(50), .file = G(16) },
	{ "under 64 MiB below the minimum", G(16), G(16), G(8), .kind = FOUND_SWAP,
	  .have = G(8) - M(64) + PAGE, .fs_free = G(1), .file = G(8) - M(64) + PAGE,
	  .reduced = true },

	/* Below the minimum: as if absent. */
	{ "below, it fits", G(16), G(16), G(8), .kind = FOUND_SWAP, .have = G(4), .fs_free = G(12),
	  .file = G(16) },
	{ "below, reduced", G(16), G(16), G(8), .kind = FOUND_SWAP, .have = G(4),
	  .fs_free = G(12) - 1, .file = G(15), .reduced = true },
	{ "below, to the minimum", G(16), G(16), G(8), .kind = FOUND_SWAP, .have = G(4),
	  .fs_free = G(4), .file = G(8), .reduced = true },
	{ "below, blocked", G(16), G(16), G(8), .kind = FOUND_SWAP, .have = G(4),
	  .fs_free = G(4) - 1, .why = WHY_NO_ROOM, .a = G(8), .b = G(8) - 1 },
	{ "64 MiB below the minimum is below", G(16), G(16), G(8), .kind = FOUND_SWAP,
	  .have = G(8) - M(64), .why = WHY_NO_ROOM, .a = G(8), .b = G(8) - M(64) },

	/* With holes it is made anew, and has to fit. */
	{ "holes, it fits", G(16), G(16), G(8), .kind = FOUND_SWAP, .have = G(16),
	  .allocated = PAGE, .fs_free = G(16), .file = G(16) },
	{ "holes, reduced", G(16), G(16), G(8), .kind = FOUND_SWAP, .have = G(16),
	  .allocated = PAGE, .fs_free = G(10), .file = G(10), .reduced = true },
	{ "holes, blocked", G(16), G(16), G(8), .kind = FOUND_SWAP, .have = G(16),
	  .allocated = PAGE, .fs_free = G(7), .why = WHY_NO_ROOM, .a = G(8), .b = G(7) + PAGE },
	{ "holes, larger, and it fits", G(16), G(16), G(8), .kind = FOUND_SWAP, .have = G(20),
	  .allocated = PAGE, .fs_free = G(50), .file = G(20) },
	{ "holes, larger, and it does not fit", G(16), G(16), G(8), .kind = FOUND_SWAP,
	  .have = G(20), .allocated = PAGE, .fs_free = G(18), .file = G(16) },

	/* What a snapshot has, too, is made anew, and frees nothing. */
	{ "a snapshot, it fits", G(16), G(16), G(8), .kind = FOUND_SWAP, .have = G(16),
	  .shared = G(16), .fs_free = G(16), .file = G(16) },
	{ "a snapshot of some of it", G(16), G(16), G(8), .kind = FOUND_SWAP, .have = G(16),
	  .shared = G(1), .fs_free = G(1), .file = G(16) },
	{ "a snapshot, reduced", G(16), G(16), G(8), .kind = FOUND_SWAP, .have = G(16),
	  .shared = G(16), .fs_free = G(10), .file = G(10), .reduced = true },
	{ "a snapshot, blocked", G(16), G(16), G(8), .kind = FOUND_SWAP, .have = G(16),
	  .shared = G(16), .fs_free = G(7), .why = WHY_NO_ROOM, .a = G(8), .b = G(7) },

	/* No row. */
	{ "no row", .no_row = true, .fs_free = G(50), .why = WHY_NO_ROW, .a = G(32) },
	{ "no row, and a swapfile", .no_row = true, .kind = FOUND_SWAP, .have = G(8),
	  .fs_free = G(50), .why = WHY_NO_ROW, .a = G(32) },

	/* --size: exactly this size, other swap not counted, grows and shrinks. */
	{ "--size, absent", G(4), G(4), G(4), .exact = true, .fs_free = G(10), .file = G(4) },
	{ "--size, just fits", G(4), G(4), G(4), .exact = true, .fs_free = G(4), .file = G(4) },
	{ "--size, a byte short", G(4), G(4), G(4), .exact = true, .fs_free = G(4) - 1,
	  .why = WHY_NO_ROOM, .a = G(4), .b = G(4) - 1 },
	{ "--size, keep-free", G(4), G(4), G(4), .exact = true, .keep_free = { .bytes = G(7) },
	  .fs_free = G(10), .why = WHY_NO_ROOM, .a = G(4), .b = G(3) },
	{ "--size, other swap", G(4), G(4), G(4), .exact = true, .others = { { G(99), PARTITION } },
	  .fs_free = G(10), .file = G(4) },
	{ "--size, grows", G(4), G(4), G(4), .exact = true, .kind = FOUND_SWAP, .have = G(2),
	  .fs_free = G(2), .file = G(4) },
	{ "--size, grows by less than 64 MiB", G(4), G(4), G(4), .exact = true, .kind = FOUND_SWAP,
	  .have = G(4) - PAGE, .fs_free = G(2), .file = G(4) },
	{ "--size, cannot grow", G(4), G(4), G(4), .exact = true, .kind = FOUND_SWAP, .have = G(2),
	  .fs_free = G(2) - 1, .why = WHY_NO_ROOM, .a = G(4), .b = G(4) - 1 },
	{ "--size, shrinks", G(4), G(4), G(4), .exact = true, .kind = FOUND_SWAP, .have = G(8),
	  .file = G(4) },
	{ "--size, shrinks below keep-free", G(4), G(4), G(4), .exact = true,
	  .keep_free = { .bytes = G(50) }, .kind = FOUND_SWAP, .have = G(8), .file = G(4) },
	{ "--size, right, no room", G(4), G(4), G(4), .exact = true,
	  .keep_free = { .bytes = G(50) }, .kind = FOUND_SWAP, .have = G(4), .file = G(4) },
	{ "--size, right but for holes, no room", G(4), G(4), G(4), .exact = true,
	  .kind = FOUND_SWAP, .have = G(4), .allocated = PAGE, .fs_free = G(1), .why = WHY_NO_ROOM,
	  .a = G(4), .b = G(1) + PAGE },
	{ "--size, a leftover with holes, no room", G(4), G(4), G(4), .exact = true,
	  .kind = FOUND_ZERO, .have = G(4), .allocated = PAGE, .fs_free = G(1), .why = WHY_NO_ROOM,
	  .a = G(4), .b = G(1) + PAGE },
	{ "--size 0", .exact = true, .kind = FOUND_SWAP, .have = G(4), .fs_free = G(1), .file = 0 },
	{ "--size 0, absent", .exact = true, .fs_free = G(1), .file = 0 },

	/* A swapfile has ten pages. */
	{ "--size of nine pages", 9 * PAGE, 9 * PAGE, 9 * PAGE, .exact = true, .fs_free = G(1),
	  .why = WHY_TOO_TINY, .a = 10 * PAGE },
	{ "--size of a page, and a swapfile", PAGE, PAGE, PAGE, .exact = true, .kind = FOUND_SWAP,
	  .have = G(4), .fs_free = G(1), .why = WHY_TOO_TINY, .a = 10 * PAGE },
	{ "--size of ten pages", 10 * PAGE, 10 * PAGE, 10 * PAGE, .exact = true, .fs_free = G(1),
	  .file = 10 * PAGE },
	{ "a row of nine pages", 9 * PAGE, 9 * PAGE, 0, .fs_free = G(1), .why = WHY_TOO_TINY,
	  .a = 10 * PAGE },
	{ "nine pages of 64 KiB", KIB(576), KIB(576), KIB(576), .exact = true, .fs_free = G(1),
	  .page = KIB(64), .why = WHY_TOO_TINY, .a = KIB(640) },
	{ "ten pages of 64 KiB", KIB(640), KIB(640), 0, .fs_free = G(1), .page = KIB(64),
	  .file = KIB(640) },
};

static void test_table(void **state)
{
	static struct machine m;

	(void)state;
	assert_in_range(ARRAY_SIZE(table), 60, 1000);
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		const struct size_case *c = &table[i];
		struct why why = { WHY_NONE };
		struct sizing s = { 0 };
		int r;

		machine_of(c, &m);
		r = plan_size(&m.target, &m.facts, &s, &why);
		if (r != (c->why == WHY_NONE ? 0 : -ENOSPC) || why.code != c->why)
			fail_msg("%s: %d, why %d", c->what, r, (int)why.code);
		if (r < 0 && (why.a != c->a || why.b != c->b))
			fail_msg("%s: a %llu, b %llu", c->what, (unsigned long long)why.a,
				 (unsigned long long)why.b);
		if (r < 0)
			continue;
		if (s.file_bytes != c->file || s.reduced != c->reduced)
			fail_msg("%s: %llu MiB%s", c->what, (unsigned long long)s.file_bytes >> 20,
				 s.reduced ? ", reduced" : "");
	}
}

/* From the words on: what is too small for a swapfile is refused, and never taken for none. */
static void test_size_asked_for(void **state)
{
	static const struct {
		uint64_t bytes, file;
	} sizes[] = {
		{ 0, 0 },
		{ 1, UINT64_MAX },
		{ PAGE - 1, UINT64_MAX },
		{ PAGE, UINT64_MAX },
		{ 9 * PAGE, UINT64_MAX },
		{ 10 * PAGE - 1, UINT64_MAX },
		{ 10 * PAGE, 10 * PAGE },
		{ 11 * PAGE - 1, 10 * PAGE },
	};
	static struct machine m;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		const struct size_case c = { .exact = true, .fs_free = G(1) };
		const struct target_wish wish = { .has_size = true, .size_bytes = sizes[i].bytes };
		struct why why = { WHY_NONE };
		struct sizing s = { 0 };
		int r;

		machine_of(&c, &m);
		assert_int_equal(target_make(&m.profile, &wish, G(32), PAGE, &m.target), 0);
		r = plan_size(&m.target, &m.facts, &s, &why);
		if (sizes[i].file == UINT64_MAX) {
			assert_int_equal(r, -ENOSPC);
			assert_int_equal(why.code, WHY_TOO_TINY);
			assert_int_equal(why.a, 10 * PAGE);
		} else {
			assert_int_equal(r, 0);
			assert_int_equal(s.file_bytes, sizes[i].file);
		}
		target_done(&m.target);
	}
}

/* --- metadata --- */

/* The room is never more than what was made in fact, and little less. */
static void test_metadata(void **state)
{
	static const struct {
		const char *type;
		uint64_t block, available_kib, most_kib; /* f_bavail; the largest file */
	} measured[] = {
		{ "ext4", 1024, 273513, 273512 },       { "ext4", 1024, 20496447, 20496428 },
		{ "ext4", 4096, 980372, 980368 },       { "ext4", 4096, 308505380, 308505340 },
		{ "ext4", 4096, 312025472, 312024896 }, /* bigalloc */
		{ "xfs", 4096, 224348, 224332 },        { "xfs", 4096, 312193984, 312193964 },
		{ "xfs", 1024, 226979, 226972 },        { "xfs", 1024, 306084128, 306084116 },
		{ "ext2", 1024, 285809, 284688 },       { "ext3", 1024, 277584, 276496 },
		{ "ext2", 1024, 1029050, 1025028 },     { "ext2", 4096, 1030804, 1029792 },
		{ "ext2", 0, 285809, 284688 },
	};
	static struct machine m;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(measured); i++) {
		const struct size_case c = { .low = M(64),
					     .exact = true,
					     .fs_free = KIB(measured[i].available_kib) };
		struct sizing s = { 0 };
		struct why why;

		machine_of(&c, &m);
		strcpy(m.facts.file.fs_type, measured[i].type);
		m.facts.file.fs_block_bytes = measured[i].block;
		assert_int_equal(plan_size(&m.target, &m.facts, &s, &why), 0);
		assert_in_range(s.room_bytes, KIB(measured[i].most_kib) / 1000 * 995,
				KIB(measured[i].most_kib));
	}
}

static void test_metadata_leaves_nothing(void **state)
{
	static const struct size_case c = { .low = M(64), .exact = true, .fs_free = KIB(40) };
	static struct machine m;
	struct sizing s = { 0 };
	struct why why;

	(void)state;
	machine_of(&c, &m);
	strcpy(m.facts.file.fs_type, "ext4");
	assert_int_equal(plan_size(&m.target, &m.facts, &s, &why), -ENOSPC);
	assert_int_equal(why.code, WHY_NO_ROOM);
	assert_int_equal(why.b, 0);
}

/* --- by brute force --- */

/* The machine after the plan was carried out. */
static struct size_case applied(const struct size_case *c, uint64_t file)
{
	struct size_case next = *c;
	uint64_t own = c->kind == FOUND_SWAP || c->kind == FOUND_ZERO ? allocated_of(c) : 0;

	next.kind = file ? FOUND_SWAP : FOUND_NOTHING;
	next.have = file;
	next.allocated = 0;
	next.active = file > 0;
	next.fs_free = c->fs_free + own - file;
	return next;
}

static void describe(const struct size_case *c, uint64_t first, uint64_t second)
{
	fail_msg("%llu..%llu, at least %llu, kind %d, have %llu (%llu), other %llu, free %llu, "
		 "larger %d, exact %d: %llu, then %llu MiB",
		 (unsigned long long)c->low >> 20, (unsigned long long)c->high >> 20,
		 (unsigned long long)c->minimum >> 20, (int)c->kind,
		 (unsigned long long)c->have >> 20, (unsigned long long)allocated_of(c) >> 20,
		 (unsigned long long)c->others[0].bytes >> 20, (unsigned long long)c->fs_free >> 20,
		 (int)c->larger, c->exact, (unsigned long long)first >> 20,
		 (unsigned long long)second >> 20);
}

/* Returns the size, or UINT64_MAX where it is refused. */
static uint64_t check(struct machine *m, const struct size_case *c)
{
	struct size_case next;
	struct sizing s, t;
	struct why why;

	machine_of(c, m);
	if (plan_size(&m->target, &m->facts, &s, &why) < 0) {
		assert_true(why.code == WHY_NO_ROOM || why.code == WHY_TOO_TINY);
		return UINT64_MAX;
	}
	/* It fits, or it is there. */
	if (s.file_bytes > s.room_bytes &&
	    (c->kind != FOUND_SWAP || s.file_bytes > c->have || plan_is_unusable(&m->facts.file)))
		describe(c, s.file_bytes, s.room_bytes);
	/* Unless told to, nothing that works is made smaller. */
	if (!c->exact && c->larger == LARGER_KEEP && c->kind == FOUND_SWAP && !c->allocated &&
	    s.file_bytes < c->have)
		describe(c, s.file_bytes, 0);
	/* It reaches the minimum, with what other swap there is. */
	if (!c->exact && s.file_bytes + c->others[0].bytes + M(64) <= c->minimum)
		describe(c, s.file_bytes, 0);
	if (s.file_bytes != c->have && s.file_bytes % PAGE)
		describe(c, s.file_bytes, 0);
	/* A plan after a plan changes nothing. */
	next = applied(c, s.file_bytes);
	machine_of(&next, m);
	if (plan_size(&m->target, &m->facts, &t, &why) < 0 || t.file_bytes != s.file_bytes)
		describe(c, s.file_bytes, t.file_bytes);
	return s.file_bytes;
}

static void test_plan_after_plan(void **state)
{
	static const struct {
		uint64_t low, high, minimum;
	} rows[] = {
		{ 0, 0, 0 },
		{ M(32), M(32), 0 },
		{ M(512), M(512), M(256) },
		{ M(700), M(700), M(333) },
		{ G(2), G(2), 0 },
		{ G(2), G(2), G(2) },
		{ G(8), G(8), G(4) },
		{ G(4), G(8), G(2) },
		{ G(4), G(8), G(4) },
		{ M(4500), M(8100), M(1700) },
		{ 0, G(8), 0 },
		{ M(100), G(8), M(50) },
	};
	static const uint64_t haves[] = {
		0,        M(16), M(40),   M(256),         M(450),       M(700) - 1,
		M(1000),  G(2),  M(3500), M(4096) - PAGE, G(4),         M(4500),
		G(6) + 1, G(8),  M(8100), G(9),           G(20) + 12345
	};
	static const uint64_t others[] = { 0,    PAGE,         M(63), M(650),      G(2) - PAGE,
					   G(2), M(4096 - 64), G(5),  G(8) - PAGE, G(8) };
	static struct machine m;
	unsigned long runs = 0;

	(void)state;
	for (size_t row = 0; row < ARRAY_SIZE(rows); row++)
		for (size_t have = 0; have < ARRAY_SIZE(haves); have++)
			for (size_t other = 0; other < ARRAY_SIZE(others); other++)
				for (unsigned bits = 0; bits < 16; bits++) {
					struct size_case c = {
						NULL,
						rows[row].low,
						rows[row].high,
						rows[row].minimum,
						.larger = bits & 1 ? LARGER_SHRINK : LARGER_KEEP,
						.exact = bits & 2,
						.kind = !haves[have] ? FOUND_NOTHING
							: bits & 4   ? FOUND_ZERO
								     : FOUND_SWAP,
						.have = haves[have],
						.allocated = bits & 8 ? PAGE : 0,
						.others = { { others[other], PARTITION } },
					};
					uint64_t last = 0;

					if (c.exact)
						c.low = c.minimum = c.high;
					for (c.fs_free = 0; c.fs_free < G(10);
					     c.fs_free += M(367) + 4321) {
						uint64_t file = check(&m, &c);

						runs++;
						if (file == UINT64_MAX)
							continue;
						/* With more room there is no less swap. */
						if (file < last)
							describe(&c, last, file);
						last = file;
					}
				}
	assert_in_range(runs, 500000, 5000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_size_asked_for),
		cmocka_unit_test(test_metadata),
		cmocka_unit_test(test_metadata_leaves_nothing),
		cmocka_unit_test(test_plan_after_plan),
	};

	return cmocka_run_group_tests_name("plan-size", tests, NULL, NULL);
}
