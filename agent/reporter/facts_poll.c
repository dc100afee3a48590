#include "facts_poll.h"

#include <errno.h>
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
#include "policy/facts.h"

enum { EVERY_MS = 300 * 1000, TIMEOUT_MS = 60 * 1000 };

struct facts_poll {
	sd_event *event;
	struct http *http;
	const char *socket_path;
	struct http_call *call;
	struct offer *offer;
	struct pace pace;
	char etag[HTTP_ETAG_SIZE]; /* of @text; "": it has none */
	char *text;		   /* what was told last; owned */
	size_t size;
	bool due; /* it is to be offered: also the same again, so that it is not too old */
};

/* Not all workstations at once. */
static void rest(struct facts_poll *poll)
{
	pace_success_in(&poll->pace, EVERY_MS / 2 + randombytes_uniform(EVERY_MS));
}

static void on_offered(const struct offer_result *result, void *userdata)
{
	struct facts_poll *poll = userdata;

	poll->offer = NULL;
	if (result->error < 0) {
		trouble_note(&poll->pace.trouble, "the enforcer cannot be asked: %s %s",
			     strerror(-result->error), result->text);
		pace_later(&poll->pace);
		return;
	}
	poll->due = false;
	if (result->applied)
		trouble_over(&poll->pace.trouble);
	else
		trouble_note(&poll->pace.trouble, "the enforcer does not take it: %s: %s",
			     result->refused, result->text);
	rest(poll);
}

static int make_offer(struct facts_poll *poll)
{
	int r, fd = blob_of(poll->text, poll->size);

	if (fd < 0)
		return fd;
	r = offer_start(&poll->offer, poll->event, poll->socket_path, "facts", &fd, 1, on_offered,
			poll);
	close(fd);
	return r;
}

static int keep(struct facts_poll *poll, const struct http_answer *answer)
{
	char *text = malloc(answer->size + 1);

	if (text == NULL)
		return -ENOMEM;
	memcpy(text, answer->body, answer->size);
	free(poll->text);
	poll->text = text;
	poll->size = answer->size;
	memcpy(poll->etag, answer->etag, sizeof(poll->etag));
	return 0;
}

static void on_answer(const struct http_answer *answer, void *userdata)
{
	struct facts_poll *poll = userdata;

	poll->call = NULL;
	poll->due = (answer->status == 200 && answer->size > 0 && keep(poll, answer) >= 0) ||
		    (answer->status == 304 && poll->text != NULL);
	if (poll->due)
		pace_at_once(&poll->pace);
	else
		pace_bad_answer(&poll->pace, answer);
}

static int ask(struct facts_poll *poll)
{
	char header[HTTP_ETAG_SIZE + 32];
	const struct http_request request = {
		.path = "/v1/facts",
		.header = poll->etag[0] == '\0' ? NULL : header,
		.timeout_ms = TIMEOUT_MS,
		.max_answer = FACTS_MAX_BYTES,
	};

	snprintf(header, sizeof(header), "If-None-Match: \"%s\"", poll->etag);
	return http_start(poll->http, &request, on_answer, poll, &poll->call);
}

static int on_next(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct facts_poll *poll = userdata;
	int r = poll->due ? make_offer(poll) : ask(poll);

	(void)source;
	(void)usec;
	if (r < 0)
		pace_error(&poll->pace, r);
	return 0;
}

void facts_poll_again(struct facts_poll *poll)
{
	if (poll->text == NULL || poll->call != NULL)
		return; /* it is asked for, and offered then */
	poll->offer = offer_cancel(poll->offer);
	poll->due = true;
	pace_at_once(&poll->pace);
}

int facts_poll_new(struct facts_poll **ret, sd_event *event, struct http *http,
		   const char *socket_path, uint32_t retry_max_ms)
{
	struct facts_poll *poll = calloc(1, sizeof(*poll));
	int r;

	if (poll == NULL)
		return -ENOMEM;
	poll->event = event;
	poll->http = http;
	poll->socket_path = socket_path;
	r = pace_init(&poll->pace, event, "facts", "asking the collector of people and devices",
		      retry_max_ms, on_next, poll);
	if (r < 0) {
		facts_poll_free(poll);
		return r;
	}
	*ret = poll;
	return 0;
}

struct facts_poll *facts_poll_free(struct facts_poll *poll)
{
	if (poll == NULL)
		return NULL;
	http_cancel(poll->call);
	offer_cancel(poll->offer);
	pace_finish(&poll->pace);
	free(poll->text);
	free(poll);
	return NULL;
}
