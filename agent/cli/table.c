#include "table.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

enum { GUTTER = 2 };

void table_init(struct table *table, size_t n_columns)
{
	assert(n_columns >= 1 && n_columns <= TABLE_MAX_COLUMNS);
	*table = (struct table){ .n_columns = n_columns };
}

void table_finish(struct table *table)
{
	for (size_t i = 0; i < table->n_rows * table->n_columns; i++)
		free(table->cells[i]);
	free(table->cells);
	*table = (struct table){ 0 };
}

static int grow(struct table *table)
{
	size_t capacity = table->capacity == 0 ? 16 : table->capacity * 2;
	char **cells = reallocarray(table->cells, capacity * table->n_columns, sizeof(*cells));
	if (cells == NULL)
		return -ENOMEM;
	table->cells = cells;
	table->capacity = capacity;
	return 0;
}

int table_add(struct table *table, const char *const *cells)
{
	char **row;

	if (table->n_rows == TABLE_MAX_ROWS)
		return -E2BIG;
	if (table->n_rows == table->capacity) {
		int r = grow(table);

		if (r < 0)
			return r;
	}
	row = table->cells + table->n_rows * table->n_columns;
	for (size_t i = 0; i < table->n_columns; i++) {
		row[i] = strdup(cells[i]);
		if (row[i] == NULL) {
			while (i > 0)
				free(row[--i]);
			return -ENOMEM;
		}
	}
	table->n_rows++;
	return 0;
}

static void print_row(char *const *row, size_t n, const size_t *widths, FILE *to)
{
	while (n > 0 && *row[n - 1] == '\0')
		n--;
	for (size_t i = 0; i < n; i++) {
		size_t pad = i + 1 < n ? widths[i] - text_width(row[i]) + GUTTER : 0;

		fprintf(to, "%s%*s", row[i], (int)pad, "");
	}
	fputc('\n', to);
}

void table_print(const struct table *table, FILE *to)
{
	size_t widths[TABLE_MAX_COLUMNS] = { 0 };

	for (size_t i = 0; i < table->n_rows * table->n_columns; i++) {
		size_t width = text_width(table->cells[i]);

		if (width > widths[i % table->n_columns])
			widths[i % table->n_columns] = width;
	}
	for (size_t i = 0; i < table->n_rows; i++)
		print_row(table->cells + i * table->n_columns, table->n_columns, widths, to);
}
