/* A list of devices: a header line that says what is in which column, then one device a line.
 *
 * The lines are fed to libcsv one by one, so that errors and notes have their numbers; a quoted
 * cell may go over several.  Lines that name one device become media for the register; those that
 * name more, rules.  What two lines say of the same device, the stricter of both is taken. */
#include <csv.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "csv_row.h"
#include "policy/registered.h"
#include "policy/text.h"

enum { CELL_MAX = 4096, NAMES_SIZE = 160 };

/* One import: the rows read so far, and where it is. */
struct list {
	struct csv_context context;
	struct csv_columns columns;
	bool has_header;
	char *cells[CSV_MAX_COLUMNS]; /* of the line being read; owned */
	size_t n_cells;		      /* also those beyond that there is no room for */
	bool ended;		      /* the last line fed ended a row */
	int status;		      /* 0, or what ends the import */
	struct csv_row *rows;	      /* owned */
	size_t n, room;
};

static void forget_cells(struct list *list)
{
	for (size_t i = 0; i < list->n_cells && i < CSV_MAX_COLUMNS; i++)
		free(list->cells[i]);
	list->n_cells = 0;
}

/* libcsv has a cell, of @size bytes. */
static void on_cell(void *cell, size_t size, void *data)
{
	struct list *list = data;

	if (list->status < 0 || list->n_cells++ >= CSV_MAX_COLUMNS)
		return;

	char **copy = &list->cells[list->n_cells - 1];

	*copy = NULL;
	if (size > CELL_MAX) {
		list->status = csv_fail(&list->context, "A cell has more than %d bytes.", CELL_MAX);
		return;
	}
	*copy = malloc(size + 1);
	if (*copy == NULL) {
		list->status = -ENOMEM;
		return;
	}
	memcpy(*copy, cell, size);
	(*copy)[size] = '\0';
	if (memchr(cell, '\0', size) != NULL)
		list->status = csv_fail(&list->context,
					"There is a NUL byte; UTF-16 must be converted to UTF-8.");
}

/* What is wanted, and what was found instead. */
static int fail_header(const struct list *list)
{
	char found[NAMES_SIZE] = "";
	size_t n = 0;

	for (size_t i = 0; i < list->n_cells && i < CSV_MAX_COLUMNS; i++) {
		if (n + strlen(list->cells[i]) + sizeof(", ") > sizeof(found))
			break;
		n += (size_t)snprintf(found + n, sizeof(found) - n, "%s%s", n > 0 ? ", " : "",
				      list->cells[i]);
	}
	return csv_fail(&list->context,
			"The columns must be vendor, product and serial (or a device instance "
			"path); found: %s.",
			found);
}

static int read_header(struct list *list)
{
	int r;

	csv_columns_init(&list->columns);
	for (size_t i = 0; i < list->n_cells; i++) {
		r = csv_columns_add(&list->columns, i < CSV_MAX_COLUMNS ? list->cells[i] : "");
		if (r == -E2BIG)
			return csv_fail(&list->context, "There are more than %d columns.",
					CSV_MAX_COLUMNS);
		if (r == -EEXIST)
			return csv_fail(&list->context,
					"The column \"%s\" says what another one says already.",
					list->cells[i]);
		if (r == 0 && list->cells[i][0] != '\0')
			r = csv_note(&list->context, IMPORT_LEFT_OUT,
				     "The column \"%s\" is left out.", list->cells[i]);
		if (r < 0)
			return r;
	}
	if (!csv_columns_suffice(&list->columns))
		return fail_header(list);
	list->has_header = true;
	if (list->columns.at[CSV_VERDICT] < 0 && list->columns.source != CSV_ENDPOINT_PROTECTOR)
		return csv_note(&list->context, IMPORT_NOTE,
				"There is no column of verdicts: what is listed is allowed.");
	return 0;
}

static int check_cells(const struct list *list)
{
	if (list->n_cells != list->columns.n)
		return csv_fail(&list->context,
				"The line has %zu cells, and the header line %zu columns.",
				list->n_cells, list->columns.n);
	for (int c = 0; c < _CSV_COLUMN_MAX; c++) {
		const int at = list->columns.at[c];

		if (at >= 0 && !text_is_clean(list->cells[at], strlen(list->cells[at])))
			return csv_fail(&list->context,
					"\"%s\" is not UTF-8, or has characters that do not show.",
					list->cells[at]);
	}
	return 0;
}

