/* SPDX-License-Identifier: MIT */
/*
 * Words for every reason a plan can give, with the remedy where there is one. Knows no more than
 * the reason's own arguments.
 */
#include "report.h"

#include "size.h"

#include <inttypes.h>

const char *const step_kind_names[STEP_N] = {
	[STEP_SWAPFILE] = "swapfile",
	[STEP_SWAPON] = "swapon",
	[STEP_FSTAB] = "fstab",
	[STEP_SYSCTL_FILE] = "sysctl-file",
	[STEP_SYSCTL_CONFLICT] = "sysctl-conflict",
	[STEP_SYSCTL] = "sysctl",
	[STEP_DAEMON_RELOAD] = "daemon-reload",
	[STEP_RETIRE] = "retire",
};

const char *const step_state_names[STATE_N] = {
	[STATE_OK] = "ok",           [STATE_CHANGE] = "change",
	[STATE_DONE] = "done",       [STATE_DEFERRED] = "deferred",
	[STATE_BLOCKED] = "blocked", [STATE_FAILED] = "failed",
	[STATE_SKIPPED] = "skipped", [STATE_UNKNOWN] = "unknown",
};

/*
 * In a pattern, @t is the text, @a is a number, @A and @B are sizes, @m a mode, @i and @j signed
 * numbers, @e the error text of errno a, @v the value.
 */
