/* policy approve - look at another officer's draft and add a signature to it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "api.h"
#include "confirm.h"
#include "message.h"
#include "options.h"
#include "published.h"
#include "signer.h"
#include "summary.h"
#include "workspace.h"

struct approval {
	const char *directory, *key, *passphrase_file;
	bool yes;
};

static int add_signature(struct signed_bundle *bundle, const struct approval *approval,
			 const struct trust *trust)
{
	_cleanup_signer_ struct officer_key key = { 0 };
	const struct trust_officer *officer;
	int r = signer_open(&key, approval->key, approval->passphrase_file, trust,
			    bundle->manifest.role, &officer);

	if (r < 0)
		return r;
	r = signed_bundle_sign(bundle, key.secret);
	if (r == -EEXIST)
		complain(_("%s: %s has signed this already; another officer must approve it"),
			 approval->directory, officer->name);
	else if (r < 0)
		complain(_("%s: cannot be signed: %s"), approval->directory, strerror(-r));
	else if (!confirm(_("Sign this?"), approval->yes))
		r = -ECANCELED;
	return r;
}

/* The drafter's signature must be good, or the folder is not what was drafted. */
static int check_signatures(const struct signed_bundle *bundle, const struct trust *trust,
			    const char *directory)
{
	char signers[1024];

	if (summary_signers(bundle, trust, signers, sizeof(signers)) == bundle->dsse.n_signatures)
		return 0;
	complain(_("%s: a signature in it is bad or of nobody in the trust root; "
		   "have the bundle drafted again"),
		 directory);
	return -EKEYREJECTED;
}

static int approve(struct ctl *ctl, const struct approval *approval)
{
	_cleanup_bundle_ struct signed_bundle bundle = { 0 }, published = { 0 };
	_cleanup_media_ struct media_register media = { 0 };
	_cleanup_api_ struct api *api = NULL;
	struct summary summary = { .bundle = &bundle, .media = &media, .compare = true };
	int r;

	if (workspace_read(&bundle, approval->directory) < 0 || api_open(&api, ctl) < 0)
		return STATUS_FAILURE;
	summary.trust = api_trust(api);
	if (!summary.trust || check_signatures(&bundle, summary.trust, approval->directory) < 0 ||
	    media_register_fetch(&media, api) < 0)
		return STATUS_FAILURE;
	r = published_fetch(api, bundle.manifest.role, true, &published);
	if (r < 0)
		return STATUS_FAILURE;
	summary.published = r ? &published : NULL;
	if (summary_print(&summary, ctl->json) < 0)
		return STATUS_FAILURE;
	if (r && bundle.manifest.version <= published.manifest.version) {
		complain(_("%s: version %llu is not above %llu, which is published; "
			   "have it drafted again"),
			 approval->directory, (unsigned long long)bundle.manifest.version,
			 (unsigned long long)published.manifest.version);
		return STATUS_FAILURE;
	}
	if (add_signature(&bundle, approval, summary.trust) < 0 ||
	    workspace_update(&bundle, approval->directory) < 0)
		return STATUS_FAILURE;
	summary_tell_next(&bundle, summary.trust, approval->directory);
	return STATUS_OK;
}

int run_policy_approve(struct ctl *ctl, int argc, char **argv)
{
	struct approval approval = { 0 };
	const struct option_row rows[] = {
		{ "key", OPTION_TEXT, &approval.key, "FILE", N_("your private key") },
		{ "passphrase-file", OPTION_TEXT, &approval.passphrase_file, "FILE",
		  N_("read the passphrase from its first line") },
		{ "yes", OPTION_FLAG, &approval.yes, NULL, N_("do not ask") },
		{ 0 },
	};
	char **operands;
	int status = options_parse(ctl, rows, argc, argv, 1, 1, &operands);

	if (status == OPTIONS_GO_ON)
		status = options_need(ctl, "key", approval.key);
	if (status != OPTIONS_GO_ON)
		return status;
	approval.directory = operands[0];
	return approve(ctl, &approval);
}
