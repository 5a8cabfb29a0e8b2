/* SPDX-License-Identifier: MIT */
/*
 * Runs a program and has one of its system calls fail, lie, write less than asked for, or kill its
 * caller: the n-th of that name in that process. The kernel asks before such a call is made
 * (SECCOMP_RET_USER_NOTIF), so that what is not made truly is not, on any architecture. Knows
 * nothing of what the program does. Needs Linux 5.9, whose listener tells when nobody is left to
 * ask, and glibc, whose open() calls openat, by which the beginning of main is known.
 *
 * usage: inject LOG [PROCESS NAME N kill|end|short|error:ERRNO|value:RESULT] -- PROGRAM [ARG]...
 *
 *        inject LOG watch -- PROGRAM [ARG]...
 *
 * LOG gets every call, or where a sync is to fail that one and all behind it that change something:
 * PROCESS NAME N, three arguments, and DEVICE:INODE of the first where it is a file; and a line
 * "main" where memprov's begins. PROCESS is 0 for the program and counts up with each child. RESULT
 * -1 is all that was to be written. `end` stops ourselves (SIGSTOP) while the call waits, for
 * whoever started us to do what he likes, and kills all of them when we are continued; `watch`
 * stops ourselves likewise before every call that changes something, logs those, and has them made.
 * Exits as the program does, or with 128 and its signal; 125: the fault was not reached, 126:
 * nothing came of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util.h"

enum {
	NOT_REACHED = 125,
	TROUBLE = 126,
	SIGNALLED = 128,
	PROCESSES_MAX = 64,
	CALLS_MAX = 1024,
	HANGS_MS = 60000, /* memprov gives systemd 30 s */
	COPY_MAX = 8 << 20,
};

enum action { NONE, WATCH, KILL, END, SHORT, ERROR, VALUE };

static const struct name {
	const char *name;
	int nr;
} names[] = {
#include "syscall-names.h"
};

/* What is logged behind a fault or watched, and where the kernel has it. */
static const char *const changing[] = {
	"write",     "pwrite64", "writev",    "pwritev",  "ftruncate",  "fallocate", "fsync",
	"fdatasync", "linkat",   "rename",    "renameat", "renameat2",  "unlink",    "unlinkat",
	"mkdirat",   "rmdir",    "fchmod",    "fchown",   "chmod",      "fchmodat",  "fchownat",
	"swapon",    "swapoff",  "fsetxattr", "ioctl",    "exit_group",
};

static const char *const forks[] = { "clone", "clone3", "fork", "vfork" };

struct process {
	pid_t pid;
	unsigned n[CALLS_MAX];
	unsigned number;
	bool execs, foreign; /* began another program, is one */
};

static struct process processes[PROCESSES_MAX];
static unsigned n_processes, n_forks;
static struct {
	unsigned process, n;
	int nr;
	enum action action;
	long value;
} fault;
static struct stat program;
static bool follows, main_began, was_reached;
static FILE *log_file;
static pid_t program_pid;

static _Noreturn void complain(const char *what)
{
	fprintf(stderr, "inject: %s\n", what);
	exit(TROUBLE);
}

/* Of what set errno. */
static _Noreturn void die(const char *what)
{
	fprintf(stderr, "inject: %s: %s\n", what, strerror(errno));
	exit(TROUBLE);
}

static int number_of(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(names[i].name, name) == 0)
			return names[i].nr;
	return -1;
}

static const char *name_of(int nr)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].nr == nr)
			return names[i].name;
	return "unknown";
}

/* --- the child --- */

/* All calls without a fault; else the one it is about, and those that are looked at. */
static int install_filter(void)
{
	int asked[ARRAY_SIZE(changing) + ARRAY_SIZE(forks) + 2], n = 0;
	struct sock_filter code[ARRAY_SIZE(asked) + 3] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	};
	struct sock_fprog prog = { 1, code };

	asked[n++] = fault.nr;
	asked[n++] = SYS_execve;
	for (size_t i = 0; i < ARRAY_SIZE(forks); i++)
		if (number_of(forks[i]) >= 0)
			asked[n++] = number_of(forks[i]);
	for (size_t i = 0; follows && i < ARRAY_SIZE(changing); i++)
		if (number_of(changing[i]) >= 0)
			asked[n++] = number_of(changing[i]);
	for (int i = 0; fault.action != NONE && i < n; i++)
		code[prog.len++] = (struct sock_filter)BPF_JUMP(
			BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)asked[i], (uint8_t)(n - i), 0);
	if (fault.action != NONE)
		code[prog.len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	code[prog.len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
			    &prog);
}

