#include "text.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wchar.h>

#include "agent/common/language.h"
#include "policy/text.h"

/* Characters that a terminal shows as themselves; what the records hold is sanitised already, and
 * its escapes are not escaped again. */
static bool printable(const char *text)
{
	mbstate_t state = { 0 };

	while (*text) {
		wchar_t c;
		size_t n = mbrtowc(&c, text, MB_CUR_MAX, &state);

		if (n == (size_t)-1 || n == (size_t)-2 || wcwidth(c) < 0)
			return false;
		text += n;
	}
	return true;
}

const char *text_show(const char *text, char *ret, size_t size)
{
	size_t length = strlen(text);

	if (length < size && printable(text))
		memcpy(ret, text, length + 1);
	else
		text_sanitise(text, length, ret, size);
	return ret;
}

const char *text_member(const json_t *object, const char *name, char *ret, size_t size)
{
	const char *value = json_string_value(json_object_get(object, name));

	return text_show(value != NULL ? value : "", ret, size);
}

const char *text_reason(const json_t *reason, char *ret, size_t size)
{
	if (language_is_chinese() && json_is_string(json_object_get(reason, "zh-TW")))
		return text_member(reason, "zh-TW", ret, size);
	return text_member(reason, "en", ret, size);
}

const char *text_local_time(const char *utc, char *ret, size_t size)
{
	struct tm tm;
	char whole[21];
	int64_t seconds;
	time_t t;

	if (strlen(utc) < 20)
		return text_show(utc, ret, size);
	memcpy(whole, utc, 19);
	memcpy(whole + 19, "Z", 2);
	if (text_time_parse(whole, &seconds) < 0)
		return text_show(utc, ret, size);
	t = (time_t)seconds;
	if (localtime_r(&t, &tm) == NULL || strftime(ret, size, "%Y-%m-%d %H:%M:%S", &tm) == 0)
		return text_show(utc, ret, size);
	return ret;
}

size_t text_width(const char *text)
{
	mbstate_t state = { 0 };
	size_t width = 0;

	while (*text) {
		wchar_t c;
		size_t n = mbrtowc(&c, text, MB_CUR_MAX, &state);
		int columns;

		if (n == (size_t)-1 || n == (size_t)-2) {
			memset(&state, 0, sizeof(state));
			width++;
			text++;
			continue;
		}
		columns = wcwidth(c);
		width += columns > 0 ? (size_t)columns : 0;
		text += n;
	}
	return width;
}
