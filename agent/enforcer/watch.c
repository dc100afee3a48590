#include "watch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/common/log.h"
#include "defaults.h"
#include "judge.h"
#include "port.h"
#include "sysfs.h"

/* A controller has come, or its root hub's interface: close its defaults before anything on it. */
static void on_root_hub(struct enforcer *enforcer, const char *name)
{
	int r = defaults_deny_hub(enforcer->sysfs_fd, name);

	if (r < 0)
		log_error("root-hub", "Cannot close the defaults of %s: %s", name, strerror(-r));
}

static void on_usb_device(struct enforcer *enforcer, const struct uevent *uevent)
{
	if (strcmp(uevent->action, "remove") == 0)
		judge_departure(enforcer, uevent->name);
	else if (strcmp(uevent->action, "add") != 0)
		return;
	else if (port_is_root_hub(uevent->name))
		on_root_hub(enforcer, uevent->name);
	else if (port_is_device(uevent->name))
		judge_arrival(enforcer, uevent->name);
	else
		log_error("device-name", "%s is no name of a USB device; it stays closed",
			  uevent->name);
}

static void on_usb_interface(struct enforcer *enforcer, const struct uevent *uevent)
{
	struct port_interface interface;
	char hub[16];

	if (strcmp(uevent->action, "add") != 0)
		return;
	if (port_is_root_interface(uevent->name)) {
		snprintf(hub, sizeof(hub), "usb%lu", strtoul(uevent->name, NULL, 10));
		on_root_hub(enforcer, hub);
	} else if (port_parse_interface(uevent->name, &interface) == 0) {
		judge_look_again(enforcer, interface.port);
	}
}

static void on_node(struct enforcer *enforcer, const struct uevent *uevent, enum gate_type type)
{
	const struct gate_device node = { type, uevent->major, uevent->minor };

	if (strcmp(uevent->action, "remove") == 0)
		disks_remove(&enforcer->disks, &node);
	else if (strcmp(uevent->action, "add") == 0 || strcmp(uevent->action, "change") == 0)
		disks_add(&enforcer->disks, &node, uevent->path, uevent->node);
}

void watch_on_uevent(void *userdata, const struct uevent *uevent)
{
	struct enforcer *enforcer = userdata;

	if (strcmp(uevent->subsystem, "block") == 0)
		on_node(enforcer, uevent, GATE_BLOCK);
	else if (strcmp(uevent->subsystem, "scsi_generic") == 0)
		on_node(enforcer, uevent, GATE_CHAR);
	else if (strcmp(uevent->subsystem, "usb") != 0)
		return;
	else if (strcmp(uevent->devtype, "usb_device") == 0)
		on_usb_device(enforcer, uevent);
	else if (strcmp(uevent->devtype, "usb_interface") == 0)
		on_usb_interface(enforcer, uevent);
}

static bool is_there(char *const *names, int n, const char *port)
{
	for (int i = 0; i < n; i++) {
		if (strcmp(names[i], port) == 0)
			return true;
	}
	return false;
}

static void rescan_devices(struct enforcer *enforcer)
{
	struct devices *devices = &enforcer->devices;
	char **names = NULL;
	int n = sysfs_list(enforcer->sysfs_fd, "bus/usb/devices", port_is_device, &names);

	if (n < 0) {
		if (n != -ENOENT)
			log_error("rescan", "Cannot list the USB devices: %s", strerror(-n));
		return;
	}
	for (size_t i = devices->n; i > 0; i--) {
		struct usbdev *dev = devices->items[i - 1];

		if (is_there(names, n, dev->device.port))
			continue;
		arrivals_left(&enforcer->witness.arrivals, dev->bus, dev->number);
		judge_departure(enforcer, dev->device.port);
	}
	judge_arrivals(enforcer, names, (size_t)n);
	for (int i = 0; i < n; i++) {
		const struct usbdev *dev = devices_find(devices, names[i]);

		if (dev != NULL)
			witness_found(&enforcer->witness, dev->bus, dev->number);
	}
	sysfs_names_free(&names);
}

static void rescan_root_hubs(struct enforcer *enforcer)
{
	char **names = NULL;
	int n = sysfs_list(enforcer->sysfs_fd, "bus/usb/devices", port_is_root_hub, &names);

	for (int i = 0; i < n; i++) {
		on_root_hub(enforcer, names[i]);
		witness_found(&enforcer->witness,
			      (unsigned)strtoul(names[i] + strlen("usb"), NULL, 10), 1);
	}
	if (n >= 0)
		sysfs_names_free(&names);
}

void watch_rescan(struct enforcer *enforcer)
{
	int r = defaults_deny(enforcer->sysfs_fd);

	if (r < 0)
		log_error("defaults", "Not all defaults could be closed: %s", strerror(-r));
	disks_prune(&enforcer->disks);
	rescan_root_hubs(enforcer);
	rescan_devices(enforcer);
	r = disks_rescan(&enforcer->disks);
	if (r < 0)
		log_error("rescan", "Not all disks could be looked at: %s", strerror(-r));
}

void watch_on_overrun(void *userdata)
{
	struct enforcer *enforcer = userdata;

	recorder_note(&enforcer->recorder, "agent.gap",
		      json_pack("{s:s, s:s, s:n, s:s}", "witness", "udev", "what", "overrun",
				"port", "text",
				"The kernel dropped uevents; everything was looked at again."));
	watch_rescan(enforcer);
}

void watch_on_missed(void *userdata, enum witness_id who, unsigned bus, unsigned number)
{
	struct enforcer *enforcer = userdata;
	const char *name = who == WITNESS_UDEV ? "udev" : "libusb", *port = NULL;
	char text[160];

	if (who == WITNESS_UDEV)
		watch_rescan(enforcer);
	for (size_t i = 0; i < enforcer->devices.n; i++) {
		const struct usbdev *dev = enforcer->devices.items[i];

		if (dev->bus == bus && dev->number == number)
			port = dev->device.port;
	}
	snprintf(text, sizeof(text),
		 "The witness %s did not see device %u of bus %u arrive within %d s.", name, number,
		 bus, ARRIVAL_DEADLINE_US / 1000000);
	log_warning("witness-missed", "%s", text);
	recorder_note(&enforcer->recorder, "agent.gap",
		      json_pack("{s:s, s:s, s:s?, s:s}", "witness", name, "what", "missed-arrival",
				"port", port, "text", text));
}
