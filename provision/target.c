/* SPDX-License-Identifier: MIT */
/*
 * Profile, RAM and wishes in, wanted state out. Pure; must not know what the machine has now.
 */
#include "target.h"

#define DEFAULT_FILE "/swapfile"

static void sizes_set(struct target *t, const struct target_wish *wish)
{
	const struct profile_row *row;

	if (wish->has_size) {
		t->exact = true;
		/* Less than a page is too small a swapfile, not none. */
		t->low_bytes = round_down(wish->size_bytes, t->page_bytes);
		if (wish->size_bytes > 0 && t->low_bytes == 0)
			t->low_bytes = t->page_bytes;
		t->high_bytes = t->minimum_bytes = t->low_bytes;
		return;
	}
	row = t->manage_swap ? profile_row_for(t->profile, t->ram_bytes) : NULL;
	if (!row)
		return;
	t->row = row;
	t->low_bytes = round_down(amount_bytes(row->low, t->ram_bytes), t->page_bytes);
	t->high_bytes = round_down(amount_bytes(row->high, t->ram_bytes), t->page_bytes);
	t->minimum_bytes = round_down(amount_bytes(row->minimum, t->ram_bytes), t->page_bytes);
}

int target_make(const struct profile *profile, const struct target_wish *wish,
		uint64_t memtotal_bytes, size_t page_bytes, struct target *ret)
{
	struct target t = {
		.profile = profile,
		.memtotal_bytes = memtotal_bytes,
		.ram_bytes = size_round_ram(memtotal_bytes),
		.page_bytes = page_bytes,
		.manage_swap = profile->has_swap || wish->has_size,
	};

	sizes_set(&t, wish);
	t.swapfile = wish->file ? wish->file : profile->file ? profile->file : DEFAULT_FILE;
	t.fstab = (struct fstab_want){
		.path = t.swapfile,
		.options = (const char *const *)profile->options,
		.n_options = profile->n_options,
		.priority = profile->priority,
		.discard = profile->discard,
	};
	if (profile->has_sysctl && profile->n_sysctl > 0) {
		t.dropin = sysctl_render(profile->sysctl, profile->n_sysctl, profile->name);
		if (!t.dropin)
			return -ENOMEM;
	}
	*ret = t;
	return 0;
}

void target_done(struct target *target)
{
	free(target->dropin);
	*target = (struct target){ 0 };
}
