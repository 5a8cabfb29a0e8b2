/* SPDX-License-Identifier: MIT */
/*
 * RAM and wishes -> sizes, fstab line and drop-in, mostly of the shipped profiles. Touches nothing.
 */
#include "catalog.h"
#include "target.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define PAGE   4096
#define TIB(n) ((uint64_t)(n) << 40)

static void parse(const char *text, const char *name, struct profile *ret)
{
	struct profile_errors errors;

	assert_int_equal(profile_parse(text, strlen(text), name, "test", ret, &errors), 0);
}

static void builtin_parse(const char *name, struct profile *ret)
{
	const struct catalog_builtin *b = catalog_builtins;

	while (b->name && !streq(b->name, name))
		b++;
	assert_non_null(b->name);
	parse(b->text, name, ret);
}

struct row_case {
	uint64_t memtotal, ram, low, high, minimum;
};

static void rows_check(const char *name, const struct row_case *table, size_t n)
{
	const struct target_wish wish = { .file = NULL };
	struct profile profile;

	builtin_parse(name, &profile);
	for (size_t i = 0; i < n; i++) {
		struct target t;

		assert_int_equal(target_make(&profile, &wish, table[i].memtotal, PAGE, &t), 0);
		assert_true(t.manage_swap);
		assert_false(t.exact);
		if (!t.row || t.ram_bytes != table[i].ram || t.low_bytes != table[i].low ||
		    t.high_bytes != table[i].high || t.minimum_bytes != table[i].minimum)
			fail_msg("%s, %llu: RAM %llu: %llu..%llu, at least %llu", name,
				 (unsigned long long)table[i].memtotal,
				 (unsigned long long)t.ram_bytes, (unsigned long long)t.low_bytes,
				 (unsigned long long)t.high_bytes,
				 (unsigned long long)t.minimum_bytes);
		target_done(&t);
	}
	profile_done(&profile);
}

static void test_default(void **state)
{
	static const struct row_case table[] = {
		{ MIB(256), MIB(256), MIB(512), MIB(512), MIB(256) },
		{ MIB(512), MIB(512), GIB(1), GIB(1), MIB(512) },
		{ GIB(1), GIB(1), GIB(2), GIB(2), GIB(1) },
		{ GIB(2), GIB(2), GIB(2), GIB(2), GIB(1) },
		{ GIB(4), GIB(4), GIB(4), GIB(4), GIB(2) },
		{ GIB(8), GIB(8), GIB(8), GIB(8), GIB(4) },
		{ GIB(16), GIB(16), GIB(8), GIB(8), GIB(4) },
		{ GIB(32), GIB(32), GIB(16), GIB(16), GIB(8) },
		{ GIB(64), GIB(64), GIB(16), GIB(32), GIB(8) },
		{ GIB(128), GIB(128), GIB(32), GIB(32), GIB(16) },
		{ GIB(256), GIB(256), GIB(32), GIB(32), GIB(16) },
		{ GIB(512), GIB(512), GIB(32), GIB(32), GIB(16) },
		{ TIB(1), TIB(1), GIB(32), GIB(32), GIB(16) },

		/* As kernels say it. */
		{ KIB(480248), MIB(512), GIB(1), GIB(1), MIB(512) },
		{ KIB(2031548), GIB(2), GIB(2), GIB(2), GIB(1) },
		{ KIB(8115540), GIB(8), GIB(8), GIB(8), GIB(4) },
		{ KIB(25049088), GIB(24), GIB(12), GIB(12), GIB(6) },
		{ KIB(82483572), GIB(80), GIB(32), GIB(32), GIB(16) },
		{ KIB(263859756), GIB(256), GIB(32), GIB(32), GIB(16) },
		{ GIB(3), GIB(3), GIB(3), GIB(3), MIB(1536) },
		{ GIB(6), GIB(6), GIB(6), GIB(6), GIB(3) },
		{ GIB(12), GIB(12), GIB(8), GIB(8), GIB(4) },
		{ GIB(48), GIB(48), GIB(16), GIB(24), GIB(8) },
		{ GIB(96), GIB(96), GIB(32), GIB(32), GIB(16) },
		{ 5000, 5120, 8192, 8192, 4096 },
	};

	(void)state;
	rows_check("default", table, ARRAY_SIZE(table));
}

