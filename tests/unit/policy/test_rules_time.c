/* Hours of the week: whether they hold at each minute, and when that may change. */
#include "rules_test.h"

static const char *const day_names[] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };

static bool holds_at(const struct rules *rules, int minute)
{
	static const struct device device = { .vendor = 1 };
	struct circumstances circumstances = circumstances_unknown;
	const char *condition;
	fact_set unknown;

	circumstances.minute = minute;
	return ask_rule(rules, &device, &circumstances, FUNCTION_STORAGE, &condition, &unknown) ==
	       RULES_HOLDS;
}

/* Monday is day 0. */
static int minute_of(int day, int hour, int minute)
{
	return day * MINUTES_OF_DAY + hour * 60 + minute;
}

static void at_a_minute(void **state)
{
	(void)state;
	static const struct {
		const char *match;
		int day, hour, minute;
		bool holds;
	} table[] = {
		{ "'time':{'from':'08:00','to':'18:00'}", 2, 7, 59, false },
		{ "'time':{'from':'08:00','to':'18:00'}", 2, 8, 0, true },
		{ "'time':{'from':'08:00','to':'18:00'}", 6, 17, 59, true },
		{ "'time':{'from':'08:00','to':'18:00'}", 6, 18, 0, false },
		{ "'time':{'from':'22:00','to':'04:00'}", 0, 23, 59, true },
		{ "'time':{'from':'22:00','to':'04:00'}", 0, 3, 59, true },
		{ "'time':{'from':'22:00','to':'04:00'}", 0, 4, 0, false },
		{ "'time':{'days':['sun'],'from':'22:00','to':'04:00'}", 6, 22, 0, true },
		{ "'time':{'days':['sun'],'from':'22:00','to':'04:00'}", 0, 3, 59, true },
		{ "'time':{'days':['sun'],'from':'22:00','to':'04:00'}", 6, 3, 59, false },
		{ "'time':{'days':['sun'],'from':'22:00','to':'04:00'}", 0, 22, 0, false },
		{ "'time':{'days':['mon','fri'],'from':'00:00','to':'24:00'}", 4, 23, 59, true },
		{ "'time':{'days':['mon','fri'],'from':'00:00','to':'24:00'}", 5, 0, 0, false },
		{ "'time':{'days':'mon','from':'09:30','to':'09:30'}", 1, 9, 29, true },
		{ "'time':{'days':'mon','from':'09:30','to':'09:30'}", 1, 9, 30, false },
		{ "'time':{'days':'mon','from':'09:30','to':'09:30'}", 0, 9, 29, false },
		{ "'time':{'days':'mon','from':'20:00','to':'00:00'}", 0, 23, 59, true },
		{ "'time':{'days':'mon','from':'20:00','to':'00:00'}", 1, 0, 0, false },
		{ "'time':{'from':'23:59','to':'24:00'}", 3, 23, 59, true },
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		struct rules *rules = parse_match(table[i].match);
		const int minute = minute_of(table[i].day, table[i].hour, table[i].minute);

		if (holds_at(rules, minute) != table[i].holds)
			fail_msg("%s at %s %02d:%02d", table[i].match, day_names[table[i].day],
				 table[i].hour, table[i].minute);
		rules_free(rules);
	}
}

/* The next change after each minute, by what was found at each: twice round the week, backwards. */
static void scan(const bool holds[static MINUTES_OF_WEEK], int ret[static MINUTES_OF_WEEK])
{
	int next = -1;

	for (int i = 2 * MINUTES_OF_WEEK - 1; i >= 0; i--) {
		const int minute = i % MINUTES_OF_WEEK, after = (minute + 1) % MINUTES_OF_WEEK;

		if (holds[minute] != holds[after])
			next = 1;
		else if (next > 0)
			next++;
		ret[minute] = next;
	}
}

static void the_next_change(void **state)
{
	(void)state;
	static const struct {
		const char *match;
		int changes; /* in a week */
	} table[] = {
		{ "'time':{'from':'08:00','to':'18:00'}", 14 },
		{ "'time':{'from':'22:00','to':'04:00'}", 14 },
		{ "'time':{'days':['mon','wed'],'from':'08:00','to':'18:00'}", 4 },
		{ "'time':{'days':['mon','tue'],'from':'00:00','to':'24:00'}", 2 },
		{ "'time':{'days':['sun'],'from':'23:00','to':'01:00'}", 2 },
		{ "'time':{'from':'00:00','to':'24:00'}", 0 },
		{ "'time':{'from':'12:34','to':'12:34'}", 0 },
		{ "'time':[{'from':'08:00','to':'12:00'},{'from':'12:00','to':'17:00'}]", 14 },
		{ "'time':[{'from':'08:00','to':'12:00'},{'from':'11:00','to':'17:00'},"
		  "{'days':['sat'],'from':'00:00','to':'24:00'}]",
		  14 },
		{ "'time':{'days':['sun'],'from':'23:59','to':'24:00'}", 2 },
		{ "'time':{'days':['mon'],'from':'00:00','to':'00:01'}", 2 },
		{ "'vendor':'0951'", 0 },
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		static bool holds[MINUTES_OF_WEEK];
		static int scanned[MINUTES_OF_WEEK];
		struct rules *rules = parse_match(table[i].match);
		int changes = 0;

		for (int minute = 0; minute < MINUTES_OF_WEEK; minute++)
			holds[minute] = holds_at(rules, minute);
		scan(holds, scanned);
		for (int minute = 0; minute < MINUTES_OF_WEEK; minute++) {
			const int next = rules_next_change(rules, minute);

			if (next != scanned[minute])
				fail_msg("%s at %d: %d", table[i].match, minute, next);
			changes += next == 1;
		}
		assert_int_equal(changes, table[i].changes);
		rules_free(rules);
	}
}

/* A change of one rule is a change, though another's hides it. */
static void of_several_rules(void **state)
{
	(void)state;
	struct rules *rules = parse_or_fail(
		DOCUMENT("{\"id\":\"a\",\"match\":{\"time\":{\"from\":\"08:00\",\"to\":\"24:00\"}},"
			 "\"verdict\":\"deny\"},"
			 "{\"id\":\"b\",\"match\":{\"function\":\"storage\"},\"verdict\":\"deny\"},"
			 "{\"id\":\"c\",\"match\":{\"time\":{\"from\":\"00:00\",\"to\":\"08:00\"}},"
			 "\"verdict\":\"deny\"}",
			 ""));

	assert_int_equal(rules_next_change(rules, 0), 8 * 60);
	assert_int_equal(rules_next_change(rules, 8 * 60), 16 * 60);
	assert_int_equal(rules_next_change(rules, MINUTES_OF_WEEK - 1), 1);
	rules_free(rules);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(at_a_minute),
		cmocka_unit_test(the_next_change),
		cmocka_unit_test(of_several_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
