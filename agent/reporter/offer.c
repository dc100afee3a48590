#include "offer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/common/cleanup.h"
#include "agent/common/control_client.h"
#include "policy/text.h"

enum {
	OFFER_SOCKET_TIMEOUT_MS = 1000, /* of one packet, which is there when we read it */
	OFFER_ANSWER_TIMEOUT_S = 120,	/* the enforcer judges every device before it answers */
};

struct offer {
	int fd;
	sd_event_source *readable, *deadline;
	offer_on_done on_done;
	void *userdata;
	json_t *reply; /* the one packet of the reply, until the end packet comes */
};

struct offer *offer_cancel(struct offer *offer)
{
	if (offer == NULL)
		return NULL;
	sd_event_source_disable_unref(offer->readable);
	sd_event_source_disable_unref(offer->deadline);
	json_decref(offer->reply);
	if (offer->fd >= 0)
		close(offer->fd);
	free(offer);
	return NULL;
}

static void take_text(const json_t *reply, const char *name, char *ret, size_t size)
{
	const json_t *value = json_object_get(reply, name);

	if (json_is_string(value))
		text_sanitise(json_string_value(value), json_string_length(value), ret, size);
}

static void read_reply(const json_t *reply, struct offer_result *ret)
{
	const json_t *version = json_object_get(reply, "version");
	const json_t *error = json_object_get(reply, "error");

	if (error != NULL) {
		ret->error = -EPERM;
		take_text(error, "text", ret->text, sizeof(ret->text));
		return;
	}
	if (!json_is_boolean(json_object_get(reply, "applied"))) {
		ret->error = -EBADMSG;
		return;
	}
	ret->applied = json_is_true(json_object_get(reply, "applied"));
	if (json_is_integer(version) && json_integer_value(version) > 0)
		ret->version = (uint64_t)json_integer_value(version);
	take_text(reply, "refused", ret->refused, sizeof(ret->refused));
	take_text(reply, "text", ret->text, sizeof(ret->text));
}

static void finish(struct offer *offer, int error)
{
	struct offer_result result = { .error = error };
	offer_on_done on_done = offer->on_done;
	void *userdata = offer->userdata;

	if (error == 0)
		read_reply(offer->reply, &result);
	offer_cancel(offer);
	on_done(&result, userdata);
}

static int on_readable(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct offer *offer = userdata;
	json_t *packet;
	int r;

	(void)source;
	(void)revents;
	r = control_receive(fd, &packet);
	if (r > 0) {
		json_decref(offer->reply);
		offer->reply = packet;
		return 0;
	}
	finish(offer, r);
	return 0;
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)source;
	(void)usec;
	finish(userdata, -ETIMEDOUT);
	return 0;
}

static int watch(struct offer *offer, sd_event *event)
{
	int r = sd_event_add_io(event, &offer->readable, offer->fd, EPOLLIN, on_readable, offer);

	if (r < 0)
		return r;
	return sd_event_add_time_relative(event, &offer->deadline, CLOCK_MONOTONIC,
					  OFFER_ANSWER_TIMEOUT_S * 1000000ULL, 0, on_deadline,
					  offer);
}

int offer_start(struct offer **ret, sd_event *event, const char *socket_path, const char *role,
		const int *fds, size_t n_fds, offer_on_done on_done, void *userdata)
{
	struct offer *offer = calloc(1, sizeof(*offer));
	char request[64];
	int r;

	if (offer == NULL)
		return -ENOMEM;
	offer->fd = -1;
	offer->on_done = on_done;
	offer->userdata = userdata;
	snprintf(request, sizeof(request), "offer %s", role);
	r = control_connect(socket_path, OFFER_SOCKET_TIMEOUT_MS, &offer->fd);
	if (r >= 0)
		r = control_send(offer->fd, request, fds, n_fds);
	if (r >= 0)
		r = watch(offer, event);
	if (r < 0) {
		offer_cancel(offer);
		return r;
	}
	*ret = offer;
	return 0;
}
