/* Thunderbolt devices on umockdev's sysfs and netlink socket: the kernel's uevents arrive as they
 * do on a machine, through the witness; what is written is read back from sysfs.  The loop of the
 * enforcer is turned by hand. */
#include "workstation.h"

#include <umockdev.h>

#include "agent/enforcer/bus_kind.h"
#include "agent/enforcer/thunderbolt.h"
#include "agent/enforcer/watch.h"

#define DOCKS(verdict)                                                                             \
	"{\"schema\":\"devgate-rules-1\",\"name\":\"test\",\"mode\":\"enforce\",\"rules\":["       \
	"{\"id\":\"docks\",\"match\":{\"bus\":\"thunderbolt\",\"vendor\":\"0041\"},"               \
	"\"verdict\":\"" verdict "\"}],\"defaults\":{\"*\":\"deny\"}}"

static UMockdevTestbed *bed;

/* Add a device to the testbed, without a uevent. */
static void add(const char *parent, const char *name, const char *const attributes[],
		const char *devtype)
{
	const char *properties[] = { "DEVTYPE", devtype, NULL };
	gchar *path = umockdev_testbed_add_devicev(bed, "thunderbolt", name, parent,
						   (gchar **)attributes, (gchar **)properties);

	assert_non_null(path);
	g_free(path);
}

static void add_domain(const char *security, const char *deauthorization)
{
	const char *const domain[] = { "security", security, "deauthorization", deauthorization,
				       NULL };
	const char *const host[] = { "authorized", "1", "vendor", "0x8086", NULL };

	g_free(umockdev_testbed_add_devicev(bed, "pci", "0000:00:0d.2", NULL, (gchar *[]){ NULL },
					    (gchar *[]){ NULL }));
	add("/sys/devices/0000:00:0d.2", "domain0", domain, "thunderbolt_domain");
	add("/sys/devices/0000:00:0d.2/domain0", "0-0", host, "thunderbolt_device");
}

#define DOCK_PATH "/sys/devices/0000:00:0d.2/domain0/0-0/0-1"

static void add_dock(const char *authorized)
{
	const char *const dock[] = {
		"authorized",  authorized,  "vendor",	   "0x41",
		"device",      "0x305",	    "vendor_name", "inXtron",
		"device_name", "PCIe Box",  "unique_id",   "dc010000-0000-8508-a22d-32ca6421cb16",
		"rx_speed",    "20.0 Gb/s", NULL
	};

	add("/sys/devices/0000:00:0d.2/domain0/0-0", "0-1", dock, "thunderbolt_device");
}

static char authorized(void)
{
	gchar *text = NULL;
	char value;

	assert_true(g_file_get_contents(DOCK_PATH "/authorized", &text, NULL, NULL));
	value = text[0];
	g_free(text);
	return value;
}

static void turn(void)
{
	while (sd_event_run(enforcer->loop, 50000) > 0)
		;
}

