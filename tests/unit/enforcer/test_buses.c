/* Devices that are not on USB: taken in from the kernel's uevents, judged, recorded before their
 * nodes are let be opened, found again after a restart, guarded, and gone. */
#include "workstation.h"

#include "agent/enforcer/bus_kind.h"
#include "agent/enforcer/guard.h"
#include "agent/enforcer/storage_reset.h"
#include "agent/enforcer/watch.h"

#define CARD  "devices/pci0000:00/0000:00:04.0/mmc_host/mmc0/mmc0:aaaa"
#define DRIVE "devices/pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0"
#define NVME  "devices/pci0000:00/0000:00:03.0/0000:01:00.0/nvme/nvme0"

#define CARDS(verdict)                                                                             \
	"{\"schema\":\"devgate-rules-1\",\"name\":\"test\",\"mode\":\"enforce\",\"rules\":["       \
	"{\"id\":\"cards\",\"match\":{\"bus\":\"mmc\",\"function\":\"storage\"},"                  \
	"\"verdict\":\"" verdict "\"}],\"defaults\":{\"*\":\"deny\"}}"

static void tell(const char *action, const char *subsystem, const char *path, unsigned major,
		 unsigned minor)
{
	const char *name = strrchr(path, '/') + 1;
	const struct uevent uevent = { .action = action,
				       .subsystem = subsystem,
				       .devtype = "",
				       .name = name,
				       .path = path,
				       .node = major == 0 ? "" : name,
				       .major = major,
				       .minor = minor };

	watch_on_uevent(enforcer, &uevent);
}

/* A card with a disk, without a word of the kernel yet. */
static void insert_card(const char *serial)
{
	fake_mkdir(&fake, CARD "/block/mmcblk0");
	fake_set(&fake, CARD, "type", "SD");
	fake_set(&fake, CARD, "uevent", "DRIVER=mmcblk");
	fake_set(&fake, CARD, "manfid", "0x000027");
	fake_set(&fake, CARD, "oemid", "0x5048");
	fake_set(&fake, CARD, "name", "SD32G");
	fake_set(&fake, CARD, "serial", serial);
	fake_set(&fake, CARD, "cid", "27504853443332471012345678014c00");
	fake_set(&fake, CARD, "csd", "400e00325b590000e8677f800a400000");
	fake_set(&fake, CARD "/block/mmcblk0", "ro", "0");
	fake_set(&fake, CARD "/block/mmcblk0", "stat", "5 0 1000 7 9 0 2000 3 0 0 0");
	fake_mkdir(&fake, "bus/mmc/devices");
	fake_run(&fake, "ln -s ../../../" CARD " bus/mmc/devices/mmc0:aaaa;"
			"ln -s ../../" CARD "/block/mmcblk0 dev/block/179:0");
}

static void eject_card(void)
{
	fake_run(&fake, "rm -r bus/mmc/devices/mmc0:aaaa dev/block/179:0 " CARD);
}

static void add_drive(void)
{
	fake_mkdir(&fake, DRIVE "/block/sr0");
	fake_set(&fake, DRIVE, "type", "5");
	fake_set(&fake, DRIVE, "uevent", "DEVTYPE=scsi_device");
	fake_set(&fake, DRIVE, "vendor", "QEMU    ");
	fake_set(&fake, DRIVE, "model", "QEMU DVD-ROM    ");
	fake_set(&fake, DRIVE "/block/sr0", "ro", "0");
	fake_mkdir(&fake, "bus/scsi/devices");
	fake_run(&fake, "ln -s ../../../" DRIVE " bus/scsi/devices/0:0:0:0;"
			"ln -s ../../" DRIVE "/block/sr0 dev/block/11:0");
}

static struct usbdev *at(const char *port)
{
	struct usbdev *dev = devices_find(&enforcer->devices, port);

	assert_non_null(dev);
	return dev;
}

static enum verdict effect_at(unsigned major, unsigned minor)
{
	const struct disks *disks = &enforcer->disks;

	for (size_t i = 0; i < disks->n; i++) {
		const struct gate_device *node = &disks->items[i]->node;

		if (node->type == GATE_BLOCK && node->major == major && node->minor == minor)
			return disks->items[i]->effect;
	}
	fail_msg("%u:%u is not known", major, minor);
	return VERDICT_DENY;
}

