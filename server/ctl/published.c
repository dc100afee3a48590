#include "published.h"

#include <errno.h>
#include <string.h>

#include "message.h"
#include "policy/text.h"
#include "seen.h"
#include "server/pki/cleanup.h"

/* GET @path as bytes, given to *@ret.  1; 0 for 404; -errno. */
static int get_bytes(struct api *api, const struct api_path *path, size_t max, char **ret,
		     size_t *ret_size)
{
	struct api_request request = { .method = "GET", .path = path, .max_reply = max };
	struct api_reply reply;
	int r = api_request(api, &request, &reply);

	if (r < 0)
		return r;
	if (reply.status == 200) {
		*ret_size = reply.size;
		*ret = TAKE_PTR(reply.body);
		r = 1;
	} else if (reply.status != 404) {
		api_complain(api, &reply);
		r = -EREMOTEIO;
	}
	api_reply_finish(&reply);
	return r;
}

static int fetch_section(struct api *api, struct signed_bundle *bundle, size_t i)
{
	const struct manifest_section *section = &bundle->manifest.sections[i];
	struct api_path path;
	char hex[65], *bytes;
	size_t size;
	int r;

	text_hex(section->sha256, sizeof(section->sha256), hex);
	api_path_start(&path, "/api/v1/sections");
	api_path_segment(&path, hex);
	if (section->size > API_MAX_SECTION) {
		complain(_("section '%s' is larger than this version can take"), section->name);
		return -EFBIG;
	}
	r = get_bytes(api, &path, (size_t)section->size, &bytes, &size);
	if (r == 0) {
		complain(_("the collector has lost section '%s' of the published bundle; "
			   "publish it again from its folder"),
			 section->name);
		return -ENOENT;
	}
	if (r < 0)
		return r;
	return signed_bundle_take_section(bundle, i, (uint8_t *)bytes, size, _("the collector"));
}

/* The envelope of @role, verified, as for published_fetch. */
static int fetch_envelope(struct api *api, enum trust_role role, struct signed_bundle *bundle)
{
	static const uint64_t held[_ROLE_MAX];
	const struct trust *trust = api_trust(api);
	enum bundle_refusal refusal;
	struct manifest manifest;
	struct api_path path;
	char *text;
	size_t size;
	int r;

	if (!trust)
		return -ENOKEY;
	api_path_start(&path, "/api/v1/policy");
	api_path_query(&path, "role", trust_role_to_text(role));
	r = get_bytes(api, &path, DSSE_MAX_BYTES, &text, &size);
	if (r <= 0)
		return r;
	r = signed_bundle_take_envelope(bundle, text, size, _("the collector"));
	if (r < 0)
		return r;
	refusal = bundle_verify(trust, bundle->text, bundle->text_size, held, -1, &manifest);
	if (refusal == BUNDLE_OK && manifest.role != role)
		refusal = BUNDLE_MALFORMED;
	if (refusal != BUNDLE_OK) {
		complain(_("the collector shows a bundle that the officers of your profile did not "
			   "sign (%s: %s); have the collector examined"),
			 bundle_refusal_to_text(refusal), _(bundle_refusal_explain(refusal)));
		return -EKEYREJECTED;
	}
	return 1;
}

/* Is @version, 0 for none, the newest there is as far as is known here?  Else there is no drafting
 * upon it. */
static int check_newest(const struct api *api, enum trust_role role, uint64_t version)
{
	uint64_t seen = seen_version(api_profile(api), role);

	if (version >= seen) {
		seen_note(api_profile(api), role, version);
		return 0;
	}
	complain(_("the collector shows version %llu of role '%s', but version %llu was published: "
		   "if it was restored from a backup, 'policy publish' the newer one again, else "
		   "have it examined"),
		 (unsigned long long)version, trust_role_to_text(role), (unsigned long long)seen);
	return -ESTALE;
}

int published_fetch(struct api *api, enum trust_role role, bool whole, struct signed_bundle *ret)
{
	struct signed_bundle bundle = { 0 };
	int r = fetch_envelope(api, role, &bundle);

	if (r >= 0 && whole && check_newest(api, role, bundle.manifest.version) < 0)
		r = -ESTALE;
	if (r == 1 && whole) {
		int failure = 0;

		for (size_t i = 0; failure == 0 && i < bundle.manifest.n_sections; i++)
			failure = fetch_section(api, &bundle, i);
		if (failure == 0)
			failure = signed_bundle_open_sections(&bundle, _("the collector"));
		if (failure < 0)
			r = failure;
	}
	if (r == 1)
		*ret = bundle;
	else
		signed_bundle_finish(&bundle);
	return r;
}
