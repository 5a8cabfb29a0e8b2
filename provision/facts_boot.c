/* SPDX-License-Identifier: MIT */
/*
 * Reads what else than fstab decides whether the swapfile is active after a boot: systemd's units
 * and kernel command line, dphys-swapfile, a kubelet. What the texts mean is boot_text.c's to say.
 */
#include "facts_parts.h"

#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <sys/sysmacros.h>

#define BOOT_TEXT_MAX KIB(256)

/* systemd.unit(5), first to last; /run/systemd/generator, made of fstab, is after the first two. */
static const char *const unit_directories[] = {
	"/etc/systemd/system",     "/run/systemd/system", "/usr/local/lib/systemd/system",
	"/usr/lib/systemd/system", "/lib/systemd/system",
};
#define UNIT_DIRECTORIES_ABOVE_FSTAB 2

/* Whether there is such a name, be it a link to nowhere. */
static bool has_name(const struct root *root, const char *path)
{
	_cleanup_close_ int fd = root_openat(root, path, O_PATH | O_NOFOLLOW, 0);

	return fd >= 0;
}

/* systemd.unit(5): a unit is masked by a link to /dev/null, or by an empty file. */
static bool is_unit_mask(const struct root *root, const char *path)
{
	_cleanup_close_ int fd = root_openat(root, path, O_PATH, 0);
	struct stat st;

	/* In a tree there may be no /dev/null. */
	if (facts_is_mask(root, path))
		return true;
	if (fd < 0 || fstat(fd, &st) < 0)
		return false;
	return S_ISCHR(st.st_mode) ? st.st_rdev == makedev(1, 3)
				   : S_ISREG(st.st_mode) && st.st_size == 0;
}

/* The file that systemd would take for the unit, that of fstab aside. */
static void find_unit(const struct root *root, const char *name, struct boot_unit *ret)
{
	for (size_t i = 0; *name && i < ARRAY_SIZE(unit_directories); i++) {
		(void)snprintf(ret->path, sizeof(ret->path), "%s/%s", unit_directories[i], name);
		if (!has_name(root, ret->path))
			continue;
		ret->masked = is_unit_mask(root, ret->path);
		ret->until_boot = has_prefix(ret->path, "/run/");
		ret->above_fstab = i < UNIT_DIRECTORIES_ABOVE_FSTAB;
		return;
	}
	*ret = (struct boot_unit){ .masked = false };
}

static bool is_wanted(const struct root *root, const char *by, const char *name)
{
	char path[512];

	(void)snprintf(path, sizeof(path), "/etc/systemd/system/%s/%s", by, name);
	return has_name(root, path);
}

bool facts_unit_is_enabled(const struct root *root, const char *name)
{
	struct boot_unit unit;
	struct dirent *entry;
	bool found = false;
	DIR *dir;
	int fd;

	find_unit(root, name, &unit);
	if (!*unit.path || unit.masked)
		return false;
	fd = root_openat(root, "/etc/systemd/system", O_RDONLY | O_DIRECTORY, 0);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		close_keeping_errno(fd);
		return false;
	}
	while (!found && (entry = readdir(dir)))
		found = (fnmatch("*.wants", entry->d_name, 0) == 0 ||
			 fnmatch("*.requires", entry->d_name, 0) == 0) &&
			is_wanted(root, entry->d_name, name);
	closedir(dir);
	return found;
}

static void read_systemd(const struct root *root, const struct facts *facts, struct boot_facts *ret)
{
	(void)boot_unit_name(facts->file.path, ".swap", ret->unit_name);
	find_unit(root, ret->unit_name, &ret->unit);
	find_unit(root, "swap.target", &ret->target);
	boot_switches_parse(facts->tree.cmdline, ret->unit_name, &ret->switches);
}

/*
 * A directory that is missing may be a mount point, which systemd makes itself. Of fstab's that is
 * known already; this is a unit of its own.
 */
static void find_mount_unit(const struct root *root, struct found *file)
{
	char directory[sizeof(file->path)], name[BOOT_UNIT_MAX];
	struct boot_unit unit;

	strcpy(directory, file->path);
	*strrchr(directory, '/') = '\0';
	(void)boot_unit_name(directory, ".mount", name);
	find_unit(root, name, &unit);
	if (*unit.path && !unit.masked)
		copy_text(file->not_mounted, sizeof(file->not_mounted), directory);
}

/* --- dphys-swapfile --- */

static bool has_match(const struct root *root, const char *directory, const char *pattern)
{
	int fd = root_openat(root, directory, O_RDONLY | O_DIRECTORY, 0);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	bool found = false;

	if (!dir) {
		close_keeping_errno(fd);
		return false;
	}
	while (!found && (entry = readdir(dir)))
		found = fnmatch(pattern, entry->d_name, 0) == 0;
	closedir(dir);
	return found;
}

