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

static int has_name(const struct root *root, const char *path)
{
	return facts_is_there(root, path, O_NOFOLLOW);
}

/* systemd.unit(5): a unit is masked by a link to /dev/null, or by an empty file. 1, 0 or -errno. */
static int is_unit_mask(const struct root *root, const char *path)
{
	_cleanup_close_ int fd = -1;
	struct stat st;

	/* In a tree there may be no /dev/null. */
	if (facts_is_mask(root, path))
		return 1;
	fd = root_openat(root, path, O_PATH, 0);
	/* What a link leads to may be missing. */
	if (fd < 0)
		return facts_is_absence(fd) ? 0 : fd;
	if (fstat(fd, &st) < 0)
		return neg_errno();
	return S_ISCHR(st.st_mode) ? st.st_rdev == makedev(1, 3)
				   : S_ISREG(st.st_mode) && st.st_size == 0;
}

/* The file that systemd would take for the unit, that of fstab aside. */
static int find_unit(const struct root *root, const char *name, struct boot_unit *ret,
		     struct err *err)
{
	int r;

	for (size_t i = 0; *name && i < ARRAY_SIZE(unit_directories); i++) {
		(void)snprintf(ret->path, sizeof(ret->path), "%s/%s", unit_directories[i], name);
		r = has_name(root, ret->path);
		if (r == 0)
			continue;
		if (r > 0)
			r = is_unit_mask(root, ret->path);
		ret->masked = r > 0;
		ret->until_boot = has_prefix(ret->path, "/run/");
		ret->above_fstab = i < UNIT_DIRECTORIES_ABOVE_FSTAB;
		return r < 0 ? err_sys(err, r, "cannot look at %s%s", root->name, ret->path) : 0;
	}
	*ret = (struct boot_unit){ .masked = false };
	return 0;
}

int facts_unit_is_enabled(const struct root *root, const char *name, struct err *err)
{
	static const char directory[] = "/etc/systemd/system";
	_cleanup_closedir_ DIR *dir = NULL;
	struct boot_unit unit;
	struct dirent *entry;
	int r;

	r = find_unit(root, name, &unit, err);
	if (r < 0 || !*unit.path || unit.masked)
		return r;
	r = root_opendir(root, directory, &dir);
	if (r < 0)
		return facts_is_absence(r) ? 0 : r;
	while (r == 0 && (errno = 0, entry = readdir(dir))) {
		char path[512];

		if (fnmatch("*.wants", entry->d_name, 0) != 0 &&
		    fnmatch("*.requires", entry->d_name, 0) != 0)
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s/%s", directory, entry->d_name, name);
		r = has_name(root, path);
	}
	return r == 0 ? -errno : r;
}

static int read_systemd(const struct root *root, const struct facts *facts, struct boot_facts *ret,
			struct err *err)
{
	int r;

	(void)boot_unit_name(facts->file.path, ".swap", ret->unit_name);
	boot_switches_parse(facts->tree.cmdline, ret->unit_name, &ret->switches);
	r = find_unit(root, ret->unit_name, &ret->unit, err);
	return r < 0 ? r : find_unit(root, "swap.target", &ret->target, err);
}

/*
 * A directory that is missing may be a mount point, which systemd makes itself. Of fstab's that is
 * known already; this is a unit of its own.
 */
static int find_mount_unit(const struct root *root, struct found *file, struct err *err)
{
	char directory[sizeof(file->path)], name[BOOT_UNIT_MAX];
	struct boot_unit unit;
	int r;

	strcpy(directory, file->path);
	*strrchr(directory, '/') = '\0';
	(void)boot_unit_name(directory, ".mount", name);
	r = find_unit(root, name, &unit, err);
	if (r == 0 && *unit.path && !unit.masked)
		copy_text(file->not_mounted, sizeof(file->not_mounted), directory);
	return r;
}

/* --- dphys-swapfile --- */

static int has_match(const struct root *root, const char *directory, const char *pattern)
{
	_cleanup_closedir_ DIR *dir = NULL;
	struct dirent *entry;
	int r = root_opendir(root, directory, &dir);

	if (r < 0)
		return facts_is_absence(r) ? 0 : r;
	while ((errno = 0, entry = readdir(dir)))
		if (fnmatch(pattern, entry->d_name, 0) == 0)
			return 1;
	return -errno;
}

/* Whether the service is run at boot: one that is disabled or masked does no harm. 1, 0 or -errno.
 */
static int dphys_is_enabled(const struct root *root, bool systemd, struct err *err)
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
	int r = systemd ? find_unit(root, "dphys-swapfile.service", &unit, err) : 0;

	if (unit.masked)
		return r;
	for (size_t i = 0; r == 0 && *unit.path && i < ARRAY_SIZE(wants); i++)
		r = has_name(root, wants[i]);
	/* A unit of systemd's own hides the script of the same name. */
	if (r != 0 || *unit.path)
		return r;
	r = has_name(root, "/etc/init.d/dphys-swapfile");
	if (r <= 0)
		return r;
	for (size_t i = 0; i < ARRAY_SIZE(levels); i++) {
		r = has_match(root, levels[i], "S[0-9][0-9]dphys-swapfile");
		if (r != 0)
			return r;
	}
	return 0;
}

static int read_dphys(const struct root *root, bool systemd, struct boot_facts *ret,
		      struct err *err)
{
	_cleanup_free_ char *text = NULL;
	int r = dphys_is_enabled(root, systemd, err);

	if (r <= 0)
		return r;
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

static int read_kubelet(const struct root *root, struct boot_facts *ret, struct err *err)
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

	r = find_unit(root, "kubelet.service", &unit, err);
	if (r < 0 || unit.masked)
		return r;
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
	int r = facts->systemd ? read_systemd(root, facts, &facts->boot, err) : 0;

	if (r == 0 && facts->systemd && facts->file.dir_missing)
		r = find_mount_unit(root, &facts->file, err);
	if (r < 0)
		return r;
	r = read_dphys(root, facts->systemd, &facts->boot, err);
	if (r < 0)
		return err_sys(err, r, "cannot read the settings of dphys-swapfile");
	r = read_kubelet(root, &facts->boot, err);
	return r < 0 ? err_sys(err, r, "cannot read the settings of the kubelet") : 0;
}
