#include "judge.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/common/log.h"
#include "clock.h"
#include "enforce.h"
#include "guard.h"
#include "identify.h"
#include "record.h"
#include "sysfs.h"

enum { WHY_SIZE = 160 };

static void decide_device(const struct enforcer *enforcer, struct usbdev *dev, struct decision *ret)
{
	struct policy_view view = policy_store_view(&enforcer->policy);
	struct circumstances circumstances;
	char why[WHY_SIZE];

	surroundings_gather(&enforcer->surroundings, dev, clock_now_us() / 1000000, &circumstances);
	dev->identity = circumstances.identity;
	dev->judged = true;

	if (dev->readable < 0) {
		snprintf(why, sizeof(why), "The device's descriptors cannot be judged: %s.",
			 strerror(-dev->readable));
		decide_error(why, ret);
		return;
	}
	if (view.rules != NULL && dev->device.has_serial &&
	    enforcer->policy.broken[ROLE_REVOCATIONS]) {
		decide_error("The list of revoked devices cannot be read.", ret);
		return;
	}
	decide(&view, &dev->device, &circumstances, dev->present, ret);
	decide_explain(&view, ret);
	policy_store_relax(&enforcer->policy);
}

static bool same_verdicts(const struct decision *a, const struct decision *b)
{
	if (a->verdict != b->verdict || a->modifiers != b->modifiers ||
	    a->audit_only != b->audit_only || a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		if (a->interfaces[i].verdict != b->interfaces[i].verdict)
			return false;
	}
	return true;
}

static bool permits(const struct decision *decision)
{
	for (size_t i = 0; i < decision->n; i++) {
		if (decision_effect(decision, i) != VERDICT_DENY)
			return true;
	}
	return false;
}

/* What of @next may take effect without a record: nothing that is not in force already. */
static void restrict_to_recorded(const struct usbdev *dev, struct decision *next)
{
	const struct decision *now = &dev->decision;

	if (!dev->recorded || now->n != next->n) {
		decide_error("The decision could not be recorded, so nothing is permitted.", next);
		return;
	}
	if (now->audit_only && next->audit_only)
		return;
	next->audit_only = false;
	next->verdict = verdict_stricter(now->verdict, next->verdict);
	for (size_t i = 0; i < next->n; i++)
		next->interfaces[i].verdict =
			verdict_stricter(decision_effect(now, i), next->interfaces[i].verdict);
	if (!permits(next))
		next->verdict = VERDICT_DENY;
}

/* Going between read-only and allow, a disk must come anew, so that nobody holds it open as it was.
 * @before NULL: the device worked before it was judged. */
static bool needs_replug(const struct decision *before, const struct decision *next)
{
	for (size_t i = 0; i < next->n; i++) {
		enum verdict was = before == NULL  ? VERDICT_ALLOW
				   : i < before->n ? decision_effect(before, i)
						   : VERDICT_DENY;
		enum verdict is = decision_effect(next, i);

		if (was != is && was != VERDICT_DENY && is != VERDICT_DENY)
			return true;
	}
	return false;
}

static bool is_gone(const struct usbdev *dev)
{
	char text[16];

	return sysfs_read(dev->fd, "devnum", text, sizeof(text)) < 0;
}

static void note_failure(struct enforcer *enforcer, const struct usbdev *dev, int error,
			 const char *why)
{
	const char *name = strerrorname_np(-error);

	log_error("device-failed", "%s: %s", dev->device.port, why);
	recorder_note(&enforcer->recorder, "device.failed",
		      json_pack("{s:s, s:o, s:o, s:s}", "instance", dev->instance, "device",
				record_device(dev), "text", record_text(why), "errno",
				name == NULL ? "EIO" : name));
}

