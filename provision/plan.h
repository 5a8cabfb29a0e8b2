/* SPDX-License-Identifier: MIT */
/*
 * What there is to do, as a plain value: one step for each thing that is asked for, whether or not
 * it already holds. Pure: no I/O, no clock, no words; why_text() of report.h makes the words.
 */
#pragma once

#include "facts.h"
#include "target.h"

enum step_kind {
	STEP_SWAPFILE,
	STEP_SWAPON,
	STEP_FSTAB,
	STEP_SYSCTL_FILE,
	STEP_SYSCTL_CONFLICT,
	STEP_SYSCTL,
	STEP_DAEMON_RELOAD,
	STEP_RETIRE,
	STEP_N,
};

enum step_state {
	STATE_OK,
	STATE_CHANGE,
	STATE_DONE,
	STATE_DEFERRED, /* the next boot, or the next swapoff, does it; conforms */
	STATE_BLOCKED,  /* it must not be done; then nothing is */
	STATE_FAILED,
	STATE_SKIPPED, /* deliberately left alone, or not reached after a failure */
	STATE_UNKNOWN, /* this user cannot read what it takes to tell */
	STATE_N,
};

/* A setting as it is or is to be. */
struct value {
	enum { VALUE_ABSENT, VALUE_UNKNOWN, VALUE_BYTES, VALUE_NUMBER, VALUE_TEXT } type;
	uint64_t number;
	const char *text;
};

/*
 * The reason of a state. What a, b and text mean is said here; report_words.c has a row for each.
 */
enum why_code {
	WHY_NONE,

	/* swapfile: changes */
	WHY_MISSING,           /* */
	WHY_MISSING_DIRECTORY, /* its directory is missing as well */
	WHY_REDUCED,           /* a: recommended bytes, b: room; made smaller for lack of room */
	WHY_REDUCED_FIRST,     /* a: bytes it is grown to when a former one is gone */
	WHY_TOO_SMALL,         /* */
	WHY_TOO_LARGE,         /* */
	WHY_LEFTOVER,          /* zeros only, no header */
	WHY_SPARSE,            /* a: bytes that are not allocated */
	WHY_SHARED,            /* a: bytes that a reflink copy or a snapshot has, too */
	WHY_COPY_ON_WRITE,     /* */
	WHY_OTHER_PAGE,        /* a: page size of the header */
	WHY_HEADER_SHORT,      /* a: bytes the header tells of */
	WHY_HEADER_BEYOND,     /* a: bytes the header tells of */
	WHY_MODE,              /* a: mode, b: owner */
	WHY_NOT_WANTED,        /* */

	/* swapfile: kept as it is */
	WHY_KEPT_LARGER,  /* a: recommended bytes */
	WHY_KEPT_SMALLER, /* a: recommended bytes, b: room */
	WHY_GROWS_LATER,  /* a: bytes it is grown to when a former one is gone */
	WHY_OTHER_SWAP,   /* a: bytes of other swap that make one unnecessary */
	WHY_NONE_WANTED,  /* the profile asks for none */
	WHY_NOT_OURS,     /* remove: adopted, not made by memprov */

	/* swapfile: refused */
	WHY_NO_ROW,         /* a: RAM */
	WHY_NO_ROOM,        /* a: bytes that are needed, b: room */
	WHY_TOO_TINY,       /* a: the least there can be */
	WHY_FOREIGN,        /* text: what libblkid calls it, or "" */
	WHY_HIBERNATION,    /* */
	WHY_SYMLINK,        /* */
	WHY_WAY_SYMLINK,    /* text: the component */
	WHY_DIRECTORY,      /* */
	WHY_BLOCK_DEVICE,   /* */
	WHY_SPECIAL,        /* */
	WHY_HARD_LINKS,     /* a: their number */
	WHY_NO_DIRECTORY,   /* text */
	WHY_NOT_DIRECTORY,  /* text */
	WHY_FOREIGN_OWNER,  /* text: the directory */
	WHY_WRITABLE,       /* text: the directory */
	WHY_NOT_MOUNTED,    /* text: the mount point */
	WHY_FILESYSTEM,     /* text: its type */
	WHY_NOT_LISTED,     /* text: its type, which the profile does not list */
	WHY_ON_READ_ONLY,   /* text: its type, which could hold one but for the mount */
	WHY_SHARED_NO_ROOM, /* a: bytes shared, b: room */
	WHY_PLACEHOLDER,    /* text: the directory a snapshot has in the place of a subvolume */
	WHY_OLD_KERNEL,     /* text: the filesystem, value: the first Linux that swaps to it */
	WHY_RESUMES,        /* the kernel would resume a hibernated system from it */
	WHY_DEVICES,        /* --root: a: devices of its btrfs */

	/* files that cannot be replaced, also the swapfile */
	WHY_NOT_REGULAR,
	WHY_MOUNT_POINT,
	WHY_IMMUTABLE,
	WHY_READ_ONLY,
	WHY_READ_ONLY_SUBVOLUME,
	WHY_DENIED,
	WHY_SYMLINK_OUT,
	WHY_UNSAFE,    /* others than root can write its directory */
	WHY_BUSY,      /* --root: it is active swap of the running system */
	WHY_NO_PARENT, /* the directory is missing, and its own, too */
	WHY_ERROR,     /* a: errno */
	WHY_NUL_BYTE,  /* */

