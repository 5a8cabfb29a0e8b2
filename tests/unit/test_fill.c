/* SPDX-License-Identifier: MIT */
/*
 * Zeros written to a part of a file: no byte in front of it or behind, on filesystems that refuse
 * direct writes as well, and with each call failing. Works on temporary files.
 */
#include "fill.h"

#include "fault.h"
#include "tree.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

struct fixture {
	struct tree tree;
	int fd;
};

/* A file of that many bytes, none of them zero. */
static void fixture_make(struct fixture *f, size_t bytes)
{
	_cleanup_free_ unsigned char *data = malloc(bytes + 1);

	assert_non_null(data);
	memset(data, 0xee, bytes);
	tree_make(&f->tree);
	f->fd = openat(f->tree.fd, "file", O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	assert_return_code(f->fd, errno);
	assert_int_equal(pwrite(f->fd, data, bytes, 0), bytes);
}

static void cleanup_fixture(struct fixture *f)
{
	close(f->fd);
	tree_remove(&f->tree);
}

static void check_bytes(int fd, uint64_t from, uint64_t end, unsigned char byte)
{
	static unsigned char chunk[KIB(64)];

	while (from < end) {
		size_t want = end - from < sizeof(chunk) ? end - from : sizeof(chunk);

		assert_int_equal(pread(fd, chunk, want, (off_t)from), want);
		for (size_t i = 0; i < want; i++)
			if (chunk[i] != byte)
				fail_msg("%#x at %llu", chunk[i], (unsigned long long)(from + i));
		from += want;
	}
}

struct attempt {
	int fd;
	uint64_t from, end, limit;
};

static int fill_run(void *arg)
{
	const struct attempt *a = arg;
	const struct rlimit limit = { a->limit, a->limit };

	(void)signal(SIGXFSZ, SIG_IGN);
	if (a->limit && setrlimit(RLIMIT_FSIZE, &limit) < 0)
		return FAULT_NOT_INSTALLED;
	return -fill_zeros(a->fd, a->from, a->end, NULL);
}

static const struct {
	uint64_t have, from, end;
} ranges[] = {
	{ 0, 0, MIB(4) },
	{ 0, 0, MIB(9) + KIB(4) },
	{ 0, 0, 1 },
	{ 0, 0, 0 },
	{ MIB(1), MIB(1), MIB(1) },
	{ MIB(1), MIB(1), MIB(3) },
	{ MIB(1), KIB(4), KIB(8) },
	{ MIB(1) + 1234, MIB(1) + 1234, MIB(6) },
	{ MIB(1) + 1234, MIB(1) + 1234, MIB(1) + 1300 },
	{ KIB(12) + 1, KIB(12) + 1, MIB(5) + 77 },
	{ MIB(1), 5, 7 },
};

static void test_ranges(void **state)
{
	/* As where direct writes are refused: the third is F_SETFL. */
	static const struct fault refuses = { SYS_fcntl, FAULT_ERRNO(EINVAL), 1, UINT32_MAX,
					      F_SETFL };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ranges) * 2; i++) {
		_cleanup_(cleanup_fixture) struct fixture f;
		uint64_t have = ranges[i / 2].have, from = ranges[i / 2].from;
		uint64_t end = ranges[i / 2].end;
		struct attempt attempt;
		int flags;

		fixture_make(&f, have);
		attempt = (struct attempt){ f.fd, from, end, 0 };
		flags = fcntl(f.fd, F_GETFL);
		assert_int_equal(fault_run(i % 2 ? &refuses : NULL, fill_run, &attempt), 0);
		assert_int_equal(fcntl(f.fd, F_GETFL), flags);
		assert_int_equal(lseek(f.fd, 0, SEEK_END), end > have ? end : have);
		check_bytes(f.fd, 0, from, 0xee);
		check_bytes(f.fd, from, end, 0);
		check_bytes(f.fd, end, have, 0xee);
	}
}

static void test_faults(void **state)
{
	static const struct {
		struct fault fault;
		int result; /* 0: is killed */
	} table[] = {
		{ { SYS_pwrite64, FAULT_ERRNO(ENOSPC) }, ENOSPC },
		{ { SYS_pwrite64, FAULT_ERRNO(ENOSPC), 3, UINT32_MAX, MIB(8) }, ENOSPC },
		{ { SYS_pwrite64, FAULT_ERRNO(EDQUOT) }, EDQUOT },
		{ { SYS_pwrite64, FAULT_ERRNO(EIO) }, EIO },
		/* not for the sake of the direct write */
		{ { SYS_pwrite64, FAULT_ERRNO(EINVAL) }, EINVAL },
		{ { SYS_pwrite64, FAULT_ERRNO(0) }, EIO },
		{ { SYS_pwrite64, FAULT_KILL }, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		_cleanup_(cleanup_fixture) struct fixture f;
		struct attempt attempt = { .end = MIB(12) };
		int status;

		fixture_make(&f, 0);
		attempt.fd = f.fd;
		status = fault_run(&table[i].fault, fill_run, &attempt);
		if (table[i].result)
			assert_int_equal(status, W_EXITCODE(table[i].result, 0));
		else
			assert_true(WIFSIGNALED(status));
	}
}

/* The last write is a short one, and the one behind it fails. */
static void test_short_write(void **state)
{
	_cleanup_(cleanup_fixture) struct fixture f;
	struct attempt attempt = { .end = MIB(12), .limit = MIB(5) + 512 };

	(void)state;
	fixture_make(&f, 0);
	attempt.fd = f.fd;
	assert_int_equal(fault_run(NULL, fill_run, &attempt), W_EXITCODE(EFBIG, 0));
	assert_int_equal(lseek(f.fd, 0, SEEK_END), MIB(5) + 512);
	check_bytes(f.fd, 0, MIB(5) + 512, 0);
}

/* --- progress --- */

struct heard {
	unsigned calls;
	uint64_t first, last, total;
};

static void hear(void *arg, uint64_t done, uint64_t total)
{
	struct heard *heard = arg;

	if (heard->calls++ == 0)
		heard->first = done;
	assert_true(done >= heard->last);
	heard->last = done;
	heard->total = total;
}

static void test_progress(void **state)
{
	_cleanup_(cleanup_fixture) struct fixture f;
	struct heard heard = { .calls = 0 };
	const struct fill_progress progress = { hear, &heard };
	struct timespec begin, end;
	double seconds;

	(void)state;
	fixture_make(&f, MIB(1));
	clock_gettime(CLOCK_MONOTONIC, &begin);
	assert_int_equal(fill_zeros(f.fd, MIB(1), MIB(129), &progress), 0);
	clock_gettime(CLOCK_MONOTONIC, &end);
	seconds =
		(double)(end.tv_sec - begin.tv_sec) + 1e-9 * (double)(end.tv_nsec - begin.tv_nsec);
	assert_int_equal(heard.first, 0);
	assert_int_equal(heard.last, MIB(128));
	assert_int_equal(heard.total, MIB(128));
	/* The first, the last, and ten a second. */
	assert_in_range(heard.calls, 2, 3 + (unsigned)(seconds * 10));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_short_write),
		cmocka_unit_test(test_progress),
	};

	return cmocka_run_group_tests_name("fill", tests, NULL, NULL);
}
