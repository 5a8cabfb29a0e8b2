/* SPDX-License-Identifier: MIT */
/*
 * Every reason has words, whole ones, with its own arguments in them, however long or missing those
 * are. Touches nothing.
 */
#include "report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* These say all there is to say by their state and values. */
static bool is_silent(enum why_code code)
{
	return code == WHY_NONE || code == WHY_VALUE;
}

static void test_every_reason(void **state)
{
	(void)state;
	for (unsigned code = 0; code < WHY_N; code++) {
		struct why why = { code, "TEXT", GIB(3), GIB(2), "VALUE" };
		char buf[WORDS_MAX];
		size_t len;

		memset(buf, 'x', sizeof(buf));
		assert_ptr_equal(why_text(why, buf), buf);
		len = strnlen(buf, sizeof(buf));
		assert_in_range(len, 0, WORDS_MAX - 1);
		if (is_silent(code) != (len == 0))
			fail_msg("code %u: \"%s\"", code, buf);
		if (len == 0)
			continue;
		if (strchr(buf, '@') || strchr(buf, '\n') || strstr(buf, "  ") ||
		    strstr(buf, " ,") || strstr(buf, "()") || strstr(buf, "(null)"))
			fail_msg("code %u: \"%s\"", code, buf);
		if (buf[0] == ' ' || buf[len - 1] == ' ' || buf[len - 1] == '.' ||
		    buf[len - 1] == ':')
			fail_msg("code %u: \"%s\"", code, buf);
	}
}

