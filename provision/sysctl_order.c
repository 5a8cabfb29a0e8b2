/* SPDX-License-Identifier: MIT */
/*
 * Puts files in order by their names alone. Reads nothing and keeps nothing between calls.
 */
#include "sysctl_order.h"

static const char *base_name(const char *path)
{
	return strrchr(path, '/') + 1;
}

const char *const sysctl_directories[SYSCTL_DIRECTORIES] = {
	"/etc/sysctl.d",     "/run/sysctl.d", "/usr/local/lib/sysctl.d",
	"/usr/lib/sysctl.d", "/lib/sysctl.d",
};

/* tuned has its own order of directories: what is in /run hides what is in /etc. */
static int directory_rank(enum sysctl_rules rules, size_t i)
{
	if (rules != SYSCTL_RULES_TUNED)
		return (int)i;
	return streq(sysctl_directories[i], "/run/sysctl.d")    ? 0
		: streq(sysctl_directories[i], "/etc/sysctl.d") ? 1
								: -1;
}

/* Its directory's rank, 0 first; -1: the applier does not read it there. */
static int file_rank(enum sysctl_rules rules, const char *path)
{
	for (size_t i = 0; i < SYSCTL_DIRECTORIES; i++) {
		const size_t dir_len = strlen(sysctl_directories[i]);
		const char *name = path + dir_len + 1;
		size_t len;

		if (!has_prefix(path, sysctl_directories[i]) || path[dir_len] != '/')
			continue;
		len = strlen(name);
		if (strchr(name, '/') || len < strlen(".conf") ||
		    !streq(name + len - strlen(".conf"), ".conf"))
			return -1;
		return rules == SYSCTL_RULES_SYSTEMD && *name == '.' ? -1
								     : directory_rank(rules, i);
	}
	return -1;
}

/*
 * The drop-in after `previous` (NULL: the first): by name in byte order, whatever the directory,
 * and of those of one name only the first directory's.
 */
static const struct sysctl_file *next_dropin(const struct sysctl_tree *tree,
					     enum sysctl_rules rules,
					     const struct sysctl_file *previous)
{
	const struct sysctl_file *best = NULL;
	int best_rank = 0;

	for (size_t i = 0; i < tree->n_files; i++) {
		const struct sysctl_file *file = &tree->files[i];
		int rank = file_rank(rules, file->path);
		int cmp;

		if (rank < 0 ||
		    (previous && strcmp(base_name(file->path), base_name(previous->path)) <= 0))
			continue;
		cmp = best ? strcmp(base_name(file->path), base_name(best->path)) : -1;
		if (cmp < 0 || (cmp == 0 && rank < best_rank)) {
			best = file;
			best_rank = rank;
		}
	}
	return best;
}

const struct sysctl_file *sysctl_order_next(const struct sysctl_tree *tree, enum sysctl_rules rules,
					    const struct sysctl_file *previous)
{
	const struct sysctl_file *next = NULL;

	if (previous && streq(previous->path, SYSCTL_CONF))
		return NULL;
	next = next_dropin(tree, rules, previous);
	if (next || rules == SYSCTL_RULES_SYSTEMD)
		return next;
	for (size_t i = 0; i < tree->n_files; i++)
		if (streq(tree->files[i].path, SYSCTL_CONF))
			return &tree->files[i];
	return NULL;
}

const struct sysctl_file *sysctl_order_next_last(const struct sysctl_tree *tree, bool at_end,
						 const struct sysctl_file *previous)
{
	const struct sysctl_file *next = previous ? previous + 1 : tree->files;

	for (; next < tree->files + tree->n_files; next++)
		if (next->last && next->at_end == at_end)
			return next;
	return NULL;
}