/* Whether the service is run at boot: one that is disabled or masked does no harm. */
static bool dphys_is_enabled(const struct root *root, bool systemd)
{
	static const char *const wants[] = {
		"/etc/systemd/system/multi-user.target.wants/dphys-swapfile.service",
		"/etc/systemd/system/sysinit.target.wants/dphys-swapfile.service",
		"/etc/systemd/system/basic.target.wants/dphys-swapfile.service",
		"/etc/systemd/system/swap.target.wants/dphys-swapfile.service",
	};
	static const char *const levels[] = {
		"/etc/rcS.d", "/etc/rc2.d", "/etc/rc3.d", "/etc/rc4.d", "/etc/rc5.d",
	};
	struct boot_unit unit = { .masked = false };

	if (systemd)
		find_unit(root, "dphys-swapfile.service", &unit);
	if (unit.masked)
		return false;
	for (size_t i = 0; *unit.path && i < ARRAY_SIZE(wants); i++)
		if (has_name(root, wants[i]))
			return true;
	/* A unit of systemd's own hides the script of the same name. */
	if (*unit.path || !has_name(root, "/etc/init.d/dphys-swapfile"))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(levels); i++)
		if (has_match(root, levels[i], "S[0-9][0-9]dphys-swapfile"))
			return true;
	return false;
}

static int read_dphys(const struct root *root, bool systemd, struct boot_facts *ret)
{
	_cleanup_free_ char *text = NULL;
	int r;

	if (!dphys_is_enabled(root, systemd))
		return 0;
	r = root_read(root, BOOT_DPHYS_CONF, BOOT_TEXT_MAX, &text, NULL);
	if (r == 0 || r == -ENOENT)
		(void)boot_dphys_path(text, ret->dphys_path);
	return r == -ENOMEM ? r : 0;
}

/* --- the kubelet --- */

/* -ENOENT: there is none of them. */
static int read_first(const struct root *root, const char *const *paths, char **ret_text,
		      const char **ret_path, size_t *ret_len)
{
	int r = -ENOENT;

	for (; *paths && r == -ENOENT; paths++) {
		*ret_path = *paths;
		r = root_read(root, *paths, BOOT_TEXT_MAX, ret_text, ret_len);
	}
	return r;
}

/* In the order in which they come on its command line, where the last wins. */
static int read_kubelet_flags(const struct root *root, const char *unit, bool *tolerates)
{
	const char *const paths[] = {
		unit,
		"/lib/systemd/system/kubelet.service.d/10-kubeadm.conf",
		"/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf",
		"/etc/systemd/system/kubelet.service.d/10-kubeadm.conf",
		"/var/lib/kubelet/kubeadm-flags.env",
		"/etc/default/kubelet",
		"/etc/sysconfig/kubelet",
	};

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		_cleanup_free_ char *text = NULL;
		int r = *paths[i] ? root_read(root, paths[i], BOOT_TEXT_MAX, &text, NULL) : -ENOENT;

		if (r == -ENOMEM)
			return r;
		if (r == 0)
			boot_kubelet_flags(text, tolerates);
	}
	return 0;
}

static int read_kubelet(const struct root *root, struct boot_facts *ret)
{
	static const char *const configs[] = {
		"/var/lib/kubelet/config.yaml",
		"/etc/kubernetes/kubelet/kubelet-config.json",
		"/etc/kubernetes/kubelet/config.json",
		"/etc/kubernetes/kubelet-config.yaml",
		"/etc/kubernetes/kubelet.yaml",
		NULL,
	};
	_cleanup_free_ char *text = NULL;
	struct boot_unit unit;
	const char *path;
	bool tolerates = false;
	size_t len = 0;
	int r;

	find_unit(root, "kubelet.service", &unit);
	if (unit.masked)
		return 0;
	r = read_first(root, configs, &text, &path, &len);
	if (r == 0)
		r = boot_kubelet_config(text, len, &tolerates);
	else if (r == -ENOENT && *unit.path)
		path = unit.path;
	else
		/* None, or none this user may see. */
		return r == -ENOMEM ? r : 0;
	if (r == 0 || r == -ENOENT)
		r = read_kubelet_flags(root, unit.path, &tolerates);
	if (r == 0 && !tolerates)
		(void)snprintf(ret->kubelet, sizeof(ret->kubelet), "%s", path);
	return r;
}

int facts_read_boot(const struct root *root, struct facts *facts, struct err *err)
{
	int r;

	if (facts->systemd)
		read_systemd(root, facts, &facts->boot);
	if (facts->systemd && facts->file.dir_missing)
		find_mount_unit(root, &facts->file);
	r = read_dphys(root, facts->systemd, &facts->boot);
	if (r < 0)
		return err_sys(err, r, "cannot read the settings of dphys-swapfile");
	r = read_kubelet(root, &facts->boot);
	return r < 0 ? err_sys(err, r, "cannot read the settings of the kubelet") : 0;
}
