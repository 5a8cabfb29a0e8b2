/* SPDX-License-Identifier: MIT */
/*
 * Reads the machine: where we run, memory, active swap, live sysctls, and our swapfiles elsewhere.
 * Must not decide anything, and must not change anything.
 */
#include "facts.h"

#include "size.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/magic.h>
#include <sys/statfs.h>
#include <sys/utsname.h>

#define PROC_MAX MIB(4)

/* Inodes of the initial namespaces, fixed in include/linux/proc_ns.h. */
#define INITIAL_PID_NS  "pid:[4026531836]"
#define INITIAL_USER_NS "user:[4026531837]"

int facts_read_kernel(const struct root *root, const char *path, char **ret_text)
{
	_cleanup_close_ int fd = root_openat(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
	struct statfs fs;
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0 || fstatfs(fd, &fs) < 0)
		return neg_errno();
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	/* The running kernel's files, mounted into a tree, are not the tree's. */
	if (!root->is_system && (fs.f_type == PROC_SUPER_MAGIC || fs.f_type == SYSFS_MAGIC))
		return -ENOENT;
	return fd_read_all(fd, PROC_MAX, ret_text, NULL);
}

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

	/* Only root may look; who cannot see it cannot change anything either. */
	return stat("/", &ours) == 0 && stat("/proc/1/root/", &inits) == 0 &&
		(ours.st_dev != inits.st_dev || ours.st_ino != inits.st_ino);
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

static void read_kernel_release(const struct root *root, struct facts *facts)
{
	_cleanup_free_ char *text = NULL;
	struct utsname uts;

	if (!root->is_system) {
		if (facts_read_kernel(root, "/proc/sys/kernel/osrelease", &text) == 0 && text)
			(void)snprintf(facts->kernel, sizeof(facts->kernel), "%.*s",
				       (int)strcspn(text, "\n"), text);
		return;
	}
	if (uname(&uts) == 0)
		(void)snprintf(facts->kernel, sizeof(facts->kernel), "%s", uts.release);
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

static int read_memory(const struct root *root, const struct facts_request *request,
		       struct facts *facts, struct err *err)
{
	_cleanup_free_ char *text = NULL;
	int r = facts_read_kernel(root, "/proc/meminfo", &text);

	if (r == -ENOMEM)
		return err_sys(err, r, "cannot read /proc/meminfo");
	facts->memtotal_bytes = text ? meminfo_bytes(text, "MemTotal") : UNKNOWN;
	facts->available_bytes = text ? meminfo_bytes(text, "MemAvailable") : UNKNOWN;
	facts->committed_bytes = text ? meminfo_bytes(text, "Committed_AS") : UNKNOWN;
	facts->hugetlb_bytes = text ? meminfo_bytes(text, "Hugetlb") : UNKNOWN;
	facts->limit_bytes = text ? meminfo_bytes(text, "CommitLimit") : UNKNOWN;
	if (request->memtotal_bytes)
		facts->memtotal_bytes = request->memtotal_bytes;
	if (!request->ram_matters && facts->memtotal_bytes == UNKNOWN)
		return 0;
	if (facts->memtotal_bytes == UNKNOWN || facts->memtotal_bytes == 0)
		return err_set(err, -ENODATA,
			       "%s: this tree does not say how much RAM its machine has; give it "
			       "with --ram",
			       root->is_system ? "/proc/meminfo" : root->name);
	facts->ram_bytes = size_round_ram(facts->memtotal_bytes);
	return 0;
}

static int add_swap(struct facts *facts, const struct swap_area *area)
{
	struct swap_area *more =
		realloc(facts->swaps, (facts->n_swaps + 1) * sizeof(*facts->swaps));

	if (!more)
		return -ENOMEM;
	facts->swaps = more;
	facts->swaps[facts->n_swaps++] = *area;
	return 0;
}

/* Which inode an active file is: its text in /proc/swaps changes with mounts and renames. */
static void identify_swap(const struct root *root, struct swap_area *area)
{
	_cleanup_close_ int fd = -1;
	struct stat st;

	if (!area->line.is_file || area->line.deleted)
		return;
	fd = root_openat(root, area->line.path, O_PATH, 0);
	if (fd < 0 || fstat(fd, &st) < 0)
		return;
	area->dev = st.st_dev;
	area->ino = st.st_ino;
}

static int read_swaps(const struct root *root, struct facts *facts, struct err *err)
{
	_cleanup_free_ char *text = NULL;
	struct swap_area area;
	const char *p;
	int r = facts_read_kernel(root, "/proc/swaps", &text);

	/* A kernel without CONFIG_SWAP has no such file. */
	if (r < 0)
		return r == -ENOMEM ? err_sys(err, r, "cannot read /proc/swaps") : 0;
	facts->swaps_known = true;
	for (p = text; memset(&area, 0, sizeof(area)), swaps_next(&p, &area.line);) {
		area.is_zram = !area.line.is_file && has_prefix(area.line.path, "/dev/zram");
		identify_swap(root, &area);
		r = add_swap(facts, &area);
		if (r < 0)
			return err_sys(err, r, "cannot keep /proc/swaps");
	}
	return 0;
}

static void read_live_sysctls(const struct root *root, struct facts *facts)
{
	for (size_t key = 0; key < SYSCTL_N; key++) {
		_cleanup_free_ char *text = NULL;
		char path[128];
		int r;

		(void)snprintf(path, sizeof(path), "/proc/sys/vm/%s",
			       sysctl_keys[key].name + strlen("vm."));
		facts->sysctl_now[key] = UNKNOWN;
		r = facts_read_kernel(root, path, &text);
		facts->sysctl_missing[key] = r == -ENOENT && root->is_system;
		if (r < 0 || !text)
			continue;
		text[strcspn(text, "\n")] = '\0';
		if (!sysctl_value_parse(text, &facts->sysctl_now[key]))
			facts->sysctl_now[key] = UNKNOWN;
	}
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

	read_kernel_release(root, &facts);
	facts.place = read_place(root, facts.kernel);
	facts.systemd = read_systemd(root);
	r = read_memory(root, request, &facts, err);
	if (r == 0)
		r = read_swaps(root, &facts, err);
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
	read_live_sysctls(root, &facts);
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
