#include "enrol.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <jansson.h>
#include <sodium.h>

#include "agent/common/cleanup.h"
#include "agent/common/collector_config.h"
#include "agent/common/file.h"
#include "agent/common/log.h"
#include "backoff.h"
#include "enrol_answer.h"
#include "http.h"
#include "identity.h"
#include "machine.h"
#include "settings.h"

#define TOKEN_FILE "token"
#define ERROR_FILE "enrol-error"

enum {
	TOKEN_MAX = 256,
	ENROL_TIMEOUT_MS = 30 * 1000,
	ENROL_RETRY_MAX_MS = 30 * 1000, /* a person is waiting */
	ENROL_MAX_ANSWER = 64 * 1024,
};

struct enrol {
	sd_event *event;
	const struct paths *paths;
	int state_fd;
	enrol_on_enrolled on_enrolled;
	void *userdata;
	sd_event_source *watch, *retry;
	struct backoff backoff;
	struct http *http;
	struct http_call *call;
	char *body;
};

static void enrol_begin(struct enrol *enrol);

/* Leave @text for `devgate enrol`, and in the log. */
static void say(struct enrol *enrol, const char *text)
{
	int r = file_write_atomic(enrol->state_fd, ERROR_FILE, text, strlen(text), 0600);

	log_error("enrol", "enrolment failed: %s", text);
	if (r < 0)
		log_error("enrol", "cannot write %s: %s", ERROR_FILE, strerror(-r));
}

static void drop_token(struct enrol *enrol)
{
	if (unlinkat(enrol->state_fd, TOKEN_FILE, 0) < 0 && errno != ENOENT)
		log_error("enrol", "cannot remove the token: %s", strerror(errno));
}

/* The token is of no use: the error is there before the token is gone, for whoever waits. */
static void give_up(struct enrol *enrol, const char *why)
{
	say(enrol, why);
	drop_token(enrol);
}

static void forget_body(struct enrol *enrol)
{
	if (enrol->body != NULL)
		explicit_bzero(enrol->body, strlen(enrol->body));
	free(enrol->body);
	enrol->body = NULL;
}

/* What can be put right without a new token. */
static void __attribute__((format(printf, 2, 3)))
try_again(struct enrol *enrol, const char *format, ...)
{
	uint32_t wait_ms = backoff_next(&enrol->backoff, randombytes_random());
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	say(enrol, text);
	sd_event_source_set_time_relative(enrol->retry, (uint64_t)wait_ms * 1000);
	sd_event_source_set_enabled(enrol->retry, SD_EVENT_ONESHOT);
}

/* The new certificate is on disk: from here on only forward. */
static int finish(struct enrol *enrol)
{
	int r;

	drop_token(enrol);
	r = identity_commit(enrol->state_fd, IDENTITY_ENROLLED);
	if (r < 0)
		return r;
	/* Of whom this machine was before. */
	identity_forget(enrol->state_fd, IDENTITY_RENEWED);
	if (unlinkat(enrol->state_fd, ERROR_FILE, 0) < 0 && errno != ENOENT)
		return -errno;
	return 0;
}

/* A certificate is accepted: put it in use, now or, if the disk does not let us, later. */
static void enrolled(struct enrol *enrol)
{
	int r = finish(enrol);

	if (r < 0) {
		try_again(enrol, "the certificate cannot be kept: %s", strerror(-r));
		return;
	}
	log_info("enrol", "enrolled with the collector");
	enrol->on_enrolled(enrol->userdata);
}

static void accept_answer(struct enrol *enrol, const struct http_answer *answer)
{
	_cleanup_free_ char *pem = NULL;
	int r = enrol_answer_parse(answer->body, answer->size, &pem);

	if (r >= 0)
		r = identity_accept(enrol->state_fd, IDENTITY_ENROLLED, pem);
	if (r == -EBADMSG) {
		give_up(enrol, "the collector's answer has no certificate for this machine's key; "
			       "ask for a "
			       "new token and look at the collector's log");
		return;
	}
	if (r < 0)
		try_again(enrol, "the certificate cannot be kept: %s", strerror(-r));
	else
		enrolled(enrol);
}

static void on_answer(const struct http_answer *answer, void *userdata)
{
	struct enrol *enrol = userdata;
	char text[HTTP_TEXT_SIZE];

	enrol->call = NULL;
	forget_body(enrol);
	if (answer->status == 201) {
		accept_answer(enrol, answer);
		return;
	}
	http_describe(answer, text);
	if (!enrol_answer_final(answer->status)) {
		try_again(enrol, "%s", text);
		return;
	}
	give_up(enrol, text);
}

