/* SPDX-License-Identifier: MIT */
/*
 * The stream's own buffer is stdio's; here is what it is emptied into. Knows nothing of the text.
 */
#include "memstream.h"

static ssize_t take(void *cookie, const char *bytes, size_t n)
{
	struct memstream *stream = cookie;

	if (n >= stream->room - stream->len) {
		const size_t room = 2 * stream->room + n;
		char *text = realloc(stream->text, room);

		if (!text)
			return 0;
		stream->text = text;
		stream->room = room;
	}
	memcpy(stream->text + stream->len, bytes, n);
	stream->len += n;
	stream->text[stream->len] = '\0';
	return (ssize_t)n;
}

int memstream_open(struct memstream *ret)
{
	const cookie_io_functions_t functions = { .write = take };

	*ret = (struct memstream){ .text = calloc(1, KIB(1)), .room = KIB(1) };
	if (!ret->text)
		return -ENOMEM;
	ret->file = fopencookie(ret, "w", functions);
	if (ret->file)
		return 0;
	free(ret->text);
	return -ENOMEM;
}

int memstream_close(struct memstream *stream, char **ret_text, size_t *ret_len)
{
	const bool lost = fflush(stream->file) == EOF || ferror(stream->file);

	if (fclose(stream->file) == EOF || lost) {
		free(stream->text);
		return -ENOMEM;
	}
	*ret_text = stream->text;
	if (ret_len)
		*ret_len = stream->len;
	return 0;
}
