/* The lock-out guard: what trips it, and what does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "agent/enforcer/guard.h"

/* Keyboards and pointers by path; the machine may have others. */
static struct guard *look(const char *const *keyboards, const char *const *pointers)
{
	struct guard *guard = calloc(1, sizeof(*guard));

	for (; *keyboards != NULL; keyboards++) {
		struct guard_input *input = &guard->inputs[guard->n_inputs++];

		strcpy(input->path, *keyboards);
		input->keyboard = true;
	}
	for (; *pointers != NULL; pointers++) {
		struct guard_input *input = &guard->inputs[guard->n_inputs++];

		strcpy(input->path, *pointers);
		input->pointer = true;
	}
	return guard;
}

static struct usbdev *device_at(const char *port, size_t interfaces)
{
	struct usbdev *dev = calloc(1, sizeof(*dev));

	strcpy(dev->device.port, port);
	dev->device.n_interfaces = interfaces;
	for (size_t i = 0; i < interfaces; i++) {
		dev->device.interfaces[i].config = 1;
		dev->device.interfaces[i].number = (uint8_t)i;
	}
	return dev;
}

#define USB_KEYBOARD "/devices/pci0/usb1/1-2/1-2.1/1-2.1:1.0/0003:046D:C31C.0001/input/input5"
#define USB_POINTER  "/devices/pci0/usb1/1-2/1-2.1/1-2.1:1.1/0003:046D:C31C.0002/input/input6"
#define PS2_KEYBOARD "/devices/platform/i8042/serio0/input/input3"

static void test_guard(void **state)
{
	static const char *const none[] = { NULL }, *const usb[] = { USB_KEYBOARD, NULL },
				 *const both[] = { USB_KEYBOARD, PS2_KEYBOARD, NULL },
				 *const pointer[] = { USB_POINTER, NULL };
	static const struct {
		const char *const *keyboards, *const *pointers;
		const char *port;
		size_t interfaces;
		enum verdict verdicts[2];
		bool trips;
	} cases[] = {
		/* the last keyboard, the hub that carries it, and what has nothing to do with it */
		{ usb, none, "1-2.1", 2, { VERDICT_DENY, VERDICT_DENY }, true },
		{ usb, none, "1-2", 1, { VERDICT_DENY }, true },
		{ usb, none, "1-2.2", 1, { VERDICT_DENY }, false },
		{ usb, none, "1-2.1", 0, { VERDICT_DENY }, true }, /* could not be judged */
		/* there is another keyboard */
		{ both, none, "1-2.1", 2, { VERDICT_DENY, VERDICT_DENY }, false },
		/* only the interface that carries it counts */
		{ usb, none, "1-2.1", 2, { VERDICT_DENY, VERDICT_ALLOW }, true },
		{ usb, none, "1-2.1", 2, { VERDICT_ALLOW, VERDICT_DENY }, false },
		{ both, pointer, "1-2.1", 2, { VERDICT_ALLOW, VERDICT_DENY }, true },
		{ both, pointer, "1-2.1", 2, { VERDICT_ALLOW, VERDICT_ALLOW }, false },
		{ none, none, "1-2.1", 2, { VERDICT_DENY, VERDICT_DENY }, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct guard *guard = look(cases[i].keyboards, cases[i].pointers);
		struct usbdev *dev = device_at(cases[i].port, cases[i].interfaces);
		struct decision *decision = calloc(1, sizeof(*decision));
		char why[GUARD_WHY_SIZE];

		decision->n = cases[i].interfaces;
		for (size_t j = 0; j < decision->n; j++)
			decision->interfaces[j].verdict = cases[i].verdicts[j];
		assert_int_equal(guard_trips(guard, dev, decision, why), cases[i].trips);
		decision->audit_only = true;
		if (decision->n > 0)
			assert_false(guard_trips(guard, dev, decision, why));
		decision->audit_only = false;
		for (size_t j = 0; j < decision->n; j++)
			decision->interfaces[j].even_if_last = true;
		if (decision->n > 0)
			assert_false(guard_trips(guard, dev, decision, why));
		free(decision);
		free(dev);
		free(guard);
	}
}

static void test_guard_of_the_system_disk(void **state)
{
	struct guard *guard = calloc(1, sizeof(*guard));
	struct usbdev *dev = device_at("1-3", 1);
	struct decision *decision = calloc(1, sizeof(*decision));
	char why[GUARD_WHY_SIZE];

	(void)state;
	strcpy(guard->disks[guard->n_disks++], "../../devices/virtual/block/dm-0");
	strcpy(guard->disks[guard->n_disks++],
	       "../../devices/pci0/usb1/1-3/1-3:1.0/host6/target6:0:0/6:0:0:0/block/sdb/sdb2");
	decision->n = 1;
	decision->interfaces[0].verdict = VERDICT_READ_ONLY;
	assert_true(guard_trips(guard, dev, decision, why));
	/* Unless the policy says so of this very device. */
	decision->interfaces[0].even_if_last = true;
	assert_false(guard_trips(guard, dev, decision, why));
	decision->interfaces[0].even_if_last = false;
	decision->interfaces[0].verdict = VERDICT_ALLOW;
	assert_false(guard_trips(guard, dev, decision, why));
	free(decision);
	free(dev);
	free(guard);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_guard),
		cmocka_unit_test(test_guard_of_the_system_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
