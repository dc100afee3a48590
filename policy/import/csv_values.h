/* csv_values - what the cells of a list of devices say.  Between csv*.c.  Pure.
 *
 * Words are compared without case, blanks and punctuation, so that "Read Only", "read-only" and
 * "READ_ONLY" are one.  The words are those of our own documents, in English and Chinese; of
 * Endpoint Protector (its manual, "Device Control", rights and device types); and of ManageEngine
 * Device Control Plus (its help page "CSV Format", which numbers the device types). */
#pragma once

#include <stddef.h>

#include "policy/function.h"
#include "policy/verdict.h"

enum { CSV_WORD_SIZE = 64 };

/* How a right of another product relates to ours. */
enum csv_right {
	CSV_RIGHT_SAME,
	CSV_RIGHT_OWN_ENCRYPTION, /* the product's own, for which ours asks LUKS or BitLocker */
	CSV_RIGHT_INHERITED,	  /* what the product says of devices in general */
	CSV_RIGHT_UNKNOWN,	  /* not a word that is known here: deny */
};

/* @text for comparing: ASCII letters in lower case, digits, '+' and all that is not ASCII.  Empty
 * if it does not fit. */
void csv_word(const char *text, char ret[static CSV_WORD_SIZE]);

/* A vendor or product id: "0951", "951", "0x0951", "VID_0951", "PID_0951", of either case; one to
 * four hexadecimal digits.  Returns it, or -EINVAL. */
int csv_id(const char *text);

/* The verdict that a right is; deny unless it is known. */
enum csv_right csv_right(const char *text, enum verdict *ret);

/* The functions of a device type, by name or ManageEngine's number; 0 if it is not known or not one
 * that can be told here. */
function_set csv_type(const char *text);

/* Words with blanks, commas, semicolons or bars between: functions ("all" is ~0), modifiers.
 * Returns 0; -EINVAL for an unknown word or, of functions, none. */
int csv_functions(const char *text, function_set *ret);
int csv_modifiers(const char *text, modifier_set *ret);

/* A Windows device instance path of a USB device, "USB\VID_0951&PID_1666\001CC0EC".  *@ret_serial
 * borrows from @path; NULL if the third part was made up by Windows because the device has no
 * serial ('&' in it), or the path is of one interface of it.  Returns 0, or -EINVAL for another. */
int csv_path(const char *path, uint16_t *ret_vendor, uint16_t *ret_product,
	     const char **ret_serial);

/* Whether a spreadsheet has made a number of a serial and rounded it: "1.23E+15". */
bool csv_is_rounded(const char *text);
