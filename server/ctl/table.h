/* table - rows of text in aligned columns, by the width that a terminal gives to each character. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { TABLE_MAX_COLUMNS = 16, TABLE_CELL_MAX = 512 };

struct table;

/* A table of @n columns, 1 to TABLE_MAX_COLUMNS.  Gives it, freed with table_free; NULL when out of
 * memory. */
struct table *table_new(size_t n);
/* The same, with @head, N_() texts, translated as its first row; tells it when out of memory. */
struct table *table_new_with_head(const char *const *head, size_t n);
void table_free(struct table *table);

/* Put @column at the right margin (numbers). */
void table_align_right(struct table *table, size_t column);

/* Add the next cell, copied and cleaned for the terminal (message_clean), cut at TABLE_CELL_MAX;
 * NULL or "" shows as "-".  The first row is the head.  Failure is kept until table_print. */
void table_add(struct table *table, const char *text);
void table_addf(struct table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Add the text or whole number that is member @name of @object; anything else shows as "-". */
void table_add_member(struct table *table, const json_t *object, const char *name);

/* Print the whole rows.  Returns 0; -ENOMEM if a cell was lost; -EIO. */
int table_print(const struct table *table, FILE *stream) __attribute__((warn_unused_result));

/* Print it to standard output, tell a failure, and free it.  Returns a STATUS_. */
int table_show(struct table *table) __attribute__((warn_unused_result));

/* Columns of a terminal that UTF-8 @text takes: 2 for East Asian wide and full-width characters
 * (Unicode TR11), 0 for combining ones.  The same in every locale. */
size_t table_text_width(const char *text);
