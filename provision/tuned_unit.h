/* SPDX-License-Identifier: MIT */
/*
 * What the profiles of tuned, merged, say of each unit: the sections of one name, of all of them.
 * For tuned_*.c only.
 */
#pragma once

#include "tuned_text.h"

/* Where a unit comes in the order in which tuned applies them. */
struct tuned_place {
	long priority;
	size_t text; /* the first that has it */
	unsigned line;
};

struct tuned_unit {
	struct tuned_piece name;
	bool is_sysctl, is_vm, enabled; /* as the last profile that has it says */
	bool conditional;               /* uname_regex, cpuinfo_regex */
	size_t first;                   /* what earlier profiles say was dropped by `replace` */
	struct tuned_place place;

	/* While it is being read: */
	bool found, ranked, replace; /* is in any profile; has a priority */
	size_t which;                /* the profile that had it last */
	bool was_conditional, was_ranked;
	long was_priority;
};

/* An option of a unit, or one that it drops, and the last profile that says so. */
struct tuned_mention {
	size_t unit, which;
	struct tuned_piece key;
};

struct tuned_mentions {
	struct tuned_mention *items;
	size_t n, room;
};

struct tuned_units {
	struct tuned_unit *items; /* by name */
	size_t n;
	struct tuned_mentions options, drops;
};

/*
 * The texts are those of all profiles in the order of merging; NULL: one that cannot be read. The
 * units borrow from them. -ENOMEM.
 */
int tuned_units_read(const char *const *texts, size_t n, struct tuned_units *ret) must_check;
void tuned_units_done(struct tuned_units *units);

/* The unit of a section of one of the texts. */
const struct tuned_unit *tuned_units_find(const struct tuned_units *units,
					  struct tuned_piece section);

/* Whether the profile `which` says so in vain: a later one takes the key out of the unit. */
bool tuned_unit_drops(const struct tuned_units *units, const struct tuned_unit *unit, size_t which,
		      struct tuned_piece key);

/* Whether the unit has the option when all is merged. */
bool tuned_unit_has(const struct tuned_units *units, const struct tuned_unit *unit,
		    const char *option);