/* The device has shown what was not judged: that denies it, and is recorded. */
static void deny_unjudged(struct enforcer *enforcer, struct usbdev *dev, const char *why)
{
	enum verdict before = dev->decision.verdict;
	json_t *members;

	log_warning("device-look-again", "%s: %s", dev->device.port, why);
	decide_error(why, &dev->decision);
	members = record_decision(dev, &dev->decision,
				  policy_store_version(&enforcer->policy, ROLE_POLICY));
	if (members != NULL) {
		json_object_set_new(members, "before", json_string(verdict_to_text(before)));
		json_object_set_new(members, "cause", json_string("look-again"));
	}
	recorder_note(&enforcer->recorder, "device.changed", members);
}

/* Put the decision in force into effect. */
static void take_effect(struct enforcer *enforcer, struct usbdev *dev, bool replug)
{
	char why[WHY_SIZE] = "";
	int r = 0;

	if (dev->guarded) {
		/* One that cannot be judged is left alone as a whole. */
		if (dev->decision.n > 0)
			r = enforce_beside_kept(enforcer->sysfs_fd, dev, why);
		if (r < 0 && !is_gone(dev))
			note_failure(enforcer, dev, r, why);
		disks_judge_port(&enforcer->disks, dev->device.port);
		return;
	}
	if (replug)
		r = enforce_deny(dev);
	disks_prune(&enforcer->disks);
	if (r >= 0)
		r = enforce_decision(enforcer->sysfs_fd, dev, why);
	if (r == -EUCLEAN) {
		deny_unjudged(enforcer, dev, why);
	} else if (r < 0 && !is_gone(dev)) {
		note_failure(enforcer, dev, r, why);
		decide_error(why, &dev->decision);
	}
	disks_judge_port(&enforcer->disks, dev->device.port);
}

/* Record @next; @before NULL for a first decision; @changed as for judge_all().  A permit must be
 * on disk. */
static int record(struct enforcer *enforcer, struct usbdev *dev, const struct decision *next,
		  const char *before, fact_set changed)
{
	const char *kind = before == NULL ? "device.decided" : "device.changed";
	json_t *members =
		record_decision(dev, next, policy_store_version(&enforcer->policy, ROLE_POLICY));
	bool taken;
	int r;

	if (before != NULL)
		members = record_change(members, before, changed);
	if (!permits(next)) {
		recorder_note(&enforcer->recorder, kind, members);
		dev->announced = true;
		return 0;
	}
	r = recorder_write(&enforcer->recorder, kind, members, &taken);
	dev->announced = dev->announced || taken;
	if (r < 0)
		log_error("device-unrecorded", "%s stays closed, its permit cannot be recorded: %s",
			  dev->device.port, strerror(-r));
	return r;
}

/* Does a device that works carry the last of something that its decision takes away?  And which
 * interfaces must be kept then? */
static bool is_guarded(struct enforcer *enforcer, const struct usbdev *dev,
		       char why[static GUARD_WHY_SIZE], uint64_t *ret_kept)
{
	struct guard *guard;
	bool trips;

	if (!usbdev_authorized(dev))
		return false;
	guard = malloc(sizeof(*guard));
	if (guard == NULL)
		return false;
	guard_look(guard, enforcer->sysfs_fd);
	trips = guard_trips(guard, dev, &dev->decision, why);
	*ret_kept = guard_keeps(guard, dev);
	free(guard);
	return trips;
}

static void set_guarded(struct enforcer *enforcer, struct usbdev *dev, bool known)
{
	char why[GUARD_WHY_SIZE];

	dev->guarded = is_guarded(enforcer, dev, why, &dev->kept);
	if (!dev->guarded)
		return;
	log_warning("guard-tripped", "%s: %s", dev->device.port, why);
	if (!known)
		recorder_note(&enforcer->recorder, "guard.tripped",
			      json_pack("{s:s, s:o, s:s}", "instance", dev->instance, "device",
					record_device(dev), "text", why));
}

static void remember_denial(struct enforcer *enforcer, const struct usbdev *dev)
{
	if (dev->decision.verdict == VERDICT_DENY && !permits(&dev->decision) && dev->readable >= 0)
		seen_denied(&enforcer->surroundings.seen, &dev->device, dev->instance);
}

