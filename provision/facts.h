/* SPDX-License-Identifier: MIT */
/*
 * The machine, read once: numbers, states and texts. Nothing here decides, and nothing but the
 * facts_*.c files reads /proc, /sys and /etc.
 */
#pragma once

#include "boot_text.h"
#include "fstab.h"
#include "procfs.h"
#include "replace.h"
#include "root.h"
#include "swapheader.h"
#include "sysctl.h"

#include <sys/types.h>

/* Whether swap is this system's to manage at all. */
enum place {
	PLACE_HOST,
	PLACE_CONTAINER, /* a PID or user namespace other than the initial one */
	PLACE_WSL,
	PLACE_CHROOT, /* another root directory than init's */
};

enum ours { OURS_NO, OURS_YES, OURS_UNKNOWN };

/* What is at a swapfile's path. */
enum found_kind {
	FOUND_NOTHING,
	FOUND_SWAP,        /* a version-1 SWAPSPACE2 header, of this or another page size */
	FOUND_ZERO,        /* empty, or zeros only: what a killed run of a worse tool leaves */
	FOUND_FOREIGN,     /* data; what it is, if libblkid knows, in .detail */
	FOUND_HIBERNATION, /* a suspended system's image */
	FOUND_SYMLINK,
	FOUND_DIRECTORY,
	FOUND_BLOCK_DEVICE,
	FOUND_SPECIAL,    /* FIFO, socket, character device */
	FOUND_UNREADABLE, /* there is a file, but this user cannot read it */
	FOUND_NO_WAY,     /* its directory could not be reached: see .way */
	FOUND_ERROR,      /* errno in .error */
};

/* Of the btrfs a swapfile is on, or would be on, as far as the kernel tells. */
struct btrfs {
	uint64_t devices;    /* 0 unknown */
	const char *profile; /* of its data, where none of it is single: "raid1"; static */
	char operation[32];  /* that keeps swapon out: "balance", "balance paused"; "" none */
	/* The directory is a subvolume with nothing else in it: no snapshot is ever made of it. */
	bool own_subvolume;
	bool placeholder; /* what a snapshot has in the place of a subvolume: nothing can be made */
	bool read_only;   /* the subvolume, on a mount that is not */
};

struct found {
	char path[4096]; /* under the root */
	enum found_kind kind;
	int error;
	enum walk_fault way;
	char detail[4096]; /* the component at fault; what libblkid calls the data */

	/* Of a regular file: */
	uint64_t size_bytes, allocated_bytes;
	mode_t mode;
	uid_t uid;
	gid_t gid;
	nlink_t links;
	dev_t dev;
	ino_t ino;
	bool immutable;   /* chattr +i or +a */
	bool dir_missing; /* nor is there its directory, only that one's: fs_, dir_ are its */
	struct swapheader header; /* kind FOUND_SWAP */
	enum ours ours;           /* labelled memprov */

	bool busy; /* under --root: active swap of the running system */

	/* Of an inactive FOUND_SWAP or FOUND_ZERO, how its blocks lie: */
	uint64_t hole_bytes;    /* not allocated */
	uint64_t shared_bytes;  /* with a reflink copy or a snapshot; unlink does not free them */
	uint64_t encoded_bytes; /* compressed: of unknown size on the disk */
	bool copy_on_write;     /* btrfs moves what is written to it, or compresses it */

	bool resumes; /* FOUND_SWAP: the kernel would resume a hibernated system from it */

	/* Of an active one: */
	bool active;
	size_t area; /* its index in facts.swaps */
	int priority;
	uint64_t used_bytes, area_bytes; /* as the kernel counts: without the header */

	/* The filesystem it is on, or would be on. */
	char fs_type[64];       /* "" unknown */
	char fs_mount[4096];    /* where it is mounted */
	dev_t fs_dev;           /* the block device it is on; 0 unknown */
	char not_mounted[4096]; /* a mount point of fstab on the way that is not mounted; "" none */
	uint64_t fs_size_bytes, fs_free_bytes; /* free: to those who are not root (f_bavail) */
	uint64_t fs_block_bytes;
	bool fs_read_only;
	bool dir_immutable, dir_denied; /* no file can be made in the directory */
	struct btrfs btrfs;             /* fs_type "btrfs" */
};

/* One active swap area. */
struct swap_area {
	struct swap_line line; /* its path without the kernel's mark of a deleted name */
	bool is_zram;
	bool deleted; /* its file has no name any more; no boot brings it back */
	bool lost;    /* nothing at its path can be it: that is of another mount, or of none */
	enum ours ours;
	dev_t dev; /* of a file: its filesystem and inode; 0 unknown */
	ino_t ino;
	dev_t rdev; /* of a block device */
};

