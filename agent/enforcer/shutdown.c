#include "shutdown.h"

#include <string.h>

#include "agent/common/log.h"
#include "enforcer.h"
#include "stopping.h"

#define SYSTEMD	   "org.freedesktop.systemd1"
#define PROPERTIES "org.freedesktop.DBus.Properties"

void shutdown_finish(struct shutdown *shutdown)
{
	shutdown->call = sd_bus_slot_unref(shutdown->call);
	shutdown->bus = sd_bus_close_unref(shutdown->bus);
}

static int on_state(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	struct shutdown *shutdown = userdata;
	const char *state;

	(void)error;
	if (!sd_bus_message_is_method_error(reply, NULL) &&
	    sd_bus_message_read(reply, "v", "s", &state) >= 0 &&
	    strcmp(stopping_reason(state, ""), "shutdown") == 0) {
		shutdown->told = true;
		recorder_note(shutdown->recorder, "agent.stopping",
			      json_pack("{s:s}", "reason", "shutdown"));
	}
	shutdown_finish(shutdown);
	return 0;
}

static int ask(struct shutdown *shutdown, sd_event *loop, const char *address)
{
	int r = sd_bus_new(&shutdown->bus);

	if (r >= 0)
		r = sd_bus_set_address(shutdown->bus, address);
	if (r >= 0)
		r = sd_bus_set_method_call_timeout(shutdown->bus,
						   (uint64_t)SHUTDOWN_TIMEOUT_MS * 1000);
	if (r >= 0)
		r = sd_bus_start(shutdown->bus);
	if (r >= 0)
		r = sd_bus_attach_event(shutdown->bus, loop, SD_EVENT_PRIORITY_NORMAL);
	if (r < 0)
		return r;
	return sd_bus_call_method_async(shutdown->bus, &shutdown->call, SYSTEMD,
					"/org/freedesktop/systemd1", PROPERTIES, "Get", on_state,
					shutdown, "ss", SYSTEMD ".Manager", "SystemState");
}

int shutdown_ask(struct shutdown *shutdown, sd_event *loop, struct recorder *recorder,
		 const char *address)
{
	int r;

	if (shutdown->told || shutdown->bus != NULL)
		return 0;
	shutdown->recorder = recorder;
	r = ask(shutdown, loop, address);
	if (r < 0)
		shutdown_finish(shutdown);
	return r < 0 ? r : 0;
}

int shutdown_on_request(void *userdata, const struct control_request *request)
{
	struct enforcer *enforcer = userdata;
	int r = shutdown_ask(&enforcer->shutdown, enforcer->loop, &enforcer->recorder,
			     STOPPING_ADDRESS);

	if (r < 0)
		log_debug("shutdown", "systemd cannot be asked: %s", strerror(-r));
	control_reply(request->peer, json_pack("{s:b}", "asked", r >= 0));
	control_end(request->peer);
	return 0;
}
