/* A device from its arrival to its departure, on a sysfs of plain files: what is decided, recorded
 * and written, and in which order. */
#include "workstation.h"

#include <sys/inotify.h>
#include <sys/mman.h>

#include "agent/enforcer/defaults.h"
#include "agent/enforcer/enforce.h"
#include "agent/enforcer/identify.h"
#include "agent/enforcer/policy_change.h"
#include "agent/enforcer/record.h"
#include "agent/enforcer/watch.h"

static void test_identify(void **state)
{
	struct device device;
	int fd = -1;

	(void)state;
	fake_plug(&fake, "1-2", "AB 12", &FAKE_STORAGE, 1);
	fake_mkdir(&fake, "devices/usb1/1-0:1.0/usb1-port2");
	fake_set(&fake, "devices/usb1/1-0:1.0/usb1-port2", "connect_type", "hotplug");
	fd = openat(fake.fd, DEVICE, O_PATH | O_CLOEXEC);
	assert_int_equal(identify(fd, "1-2", &device), 0);
	assert_int_equal(device.vendor, 0x0951);
	assert_int_equal(device.product, 0x1666);
	assert_int_equal(device.release, 0x0100);
	assert_true(device.has_serial);
	assert_string_equal(device.serial, "AB 12");
	assert_string_equal(device.manufacturer, "Maker");
	assert_string_equal(device.name, "Thing");
	assert_string_equal(device.port, "1-2");
	assert_int_equal(device.connect, CONNECT_HOTPLUG);
	assert_int_equal(device.speed_mbps, 480);
	assert_int_equal(device.n_interfaces, 1);
	close(fd);
}

/* A device's own hash, and that of what it hangs on: a root hub, or a hub that is known. */
static void test_usbguard_hashes(void **state)
{
	const struct fake_interface hub = { 1, 0, 0x09, 0, 0 };
	const struct usbdev *outer, *inner;
	uint8_t blob[64];
	size_t size = fake_descriptors(0x1d6b, 2, &hub, 1, blob);

	(void)state;
	fake_set(&fake, "devices/usb1", "idVendor", "1d6b");
	fake_set(&fake, "devices/usb1", "idProduct", "0002");
	fake_set(&fake, "devices/usb1", "serial", "0000:00:14.0");
	fake_write(&fake, "devices/usb1/descriptors", blob, size);
	fake_plug(&fake, "1-2", NULL, &hub, 1);
	judge_arrival(enforcer, "1-2");
	fake_plug(&fake, "1-2.3", "AB12", &FAKE_STORAGE, 1);
	judge_arrival(enforcer, "1-2.3");
	outer = devices_find(&enforcer->devices, "1-2");
	inner = devices_find(&enforcer->devices, "1-2.3");
	assert_true(outer->device.has_usbguard_hash && outer->device.has_usbguard_parent_hash);
	assert_true(inner->device.has_usbguard_hash && inner->device.has_usbguard_parent_hash);
	assert_memory_equal(inner->device.usbguard_parent_hash, outer->device.usbguard_hash,
			    DEVICE_USBGUARD_HASH_SIZE);
	assert_memory_not_equal(outer->device.usbguard_parent_hash, outer->device.usbguard_hash,
				DEVICE_USBGUARD_HASH_SIZE);

	/* A root hub is read once; another one in its place is read, too. */
	unlinkat(fake.fd, "devices/usb1/descriptors", 0);
	fake_plug(&fake, "1-4", "CD34", &FAKE_STORAGE, 1);
	judge_arrival(enforcer, "1-4");
	outer = devices_find(&enforcer->devices, "1-4");
	assert_true(outer->device.has_usbguard_hash && outer->device.has_usbguard_parent_hash);
	assert_int_equal(renameat(fake.fd, "devices/usb1", fake.fd, "devices/usb1-before"), 0);
	assert_int_equal(mkdirat(fake.fd, "devices/usb1", 0755), 0);
	fake_plug(&fake, "1-5", "EF56", &FAKE_STORAGE, 1);
	judge_arrival(enforcer, "1-5");
	outer = devices_find(&enforcer->devices, "1-5");
	assert_true(outer->device.has_usbguard_hash);
	assert_false(outer->device.has_usbguard_parent_hash);
}

