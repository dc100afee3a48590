#include "rescan.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <systemd/sd-daemon.h>

#include "agent/common/log.h"
#include "bus_kind.h"
#include "clock.h"
#include "defaults.h"
#include "judge.h"
#include "judge_keyboard.h"
#include "port.h"
#include "sysfs.h"
#include "turn.h"
#include "usbnode.h"
#include "watch.h"

/* More time to start in, for each device: sd_notify(3). */
#define MORE_TIME "EXTEND_TIMEOUT_USEC=60000000"

static void forget(struct rescan *rescan)
{
	sysfs_names_free(&rescan->names);
	places_finish(&rescan->places);
	rescan->stage = RESCAN_DONE;
	rescan->at = 0;
}

static void enter(struct rescan *rescan, enum rescan_stage stage)
{
	sysfs_names_free(&rescan->names);
	rescan->stage = stage;
	rescan->at = 0;
}

/* What is quick, and must come first. */
static void begin(struct enforcer *enforcer)
{
	struct rescan *rescan = &enforcer->rescan;
	int r = defaults_deny(enforcer->sysfs_fd);

	if (r < 0)
		log_error("defaults", "Not all defaults could be closed: %s", strerror(-r));
	disks_prune(&enforcer->disks);
	forget(rescan);
	rescan->again = false;
	enter(rescan, RESCAN_HUBS);
	r = sysfs_list(enforcer->sysfs_fd, "bus/usb/devices", port_is_root_hub, &rescan->names);
	if (r < 0)
		log_debug("rescan", "There are no USB controllers: %s", strerror(-r));
}

/* The next of this stage's names; NULL: there is none. */
static const char *next_name(struct rescan *rescan)
{
	return rescan->names == NULL || rescan->names[rescan->at] == NULL
		       ? NULL
		       : rescan->names[rescan->at++];
}

static void look_at_hub(struct enforcer *enforcer)
{
	struct rescan *rescan = &enforcer->rescan;
	const char *name = next_name(rescan);
	int r;

	if (name != NULL) {
		watch_on_root_hub(enforcer, name);
		witness_found(&enforcer->witness, (unsigned)strtoul(name + strlen("usb"), NULL, 10),
			      1);
		return;
	}
	r = places_list(enforcer->sysfs_fd, &rescan->places);
	if (r < 0)
		log_error("rescan", "Cannot list the devices: %s", strerror(-r));
	enter(rescan, RESCAN_LEFT);
	rescan->at = enforcer->devices.n;
}

/* From the last to the first: one that leaves moves those after it. */
static void look_who_left(struct enforcer *enforcer)
{
	struct rescan *rescan = &enforcer->rescan;
	const struct usbdev *dev;

	if (rescan->at > enforcer->devices.n)
		rescan->at = enforcer->devices.n;
	if (rescan->at == 0) {
		enter(rescan, RESCAN_DEVICES);
		return;
	}
	dev = enforcer->devices.items[--rescan->at];
	if (!bus_kind_is_gone(dev))
		return;
	arrivals_left(&enforcer->witness.arrivals, dev->bus, dev->number);
	judge_departure(enforcer, dev->device.port);
}

static void tell_witness(struct enforcer *enforcer, const struct place *place)
{
	const struct usbdev *dev = devices_find(&enforcer->devices, place->port);

	if (dev != NULL && dev->device.bus == BUS_USB)
		witness_found(&enforcer->witness, dev->bus, dev->number);
}

/* What has gone since it was listed, its uevents have told of: nobody missed it. */
static void take_in(struct enforcer *enforcer, const struct place *place)
{
	if (faccessat(enforcer->sysfs_fd, place->path, F_OK, 0) < 0 && !enforcer->starting)
		judge_departure(enforcer, place->port);
	else
		judge_take_in(enforcer, place);
}

/* Those that are taken in together are judged together.  At the start that is all of them: what is
 * decided on one may hang on the others. */
