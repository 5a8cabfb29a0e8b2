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

/* Its directory's rank, 0 first; -1: neither applier reads it there. */
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
		return rules == SYSCTL_RULES_SYSTEMD && *name == '.' ? -1 : (int)i;
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

static const struct sysctl_file *next_of_sysctl(const struct sysctl_tree *tree,
						enum sysctl_rules rules,
						const struct sysctl_file *previous)
{
	const struct sysctl_file *next = NULL;

	if (previous && streq(previous->path, SYSCTL_CONF))
		return NULL;
	next = next_dropin(tree, rules, previous);
	if (next || rules != SYSCTL_RULES_PROCPS)
		return next;
	for (size_t i = 0; i < tree->n_files; i++)
		if (streq(tree->files[i].path, SYSCTL_CONF))
			return &tree->files[i];
	return NULL;
}

const struct sysctl_file *sysctl_order_next(const struct sysctl_tree *tree, enum sysctl_rules rules,
					    const struct sysctl_file *previous)
{
	const struct sysctl_file *end = tree->files + tree->n_files;
	const struct sysctl_file *next = tree->files;

	if (previous && previous->last) {
		next = previous + 1;
	} else {
		const struct sysctl_file *file = next_of_sysctl(tree, rules, previous);

		if (file)
			return file;
	}
	for (; next < end; next++)
		if (next->last)
			return next;
	return NULL;
}
