#include "since.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "policy/text.h"

static int parse_age(const char *text, int64_t now, int64_t *ret)
{
	static const struct {
		char unit;
		int64_t seconds;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
	char *end;
	long long n;

	if (strspn(text, "0123456789") == 0)
		return -EINVAL;
	errno = 0;
	n = strtoll(text, &end, 10);
	if (errno != 0 || n > INT32_MAX || end[0] == '\0' || end[1] != '\0')
		return -EINVAL;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (*end == units[i].unit) {
			*ret = now - n * units[i].seconds;
			return 0;
		}
	}
	return -EINVAL;
}

static int parse_day(const char *text, int64_t *ret)
{
	struct tm tm = { .tm_isdst = -1 };
	const char *end = strptime(text, "%Y-%m-%d", &tm);
	struct tm asked = tm;
	time_t t;

	if (strlen(text) != 10 || end == NULL || *end != '\0')
		return -EINVAL;
	t = mktime(&tm);
	if (t == (time_t)-1 || tm.tm_mday != asked.tm_mday)
		return -EINVAL; /* there is no 31 February */
	*ret = t;
	return 0;
}

int since_parse(const char *text, int64_t now, int64_t *ret)
{
	if (text_time_parse(text, ret) == 0 || parse_day(text, ret) == 0)
		return 0;
	return parse_age(text, now, ret);
}