static void test_card_by_its_own_uevent(void **state)
{
	_cleanup_json_ json_t *decided = NULL;
	uint64_t read, written;
	json_t *device;

	(void)state;
	set_rules(CARDS("allow"));
	insert_card("0x12345678");
	tell("add", "mmc", CARD, 0, 0);
	assert_event(0, "device.decided", "verdict", "allow");
	assert_event(0, "device.decided", "rule", "cards");
	decided = event(0);
	device = json_object_get(decided, "device");
	assert_string_equal(json_string_value(json_object_get(device, "bus")), "mmc");
	assert_string_equal(json_string_value(json_object_get(device, "port")), "mmc0:aaaa");
	assert_string_equal(json_string_value(json_object_get(device, "vendor")), "0027");
	assert_string_equal(json_string_value(json_object_get(device, "connect")), "hotplug");
	tell("add", "block", CARD "/block/mmcblk0", 179, 0);
	assert_int_equal(count_events(), json_integer_value(json_object_get(decided, "seq")));
	assert_int_equal(effect_at(179, 0), VERDICT_ALLOW);
	assert_false(at("mmc0:aaaa")->present);
	disks_usage(&enforcer->disks, at("mmc0:aaaa"), &read, &written);
	assert_int_equal(read, 1000 * 512);
	eject_card();
	tell("remove", "block", CARD "/block/mmcblk0", 179, 0);
	tell("remove", "mmc", CARD, 0, 0);
	assert_event(0, "device.removed", "verdict", "allow");
	{
		_cleanup_json_ json_t *removed = event(0);

		assert_int_equal(json_integer_value(json_object_get(removed, "bytes_written")),
				 2000 * 512);
	}
	assert_int_equal(enforcer->devices.n, 0);
}

/* What is denied does not open a node, and is recorded though it never has one. */
static void test_denied_card(void **state)
{
	(void)state;
	set_rules(DENY_ALL);
	insert_card("0x12345678");
	tell("add", "mmc", CARD, 0, 0);
	assert_event(0, "device.decided", "verdict", "deny");
	tell("add", "block", CARD "/block/mmcblk0", 179, 0);
	assert_int_equal(effect_at(179, 0), VERDICT_DENY);
}

/* The permit is in the ledger before the node is let be opened, or there is none. */
static void test_unrecorded_permit(void **state)
{
	(void)state;
	set_rules(CARDS("allow"));
	insert_card("0x12345678");
	sync_fails = true;
	tell("add", "block", CARD "/block/mmcblk0", 179, 0);
	assert_int_equal(effect_at(179, 0), VERDICT_DENY);
	sync_fails = false;
	assert_int_equal(recorder_retry(&enforcer->recorder, &enforcer->history), 0);
	judge_unrecorded(enforcer);
	assert_int_equal(effect_at(179, 0), VERDICT_ALLOW);
}

/* The whole machine is looked at: after a start, and when uevents were lost. */
static void test_rescan_and_restart(void **state)
{
	size_t events;

	(void)state;
	set_rules(CARDS("allow"));
	insert_card("0x12345678");
	add_drive();
	enforcer->starting = true;
	rescan_now(enforcer);
	enforcer->starting = false;
	assert_int_equal(enforcer->devices.n, 2);
	assert_true(at("mmc0:aaaa")->present);
	assert_int_equal(at("ata1")->device.bus, BUS_OPTICAL);
	assert_int_equal(at("ata1")->device.connect, CONNECT_HARDWIRED);
	assert_int_equal(effect_at(179, 0), VERDICT_ALLOW);
	assert_int_equal(effect_at(11, 0), VERDICT_DENY);
	events = count_events();
	rescan_now(enforcer);
	assert_int_equal(count_events(), events);
	stop();
	start();
	set_rules(CARDS("allow"));
	enforcer->starting = true;
	rescan_now(enforcer);
	enforcer->starting = false;
	judge_missing(enforcer);
	assert_int_equal(count_events(), events); /* the same stays */
	assert_int_equal(effect_at(179, 0), VERDICT_ALLOW);
	eject_card();
	rescan_now(enforcer);
	assert_event(0, "device.removed", NULL, NULL);
	assert_int_equal(enforcer->devices.n, 1);
}

