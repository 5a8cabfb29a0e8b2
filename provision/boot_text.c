/* SPDX-License-Identifier: MIT */
/*
 * Reads what others than memprov say about swap at boot, each in its own grammar. Must not open
 * anything, and must not guess what a grammar leaves open.
 */
#include "boot_text.h"

#include "yamltree.h"

#include <strings.h>

/* Whether a character opens or closes quotes; *open is the one that is open, or NUL. */
static bool is_quote(char c, char *open)
{
	if (*open ? c != *open : c != '"' && c != '\'')
		return false;
	if (*open)
		*open = '\0';
	else
		*open = c;
	return true;
}

/* --- systemd's name for a path --- */

static bool is_plain(char c, bool first)
{
	if (c == '.')
		return !first;
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
		c == ':' || c == '_';
}

bool boot_unit_name(const char *path, const char *suffix, char ret[static BOOT_UNIT_MAX])
{
	static const char hex[] = "0123456789abcdef";
	size_t len = 0;

	path += strspn(path, "/");
	for (const char *p = path; *p; p++) {
		const unsigned char c = (unsigned char)*p;
		const char escaped[] = { '\\', 'x', hex[c >> 4], hex[c & 15], '\0' };
		const char plain[] = { *p, '\0' };
		const char *piece = *p == '/' ? "-" : is_plain(*p, p == path) ? plain : escaped;

		if (*p == '/' && (p[1] == '/' || p[1] == '\0'))
			continue;
		if (len + strlen(piece) + strlen(suffix) >= BOOT_UNIT_MAX) {
			*ret = '\0';
			return false;
		}
		len = (size_t)(stpcpy(ret + len, piece) - ret);
	}
	strcpy(ret + len, suffix);
	return true;
}

/* --- the kernel command line --- */

/*
 * The next word, without its quotes, as systemd takes it: quotes may stand anywhere, a backslash is
 * a character like others, and what is not closed ends with the text. NULL at the end; a word that
 * is too long comes out empty.
 */
static const char *next_word(const char *p, char ret[static BOOT_WORD_MAX])
{
	static const char blanks[] = " \t\n\r";
	size_t len = 0;
	char quote = '\0';

	p += strspn(p, blanks);
	if (!*p)
		return NULL;
	for (; *p && (quote || !strchr(blanks, *p)); p++) {
		if (is_quote(*p, &quote))
			continue;
		if (len < BOOT_WORD_MAX)
			ret[len++] = *p;
	}
	ret[len < BOOT_WORD_MAX ? len : 0] = '\0';
	return p;
}

/* systemd's parse_boolean(): 1, 0, or -1 for what it then ignores. */
static int parse_boolean(const char *text)
{
	static const char *const words[][6] = {
		{ "0", "no", "n", "false", "f", "off" },
		{ "1", "yes", "y", "true", "t", "on" },
	};

	for (int value = 0; value < 2; value++)
		for (size_t i = 0; i < ARRAY_SIZE(words[value]); i++)
			if (strcasecmp(text, words[value][i]) == 0)
				return value;
	return -1;
}

/* What a word says of a switch: 1, 0, or -1: nothing. Without a value it says yes. */
static int switch_value(const char *word, const char *key)
{
	if (!has_prefix(word, key))
		return -1;
	word += strlen(key);
	return *word == '=' ? parse_boolean(word + 1) : *word == '\0' ? 1 : -1;
}

void boot_switches_parse(const char *cmdline, const char *unit, struct boot_switches *ret)
{
	static const char *const keys[] = {
		[BOOT_SWITCH_SWAP] = "systemd.swap",
		[BOOT_SWITCH_FSTAB] = "fstab",
	};
	static const char mask[] = "systemd.mask=";
	char word[BOOT_WORD_MAX] = "";

	memset(ret, 0, sizeof(*ret));
	for (const char *p = cmdline ? cmdline : ""; (p = next_word(p, word));) {
		/* The last one counts. */
		for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
			int value = switch_value(word, keys[i]);

			if (value >= 0)
				strcpy(ret->words[i], value == 0 ? word : "");
		}
		if (!has_prefix(word, mask))
			continue;
		if (*unit && streq(word + strlen(mask), unit))
			strcpy(ret->words[BOOT_SWITCH_MASK_UNIT], word);
		if (streq(word + strlen(mask), "swap.target"))
			strcpy(ret->words[BOOT_SWITCH_MASK_TARGET], word);
	}
}

/* As the kernel's resume_offset_setup() takes it: decimal digits, and what follows is passed over.
 */
