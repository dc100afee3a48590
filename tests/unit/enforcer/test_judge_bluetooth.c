/* What is recorded of a Bluetooth peer, and in which order, from its coming to its going and over a
 * restart.  The gate is said to be in force; what it permits, tests of its own show. */
#include "workstation.h"

#include "agent/enforcer/bluetooth_device.h"

#define PORT "hci0/dev_00_AA_01_01_00_01"
#define UUID "0000%s-0000-1000-8000-00805f9b34fb"
#define HEADSETS                                                                                   \
	RULES("enforce", "\"audio\":\"allow\",\"storage\":\"deny\",\"network\":\"allow\","         \
			 "\"*\":\"deny\"")

static struct bluez_peer peer_with(const char *const *services, size_t n)
{
	struct bluez_peer peer = { .port = PORT,
				   .address = "00:AA:01:01:00:01",
				   .fixed_address = true,
				   .paired = true,
				   .name = "Ears" };

	for (size_t i = 0; i < n; i++)
		snprintf(peer.services[i], sizeof(peer.services[i]), UUID, services[i]);
	peer.n_services = n;
	return peer;
}

static void come(const char *const *services, size_t n)
{
	struct bluez_peer peer = peer_with(services, n);
	struct usbdev *dev;

	assert_int_equal(bluetooth_device_new(&peer, fake.fd, BOOT, &dev), 0);
	judge_came(enforcer, dev);
}

static void renew(const char *const *services, size_t n)
{
	struct bluez_peer peer = peer_with(services, n);
	struct device device;

	bluetooth_device_fill(&peer, &device);
	judge_renewed(enforcer, PORT, &device);
}

static void begin(void)
{
	enforcer->bluetooth.loop = enforcer->loop;
	enforcer->bluetooth.gate.permitted_fd = fake.fd;
	set_rules(HEADSETS);
	fake_mkdir(&fake, "class/bluetooth/hci0");
}

static void again(void)
{
	stop();
	start();
	begin();
}

static void is_interface(size_t i, const char *function, const char *verdict)
{
	_cleanup_json_ json_t *last = event(0);
	const json_t *interface = json_array_get(json_object_get(last, "interfaces"), i);

	assert_string_equal(json_string_value(json_object_get(interface, "function")), function);
	assert_string_equal(json_string_value(json_object_get(interface, "verdict")), verdict);
}

static const char *const headset[] = { "110b", "111e" };
static const char *const phone[] = { "111f", "1105" };
static const char *const tether[] = { "1116" };

static void comes_changes_and_goes(void **state)
{
	_cleanup_json_ json_t *first = NULL;
	const json_t *device;

	(void)state;
	begin();
	come(headset, 2);
	assert_event(0, "device.decided", "verdict", "allow");
	first = event(0);
	device = json_object_get(first, "device");
	assert_string_equal(json_string_value(json_object_get(device, "bus")), "bluetooth");
	assert_string_equal(json_string_value(json_object_get(device, "port")), PORT);
	assert_string_equal(json_string_value(json_object_get(device, "serial")),
			    "00:AA:01:01:00:01");
	is_interface(0, "audio", "allow");

	renew(phone, 2);
	assert_event(0, "device.changed", "cause", "services");
	is_interface(0, "audio", "allow");
	is_interface(1, "storage", "deny");
	/* As many, with the same verdicts, of another function: to be recorded all the same. */
	renew(tether, 1);
	renew(headset, 2);
	assert_event(0, "device.changed", "cause", "services");
	assert_event(1, "device.changed", "cause", "services");
	is_interface(0, "audio", "allow");

	judge_went(enforcer, PORT);
	assert_event(0, "device.removed", "verdict", "allow");
	assert_null(devices_find(&enforcer->devices, PORT));
}

static void nothing_is_permitted_that_cannot_be_recorded(void **state)
{
	const struct usbdev *dev;

	(void)state;
	begin();
	come(headset, 2);
	sync_fails = true;
	renew(tether, 1);
	dev = devices_find(&enforcer->devices, PORT);
	assert_non_null(dev);
	for (size_t i = 0; i < dev->decision.n; i++)
		assert_int_equal(usbdev_effect_at(dev, i), VERDICT_DENY);
	sync_fails = false;
}

static void without_a_gate_it_is_denied(void **state)
{
	(void)state;
	begin();
	enforcer->bluetooth.gate.permitted_fd = -1;
	come(headset, 2);
	assert_event(0, "device.decided", "verdict", "deny");
	assert_event(0, "device.decided", "step", "error");
	enforcer->bluetooth.gate.permitted_fd = fake.fd;
	renew(headset, 2);
	assert_event(0, "device.changed", "verdict", "allow");
}

static void a_restart_is_no_news(void **state)
{
	size_t before;

	(void)state;
	begin();
	come(headset, 2);
	before = count_events();
	again();
	judge_missing(enforcer);
	assert_int_equal(count_events(), before); /* not looked yet: it may be there */
	come(headset, 2);
	enforcer->bluetooth.looked = true;
	judge_missing(enforcer);
	assert_int_equal(count_events(), before);
	judge_went(enforcer, PORT);
	assert_event(0, "device.removed", NULL, NULL);
}

static void what_changed_meanwhile_is_recorded(void **state)
{
	(void)state;
	begin();
	come(headset, 2);
	again();
	come(tether, 1);
	assert_event(0, "device.changed", "before", "allow");
	is_interface(0, "network", "allow");
}

static void who_went_meanwhile_is_missed(void **state)
{
	_cleanup_json_ json_t *last = NULL;

	(void)state;
	begin();
	come(headset, 2);
	again();
	enforcer->bluetooth.looked = true;
	judge_missing(enforcer);
	assert_event(0, "device.removed", NULL, NULL);
	last = event(0);
	assert_true(json_is_false(json_object_get(last, "witnessed")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(comes_changes_and_goes, setup, teardown),
		cmocka_unit_test_setup_teardown(nothing_is_permitted_that_cannot_be_recorded, setup,
						teardown),
		cmocka_unit_test_setup_teardown(without_a_gate_it_is_denied, setup, teardown),
		cmocka_unit_test_setup_teardown(a_restart_is_no_news, setup, teardown),
		cmocka_unit_test_setup_teardown(what_changed_meanwhile_is_recorded, setup,
						teardown),
		cmocka_unit_test_setup_teardown(who_went_meanwhile_is_missed, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