	/* swapon */
	WHY_INACTIVE,
	WHY_NO_SWAP,        /* a kernel without swap */
	WHY_OFF_AND_ON,     /* while its size changes */
	WHY_PRIORITY_LATER, /* a: priority now, b: wanted, both as int */
	WHY_NO_MEMORY,      /* a: bytes in use, also in what goes before; b: bytes to take them */
	WHY_COMMIT_LIMIT,   /* a: Committed_AS, b: limit to come */
	WHY_TABLE_FULL,     /* a: active swap areas */
	WHY_DATA_PROFILE,   /* text: that of a btrfs, value: where it is mounted */
	WHY_OPERATION,      /* text: what a btrfs is doing, value: where it is mounted */

	/* fstab and drop-in */
	WHY_LINE_MISSING,
	WHY_LINE_WRONG,
	WHY_LINE_DUPLICATE,
	WHY_LINE_NOT_WANTED, /* a: line number */
	WHY_FILE_MISSING,
	WHY_FILE_DIFFERS,
	WHY_FILE_NOT_WANTED,

	/* fstab: what keeps systemd, or anybody, from following its line at boot */
	WHY_UNIT_OVERRIDES, /* text: name of the unit; the target is its file */
	WHY_UNIT_MASKED,    /* text: name of the unit, value: the command that ends it */
	WHY_CMDLINE,        /* text: the word of the kernel command line */
	WHY_DPHYS,

	/* sysctls */
	WHY_VALUE,
	WHY_DISABLE,             /* lines are to be commented out */
	WHY_DISABLE_OTHERS,      /* other lines than are */
	WHY_DISABLED,            /* a: lines that are */
	WHY_BRING_BACK,          /* lines that no longer have to be */
	WHY_CONFLICT,            /* text: file, a: line, value */
	WHY_CONFLICT_LINK,       /* likewise, in what leads out of /etc */
	WHY_CONFLICT_VENDOR,     /* likewise, in a file that is not the administrator's */
	WHY_CONFLICT_PAIR,       /* text: file, a: line, value: of the pair, which zeroes it */
	WHY_CONFLICT_TUNED,      /* text: tuned's profile, a: line, value; reapply_sysctl=0 */
	WHY_CONFLICT_TUNED_ONLY, /* likewise, but tuned leaves the key as its profile has it */
	WHY_CONFLICT_TUNED_LEFT, /* likewise, by reapply_sysctl_exclude */
	WHY_CONFLICT_TUNED_STOP, /* text: where tuned ends, value: what its profile says */
	WHY_CONFLICT_RUN,        /* text: file in /run that tuned applies again, a: line, value */
	WHY_CONFLICT_UNKNOWN,    /* text: what tuned applies last, but cannot be read */
	WHY_CONFLICT_UNREADABLE, /* text: a file that might win */
	WHY_OVERCOMMIT,          /* a: Committed_AS + margin, b: CommitLimit to come */
	WHY_COMMIT_UNKNOWN,      /* the kernel does not tell Committed_AS */
	WHY_MIN_FREE,            /* a: the most it may be */
	WHY_NO_KEY,              /* this kernel has no such key */
	WHY_NO_DEFAULT,          /* remove: the kernel computes it; it stays until the next boot */
	WHY_FORMER_UNKNOWN,      /* remove: text: what might set it and cannot be read; likewise */
	WHY_NEXT_BOOT,           /* the kernel step waits for the tree's own boot */

	WHY_UNITS_OLD,
	WHY_ANOTHER_PATH, /* retire: the profile names another swapfile */
	WHY_CANNOT_READ,  /* needs root */
	WHY_FAILED,       /* text: the error */
	WHY_UNDONE,       /* made, not taken by the kernel, and removed again */
	WHY_CUT_BACK,     /* grown, not taken by the kernel, and cut to its former size again */

	/* warnings of a whole plan */
	WHY_WARN_INACTIVE,       /* text: configured swap that is not active */
	WHY_WARN_DELETED,        /* text: path that an active area's file had */
	WHY_WARN_LOST,           /* text: path of an active area that leads to nothing here */
	WHY_WARN_PROCPS,         /* text: the file, a: line, value: wins under procps' rules */
	WHY_WARN_SYSTEMD,        /* likewise, under systemd-sysctl's */
	WHY_WARN_CONFLICT,       /* text: file, a: line, value; conflicts: report */
	WHY_WARN_RETIRED,        /* text: path of a line that is retired; none of ours is seen */
	WHY_WARN_LEFTOVER_SWAP,  /* text: path; swap is not managed any more */
	WHY_WARN_LEFTOVER_LINE,  /* likewise, of a file that is gone */
	WHY_WARN_LEFTOVER_FILE,  /* the drop-in; sysctls are not managed any more */
	WHY_WARN_DISABLED,       /* text: a file with disabled lines; likewise */
	WHY_WARN_BELOW,          /* a: have, b: recommended: kept for lack of room */
	WHY_WARN_REDUCED,        /* a: made, b: recommended */
	WHY_WARN_STRICT_NO_SWAP, /* a: Committed_AS + margin, b: CommitLimit without swap */
	WHY_WARN_ADOPTED,        /* text: path; stays with its line */
	WHY_WARN_RELOAD,         /* */
	WHY_WARN_OPENED,         /* text: path; others could open it until now */
	WHY_WARN_SNAPSHOTS,      /* text: the path */
	WHY_WARN_DEVICES,        /* a: devices of its btrfs */
	WHY_WARN_UNIT,           /* text: a unit's file that the fstab line overrides */
	WHY_WARN_KUBELET,        /* text: what says so */
	WHY_WARN_ZRAM,           /* text: the device, a: its priority, as int, below ours */
	WHY_WARN_ZRAM_EQUAL,     /* likewise, equal to ours */
	WHY_NOTE_OVERRIDES,      /* text: file, a: line, value */
	WHY_N,
};

