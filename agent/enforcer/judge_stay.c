#include "judge.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agent/common/cleanup.h"
#include "agent/common/log.h"
#include "bus_kind.h"
#include "detach.h"
#include "clock.h"
#include "hid_look.h"
#include "judge_internal.h"
#include "judge_keyboard.h"
#include "record.h"
#include "root_hubs.h"
#include "sysfs.h"
#include "usbnode.h"

/* Devices have come or gone: judge those again that this may concern. */
static void judge_others(struct enforcer *enforcer)
{
	fact_set changed = surroundings_of_others(&enforcer->surroundings);

	if (changed != 0)
		judge_all(enforcer, changed);
}

/* Take leave of @dev, which has gone. */
static void depart(struct enforcer *enforcer, struct usbdev *dev)
{
	uint64_t bytes_read, bytes_written;

	detach_forget(enforcer, dev);
	keyboards_forget(&enforcer->keyboards, dev->device.port);
	usbnode_shut(&enforcer->gate, dev);
	disks_prune(&enforcer->disks);
	stays_end(&enforcer->stays, dev->instance);
	disks_usage(&enforcer->disks, dev, &bytes_read, &bytes_written);
	dev->bytes_read = bytes_read;
	dev->bytes_written = bytes_written;
	if (dev->counted)
		judge_counted_left(enforcer, dev);
	else
		recorder_note(&enforcer->recorder, "device.removed",
			      record_removal(dev, (clock_mono_us() - dev->arrived_us) / 1000000));
	devices_remove(&enforcer->devices, dev);
}

/* When @dev was plugged in: the kernel counts since then, but not while the machine sleeps
 * (connected_duration in Documentation/ABI/testing/sysfs-bus-usb). */
static int64_t plugged_in_us(const struct usbdev *dev)
{
	const int64_t now_us = (int64_t)clock_mono_us();
	uint64_t ms;

	if (sysfs_read_number(dev->fd, "power/connected_duration", 10, INT64_MAX / 1000, &ms) < 0 ||
	    (int64_t)ms * 1000 > now_us)
		return -1;
	return now_us - (int64_t)ms * 1000;
}

/* @dev is there as the agent starts.  If it works, it did so before anybody judged it.  Where the
 * kernel was told to keep all closed until then, what does not work was there all the same: who
 * sits at the machine needs the keyboard that it was switched on with. */
static void set_before_agent(const struct enforcer *enforcer, struct usbdev *dev)
{
	dev->pre_agent = usbdev_authorized(dev);
	dev->since_us = dev->pre_agent ? plugged_in_us(dev) : -1;
	dev->present = dev->pre_agent || enforcer->found != DEFAULTS_OPEN;
}

/* Where nothing works before the agent, what hangs on a hub comes only after the hub was opened,
 * and all of it after a controller whose driver is loaded late: for a time that counts as there,
 * too. */
static bool is_of_the_start(const struct enforcer *enforcer, const struct usbdev *dev)
{
	return dev->device.bus == BUS_USB && clock_mono_us() < enforcer->grace_until_us;
}

/* What the ledger knows of @dev's stay, @stay, holds on; NULL: it has just come. */
static void set_arrival(struct enforcer *enforcer, struct usbdev *dev,
			const struct history_stay *stay)
{
	const char *person;
	const json_t *since;

	if (dev->readable >= 0)
		seen_arrived(&enforcer->surroundings.seen, &dev->device, dev->instance,
			     clock_now_us() / 1000000, &dev->past);
	if (stay == NULL) {
		if (enforcer->starting)
			set_before_agent(enforcer, dev);
		else
			dev->present = is_of_the_start(enforcer, dev);
		dev->arrived_us = clock_mono_us();
		seat_refresh(&enforcer->surroundings.seat);
		strcpy(dev->person, enforcer->surroundings.seat.user);
		return;
	}
	dev->present = stay->present;
	dev->pre_agent = json_is_true(json_object_get(stay->record, "pre_agent"));
	since = json_object_get(stay->record, "since_us");
	dev->since_us = json_is_integer(since) ? json_integer_value(since) : -1;
	dev->arrived_us = stay->arrived_us;
	history_medium(stay, &dev->medium);
	snprintf(dev->caught, sizeof(dev->caught), "%s", history_cut_off(stay));
	person = json_string_value(json_object_get(stay->record, "person"));
	snprintf(dev->person, sizeof(dev->person), "%s", person == NULL ? "" : person);
}

