/* Which nodes of USB devices are vetted, for what, and when udev is asked to look again.  The gate
 * and udev are the test's. */
#include "fake.h"

#include <libudev.h>
#include <stdlib.h>
#include <sys/sysmacros.h>

#include "agent/enforcer/usbnode.h"

static struct vetted {
	struct gate_device node;
	int access;
} vetted[16];
static size_t n_vetted;
static bool gate_absent, udev_looked;
static dev_t udev_asked;

static struct vetted *find(const struct gate_device *node)
{
	for (size_t i = 0; i < n_vetted; i++) {
		if (memcmp(&vetted[i].node, node, sizeof(*node)) == 0)
			return &vetted[i];
	}
	return NULL;
}

int gate_vet(struct gate *gate, const struct gate_device *device, enum gate_access access)
{
	struct vetted *found = find(device);

	(void)gate;
	if (gate_absent)
		return -ENODEV;
	if (found == NULL)
		found = &vetted[n_vetted++];
	*found = (struct vetted){ *device, access };
	return 0;
}

int gate_revoke(struct gate *gate, const struct gate_device *device)
{
	struct vetted *found = find(device);

	(void)gate;
	if (found != NULL)
		*found = vetted[--n_vetted];
	return gate_absent ? -ENODEV : 0;
}

bool gate_is_vetted(const struct gate *gate, const struct gate_device *device)
{
	(void)gate;
	return find(device) != NULL;
}

int gate_prune(struct gate *gate, bool (*keep)(void *userdata, const struct gate_device *device),
	       void *userdata)
{
	for (size_t i = n_vetted; i > 0; i--) {
		const struct gate_device node = vetted[i - 1].node;

		if (!keep(userdata, &node))
			assert_int_equal(gate_revoke(gate, &node), 0);
	}
	return 0;
}

struct udev_device *udev_device_new_from_devnum(struct udev *udev, char type, dev_t devnum)
{
	assert_non_null(udev);
	assert_int_equal(type, 'c');
	udev_asked = devnum;
	return (struct udev_device *)&udev_asked;
}

int udev_device_get_is_initialized(struct udev_device *device)
{
	assert_ptr_equal(device, &udev_asked);
	return udev_looked;
}

struct udev_device *udev_device_unref(struct udev_device *device)
{
	(void)device;
	return NULL;
}

static struct fake fake;
static struct gate gate;
static struct usbdev dev;
static struct devices devices;

