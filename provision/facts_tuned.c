/* SPDX-License-Identifier: MIT */
/*
 * Reads the profiles that tuned applies when systemd-sysctl is done, and whether it applies
 * sysctl.d again after them. Which lines of them count is tuned_merge.c's to say.
 */
#include "facts_parts.h"

#include "tuned_merge.h"

#define MAIN_CONF    "/etc/tuned/tuned-main.conf"
#define ACTIVE       "/etc/tuned/active_profile"
#define MODE         "/etc/tuned/profile_mode"
#define POST_LOADED  "/etc/tuned/post_loaded_profile"
#define TEXT_MAX     KIB(64)
#define PROFILES_MAX 32
#define MERGED_MAX   KIB(64) /* of all profiles: nobody has as much */
#define PATH_ROOM    (TUNED_VALUE_MAX + 2 * TUNED_NAME_MAX)

/* Of profiles of one name the last directory's. Before tuned 2.23 they had none of their own. */
static const char *const default_directories =
	"/usr/lib/tuned,/usr/lib/tuned/profiles,/etc/tuned,/etc/tuned/profiles";

struct tuned {
	const struct root *root;
	char directories[TUNED_VALUE_MAX], exclude[TUNED_VALUE_MAX];
	bool reapplies;
	char *seen[PROFILES_MAX]; /* paths, in the order of finding */
	size_t n_seen, n_bytes;
	/*
	 * In the order of merging; text NULL: it cannot be read. Room for each profile, for what
	 * each includes where that is unknown, and for the files that name them.
	 */
	char *paths[2 * PROFILES_MAX + 4], *texts[2 * PROFILES_MAX + 4];
	size_t n;
	bool broken; /* one is missing: tuned then applies none */
};

static void cleanup_tuned(struct tuned *tuned)
{
	for (size_t i = 0; i < tuned->n_seen; i++)
		free(tuned->seen[i]);
	for (size_t i = 0; i < tuned->n; i++) {
		free(tuned->paths[i]);
		free(tuned->texts[i]);
	}
}

static bool is_missing(int r)
{
	return r == -ENOENT || r == -ENOTDIR || r == -ELOOP || r == -EINVAL;
}

static bool is_fatal(int r)
{
	return r == -ENOMEM || r == -EMFILE || r == -ENFILE || r == -EIO;
}

/* 0, also where it cannot be read: *ret_text is NULL then. -ENOENT: there is no such file. */
static int read_text(const struct root *root, const char *path, char **ret_text)
{
	int r = root_read(root, path, TEXT_MAX, ret_text, NULL);

	if (is_missing(r))
		return -ENOENT;
	return is_fatal(r) ? r : 0;
}

/* Takes over the text. */
static int push(struct tuned *tuned, const char *path, char *text)
{
	tuned->texts[tuned->n] = text;
	tuned->paths[tuned->n] = strdup(path);
	return tuned->paths[tuned->n++] ? 0 : -ENOMEM;
}

/* What stands for a file that might set anything. */
static int push_unknown(struct tuned *tuned, const char *what)
{
	return push(tuned, what, NULL);
}

static bool is_seen(const struct tuned *tuned, const char *path)
{
	for (size_t i = 0; i < tuned->n_seen; i++)
		if (streq(tuned->seen[i], path))
			return true;
	return false;
}

/*
 * The profile of that name, from the last directory that has one which was not read before: a
 * profile may include the one of its own name that it hides. -ENOENT: there is none; -EALREADY:
 * none that was not read.
 */
static int find(const struct tuned *tuned, const char *name, char path[static PATH_ROOM],
		char **ret_text)
{
	const char *p = tuned->directories;
	char directory[TUNED_NAME_MAX], candidate[PATH_ROOM];
	int found = -ENOENT;

	/* No name leads out of the directories. */
	if (strrchr(name, '/'))
		name = strrchr(name, '/') + 1;
	while (tuned_next_name(&p, ",;", directory)) {
		char *text = NULL;
		int r;

		(void)snprintf(candidate, sizeof(candidate), "%s/%s/tuned.conf", directory, name);
		if (is_seen(tuned, candidate)) {
			if (found == -ENOENT)
				found = -EALREADY;
			continue;
		}
		r = read_text(tuned->root, candidate, &text);
		if (r == -ENOENT)
			continue;
		if (found == 0)
			free(*ret_text);
		*ret_text = NULL;
		if (r < 0)
			return r;
		*ret_text = text;
		strcpy(path, candidate);
		found = 0;
	}
	return found;
}

static int load(struct tuned *tuned, const char *names, const char *separators);

/* Those it includes come before it. */
static int load_included(struct tuned *tuned, const char *path, const char *text)
{
	char include[TUNED_VALUE_MAX], what[PATH_ROOM + TUNED_VALUE_MAX + 16];

	if (!text || !tuned_option(text, "main", "include", include))
		return 0;
	if (!strchr(include, '$'))
		return load(tuned, include, ",;");
	(void)snprintf(what, sizeof(what), "%s (include=%s)", path, include);
	return push_unknown(tuned, what);
}

static int load_one(struct tuned *tuned, const char *name)
{
	_cleanup_free_ char *text = NULL;
	/* "-NAME": no matter if it is not there. */
	const bool optional = *name == '-';
	char path[PATH_ROOM];
	int r = find(tuned, name + optional, path, &text);

	if (r == -EALREADY)
		return 0;
	if (r == -ENOENT) {
		tuned->broken |= !optional;
		return 0;
	}
	if (r < 0)
		return r;
	tuned->n_bytes += text ? strlen(text) : 0;
	if (tuned->n_seen == PROFILES_MAX || tuned->n_bytes > MERGED_MAX)
		return -E2BIG;
	tuned->seen[tuned->n_seen] = strdup(path);
	if (!tuned->seen[tuned->n_seen++])
		return -ENOMEM;
	r = load_included(tuned, path, text);
	return r < 0 ? r : push(tuned, path, TAKE_PTR(text));
}

