#include "stopping.h"

#include <stdlib.h>
#include <string.h>

#include <systemd/sd-bus.h>

#include "agent/common/cleanup.h"

#define SYSTEMD	 "org.freedesktop.systemd1"
#define MANAGER	 "/org/freedesktop/systemd1"
#define OUR_UNIT MANAGER "/unit/devgate_2denforcer_2eservice"

enum { PID_OF_SYSTEMD = 1 };

static void cleanup_bus(sd_bus **bus)
{
	sd_bus_close_unref(*bus);
}

const char *stopping_reason(const char *state, const char *job)
{
	if (strcmp(state, "stopping") == 0)
		return "shutdown";
	if (strcmp(job, "restart") == 0 || strcmp(job, "stop") == 0)
		return job[0] == 'r' ? "restart" : "stop";
	return "unknown";
}

static int connect_to(const char *address, sd_bus **ret)
{
	_cleanup_(cleanup_bus) sd_bus *bus = NULL;
	int r = sd_bus_new(&bus);

	if (r >= 0)
		r = sd_bus_set_address(bus, address);
	if (r >= 0)
		r = sd_bus_set_method_call_timeout(bus, (uint64_t)STOPPING_TIMEOUT_MS * 1000);
	if (r >= 0)
		r = sd_bus_start(bus);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(bus);
	return 0;
}

/* The type of the job that our unit has: "" if it has none. */
static int ask_job(sd_bus *bus, char **ret)
{
	sd_bus_message *reply = NULL;
	const char *path;
	uint32_t id;
	int r = sd_bus_get_property(bus, SYSTEMD, OUR_UNIT, SYSTEMD ".Unit", "Job", NULL, &reply,
				    "(uo)");

	if (r >= 0)
		r = sd_bus_message_read(reply, "(uo)", &id, &path);
	if (r >= 0 && id == 0)
		r = (*ret = strdup("")) == NULL ? -1 : 0;
	else if (r >= 0)
		r = sd_bus_get_property_string(bus, SYSTEMD, path, SYSTEMD ".Job", "JobType", NULL,
					       ret);
	sd_bus_message_unref(reply);
	return r;
}

const char *stopping_ask(const char *address)
{
	_cleanup_(cleanup_bus) sd_bus *bus = NULL;
	_cleanup_free_ char *state = NULL, *job = NULL;

	if (connect_to(address, &bus) < 0)
		return stopping_reason("", "");
	if (sd_bus_get_property_string(bus, SYSTEMD, MANAGER, SYSTEMD ".Manager", "SystemState",
				       NULL, &state) < 0 ||
	    ask_job(bus, &job) < 0)
		return stopping_reason(state == NULL ? "" : state, "");
	return stopping_reason(state, job);
}

json_t *stopping_members(const struct signalfd_siginfo *info, const char *address)
{
	const char *name = info->ssi_signo == SIGINT ? "SIGINT" : "SIGTERM";

	if (info->ssi_pid == PID_OF_SYSTEMD)
		return json_pack("{s:s, s:s}", "reason",
				 address == NULL ? "shutdown" : stopping_ask(address), "signal",
				 name);
	return json_pack("{s:s, s:s, s:{s:I, s:I}}", "reason", "signal", "signal", name, "by",
			 "pid", (json_int_t)info->ssi_pid, "uid", (json_int_t)info->ssi_uid);
}
