#include "judge_internal.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"

enum { WHY_SIZE = 160 };

/* A disk from which no program may run is not opened where that cannot be had. */
static void demand_noexec(const struct enforcer *enforcer, const struct usbdev *dev,
			  struct decision *decision)
{
	char why[WHY_SIZE];

	if (marks_is_available(&enforcer->noexec) || decision->audit_only)
		return;
	for (size_t i = 0; i < decision->n && i < dev->device.n_interfaces; i++) {
		if (decision->interfaces[i].function != FUNCTION_STORAGE ||
		    decision_effect(decision, i) == VERDICT_DENY ||
		    !(decision->interfaces[i].modifiers & MODIFIER_NOEXEC))
			continue;
		snprintf(why, sizeof(why), "Programs cannot be kept from running off it: %.100s.",
			 enforcer->noexec.status);
		decide_error(why, decision);
		return;
	}
}

/* A Bluetooth peer is permitted nothing where what it is not permitted cannot be kept from it. */
static void demand_bluetooth_gate(const struct enforcer *enforcer, const struct usbdev *dev,
				  struct decision *decision)
{
	const char *lacks = bluetooth_lacks(&enforcer->bluetooth);
	char why[WHY_SIZE];

	if (dev->device.bus != BUS_BLUETOOTH || lacks == NULL || decision->audit_only)
		return;
	snprintf(why, sizeof(why), "Bluetooth services cannot be told apart: %s.", lacks);
	decide_error(why, decision);
}

/* Without the gate nothing keeps shut what is not encrypted. */
static bool lacks_gate(const struct enforcer *enforcer, const struct decision *decision, size_t i)
{
	return !enforcer->gate.attached && !decision->audit_only &&
	       decision->interfaces[i].verdict == VERDICT_ENCRYPTED_ONLY;
}

static bool demand_gate(const struct enforcer *enforcer, struct decision *decision)
{
	bool lacking = false;

	for (size_t i = 0; i < decision->n; i++) {
		if (!lacks_gate(enforcer, decision, i))
			continue;
		decide_withhold(decision, i);
		lacking = true;
	}
	return lacking;
}

static void explain_gate(struct decision *decision, bool lacking)
{
	if (lacking && decision->step == STEP_ERROR)
		snprintf(decision->reason_en, sizeof(decision->reason_en),
			 "What is not encrypted cannot be kept shut: the block gate is not there.");
}

static bool is_any(const struct decision *decision, enum verdict verdict)
{
	for (size_t i = 0; i < decision->n; i++) {
		if (decision->interfaces[i].verdict == verdict)
			return true;
	}
	return false;
}

static bool knows(const struct circumstances *circumstances)
{
	return circumstances->encryption != ENCRYPTION_UNKNOWN || circumstances->media_bytes >= 0 ||
	       circumstances->label != NULL;
}

/* Interfaces of disks alone that @decision denies. */
static uint64_t denied_disks(const struct device *device, const struct decision *decision)
{
	uint64_t denied = 0;

	for (size_t i = 0; i < decision->n && i < device->n_interfaces; i++) {
		if (device->interfaces[i].functions == FUNCTION_BIT(FUNCTION_STORAGE) &&
		    decision_effect(decision, i) == VERDICT_DENY)
			denied |= UINT64_C(1) << i;
	}
	return denied;
}

/* Judge as if nothing were known of the medium; and if that makes a difference, again with what is
 * known.  As long as that is nothing, what is denied is opened to be examined, behind the gate. */
