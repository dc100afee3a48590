/* policy sign - draft a policy from rules and the register, and be the first to sign it. */
#include <errno.h>
#include <string.h>

#include "api.h"
#include "draft.h"
#include "media_register.h"
#include "message.h"
#include "options.h"
#include "published.h"
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

static int add_rules(struct signed_bundle *bundle, const char *path)
{
	struct rules_error error;
	struct rules *rules;
	char *text;
	size_t size;
	int r = rules_file_read(path, &text, &size, &rules, &error);

	if (r < 0)
		return r;
	rules_free(rules); /* read again from the draft, as the agents will */
	signed_bundle_add_section(bundle, "rules", (uint8_t *)text, size);
	return 0;
}

static int sign(struct ctl *ctl, const struct draft *wanted, const char *rules)
{
	_cleanup_bundle_ struct signed_bundle bundle = { 0 }, published = { 0 };
	_cleanup_media_ struct media_register media = { 0 };
	_cleanup_api_ struct api *api = NULL;
	struct draft draft = *wanted;
	int r;

	if (add_rules(&bundle, rules) < 0 || api_open(&api, ctl) < 0)
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
	const char *rules = NULL, *role = NULL;
	const struct option_row rows[] = {
		{ "rules", OPTION_TEXT, &rules, "FILE", N_("the rules document") },
		{ "key", OPTION_TEXT, &draft.key, "FILE", N_("your private key") },
		{ "out", OPTION_TEXT, &draft.out, "DIR", N_("where the bundle is put") },
		{ "role", OPTION_TEXT, &role, "ROLE", N_("policy, the default") },
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
		status = options_need(ctl, "rules", rules);
	if (status == OPTIONS_GO_ON)
		status = options_need(ctl, "key", draft.key);
	if (status == OPTIONS_GO_ON)
		status = options_need(ctl, "out", draft.out);
	if (status != OPTIONS_GO_ON)
		return status;
	if (role && strcmp(role, "policy") != 0) {
		complain(_("--role %s: only 'policy' has rules; "
			   "for revocations use 'devgatectl revoke sign'"),
			 role);
		return STATUS_USAGE;
	}
	return sign(ctl, &draft, rules);
}
