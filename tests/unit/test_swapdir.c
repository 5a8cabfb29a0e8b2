/* SPDX-License-Identifier: MIT */
/*
 * The directory of a swapfile, made in a tree of the test's own; tests/live has the subvolumes.
 */
#include "swapdir.h"

#include "tree.h"

static void test_make(void **state)
{
	static const mode_t umasks[] = { 0, 022, 077, 0777 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(umasks); i++) {
		struct tree tree;
		struct swapdir dir;
		struct err err;
		mode_t mask;
		int r;

		tree_make(&tree);
		dir = (struct swapdir){ tree.fd, "swap", "/swap" };
		mask = umask(umasks[i]);
		r = swapdir_make(&dir, &err);
		(void)umask(mask);
		assert_int_equal(r, 1);
		assert_int_equal(tree_stat(&tree, "swap").st_mode, S_IFDIR | 0755);
		assert_int_equal(swapdir_remove(&dir, &err), 0);
		assert_false(tree_has(&tree, "swap"));
		tree_remove(&tree);
	}
}

/* What is there already stays as it is: whether it will do is for others to say. */
static void test_there(void **state)
{
	struct tree tree;
	struct swapdir dir;
	struct err err;

	(void)state;
	tree_make(&tree);
	dir = (struct swapdir){ tree.fd, "swap", "/swap" };
	tree_dir(&tree, "swap", 0700);
	assert_int_equal(swapdir_make(&dir, &err), 0);
	assert_int_equal(tree_stat(&tree, "swap").st_mode, S_IFDIR | 0700);
	tree_file(&tree, "swap/file", "x");
	assert_int_equal(swapdir_remove(&dir, &err), -ENOTEMPTY);
	assert_string_equal(err.msg, "cannot remove the directory /swap: Directory not empty");
	assert_true(tree_has(&tree, "swap/file"));
	dir.name = "swap/file";
	dir.path = "/swap/file";
	assert_int_equal(swapdir_make(&dir, &err), 0);
	assert_true(tree_holds(&tree, "swap/file", "x"));
	dir.name = "no/swap";
	dir.path = "/no/swap";
	assert_int_equal(swapdir_make(&dir, &err), -ENOENT);
	assert_string_equal(err.msg,
			    "cannot make the directory /no/swap: No such file or directory");
	tree_remove(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_make),
		cmocka_unit_test(test_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
