#include "text.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Characters that show nothing, or show other characters in another order: general categories Cc,
 * Cf, Zl, Zp, fillers, variation selectors, and noncharacters (Unicode 15; TR36 section 3). */
static const struct {
	uint32_t first, last;
} hidden[] = {
	{ 0x0000, 0x001f },   { 0x007f, 0x009f },   { 0x00ad, 0x00ad },	  { 0x034f, 0x034f },
	{ 0x0600, 0x0605 },   { 0x061c, 0x061c },   { 0x06dd, 0x06dd },	  { 0x070f, 0x070f },
	{ 0x0890, 0x0891 },   { 0x08e2, 0x08e2 },   { 0x115f, 0x1160 },	  { 0x17b4, 0x17b5 },
	{ 0x180b, 0x180f },   { 0x200b, 0x200f },   { 0x2028, 0x202e },	  { 0x2060, 0x206f },
	{ 0x3164, 0x3164 },   { 0xfdd0, 0xfdef },   { 0xfe00, 0xfe0f },	  { 0xfeff, 0xfeff },
	{ 0xffa0, 0xffa0 },   { 0xfff0, 0xfffb },   { 0x110bd, 0x110bd }, { 0x110cd, 0x110cd },
	{ 0x13430, 0x1343f }, { 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a }, { 0xe0000, 0xe0fff },
};

static bool is_hidden(uint32_t c)
{
	if ((c & 0xfffe) == 0xfffe)
		return true;
	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]) && hidden[i].first <= c; i++)
		if (c <= hidden[i].last)
			return true;
	return false;
}

/* Decode the character at @s, of which @n > 0 bytes are left.  Returns its length in bytes, or 0 if
 * it is not UTF-8 (RFC 3629: no overlong form, no surrogate, nothing above U+10FFFF). */
static size_t decode(const uint8_t *s, size_t n, uint32_t *ret)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };

	if (s[0] < 0x80) {
		*ret = s[0];
		return 1;
	}
	const size_t length = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
	if (s[0] < 0xc2 || s[0] > 0xf4 || length > n)
		return 0;

	uint32_t c = s[0] & (0x7fU >> length);
	for (size_t i = 1; i < length; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3fU);
	}
	if (c < least[length] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*ret = c;
	return length;
}

enum { ESCAPE_SIZE = sizeof("\\u{10FFFF}") };

static size_t escape_byte(uint8_t byte, char ret[static ESCAPE_SIZE])
{
	return (size_t)snprintf(ret, ESCAPE_SIZE, "\\x%02X", byte);
}

static size_t escape_character(uint32_t c, char ret[static ESCAPE_SIZE])
{
	return (size_t)snprintf(ret, ESCAPE_SIZE, "\\u{%04X}", c);
}

bool text_sanitise(const char *text, size_t size, char *ret, size_t ret_size)
{
	static const char ellipsis[] = "…";
	const uint8_t *s = (const uint8_t *)text;
	size_t out = 0, cut_at = 0; /* where the ellipsis would still fit */
	bool changed = false;

	assert(ret_size > 0);
	for (size_t in = 0; in < size;) {
		char escape[ESCAPE_SIZE];
		const char *piece = text + in;
		uint32_t c = 0;
		size_t taken = decode(s + in, size - in, &c);
		size_t length = taken;

		if (taken == 0 || c == '\\' || is_hidden(c)) {
			length = taken > 1 ? escape_character(c, escape)
					   : escape_byte(s[in], escape);
			piece = escape;
			taken = taken == 0 ? 1 : taken;
			changed = true;
		}
		if (ret_size - out >= sizeof(ellipsis))
			cut_at = out;
		if (length >= ret_size - out) {
			const bool fits = ret_size - cut_at >= sizeof(ellipsis);
			memcpy(ret + cut_at, fits ? ellipsis : "", fits ? sizeof(ellipsis) : 1);
			return true;
		}
		memcpy(ret + out, piece, length);
		out += length;
		in += taken;
	}
	ret[out] = '\0';
	return changed;
}

bool text_is_clean(const char *text, size_t size)
{
	const uint8_t *s = (const uint8_t *)text;

	for (size_t in = 0, taken; in < size; in += taken) {
		uint32_t c = 0;
		taken = decode(s + in, size - in, &c);
		if (taken == 0 || is_hidden(c))
			return false;
	}
	return true;
}

size_t text_character(const char *text, size_t size)
{
	uint32_t c;

	return decode((const uint8_t *)text, size, &c);
}

int text_copy(const char *text, char *ret, size_t ret_size)
{
	const size_t size = strlen(text);

	if (size >= ret_size)
		return -E2BIG;
	if (!text_is_clean(text, size))
		return -EINVAL;
	memcpy(ret, text, size + 1);
	return 0;
}

void text_hex(const uint8_t *bytes, size_t n, char *ret)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		ret[2 * i] = digits[bytes[i] >> 4];
		ret[2 * i + 1] = digits[bytes[i] & 15];
	}
	ret[2 * n] = '\0';
}

int text_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int text_unhex(const char *hex, uint8_t *ret, size_t n)
{
	if (strnlen(hex, 2 * n + 1) != 2 * n)
		return -EINVAL;
	for (size_t i = 0; i < 2 * n; i++)
		if (text_hex_digit(hex[i]) < 0)
			return -EINVAL;
	for (size_t i = 0; i < n; i++)
		ret[i] =
			(uint8_t)(text_hex_digit(hex[2 * i]) * 16 + text_hex_digit(hex[2 * i + 1]));
	return 0;
}
