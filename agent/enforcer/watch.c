#include "watch.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/common/log.h"
#include "clock.h"
#include "defaults.h"
#include "bus_kind.h"
#include "judge.h"
#include "judge_keyboard.h"
#include "places.h"
#include "port.h"
#include "sysfs.h"
#include "usbnode.h"

void watch_on_root_hub(struct enforcer *enforcer, const char *name)
{
	int r = defaults_deny_hub(enforcer->sysfs_fd, name);

	usbnode_vet_root_hub(&enforcer->gate, name);
	root_hubs_learn(&enforcer->root_hubs, enforcer->sysfs_fd,
			(unsigned)strtoul(name + strlen("usb"), NULL, 10));
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
		watch_on_root_hub(enforcer, uevent->name);
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
		watch_on_root_hub(enforcer, hub);
	} else if (port_parse_interface(uevent->name, &interface) == 0) {
		judge_look_again(enforcer, interface.port);
	}
}

/* What the device mapper lays on a marked disk is marked, too. */
static void look_for_marks(struct enforcer *enforcer, const struct uevent *uevent)
{
	for (int i = 0; i < DISK_MARKS && enforcer->disks.marks[i] != NULL; i++) {
		int r = marks_look(enforcer->disks.marks[i], uevent->major, uevent->minor);

		if (r < 0 && r != -ENODEV)
			log_error("disk-mark", "Cannot pass the marks of a disk on to %s: %s",
				  uevent->node, strerror(-r));
	}
}

static void on_node(struct enforcer *enforcer, const struct uevent *uevent, enum gate_type type)
{
	const struct gate_device node = { type, uevent->major, uevent->minor };

	/* The first node of a driver that was loaded just now. */
	if (type == GATE_CHAR && !gate_covers(&enforcer->gate, &node) &&
	    gate_refresh(&enforcer->gate) < 0)
		log_debug("gate-refresh", "No gate to cover %s", uevent->node);
	if (strcmp(uevent->action, "remove") == 0)
		disks_remove(&enforcer->disks, &node);
	else if (strcmp(uevent->action, "add") == 0 || strcmp(uevent->action, "change") == 0)
		disks_add(&enforcer->disks, &node, uevent->path, uevent->node);
	if (type == GATE_BLOCK)
		look_for_marks(enforcer, uevent);
}

/* Nodes by which programs speak to a disk past the file systems and block devices. */
static bool is_raw_node(const char *subsystem)
{
	static const char *const raw[] = { "scsi_generic", "scsi_tape",	   "scsi_changer", "bsg",
					   "nvme",	   "nvme-generic", "mmc_rpmb" };

	for (size_t i = 0; i < sizeof(raw) / sizeof(raw[0]); i++) {
		if (strcmp(subsystem, raw[i]) == 0)
			return true;
	}
	return false;
}

/* What is not on USB is judged by the first uevent from which it can be known, which is never later
 * than that of its first node. */
static void look_for_device(struct enforcer *enforcer, const struct uevent *uevent)
{
	const struct devices *devices = &enforcer->devices;
	const struct usbdev *known;
	struct place place;

	if (strcmp(uevent->action, "remove") == 0) {
		known = devices_at(devices, uevent->path);
		if (known != NULL)
			judge_departure(enforcer, known->device.port);
		return;
	}
	if (!places_of_uevent(enforcer->sysfs_fd, uevent->subsystem, uevent->path, &place))
		return;
	known = devices_find(devices, place.port);
	if (known == NULL || bus_kind_is_gone(known))
		judge_arrival_at(enforcer, &place);
	else if (strcmp(uevent->action, "change") == 0)
		judge_overruled(enforcer, place.port);
}

/* A driver has got a HID device, or has made an input device or a node of one. */
static bool is_input(const struct uevent *uevent)
{
	return (strcmp(uevent->subsystem, "input") == 0 && strcmp(uevent->action, "add") == 0) ||
	       (strcmp(uevent->subsystem, "hid") == 0 && strcmp(uevent->action, "bind") == 0);
}

void watch_on_uevent(void *userdata, const struct uevent *uevent)
{
	struct enforcer *enforcer = userdata;

	if (strcmp(uevent->subsystem, "usb") != 0)
		look_for_device(enforcer, uevent);
	if (strcmp(uevent->subsystem, "module") == 0) /* perhaps Bluetooth's */
		bluetooth_gate_look(&enforcer->bluetooth.gate);
	if (is_input(uevent))
		judge_on_input(enforcer, uevent);
	if (strcmp(uevent->subsystem, "block") == 0)
		on_node(enforcer, uevent, GATE_BLOCK);
	else if (is_raw_node(uevent->subsystem))
		on_node(enforcer, uevent, GATE_CHAR);
	else if (strcmp(uevent->subsystem, "usb") != 0)
		return;
	else if (strcmp(uevent->devtype, "usb_device") == 0)
		on_usb_device(enforcer, uevent);
	else if (strcmp(uevent->devtype, "usb_interface") == 0)
		on_usb_interface(enforcer, uevent);
}

void watch_on_overrun(void *userdata)
{
	struct enforcer *enforcer = userdata;

	/* With the next uevent, the number of one that has gone may be another's. */
	disks_prune(&enforcer->disks);
	usbnode_prune(&enforcer->gate, &enforcer->devices);
	recorder_note(&enforcer->recorder, "agent.gap",
		      json_pack("{s:s, s:s, s:n, s:s}", "witness", "udev", "what", "overrun",
				"port", "text",
				"The kernel dropped uevents; everything was looked at again."));
	rescan_soon(enforcer);
}

/* Where the device is that usbfs has as @number of @bus, or NULL if it has gone.  Valid with @link.
 */
static const char *port_of_node(const struct enforcer *enforcer, unsigned bus, unsigned number,
				char link[static PATH_MAX])
{
	const struct gate_device node = usbnode_at(bus, number);
	char path[64], *name;
	ssize_t size;

	snprintf(path, sizeof(path), "dev/char/%u:%u", node.major, node.minor);
	size = readlinkat(enforcer->sysfs_fd, path, link, PATH_MAX - 1);
	if (size < 0)
		return NULL;
	link[size] = '\0';
	name = strrchr(link, '/');
	return name != NULL && port_is_device(name + 1) ? name + 1 : NULL;
}

void watch_on_missed(void *userdata, enum witness_id who, unsigned bus, unsigned number)
{
	struct enforcer *enforcer = userdata;
	const char *name = who == WITNESS_UDEV ? "udev" : "libusb", *port;
	char link[PATH_MAX], text[160], more[80] = "";

	if (who == WITNESS_UDEV)
		rescan_soon(enforcer);
	/* Where devices come and go without end, both fall behind. */
	if (!allowance_take(&enforcer->missed, FLAPPING_PORT_BURST, FLAPPING_PORT_US,
			    clock_mono_us())) {
		enforcer->missed_more++;
		return;
	}
	if (enforcer->missed_more > 0)
		snprintf(more, sizeof(more), " %" PRIu64 " more since the last record.",
			 enforcer->missed_more);
	enforcer->missed_more = 0;
	port = port_of_node(enforcer, bus, number, link);
	snprintf(text, sizeof(text),
		 "The witness %s did not see device %u of bus %u arrive within %d s.%s", name,
		 number, bus, ARRIVAL_DEADLINE_US / 1000000, more);
	log_warning("witness-missed", "%s", text);
	recorder_note(&enforcer->recorder, "agent.gap",
		      json_pack("{s:s, s:s, s:s?, s:s}", "witness", name, "what", "missed-arrival",
				"port", port, "text", text));
}
