#include "usbguard_value.h"

#include <errno.h>
/* Where the text that begins at the reader's place ends: at its second '"', or NULL. */
static const char *closing_quote(const struct usbguard_reader *reader)
{
	for (const char *at = reader->at; at < reader->end; at++) {
		if (*at == '"')
			return at;
		if (*at == '\\' && ++at == reader->end)
			return NULL;
	}
	return NULL;
}

/* The byte that the escape at the reader's place stands for, gone over; or -EBADMSG. */
static int read_escape(struct usbguard_reader *reader)
{
	const char *const from = reader->at++; /* the '\' */
	const char kind = *reader->at++;

	if (kind == '"' || kind == '\\')
		return kind;
	const int byte = kind == 'x' ? usbguard_hex(reader, 2) : -1;
	if (byte < 0)
		return usbguard_fail(reader, from,
				     "USBGuard knows the escapes \\\", \\\\ and \\xHH only.");
	return byte;
}

int usbguard_value_text(struct usbguard_reader *reader, struct usbguard_value *ret)
{
	const char *const from = reader->at;

	if (!usbguard_take(reader, '"'))
		return usbguard_fail(reader, from, "A text in quotes \"...\" is wanted here.");
	const char *const closing = closing_quote(reader);
	if (closing == NULL)
		return usbguard_fail(reader, from, "The text that begins here does not end.");
	char *text = arena_take(reader->arena, (size_t)(closing - reader->at) + 1);
	if (text == NULL)
		return -ENOMEM;
	size_t size = 0;
	while (reader->at < closing) {
		const int byte = *reader->at == '\\' ? read_escape(reader) : (uint8_t)*reader->at++;

		if (byte == -EBADMSG)
			return byte;
		text[size++] = (char)byte;
	}
	text[size] = '\0';
	ret->text = text;
	ret->size = size;
	reader->at++;
	return 0;
}

/* @digits hexadecimal digits, or '*', which is -1.  Returns false if it is neither. */
static bool read_number(struct usbguard_reader *reader, int digits, int32_t *ret)
{
	if (usbguard_take(reader, '*')) {
		*ret = -1;
		return true;
	}
	*ret = usbguard_hex(reader, digits);
	return *ret >= 0;
}

int usbguard_value_id(struct usbguard_reader *reader, struct usbguard_value *ret)
{
	const char *const from = reader->at;

	if (!read_number(reader, 4, &ret->numbers[0]) || !usbguard_take(reader, ':') ||
	    !read_number(reader, 4, &ret->numbers[1]))
		return usbguard_fail(reader, from,
				     "A device id is wanted here, like 1234:abcd, 1234:* or *:*.");
	if (ret->numbers[0] < 0 && ret->numbers[1] >= 0)
		return usbguard_fail(reader, from,
				     "A product id says nothing without its vendor's.");
	for (const char *at = from; at < reader->at; at++)
		ret->upper_case |= *at >= 'A' && *at <= 'F';
	return 0;
}

int usbguard_value_interface(struct usbguard_reader *reader, struct usbguard_value *ret)
{
	const char *const from = reader->at;

	ret->numbers[0] = usbguard_hex(reader, 2);
	if (ret->numbers[0] < 0 || !usbguard_take(reader, ':') ||
	    !read_number(reader, 2, &ret->numbers[1]) || !usbguard_take(reader, ':') ||
	    !read_number(reader, 2, &ret->numbers[2]))
		return usbguard_fail(
			reader, from,
			"An interface is wanted here, like 08:06:50, 08:06:* or 08:*:*.");
	if (ret->numbers[1] < 0 && ret->numbers[2] >= 0)
		return usbguard_fail(reader, from,
				     "A protocol cannot be asked for behind any subclass.");
	return 0;
}
