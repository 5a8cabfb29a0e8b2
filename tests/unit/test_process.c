/* SPDX-License-Identifier: MIT */
/*
 * Whatever a caller leaves a process with, after process_harden() it is one that can hold root's
 * rights. Each try is a child: what it does cannot be taken back.
 */
#include "process.h"

#include "fault.h"
#include "swapfile.h"
#include "valgrind.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cmocka.h>

/* Exit status of a child: the number of the check that failed, or 0. */
static void check_child(int (*fn)(void *), void *arg, const char *what)
{
	int status = fault_run(NULL, fn, arg);

	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		fail_msg("%s: wait status %#x", what, (unsigned)status);
}

/* --- descriptors --- */

static bool is_null(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3) &&
		(fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDWR;
}

static int close_and_harden(void *arg)
{
	const unsigned closed = *(const unsigned *)arg;
	int first_free = fcntl(STDIN_FILENO, F_DUPFD, 3), again;
	struct stat before[3], after;
	struct err err;

	if (first_free < 0 || close(first_free) < 0)
		return 1;
	for (int fd = 0; fd < 3; fd++)
		if (fstat(fd, &before[fd]) < 0 || (closed & 1U << fd && close(fd) < 0))
			return 2;
	if (process_harden(&err) != 0)
		return 3;
	for (int fd = 0; fd < 3; fd++) {
		if (fstat(fd, &after) < 0)
			return 4;
		if (closed & 1U << fd ? !is_null(fd)
				      : after.st_ino != before[fd].st_ino ||
				    after.st_dev != before[fd].st_dev)
			return 5;
	}
	/* None is left over. */
	again = fcntl(STDIN_FILENO, F_DUPFD, 3);
	return again == first_free ? 0 : 6;
}

/* Else a file that is opened later would be written to by whoever prints. */
static void test_descriptors(void **state)
{
	(void)state;
	for (unsigned closed = 0; closed < 8; closed++) {
		char what[32];

		(void)snprintf(what, sizeof(what), "closed: %u", closed);
		check_child(close_and_harden, &closed, what);
	}
}

static int harden_without_room(void *arg)
{
	const struct rlimit none = { 0, 0 };
	struct err err = { 0 };

	(void)arg;
	if (setrlimit(RLIMIT_NOFILE, &none) < 0)
		return 1;
	if (process_harden(&err) != -EMFILE || err.code != -EMFILE)
		return 2;
	return strstr(err.msg, "/dev/null") ? 0 : 3;
}

static void test_no_descriptor(void **state)
{
	(void)state;
	if (under_valgrind())
		skip();
	check_child(harden_without_room, NULL, "no room for a descriptor");
}

/* --- environment --- */

struct environment {
	const char *before[12], *after[12];
};

static int harden_environment(void *arg)
{
	const struct environment *e = arg;
	char *words[ARRAY_SIZE(e->before) + 1] = { NULL };
	struct err err;
	size_t n = 0;

	for (; n < ARRAY_SIZE(e->before) && e->before[n]; n++)
		words[n] = strdup(e->before[n]);
	environ = words;
	if (process_harden(&err) != 0)
		return 1;
	for (n = 0; n < ARRAY_SIZE(e->after) && e->after[n]; n++)
		if (!environ[n] || !streq(environ[n], e->after[n]))
			return 2;
	return environ[n] ? 3 : 0;
}

