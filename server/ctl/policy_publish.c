/* policy publish - give a bundle that enough officers have signed to the collector. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "api.h"
#include "message.h"
#include "options.h"
#include "policy/text.h"
#include "published.h"
#include "seen.h"
#include "summary.h"
#include "workspace.h"

static int check_threshold(const struct signed_bundle *bundle, const struct trust *trust,
			   const char *directory)
{
	unsigned needed = trust->threshold[bundle->manifest.role];
	char signers[1024];
	size_t n = summary_signers(bundle, trust, signers, sizeof(signers));

	if (n >= needed)
		return 0;
	complain(_("%s: signed by %s; %u officers must sign, %zu more are needed: "
		   "'devgatectl policy approve %s'"),
		 directory, n ? signers : _("nobody"), needed, needed - n, directory);
	return -ENOKEY;
}

/* Judge the bundle as the collector and the agents will, so that a refusal comes early. */
static int check(const struct signed_bundle *bundle, struct api *api, const char *directory)
{
	_cleanup_bundle_ struct signed_bundle published = { 0 };
	uint64_t held[_ROLE_MAX] = { 0 };
	const struct trust *trust = api_trust(api);
	enum bundle_refusal refusal;
	struct manifest manifest;
	int r;

	if (!trust)
		return -ENOKEY;
	r = check_threshold(bundle, trust, directory);
	if (r < 0)
		return r;
	r = published_fetch(api, bundle->manifest.role, false, &published);
	if (r < 0)
		return r;
	held[bundle->manifest.role] = published.manifest.version;
	refusal =
		bundle_verify(trust, bundle->text, bundle->text_size, held, time(NULL), &manifest);
	if (refusal == BUNDLE_OK)
		return 0;
	if (refusal == BUNDLE_OLD)
		complain(_("%s: version %llu is not above %llu, which is published; "
			   "draft it again with 'policy sign'"),
			 directory, (unsigned long long)bundle->manifest.version,
			 (unsigned long long)published.manifest.version);
	else
		complain(_("%s: would be refused (%s): %s"), directory,
			 bundle_refusal_to_text(refusal), _(bundle_refusal_explain(refusal)));
	return -EKEYREJECTED;
}

static int put(struct api *api, const char *method, const struct api_path *path, const char *type,
	       const void *body, size_t size)
{
	struct api_request request = { method, path, type, body, size, API_MAX_JSON, NULL, NULL };
	struct api_reply reply;
	int r = api_request(api, &request, &reply);

	if (r < 0)
		return r;
	if (reply.status < 200 || reply.status > 299) {
		api_complain(api, &reply);
		r = -EREMOTEIO;
	}
	api_reply_finish(&reply);
	return r;
}

static int put_section(struct api *api, const struct signed_bundle *bundle, size_t i)
{
	struct api_path path;
	char hex[65];

	text_hex(bundle->manifest.sections[i].sha256, 32, hex);
	api_path_start(&path, "/api/v1/sections");
	api_path_segment(&path, hex);
	return put(api, "PUT", &path, "application/octet-stream", bundle->sections[i].bytes,
		   bundle->sections[i].size);
}

static int publish(struct ctl *ctl, const char *directory)
{
	_cleanup_bundle_ struct signed_bundle bundle = { 0 };
	_cleanup_api_ struct api *api = NULL;
	const char *role;
	struct api_path path;

	if (workspace_read(&bundle, directory) < 0 || api_open(&api, ctl) < 0 ||
	    check(&bundle, api, directory) < 0)
		return STATUS_FAILURE;
	role = trust_role_to_text(bundle.manifest.role);
	for (size_t i = 0; i < bundle.manifest.n_sections; i++)
		if (put_section(api, &bundle, i) < 0)
			return STATUS_FAILURE;
	api_path_start(&path, "/api/v1/policy");
	api_path_query(&path, "role", role);
	if (put(api, "POST", &path, "application/json", bundle.text, bundle.text_size) < 0)
		return STATUS_FAILURE;
	seen_note(api_profile(api), bundle.manifest.role, bundle.manifest.version);
	if (ctl->json) {
		json_t *json = json_pack("{ss sI}", "role", role, "version",
					 (json_int_t)bundle.manifest.version);
		int status = ctl_print_json(json);

		json_decref(json);
		return status;
	}
	printf(_("Published: %s version %llu.  'devgatectl hosts' shows which workstations have "
		 "it.\n"),
	       role, (unsigned long long)bundle.manifest.version);
	return STATUS_OK;
}

int run_policy_publish(struct ctl *ctl, int argc, char **argv)
{
	static const struct option_row rows[] = { { 0 } };
	char **operands;
	int status = options_parse(ctl, rows, argc, argv, 1, 1, &operands);

	return status == OPTIONS_GO_ON ? publish(ctl, operands[0]) : status;
}
