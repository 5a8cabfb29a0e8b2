/* SPDX-License-Identifier: MIT */
/*
 * Builds the tree from libyaml's events and refuses what is not plain YAML at the first event that
 * shows it. Must not recurse, and must not know what a profile is.
 */
#include "yamltree.h"

#include <assert.h>
#include <stdarg.h>
#include <yaml.h>

struct builder {
	struct yaml_tree tree;
	struct yaml_item **ends[YAML_DEPTH_MAX + 1]; /* where the next item of a level goes */
	unsigned depth;
	unsigned documents;
	bool finished;
	struct yaml_fault *fault;
};

static void cleanup_parser(yaml_parser_t *parser)
{
	yaml_parser_delete(parser);
}

static void cleanup_event(yaml_event_t *event)
{
	yaml_event_delete(event);
}

static void cleanup_builder(struct builder *builder)
{
	yaml_tree_done(&builder->tree);
}

format_printf(4, 5) static int fault_set(struct yaml_fault *fault, size_t line, size_t column,
					 const char *fmt, ...)
{
	va_list ap;

	fault->line = (unsigned)line;
	fault->column = (unsigned)column;
	va_start(ap, fmt);
	(void)vsnprintf(fault->message, sizeof(fault->message), fmt, ap);
	va_end(ap);
	return -EINVAL;
}

static int fault_at(struct builder *b, yaml_mark_t mark, const char *message)
{
	return fault_set(b->fault, mark.line + 1, mark.column + 1, "%s", message);
}

/* Line and column of a byte; libyaml gives no more where the encoding is at fault. */
static int fault_at_byte(struct yaml_fault *fault, const char *text, size_t offset,
			 const char *message)
{
	size_t line = 1, column = 1;

	for (size_t i = 0; i < offset; i++) {
		if (text[i] == '\n') {
			line++;
			column = 1;
		} else if ((text[i] & 0xc0) != 0x80) {
			column++;
		}
	}
	return fault_set(fault, line, column, "%s", message);
}

/* Directives are refused before libyaml sees them: it compares each %TAG with all others. */
static int check_directives(const char *text, size_t len, struct yaml_fault *fault)
{
	const char *end = text + len, *p = text;

	for (size_t line = 1; p && p < end; line++) {
		if (*p == '%')
			return fault_set(fault, line, 1, "a YAML directive (%%) is not allowed");
		p = memchr(p, '\n', (size_t)(end - p));
		if (p)
			p++;
	}
	return 0;
}

/* C0, DEL, C1, and the two separators that some programs take for a line's end. */
static bool has_control(const char *text, size_t len)
{
	const unsigned char *p = (const unsigned char *)text;

	for (size_t i = 0; i < len; i++) {
		if (p[i] < 0x20 || p[i] == 0x7f)
			return true;
		if (p[i] == 0xc2 && i + 1 < len && p[i + 1] < 0xa0)
			return true;
		if (p[i] == 0xe2 && i + 2 < len && p[i + 1] == 0x80 &&
		    (p[i + 2] == 0xa8 || p[i + 2] == 0xa9))
			return true;
	}
	return false;
}

static int item_add(struct builder *b, enum yaml_kind kind, const yaml_event_t *event,
		    struct yaml_item **ret)
{
	size_t len = kind == YAML_TEXT ? event->data.scalar.length : 0;
	struct yaml_item *item = calloc(1, sizeof(*item) + len + 1);

	if (!item)
		return -ENOMEM;
	item->kind = kind;
	item->line = (unsigned)event->start_mark.line + 1;
	item->column = (unsigned)event->start_mark.column + 1;
	if (len > 0)
		memcpy(item->text, event->data.scalar.value, len);
	item->older = b->tree.newest;
	b->tree.newest = item;
	/* Opening a level sets its end, closing one returns to a level that has one. */
	assert(b->ends[b->depth]);
	*b->ends[b->depth] = item;
	b->ends[b->depth] = &item->next;
	*ret = item;
	return 0;
}

