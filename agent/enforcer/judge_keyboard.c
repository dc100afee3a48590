#include "judge_keyboard.h"

#include "agent/common/log.h"
#include "hid_look.h"
#include "judge_internal.h"
#include "port.h"

/* The device that @path hangs on, if it is judged and works. */
static struct usbdev *device_of(const struct enforcer *enforcer, const char *path)
{
	struct port_interface interface;
	struct usbdev *dev;

	if (port_of_path(path, &interface) < 0)
		return NULL;
	dev = devices_find(&enforcer->devices, interface.port);
	return dev == NULL || !dev->judged || judge_has_failed(dev) ? NULL : dev;
}

void judge_on_input(struct enforcer *enforcer, const struct uevent *uevent)
{
	struct usbdev *dev = device_of(enforcer, uevent->path);

	if (dev == NULL || !hid_look(dev))
		return;
	log_warning("hidden-keyboard", "%s can type, and did not say so", dev->device.port);
	judge_shown(enforcer, dev);
}
