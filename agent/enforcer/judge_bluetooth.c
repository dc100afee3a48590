#include "judge_bluetooth.h"

#include <string.h>

#include "effect.h"
#include "judge.h"

#define STATE "/var/lib/bluetooth" /* of bluetoothd, as its unit's StateDirectory= says */

static void on_come(void *userdata, struct usbdev *dev)
{
	judge_came(userdata, dev);
}

static void on_change(void *userdata, const char *port, const struct device *device)
{
	judge_renewed(userdata, port, device);
}

static void on_connect(void *userdata, const char *port)
{
	struct enforcer *enforcer = userdata;
	struct usbdev *dev = devices_find(&enforcer->devices, port);

	if (dev != NULL)
		effect_start(enforcer, dev, false);
}

static void on_go(void *userdata, const char *port)
{
	judge_went(userdata, port);
}

static void on_looked(void *userdata)
{
	judge_missing(userdata);
}

static void on_degraded(void *userdata, const char *lacks)
{
	struct enforcer *enforcer = userdata;

	recorder_note(&enforcer->recorder, "agent.degraded",
		      json_pack("{s:s, s:s}", "what", "bluetooth", "text", lacks));
}

void judge_bluetooth_start(struct enforcer *enforcer)
{
	struct bluetooth *bluetooth = &enforcer->bluetooth;

	bluetooth->loop = enforcer->loop;
	bluetooth->sysfs_fd = enforcer->sysfs_fd;
	bluetooth->boot = enforcer->boot;
	bluetooth->state = STATE;
	bluetooth->handlers = (struct bluetooth_handlers){ .on_come = on_come,
							   .on_change = on_change,
							   .on_connect = on_connect,
							   .on_go = on_go,
							   .on_looked = on_looked,
							   .on_degraded = on_degraded,
							   .userdata = enforcer };
	bluetooth_start(bluetooth, enforcer->gate.pins_fd < 0 ? NULL : enforcer->paths.pins);
}
