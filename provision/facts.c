/* SPDX-License-Identifier: MIT */
/*
 * Reads the machine, part by part, and finds our swapfiles at other paths than the one asked for.
 * Must not decide anything, and must not change anything.
 */
#include "facts_parts.h"

#include <fcntl.h>
#include <time.h>

/* Of Linux 5.8. */
#ifndef STATX_ATTR_MOUNT_ROOT
#define STATX_ATTR_MOUNT_ROOT 0x2000
#endif

/* Inodes of the initial namespaces, fixed in include/linux/proc_ns.h. */
#define INITIAL_PID_NS  "pid:[4026531836]"
#define INITIAL_USER_NS "user:[4026531837]"

static bool in_namespace(const char *link, const char *initial)
{
	char name[64];
	ssize_t n = readlink(link, name, sizeof(name) - 1);

	if (n < 0)
		return false;
	name[n] = '\0';
	return !streq(name, initial);
}

static bool in_chroot(void)
{
	struct stat ours, inits;
	struct statx stx;

	if (stat("/", &ours) == 0 && stat("/proc/1/root/", &inits) == 0)
		return ours.st_dev != inits.st_dev || ours.st_ino != inits.st_ino;
	/* Not every root may look at init. A root directory that is no mount is a chroot surely. */
	return statx(AT_FDCWD, "/", 0, 0, &stx) == 0 &&
		stx.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT &&
		!(stx.stx_attributes & STATX_ATTR_MOUNT_ROOT);
}

enum place facts_place(const struct root *root)
{
	char kernel[128] = "";

	facts_read_release(root, kernel);
	/* Both generations of WSL say so: "5.15.167.4-microsoft-standard-WSL2". */
	if (strcasestr(kernel, "microsoft") || strstr(kernel, "WSL"))
		return PLACE_WSL;
	if (!root->is_system)
		return PLACE_HOST;
	if (in_namespace("/proc/self/ns/pid", INITIAL_PID_NS) ||
	    in_namespace("/proc/self/ns/user", INITIAL_USER_NS))
		return PLACE_CONTAINER;
	return in_chroot() ? PLACE_CHROOT : PLACE_HOST;
}

bool facts_is_absence(int r)
{
	return r == -ENOENT || r == -ENOTDIR || r == -ELOOP || r == -ENAMETOOLONG || r == -EACCES;
}

int facts_is_there(const struct root *root, const char *path, int flags)
{
	_cleanup_close_ int fd = root_openat(root, path, O_PATH | flags, 0);

	if (fd < 0)
		return facts_is_absence(fd) ? 0 : fd;
	return 1;
}

/* As sd_booted(3); of a tree, what will be init. */
static int read_systemd(const struct root *root, bool *ret, struct err *err)
{
	static const char *const inits[] = { "/usr/lib/systemd/systemd", "/lib/systemd/systemd" };
	const char *path = root->is_system ? "/run/systemd/system" : inits[0];
	int r = facts_is_there(root, path, root->is_system ? O_DIRECTORY : 0);

	if (r == 0 && !root->is_system)
		r = facts_is_there(root, path = inits[1], 0);
	if (r < 0)
		return err_sys(err, r, "cannot look at %s%s", root->name, path);
	*ret = r > 0;
	return 0;
}

static bool known_already(const struct facts *facts, dev_t dev, ino_t ino)
{
	if (dev == facts->file.dev && ino == facts->file.ino)
		return true;
	for (size_t i = 0; i < facts->n_others; i++)
		if (dev == facts->others[i].dev && ino == facts->others[i].ino)
			return true;
	return false;
}

#define OTHERS_MAX 64

/* By its path: a file that is gone has no inode. */
static bool known_by_path(const struct facts *facts, const char *path)
{
	for (size_t i = 0; i < facts->n_others; i++)
		if (fstab_same_path(facts->others[i].path, path))
			return true;
	return false;
}

/*
 * Keeps what is at the path if it carries our label and is not the file asked for. retired: what
 * did is gone, perhaps, and only its line is left.
 */
