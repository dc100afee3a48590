/* policy sign - draft a policy from rules, the register and a risk model, and be the first to sign
 * it. */
#include <errno.h>
#include <string.h>

#include "api.h"
#include "draft.h"
#include "media_register.h"
#include "message.h"
#include "options.h"
#include "published.h"
#include "risk_file.h"
#include "rules_file.h"
#include "server/pki/cleanup.h"

static int add_register(struct signed_bundle *bundle, const struct media_register *media)
{
	_cleanup_free_ struct registered_entry *entries = NULL;
	uint8_t *bytes;
	size_t n, size;
	int r = media_register_entries(media, &entries, &n);

	if (r == 0)
		r = registered_encode(entries, n, &bytes, &size);
	if (r == -EEXIST)
		complain(_("the register holds a device twice; withdraw one with "
			   "'devgatectl media withdraw'"));
	else if (r < 0)
		complain(_("no table can be made of the register: %s"), strerror(-r));
	if (r < 0)
		return r;
	signed_bundle_add_section(bundle, "registered", bytes, size);
	return 0;
}

/* The files that the policy is made of. */
struct sources {
	const char *rules;
	const char *risk, *restricted; /* NULL: none */
};

static int add_risk(struct signed_bundle *bundle, const struct sources *sources)
{
	struct rules_error error;
	struct risk *risk;
	char *text;
	int r = risk_file_read(sources->risk, sources->restricted, &text, &risk, &error);

	if (r < 0)
		return r;
	risk_free(risk); /* read again from the draft, as the agents will */
	signed_bundle_add_section(bundle, "risk", (uint8_t *)text, strlen(text));
	return 0;
}

static int add_documents(struct signed_bundle *bundle, const struct sources *sources)
{
	struct rules_error error;
	struct rules *rules;
	char *text;
	size_t size;
	bool wanted;
	int r = rules_file_read(sources->rules, &text, &size, &rules, &error);

	if (r < 0)
		return r;
	wanted = risk_file_wanted(rules);
	rules_free(rules);
	signed_bundle_add_section(bundle, "rules", (uint8_t *)text, size);
	if (sources->risk)
		return add_risk(bundle, sources);
	if (!wanted)
		return 0;
	complain(_("%s: says \"by-risk\", and there is no risk model to judge by; "
		   "give one with --risk"),
		 sources->rules);
	return -ENOENT;
}

static int sign(struct ctl *ctl, const struct draft *wanted, const struct sources *sources)
{
	_cleanup_bundle_ struct signed_bundle bundle = { 0 }, published = { 0 };
	_cleanup_media_ struct media_register media = { 0 };
	_cleanup_api_ struct api *api = NULL;
	struct draft draft = *wanted;
	int r;

	if (add_documents(&bundle, sources) < 0 || api_open(&api, ctl) < 0)
		return STATUS_FAILURE;
	draft.trust = api_trust(api);
	if (!draft.trust || media_register_fetch(&media, api) < 0 ||
	    add_register(&bundle, &media) < 0)
		return STATUS_FAILURE;
	r = published_fetch(api, ROLE_POLICY, true, &published);
	if (r < 0)
		return STATUS_FAILURE;
	draft.published = r ? &published : NULL;
	draft.media = &media;
	return draft_sign(&draft, &bundle, ctl->json);
}

int run_policy_sign(struct ctl *ctl, int argc, char **argv)
{
	struct draft draft = { .role = ROLE_POLICY };
	struct sources sources = { 0 };
	const struct option_row rows[] = {
		{ "rules", OPTION_TEXT, &sources.rules, "FILE", N_("the rules document") },
		{ "risk", OPTION_TEXT, &sources.risk, "FILE",
		  N_("the risk model, for rules that say by-risk") },
		{ "restricted", OPTION_TEXT, &sources.restricted, "FILE",
		  N_("restricted vendors, put into the risk model") },
		{ "key", OPTION_TEXT, &draft.key, "FILE", N_("your private key") },
		{ "out", OPTION_TEXT, &draft.out, "DIR", N_("where the bundle is put") },
		{ "expires", OPTION_TEXT, &draft.expires, "WHEN",
		  N_("a span or a day (default 365d)") },
		{ "note", OPTION_TEXT, &draft.note, "TEXT", N_("what this version is for") },
		{ "passphrase-file", OPTION_TEXT, &draft.passphrase_file, "FILE",
		  N_("read the passphrase from its first line") },
		{ "yes", OPTION_FLAG, &draft.yes, NULL, N_("do not ask") },
		{ 0 },
	};
	int status = options_parse(ctl, rows, argc, argv, 0, 0, NULL);

	if (status == OPTIONS_GO_ON)
		status = options_need(ctl, "rules", sources.rules);
	if (status == OPTIONS_GO_ON)
		status = options_need(ctl, "key", draft.key);
	if (status == OPTIONS_GO_ON)
		status = options_need(ctl, "out", draft.out);
	if (status != OPTIONS_GO_ON)
		return status;
	if (sources.restricted && !sources.risk) {
		complain(_("--restricted: goes into a risk model; give one with --risk"));
		return STATUS_USAGE;
	}
	return sign(ctl, &draft, &sources);
}
