/* SPDX-License-Identifier: MIT */
/*
 * Which files are read at boot, and in which order. Pure; knows nothing of what stands in them.
 */
#pragma once

#include "sysctl.h"

#define SYSCTL_CONF "/etc/sysctl.conf"

/*
 * The file that is read after `previous` (NULL: the first), of those that are not `last`; by tuned,
 * when it applies them again. NULL: all have been read.
 */
const struct sysctl_file *sysctl_order_next(const struct sysctl_tree *tree, enum sysctl_rules rules,
					    const struct sysctl_file *previous);

/* Likewise, of those that are `last`, at the end or before. */
const struct sysctl_file *sysctl_order_next_last(const struct sysctl_tree *tree, bool at_end,
						 const struct sysctl_file *previous);
