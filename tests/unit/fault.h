/* SPDX-License-Identifier: MIT */
/*
 * Makes one system call fail, or kill its caller, by a seccomp filter: what a full disk, an old
 * kernel or a power cut does at that very call. A filter cannot be taken back, so it belongs into a
 * child, or at the end of a program.
 */
#pragma once

#include "util.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define FAULT_ERRNO(e) (SECCOMP_RET_ERRNO | (uint32_t)(e))
#define FAULT_KILL     SECCOMP_RET_KILL_PROCESS

struct fault {
	long nr;         /* SYS_openat2, ... */
	uint32_t action; /* FAULT_ERRNO(ENOSPC), FAULT_KILL */
	/* Only where argument `arg` & mask is value; mask 0: always. */
	unsigned arg;
	uint32_t mask, value;
};

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define FAULT_LOW_WORD 0
#else
#define FAULT_LOW_WORD 4
#endif

static inline bool fault_install(const struct fault *fault)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)fault->nr, 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 (uint32_t)(offsetof(struct seccomp_data, args) + 8 * fault->arg +
				    FAULT_LOW_WORD)),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, fault->mask),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, fault->value, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, fault->action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { ARRAY_SIZE(code), code };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
		prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) == 0;
}

#define FAULT_NOT_INSTALLED 99

/*
 * Runs fn in a child under the fault (NULL: none). Returns its wait status. fn must not assert: it
 * runs in another process, whose exit status is all that is heard of it.
 */
static inline int fault_run(const struct fault *fault, int (*fn)(void *), void *arg)
{
	const struct rlimit no_core = { 0, 0 };
	int status = -1;
	pid_t child;

	/* What is buffered must not be written by both. */
	(void)fflush(NULL);
	child = fork();
	if (child == 0) {
		(void)setrlimit(RLIMIT_CORE, &no_core);
		if (fault && !fault_install(fault))
			_exit(FAULT_NOT_INSTALLED);
		_exit(fn(arg));
	}
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		continue;
	return status;
}