static const char *const patterns[WHY_N] = {
	[WHY_NONE] = "",

	[WHY_MISSING] = "there is none yet",
	[WHY_MISSING_DIRECTORY] = "there is none yet, nor its directory, which is made, too",
	[WHY_REDUCED] = "there is none yet; @A is recommended, but there is room for @B only",
	[WHY_REDUCED_FIRST] =
		"there is none yet; made as large as there is room for, and grown to @A "
		"when the former one is gone",
	[WHY_TOO_SMALL] = "is too small",
	[WHY_TOO_LARGE] = "is larger than wanted",
	[WHY_LEFTOVER] = "holds zeros only; an unfinished swapfile",
	[WHY_SPARSE] = "has holes: @A of it are not allocated",
	[WHY_SHARED] = "@A of it belong to a snapshot or reflink copy, too; made anew",
	[WHY_COPY_ON_WRITE] = "is copy-on-write or compressed (not chattr +C); made anew",
	[WHY_OTHER_PAGE] = "was made for a page size of @A",
	[WHY_HEADER_SHORT] = "its header tells of @A only",
	[WHY_HEADER_BEYOND] = "its header tells of @A, more than it has",
	[WHY_MODE] = "has mode @m or an owner other than root; others might read what is swapped "
		     "out",
	[WHY_NOT_WANTED] = "is not wanted any more",

	[WHY_KEPT_LARGER] = "is larger than the recommended @A, and kept (larger: keep)",
	[WHY_KEPT_SMALLER] = "reaches the minimum; for the recommended @A there is no room (@B)",
	[WHY_GROWS_LATER] = "is grown to @A when the former one is gone",
	[WHY_OTHER_SWAP] = "@A of other swap are enough",
	[WHY_NONE_WANTED] = "none is wanted",
	[WHY_NOT_OURS] = "was not made by memprov and stays",

	[WHY_NO_ROW] = "the profile has no row for @A of RAM; add one, or use --size",
	[WHY_NO_ROOM] = "needs @A, but there is room for @B only; free some space, name a file on "
			"another filesystem (--file), or lower keep-free",
	[WHY_TOO_TINY] = "a swapfile has at least @A",
	[WHY_FOREIGN] = "is not a swapfile (@t) and is not overwritten; move it away, or name "
			"another file",
	[WHY_HIBERNATION] = "holds the image of a hibernated system; resume it first",
	[WHY_SYMLINK] = "is a symlink, which is not followed; name the real path",
	[WHY_WAY_SYMLINK] = "@t is a symlink, which is not followed; name the real path",
	[WHY_DIRECTORY] = "is a directory; name a file",
	[WHY_BLOCK_DEVICE] = "is a block device; memprov manages files only, use mkswap and fstab",
	[WHY_SPECIAL] = "is not a regular file",
	[WHY_HARD_LINKS] = "has @a names (hard links); remove the others, or name another file",
	[WHY_NO_DIRECTORY] = "there is no directory @t; make it first",
	[WHY_NOT_DIRECTORY] = "@t is not a directory",
	[WHY_FOREIGN_OWNER] = "the directory @t does not belong to root, so its owner could "
			      "exchange the file; name a path that is root's alone",
	[WHY_WRITABLE] = "the directory @t can be written by others than its owner, who could "
			 "exchange the file; name another path, or chmod go-w it if it is nobody "
			 "else's",
	[WHY_NOT_MOUNTED] = "@t is a mount point (fstab, or a mount unit), but nothing is mounted "
			    "there; mount it first",
	[WHY_FILESYSTEM] = "is on @f",
	[WHY_NOT_LISTED] = "is on @t, which the profile's swap.filesystems does not list; add it "
			   "there, or name a file on another filesystem (--file)",
	[WHY_ON_READ_ONLY] =
		"is on @t, which is mounted read-only; remount it rw, or name a file on "
		"another filesystem (--file)",

	[WHY_SHARED_NO_ROOM] = "@A of it belong to a snapshot or reflink copy, too, so it has to "
			       "be made anew, but "
			       "there is room for @B only; delete the snapshot or the copy",
	[WHY_PLACEHOLDER] =
		"its directory is what a snapshot keeps in the place of a subvolume, and nothing "
		"can be made there; rmdir it, memprov makes it anew",
	[WHY_OLD_KERNEL] = "is on @t, which Linux swaps to since @v only; name a file on another "
			   "filesystem (--file)",
	[WHY_RESUMES] = "the kernel would resume a hibernated system from it, so it is not taken "
			"away; take resume= and resume_offset= off the kernel command line and "
			"reboot first, or if they are not there, "
			"`echo 0 >/sys/power/resume_offset`",
	[WHY_DEVICES] = "is on a btrfs of @a devices, and only the running kernel can tell whether "
			"the file comes to lie on one of them; run memprov on the machine itself",

	[WHY_NOT_REGULAR] = "is not a regular file",
	[WHY_MOUNT_POINT] = "is a mount point (bind mount?) and cannot be replaced; unmount it",
	[WHY_IMMUTABLE] = "it or its directory is immutable or append-only; chattr -i -a it",
	[WHY_READ_ONLY] = "its filesystem is mounted read-only; remount it rw",
	[WHY_READ_ONLY_SUBVOLUME] =
		"its btrfs subvolume is read-only; `btrfs property set` its ro to "
		"false, or name a file elsewhere (--file)",
	[WHY_DENIED] = "this user may not write its directory",
	[WHY_SYMLINK_OUT] = "is a symlink that leads nowhere, or where others than root could "
			    "exchange the file",
	[WHY_NO_PARENT] = "its directory does not exist; make it first",
	[WHY_ERROR] = "@e",
	[WHY_NUL_BYTE] = "holds a NUL byte, so it is no text; repair it first",

	[WHY_INACTIVE] = "is not active",
	[WHY_OFF_AND_ON] = "goes off while it is changed, and on again",
	[WHY_PRIORITY_LATER] = "its priority is @i, not @j; it changes with the next swapoff",
	[WHY_NO_MEMORY] = "@A are swapped out to what goes off, and only @B of memory and other "
			  "swap could take them back; end something first",
	[WHY_COMMIT_LIMIT] = "with vm.overcommit_memory=2 the @A committed need it: the limit "
			     "would be @B",
	[WHY_TABLE_FULL] = "the kernel has @a active swap areas and may take no more; swapoff one "
			   "first",
	[WHY_DATA_PROFILE] =
		"the data of its btrfs is kept as @t, and the kernel swaps to single copies on one "
		"device only; name a file on another filesystem (--file), or give up the second "
		"copy of all data there: `btrfs balance start -dconvert=single @v`",
	[WHY_OPERATION] =
		"its btrfs is at something that keeps swapon out (@t); wait until it has ended, or "
		"cancel it (a balance: `btrfs balance cancel @v`; one that is paused goes on with "
		"`btrfs balance resume @v`)",

	[WHY_LINE_MISSING] = "has no line for it",
	[WHY_LINE_WRONG] = "its line @a has other options",
	[WHY_LINE_DUPLICATE] = "has several lines for it, the first is line @a",
	[WHY_LINE_NOT_WANTED] = "line @a is not wanted any more",
	[WHY_FILE_MISSING] = "there is none yet",
	[WHY_FILE_DIFFERS] = "is not as the profile has it",
	[WHY_FILE_NOT_WANTED] = "is not wanted any more",

	[WHY_UNIT_OVERRIDES] = "is taken for @t at boot, rather than the fstab line; delete this "
			       "unit, or name another swapfile (--file)",
	[WHY_UNIT_MASKED] = "masks @t, so that systemd leaves the swapfile off at boot; "
			    "`systemctl @v '@t'`, or delete this mask",
	[WHY_CMDLINE] = "with @t on the kernel command line systemd leaves the swapfile off at "
			"boot; take that word out of the boot loader's configuration and reboot",
	[WHY_DPHYS] = "dphys-swapfile has the same swapfile, makes it in its own size at boot and "
		      "deletes its fstab line; disable that service, or set another CONF_SWAPFILE",

	[WHY_VALUE] = "",
	[WHY_DISABLE] = "sets otherwise what the profile sets, and wins at the next boot; such "
			"lines are commented out (#memprov#)",
	[WHY_DISABLE_OTHERS] = "other lines of it than now have to be commented out (#memprov#)",
	[WHY_DISABLED] = "@a of its lines are commented out (#memprov#)",
	[WHY_BRING_BACK] = "its lines no longer have to be commented out (#memprov#)",
	[WHY_CONFLICT_LINK] = "@t:@a (@v) wins at the next boot, and leads out of /etc; put a file "
			      "of its own there, remove it, or set `conflicts: report` in the "
			      "profile",
	[WHY_CONFLICT_VENDOR] = "@t:@a (@v) wins at the next boot; hide that file by "
				"one of its name in /etc/sysctl.d, or set `conflicts: report` in "
				"the profile",
	[WHY_CONFLICT] = "@t:@a sets it to @v and wins at the next boot; remove that line, or set "
			 "`conflicts: disable` (which comments it out) or `report` in the profile",
	[WHY_CONFLICT_PAIR] = "@t:@a (@v) zeroes it and wins at the next boot; remove that line, "
			      "or set `conflicts: disable` (which comments it out) or `report` in "
			      "the profile",
	[WHY_CONFLICT_TUNED] = "tuned applies @t:@a (@v) after all other files at the next boot; "
			       "set reapply_sysctl=1 in /etc/tuned/tuned-main.conf, or "
			       "`conflicts: report` in the profile",
	[WHY_CONFLICT_TUNED_ONLY] =
		"tuned applies @t:@a (@v) at the next boot, and no file of sysctl.d after it; "
		"change it in a copy of that profile in /etc/tuned, or set `conflicts: report` in "
		"the profile",
	[WHY_CONFLICT_TUNED_LEFT] =
		"tuned applies @t:@a (@v) after all other files at the next boot; take the key out "
		"of reapply_sysctl_exclude in /etc/tuned/tuned-main.conf, or set "
		"`conflicts: report` in the profile",
	[WHY_CONFLICT_TUNED_STOP] =
		"tuned's own profile (@v) wins at the next boot, for tuned gives up at @t, which "
		"is no UTF-8 text, before it applies the rest of sysctl.d again; convert that "
		"file, or "
		"set `conflicts: report` in the profile",
	[WHY_CONFLICT_RUN] = "@t:@a (@v) wins at the next boot, and to tuned no file of /etc hides "
			     "it; remove it, or set `conflicts: report` in the profile",
	[WHY_CONFLICT_UNKNOWN] =
		"what @t sets after all other files at the next boot is not known; set "
		"reapply_sysctl=1 in /etc/tuned/tuned-main.conf, or make it readable",
	[WHY_CONFLICT_UNREADABLE] = "@t cannot be read, and might win at the next boot; make it "
				    "readable",
	[WHY_OVERCOMMIT] = "the limit would be @B, but with a margin @A are committed: hardly "
			   "anything could start; use more swap, a larger vm.overcommit_ratio, or "
			   "--force",
	[WHY_COMMIT_UNKNOWN] = "the kernel does not tell how much is committed (Committed_AS), so "
			       "whether the machine could still fork is unknown",
	[WHY_MIN_FREE] = "is more than 5 % of RAM; at most @a here",
	[WHY_NO_KEY] = "this kernel has no such setting",
	[WHY_NO_DEFAULT] = "the kernel computes its default; it stays until the next boot",
	[WHY_FORMER_UNKNOWN] =
		"@t might set it at the next boot, but cannot be read; it stays until "
		"then",
	[WHY_NEXT_BOOT] = "happens when this system boots",

	[WHY_UNITS_OLD] = "has not read fstab since its last change",
	[WHY_ANOTHER_PATH] = "is replaced by the swapfile the profile names",
	[WHY_FAILED] = "@t",
	[WHY_UNDONE] = "was made, but the kernel did not take it; removed again",
	[WHY_CUT_BACK] = "was grown, but the kernel did not take it; cut to its former size again",
	[WHY_UNSAFE] = "others than root can write its directory, who could exchange the file; "
		       "chown root and chmod go-w it",
	[WHY_BUSY] = "is active swap of the running system; swapoff it, or run memprov without "
		     "--root",
	[WHY_NO_SWAP] = "this kernel has no swap (CONFIG_SWAP)",
	[WHY_WARN_OPENED] = "@t could be opened by others than root until now, and who did can go "
			    "on reading what is swapped out; take it away and run memprov "
			    "again to have a new one",
	[WHY_CANNOT_READ] = "cannot be read by this user; run as root",

	[WHY_WARN_INACTIVE] = "@t is configured in fstab as swap, but not active",
	[WHY_WARN_DELETED] = "@t is active, but its file was deleted: it is gone at the next boot",
	[WHY_WARN_LOST] =
		"@t is active, and counts as other swap, but is not to be found by that "
		"path: its filesystem was unmounted (umount -l), or is mounted elsewhere; "
		"mount it again and swapoff the file there, or reboot",
	[WHY_WARN_PROCPS] = "@t:@a (@v) would win if procps (sysctl --system) applied the settings",
	[WHY_WARN_SYSTEMD] = "@t:@a (@v) would win if systemd-sysctl applied the settings",
	[WHY_WARN_CONFLICT] = "@t:@a sets another value (@v) and wins at the next boot "
			      "(conflicts: report)",
	[WHY_WARN_LEFTOVER_SWAP] = "@t was made by memprov, but the profile manages no swap; "
				   "`memprov remove` takes it away",
	[WHY_WARN_RETIRED] = "the fstab line of @t is that of a former swapfile "
			     "(" FSTAB_RETIRED "), which is not seen there; mount its filesystem "
			     "and run memprov again as root, or delete the line",
	[WHY_WARN_LEFTOVER_LINE] =
		"the fstab line of @t was made by memprov for a swapfile that is "
		"gone, but the profile manages no swap; `memprov remove` takes "
		"it away",
	[WHY_WARN_LEFTOVER_FILE] = SYSCTL_DROPIN " was made by memprov, but the profile manages "
						 "no sysctls; `memprov remove` takes it away",
	[WHY_WARN_DISABLED] =
		"@t has lines that memprov commented out (#memprov#), but the profile "
		"manages no sysctls; `memprov remove` brings them back",
	[WHY_WARN_BELOW] = "swap is kept at @A, for the recommended @B there is no room",
	[WHY_WARN_REDUCED] = "the swapfile is reduced to @A, for the recommended @B there is no "
			     "room",
	[WHY_WARN_STRICT_NO_SWAP] = "without swap vm.overcommit_memory=2 would allow @B, less "
				    "than the @A committed with a margin: if swapon fails at "
				    "boot, hardly anything can start",
	[WHY_WARN_ADOPTED] = "@t and its fstab line were not made by memprov and stay",
	[WHY_WARN_RELOAD] = "systemctl daemon-reload failed; systemd reads fstab at the next boot",
	[WHY_WARN_SNAPSHOTS] =
		"while @t is active, no snapshot can be made of the btrfs subvolume it is in; name "
		"a file in a directory that is not there yet (--file /swap/swapfile): memprov "
		"makes that a subvolume of its own",
	[WHY_WARN_DEVICES] = "its btrfs has @a devices; the kernel takes the swapfile only if all "
			     "of it comes to lie on one of them; if it does not, name a file on "
			     "another filesystem (--file)",
	[WHY_WARN_UNIT] = "@t is a unit for the swapfile that its fstab line overrides; delete it",
	[WHY_WARN_KUBELET] = "by @t a kubelet would refuse to start while swap is active; set "
			     "`failSwapOn: false` in its configuration",
	[WHY_WARN_ZRAM] = "the swapfile would be used before zram (priority @i); give @t a higher "
			  "priority, or the profile a lower one",
	[WHY_WARN_ZRAM_EQUAL] = "the swapfile would be used in turns with zram (priority @i); give "
				"@t a higher priority, or the profile a lower one",
	[WHY_NOTE_OVERRIDES] = "overrides @t:@a = @v",
};

