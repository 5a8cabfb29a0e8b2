/* SPDX-License-Identifier: MIT */
/*
 * The privileged hands of memprov: every call that makes, changes or activates a swapfile. Trusts
 * no name that was looked at earlier, only descriptors and inodes.
 */
#include "swapfile.h"

#include "facts.h"
#include "kmsg.h"
#include "swapblocks.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#define SELINUX_XATTR "security.selinux"

static int refuse_swapon(const char *path, int flags)
{
	(void)path;
	(void)flags;
	errno = EPERM;
	return -1;
}

static int refuse_swapoff(const char *path)
{
	return refuse_swapon(path, 0);
}

static bool swaps_to_nothing(const struct stat *st)
{
	(void)st;
	return false;
}

const struct swapfile_kernel swapfile_no_kernel = {
	.swapon = refuse_swapon,
	.swapoff = refuse_swapoff,
	.swaps_to = swaps_to_nothing,
};

const struct swapfile_kernel swapfile_linux = {
	.swapon = swapon,
	.swapoff = swapoff,
	.swaps_to = facts_kernel_swaps_to,
};

int swapfile_uuid(unsigned char ret[static 16])
{
	if (getrandom(ret, 16, 0) != 16)
		return neg_errno();
	ret[6] = (unsigned char)((ret[6] & 0x0f) | 0x40);
	ret[8] = (unsigned char)((ret[8] & 0x3f) | 0x80);
	return 0;
}

