/* Members, words and their places. */
#include "mde_json.h"

#include <stdio.h>
#include <string.h>

#include "policy/jsonc.h"
#include "policy/suggest.h"
#include "policy/text.h"

/* The locator does not know names with '$': then the place of what holds it. */
static struct jsonc_place place_of(const struct mde *mde, const struct mde_at *at)
{
	char path[MDE_PATH_SIZE];
	struct jsonc_place place = { 0, 0 };

	snprintf(path, sizeof(path), "%s", at->path);
	while (!jsonc_locate(mde->file->text, mde->file->size, path, &place) && *path != '\0') {
		char *end = path + strlen(path);

		while (end > path && *end != '.' && *end != '[')
			end--;
		*end = '\0';
	}
	return place;
}

int mde_json_line(const struct mde *mde, const struct mde_at *at)
{
	return place_of(mde, at).line;
}

int mde_json_fail(struct mde *mde, const struct mde_at *at, const char *format, ...)
{
	const struct jsonc_place place = place_of(mde, at);
	va_list arguments;

	va_start(arguments, format);
	int r = mde_fail_list(mde, place.line, place.column, at->path, format, arguments);
	va_end(arguments);
	return r;
}

int mde_json_fail_word(struct mde *mde, const struct mde_at *at, const char *word,
		       const char *const *words, size_t n)
{
	const char *near = suggest(word, words, n);
	char shown[60];

	text_sanitise(word, strlen(word), shown, sizeof(shown));
	if (near != NULL)
		return mde_json_fail(mde, at, "\"%s\" is not known here; did you mean \"%s\"?",
				     shown, near);
	return mde_json_fail(mde, at, "\"%s\" is not known here.", shown);
}

/* A path too long is cut: it is for people. */
__attribute__((format(printf, 2, 3))) static void write_path(char *ret, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(ret, MDE_PATH_SIZE, format, arguments);
	va_end(arguments);
}

static struct mde_at member(const struct mde_at *at, const char *name, json_t *value)
{
	struct mde_at ret = { .value = value };

	write_path(ret.path, "%s%s%s", at->path, *at->path == '\0' ? "" : ".", name);
	return ret;
}

struct mde_at mde_json_element(const struct mde_at *list, size_t i)
{
	struct mde_at ret = { .value = json_array_get(list->value, i) };

	write_path(ret.path, "%s[%zu]", list->path, i);
	return ret;
}

int mde_json_members(struct mde *mde, const struct mde_at *at, const char *const *names)
{
	const char *name;
	json_t *value;
	size_t n = 0;

	if (!json_is_object(at->value))
		return mde_json_fail(mde, at, "An object is wanted here.");
	while (names[n] != NULL)
		n++;
	json_object_foreach (at->value, name, value) {
		size_t i = 0;

		while (i < n && strcmp(name, names[i]) != 0)
			i++;
		if (i < n || strcmp(name, "__comments") == 0)
			continue;
		const struct mde_at unknown = member(at, name, value);
		return mde_json_fail_word(mde, &unknown, name, names, n);
	}
	return 0;
}

int mde_json_get(struct mde *mde, const struct mde_at *at, const char *name, json_type type,
		 struct mde_at *ret)
{
	json_t *value = json_object_get(at->value, name);
	static const char *const types[] = {
		[JSON_OBJECT] = "An object", [JSON_ARRAY] = "An array", [JSON_STRING] = "A text"
	};

	*ret = member(at, name, value);
	if (value == NULL)
		return 0;
	if (json_typeof(value) != type)
		return mde_json_fail(mde, ret, "%s is wanted here.", types[type]);
	return 1;
}

int mde_json_need(struct mde *mde, const struct mde_at *at, const char *name, json_type type,
		  struct mde_at *ret)
{
	int r = mde_json_get(mde, at, name, type, ret);

	if (r == 0)
		return mde_json_fail(mde, at, "The member \"%s\" is missing here.", name);
	return r < 0 ? r : 0;
}

int mde_json_word(struct mde *mde, const struct mde_at *at, const char *name,
		  const char *const *words, size_t n)
{
	struct mde_at word;
	int r = mde_json_need(mde, at, name, JSON_STRING, &word);

	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++)
		if (strcmp(json_string_value(word.value), words[i]) == 0)
			return (int)i;
	return mde_json_fail_word(mde, &word, json_string_value(word.value), words, n);
}

int mde_json_guid(struct mde *mde, const struct mde_at *at, const char *name,
		  char ret[static MDE_GUID_SIZE])
{
	struct mde_at text;
	int r = mde_json_need(mde, at, name, JSON_STRING, &text);

	if (r == 0 && mde_guid(json_string_value(text.value), ret) < 0)
		r = mde_json_fail(mde, &text, "A UUID is wanted here.");
	return r;
}
