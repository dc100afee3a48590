#include "duration.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/text.h"

enum { MINUTE = 60, HOUR = 3600, DAY = 86400, WEEK = 7 * DAY };

static const int64_t longest_seconds = (int64_t)100 * 366 * DAY;

static int64_t unit_seconds(char unit)
{
	switch (unit) {
	case 's':
		return 1;
	case 'm':
		return MINUTE;
	case 'h':
		return HOUR;
	case 'd':
		return DAY;
	case 'w':
		return WEEK;
	default:
		return 0;
	}
}

int duration_parse(const char *text, int64_t *ret_seconds)
{
	int64_t unit, n = 0;
	size_t digits = strspn(text, "0123456789");

	if (digits == 0 || digits > 12 || strlen(text) != digits + 1)
		return -EINVAL;
	for (size_t i = 0; i < digits; i++)
		n = n * 10 + (text[i] - '0');
	unit = unit_seconds(text[digits]);
	if (unit == 0 || n == 0 || n > longest_seconds / unit)
		return -EINVAL;
	*ret_seconds = n * unit;
	return 0;
}

int date_parse(const char *text, int64_t *ret_seconds)
{
	char moment[21];

	if (strlen(text) != DATE_SIZE - 1)
		return -EINVAL;
	snprintf(moment, sizeof(moment), "%sT00:00:00Z", text);
	return text_time_parse(moment, ret_seconds);
}

int moment_parse(const char *text, int64_t now, int64_t *ret_seconds)
{
	int64_t span, at;

	if (duration_parse(text, &span) == 0)
		at = now + span;
	else if (date_parse(text, &at) == 0)
		at += DAY;
	else if (text_time_parse(text, &at) < 0)
		return -EINVAL;
	if (at <= now)
		return -ERANGE;
	*ret_seconds = at;
	return 0;
}

void duration_to_text(uint64_t seconds, char ret[static DURATION_TEXT_SIZE])
{
	unsigned long long s = seconds;

	if (s >= DAY)
		snprintf(ret, DURATION_TEXT_SIZE, "%llu d %llu h", s / DAY, s % DAY / HOUR);
	else if (s >= HOUR)
		snprintf(ret, DURATION_TEXT_SIZE, "%llu h %llu min", s / HOUR, s % HOUR / MINUTE);
	else if (s >= MINUTE)
		snprintf(ret, DURATION_TEXT_SIZE, "%llu min %llu s", s / MINUTE, s % MINUTE);
	else
		snprintf(ret, DURATION_TEXT_SIZE, "%llu s", s);
}

void bytes_to_text(uint64_t bytes, char ret[static DURATION_TEXT_SIZE])
{
	static const char *const units[] = { "kB", "MB", "GB", "TB", "PB", "EB" };
	double amount = (double)bytes / 1000;
	size_t unit = 0;

	if (bytes < 1000) {
		snprintf(ret, DURATION_TEXT_SIZE, "%u B", (unsigned)bytes);
		return;
	}
	/* Half a tenth below 1000 of a unit would be rounded up to 1000.0 of it. */
	while (amount >= 999.95 && unit < 5) {
		amount /= 1000;
		unit++;
	}
	snprintf(ret, DURATION_TEXT_SIZE, "%.1f %s", amount, units[unit]);
}
