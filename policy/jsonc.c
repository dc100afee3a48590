#include "jsonc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool is_continuation(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

static bool is_among(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

struct jsonc_place jsonc_place_of(const char *text, size_t at)
{
	struct jsonc_place place = { 1, 1 };

	for (size_t i = 0; i < at; i++) {
		if (text[i] == '\n') {
			place.line++;
			place.column = 1;
		} else if (!is_continuation(text[i])) {
			place.column++;
		}
	}
	return place;
}

size_t jsonc_string_end(const char *text, size_t size, size_t at)
{
	for (at++; at < size && text[at] != '"'; at++)
		if (text[at] == '\\' && at + 1 < size)
			at++;
	return at < size ? at + 1 : size;
}

size_t jsonc_comment_end(const char *text, size_t size, size_t at)
{
	if (text[at + 1] == '/') {
		const char *newline = memchr(text + at, '\n', size - at);
		return newline == NULL ? size : (size_t)(newline - text);
	}
	const char *end = memmem(text + at + 2, size - at - 2, "*/", 2);
	return end == NULL ? 0 : (size_t)(end - text) + 2;
}

int jsonc_strip(const char *text, size_t size, char *ret, size_t *ret_size,
		struct jsonc_place *ret_place)
{
	static const char mark[] = { '\xef', '\xbb', '\xbf' };
	size_t out = 0;

	if (size >= sizeof(mark) && memcmp(text, mark, sizeof(mark)) == 0) {
		text += sizeof(mark);
		size -= sizeof(mark);
	}
	for (size_t at = 0, end; at < size; at = end) {
		const bool comment = text[at] == '/' && at + 1 < size &&
				     (text[at + 1] == '/' || text[at + 1] == '*');

		if (comment) {
			end = jsonc_comment_end(text, size, at);
			if (end == 0) {
				*ret_place = jsonc_place_of(text, at);
				return -EBADMSG;
			}
			for (; at < end; at++)
				if (!is_continuation(text[at]))
					ret[out++] = text[at] == '\n' ? '\n' : ' ';
			continue;
		}
		end = text[at] == '"' ? jsonc_string_end(text, size, at) : at + 1;
		memcpy(ret + out, text + at, end - at);
		out += end - at;
	}
	*ret_size = out;
	return 0;
}

struct cursor {
	const char *text;
	size_t size, at;
};

/* The next character that is no white space, or NUL at the end. */
static char peek(struct cursor *cursor)
{
	while (cursor->at < cursor->size && is_among(cursor->text[cursor->at], " \t\r\n"))
		cursor->at++;
	return cursor->at < cursor->size ? cursor->text[cursor->at] : '\0';
}

static bool take(struct cursor *cursor, char wanted)
{
	if (peek(cursor) != wanted)
		return false;
	cursor->at++;
	return true;
}

static void skip_string(struct cursor *cursor)
{
	cursor->at = jsonc_string_end(cursor->text, cursor->size, cursor->at);
}

/* A number, true, false or null: up to what may follow a value. */
static void skip_word(struct cursor *cursor)
{
	do
		cursor->at++;
	while (cursor->at < cursor->size && !is_among(cursor->text[cursor->at], " \t\r\n,:]}"));
}

static void skip_value(struct cursor *cursor)
{
	unsigned depth = 0;

	do {
		switch (peek(cursor)) {
		case '\0':
			return;
		case '"':
			skip_string(cursor);
			break;
		case '{':
		case '[':
			depth++;
			cursor->at++;
			break;
		case '}':
		case ']':
			if (depth == 0)
				return;
			depth--;
			cursor->at++;
			break;
		case ',':
		case ':':
			cursor->at++;
			break;
		default:
			skip_word(cursor);
		}
	} while (depth > 0);
}

/* Go to the value of member @name; *@ret_at gets where the member begins. */
static bool enter_member(struct cursor *cursor, const char *name, size_t length, size_t *ret_at)
{
	if (!take(cursor, '{'))
		return false;
	while (peek(cursor) == '"') {
		const size_t begin = cursor->at;
		skip_string(cursor);
		const size_t end = cursor->at;

		if (!take(cursor, ':'))
			return false;
		if (end - begin == length + 2 &&
		    memcmp(cursor->text + begin + 1, name, length) == 0) {
			*ret_at = begin;
			return true;
		}
		skip_value(cursor);
		if (!take(cursor, ','))
			return false;
	}
	return false;
}

static bool enter_element(struct cursor *cursor, unsigned long index)
{
	if (!take(cursor, '['))
		return false;
	while (index-- > 0) {
		skip_value(cursor);
		if (!take(cursor, ','))
			return false;
	}
	return true;
}

bool jsonc_locate(const char *text, size_t size, const char *path, struct jsonc_place *ret)
{
	static const char name_characters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					      "0123456789_-*";
	struct cursor cursor = { text, size, 0 };

	(void)peek(&cursor);
	size_t at = cursor.at;
	while (*path != '\0') {
		if (*path == '[') {
			char *end;
			const unsigned long index = strtoul(path + 1, &end, 10);

			if (*end != ']' || !enter_element(&cursor, index))
				return false;
			(void)peek(&cursor);
			at = cursor.at;
			path = end + 1;
			continue;
		}
		path += *path == '.';
		const size_t length = strspn(path, name_characters);
		if (length == 0 || !enter_member(&cursor, path, length, &at))
			return false;
		path += length;
	}
	*ret = jsonc_place_of(text, at);
	return true;
}