static int make_body(struct enrol *enrol, const char *token)
{
	_cleanup_json_ json_t *root = NULL;
	_cleanup_free_ char *csr = NULL;
	struct machine machine;
	int r;

	r = machine_read(&machine);
	if (r < 0)
		return r;
	r = identity_request(enrol->state_fd, IDENTITY_ENROLLED, machine.hostname, &csr);
	if (r < 0)
		return r;
	root = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:I}", "token", token, "hostname",
			 machine.hostname, "machine_id", machine.name, "csr", csr, "version",
			 DEVGATE_VERSION, "boot", machine.boot, "uptime_s",
			 (json_int_t)machine_uptime_s());
	enrol->body = root != NULL ? json_dumps(root, JSON_COMPACT) : NULL;
	return enrol->body == NULL ? -ENOMEM : 0;
}

/* A connection of its own: the one in use may show the certificate that is to be replaced. */
static int open_http(struct enrol *enrol, const struct settings *settings)
{
	const struct http_peer peer = { .url = settings->collector.url,
					.ca_path = settings->ca_path };

	enrol->http = http_free(enrol->http);
	return http_new(&enrol->http, enrol->event, &peer);
}

static int ask(struct enrol *enrol)
{
	const struct http_request request = {
		.path = "/v1/enroll",
		.type = "application/json",
		.body = enrol->body,
		.body_size = strlen(enrol->body),
		.timeout_ms = ENROL_TIMEOUT_MS,
		.max_answer = ENROL_MAX_ANSWER,
	};

	return http_start(enrol->http, &request, on_answer, enrol, &enrol->call);
}

static void enrol_begin(struct enrol *enrol)
{
	_cleanup_free_ char *token = NULL;
	struct settings settings;
	char error[256];
	int r;

	enrol->call = http_cancel(enrol->call);
	forget_body(enrol);
	r = file_read(enrol->state_fd, TOKEN_FILE, TOKEN_MAX, &token, NULL);
	if (r == -ENOENT)
		return;
	if (r < 0) {
		try_again(enrol, "the token cannot be read: %s", strerror(-r));
		return;
	}
	token[strcspn(token, "\n")] = '\0';
	r = settings_load(&settings, enrol->paths, error);
	if (r < 0) {
		try_again(enrol, "%s", error);
		return;
	}
	r = open_http(enrol, &settings);
	if (r >= 0)
		r = make_body(enrol, token);
	if (r >= 0)
		r = ask(enrol);
	explicit_bzero(token, strlen(token));
	if (r < 0)
		try_again(enrol, "the request cannot be made: %s", strerror(-r));
}

static int on_retry(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct enrol *enrol = userdata;

	(void)source;
	(void)usec;
	if (identity_accepted(enrol->state_fd, IDENTITY_ENROLLED))
		enrolled(enrol);
	else
		enrol_begin(enrol);
	return 0;
}

static int on_file(sd_event_source *source, const struct inotify_event *what, void *userdata)
{
	struct enrol *enrol = userdata;

	(void)source;
	if (what->len == 0 || strcmp(what->name, TOKEN_FILE) != 0)
		return 0;
	backoff_reset(&enrol->backoff);
	sd_event_source_set_enabled(enrol->retry, SD_EVENT_OFF);
	enrol_begin(enrol);
	return 0;
}

static int enrol_start(struct enrol *enrol)
{
	int r;

	r = sd_event_add_time_relative(enrol->event, &enrol->retry, CLOCK_MONOTONIC, 0, 0, on_retry,
				       enrol);
	if (r < 0)
		return r;
	r = sd_event_source_set_enabled(enrol->retry, SD_EVENT_OFF);
	if (r < 0)
		return r;
	r = sd_event_add_inotify(enrol->event, &enrol->watch, enrol->paths->state_dir,
				 IN_MOVED_TO | IN_CLOSE_WRITE, on_file, enrol);
	if (r < 0)
		return r;
	if (identity_accepted(enrol->state_fd, IDENTITY_ENROLLED)) {
		r = finish(enrol);
		if (r < 0)
			return r;
	}
	enrol_begin(enrol);
	return 0;
}

int enrol_new(struct enrol **ret, sd_event *event, const struct paths *paths, int state_fd,
	      enrol_on_enrolled on_enrolled, void *userdata)
{
	struct enrol *enrol = calloc(1, sizeof(*enrol));
	int r;

	if (enrol == NULL)
		return -ENOMEM;
	enrol->event = event;
	enrol->paths = paths;
	enrol->state_fd = state_fd;
	enrol->on_enrolled = on_enrolled;
	enrol->userdata = userdata;
	backoff_init(&enrol->backoff, ENROL_RETRY_MAX_MS);
	r = enrol_start(enrol);
	if (r < 0) {
		enrol_free(enrol);
		return r;
	}
	*ret = enrol;
	return 0;
}

struct enrol *enrol_free(struct enrol *enrol)
{
	if (enrol == NULL)
		return NULL;
	http_free(enrol->http);
	forget_body(enrol);
	sd_event_source_disable_unref(enrol->watch);
	sd_event_source_disable_unref(enrol->retry);
	free(enrol);
	return NULL;
}