static void expand(FILE *out, char what, struct why why)
{
	char size[SIZE_TEXT_MAX];

	switch (what) {
	case 't':
		fputs(why.text && *why.text ? why.text : "data", out);
		break;
	case 'f':
		report_filesystem(out, why.text ? why.text : "");
		break;
	case 'a':
		fprintf(out, "%" PRIu64, why.a);
		break;
	case 'A':
		fputs(size_format(why.a, size), out);
		break;
	case 'B':
		fputs(size_format(why.b, size), out);
		break;
	case 'm':
		fprintf(out, "%04o", (unsigned)why.a);
		break;
	case 'i':
		fprintf(out, "%" PRId64, (int64_t)why.a);
		break;
	case 'j':
		if ((int64_t)why.b < 0)
			fputs("the kernel's own", out);
		else
			fprintf(out, "%" PRId64, (int64_t)why.b);
		break;
	case 'e':
		fputs(strerror((int)why.a), out);
		break;
	case 'v':
		fputs(why.value ? why.value : "", out);
		break;
	default:
		break;
	}
}

const char *why_text(struct why why, char buf[static WORDS_MAX])
{
	_cleanup_fclose_ FILE *out = NULL;
	const char *p = why.code < WHY_N && patterns[why.code] ? patterns[why.code] : "";

	memset(buf, 0, WORDS_MAX);
	/* Names of paths are the only long part; what does not fit is cut. */
	out = fmemopen(buf, WORDS_MAX - 1, "w");
	if (!out)
		return buf;
	if (why.about)
		fprintf(out, "%s: ", why.about);
	for (; *p; p++) {
		if (*p == '@' && p[1])
			expand(out, *++p, why);
		else
			fputc(*p, out);
	}
	return buf;
}