/* Behind the header the file may be cut: that must not be to the length of another. */
static int check_header(int fd, const unsigned char *page, size_t page_bytes)
{
	unsigned char now[KIB(4)];
	size_t at = 0;

	while (at < page_bytes) {
		size_t piece = page_bytes - at < sizeof(now) ? page_bytes - at : sizeof(now);
		ssize_t n = pread(fd, now, piece, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return neg_errno();
		if (n == 0 || memcmp(now, page + at, (size_t)n) != 0)
			return -EIO;
		at += (size_t)n;
	}
	return 0;
}

static int write_header(int fd, const struct swapfile_spec *spec)
{
	_cleanup_free_ unsigned char *page = malloc(spec->page_bytes);
	size_t done = 0;

	if (!page)
		return -ENOMEM;
	swapheader_write(page, spec->page_bytes,
			 swapheader_pages(spec->size_bytes, spec->page_bytes), spec->uuid,
			 spec->label);
	while (done < spec->page_bytes) {
		ssize_t n = pwrite(fd, page + done, spec->page_bytes - done, (off_t)done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? neg_errno() : -EIO;
		done += (size_t)n;
	}
	return fsync(fd) < 0 ? neg_errno() : check_header(fd, page, spec->page_bytes);
}

int swapfile_sync(int fd, const struct swapfile_place *place, struct err *err)
{
	return fsync(fd) < 0 ? err_sys(err, neg_errno(), "cannot sync %s", place->path) : 0;
}

static int sync_directory(const struct swapfile_place *place, struct err *err)
{
	int r = fd_sync_directory(place->dir);

	return r < 0 ? err_sys(err, r, "cannot sync the directory of %s", place->path) : 0;
}

/* "system_u:object_r:root_t:s0" -> "system_u:object_r:swapfile_t:s0", as mkswap(8) does. */
static int label_selinux(int fd, const struct swapfile_place *place, struct err *err)
{
	char old[256], new[sizeof(old) + sizeof("swapfile_t")];
	char *type, *level;
	ssize_t n = fgetxattr(fd, SELINUX_XATTR, old, sizeof(old) - 1);

	if (n < 0)
		return errno == ENODATA || errno == ENOTSUP
			? 0
			: err_sys(err, neg_errno(), "cannot read the SELinux label of %s",
				  place->path);
	old[n] = '\0';
	type = strchr(old, ':');
	type = type ? strchr(type + 1, ':') : NULL;
	if (!type)
		return 0;
	level = strchr(type + 1, ':');
	(void)snprintf(new, sizeof(new), "%.*s:swapfile_t%s", (int)(type - old), old,
		       level ? level : "");
	if (fsetxattr(fd, SELINUX_XATTR, new, strlen(new) + 1, 0) < 0)
		return err_sys(err, neg_errno(), "cannot label %s as %s", place->path, new);
	return 0;
}

int swapfile_own(int fd, const struct swapfile_place *place, const struct swapfile_spec *spec,
		 struct err *err)
{
	struct stat st;

	/* The owner first: whose the file is could open it again behind the mode. */
	if (spec->set_owner && fchown(fd, spec->owner, 0) < 0)
		return err_sys(err, neg_errno(), "cannot set the owner of %s", place->path);
	if (fchmod(fd, 0600) < 0)
		return err_sys(err, neg_errno(), "cannot set the mode of %s", place->path);
	if (fstat(fd, &st) < 0)
		return err_sys(err, neg_errno(), "cannot examine %s", place->path);
	if ((st.st_mode & 07777) != 0600 || st.st_uid != spec->owner)
		return err_set(err, -EPERM,
			       "%s: its filesystem does not keep owner and mode 0600; others could "
			       "read what is swapped out",
			       place->path);
	return spec->selinux ? label_selinux(fd, place, err) : 0;
}

static int link_name(int fd, const struct swapfile_place *place, struct err *err)
{
	char name[FD_NAME_MAX];
	struct stat st;
	int r;

	if (linkat(AT_FDCWD, fd_name(fd, name), place->dir, place->name, AT_SYMLINK_FOLLOW) < 0)
		return err_sys(err, neg_errno(), "cannot give the new swapfile its name %s",
			       place->path);
	/* The file, too: without a journal (ext2) fsck takes away the name of one without links. */
	r = swapfile_sync(fd, place, err);
	if (r == 0)
		r = sync_directory(place, err);
	/* A name that may be gone after a crash is none to build on. Another's stays. */
	if (r < 0 && fstat(fd, &st) == 0 && swapfile_is_there(place, st.st_dev, st.st_ino))
		(void)unlinkat(place->dir, place->name, 0);
	return r;
}

/* All of it, with its name. */
static int complete(int fd, const struct swapfile_place *place, const struct swapfile_spec *spec,
		    struct err *err)
{
	int zeros, r = swapfile_own(fd, place, spec, err);

	if (r == 0)
		r = swapblocks_prepare(fd, place->path, err);
	if (r < 0)
		return r;
	r = zeros = swapblocks_reserve(fd, place->path, spec, 0, err);
	if (r < 0)
		return r;
	r = write_header(fd, spec);
	if (r < 0)
		return err_sys(err, r, "cannot write the header of %s", place->path);
	r = link_name(fd, place, err);
	return r < 0 ? r : zeros;
}

int swapfile_make(const struct swapfile_place *place, const struct swapfile_spec *spec,
		  struct stat *ret, struct err *err)
{
	_cleanup_close_ int fd = openat(place->dir, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	int r;

	if (fd < 0)
		return err_sys(err, neg_errno(), "cannot make a file for %s", place->path);
	if (fstat(fd, ret) < 0)
		return err_sys(err, neg_errno(), "cannot examine the new %s", place->path);
	r = complete(fd, place, spec, err);
	/* Now: XFS frees the blocks of a file without a name some time later. */
	if (r < 0)
		(void)!ftruncate(fd, 0);
	return r;
}

bool swapfile_is_there(const struct swapfile_place *place, dev_t dev, ino_t ino)
{
	struct stat st;

	return fstatat(place->dir, place->name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		st.st_dev == dev && st.st_ino == ino;
}

int swapfile_open(const struct swapfile_place *place, dev_t dev, ino_t ino, struct err *err)
{
	_cleanup_close_ int fd = -1;
	struct stat st;

	fd = openat(place->dir, place->name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	/* An active swapfile cannot be opened for writing, and need not be. */
	if (fd < 0 && errno == ETXTBSY)
		fd = openat(place->dir, place->name,
			    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return err_sys(err, neg_errno(), "cannot open %s", place->path);
	if (fstat(fd, &st) < 0)
		return err_sys(err, neg_errno(), "cannot examine %s", place->path);
	if (!S_ISREG(st.st_mode) || st.st_nlink != 1 || st.st_ino != ino || st.st_dev != dev)
		return err_set(err, -ESTALE, "%s: somebody else changed it meanwhile", place->path);
	return TAKE_FD(fd);
}

int swapfile_resize(int fd, const struct swapfile_place *place, const struct swapfile_spec *spec,
		    struct err *err)
{
	int zeros = 0, r;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_sys(err, neg_errno(), "cannot examine %s", place->path);
	if ((uint64_t)st.st_size < spec->size_bytes) {
		r = zeros = swapblocks_reserve(fd, place->path, spec, (uint64_t)st.st_size, err);
		/* A header that is on the disk before the length it tells is refused by swapon. */
		if (r >= 0)
			r = swapfile_sync(fd, place, err);
		if (r < 0) {
			/* Back to the old end: the header still fits that. */
			(void)!ftruncate(fd, st.st_size);
			return r;
		}
	}
	r = write_header(fd, spec);
	if (r < 0)
		return err_sys(err, r, "cannot write the header of %s", place->path);
	if ((uint64_t)st.st_size > spec->size_bytes &&
	    (ftruncate(fd, (off_t)spec->size_bytes) < 0 || fsync(fd) < 0))
		return err_sys(err, neg_errno(), "cannot cut %s", place->path);
	return zeros;
}

bool swapfile_kernel_sees_holes(const char *release)
{
	unsigned minor = 0;

	return sscanf(release, "5.%u", &minor) == 1 && minor >= 7 && minor <= 9;
}

/* Of a swapon that said EINVAL; reason NULL: the log could not be read. */
static bool is_about_holes(const char *reason)
{
	struct utsname uts;

	if (reason)
		return kmsg_is_about_holes(reason);
	return uname(&uts) == 0 && swapfile_kernel_sees_holes(uts.release);
}

/* Whether a process that is refused swapon has the right to it: EPERM says both. */
static bool may_swapon(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	return syscall(SYS_capget, &header, data) == 0 &&
		data[CAP_TO_INDEX(CAP_SYS_ADMIN)].effective & CAP_TO_MASK(CAP_SYS_ADMIN);
}

int swapfile_activate(const struct swapfile_kernel *kernel, int fd,
		      const struct swapfile_place *place, int flags, struct err *err)
{
	_cleanup_close_ int log = kmsg_open();
	char name[FD_NAME_MAX], reason[KMSG_REASON_MAX] = "";
	int r;

	/* By the descriptor that was checked: the name could lead elsewhere by now. */
	if (kernel->swapon(fd_name(fd, name), flags) == 0)
		return 0;
	r = neg_errno();
	if (r == -EPERM && may_swapon())
		return err_set(err, r,
			       "swapon %s failed: the kernel's table of swap areas is full; "
			       "swapoff one first",
			       place->path);
	if (kmsg_swap_reason(log, reason))
		(void)err_set(err, r, "swapon %s failed: %s (the kernel says: %s)", place->path,
			      strerror(-r), reason);
	else
		(void)err_sys(err, r, "swapon %s failed", place->path);
	return r == -EINVAL && is_about_holes(log < 0 ? NULL : reason) ? -ENODATA : r;
}

/* The child's exit status carries errno: it fits, as all of Linux' are below 134. */
static int call_swapoff(const struct swapfile_kernel *kernel, int fd, pid_t parent)
{
	char name[FD_NAME_MAX];

	/* Who would switch it on again is gone when we are: the kernel then gives up, and it stays
	 * on. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		return EINTR;
	return kernel->swapoff(fd_name(fd, name)) < 0 ? -neg_errno() : 0;
}

int swapfile_deactivate(const struct swapfile_kernel *kernel, int fd,
			const struct swapfile_place *place, struct err *err)
{
	const pid_t parent = getpid();
	pid_t child, done;
	int status;

	child = fork();
	if (child < 0)
		return err_sys(err, neg_errno(), "cannot start a process for swapoff %s",
			       place->path);
	if (child == 0)
		_exit(call_swapoff(kernel, fd, parent));
	/* Not before it has ended: what is switched on meanwhile would be switched off by it. */
	do {
		done = waitpid(child, &status, 0);
	} while (done < 0 && errno != ECHILD);
	if (done < 0)
		return err_sys(err, neg_errno(), "cannot wait for swapoff %s", place->path);
	if (WIFSIGNALED(status))
		return err_set(err, -EINTR,
			       "swapoff %s was killed (signal %d): there is too little memory for "
			       "what is swapped out; it stays active",
			       place->path, WTERMSIG(status));
	if (WEXITSTATUS(status) != 0)
		return err_sys(err, -WEXITSTATUS(status), "swapoff %s failed", place->path);
	return 0;
}

int swapfile_unlink(const struct swapfile_place *place, dev_t dev, ino_t ino, struct err *err)
{
	struct stat st;

	if (fstatat(place->dir, place->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(err, neg_errno(), "cannot examine %s", place->path);
	if (st.st_dev != dev || st.st_ino != ino)
		return err_set(err, -ESTALE, "%s: somebody else changed it meanwhile", place->path);
	if (unlinkat(place->dir, place->name, 0) < 0)
		return err_sys(err, neg_errno(), "cannot remove %s", place->path);
	/* Its line would go, and nothing would lead to it any more. */
	if (swapfile_is_there(place, dev, ino))
		return err_set(err, -EIO, "%s was removed, but is still there", place->path);
	swapblocks_return(place->dir);
	return sync_directory(place, err);
}