static void test_environment(void **state)
{
	static const struct environment table[] = {
		{ { NULL }, { NULL } },
		{ { "PATH=/bin", "LANG=C", "NO_COLOR=1" },
		  { "PATH=/bin", "LANG=C", "NO_COLOR=1" } },
		{ { "LD_PRELOAD=/tmp/x.so" }, { NULL } },
		{ { "LD_LIBRARY_PATH=/tmp", "LD_AUDIT=x", "A=1" }, { "A=1" } },
		{ { "A=1", "LIBMOUNT_FSTAB=/tmp/fstab", "LIBMOUNT_DEBUG=all", "B=2" },
		  { "A=1", "B=2" } },
		{ { "BLKID_FILE=/tmp/tab", "A=1", "BLKID_CONF=/tmp/conf" }, { "A=1" } },
		{ { "LIBSMARTCOLS_DEBUG=all", "LIBSMARTCOLS_DEBUG_PADDING=on" }, { NULL } },
		{ { "TMPDIR=/tmp", "POSIXLY_CORRECT=", "POSIXLY_CORRECT=1" }, { NULL } },
		/* Each time, and nothing that only looks alike. */
		{ { "LD_A=1", "LD_A=2", "XLD_A=3", "ld_a=4", "TMPDIRS=5", "LIBMOUNTS=6" },
		  { "XLD_A=3", "ld_a=4", "TMPDIRS=5", "LIBMOUNTS=6" } },
		{ { "", "=", "A" }, { "", "=", "A" } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct environment environment = table[i];
		char what[32];

		(void)snprintf(what, sizeof(what), "environment %zu", i);
		check_child(harden_environment, &environment, what);
	}
}

static int harden_no_environment(void *arg)
{
	struct err err;

	(void)arg;
	environ = NULL;
	return process_harden(&err) == 0 && !getenv("PATH") ? 0 : 1;
}

/* As execve(2) with NULL leaves it. */
static void test_no_environment(void **state)
{
	(void)state;
	check_child(harden_no_environment, NULL, "no environment");
}

/* --- umask and signals --- */

static int harden_umask(void *arg)
{
	struct err err;

	(void)umask(*(const mode_t *)arg);
	if (process_harden(&err) != 0)
		return 1;
	return umask(0) == 077 ? 0 : 2;
}

static void test_umask(void **state)
{
	static const mode_t masks[] = { 0, 022, 077, 0777 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(masks); i++) {
		mode_t mask = masks[i];

		check_child(harden_umask, &mask, "umask");
	}
}

static bool is_handled_by(int signo, sighandler_t handler)
{
	struct sigaction action;

	return sigaction(signo, NULL, &action) == 0 && action.sa_handler == handler &&
		!(action.sa_flags & SA_NOCLDWAIT);
}

static int play_swapoff(const char *path)
{
	(void)path;
	return 0;
}

static int refuse_swapoff(const char *path)
{
	(void)path;
	errno = ENOMEM;
	return -1;
}

/* How swapoff ended is known only to who can wait for the process it was called in. */
static int wait_for_swapoff(void)
{
	static const struct swapfile_kernel playing = { NULL, play_swapoff };
	static const struct swapfile_kernel refusing = { NULL, refuse_swapoff };
	const struct swapfile_place place = { .dir = -1, .path = "/swapfile" };
	struct err err;

	if (swapfile_deactivate(&playing, STDIN_FILENO, &place, &err) != 0)
		return 10;
	return swapfile_deactivate(&refusing, STDIN_FILENO, &place, &err) == -ENOMEM ? 0 : 11;
}

static int harden_signals(void *arg)
{
	const struct sigaction *child_action = arg;
	sigset_t set, empty;
	struct err err;

	(void)sigfillset(&set);
	(void)sigemptyset(&empty);
	if (sigaction(SIGCHLD, child_action, NULL) < 0 || sigprocmask(SIG_SETMASK, &set, NULL) < 0)
		return 1;
	if (process_harden(&err) != 0)
		return 2;
	if (!is_handled_by(SIGCHLD, SIG_DFL) || !is_handled_by(SIGPIPE, SIG_IGN) ||
	    !is_handled_by(SIGXFSZ, SIG_IGN))
		return 3;
	if (sigprocmask(SIG_SETMASK, NULL, &set) < 0)
		return 4;
	for (int signo = 1; signo < SIGRTMAX; signo++)
		if (sigismember(&set, signo) == 1)
			return 5;
	return wait_for_swapoff();
}

static void test_signals(void **state)
{
	struct sigaction actions[] = {
		{ .sa_handler = SIG_DFL },
		{ .sa_handler = SIG_IGN },
		{ .sa_handler = SIG_DFL, .sa_flags = SA_NOCLDWAIT },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++) {
		char what[32];

		(void)snprintf(what, sizeof(what), "SIGCHLD %zu", i);
		check_child(harden_signals, &actions[i], what);
	}
}

/* A file size limit is an error of write, and a closed pipe one, too. */
static int harden_writes(void *arg)
{
	const struct rlimit limit = { 1, 1 };
	int pipes[2], file;
	struct err err;

	(void)arg;
	(void)signal(SIGPIPE, SIG_DFL);
	(void)signal(SIGXFSZ, SIG_DFL);
	if (process_harden(&err) != 0 || pipe(pipes) < 0 || close(pipes[0]) < 0)
		return 1;
	if (write(pipes[1], "x", 1) != -1 || errno != EPIPE)
		return 2;
	file = open("/tmp", O_TMPFILE | O_RDWR, 0600);
	if (file < 0 || setrlimit(RLIMIT_FSIZE, &limit) < 0)
		return 3;
	return write(file, "xx", 2) == 1 && write(file, "x", 1) == -1 && errno == EFBIG ? 0 : 4;
}

static void test_writes(void **state)
{
	(void)state;
	check_child(harden_writes, NULL, "writes");
}

/* --- setuid --- */

struct ids {
	uid_t uid, euid;
	gid_t gid, egid;
	int result;
};

static int harden_as(void *arg)
{
	const struct ids *ids = arg;
	struct err err = { 0 };

	if (setresgid(ids->gid, ids->egid, (gid_t)-1) < 0 ||
	    setresuid(ids->uid, ids->euid, (uid_t)-1) < 0)
		return 1;
	if (process_harden(&err) != ids->result || err.code != ids->result)
		return 2;
	return ids->result == 0 || strstr(err.msg, "setuid") ? 0 : 3;
}

/* Only root can play it. */
static void test_elevated(void **state)
{
	static const struct ids table[] = {
		{ 0, 0, 0, 0, 0 },
		{ 12345, 0, 0, 0, -EPERM },
		{ 0, 12345, 0, 0, -EPERM },
		{ 12345, 12345, 12345, 12345, 0 },
		{ 12345, 12345, 12345, 0, -EPERM },
		{ 0, 0, 12345, 0, -EPERM },
	};
	struct ids self = { geteuid(), geteuid(), getegid(), getegid(), 0 };

	(void)state;
	check_child(harden_as, &self, "as oneself");
	for (size_t i = 0; geteuid() == 0 && i < ARRAY_SIZE(table); i++) {
		struct ids ids = table[i];
		char what[32];

		(void)snprintf(what, sizeof(what), "ids %zu", i);
		check_child(harden_as, &ids, what);
	}
}

/* --- the stack, which cannot grow where no memory is left to be committed --- */

static int has_stack(void *arg)
{
	uintptr_t here = (uintptr_t)__builtin_frame_address(0), start = 0;
	char line[512];
	struct err err;
	FILE *maps;

	(void)arg;
	if (process_harden(&err) < 0)
		return 1;
	maps = fopen("/proc/self/maps", "re");
	while (maps && fgets(line, sizeof(line), maps))
		if (strstr(line, "[stack]"))
			start = strtoul(line, NULL, 16);
	return start != 0 && here - start >= KIB(240) ? 0 : 2;
}

static int has_stack_of_64_kib(void *arg)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_STACK, &limit) < 0)
		return 3;
	limit.rlim_cur = KIB(64);
	return setrlimit(RLIMIT_STACK, &limit) < 0 ? 4 : has_stack(arg);
}

