#include "poll.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "agent/common/cleanup.h"
#include "agent/common/log.h"
#include "blob.h"
#include "offer.h"
#include "pace.h"
#include "policy/bundle.h"
#include "policy/dsse.h"
#include "policy/text.h"

enum {
	POLL_WAIT_S = 60,
	POLL_TIMEOUT_MS = (POLL_WAIT_S + 30) * 1000,
	POLL_SECTION_TIMEOUT_MS = 600 * 1000,
	POLL_SECTION_MAX = 160 * 1024 * 1024, /* what the collector takes from an officer */
	POLL_DIGEST_SIZE = 65,
	POLL_HASTY_MS = 1000, /* an answer "nothing new" that comes sooner was not waited for */
};

struct poll {
	sd_event *event;
	struct http *http;
	struct poll_options options;
	struct http_call *call;
	struct offer *offer;
	struct pace pace;
	char have[POLL_DIGEST_SIZE]; /* envelope dealt with last: applied or refused; "none" */
	bool refused;		     /* it was refused */
	uint64_t asked_ms;	     /* CLOCK_MONOTONIC */
	/* The envelope under way; n_fds 0: none. */
	char digest[POLL_DIGEST_SIZE];
	struct manifest manifest;
	int fds[1 + MANIFEST_MAX_SECTIONS]; /* the envelope and the sections so far; sealed */
	size_t n_fds;
	struct blob blob; /* the section that is being fetched */
};

static uint64_t now_ms(const struct poll *poll)
{
	uint64_t now_us = 0;

	sd_event_now(poll->event, CLOCK_MONOTONIC, &now_us);
	return now_us / 1000;
}

static void drop_bundle(struct poll *poll)
{
	blob_finish(&poll->blob);
	while (poll->n_fds > 0)
		close(poll->fds[--poll->n_fds]);
}

/* The envelope under way has been dealt with.  After a refusal the next question waits, longer each
 * time: a collector that makes up envelope after envelope must not fill the ledger with refusals.
 */
static void settle(struct poll *poll, bool refused)
{
	memcpy(poll->have, poll->digest, sizeof(poll->have));
	poll->refused = refused;
	drop_bundle(poll);
	if (refused) {
		pace_later(&poll->pace);
		return;
	}
	pace_success_in(&poll->pace, 0);
}

/* What came cannot be a bundle of this role: wait until there is another. */
static void on_unusable(struct poll *poll, const char *why)
{
	log_error("poll-unusable", "the collector's %s envelope %.12s… cannot be offered: %s",
		  trust_role_to_text(poll->options.role), poll->digest, why);
	settle(poll, true);
}

static void on_offered(const struct offer_result *result, void *userdata)
{
	struct poll *poll = userdata;
	const char *role = trust_role_to_text(poll->options.role);

	poll->offer = NULL;
	if (result->error < 0) {
		trouble_note(&poll->pace.trouble, "the enforcer cannot be asked: %s %s",
			     strerror(-result->error), result->text);
		pace_later(&poll->pace);
		return;
	}
	trouble_over(&poll->pace.trouble);
	if (!result->applied) {
		log_warning("poll-refused", "the enforcer refused %s version %" PRIu64 ": %s: %s",
			    role, poll->manifest.version, result->refused, result->text);
		settle(poll, true);
		return;
	}
	log_info("poll-applied", "%s version %" PRIu64 " is in force", role, result->version);
	settle(poll, false);
	poll->options.on_applied(poll->options.userdata);
}

static void make_offer(struct poll *poll)
{
	int r = offer_start(&poll->offer, poll->event, poll->options.socket_path,
			    trust_role_to_text(poll->options.role), poll->fds, poll->n_fds,
			    on_offered, poll);

	if (r >= 0)
		return;
	trouble_note(&poll->pace.trouble, "the enforcer cannot be asked: %s", strerror(-r));
	pace_later(&poll->pace);
}

static int on_section_bytes(const void *bytes, size_t size, void *userdata)
{
	struct poll *poll = userdata;

	return blob_append(&poll->blob, bytes, size);
}

static const struct manifest_section *next_section(const struct poll *poll)
{
	return &poll->manifest.sections[poll->n_fds - 1];
}

static void on_section(const struct http_answer *answer, void *userdata)
{
	struct poll *poll = userdata;
	int fd;

	poll->call = NULL;
	if (answer->status == 404) { /* another envelope has taken its place */
		drop_bundle(poll);
		pace_later(&poll->pace);
		return;
	}
	if (answer->status != 200) {
		pace_bad_answer(&poll->pace, answer);
		return;
	}
	fd = blob_seal(&poll->blob, next_section(poll)->size, next_section(poll)->sha256);
	if (fd < 0) {
		trouble_note(&poll->pace.trouble,
			     "section \"%s\" is not what the manifest names: %s",
			     next_section(poll)->name, strerror(-fd));
		drop_bundle(poll);
		pace_later(&poll->pace);
		return;
	}
	poll->fds[poll->n_fds++] = fd;
	pace_at_once(&poll->pace);
}

