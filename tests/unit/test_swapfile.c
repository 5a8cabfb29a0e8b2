/* SPDX-License-Identifier: MIT */
/*
 * Swapfiles made, resized and removed by descriptor, with every call failing or being the last one
 * in turn. Works on temporary files, and calls no swapon.
 */
#include "swapfile.h"

#include "fault.h"
#include "tree.h"

#include <linux/capability.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#define PAGE KIB(4)

struct fixture {
	struct tree tree;
	struct swapfile_place place;
};

static void fixture_make(struct fixture *f)
{
	tree_make(&f->tree);
	tree_dir(&f->tree, "dir", 0755);
	f->place = (struct swapfile_place){
		.dir = openat(f->tree.fd, "dir", O_RDONLY | O_DIRECTORY | O_CLOEXEC),
		.name = "swapfile",
		.path = "/dir/swapfile",
	};
	assert_return_code(f->place.dir, errno);
}

static void cleanup_fixture(struct fixture *f)
{
	close(f->place.dir);
	tree_remove(&f->tree);
}

static struct swapfile_spec spec_of(uint64_t bytes, size_t page)
{
	struct swapfile_spec spec = {
		.size_bytes = bytes,
		.page_bytes = page,
		.uuid = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 },
		.label = SWAPHEADER_LABEL,
		.owner = geteuid(),
		.set_owner = geteuid() == 0,
	};

	return spec;
}

static struct stat make(const struct fixture *f, uint64_t bytes, size_t page)
{
	struct swapfile_spec spec = spec_of(bytes, page);
	struct stat made;
	struct err err;

	assert_int_equal(swapfile_make(&f->place, &spec, &made, &err), 0);
	return made;
}

static struct swapheader header_of(const struct fixture *f, size_t native_page)
{
	static unsigned char head[KIB(64)];
	int fd = openat(f->place.dir, f->place.name, O_RDONLY | O_CLOEXEC);
	struct swapheader header;
	ssize_t n;

	assert_return_code(fd, errno);
	n = pread(fd, head, sizeof(head), 0);
	assert_return_code(n, errno);
	close(fd);
	swapheader_parse(head, (size_t)n, native_page, &header);
	return header;
}

static uint64_t covered(const struct swapheader *header)
{
	return ((uint64_t)header->last_page + 1) * header->page_bytes;
}

/* Whether the kernel would take it as it is: a header that fits, and no holes. */
static void check_swaps_on(const struct fixture *f)
{
	struct stat st = tree_stat(&f->tree, "dir/swapfile");
	struct swapheader header = header_of(f, PAGE);

	assert_int_equal(header.kind, SWAPHEADER_SWAP);
	assert_int_equal(header.page_bytes, PAGE);
	assert_in_range(covered(&header), SWAPHEADER_PAGES_MIN * PAGE, st.st_size);
	assert_true((uint64_t)st.st_blocks * 512 >= covered(&header));
	assert_string_equal(header.label, SWAPHEADER_LABEL);
	assert_int_equal(header.uuid[15], 16);
}

/* --- making --- */

static void test_make(void **state)
{
	static const struct {
		uint64_t bytes;
		size_t page;
	} table[] = {
		{ 10 * PAGE, PAGE },          { 11 * PAGE, PAGE }, { MIB(1), PAGE },
		{ MIB(33) + 5 * PAGE, PAGE }, { MIB(1), KIB(16) }, { KIB(640), KIB(64) },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		_cleanup_(cleanup_fixture) struct fixture f;
		struct swapfile_spec spec = spec_of(table[i].bytes, table[i].page);
		unsigned char have[KIB(64)], want[KIB(64)];
		struct stat st, made;
		int fd;

		fixture_make(&f);
		made = make(&f, table[i].bytes, table[i].page);
		st = tree_stat(&f.tree, "dir/swapfile");
		assert_int_equal(made.st_ino, st.st_ino);
		assert_int_equal(made.st_dev, st.st_dev);
		assert_int_equal(st.st_mode, S_IFREG | 0600);
		assert_int_equal(st.st_uid, geteuid());
		assert_int_equal(st.st_nlink, 1);
		assert_int_equal(st.st_size, table[i].bytes);
		assert_true((uint64_t)st.st_blocks * 512 >= table[i].bytes);
		assert_int_equal(tree_count(&f.tree, "dir"), 1);

		fd = openat(f.place.dir, "swapfile", O_RDONLY | O_CLOEXEC);
		assert_int_equal(pread(fd, have, table[i].page, 0), table[i].page);
		swapheader_write(want, table[i].page,
				 swapheader_pages(table[i].bytes, table[i].page), spec.uuid,
				 spec.label);
		assert_memory_equal(have, want, table[i].page);
		/* What lies behind the header is nobody's old data. */
		memset(want, 0, sizeof(want));
		assert_int_equal(pread(fd, have, PAGE, (off_t)table[i].page), PAGE);
		assert_memory_equal(have, want, PAGE);
		close(fd);
	}
}

