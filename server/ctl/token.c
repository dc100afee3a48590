/* token create - a one-time enrolment file for one workstation. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "duration.h"
#include "enrolment.h"
#include "file.h"
#include "message.h"
#include "options.h"
#include "profile.h"
#include "server/pki/cleanup.h"

static int write_enrolment(const json_t *enrolment, const char *out)
{
	_cleanup_free_ char *text = json_dumps(enrolment, JSON_INDENT(2));

	if (!text) {
		complain(_("out of memory"));
		return STATUS_FAILURE;
	}
	if (file_create(out, text, strlen(text), 0600) < 0)
		return STATUS_FAILURE;
	fprintf(stderr,
		_("%s lets one workstation in, once: carry it there, run 'devgate enrol %s' and "
		  "delete it.\n"),
		out, out);
	return STATUS_OK;
}

static int create(const struct ctl *ctl, const char *unit, int64_t ttl_s, const char *out)
{
	_cleanup_json_ json_t *body =
		json_pack("{ss sI}", "unit", unit, "ttl_s", (json_int_t)ttl_s);
	_cleanup_json_ json_t *reply = NULL;
	_cleanup_api_ struct api *api = NULL;
	struct api_path path;
	json_t *enrolment;

	if (!body) {
		complain(_("--unit: is not UTF-8 text"));
		return STATUS_USAGE;
	}
	if (out && file_check_absent(out) < 0)
		return STATUS_FAILURE;
	api_path_start(&path, "/api/v1/tokens");
	if (api_open(&api, ctl) < 0 || !api_trust(api) ||
	    api_send(api, "POST", &path, body, &reply) < 0)
		return STATUS_FAILURE;
	enrolment = json_object_get(reply, "enrolment");
	if (enrolment_check(enrolment, api_profile(api)->ca, api_trust(api)) < 0)
		return STATUS_FAILURE;
	return out ? write_enrolment(enrolment, out) : ctl_print_json(enrolment);
}

int run_token_create(struct ctl *ctl, int argc, char **argv)
{
	const char *unit = NULL, *ttl = "24h", *out = NULL;
	const struct option_row rows[] = {
		{ "unit", OPTION_TEXT, &unit, "UNIT", N_("the workstation's unit") },
		{ "ttl", OPTION_TEXT, &ttl, "SPAN", N_("how long it is good (default 24h)") },
		{ "out", OPTION_TEXT, &out, "FILE", N_("write it there, not to the terminal") },
		{ 0 },
	};
	int status = options_parse(ctl, rows, argc, argv, 0, 0, NULL);
	int64_t ttl_s;

	if (status == OPTIONS_GO_ON)
		status = options_need(ctl, "unit", unit);
	if (status != OPTIONS_GO_ON)
		return status;
	if (duration_parse(ttl, &ttl_s) < 0) {
		complain(_("--ttl %s: give a number and a unit: 30m, 24h, 7d"), ttl);
		return STATUS_USAGE;
	}
	return create(ctl, unit, ttl_s, out);
}
