/* field - checked members of a JSON body that a person or a machine sent.
 * A text has no control or invisible characters, is UTF-8 and at most STORE_TEXT_SIZE - 1 bytes. */
#pragma once

#include "request.h"

/* The text called @name, 0 to @max bytes; "" if it is not there and not @needed (a needed one is
 * not empty).  *@ret is owned by @json.  Returns 0; -EACCES, and request->problem says why. */
int field_text(struct request *request, const json_t *json, const char *name, size_t max,
	       bool needed, const char **ret) __attribute__((warn_unused_result));

/* The same for a whole number from @min to @max; @otherwise if it is not there. */
int field_number(struct request *request, const json_t *json, const char *name,
		 const json_int_t range[static 2], json_int_t otherwise, json_int_t *ret)
	__attribute__((warn_unused_result));

/* The same for exactly @digits lower-case hexadecimal digits; "" if it is not there and not
 * @needed. */
int field_hex(struct request *request, const json_t *json, const char *name, size_t digits,
	      bool needed, const char **ret) __attribute__((warn_unused_result));

/* Any text that is a member, unchecked but for its length in bytes: the caller parses it. */
int field_raw(struct request *request, const json_t *json, const char *name, size_t max,
	      const char **ret, size_t *ret_size) __attribute__((warn_unused_result));