struct attempt {
	const struct fixture *f;
	struct swapfile_spec spec;
};

#define ZEROS 98 /* not an errno of any call here */

/* An exit status: the errno, or ZEROS where those had to be written. */
static int status_of(int r)
{
	return r > 0 ? ZEROS : -r;
}

static int make_run(void *arg)
{
	const struct attempt *a = arg;
	struct stat st;
	struct err err;

	return status_of(swapfile_make(&a->f->place, &a->spec, &st, &err));
}

/* As on ext2 and ext3, and where it is asked for: the same file, written. */
static void test_make_zeros(void **state)
{
	static const struct fault refused = { SYS_fallocate, FAULT_ERRNO(EOPNOTSUPP) };
	static const struct fault killed = { SYS_fallocate, FAULT_KILL };
	_cleanup_(cleanup_fixture) struct fixture f;
	struct attempt attempt = { &f, spec_of(MIB(9) + PAGE, PAGE) };

	(void)state;
	fixture_make(&f);
	assert_int_equal(fault_run(&refused, make_run, &attempt), W_EXITCODE(ZEROS, 0));
	assert_int_equal(tree_stat(&f.tree, "dir/swapfile").st_size, MIB(9) + PAGE);
	check_swaps_on(&f);
	assert_return_code(unlinkat(f.place.dir, "swapfile", 0), errno);
	attempt.spec.zeros = true;
	assert_int_equal(fault_run(&killed, make_run, &attempt), W_EXITCODE(ZEROS, 0));
	assert_int_equal(tree_stat(&f.tree, "dir/swapfile").st_mode, S_IFREG | 0600);
	check_swaps_on(&f);
}

/* It has its length, so that swapon says what is wrong with it. */
static void test_make_lied_to(void **state)
{
	static const struct fault lies = { SYS_fallocate, FAULT_ERRNO(0) };
	_cleanup_(cleanup_fixture) struct fixture f;
	struct attempt attempt = { &f, spec_of(MIB(1), PAGE) };
	struct stat st;

	(void)state;
	fixture_make(&f);
	assert_int_equal(fault_run(&lies, make_run, &attempt), 0);
	st = tree_stat(&f.tree, "dir/swapfile");
	assert_int_equal(st.st_size, MIB(1));
	assert_true(st.st_blocks * 512 < (blkcnt_t)MIB(1));
}

static void test_make_over(void **state)
{
	_cleanup_(cleanup_fixture) struct fixture f;
	struct swapfile_spec spec = spec_of(MIB(1), PAGE);
	struct err err;
	struct stat st;

	(void)state;
	fixture_make(&f);
	tree_file(&f.tree, "dir/swapfile", "somebody's\n");
	assert_int_equal(swapfile_make(&f.place, &spec, &st, &err), -EEXIST);
	assert_non_null(strstr(err.msg, "/dir/swapfile"));
	assert_true(tree_holds(&f.tree, "dir/swapfile", "somebody's\n"));
	assert_int_equal(tree_count(&f.tree, "dir"), 1);
	/* Nor through a link. */
	assert_return_code(unlinkat(f.place.dir, "swapfile", 0), errno);
	tree_link(&f.tree, "victim", "dir/swapfile");
	assert_int_equal(swapfile_make(&f.place, &spec, &st, &err), -EEXIST);
	assert_false(tree_has(&f.tree, "dir/victim"));
}

