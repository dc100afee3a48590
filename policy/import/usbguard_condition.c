#include "usbguard_condition.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "usbguard_value.h"

enum { SECONDS_OF_MINUTE = 60, SECONDS_OF_HOUR = 60 * 60 };

static const char *const names[] = {
	[USBGUARD_LOCALTIME] = "localtime",
	[USBGUARD_ALLOWED_MATCHES] = "allowed-matches",
	[USBGUARD_RULE_APPLIED] = "rule-applied",
	[USBGUARD_RULE_EVALUATED] = "rule-evaluated",
	[USBGUARD_RANDOM] = "random",
	[USBGUARD_TRUE] = "true",
	[USBGUARD_FALSE] = "false",
};

static const struct usbguard_words conditions = { "a condition", names,
						  sizeof(names) / sizeof(names[0]) };

const char *usbguard_condition_to_text(enum usbguard_condition condition)
{
	return names[condition];
}

/* One or two digits of at most @max, gone over; or -1. */
static int read_digits(struct usbguard_reader *reader, int max)
{
	int value = -1;

	for (int i = 0; i < 2 && reader->at < reader->end; i++) {
		const char c = *reader->at;

		if (c < '0' || c > '9')
			break;
		value = (value < 0 ? 0 : value) * 10 + (c - '0');
		reader->at++;
	}
	return value > max ? -1 : value;
}

/* HH:MM or HH:MM:SS in seconds, gone over; or -1. */
static int32_t read_time(struct usbguard_reader *reader)
{
	const int hour = read_digits(reader, 23);
	const int minute = usbguard_take(reader, ':') ? read_digits(reader, 59) : -1;
	const int second = usbguard_take(reader, ':') ? read_digits(reader, 59) : 0;

	if (hour < 0 || minute < 0 || second < 0)
		return -1;
	return hour * SECONDS_OF_HOUR + minute * SECONDS_OF_MINUTE + second;
}

static int read_localtime(struct usbguard_reader *reader, struct usbguard_value *ret)
{
	const char *const from = reader->at;

	ret->numbers[0] = ret->numbers[1] = read_time(reader);
	if (ret->numbers[0] >= 0 && usbguard_take(reader, '-'))
		ret->numbers[1] = read_time(reader);
	if (ret->numbers[0] < 0 || ret->numbers[1] < 0 || reader->at < reader->end)
		return usbguard_fail(reader, from,
				     "A time or a range of times is wanted here, like 08:00-18:00 "
				     "or 08:00:30.");
	if (ret->numbers[0] > ret->numbers[1])
		return usbguard_fail(reader, from,
				     "USBGuard takes no range that ends before it begins.");
	return 0;
}

static int check_query(struct usbguard_reader *reader, struct usbguard_value *ret)
{
	(void)ret;
	/* Its end is the first ')' of the line, so that no argument can be inside of it. */
	return usbguard_query_check(reader);
}

