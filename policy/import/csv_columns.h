/* csv_columns - the header line of a list of devices: which column says what.  Between csv*.c.
 * Pure.  Names are compared as csv_word() has them, in any order. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "csv_values.h"

enum csv_column {
	CSV_BUS,
	CSV_VENDOR,
	CSV_PRODUCT,
	CSV_SERIAL,
	CSV_TAG,
	CSV_NAME,
	CSV_CUSTODIAN,
	CSV_UNIT,
	CSV_VERDICT,
	CSV_MODIFIERS,
	CSV_FUNCTIONS,
	CSV_TYPE,	 /* kind of device, of which the functions follow */
	CSV_PATH,	 /* Windows device instance path */
	CSV_PARENT_PATH, /* of the device that it hangs on; for a disk, the USB device */
	_CSV_COLUMN_MAX,
};

enum { CSV_MAX_COLUMNS = 64 };

/* Whose list it is, as far as that decides what an absent right means. */
enum csv_source {
	CSV_PLAIN,		/* what is listed is allowed */
	CSV_MANAGEENGINE,	/* so are trusted devices; '*' and '?' are patterns in a serial */
	CSV_ENDPOINT_PROTECTOR, /* an inventory: what is listed has the general rights */
};

struct csv_columns {
	int at[_CSV_COLUMN_MAX]; /* -1: there is no such column */
	size_t n;		 /* columns in all */
	enum csv_source source;
};

/* All absent. */
void csv_columns_init(struct csv_columns *columns);

/* Take the name of the next column.  Returns 1 if it is one of ours; 0 if it says nothing here;
 * -EEXIST if another column before says the same of what a device is; -E2BIG above
 * CSV_MAX_COLUMNS. */
int csv_columns_add(struct csv_columns *columns, const char *name)
	__attribute__((warn_unused_result));

/* Whether a device can be told: vendor, product and serial, or a path. */
bool csv_columns_suffice(const struct csv_columns *columns);