static void test_make_fails(void **state)
{
	static const struct {
		struct fault fault;
		int result; /* 0: is killed */
		bool zeros;
	} table[] = {
		{ { SYS_openat, FAULT_ERRNO(EOPNOTSUPP), 2, O_TMPFILE, O_TMPFILE }, EOPNOTSUPP },
		{ { SYS_fallocate, FAULT_ERRNO(ENOSPC) }, ENOSPC },
		{ { SYS_fallocate, FAULT_ERRNO(EDQUOT) }, EDQUOT },
		{ { SYS_pwrite64, FAULT_ERRNO(EIO) }, EIO },
		{ { SYS_fchmod, FAULT_ERRNO(EPERM) }, EPERM },
		{ { SYS_fsync, FAULT_ERRNO(EIO) }, EIO },
		{ { SYS_linkat, FAULT_ERRNO(ENOSPC) }, ENOSPC },
		{ { SYS_ftruncate, FAULT_ERRNO(EFBIG) }, EFBIG },
		{ { SYS_fallocate, FAULT_KILL }, 0 },
		{ { SYS_ftruncate, FAULT_KILL }, 0 },
		{ { SYS_pwrite64, FAULT_KILL }, 0 },
		{ { SYS_fchmod, FAULT_KILL }, 0 },
		{ { SYS_fsync, FAULT_KILL }, 0 },
		{ { SYS_linkat, FAULT_KILL }, 0 },
		{ { SYS_pwrite64, FAULT_ERRNO(ENOSPC), 3, UINT32_MAX, MIB(4) }, ENOSPC, true },
		{ { SYS_pwrite64, FAULT_ERRNO(EDQUOT) }, EDQUOT, true },
		{ { SYS_linkat, FAULT_ERRNO(ENOSPC) }, ENOSPC, true },
		{ { SYS_pwrite64, FAULT_KILL, 3, UINT32_MAX, MIB(4) }, 0, true },
		{ { SYS_linkat, FAULT_KILL }, 0, true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		_cleanup_(cleanup_fixture) struct fixture f;
		struct attempt attempt = { &f, spec_of(MIB(6), PAGE) };
		int status;

		fixture_make(&f);
		attempt.spec.zeros = table[i].zeros;
		status = fault_run(&table[i].fault, make_run, &attempt);
		if (table[i].result)
			assert_int_equal(status, W_EXITCODE(table[i].result, 0));
		else
			assert_true(WIFSIGNALED(status));
		assert_int_equal(tree_count(&f.tree, "dir"), 0);
	}
}

/* The second lowest descriptor that is free: the directory's, when its name is synced. */
static uint32_t second_free_descriptor(void)
{
	int first = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
	int second = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);

	assert_return_code(first, errno);
	assert_return_code(second, errno);
	close(first);
	close(second);
	return (uint32_t)second;
}

/* A name that a crash might take back is not left. */
static void test_make_not_synced(void **state)
{
	_cleanup_(cleanup_fixture) struct fixture f;
	struct attempt attempt = { &f, spec_of(MIB(1), PAGE) };
	struct fault fault = { SYS_fsync, FAULT_ERRNO(EIO), 0, UINT32_MAX, 0 };

	(void)state;
	fixture_make(&f);
	fault.value = second_free_descriptor();
	assert_int_equal(fault_run(&fault, make_run, &attempt), W_EXITCODE(EIO, 0));
	assert_int_equal(tree_count(&f.tree, "dir"), 0);
}

/* The name is there, but the directory is not synced: what is there is whole. */
static void test_make_killed_late(void **state)
{
	_cleanup_(cleanup_fixture) struct fixture f;
	struct attempt attempt = { &f, spec_of(MIB(1), PAGE) };
	struct fault fault = { SYS_fsync, FAULT_KILL, 0, UINT32_MAX, 0 };
	int status;

	(void)state;
	fixture_make(&f);
	fault.value = second_free_descriptor();
	status = fault_run(&fault, make_run, &attempt);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(tree_count(&f.tree, "dir"), 1);
	check_swaps_on(&f);
	assert_int_equal(tree_stat(&f.tree, "dir/swapfile").st_mode, S_IFREG | 0600);
}

/* --- resizing --- */