/* The first decision on a device of this run.  @stay: what the ledger knows of it, or NULL. */
static void judge_first(struct enforcer *enforcer, struct usbdev *dev,
			const struct history_stay *stay)
{
	const char *before = stay == NULL ? NULL : history_verdict(stay);
	bool worked = usbdev_authorized(dev), known, replug;
	struct decision next;

	decide_device(enforcer, dev, &next);
	known = stay != NULL && history_agrees(stay, &dev->device, &next);
	dev->announced = stay != NULL;
	dev->recorded = known || record(enforcer, dev, &next, before, 0) >= 0;
	if (!dev->recorded)
		restrict_to_recorded(dev, &next);
	dev->decision = next;
	remember_denial(enforcer, dev);
	set_guarded(enforcer, dev, known);
	/* What it was opened as, if it was, is not known any more: its disks come anew.  So they
	 * must where the record was made, and we died before its effect. */
	if (known)
		replug = worked && disks_left_writable(&enforcer->disks, dev);
	else
		replug = worked && (stay != NULL ? permits(&dev->decision)
						 : needs_replug(NULL, &dev->decision));
	take_effect(enforcer, dev, replug);
}

/* Judge a device that has a decision in force; @changed as for judge_all(). */
static void judge_again(struct enforcer *enforcer, struct usbdev *dev, fact_set changed)
{
	const char *before = dev->announced ? verdict_to_text(dev->decision.verdict) : NULL;
	struct decision next, was = dev->decision;
	bool recorded;

	decide_device(enforcer, dev, &next);
	if (dev->recorded && same_verdicts(&was, &next)) {
		dev->decision = next; /* for its reasons */
		return;
	}
	recorded = record(enforcer, dev, &next, before, changed) >= 0;
	if (!recorded)
		restrict_to_recorded(dev, &next);
	dev->recorded = recorded;
	dev->decision = next;
	remember_denial(enforcer, dev);
	set_guarded(enforcer, dev, false);
	take_effect(enforcer, dev, needs_replug(&was, &next));
}

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

	disks_prune(&enforcer->disks);
	disks_usage(&enforcer->disks, dev, &bytes_read, &bytes_written);
	dev->bytes_read = bytes_read;
	dev->bytes_written = bytes_written;
	recorder_note(&enforcer->recorder, "device.removed",
		      record_removal(dev, (clock_mono_us() - dev->arrived_us) / 1000000));
	devices_remove(&enforcer->devices, dev);
}

/* What the ledger knows of @dev's stay, @stay, holds on; NULL: it has just come. */
static void set_arrival(struct enforcer *enforcer, struct usbdev *dev,
			const struct history_stay *stay)
{
	const char *person;

	if (dev->readable >= 0)
		seen_arrived(&enforcer->surroundings.seen, &dev->device, dev->instance,
			     clock_now_us() / 1000000, &dev->past);
	if (stay == NULL) {
		dev->present = enforcer->starting && usbdev_authorized(dev);
		dev->arrived_us = clock_mono_us();
		seat_look(&enforcer->surroundings.seat);
		strcpy(dev->person, enforcer->surroundings.seat.user);
		return;
	}
	dev->present = stay->present;
	dev->arrived_us = stay->arrived_us;
	person = json_string_value(json_object_get(stay->record, "person"));
	snprintf(dev->person, sizeof(dev->person), "%s", person == NULL ? "" : person);
}