static int check_duration(struct usbguard_reader *reader, struct usbguard_value *ret)
{
	const char *const from = reader->at;

	(void)ret;
	while (reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9')
		reader->at++;
	if (reader->at > from && reader->at == reader->end)
		return 0;
	reader->at = from;
	if (read_time(reader) >= 0 && reader->at == reader->end)
		return 0;
	return usbguard_fail(reader, from, "A duration is wanted here: HH:MM:SS, HH:MM or SS.");
}

static int check_probability(struct usbguard_reader *reader, struct usbguard_value *ret)
{
	const char *const from = reader->at;
	size_t digits = 0, points = 0;

	(void)ret;
	for (; reader->at < reader->end; reader->at++) {
		digits += *reader->at >= '0' && *reader->at <= '9';
		points += *reader->at == '.';
	}
	if (digits > 0 && points <= 1 && digits + points == (size_t)(reader->end - from))
		return 0;
	return usbguard_fail(reader, from, "A probability is wanted here, like 0.25.");
}

/* USBGuard does not look at the argument of true and false. */
static int ignore(struct usbguard_reader *reader, struct usbguard_value *ret)
{
	(void)ret;
	reader->at = reader->end;
	return 0;
}

static const struct {
	bool wanted;
	int (*read)(struct usbguard_reader *reader, struct usbguard_value *ret);
} arguments[] = {
	[USBGUARD_LOCALTIME] = { true, read_localtime },
	[USBGUARD_ALLOWED_MATCHES] = { true, check_query },
	[USBGUARD_RULE_APPLIED] = { false, check_duration },
	[USBGUARD_RULE_EVALUATED] = { false, check_duration },
	[USBGUARD_RANDOM] = { false, check_probability },
	[USBGUARD_TRUE] = { false, ignore },
	[USBGUARD_FALSE] = { false, ignore },
};

/* The ')' of the argument that begins at the reader's place, or NULL; "\)" is none. */
static const char *closing_parenthesis(const struct usbguard_reader *reader)
{
	for (const char *at = reader->at; at < reader->end; at++) {
		if (*at == ')')
			return at;
		if (*at == '\\')
			at++;
	}
	return NULL;
}

/* The reader is behind '('. */
static int read_argument(struct usbguard_reader *reader, struct usbguard_value *ret)
{
	const char *const closing = closing_parenthesis(reader), *const end = reader->end;

	if (closing == NULL)
		return usbguard_fail(reader, reader->at - 1, "This '(' has no ')'.");
	if (closing == reader->at)
		return usbguard_fail(reader, reader->at,
				     "An argument is wanted in the parentheses.");
	reader->end = closing;
	int r = arguments[ret->condition].read(reader, ret);
	reader->end = end;
	if (r == 0)
		reader->at = closing + 1;
	return r;
}

int usbguard_value_condition(struct usbguard_reader *reader, struct usbguard_value *ret)
{
	ret->negated = usbguard_take(reader, '!');
	const char *const word = reader->at;
	const size_t size = usbguard_word_size(reader);
	const int condition = usbguard_word(&conditions, word, size);

	if (condition < 0)
		return usbguard_fail_word(reader, word, size, &conditions);
	ret->condition = (enum usbguard_condition)condition;
	reader->at += size;
	if (usbguard_take(reader, '('))
		return read_argument(reader, ret);
	if (arguments[condition].wanted)
		return usbguard_fail(reader, reader->at, "\"%s\" wants an argument in parentheses.",
				     names[condition]);
	return 0;
}

static int localtime_at(const struct usbguard_value *condition, int minute)
{
	const int32_t begin = minute * SECONDS_OF_MINUTE, end = begin + SECONDS_OF_MINUTE;

	if (end <= condition->numbers[0] || begin > condition->numbers[1])
		return USBGUARD_NO;
	if (begin >= condition->numbers[0] && end <= condition->numbers[1])
		return USBGUARD_YES;
	return USBGUARD_OPEN;
}

static int answer(const struct usbguard_value *condition, int minute)
{
	int said = USBGUARD_OPEN;

	if (condition->condition == USBGUARD_LOCALTIME)
		said = localtime_at(condition, minute);
	else if (condition->condition == USBGUARD_TRUE)
		said = USBGUARD_YES;
	else if (condition->condition == USBGUARD_FALSE)
		said = USBGUARD_NO;
	return condition->negated ? USBGUARD_YES - said : said;
}

static int answers(const struct usbguard_attribute *conditions_of, int minute)
{
	int least = USBGUARD_YES, most = USBGUARD_NO;

	for (size_t i = 0; i < conditions_of->n; i++) {
		const int said = answer(&conditions_of->values[i], minute);

		least = said < least ? said : least;
		most = said > most ? said : most;
	}
	switch (conditions_of->relation) {
	case USBGUARD_ONE_OF:
		return most;
	case USBGUARD_NONE_OF:
		return USBGUARD_YES - most;
	case USBGUARD_MATCH_ALL:
		return least == USBGUARD_YES ? USBGUARD_YES : USBGUARD_OPEN;
	default:
		return least;
	}
}

void usbguard_day(const struct usbguard_attribute *conditions_of, struct usbguard_day *ret)
{
	for (int m = 0; m < MINUTES_OF_DAY; m++)
		ret->minutes[m] =
			conditions_of->n == 0 ? USBGUARD_YES : (uint8_t)answers(conditions_of, m);
}

bool usbguard_day_has(const struct usbguard_day *day, int said)
{
	return memchr(day->minutes, said, sizeof(day->minutes)) != NULL;
}

static int add_range(json_t *list, unsigned int from, unsigned int to)
{
	char first[sizeof("00:00")], last[sizeof("00:00")];

	snprintf(first, sizeof(first), "%02u:%02u", from / 60 % 100, from % 60);
	snprintf(last, sizeof(last), "%02u:%02u", to / 60 % 100, to % 60);
	return json_array_append_new(list, json_pack("{s:s, s:s}", "from", first, "to", last));
}

json_t *usbguard_day_to_json(const struct usbguard_day *day, int least)
{
	json_t *list = json_array();
	int from = -1, r = 0;

	for (int m = 0; m <= MINUTES_OF_DAY && r == 0; m++) {
		const bool meant = m < MINUTES_OF_DAY && day->minutes[m] >= least;

		if (meant && from < 0)
			from = m;
		if (meant || from < 0)
			continue;
		r = add_range(list, (unsigned int)from, (unsigned int)m);
		from = -1;
	}
	if (r < 0) {
		json_decref(list);
		return NULL;
	}
	return list;
}

bool usbguard_condition_is_open(const struct usbguard_value *condition)
{
	switch (condition->condition) {
	case USBGUARD_TRUE:
	case USBGUARD_FALSE:
		return false;
	case USBGUARD_LOCALTIME:
		return condition->numbers[0] == condition->numbers[1] ||
		       condition->numbers[0] % SECONDS_OF_MINUTE != 0 ||
		       condition->numbers[1] % SECONDS_OF_MINUTE != 0;
	default:
		return true;
	}
}
