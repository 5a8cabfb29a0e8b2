/* SPDX-License-Identifier: MIT */
/*
 * The report for programs: one JSON document, exact bytes, the same keys on every exit status.
 */
#include "report.h"

#include "utf8.h"

#include <json-c/json.h>

/* Something found no memory: rather than a document that says less, there is none. */
static bool lost;

static struct json_object *kept(struct json_object *value)
{
	lost |= !value;
	return value;
}

static struct json_object *new_object(void)
{
	return kept(json_object_new_object());
}

static struct json_object *new_array(void)
{
	return kept(json_object_new_array());
}

static struct json_object *boolean(bool value)
{
	return kept(json_object_new_boolean(value));
}

/* json-c's objects are freed by their parent. It takes none for a null, but not as a parent. */
static void put(struct json_object *object, const char *key, struct json_object *value)
{
	if (!object || json_object_object_add(object, key, value) < 0) {
		json_object_put(value);
		lost = true;
	}
}

static void add(struct json_object *array, struct json_object *value)
{
	if (!array || json_object_array_add(array, value) < 0) {
		json_object_put(value);
		lost = true;
	}
}

/* Files are bytes, and JSON is UTF-8: what is none becomes U+FFFD, so that parsers take it. */
static struct json_object *text(const char *s)
{
	static const char replacement[] = "\xef\xbf\xbd";
	_cleanup_free_ char *clean = s ? malloc(strlen(s) * (sizeof(replacement) - 1) + 1) : NULL;
	char *to = clean;

	if (!s)
		return NULL;
	if (!clean)
		return kept(NULL);
	for (const unsigned char *p = (const unsigned char *)s; *p;) {
		size_t len = utf8_length(p);

		if (len == 0) {
			to = stpcpy(to, replacement);
			p++;
		} else {
			to = mempcpy(to, p, len);
			p += len;
		}
	}
	*to = '\0';
	return kept(json_object_new_string(clean));
}

static struct json_object *number(uint64_t n)
{
	return n == UNKNOWN ? NULL : kept(json_object_new_uint64(n));
}

static struct json_object *value_json(const struct value *value)
{
	switch (value->type) {
	case VALUE_ABSENT:
	case VALUE_UNKNOWN:
		break;
	case VALUE_BYTES:
	case VALUE_NUMBER:
		return kept(json_object_new_uint64(value->number));
	case VALUE_TEXT:
		return text(value->text);
	}
	return NULL;
}

static struct json_object *boot_json(const struct sysctl_boot *boot)
{
	static const char *const sources[] = {
		[SYSCTL_FROM_NOTHING] = "kernel",
		[SYSCTL_FROM_CMDLINE] = "command line",
		[SYSCTL_FROM_FILE] = "file",
		[SYSCTL_FROM_UNKNOWN] = "unknown",
	};
	struct json_object *object = new_object();

	put(object, "value", boot->is_number ? number(boot->value) : NULL);
	put(object, "from", text(sources[boot->source]));
	put(object, "path", text(boot->path));
	put(object, "line", boot->path ? number(boot->line) : NULL);
	return object;
}

static struct json_object *step_json(const struct step *step)
{
	struct json_object *object = new_object(), *boot;
	char words[WORDS_MAX];

	put(object, "kind", text(step_kind_names[step->kind]));
	put(object, "target", text(step->target));
	put(object, "state", text(step_state_names[step->state]));
	put(object, "have", value_json(&step->have));
	put(object, "want", value_json(&step->want));
	put(object, "why", text(why_text(step->why, words)));
	if (step->kind == STEP_SYSCTL) {
		boot = new_object();
		put(boot, "systemd", boot_json(&step->boot[SYSCTL_RULES_SYSTEMD]));
		put(boot, "procps", boot_json(&step->boot[SYSCTL_RULES_PROCPS]));
		put(object, "boot", boot);
	}
	return object;
}

static struct json_object *swap_json(const struct facts *facts)
{
	struct json_object *array = new_array();

	for (size_t i = 0; i < facts->n_swaps; i++) {
		const struct swap_area *area = &facts->swaps[i];
		struct json_object *object = new_object();

		put(object, "path", text(area->line.path));
		put(object, "type",
		    text(area->is_zram                ? "zram"
				 : area->line.is_file ? "file"
						      : "partition"));
		put(object, "size_bytes", number(area->line.size_bytes));
		put(object, "used_bytes", number(area->line.used_bytes));
		put(object, "priority", kept(json_object_new_int(area->line.priority)));
		put(object, "ours", boolean(area->ours == OURS_YES));
		add(array, object);
	}
	return array;
}

static struct json_object *filesystem_json(const struct found *file)
{
	struct json_object *object = new_object();

	put(object, "type", *file->fs_type ? text(file->fs_type) : NULL);
	put(object, "mount", *file->fs_mount ? text(file->fs_mount) : NULL);
	put(object, "size_bytes", number(file->fs_size_bytes));
	put(object, "free_bytes", number(file->fs_free_bytes));
	return object;
}

static struct json_object *facts_json(const struct facts *facts)
{
	struct json_object *object = new_object();

	put(object, "memtotal_bytes", number(facts->memtotal_bytes));
	put(object, "ram_bytes", facts->ram_bytes ? number(facts->ram_bytes) : NULL);
	put(object, "page_size", number(facts->page_bytes));
	put(object, "swap", facts->swaps_known ? swap_json(facts) : NULL);
	put(object, "filesystem", filesystem_json(&facts->file));
	put(object, "kernel", *facts->kernel ? text(facts->kernel) : NULL);
	put(object, "systemd", boolean(facts->systemd));
	return object;
}

static struct json_object *target_json(const struct report *report)
{
	const struct target *target = report->target;
	struct json_object *object, *range;