static void decide_by_medium(struct enforcer *enforcer, struct usbdev *dev,
			     const struct circumstances *circumstances, struct decision *ret)
{
	struct policy_view view = policy_store_view(&enforcer->policy);
	struct circumstances blind = *circumstances;
	struct examination *examination = &dev->examination;

	blind.encryption = ENCRYPTION_UNKNOWN;
	blind.media_bytes = -1;
	blind.label = NULL;
	decide(&view, &dev->device, &blind, dev->present, ret);
	if (!enforcer->gate.attached)
		return;
	examination->asked = (ret->unknown & MEDIUM_FACTS) != 0;
	if (examination->asked && knows(circumstances))
		decide(&view, &dev->device, circumstances, dev->present, ret);
	examination->wanted = examination->asked || is_any(ret, VERDICT_ENCRYPTED_ONLY);
	examination->blind = examination->asked && dev->medium.state != MEDIUM_PRESENT;
	if (examination->blind || (examination->asked && dev->takes_media))
		examination->interfaces = denied_disks(&dev->device, ret);
	examination->waits = examination->blind && examination->interfaces != 0;
}

bool judge_is_registered_keyboard(const struct usbdev *dev, const struct decision *decision)
{
	bool any = false;

	for (size_t i = 0; i < decision->n && i < dev->device.n_interfaces; i++) {
		if (!(dev->device.interfaces[i].functions & FUNCTION_BIT(FUNCTION_KEYBOARD)))
			continue;
		if (decision->interfaces[i].step != STEP_REGISTERED)
			return false;
		any = true;
	}
	return any;
}

/* Interfaces that @decision lets work as human interface devices and that would not be let if they
 * were keyboards: which they can be, whatever their protocol says.  Those are asked. */
static uint64_t find_asking(const struct policy_view *view, const struct usbdev *dev,
			    const struct circumstances *circumstances,
			    const struct decision *decision)
{
	const function_set keyboard = FUNCTION_BIT(FUNCTION_KEYBOARD),
			   others = FUNCTION_BIT(FUNCTION_HID) | FUNCTION_BIT(FUNCTION_POINTER);
	struct device typing = dev->device;
	struct decision then;
	uint64_t asking = 0;

	if (dev->device.bus != BUS_USB)
		return 0;
	for (size_t i = 0; i < decision->n && i < typing.n_interfaces; i++) {
		struct device_interface *interface = &typing.interfaces[i];

		if ((interface->functions & others) == 0 ||
		    (interface->functions & keyboard) != 0 ||
		    decision_effect(decision, i) == VERDICT_DENY)
			continue;
		interface->functions |= keyboard;
		asking |= UINT64_C(1) << i;
	}
	if (asking == 0)
		return 0;
	decide(view, &typing, circumstances, dev->present, &then);
	for (size_t i = 0; i < decision->n; i++) {
		if (i >= then.n || decision_effect(&then, i) == decision_effect(decision, i))
			asking &= ~(UINT64_C(1) << i);
	}
	return asking;
}

/* Without usbfs nobody can be asked; then what a driver shows counts, as it does anyhow
 * (hid_look.h). */
static bool can_ask(const struct enforcer *enforcer)
{
	return faccessat(enforcer->dev_fd, "bus/usb", F_OK, 0) == 0;
}

void judge_decide(struct enforcer *enforcer, struct usbdev *dev, struct decision *ret)
{
	struct policy_view view = policy_store_view(&enforcer->policy);
	struct circumstances circumstances;
	char why[WHY_SIZE];
	bool withheld;

	dev->examination = (struct examination){ 0 };
	dev->asking = 0;
	if ((enforcer->surroundings.wanted & (fact_set)FACT_LABEL) != 0)
		disks_want_labels(&enforcer->disks);
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
	decide_by_medium(enforcer, dev, &circumstances, ret);
	withheld = demand_gate(enforcer, ret);
	decide_explain(&view, ret);
	explain_gate(ret, withheld);
	policy_store_relax(&enforcer->policy);
	demand_noexec(enforcer, dev, ret);
	demand_bluetooth_gate(enforcer, dev, ret);
	if (dev->caught[0] != '\0' && !ret->audit_only && !judge_is_registered_keyboard(dev, ret)) {
		decide_error(dev->caught, ret);
		dev->examination = (struct examination){ 0 }; /* nor are its disks opened */
	} else if (can_ask(enforcer)) {
		dev->asking = find_asking(&view, dev, &circumstances, ret);
	}
}
