/* SPDX-License-Identifier: MIT */
/*
 * Large aligned writes, direct where that is possible, with the memory of one of them. Neither
 * allocates otherwise nor cuts: what a failure leaves is the caller's.
 */
#include "fill.h"

#include <fcntl.h>
#include <time.h>

#define CHUNK   MIB(4)
#define ALIGN   KIB(4)  /* of offsets: no disk has larger sectors */
#define BUFFER  KIB(64) /* of memory: no kernel has larger pages */
#define WINDOW  MIB(16) /* how much may wait in the page cache */
#define TICK_MS 100

struct fill {
	int fd;
	const unsigned char *zeros;
	uint64_t at, end;
	bool direct;  /* as the descriptor is now */
	bool refused; /* the filesystem does not take direct writes */
};

/* --- progress --- */

struct pace {
	const struct fill_progress *progress;
	uint64_t from, total;
	uint64_t last_ms;
};

static uint64_t now_ms(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void tell(struct pace *pace, uint64_t at)
{
	uint64_t done = at - pace->from, ms;

	if (!pace->progress)
		return;
	ms = now_ms();
	if (done > 0 && done < pace->total && ms < pace->last_ms + TICK_MS)
		return;
	pace->last_ms = ms;
	pace->progress->report(pace->progress->arg, done, pace->total);
}

/* --- writing --- */

/* What is in front of an aligned offset, or behind the last, is a piece of its own. */
static size_t next_piece(const struct fill *f)
{
	uint64_t left = f->end - f->at, to_aligned = ALIGN - f->at % ALIGN;

	if (f->at % ALIGN)
		return left < to_aligned ? left : to_aligned;
	if (left >= CHUNK)
		return CHUNK;
	return left >= ALIGN ? left - left % ALIGN : left;
}

static void set_direct(struct fill *f, bool direct)
{
	int flags;

	if (f->refused || direct == f->direct)
		return;
	flags = fcntl(f->fd, F_GETFL);
	if (flags >= 0 && fcntl(f->fd, F_SETFL, direct ? flags | O_DIRECT : flags & ~O_DIRECT) == 0)
		f->direct = direct;
	else
		f->refused = true;
}

/*
 * The page cache would take what memory there is, and leave all of the waiting to the fsync. No
 * error is lost: fsync tells of it as well.
 */
static void drain(const struct fill *f, uint64_t written)
{
	const unsigned both =
		SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;
	uint64_t behind;

	(void)sync_file_range(f->fd, (off_t)f->at, (off_t)written, SYNC_FILE_RANGE_WRITE);
	if (f->at < WINDOW)
		return;
	behind = f->at - WINDOW;
	(void)sync_file_range(f->fd, (off_t)behind, (off_t)written, both);
	(void)posix_fadvise(f->fd, (off_t)behind, (off_t)written, POSIX_FADV_DONTNEED);
}

static int write_piece(struct fill *f)
{
	size_t piece = next_piece(f);
	ssize_t n;

	set_direct(f, f->at % ALIGN == 0 && piece % ALIGN == 0);
	n = pwrite(f->fd, f->zeros, piece, (off_t)f->at);
	if (n < 0 && errno == EINTR)
		return 0;
	if (n < 0 && errno == EINVAL && f->direct) {
		set_direct(f, false);
		f->refused = true;
		return f->direct ? -EINVAL : 0;
	}
	if (n <= 0)
		return n < 0 ? neg_errno() : -EIO;
	if (!f->direct)
		drain(f, (uint64_t)n);
	f->at += (uint64_t)n;
	return 0;
}

int fill_zeros(int fd, uint64_t from_bytes, uint64_t end_bytes,
	       const struct fill_progress *progress)
{
	struct pace pace = { .progress = progress, .from = from_bytes };
	struct fill f = { .fd = fd, .at = from_bytes, .end = end_bytes };
	_cleanup_free_ void *zeros = NULL;
	int r = -posix_memalign(&zeros, BUFFER, CHUNK);

	if (r < 0)
		return r;
	memset(zeros, 0, CHUNK);
	f.zeros = zeros;
	pace.total = end_bytes > from_bytes ? end_bytes - from_bytes : 0;
	tell(&pace, f.at);
	while (r == 0 && f.at < f.end) {
		r = write_piece(&f);
		tell(&pace, f.at);
	}
	set_direct(&f, false);
	return r;
}