static void test_identify_hostile(void **state)
{
	char text[DEVICE_TEXT_SIZE + 10];
	struct device device;
	uint8_t blob[64];
	size_t size = fake_descriptors(0x0951, 0x1666, &FAKE_STORAGE, 1, blob);
	int fd;

	(void)state;
	fake_plug(&fake, "1-2", NULL, &FAKE_STORAGE, 1);
	fd = openat(fake.fd, DEVICE, O_PATH | O_CLOEXEC);
	assert_int_equal(identify(fd, "1-2", &device), 0);
	assert_false(device.has_serial);

	memset(text, 'x', sizeof(text));
	text[DEVICE_TEXT_SIZE - 1] = '\n'; /* as long as a string can be */
	fake_write(&fake, DEVICE "/serial", text, DEVICE_TEXT_SIZE);
	assert_int_equal(identify(fd, "1-2", &device), 0);
	assert_int_equal(strlen(device.serial), DEVICE_TEXT_SIZE - 1);
	fake_write(&fake, DEVICE "/serial", text, sizeof(text));
	assert_int_equal(identify(fd, "1-2", &device), -E2BIG);
	fake_write(&fake, DEVICE "/serial", "x\ny\n", 4);
	assert_int_equal(identify(fd, "1-2", &device), 0);
	assert_string_equal(device.serial, "x\ny");
	fake_write(&fake, DEVICE "/serial", "x\t\r\n\n", 5);
	fake_write(&fake, DEVICE "/product", "\b\n", 2);
	assert_int_equal(identify(fd, "1-2", &device), 0);
	assert_string_equal(device.serial, "x");
	assert_string_equal(device.name, "");

	for (size_t cut = 0; cut < size; cut++) {
		int r;

		fake_write(&fake, DEVICE "/descriptors", blob, cut);
		r = identify(fd, "1-2", &device);
		assert_true(r < 0 || device.n_interfaces == 0);
		assert_int_equal(device.vendor, 0x0951); /* still to be told in the record */
	}
	unlinkat(fake.fd, DEVICE "/descriptors", 0);
	assert_int_equal(identify(fd, "1-2", &device), -ENOENT);
	close(fd);
}

static void test_defaults(void **state)
{
	(void)state;
	assert_false(defaults_hub_denies(fake.fd, 1));
	assert_int_equal(defaults_deny(fake.fd), 0);
	assert_int_equal(fake_get(&fake, "module/usbcore/parameters", "authorized_default"), '0');
	assert_int_equal(fake_get(&fake, "devices/usb1", "authorized_default"), '0');
	assert_int_equal(fake_get(&fake, "devices/usb1", "interface_authorized_default"), '0');
	assert_true(defaults_hub_denies(fake.fd, 1));
	assert_false(defaults_hub_denies(fake.fd, 2));
	assert_int_equal(defaults_release(fake.fd), 0);
	assert_int_equal(fake_get(&fake, "devices/usb1", "interface_authorized_default"), '1');
	assert_int_equal(fake_get(&fake, "module/usbcore/parameters", "authorized_default"), '1');
}

/* The root hub's own interface may come up closed by the default that was just written. */
static void test_root_hub_itself_works(void **state)
{
	const struct uevent uevent = { .action = "add",
				       .subsystem = "usb",
				       .devtype = "usb_interface",
				       .name = "1-0:1.0",
				       .path = "",
				       .node = "" };

	(void)state;
	fake_mkdir(&fake, "devices/usb1/1-0:1.0");
	fake_set(&fake, "devices/usb1/1-0:1.0", "authorized", "0");
	fake_run(&fake, "ln -s ../../../devices/usb1/1-0:1.0 bus/usb/devices/1-0:1.0");
	watch_on_uevent(enforcer, &uevent);
	assert_int_equal(fake_get(&fake, "devices/usb1/1-0:1.0", "authorized"), '1');
	assert_int_equal(fake_get(&fake, "devices/usb1", "interface_authorized_default"), '0');
	fake_run(&fake, "grep -qx 1-0:1.0 bus/usb/drivers_probe");
}

static void test_denied_without_policy(void **state)
{
	(void)state;
	plug_stick();
	assert_int_equal(device_authorized(), '0');
	assert_int_equal(interface_authorized("1-2:1.0"), '0');
	assert_event(0, "device.decided", "verdict", "deny");
	assert_event(0, "device.decided", "step", "builtin");
}

