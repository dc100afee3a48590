/* text - what people read: translation, and texts as they can be shown. */
#pragma once

#include <libintl.h>
#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#define _(text) gettext(text)

/* The text of member @name as it can be shown: made printable, "" if it is absent or no text.
 * Writes to @ret and returns it. */
const char *text_member(const json_t *object, const char *name, char *ret, size_t size);

/* The same for a text of any origin. */
const char *text_show(const char *text, char *ret, size_t size);

/* Of a "reason" object {"en":…,"zh-TW":…}, the one in the reader's language. */
const char *text_reason(const json_t *reason, char *ret, size_t size);

/* "2026-11-22T22:36:19.123456Z" in local time, "2026-11-23 06:36:19"; what it is not, as it is. */
const char *text_local_time(const char *utc, char *ret, size_t size);

/* How many columns of a terminal @text takes (CJK characters take two). */
size_t text_width(const char *text);
