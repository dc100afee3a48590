#include "csv.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

void csv_init(struct csv *ret, FILE *stream)
{
	*ret = (struct csv){ .stream = stream };
	fputs("\xef\xbb\xbf", stream);
}

static void separate(struct csv *csv)
{
	if (csv->column++ > 0)
		fputc(',', csv->stream);
}

void csv_text(struct csv *csv, const char *text)
{
	bool guarded = *text && strchr("=+-@\t\r", *text);
	bool quoted = strpbrk(text, "\",\r\n\t") || *text == ' ';

	separate(csv);
	if (quoted)
		fputc('"', csv->stream);
	if (guarded)
		fputc('\'', csv->stream);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', csv->stream);
		fputc(*text, csv->stream);
	}
	if (quoted)
		fputc('"', csv->stream);
}

void csv_number(struct csv *csv, uint64_t number)
{
	separate(csv);
	fprintf(csv->stream, "%" PRIu64, number);
}

void csv_end_line(struct csv *csv)
{
	fputs("\r\n", csv->stream);
	csv->column = 0;
}