static int resize_run(void *arg)
{
	const struct attempt *a = arg;
	struct err err;
	_cleanup_close_ int fd = openat(a->f->place.dir, a->f->place.name, O_RDWR | O_CLOEXEC);

	return fd < 0 ? FAULT_NOT_INSTALLED
		      : status_of(swapfile_resize(fd, &a->f->place, &a->spec, &err));
}

static void test_resize(void **state)
{
	static const struct {
		uint64_t from, to;
	} table[] = {
		{ MIB(1), MIB(3) },        { MIB(3), MIB(1) },       { MIB(1), MIB(1) },
		{ MIB(1), MIB(1) + PAGE }, { 20 * PAGE, 10 * PAGE }, { MIB(1) + 1234, MIB(1) },
		{ MIB(1) + 1234, MIB(2) },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table) * 2; i++) {
		_cleanup_(cleanup_fixture) struct fixture f;
		struct attempt attempt = { &f, spec_of(table[i / 2].to, PAGE) };
		struct swapheader header;
		struct stat st;
		ino_t ino;

		fixture_make(&f);
		ino = make(&f, table[i / 2].from, PAGE).st_ino;
		attempt.spec.zeros = i % 2;
		assert_int_equal(resize_run(&attempt),
				 i % 2 && table[i / 2].to > table[i / 2].from ? ZEROS : 0);
		st = tree_stat(&f.tree, "dir/swapfile");
		assert_int_equal(st.st_ino, ino);
		assert_int_equal(st.st_size, table[i / 2].to);
		header = header_of(&f, PAGE);
		assert_int_equal(covered(&header), table[i / 2].to);
		check_swaps_on(&f);
		assert_int_equal(tree_count(&f.tree, "dir"), 1);
	}
}

/* Whatever call is the last one, the file that is left swaps on. */
static void test_resize_killed(void **state)
{
	static const long calls[] = { SYS_fallocate, SYS_pwrite64, SYS_fsync, SYS_ftruncate };
	static const struct {
		uint64_t from, to;
		bool zeros;
	} sizes[] = {
		{ MIB(1), MIB(3) },       { MIB(3), MIB(1) },       { MIB(1), MIB(1) },
		{ MIB(1), MIB(3), true }, { MIB(3), MIB(1), true },
	};
	unsigned kills = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
		for (size_t c = 0; c < ARRAY_SIZE(calls); c++) {
			_cleanup_(cleanup_fixture) struct fixture f;
			struct attempt attempt = { &f, spec_of(sizes[i].to, PAGE) };
			const struct fault fault = { calls[c], FAULT_KILL };
			int status;

			fixture_make(&f);
			make(&f, sizes[i].from, PAGE);
			attempt.spec.zeros = sizes[i].zeros;
			status = fault_run(&fault, resize_run, &attempt);
			kills += WIFSIGNALED(status);
			check_swaps_on(&f);
			/* The next run finishes. */
			assert_in_range(resize_run(&attempt), 0, ZEROS);
			assert_int_equal(tree_stat(&f.tree, "dir/swapfile").st_size, sizes[i].to);
			check_swaps_on(&f);
		}
	assert_int_equal(kills, 4 + 3 + 2 + 2 + 3);
}