static int text_add(struct builder *b, const yaml_event_t *event)
{
	struct yaml_item *item;
	int r;

	if (event->data.scalar.anchor)
		return fault_at(b, event->start_mark, "an anchor (&) is not allowed");
	if (event->data.scalar.tag)
		return fault_at(b, event->start_mark, "a tag (!) is not allowed");
	if (has_control((const char *)event->data.scalar.value, event->data.scalar.length))
		return fault_at(b, event->start_mark,
				"a text must be one line without control characters");
	r = item_add(b, YAML_TEXT, event, &item);
	if (r < 0)
		return r;
	item->is_plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	return 0;
}

static int collection_add(struct builder *b, enum yaml_kind kind, const yaml_event_t *event)
{
	bool is_list = kind == YAML_LIST;
	struct yaml_item *item;
	int r;

	if (is_list ? event->data.sequence_start.anchor : event->data.mapping_start.anchor)
		return fault_at(b, event->start_mark, "an anchor (&) is not allowed");
	if (is_list ? event->data.sequence_start.tag : event->data.mapping_start.tag)
		return fault_at(b, event->start_mark, "a tag (!) is not allowed");
	if (b->depth == YAML_DEPTH_MAX)
		return fault_at(b, event->start_mark, "nested deeper than 16 levels");
	r = item_add(b, kind, event, &item);
	if (r < 0)
		return r;
	b->ends[++b->depth] = &item->first;
	return 0;
}

static int event_add(struct builder *b, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return text_add(b, event);
	case YAML_SEQUENCE_START_EVENT:
		return collection_add(b, YAML_LIST, event);
	case YAML_MAPPING_START_EVENT:
		return collection_add(b, YAML_MAPPING, event);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		b->depth--;
		return 0;
	case YAML_ALIAS_EVENT:
		return fault_at(b, event->start_mark, "an alias (*) is not allowed");
	case YAML_DOCUMENT_START_EVENT:
		if (b->documents++ > 0)
			return fault_at(b, event->start_mark,
					"a second document begins here; a profile is one");
		return 0;
	case YAML_NO_EVENT:
	case YAML_STREAM_END_EVENT:
		b->finished = true;
		return 0;
	case YAML_STREAM_START_EVENT:
	case YAML_DOCUMENT_END_EVENT:
		return 0;
	}
	return -EINVAL;
}

static int parser_fault(const yaml_parser_t *parser, const char *text, struct yaml_fault *fault)
{
	const char *problem = parser->problem ? parser->problem : "cannot be read";

	if (parser->error == YAML_MEMORY_ERROR)
		return -ENOMEM;
	if (parser->error == YAML_READER_ERROR)
		return fault_at_byte(fault, text, parser->problem_offset, problem);
	return fault_set(fault, parser->problem_mark.line + 1, parser->problem_mark.column + 1,
			 "not YAML: %s%s%s", problem, parser->context ? " " : "",
			 parser->context ? parser->context : "");
}

static int events_read(struct builder *b, const char *text, size_t len)
{
	_cleanup_(cleanup_parser) yaml_parser_t parser;
	int r = 0;

	/* Zeroes *parser also where it fails. */
	if (!yaml_parser_initialize(&parser))
		return -ENOMEM;
	/* Said rather than guessed: UTF-16 would be read, too. */
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
	while (r == 0 && !b->finished) {
		_cleanup_(cleanup_event) yaml_event_t event = { .type = YAML_NO_EVENT };

		if (!yaml_parser_parse(&parser, &event))
			return parser_fault(&parser, text, b->fault);
		r = event_add(b, &event);
	}
	return r;
}

int yaml_tree_parse(const char *text, size_t len, struct yaml_tree *ret, struct yaml_fault *fault)
{
	static const char bom[] = "\xef\xbb\xbf";
	_cleanup_(cleanup_builder) struct builder b = { .fault = fault };
	int r;

	b.ends[0] = &b.tree.top;
	if (len >= 3 && memcmp(text, bom, 3) == 0) {
		text += 3;
		len -= 3;
	}
	r = check_directives(text, len, fault);
	if (r == 0)
		r = events_read(&b, text, len);
	if (r < 0)
		return r;
	*ret = b.tree;
	b.tree = (struct yaml_tree){ 0 };
	return 0;
}

void yaml_tree_done(struct yaml_tree *tree)
{
	struct yaml_item *item = tree->newest;

	while (item) {
		struct yaml_item *older = item->older;

		free(item);
		item = older;
	}
	*tree = (struct yaml_tree){ 0 };
}