static int harden_with_little_stack(void *arg)
{
	const struct rlimit little = { KIB(64), KIB(64) };
	struct err err = { 0 };

	(void)arg;
	if (setrlimit(RLIMIT_STACK, &little) < 0)
		return 1;
	if (process_harden(&err) != -ENOMEM || err.code != -ENOMEM)
		return 2;
	return strstr(err.msg, "stack") ? 0 : 3;
}

static int harden_without_memory(void *arg)
{
	const struct rlimit none = { KIB(64), KIB(64) };
	struct err err = { 0 };
	char room[KIB(64)];

	(void)arg;
	/* What it needs to say so is there. */
	explicit_bzero(room, sizeof(room));
	if (setrlimit(RLIMIT_AS, &none) < 0)
		return 1;
	if (process_harden(&err) != -ENOMEM || err.code != -ENOMEM)
		return 2;
	return strstr(err.msg, "stack") ? 0 : 3;
}

static void test_stack(void **state)
{
	(void)state;
	if (under_valgrind())
		skip();
	check_child(has_stack, NULL, "the stack is there");
	check_child(harden_without_memory, NULL, "no memory for a stack");
	check_child(has_stack_of_64_kib, NULL, "a limit that is low");
	check_child(harden_with_little_stack, NULL, "a limit that is low for good");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_descriptors), cmocka_unit_test(test_no_descriptor),
		cmocka_unit_test(test_environment), cmocka_unit_test(test_no_environment),
		cmocka_unit_test(test_umask),       cmocka_unit_test(test_signals),
		cmocka_unit_test(test_writes),      cmocka_unit_test(test_elevated),
		cmocka_unit_test(test_stack),
	};

	return cmocka_run_group_tests_name("process", tests, NULL, NULL);
}
