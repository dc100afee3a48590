#include "policy_api.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>

#include "collector.h"
#include "log.h"
#include "policy/bundle.h"
#include "policy/text.h"
#include "reply.h"
#include "section_reply.h"
#include "server/pki/cleanup.h"
#include "server/store/policies.h"
#include "server/store/sections.h"

#define ENVELOPE_TYPE "application/json"

static int read_role(struct request *request, enum trust_role *ret)
{
	const char *text = request_argument(request, "role");
	int role = text ? trust_role_from_text(text) : -EINVAL;

	if (role < 0)
		return problem_set(&request->problem, MHD_HTTP_BAD_REQUEST, "bad-request",
				   "role must be \"policy\" or \"revocations\".");
	*ret = (enum trust_role)role;
	return 0;
}

/* Wait for news.  What the handler returns. */
static enum MHD_Result wait_or_end(struct request *request, uint64_t generation, uint64_t wait_s)
{
	int r = waiters_suspend(&request->collector->waiters, &request->wait, generation,
				(unsigned)wait_s);

	if (r == 0)
		return MHD_YES;
	if (r == -EAGAIN)
		return policy_handle_poll(request);
	if (r == -ETIME)
		return reply_empty(request, MHD_HTTP_NO_CONTENT);
	problem_set(&request->problem, MHD_HTTP_SERVICE_UNAVAILABLE, "busy",
		    "Too many machines wait already; ask again later.");
	return reply_problem(request);
}

enum MHD_Result policy_handle_poll(struct request *request)
{
	struct published policy;
	enum trust_role role = ROLE_POLICY;
	uint64_t wait_s;
	const char *have = request_argument(request, "have");

	if (read_role(request, &role) < 0 ||
	    request_number(request, "wait", WAIT_MAX_S, 0, &wait_s) < 0)
		return reply_problem(request);
	request->wait.topic = role == ROLE_POLICY ? TOPIC_POLICY : TOPIC_REVOCATIONS;
	uint64_t generation = waiters_generation(&request->collector->waiters, request->wait.topic);
	int r = policies_current(request->collector->store, role, &policy);
	if (r < 0 && r != -ENOENT)
		return reply_failure(request, r, "read policy");
	if (r == 0 && (!have || strcmp(have, policy.sha256) != 0))
		return reply_bytes(request, ENVELOPE_TYPE, policy.text, policy.size, policy.sha256);
	if (r == 0)
		free(policy.text);
	return wait_or_end(request, generation, wait_s);
}

enum MHD_Result policy_handle_section(struct request *request)
{
	uint64_t size;
	int fd = sections_open(request->collector->store, request->segment, &size);

	if (fd == -EINVAL || fd == -ENOENT)
		return reply_refusal(request, MHD_HTTP_NOT_FOUND, "not-found",
				     "There is no section with this SHA-256.");
	if (fd < 0)
		return reply_failure(request, fd, "read a section");
	return section_reply(request, fd, size);
}

enum MHD_Result policy_handle_current(struct request *request)
{
	struct published policy;
	enum trust_role role = ROLE_POLICY;

	if (read_role(request, &role) < 0)
		return reply_problem(request);
	int r = policies_current(request->collector->store, role, &policy);
	if (r == -ENOENT)
		return reply_refusal(request, MHD_HTTP_NOT_FOUND, "not-found",
				     "Nothing has been published for role %s.",
				     trust_role_to_text(role));
	if (r < 0)
		return reply_failure(request, r, "read policy");
	return reply_bytes(request, ENVELOPE_TYPE, policy.text, policy.size, policy.sha256);
}

/* The versions in force, which a new one must be above. */
static int read_held(struct store *store, uint64_t ret[static _ROLE_MAX])
{
	for (enum trust_role role = 0; role < _ROLE_MAX; role++) {
		struct published policy;
		int r = policies_current(store, role, &policy);
		if (r < 0 && r != -ENOENT)
			return r;
		ret[role] = r == 0 ? policy.version : 0;
		if (r == 0)
			free(policy.text);
	}
	return 0;
}

