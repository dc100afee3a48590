/* Follows a bluetoothd of our own, on a bus of our own: what the real one would not say, too. */
#include "fake.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "agent/enforcer/bluetooth.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define UUID(digits)                                                                               \
	(char[])                                                                                   \
	{                                                                                          \
		"0000" digits "-0000-1000-8000-00805f9b34fb"                                       \
	}

enum { MAX_THINGS = 8, MAX_LOG = 64, TIMEOUT_US = 5 * 1000 * 1000 };

/* One object of the bluetoothd that is played. */
struct thing {
	char path[128];
	const char *interface;
	char address[64], name[512], modalias[96];
	const char *type; /* of the address */
	bool paired, connected, resolved;
	uint32_t class;
	char **services;
	sd_bus_slot *slot;
};

static struct {
	pid_t daemon;
	sd_event *loop;
	sd_bus *bluetoothd;
	sd_bus_slot *manager;
	struct thing things[MAX_THINGS];
	unsigned cuts; /* of links */
	char cut_path[128];
	struct fake fake;
	struct bluetooth bluetooth;
	size_t n_log;
	char log[MAX_LOG][512]; /* what the handlers were told */
	struct usbdev *dev;	/* the last that came; owned */
} bench;

static int get_text(sd_bus *bus, const char *path, const char *interface, const char *property,
		    sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	const struct thing *thing = userdata;

	(void)bus, (void)path, (void)interface, (void)error;
	return sd_bus_message_append(reply, "s",
				     strcmp(property, "Address") == 0	    ? thing->address
				     : strcmp(property, "AddressType") == 0 ? thing->type
				     : strcmp(property, "Name") == 0	    ? thing->name
									    : thing->modalias);
}

static int get_flag(sd_bus *bus, const char *path, const char *interface, const char *property,
		    sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	const struct thing *thing = userdata;

	(void)bus, (void)path, (void)interface, (void)error;
	return sd_bus_message_append(reply, "b",
				     strcmp(property, "Paired") == 0	  ? thing->paired
				     : strcmp(property, "Connected") == 0 ? thing->connected
									  : thing->resolved);
}

static int get_class(sd_bus *bus, const char *path, const char *interface, const char *property,
		     sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	const struct thing *thing = userdata;

	(void)bus, (void)path, (void)interface, (void)property, (void)error;
	return sd_bus_message_append(reply, "u", thing->class);
}

static int get_services(sd_bus *bus, const char *path, const char *interface, const char *property,
			sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	const struct thing *thing = userdata;

	(void)bus, (void)path, (void)interface, (void)property, (void)error;
	return sd_bus_message_append_strv(reply, thing->services);
}

static int on_disconnect(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	(void)userdata, (void)error;
	bench.cuts++;
	snprintf(bench.cut_path, sizeof(bench.cut_path), "%s", sd_bus_message_get_path(call));
	return sd_bus_reply_method_return(call, "");
}

