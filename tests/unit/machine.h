/* SPDX-License-Identifier: MIT */
/*
 * A machine as facts and a target would describe it, for tests to change in one place at a time: 32
 * GiB of RAM, a disk with room, systemd, root. Nothing of it is read from anywhere.
 */
#pragma once

#include "plan_parts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define MACHINE_LINE  "/swapfile none swap sw,nofail 0 0"
#define MACHINE_FSTAB "/dev/vda1 / ext4 defaults 0 1\n"

struct machine {
	struct profile profile;
	struct profile_row row;
	struct target target;
	struct facts facts;
	struct swap_area swaps[24];
	struct found others[2];
	struct fstab_entry entries[4];
	struct sysctl_file files[4];
	struct sysctl_origin origins[4];
	char real_paths[4][64];
	char *options[1];
	char name[16], dropin[64], fstab[512], dropin_now[256];
};

static inline void machine_fstab(struct machine *m, const char *text)
{
	(void)snprintf(m->fstab, sizeof(m->fstab), "%s", text);
	m->facts.fstab = (struct etc_file){ .text = m->fstab, .len = strlen(m->fstab) };
}

static inline void machine_dropin(struct machine *m, const char *text)
{
	(void)snprintf(m->dropin_now, sizeof(m->dropin_now), "%s", text);
	m->facts.dropin = (struct etc_file){ .text = m->dropin_now, .len = strlen(m->dropin_now) };
	m->files[m->facts.tree.n_files++] = (struct sysctl_file){
		.path = SYSCTL_DROPIN,
		.text = m->dropin_now,
		.len = strlen(m->dropin_now),
	};
}

static inline void machine_source(struct machine *m, const char *path, const char *text)
{
	const size_t n = m->facts.tree.n_files;

	(void)snprintf(m->real_paths[n], sizeof(m->real_paths[n]), "%s", path);
	m->origins[n] = (struct sysctl_origin){ .real_path = m->real_paths[n],
						.in_etc = has_prefix(path, "/etc/") };
	m->facts.tree.n_files++;
	m->files[n] = (struct sysctl_file){
		.path = path,
		.state = text ? SYSCTL_FILE_TEXT : SYSCTL_FILE_UNREADABLE,
		.text = text ? text : "",
		.len = text ? strlen(text) : 0,
	};
}

static inline struct swap_area *machine_swap(struct machine *m, const char *path, uint64_t bytes,
					     uint64_t used)
{
	struct swap_area *area = &m->swaps[m->facts.n_swaps++];

	*area = (struct swap_area){
		.line = { .size_bytes = bytes, .used_bytes = used, .priority = -2 },
		.is_zram = has_prefix(path, "/dev/zram"),
	};
	(void)snprintf(area->line.path, sizeof(area->line.path), "%s", path);
	return area;
}

/* A machine on which memprov never ran. */
static inline void machine_fresh(struct machine *m)
{
	static const struct sysctl_setting settings[] = {
		{ SYSCTL_OVERCOMMIT_MEMORY, 0 },
		{ SYSCTL_SWAPPINESS, 10 },
		{ SYSCTL_VFS_CACHE_PRESSURE, 50 },
	};

	memset(m, 0, sizeof(*m));
	m->options[0] = m->name;
	strcpy(m->name, "nofail");
	m->profile = (struct profile){
		.has_swap = true,
		.has_sysctl = true,
		.priority = -1,
		.filesystems = (1U << FS_N) - 1,
		.options = m->options,
		.n_options = 1,
		.n_sysctl = ARRAY_SIZE(settings),
	};
	memcpy(m->profile.sysctl, settings, sizeof(settings));
	strcpy(m->dropin, "vm.swappiness = 10\nvm.vfs_cache_pressure = 50\n");
	m->target = (struct target){
		.profile = &m->profile,
		.page_bytes = KIB(4),
		.memtotal_bytes = GIB(31),
		.ram_bytes = GIB(32),
		.manage_swap = true,
		.row = &m->row,
		.low_bytes = GIB(16),
		.high_bytes = GIB(16),
		.minimum_bytes = GIB(8),
		.swapfile = "/swapfile",
		.dropin = m->dropin,
		.fstab = { .path = "/swapfile",
			   .options = (const char *const *)m->options,
			   .n_options = 1,
			   .priority = -1 },
	};
	m->facts = (struct facts){
		.is_system = true,
		.privileged = true,
		.systemd = true,
		.units_known = true,
		.page_bytes = KIB(4),
		.memtotal_bytes = GIB(31),
		.ram_bytes = GIB(32),
		.available_bytes = GIB(28),
		.swap_cached_bytes = 0,
		.committed_bytes = GIB(2),
		.limit_bytes = GIB(15),
		.hugetlb_bytes = 0,
		.swaps_known = true,
		.swaps = m->swaps,
		.others = m->others,
		.fstab_table = { .entries = m->entries },
		.dropin = { .error = -ENOENT },
		.tree = { .files = m->files },
		.origins = m->origins,
	};
	for (size_t key = 0; key < SYSCTL_N; key++)
		m->facts.sysctl_now[key] = sysctl_keys[key].kernel_default == SYSCTL_NO_DEFAULT
			? 0
			: sysctl_keys[key].kernel_default;
	machine_fstab(m, MACHINE_FSTAB);
	strcpy(m->facts.file.path, "/swapfile");
	strcpy(m->facts.file.fs_type, "ext4");
	m->facts.file.fs_size_bytes = GIB(500);
	m->facts.file.fs_free_bytes = GIB(400);
}