static void test_words(void **state)
{
	static const struct {
		struct why why;
		const char *words;
	} table[] = {
		{ { WHY_REDUCED, .a = GIB(16), .b = MIB(9728) },
		  "there is none yet; 16 GiB is recommended, but there is room for 9.5 GiB only" },
		{ { WHY_SPARSE, .a = MIB(512) }, "has holes: 512 MiB of it are not allocated" },
		{ { WHY_SHARED, .a = GIB(1) },
		  "1 GiB of it belong to a snapshot or reflink copy, too; made anew" },
		{ { WHY_SHARED_NO_ROOM, .a = GIB(4), .b = GIB(1) },
		  "4 GiB of it belong to a snapshot or reflink copy, too, so it has to be made "
		  "anew, "
		  "but there is room for 1 GiB only; delete the snapshot or the copy" },
		{ { WHY_DATA_PROFILE, .text = "raid1", .value = "/srv" },
		  "the data of its btrfs is kept as raid1, and the kernel swaps to single copies "
		  "on "
		  "one device only; name a file on another filesystem (--file), or give up the "
		  "second copy of all data there: `btrfs balance start -dconvert=single /srv`" },
		{ { WHY_OPERATION, .text = "balance paused", .value = "/srv" },
		  "its btrfs is at something that keeps swapon out (balance paused); wait until it "
		  "has ended, or cancel it (a balance: `btrfs balance cancel /srv`; one that is "
		  "paused goes on with `btrfs balance resume /srv`)" },
		{ { WHY_WARN_DEVICES, .a = 3 },
		  "its btrfs has 3 devices; the kernel takes the swapfile only if all of it comes "
		  "to lie on one of them; if it does not, name a file on another filesystem "
		  "(--file)" },
		{ { WHY_OLD_KERNEL, .text = "btrfs", .value = "5.0" },
		  "is on btrfs, which Linux swaps to since 5.0 only; name a file on another "
		  "filesystem (--file)" },
		{ { WHY_OTHER_PAGE, .a = KIB(64) }, "was made for a page size of 64 KiB" },
		{ { WHY_MODE, .a = 0644, .b = 0 },
		  "has mode 0644 or an owner other than root; others might read what is swapped "
		  "out" },
		{ { WHY_MODE, .a = 0, .b = 0 },
		  "has mode 0000 or an owner other than root; others might read what is swapped "
		  "out" },
		{ { WHY_KEPT_LARGER, .a = GIB(8) },
		  "is larger than the recommended 8 GiB, and kept (larger: keep)" },
		{ { WHY_NO_ROW, .a = GIB(48) },
		  "the profile has no row for 48 GiB of RAM; add one, or use --size" },
		{ { WHY_TOO_TINY, .a = KIB(40) }, "a swapfile has at least 40 KiB" },
		{ { WHY_FOREIGN, .text = "ext4" },
		  "is not a swapfile (ext4) and is not overwritten; move it away, or name another "
		  "file" },
		{ { WHY_FOREIGN, .text = "" },
		  "is not a swapfile (data) and is not overwritten; move it away, or name another "
		  "file" },
		{ { WHY_FOREIGN },
		  "is not a swapfile (data) and is not overwritten; move it away, or name another "
		  "file" },
		{ { WHY_HARD_LINKS, .a = 2 },
		  "has 2 names (hard links); remove the others, or name another file" },
		{ { WHY_ERROR, .a = EIO }, "Input/output error" },
		{ { WHY_PRIORITY_LATER, .a = 10, .b = 20 },
		  "its priority is 10, not 20; it changes with the next swapoff" },
		{ { WHY_PRIORITY_LATER, .a = (uint64_t)-2, .b = 0 },
		  "its priority is -2, not 0; it changes with the next swapoff" },
		{ { WHY_PRIORITY_LATER, .a = 5, .b = (uint64_t)-1 },
		  "its priority is 5, not the kernel's own; it changes with the next swapoff" },
		{ { WHY_LINE_WRONG, .a = 12 }, "its line 12 has other options" },
		{ { WHY_CONFLICT, .text = "/etc/sysctl.d/99-zzz.conf", .a = 3, .value = "60" },
		  "/etc/sysctl.d/99-zzz.conf:3 sets it to 60 and wins at the next boot; remove "
		  "that "
		  "line, or set `conflicts: disable` (which comments it out) or `report` in the "
		  "profile" },
		{ { WHY_CONFLICT_TUNED, .text = "/etc/tuned/x/tuned.conf", .a = 3, .value = "60" },
		  "tuned applies /etc/tuned/x/tuned.conf:3 (60) after all other files at the next "
		  "boot; set reapply_sysctl=1 in /etc/tuned/tuned-main.conf, or "
		  "`conflicts: report` in the profile" },
		{ { WHY_CONFLICT_TUNED_STOP, .text = "/etc/sysctl.d/a.conf", .a = 3,
		    .value = "60" },
		  "tuned's own profile (60) wins at the next boot, for tuned gives up at "
		  "/etc/sysctl.d/a.conf, which is no UTF-8 text, before it applies the rest of "
		  "sysctl.d again; convert that file, or set `conflicts: report` in the profile" },
		{ { WHY_CONFLICT_RUN, .text = "/run/sysctl.d/a.conf", .a = 3, .value = "60" },
		  "/run/sysctl.d/a.conf:3 (60) wins at the next boot, and to tuned no file of /etc "
		  "hides it; remove it, or set `conflicts: report` in the profile" },
		{ { WHY_ON_READ_ONLY, .text = "xfs" },
		  "is on xfs, which is mounted read-only; remount it rw, or name a file on another "
		  "filesystem (--file)" },
		{ { WHY_NOT_LISTED, .text = "f2fs" },
		  "is on f2fs, which the profile's swap.filesystems does not list; add it there, "
		  "or name a file on another filesystem (--file)" },
		{ { WHY_UNIT_MASKED, .text = "a\\x2db.swap", .value = "unmask" },
		  "masks a\\x2db.swap, so that systemd leaves the swapfile off at boot; "
		  "`systemctl unmask 'a\\x2db.swap'`, or delete this mask" },
		{ { WHY_CMDLINE, .text = "fstab=no" },
		  "with fstab=no on the kernel command line systemd leaves the swapfile off at "
		  "boot; take that word out of the boot loader's configuration and reboot" },
		{ { WHY_WARN_DELETED, .text = "/swapfile" },
		  "/swapfile is active, but its file was deleted: it is gone at the next boot" },
		{ { WHY_WARN_ZRAM, .text = "/dev/zram0", .a = (uint64_t)-2 },
		  "the swapfile would be used before zram (priority -2); give /dev/zram0 a higher "
		  "priority, or the profile a lower one" },
		{ { WHY_MIN_FREE, .a = 102400 }, "is more than 5 % of RAM; at most 102400 here" },
		{ { WHY_NOTE_OVERRIDES, .text = "/etc/sysctl.d/50-redis.conf", .a = 1,
		    .value = "1" },
		  "overrides /etc/sysctl.d/50-redis.conf:1 = 1" },
		/* What a file says is not a pattern. */
		{ { WHY_NOTE_OVERRIDES, .text = "/etc/sysctl.d/@t%s.conf", .a = 1,
		    .value = "@a@v@" },
		  "overrides /etc/sysctl.d/@t%s.conf:1 = @a@v@" },
		{ { WHY_N, .text = "x" }, "" },
		{ { WHY_N + 1000, .text = "x" }, "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		char buf[WORDS_MAX];

		assert_string_equal(why_text(table[i].why, buf), table[i].words);
	}
}

/* Each filesystem that is refused has its name and its own words, and each a way out. */
static void test_filesystems(void **state)
{
	static const struct {
		const char *type, *words;
	} table[] = {
		{ "overlay", "is on overlayfs, which cannot hold a swapfile; " },
		{ "tmpfs", "is on tmpfs, which is in memory itself; " },
		{ "ramfs", "is on ramfs, which is in memory itself; " },
		{ "squashfs", "is on squashfs, which is always read-only; " },
		{ "erofs", "is on erofs, which is always read-only; " },
		{ "vfat", "is on vfat, which keeps neither owner nor mode, so others " },
		{ "exfat", "is on exfat, which keeps neither owner nor mode, so others " },
		{ "nfs", "is on nfs, and swapping over a network can deadlock; " },
		{ "nfs4", "is on nfs, and swapping over a network can deadlock; " },
		{ "cifs", "is on cifs, and swapping over a network can deadlock; " },
		{ "smb3", "is on cifs, and swapping over a network can deadlock; " },
		{ "9p", "is on 9p, which cannot hold a swapfile; " },
		{ "zfs", "is on zfs, which cannot hold a swapfile, and whose volumes can " },
		{ "bcachefs", "is on bcachefs, which cannot hold a swapfile; use a partition, " },
		{ "ecryptfs", "is on ecryptfs, which cannot hold a swapfile; " },
		{ "fuse.sshfs", "is on fuse.sshfs, whose process could itself be swapped out; " },
		{ "fuseblk", "is on fuseblk (ntfs-3g, for example), whose process could itself " },
		{ "ntfs3", "is on ntfs3, which memprov does not know to hold swapfiles safely; " },
		{ "jfs", "is on jfs, which memprov does not know to hold swapfiles safely; " },
		{ "", "is on an unknown filesystem, which memprov does not know " },
		{ NULL, "is on an unknown filesystem, which memprov does not know " },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		char buf[WORDS_MAX];

		why_text((struct why){ WHY_FILESYSTEM, .text = table[i].type }, buf);
		assert_memory_equal(buf, table[i].words, strlen(table[i].words));
		if (!strstr(buf, " name a file ") || !strstr(buf, " (--file)"))
			fail_msg("no way out: %s", buf);
	}
}

/* Nothing is written behind the buffer, and what is cut still ends. */
static void test_long_texts(void **state)
{
	static char text[8192];

	(void)state;
	memset(text, 't', sizeof(text) - 1);
	for (unsigned code = 0; code < WHY_N; code++)
		for (size_t len = 0; len < sizeof(text); len += len < 1100 ? 61 : 1500) {
			/* On the heap, so that a sanitizer sees every byte beyond. */
			char *buf = malloc(WORDS_MAX);
			const char *cut = text + sizeof(text) - 1 - len;
			struct why why = { code, cut, UINT64_MAX, UINT64_MAX, cut };

			assert_non_null(buf);
			memset(buf, 'x', WORDS_MAX);
			why_text(why, buf);
			assert_non_null(memchr(buf, '\0', WORDS_MAX));
			free(buf);
		}
}

/* The contract's names, as programs read them. */
static void test_names(void **state)
{
	static const char *const kinds[] = {
		"swapfile",        "swapon", "fstab",         "sysctl-file",
		"sysctl-conflict", "sysctl", "daemon-reload", "retire",
	};
	static const char *const states[] = {
		"ok", "change", "done", "deferred", "blocked", "failed", "skipped", "unknown",
	};

	(void)state;
	assert_int_equal(ARRAY_SIZE(kinds), STEP_N);
	for (size_t i = 0; i < STEP_N; i++)
		assert_string_equal(step_kind_names[i], kinds[i]);
	assert_int_equal(ARRAY_SIZE(states), STATE_N);
	for (size_t i = 0; i < STATE_N; i++)
		assert_string_equal(step_state_names[i], states[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_reason), cmocka_unit_test(test_words),
		cmocka_unit_test(test_filesystems),  cmocka_unit_test(test_long_texts),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests_name("words", tests, NULL, NULL);
}
