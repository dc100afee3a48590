/* A device as JSON: whatever is taken is a device that can be judged. */
#include "fuzz.h"

#include <errno.h>

#include <sodium.h>

#include "policy/decide.h"
#include "policy/device_json.h"
#include "policy/text.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return sodium_init() < 0;
}

static void check_text(const char *text, size_t room)
{
	assert(strnlen(text, room) < room);
	assert(text[device_text_size(text)] == '\0');
}

static void check_device(const struct device *device)
{
	assert(device->bus < _BUS_MAX && device->connect < _CONNECT_MAX);
	assert(device->n_interfaces <= DEVICE_MAX_INTERFACES);
	assert(device->n_triples <= DEVICE_MAX_TRIPLES);
	assert(device->has_serial == (device->serial[0] != '\0'));
	assert(strnlen(device->port, DEVICE_PORT_SIZE) < DEVICE_PORT_SIZE);
	check_text(device->serial, sizeof(device->serial));
	check_text(device->manufacturer, sizeof(device->manufacturer));
	check_text(device->name, sizeof(device->name));
	for (size_t i = 0; i < device->n_interfaces; i++) {
		const struct device_interface *interface = &device->interfaces[i];

		assert(interface->functions != 0);
		assert((interface->functions & ~(FUNCTION_BIT(_FUNCTION_MAX) - 1)) == 0);
		for (size_t n = 0; n < i; n++)
			assert(device->interfaces[n].config != interface->config ||
			       device->interfaces[n].number != interface->number);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct policy_view none;
	static struct decision decision;
	struct device_given given;
	struct rules_error error;
	const int r = device_json_parse((const char *)data, size, &given, &error);

	if (r == 0) {
		assert(given.identity < _IDENTITY_MAX);
		check_device(&given.device);
		decide(&none, &given.device, &circumstances_unknown, given.present, &decision);
		assert(decision.n == given.device.n_interfaces);
	} else if (r == -EBADMSG) {
		assert(error.message[0] != '\0' && error.line >= 0);
		assert(text_is_clean(error.message, strlen(error.message)));
	}
	return 0;
}
