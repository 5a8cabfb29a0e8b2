/* SPDX-License-Identifier: MIT */
/*
 * Reads the machine, part by part, and finds our swapfiles at other paths than the one asked for.
 * Must not decide anything, and must not change anything.
 */
#include "facts_parts.h"

#include <fcntl.h>

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

static enum place read_place(const struct root *root, const char *kernel)
{
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

static bool has_directory(const struct root *root, const char *path)
{
	_cleanup_close_ int fd = root_openat(root, path, O_PATH | O_DIRECTORY, 0);

	return fd >= 0;
}

static bool has_file(const struct root *root, const char *path)
{
	_cleanup_close_ int fd = root_openat(root, path, O_PATH, 0);

	return fd >= 0;
}

static bool read_systemd(const struct root *root)
{
	/* As sd_booted(3); of a tree, what will be init. */
	if (root->is_system)
		return has_directory(root, "/run/systemd/system");
	return has_file(root, "/usr/lib/systemd/systemd") || has_file(root, "/lib/systemd/systemd");
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

/* Keeps what is at the path if it carries our label and is not the file asked for. */
static int consider_other(const struct root *root, struct facts *facts, const char *path,
			  struct err *err)
{
	struct found *found, *more;
	int r;

	if (path[0] != '/' || streq(path, facts->file.path))
		return 0;
	more = realloc(facts->others, (facts->n_others + 1) * sizeof(*more));
	if (!more)
		return err_sys(err, -ENOMEM, "cannot keep what is at %s", path);
	facts->others = more;
	found = &facts->others[facts->n_others];
	r = facts_find(root, facts, path, found, err);
	if (r < 0)
		return r;
	if (found->kind == FOUND_SWAP && found->ours == OURS_YES &&
	    !known_already(facts, found->dev, found->ino))
		facts->n_others++;
	return 0;
}

/* The swapfiles labelled memprov that are active, or in fstab, at other paths than asked for. */
static int find_others(const struct root *root, struct facts *facts, struct err *err)
{
	for (size_t i = 0; i < facts->n_swaps; i++) {
		const struct swap_line *line = &facts->swaps[i].line;
		int r = 0;

		if (line->is_file && !line->deleted)
			r = consider_other(root, facts, line->path, err);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < facts->fstab_table.n; i++) {
		const struct fstab_entry *entry = &facts->fstab_table.entries[i];
		int r = 0;

		if (streq(entry->type, "swap") && !has_prefix(entry->source, "/dev/"))
			r = consider_other(root, facts, entry->source, err);
		if (r < 0)
			return r;
	}
	return 0;
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

/* systemd makes units of fstab when it is told to; since then it may have changed. */
static void read_units(const struct root *root, struct facts *facts)
{
	_cleanup_close_ int fstab = -1, units = -1;
	struct stat fstab_st, units_st;

	if (!facts->systemd || !root->is_system)
		return;
	fstab = root_openat(root, FSTAB_PATH, O_PATH, 0);
	units = root_openat(root, "/run/systemd/systemd-units-load", O_PATH, 0);
	if (units < 0 || fstat(units, &units_st) < 0)
		return;
	facts->units_known = true;
	if (fstab < 0 || fstat(fstab, &fstab_st) < 0)
		return;
	facts->units_old = fstab_st.st_mtim.tv_sec > units_st.st_mtim.tv_sec ||
		(fstab_st.st_mtim.tv_sec == units_st.st_mtim.tv_sec &&
		 fstab_st.st_mtim.tv_nsec > units_st.st_mtim.tv_nsec);
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
	facts.place = read_place(root, facts.kernel);
	facts.systemd = read_systemd(root);
	if (r == 0)
		r = facts_read_etc(root, &facts, err);
	if (r == 0)
		r = facts_find(root, &facts, request->swapfile, &facts.file, err);
	if (r == 0)
		r = find_others(root, &facts, err);
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
	facts_etc_done(facts);
	*facts = (struct facts){ .is_system = false };
}