static void test_others(void **state)
{
	static const struct row_case small[] = {
		{ GIB(1), GIB(1), GIB(2), GIB(2), GIB(1) },
		{ GIB(4), GIB(4), GIB(4), GIB(4), GIB(2) },
	};
	static const struct row_case database[] = {
		{ GIB(8), GIB(8), GIB(4), GIB(4), GIB(2) },
		{ GIB(64), GIB(64), GIB(4), GIB(4), GIB(2) },
		{ TIB(1), TIB(1), GIB(4), GIB(16), GIB(4) },
	};
	static const struct row_case workstation[] = {
		{ GIB(32), GIB(32), GIB(32), GIB(32), GIB(16) },
		{ GIB(64), GIB(64), GIB(64), GIB(64), GIB(32) },
		{ GIB(128), GIB(128), GIB(64), GIB(128), GIB(32) },
		{ TIB(1), TIB(1), GIB(256), TIB(1), GIB(32) },
	};
	/* Red Hat's tables, with and without hibernation. */
	static const struct row_case hibernate[] = {
		{ GIB(2), GIB(2), GIB(6), GIB(6), GIB(2) },
		{ GIB(8), GIB(8), GIB(16), GIB(16), GIB(8) },
		{ GIB(64), GIB(64), GIB(96), GIB(96), GIB(64) },
		/* 1.1 x 80 GiB = 94489280512 bytes: a page multiple */
		{ GIB(80), GIB(80), 94489280512, 94489280512, GIB(80) },
	};
	static const struct row_case rhel[] = {
		{ GIB(2), GIB(2), GIB(4), GIB(4), GIB(2) },
		{ GIB(8), GIB(8), GIB(8), GIB(8), GIB(4) },
		{ GIB(16), GIB(16), GIB(4), GIB(8), GIB(4) },
		{ GIB(128), GIB(128), GIB(4), GIB(32), GIB(4) },
	};

	(void)state;
	rows_check("small-vm", small, ARRAY_SIZE(small));
	rows_check("database", database, ARRAY_SIZE(database));
	rows_check("workstation", workstation, ARRAY_SIZE(workstation));
	rows_check("hibernate", hibernate, ARRAY_SIZE(hibernate));
	rows_check("rhel", rhel, ARRAY_SIZE(rhel));
}

/* What rows promise on paper holds on every machine: ordered, and page multiples. */
static void test_invariants(void **state)
{
	const struct target_wish wish = { .file = NULL };

	(void)state;
	for (const struct catalog_builtin *b = catalog_builtins; b->name; b++) {
		struct profile profile;

		parse(b->text, b->name, &profile);
		for (uint64_t ram = MIB(256); ram <= TIB(2); ram += ram / 61) {
			struct target t;

			assert_int_equal(target_make(&profile, &wish, ram, 65536, &t), 0);
			assert_true(t.minimum_bytes <= t.low_bytes && t.low_bytes <= t.high_bytes);
			assert_true(t.high_bytes > 0 || !t.row);
			assert_int_equal((t.low_bytes | t.high_bytes | t.minimum_bytes) % 65536, 0);
			target_done(&t);
		}
		profile_done(&profile);
	}
}

/* A machine with more RAM is never told to have less swap. */
static void test_monotonic(void **state)
{
	static const char *const names[] = { "default", "small-vm", "database", "workstation" };
	const struct target_wish wish = { .file = NULL };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct target before = { .low_bytes = 0 };
		struct profile profile;

		builtin_parse(names[i], &profile);
		for (uint64_t ram = MIB(64); ram <= TIB(2); ram += ram / 251) {
			struct target t;

			assert_int_equal(target_make(&profile, &wish, ram, PAGE, &t), 0);
			if (t.row &&
			    (t.low_bytes < before.low_bytes || t.high_bytes < before.high_bytes ||
			     t.minimum_bytes < before.minimum_bytes))
				fail_msg("%s: less at %llu", names[i], (unsigned long long)ram);
			before = t;
			target_done(&t);
		}
		profile_done(&profile);
	}
}