static void test_allowed(void **state)
{
	(void)state;
	set_rules(ALLOW_STORAGE);
	plug_stick();
	assert_int_equal(device_authorized(), '1');
	assert_int_equal(interface_authorized("1-2:1.0"), '1');
	assert_int_equal(authorized_at_sync, '0'); /* recorded before it took effect */
	assert_event(0, "device.decided", "verdict", "allow");
	assert_true(defaults_hub_denies(fake.fd, 1));
	fake_run(&fake, "grep -qx 1-2:1.0 bus/usb/drivers_probe");
}

static void test_composite(void **state)
{
	const struct fake_interface interfaces[] = { { 1, 0, 0x08, 0x06, 0x50 },
						     { 1, 1, 0x03, 0x01, 0x01 },
						     { 1, 2, 0x02, 0x06, 0x00 } };
	_cleanup_json_ json_t *decided = NULL;

	(void)state;
	set_rules(RULES("enforce", "\"keyboard\":\"allow\""));
	fake_plug(&fake, "1-2", "AB12", interfaces, 3);
	judge_arrival(enforcer, "1-2");
	assert_int_equal(device_authorized(), '1');
	assert_int_equal(interface_authorized("1-2:1.0"), '0');
	assert_int_equal(interface_authorized("1-2:1.1"), '1');
	assert_int_equal(interface_authorized("1-2:1.2"), '0');
	decided = event(0);
	assert_true(json_is_true(json_object_get(decided, "partial")));
	assert_true(json_is_true(json_object_get(decided, "violation")));
	assert_int_equal(json_array_size(json_object_get(decided, "interfaces")), 3);
	fake_run(&fake, "grep -qx 1-2:1.1 bus/usb/drivers_probe");
}

static void test_audit_permits_and_tells(void **state)
{
	_cleanup_json_ json_t *decided = NULL;

	(void)state;
	set_rules(AUDIT);
	plug_stick();
	assert_int_equal(device_authorized(), '1');
	assert_int_equal(interface_authorized("1-2:1.0"), '1');
	assert_int_equal(authorized_at_sync, '0');
	decided = event(0);
	assert_string_equal(json_string_value(json_object_get(decided, "verdict")), "deny");
	assert_true(json_is_true(json_object_get(decided, "audit")));
	assert_true(json_is_true(json_object_get(decided, "violation")));
}

static void test_interface_that_was_not_judged(void **state)
{
	(void)state;
	set_rules(ALLOW_STORAGE);
	fake_plug(&fake, "1-2", "AB12", &FAKE_STORAGE, 1);
	fake_add_interface(&fake, "1-2", &(struct fake_interface){ 1, 1, 0x03, 0x01, 0x01 });
	judge_arrival(enforcer, "1-2");
	assert_int_equal(device_authorized(), '0');
	assert_int_equal(interface_authorized("1-2:1.0"), '0');
	assert_event(0, "device.changed", "cause", "look-again");
	assert_event(0, "device.changed", "verdict", "deny");
	assert_event(1, "device.decided", "verdict", "allow");
}

static void test_interface_that_changed_its_face(void **state)
{
	(void)state;
	set_rules(ALLOW_STORAGE);
	plug_stick();
	assert_int_equal(interface_authorized("1-2:1.0"), '1');
	fake_set(&fake, DEVICE "/1-2:1.0", "bInterfaceClass", "03");
	fake_set(&fake, DEVICE "/1-2:1.0", "bInterfaceProtocol", "01");
	judge_look_again(enforcer, "1-2");
	assert_int_equal(device_authorized(), '0');
	assert_event(0, "device.changed", "cause", "look-again");
}

static void test_permit_that_cannot_be_recorded(void **state)
{
	(void)state;
	set_rules(ALLOW_STORAGE);
	fake_plug(&fake, "1-2", "AB12", &FAKE_STORAGE, 1);
	sync_fails = true;
	judge_arrival(enforcer, "1-2");
	assert_int_equal(device_authorized(), '0');
	assert_int_equal(interface_authorized("1-2:1.0"), '0');
	assert_false(enforcer->recorder.writable);
	judge_unrecorded(enforcer);
	assert_int_equal(device_authorized(), '0');

	sync_fails = false;
	assert_int_equal(recorder_retry(&enforcer->recorder, &enforcer->history), 0);
	judge_unrecorded(enforcer);
	assert_int_equal(device_authorized(), '1');
	/* readers may have seen the first record, whose sync failed: it is no second arrival */
	assert_event(0, "device.changed", "verdict", "allow");
	assert_event(0, "device.changed", "before", "deny");
	assert_event(1, "agent.degraded", "what", "ledger-write");
	assert_event(2, "device.decided", "verdict", "allow");
}

