/* SPDX-License-Identifier: MIT */
/*
 * The diff's exact text, and that patch(1) makes the new text of the old one with it, and the old
 * one of the new one. Works in a directory of its own under /tmp.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "diff.h"

extern char **environ;

#define HEAD "--- /etc/fstab\n+++ /etc/fstab\n"
#define EOFX "\\ No newline at end of file\n"

static const struct {
	const char *before, *after, *diff;
} cases[] = {
	{ NULL, NULL, "" },
	{ "", "", "" },
	{ NULL, "", "" },
	{ "a\n", "a\n", "" },
	{ "a", "a", "" },
	{ NULL, "a\nb\n", "--- /dev/null\n+++ /etc/fstab\n@@ -0,0 +1,2 @@\n+a\n+b\n" },
	{ NULL, "a", "--- /dev/null\n+++ /etc/fstab\n@@ -0,0 +1 @@\n+a\n" EOFX },
	{ "a\n", NULL, "--- /etc/fstab\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n" },
	{ "", "a\n", HEAD "@@ -0,0 +1 @@\n+a\n" },
	{ "a\nb\n", "", HEAD "@@ -1,2 +0,0 @@\n-a\n-b\n" },
	{ "a\n", "b\n", HEAD "@@ -1 +1 @@\n-a\n+b\n" },
	{ "a\n", "a\nb\n", HEAD "@@ -1 +1,2 @@\n a\n+b\n" },
	{ "a\n", "b\na\n", HEAD "@@ -1 +1,2 @@\n+b\n a\n" },
	{ "a\nb\n", "b\n", HEAD "@@ -1,2 +1 @@\n-a\n b\n" },
	{ "a\na\n", "a\na\na\n", HEAD "@@ -1,2 +1,3 @@\n a\n a\n+a\n" },
	{ "a\na\na\n", "a\na\n", HEAD "@@ -1,3 +1,2 @@\n a\n a\n-a\n" },
	{ "1\n2\n3\n4\n5\n", "1\n2\n3\n4\n5\n6\n", HEAD "@@ -3,3 +3,4 @@\n 3\n 4\n 5\n+6\n" },
	{ "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nx\n6\n7\n8\n9\n",
	  HEAD "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+x\n 6\n 7\n 8\n" },
	{ "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\n6\n7\n8\n9\n",
	  HEAD "@@ -2,7 +2,6 @@\n 2\n 3\n 4\n-5\n 6\n 7\n 8\n" },
	{ "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nx\n6\ny\n8\n9\n",
	  HEAD "@@ -2,8 +2,8 @@\n 2\n 3\n 4\n-5\n+x\n 6\n-7\n+y\n 8\n 9\n" },
	/* six lines between two changes join them, seven do not */
	{ "x\n1\n2\n3\n4\n5\n6\nx\n", "1\n2\n3\n4\n5\n6\n",
	  HEAD "@@ -1,8 +1,6 @@\n-x\n 1\n 2\n 3\n 4\n 5\n 6\n-x\n" },
	{ "x\n1\n2\n3\n4\n5\n6\n7\nx\n", "1\n2\n3\n4\n5\n6\n7\n",
	  HEAD "@@ -1,4 +1,3 @@\n-x\n 1\n 2\n 3\n@@ -6,4 +5,3 @@\n 5\n 6\n 7\n-x\n" },
	/* a swapfile line twice, far apart, with others between */
	{ "s\n1\n2\ns\n3\ns\n", "S\n1\n2\n3\n",
	  HEAD "@@ -1,6 +1,4 @@\n-s\n+S\n 1\n 2\n-s\n 3\n-s\n" },
	/* last lines without newline */
	{ "a\nb", "a\nb\nc\n", HEAD "@@ -1,2 +1,3 @@\n a\n-b\n" EOFX "+b\n+c\n" },
	{ "a\nb\n", "a\nb", HEAD "@@ -1,2 +1,2 @@\n a\n-b\n+b\n" EOFX },
	{ "a\nb", "x\nb", HEAD "@@ -1,2 +1,2 @@\n-a\n+x\n b\n" EOFX },
	{ "a\nb", "a\nc", HEAD "@@ -1,2 +1,2 @@\n a\n-b\n" EOFX "+c\n" EOFX },
	{ "ab", "b", HEAD "@@ -1 +1 @@\n-ab\n" EOFX "+b\n" EOFX },
	{ "a\nb\n", "b\nb\n", HEAD "@@ -1,2 +1,2 @@\n-a\n b\n+b\n" },
	{ "", "\n", HEAD "@@ -0,0 +1 @@\n+\n" },
	{ "\n\n", "\n", HEAD "@@ -1,2 +1 @@\n \n-\n" },
	/* carriage returns and latin-1 are bytes like others */
	{ "a\r\nb\r\n", "a\r\nc\r\n", HEAD "@@ -1,2 +1,2 @@\n a\r\n-b\r\n+c\r\n" },
	{ "# \xfc\nb\n", "# \xfc\nb\nc\n", HEAD "@@ -1,2 +1,3 @@\n # \xfc\n b\n+c\n" },
	{ "/swapfile none swap sw 0 0\n", "/swapfile none swap sw,nofail 0 0\n",
	  HEAD "@@ -1 +1 @@\n-/swapfile none swap sw 0 0\n+/swapfile none swap sw,nofail 0 0\n" },
};