/* The hash of what @dev hangs on, which some rules go by: a hub that is known, or a root hub. */
static void set_parent_hash(const struct enforcer *enforcer, struct usbdev *dev)
{
	const char *dot = strrchr(dev->device.port, '.');
	char port[DEVICE_PORT_SIZE];
	const struct usbdev *hub;

	if (dot == NULL) {
		identify_root_hub(enforcer->sysfs_fd, dev->bus, &dev->device);
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
	if (enforce_deny(dev) < 0)
		log_debug("device-close", "%s is gone", dev->device.port);
	log_error("device-limit", "No room for the device at %s; it is denied", dev->device.port);
	recorder_note(&enforcer->recorder, "device.decided",
		      record_decision(dev, &dev->decision, 0));
	usbdev_free(dev);
}

/* Take the device at @port into the table, not judged yet.  One that is known is looked at again.
 */
static void take_in(struct enforcer *enforcer, const char *port)
{
	struct usbdev *known = devices_find(&enforcer->devices, port), *dev;
	int r = usbdev_new(enforcer->sysfs_fd, port, enforcer->boot, &dev);

	if (r < 0) {
		judge_departure(enforcer, port);
		if (r != -ENOENT && r != -ENODEV)
			log_error("device-open", "Cannot open %s; it stays closed: %s", port,
				  strerror(-r));
		return;
	}
	if (known != NULL && known->inode == dev->inode) {
		usbdev_free(dev);
		judge_look_again(enforcer, port);
		return;
	}
	if (known != NULL)
		depart(enforcer, known);
	if (dev->readable < 0 && is_gone(dev)) {
		usbdev_free(dev);
		return;
	}
	set_parent_hash(enforcer, dev);
	set_arrival(enforcer, dev, history_find(&enforcer->history, dev->instance));
	if (devices_add(&enforcer->devices, dev) < 0)
		turn_away(enforcer, dev);
}

/* Those that were taken in together count for each other before the first is judged. */
void judge_arrivals(struct enforcer *enforcer, char *const *ports, size_t n)
{
	bool any = false;

	for (size_t i = 0; i < n; i++)
		take_in(enforcer, ports[i]);
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

void judge_arrival(struct enforcer *enforcer, const char *port)
{
	char copy[DEVICE_PORT_SIZE];
	char *const ports[] = { copy };

	snprintf(copy, sizeof(copy), "%s", port);
	judge_arrivals(enforcer, ports, 1);
}

void judge_departure(struct enforcer *enforcer, const char *port)
{
	struct usbdev *dev = devices_find(&enforcer->devices, port);

	/* After a rescan the word of an earlier stay's end may still come: the one that is there
	 * now must not be forgotten while it works. */
	if (dev == NULL || !is_gone(dev))
		return;
	depart(enforcer, dev);
	judge_others(enforcer);
}

/* The kernel refused it, or it showed what was not judged: circumstances do not mend that. */
static bool has_failed(const struct usbdev *dev)
{
	return dev->recorded && dev->readable >= 0 && dev->decision.n == 0;
}

void judge_all(struct enforcer *enforcer, fact_set changed)
{
	for (size_t i = 0; i < enforcer->devices.n; i++) {
		struct usbdev *dev = enforcer->devices.items[i];

		if (dev->judged && (changed == 0 || !has_failed(dev)))
			judge_again(enforcer, dev, changed);
	}
}

void judge_on_surroundings(void *userdata, fact_set changed)
{
	judge_all(userdata, changed);
}

void judge_unrecorded(struct enforcer *enforcer)
{
	for (size_t i = 0; i < enforcer->devices.n; i++) {
		struct usbdev *dev = enforcer->devices.items[i];

		if (dev->judged && !dev->recorded)
			judge_again(enforcer, dev, 0);
	}
}

void judge_look_again(struct enforcer *enforcer, const char *port)
{
	struct usbdev *dev = devices_find(&enforcer->devices, port);

	if (dev != NULL && (dev->guarded || permits(&dev->decision)))
		take_effect(enforcer, dev, false);
}

void judge_missing(struct enforcer *enforcer)
{
	while (enforcer->history.n > 0) {
		const struct history_stay *stay = &enforcer->history.stays[0];
		const json_t *record = stay->record;
		uint64_t duration_s = (clock_mono_us() - stay->arrived_us) / 1000000;

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