/* That records were lost is itself recorded, also if the ledger came back by itself. */
static void test_lost_records_are_told(void **state)
{
	_cleanup_json_ json_t *told = NULL;

	(void)state;
	sync_fails = true;
	for (int i = 0; i < RECORDER_BACKLOG + 3; i++)
		recorder_note(&enforcer->recorder, "agent.gap", json_object());
	sync_fails = false;
	recorder_note(&enforcer->recorder, "agent.gap", json_object());
	assert_true(enforcer->recorder.writable);
	assert_int_equal(recorder_retry(&enforcer->recorder, &enforcer->history), 0);
	assert_event(0, "agent.degraded", "what", "ledger-write");
	told = event(0);
	assert_non_null(strstr(json_string_value(json_object_get(told, "text")), "2 were lost"));
	assert_int_equal(recorder_retry(&enforcer->recorder, &enforcer->history), 0);
	assert_int_equal(enforcer->recorder.lost, 0);
}

/* A line of the last run may not be on the disk yet; a permit rests on it now. */
static void test_ledger_is_synced_when_taken_up(void **state)
{
	(void)state;
	stop();
	n_syncs = 0;
	start();
	assert_int_equal(n_syncs, 1);
}

static void test_denials_go_on_without_a_ledger(void **state)
{
	size_t before;

	(void)state;
	set_rules(ALLOW_STORAGE);
	plug_stick();
	before = count_events();
	sync_fails = true;
	set_rules(DENY_ALL);
	judge_all(enforcer, 0);
	assert_int_equal(device_authorized(), '0');
	fake_unplug(&fake, "1-2");
	judge_departure(enforcer, "1-2");
	sync_fails = false;
	assert_int_equal(recorder_retry(&enforcer->recorder, &enforcer->history), 0);
	assert_int_equal(count_events(), before + 3); /* nothing lost, and the gap told */
	assert_event(2, "device.changed", "before", "allow");
	assert_event(1, "device.removed", "verdict", "deny");
	assert_event(0, "agent.degraded", NULL, NULL);
}

static void test_policy_changes_both_ways(void **state)
{
	size_t events;

	(void)state;
	set_rules(ALLOW_STORAGE);
	plug_stick();
	events = count_events();
	judge_all(enforcer, 0);
	assert_int_equal(count_events(), events); /* the same verdict is not told twice */
	set_rules(DENY_ALL);
	judge_all(enforcer, 0);
	assert_int_equal(device_authorized(), '0');
	assert_event(0, "device.changed", "before", "allow");
	assert_event(0, "device.changed", "cause", "policy");
	set_rules(ALLOW_STORAGE);
	judge_all(enforcer, 0);
	assert_int_equal(device_authorized(), '1');
	assert_int_equal(authorized_at_sync, '0');
	assert_event(0, "device.changed", "before", "deny");
}

/* Read-only and allow take each other's place through a device that was closed in between. */
static void test_read_only_and_allow_replug(void **state)
{
	(void)state;
	set_rules(ALLOW_STORAGE);
	plug_stick();
	fake_set(&fake, DEVICE "/1-2:1.0", "authorized", "0"); /* as closing it would */
	set_rules(READ_ONLY_STORAGE);
	judge_all(enforcer, 0);
	assert_event(0, "device.changed", "verdict", "read-only");
	assert_int_equal(device_authorized(), '1');
	assert_int_equal(usbdev_effect(devices_find(&enforcer->devices, "1-2"), 1, 0),
			 VERDICT_READ_ONLY);
}

static void test_departure(void **state)
{
	_cleanup_json_ json_t *removed = NULL;

	(void)state;
	plug_stick();
	fake_unplug(&fake, "1-2");
	judge_departure(enforcer, "1-2");
	judge_departure(enforcer, "1-2");
	assert_int_equal(enforcer->devices.n, 0);
	removed = event(0);
	assert_string_equal(json_string_value(json_object_get(removed, "kind")), "device.removed");
	assert_int_equal(json_integer_value(json_object_get(removed, "bytes_written")), 0);
}