struct why {
	enum why_code code;
	const char *text; /* borrowed from facts, target, or the plan's own strings */
	uint64_t a, b;
	const char *value; /* what a file sets, as it stands there; likewise */
	const char *about; /* of a warning: the setting it is about, or NULL */
};

/* What is done to a swapfile. */
enum file_action {
	FILE_KEEP,
	FILE_MAKE,     /* there is nothing */
	FILE_REMAKE,   /* taken away and made anew: holes, zeros, another page size */
	FILE_REHEADER, /* the header is written to fit the file */
	FILE_GROW,
	FILE_SHRINK,
	FILE_MODE, /* owner and mode only; possible while active */
	FILE_REMOVE,
};

/* The new text of a file below /etc. before is borrowed from facts, after belongs to the plan. */
struct file_change {
	const char *path;
	const char *before; /* NULL: there was none */
	size_t before_len;
	char *after; /* NULL: is removed */
	size_t after_len;
	const char *swapfile; /* fstab: whose line it is */
	bool wanted;          /* fstab: the line is to be there */
};

struct step {
	enum step_kind kind;
	enum step_state state;
	struct why why;
	const char *target; /* a path, or a sysctl's name */
	struct value have, want;

	/* What the actuator of this kind needs: */
	const struct found *file; /* swapfile, swapon, retire */
	enum file_action action;  /* swapfile */
	bool activate;            /* swapon: it is to be active, else inactive */
	size_t change;            /* fstab, sysctl-file, retire: index in plan.changes */
	enum sysctl_key key;      /* sysctl, sysctl-conflict */
	struct sysctl_boot boot[SYSCTL_RULES_N]; /* sysctl: at next boot, as things stand */
};

#define NO_CHANGE SIZE_MAX

/* How the size of the swapfile came about. */
struct sizing {
	uint64_t other_bytes;           /* active disk swap that is not ours */
	uint64_t low_bytes, high_bytes; /* recommended of ours: the row's, less the others */
	uint64_t minimum_bytes;
	uint64_t room_bytes; /* what the filesystem can give, our own file included */
	uint64_t file_bytes; /* what it is to be */
	bool reduced;        /* less than recommended for lack of room */
};

struct plan {
	struct step *steps;
	size_t n;
	struct file_change *changes;
	size_t n_changes;
	struct why *warnings;
	size_t n_warnings;
	char **strings; /* that steps and warnings borrow */
	size_t n_strings;
	enum sysctl_rules rules; /* those of this machine's init */
	bool swap_managed;
	bool retires_file; /* no swapfile is wanted, and what is at the path is ours */
	struct sizing sizing;
};

/* --force */
struct plan_wish {
	bool force_overcommit;
};

/* The steps that make the machine conform, in the order of apply. Errors: -ENOMEM, -EINVAL. */
int plan_apply(const struct target *target, const struct facts *facts, const struct plan_wish *wish,
	       struct plan *ret, struct err *err) must_check;

/*
 * The steps that undo what apply made, in the order of remove. named: the swapfile's path is one
 * that was asked for, and a remove that is asked for nothing may not look there.
 */
int plan_remove(const struct facts *facts, bool named, struct plan *ret, struct err *err)
	must_check;

void plan_done(struct plan *plan);

bool plan_has(const struct plan *plan, enum step_state state);

/*
 * The last of the changes of one path, given its first. NULL: changes[first] is not the first, or
 * they leave the file as it was.
 */
const struct file_change *plan_last_change(const struct plan *plan, size_t first);

/*
 * Whether a plan that was made after `done` was run only enlarges the swapfile, because one that
 * was retired took the room.
 */
bool plan_gained_room(const struct plan *done, const struct plan *next);

/*
 * The steps of `next` that are not as they should have been, behind those of the plan that was run
 * before; warnings and sizes are those of `next` then, which has to live as long. A warning that
 * came from running the plan stays. -ENOMEM.
 */
int plan_append(struct plan *plan, struct plan *next) must_check;

/* Every step is ok, deferred or skipped. */
bool plan_conforms(const struct plan *plan);

/* Adds a warning. -ENOMEM. */
int plan_warn(struct plan *plan, struct why why) must_check;
