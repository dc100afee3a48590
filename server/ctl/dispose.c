/* dispose - dispose of the records whose time is over now, or say how many that would be. */
#include <errno.h>
#include <stdio.h>

#include "api.h"
#include "confirm.h"
#include "message.h"
#include "options.h"
#include "server/pki/cleanup.h"

struct tally {
	json_int_t disposed, held, damaged, persons, grants;
	json_int_t ledger, seq; /* where to go on */
};

/* Returns 1 if there is more. */
static int go_on(struct api *api, bool dry, struct tally *tally)
{
	_cleanup_json_ json_t *reply = NULL;
	json_int_t disposed = 0, held = 0, damaged = 0, persons = 0, grants = 0;
	struct api_path path;
	char number[24];
	int r;

	api_path_start(&path, "/api/v1/disposals");
	snprintf(number, sizeof(number), "%lld", (long long)tally->ledger);
	api_path_query(&path, "ledger", number);
	snprintf(number, sizeof(number), "%lld", (long long)tally->seq);
	api_path_query(&path, "seq", number);
	r = api_send(api, dry ? "GET" : "POST", &path, NULL, &reply);
	if (r < 0)
		return r;
	if (json_unpack(reply, "{sI sI sI sI sI}", "disposed", &disposed, "held", &held, "damaged",
			&damaged, "persons", &persons, "grants", &grants) < 0) {
		complain(_("the collector's answer is not as expected"));
		return -EPROTO;
	}
	tally->disposed += disposed;
	tally->held += held;
	tally->damaged += damaged;
	tally->persons += persons;
	tally->grants += grants;
	return json_unpack(json_object_get(reply, "next"), "{sI sI}", "ledger", &tally->ledger,
			   "seq", &tally->seq) == 0;
}

static int print_outcome(const struct ctl *ctl, bool dry, const struct tally *tally)
{
	_cleanup_json_ json_t *json = NULL;

	if (ctl->json) {
		json = json_pack("{sb sI sI sI sI sI}", "dry_run", dry, "disposed", tally->disposed,
				 "held", tally->held, "damaged", tally->damaged, "persons",
				 tally->persons, "grants", tally->grants);
		ctl_print_json(json);
	} else {
		printf(dry ? _("%lld records are over their time; %lld more are, and are held.\n")
			   : _("%lld records were disposed of; %lld more are over their time, and "
			       "are held.\n"),
		       (long long)tally->disposed, (long long)tally->held);
		if (tally->persons > 0)
			printf(_("%lld lines of daily reports do not say any more who it was.\n"),
			       (long long)tally->persons);
		if (tally->grants > 0)
			printf(_("%lld versions of grants that are long over were disposed of.\n"),
			       (long long)tally->grants);
	}
	if (tally->damaged > 0)
		complain(_("%lld ledgers do not form their chains, and were left alone: see "
			   "'devgatectl checkpoints verify'"),
			 (long long)tally->damaged);
	return tally->damaged > 0 ? STATUS_FAILURE : STATUS_OK;
}

int run_dispose(struct ctl *ctl, int argc, char **argv)
{
	bool dry = false, yes = false;
	const struct option_row rows[] = {
		{ "dry-run", OPTION_FLAG, &dry, NULL, N_("only say how many") },
		{ "yes", OPTION_FLAG, &yes, NULL, N_("do not ask") },
		{ 0 },
	};
	_cleanup_api_ struct api *api = NULL;
	struct tally tally = { 0 };
	int r, status = options_parse(ctl, rows, argc, argv, 0, 0, NULL);

	if (status != OPTIONS_GO_ON)
		return status;
	if (!dry && !confirm(_("Dispose of all records that are over their time, for good?"), yes))
		return STATUS_FAILURE;
	if (api_open(&api, ctl) < 0)
		return STATUS_FAILURE;
	do
		r = go_on(api, dry, &tally);
	while (r > 0);
	return r < 0 ? STATUS_FAILURE : print_outcome(ctl, dry, &tally);
}
