#include "usage_table.h"

#include <string.h>

#include "duration.h"
#include "message.h"
#include "policy/text.h"

struct column {
	const char *member, *head;
	enum { TEXT, NUMBER, SECONDS, BYTES } kind;
};

static const struct column columns[] = {
	{ "day", N_("DAY"), TEXT },
	{ "hostname", N_("HOST"), TEXT },
	{ "unit", N_("UNIT"), TEXT },
	{ "person", N_("PERSON"), TEXT },
	{ "device", N_("DEVICE"), TEXT },
	{ "name", N_("NAME"), TEXT },
	{ "tag", N_("TAG"), TEXT },
	{ "arrivals", N_("ARRIVALS"), NUMBER },
	{ "allowed", N_("ALLOWED"), NUMBER },
	{ "read_only", N_("READ-ONLY"), NUMBER },
	{ "denied", N_("DENIED"), NUMBER },
	{ "violations", N_("VIOLATIONS"), NUMBER },
	{ "duration_s", N_("IN USE"), SECONDS },
	{ "bytes_read", N_("READ"), BYTES },
	{ "bytes_written", N_("WRITTEN"), BYTES },
};

enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };

static void add_cell(struct table *table, const struct column *column, const json_t *row)
{
	const json_t *value = json_object_get(row, column->member);
	json_int_t n = json_integer_value(value);
	char text[DURATION_TEXT_SIZE];

	if (column->kind == TEXT || !json_is_integer(value) || n < 0) {
		table_add(table, json_string_value(value));
		return;
	}
	if (column->kind == SECONDS)
		duration_to_text((uint64_t)n, text);
	else if (column->kind == BYTES)
		bytes_to_text((uint64_t)n, text);
	else {
		table_addf(table, "%lld", (long long)n);
		return;
	}
	table_add(table, text);
}

struct table *usage_table(const json_t *report)
{
	const json_t *totals = json_object_get(report, "totals"), *row;
	struct table *table = table_new(COLUMNS);
	size_t i;

	if (!table)
		return NULL;
	for (size_t c = 0; c < COLUMNS; c++) {
		table_add(table, _(columns[c].head));
		if (columns[c].kind != TEXT)
			table_align_right(table, c);
	}
	json_array_foreach (json_object_get(report, "rows"), i, row) {
		for (size_t c = 0; c < COLUMNS; c++)
			add_cell(table, &columns[c], row);
	}
	for (size_t c = 0; c < COLUMNS; c++) {
		if (c == 0)
			table_add(table, _("Total"));
		else
			add_cell(table, &columns[c], totals);
	}
	return table;
}

bool usage_csv_is_clean(const char *text, size_t size)
{
	static const char mark[] = "\xef\xbb\xbf";
	const char *end = text + size;

	if (size >= 3 && memcmp(text, mark, 3) == 0)
		text += 3;
	while (text < end) {
		const char *line_end = memchr(text, '\n', (size_t)(end - text));
		size_t length = (size_t)((line_end ? line_end : end) - text);

		if (!text_is_clean(text, length - (length > 0 && text[length - 1] == '\r')))
			return false;
		text += length + (line_end != NULL);
	}
	return true;
}