static void test_resize_fails(void **state)
{
	static const struct {
		struct fault fault;
		uint64_t from, to, left;
		int result;
		bool zeros;
	} table[] = {
		{ { SYS_fallocate, FAULT_ERRNO(ENOSPC) }, MIB(1), MIB(3), MIB(1), ENOSPC },
		{ { SYS_fallocate, FAULT_ERRNO(EIO) }, MIB(1), MIB(3), MIB(1), EIO },
		{ { SYS_pwrite64, FAULT_ERRNO(EIO) }, MIB(1), MIB(3), MIB(3), EIO },
		{ { SYS_pwrite64, FAULT_ERRNO(EIO) }, MIB(3), MIB(1), MIB(3), EIO },
		{ { SYS_fsync, FAULT_ERRNO(EIO) }, MIB(3), MIB(1), MIB(3), EIO },
		{ { SYS_ftruncate, FAULT_ERRNO(EIO) }, MIB(3), MIB(1), MIB(3), EIO },
		{ { SYS_pwrite64, FAULT_ERRNO(ENOSPC), 3, UINT32_MAX, MIB(5) },
		  MIB(1),
		  MIB(9),
		  MIB(1),
		  ENOSPC,
		  true },
		/* the header: what was written before stays, as what is allocated does */
		{ { SYS_pwrite64, FAULT_ERRNO(EIO), 3, UINT32_MAX, 0 },
		  MIB(1),
		  MIB(9),
		  MIB(9),
		  EIO,
		  true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		_cleanup_(cleanup_fixture) struct fixture f;
		struct attempt attempt = { &f, spec_of(table[i].to, PAGE) };
		int status;

		fixture_make(&f);
		make(&f, table[i].from, PAGE);
		attempt.spec.zeros = table[i].zeros;
		status = fault_run(&table[i].fault, resize_run, &attempt);
		assert_int_equal(status, W_EXITCODE(table[i].result, 0));
		assert_int_equal(tree_stat(&f.tree, "dir/swapfile").st_size, table[i].left);
		check_swaps_on(&f);
	}
}

static int limited_run(void *arg)
{
	const struct rlimit limit = { MIB(2), MIB(2) };

	(void)signal(SIGXFSZ, SIG_IGN);
	return setrlimit(RLIMIT_FSIZE, &limit) < 0 ? FAULT_NOT_INSTALLED : resize_run(arg);
}

/* A refusal of the real kernel. */
static void test_resize_limited(void **state)
{
	(void)state;
	for (unsigned zeros = 0; zeros < 2; zeros++) {
		_cleanup_(cleanup_fixture) struct fixture f;
		struct attempt attempt = { &f, spec_of(MIB(3), PAGE) };

		fixture_make(&f);
		make(&f, MIB(1), PAGE);
		attempt.spec.zeros = zeros;
		assert_int_equal(fault_run(NULL, limited_run, &attempt), W_EXITCODE(EFBIG, 0));
		assert_int_equal(tree_stat(&f.tree, "dir/swapfile").st_size, MIB(1));
		check_swaps_on(&f);
	}
}

/* A header for another page size, or one that does not fit, is written anew; the data stay. */
static void test_reheader(void **state)
{
	static const char data[] = "swapped out";
	_cleanup_(cleanup_fixture) struct fixture f;
	struct attempt attempt = { &f, spec_of(MIB(2), PAGE) };
	struct swapheader header;
	char back[sizeof(data)];
	int fd;

	(void)state;
	fixture_make(&f);
	make(&f, MIB(2), KIB(64));
	header = header_of(&f, PAGE);
	assert_int_equal(header.page_bytes, KIB(64));
	fd = openat(f.place.dir, "swapfile", O_RDWR | O_CLOEXEC);
	assert_int_equal(pwrite(fd, data, sizeof(data), MIB(1)), sizeof(data));
	assert_int_equal(resize_run(&attempt), 0);
	check_swaps_on(&f);
	header = header_of(&f, PAGE);
	assert_int_equal(covered(&header), MIB(2));
	assert_int_equal(pread(fd, back, sizeof(back), MIB(1)), sizeof(back));
	assert_memory_equal(back, data, sizeof(data));
	close(fd);
}

/* --- opening and removing --- */

static void test_open(void **state)
{
	_cleanup_(cleanup_fixture) struct fixture f;
	struct err err;
	struct stat st;
	int fd;

	(void)state;
	alarm(20);
	fixture_make(&f);
	st = make(&f, MIB(1), PAGE);
	fd = swapfile_open(&f.place, st.st_dev, st.st_ino, &err);
	assert_return_code(fd, errno);
	assert_int_equal(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDWR);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
	assert_int_equal(swapfile_open(&f.place, st.st_dev, st.st_ino + 1, &err), -ESTALE);
	assert_int_equal(swapfile_open(&f.place, st.st_dev + 1, st.st_ino, &err), -ESTALE);
	assert_return_code(linkat(f.place.dir, "swapfile", f.place.dir, "other", 0), errno);
	assert_int_equal(swapfile_open(&f.place, st.st_dev, st.st_ino, &err), -ESTALE);
	assert_return_code(unlinkat(f.place.dir, "swapfile", 0), errno);
	assert_int_equal(swapfile_open(&f.place, st.st_dev, st.st_ino, &err), -ENOENT);
	tree_link(&f.tree, "other", "dir/swapfile");
	assert_int_equal(swapfile_open(&f.place, st.st_dev, st.st_ino, &err), -ELOOP);
	assert_return_code(unlinkat(f.place.dir, "swapfile", 0), errno);
	assert_return_code(mkfifoat(f.place.dir, "swapfile", 0600), errno);
	st = tree_stat(&f.tree, "dir/swapfile");
	assert_int_equal(swapfile_open(&f.place, st.st_dev, st.st_ino, &err), -ESTALE);
	alarm(0);
}

static void test_unlink(void **state)
{
	_cleanup_(cleanup_fixture) struct fixture f;
	struct err err;
	struct stat st;

	(void)state;
	fixture_make(&f);
	st = make(&f, MIB(1), PAGE);
	assert_int_equal(swapfile_unlink(&f.place, st.st_dev, st.st_ino + 1, &err), -ESTALE);
	assert_int_equal(swapfile_unlink(&f.place, st.st_dev + 1, st.st_ino, &err), -ESTALE);
	assert_int_equal(tree_count(&f.tree, "dir"), 1);
	assert_int_equal(swapfile_unlink(&f.place, st.st_dev, st.st_ino, &err), 0);
	assert_int_equal(tree_count(&f.tree, "dir"), 0);
	assert_int_equal(swapfile_unlink(&f.place, st.st_dev, st.st_ino, &err), -ENOENT);
}

static void test_own(void **state)
{
	static const mode_t modes[] = { 0644, 0666, 0400, 0000, 04755 };
	_cleanup_(cleanup_fixture) struct fixture f;
	struct swapfile_spec spec = spec_of(MIB(1), PAGE);
	struct stat st;
	struct err err;
	int fd;

	(void)state;
	fixture_make(&f);
	st = make(&f, MIB(1), PAGE);
	fd = swapfile_open(&f.place, st.st_dev, st.st_ino, &err);
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		if (geteuid() == 0)
			assert_return_code(fchown(fd, 12345, 23456), errno);
		assert_return_code(fchmod(fd, modes[i]), errno);
		assert_int_equal(swapfile_own(fd, &f.place, &spec, &err), 0);
		st = tree_stat(&f.tree, "dir/swapfile");
		assert_int_equal(st.st_mode, S_IFREG | 0600);
		assert_int_equal(st.st_uid, geteuid());
		if (geteuid() == 0)
			assert_int_equal(st.st_gid, 0);
	}
	close(fd);
}