/* Room for one more row. */
static int make_room(struct list *list)
{
	if (list->n < list->room)
		return 0;
	if (list->n == REGISTERED_MAX_ENTRIES) {
		(void)csv_fail(&list->context, "There are more than %d devices.",
			       REGISTERED_MAX_ENTRIES);
		return -E2BIG;
	}

	const size_t room = list->room == 0 ? 64 : 2 * list->room;
	struct csv_row *rows = reallocarray(list->rows, room, sizeof(*rows));

	if (rows == NULL)
		return -ENOMEM;
	list->rows = rows;
	list->room = room;
	return 0;
}

static int read_device(struct list *list)
{
	int r = check_cells(list);

	if (r == 0)
		r = make_room(list);
	if (r == 0)
		r = csv_row_read(&list->context, &list->columns, list->cells, &list->rows[list->n]);
	if (r <= 0)
		return r;

	struct csv_row *row = &list->rows[list->n];

	row->order = list->n++;
	if (row->kind == CSV_ROW_MEDIUM)
		return 0;
	return csv_note(
		&list->context, IMPORT_NOTE,
		row->kind == CSV_ROW_PATTERN
			? "The serial is a pattern: the line became a rule."
			: "There is no serial: the line became a rule for every such device.");
}

static bool all_empty(const struct list *list)
{
	for (size_t i = 0; i < list->n_cells && i < CSV_MAX_COLUMNS; i++)
		if (list->cells[i][0] != '\0')
			return false;
	return true;
}

/* libcsv has the end of a row; not of an empty line. */
static void on_row(int end, void *data)
{
	struct list *list = data;

	(void)end;
	list->ended = true;
	/* A spreadsheet writes lines of nothing but commas below the last one. */
	if (list->status == 0 && !all_empty(list))
		list->status = list->has_header ? read_device(list) : read_header(list);
	forget_cells(list);
}

/* Bytes of the line at @text with its end: CR, LF or both. */
static size_t line_size(const char *text, size_t size)
{
	size_t n = 0;

	while (n < size && text[n] != '\n' && text[n] != '\r')
		n++;
	if (n + 1 < size && text[n] == '\r' && text[n + 1] == '\n')
		return n + 2;
	return n < size ? n + 1 : n;
}

static bool is_blank(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (strchr(" \t\r\n", text[i]) == NULL || text[i] == '\0')
			return false;
	return true;
}

/* A spreadsheet writes semicolons or tabs, too, by the machine's language. */
static unsigned char delimiter_of(const char *line, size_t size)
{
	static const char candidates[] = { ',', ';', '\t' };
	size_t counts[sizeof(candidates)] = { 0 }, most = 0;
	bool quoted = false;

	for (size_t i = 0; i < size; i++) {
		quoted = quoted != (line[i] == '"');
		for (size_t c = 0; !quoted && c < sizeof(candidates); c++)
			counts[c] += line[i] == candidates[c];
	}
	for (size_t c = 1; c < sizeof(candidates); c++)
		if (counts[c] > counts[most])
			most = c;
	return (unsigned char)candidates[most];
}

/* libcsv has stopped at a byte. */
static int explain(const struct list *list, int error)
{
	if (error == CSV_EPARSE)
		return csv_fail(&list->context, "A quotation mark is in the wrong place, or its "
						"other is missing.");
	return -ENOMEM;
}

static int feed(struct list *list, struct csv_parser *parser, const char *text, size_t size)
{
	bool within = false; /* a row that has begun */
	int line = 1;

	while (size > 0 && list->status == 0) {
		const size_t n = line_size(text, size);
		const bool blank = is_blank(text, n);

		if (!within)
			list->context.line = line;
		if (!list->has_header && !within && !blank)
			csv_set_delim(parser, delimiter_of(text, n));
		list->ended = false;
		if (csv_parse(parser, text, n, on_cell, on_row, list) != n && list->status == 0)
			return explain(list, csv_error(parser));
		within = !list->ended && (within || !blank);
		text += n;
		size -= n;
		line++;
	}
	return list->status;
}