static int begin(void **state)
{
	const struct witness_handlers handlers = { .on_uevent = watch_on_uevent,
						   .on_overrun = watch_on_overrun,
						   .on_missed = watch_on_missed };
	struct witness_handlers with_data = handlers;

	assert_int_equal(setup(state), 0);
	bed = umockdev_testbed_new();
	assert_non_null(bed);
	enforcer->sysfs_fd = enforcer->disks.sysfs_fd =
		open("/sys", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	with_data.userdata = enforcer;
	assert_int_equal(witness_init(&enforcer->witness, enforcer->loop, &with_data), 0);
	return 0;
}

static int end(void **state)
{
	int fd = enforcer->sysfs_fd;

	witness_finish(&enforcer->witness);
	g_object_unref(bed);
	close(fd);
	return teardown(state);
}

static void tell(const char *action)
{
	umockdev_testbed_uevent(bed, DOCK_PATH, action);
	turn();
}

static void test_permitted(void **state)
{
	_cleanup_json_ json_t *decided = NULL;
	json_t *device;

	(void)state;
	set_rules(DOCKS("allow"));
	add_domain("user", "0");
	add_dock("0");
	tell("add");
	assert_event(0, "device.decided", "verdict", "allow");
	assert_event(0, "device.decided", "rule", "docks");
	assert_int_equal(authorized(), '1');
	decided = event(0);
	device = json_object_get(decided, "device");
	assert_string_equal(json_string_value(json_object_get(device, "bus")), "thunderbolt");
	assert_string_equal(json_string_value(json_object_get(device, "port")), "thunderbolt0-1");
	assert_string_equal(json_string_value(json_object_get(device, "vendor")), "0041");
	assert_string_equal(json_string_value(json_object_get(device, "product")), "0305");
	assert_string_equal(json_string_value(json_object_get(device, "serial")),
			    "dc010000-0000-8508-a22d-32ca6421cb16");
	assert_string_equal(json_string_value(json_object_get(device, "manufacturer")), "inXtron");
	assert_int_equal(json_integer_value(json_object_get(device, "speed_mbps")), 20000);
	/* Our own write makes a uevent, too, which is no news. */
	tell("change");
	assert_int_equal(count_events(), json_integer_value(json_object_get(decided, "seq")));
}

/* Nothing is authorized before it is on disk. */
static void test_recorded_before(void **state)
{
	(void)state;
	set_rules(DOCKS("allow"));
	add_domain("secure", "0");
	add_dock("0");
	sync_fails = true;
	tell("add");
	assert_int_equal(authorized(), '0');
	sync_fails = false;
	assert_int_equal(recorder_retry(&enforcer->recorder, &enforcer->history), 0);
	judge_unrecorded(enforcer);
	turn();
	assert_int_equal(authorized(), '1');
}

static void test_denied_and_overruled(void **state)
{
	(void)state;
	set_rules(DENY_ALL);
	add_domain("user", "1");
	add_dock("0");
	tell("add");
	assert_event(0, "device.decided", "verdict", "deny");
	assert_int_equal(authorized(), '0');
	/* boltd has its own opinion */
	umockdev_testbed_set_attribute(bed, DOCK_PATH, "authorized", "1");
	tell("change");
	assert_event(0, "device.overruled", NULL, NULL);
	assert_int_equal(authorized(), '0');
}

static void test_policy_change(void **state)
{
	(void)state;
	set_rules(DOCKS("allow"));
	add_domain("user", "1");
	add_dock("0");
	tell("add");
	assert_int_equal(authorized(), '1');
	set_rules(DENY_ALL);
	judge_all(enforcer, 0);
	turn();
	assert_event(0, "device.changed", "verdict", "deny");
	assert_int_equal(authorized(), '0');
	set_rules(DOCKS("allow"));
	judge_all(enforcer, 0);
	turn();
	assert_int_equal(authorized(), '1');
}

/* At each security level: what is written for a permit, and for a denial of what the firmware has
 * authorized. */
static void test_security_levels(void **state)
{
	static const struct {
		const char *security, *deauthorization, *before;
		bool permit;
		char after;
		const char *event;
	} cases[] = {
		{ "none", "0", "1", true, '1', "device.decided" },
		{ "none", "0", "1", false, '1', "device.failed" }, /* and it says so */
		{ "none", "1", "1", false, '0', "device.decided" },
		{ "user", "0", "0", true, '1', "device.decided" },
		{ "user", "0", "0", false, '0', "device.decided" },
		{ "user", "0", "1", false, '1', "device.failed" },
		{ "user", "1", "1", false, '0', "device.decided" },
		{ "secure", "1", "0", true, '1', "device.decided" },
		{ "secure", "1", "2", false, '0', "device.decided" },
		{ "dponly", "0", "0", true, '0', "device.decided" },
		{ "usbonly", "0", "0", true, '0', "device.decided" },
		{ "nopcie", "0", "0", true, '0', "device.decided" },
		{ "later", "0", "0", true, '0', "device.decided" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		set_rules(cases[i].permit ? DOCKS("allow") : DENY_ALL);
		add_domain(cases[i].security, cases[i].deauthorization);
		add_dock(cases[i].before);
		tell("add");
		assert_event(0, cases[i].event, NULL, NULL);
		if (authorized() != cases[i].after)
			fail_msg("case %zu: %c", i, authorized());
		umockdev_testbed_remove_device(bed, DOCK_PATH);
		umockdev_testbed_remove_device(bed, "/sys/devices/0000:00:0d.2/domain0/0-0");
		umockdev_testbed_remove_device(bed, "/sys/devices/0000:00:0d.2/domain0");
		umockdev_testbed_remove_device(bed, "/sys/devices/0000:00:0d.2");
		judge_departure(enforcer, enforcer->devices.items[0]->device.port);
		assert_int_equal(enforcer->devices.n, 0);
	}
}

static void test_removal_and_rescan(void **state)
{
	(void)state;
	set_rules(DOCKS("allow"));
	add_domain("user", "0");
	add_dock("0");
	enforcer->starting = true;
	rescan_now(enforcer);
	enforcer->starting = false;
	turn();
	assert_int_equal(enforcer->devices.n, 1); /* not the host's own router */
	assert_int_equal(authorized(), '1');
	umockdev_testbed_remove_device(bed, DOCK_PATH);
	rescan_now(enforcer);
	assert_event(0, "device.removed", "verdict", "allow");
}

/* Names that only look like a device's, and texts that a device may well have. */
static void test_names(void **state)
{
	static const char *const not_devices[] = {
		"domain0", "0-0", "0-1.1", "0-0:1.1", "usb4_port1", "0-", "-1", "0-x", "0-g1", "",
	};
	const char *const dock[] = { "authorized",  "0",	"device_name", "x\x1b[31m\n\xff\t",
				     "vendor_name", "\"evil\"", "vendor",      "0x10041",
				     "unique_id",   "",		"rx_speed",    "fast",
				     NULL };
	const char *const computer[] = { "unique_id", "u", NULL };
	struct device device;
	struct place place;
	char path[256];
	int fd;

	(void)state;
	add_domain("user", "0");
	for (size_t i = 0; i < sizeof(not_devices) / sizeof(not_devices[0]); i++) {
		snprintf(path, sizeof(path), "devices/0000:00:0d.2/domain0/%s", not_devices[i]);
		assert_false(thunderbolt_place(enforcer->sysfs_fd, path, &place));
	}
	add("/sys/devices/0000:00:0d.2/domain0/0-0", "0-3", computer, "thunderbolt_xdomain");
	assert_false(thunderbolt_place(enforcer->sysfs_fd, "devices/0000:00:0d.2/domain0/0-0/0-3",
				       &place));
	add("/sys/devices/0000:00:0d.2/domain0/0-0", "0-1", dock, "thunderbolt_device");
	assert_true(thunderbolt_place(enforcer->sysfs_fd, &DOCK_PATH[strlen("/sys/")], &place));
	fd = open(DOCK_PATH, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(thunderbolt_identify(fd, &place, &device), 0);
	assert_string_equal(device.name, "x\x1b[31m\n\xff");
	assert_string_equal(device.manufacturer, "\"evil\"");
	assert_int_equal(device.vendor, 0);
	assert_false(device.has_serial);
	assert_int_equal(device.speed_mbps, 0);
	assert_int_equal(device_functions(&device), FUNCTION_BIT(FUNCTION_OTHER));
	close(fd);
}

/* umockdev works by LD_PRELOAD; the address sanitizer would come first. */
static void mock_sysfs(char **argv)
{
	const char *preloaded = getenv("LD_PRELOAD");

	if (preloaded != NULL && strstr(preloaded, "umockdev") != NULL)
		return;
	setenv("ASAN_OPTIONS", "verify_asan_link_order=0", 1);
	execvp("umockdev-wrapper", (char *[]){ (char *)"umockdev-wrapper", argv[0], NULL });
	perror("umockdev-wrapper");
	exit(EXIT_FAILURE);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_permitted, begin, end),
		cmocka_unit_test_setup_teardown(test_recorded_before, begin, end),
		cmocka_unit_test_setup_teardown(test_denied_and_overruled, begin, end),
		cmocka_unit_test_setup_teardown(test_policy_change, begin, end),
		cmocka_unit_test_setup_teardown(test_security_levels, begin, end),
		cmocka_unit_test_setup_teardown(test_removal_and_rescan, begin, end),
		cmocka_unit_test_setup_teardown(test_names, begin, end),
	};

	(void)argc;
	mock_sysfs(argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