/* Every section must be here, whole, before the manifest that names it is. */
static int check_sections(struct request *request, const struct manifest *manifest)
{
	for (size_t i = 0; i < manifest->n_sections; i++) {
		const struct manifest_section *section = &manifest->sections[i];
		char sha256[65];
		uint64_t size = 0;
		text_hex(section->sha256, sizeof(section->sha256), sha256);
		int fd = sections_open(request->collector->store, sha256, &size);
		if (fd >= 0)
			close(fd);
		if (fd < 0 || size != section->size)
			return problem_set(&request->problem, MHD_HTTP_UNPROCESSABLE_CONTENT,
					   bundle_refusal_to_text(BUNDLE_BAD_SECTION),
					   "Section \"%s\" is not here; PUT it to "
					   "/api/v1/sections/%s first.",
					   section->name, sha256);
	}
	return 0;
}

/* Judge the envelope.  Fills *@ret. */
static int verify(struct request *request, enum trust_role role, struct manifest *ret)
{
	uint64_t held[_ROLE_MAX];
	int r = read_held(request->collector->store, held);

	if (r < 0)
		return problem_set(&request->problem, MHD_HTTP_SERVICE_UNAVAILABLE, "busy",
				   "The versions in force could not be read.");
	enum bundle_refusal refusal =
		bundle_verify(&request->collector->config.trust, request->body.bytes,
			      request->body.size, held, (int64_t)time(NULL), ret);
	if (refusal != BUNDLE_OK)
		return problem_set(&request->problem, MHD_HTTP_UNPROCESSABLE_CONTENT,
				   bundle_refusal_to_text(refusal), "%s",
				   bundle_refusal_explain(refusal));
	if (ret->role != role)
		return problem_set(&request->problem, MHD_HTTP_BAD_REQUEST, "bad-request",
				   "The envelope is for role %s, not %s.",
				   trust_role_to_text(ret->role), trust_role_to_text(role));
	return check_sections(request, ret);
}

static int publish(struct request *request, const struct manifest *manifest)
{
	uint8_t hash[STORE_HASH_SIZE];
	struct published policy = { .version = manifest->version,
				    .text = request->body.bytes,
				    .size = request->body.size };

	crypto_hash_sha256(hash, (const uint8_t *)policy.text, policy.size);
	text_hex(hash, sizeof(hash), policy.sha256);
	return policies_publish(request->collector->store, manifest->role, &policy,
				request->person.name, (int64_t)time(NULL));
}

enum MHD_Result policy_handle_publish(struct request *request)
{
	struct manifest manifest;
	enum trust_role role = ROLE_POLICY;

	if (read_role(request, &role) < 0 || verify(request, role, &manifest) < 0)
		return reply_problem(request);
	int r = publish(request, &manifest);
	if (r == -EEXIST) /* another came between the check and this */
		return reply_refusal(request, MHD_HTTP_UNPROCESSABLE_CONTENT,
				     bundle_refusal_to_text(BUNDLE_OLD), "%s",
				     bundle_refusal_explain(BUNDLE_OLD));
	if (r < 0)
		return reply_failure(request, r, "publish policy");
	log_about(LOG_LEVEL_INFO, "policy-published",
		  LOG_ABOUT(LOG_TEXT("by", request->person.name),
			    LOG_TEXT("role", trust_role_to_text(role)),
			    LOG_NUMBER("version", manifest.version)),
		  "%s version %llu by %s", trust_role_to_text(role),
		  (unsigned long long)manifest.version, request->person.name);
	waiters_wake(&request->collector->waiters,
		     role == ROLE_POLICY ? TOPIC_POLICY : TOPIC_REVOCATIONS);
	return reply_json(request, MHD_HTTP_CREATED,
			  json_pack("{ss sI}", "role", trust_role_to_text(role), "version",
				    (json_int_t)manifest.version));
}

enum MHD_Result policy_handle_put_section(struct request *request)
{
	int r = section_writer_commit(&request->body.section, request->segment);

	if (r == -EBADMSG)
		return reply_refusal(request, MHD_HTTP_UNPROCESSABLE_CONTENT, "bad-section",
				     "The body's SHA-256 is not the one in the address.");
	if (r < 0)
		return reply_failure(request, r, "keep a section");
	return reply_empty(request, r ? MHD_HTTP_CREATED : MHD_HTTP_NO_CONTENT);
}

enum MHD_Result policy_handle_trust_root(struct request *request)
{
	const char *text = request->collector->config.trust_text;
	char *copy = strdup(text);

	return reply_bytes(request, "application/json", copy, strlen(text), NULL);
}