static int fetch_section(struct poll *poll)
{
	char path[128] = "/v1/sections/";
	const struct http_request request = {
		.path = path,
		.accept_zstd = true,
		.timeout_ms = POLL_SECTION_TIMEOUT_MS,
		.max_answer = next_section(poll)->size,
		.on_bytes = on_section_bytes,
	};
	int r;

	text_hex(next_section(poll)->sha256, 32, path + strlen(path));
	blob_finish(&poll->blob);
	r = blob_init(&poll->blob);
	if (r < 0)
		return r;
	return http_start(poll->http, &request, on_section, poll, &poll->call);
}

/* Learn from the envelope what else to fetch. */
static const char *read_envelope(struct poll *poll, const char *text, size_t size)
{
	struct dsse dsse;
	int r;

	if (dsse_parse(&dsse, text, size) < 0)
		return "it is no DSSE envelope";
	r = manifest_parse(&poll->manifest, dsse.payload, dsse.payload_size);
	dsse_finish(&dsse);
	if (r < 0)
		return "its payload is no manifest";
	if (poll->manifest.role != poll->options.role)
		return "its manifest is for another role";
	for (size_t i = 0; i < poll->manifest.n_sections; i++) {
		if (poll->manifest.sections[i].size > POLL_SECTION_MAX)
			return "a section is larger than 160 MiB";
	}
	return NULL;
}

static void on_envelope(struct poll *poll, const struct http_answer *answer)
{
	uint8_t sha256[crypto_hash_sha256_BYTES];
	const char *why;
	int fd;

	crypto_hash_sha256(sha256, (const uint8_t *)answer->body, answer->size);
	text_hex(sha256, sizeof(sha256), poll->digest);
	if (strcmp(poll->digest, poll->have) == 0) {
		pace_later(&poll->pace);
		return;
	}
	why = read_envelope(poll, answer->body, answer->size);
	if (why != NULL) {
		on_unusable(poll, why);
		return;
	}
	fd = blob_of(answer->body, answer->size);
	if (fd < 0) {
		pace_error(&poll->pace, fd);
		return;
	}
	poll->fds[0] = fd;
	poll->n_fds = 1;
	pace_at_once(&poll->pace);
}

static void on_answer(const struct http_answer *answer, void *userdata)
{
	struct poll *poll = userdata;

	poll->call = NULL;
	if (answer->status != 200 && answer->status != 204) {
		pace_bad_answer(&poll->pace, answer);
		return;
	}
	if (answer->status == 200) {
		on_envelope(poll, answer);
		return;
	}
	trouble_over(&poll->pace.trouble);
	if (now_ms(poll) - poll->asked_ms < POLL_HASTY_MS) { /* it did not wait, so we do */
		pace_later(&poll->pace);
		return;
	}
	pace_success_in(&poll->pace, 0);
}

static int ask(struct poll *poll)
{
	char path[160];
	const struct http_request request = {
		.path = path,
		.timeout_ms = POLL_TIMEOUT_MS,
		.max_answer = DSSE_MAX_BYTES,
	};

	poll->asked_ms = now_ms(poll);
	snprintf(path, sizeof(path), "/v1/policy?role=%s&have=%s&wait=%d",
		 trust_role_to_text(poll->options.role), poll->have, POLL_WAIT_S);
	return http_start(poll->http, &request, on_answer, poll, &poll->call);
}

static int on_next(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct poll *poll = userdata;
	int r = 0;

	(void)source;
	(void)usec;
	if (poll->n_fds == 0)
		r = ask(poll);
	else if (poll->n_fds <= poll->manifest.n_sections)
		r = fetch_section(poll);
	else
		make_offer(poll);
	if (r < 0)
		pace_error(&poll->pace, r);
	return 0;
}

void poll_forget(struct poll *poll)
{
	if (poll->refused)
		poll_again(poll);
}

void poll_again(struct poll *poll)
{
	poll->refused = false;
	strcpy(poll->have, "none");
	if (poll->n_fds > 0 || poll->call == NULL)
		return; /* the next question will be the new one */
	poll->call = http_cancel(poll->call);
	pace_at_once(&poll->pace);
}

static const char *const what[_ROLE_MAX] = {
	[ROLE_POLICY] = "asking the collector for policy",
	[ROLE_REVOCATIONS] = "asking the collector for revocations",
};

int poll_new(struct poll **ret, sd_event *event, struct http *http,
	     const struct poll_options *options)
{
	struct poll *poll = calloc(1, sizeof(*poll));
	int r;

	if (poll == NULL)
		return -ENOMEM;
	poll->event = event;
	poll->http = http;
	poll->options = *options;
	poll->blob.fd = -1;
	strcpy(poll->have, "none");
	r = pace_init(&poll->pace, event, "poll", what[options->role], options->retry_max_ms,
		      on_next, poll);
	if (r < 0) {
		poll_free(poll);
		return r;
	}
	*ret = poll;
	return 0;
}

struct poll *poll_free(struct poll *poll)
{
	if (poll == NULL)
		return NULL;
	http_cancel(poll->call);
	offer_cancel(poll->offer);
	pace_finish(&poll->pace);
	drop_bundle(poll);
	free(poll);
	return NULL;
}