static const char *done_words(const struct step *step)
{
	static const char *const actions[] = {
		[FILE_KEEP] = "",
		[FILE_MAKE] = "made",
		[FILE_REMAKE] = "made anew",
		[FILE_REHEADER] = "given a new header",
		[FILE_GROW] = "grown",
		[FILE_SHRINK] = "shrunk",
		[FILE_MODE] = "closed to others",
		[FILE_REMOVE] = "removed",
	};
	const bool had = step->have.type == VALUE_TEXT, wanted = step->want.type == VALUE_TEXT;

	switch (step->kind) {
	case STEP_SWAPFILE:
		return actions[step->action];
	case STEP_SWAPON:
		return step->activate ? "switched on" : "switched off";
	case STEP_FSTAB:
		return !wanted ? "line removed" : had ? "line changed" : "line added";
	case STEP_SYSCTL_FILE:
		return wanted ? "written" : "removed";
	case STEP_SYSCTL:
		return "set";
	case STEP_DAEMON_RELOAD:
		return "reloaded";
	case STEP_RETIRE:
		return "removed";
	case STEP_SYSCTL_CONFLICT:
		return step->why.code == WHY_BRING_BACK ? "brought back" : "commented out";
	case STEP_N:
		break;
	}
	return "";
}

const char *step_text(const struct step *step, char buf[static WORDS_MAX])
{
	if (step->state != STATE_DONE)
		return why_text(step->why, buf);
	(void)snprintf(buf, WORDS_MAX, "%s", done_words(step));
	return buf;
}
