/* SPDX-License-Identifier: MIT */
/*
 * What the texts of others say about swap at boot: the kernel command line, dphys-swapfile's and
 * the kubelet's configuration, and the name systemd gives the swapfile. Pure: text in, values out.
 */
#pragma once

#include "util.h"

#define BOOT_UNIT_MAX 256 /* systemd's UNIT_NAME_MAX, with the final NUL */
#define BOOT_WORD_MAX (BOOT_UNIT_MAX + 16)
#define BOOT_PATH_MAX 4096

/*
 * The name of the unit systemd has for a path, as `systemd-escape --path --suffix=swap` gives it,
 * the suffix being ".swap" or ".mount". False, and "": it would be too long (systemd 251 and later
 * then take a hash).
 */
bool boot_unit_name(const char *path, const char *suffix, char ret[static BOOT_UNIT_MAX]);

/* The words of the kernel command line by which systemd leaves the swapfile off; "": none does. */
enum boot_switch {
	BOOT_SWITCH_SWAP,        /* systemd.swap=no */
	BOOT_SWITCH_FSTAB,       /* fstab=no */
	BOOT_SWITCH_MASK_UNIT,   /* systemd.mask=UNIT */
	BOOT_SWITCH_MASK_TARGET, /* systemd.mask=swap.target */
	BOOT_SWITCH_N,
};

struct boot_switches {
	char words[BOOT_SWITCH_N][BOOT_WORD_MAX];
};

/* Words that begin with "rd." are for the initrd alone. unit may be ""; cmdline may be NULL. */
void boot_switches_parse(const char *cmdline, const char *unit, struct boot_switches *ret);

/*
 * resume= and resume_offset= of the kernel command line: the device, as it stands there ("" none),
 * and the first block of a swapfile in pages; 0: none, or switched off (noresume). cmdline may be
 * NULL.
 */
struct boot_resume {
	char device[BOOT_WORD_MAX];
	uint64_t offset_pages;
};

void boot_resume_parse(const char *cmdline, struct boot_resume *ret);

/*
 * CONF_SWAPFILE of /etc/dphys-swapfile, a piece of shell; NULL: there is no such file. Each line
 * that begins with an assignment counts, as if none stood under a condition. False, and "": it is
 * computed, so that no reader can tell.
 */
bool boot_dphys_path(const char *text, char ret[static BOOT_PATH_MAX]);

/*
 * Whether a KubeletConfiguration (YAML or JSON) has failSwapOn: false. What is more than plain YAML
 * has not. -ENOMEM.
 */
int boot_kubelet_config(const char *text, size_t len, bool *ret_tolerates) must_check;

/*
 * The last --fail-swap-on in an environment file or unit: *ret_tolerates is set by it, and stays
 * where there is none.
 */
void boot_kubelet_flags(const char *text, bool *ret_tolerates);