static int consider_other(const struct root *root, struct facts *facts, const char *path,
			  bool retired, struct err *err)
{
	struct found *found, *more;
	int r;

	if (path[0] != '/' || fstab_same_path(path, facts->file.path))
		return 0;
	if (facts->n_others >= OTHERS_MAX)
		return err_set(err, -E2BIG, "more than %d swapfiles of memprov's", OTHERS_MAX);
	more = realloc(facts->others, (facts->n_others + 1) * sizeof(*more));
	if (!more)
		return err_sys(err, -ENOMEM, "cannot keep what is at %s", path);
	facts->others = more;
	found = &facts->others[facts->n_others];
	r = facts_find_header(root, facts, path, found, err);
	if (r < 0)
		return r;
	/* No directory, no file. Not gone, if its filesystem is only not mounted. */
	if (retired && found->kind == FOUND_NO_WAY && found->way == WALK_MISSING)
		found->kind = FOUND_NOTHING;
	if (retired && found->kind == FOUND_NOTHING)
		facts_find_unmounted(root, facts, found);
	if ((found->kind == FOUND_SWAP && found->ours == OURS_YES &&
	     !known_already(facts, found->dev, found->ino)) ||
	    (retired && found->kind == FOUND_NOTHING && !found->not_mounted[0] &&
	     !known_by_path(facts, path)))
		facts->n_others++;
	return 0;
}

/* The swapfiles labelled memprov that are active, or in fstab, at other paths than asked for. */
static int find_others(const struct root *root, struct facts *facts, struct err *err)
{
	for (size_t i = 0; i < facts->n_swaps; i++) {
		const struct swap_area *area = &facts->swaps[i];
		int r = 0;

		if (area->line.is_file && !area->deleted)
			r = consider_other(root, facts, area->line.path, false, err);
		if (r < 0)
			return r;
	}
	if (facts->fstab_table.n == 0)
		return 0;
	facts->retired = calloc(facts->fstab_table.n, sizeof(*facts->retired));
	if (!facts->retired)
		return err_sys(err, -ENOMEM, "cannot keep the swap of fstab");
	for (size_t i = 0; i < facts->fstab_table.n; i++) {
		const struct fstab_entry *entry = &facts->fstab_table.entries[i];
		const bool retired = fstab_has_option(entry, FSTAB_RETIRED);
		int r;

		if (!streq(entry->type, "swap") || has_prefix(entry->source, "/dev/"))
			continue;
		r = consider_other(root, facts, entry->source, retired, err);
		if (r < 0)
			return r;
		if (retired && !fstab_same_path(entry->source, facts->file.path) &&
		    !known_by_path(facts, entry->source))
			facts->retired[facts->n_retired++] = entry->source;
	}
	return 0;
}

#define TAG_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:-"

/* By device or inode: /dev/mapper/x is shown as /dev/dm-0, a file under any of its names. */
static bool is_active_source(const struct root *root, const struct facts *facts, const char *source)
{
	_cleanup_close_ int fd = -1, directory_fd = -1;
	const char *value, *directory = facts_tag_directory(source, &value);
	char path[4096];
	struct stat st = { 0 };

	if (!directory ||
	    snprintf(path, sizeof(path), "%s%s", directory, value) >= (int)sizeof(path))
		return true;
	fd = root_openat(root, path, O_PATH, 0);
	if (fd >= 0 && fstat(fd, &st) < 0)
		return true;
	if (fd < 0 && *directory) {
		/* Without udev nothing is known; odd characters it writes in its own way. */
		directory_fd = root_openat(root, directory, O_PATH | O_DIRECTORY, 0);
		return directory_fd < 0 || strspn(value, TAG_CHARACTERS) != strlen(value);
	}
	for (size_t i = 0; i < facts->n_swaps; i++) {
		const struct swap_area *area = &facts->swaps[i];

		/* Of a deleted file the warning is another, unless there is a new one. */
		if ((fstab_same_path(area->line.path, path) && !(area->deleted && fd >= 0)) ||
		    (S_ISBLK(st.st_mode) && area->rdev == st.st_rdev) ||
		    (S_ISREG(st.st_mode) && area->ino == st.st_ino && area->dev == st.st_dev))
			return true;
	}
	return false;
}

