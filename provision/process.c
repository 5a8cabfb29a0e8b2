/* SPDX-License-Identifier: MIT */
/*
 * What a privileged process has to settle before it looks at anything. Reads no file.
 */
#include "process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

extern char **environ;

/* Or a file that is opened later would be printed to. */
static int fill_standard_descriptors(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd < 0)
		return neg_errno();
	close(fd);
	return 0;
}

static void clean_environment(void)
{
	static const char *const prefixes[] = { "LIBMOUNT_", "BLKID_",  "LIBSMARTCOLS_",
						"LD_",       "TMPDIR=", "POSIXLY_CORRECT=" };
	char **to = environ;

	for (char **from = environ; from && *from; from++) {
		bool drop = false;

		for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
			drop |= has_prefix(*from, prefixes[i]);
		if (!drop)
			*to++ = *from;
	}
	if (to)
		*to = NULL;
}

/*
 * Setuid, setgid, or file capabilities. AT_SECURE alone is no sign of it: a security module sets
 * it, too, when root itself starts us from another domain.
 */
static bool is_elevated(void)
{
	return getuid() != geteuid() || getgid() != getegid() ||
		(getauxval(AT_SECURE) && geteuid() != 0);
}

static void reset_signals(void)
{
	sigset_t none;

	/* A file size limit or a closed pipe is an error to report, not a death in the middle. */
	(void)signal(SIGXFSZ, SIG_IGN);
	(void)signal(SIGPIPE, SIG_IGN);
	/* A caller that ignores it would keep us from learning how swapoff ended. */
	(void)signal(SIGCHLD, SIG_DFL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/*
 * Where vm.overcommit_memory=2, or RLIMIT_AS, leaves nothing to be had, a stack that has to grow is
 * a SIGSEGV. So it is given more than a run needs, some 150 KiB, while there is some.
 */
#define STACK_BYTES KIB(256)

/* In its caller's frame it would be touched before that has looked. */
__attribute__((noinline)) static void touch_stack(void)
{
	char bytes[STACK_BYTES];

	explicit_bzero(bytes, sizeof(bytes));
}

static int grow_stack(struct err *err)
{
	const int access = PROT_READ | PROT_WRITE;
	struct rlimit limit;
	void *as_much;

	if (getrlimit(RLIMIT_STACK, &limit) < 0)
		return err_sys(err, neg_errno(), "cannot tell the limit of the stack");
	/* Arguments and environment are on it, too. */
	if (limit.rlim_cur < 2 * STACK_BYTES) {
		limit.rlim_cur = 2 * STACK_BYTES;
		if (limit.rlim_cur > limit.rlim_max)
			return err_set(err, -ENOMEM,
				       "the limit of the stack is below 512 KiB; raise it "
				       "(ulimit -Hs)");
		if (setrlimit(RLIMIT_STACK, &limit) < 0)
			return err_sys(err, neg_errno(), "cannot raise the limit of the stack");
	}
	as_much = mmap(NULL, STACK_BYTES, access, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (as_much == MAP_FAILED)
		return err_sys(err, neg_errno(), "no memory for a stack of 256 KiB");
	(void)munmap(as_much, STACK_BYTES);
	touch_stack();
	return 0;
}

int process_harden(struct err *err)
{
	int r = fill_standard_descriptors();

	if (r < 0)
		return err_sys(err, r, "cannot open /dev/null");
	if (is_elevated())
		return err_set(err, -EPERM,
			       "must not be installed setuid or with file capabilities; use sudo");
	clean_environment();
	umask(077);
	reset_signals();
	return grow_stack(err);
}
