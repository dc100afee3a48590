#include "usbguard_reader.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "policy/suggest.h"
#include "policy/text.h"

enum { WORD_SIZE = 64, LIST_SIZE = 160 };

int usbguard_fail(struct usbguard_reader *reader, const char *where, const char *format, ...)
{
	struct rules_error *error = reader->error;
	va_list arguments;

	*error = (struct rules_error){ .line = reader->line,
				       .column = (int)(where - reader->begin) + 1 };
	text_sanitise(reader->file, strlen(reader->file), error->path, sizeof(error->path));
	va_start(arguments, format);
	vsnprintf(error->message, sizeof(error->message), format, arguments);
	va_end(arguments);
	return -EBADMSG;
}

int usbguard_fail_word(struct usbguard_reader *reader, const char *where, size_t size,
		       const struct usbguard_words *words)
{
	char word[WORD_SIZE], list[LIST_SIZE];
	size_t used = 0;

	if (size == 0 || size >= sizeof(word))
		size = 0;
	memcpy(word, where, size);
	word[size] = '\0';
	const char *meant = suggest(word, words->words, words->n);
	if (meant != NULL)
		return usbguard_fail(reader, where, "\"%s\" is not %s; did you mean \"%s\"?", word,
				     words->what, meant);
	for (size_t i = 0; i < words->n; i++)
		used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s",
					 i == 0 ? "" : ", ", words->words[i]);
	return usbguard_fail(reader, where, "Wanted here is %s: %s.", words->what, list);
}

size_t usbguard_blanks(struct usbguard_reader *reader)
{
	const char *from = reader->at;

	while (reader->at < reader->end && (*reader->at == ' ' || *reader->at == '\t'))
		reader->at++;
	return (size_t)(reader->at - from);
}

bool usbguard_take(struct usbguard_reader *reader, char c)
{
	if (reader->at == reader->end || *reader->at != c)
		return false;
	reader->at++;
	return true;
}

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-';
}

size_t usbguard_word_size(const struct usbguard_reader *reader)
{
	const char *at = reader->at;

	while (at < reader->end && is_word(*at))
		at++;
	return (size_t)(at - reader->at);
}

int usbguard_word(const struct usbguard_words *words, const char *text, size_t size)
{
	for (size_t i = 0; i < words->n; i++)
		if (strlen(words->words[i]) == size && memcmp(words->words[i], text, size) == 0)
			return (int)i;
	return -1;
}

int usbguard_hex(struct usbguard_reader *reader, int digits)
{
	int value = 0;

	if (reader->end - reader->at < digits)
		return -1;
	for (int i = 0; i < digits; i++) {
		int next = text_hex_digit(reader->at[i]);

		if (next < 0)
			return -1;
		value = value << 4 | next;
	}
	reader->at += digits;
	return value;
}

void *usbguard_grow(struct usbguard_reader *reader, void *items, size_t n, size_t size)
{
	if ((n & (n - 1)) != 0)
		return items;
	void *grown = arena_take(reader->arena, (n == 0 ? 1 : 2 * n) * size);
	if (grown != NULL && n > 0)
		memcpy(grown, items, n * size);
	return grown;
}
