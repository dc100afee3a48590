#include "circumstances_json.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "json_fields.h"
#include "text.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { MINUTES_OF_HOUR = 60 };

static const char *const days[] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };

/* The texts are compared, never shown by this module: any text will do. */
static int read_text(struct rules_reader *reader, const char *path, json_t *value, void *ret)
{
	if (!json_is_string(value))
		return rules_fail(reader, path, "A text is wanted here.");
	*(const char **)ret = json_string_value(value);
	return 0;
}

static int read_groups(struct rules_reader *reader, const char *path, json_t *value, void *ret)
{
	struct circumstances_given *given = ret;
	const size_t n = json_is_array(value) ? json_array_size(value) : 1;

	if (n > CIRCUMSTANCES_MAX_GROUPS)
		return rules_fail(reader, path, "More than %d groups.", CIRCUMSTANCES_MAX_GROUPS);
	for (size_t i = 0; i < n; i++) {
		json_t *element = json_is_array(value) ? json_array_get(value, i) : value;
		char at[RULES_PATH_SIZE];

		rules_path_element(at, path, i);
		int r = read_text(reader, json_is_array(value) ? at : path, element,
				  &given->groups[i]);
		if (r < 0)
			return r;
	}
	given->facts.groups = given->groups;
	given->facts.n_groups = n;
	return 0;
}

static const char *day_to_text(int day)
{
	return days[day];
}

/* Two digits, then @after. */
static int read_two(const char *text, char after)
{
	if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9' || text[2] != after)
		return -EINVAL;
	return (text[0] - '0') * 10 + text[1] - '0';
}

static int read_time(struct rules_reader *reader, const char *path, json_t *value, void *ret)
{
	const char *text = json_string_value(value), *space;
	char day[4] = "", shown[40];

	if (text == NULL)
		return rules_fail(reader, path, "A text like \"mon 09:30\" is wanted here.");
	space = strchr(text, ' ');
	if (space != NULL && space - text == 3)
		memcpy(day, text, 3);
	for (int d = 0; d < (int)COUNT(days); d++) {
		const int hour = space == NULL ? -EINVAL : read_two(space + 1, ':');
		const int minute = hour < 0 ? hour : read_two(space + 4, '\0');

		if (strcmp(day, day_to_text(d)) != 0 || hour < 0 || hour > 23 || minute < 0 ||
		    minute > 59)
			continue;
		*(int *)ret = (d * 24 + hour) * MINUTES_OF_HOUR + minute;
		return 0;
	}
	text_sanitise(text, strlen(text), shown, sizeof(shown));
	return rules_fail(
		reader, path,
		"\"%s\" is not a day (mon, tue, wed, thu, fri, sat, sun) and a time, like "
		"\"mon 09:30\".",
		shown);
}

static const char *session_word(int session)
{
	return session_to_text((enum session)session);
}

static const struct json_words session_words = { session_word, _SESSION_MAX };

static const char *site_word(int site)
{
	return site_to_text((enum site)site);
}

static const struct json_words site_words = { site_word, _SITE_MAX };

static const char *identity_word(int identity)
{
	return identity_to_text((enum identity)identity);
}

static const struct json_words identity_words = { identity_word, _IDENTITY_MAX };

static const char *encryption_word(int encryption)
{
	return encryption_to_text((enum encryption)encryption);
}

static const struct json_words encryption_words = { encryption_word, _ENCRYPTION_MAX };

static int read_count(struct rules_reader *reader, const char *path, json_t *value, void *ret)
{
	int64_t number = 0;
	int r = json_fields_number(reader, path, value, INT32_MAX, &number);

	if (r == 0)
		*(int32_t *)ret = (int32_t)number;
	return r;
}

static int read_counts(struct rules_reader *reader, const char *path, json_t *value, void *ret)
{
	int32_t *counts = ret;
	const char *words[_FUNCTION_MAX];
	int r = 0;

	rules_function_words(words);
	if (!json_is_object(value)) {
		r = read_count(reader, path, value, &counts[0]);
		for (int f = 1; r == 0 && f < _FUNCTION_MAX; f++)
			counts[f] = counts[0];
		return r;
	}
	r = rules_check_members(reader, path, value, words, _FUNCTION_MAX);
	for (int f = 0; r == 0 && f < _FUNCTION_MAX; f++) {
		json_t *number = json_object_get(value, words[f]);
		char member[RULES_PATH_SIZE];

		if (number == NULL)
			continue;
		rules_path_member(member, path, words[f]);
		r = read_count(reader, member, number, &counts[f]);
	}
	return r;
}

