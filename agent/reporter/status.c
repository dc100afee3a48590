#include "status.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/common/cleanup.h"
#include "agent/common/control_client.h"
#include "agent/common/log.h"
#include "status_body.h"
#include "trouble.h"

enum {
	STATUS_EVERY_S = 60,
	STATUS_AGAIN_S = 10, /* after a failure, while a policy waits to be confirmed */
	STATUS_TIMEOUT_MS = 30 * 1000,
	STATUS_CONTROL_TIMEOUT_MS = 2000,
	STATUS_MAX_ANSWER = 16 * 1024,
	STATUS_CLOCK_LIMIT_S = 300, /* as the collector's */
};

struct status {
	sd_event *event;
	struct status_options options;
	sd_event_source *timer;
	struct http_call *call;
	char *body;
	char enforcer[64]; /* which one answered last; "" before */
	/* The policy that was in force unconfirmed before the call in flight began; 0: none.  That
	 * the collector answers a request begun before says nothing of this policy. */
	uint64_t unconfirmed;
	/* The policy that was taken back and may be offered again, and how often it was: before the
	 * call in flight began, and last passed on.  version 0: none. */
	struct again {
		json_int_t version, times;
	} again, passed_on;
	struct trouble control, post;
	bool clock_off; /* it was wrong at the last answer */
};

/* Tell one enforcer from another: by when it was started, and whether it has officers' keys. */
static void note_enforcer(struct status *status, const json_t *reply)
{
	const char *started = json_string_value(json_object_get(reply, "started"));
	bool enrolled = json_is_true(json_object_get(reply, "enrolled"));
	char now[sizeof(status->enforcer)];
	bool changed;

	snprintf(now, sizeof(now), "%.40s %d", started != NULL ? started : "", enrolled);
	changed = *status->enforcer && strcmp(now, status->enforcer) != 0;
	memcpy(status->enforcer, now, sizeof(now));
	if (changed)
		status->options.on_changed(STATUS_OTHER_ENFORCER, status->options.userdata);
}

/* The version of the policy that waits for us to reach the collector, or 0. */
static uint64_t read_unconfirmed(const json_t *reply)
{
	const json_t *policy = json_object_get(reply, "policy");
	json_int_t version = json_integer_value(json_object_get(policy, "version"));

	return json_is_object(json_object_get(policy, "provisional")) && version > 0
		       ? (uint64_t)version
		       : 0;
}

static struct again read_again(const json_t *reply)
{
	const json_t *policy = json_object_get(reply, "policy");
	const json_t *again = json_object_get(policy, "again");
	struct again ret = { 0 };

	if (json_is_true(json_object_get(again, "due"))) {
		ret.version = json_integer_value(json_object_get(policy, "rolled_back"));
		ret.times = json_integer_value(json_object_get(policy, "rolled_back_times"));
	}
	return ret;
}

/* The collector is reached: what was taken back can be had from it, and offered. */
static void pass_on_again(struct status *status)
{
	const struct again again = status->again;

	if (again.version <= 0 ||
	    (again.version == status->passed_on.version && again.times == status->passed_on.times))
		return;
	status->passed_on = again;
	log_info("policy-again",
		 "policy version %" JSON_INTEGER_FORMAT ", which was taken back, is tried again",
		 again.version);
	status->options.on_changed(STATUS_POLICY_AGAIN, status->options.userdata);
}

/* Ask the enforcer one thing.  Gives its reply, of one object. */
static int ask_enforcer(struct status *status, const char *request, json_t **ret)
{
	_cleanup_close_ int fd = -1;
	_cleanup_json_ json_t *packets = NULL;
	int r;

	r = control_connect(status->options.socket_path, STATUS_CONTROL_TIMEOUT_MS, &fd);
	if (r < 0)
		return r;
	r = control_call(fd, request, NULL, 0, &packets);
	if (r < 0)
		return r;
	if (json_array_size(packets) != 1)
		return -EBADMSG;
	*ret = json_incref(json_array_get(packets, 0));
	return 0;
}

static void start_timer(sd_event_source *timer, uint64_t wait_s)
{
	sd_event_source_set_time_relative(timer, wait_s * 1000000);
	sd_event_source_set_enabled(timer, SD_EVENT_ONESHOT);
}

