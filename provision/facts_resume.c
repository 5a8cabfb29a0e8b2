/* SPDX-License-Identifier: MIT */
/*
 * Finds out where the kernel would resume a hibernated system from. A swapfile that is taken away
 * from there takes the next hibernation with it.
 */
#include "facts_parts.h"

#include <fcntl.h>
#include <sys/sysmacros.h>

const char *facts_tag_directory(const char *source, const char **ret_value)
{
	static const struct {
		const char *tag, *directory;
	} tags[] = {
		{ "UUID=", "/dev/disk/by-uuid/" },
		{ "LABEL=", "/dev/disk/by-label/" },
		{ "PARTUUID=", "/dev/disk/by-partuuid/" },
		{ "PARTLABEL=", "/dev/disk/by-partlabel/" },
	};

	*ret_value = source;
	if (*source == '/')
		return "";
	for (size_t i = 0; i < ARRAY_SIZE(tags); i++) {
		if (!has_prefix(source, tags[i].tag))
			continue;
		*ret_value = source + strlen(tags[i].tag);
		return tags[i].directory;
	}
	return NULL;
}

/* "/dev/sda2", "UUID=...", "8:2"; 0: there is no such device, or no udev that would name it. */
static dev_t find_device(const struct root *root, const char *source)
{
	const char *value, *directory = facts_tag_directory(source, &value);
	_cleanup_close_ int fd = -1;
	unsigned major, minor;
	char path[4096];
	struct stat st;

	if (!directory)
		return sscanf(source, "%u:%u", &major, &minor) == 2 ? makedev(major, minor) : 0;
	if (snprintf(path, sizeof(path), "%s%s", directory, value) >= (int)sizeof(path))
		return 0;
	fd = root_openat(root, path, O_PATH, 0);
	return fd >= 0 && fstat(fd, &st) == 0 && S_ISBLK(st.st_mode) ? st.st_rdev : 0;
}

/* What initrd or systemd wrote there on the way up, or what a hibernation in progress writes. */
static void read_running(const struct root *root, struct resume *ret)
{
	_cleanup_free_ char *device = NULL, *offset = NULL;
	unsigned long long pages;

	if (facts_read_kernel(root, "/sys/power/resume_offset", &offset) < 0 ||
	    sscanf(offset, "%llu", &pages) != 1)
		return;
	ret->offset_pages = pages;
	if (facts_read_kernel(root, "/sys/power/resume", &device) == 0)
		ret->dev = find_device(root, device);
}

void facts_read_resume(const struct root *root, struct facts *facts)
{
	struct boot_resume boot;

	read_running(root, &facts->resume_now);
	boot_resume_parse(facts->tree.cmdline, &boot);
	facts->resume_boot.offset_pages = boot.offset_pages;
	if (boot.offset_pages != 0 && *boot.device)
		facts->resume_boot.dev = find_device(root, boot.device);
}
