/* SPDX-License-Identifier: MIT */
/*
 * A YAML text as a tree of mappings, lists and texts with their positions. Only plain YAML: one
 * document, no anchors, aliases, tags or directives, so that reading it costs what its size says.
 */
#pragma once

#include "util.h"

#define YAML_DEPTH_MAX 16

enum yaml_kind { YAML_TEXT, YAML_LIST, YAML_MAPPING };

struct yaml_item {
	enum yaml_kind kind;
	bool is_plain;           /* YAML_TEXT: stands there without quotes */
	unsigned line, column;   /* where it begins, from 1; column in characters */
	struct yaml_item *first; /* of what is in it; a mapping holds key, value, key, value */
	struct yaml_item *next;  /* beside it */
	struct yaml_item *older; /* made before it, whatever the nesting */
	char text[];             /* YAML_TEXT: one line of UTF-8 without control characters */
};

struct yaml_tree {
	struct yaml_item *top;    /* NULL: the document is empty */
	struct yaml_item *newest; /* all there are, through `older` */
};

struct yaml_fault {
	unsigned line, column; /* from 1 */
	char message[160];
};

/*
 * Returns 0; -EINVAL with the first fault; -ENOMEM. *ret is filled only on success and then owned
 * by the caller (yaml_tree_done).
 */
int yaml_tree_parse(const char *text, size_t len, struct yaml_tree *ret, struct yaml_fault *fault)
	must_check;
void yaml_tree_done(struct yaml_tree *tree);
