#include "signed_grant.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "message.h"
#include "policy/dsse.h"
#include "policy/text.h"
#include "server/pki/cleanup.h"

int signed_grant_make(const struct grant *grant, const struct officer_key *key, char **ret)
{
	struct dsse dsse = { .type = GRANT_TYPE };
	char *payload;
	int r = grant_encode(grant, &payload);

	if (r == 0) {
		dsse.payload = (uint8_t *)payload;
		dsse.payload_size = strlen(payload);
		r = dsse_sign(&dsse, key->secret);
		if (r == 0)
			r = dsse_encode(&dsse, ret);
		dsse_finish(&dsse);
	}
	if (r < 0)
		complain(_("the grant cannot be signed: %s"), strerror(-r));
	return r;
}

/* What is to be done about a policy that is refused is not what is to be done here. */
static void complain_refused(const struct api *api, const struct api_reply *reply,
			     const char *origin)
{
	_cleanup_json_ json_t *problem = json_loadb(reply->body, reply->size, 0, NULL);
	const char *detail = json_string_value(json_object_get(problem, "detail"));
	char shown[256];

	if (!detail || (reply->status != 422 && reply->status != 409)) {
		api_complain(api, reply);
		return;
	}
	text_sanitise(detail, strlen(detail), shown, sizeof(shown));
	complain(_("%s: refused by the collector: %s"), origin, shown);
}

int signed_grant_publish(struct api *api, const char *text, size_t size, const char *origin,
			 struct grant *ret)
{
	const struct trust *trust = api_trust(api);
	struct api_reply reply = { 0 };
	enum grant_refusal refusal;
	struct api_path path;
	int r;

	if (!trust)
		return -ENOKEY;
	refusal = grant_verify(trust, text, size, time(NULL), ret);
	if (refusal != GRANT_OK) {
		complain(_("%s: would be refused (%s): %s"), origin, grant_refusal_to_text(refusal),
			 _(grant_refusal_explain(refusal)));
		return -EBADMSG;
	}
	api_path_start(&path, "/api/v1/grants");
	r = api_request(api,
			&(struct api_request){ .method = "POST",
					       .path = &path,
					       .type = "application/json",
					       .body = text,
					       .body_size = size,
					       .max_reply = 64 * 1024 },
			&reply);
	if (r < 0)
		return r;
	if (reply.status / 100 != 2) {
		complain_refused(api, &reply, origin);
		r = -EREMOTEIO;
	}
	api_reply_finish(&reply);
	return r;
}