/* The collector is reached under this policy.  Returns false if it is to be said again. */
static bool confirm(struct status *status, uint64_t version)
{
	_cleanup_json_ json_t *reply = NULL;
	const char *text;
	char request[40];
	int r;

	snprintf(request, sizeof(request), "confirm %" PRIu64, version);
	r = ask_enforcer(status, request, &reply);
	if (r < 0) {
		trouble_note(&status->control, "%s: %s", status->options.socket_path, strerror(-r));
		return false;
	}
	if (json_is_true(json_object_get(reply, "confirmed"))) {
		log_info("policy-confirmed", "policy version %" PRIu64 " is confirmed", version);
		return true;
	}
	text = json_string_value(json_object_get(json_object_get(reply, "error"), "text"));
	log_warning("policy-confirmed", "policy version %" PRIu64 " cannot be confirmed: %s",
		    version, text != NULL ? text : "the enforcer's answer is not understood");
	return false;
}

/* Once, when it goes wrong or comes right. */
static void judge_clock(struct status *status, int64_t offset_s)
{
	bool off = llabs(offset_s) > STATUS_CLOCK_LIMIT_S;

	if (off && !status->clock_off)
		log_warning("clock",
			    "this machine's clock is %lld s %s the collector's; set it right "
			    "(timedatectl)",
			    llabs(offset_s), offset_s < 0 ? "behind" : "ahead of");
	if (!off && status->clock_off)
		log_info("clock", "this machine's clock is right again");
	status->clock_off = off;
}

/* For those who ask `devgate status`. */
static void note_answer(struct status *status, const struct http_answer *answer)
{
	struct notice *notice = status->options.notice;
	int64_t now = (int64_t)time(NULL);

	if (answer->date > 0) {
		notice->has_offset = true;
		notice->offset_s = now - answer->date;
		judge_clock(status, notice->offset_s);
	}
	*notice->trouble = '\0';
	if (answer->status >= 200 && answer->status <= 299)
		notice->reached = now;
	else
		http_describe(answer, notice->trouble);
	notice_write(notice);
}

static void on_answer(const struct http_answer *answer, void *userdata)
{
	struct status *status = userdata;
	uint64_t unconfirmed = status->unconfirmed;
	char text[HTTP_TEXT_SIZE];
	bool reached = answer->status >= 200 && answer->status <= 299;

	status->call = NULL;
	status->unconfirmed = 0;
	note_answer(status, answer);
	if (reached) {
		trouble_over(&status->post);
		pass_on_again(status);
	} else {
		http_describe(answer, text);
		trouble_note(&status->post, "%s", text);
	}
	if (unconfirmed > 0 && !(reached && confirm(status, unconfirmed)))
		start_timer(status->timer, STATUS_AGAIN_S);
}

static int post(struct status *status)
{
	const struct http_request request = {
		.path = "/v1/status",
		.type = "application/json",
		.body = status->body,
		.body_size = strlen(status->body),
		.timeout_ms = STATUS_TIMEOUT_MS,
		.max_answer = STATUS_MAX_ANSWER,
	};

	return http_start(status->options.http, &request, on_answer, status, &status->call);
}

static int on_time(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct status *status = userdata;
	_cleanup_json_ json_t *reply = NULL;
	int r;

	(void)usec;
	start_timer(source, STATUS_EVERY_S);
	r = ask_enforcer(status, "status", &reply);
	if (r < 0) {
		trouble_note(&status->control, "%s: %s", status->options.socket_path, strerror(-r));
	} else {
		trouble_over(&status->control);
		note_enforcer(status, reply);
	}
	status->call = http_cancel(status->call);
	status->unconfirmed = read_unconfirmed(reply);
	status->again = read_again(reply);
	free(TAKE_PTR(status->body));
	r = status_body(reply, status->options.machine, (int64_t)time(NULL), &status->body);
	if (r >= 0)
		r = post(status);
	if (r < 0)
		log_error("status", "cannot tell the collector: %s", strerror(-r));
	return 0;
}

void status_tell(struct status *status)
{
	start_timer(status->timer, 0);
}

int status_new(struct status **ret, sd_event *event, const struct status_options *options)
{
	struct status *status = calloc(1, sizeof(*status));
	int r;

	if (status == NULL)
		return -ENOMEM;
	*status = (struct status){
		.event = event,
		.options = *options,
		.control = { .id = "control", .what = "asking the enforcer" },
		.post = { .id = "status", .what = "telling the collector this machine's status" },
	};
	r = sd_event_add_time_relative(event, &status->timer, CLOCK_MONOTONIC, 0, 0, on_time,
				       status);
	if (r < 0) {
		status_free(status);
		return r;
	}
	*ret = status;
	return 0;
}

struct status *status_free(struct status *status)
{
	if (status == NULL)
		return NULL;
	http_cancel(status->call);
	sd_event_source_disable_unref(status->timer);
	free(status->body);
	free(status);
	return NULL;
}
