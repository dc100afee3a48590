/* table - rows of text in aligned columns, by what they take on a terminal.
 * A table without a header row serves for name and value pairs. */
#pragma once

#include <stddef.h>
#include <stdio.h>

enum { TABLE_MAX_COLUMNS = 8, TABLE_MAX_ROWS = 100000 };

struct table {
	size_t n_columns;
	size_t n_rows, capacity;
	char **cells; /* owned; n_rows * n_columns, owned */
};

void table_init(struct table *table, size_t n_columns);
void table_finish(struct table *table);

/* Add a row of n_columns texts, which are copied.  Returns 0; -ENOMEM; -E2BIG. */
int table_add(struct table *table, const char *const *cells) __attribute__((warn_unused_result));

/* Write all rows to @to, two spaces between columns, none at a line's end. */
void table_print(const struct table *table, FILE *to);
