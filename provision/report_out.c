/* SPDX-License-Identifier: MIT */
/*
 * What is printed for people goes through here: names of files and lines of others' texts must not
 * steer a terminal, or look like lines of ours.
 */
#include "report.h"

#include "utf8.h"

static bool is_control(const unsigned char *p, size_t len)
{
	return len == 0 || p[0] < 0x20 || p[0] == 0x7f || (p[0] == 0xc2 && p[1] < 0xa0);
}

void report_put(FILE *out, const char *text)
{
	const unsigned char *p = (const unsigned char *)text;

	while (*p) {
		size_t len = utf8_length(p);

		if (is_control(p, len)) {
			for (size_t i = 0; i < (len ? len : 1); i++)
				fprintf(out, "\\x%02x", p[i]);
		} else {
			(void)fwrite(p, 1, len, out);
		}
		p += len ? len : 1;
	}
}

void report_put_lines(FILE *out, char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\t\n");
		char stop = text[len];
		/* What ends a line of a DOS file moves no cursor that would not move anyway. */
		bool dos = stop == '\n' && len > 0 && text[len - 1] == '\r';

		text[dos ? len - 1 : len] = '\0';
		report_put(out, text);
		if (stop == '\0')
			return;
		fprintf(out, "%s%c", dos ? "\r" : "", stop);
		text += len + 1;
	}
}

void report_error(const char *message)
{
	fputs("memprov: ", stderr);
	report_put(stderr, message);
	fputc('\n', stderr);
}

void report_profile_errors(const char *file, const struct profile_errors *errors)
{
	for (size_t i = 0; i < errors->n; i++) {
		report_put(stderr, file);
		fprintf(stderr, ":%u:%u: ", errors->items[i].line, errors->items[i].column);
		report_put(stderr, errors->items[i].message);
		fputc('\n', stderr);
	}
}