/* Goes no deeper than there are files, for each is read once. -E2BIG: more than anybody has. */
static int load(struct tuned *tuned, const char *names, const char *separators)
{
	char name[TUNED_NAME_MAX];
	int r = 0;

	while (r == 0 && tuned_next_name(&names, separators, name))
		r = load_one(tuned, name);
	return r;
}

/* A file of names: the active profiles, and the one that is always loaded after them. */
static int load_active(struct tuned *tuned, const char *path)
{
	_cleanup_free_ char *text = NULL;
	int r = read_text(tuned->root, path, &text);

	if (r == -ENOENT)
		return 0;
	if (r == 0 && !text)
		return push_unknown(tuned, path);
	return r < 0 ? r : load(tuned, text, " \t\r\n");
}

/* *ret: the first word of a file, "" where there is none. -EACCES: it cannot be read. */
static int read_word(const struct root *root, const char *path, char ret[static TUNED_NAME_MAX])
{
	_cleanup_free_ char *text = NULL;
	int r = read_text(root, path, &text);
	const char *p = text;

	*ret = '\0';
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	if (!text)
		return -EACCES;
	(void)tuned_next_name(&p, " \t\r\n", ret);
	return 0;
}

/*
 * 1: tuned takes the profile that it recommends, by rules and by what the machine is: always where
 * its mode says so, and where neither a mode nor a profile was chosen.
 */
static int is_automatic(const struct root *root)
{
	char mode[TUNED_NAME_MAX], chosen[TUNED_NAME_MAX];
	int r = read_word(root, MODE, mode);

	if (r < 0 || *mode)
		return r == -EACCES ? 1 : r < 0 ? r : !streq(mode, "manual");
	r = read_word(root, ACTIVE, chosen);
	/* What cannot be read is there; load_active() tells of it. */
	return r == -EACCES ? 0 : r < 0 ? r : *chosen == '\0';
}

static int load_profiles(struct tuned *tuned)
{
	int r = is_automatic(tuned->root);

	if (r >= 0)
		r = r > 0 ? push_unknown(tuned, "the profile that tuned recommends")
			  : load_active(tuned, ACTIVE);
	if (r == 0)
		r = load_active(tuned, POST_LOADED);
	return r == -E2BIG ? push_unknown(tuned, ACTIVE) : r;
}

/* 1: it is there, as it must be for tuned to start. */
static int read_main(struct tuned *tuned)
{
	_cleanup_free_ char *text = NULL;
	int r = read_text(tuned->root, MAIN_CONF, &text);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	/* Unreadable, it might name any profile, and nothing that decides after them is certain. */
	tuned->reapplies = text && tuned_reapplies(text);
	(void)tuned_option(text, "", "reapply_sysctl_exclude", tuned->exclude);
	if (!text || !tuned_option(text, "", "profile_dirs", tuned->directories))
		strcpy(tuned->directories, default_directories);
	return text ? 1 : push_unknown(tuned, MAIN_CONF);
}

static bool sets_nothing(const char *text)
{
	return text && text[strspn(text, "\n")] == '\0';
}

/* The text becomes one of sysctl.d; of the end only what there is. */
static int add_source(const struct tuned *tuned, size_t i, bool at_end, struct facts *facts)
{
	_cleanup_free_ char *path = strdup(tuned->paths[i]), *text = NULL;
	struct sysctl_file file = { .path = path, .last = true, .at_end = at_end };
	int r = path ? 0 : -ENOMEM;

	file.state = tuned->texts[i] ? SYSCTL_FILE_TEXT : SYSCTL_FILE_UNREADABLE;
	if (r == 0 && tuned->texts[i])
		r = tuned_settings((const char *const *)tuned->texts, tuned->n, i, at_end, &text);
	if (r < 0 || (at_end && sets_nothing(text)))
		return r;
	file.text = text;
	file.len = text ? strlen(text) : 0;
	r = facts_add_source(facts, &file);
	if (r < 0)
		return r;
	(void)TAKE_PTR(path);
	(void)TAKE_PTR(text);
	return 0;
}

static int add_sources(const struct tuned *tuned, struct facts *facts)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < tuned->n; i++)
		r = add_source(tuned, i, false, facts);
	for (size_t i = 0; r == 0 && i < tuned->n; i++)
		r = add_source(tuned, i, true, facts);
	if (r < 0 || !tuned->reapplies)
		return r;
	r = tuned_applies_again((const char *const *)tuned->texts, tuned->n, &facts->tree.again);
	if (r < 0)
		return r;
	if (*tuned->exclude && !(facts->tree.again_exclude = strdup(tuned->exclude)))
		return -ENOMEM;
	return 0;
}

int facts_read_tuned(const struct root *root, struct facts *facts, struct err *err)
{
	_cleanup_(cleanup_tuned) struct tuned tuned = { .root = root };
	int r = facts->systemd ? facts_unit_is_enabled(root, "tuned.service", err) : 0;

	if (r > 0)
		r = read_main(&tuned);
	if (r > 0)
		r = load_profiles(&tuned);
	if (r == 0 && !tuned.broken)
		r = add_sources(&tuned, facts);
	return r < 0 ? err_sys(err, r, "cannot read the profiles of tuned") : 0;
}
