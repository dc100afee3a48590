/* A device from its arrival to its departure, on a sysfs of plain files: what is decided, recorded
 * and written, and in which order. */
#include "workstation.h"

#include <sys/inotify.h>
#include <sys/mman.h>

#include "agent/enforcer/defaults.h"
#include "agent/enforcer/enforce.h"
#include "agent/enforcer/policy_change.h"
#include "agent/enforcer/record.h"
#include "agent/enforcer/watch.h"

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
		TEST(test_refusals_are_told_within_limits),
		TEST(test_unreadable_is_denied),
		TEST(test_too_many),
		TEST(test_hub_that_does_not_deny),
	};

	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