static const sd_bus_vtable device_table[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD("Disconnect", "", "", on_disconnect, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_PROPERTY("Address", "s", get_text, 0, 0),
	SD_BUS_PROPERTY("AddressType", "s", get_text, 0, 0),
	SD_BUS_PROPERTY("Name", "s", get_text, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY("Modalias", "s", get_text, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY("Paired", "b", get_flag, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY("Connected", "b", get_flag, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY("ServicesResolved", "b", get_flag, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY("Class", "u", get_class, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY("UUIDs", "as", get_services, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_VTABLE_END,
};

static const sd_bus_vtable adapter_table[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_PROPERTY("Address", "s", get_text, 0, 0),
	SD_BUS_VTABLE_END,
};

static void note(const char *what, const char *port, const struct device *device)
{
	char *line = bench.log[bench.n_log];
	size_t size = sizeof(bench.log[0]);
	int n = snprintf(line, size, "%s %s", what, port);

	assert_true(bench.n_log < MAX_LOG);
	bench.n_log++;
	for (size_t i = 0; device != NULL && i < device->n_interfaces; i++)
		n += snprintf(line + n, size - (size_t)n, " %x", device->interfaces[i].functions);
}

static void on_come(void *userdata, struct usbdev *dev)
{
	(void)userdata;
	usbdev_free(bench.dev);
	bench.dev = dev;
	note("come", dev->device.port, &dev->device);
}

static void on_change(void *userdata, const char *port, const struct device *device)
{
	(void)userdata;
	note("change", port, device);
}

static void on_connect(void *userdata, const char *port)
{
	(void)userdata;
	note("connect", port, NULL);
}

static void on_go(void *userdata, const char *port)
{
	(void)userdata;
	note("go", port, NULL);
}

static void on_degraded(void *userdata, const char *lacks)
{
	(void)userdata;
	note("degraded", lacks, NULL);
}

static void on_looked(void *userdata)
{
	(void)userdata;
	note("looked", "", NULL);
}

/* Until the handlers have told so much in all, or nothing more comes. */
static void run_until(size_t n_log)
{
	uint64_t now, end;

	assert_true(sd_event_now(bench.loop, CLOCK_MONOTONIC, &now) >= 0);
	for (end = now + TIMEOUT_US; bench.n_log < n_log && now < end;
	     sd_event_now(bench.loop, CLOCK_MONOTONIC, &now))
		assert_true(sd_event_run(bench.loop, 100 * 1000) >= 0);
	assert_int_equal(bench.n_log, n_log);
}

static void run_for(uint64_t us)
{
	uint64_t now, end;

	assert_true(sd_event_now(bench.loop, CLOCK_MONOTONIC, &now) >= 0);
	for (end = now + us; now < end; sd_event_now(bench.loop, CLOCK_MONOTONIC, &now))
		assert_true(sd_event_run(bench.loop, 10 * 1000) >= 0);
}

static void is_line(size_t i, const char *wanted)
{
	assert_true(i < bench.n_log);
	assert_string_equal(bench.log[i], wanted);
}

static struct thing *show(const char *path, const char *address, char **services)
{
	bool adapter = strchr(path + strlen("/org/bluez/"), '/') == NULL;
	struct thing *thing = bench.things;

	while (thing->slot != NULL)
		thing++;
	assert_true(thing < bench.things + MAX_THINGS);
	*thing = (struct thing){ .interface = adapter ? "org.bluez.Adapter1" : "org.bluez.Device1",
				 .type = "public",
				 .services = services };
	snprintf(thing->path, sizeof(thing->path), "%s", path);
	snprintf(thing->address, sizeof(thing->address), "%s", address);
	assert_true(sd_bus_add_object_vtable(bench.bluetoothd, &thing->slot, path, thing->interface,
					     adapter ? adapter_table : device_table, thing) >= 0);
	return thing;
}

static void tell(const struct thing *thing, const char *property)
{
	assert_true(sd_bus_emit_properties_changed(bench.bluetoothd, thing->path, thing->interface,
						   property, NULL) >= 0);
}

static void hide(struct thing *thing)
{
	thing->slot = sd_bus_slot_unref(thing->slot);
	assert_true(sd_bus_emit_interfaces_removed(bench.bluetoothd, thing->path, thing->interface,
						   NULL) >= 0);
}

static void open_bluetoothd(void)
{
	assert_true(sd_bus_open_system(&bench.bluetoothd) >= 0);
	assert_true(sd_bus_attach_event(bench.bluetoothd, bench.loop, 0) >= 0);
	assert_true(sd_bus_add_object_manager(bench.bluetoothd, &bench.manager, "/") >= 0);
}

static void appear(void)
{
	assert_true(sd_bus_request_name(bench.bluetoothd, "org.bluez", 0) >= 0);
}

static void start(void)
{
	bench.bluetooth = (struct bluetooth){ .loop = bench.loop,
					      .sysfs_fd = bench.fake.fd,
					      .boot = "0123456789abcdef0123456789abcdef",
					      .state = bench.fake.root,
					      .handlers = { .on_come = on_come,
							    .on_change = on_change,
							    .on_connect = on_connect,
							    .on_go = on_go,
							    .on_degraded = on_degraded,
							    .on_looked = on_looked } };
	bluetooth_start(&bench.bluetooth, NULL);
	is_line(0, "degraded the gate is not in force");
}

/* A bus of our own. */
static void start_daemon(void)
{
	char address[256];
	int pipe_fds[2];
	ssize_t n;

	assert_int_equal(pipe(pipe_fds), 0);
	bench.daemon = fork();
	assert_true(bench.daemon >= 0);
	if (bench.daemon == 0) {
		char print[32];

		prctl(PR_SET_PDEATHSIG, SIGTERM);
		close(STDERR_FILENO); /* it may not have as many files as it likes, and says so */
		snprintf(print, sizeof(print), "--print-address=%d", pipe_fds[1]);
		execlp("dbus-daemon", "dbus-daemon", "--session", "--nofork", "--nopidfile", print,
		       NULL);
		_exit(127);
	}
	close(pipe_fds[1]);
	n = read(pipe_fds[0], address, sizeof(address) - 1);
	assert_true(n > 0);
	address[n] = '\0';
	address[strcspn(address, "\n")] = '\0';
	setenv("DBUS_SYSTEM_BUS_ADDRESS", address, 1);
	close(pipe_fds[0]);
}

static int set_up(void **state)
{
	(void)state;
	memset(&bench, 0, sizeof(bench));
	start_daemon();
	fake_init(&bench.fake);
	fake_mkdir(&bench.fake, "class/bluetooth/hci0");
	assert_true(sd_event_new(&bench.loop) >= 0);
	open_bluetoothd();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	bluetooth_finish(&bench.bluetooth);
	usbdev_free(bench.dev);
	for (size_t i = 0; i < MAX_THINGS; i++)
		sd_bus_slot_unref(bench.things[i].slot);
	sd_bus_slot_unref(bench.manager);
	sd_bus_flush_close_unref(bench.bluetoothd);
	sd_event_unref(bench.loop);
	fake_finish(&bench.fake);
	kill(bench.daemon, SIGTERM);
	waitpid(bench.daemon, NULL, 0);
	return 0;
}

static char *headset[] = { UUID("110b"), UUID("111e"), UUID("110e"), UUID("1200"), NULL };
static char *phone[] = { UUID("111f"), UUID("1105"), UUID("1116"), NULL };
static char *nothing[] = { UUID("1200"), UUID("1800"), NULL };
#define HEADSET "/org/bluez/hci0/dev_00_AA_01_01_00_01"

static void a_peer_comes_changes_and_goes(void **state)
{
	struct thing *thing;

	(void)state;
	show("/org/bluez/hci0", "00:AA:01:00:00:00", NULL);
	thing = show(HEADSET, "00:AA:01:01:00:01", headset);
	thing->class = 0x240404;
	strcpy(thing->name, "Ears\n\xe2\x80\xae");
	strcpy(thing->modalias, "usb:v046Dp0A66d0102");
	appear();
	start();
	run_until(2);
	is_line(1, "looked "); /* in sight only: nobody's business */
	thing->paired = thing->connected = true;
	tell(thing, "Paired");
	run_until(3);
	is_line(2, "come hci0/dev_00_AA_01_01_00_01 400");
	assert_int_equal(FUNCTION_BIT(FUNCTION_AUDIO), 0x400);
	assert_int_equal(bench.dev->device.bus, BUS_BLUETOOTH);
	assert_string_equal(bench.dev->device.serial, "00:AA:01:01:00:01");
	assert_true(bench.dev->device.has_serial);
	assert_string_equal(bench.dev->device.name, "Ears\n\xe2\x80\xae");
	assert_int_equal(bench.dev->device.vendor, 0x046d);
	assert_int_equal(bench.dev->device.product, 0x0a66);
	assert_int_equal(bench.dev->device.release, 0x0102);

	thing->services = phone;
	tell(thing, "UUIDs");
	run_until(4);
	is_line(3, "change hci0/dev_00_AA_01_01_00_01 400 2 40");
	thing->resolved = true;
	tell(thing, "ServicesResolved");
	run_until(5);
	is_line(4, "connect hci0/dev_00_AA_01_01_00_01");
	hide(thing);
	run_until(6);
	is_line(5, "go hci0/dev_00_AA_01_01_00_01");
}

static void without_a_gate_nothing_is_permitted_and_the_link_is_cut(void **state)
{
	struct thing *thing;

	(void)state;
	show("/org/bluez/hci0", "00:AA:01:00:00:00", NULL);
	thing = show(HEADSET, "00:AA:01:01:00:01", headset);
	thing->paired = thing->connected = true;
	appear();
	start();
	run_until(3);
	assert_non_null(bluetooth_lacks(&bench.bluetooth));
	decide_error("No gate.", &bench.dev->decision);
	assert_int_equal(bluetooth_follow(&bench.bluetooth, bench.dev), 0);
	run_for(100 * 1000);
	assert_int_equal(bench.cuts, 1);
	assert_string_equal(bench.cut_path, HEADSET);
	/* A permit that cannot be held to is a failure. */
	bench.dev->decision = (struct decision){ .n = 1, .verdict = VERDICT_ALLOW };
	bench.dev->decision.interfaces[0].verdict = VERDICT_ALLOW;
	assert_int_equal(bluetooth_follow(&bench.bluetooth, bench.dev), -ENODEV);
}

static void bluetoothd_comes_late_goes_and_comes_again(void **state)
{
	struct thing *thing;

	(void)state;
	start();
	run_until(2);
	is_line(1, "looked ");
	thing = show(HEADSET, "00:AA:01:01:00:01", headset);
	thing->paired = true;
	appear();
	run_until(3);
	assert_true(sd_bus_release_name(bench.bluetoothd, "org.bluez") >= 0);
	run_until(4);
	is_line(3, "go hci0/dev_00_AA_01_01_00_01");
	appear();
	run_until(5);
	is_line(4, "come hci0/dev_00_AA_01_01_00_01 400");
}

static void peers_that_cannot_be_are_none(void **state)
{
	static const struct {
		const char *path, *address;
	} table[] = {
		{ "/org/bluez/hci0/dev_00_AA_01_01_00_02", "00:AA:01:01:00:03" },
		{ "/org/bluez/hci0/dev_00_AA_01_01_00_04", "" },
		{ "/org/bluez/hci0/dev_00_AA_01_01_00_05", "../../../../../../etc/shadow" },
		{ "/org/bluez/hci0/dev_00_AA_01_01_00_06/player0", "00:AA:01:01:00:06" },
		{ "/org/bluez/hci0hci0hci0hci0hci0hci0/dev_00_AA_01_01_00_07",
		  "00:AA:01:01:00:07" },
		{ "/elsewhere/x/dev_00_AA_01_01_00_08", "00:AA:01:01:00:08" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++)
		show(table[i].path, table[i].address, headset)->paired = true;
	show(HEADSET, "00:AA:01:01:00:01", nothing)->paired = true; /* says nothing yet */
	appear();
	start();
	run_until(2);
	is_line(1, "looked ");
	run_for(100 * 1000);
	assert_int_equal(bench.n_log, 2);
}

static void one_with_too_many_services_cannot_be_judged(void **state)
{
	char *many[BLUEZ_MAX_SERVICES + 2];
	struct thing *thing;

	(void)state;
	for (size_t i = 0; i < COUNT(many) - 1; i++)
		many[i] = headset[i % 3];
	many[COUNT(many) - 1] = NULL;
	thing = show(HEADSET, "00:AA:01:01:00:01", many);
	thing->paired = true;
	memset(thing->name, 'x', sizeof(thing->name) - 1);
	appear();
	start();
	run_until(3);
	assert_int_equal(bench.dev->readable, -E2BIG);
	assert_int_equal(strlen(bench.dev->device.name), DEVICE_TEXT_SIZE - 1);
}

static void an_address_that_changes_is_no_serial_number(void **state)
{
	struct thing *thing = show(HEADSET, "00:AA:01:01:00:01", headset);

	(void)state;
	thing->type = "random";
	thing->connected = true;
	appear();
	start();
	run_until(3);
	assert_false(bench.dev->device.has_serial);
	assert_string_equal(bench.dev->device.serial, "");
}

static void many_changes_are_one_look(void **state)
{
	struct thing *thing;

	(void)state;
	thing = show(HEADSET, "00:AA:01:01:00:01", headset);
	thing->paired = true;
	appear();
	start();
	run_until(3);
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(thing->name, sizeof(thing->name), "Name %u", i);
		tell(thing, "Name");
	}
	for (int i = 0; i < 50 && strcmp(bench.bluetooth.peers[0]->seen.name, "Name 999") != 0; i++)
		run_for(400 * 1000);
	/* as last told, in few looks, however slow the machine */
	assert_string_equal(bench.bluetooth.peers[0]->seen.name, "Name 999");
	assert_in_range(bench.n_log, 4, MAX_LOG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_peer_comes_changes_and_goes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			without_a_gate_nothing_is_permitted_and_the_link_is_cut, set_up, tear_down),
		cmocka_unit_test_setup_teardown(bluetoothd_comes_late_goes_and_comes_again, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(peers_that_cannot_be_are_none, set_up, tear_down),
		cmocka_unit_test_setup_teardown(one_with_too_many_services_cannot_be_judged, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(an_address_that_changes_is_no_serial_number, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(many_changes_are_one_look, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