static void test_policy_changes(void **state)
{
	(void)state;
	set_rules(CARDS("allow"));
	insert_card("0x12345678");
	tell("add", "block", CARD "/block/mmcblk0", 179, 0);
	fake_mkdir(&fake, "bus/mmc/drivers/mmcblk");
	fake_set(&fake, "bus/mmc/drivers/mmcblk", "unbind", "");
	fake_set(&fake, "bus/mmc/drivers/mmcblk", "bind", "");
	set_rules(CARDS("deny"));
	judge_all(enforcer, 0);
	assert_event(0, "device.changed", "before", "allow");
	assert_event(0, "device.changed", "verdict", "deny");
	assert_int_equal(effect_at(179, 0), VERDICT_DENY);
	/* Who had it open is cut off: its driver let go of it, and took it again. */
	assert_int_equal(fake_get(&fake, "bus/mmc/drivers/mmcblk", "unbind"), 'm');
	assert_int_equal(fake_get(&fake, "bus/mmc/drivers/mmcblk", "bind"), 'm');
	/* and so it is when it is permitted, since it was set read-only meanwhile */
	fake_set(&fake, "bus/mmc/drivers/mmcblk", "unbind", "");
	set_rules(CARDS("allow"));
	judge_all(enforcer, 0);
	assert_event(0, "device.changed", "verdict", "allow");
	assert_int_equal(effect_at(179, 0), VERDICT_ALLOW);
	assert_int_equal(fake_get(&fake, "bus/mmc/drivers/mmcblk", "unbind"), 'm');
	/* What is to be read was shut, and is read-only already. */
	set_rules(CARDS("deny"));
	judge_all(enforcer, 0);
	fake_set(&fake, "bus/mmc/drivers/mmcblk", "unbind", "");
	set_rules(CARDS("read-only"));
	judge_all(enforcer, 0);
	assert_int_equal(effect_at(179, 0), VERDICT_READ_ONLY);
	assert_int_equal(fake_get(&fake, "bus/mmc/drivers/mmcblk", "unbind"), '\n');
}

/* The drive in the machine is none of those that somebody has plugged in. */
static void test_count(void **state)
{
	(void)state;
	set_rules(
		"{\"schema\":\"devgate-rules-1\",\"name\":\"test\",\"mode\":\"enforce\",\"rules\":["
		"{\"id\":\"one\",\"match\":{\"function\":\"storage\",\"count\":{\"max\":1}},"
		"\"verdict\":\"allow\"}],\"defaults\":{\"*\":\"deny\"}}");
	add_drive();
	enforcer->starting = true;
	rescan_now(enforcer);
	enforcer->starting = false;
	assert_event(0, "device.decided", "verdict", "allow");
	insert_card("0x12345678");
	tell("add", "mmc", CARD, 0, 0);
	assert_event(0, "device.decided", "verdict", "allow");
	plug_stick();
	assert_event(0, "device.decided", "verdict", "deny");
}

/* The register knows the card by its bus, too. */
static void test_same_ids_on_another_bus(void **state)
{
	struct device card = { .bus = BUS_MMC, .vendor = 0x27, .product = 0x5048 }, stick;
	uint8_t a[DEVICE_KEY_SIZE], b[DEVICE_KEY_SIZE], usb[DEVICE_KEY_SIZE];

	(void)state;
	strcpy(card.serial, "0x12345678");
	stick = card;
	stick.bus = BUS_USB;
	device_key(&card, a);
	device_key(&stick, b);
	device_media_key(0x27, 0x5048, "0x12345678", usb);
	assert_memory_not_equal(a, b, sizeof(a));
	assert_memory_equal(b, usb, sizeof(b));
}

/* The stale word of a number's end does not take away the disk that has it now. */
static void test_stale_removal(void **state)
{
	(void)state;
	set_rules(CARDS("allow"));
	insert_card("0x12345678");
	rescan_now(enforcer);
	assert_int_equal(effect_at(179, 0), VERDICT_ALLOW);
	tell("remove", "block", "devices/pci0000:00/gone/block/mmcblk0", 179, 0);
	assert_int_equal(effect_at(179, 0), VERDICT_ALLOW);
	fake_run(&fake, "rm dev/block/179:0"); /* so says the kernel before it tells */
	tell("remove", "block", CARD "/block/mmcblk0", 179, 0);
	for (size_t i = 0; i < enforcer->disks.n; i++)
		assert_int_not_equal(enforcer->disks.items[i]->node.major, 179);
}

/* The disk that the system runs from, on each of these buses, is not taken away. */
static void test_guard(void **state)
{
	static const struct {
		enum bus bus;
		const char *directory, *disk;
	} cases[] = {
		{ BUS_MMC, CARD, "../../" CARD "/block/mmcblk0/mmcblk0p2" },
		{ BUS_NVME, NVME, "../../" NVME "/nvme0n1/nvme0n1p1" },
		{ BUS_ATA, DRIVE, "../../" DRIVE "/block/sda/sda1" },
	};
	static struct guard guard;
	char why[GUARD_WHY_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct usbdev dev = { .device.n_interfaces = 1, .decision.n = 1 };

		dev.device.bus = dev.place.bus = cases[i].bus;
		strcpy(dev.place.path, cases[i].directory);
		guard.n_disks = 1;
		strcpy(guard.disks[0], "../../devices/virtual/block/dm-0");
		assert_false(guard_trips(&guard, &dev, &dev.decision, why));
		assert_int_equal(guard_keeps(&guard, &dev), 0);
		guard.n_disks = 2; /* what the mapping is on */
		strcpy(guard.disks[1], cases[i].disk);
		assert_true(guard_trips(&guard, &dev, &dev.decision, why));
		assert_int_equal(guard_keeps(&guard, &dev), 1);
		dev.decision.interfaces[0].verdict = VERDICT_READ_ONLY;
		assert_true(guard_trips(&guard, &dev, &dev.decision, why));
		dev.decision.interfaces[0].verdict = VERDICT_ALLOW;
		assert_false(guard_trips(&guard, &dev, &dev.decision, why));
		dev.guarded = true;
		dev.kept = 1;
		dev.decision.interfaces[0].verdict = VERDICT_DENY;
		assert_int_equal(usbdev_effect(&dev, 0, 0), VERDICT_ALLOW);
	}
}