/* Another device takes the port between the decision and its writes: it stays closed. */
static void test_port_taken_by_another(void **state)
{
	const struct place place = place_on_usb("1-2");
	struct usbdev *dev;
	char why[160];

	(void)state;
	fake_plug(&fake, "1-2", "AB12", &FAKE_STORAGE, 1);
	assert_int_equal(usbdev_new(fake.fd, &place, BOOT, &dev), 0);
	decide_error("x", &dev->decision);
	dev->decision.n = 1;
	dev->decision.interfaces[0].verdict = VERDICT_ALLOW;
	fake_run(&fake, "mv devices/usb1/1-2 devices/usb1/gone && rm bus/usb/devices/1-2");
	fake_plug(&fake, "1-2", "EVIL", &FAKE_STORAGE, 1);
	fake_run(&fake, "rm -r devices/usb1/gone");
	assert_int_equal(enforce_decision(fake.fd, dev, why), -ENOENT);
	assert_int_equal(device_authorized(), '0');
	assert_int_equal(interface_authorized("1-2:1.0"), '0');
	usbdev_free(dev);
}

static void test_replug_is_another_stay(void **state)
{
	char first[INSTANCE_SIZE];

	(void)state;
	plug_stick();
	strcpy(first, devices_find(&enforcer->devices, "1-2")->instance);
	fake_run(&fake, "mv devices/usb1/1-2 devices/usb1/gone && rm bus/usb/devices/1-2");
	plug_stick(); /* the uevent of its going was lost */
	assert_string_not_equal(first, devices_find(&enforcer->devices, "1-2")->instance);
	assert_event(0, "device.decided", NULL, NULL);
	assert_event(1, "device.removed", "instance", first);
	assert_int_equal(enforcer->devices.n, 1);
}

/* After a rescan, the uevent of the earlier stay's end comes: the stay that is on goes on. */
static void test_late_word_of_an_earlier_stay(void **state)
{
	const struct uevent removal = { .action = "remove",
					.subsystem = "usb",
					.devtype = "usb_device",
					.name = "1-2",
					.path = "",
					.node = "" };
	size_t events;

	(void)state;
	set_rules(ALLOW_STORAGE);
	plug_stick();
	fake_unplug(&fake, "1-2");
	fake_plug(&fake, "1-2", "CD34", &FAKE_STORAGE, 1);
	rescan_now(enforcer);
	assert_int_equal(device_authorized(), '1');
	events = count_events();
	watch_on_uevent(enforcer, &removal);
	assert_int_equal(count_events(), events);
	assert_non_null(devices_find(&enforcer->devices, "1-2"));
	set_rules(DENY_ALL);
	judge_all(enforcer, 0); /* still ours to shut */
	assert_int_equal(device_authorized(), '0');
	fake_unplug(&fake, "1-2");
	watch_on_uevent(enforcer, &removal);
	assert_null(devices_find(&enforcer->devices, "1-2"));
}

/* Whether it is on the list of the lost and stolen is not known. */
static void test_revocations_that_cannot_be_read(void **state)
{
	(void)state;
	enforcer->policy.broken[ROLE_REVOCATIONS] = true;
	set_rules(ALLOW_STORAGE);
	plug_stick();
	assert_int_equal(device_authorized(), '0');
	assert_event(0, "device.decided", "step", "error");
	fake_unplug(&fake, "1-2");
	judge_departure(enforcer, "1-2");
	fake_plug(&fake, "1-2", NULL, &FAKE_STORAGE, 1); /* no serial: the list cannot name it */
	judge_arrival(enforcer, "1-2");
	assert_int_equal(device_authorized(), '1');
}

/* The keyboard's attributes as a real one has them: 64-bit words, the highest first. */
static void add_input(const char *name, const char *directory, const char *key, const char *rel)
{
	char path[160], command[400];

	snprintf(path, sizeof(path), "%s/input/%s", directory, name);
	fake_mkdir(&fake, path);
	snprintf(command, sizeof(command),
		 "mkdir -p class/input %s/capabilities && ln -s ../../%s class/input/%s", path,
		 path, name);
	fake_run(&fake, command);
	strcat(path, "/capabilities");
	fake_set(&fake, path, "key", key);
	fake_set(&fake, path, "rel", rel);
}

