/* message - what devgatectl says to people: translated texts, and errors on standard error. */
#pragma once

#include <libintl.h>
#include <stddef.h>

#define _(text)	 gettext(text)
#define N_(text) text /* for tables; translated where it is printed */

/* Exit status of the program and of each command. */
enum { STATUS_OK = 0, STATUS_FAILURE = 1, STATUS_USAGE = 2 };

/* Print "devgatectl: " and one sentence to standard error: what failed, on what, what to do.  It is
 * cleaned as by message_clean(), since it may quote a collector, a device or a file. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Copy @text to @ret fit for a terminal: control, bidirectional and zero-width characters and bad
 * UTF-8 escaped as by text_sanitise(), but backslashes left alone, since texts of devices reach us
 * escaped already.  NULL is "".  Cuts to @ret_size. */
void message_clean(const char *text, char *ret, size_t ret_size);