static void take_some(struct enforcer *enforcer)
{
	struct rescan *rescan = &enforcer->rescan;
	const uint64_t end_us = clock_mono_us() + TURN_US;
	const size_t from = rescan->at;

	while (rescan->at < rescan->places.n) {
		take_in(enforcer, &rescan->places.items[rescan->at++]);
		if (enforcer->starting)
			sd_notify(false, MORE_TIME);
		else if (rescan->at - from == RESCAN_AT_ONCE || clock_mono_us() >= end_us)
			break;
	}
	judge_taken_in(enforcer);
	for (size_t i = from; i < rescan->at; i++)
		tell_witness(enforcer, &rescan->places.items[i]);
	if (rescan->at >= rescan->places.n)
		enter(rescan, RESCAN_DISKS);
}

static void look_at_disks(struct enforcer *enforcer)
{
	struct rescan *rescan = &enforcer->rescan;
	int r;

	usbnode_prune(&enforcer->gate, &enforcer->devices);
	r = disks_rescan(&enforcer->disks);
	if (r < 0)
		log_error("rescan", "Not all disks could be looked at: %s", strerror(-r));
	enter(rescan, RESCAN_INPUTS);
	r = judge_list_inputs(enforcer, &rescan->names);
	if (r < 0)
		log_debug("rescan", "There are no input devices: %s", strerror(-r));
}

static void look_at_input(struct enforcer *enforcer)
{
	const char *name = next_name(&enforcer->rescan);

	if (name != NULL)
		judge_input_node(enforcer, name);
	else
		forget(&enforcer->rescan);
}

static void step(struct enforcer *enforcer)
{
	switch (enforcer->rescan.stage) {
	case RESCAN_DONE:
		begin(enforcer);
		break;
	case RESCAN_HUBS:
		look_at_hub(enforcer);
		break;
	case RESCAN_LEFT:
		look_who_left(enforcer);
		break;
	case RESCAN_DEVICES:
		take_some(enforcer);
		break;
	case RESCAN_DISKS:
		look_at_disks(enforcer);
		break;
	case RESCAN_INPUTS:
		look_at_input(enforcer);
		break;
	}
}

void rescan_now(struct enforcer *enforcer)
{
	begin(enforcer);
	while (enforcer->rescan.stage != RESCAN_DONE) {
		if (enforcer->starting)
			sd_notify(false, MORE_TIME);
		step(enforcer);
	}
}

/* Devices are taken in once in a turn, as that may use it up. */
static int on_turn(sd_event_source *source, void *userdata)
{
	struct enforcer *enforcer = userdata;
	struct rescan *rescan = &enforcer->rescan;
	const uint64_t end_us = clock_mono_us() + TURN_US;
	bool took;

	do {
		took = rescan->stage == RESCAN_DEVICES;
		step(enforcer);
	} while (!took && rescan->stage != RESCAN_DONE && clock_mono_us() < end_us);
	if (rescan->stage == RESCAN_DONE && !rescan->again)
		return 0;
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

/* Beside the uevents: neither keeps the other waiting. */
static int plan(struct enforcer *enforcer)
{
	struct rescan *rescan = &enforcer->rescan;
	int r;

	if (rescan->next != NULL)
		return sd_event_source_set_enabled(rescan->next, SD_EVENT_ONESHOT);
	r = sd_event_add_defer(enforcer->loop, &rescan->next, on_turn, enforcer);
	if (r >= 0)
		r = sd_event_source_set_priority(rescan->next, SD_EVENT_PRIORITY_IMPORTANT);
	return r;
}

void rescan_soon(struct enforcer *enforcer)
{
	int r;

	enforcer->rescan.again = true;
	r = plan(enforcer);
	if (r >= 0)
		return;
	log_error("rescan", "Everything must be looked at at once: %s", strerror(-r));
	rescan_now(enforcer);
}

void rescan_finish(struct rescan *rescan)
{
	forget(rescan);
	rescan->next = sd_event_source_disable_unref(rescan->next);
}
