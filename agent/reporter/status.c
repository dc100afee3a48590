#include "status.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/common/cleanup.h"
#include "agent/common/control_client.h"
#include "agent/common/log.h"
#include "status_body.h"
#include "trouble.h"

enum {
	STATUS_EVERY_S = 60,
	STATUS_TIMEOUT_MS = 30 * 1000,
	STATUS_CONTROL_TIMEOUT_MS = 2000,
	STATUS_MAX_ANSWER = 16 * 1024,
};

struct status {
	sd_event *event;
	struct http *http;
	const char *socket_path;
	status_on_changed on_changed;
	void *userdata;
	sd_event_source *timer;
	struct http_call *call;
	char *body;
	char enforcer[64]; /* which one answered last; "" before */
	struct trouble control, post;
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
		status->on_changed(status->userdata);
}

static int ask_enforcer(struct status *status, json_t **ret)
{
	_cleanup_close_ int fd = -1;
	_cleanup_json_ json_t *packets = NULL;
	int r;

	r = control_connect(status->socket_path, STATUS_CONTROL_TIMEOUT_MS, &fd);
	if (r < 0)
		return r;
	r = control_call(fd, "status", NULL, 0, &packets);
	if (r < 0)
		return r;
	if (json_array_size(packets) != 1)
		return -EBADMSG;
	*ret = json_incref(json_array_get(packets, 0));
	return 0;
}

static void on_answer(const struct http_answer *answer, void *userdata)
{
	struct status *status = userdata;
	char text[HTTP_TEXT_SIZE];

	status->call = NULL;
	if (answer->status == 204) {
		trouble_over(&status->post);
		return;
	}
	http_describe(answer, text);
	trouble_note(&status->post, "%s", text);
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

	return http_start(status->http, &request, on_answer, status, &status->call);
}

static int on_time(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct status *status = userdata;
	_cleanup_json_ json_t *reply = NULL;
	int r;

	(void)usec;
	sd_event_source_set_time_relative(source, STATUS_EVERY_S * 1000000ULL);
	sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
	r = ask_enforcer(status, &reply);
	if (r < 0) {
		trouble_note(&status->control, "%s: %s", status->socket_path, strerror(-r));
	} else {
		trouble_over(&status->control);
		note_enforcer(status, reply);
	}
	status->call = http_cancel(status->call);
	free(TAKE_PTR(status->body));
	r = status_body(reply, &status->body);
	if (r >= 0)
		r = post(status);
	if (r < 0)
		log_error("status", "cannot tell the collector: %s", strerror(-r));
	return 0;
}

void status_tell(struct status *status)
{
	sd_event_source_set_time_relative(status->timer, 0);
	sd_event_source_set_enabled(status->timer, SD_EVENT_ONESHOT);
}

int status_new(struct status **ret, sd_event *event, struct http *http, const char *socket_path,
	       status_on_changed on_changed, void *userdata)
{
	struct status *status = calloc(1, sizeof(*status));
	int r;

	if (status == NULL)
		return -ENOMEM;
	*status = (struct status){
		.event = event,
		.http = http,
		.socket_path = socket_path,
		.on_changed = on_changed,
		.userdata = userdata,
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