struct owning {
	const struct fixture *f;
	struct swapfile_spec spec;
	int fd;
};

static int own_run(void *arg)
{
	const struct owning *o = arg;
	struct err err;

	return -swapfile_own(o->fd, &o->f->place, &o->spec, &err);
}

/* vfat, some network mounts: the calls succeed, and change nothing. */
static void test_own_not_kept(void **state)
{
	static const struct fault faults[] = {
		{ SYS_fchmod, FAULT_ERRNO(0) },
		{ SYS_fchown, FAULT_ERRNO(0) },
	};
	_cleanup_(cleanup_fixture) struct fixture f;
	struct owning owning = { &f, spec_of(MIB(1), PAGE) };
	struct stat st;
	struct err err;

	(void)state;
	fixture_make(&f);
	st = make(&f, MIB(1), PAGE);
	owning.fd = swapfile_open(&f.place, st.st_dev, st.st_ino, &err);
	for (size_t i = 0; i < ARRAY_SIZE(faults); i++) {
		/* Only root can give files away; others expect another owner than they are. */
		if (i == 1 && geteuid() == 0)
			assert_return_code(fchown(owning.fd, 12345, 0), errno);
		else if (i == 1)
			owning.spec.owner = geteuid() + 1;
		assert_return_code(fchmod(owning.fd, 0644), errno);
		assert_int_equal(fault_run(&faults[i], own_run, &owning), W_EXITCODE(EPERM, 0));
	}
	close(owning.fd);
}

