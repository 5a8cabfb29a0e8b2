/* SPDX-License-Identifier: MIT */
/*
 * /proc/meminfo: a number that is given out stands in the first line of that name, and a line put
 * before all others decides.
 */
#include "fuzz.h"
#include "procfs.h"

/* Where the value of the first line of that name begins; NULL: there is no such line. */
static const char *first_value(const char *text, const char *field)
{
	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (has_prefix(line, field) && line[strlen(field)] == ':')
			return line + strlen(field) + 1;
	}
	return NULL;
}

static void check_field(const char *text, const char *field)
{
	const uint64_t bytes = meminfo_bytes(text, field);
	const char *value = first_value(text, field);
	_cleanup_free_ char *longer = NULL;
	size_t digits;

	value = value ? value + strspn(value, " \t") : "";
	digits = strspn(value, "0123456789");
	if (bytes != UNKNOWN) {
		require(digits > 0 && has_prefix(value + digits, " kB"), "%s", field);
		require(bytes == strtoull(value, NULL, 10) * 1024, "%s", field);
	} else if (digits > 0 && digits < 17) {
		require(!has_prefix(value + digits, " kB"), "%s", field);
	}
	require(asprintf(&longer, "%s:  12345 kB\n%s", field, text) >= 0, "no memory");
	require(meminfo_bytes(longer, field) == KIB(12345), "%s", field);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const fields[] = { "MemTotal", "MemAvailable", "SwapCached",
					      "Committed_AS", "" };
	_cleanup_free_ char *text = fuzz_text(data, size);

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		check_field(text, fields[i]);
	return 0;
}
