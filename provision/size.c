/* SPDX-License-Identifier: MIT */
/*
 * Parses and prints sizes. Strict: no sign, no exponent, no locale's decimal point.
 */
#include "size.h"

#define FRACTION_DIGITS 6
#define MILLION         1000000U
#define BYTES_MAX       ((uint64_t)INT64_MAX) /* off_t's limit */

/* A decimal number in millionths. Returns what follows it, or NULL when there is none. */
static const char *decimal_parse(const char *p, unsigned __int128 *ret_millionths, bool *ret_exact)
{
	const unsigned __int128 limit = (unsigned __int128)UINT64_MAX * MILLION;
	unsigned __int128 n = 0;
	size_t digits = 0, fraction = 0;
	bool point = false;

	for (;; p++) {
		if (*p == '.' && !point) {
			point = true;
			continue;
		}
		if (*p < '0' || *p > '9')
			break;
		digits++;
		fraction += point;
		if (n <= limit)
			n = n * 10 + (unsigned)(*p - '0');
	}
	/* "5." is no number of anybody's profile. */
	if (digits == 0 || (point && fraction == 0))
		return NULL;
	*ret_exact = fraction <= FRACTION_DIGITS && n <= limit;
	for (; fraction < FRACTION_DIGITS; fraction++)
		n *= 10;
	*ret_millionths = n;
	return p;
}

static bool unit_parse(const char *unit, uint64_t *ret_bytes)
{
	static const char letters[] = "KMGT";
	const char *letter;
	uint64_t base;

	if (*unit == '\0' || !(letter = strchr(letters, *unit)))
		return false;
	if (unit[1] == '\0' || streq(unit + 1, "iB"))
		base = 1024;
	else if (streq(unit + 1, "B"))
		base = 1000;
	else
		return false;
	*ret_bytes = base;
	for (const char *l = letters; l < letter; l++)
		*ret_bytes *= base;
	return true;
}

enum size_fault size_parse(const char *text, uint64_t *ret_bytes)
{
	unsigned __int128 n;
	uint64_t unit;
	bool exact;
	const char *rest = decimal_parse(text, &n, &exact);

	if (!rest)
		return SIZE_NOT_A_SIZE;
	if (*rest == '\0') {
		if (n != 0)
			return SIZE_NO_UNIT;
		unit = 1;
	} else if (!unit_parse(rest, &unit)) {
		return SIZE_NOT_A_SIZE;
	}
	if (!exact || n > (unsigned __int128)BYTES_MAX * MILLION / unit)
		return SIZE_TOO_LARGE;
	*ret_bytes = (uint64_t)(n * unit / MILLION);
	return SIZE_OK;
}

/* A decimal with one more letter behind it, the caller's to know. */
static enum size_fault multiple_parse(const char *text, uint64_t whole, uint64_t max_millionths,
				      struct amount *ret)
{
	unsigned __int128 n;
	bool exact;
	const char *rest = decimal_parse(text, &n, &exact);

	if (!rest || strlen(rest) != 1)
		return SIZE_NOT_A_SIZE;
	if (!exact || n % whole != 0 || n / whole > max_millionths)
		return SIZE_TOO_LARGE;
	*ret = (struct amount){ .millionths = (uint64_t)(n / whole) };
	return SIZE_OK;
}

enum size_fault amount_parse(const char *text, struct amount *ret)
{
	uint64_t bytes;
	size_t len = strlen(text);
	enum size_fault fault;

	if (len > 0 && strspn(text, "0123456789.") == len - 1 && text[len - 1] == 'x')
		return multiple_parse(text, 1, (uint64_t)1000 * MILLION, ret);
	fault = size_parse(text, &bytes);
	if (fault == SIZE_OK)
		*ret = (struct amount){ .bytes = bytes };
	return fault;
}

enum size_fault share_parse(const char *text, struct amount *ret)
{
	uint64_t bytes;
	size_t len = strlen(text);
	enum size_fault fault;

	if (len > 0 && strspn(text, "0123456789.") == len - 1 && text[len - 1] == '%')
		return multiple_parse(text, 100, MILLION, ret);
	fault = size_parse(text, &bytes);
	if (fault == SIZE_OK)
		*ret = (struct amount){ .bytes = bytes };
	return fault;
}

const char *size_fault_text(enum size_fault fault)
{
	switch (fault) {
	case SIZE_OK:
		return "";
	case SIZE_NO_UNIT:
		return "which unit? write K, M, G or T behind the number";
	case SIZE_TOO_LARGE:
		return "is too large or too finely divided";
	case SIZE_NOT_A_SIZE:
		break;
	}
	return "is not a size such as 512M, 16G or 1.5G";
}

uint64_t amount_bytes(struct amount amount, uint64_t whole_bytes)
{
	unsigned __int128 n;

	if (amount.millionths == 0)
		return amount.bytes;
	n = (unsigned __int128)whole_bytes * amount.millionths / MILLION;
	return n > BYTES_MAX ? BYTES_MAX : (uint64_t)n;
}

uint64_t size_round_ram(uint64_t memtotal_bytes)
{
	uint64_t step, rest;

	if (memtotal_bytes < 4)
		return memtotal_bytes;
	step = (uint64_t)1 << (63 - __builtin_clzll(memtotal_bytes) - 2);
	rest = memtotal_bytes % step;
	if (rest == 0 || memtotal_bytes > UINT64_MAX - step)
		return memtotal_bytes;
	return memtotal_bytes - rest + step;
}

const char *size_format(uint64_t bytes, char buf[static SIZE_TEXT_MAX])
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	unsigned shift = 0, n = 0, whole, hundredths = 0;
	uint64_t fraction;

	while (n + 1 < ARRAY_SIZE(units) && bytes >> (shift + 10)) {
		shift += 10;
		n++;
	}
	whole = (unsigned)(bytes >> shift);
	fraction = bytes - ((uint64_t)whole << shift);
	if (shift)
		hundredths = (unsigned)(((unsigned __int128)fraction * 100 +
					 ((uint64_t)1 << (shift - 1))) >>
					shift);
	if (hundredths == 100) {
		whole++;
		hundredths = 0;
	}
	/* 1023.999 KiB reads "1 MiB", not "1024 KiB". */
	if (whole == 1024 && n + 1 < ARRAY_SIZE(units)) {
		whole = 1;
		n++;
	}
	if (hundredths == 0)
		(void)snprintf(buf, SIZE_TEXT_MAX, "%u %s", whole, units[n]);
	else if (hundredths % 10 == 0)
		(void)snprintf(buf, SIZE_TEXT_MAX, "%u.%u %s", whole, hundredths / 10, units[n]);
	else
		(void)snprintf(buf, SIZE_TEXT_MAX, "%u.%02u %s", whole, hundredths, units[n]);
	return buf;
}
