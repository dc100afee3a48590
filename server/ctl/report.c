/* report usage - who used which device where, for the auditor: a table, JSON or CSV. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "api.h"
#include "duration.h"
#include "file.h"
#include "host.h"
#include "message.h"
#include "options.h"
#include "server/pki/atomic_file.h"
#include "server/pki/cleanup.h"
#include "usage_table.h"

enum { DEFAULT_DAYS = 30, DAY_S = 86400 };

struct report {
	const char *from, *to, *out;
	const char *host, *unit, *person, *device;
	bool csv;
};

static void day_to_text(time_t at, char ret[static DATE_SIZE])
{
	struct tm tm;

	gmtime_r(&at, &tm);
	strftime(ret, DATE_SIZE, "%Y-%m-%d", &tm);
}

static int check_day(const char *option, const char *text)
{
	int64_t at;

	if (date_parse(text, &at) == 0)
		return 0;
	complain(_("--%s %s: give a day such as 2026-11-30"), option, text);
	return -EINVAL;
}

static int check_days(const struct report *report)
{
	if (check_day("from", report->from) < 0 || check_day("to", report->to) < 0)
		return STATUS_USAGE;
	if (strcmp(report->from, report->to) > 0) {
		complain(_("--from %s is after --to %s"), report->from, report->to);
		return STATUS_USAGE;
	}
	return OPTIONS_GO_ON;
}

static int fetch(struct api *api, const struct report *report, const char *host,
		 struct api_reply *ret)
{
	struct api_path path;
	struct api_request request = { .method = "GET", .path = &path, .max_reply = API_MAX_JSON };
	int r;

	api_path_start(&path, "/api/v1/report/usage");
	api_path_query(&path, "from", report->from);
	api_path_query(&path, "to", report->to);
	api_path_query(&path, "format", report->csv ? "csv" : "json");
	api_path_query(&path, "host", host);
	api_path_query(&path, "unit", report->unit);
	api_path_query(&path, "person", report->person);
	api_path_query(&path, "device", report->device);
	r = api_request(api, &request, ret);
	if (r < 0)
		return r;
	if (ret->status == 200)
		return 0;
	api_complain(api, ret);
	api_reply_finish(ret);
	return -EREMOTEIO;
}

static int print_table(const struct report *report, FILE *stream, const struct api_reply *reply)
{
	_cleanup_json_ json_t *json = json_loadb(reply->body, reply->size, 0, NULL);
	struct table *table = json ? usage_table(json) : NULL;
	int r;

	if (!table) {
		complain(json ? _("out of memory") : _("the collector's report is not JSON"));
		return STATUS_FAILURE;
	}
	fprintf(stream, _("Use of portable devices, %s to %s (UTC)\n"), report->from, report->to);
	r = table_print(table, stream);
	table_free(table);
	return r < 0 ? STATUS_FAILURE : STATUS_OK;
}

static int print_json(FILE *stream, const struct api_reply *reply)
{
	_cleanup_json_ json_t *json = json_loadb(reply->body, reply->size, 0, NULL);

	if (!json) {
		complain(_("the collector's report is not JSON"));
		return STATUS_FAILURE;
	}
	if (json_dumpf(json, stream, JSON_INDENT(2)) < 0 || fputc('\n', stream) == EOF)
		return STATUS_FAILURE;
	return STATUS_OK;
}

static int print_csv(FILE *stream, const struct api_reply *reply)
{
	if (!usage_csv_is_clean(reply->body, reply->size)) {
		complain(_("the collector's report holds characters that no report has, and is not "
			   "shown; have the collector examined"));
		return STATUS_FAILURE;
	}
	return fwrite(reply->body, 1, reply->size, stream) == reply->size ? STATUS_OK
									  : STATUS_FAILURE;
}

static int print_report(const struct ctl *ctl, const struct report *report, FILE *stream,
			const struct api_reply *reply)
{
	if (report->csv)
		return print_csv(stream, reply);
	return ctl->json ? print_json(stream, reply) : print_table(report, stream, reply);
}

/* The report as bytes first, so that the file is there whole or as it was: a report is made anew
 * under the same name by cron. */
static int write_report(const struct ctl *ctl, const struct report *report,
			const struct api_reply *reply)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);
	int r, status;

	if (!stream) {
		complain(_("out of memory"));
		return STATUS_FAILURE;
	}
	status = print_report(ctl, report, stream, reply);
	if (fclose(stream) != 0)
		status = STATUS_FAILURE;
	if (status != STATUS_OK)
		return status;
	r = atomic_file_write(report->out, text, size, 0640);
	if (r < 0)
		file_complain_write(report->out, r);
	return r < 0 ? STATUS_FAILURE : STATUS_OK;
}

static int make_report(const struct ctl *ctl, const struct report *report)
{
	_cleanup_api_ struct api *api = NULL;
	_cleanup_free_ char *host = NULL;
	struct api_reply reply;
	int status;

	if (api_open(&api, ctl) < 0 || host_id(api, report->host, &host) < 0 ||
	    fetch(api, report, host, &reply) < 0)
		return STATUS_FAILURE;
	status = report->out ? write_report(ctl, report, &reply)
			     : print_report(ctl, report, stdout, &reply);
	api_reply_finish(&reply);
	return status;
}

int run_report_usage(struct ctl *ctl, int argc, char **argv)
{
	char from[DATE_SIZE], to[DATE_SIZE];
	struct report report = { .from = from, .to = to };
	const struct option_row rows[] = {
		{ "from", OPTION_TEXT, &report.from, "DATE",
		  N_("first day, UTC (default: 30 days ago)") },
		{ "to", OPTION_TEXT, &report.to, "DATE", N_("last day, UTC (default: today)") },
		{ "host", OPTION_TEXT, &report.host, "HOST", N_("of this workstation alone") },
		{ "unit", OPTION_TEXT, &report.unit, "UNIT", N_("of this unit alone") },
		{ "person", OPTION_TEXT, &report.person, "NAME", N_("of this user alone") },
		{ "device", OPTION_TEXT, &report.device, "DEVICE",
		  N_("of this device alone, as the report names it") },
		{ "csv", OPTION_FLAG, &report.csv, NULL, N_("print CSV, for a spreadsheet") },
		{ "out", OPTION_TEXT, &report.out, "FILE", N_("write it there") },
		{ 0 },
	};
	time_t now = time(NULL);
	int status;

	day_to_text(now, to);
	day_to_text(now - (time_t)DEFAULT_DAYS * DAY_S, from);
	status = options_parse(ctl, rows, argc, argv, 0, 0, NULL);
	if (status == OPTIONS_GO_ON && report.csv && ctl->json) {
		complain(_("give --csv or --json, not both"));
		status = STATUS_USAGE;
	}
	if (status == OPTIONS_GO_ON)
		status = check_days(&report);
	return status == OPTIONS_GO_ON ? make_report(ctl, &report) : status;
}
