#include "renew.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jansson.h>
#include <sodium.h>

#include "agent/common/cleanup.h"
#include "agent/common/log.h"
#include "enrol_answer.h"
#include "renew_due.h"
#include "pace.h"

enum {
	LOOK_EVERY_S = 60 * 60, /* at the clock, which may be set */
	RENEW_TIMEOUT_MS = 30 * 1000,
	RENEW_MAX_ANSWER = 64 * 1024,
	/* The first answer with the new certificate may be a policy's envelope. */
	PROBE_MAX_ANSWER = 512 * 1024,
};

struct renew {
	sd_event *event;
	struct renew_options options;
	struct pace pace;
	struct http *probe; /* shows the new certificate */
	struct http_call *call;
	char *body;
};

static void try_again(struct renew *renew, const char *why)
{
	trouble_note(&renew->pace.trouble, "%s", why);
	pace_later(&renew->pace);
}

static void commit(struct renew *renew)
{
	int r = identity_commit(renew->options.state_fd, IDENTITY_RENEWED);

	if (r < 0) {
		try_again(renew, strerror(-r));
		return;
	}
	trouble_over(&renew->pace.trouble);
	log_info("certificate-renewed", "this machine has a new certificate");
	renew->options.on_renewed(renew->options.userdata);
}

static void on_probed(const struct http_answer *answer, void *userdata)
{
	struct renew *renew = userdata;
	char text[HTTP_TEXT_SIZE];

	renew->call = NULL;
	if (answer->status == 200 || answer->status == 204) {
		commit(renew);
		return;
	}
	/* It is not accepted, and will not be: the one in use is, and asks for another. */
	if (answer->status == 401 || answer->status == 403)
		identity_forget(renew->options.state_fd, IDENTITY_RENEWED);
	http_describe(answer, text);
	try_again(renew, text);
}

/* A connection that shows the new certificate. */
static int open_probe(struct renew *renew)
{
	struct http_peer peer = *renew->options.peer;
	char cert[PATH_MAX], key[PATH_MAX];

	if ((size_t)snprintf(cert, sizeof(cert), "%s/" IDENTITY_RENEWED_CERT,
			     renew->options.state_dir) >= sizeof(cert) ||
	    (size_t)snprintf(key, sizeof(key), "%s/" IDENTITY_RENEWED_KEY,
			     renew->options.state_dir) >= sizeof(key))
		return -ENAMETOOLONG;
	peer.cert_path = cert;
	peer.key_path = key;
	renew->probe = http_free(renew->probe);
	return http_new(&renew->probe, renew->event, &peer);
}

static int probe(struct renew *renew)
{
	static const struct http_request request = {
		.path = "/v1/policy?role=revocations&have=none&wait=0",
		.timeout_ms = RENEW_TIMEOUT_MS,
		.max_answer = PROBE_MAX_ANSWER,
	};
	int r = open_probe(renew);

	return r < 0 ? r : http_start(renew->probe, &request, on_probed, renew, &renew->call);
}

static int accept_answer(struct renew *renew, const struct http_answer *answer)
{
	_cleanup_free_ char *pem = NULL;
	int r = enrol_answer_parse(answer->body, answer->size, &pem);

	return r < 0 ? r : identity_accept(renew->options.state_fd, IDENTITY_RENEWED, pem);
}

static void on_answer(const struct http_answer *answer, void *userdata)
{
	struct renew *renew = userdata;
	char text[HTTP_TEXT_SIZE];

	renew->call = NULL;
	free(TAKE_PTR(renew->body));
	if (answer->status != 201) {
		http_describe(answer, text);
		try_again(renew, text);
		return;
	}
	int r = accept_answer(renew, answer);
	if (r == -EBADMSG)
		try_again(renew,
			  "the collector's answer has no certificate for this machine's key");
	else if (r < 0)
		try_again(renew, strerror(-r));
	else
		pace_at_once(&renew->pace);
}

static int ask(struct renew *renew)
{
	_cleanup_json_ json_t *root = NULL;
	_cleanup_free_ char *csr = NULL;
	int r = identity_request(renew->options.state_fd, IDENTITY_RENEWED,
				 renew->options.identity->host, &csr);

	if (r < 0)
		return r;
	free(TAKE_PTR(renew->body));
	root = json_pack("{s:s}", "csr", csr);
	renew->body = root != NULL ? json_dumps(root, JSON_COMPACT) : NULL;
	if (renew->body == NULL)
		return -ENOMEM;
	const struct http_request request = {
		.path = "/v1/renew",
		.type = "application/json",
		.body = renew->body,
		.body_size = strlen(renew->body),
		.timeout_ms = RENEW_TIMEOUT_MS,
		.max_answer = RENEW_MAX_ANSWER,
	};
	return http_start(renew->options.http, &request, on_answer, renew, &renew->call);
}

static int on_time(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct renew *renew = userdata;
	int64_t now = (int64_t)time(NULL), due = renew_due(renew->options.identity);
	int r;

	(void)source;
	(void)usec;
	if (identity_accepted(renew->options.state_fd, IDENTITY_RENEWED)) {
		r = probe(renew);
	} else if (now >= renew->options.identity->not_after) {
		trouble_note(&renew->pace.trouble,
			     "the certificate has expired; enrol this machine "
			     "again with a new token");
		pace_in(&renew->pace, LOOK_EVERY_S * 1000);
		return 0;
	} else if (now < due) {
		pace_in(&renew->pace,
			(uint64_t)(due - now < LOOK_EVERY_S ? due - now : LOOK_EVERY_S) * 1000);
		return 0;
	} else {
		r = ask(renew);
	}
	if (r < 0)
		pace_error(&renew->pace, r);
	return 0;
}

int renew_new(struct renew **ret, sd_event *event, const struct renew_options *options)
{
	struct renew *renew = calloc(1, sizeof(*renew));
	int r;

	if (renew == NULL)
		return -ENOMEM;
	*renew = (struct renew){
		.event = event,
		.options = *options,
	};
	r = pace_init(&renew->pace, event, "renew", "renewing this machine's certificate",
		      renew_retry_max_ms(options->identity), on_time, renew);
	if (r < 0) {
		renew_free(renew);
		return r;
	}
	*ret = renew;
	return 0;
}

struct renew *renew_free(struct renew *renew)
{
	if (renew == NULL)
		return NULL;
	http_cancel(renew->call);
	http_free(renew->probe);
	pace_finish(&renew->pace);
	free(renew->body);
	free(renew);
	return NULL;
}