static void test_wishes(void **state)
{
	static const char swap[] = "memprov: 1\n"
				   "swap:\n"
				   "  file: /mnt/swap\n"
				   "  sizes: [{ram: 4G, recommended: 1x}]\n"
				   "  priority: 7\n"
				   "  discard: once\n"
				   "  options: [nofail, x-a]\n";
	static const char none[] = "memprov: 1\nsysctl: {vm.swappiness: 1}\n";
	static const struct {
		const char *text;
		struct target_wish wish;
		uint64_t ram;
		bool manage_swap, exact, has_row;
		uint64_t low, high, minimum;
		const char *swapfile;
	} table[] = {
		{ none, { .file = NULL }, GIB(4), false, false, false, 0, 0, 0, "/swapfile" },
		{ none, { .file = "/x" }, GIB(4), false, false, false, 0, 0, 0, "/x" },
		{ none,
		  { .has_size = true, .size_bytes = GIB(3) },
		  GIB(4),
		  true,
		  true,
		  false,
		  GIB(3),
		  GIB(3),
		  GIB(3),
		  "/swapfile" },
		{ swap, { .file = "/x" }, GIB(8), true, false, false, 0, 0, 0, "/x" },
	};
	/* --size with the profile above: rounded down to the page, whatever the RAM; never to none.
	 */
	static const struct {
		uint64_t size, bytes;
	} sizes[] = {
		{ 0, 0 },       { 1, PAGE },        { PAGE - 1, PAGE },
		{ PAGE, PAGE }, { PAGE + 1, PAGE }, { INT64_MAX, INT64_MAX - (PAGE - 1) },
	};
	struct profile profile;
	struct target t;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		parse(table[i].text, "p", &profile);
		assert_int_equal(target_make(&profile, &table[i].wish, table[i].ram, PAGE, &t), 0);
		assert_int_equal(t.manage_swap, table[i].manage_swap);
		assert_int_equal(t.exact, table[i].exact);
		assert_int_equal(t.row != NULL, table[i].has_row);
		assert_int_equal(t.low_bytes, table[i].low);
		assert_int_equal(t.high_bytes, table[i].high);
		assert_int_equal(t.minimum_bytes, table[i].minimum);
		assert_string_equal(t.swapfile, table[i].swapfile);
		assert_string_equal(t.fstab.path, table[i].swapfile);
		target_done(&t);
		profile_done(&profile);
	}
	parse(swap, "p", &profile);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct target_wish wish = { .has_size = true, .size_bytes = sizes[i].size };

		assert_int_equal(target_make(&profile, &wish, GIB(2), PAGE, &t), 0);
		assert_true(t.exact && t.manage_swap && !t.row);
		assert_int_equal(t.low_bytes, sizes[i].bytes);
		assert_int_equal(t.high_bytes, sizes[i].bytes);
		assert_int_equal(t.minimum_bytes, sizes[i].bytes);
		assert_string_equal(t.swapfile, "/mnt/swap");
		target_done(&t);
	}
	profile_done(&profile);
}

static void test_fstab(void **state)
{
	static const char text[] = "memprov: 1\n"
				   "swap:\n"
				   "  sizes: [{ram: any, recommended: 1x}]\n"
				   "  priority: 7\n"
				   "  discard: both\n"
				   "  options: [x-a, x-b]\n";
	const struct target_wish wish = { .has_size = true, .size_bytes = GIB(1) };
	struct profile profile;
	struct target t;

	(void)state;
	parse(text, "p", &profile);
	assert_int_equal(target_make(&profile, &wish, GIB(2), PAGE, &t), 0);
	assert_int_equal(t.fstab.priority, 7);
	assert_int_equal(t.fstab.discard, DISCARD_BOTH);
	assert_int_equal(t.fstab.n_options, 2);
	assert_string_equal(t.fstab.options[0], "x-a");
	assert_string_equal(t.fstab.options[1], "x-b");
	target_done(&t);
	profile_done(&profile);

	/* Without a swap section, --size has the defaults. */
	parse("memprov: 1\n", "p", &profile);
	assert_int_equal(target_make(&profile, &wish, GIB(2), PAGE, &t), 0);
	assert_int_equal(t.fstab.priority, -1);
	assert_int_equal(t.fstab.discard, DISCARD_NONE);
	assert_int_equal(t.fstab.n_options, 1);
	assert_string_equal(t.fstab.options[0], "nofail");
	target_done(&t);
	profile_done(&profile);
}

static void test_dropin(void **state)
{
	static const struct {
		const char *text, *line;
	} table[] = {
		{ "memprov: 1\n", NULL },
		{ "memprov: 1\nsysctl: {}\n", NULL },
		{ "memprov: 1\nsysctl: {vm.swappiness: 33}\n", "\nvm.swappiness = 33\n" },
	};
	const struct target_wish wish = { .file = NULL };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct profile profile;
		struct target t;

		parse(table[i].text, "the-name", &profile);
		assert_int_equal(target_make(&profile, &wish, GIB(2), PAGE, &t), 0);
		assert_int_equal(t.dropin != NULL, table[i].line != NULL);
		if (t.dropin) {
			assert_non_null(strstr(t.dropin, table[i].line));
			assert_non_null(strstr(t.dropin, "the-name"));
		}
		target_done(&t);
		assert_null(t.dropin);
		profile_done(&profile);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_default),    cmocka_unit_test(test_others),
		cmocka_unit_test(test_invariants), cmocka_unit_test(test_monotonic),
		cmocka_unit_test(test_wishes),     cmocka_unit_test(test_fstab),
		cmocka_unit_test(test_dropin),
	};

	return cmocka_run_group_tests_name("target", tests, NULL, NULL);
}