/* Configured swap that is not active: a device that is gone, or a swapon that failed at boot. */
static int find_inactive(const struct root *root, struct facts *facts, struct err *err)
{
	const struct fstab_table *table = &facts->fstab_table;

	if (!facts->swaps_known || table->n == 0)
		return 0;
	facts->inactive = calloc(table->n, sizeof(*facts->inactive));
	if (!facts->inactive)
		return err_sys(err, -ENOMEM, "cannot keep the swap of fstab");
	for (size_t i = 0; i < table->n; i++) {
		const struct fstab_entry *entry = &table->entries[i];

		/* Ours has steps of its own. */
		if (streq(entry->type, "swap") && !fstab_is_noauto(entry) &&
		    !fstab_has_option(entry, FSTAB_RETIRED) &&
		    !fstab_same_path(entry->source, facts->file.path) &&
		    !is_active_source(root, facts, entry->source))
			facts->inactive[facts->n_inactive++] = entry->source;
	}
	return 0;
}

/* What only seemed to be the file by its path is another's, whose inode is not known. */
static void disown_strangers(struct facts *facts)
{
	for (size_t i = 0; i < facts->n_swaps; i++) {
		struct swap_area *area = &facts->swaps[i];

		if (area->dev == facts->file.dev && area->ino == facts->file.ino &&
		    !(facts->file.active && facts->file.area == i))
			area->dev = area->ino = 0;
	}
}

/* "Ours" is what is at the path asked for, whoever made it, and what carries our label. */
static void mark_ours(struct facts *facts)
{
	for (size_t i = 0; i < facts->n_swaps; i++) {
		struct swap_area *area = &facts->swaps[i];

		area->ours = area->ino != 0 && known_already(facts, area->dev, area->ino) ? OURS_YES
											  : OURS_NO;
	}
}

static bool is_later(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec > b->tv_sec || (a->tv_sec == b->tv_sec && a->tv_nsec > b->tv_nsec);
}

/* systemd makes units of fstab when it is told to; since then it may have changed. */
static void read_units(const struct root *root, struct facts *facts)
{
	_cleanup_close_ int fstab = -1, units = -1;
	struct stat fstab_st, units_st;
	struct timespec now;

	if (!facts->systemd || !root->is_system)
		return;
	fstab = root_openat(root, FSTAB_PATH, O_PATH, 0);
	units = root_openat(root, "/run/systemd/systemd-units-load", O_PATH, 0);
	if (units == -ENOENT)
		return;
	/* Where it cannot be told, a reload that was not needed does no harm. */
	facts->units_known = true;
	facts->units_old = units < 0 || fstat(units, &units_st) < 0 ||
		(fstab < 0 && !facts_is_absence(fstab)) ||
		(fstab >= 0 && fstat(fstab, &fstab_st) < 0);
	if (facts->units_old || fstab < 0)
		return;
	/* A time to come (a clock that was wrong) would be newer than any load to come, too. */
	facts->units_old = is_later(&fstab_st.st_mtim, &units_st.st_mtim) &&
		clock_gettime(CLOCK_REALTIME, &now) == 0 && !is_later(&fstab_st.st_mtim, &now);
}

int facts_read(const struct root *root, const struct facts_request *request, struct facts *ret,
	       struct err *err)
{
	struct facts facts = {
		.is_system = root->is_system,
		.privileged = geteuid() == 0,
		.owner = root->owner,
		.page_bytes = (size_t)sysconf(_SC_PAGESIZE),
	};
	int r;

	r = facts_read_running(root, request, &facts, err);
	if (r == 0)
		r = read_systemd(root, &facts.systemd, err);
	if (r == 0)
		r = facts_read_etc(root, &facts, err);
	if (r == 0)
		r = facts_read_tuned(root, &facts, err);
	if (r == 0) {
		facts_read_resume(root, &facts);
		r = facts_find(root, &facts, request->swapfile, &facts.file, err);
	}
	if (r == 0) {
		disown_strangers(&facts);
		r = find_others(root, &facts, err);
	}
	if (r == 0)
		r = find_inactive(root, &facts, err);
	if (r == 0)
		r = facts_read_boot(root, &facts, err);
	if (r < 0) {
		facts_done(&facts);
		return r;
	}
	mark_ours(&facts);
	read_units(root, &facts);
	*ret = facts;
	return 0;
}

void facts_done(struct facts *facts)
{
	free(facts->swaps);
	free(facts->others);
	free(facts->inactive);
	free(facts->retired);
	facts_etc_done(facts);
	*facts = (struct facts){ .is_system = false };
}
