/* SPDX-License-Identifier: MIT */
/*
 * Sizes, multiples and shares as people write them: a value that is taken is the number that stands
 * there. The range of a profile's row is read within a profile.
 */
#include "fuzz.h"
#include "profile.h"

#define BYTES_MAX ((uint64_t)INT64_MAX)

/* The number before the unit times `unit`. */
static long double meant(const char *text, long double unit)
{
	long double number;

	require(sscanf(text, "%49Lf", &number) == 1, "%s", text);
	return number * unit;
}

static long double unit_of(const char *text)
{
	static const char letters[] = "KMGT";
	const char *p = text + strspn(text, "0123456789.");
	long double unit = 1;

	for (const char *l = letters; *p && l <= strchr(letters, *p); l++)
		unit *= p[1] == 'B' ? 1000 : 1024;
	return unit;
}

static void check_size(const char *text)
{
	uint64_t bytes = 77;
	enum size_fault fault = size_parse(text, &bytes);
	long double difference;

	require(*size_fault_text(fault) != '\0' || fault == SIZE_OK, "%s", text);
	if (fault != SIZE_OK) {
		require(bytes == 77, "%s", text);
		return;
	}
	require(bytes <= BYTES_MAX, "%s", text);
	if (strlen(text) > 40)
		return;
	difference = meant(text, unit_of(text)) - (long double)bytes;
	require(difference > -1 && difference < 1.5, "%s is not %ju", text, (uintmax_t)bytes);
}

/* What is written for people is read again as the same, to its last digit. */
static void check_format(uint64_t bytes)
{
	char buf[SIZE_TEXT_MAX], squeezed[SIZE_TEXT_MAX];
	uint64_t again, apart;
	char *blank;

	require(strlen(size_format(bytes, buf)) < SIZE_TEXT_MAX, "%ju", (uintmax_t)bytes);
	strcpy(squeezed, buf);
	blank = strchr(squeezed, ' ');
	require(blank, "%s", buf);
	memmove(blank, blank + 1, strlen(blank));
	if (size_parse(squeezed, &again) != SIZE_OK) {
		require(bytes < 1024 || bytes >> 49, "%s", buf);
		return;
	}
	apart = again > bytes ? again - bytes : bytes - again;
	require(apart <= bytes / 199 + 1, "%ju is %s", (uintmax_t)bytes, buf);
}

static void check_amount(const struct amount *amount, const char *text)
{
	uint64_t last = 0;

	require(amount->millionths <= UINT64_C(1000000000), "%s", text);
	for (unsigned shift = 10; shift < 64; shift++) {
		uint64_t bytes = amount_bytes(*amount, UINT64_C(1) << shift);

		require(bytes <= BYTES_MAX && bytes >= last, "%s", text);
		last = bytes;
	}
	check_format(last);
}

static void check_ram(uint64_t memtotal)
{
	uint64_t ram = size_round_ram(memtotal);

	require(ram >= memtotal && ram - memtotal <= memtotal / 4, "%ju", (uintmax_t)memtotal);
	require(size_round_ram(ram) == ram, "%ju", (uintmax_t)memtotal);
}

static void check_row(const char *text)
{
	_cleanup_free_ char *yaml = NULL;
	struct profile profile;
	struct profile_errors errors;

	/* What has other letters is refused by all, and a profile takes its time. */
	if (text[strspn(text, "0123456789.KMGTxiB")])
		return;
	require(asprintf(&yaml, "memprov: 1\nswap: {sizes: [{ram: any, recommended: \"%s\"}]}\n",
			 text) >= 0,
		"no memory");
	if (profile_parse(yaml, strlen(yaml), "a", "b", &profile, &errors) == 0) {
		check_amount(&profile.rows[0].low, text);
		check_amount(&profile.rows[0].high, text);
		for (unsigned shift = 20; shift < 63; shift++)
			require(amount_bytes(profile.rows[0].low, UINT64_C(1) << shift) <=
					amount_bytes(profile.rows[0].high, UINT64_C(1) << shift),
				"%s", text);
		profile_done(&profile);
	}
	profile_errors_done(&errors);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = fuzz_text(data, size);
	struct amount amount;
	uint64_t number = 0;

	check_size(text);
	if (amount_parse(text, &amount) == SIZE_OK)
		check_amount(&amount, text);
	if (share_parse(text, &amount) == SIZE_OK) {
		require(amount.millionths <= 1000000, "%s", text);
		check_amount(&amount, text);
	}
	if (sysctl_value_parse(text, &number)) {
		char again[32];

		(void)snprintf(again, sizeof(again), "%ju", (uintmax_t)number);
		require(streq(text, again), "%s is not %s", text, again);
	}
	memcpy(&number, data, size < sizeof(number) ? size : sizeof(number));
	check_format(number);
	check_ram(number);
	check_row(text);
	return 0;
}