/* From the filter on each call waits for an answer: the number is told by memory. */
static pid_t start(char **argv, int *ret_listener)
{
	volatile int *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
				    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int pidfd;
	pid_t pid;

	if (shared == MAP_FAILED)
		die("mmap");
	pid = fork();
	if (pid < 0)
		die("fork");
	if (pid == 0) {
		int fd = install_filter();

		*shared = fd < 0 ? -errno : fd;
		if (fd >= 0)
			execv(argv[0], argv);
		_exit(TROUBLE);
	}
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	while (*shared == 0)
		sched_yield();
	errno = *shared < 0 ? -*shared : 0;
	*ret_listener = *shared < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, pidfd, *shared, 0);
	if (*ret_listener < 0)
		die("cannot set a filter");
	close(pidfd);
	return pid;
}

/* --- the calls --- */

static struct process *process_of(pid_t pid)
{
	for (unsigned i = 0; i < n_processes; i++)
		if (processes[i].pid == pid)
			return &processes[i];
	if (n_processes == PROCESSES_MAX)
		complain("too many processes");
	/* A child is waited for before the next one. */
	processes[n_processes].pid = pid;
	processes[n_processes].number = n_forks;
	return &processes[n_processes++];
}

/* What a child has become by execve is none of ours. */
static bool is_foreign(struct process *process)
{
	char exe[64];
	struct stat st;

	if (!process->execs || process->foreign)
		return process->foreign;
	(void)snprintf(exe, sizeof(exe), "/proc/%d/exe", process->pid);
	process->foreign =
		stat(exe, &st) < 0 || st.st_ino != program.st_ino || st.st_dev != program.st_dev;
	return process->foreign;
}

/* The first thing that main does is to open /dev/null for reading and writing. */
static bool begins_main(const struct seccomp_notif *req)
{
	char path[sizeof("/dev/null")] = "";
	struct iovec to = { path, sizeof(path) };
	struct iovec from = { (void *)(uintptr_t)req->data.args[1], sizeof(path) };

	return req->data.nr == SYS_openat && (int)req->data.args[2] == O_RDWR &&
		process_vm_readv((pid_t)req->pid, &to, 1, &from, 1, 0) > 0 &&
		memcmp(path, "/dev/null", sizeof(path)) == 0;
}

static void log_call(const struct process *process, const struct seccomp_notif *req)
{
	char path[64];
	struct stat st = { 0 };

	(void)snprintf(path, sizeof(path), "/proc/%u/fd/%d", req->pid, (int)req->data.args[0]);
	if ((int)req->data.args[0] >= 0)
		(void)!stat(path, &st);
	fprintf(log_file, "%u %s %u %" PRIu64 " %" PRIu64 " %" PRIu64 " %ju:%ju\n", process->number,
		name_of(req->data.nr), process->n[req->data.nr], (uint64_t)req->data.args[0],
		(uint64_t)req->data.args[1], (uint64_t)req->data.args[2], (uintmax_t)st.st_dev,
		(uintmax_t)st.st_ino);
}

/*
 * Half of it, by our own hands on the same open file: what is said to be written is. Direct writes
 * want whole sectors, in memory as on disk.
 */
static void write_half(const struct seccomp_notif *req, struct seccomp_notif_resp *resp)
{
	static char *copy;
	size_t n = req->data.args[2] / 2;
	struct iovec to, from = { (void *)(uintptr_t)req->data.args[1], 0 };
	int pidfd = (int)syscall(SYS_pidfd_open, req->pid, 0);
	int fd = (int)syscall(SYS_pidfd_getfd, pidfd, (int)req->data.args[0], 0);
	ssize_t done;

	if (n >= 4096)
		n -= n % 4096;
	if (!copy && posix_memalign((void **)&copy, 65536, COPY_MAX) != 0)
		die("posix_memalign");
	to = (struct iovec){ copy, from.iov_len = n };
	if (fd < 0 || n > COPY_MAX ||
	    process_vm_readv((pid_t)req->pid, &to, 1, &from, 1, 0) != (ssize_t)n)
		die("cannot write in its place");
	done = req->data.nr == SYS_pwrite64 ? pwrite(fd, copy, n, (off_t)req->data.args[3])
					    : write(fd, copy, n);
	resp->error = done < 0 ? -errno : 0;
	resp->val = done < 0 ? 0 : done;
	close(fd);
	close(pidfd);
}

/* While the call waits the machine is as it is at that moment, open files without a name included.
 */
static void stop(void)
{
	if (fflush(log_file) != 0)
		die("cannot write the log");
	(void)raise(SIGSTOP);
}

