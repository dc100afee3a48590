#include "table.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"

struct table {
	size_t columns, n, capacity;
	bool right[TABLE_MAX_COLUMNS];
	bool failed;
	char **cells; /* n of them, owned, row by row */
};

struct range {
	uint32_t first, last;
};

/* EastAsianWidth.txt, W and F, in the blocks that names and texts are written in. */
static const struct range wide[] = {
	{ 0x1100, 0x115f },   { 0x2e80, 0x303e },   { 0x3041, 0x33ff },	  { 0x3400, 0x4dbf },
	{ 0x4e00, 0x9fff },   { 0xa000, 0xa4cf },   { 0xa960, 0xa97c },	  { 0xac00, 0xd7a3 },
	{ 0xf900, 0xfaff },   { 0xfe10, 0xfe19 },   { 0xfe30, 0xfe6f },	  { 0xff01, 0xff60 },
	{ 0xffe0, 0xffe6 },   { 0x16fe0, 0x18cff }, { 0x1b000, 0x1b2ff }, { 0x1f300, 0x1f64f },
	{ 0x1f680, 0x1f6ff }, { 0x1f900, 0x1f9ff }, { 0x20000, 0x3fffd },
};

static const struct range zero[] = {
	{ 0x0300, 0x036f }, { 0x1ab0, 0x1aff }, { 0x1dc0, 0x1dff }, { 0x200b, 0x200f },
	{ 0x20d0, 0x20ff }, { 0xfe00, 0xfe0f }, { 0xfe20, 0xfe2f },
};

static bool in_ranges(const struct range *ranges, size_t n, uint32_t c)
{
	for (size_t i = 0; i < n; i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	return false;
}

/* The character at *@p, which moves past it; a byte that is not UTF-8 counts as one character. */
static uint32_t next_character(const unsigned char **p)
{
	const unsigned char *s = *p;
	size_t more = s[0] >= 0xf0 ? 3 : s[0] >= 0xe0 ? 2 : s[0] >= 0xc0 ? 1 : 0;
	uint32_t c = more ? s[0] & (0x3fu >> more) : s[0];

	for (size_t i = 1; i <= more; i++) {
		if ((s[i] & 0xc0) != 0x80) {
			*p = s + 1;
			return s[0];
		}
		c = c << 6 | (s[i] & 0x3f);
	}
	*p = s + 1 + more;
	return c;
}

size_t table_text_width(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t width = 0;

	while (*p) {
		uint32_t c = next_character(&p);

		if (in_ranges(wide, sizeof(wide) / sizeof(wide[0]), c))
			width += 2;
		else if (!in_ranges(zero, sizeof(zero) / sizeof(zero[0]), c))
			width++;
	}
	return width;
}

struct table *table_new(size_t n)
{
	struct table *table;

	assert(n > 0 && n <= TABLE_MAX_COLUMNS);
	table = calloc(1, sizeof(*table));
	if (table)
		table->columns = n;
	return table;
}

struct table *table_new_with_head(const char *const *head, size_t n)
{
	struct table *table = table_new(n);

	if (!table)
		complain(_("out of memory"));
	for (size_t i = 0; table && i < n; i++)
		table_add(table, _(head[i]));
	return table;
}

void table_free(struct table *table)
{
	if (!table)
		return;
	for (size_t i = 0; i < table->n; i++)
		free(table->cells[i]);
	free(table->cells);
	free(table);
}

void table_align_right(struct table *table, size_t column)
{
	assert(column < table->columns);
	table->right[column] = true;
}

static bool reserve(struct table *table)
{
	size_t capacity = table->capacity ? table->capacity * 2 : 64;
	char **cells;

	if (table->n < table->capacity)
		return true;
	cells = reallocarray(table->cells, capacity, sizeof(*cells));
	if (!cells)
		return false;
	table->cells = cells;
	table->capacity = capacity;
	return true;
}

void table_add(struct table *table, const char *text)
{
	char clean[TABLE_CELL_MAX];
	char *copy;

	message_clean(text && *text ? text : "-", clean, sizeof(clean));
	copy = strdup(clean);
	if (!copy || !reserve(table)) {
		free(copy);
		table->failed = true;
		return;
	}
	table->cells[table->n++] = copy;
}

void table_addf(struct table *table, const char *format, ...)
{
	char text[TABLE_CELL_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	table_add(table, text);
}

void table_add_member(struct table *table, const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	if (json_is_integer(value))
		table_addf(table, "%lld", (long long)json_integer_value(value));
	else
		table_add(table, json_string_value(value));
}

static void print_row(const struct table *table, char *const *cells, const size_t *widths,
		      FILE *stream)
{
	for (size_t i = 0; i < table->columns; i++) {
		int pad = (int)(widths[i] - table_text_width(cells[i]));
		bool last = i + 1 == table->columns;

		if (table->right[i])
			fprintf(stream, "%*s%s", pad, "", cells[i]);
		else
			fprintf(stream, "%s%*s", cells[i], last ? 0 : pad, "");
		fputs(last ? "\n" : "  ", stream);
	}
}

int table_print(const struct table *table, FILE *stream)
{
	size_t widths[TABLE_MAX_COLUMNS] = { 0 };

	if (table->failed)
		return -ENOMEM;
	for (size_t i = 0; i < table->n; i++) {
		size_t width = table_text_width(table->cells[i]);

		if (width > widths[i % table->columns])
			widths[i % table->columns] = width;
	}
	for (size_t i = 0; i + table->columns <= table->n; i += table->columns)
		print_row(table, table->cells + i, widths, stream);
	return ferror(stream) ? -EIO : 0;
}

int table_show(struct table *table)
{
	int r = table_print(table, stdout);

	if (r < 0) {
		errno = -r;
		complain(_("cannot write to standard output: %m"));
	}
	table_free(table);
	return r < 0 ? STATUS_FAILURE : STATUS_OK;
}