static char *diff_text(const char *before, const char *after)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	assert_int_equal(diff_print(out, "/etc/fstab", before, after), 0);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void diff_gives_the_expected_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char *text = diff_text(cases[i].before, cases[i].after);

		if (!streq(text, cases[i].diff))
			fail_msg("%zu: is\n%snot\n%s", i, text, cases[i].diff);
		free(text);
	}
}

/* Farther apart than is looked for the next line that both have, all of the rest is different. */
static void diff_gives_up(void **state)
{
	char before[8192] = "a\n", after[8192] = "b\n", *text;

	(void)state;
	for (unsigned i = 0; i < 2002; i++) {
		strcat(before, "-\n");
		strcat(after, "+\n");
	}
	strcat(before, "c\n");
	strcat(after, "c\n");
	text = diff_text(before, after);
	assert_true(has_prefix(text, HEAD "@@ -1,2004 +1,2004 @@\n-a\n--\n"));
	assert_non_null(strstr(text, "\n-c\n+b\n++\n"));
	free(text);
}

static void write_file(const char *name, const char *text)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

/* The file's text, "" when there is none: patch(1) removes what becomes empty against /dev/null. */
static void assert_file(size_t i, const char *name, const char *want)
{
	char text[4096];
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : 0;

	assert_true(n >= 0);
	if (fd >= 0)
		close(fd);
	text[n] = '\0';
	if (!streq(text, want))
		fail_msg("%zu: patch made\n%snot\n%s", i, text, want);
}

static void run_patch(size_t i, const char *option)
{
	const char *argv[] = { "patch", "--silent", "--binary", "--fuzz=0",
			       option,  "text",     "diff",     NULL };
	char *const *args = (char *const *)(uintptr_t)argv;
	int status;
	pid_t pid;

	assert_int_equal(posix_spawnp(&pid, "patch", NULL, NULL, args, environ), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (status != 0)
		fail_msg("%zu: patch %s refuses\n%s", i, option, cases[i].diff);
}

static void patch_makes_one_of_the_other(void **state)
{
	char dir[] = "/tmp/test_diff.XXXXXX", old[4096];

	(void)state;
	assert_non_null(getcwd(old, sizeof(old)));
	assert_non_null(mkdtemp(dir));
	assert_int_equal(chdir(dir), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *before = cases[i].before ? cases[i].before : "";
		const char *after = cases[i].after ? cases[i].after : "";
		char *diff = diff_text(cases[i].before, cases[i].after);

		if (*diff) {
			write_file("diff", diff);
			write_file("text", before);
			run_patch(i, "--forward");
			assert_file(i, "text", after);
			write_file("text", after);
			run_patch(i, "--reverse");
			assert_file(i, "text", before);
		}
		free(diff);
		(void)unlink("diff");
		(void)unlink("text");
	}
	assert_int_equal(chdir(old), 0);
	assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(diff_gives_the_expected_text),
		cmocka_unit_test(diff_gives_up),
		cmocka_unit_test(patch_makes_one_of_the_other),
	};

	return cmocka_run_group_tests_name("diff", tests, NULL, NULL);
}
