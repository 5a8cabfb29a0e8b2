/* SPDX-License-Identifier: MIT */
/*
 * A bar for what takes long, written over itself on a terminal. Whether there is one is main.c's to
 * know.
 */
#include "report.h"

#include "size.h"

#include <sys/ioctl.h>
#include <time.h>

#define BAR_MAX 30
#define BAR_MIN 5

static uint64_t now_ms(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* One less than there are: with the last one written, some terminals go to the next line. */
static size_t columns_of(int fd)
{
	struct winsize size;

	if (ioctl(fd, TIOCGWINSZ, &size) < 0 || size.ws_col < 2)
		return 79;
	return size.ws_col < PROGRESS_MAX ? size.ws_col - 1U : PROGRESS_MAX - 1;
}

#define RATE_MAX 64

static unsigned at_most(double value, unsigned most)
{
	return value < most ? (unsigned)value : most;
}

/* ", 512 MiB/s, 1:05 left"; nothing while it cannot be told. */
static void rate_text(double done, double left, uint64_t ms, char buf[static RATE_MAX])
{
	double rate = ms == 0 ? 0 : done * 1000 / (double)ms; /* in bytes a second */
	unsigned tenths = at_most(rate * 10 / (double)MIB(1), 99999999), seconds;

	buf[0] = '\0';
	if (tenths == 0)
		return;
	/* Not 0 while there is something left. */
	seconds = at_most((left + rate - 1) / rate, 99999999);
	if (tenths < 100)
		(void)snprintf(buf, RATE_MAX, ", %u.%u MiB/s, %u:%02u left", tenths / 10,
			       tenths % 10, seconds / 60, seconds % 60);
	else
		(void)snprintf(buf, RATE_MAX, ", %u MiB/s, %u:%02u left", tenths / 10, seconds / 60,
			       seconds % 60);
}

const char *progress_text(uint64_t done_bytes, uint64_t total_bytes, uint64_t ms, size_t columns,
			  char buf[static PROGRESS_MAX])
{
	char rate[RATE_MAX], total[SIZE_TEXT_MAX], rest[RATE_MAX + SIZE_TEXT_MAX];
	double share;
	size_t len, bar, full;

	if (done_bytes > total_bytes)
		done_bytes = total_bytes;
	share = total_bytes == 0 ? 1 : (double)done_bytes / (double)total_bytes;
	rate_text((double)done_bytes, (double)(total_bytes - done_bytes), ms, rate);
	(void)snprintf(rest, sizeof(rest), "%3u %% of %s%s", (unsigned)(share * 100),
		       size_format(total_bytes, total), rate);
	len = strlen(rest);
	bar = columns > len + 3 ? columns - len - 3 : 0;
	if (bar > BAR_MAX)
		bar = BAR_MAX;
	if (bar < BAR_MIN) {
		(void)snprintf(buf, PROGRESS_MAX, "%.*s", (int)columns, rest);
		return buf;
	}
	full = (size_t)(share * (double)bar);
	(void)snprintf(buf, PROGRESS_MAX, "[%.*s%.*s] %s", (int)full,
		       "##############################", (int)(bar - full),
		       "..............................", rest);
	return buf;
}

void report_progress(void *arg, uint64_t done_bytes, uint64_t total_bytes)
{
	struct report_progress *progress = arg;
	size_t columns = columns_of(STDERR_FILENO);
	uint64_t now = now_ms();
	char text[PROGRESS_MAX];

	if (done_bytes == 0)
		progress->start_ms = now;
	progress->shown = true;
	/* What is left of a longer line is written over. */
	fprintf(stderr, "\r%-*s", (int)columns,
		progress_text(done_bytes, total_bytes, now - progress->start_ms, columns, text));
	(void)fflush(stderr);
}

void report_progress_end(struct report_progress *progress)
{
	if (!progress->shown)
		return;
	fprintf(stderr, "\r%*s\r", (int)columns_of(STDERR_FILENO), "");
	(void)fflush(stderr);
	progress->shown = false;
}
