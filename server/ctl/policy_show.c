/* policy show - what is published, or what a workspace holds. */
#include <stdio.h>

#include "api.h"
#include "message.h"
#include "options.h"
#include "published.h"
#include "summary.h"
#include "workspace.h"

static int show_published(struct ctl *ctl, struct api *api, enum trust_role role)
{
	_cleanup_bundle_ struct signed_bundle bundle = { 0 };
	_cleanup_media_ struct media_register media = { 0 };
	struct summary summary = { .bundle = &bundle, .media = &media, .trust = api_trust(api) };
	int r = published_fetch(api, role, true, &bundle);

	if (r < 0)
		return STATUS_FAILURE;
	if (r == 0) {
		complain(_("nothing is published for role '%s' yet; see 'devgatectl policy sign'"),
			 trust_role_to_text(role));
		return STATUS_FAILURE;
	}
	if (media_register_fetch(&media, api) < 0 || summary_print(&summary, ctl->json) < 0)
		return STATUS_FAILURE;
	return STATUS_OK;
}

static int show_workspace(struct ctl *ctl, struct api *api, const char *directory)
{
	_cleanup_bundle_ struct signed_bundle bundle = { 0 }, published = { 0 };
	_cleanup_media_ struct media_register media = { 0 };
	struct summary summary = {
		.bundle = &bundle, .media = &media, .trust = api_trust(api), .compare = true
	};
	int r;

	if (!summary.trust || workspace_read(&bundle, directory) < 0 ||
	    media_register_fetch(&media, api) < 0)
		return STATUS_FAILURE;
	r = published_fetch(api, bundle.manifest.role, true, &published);
	if (r < 0)
		return STATUS_FAILURE;
	summary.published = r ? &published : NULL;
	return summary_print(&summary, ctl->json) < 0 ? STATUS_FAILURE : STATUS_OK;
}

int run_policy_show(struct ctl *ctl, int argc, char **argv)
{
	const char *role_name = "policy";
	const struct option_row rows[] = {
		{ "role", OPTION_TEXT, &role_name, "ROLE",
		  N_("of the published bundle: policy (default) or revocations") },
		{ 0 },
	};
	_cleanup_api_ struct api *api = NULL;
	char **operands;
	int role, status = options_parse(ctl, rows, argc, argv, 0, 1, &operands);

	if (status != OPTIONS_GO_ON)
		return status;
	role = trust_role_from_text(role_name);
	if (role < 0) {
		complain(_("--role %s: must be policy or revocations"), role_name);
		return STATUS_USAGE;
	}
	if (api_open(&api, ctl) < 0)
		return STATUS_FAILURE;
	if (operands[0])
		return show_workspace(ctl, api, operands[0]);
	return show_published(ctl, api, (enum trust_role)role);
}
