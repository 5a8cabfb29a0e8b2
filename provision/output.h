/* SPDX-License-Identifier: MIT */
/*
 * Writes a file that others read while it is replaced. Nothing of the machine's own is written so;
 * that is replace.h's.
 */
#pragma once

#include "err.h"

/*
 * Makes FILE hold the text, mode 0644: whoever opens it finds the former text or this one, whole,
 * also after a crash. What is no regular file is neither followed nor replaced (-EINVAL), nor is a
 * symlink followed on the way (-ELOOP): whoever owns a directory above could lead root elsewhere.
 * No name that ends as FILE does is used meanwhile, for collectors read all of a directory that do.
 */
int output_write(const char *file, const char *text, struct err *err) must_check;