/* While the mode changes it is nobody's any more: the owner could open it behind the mode. */
static void test_own_order(void **state)
{
	static const struct fault fault = { SYS_fchmod, FAULT_KILL };
	_cleanup_(cleanup_fixture) struct fixture f;
	struct owning owning = { &f, spec_of(MIB(1), PAGE) };
	struct stat st;
	struct err err;

	(void)state;
	fixture_make(&f);
	st = make(&f, MIB(1), PAGE);
	owning.fd = swapfile_open(&f.place, st.st_dev, st.st_ino, &err);
	if (geteuid() == 0)
		assert_return_code(fchown(owning.fd, 12345, 23456), errno);
	assert_return_code(fchmod(owning.fd, 0644), errno);
	assert_true(WIFSIGNALED(fault_run(&fault, own_run, &owning)));
	st = tree_stat(&f.tree, "dir/swapfile");
	assert_int_equal(st.st_uid, geteuid());
	assert_int_equal(st.st_mode & 07777, 0644);
	close(owning.fd);
}

static void test_uuid(void **state)
{
	unsigned char a[16], b[16];

	(void)state;
	for (unsigned i = 0; i < 64; i++) {
		assert_int_equal(swapfile_uuid(a), 0);
		assert_int_equal(swapfile_uuid(b), 0);
		assert_memory_not_equal(a, b, sizeof(a));
		assert_int_equal(a[6] >> 4, 4);
		assert_int_equal(a[8] >> 6, 2);
	}
}

/* --- swapon and swapoff, played --- */

/* Shared with the child that swapoff is called in. */
struct calls {
	unsigned on, off;
	int flags;
	ino_t ino;
	pid_t pid;
};
static struct calls *calls;

static int note(const char *path, unsigned *count)
{
	struct stat st;

	(*count)++;
	calls->pid = getpid();
	if (stat(path, &st) < 0)
		return -1;
	calls->ino = st.st_ino;
	return 0;
}

static int play_swapon(const char *path, int flags)
{
	calls->flags = flags;
	return note(path, &calls->on);
}

static int play_swapoff(const char *path)
{
	return note(path, &calls->off);
}

static int refuse_swapon(const char *path, int flags)
{
	(void)path;
	(void)flags;
	errno = EINVAL;
	return -1;
}

static int refuse_swapoff(const char *path)
{
	(void)path;
	errno = ENOMEM;
	return -1;
}

static int die_in_swapoff(const char *path)
{
	(void)path;
	(void)raise(SIGKILL);
	return 0;
}

static void test_activation(void **state)
{
	static const struct swapfile_kernel playing = { play_swapon, play_swapoff };
	static const struct swapfile_kernel refusing = { refuse_swapon, refuse_swapoff };
	static const struct swapfile_kernel deadly = { play_swapon, die_in_swapoff };
	_cleanup_(cleanup_fixture) struct fixture f;
	struct err err = { 0 };
	struct stat st;
	int fd;

	(void)state;
	calls = mmap(NULL, sizeof(*calls), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		     0);
	assert_ptr_not_equal(calls, MAP_FAILED);
	fixture_make(&f);
	st = make(&f, MIB(1), PAGE);
	fd = swapfile_open(&f.place, st.st_dev, st.st_ino, &err);

	assert_int_equal(swapfile_activate(&playing, fd, &f.place, 0x8005, &err), 0);
	assert_int_equal(calls->on, 1);
	assert_int_equal(calls->flags, 0x8005);
	assert_int_equal(calls->ino, st.st_ino);
	assert_int_equal(calls->pid, getpid());

	/* By the descriptor, wherever the name leads meanwhile, and not by us. */
	assert_return_code(renameat(f.place.dir, "swapfile", f.place.dir, "moved"), errno);
	tree_file(&f.tree, "dir/swapfile", "another");
	calls->ino = 0;
	assert_int_equal(swapfile_deactivate(&playing, fd, &f.place, &err), 0);
	assert_int_equal(calls->off, 1);
	assert_int_equal(calls->ino, st.st_ino);
	assert_int_not_equal(calls->pid, getpid());

	assert_int_equal(swapfile_activate(&refusing, fd, &f.place, 0, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "/dir/swapfile"));
	assert_non_null(strstr(err.msg, strerror(EINVAL)));
	assert_int_equal(swapfile_deactivate(&refusing, fd, &f.place, &err), -ENOMEM);
	assert_non_null(strstr(err.msg, strerror(ENOMEM)));
	assert_int_equal(swapfile_deactivate(&deadly, fd, &f.place, &err), -EINTR);
	assert_int_equal(err.code, -EINTR);
	assert_non_null(strstr(err.msg, "/dir/swapfile"));
	assert_non_null(strstr(err.msg, "signal 9"));
	close(fd);
	munmap(calls, sizeof(*calls));
}