/* The hash of what @dev hangs on, which some rules go by: a hub that is known, or a root hub. */
static void set_parent_hash(struct enforcer *enforcer, struct usbdev *dev)
{
	const char *dot = strrchr(dev->device.port, '.');
	char port[DEVICE_PORT_SIZE];
	const struct usbdev *hub;

	if (dev->device.bus != BUS_USB)
		return;
	if (dot == NULL) {
		root_hubs_mark(&enforcer->root_hubs, enforcer->sysfs_fd, dev->bus, &dev->device);
		return;
	}
	snprintf(port, sizeof(port), "%.*s", (int)(dot - dev->device.port), dev->device.port);
	hub = devices_find(&enforcer->devices, port);
	if (hub == NULL || !hub->device.has_usbguard_hash)
		return;
	dev->device.has_usbguard_parent_hash = true;
	memcpy(dev->device.usbguard_parent_hash, hub->device.usbguard_hash,
	       sizeof(dev->device.usbguard_parent_hash));
}

/* There is no room for @dev: deny it, and forget it. */
static void turn_away(struct enforcer *enforcer, struct usbdev *dev)
{
	const struct bus_kind *kind = bus_kind(dev->device.bus);

	if (!kind->gated && kind->close(enforcer->sysfs_fd, dev) < 0)
		log_debug("device-close", "%s is gone", dev->device.port);
	usbnode_shut(&enforcer->gate, dev);
	log_error("device-limit", "No room for the device at %s; it is denied", dev->device.port);
	if (!judge_is_counted(enforcer, dev))
		recorder_note(&enforcer->recorder, "device.decided",
			      record_decision(dev, &dev->decision, 0));
	usbdev_free(dev);
}

/* Is it still @dev that is at @place?  Reads nothing that the device's lock guards. */
static bool is_at(const struct enforcer *enforcer, const struct place *place,
		  const struct usbdev *dev)
{
	_cleanup_close_ int fd = -1;
	uint64_t inode;

	return sysfs_open(enforcer->sysfs_fd, place->path, &fd) >= 0 &&
	       sysfs_inode(fd, &inode) >= 0 && inode == dev->inode;
}

void judge_take_in(struct enforcer *enforcer, const struct place *place)
{
	const char *port = place->port;
	struct usbdev *known = devices_find(&enforcer->devices, port), *dev;
	int r;

	if (known != NULL && is_at(enforcer, place, known)) {
		judge_look_again(enforcer, port);
		return;
	}
	r = usbdev_new(enforcer->sysfs_fd, place, enforcer->boot, &dev);
	if (r < 0) {
		judge_departure(enforcer, port);
		if (place->bus == BUS_USB)
			judge_missed(enforcer, port);
		if (r != -ENOENT && r != -ENODEV)
			log_error("device-open", "Cannot open %s; it stays closed: %s", port,
				  strerror(-r));
		return;
	}
	if (known != NULL)
		depart(enforcer, known);
	if (dev->readable < 0 && bus_kind_is_gone(dev)) {
		usbdev_free(dev);
		if (place->bus == BUS_USB)
			judge_missed(enforcer, port);
		return;
	}
	(void)hid_look(dev); /* what works already has shown it */
	set_parent_hash(enforcer, dev);
	set_arrival(enforcer, dev, history_find(&enforcer->history, dev->instance));
	if (devices_add(&enforcer->devices, dev) < 0)
		turn_away(enforcer, dev);
}

