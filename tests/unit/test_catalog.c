/* SPDX-License-Identifier: MIT */
/*
 * Names and paths -> profile texts, in a temporary tree that stands for a root directory.
 */
#include "catalog.h"

#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define PLAIN "memprov: 1\n"

static char dir[64];
static struct root root;

/* A path below the temporary tree; valid until the fourth call after. */
static const char *under(const char *path)
{
	static char paths[4][256];
	static unsigned turn;
	char *p = paths[turn++ % 4];

	(void)snprintf(p, sizeof(paths[0]), "%s%s", dir, path);
	return p;
}

static void write_file(const char *path, const char *text, size_t len)
{
	FILE *f = fopen(under(path), "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static int setup(void **state)
{
	struct err err;

	(void)state;
	strcpy(dir, "/tmp/memprov-catalog-XXXXXX");
	if (!mkdtemp(dir) || mkdir(under("/etc"), 0755) < 0)
		return -1;
	return root_open(dir, &root, &err);
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int teardown(void **state)
{
	(void)state;
	root_close(&root);
	return nftw(dir, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static void make_dirs(void)
{
	assert_int_equal(mkdir(under("/etc/memprov"), 0755), 0);
	assert_int_equal(mkdir(under("/etc/memprov/profiles"), 0755), 0);
}

static void found(const char *profile, const char *name, const char *source, const char *text)
{
	struct catalog_text t;
	struct err err = { .code = 0 };

	if (catalog_find(&root, profile, &t, &err) != 0)
		fail_msg("%s: %s", profile ? profile : "NULL", err.msg);
	assert_string_equal(t.name, name);
	assert_string_equal(t.source, source);
	assert_int_equal(t.len, strlen(t.text));
	if (text)
		assert_string_equal(t.text, text);
	else
		assert_non_null(strstr(t.text, "memprov: 1\n"));
	catalog_text_done(&t);
	assert_null(t.text);
}

static void missed(const char *profile, int code, const char *message)
{
	struct catalog_text t = { .name = NULL };
	struct err err = { .code = 0 };

	assert_int_equal(catalog_find(&root, profile, &t, &err), code);
	assert_int_equal(err.code, code);
	assert_null(t.name);
	if (!strstr(err.msg, message))
		fail_msg("\"%s\" does not say \"%s\"", err.msg, message);
}

static void test_builtin(void **state)
{
	(void)state;
	found(NULL, "default", "built-in", NULL);
	found("default", "default", "built-in", NULL);
	found("small-vm", "small-vm", "built-in", NULL);
	make_dirs();
	found(NULL, "default", "built-in", NULL);
	found("rhel", "rhel", "built-in", NULL);
	/* The name that the list gives to the default. */
	found("", "default", "built-in", NULL);
}

static void test_etc(void **state)
{
	static const char mine[] = PLAIN "description: mine\n";

	(void)state;
	make_dirs();
	write_file("/etc/memprov/profile.yaml", mine, strlen(mine));
	write_file("/etc/memprov/profiles/site.yaml", mine, strlen(mine));
	write_file("/etc/memprov/profiles/rhel.yaml", mine, strlen(mine));
	found(NULL, "profile", under("/etc/memprov/profile.yaml"), mine);
	found("", "profile", under("/etc/memprov/profile.yaml"), mine);
	found("site", "site", under("/etc/memprov/profiles/site.yaml"), mine);
	found("rhel", "rhel", under("/etc/memprov/profiles/rhel.yaml"), mine);
	found("default", "default", "built-in", NULL);
}

static void test_path(void **state)
{
	(void)state;
	write_file("/a.yaml", PLAIN, strlen(PLAIN));
	write_file("/b", PLAIN, strlen(PLAIN));
	write_file("/.yaml", PLAIN, strlen(PLAIN));
	found(under("/a.yaml"), "a", under("/a.yaml"), PLAIN);
	found(under("/b"), "b", under("/b"), PLAIN);
	found(under("/.yaml"), ".yaml", under("/.yaml"), PLAIN);
	missed(under("/c.yaml"), -ENOENT, "/c.yaml: cannot be read: No such file");
	missed(under("/etc"), -EISDIR, "/etc: cannot be read: Is a directory");
	/* The caller's path is not the root's. */
	missed("/a.yaml", -ENOENT, "/a.yaml: cannot be read");
}

static void test_unknown(void **state)
{
	(void)state;
	missed("nosuch", -ENOENT, "nosuch: no profile of that name; memprov profiles");
	missed("a.yaml", -ENOENT, "for a file write ./a.yaml");
	missed("..", -ENOENT, "no profile of that name");
	missed("Default", -ENOENT, "no profile of that name");
}

/* What is there and cannot be read is never passed over for a built-in profile. */
static void test_unreadable(void **state)
{
	(void)state;
	make_dirs();
	assert_int_equal(symlink("/nowhere", under("/etc/memprov/profile.yaml")), 0);
	missed(NULL, -ENOENT, "/etc/memprov/profile.yaml: cannot be read");
	assert_int_equal(symlink("rhel.yaml", under("/etc/memprov/profiles/rhel.yaml")), 0);
	missed("rhel", -ELOOP, "/etc/memprov/profiles/rhel.yaml: cannot be read");
	assert_int_equal(mkdir(under("/etc/memprov/profiles/default.yaml"), 0755), 0);
	missed("default", -EINVAL, "/default.yaml: is not a regular file");
	assert_int_equal(mkfifo(under("/etc/memprov/profiles/database.yaml"), 0600), 0);
	missed("database", -EINVAL, "/database.yaml: is not a regular file");
}

static void test_links(void **state)
{
	(void)state;
	make_dirs();
	write_file("/etc/here.yaml", PLAIN, strlen(PLAIN));
	/* Absolute, and yet within the root. */
	assert_int_equal(symlink("/etc/here.yaml", under("/etc/memprov/profile.yaml")), 0);
	found(NULL, "profile", under("/etc/memprov/profile.yaml"), PLAIN);
}

static void test_sizes(void **state)
{
	static char text[PROFILE_MAX + 1];

	(void)state;
	make_dirs();
	memset(text, '#', sizeof(text));
	memcpy(text, PLAIN, strlen(PLAIN));
	write_file("/etc/memprov/profiles/fits.yaml", text, PROFILE_MAX);
	write_file("/etc/memprov/profiles/big.yaml", text, PROFILE_MAX + 1);
	write_file("/big", text, PROFILE_MAX + 1);
	write_file("/etc/memprov/profiles/empty.yaml", "", 0);
	found("fits", "fits", under("/etc/memprov/profiles/fits.yaml"), NULL);
	found("empty", "empty", under("/etc/memprov/profiles/empty.yaml"), "");
	missed("big", -EFBIG, "big.yaml: a profile has at most 64 KiB");
	missed(under("/big"), -EFBIG, "/big: a profile has at most 64 KiB");
}

static void listed(const char *want)
{
	char have[256] = "", **names;
	struct err err;
	size_t n, len = 0;

	assert_int_equal(catalog_list(&root, &names, &n, &err), 0);
	for (size_t i = 0; i < n; i++)
		len += (size_t)snprintf(have + len, sizeof(have) - len, " %s", names[i]);
	assert_string_equal(have, want);
	catalog_names_done(names, n);
}

static void test_list(void **state)
{
	static const char *const files[] = {
		"a.yaml",       "rhel.yaml", "z.yaml",     "no.yml",          ".yaml",
		".hidden.yaml", "x.yaml~",   "bel\a.yaml", "z.yaml.dpkg-old", "two.x.yaml",
	};
	char path[128];

	(void)state;
	listed(" database default hibernate rhel small-vm workstation");
	make_dirs();
	listed(" database default hibernate rhel small-vm workstation");
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		(void)snprintf(path, sizeof(path), "/etc/memprov/profiles/%s", files[i]);
		write_file(path, PLAIN, strlen(PLAIN));
	}
	assert_int_equal(mkdir(under("/etc/memprov/profiles/dir.yaml"), 0755), 0);
	listed(" a database default hibernate rhel small-vm two.x workstation z");
}

static void test_list_fails(void **state)
{
	struct err err = { .code = 0 };
	char **names = NULL;
	size_t n = 0;

	(void)state;
	assert_int_equal(mkdir(under("/etc/memprov"), 0755), 0);
	write_file("/etc/memprov/profiles", "", 0);
	assert_int_equal(catalog_list(&root, &names, &n, &err), -ENOTDIR);
	assert_non_null(strstr(err.msg, "/etc/memprov/profiles: cannot be read: Not a directory"));
	assert_null(names);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_builtin), TEST(test_etc),        TEST(test_path),
		TEST(test_unknown), TEST(test_unreadable), TEST(test_links),
		TEST(test_sizes),   TEST(test_list),       TEST(test_list_fails),
	};
#undef TEST

	return cmocka_run_group_tests_name("catalog", tests, NULL, NULL);
}