static int full_swapon(const char *path, int flags)
{
	(void)path;
	(void)flags;
	errno = EPERM;
	return -1;
}

/* 1: says that the table is full; 0: that it is not permitted. */
static int full_run(void *arg)
{
	static const struct swapfile_kernel full = { full_swapon, refuse_swapoff };
	const struct swapfile_place place = { .dir = -1, .name = "x", .path = "/dir/x" };
	const bool *drop = arg;
	struct err err = { 0 };

	if (*drop && geteuid() == 0 && setresuid(65534, 65534, 65534) < 0)
		return FAULT_NOT_INSTALLED;
	if (swapfile_activate(&full, 0, &place, 0, &err) != -EPERM || err.code != -EPERM ||
	    !strstr(err.msg, "/dir/x"))
		return FAULT_NOT_INSTALLED;
	if (strstr(err.msg, "table of swap areas is full; swapoff one"))
		return 1;
	return strstr(err.msg, strerror(EPERM)) ? 0 : FAULT_NOT_INSTALLED;
}

/* swapon's EPERM is two errors: the right is lacking, or the table is full. */
static void test_table_full(void **state)
{
	const bool able = geteuid() == 0 && prctl(PR_CAPBSET_READ, CAP_SYS_ADMIN) == 1;
	bool drop = false;

	(void)state;
	assert_int_equal(fault_run(NULL, full_run, &drop), W_EXITCODE(able, 0));
	drop = true;
	assert_int_equal(fault_run(NULL, full_run, &drop), W_EXITCODE(0, 0));
}

static void test_kernels(void **state)
{
	static const struct {
		const char *release;
		bool holes;
	} table[] = {
		{ "5.6.19", false },          { "5.7.0-rc1", true }, { "5.7", true },
		{ "5.8.0-63-generic", true }, { "5.9.16", true },    { "5.10.0-9-amd64", false },
		{ "5.70.1", false },          { "5.1.7", false },    { "4.5.7.9", false },
		{ "15.7.0", false },          { "6.18.44", false },  { "", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (swapfile_kernel_sees_holes(table[i].release) != table[i].holes)
			fail_msg("%s", table[i].release);
}

/* Under --root nothing may reach the running kernel, whatever a plan says. */
static void test_no_kernel(void **state)
{
	const struct swapfile_place place = { .dir = -1, .name = "x", .path = "/x" };
	struct err err;

	(void)state;
	assert_int_equal(swapfile_activate(&swapfile_no_kernel, 0, &place, 0, &err), -EPERM);
	assert_int_equal(swapfile_deactivate(&swapfile_no_kernel, 0, &place, &err), -EPERM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_kernel),
		cmocka_unit_test(test_make_zeros),
		cmocka_unit_test(test_make_lied_to),
		cmocka_unit_test(test_table_full),
		cmocka_unit_test(test_kernels),
		cmocka_unit_test(test_make),
		cmocka_unit_test(test_make_over),
		cmocka_unit_test(test_make_fails),
		cmocka_unit_test(test_make_killed_late),
		cmocka_unit_test(test_resize),
		cmocka_unit_test(test_resize_killed),
		cmocka_unit_test(test_resize_fails),
		cmocka_unit_test(test_resize_limited),
		cmocka_unit_test(test_reheader),
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_unlink),
		cmocka_unit_test(test_own),
		cmocka_unit_test(test_uuid),
		cmocka_unit_test(test_activation),
		cmocka_unit_test(test_own_not_kept),
		cmocka_unit_test(test_own_order),
		cmocka_unit_test(test_make_not_synced),
	};

	/* As memprov itself runs. */
	umask(077);
	return cmocka_run_group_tests_name("swapfile", tests, NULL, NULL);
}