/* Nobody says which Thunderbolt device a tunnel goes over: the last keyboard behind one keeps each,
 * and so does the system's disk. */
static void test_guard_of_thunderbolt(void **state)
{
	static struct guard guard;
	struct usbdev dock = { .device.n_interfaces = 1, .decision.n = 1 };
	char why[GUARD_WHY_SIZE];

	(void)state;
	dock.device.bus = dock.place.bus = BUS_THUNDERBOLT;
	guard = (struct guard){ .n_inputs = 2, .n_disks = 1 };
	guard.inputs[0] = (struct guard_input){ "../../devices/outside", true, true, false };
	guard.inputs[1] = (struct guard_input){ "../../devices/inside", false, true, true };
	strcpy(guard.disks[0], "../../devices/inside");
	assert_false(guard_trips(&guard, &dock, &dock.decision, why));
	guard.inputs[1].outside = true;
	assert_true(guard_trips(&guard, &dock, &dock.decision, why));
	guard.n_inputs = 0;
	assert_false(guard_trips(&guard, &dock, &dock.decision, why));
	guard.outside[0] = true;
	assert_true(guard_trips(&guard, &dock, &dock.decision, why));
	assert_int_equal(guard_keeps(&guard, &dock), 1);
}

static void test_outside(void **state)
{
	(void)state;
	fake_mkdir(&fake, "devices/pci0000:00/0000:00:07.0/0000:04:00.0/usb3/3-1");
	fake_set(&fake, "devices/pci0000:00/0000:00:07.0/0000:04:00.0", "removable", "removable");
	assert_true(origin_is_outside(fake.fd, "../../devices/pci0000:00/0000:00:07.0/"
					       "0000:04:00.0/usb3/3-1/3-1:1.0/input/input9"));
	assert_false(origin_is_outside(fake.fd, "../../devices/pci0000:00/0000:00:07.0/usb3"));
	assert_false(origin_is_outside(fake.fd, "../../devices/platform/i8042/serio0"));
}

/* A SCSI device is deleted, and its host looks for it again. */
static void test_reset_of_a_drive(void **state)
{
	struct usbdev dev = { .device.bus = BUS_OPTICAL };
	const char *host = "devices/pci0000:00/0000:00:1f.2/ata1/host0/scsi_host/host0";

	(void)state;
	add_drive();
	fake_mkdir(&fake, host);
	fake_set(&fake, host, "scan", "");
	fake_set(&fake, DRIVE, "delete", "");
	strcpy(dev.place.path, DRIVE);
	dev.fd = openat(fake.fd, DRIVE, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(storage_reset_scsi(fake.fd, &dev), 0);
	assert_int_equal(fake_get(&fake, DRIVE, "delete"), '1');
	assert_int_equal(fake_get(&fake, host, "scan"), '-');
	fake_run(&fake, "rm " DRIVE "/delete");
	assert_int_equal(storage_reset_scsi(fake.fd, &dev), -ENOENT);
	close(dev.fd);
	strcpy(dev.place.path, "0:0:0:0");
	assert_int_equal(storage_reset_scsi(fake.fd, &dev), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_card_by_its_own_uevent, setup, teardown),
		cmocka_unit_test_setup_teardown(test_denied_card, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unrecorded_permit, setup, teardown),
		cmocka_unit_test_setup_teardown(test_rescan_and_restart, setup, teardown),
		cmocka_unit_test_setup_teardown(test_policy_changes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_count, setup, teardown),
		cmocka_unit_test_setup_teardown(test_same_ids_on_another_bus, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stale_removal, setup, teardown),
		cmocka_unit_test_setup_teardown(test_guard, setup, teardown),
		cmocka_unit_test_setup_teardown(test_guard_of_thunderbolt, setup, teardown),
		cmocka_unit_test_setup_teardown(test_outside, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reset_of_a_drive, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
