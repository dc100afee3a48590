/* Hours of the week, in the workstation's zone, and when they begin and end. */
#include "shapes.h"

#include <errno.h>
#include <string.h>

#include "internal.h"
#include "policy/text.h"
#include "reader.h"

enum { DAYS = 7, ALL_DAYS = (1 << DAYS) - 1 };

static const char *const day_names[DAYS] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };

/* "08:30", up to "23:59". */
static int read_clock(const char *text, uint16_t *ret)
{
	static const char highest[] = "29:59";

	if (strlen(text) != sizeof(highest) - 1)
		return -EINVAL;
	for (int i = 0; highest[i] != '\0'; i++)
		if (i == 2 ? text[i] != ':' : text[i] < '0' || text[i] > highest[i])
			return -EINVAL;
	const int hour = (text[0] - '0') * 10 + text[1] - '0';
	if (hour > 23)
		return -EINVAL;
	*ret = (uint16_t)(hour * 60 + (text[3] - '0') * 10 + text[4] - '0');
	return 0;
}

static int need_clock(struct rules_reader *reader, const char *path, json_t *object,
		      const char *name, uint16_t *ret)
{
	json_t *value = json_object_get(object, name);
	char member[RULES_PATH_SIZE], shown[40];

	if (value == NULL)
		return rules_fail(reader, path, "The member \"%s\" is missing here.", name);
	rules_path_member(member, path, name);
	if (!json_is_string(value))
		return rules_fail(reader, member, "A time of day like \"08:30\" is wanted here.");
	const char *text = json_string_value(value);
	if (strcmp(text, "24:00") == 0 && strcmp(name, "to") == 0) {
		*ret = MINUTES_OF_DAY;
		return 0;
	}
	if (read_clock(text, ret) == 0)
		return 0;
	text_sanitise(text, strlen(text), shown, sizeof(shown));
	return rules_fail(reader, member, "\"%s\" is not a time of day, like \"08:30\".", shown);
}

static int read_days(struct rules_reader *reader, const char *path, json_t *value, uint8_t *ret)
{
	char element[RULES_PATH_SIZE];

	if (rules_values(value) == 0)
		return rules_fail(reader, path, "An empty list names no day.");
	for (size_t i = 0; i < rules_values(value); i++) {
		const char *word = json_string_value(rules_value_at(value, i));
		int day = 0;

		rules_path_value(element, path, value, i);
		if (word == NULL)
			return rules_fail(reader, element, "A day like \"mon\" is wanted here.");
		while (day < DAYS && strcmp(day_names[day], word) != 0)
			day++;
		if (day == DAYS)
			return rules_fail_word(reader, element, word, day_names, DAYS);
		*ret |= (uint8_t)(1U << day);
	}
	return 0;
}

static int read_window(struct rules_reader *reader, const char *path, json_t *object,
		       struct time_window *ret)
{
	static const char *const names[] = { "days", "from", "to" };
	json_t *days = json_object_get(object, "days");
	char member[RULES_PATH_SIZE];
	int r = rules_check_members(reader, path, object, names, 3);

	rules_path_member(member, path, "days");
	if (days == NULL)
		ret->days = ALL_DAYS;
	else if (r == 0)
		r = read_days(reader, member, days, &ret->days);
	if (r == 0)
		r = need_clock(reader, path, object, "from", &ret->from);
	if (r == 0)
		r = need_clock(reader, path, object, "to", &ret->to);
	return r;
}

int times_parse(struct rules_reader *reader, const char *path, json_t *value,
		struct condition *condition)
{
	const size_t n = rules_values(value);
	struct time_window *windows = arena_take(reader->arena, n * sizeof(*windows));

	if (windows == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		char element[RULES_PATH_SIZE];

		rules_path_value(element, path, value, i);
		int r = read_window(reader, element, rules_value_at(value, i), &windows[i]);
		if (r < 0)
			return r;
	}
	condition->n = (uint32_t)n;
	condition->values = windows;
	return 0;
}

/* A window whose end is at or before its beginning ends on the day after, and its day is the one
 * that it begins on. */
static bool window_holds(const struct time_window *window, int minute_of_week)
{
	const int today = minute_of_week / MINUTES_OF_DAY, minute = minute_of_week % MINUTES_OF_DAY;
	const int yesterday = (today + DAYS - 1) % DAYS;
	const bool across = window->to <= window->from;

	if (window->days >> today & 1 && minute >= window->from && (across || minute < window->to))
		return true;
	return across && window->days >> yesterday & 1 && minute < window->to;
}

enum rules_truth times_holds(const struct condition *condition, const struct question *question)
{
	const struct time_window *windows = condition->values;
	const int minute = question->circumstances->minute;

	if (minute < 0)
		return RULES_UNKNOWN;
	for (uint32_t i = 0; i < condition->n; i++)
		if (window_holds(&windows[i], minute))
			return RULES_HOLDS;
	return RULES_FAILS;
}

/* Set the bits of @minutes minutes from @minute of the week on. */
static void fill(uint64_t week[static TIMES_WORDS], int minute, int minutes)
{
	while (minutes > 0) {
		minute %= MINUTES_OF_WEEK;
		const int bit = minute % 64, room = MINUTES_OF_WEEK - minute;
		int n = minutes < 64 - bit ? minutes : 64 - bit;

		n = n < room ? n : room;
		week[minute / 64] |= (~UINT64_C(0) >> (64 - n)) << bit;
		minute += n;
		minutes -= n;
	}
}

void times_fill(const struct condition *condition, uint64_t week[static TIMES_WORDS])
{
	const struct time_window *windows = condition->values;

	for (uint32_t i = 0; i < condition->n; i++) {
		const int length = windows[i].to - windows[i].from;

		for (int day = 0; day < DAYS; day++)
			if (windows[i].days >> day & 1)
				fill(week, day * MINUTES_OF_DAY + windows[i].from,
				     length > 0 ? length : length + MINUTES_OF_DAY);
	}
}

/* Mark each minute at which the condition is not what it was a minute before. */
static void mark_changes(uint64_t changes[static TIMES_WORDS], const struct condition *condition)
{
	const int last = MINUTES_OF_WEEK - 1;
	uint64_t week[TIMES_WORDS] = { 0 };

	times_fill(condition, week);
	uint64_t before = week[last / 64] >> last % 64 & 1;
	for (int i = 0; i < TIMES_WORDS; i++) {
		changes[i] |= week[i] ^ (week[i] << 1 | before);
		before = week[i] >> 63;
	}
}

int rules_changes_build(struct rules *rules)
{
	uint64_t *changes = NULL;

	if (!(rules->facts & FACT_TIME))
		return 0;
	changes = arena_take(&rules->arena, TIMES_WORDS * sizeof(*changes));
	if (changes == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < rules->n; i++) {
		const struct condition *condition =
			match_condition(&rules->rules[i], CONDITION_TIME);

		if (condition != NULL)
			mark_changes(changes, condition);
	}
	rules->changes = changes;
	return 0;
}

int rules_next_change(const struct rules *rules, int minute)
{
	if (rules->changes == NULL)
		return -1;
	for (int ahead = 1; ahead <= MINUTES_OF_WEEK; ahead++) {
		const int at = (minute + ahead) % MINUTES_OF_WEEK;

		if (rules->changes[at / 64] >> at % 64 & 1)
			return ahead;
	}
	return -1;
}
