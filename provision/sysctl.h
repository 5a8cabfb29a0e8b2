/* SPDX-License-Identifier: MIT */
/*
 * The vm.* keys a profile may set, the drop-in's text, and which file decides a key at the next
 * boot. Pure: the files come as text.
 */
#pragma once

#include "util.h"

#define SYSCTL_DROPIN "/etc/sysctl.d/99-zz-memprov.conf"

enum sysctl_key {
	SYSCTL_SWAPPINESS,
	SYSCTL_VFS_CACHE_PRESSURE,
	SYSCTL_OVERCOMMIT_MEMORY,
	SYSCTL_OVERCOMMIT_RATIO,
	SYSCTL_OVERCOMMIT_KBYTES,
	SYSCTL_PAGE_CLUSTER,
	SYSCTL_MAX_MAP_COUNT,
	SYSCTL_MIN_FREE_KBYTES,
	SYSCTL_WATERMARK_SCALE_FACTOR,
	SYSCTL_DIRTY_RATIO,
	SYSCTL_DIRTY_BYTES,
	SYSCTL_DIRTY_BACKGROUND_RATIO,
	SYSCTL_DIRTY_BACKGROUND_BYTES,
	SYSCTL_N,
};

#define SYSCTL_NO_DEFAULT UINT64_MAX /* the kernel computes it from RAM, or from its pair */

struct sysctl_key_info {
	const char *name;        /* "vm.swappiness" */
	uint64_t min, max;       /* what a profile may say */
	uint64_t kernel_default; /* or SYSCTL_NO_DEFAULT */
	enum sysctl_key pair;    /* writing one zeroes the other; SYSCTL_N: none */
};

extern const struct sysctl_key_info sysctl_keys[SYSCTL_N];

/* One setting a profile asks for. */
struct sysctl_setting {
	enum sysctl_key key;
	uint64_t value;
};

/* The key of that name ("vm.swappiness"), or SYSCTL_N. */
enum sysctl_key sysctl_key_find(const char *name);

/* Strict decimal: digits, no sign, no leading zero, no blanks; false where it is not. */
bool sysctl_value_parse(const char *text, uint64_t *ret);

/*
 * The drop-in for these settings, sorted by name, with a header that names profile and version.
 * Returns malloced text, or NULL without memory.
 */
char *sysctl_render(const struct sysctl_setting *settings, size_t n, const char *profile_name);

/* A drop-in without the lines that set the key; malloced, or NULL without memory. */
char *sysctl_without(const char *dropin, enum sysctl_key key) must_check;

/*
 * Equal but for the line that names version and profile: a newer memprov, or a profile under
 * another name, is no reason to write a file anew.
 */
bool sysctl_dropin_same(const char *a, const char *b);

/*
 * The managed keys that a drop-in's text sets, each once, with the last value the kernel would
 * take. Returns how many there are.
 */
size_t sysctl_dropin_keys(const char *text, struct sysctl_setting out[static SYSCTL_N]);

/* --- what the next boot sets --- */

/* Who applies the files at boot: systemd-sysctl, or procps' `sysctl --system`. */
enum sysctl_rules {
	SYSCTL_RULES_SYSTEMD,
	SYSCTL_RULES_PROCPS,
	SYSCTL_RULES_N,
	SYSCTL_RULES_TUNED = SYSCTL_RULES_N, /* who never is the first to apply them */
};

/* Where drop-ins are read from: of one name only the first directory's. */
#define SYSCTL_DIRECTORIES 5
extern const char *const sysctl_directories[SYSCTL_DIRECTORIES];

enum sysctl_file_state {
	SYSCTL_FILE_TEXT,
	SYSCTL_FILE_MASK,       /* hides its name below: a link to /dev/null or to nothing, empty */
	SYSCTL_FILE_UNREADABLE, /* this user cannot read it: what it sets is unknown */
};

struct sysctl_file {
	/* As the appliers name it, "/etc/sysctl.d/50-x.conf"; unique in a tree but for tuned's. */
	const char *path;
	enum sysctl_file_state state;
	const char *text; /* need not end in a newline or in NUL */
	size_t len;
	bool last; /* applied after all others, by tuned; of several the order is the tree's */
	/* Of those that are last: even after what tuned applies again. Sets vm.dirty_* at most. */
	bool at_end;
};

/* Whether tuned, having set what its profiles say, applies sysctl.d again. */
enum sysctl_again {
	SYSCTL_AGAIN_OFF,     /* no: reapply_sysctl=0, or there is no tuned */
	SYSCTL_AGAIN_NOTHING, /* no: its profiles have no sysctls */
	SYSCTL_AGAIN_MAYBE,   /* if they have, which is not known */
	SYSCTL_AGAIN_SURE,
};

/*
 * All the sources there are, in any order: the files *.conf of /etc/sysctl.d, /run/sysctl.d,
 * /usr/local/lib/sysctl.d, /usr/lib/sysctl.d and, where /lib is a directory of its own,
 * /lib/sysctl.d; /etc/sysctl.conf; tuned's profiles, of which one may be there twice; the kernel
 * command line. Dotfiles are included.
 */
struct sysctl_tree {
	const struct sysctl_file *files;
	size_t n_files;
	const char *cmdline; /* of /proc/cmdline, or NULL */
	enum sysctl_again again;
	const char *again_exclude; /* patterns of keys that tuned then leaves out, or NULL */
};

enum sysctl_source {
	SYSCTL_FROM_NOTHING, /* no source sets it: the kernel's default stays */
	SYSCTL_FROM_CMDLINE, /* sysctl.vm.swappiness=10 */
	SYSCTL_FROM_FILE,
	SYSCTL_FROM_UNKNOWN, /* a file that cannot be read might set it later than any other */
};

struct sysctl_boot {
	enum sysctl_source source;
	const char *path; /* of the deciding (or unreadable) file, borrowed from the tree */
	unsigned line;    /* in that file, from 1 */
	const char *at;   /* the key there, in the file's text; NULL: no file decides */
	/*
	 * systemd only: the line keeps every file from setting the key, being "-key" alone or a
	 * value the kernel refuses. is_number and value are then the command line's or the default.
	 */
	bool writes_nothing;
	bool last; /* that file is */
	/* The file tuned ends at with what it applies again, because it cannot read it; or NULL. */
	const char *stopped_at;
	bool is_number; /* the kernel will hold this value: false for negative or unknown ones */
	uint64_t value; /* if is_number; for SYSCTL_FROM_NOTHING the default */
	char text[64];  /* what stands there, cut: the value, or KEY=VALUE where a pair is zeroed */
};

/*
 * Who sets `key` at the next boot under these rules: the last write the kernel takes, or one to
 * its pair, which zeroes it. Linear in the text of the tree.
 */
void sysctl_boot(const struct sysctl_tree *tree, enum sysctl_rules rules, enum sysctl_key key,
		 struct sysctl_boot *ret);

/*
 * The tree with the file `path` replaced by `text` (NULL: removed), for looking at what will be.
 * ret->files is malloced, its entries are borrowed. Returns 0 or -ENOMEM.
 */
int sysctl_tree_with(const struct sysctl_tree *tree, const char *path, const char *text,
		     struct sysctl_tree *ret) must_check;
