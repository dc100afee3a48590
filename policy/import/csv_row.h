/* csv_row - one line of a list of devices, understood.  Between csv*.c.  Pure. */
#pragma once

#include "csv_columns.h"
#include "import.h"

enum csv_row_kind {
	CSV_ROW_MEDIUM,	 /* one device, for the register */
	CSV_ROW_PATTERN, /* its serial is a pattern: a rule */
	CSV_ROW_MODEL,	 /* no serial: a rule for every device with its ids */
	CSV_ROW_VENDOR,	 /* no product either: a rule for every device of the vendor */
};

struct csv_row {
	enum csv_row_kind kind;
	struct import_medium medium; /* owns its texts; the serial is "" but in the first two */
	const char *file;	     /* borrowed */
	int line;
	size_t order; /* in which it was read */
};

/* Where notes and errors go; all borrowed. */
struct csv_context {
	struct import *import;
	const struct import_options *options;
	struct rules_error *error;
	const char *file;
	int line; /* on which the row begins */
};

/* Fill the context's error.  Always -EBADMSG. */
__attribute__((format(printf, 2, 3))) int csv_fail(const struct csv_context *context,
						   const char *format, ...);

/* Add a note of @effect on the context's line.  As import_add_note(). */
#define csv_note(context, effect, ...)                                                             \
	import_add_note((context)->import, (context)->options, effect, (context)->file,            \
			(context)->line, NULL, (context)->error, __VA_ARGS__)

/* Read @cells, columns->n of them (NUL-terminated, clean), into *@ret, freed with csv_row_finish().
 * Returns 1; 0 if the line leaves no entry (a note says why); -EBADMSG with the error filled;
 * -ENOMEM.  *@ret is untouched but after 1. */
int csv_row_read(const struct csv_context *context, const struct csv_columns *columns,
		 char *const *cells, struct csv_row *ret) __attribute__((warn_unused_result));

void csv_row_finish(struct csv_row *row);

/* By kind, vendor, product, serial; of equals the first read is first.  For qsort(). */
int csv_row_compare(const void *a, const void *b);

/* Whether @a and @b speak of the same devices. */
bool csv_row_same(const struct csv_row *a, const struct csv_row *b);

/* Give @import the rules document that @rows of the last three kinds are; sorts them.  Returns 0;
 * -EBADMSG, -E2BIG if they are too many for a document, with the error filled; -ENOMEM. */
int csv_rules_make(const struct csv_context *context, struct csv_row *rows, size_t n)
	__attribute__((warn_unused_result));
