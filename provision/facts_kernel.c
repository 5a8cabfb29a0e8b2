/* SPDX-License-Identifier: MIT */
/*
 * Reads what the kernel tells of itself: memory, active swap, live sysctls. Under --root only plain
 * files count, the running kernel's are not the tree's.
 */
#include "facts_parts.h"

#include "size.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/utsname.h>

#define PROC_MAX MIB(4)

int facts_read_kernel(const struct root *root, const char *path, char **ret_text)
{
	_cleanup_close_ int fd = -1;

	if (!root->is_system) {
		fd = root_openat(root, path, O_PATH, 0);
		if (fd < 0)
			return fd;
		/* The running kernel's files, mounted into a tree, are not the tree's. */
		if (fd_is_on(fd, PROC_SUPER_MAGIC) || fd_is_on(fd, SYSFS_MAGIC))
			return -ENOENT;
	}
	return root_read(root, path, PROC_MAX, ret_text, NULL);
}

void facts_read_release(const struct root *root, char ret[static 128])
{
	_cleanup_free_ char *text = NULL;
	struct utsname uts;

	if (root->is_system) {
		if (uname(&uts) == 0)
			copy_text(ret, 128, uts.release);
	} else if (facts_read_kernel(root, "/proc/sys/kernel/osrelease", &text) == 0 && text) {
		text[strcspn(text, "\n")] = '\0';
		copy_text(ret, 128, text);
	}
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
	facts->swap_cached_bytes = text ? meminfo_bytes(text, "SwapCached") : UNKNOWN;
	facts->committed_bytes = text ? meminfo_bytes(text, "Committed_AS") : UNKNOWN;
	facts->hugetlb_bytes = text ? meminfo_bytes(text, "Hugetlb") : UNKNOWN;
	facts->limit_bytes = text ? meminfo_bytes(text, "CommitLimit") : UNKNOWN;
	facts->planned_bytes =
		request->memtotal_bytes ? request->memtotal_bytes : facts->memtotal_bytes;
	if (facts->planned_bytes != UNKNOWN && facts->planned_bytes != 0) {
		facts->ram_bytes = size_round_ram(facts->planned_bytes);
		return 0;
	}
	if (!request->ram_matters)
		return 0;
	return err_set(
		err, -ENODATA,
		"%s: this tree does not say how much RAM its machine has; give it with --ram",
		root->is_system ? "/proc/meminfo" : root->name);
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

#define DELETED_MARK " (deleted)"

/* Takes off what the kernel puts behind a path that is none any more. False: there is no mark. */
static bool cut_mark(char *path)
{
	size_t len = strlen(path), mark = strlen(DELETED_MARK);

	if (len <= strlen("/") + mark || !streq(path + len - mark, DELETED_MARK))
		return false;
	path[len - mark] = '\0';
	return true;
}

/*
 * One this user may not reach is as if it were not there; any other failure must not make our own
 * file another's.
 */
static int look_at(const struct root *root, const char *path, struct stat *ret)
{
	_cleanup_close_ int fd = root_openat(root, path, O_PATH, 0);

	memset(ret, 0, sizeof(*ret));
	if (fd < 0)
		return facts_is_absence(fd) ? 0 : fd;
	return fstat(fd, ret) < 0 ? neg_errno() : 0;
}

/* Whether the area can be what is at its path, word for word. */
static bool is_there(const struct swap_area *area, const struct stat *st)
{
	return area->line.is_file
		? S_ISREG(st->st_mode) && (uint64_t)st->st_size > area->line.size_bytes
		: S_ISBLK(st->st_mode);
}

/*
 * Which inode an active file is: its text in /proc/swaps changes with mounts and renames. The mark
 * of a deleted file (before Linux 5.15 one could be, just as swapon took it) is believed unless
 * there is a file of that very name. Of a device only the node was deleted, which a boot makes
 * anew. Of a filesystem that was unmounted lazily, or is mounted elsewhere only, the path begins
 * at its own root, and leads to nothing here.
 */
static int identify_swap(const struct root *root, struct swap_area *area)
{
	struct stat st;
	int r = look_at(root, area->line.path, &st);

	if (r == 0 && !is_there(area, &st) && cut_mark(area->line.path)) {
		area->deleted = area->line.is_file;
		if (area->deleted)
			return 0;
		r = look_at(root, area->line.path, &st);
	}
	if (r < 0)
		return r;
	area->lost = area->line.is_file && !is_there(area, &st);
	area->rdev = S_ISBLK(st.st_mode) ? st.st_rdev : 0;
	if (area->line.is_file) {
		area->dev = st.st_dev;
		area->ino = st.st_ino;
	}
	return 0;
}

static int read_swaps(const struct root *root, struct facts *facts, struct err *err)
{
	_cleanup_free_ char *text = NULL;
	struct swap_area area;
	const char *p;
	int r = facts_read_kernel(root, "/proc/swaps", &text);

	/* A kernel without CONFIG_SWAP has no such file, nor have most trees. */
	if (r == -ENOENT || r == -EINVAL || r == -EACCES)
		return 0;
	if (r < 0)
		return err_sys(err, r, "cannot read /proc/swaps");
	facts->swaps_known = true;
	for (p = text; memset(&area, 0, sizeof(area)), swaps_next(&p, &area.line);) {
		area.is_zram = !area.line.is_file && has_prefix(area.line.path, "/dev/zram");
		r = identify_swap(root, &area);
		if (r < 0)
			return err_sys(err, r, "cannot look at %s", area.line.path);
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
			facts->sysctl_now[key] = SYSCTL_ODD;
	}
}

int facts_read_running(const struct root *root, const struct facts_request *request,
		       struct facts *facts, struct err *err)
{
	int r = read_memory(root, request, facts, err);

	facts_read_release(root, facts->kernel);
	read_live_sysctls(root, facts);
	return r < 0 ? r : read_swaps(root, facts, err);
}

bool facts_kernel_swaps_to(const struct stat *st)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_close_ int fd = open("/proc/swaps", O_RDONLY | O_CLOEXEC);
	struct swap_line line;
	struct stat area;
	const char *p;

	if (fd < 0 || fd_read_all(fd, PROC_MAX, &text, NULL) < 0)
		return false;
	for (p = text; swaps_next(&p, &line);)
		if (line.is_file && stat(line.path, &area) == 0 && area.st_dev == st->st_dev &&
		    area.st_ino == st->st_ino)
			return true;
	return false;
}
