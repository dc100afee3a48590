/* Times as text, by the proleptic Gregorian calendar's own arithmetic: gmtime_r() would consult the
 * zone database, which may count leap seconds. */
#include "text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { DAY = 86400, FIRST_YEAR = 1970, LAST_YEAR = 9999 };

#define LAST_SECOND 253402300799 /* 9999-12-31T23:59:59Z */

static bool is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int days_in_month(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return days[month - 1] + (month == 2 && is_leap(year));
}

static int leaps_through(int year)
{
	return year / 4 - year / 100 + year / 400;
}

/* Days from 1970-01-01 to the first of January of @year. */
static int days_before(int year)
{
	return 365 * (year - FIRST_YEAR) + leaps_through(year - 1) - leaps_through(FIRST_YEAR - 1);
}

void text_time(int64_t seconds, char ret[static 21])
{
	if (seconds < 0)
		seconds = 0;
	if (seconds > LAST_SECOND)
		seconds = LAST_SECOND;

	int day = (int)(seconds / DAY);
	const int second = (int)(seconds % DAY);
	int year = FIRST_YEAR + day / 366, month = 1;

	while (days_before(year + 1) <= day)
		year++;
	day -= days_before(year);
	while (day >= days_in_month(year, month))
		day -= days_in_month(year, month++);

	/* The moduli say to the compiler what the arithmetic ensures: 20 characters. */
	snprintf(ret, 21, "%04u-%02u-%02uT%02u:%02u:%02uZ", (unsigned)year % 10000,
		 (unsigned)month % 100, (unsigned)(day + 1) % 100, (unsigned)second / 3600 % 100,
		 (unsigned)second / 60 % 60, (unsigned)second % 60);
}

static int number(const char *digits, int n)
{
	int value = 0;

	for (int i = 0; i < n; i++)
		value = value * 10 + (digits[i] - '0');
	return value;
}

int text_time_parse(const char *text, int64_t *ret)
{
	static const char form[] = "0000-00-00T00:00:00Z";

	if (strnlen(text, sizeof(form)) != sizeof(form) - 1)
		return -EINVAL;
	for (size_t i = 0; i < sizeof(form) - 1; i++) {
		const bool is_digit = text[i] >= '0' && text[i] <= '9';
		if (form[i] == '0' ? !is_digit : text[i] != form[i])
			return -EINVAL;
	}

	const int year = number(text, 4), month = number(text + 5, 2), day = number(text + 8, 2);
	const int hour = number(text + 11, 2), minute = number(text + 14, 2);
	const int second = number(text + 17, 2);
	if (year < FIRST_YEAR || month < 1 || month > 12 || day < 1 ||
	    day > days_in_month(year, month) || hour > 23 || minute > 59 || second > 59)
		return -EINVAL;

	int64_t days = days_before(year) + day - 1;
	for (int m = 1; m < month; m++)
		days += days_in_month(year, m);
	*ret = days * DAY + hour * 3600 + minute * 60 + second;
	return 0;
}
