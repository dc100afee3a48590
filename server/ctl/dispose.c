/* dispose - dispose of the records whose time is over now, or say how many that would be. */
#include <errno.h>
#include <stdio.h>

#include "api.h"
#include "confirm.h"
#include "message.h"
#include "options.h"
#include "server/pki/cleanup.h"

/* In the order of MEMBERS. */
enum count { DISPOSED, HELD, DAMAGED, PERSONS, GRANTS, FINDINGS, TOKENS, STARTS, NAMES, N_COUNTS };

static const char *const MEMBERS[N_COUNTS] = { "disposed", "held",   "damaged", "persons", "grants",
					       "findings", "tokens", "starts",	"names" };

struct tally {
	json_int_t counts[N_COUNTS];
	json_int_t ledger, seq; /* where to go on */
};

static int add(const json_t *reply, struct tally *tally)
{
	for (size_t i = 0; i < N_COUNTS; i++) {
		const json_t *count = json_object_get(reply, MEMBERS[i]);

		if (!json_is_integer(count)) {
			complain(_("the collector's answer is not as expected"));
			return -EPROTO;
		}
		tally->counts[i] += json_integer_value(count);
	}
	return 0;
}

/* Returns 1 if there is more. */
static int go_on(struct api *api, bool dry, struct tally *tally)
{
	_cleanup_json_ json_t *reply = NULL;
	struct api_path path;
	char number[24];
	int r;

	api_path_start(&path, "/api/v1/disposals");
	snprintf(number, sizeof(number), "%lld", (long long)tally->ledger);
	api_path_query(&path, "ledger", number);
	snprintf(number, sizeof(number), "%lld", (long long)tally->seq);
	api_path_query(&path, "seq", number);
	r = api_send(api, dry ? "GET" : "POST", &path, NULL, &reply);
	if (r == 0)
		r = add(reply, tally);
	if (r < 0)
		return r;
	return json_unpack(json_object_get(reply, "next"), "{sI sI}", "ledger", &tally->ledger,
			   "seq", &tally->seq) == 0;
}

static int print_json(bool dry, const struct tally *tally)
{
	_cleanup_json_ json_t *json = json_pack("{sb}", "dry_run", (int)dry);

	for (size_t i = 0; i < N_COUNTS; i++)
		json_object_set_new(json, MEMBERS[i], json_integer(tally->counts[i]));
	return ctl_print_json(json);
}

static void print_text(bool dry, const json_int_t counts[static N_COUNTS])
{
	printf(dry ? _("%lld records are over their time; %lld more are, and are held.\n")
		   : _("%lld records were disposed of; %lld more are over their time, and "
		       "are held.\n"),
	       (long long)counts[DISPOSED], (long long)counts[HELD]);
	if (counts[PERSONS] > 0)
		printf(_("%lld lines of daily reports do not say any more who it was.\n"),
		       (long long)counts[PERSONS]);
	if (counts[GRANTS] > 0)
		printf(_("%lld versions of grants that are long over were disposed of.\n"),
		       (long long)counts[GRANTS]);
	if (counts[FINDINGS] + counts[TOKENS] + counts[STARTS] > 0)
		printf(_("%lld closed findings, %lld enrolment tokens and %lld starts of "
			 "workstations that are long over were disposed of.\n"),
		       (long long)counts[FINDINGS], (long long)counts[TOKENS],
		       (long long)counts[STARTS]);
	if (counts[NAMES] > 0)
		printf(_("%lld findings, tokens and starts do not say any more who it was.\n"),
		       (long long)counts[NAMES]);
}

static int print_outcome(const struct ctl *ctl, bool dry, const struct tally *tally)
{
	int status = STATUS_OK;

	if (ctl->json)
		status = print_json(dry, tally);
	else
		print_text(dry, tally->counts);
	if (tally->counts[DAMAGED] == 0)
		return status;
	complain(_("%lld ledgers do not form their chains, and were left alone: see "
		   "'devgatectl checkpoints verify'"),
		 (long long)tally->counts[DAMAGED]);
	return STATUS_FAILURE;
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