	if (!target->manage_swap)
		return NULL;
	object = new_object();
	range = new_array();
	add(range, number(target->low_bytes));
	add(range, number(target->high_bytes));
	put(object, "row",
	    target->row ? number((uint64_t)(target->row - target->profile->rows) + 1) : NULL);
	put(object, "recommended_bytes", range);
	put(object, "minimum_bytes", number(target->minimum_bytes));
	put(object, "file_bytes", report->plan ? number(report->plan->sizing.file_bytes) : NULL);
	put(object, "reduced", boolean(report->plan && report->plan->sizing.reduced));
	return object;
}

static struct json_object *profile_json(const struct profile *profile)
{
	struct json_object *object = new_object();

	put(object, "name", text(profile->name));
	put(object, "source", text(profile->source));
	return object;
}

static void put_plan(struct json_object *document, const struct plan *plan)
{
	struct json_object *steps = new_array(), *diff = new_array();
	struct json_object *warnings = new_array();
	char words[WORDS_MAX];

	for (size_t i = 0; plan && i < plan->n; i++)
		add(steps, step_json(&plan->steps[i]));
	for (size_t i = 0; plan && i < plan->n_changes; i++) {
		const struct file_change *last = plan_last_change(plan, i);
		struct json_object *change;

		if (!last)
			continue;
		change = new_object();

		put(change, "path", text(last->path));
		put(change, "before", text(plan->changes[i].before));
		put(change, "after", text(last->after));
		add(diff, change);
	}
	for (size_t i = 0; plan && i < plan->n_warnings; i++)
		add(warnings, text(why_text(plan->warnings[i], words)));
	put(document, "steps", steps);
	put(document, "diff", diff);
	put(document, "warnings", warnings);
}

/* json-c passes over an append that memory was short for, so what it made is read back. */
static bool is_whole(struct json_object *document, const char *text)
{
	struct json_object *again = json_tokener_parse(text);
	bool whole = again && json_object_equal(document, again);

	json_object_put(again);
	return whole;
}

static int print_document(struct json_object *document)
{
	const int flags =
		JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE;
	const char *out = lost ? NULL : json_object_to_json_string_ext(document, flags);
	int r = out && is_whole(document, out) ? 0 : -ENOMEM;

	if (r == 0 && (puts(out) == EOF || fflush(stdout) == EOF))
		r = -EIO;
	json_object_put(document);
	return r;
}

int report_json(const struct report *report)
{
	struct json_object *document = new_object();

	put(document, "memprov", text(MEMPROV_VERSION));
	put(document, "command", text(report->command));
	put(document, "dry_run", boolean(report->dry_run));
	put(document, "profile", report->profile ? profile_json(report->profile) : NULL);
	put(document, "conforms", boolean(report->conforms));
	put(document, "changed", boolean(report->changed));
	put(document, "failed", boolean(report->failed));
	put(document, "exit", kept(json_object_new_int(report->exit_status)));
	put(document, "msg", text(report->msg ? report->msg : ""));
	put(document, "facts", report->facts ? facts_json(report->facts) : NULL);
	put(document, "target", report->target ? target_json(report) : NULL);
	put_plan(document, report->plan);
	return print_document(document);
}

/* --- check and profiles --- */

static struct json_object *errors_json(const struct report_profile *profile)
{
	struct json_object *array = new_array();

	for (size_t i = 0; i < profile->errors.n; i++) {
		const struct profile_error *error = &profile->errors.items[i];
		struct json_object *object = new_object();

		put(object, "file", text(profile->file));
		put(object, "line", number(error->line));
		put(object, "column", number(error->column));
		put(object, "message", text(error->message));
		add(array, object);
	}
	if (profile->msg) {
		struct json_object *object = new_object();

		put(object, "file", text(profile->file));
		put(object, "line", NULL);
		put(object, "column", NULL);
		put(object, "message", text(profile->msg));
		add(array, object);
	}
	return array;
}

static struct json_object *table_json(const struct profile *profile)
{
	struct json_object *array = new_array();

	for (uint64_t ram = MIB(256); profile && profile->has_swap && ram <= GIB(1024); ram *= 2) {
		const struct profile_row *row = profile_row_for(profile, ram);
		struct json_object *object = new_object();
		struct json_object *range = row ? new_array() : NULL;

		if (row) {
			add(range, number(amount_bytes(row->low, ram)));
			add(range, number(amount_bytes(row->high, ram)));
		}
		put(object, "ram_bytes", number(ram));
		put(object, "recommended_bytes", range);
		put(object, "minimum_bytes", row ? number(amount_bytes(row->minimum, ram)) : NULL);
		add(array, object);
	}
	return array;
}

int report_check_json(const struct report_profile *profiles, size_t n)
{
	struct json_object *list = new_array();

	for (size_t i = 0; i < n; i++) {
		struct json_object *object = new_object();

		put(object, "profile", text(profiles[i].name));
		put(object, "valid", boolean(profiles[i].profile != NULL));
		put(object, "errors", errors_json(&profiles[i]));
		put(object, "table", table_json(profiles[i].profile));
		add(list, object);
	}
	return print_document(list);
}

int report_profiles_json(const struct report_profile *profiles, size_t n)
{
	struct json_object *list = new_array();

	for (size_t i = 0; i < n; i++) {
		const struct profile *profile = profiles[i].profile;
		struct json_object *object = new_object();

		put(object, "profile", text(profiles[i].name));
		put(object, "source", text(profiles[i].file));
		put(object, "valid", boolean(profile != NULL));
		put(object, "description", profile ? text(profile->description) : NULL);
		add(list, object);
	}
	return print_document(list);
}