/* Those that were taken in together count for each other before the first is judged. */
void judge_taken_in(struct enforcer *enforcer)
{
	bool any = false;

	for (size_t i = 0; i < enforcer->devices.n; i++) {
		struct usbdev *dev = enforcer->devices.items[i];

		if (dev->judged)
			continue;
		judge_first(enforcer, dev, history_find(&enforcer->history, dev->instance));
		history_forget(&enforcer->history, dev->instance);
		any = true;
	}
	if (!any)
		return;
	surroundings_plan(&enforcer->surroundings);
	judge_others(enforcer);
}

void judge_arrival_at(struct enforcer *enforcer, const struct place *place)
{
	judge_take_in(enforcer, place);
	judge_taken_in(enforcer);
}

void judge_arrival(struct enforcer *enforcer, const char *port)
{
	const struct place place = place_on_usb(port);

	judge_arrival_at(enforcer, &place);
}

void judge_departure(struct enforcer *enforcer, const char *port)
{
	struct usbdev *dev = devices_find(&enforcer->devices, port);

	/* After a rescan the word of an earlier stay's end may still come: the one that is there
	 * now must not be forgotten while it works. */
	if (dev == NULL || !bus_kind_is_gone(dev))
		return;
	depart(enforcer, dev);
	judge_keyboards_left(enforcer);
	judge_others(enforcer);
}

/* The stay of a Bluetooth peer that the ledger has not seen end. */
static const struct history_stay *find_peer(const struct history *history, const char *port)
{
	for (size_t i = 0; i < history->n; i++) {
		const json_t *device = json_object_get(history->stays[i].record, "device");
		const char *bus = json_string_value(json_object_get(device, "bus"));
		const char *at = json_string_value(json_object_get(device, "port"));

		if (bus != NULL && at != NULL && strcmp(at, port) == 0 &&
		    strcmp(bus, bus_to_text(BUS_BLUETOOTH)) == 0)
			return &history->stays[i];
	}
	return NULL;
}

void judge_came(struct enforcer *enforcer, struct usbdev *dev)
{
	const struct history_stay *stay = find_peer(&enforcer->history, dev->device.port);

	if (stay != NULL)
		snprintf(dev->instance, sizeof(dev->instance), "%s", stay->instance);
	set_arrival(enforcer, dev, stay);
	if (devices_add(&enforcer->devices, dev) < 0) {
		turn_away(enforcer, dev);
		return;
	}
	judge_first(enforcer, dev, stay);
	history_forget(&enforcer->history, dev->instance);
	surroundings_plan(&enforcer->surroundings);
	judge_others(enforcer);
}

void judge_went(struct enforcer *enforcer, const char *port)
{
	struct usbdev *dev = devices_find(&enforcer->devices, port);

	if (dev == NULL)
		return;
	depart(enforcer, dev);
	judge_others(enforcer);
}

/* Is it still to be told whether the device of @stay is there? */
static bool is_awaited(const struct enforcer *enforcer, const struct history_stay *stay)
{
	const json_t *device = json_object_get(stay->record, "device");
	const char *bus = json_string_value(json_object_get(device, "bus"));

	return !enforcer->bluetooth.looked && bus != NULL &&
	       strcmp(bus, bus_to_text(BUS_BLUETOOTH)) == 0;
}

void judge_missing(struct enforcer *enforcer)
{
	for (size_t i = enforcer->history.n; i > 0; i--) {
		const struct history_stay *stay = &enforcer->history.stays[i - 1];
		const json_t *record = stay->record;
		uint64_t duration_s = (clock_mono_us() - stay->arrived_us) / 1000000;

		if (is_awaited(enforcer, stay))
			continue;
		recorder_note(&enforcer->recorder, "device.removed",
			      json_pack("{s:s, s:O, s:O, s:I, s:i, s:i, s:O, s:b}", "instance",
					stay->instance, "device", json_object_get(record, "device"),
					"verdict", json_object_get(record, "verdict"), "duration_s",
					(json_int_t)duration_s, "bytes_read", 0, "bytes_written", 0,
					"person", json_object_get(record, "person"), "witnessed",
					false));
		history_forget(&enforcer->history, stay->instance);
	}
}
