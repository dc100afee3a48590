/* events verify - download a workstation's lines and check their hash chain here, without trust in
 * the collector that keeps them. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "api.h"
#include "host.h"
#include "ledger_download.h"
#include "message.h"
#include "options.h"
#include "profile.h"
#include "policy/text.h"
#include "server/pki/cleanup.h"
#include "verify.h"

static const char *explain(int failure)
{
	switch (failure) {
	case 0:
		return _("good");
	case -ESTALE:
		return _("a line is missing or out of place");
	case -EKEYREJECTED:
		return _("a line was changed, or does not follow the one before it");
	case -ENOKEY:
		return _("lines were taken out, and what stands for them is not signed by the key "
			 "that the profile pins");
	case -EXDEV:
		return _("what stands for lines that were disposed of is another ledger's");
	case -E2BIG:
		return _("a line is longer than any that an agent writes");
	default:
		return _("a line is malformed or cut off");
	}
}

static int print_outcome(const struct ctl *ctl, const struct verify *verify, const char *host,
			 const char *ledger)
{
	_cleanup_json_ json_t *json = NULL;
	char hash[2 * LEDGER_HASH_SIZE + 1];

	text_hex(verify->chain.hash, LEDGER_HASH_SIZE, hash);
	if (ctl->json) {
		json = json_pack("{ss ss sb sI sI ss ss}", "host", host, "ledger", ledger, "good",
				 verify->failure == 0, "lines", (json_int_t)verify->lines,
				 "disposed", (json_int_t)verify->disposed, "hash", hash, "text",
				 explain(verify->failure));
		ctl_print_json(json);
	} else if (verify->failure == 0) {
		printf(_("Ledger %s: good: %llu lines, last hash %s\n"), ledger,
		       (unsigned long long)verify->lines, hash);
		if (verify->disposed > 0)
			printf(_("%llu lines more were disposed of, and signed disposals stand for "
				 "them.\n"),
			       (unsigned long long)verify->disposed);
	} else {
		complain(_("ledger %s: broken after line %llu: %s; keep the collector's data and "
			   "the workstation's ledger as evidence"),
			 ledger, (unsigned long long)(verify->chain.next_seq - 1),
			 explain(verify->failure));
	}
	return verify->failure == 0 ? STATUS_OK : STATUS_FAILURE;
}

static int verify_host(const struct ctl *ctl, const char *name, const char *ledger)
{
	_cleanup_json_ json_t *list = NULL;
	_cleanup_api_ struct api *api = NULL;
	const json_t *host;
	struct verify verify;
	const char *id;

	if (api_open(&api, ctl) < 0 || host_list(api, &list) < 0)
		return STATUS_FAILURE;
	host = host_find(list, name);
	if (!host)
		return STATUS_FAILURE;
	id = json_string_value(json_object_get(host, "id"));
	if (!ledger)
		ledger = json_string_value(json_object_get(host, "ledger"));
	if (!ledger || !*ledger) {
		complain(_("%s: has not said yet which ledger it writes; give --ledger"), name);
		return STATUS_FAILURE;
	}
	if (verify_start(&verify, ledger) < 0) {
		complain(_("'%s' is not the id of a ledger, 32 hexadecimal digits"), ledger);
		return STATUS_FAILURE;
	}
	if (api_profile(api)->has_checkpoint_key)
		verify.key = &api_profile(api)->checkpoint_key;
	if (!id || ledger_download(api, id, ledger, &verify) < 0)
		return STATUS_FAILURE;
	if (verify_end(&verify) == 0 && verify.chain.next_seq == 1) {
		complain(_("the collector holds no lines of ledger %s"), ledger);
		return STATUS_FAILURE;
	}
	return print_outcome(ctl, &verify, id, ledger);
}

int run_events_verify(struct ctl *ctl, int argc, char **argv)
{
	const char *host = NULL, *ledger = NULL;
	const struct option_row rows[] = {
		{ "host", OPTION_TEXT, &host, "HOST", N_("the workstation") },
		{ "ledger", OPTION_TEXT, &ledger, "ID",
		  N_("an earlier ledger of it (default: the one it writes now)") },
		{ 0 },
	};
	int status = options_parse(ctl, rows, argc, argv, 0, 0, NULL);

	if (status == OPTIONS_GO_ON)
		status = options_need(ctl, "host", host);
	return status == OPTIONS_GO_ON ? verify_host(ctl, host, ledger) : status;
}
