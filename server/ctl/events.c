/* events - what the agents recorded, from the collector, as a list or as it comes in. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "api.h"
#include "event_text.h"
#include "host.h"
#include "message.h"
#include "options.h"
#include "server/pki/cleanup.h"

enum { PAGE = 500, RETRY_MIN_S = 1, RETRY_MAX_S = 30 };

struct watch {
	const char *kind;
	char *host; /* id; NULL: all */
	bool follow, json;
	unsigned long long after;
	unsigned long long left; /* events still to print */
};

/* For people a line; as JSON one object a line, so that it can be read as it comes. */
static int print_event(const json_t *event, bool json)
{
	if (json) {
		if (json_dumpf(event, stdout, JSON_COMPACT) < 0)
			return -EIO;
	} else {
		char text[EVENT_LINE_SIZE];

		event_to_text(event, text);
		fputs(text, stdout);
	}
	return putchar('\n') == EOF ? -EIO : 0;
}

static int get_page(struct api *api, const struct watch *watch, json_t **ret)
{
	struct api_path path;
	char number[32];

	api_path_start(&path, "/api/v1/events");
	snprintf(number, sizeof(number), "%llu", watch->after);
	api_path_query(&path, "after", number);
	api_path_query(&path, "host", watch->host);
	api_path_query(&path, "kind", watch->kind);
	snprintf(number, sizeof(number), "%d", PAGE);
	api_path_query(&path, "limit", number);
	if (watch->follow) {
		snprintf(number, sizeof(number), "%d", API_WAIT_S);
		api_path_query(&path, "wait", number);
	}
	return api_get(api, &path, ret);
}

/* Print one page and go past it.  Returns how many events it had, or -errno. */
static int print_page(struct watch *watch, const json_t *page)
{
	const json_t *list = json_object_get(page, "events");
	const json_t *next = json_object_get(page, "next"), *event;
	size_t i;

	if (!json_is_array(list) || !json_is_integer(next)) {
		complain(_("the collector's answer holds no events"));
		return -EPROTO;
	}
	json_array_foreach (list, i, event) {
		if (watch->left == 0)
			break;
		watch->left--;
		if (print_event(event, watch->json) < 0) {
			complain(_("cannot write to standard output: %m"));
			return -EIO;
		}
	}
	watch->after = (unsigned long long)json_integer_value(next);
	if (fflush(stdout) != 0)
		return -EIO; /* whoever read it has gone */
	return (int)json_array_size(list);
}

static int run(struct api *api, struct watch *watch)
{
	unsigned retry_s = RETRY_MIN_S;

	while (watch->left > 0) {
		_cleanup_json_ json_t *page = NULL;
		int n = get_page(api, watch, &page);

		if (n == -EAGAIN && watch->follow) {
			sleep(retry_s);
			retry_s = retry_s * 2 > RETRY_MAX_S ? RETRY_MAX_S : retry_s * 2;
			continue;
		}
		if (n == 0)
			n = print_page(watch, page);
		if (n < 0)
			return STATUS_FAILURE;
		if (n == 0 && !watch->follow)
			break;
		retry_s = RETRY_MIN_S;
	}
	return STATUS_OK;
}

static int parse_number(const char *option, const char *text, unsigned long long *ret)
{
	if (!text)
		return OPTIONS_GO_ON;
	if (strlen(text) == 0 || strlen(text) > 15 || strspn(text, "0123456789") != strlen(text)) {
		complain(_("--%s %s: give a whole number"), option, text);
		return STATUS_USAGE;
	}
	*ret = strtoull(text, NULL, 10);
	return OPTIONS_GO_ON;
}

int run_events(struct ctl *ctl, int argc, char **argv)
{
	struct watch watch = { .left = ~0ull };
	const char *host = NULL, *after = NULL, *limit = NULL;
	const struct option_row rows[] = {
		{ "follow", OPTION_FLAG, &watch.follow, NULL, N_("go on with new ones") },
		{ "host", OPTION_TEXT, &host, "HOST", N_("of this workstation alone") },
		{ "kind", OPTION_TEXT, &watch.kind, "KIND",
		  N_("of this kind alone, e.g. device.decided") },
		{ "after", OPTION_TEXT, &after, "ROW", N_("after this row (see --json)") },
		{ "limit", OPTION_TEXT, &limit, "N", N_("at most so many") },
		{ 0 },
	};
	_cleanup_api_ struct api *api = NULL;
	int status = options_parse(ctl, rows, argc, argv, 0, 0, NULL);

	if (status == OPTIONS_GO_ON)
		status = parse_number("after", after, &watch.after);
	if (status == OPTIONS_GO_ON)
		status = parse_number("limit", limit, &watch.left);
	if (status != OPTIONS_GO_ON)
		return status;
	watch.json = ctl->json;
	if (api_open(&api, ctl) < 0 || host_id(api, host, &watch.host) < 0)
		return STATUS_FAILURE;
	status = run(api, &watch);
	free(watch.host);
	return status;
}
