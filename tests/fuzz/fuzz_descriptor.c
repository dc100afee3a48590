#include "fuzz.h"

#include <errno.h>

#include <sodium.h>

#include "policy/decide.h"
#include "policy/usbguard_hash.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return sodium_init() < 0;
}

/* No alternate setting may be lost on the way to the device that is judged. */
static void check_device(const struct descriptor *descriptor, const struct device *device)
{
	assert(device->n_interfaces <= DEVICE_MAX_INTERFACES);
	assert((device->n_interfaces == 0) == (descriptor->n_interfaces == 0));
	for (size_t i = 0; i < descriptor->n_interfaces; i++) {
		const struct descriptor_interface *from = &descriptor->interfaces[i];
		const enum function function = function_of_usb(descriptor->vendor, from->class,
							       from->subclass, from->protocol);
		size_t found = 0;

		for (size_t d = 0; d < device->n_interfaces; d++) {
			const struct device_interface *interface = &device->interfaces[d];

			if (interface->config != from->config || interface->number != from->number)
				continue;
			found++;
			/* CDC data alone takes its use from another interface. */
			assert(from->class == 0x0a ||
			       (interface->functions & FUNCTION_BIT(function)));
		}
		assert(found == 1);
	}
}

static void check_decision(const struct device *device, bool present)
{
	static const struct policy_view none;
	const function_set input = FUNCTION_BIT(FUNCTION_KEYBOARD) |
				   FUNCTION_BIT(FUNCTION_POINTER) | FUNCTION_BIT(FUNCTION_HID);
	const function_set allowed = FUNCTION_BIT(FUNCTION_HUB) | (present ? input : 0);
	struct decision decision;

	decide(&none, device, &circumstances_unknown, present, &decision);
	decide_explain(&none, &decision);
	assert(decision.n == device->n_interfaces);
	for (size_t i = 0; i < decision.n; i++) {
		const bool denied = device->interfaces[i].functions & ~allowed;

		assert(decision_effect(&decision, i) == (denied ? VERDICT_DENY : VERDICT_ALLOW));
	}
	assert(decision.n > 0 || decision.verdict == VERDICT_DENY);
	assert(decision.reason_en[0] != '\0' && decision.reason_zh[0] != '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct descriptor descriptor;
	struct device device = { 0 };
	const int parsed = descriptor_parse(data, size, &descriptor);
	const int made = device_from_descriptors(&device, data, size);

	assert(parsed == 0 || parsed == -EBADMSG || parsed == -E2BIG);
	assert(made == parsed || (parsed == 0 && made == -E2BIG));
	if (parsed == 0) {
		assert(descriptor.n_interfaces <= DESCRIPTOR_MAX_INTERFACES);
		assert(descriptor.configs == data[17]);
	}
	/* USBGuard refuses other descriptors than we do. */
	assert(device_usbguard_hash(&device, data, size) ==
	       (device.has_usbguard_hash ? 0 : -EBADMSG));
	if (made == 0) {
		check_device(&descriptor, &device);
		check_decision(&device, false);
		check_decision(&device, true);
	}
	return 0;
}
