/* SPDX-License-Identifier: MIT */
/*
 * The parts of the facts, each filling its own members. For the facts_*.c files only.
 */
#pragma once

#include "facts.h"

/* A file of /proc or /sys: of the running kernel, or a plain file of a --root that is a fixture. */
int facts_read_kernel(const struct root *root, const char *path, char **ret_text) must_check;

/* Memory, active swap, live sysctls, the kernel's release. -ENODATA: RAM is not known. */
int facts_read_running(const struct root *root, const struct facts_request *request,
		       struct facts *facts, struct err *err) must_check;

/* fstab, the drop-in, the sysctl sources. */
int facts_read_etc(const struct root *root, struct facts *facts, struct err *err) must_check;
void facts_etc_done(struct facts *facts);

/* What is at the path, and the filesystem around it; fstab and swaps must have been read. */
int facts_find(const struct root *root, const struct facts *facts, const char *path,
	       struct found *ret, struct err *err) must_check;
