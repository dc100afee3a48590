#include "effect.h"

#include <errno.h>
#include <string.h>

#include "agent/common/log.h"
#include "bus_kind.h"
#include "detach.h"
#include "judge_keyboard.h"
#include "record.h"
#include "usbnode.h"

static bool permits(const struct decision *decision)
{
	for (size_t i = 0; i < decision->n; i++) {
		if (decision_effect(decision, i) != VERDICT_DENY)
			return true;
	}
	return false;
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

/* What is there because of the decision in force follows it. */
static void follow(struct enforcer *enforcer, const struct usbdev *dev)
{
	const struct gate_device node = usbnode_of(dev);

	disks_judge_port(&enforcer->disks, dev->device.port);
	usbnode_judge(&enforcer->gate, dev);
	if (dev->device.bus == BUS_USB)
		control_settled(&enforcer->control, 'c', node.major, node.minor);
}

static bool has_timed_out(int result)
{
	return result == -ETIME;
}

/* What came of the order that was given last. */
static void conclude(struct enforcer *enforcer, struct usbdev *dev, int result, const char *why)
{
	struct progress *progress = &dev->progress;

	if (result >= 0)
		progress->retries = 0;
	if (result > 0) {
		judge_typing(enforcer, dev, (uint64_t)result);
		return;
	}
	if (progress->kind == ORDER_CLOSE)
		detach_closed(enforcer, dev);
	if (progress->kind == ORDER_CLOSE && result >= 0) {
		progress->again = true; /* to be opened */
		return;
	}
	if (result == -EUCLEAN && progress->kind == ORDER_OPEN) {
		deny_unjudged(enforcer, dev, why);
	} else if (result < 0 && !bus_kind_is_gone(dev)) {
		if (!has_timed_out(result)) /* that was told when it was late */
			note_failure(enforcer, dev, result, why);
		if (progress->kind != ORDER_BESIDE_KEPT)
			decide_error(why, &dev->decision);
		/* Nobody knows what the one who was to do it has left open. */
		if ((has_timed_out(result) || result == -ECHILD) &&
		    progress->kind != ORDER_BESIDE_KEPT &&
		    progress->retries++ < PROGRESS_MAX_RETRIES)
			progress->again = true;
	}
	follow(enforcer, dev);
}

/* What is to be done next; -1: nothing, the kernel has it so already. */
static int next_order(const struct usbdev *dev)
{
	if (dev->guarded) /* one that cannot be judged is left alone as a whole */
		return dev->decision.n > 0 ? ORDER_BESIDE_KEPT : -1;
	if (dev->progress.replug)
		return ORDER_CLOSE;
	return usbdev_is_any_bound(dev) || usbdev_authorized(dev) ? ORDER_OPEN : -1;
}

/* Give the order, or do it here, where nobody else can, or where it cannot take long.
 * Returns true if it has been done: then *@ret is its result, and @why set. */
static bool give(struct enforcer *enforcer, struct usbdev *dev, int *ret,
		 char why[static ORDER_WHY_SIZE])
{
	const struct order order = { .kind = dev->progress.kind, .dev = *dev };
	int r = -ESRCH;

	if (order.kind == ORDER_CLOSE || !bus_kind(dev->device.bus)->gated)
		r = workers_start(&enforcer->workers, &order);
	dev->progress.at_work = r == 0;
	dev->progress.waits = r == -EBUSY;
	if (r == 0 || r == -EBUSY)
		return false;
	if (r != -ESRCH)
		log_warning("worker", "No worker for %s: %s", dev->device.port, strerror(-r));
	*ret = order_carry_out(enforcer->sysfs_fd, &order, why);
	return true;
}

static void advance(struct enforcer *enforcer, struct usbdev *dev)
{
	struct progress *progress = &dev->progress;

	do {
		char why[ORDER_WHY_SIZE] = "";
		int kind = next_order(dev), result = 0;

		progress->again = progress->waits = false;
		progress->kind = kind < 0 ? ORDER_OPEN : (enum order_kind)kind;
		if (kind == ORDER_CLOSE)
			progress->replug = false;
		if (!dev->guarded && kind != ORDER_CLOSE)
			disks_prune(&enforcer->disks);
		if (kind >= 0 && !give(enforcer, dev, &result, why)) {
			progress->replug |= progress->waits && kind == ORDER_CLOSE;
			return;
		}
		conclude(enforcer, dev, result, why);
	} while (progress->again);
}

/* A Bluetooth peer's channels are opened and shut at once. */
static void follow_peer(struct enforcer *enforcer, struct usbdev *dev)
{
	static const char why[] = "The Bluetooth gate could not be set.";
	int r = bluetooth_follow(&enforcer->bluetooth, dev);

	if (r >= 0)
		return;
	note_failure(enforcer, dev, r, why);
	decide_error(why, &dev->decision);
	r = bluetooth_follow(&enforcer->bluetooth, dev);
	if (r < 0)
		log_error("device-close", "%s may keep what it was permitted: %s", dev->device.port,
			  strerror(-r));
}

void effect_start(struct enforcer *enforcer, struct usbdev *dev, bool replug)
{
	struct progress *progress = &dev->progress;

	if (dev->device.bus == BUS_BLUETOOTH) {
		follow_peer(enforcer, dev);
		return;
	}
	replug = !detach_consider(enforcer, dev) && replug;
	progress->replug = !dev->guarded && dev->withdrawing == 0 && (progress->replug || replug);
	if (!dev->guarded && !permits(&dev->decision))
		follow(enforcer, dev);
	if (progress->at_work || progress->waits)
		progress->again = true;
	else
		advance(enforcer, dev);
}

void effect_deny(struct enforcer *enforcer, struct usbdev *dev, const char *why)
{
	deny_unjudged(enforcer, dev, why);
	effect_start(enforcer, dev, true);
}

static struct usbdev *find(const struct enforcer *enforcer, uint64_t inode)
{
	for (size_t i = 0; i < enforcer->devices.n; i++) {
		if (enforcer->devices.items[i]->inode == inode)
			return enforcer->devices.items[i];
	}
	return NULL;
}

/* Somebody has time now for those that wait. */
static void advance_waiting(struct enforcer *enforcer)
{
	for (size_t i = 0; i < enforcer->devices.n; i++) {
		if (enforcer->devices.items[i]->progress.waits)
			advance(enforcer, enforcer->devices.items[i]);
	}
}

void effect_on_done(void *userdata, uint64_t inode, int result, const char *why)
{
	struct enforcer *enforcer = userdata;
	struct usbdev *dev = find(enforcer, inode);

	if (dev != NULL) {
		dev->progress.at_work = false;
		conclude(enforcer, dev, result, why);
		if (dev->progress.again)
			advance(enforcer, dev);
	}
	advance_waiting(enforcer);
}

void effect_on_late(void *userdata, uint64_t inode)
{
	static const char why[] = "The device took too long to answer.";
	struct enforcer *enforcer = userdata;
	struct usbdev *dev = find(enforcer, inode);

	if (dev == NULL)
		return;
	note_failure(enforcer, dev, -ETIME, why);
	if (dev->guarded)
		return;
	decide_error(why, &dev->decision);
	follow(enforcer, dev);
}
