/* text - make a hostile string fit to be shown and put in JSON.  Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Copy @text (@size bytes, any bytes) to @ret as printable UTF-8: bytes that are not UTF-8, control
 * characters, bidirectional and zero-width characters (Unicode TR36) and backslashes become
 * \xHH or \u{HHHH}.  Cuts at a whole character when @ret_size would be passed and ends with "…".
 * Always NUL-terminates.  Returns true if anything was changed. */
bool text_sanitise(const char *text, size_t size, char *ret, size_t ret_size);

/* True if @text is UTF-8 without such characters; backslashes are clean. */
bool text_is_clean(const char *text, size_t size);

/* Bytes of the UTF-8 character that @text, of @size > 0 bytes, begins with; 0 if it begins with
 * none. */
size_t text_character(const char *text, size_t size);

/* Copy @text whole.  Returns 0; -E2BIG if it does not fit in @ret_size with its NUL; -EINVAL if it
 * is not clean.  *@ret is untouched on failure. */
int text_copy(const char *text, char *ret, size_t ret_size) __attribute__((warn_unused_result));

/* Lower-case hexadecimal of @n bytes, NUL-terminated: @ret holds 2n + 1. */
void text_hex(const uint8_t *bytes, size_t n, char *ret);
/* The value of a hexadecimal digit of either case, or -1. */
int text_hex_digit(char c);

/* The reverse of text_hex(); exactly @n bytes from exactly 2n digits of either case.  0, or -EINVAL
 * with *@ret untouched. */
int text_unhex(const char *hex, uint8_t *ret, size_t n) __attribute__((warn_unused_result));

/* Bytes from base64 with its padding (RFC 4648 section 4) and nothing else beside.  Returns 0 with
 * *@ret_size; -EINVAL, also for more than @room, with *@ret_size untouched; @ret is then undefined.
 */
int text_unbase64(const char *text, uint8_t *ret, size_t room, size_t *ret_size)
	__attribute__((warn_unused_result));

/* RFC 3339 UTC, whole seconds, "2026-11-22T08:00:00Z".  Times outside of the years 1970 to 9999 are
 * shown as the nearest end of them. */
void text_time(int64_t seconds, char ret[static 21]);
/* The reverse, that form and those years only; no leap second.  0 or -EINVAL. */
int text_time_parse(const char *text, int64_t *ret) __attribute__((warn_unused_result));