int circumstances_size_parse(const char *text, int64_t *ret)
{
	static const struct {
		const char *unit;
		int64_t bytes;
	} units[] = {
		{ "", 1 },
		{ "B", 1 },
		{ "kB", 1000 },
		{ "MB", 1000000 },
		{ "GB", 1000000000 },
		{ "TB", 1000000000000 },
		{ "KiB", INT64_C(1) << 10 },
		{ "MiB", INT64_C(1) << 20 },
		{ "GiB", INT64_C(1) << 30 },
		{ "TiB", INT64_C(1) << 40 },
	};
	const size_t digits = strspn(text, "0123456789");
	int64_t number = 0;

	if (digits == 0 || digits > 18)
		return -EINVAL;
	for (size_t i = 0; i < digits; i++)
		number = number * 10 + text[i] - '0';
	for (size_t i = 0; i < COUNT(units); i++) {
		if (strcmp(text + digits, units[i].unit) != 0)
			continue;
		return __builtin_mul_overflow(number, units[i].bytes, ret) ? -EINVAL : 0;
	}
	return -EINVAL;
}

static int read_size(struct rules_reader *reader, const char *path, json_t *value, void *ret)
{
	int64_t *bytes = ret;
	const char *text = json_string_value(value);
	char shown[40];

	if (text == NULL)
		return json_fields_number(reader, path, value, INT64_MAX, bytes);
	if (circumstances_size_parse(text, bytes) == 0)
		return 0;
	text_sanitise(text, strlen(text), shown, sizeof(shown));
	return rules_fail(reader, path, "\"%s\" is not a size, like 4096, \"500MB\" or \"32GiB\".",
			  shown);
}

static int read_told(struct rules_reader *reader, const char *path, json_t *value, void *ret)
{
	static const struct json_field told[] = {
		{ "violations", read_count, offsetof(struct circumstances_told, violations) },
		{ "hosts-seen", read_count, offsetof(struct circumstances_told, hosts_seen) },
	};
	int r = json_fields_check(reader, path, value, told, COUNT(told));

	return r < 0 ? r : json_fields_read(reader, path, value, told, COUNT(told), ret);
}

#define FACT(member) offsetof(struct circumstances_given, facts.member)

static const struct json_field fields[] = {
	{ "user", read_text, FACT(user) },
	{ "groups", read_groups },
	{ "group", read_groups },
	{ "host", read_text, FACT(host) },
	{ "unit", read_text, FACT(unit) },
	{ "time", read_time, FACT(minute) },
	{ "session", .at = FACT(session), .words = &session_words },
	{ "site", .at = FACT(site), .words = &site_words },
	{ "first-seen-days", read_count, FACT(known_days) },
	{ "count", read_counts, FACT(count) },
	{ "identity", .at = FACT(identity), .words = &identity_words },
	{ "encryption", .at = FACT(encryption), .words = &encryption_words },
	{ "size", read_size, FACT(media_bytes) },
	{ "label", read_text, FACT(label) },
	{ "classification", read_text, FACT(classification) },
	{ "violations", read_count, FACT(violations) },
	{ "hosts-seen", read_count, FACT(hosts_seen) },
	{ "history", read_count, FACT(denials) },
	{ "told", read_told, FACT(told) },
};

int circumstances_json_read(struct rules_reader *reader, const char *path, json_t *value,
			    struct circumstances_given *ret)
{
	int r = json_fields_check(reader, path, value, fields, COUNT(fields));

	if (r == 0)
		r = json_fields_read(reader, path, value, fields, COUNT(fields), ret);
	return r;
}

int circumstances_json_parse(json_t *object, struct circumstances_given *ret,
			     struct rules_error *error)
{
	struct rules_reader reader = { .text = "", .error = error };

	*error = (struct rules_error){ 0 };
	ret->facts = circumstances_unknown;
	return circumstances_json_read(&reader, "", object, ret);
}
