#include "glob.h"

#include <string.h>

#include "policy/text.h"

bool rules_glob_is_good(const char *glob)
{
	for (; *glob != '\0'; glob++)
		if (*glob == '\\' && *++glob == '\0')
			return false;
	return true;
}

/* The bytes of the character that @text, which has one, begins with. */
static size_t character(const char *text, const char *end)
{
	const size_t size = text_character(text, (size_t)(end - text));

	return size == 0 ? 1 : size;
}

/* Where the glob goes on, and where the text does, after the last '*'.  Nothing before can need to
 * be tried again: a run that ends earlier leaves all that a later one does, and more. */
bool rules_glob_count(const char *glob, const char *text, size_t *steps)
{
	const char *end = text + strlen(text), *after_star = NULL, *run_end = NULL;

	for (;;) {
		(*steps)++;
		if (*glob == '*') {
			after_star = ++glob;
			run_end = text;
			if (*glob == '\0')
				return true;
			continue;
		}
		if (*glob == '?' && text < end) {
			glob++;
			text += character(text, end);
			continue;
		}
		const char *literal = *glob == '\\' ? glob + 1 : glob;
		if (*literal == *text) {
			if (*text == '\0')
				return true;
			glob = literal + 1;
			text++;
			continue;
		}
		if (after_star == NULL || run_end == end)
			return false;
		run_end += character(run_end, end);
		glob = after_star;
		text = run_end;
	}
}

bool rules_glob_holds(const char *glob, const char *text)
{
	size_t steps = 0;

	return rules_glob_count(glob, text, &steps);
}