static int read_file(struct list *list, const struct import_file *file)
{
	static const char mark[] = { '\xef', '\xbb', '\xbf' };
	const size_t skip =
		file->size >= sizeof(mark) && memcmp(file->text, mark, sizeof(mark)) == 0
			? sizeof(mark)
			: 0;
	struct csv_parser parser;
	int r;

	list->context.file = file->name;
	list->context.line = 1;
	list->has_header = false;
	if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0)
		return -ENOMEM;
	r = feed(list, &parser, file->text + skip, file->size - skip);
	if (r == 0 && csv_fini(&parser, on_cell, on_row, list) != 0)
		r = explain(list, csv_error(&parser));
	if (r == 0)
		r = list->status;
	if (r == 0 && !list->has_header)
		r = csv_fail(&list->context, "There is no header line.");
	forget_cells(list);
	csv_free(&parser);
	return r;
}

/* Take what @again says into @row, of the same device. */
static int merge(struct list *list, struct csv_row *row, const struct csv_row *again)
{
	struct import_medium *medium = &row->medium;
	const enum verdict verdict = verdict_stricter(medium->verdict, again->medium.verdict);
	const bool same = medium->verdict == again->medium.verdict &&
			  medium->modifiers == again->medium.modifiers;

	list->context.file = again->file;
	list->context.line = again->line;
	medium->verdict = verdict;
	medium->modifiers |= again->medium.modifiers;
	medium->functions |= again->medium.functions;
	if (same)
		return csv_note(&list->context, IMPORT_NOTE,
				"The device is on line %d of %s already.", row->line, row->file);
	return csv_note(&list->context, IMPORT_STRICTER,
			"The device is on line %d of %s already, with another verdict: %s, the "
			"stricter of both, is taken.",
			row->line, row->file, verdict_to_text(verdict));
}

/* Sort the rows, and make one of those that speak of the same. */
static int merge_rows(struct list *list)
{
	size_t kept = 0;
	int r = 0;

	if (list->n == 0)
		return 0;
	qsort(list->rows, list->n, sizeof(*list->rows), csv_row_compare);
	for (size_t i = 1; i < list->n; i++) {
		if (r == 0 && csv_row_same(&list->rows[kept], &list->rows[i])) {
			r = merge(list, &list->rows[kept], &list->rows[i]);
			csv_row_finish(&list->rows[i]);
		} else if (++kept != i) {
			list->rows[kept] = list->rows[i];
		}
	}
	list->n = kept + 1;
	return r;
}

/* Give the import its media and rules. */
static int hand_over(struct list *list)
{
	size_t media = 0;
	int r;

	if (list->n == 0)
		return 0;
	while (media < list->n && list->rows[media].kind == CSV_ROW_MEDIUM)
		media++;
	r = csv_rules_make(&list->context, list->rows + media, list->n - media);
	for (size_t i = 0; r == 0 && i < media; i++) {
		r = import_add_medium(list->context.import, &list->rows[i].medium);
		list->rows[i].medium = (struct import_medium){ 0 };
	}
	return r;
}

static int check_limits(const struct csv_context *context, const struct import_file *files,
			size_t n_files)
{
	size_t size = 0;

	for (size_t i = 0; i < n_files; i++)
		size += files[i].size;
	if (n_files <= IMPORT_MAX_FILES && size <= IMPORT_MAX_BYTES)
		return 0;
	(void)csv_fail(context, "There are more than %d files, or %d bytes.", IMPORT_MAX_FILES,
		       IMPORT_MAX_BYTES);
	return -E2BIG;
}

int import_csv(const struct import_file *files, size_t n_files,
	       const struct import_options *options, struct import *ret, struct rules_error *error)
{
	struct import import = { 0 };
	struct list list = { .context = { &import, options, error, "", 0 } };
	int r;

	*error = (struct rules_error){ 0 };
	r = check_limits(&list.context, files, n_files);
	for (size_t i = 0; r == 0 && i < n_files; i++)
		r = read_file(&list, &files[i]);
	if (r == 0)
		r = merge_rows(&list);
	if (r == 0)
		r = hand_over(&list);
	for (size_t i = 0; i < list.n; i++)
		csv_row_finish(&list.rows[i]);
	free(list.rows);
	if (r < 0) {
		import_finish(&import);
		return r;
	}
	*ret = import;
	return 0;
}