static void strike(const struct seccomp_notif *req, struct seccomp_notif_resp *resp)
{
	resp->flags = 0;
	switch (fault.action) {
	case NONE:
	case WATCH:
		break;
	case END:
		stop();
		/* The parent of its caller, too, and first: it would go on. */
		(void)kill(program_pid, SIGKILL);
		(void)kill((pid_t)req->pid, SIGKILL);
		break;
	case KILL:
		/* It waits for our answer, and dies of that without having made the call. */
		(void)kill((pid_t)req->pid, SIGKILL);
		break;
	case SHORT:
		write_half(req, resp);
		break;
	case ERROR:
		resp->error = (int32_t)-fault.value;
		break;
	case VALUE:
		resp->val = fault.value < 0 ? (int64_t)req->data.args[2] : fault.value;
		break;
	}
}

static bool is_one_of(int nr, const char *const *some, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (nr == number_of(some[i]))
			return true;
	return false;
}

static void answer(int listener)
{
	struct seccomp_notif req = { 0 };
	struct seccomp_notif_resp resp = { 0 };
	struct process *process;

	/* Gone: killed while it waited. */
	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &req) < 0)
		return;
	resp.id = req.id;
	resp.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	process = process_of((pid_t)req.pid);
	if (fault.action == NONE && !main_began && begins_main(&req)) {
		main_began = true;
		fputs("main\n", log_file);
	}
	if (!is_foreign(process) && req.data.nr < CALLS_MAX) {
		const bool changes = is_one_of(req.data.nr, changing, ARRAY_SIZE(changing));
		bool now;

		process->n[req.data.nr]++;
		now = fault.action != NONE && !was_reached && req.data.nr == fault.nr &&
			process->number == fault.process && process->n[req.data.nr] == fault.n;
		was_reached |= now;
		if (fault.action == NONE || now || (was_reached && follows && changes))
			log_call(process, &req);
		if (fault.action == WATCH && changes)
			stop();
		if (now)
			strike(&req, &resp);
		process->execs |= process->number > 0 && req.data.nr == SYS_execve;
		n_forks += is_one_of(req.data.nr, forks, ARRAY_SIZE(forks));
	}
	(void)ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &resp);
}

/* --- the whole --- */

static void parse_fault(char **argv)
{
	static const struct {
		const char *name;
		enum action action;
	} actions[] = {
		{ "kill", KILL },    { "end", END },      { "short", SHORT },
		{ "error:", ERROR }, { "value:", VALUE },
	};

	fault.process = (unsigned)strtoul(argv[0], NULL, 10);
	fault.nr = number_of(argv[1]);
	fault.n = (unsigned)strtoul(argv[2], NULL, 10);
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++) {
		size_t len = strlen(actions[i].name);

		if (strncmp(argv[3], actions[i].name, len) != 0)
			continue;
		fault.action = actions[i].action;
		fault.value = strtol(argv[3] + len, NULL, 10);
	}
	follows = fault.action == ERROR && (fault.nr == SYS_fsync || fault.nr == SYS_fdatasync);
	if (fault.nr < 0 || fault.action == NONE)
		complain("there is no such fault");
}

int main(int argc, char **argv)
{
	int i = 2, listener, status = 0, ret = TROUBLE;
	pid_t pid, done;

	if (argc > 3 && streq(argv[2], "watch")) {
		fault.action = WATCH;
		fault.nr = -1;
		follows = was_reached = true;
		i++;
	} else if (argc > 6 && strcmp(argv[2], "--") != 0) {
		parse_fault(argv + 2);
		i += 4;
	}
	if (argc < i + 2 || strcmp(argv[i], "--") != 0)
		complain("usage: inject LOG [PROCESS NAME N FAULT | watch] -- PROGRAM [ARG]...");
	log_file = fopen(argv[1], "we");
	if (!log_file || stat(argv[i + 1], &program) < 0)
		die(log_file ? argv[i + 1] : argv[1]);
	/* What it leaves running when it is killed is waited for here. */
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	pid = program_pid = start(argv + i + 1, &listener);
	for (;;) {
		struct pollfd p = { .fd = listener, .events = POLLIN };
		int n = poll(&p, 1, HANGS_MS);

		if (n == 0) {
			(void)kill(pid, SIGKILL);
			complain("it hangs");
		}
		if (p.revents & POLLIN)
			answer(listener);
		else if (p.revents & (POLLHUP | POLLERR))
			break;
	}
	while ((done = waitpid(-1, &status, 0)) > 0 || errno == EINTR)
		if (done == pid)
			ret = WIFSIGNALED(status) ? SIGNALLED + WTERMSIG(status)
						  : WEXITSTATUS(status);
	if (fclose(log_file) != 0)
		die(argv[1]);
	return fault.action != NONE && !was_reached ? NOT_REACHED : ret;
}