static int setup(void **state)
{
	(void)state;
	n_vetted = 0;
	gate_absent = udev_looked = false;
	udev_asked = 0;
	fake_init(&fake);
	fake_plug(&fake, "1-2", "AB12", &FAKE_STORAGE, 1);
	fake_set(&fake, "devices/usb1/1-2", "uevent", "");
	memset(&dev, 0, sizeof(dev));
	dev.fd = openat(fake.fd, "devices/usb1/1-2", O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(dev.fd >= 0);
	dev.bus = 3;
	dev.number = 5;
	strcpy(dev.device.port, "1-2");
	dev.device.n_interfaces = dev.decision.n = 2;
	dev.decision.verdict = VERDICT_DENY;
	memset(&devices, 0, sizeof(devices));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	close(dev.fd);
	fake_finish(&fake);
	return 0;
}

static void judge(enum verdict first, enum verdict second)
{
	dev.decision.interfaces[0].verdict = first;
	dev.decision.interfaces[1].verdict = second;
	usbnode_judge(&gate, &dev);
}

/* 0: shut. */
static int access_now(void)
{
	const struct gate_device node = { GATE_CHAR, 189, 2 * 128 + 4 };
	const struct vetted *found = find(&node);

	assert_true(n_vetted == (found != NULL));
	return found == NULL ? 0 : found->access;
}

static void test_access(void **state)
{
	static const struct {
		enum verdict first, second;
		int access;
	} cases[] = {
		{ VERDICT_DENY, VERDICT_DENY, 0 },
		{ VERDICT_CHARGE_ONLY, VERDICT_CHARGE_ONLY, 0 },
		{ VERDICT_CHARGE_ONLY, VERDICT_DENY, 0 },
		{ VERDICT_ALLOW, VERDICT_ALLOW, GATE_READ_WRITE },
		{ VERDICT_DENY, VERDICT_ALLOW, GATE_READ_WRITE },
		{ VERDICT_CHARGE_ONLY, VERDICT_ALLOW, GATE_READ_WRITE },
		{ VERDICT_READ_ONLY, VERDICT_DENY, GATE_READ },
		{ VERDICT_READ_ONLY, VERDICT_ALLOW, GATE_READ },
		{ VERDICT_ALLOW, VERDICT_READ_ONLY, GATE_READ },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (size_t j = 0; j < sizeof(cases) / sizeof(cases[0]); j++) {
			judge(cases[j].first, cases[j].second);
			judge(cases[i].first, cases[i].second);
			assert_int_equal(access_now(), cases[i].access);
		}
	}
}

static unsigned mode_of_descriptors(void)
{
	struct stat st;

	assert_int_equal(fstatat(dev.fd, "descriptors", &st, 0), 0);
	return st.st_mode & 0777;
}

static void test_shut_is_hidden_from_users(void **state)
{
	(void)state;
	judge(VERDICT_CHARGE_ONLY, VERDICT_DENY);
	assert_int_equal(mode_of_descriptors(), 0400);
	judge(VERDICT_READ_ONLY, VERDICT_DENY);
	assert_int_equal(mode_of_descriptors(), 0444);
	judge(VERDICT_DENY, VERDICT_DENY);
	assert_int_equal(mode_of_descriptors(), 0400);
	judge(VERDICT_ALLOW, VERDICT_DENY);
	assert_int_equal(mode_of_descriptors(), 0444);
	judge(VERDICT_DENY, VERDICT_DENY);
	usbnode_release(fake.fd);
	assert_int_equal(mode_of_descriptors(), 0444);
}

static void test_audit_and_guard(void **state)
{
	(void)state;
	dev.decision.audit_only = true;
	judge(VERDICT_DENY, VERDICT_DENY);
	assert_int_equal(access_now(), GATE_READ_WRITE);
	dev.decision.audit_only = false;
	judge(VERDICT_DENY, VERDICT_DENY);
	assert_int_equal(access_now(), 0);
	dev.guarded = true;
	dev.kept = 2;
	judge(VERDICT_DENY, VERDICT_DENY);
	assert_int_equal(access_now(), GATE_READ_WRITE);
	dev.kept = 0;
	judge(VERDICT_DENY, VERDICT_DENY);
	assert_int_equal(access_now(), 0);
	dev.decision.n = 0; /* cannot be judged, is left as it is */
	usbnode_judge(&gate, &dev);
	assert_int_equal(access_now(), GATE_READ_WRITE);
	dev.guarded = false;
	usbnode_judge(&gate, &dev);
	assert_int_equal(access_now(), 0);
}

static void test_not_on_usb(void **state)
{
	(void)state;
	dev.device.bus = BUS_MMC;
	judge(VERDICT_ALLOW, VERDICT_ALLOW);
	assert_int_equal(n_vetted, 0);
	usbnode_shut(&gate, &dev);
}

static char uevent_asked(void)
{
	char asked = fake_get(&fake, "devices/usb1/1-2", "uevent");

	fake_set(&fake, "devices/usb1/1-2", "uevent", "");
	return asked;
}

static void test_udev_looks_again(void **state)
{
	(void)state;
	/* It waits for the first decision (devgate-settle), and looks then. */
	judge(VERDICT_ALLOW, VERDICT_ALLOW);
	assert_int_equal(uevent_asked(), '\n');
	assert_int_equal(udev_asked, makedev(189, 260));
	/* It has looked at what was shut. */
	judge(VERDICT_DENY, VERDICT_DENY);
	udev_looked = true;
	judge(VERDICT_ALLOW, VERDICT_DENY);
	assert_int_equal(uevent_asked(), 'a');
	/* Once: the event that comes of it has the device looked at again. */
	judge(VERDICT_ALLOW, VERDICT_DENY);
	judge(VERDICT_ALLOW, VERDICT_ALLOW);
	assert_int_equal(uevent_asked(), '\n');
	judge(VERDICT_DENY, VERDICT_DENY);
	judge(VERDICT_READ_ONLY, VERDICT_DENY);
	assert_int_equal(uevent_asked(), '\n');
}

/* Nothing is known of what was vetted, so nobody is asked: each look would bring the next. */
static void test_no_gate(void **state)
{
	(void)state;
	gate_absent = udev_looked = true;
	judge(VERDICT_ALLOW, VERDICT_ALLOW);
	assert_int_equal(uevent_asked(), '\n');
	judge(VERDICT_DENY, VERDICT_DENY);
	usbnode_shut(&gate, &dev);
	usbnode_vet_root_hub(&gate, "usb1");
}

static void test_prune(void **state)
{
	const struct gate_device gone = { GATE_CHAR, 189, 7 }, disk = { GATE_BLOCK, 8, 0 },
				 hub = { GATE_CHAR, 189, 2 * 128 };

	(void)state;
	assert_int_equal(gate_vet(&gate, &gone, GATE_READ_WRITE), 0);
	assert_int_equal(gate_vet(&gate, &disk, GATE_READ_WRITE), 0);
	usbnode_vet_root_hub(&gate, "usb3");
	assert_int_equal(find(&hub)->access, GATE_READ_WRITE);
	judge(VERDICT_ALLOW, VERDICT_ALLOW);
	devices.items[devices.n++] = &dev;
	assert_int_equal(n_vetted, 4);
	usbnode_prune(&gate, &devices);
	assert_int_equal(n_vetted, 3);
	assert_null(find(&gone));
	devices.n = 0;
	usbnode_prune(&gate, &devices);
	assert_int_equal(n_vetted, 2);
	assert_non_null(find(&hub));
	assert_non_null(find(&disk));
}

static void test_shut(void **state)
{
	const struct gate_device node = usbnode_of(&dev);

	(void)state;
	judge(VERDICT_ALLOW, VERDICT_ALLOW);
	assert_true(usbnode_is(&node));
	assert_true(usbnode_is_of(&node, &dev));
	usbnode_shut(&gate, &dev);
	assert_int_equal(n_vetted, 0);
	fake_unplug(&fake, "1-2");
	assert_false(usbnode_is_of(&node, &dev));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_access),
		TEST(test_shut_is_hidden_from_users),
		TEST(test_audit_and_guard),
		TEST(test_not_on_usb),
		TEST(test_udev_looks_again),
		TEST(test_no_gate),
		TEST(test_prune),
		TEST(test_shut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