/* A text file below /etc. */
struct etc_file {
	char *text; /* NULL: there is none, or it cannot be read */
	size_t len;
	int error; /* 0; -ENOENT there is none; else why it could not be read */
	enum replace_obstacle obstacle;
};

#define SYSCTL_FILE_MAX MIB(1)

/* What can be done about a source of sysctls. */
struct sysctl_origin {
	char *real_path; /* where its links lead, from the root; NULL unknown */
	bool in_etc;     /* that is: it is the administrator's, not a vendor's */
	enum replace_obstacle obstacle;
};

/* The file systemd takes for a unit of some name, that which it makes of fstab aside. */
struct boot_unit {
	char path[BOOT_UNIT_MAX + 64]; /* "" there is none */
	bool masked;
	bool above_fstab; /* is taken rather than the one that is made of fstab */
	bool until_boot;  /* is in /run */
};

/* Where the kernel would resume a hibernated system from. */
struct resume {
	uint64_t offset_pages; /* of a file's first block; 0: from no file */
	dev_t dev;             /* the block device; 0 unknown */
};

#define BOOT_DPHYS_CONF "/etc/dphys-swapfile"

/* What else than fstab decides whether the swapfile is active after a boot. */
struct boot_facts {
	char unit_name[BOOT_UNIT_MAX]; /* of the swapfile's fstab line; "" systemd is not init */
	struct boot_unit unit;         /* of that name */
	struct boot_unit target;       /* swap.target, which wants it */
	struct boot_switches switches;
	char dphys_path[BOOT_PATH_MAX]; /* the swapfile of dphys-swapfile; "" none, or not known */
	char kubelet[BOOT_UNIT_MAX + 64]; /* what says that a kubelet refuses swap; "" nothing */
};

struct facts {
	bool is_system;  /* the running machine, not a --root */
	bool privileged; /* effective uid 0 */
	uid_t owner;     /* whom the swapfile is to belong to: root, or the owner of --root's DIR */
	bool systemd;    /* is init (of the tree: is installed) */
	char kernel[128];
	size_t page_bytes;

	uint64_t memtotal_bytes; /* of the kernel, or UNKNOWN */
	uint64_t planned_bytes;  /* RAM to plan for: --ram, else memtotal_bytes */
	uint64_t ram_bytes;      /* planned_bytes, nominal; 0: not known */
	/* Of /proc/meminfo, or UNKNOWN: MemAvailable, SwapCached; */
	uint64_t available_bytes, swap_cached_bytes;
	/* Committed_AS, CommitLimit, Hugetlb. */
	uint64_t committed_bytes, limit_bytes, hugetlb_bytes;

	bool swaps_known;
	struct swap_area *swaps;
	size_t n_swaps;

	struct found file;    /* at the path asked for */
	struct found *others; /* ours by label, elsewhere; FOUND_NOTHING: only its line is left */
	size_t n_others;

	struct etc_file fstab;
	struct fstab_table fstab_table;
	const char **inactive; /* sources of fstab's other swap that is not active; borrowed */
	size_t n_inactive;
	const char **retired; /* paths of lines that are to outlast a file of ours; none is seen */
	size_t n_retired;
	bool units_known, units_old; /* systemd read fstab before its last change */

	struct boot_facts boot;
	struct resume resume_now, resume_boot; /* by /sys/power, and by the kernel command line */

	struct etc_file dropin;
	struct sysctl_tree tree;       /* every source of vm.* settings at boot */
	struct sysctl_origin *origins; /* of each of its files, at the same index */
	uint64_t sysctl_now[SYSCTL_N]; /* or UNKNOWN, or SYSCTL_ODD */
	bool sysctl_missing[SYSCTL_N]; /* this kernel has no such key */
};

#define SYSCTL_ODD (UNKNOWN - 1) /* a value no profile can ask for, as overcommit_ratio -1 */

struct facts_request {
	const char *swapfile;    /* absolute path under the root */
	uint64_t memtotal_bytes; /* --ram, or 0: the machine's own */
	bool ram_matters;        /* not to know it is an error */
};

/* Whether the running kernel, whatever --root says, swaps to that file: found by its name now. */
bool facts_kernel_swaps_to(const struct stat *st);

/* Where we run; can be told before anything else is read. */
enum place facts_place(const struct root *root);

/*
 * Reads everything. What this user may not see is marked unknown, not guessed. Errors: -ENODATA:
 * RAM is not known and must be given; -ENOMEM; -EIO of what must be readable to anybody.
 */
int facts_read(const struct root *root, const struct facts_request *request, struct facts *ret,
	       struct err *err) must_check;
void facts_done(struct facts *facts);