static uint64_t leading_number(const char *text)
{
	uint64_t number = 0;

	for (; *text >= '0' && *text <= '9'; text++)
		if (__builtin_mul_overflow(number, 10U, &number) ||
		    __builtin_add_overflow(number, (uint64_t)(*text - '0'), &number))
			return 0;
	return number;
}

void boot_resume_parse(const char *cmdline, struct boot_resume *ret)
{
	static const char device[] = "resume=", offset[] = "resume_offset=";
	static const char *const off[] = {
		"noresume",
		"nohibernate",
		"hibernate=noresume",
		"hibernate=no",
	};
	char word[BOOT_WORD_MAX] = "";
	bool is_off = false;

	memset(ret, 0, sizeof(*ret));
	for (const char *p = cmdline ? cmdline : ""; (p = next_word(p, word));) {
		if (has_prefix(word, device))
			strcpy(ret->device, word + strlen(device));
		if (has_prefix(word, offset))
			ret->offset_pages = leading_number(word + strlen(offset));
		for (size_t i = 0; i < ARRAY_SIZE(off); i++)
			is_off |= streq(word, off[i]);
	}
	if (is_off)
		memset(ret, 0, sizeof(*ret));
}

/* --- dphys-swapfile --- */

/* A word of shell without its quotes. False: it is empty, too long, or has something to expand. */
static bool shell_word(const char *p, char ret[static BOOT_PATH_MAX])
{
	size_t len = 0;
	char quote = '\0';

	for (; *p && *p != '\n' && (quote || !strchr(" \t\r;&|", *p)); p++) {
		if (is_quote(*p, &quote))
			continue;
		if (quote != '\'' && strchr("$`\\", *p))
			return false;
		if (len == BOOT_PATH_MAX - 1)
			return false;
		ret[len++] = *p;
	}
	ret[len] = '\0';
	return len > 0 && !quote;
}

bool boot_dphys_path(const char *text, char ret[static BOOT_PATH_MAX])
{
	static const char key[] = "CONF_SWAPFILE=", export[] = "export ";
	bool known = true;

	strcpy(ret, "/var/swap");
	for (const char *p = text; p; p = strchr(p, '\n')) {
		p += strspn(p, " \t\r\n");
		if (has_prefix(p, export))
			p += strlen(export) + strspn(p + strlen(export), " \t");
		if (has_prefix(p, key))
			known = shell_word(p + strlen(key), ret);
	}
	if (!known)
		ret[0] = '\0';
	return known;
}

/* --- the kubelet --- */

static bool is_no(const struct yaml_item *item)
{
	/* YAML 1.1, as the kubelet's reader has it. "false" in quotes is a text. */
	return item->kind == YAML_TEXT && item->is_plain && !streq(item->text, "0") &&
		parse_boolean(item->text) == 0;
}

int boot_kubelet_config(const char *text, size_t len, bool *ret_tolerates)
{
	struct yaml_fault fault;
	struct yaml_tree tree;
	int r = yaml_tree_parse(text, len, &tree, &fault);

	*ret_tolerates = false;
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	if (tree.top && tree.top->kind == YAML_MAPPING) {
		const struct yaml_item *key = tree.top->first;

		for (; key && key->next; key = key->next->next)
			if (key->kind == YAML_TEXT && streq(key->text, "failSwapOn"))
				*ret_tolerates = is_no(key->next);
	}
	yaml_tree_done(&tree);
	return 0;
}

static bool is_comment(const char *text, const char *p)
{
	while (p > text && p[-1] != '\n')
		p--;
	p += strspn(p, " \t");
	return *p == '#' || *p == ';';
}

void boot_kubelet_flags(const char *text, bool *ret_tolerates)
{
	static const char flag[] = "--fail-swap-on";
	/* Go's strconv.ParseBool(). */
	static const char *const no[] = { "0", "f", "F", "false", "FALSE", "False" };

	for (const char *p = text; (p = strstr(p, flag)); p += strlen(flag)) {
		const char *value = p + strlen(flag);
		size_t len;

		if (is_comment(text, p) || !strchr("= \t\r\n\"'", *value))
			continue;
		*ret_tolerates = false;
		if (*value++ != '=')
			continue;
		len = strcspn(value, " \t\r\n\"'");
		for (size_t i = 0; i < ARRAY_SIZE(no); i++)
			if (len == strlen(no[i]) && strncmp(value, no[i], len) == 0)
				*ret_tolerates = true;
	}
}
