#include "usage_report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "csv.h"
#include "policy/text.h"

struct writer {
	FILE *stream;
	enum report_format format;
	struct csv csv;
	size_t n;
	struct usage_counters totals;
};

static int day_to_time(const char *day, int64_t *ret)
{
	char text[21];

	if (strnlen(day, USAGE_DAY_SIZE) != USAGE_DAY_SIZE - 1)
		return -EINVAL;
	snprintf(text, sizeof(text), "%.10sT00:00:00Z", day);
	return text_time_parse(text, ret);
}

int usage_report_check_period(const char *from, const char *to)
{
	int64_t first, last;

	if (day_to_time(from, &first) < 0 || day_to_time(to, &last) < 0 || first > last)
		return -EINVAL;
	return last - first < USAGE_REPORT_MAX_DAYS * INT64_C(86400) ? 0 : -ERANGE;
}

static json_t *counters_to_json(const struct usage_counters *c)
{
	return json_pack("{sI sI sI sI sI sI sI sI}", "arrivals", (json_int_t)c->arrivals,
			 "allowed", (json_int_t)c->allowed, "read_only", (json_int_t)c->read_only,
			 "denied", (json_int_t)c->denied, "violations", (json_int_t)c->violations,
			 "duration_s", (json_int_t)c->duration_s, "bytes_read",
			 (json_int_t)c->bytes_read, "bytes_written", (json_int_t)c->bytes_written);
}

static int put_json(struct writer *writer, json_t *json)
{
	int r = json ? json_dumpf(json, writer->stream, JSON_COMPACT) : -1;

	json_decref(json);
	return r < 0 ? -ENOMEM : 0;
}

/* What needs no escape is written as it is: a month of a large site has 200,000 rows. */
static int put_text(FILE *stream, const char *before, const char *text)
{
	json_t *json;
	int r;

	fputs(before, stream);
	if (text_is_clean(text, strlen(text)) && strpbrk(text, "\"\\") == NULL) {
		fputc('"', stream);
		fputs(text, stream);
		fputc('"', stream);
		return 0;
	}
	json = json_string(text);
	r = json ? json_dumpf(json, stream, JSON_ENCODE_ANY | JSON_COMPACT) : -1;
	json_decref(json);
	return r < 0 ? -ENOMEM : 0;
}

static int write_json_row(struct writer *writer, const struct usage_row *row)
{
	const struct usage_counters *c = &row->counters;
	FILE *stream = writer->stream;
	int r = put_text(stream, writer->n ? ",\n{\"day\":" : "\n{\"day\":", row->day);

	if (r == 0)
		r = put_text(stream, ",\"hostname\":", row->hostname);
	if (r == 0)
		r = put_text(stream, ",\"unit\":", row->unit);
	if (r == 0)
		r = put_text(stream, ",\"person\":", row->person);
	if (r == 0)
		r = put_text(stream, ",\"device\":", row->device);
	if (r == 0)
		r = put_text(stream, ",\"name\":", row->name);
	if (r == 0)
		r = put_text(stream, ",\"tag\":", row->tag);
	fprintf(stream,
		",\"arrivals\":%" PRIu64 ",\"allowed\":%" PRIu64 ",\"read_only\":%" PRIu64
		",\"denied\":%" PRIu64 ",\"violations\":%" PRIu64 ",\"duration_s\":%" PRIu64
		",\"bytes_read\":%" PRIu64 ",\"bytes_written\":%" PRIu64 "}",
		c->arrivals, c->allowed, c->read_only, c->denied, c->violations, c->duration_s,
		c->bytes_read, c->bytes_written);
	return r;
}

static void write_csv_row(struct csv *csv, const struct usage_row *row)
{
	const struct usage_counters *c = &row->counters;

	csv_text(csv, row->day);
	csv_text(csv, row->hostname);
	csv_text(csv, row->unit);
	csv_text(csv, row->person);
	csv_text(csv, row->device);
	csv_text(csv, row->name);
	csv_text(csv, row->tag);
	csv_number(csv, c->arrivals);
	csv_number(csv, c->allowed);
	csv_number(csv, c->read_only);
	csv_number(csv, c->denied);
	csv_number(csv, c->violations);
	csv_number(csv, c->duration_s);
	csv_number(csv, c->bytes_read);
	csv_number(csv, c->bytes_written);
	csv_end_line(csv);
}

/* No further than a JSON integer reaches. */
static void add_to(uint64_t *total, uint64_t n)
{
	*total = n > INT64_MAX - *total ? INT64_MAX : *total + n;
}

static void add(struct usage_counters *totals, const struct usage_counters *c)
{
	add_to(&totals->arrivals, c->arrivals);
	add_to(&totals->allowed, c->allowed);
	add_to(&totals->read_only, c->read_only);
	add_to(&totals->denied, c->denied);
	add_to(&totals->violations, c->violations);
	add_to(&totals->duration_s, c->duration_s);
	add_to(&totals->bytes_read, c->bytes_read);
	add_to(&totals->bytes_written, c->bytes_written);
}

static int on_row(void *context, const struct usage_row *row)
{
	struct writer *writer = context;
	int r = 0;

	if (writer->n == USAGE_REPORT_MAX_ROWS)
		return -E2BIG;
	if (writer->format == REPORT_CSV)
		write_csv_row(&writer->csv, row);
	else
		r = write_json_row(writer, row);
	add(&writer->totals, &row->counters);
	writer->n++;
	return r;
}

static void write_head(struct writer *writer, const struct usage_query *query, int64_t now)
{
	static const char *const columns[] = { "day",	     "hostname",   "unit",
					       "person",     "device",	   "name",
					       "tag",	     "arrivals",   "allowed",
					       "read_only",  "denied",	   "violations",
					       "duration_s", "bytes_read", "bytes_written" };
	char generated[21];

	if (writer->format == REPORT_CSV) {
		csv_init(&writer->csv, writer->stream);
		for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
			csv_text(&writer->csv, columns[i]);
		csv_end_line(&writer->csv);
		return;
	}
	text_time(now, generated);
	fprintf(writer->stream, "{\"from\":\"%s\",\"to\":\"%s\",\"generated\":\"%s\",\"rows\":[",
		query->from, query->to, generated);
}

static int write_tail(struct writer *writer)
{
	if (writer->format == REPORT_CSV)
		return 0;
	fputs("],\"totals\":", writer->stream);
	int r = put_json(writer, counters_to_json(&writer->totals));
	fputs("}\n", writer->stream);
	return r;
}

int usage_report_write(struct store *store, const struct usage_query *query,
		       enum report_format format, int64_t now, char **ret, size_t *ret_size)
{
	struct writer writer = { .format = format };
	char *text = NULL;
	size_t size = 0;

	writer.stream = open_memstream(&text, &size);
	if (!writer.stream)
		return -ENOMEM;
	write_head(&writer, query, now);
	int r = usage_each(store, query, on_row, &writer);
	if (r == 0)
		r = write_tail(&writer);
	if (r == 0 && ferror(writer.stream))
		r = -ENOMEM;
	if (fclose(writer.stream) != 0 && r == 0)
		r = -ENOMEM;
	if (r < 0) {
		free(text);
		return r;
	}
	*ret = text;
	*ret_size = size;
	return 0;
}
