/* media - the register of media that officers have entered: who has which stick.
 * Entries are withdrawn, never deleted: a tag is used once.  What workstations enforce is the
 * signed table an officer makes of this register, not the register itself. */
#pragma once

#include <stdint.h>

#include "policy/function.h"
#include "policy/registered.h"
#include "policy/verdict.h"
#include "store.h"

enum { MEDIUM_SERIAL_SIZE = DEVICE_TEXT_SIZE };

struct medium {
	char tag[REGISTERED_TAG_SIZE];
	enum bus bus;
	char vendor[5], product[5]; /* four lower-case hexadecimal digits */
	char serial[MEDIUM_SERIAL_SIZE];
	char name[STORE_TEXT_SIZE]; /* what people call it; "" for none */
	enum verdict verdict;
	modifier_set modifiers;
	char custodian[STORE_TEXT_SIZE], unit[STORE_TEXT_SIZE];
	function_set functions;
	char digest[65]; /* of the raw descriptors, hexadecimal; "" for any */
	int64_t registered;
	char registered_by[STORE_TEXT_SIZE];
	int64_t withdrawn; /* 0: in force */
};

/* Returns 0; -EEXIST if the tag was ever used, or the device has an entry in force. */
int media_add(struct store *store, const struct medium *medium) __attribute__((warn_unused_result));

/* Returns 0; -ENOENT for a tag that is not in force. */
int media_withdraw(struct store *store, const char *tag, const char *by, const char *reason,
		   int64_t now) __attribute__((warn_unused_result));

/* Call @on_medium for each, by tag; a negative return ends it and is returned. */
int media_each(struct store *store, int (*on_medium)(void *context, const struct medium *medium),
	       void *context) __attribute__((warn_unused_result));
