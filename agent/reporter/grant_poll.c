#include "grant_poll.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "agent/common/cleanup.h"
#include "agent/common/log.h"
#include "blob.h"
#include "grants_answer.h"
#include "offer.h"
#include "pace.h"
#include "policy/text.h"
#include "policy/trust.h"

enum {
	POLL_WAIT_S = 60,
	POLL_TIMEOUT_MS = (POLL_WAIT_S + 30) * 1000,
	POLL_HASTY_MS = 1000, /* an answer "nothing new" that comes sooner was not waited for */
	DIGEST_SIZE = 65,
};

struct grant_poll {
	sd_event *event;
	struct http *http;
	const char *socket_path;
	struct http_call *call;
	struct offer *offer;
	struct pace pace;
	char have[DIGEST_SIZE];	  /* of the list dealt with last; "none" */
	char digest[DIGEST_SIZE]; /* of the list under way */
	json_t *list;		  /* under way; NULL: none */
	size_t at;		  /* the one that is offered next */
	bool refused;		  /* one of them was */
	uint64_t asked_ms;	  /* CLOCK_MONOTONIC */
	/* Digests of those that were dealt with: a new list has most of them again. */
	size_t n_dealt;
	char dealt[2 * GRANTS_ANSWER_MAX][DIGEST_SIZE];
};

static uint64_t now_ms(const struct grant_poll *poll)
{
	uint64_t now_us = 0;

	sd_event_now(poll->event, CLOCK_MONOTONIC, &now_us);
	return now_us / 1000;
}

static void drop_list(struct grant_poll *poll)
{
	json_decref(poll->list);
	poll->list = NULL;
	poll->at = 0;
	poll->refused = false;
}

static void digest_of(const char *bytes, size_t size, char ret[static DIGEST_SIZE])
{
	uint8_t hash[crypto_hash_sha256_BYTES];

	crypto_hash_sha256(hash, (const uint8_t *)bytes, size);
	text_hex(hash, sizeof(hash), ret);
}

static bool is_dealt(const struct grant_poll *poll, const char *digest)
{
	for (size_t i = 0; i < poll->n_dealt; i++) {
		if (strcmp(poll->dealt[i], digest) == 0)
			return true;
	}
	return false;
}

/* Where there is no more room all are offered again, which harms nobody. */
static void note_dealt(struct grant_poll *poll, const char *digest)
{
	if (poll->n_dealt == sizeof(poll->dealt) / sizeof(poll->dealt[0]))
		poll->n_dealt = 0;
	memcpy(poll->dealt[poll->n_dealt++], digest, DIGEST_SIZE);
}

/* The list has been dealt with.  After a refusal the next question waits: a collector that makes up
 * grant after grant must not fill the ledger with refusals. */
static void settle(struct grant_poll *poll)
{
	bool refused = poll->refused;

	memcpy(poll->have, poll->digest, sizeof(poll->have));
	drop_list(poll);
	if (refused) {
		pace_later(&poll->pace);
		return;
	}
	pace_success_in(&poll->pace, 0);
}

static const char *current(const struct grant_poll *poll, size_t *ret_size)
{
	const json_t *text = json_array_get(poll->list, poll->at);

	*ret_size = json_string_length(text);
	return json_string_value(text);
}

static void on_offered(const struct offer_result *result, void *userdata)
{
	struct grant_poll *poll = userdata;
	char digest[DIGEST_SIZE];
	const char *text;
	size_t size;

	poll->offer = NULL;
	if (result->error < 0) {
		trouble_note(&poll->pace.trouble, "the enforcer cannot be asked: %s %s",
			     strerror(-result->error), result->text);
		pace_later(&poll->pace);
		return;
	}
	trouble_over(&poll->pace.trouble);
	text = current(poll, &size);
	digest_of(text, size, digest);
	note_dealt(poll, digest);
	if (!result->applied) {
		log_warning("grant-refused", "the enforcer refused grant %.12s…: %s: %s", digest,
			    result->refused, result->text);
		poll->refused = true;
	}
	poll->at++;
	pace_at_once(&poll->pace);
}