static void test_last_keyboard_is_left(void **state)
{
	const struct fake_interface keyboard = { 1, 0, 0x03, 0x01, 0x01 };

	(void)state;
	fake_plug(&fake, "1-2", NULL, &keyboard, 1);
	fake_set(&fake, DEVICE, "authorized", "1");
	fake_set(&fake, DEVICE "/1-2:1.0", "authorized", "1");
	add_input("input0", "devices/platform/power", "10000000000000 0", "0");
	add_input("input1", "devices/virtual", "fffffffffffffffe", "0");
	add_input("input2", DEVICE "/1-2:1.0",
		  "1000000000007 ff9f207ac14057ff febeffdfffefffff "
		  "fffffffffffffffe",
		  "0");
	set_rules(DENY_ALL);
	enforcer->starting = true;
	rescan_now(enforcer);
	assert_int_equal(device_authorized(), '1');
	assert_int_equal(interface_authorized("1-2:1.0"), '1');
	assert_event(0, "guard.tripped", NULL, NULL);
	assert_event(1, "device.decided", "verdict", "deny");

	/* with another one there, it goes when it is judged again */
	add_input("input3", "devices/platform/i8042/serio0", "fffffffffffffffe", "0");
	set_rules(RULES("enforce", "\"keyboard\":\"allow\""));
	judge_all(enforcer, 0);
	assert_int_equal(device_authorized(), '1');
	set_rules(DENY_ALL);
	judge_all(enforcer, 0);
	assert_int_equal(device_authorized(), '0');
}

/* What else is on the last keyboard's device is not left open for its sake. */
static void test_only_the_keyboard_is_left(void **state)
{
	const struct fake_interface interfaces[] = { { 1, 0, 0x03, 0x01, 0x01 },
						     { 1, 1, 0x08, 0x06, 0x50 } };

	(void)state;
	fake_plug(&fake, "1-2", NULL, interfaces, 2);
	fake_set(&fake, DEVICE, "authorized", "1");
	fake_set(&fake, DEVICE "/1-2:1.0", "authorized", "1");
	fake_set(&fake, DEVICE "/1-2:1.1", "authorized", "1");
	add_input("input2", DEVICE "/1-2:1.0", "fffffffffffffffe", "0");
	set_rules(DENY_ALL);
	enforcer->starting = true;
	rescan_now(enforcer);
	assert_event(0, "guard.tripped", NULL, NULL);
	assert_int_equal(device_authorized(), '1');
	assert_int_equal(interface_authorized("1-2:1.0"), '1');
	assert_int_equal(interface_authorized("1-2:1.1"), '0');
	assert_int_equal(usbdev_effect(devices_find(&enforcer->devices, "1-2"), 1, 1),
			 VERDICT_DENY);

	/* and an interface that shows itself later is closed at once */
	fake_add_interface(&fake, "1-2", &(struct fake_interface){ 1, 2, 0x02, 0x06, 0x00 });
	fake_set(&fake, DEVICE "/1-2:1.2", "authorized", "1");
	judge_look_again(enforcer, "1-2");
	assert_int_equal(interface_authorized("1-2:1.2"), '0');
	assert_int_equal(interface_authorized("1-2:1.0"), '1');
}

static void test_last_pointer_is_left(void **state)
{
	const struct fake_interface mouse = { 1, 0, 0x03, 0x01, 0x02 };

	(void)state;
	fake_plug(&fake, "1-2", NULL, &mouse, 1);
	fake_set(&fake, DEVICE, "authorized", "1");
	fake_set(&fake, DEVICE "/1-2:1.0", "authorized", "1");
	add_input("input2", DEVICE "/1-2:1.0", "1f0000 0 0 0 0", "103");
	set_rules(DENY_ALL);
	enforcer->starting = true;
	rescan_now(enforcer);
	assert_int_equal(device_authorized(), '1');
	assert_event(0, "guard.tripped", NULL, NULL);
}

