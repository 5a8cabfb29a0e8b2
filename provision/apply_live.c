/* SPDX-License-Identifier: MIT */
/*
 * Changes what runs: a sysctl of the kernel, and systemd's idea of fstab.
 */
#include "apply_parts.h"

#include "plan_parts.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#define RELOAD_SECONDS 30
#define RELOAD_TICK_MS 20

/* --- sysctls --- */

static void sysctl_path(enum sysctl_key key, char buf[static 128])
{
	(void)snprintf(buf, 128, "/proc/sys/vm/%s", sysctl_keys[key].name + strlen("vm."));
}

static int write_value(const struct root *root, const char *path, uint64_t value)
{
	_cleanup_close_ int fd = root_openat(root, path, O_WRONLY, 0);
	char text[32];
	int len = snprintf(text, sizeof(text), "%llu\n", (unsigned long long)value);
	ssize_t n;

	if (fd < 0)
		return fd;
	/* One write: a second one at another offset succeeds and is ignored. */
	n = write(fd, text, (size_t)len);
	if (n != len)
		return n < 0 ? neg_errno() : -EIO;
	return 0;
}

static int check_value(const struct root *root, const struct step *step, const char *path,
		       struct err *err)
{
	_cleanup_free_ char *text = NULL;
	uint64_t now = 0;
	int r = root_read(root, path, KIB(4), &text, NULL);

	if (r < 0)
		return err_sys(err, r, "cannot read %s back", step->target);
	text[strcspn(text, "\n")] = '\0';
	if (sysctl_value_parse(text, &now) && now == step->want.number)
		return 0;
	return err_set(err, -EIO, "%s was set to %llu, but the kernel now says %s", step->target,
		       (unsigned long long)step->want.number, text);
}

/* The guard of the plan once more, with the memory as it is now: others went on allocating. */
static int check_commit(const struct root *root, struct err *err)
{
	_cleanup_free_ char *text = NULL;
	struct facts now = { .is_system = true };
	char words[256];
	struct why why;
	int r = root_read(root, "/proc/meminfo", KIB(64), &text, NULL);

	if (r < 0)
		return err_sys(err, r, "cannot read /proc/meminfo");
	now.committed_bytes = meminfo_bytes(text, "Committed_AS");
	now.limit_bytes = meminfo_bytes(text, "CommitLimit");
	if (!plan_commit_fault(&now, now.limit_bytes, &why))
		return 0;
	(void)snprintf(words, sizeof(words), "%llu MiB with a margin, the limit is %llu MiB",
		       (unsigned long long)(why.a >> 20), (unsigned long long)(why.b >> 20));
	return err_set(err, -EAGAIN,
		       "vm.overcommit_memory: more was committed meanwhile (%s); hardly anything "
		       "could start",
		       words);
}

static bool needs_guard(const struct apply *apply, const struct step *step)
{
	return step->key == SYSCTL_OVERCOMMIT_MEMORY && step->want.number == 2 &&
		!apply->force_overcommit;
}

/* What ran before, after a write of which the kernel may have taken all, a part or nothing. */
static void put_back(const struct apply *apply, const struct step *step)
{
	const enum sysctl_key pair = sysctl_keys[step->key].pair;
	uint64_t number = step->have.number;
	enum sysctl_key key = step->key;
	char path[128];

	if (step->have.type != VALUE_NUMBER)
		return;
	/* Of two that zero each other, the one that was not zero brings both back. */
	if (number == 0 && pair != SYSCTL_N && apply->facts->sysctl_now[pair] != 0) {
		key = pair;
		number = apply->facts->sysctl_now[pair];
	}
	if (number >= SYSCTL_ODD)
		return;
	sysctl_path(key, path);
	(void)!write_value(apply->root, path, number);
}

int apply_sysctl(const struct apply *apply, const struct step *step, struct err *err)
{
	char path[128];
	int r;

	sysctl_path(step->key, path);
	r = needs_guard(apply, step) ? check_commit(apply->root, err) : 0;
	if (r < 0)
		return r;
	r = write_value(apply->root, path, step->want.number);
	if (r < 0)
		(void)err_sys(err, r, "cannot set %s to %llu", step->target,
			      (unsigned long long)step->want.number);
	else if (needs_guard(apply, step))
		r = check_commit(apply->root, err);
	if (r == 0)
		r = check_value(apply->root, step, path, err);
	if (r < 0)
		put_back(apply, step);
	return r;
}

/* --- systemd --- */

static void wait_a_tick(void)
{
	const struct timespec tick = { .tv_nsec = RELOAD_TICK_MS * 1000000L };

	(void)nanosleep(&tick, NULL);
}

/* Waits for the child, and ends it when its time is up. */
static int wait_limited(pid_t child, int *ret_status)
{
	for (unsigned ms = 0; ms < RELOAD_SECONDS * 1000; ms += RELOAD_TICK_MS) {
		pid_t done = waitpid(child, ret_status, WNOHANG);

		if (done == child)
			return 0;
		if (done < 0 && errno != EINTR)
			return neg_errno();
		wait_a_tick();
	}
	(void)kill(child, SIGKILL);
	(void)waitpid(child, ret_status, 0);
	return -ETIMEDOUT;
}

static _Noreturn void exec_systemctl(void)
{
	static const char *const paths[] = { "/usr/bin/systemctl", "/bin/systemctl" };
	static const char *const no_environment[] = { NULL };
	int null = open("/dev/null", O_RDWR);

	/* Its words would be taken for ours. */
	if (null < 0 || dup2(null, STDOUT_FILENO) < 0 || dup2(null, STDERR_FILENO) < 0)
		_exit(127);
	(void)signal(SIGPIPE, SIG_DFL);
	(void)signal(SIGXFSZ, SIG_DFL);
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		execle(paths[i], "systemctl", "daemon-reload", (char *)NULL, no_environment);
	_exit(127);
}

int apply_reload(void)
{
	int status = 0, r;
	pid_t child = fork();

	if (child < 0)
		return neg_errno();
	if (child == 0)
		exec_systemctl();
	r = wait_limited(child, &status);
	if (r < 0)
		return r;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EIO;
}
