/* The kernel's names of USB devices and interfaces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdbool.h>

#include "agent/enforcer/port.h"

static void test_ports(void **state)
{
	static const struct {
		const char *name;
		bool root_hub, device, interface, root_interface;
	} cases[] = {
		{ "usb1", true, false, false, false },
		{ "usb12", true, false, false, false },
		{ "usb", false, false, false, false },
		{ "usb1x", false, false, false, false },
		{ "1-2", false, true, false, false },
		{ "10-2.13.4", false, true, false, false },
		{ "1-2.", false, false, false, false },
		{ "1-", false, false, false, false },
		{ "-1", false, false, false, false },
		{ "1-2:1.0", false, false, true, false },
		{ "1-2.3:255.255", false, false, true, false },
		{ "1-2:256.0", false, false, false, false },
		{ "1-2:1.0x", false, false, false, false },
		{ "1-2:1", false, false, false, false },
		{ "1-2:.0", false, false, false, false },
		{ "1-0:1.0", false, false, false, true },
		{ "1-2:99999999999999999999.0", false, false, false, false },
		{ "1-2/../x", false, false, false, false },
		{ "", false, false, false, false },
		{ "1-2.3.4.5.6.7.8.9.10.11.12.13.14", false, false, false, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct port_interface parsed;

		assert_int_equal(port_is_root_hub(cases[i].name), cases[i].root_hub);
		assert_int_equal(port_is_device(cases[i].name), cases[i].device);
		assert_int_equal(port_parse_interface(cases[i].name, &parsed),
				 cases[i].interface ? 0 : -EINVAL);
		assert_int_equal(port_is_root_interface(cases[i].name), cases[i].root_interface);
	}
}

static void test_port_of_path(void **state)
{
	struct port_interface found;

	(void)state;
	assert_int_equal(port_of_path("devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2.3/1-2.3:1.4/"
				      "host6/target6:0:0/6:0:0:0/block/sdb",
				      &found),
			 0);
	assert_string_equal(found.port, "1-2.3");
	assert_int_equal(found.config, 1);
	assert_int_equal(found.number, 4);
	assert_int_equal(
		port_of_path("devices/pci0000:00/0000:00:1f.2/ata1/host0/block/sda", &found),
		-ENODEV);
	assert_int_equal(port_of_path("", &found), -ENODEV);
	assert_true(port_in_path("/devices/usb1/1-2/1-2:1.0/input", "1-2"));
	assert_false(port_in_path("/devices/usb1/1-22/1-22:1.0/input", "1-2"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ports),
		cmocka_unit_test(test_port_of_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
