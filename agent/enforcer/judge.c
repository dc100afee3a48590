#include "judge.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/common/log.h"
#include "bus_kind.h"
#include "clock.h"
#include "effect.h"
#include "grant_change.h"
#include "guard.h"
#include "judge_internal.h"
#include "notices.h"
#include "record.h"
#include "usbnode.h"

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
static void restrict_to_recorded(struct usbdev *dev, struct decision *next)
{
	const struct decision *now = &dev->decision;

	dev->examination.interfaces = 0;
	dev->examination.waits = false;
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
 * One that only the gate keeps shut stays where it is, so it must also when it goes to deny; and
 * when it comes from there, since it has been set read-only meanwhile.
 * @before NULL: the device worked before it was judged. */
static bool needs_replug(const struct usbdev *dev, const struct decision *before,
			 const struct decision *next)
{
	bool gated = bus_kind(dev->device.bus)->gated;
	size_t n = before != NULL && before->n > next->n ? before->n : next->n;

	for (size_t i = 0; i < n; i++) {
		enum verdict was = before == NULL  ? VERDICT_ALLOW
				   : i < before->n ? decision_effect(before, i)
						   : VERDICT_DENY;
		enum verdict is = i < next->n ? decision_effect(next, i) : VERDICT_DENY;

		/* what may be used as it is encrypted goes on as what may be used */
		if (was == VERDICT_ENCRYPTED_ONLY && is == VERDICT_ALLOW)
			continue;
		if (was == is || (gated && is == VERDICT_READ_ONLY && was == VERDICT_DENY))
			continue;
		if (gated || (was != VERDICT_DENY && is != VERDICT_DENY))
			return true;
	}
	return false;
}

/* Record @next; @before NULL for a first decision; @changed as for judge_all().  A permit must be
 * on disk. */
static int record(struct enforcer *enforcer, struct usbdev *dev, const struct decision *next,
		  const char *before, fact_set changed)
{
	const char *kind = before == NULL ? "device.decided" : "device.changed";
	const bool opens = permits(next) || dev->examination.interfaces != 0;
	json_t *members;
	bool taken;
	int r;

	if (!opens && judge_is_counted(enforcer, dev))
		return 0;
	members = record_decision(dev, next, policy_store_version(&enforcer->policy, ROLE_POLICY));
	if (before != NULL)
		members = record_change(members, before, changed);
	if (before != NULL && dev->renewed && members != NULL)
		json_object_set_new(
			members, "cause",
			json_string(dev->device.bus == BUS_BLUETOOTH ? "services" : "look-again"));
	if (!opens) {
		recorder_note(&enforcer->recorder, kind, members);
		dev->announced = true;
		grant_change_used(enforcer, dev, next);
		notices_decided(enforcer, dev, next);
		return 0;
	}
	r = recorder_write(&enforcer->recorder, kind, members, &taken);
	dev->announced = dev->announced || taken;
	dev->counted = dev->counted && !taken;
	if (r >= 0)
		grant_change_used(enforcer, dev, next);
	if (r < 0)
		log_error("device-unrecorded", "%s stays closed, its permit cannot be recorded: %s",
			  dev->device.port, strerror(-r));
	else if (!dev->examination.waits)
		notices_decided(enforcer, dev, next);
	return r;
}

/* Does a device that works carry the last of something that its decision takes away?  And which
 * interfaces must be kept then? */
static bool is_guarded(struct enforcer *enforcer, const struct usbdev *dev,
		       char why[static GUARD_WHY_SIZE], uint64_t *ret_kept)
{
	struct guard *guard;
	bool trips;

	/* What turned out to be a keyboard just now was never anybody's. */
	if (!usbdev_authorized(dev) || (dev->renewed && !dev->pre_agent))
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
	if (dev->decision.verdict == VERDICT_DENY && !permits(&dev->decision) &&
	    dev->readable >= 0 && !dev->examination.waits)
		seen_denied(&enforcer->surroundings.seen, &dev->device, dev->instance);
}

/* May anybody have opened the device before this run judged it?  Not if it comes to a gate that is
 * shut; and what is in the machine when the first agent starts, nobody but the system has, whose
 * mounts end in order (detach.h). */
static bool was_open(const struct enforcer *enforcer, const struct usbdev *dev, bool known_stay)
{
	if (bus_kind(dev->device.bus)->gated)
		return enforcer->starting && known_stay;
	return usbdev_authorized(dev);
}

/* Of a device that an agent before this one opened, after another decision than that which is in
 * force now: must it come anew? */
static bool must_come_anew(const struct usbdev *dev)
{
	return usbdev_is_any_bound(dev) || bus_kind(dev->device.bus)->gated;
}

void judge_first(struct enforcer *enforcer, struct usbdev *dev, const struct history_stay *stay)
{
	const char *before = stay == NULL ? NULL : history_verdict(stay);
	bool worked = was_open(enforcer, dev, stay != NULL), known, replug;
	struct decision next;

	judge_decide(enforcer, dev, &next);
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
		replug = worked && (stay != NULL ? must_come_anew(dev)
						 : dev->examination.interfaces != 0 ||
							   needs_replug(dev, NULL, &dev->decision));
	effect_start(enforcer, dev, replug);
}

/* May the decision in force stay until it is known what is on the disks, so that they need not be
 * taken from who uses them, as far as that is all there is to know?  It takes MEDIUM_TIMEOUT_MS at
 * most. */
static bool waits_for_examination(struct enforcer *enforcer, const struct usbdev *dev)
{
	return dev->examination.asked && dev->medium.state == MEDIUM_UNEXAMINED && !dev->guarded &&
	       dev->recorded && permits(&dev->decision) &&
	       disks_examine_port(&enforcer->disks, dev->device.port);
}

void judge_again(struct enforcer *enforcer, struct usbdev *dev, fact_set changed)
{
	const char *before = dev->announced ? verdict_to_text(dev->decision.verdict) : NULL;
	const struct examination examination = dev->examination;
	struct decision next, was = dev->decision;
	bool recorded;

	judge_decide(enforcer, dev, &next);
	if (waits_for_examination(enforcer, dev)) {
		dev->examination = examination;
		dev->examination.policy = examination.policy || changed == 0;
		return;
	}
	if (dev->recorded && same_verdicts(&was, &next) &&
	    examination.interfaces == dev->examination.interfaces &&
	    examination.waits == dev->examination.waits) {
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
	effect_start(enforcer, dev,
		     needs_replug(dev, &was, &next) && !(examination.blind && !was.audit_only));
}

/* Nothing of what was recorded holds for what it is now. */
void judge_shown(struct enforcer *enforcer, struct usbdev *dev)
{
	dev->recorded = false;
	dev->renewed = true;
	judge_again(enforcer, dev, 0);
	dev->renewed = false;
}

void judge_renewed(struct enforcer *enforcer, const char *port, const struct device *device)
{
	struct usbdev *dev = devices_find(&enforcer->devices, port);

	if (dev == NULL)
		return;
	dev->device = *device;
	judge_shown(enforcer, dev);
}

/* The kernel refused it, or it showed what was not judged: circumstances do not mend that. */
bool judge_has_failed(const struct usbdev *dev)
{
	return dev->recorded && dev->readable >= 0 && dev->decision.n == 0;
}

void judge_on_medium(void *userdata, const char *port, fact_set changed)
{
	struct enforcer *enforcer = userdata;
	struct usbdev *dev = devices_find(&enforcer->devices, port);
	fact_set asked;
	bool policy;

	if (dev == NULL || !dev->judged || judge_has_failed(dev))
		return;
	asked = enforcer->surroundings.wanted & MEDIUM_FACTS;
	changed = (changed & asked) != 0 ? changed & asked : asked;
	policy = dev->examination.policy || changed == 0;
	dev->examination.policy = false;
	judge_again(enforcer, dev, policy ? 0 : changed);
}

void judge_on_breach(void *userdata, const char *port, const char *why)
{
	struct enforcer *enforcer = userdata;
	struct usbdev *dev = devices_find(&enforcer->devices, port);

	if (dev != NULL && !judge_has_failed(dev))
		effect_deny(enforcer, dev, why);
}

void judge_on_surroundings(void *userdata, fact_set changed)
{
	judge_all(userdata, changed);
}

void judge_look_again(struct enforcer *enforcer, const char *port)
{
	struct usbdev *dev = devices_find(&enforcer->devices, port);

	if (dev != NULL && (dev->guarded || usbdev_is_any_bound(dev)))
		effect_start(enforcer, dev, false);
}

void judge_overruled(struct enforcer *enforcer, const char *port)
{
	static const char text[] = "Somebody else let it work; it is closed again.";
	struct usbdev *dev = devices_find(&enforcer->devices, port);

	if (dev == NULL || !dev->judged || dev->guarded || dev->progress.at_work ||
	    bus_kind(dev->device.bus)->gated || permits(&dev->decision) || !usbdev_authorized(dev))
		return;
	log_warning("device-overruled", "%s: %s", port, text);
	recorder_note(&enforcer->recorder, "device.overruled",
		      json_pack("{s:s, s:o, s:s}", "instance", dev->instance, "device",
				record_device(dev), "text", text));
	effect_start(enforcer, dev, false);
}