/* A swapfile of ours as it should be, inactive. */
static inline void machine_file(struct found *found, const char *path, uint64_t bytes)
{
	*found = (struct found){
		.kind = FOUND_SWAP,
		.size_bytes = bytes,
		.allocated_bytes = bytes,
		.mode = 0600,
		.links = 1,
		.dev = 1,
		.ino = 11,
		.ours = OURS_YES,
		.header = { .kind = SWAPHEADER_SWAP,
			    .page_bytes = KIB(4),
			    .last_page = (uint32_t)(bytes / KIB(4) - 1),
			    .label = SWAPHEADER_LABEL },
		.fs_type = "ext4",
		.fs_size_bytes = GIB(500),
		.fs_free_bytes = GIB(400),
	};
	(void)snprintf(found->path, sizeof(found->path), "%s", path);
}

static inline void machine_activate(struct machine *m, struct found *found, uint64_t used)
{
	struct swap_area *area = machine_swap(m, found->path, found->size_bytes - KIB(4), used);

	area->line.is_file = true;
	area->ours = OURS_YES;
	area->dev = found->dev;
	area->ino = found->ino;
	found->active = true;
	found->priority = -2;
	found->used_bytes = used;
	found->area_bytes = area->line.size_bytes;
}

/* A machine on which apply has been. */
static inline void machine_provisioned(struct machine *m)
{
	machine_fresh(m);
	machine_file(&m->facts.file, "/swapfile", GIB(16));
	machine_activate(m, &m->facts.file, 0);
	machine_fstab(m, MACHINE_FSTAB MACHINE_LINE "\n");
	machine_dropin(m, m->dropin);
	m->facts.sysctl_now[SYSCTL_SWAPPINESS] = 10;
	m->facts.sysctl_now[SYSCTL_VFS_CACHE_PRESSURE] = 50;
	m->facts.limit_bytes = GIB(31);
}

/* --- looking at a plan --- */

static inline void cleanup_plan(struct plan *plan)
{
	plan_done(plan);
}

static inline struct plan machine_plan(const struct machine *m, bool force)
{
	const struct plan_wish wish = { .force_overcommit = force };
	struct plan plan;
	struct err err;

	assert_int_equal(plan_apply(&m->target, &m->facts, &wish, &plan, &err), 0);
	return plan;
}

/* The only step of that kind, or about that key; NULL: there is none. */
static inline const struct step *step_of(const struct plan *plan, enum step_kind kind,
					 enum sysctl_key key)
{
	const struct step *step = NULL;

	for (size_t i = 0; i < plan->n; i++) {
		if (plan->steps[i].kind != kind || (key != SYSCTL_N && plan->steps[i].key != key))
			continue;
		assert_null(step);
		step = &plan->steps[i];
	}
	return step;
}

static inline const struct step *machine_step(const struct plan *plan, enum step_kind kind)
{
	const struct step *step = step_of(plan, kind, SYSCTL_N);

	assert_non_null(step);
	return step;
}

static inline size_t warnings_of(const struct plan *plan, enum why_code code)
{
	size_t n = 0;

	for (size_t i = 0; i < plan->n_warnings; i++)
		n += plan->warnings[i].code == code;
	return n;
}

static inline const struct why *warning_of(const struct plan *plan, enum why_code code)
{
	assert_int_equal(warnings_of(plan, code), 1);
	for (size_t i = 0; i < plan->n_warnings; i++)
		if (plan->warnings[i].code == code)
			return &plan->warnings[i];
	return NULL;
}

struct expected {
	enum step_kind kind;
	enum step_state state;
	enum why_code why;
	const char *target;
};

static inline void check_steps(const struct plan *plan, const struct expected *want, size_t n)
{
	for (size_t i = 0; i < plan->n && i < n; i++) {
		const struct step *step = &plan->steps[i];

		if (step->kind != want[i].kind || step->state != want[i].state ||
		    step->why.code != want[i].why || !streq(step->target, want[i].target))
			fail_msg("step %zu: kind %d (%s), state %d, why %d", i, (int)step->kind,
				 step->target, (int)step->state, (int)step->why.code);
	}
	assert_int_equal(plan->n, n);
}