static int offer_text(struct grant_poll *poll, const char *text, size_t size)
{
	int r, fd = blob_of(text, size);

	if (fd < 0)
		return fd;
	r = offer_start(&poll->offer, poll->event, poll->socket_path,
			trust_role_to_text(ROLE_GRANTS), &fd, 1, on_offered, poll);
	close(fd);
	return r;
}

/* Offer the next that was not dealt with, or be done. */
static int offer_next(struct grant_poll *poll)
{
	for (; poll->at < json_array_size(poll->list); poll->at++) {
		char digest[DIGEST_SIZE];
		size_t size;
		const char *text = current(poll, &size);

		digest_of(text, size, digest);
		if (!is_dealt(poll, digest))
			return offer_text(poll, text, size);
	}
	settle(poll);
	return 0;
}

static void on_list(struct grant_poll *poll, const struct http_answer *answer)
{
	digest_of(answer->body, answer->size, poll->digest);
	if (strcmp(poll->digest, poll->have) == 0) {
		pace_later(&poll->pace);
		return;
	}
	if (grants_answer_parse(answer->body, answer->size, &poll->list) < 0) {
		trouble_note(&poll->pace.trouble, "the collector's answer is no list of grants");
		pace_later(&poll->pace);
		return;
	}
	poll->at = 0;
	pace_at_once(&poll->pace);
}

static void on_answer(const struct http_answer *answer, void *userdata)
{
	struct grant_poll *poll = userdata;

	poll->call = NULL;
	if (answer->status == 200) {
		on_list(poll, answer);
		return;
	}
	if (answer->status != 204) {
		pace_bad_answer(&poll->pace, answer);
		return;
	}
	trouble_over(&poll->pace.trouble);
	if (now_ms(poll) - poll->asked_ms < POLL_HASTY_MS) { /* it did not wait, so we do */
		pace_later(&poll->pace);
		return;
	}
	pace_success_in(&poll->pace, 0);
}

static int ask(struct grant_poll *poll)
{
	char path[128];
	const struct http_request request = {
		.path = path,
		.timeout_ms = POLL_TIMEOUT_MS,
		.max_answer = GRANTS_ANSWER_BYTES,
	};

	poll->asked_ms = now_ms(poll);
	snprintf(path, sizeof(path), "/v1/grants?have=%s&wait=%d", poll->have, POLL_WAIT_S);
	return http_start(poll->http, &request, on_answer, poll, &poll->call);
}

static int on_next(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct grant_poll *poll = userdata;
	int r = poll->list == NULL ? ask(poll) : offer_next(poll);

	(void)source;
	(void)usec;
	if (r < 0)
		pace_error(&poll->pace, r);
	return 0;
}

void grant_poll_again(struct grant_poll *poll)
{
	poll->n_dealt = 0;
	strcpy(poll->have, "none");
	if (poll->list != NULL) {
		poll->offer = offer_cancel(poll->offer); /* it is made once more */
		poll->at = 0;
		pace_at_once(&poll->pace);
		return;
	}
	if (poll->call == NULL)
		return; /* the next question will be the new one */
	poll->call = http_cancel(poll->call);
	pace_at_once(&poll->pace);
}

int grant_poll_new(struct grant_poll **ret, sd_event *event, struct http *http,
		   const char *socket_path, uint32_t retry_max_ms)
{
	struct grant_poll *poll = calloc(1, sizeof(*poll));
	int r;

	if (poll == NULL)
		return -ENOMEM;
	poll->event = event;
	poll->http = http;
	poll->socket_path = socket_path;
	strcpy(poll->have, "none");
	r = pace_init(&poll->pace, event, "grants", "asking the collector for grants", retry_max_ms,
		      on_next, poll);
	if (r < 0) {
		grant_poll_free(poll);
		return r;
	}
	*ret = poll;
	return 0;
}

struct grant_poll *grant_poll_free(struct grant_poll *poll)
{
	if (poll == NULL)
		return NULL;
	http_cancel(poll->call);
	offer_cancel(poll->offer);
	pace_finish(&poll->pace);
	drop_list(poll);
	free(poll);
	return NULL;
}
