/* SPDX-License-Identifier: MIT */
/*
 * /proc/self/mountinfo, which libmount reads, in a tree of files: the filesystem that is found for
 * a swapfile is mounted above it, and what is missing of fstab's is not.
 */
#include "facts_parts.h"
#include "fuzz.h"

#include <fcntl.h>

#define SWAPFILE "/var/lib/swap/file"

static const char fstab[] = "/dev/sda1 / ext4 defaults 0 1\n"
			    "/dev/sda2 /var xfs defaults 0 2\n"
			    "/dev/sda3 /var/lib/swap/ btrfs nofail 0 0\n"
			    "/dev/sda4 /home ext4 defaults 0 2\n";
static char tree[256];

static void remove_tree(void)
{
	char path[300];

	for (const char *const *p = (const char *const[]){ "/proc/self/mountinfo", "/proc/self",
							   "/proc", "", NULL };
	     *p; p++) {
		(void)snprintf(path, sizeof(path), "%s%s", tree, *p);
		(void)remove(path);
	}
}

static const struct root *open_tree(void)
{
	const char *tmp = getenv("TMPDIR");
	static struct root root = { .fd = -1 };
	struct err err = { 0 };
	char path[300];

	if (root.fd >= 0)
		return &root;
	(void)snprintf(tree, sizeof(tree), "%s/memprov-fuzz-XXXXXX", tmp ? tmp : "/tmp");
	require(mkdtemp(tree), "%s", tree);
	require(atexit(remove_tree) == 0, "atexit");
	(void)snprintf(path, sizeof(path), "%s/proc", tree);
	require(mkdir(path, 0755) == 0, "%s", path);
	(void)snprintf(path, sizeof(path), "%s/proc/self", tree);
	require(mkdir(path, 0755) == 0, "%s", path);
	require(root_open(tree, &root, &err) == 0, "%s", err.msg);
	return &root;
}

/* Not truncated first: that would have ext4 write each of them to the disk. */
static void write_mounts(const struct root *root, const uint8_t *data, size_t size)
{
	static int fd = -1;

	if (fd < 0)
		fd = openat(root->fd, "proc/self/mountinfo", O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	require(fd >= 0, "%s", strerror(errno));
	require(pwrite(fd, data, size, 0) == (ssize_t)size, "%s", strerror(errno));
	require(ftruncate(fd, (off_t)size) == 0, "%s", strerror(errno));
}

/* Whether the swapfile lies below the directory. */
static bool is_above(const char *directory)
{
	size_t len = strlen(directory);

	while (len > 0 && directory[len - 1] == '/')
		len--;
	return strncmp(SWAPFILE, directory, len) == 0 && SWAPFILE[len] == '/';
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct found found;
	static struct facts facts;
	const struct root *root = open_tree();
	struct err err = { 0 };

	if (facts.fstab_table.n == 0)
		require(fstab_parse(fstab, strlen(fstab), &facts.fstab_table, &err) == 0, "%s",
			err.msg);
	write_mounts(root, data, size);
	memset(&found, 0, sizeof(found));
	strcpy(found.path, SWAPFILE);
	facts_read_filesystem(root, root->fd, &found);
	facts_find_unmounted(root, &facts, &found);
	require(*found.fs_mount ? is_above(found.fs_mount) : !*found.fs_type, "%s on %s",
		found.fs_type, found.fs_mount);
	require(found.fs_dev == 0, "a device of this machine");
	require(!*found.not_mounted || (is_above(found.not_mounted) && found.not_mounted[1]), "%s",
		found.not_mounted);
	require(!streq(found.fs_mount, "/var") || !streq(found.not_mounted, "/var"),
		"/var is there");
	return 0;
}