/* A new arrival is not opened by the guard, even if there is no keyboard at all. */
static void test_guard_opens_nothing(void **state)
{
	const struct fake_interface keyboard = { 1, 0, 0x03, 0x01, 0x01 };

	(void)state;
	set_rules(DENY_ALL);
	fake_plug(&fake, "1-2", NULL, &keyboard, 1);
	add_input("input2", DEVICE "/1-2:1.0", "fffffffffffffffe", "0");
	judge_arrival(enforcer, "1-2");
	assert_int_equal(device_authorized(), '0');
	assert_event(0, "device.decided", "verdict", "deny");
}

static const char *offer_text(const char *text)
{
	static struct policy_outcome outcome;
	int fd = memfd_create("offer", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK), 0);
	policy_change_offer(enforcer, ROLE_POLICY, &fd, 1, &outcome);
	close(fd);
	assert_false(outcome.applied);
	return outcome.refused;
}

/* Who offers cannot fill the ledger with refusals. */
static void test_refusals_are_told_within_limits(void **state)
{
	size_t events = count_events();

	(void)state;
	assert_string_equal(offer_text("first"), "not-trusted");
	assert_event(0, "policy.refused", "reason", "not-trusted");
	assert_string_equal(offer_text("first"), "not-trusted");
	assert_int_equal(count_events(), events + 1);
	for (int i = 0; i < 2 * POLICY_REFUSALS_MAX; i++) {
		char text[32];

		snprintf(text, sizeof(text), "%d", i);
		assert_string_equal(offer_text(text), "not-trusted");
	}
	assert_int_equal(count_events(), events + POLICY_REFUSALS_MAX);
}

static void test_unreadable_is_denied(void **state)
{
	(void)state;
	set_rules(ALLOW_STORAGE);
	fake_plug(&fake, "1-2", "AB12", &FAKE_STORAGE, 1);
	fake_write(&fake, DEVICE "/descriptors", "garbage", 7);
	judge_arrival(enforcer, "1-2");
	assert_int_equal(device_authorized(), '0');
	assert_event(0, "device.decided", "step", "error");
}

static void test_too_many(void **state)
{
	(void)state;
	set_rules(ALLOW_STORAGE);
	for (int i = 0; i < DEVICES_MAX; i++) {
		struct usbdev *dev = calloc(1, sizeof(*dev));

		dev->fd = -1;
		snprintf(dev->device.port, sizeof(dev->device.port), "9-%d", i);
		assert_int_equal(devices_add(&enforcer->devices, dev), 0);
	}
	plug_stick();
	assert_int_equal(device_authorized(), '0');
	assert_event(0, "device.decided", "verdict", "deny");
}

/* A bus that would bring up its interfaces open gets no device opened. */
static void test_hub_that_does_not_deny(void **state)
{
	(void)state;
	set_rules(ALLOW_STORAGE);
	fake_plug(&fake, "1-2", "AB12", &FAKE_STORAGE, 1);
	fake_set(&fake, DEVICE, "busnum", "9");
	judge_arrival(enforcer, "1-2");
	assert_int_equal(device_authorized(), '0');
	assert_event(0, "device.failed", NULL, NULL);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_identify),
		TEST(test_usbguard_hashes),
		TEST(test_identify_hostile),
		TEST(test_defaults),
		TEST(test_root_hub_itself_works),
		TEST(test_denied_without_policy),
		TEST(test_allowed),
		TEST(test_composite),
		TEST(test_audit_permits_and_tells),
		TEST(test_interface_that_was_not_judged),
		TEST(test_interface_that_changed_its_face),
		TEST(test_permit_that_cannot_be_recorded),
		TEST(test_lost_records_are_told),
		TEST(test_ledger_is_synced_when_taken_up),
		TEST(test_denials_go_on_without_a_ledger),
		TEST(test_policy_changes_both_ways),
		TEST(test_read_only_and_allow_replug),
		TEST(test_departure),
		TEST(test_revocations_that_cannot_be_read),
		TEST(test_port_taken_by_another),
		TEST(test_replug_is_another_stay),
		TEST(test_late_word_of_an_earlier_stay),
		TEST(test_last_keyboard_is_left),
		TEST(test_only_the_keyboard_is_left),
		TEST(test_last_pointer_is_left),
		TEST(test_guard_opens_nothing),
		TEST(test_refusals_are_told_within_limits),
		TEST(test_unreadable_is_denied),
		TEST(test_too_many),
		TEST(test_hub_that_does_not_deny),
	};

	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
