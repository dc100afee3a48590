/* Disks on a sysfs of plain files: whose they are, what they may, what they did; and the child that
 * sets a block device read-only, on a real loop device where there is one. */
#include "fake.h"
#include "fake_gate.h"

#include <signal.h>
#include <sys/ioctl.h>

#include <linux/fs.h>
#include <linux/loop.h>

#include "agent/enforcer/disks.h"
#include "agent/enforcer/readonly.h"

#define STICK "devices/usb1/1-2/1-2:1.0/host6/target6:0:0/6:0:0:0"

static struct fake fake;
static struct gate gate = {
	.pins_fd = -1, .cgroup_fd = -1, .map_fd = -1, .readers_fd = -1, .program_fd = -1
};
static struct devices devices;
static struct disks disks;
static unsigned settled_major, settled_minor;

static const struct gate_device sdb = { GATE_BLOCK, 8, 16 }, sdb1 = { GATE_BLOCK, 8, 17 },
				sda = { GATE_BLOCK, 8, 0 };

static void on_settled(void *userdata, unsigned major, unsigned minor)
{
	(void)userdata;
	settled_major = major;
	settled_minor = minor;
}

/* A disk at @path with @read, @written sectors. */
static void add_disk(const char *path, const char *number, const char *stat)
{
	char command[512];

	fake_mkdir(&fake, path);
	fake_set(&fake, path, "stat", stat);
	fake_set(&fake, path, "ro", "0");
	snprintf(command, sizeof(command), "ln -s ../../%s dev/block/%s", path, number);
	fake_run(&fake, command);
}

static struct usbdev *add_stick(enum verdict verdict)
{
	struct usbdev *dev = calloc(1, sizeof(*dev));

	assert_non_null(dev);
	dev->fd = -1;
	strcpy(dev->device.port, "1-2");
	dev->device.n_interfaces = dev->decision.n = 1;
	dev->device.interfaces[0].config = 1;
	dev->decision.interfaces[0].verdict = verdict;
	assert_int_equal(devices_add(&devices, dev), 0);
	return dev;
}

static int setup(void **state)
{
	(void)state;
	fake_init(&fake);
	memset(&disks, 0, sizeof(disks));
	assert_true(sd_event_new(&disks.loop) >= 0);
	disks.sysfs_fd = disks.dev_fd = fake.fd;
	disks.gate = &gate;
	disks.devices = &devices;
	disks.on_settled = on_settled;
	settled_major = settled_minor = 0;
	gate.map_fd = gate.readers_fd = gate.program_fd = -1;
	add_disk("devices/pci0/ata1/host0/block/sda", "8:0", "1 0 8 0 1 0 8 0 0 0 0");
	add_disk(STICK "/block/sdb", "8:16", "5 0 1000 7 9 0 2000 3 0 0 0");
	add_disk(STICK "/block/sdb/sdb1", "8:17", "5 0 900 7 9 0 1900 3 0 0 0");
	fake_set(&fake, STICK "/block/sdb/sdb1", "partition", "1");
	return 0;
}

static int teardown(void **state)
{
	sd_event *loop = disks.loop;

	(void)state;
	disks_finish(&disks);
	devices_finish(&devices);
	while (sd_event_run(loop, 100000) > 0) /* children that were given up */
		;
	sd_event_unref(loop);
	fake_finish(&fake);
	return 0;
}

static struct disk *find(const struct gate_device *node)
{
	for (size_t i = 0; i < disks.n; i++) {
		if (disks.items[i]->node.type == node->type &&
		    disks.items[i]->node.major == node->major &&
		    disks.items[i]->node.minor == node->minor)
			return disks.items[i];
	}
	return NULL;
}

static void test_whose_they_are(void **state)
{
	(void)state;
	add_stick(VERDICT_ALLOW);
	assert_int_equal(disks_rescan(&disks), 0);
	assert_int_equal(disks.n, 3);
	assert_false(find(&sda)->portable);
	assert_int_equal(find(&sda)->effect, VERDICT_ALLOW);
	assert_true(find(&sdb)->portable);
	assert_string_equal(find(&sdb)->owner.port, "1-2");
	assert_true(find(&sdb)->whole);
	assert_false(find(&sdb1)->whole);
	assert_int_equal(find(&sdb1)->effect, VERDICT_ALLOW);
	assert_true(disks_is_settled(&disks, &sdb));
}

static void test_unknown_owner_and_denied_are_shut(void **state)
{
	struct usbdev *dev;

	(void)state;
	assert_int_equal(disks_rescan(&disks), 0); /* no such device is known */
	assert_int_equal(find(&sdb)->effect, VERDICT_DENY);
	dev = add_stick(VERDICT_DENY);
	disks_judge_port(&disks, "1-2");
	assert_int_equal(find(&sdb)->effect, VERDICT_DENY);
	dev->decision.audit_only = true;
	disks_judge_port(&disks, "1-2");
	assert_int_equal(find(&sdb)->effect, VERDICT_ALLOW);
	dev->decision.audit_only = false;
	dev->guarded = true; /* for its keyboard, say */
	disks_judge_port(&disks, "1-2");
	assert_int_equal(find(&sdb)->effect, VERDICT_DENY);
	dev->kept = 1; /* for this disk */
	disks_judge_port(&disks, "1-2");
	assert_int_equal(find(&sdb)->effect, VERDICT_ALLOW);
}

/* The node under /dev is not the device (here: it is not there): told as settled all the same, and
 * shut by the gate. */
static void test_settled_after_the_attempt(void **state)
{
	(void)state;
	add_stick(VERDICT_READ_ONLY);
	disks_add(&disks, &sdb, STICK "/block/sdb", "sdb");
	assert_int_equal(settled_major, 0);
	assert_false(disks_is_settled(&disks, &sdb));
	while (settled_major == 0)
		assert_true(sd_event_run(disks.loop, 3000000) > 0);
	assert_int_equal(settled_major, 8);
	assert_int_equal(settled_minor, 16);
	assert_true(disks_is_settled(&disks, &sdb));
	assert_false(find(&sdb)->set_readonly);
}

/* A disk that took longer than udev waits, to come up to speed: udev is told once to look again,
 * and only if there is something to be seen. */
static void test_udev_hears_of_a_late_disk(void **state)
{
	struct usbdev *dev = add_stick(VERDICT_READ_ONLY);

	(void)state;
	fake_set(&fake, STICK "/block/sdb", "uevent", "-");
	disks_add(&disks, &sdb, STICK "/block/sdb", "sdb");
	find(&sdb)->since_us = 0;
	while (settled_major == 0)
		assert_true(sd_event_run(disks.loop, 3000000) > 0);
	assert_int_equal(fake_get(&fake, STICK "/block/sdb", "uevent"), '-'); /* it stays shut */

	settled_major = 0;
	find(&sdb)->settled = false;
	disks_judge_port(&disks, "1-2");
	dev->decision.interfaces[0].verdict = VERDICT_ALLOW; /* while a child is at it */
	disks_judge_port(&disks, "1-2");
	while (settled_major == 0)
		assert_true(sd_event_run(disks.loop, 3000000) > 0);
	assert_int_equal(fake_get(&fake, STICK "/block/sdb", "uevent"), 'c');

	fake_set(&fake, STICK "/block/sdb", "uevent", "-");
	find(&sdb)->settled = false;
	disks_judge_port(&disks, "1-2");
	assert_int_equal(fake_get(&fake, STICK "/block/sdb", "uevent"), '-');
}

static void test_udev_hears_nothing_of_others(void **state)
{
	(void)state;
	add_stick(VERDICT_ALLOW);
	fake_set(&fake, STICK "/block/sdb", "uevent", "-");
	disks_add(&disks, &sdb, STICK "/block/sdb", "sdb");
	assert_true(disks_is_settled(&disks, &sdb));
	assert_int_equal(fake_get(&fake, STICK "/block/sdb", "uevent"), '-');
}

static void test_usage(void **state)
{
	struct usbdev *dev = add_stick(VERDICT_ALLOW);
	uint64_t bytes_read = 0, bytes_written = 0;

	(void)state;
	assert_int_equal(disks_rescan(&disks), 0);
	assert_non_null(disks.sampler);
	disks_usage(&disks, dev, &bytes_read, &bytes_written);
	assert_int_equal(bytes_read, 1000 * 512); /* of the disk, not of its partition again */
	assert_int_equal(bytes_written, 2000 * 512);
	disks_remove(&disks, &sdb); /* an old word: it is there */
	assert_int_equal(disks.n, 3);
	fake_run(&fake, "rm dev/block/8:16 dev/block/8:17");
	disks_remove(&disks, &sdb1);
	disks_remove(&disks, &sdb);
	disks_remove(&disks, &sdb);
	assert_null(disks.sampler);
	disks_usage(&disks, dev, &bytes_read, &bytes_written);
	assert_int_equal(bytes_written, 2000 * 512);
	assert_int_equal(dev->bytes_read, 1000 * 512);
}

static void test_number_taken_by_another_disk(void **state)
{
	(void)state;
	add_stick(VERDICT_ALLOW);
	assert_int_equal(disks_rescan(&disks), 0);
	fake_run(&fake, "mv " STICK "/block/sdb gone");
	fake_mkdir(&fake, STICK "/block/sdb");
	assert_int_equal(disks.n, 3);
	disks_prune(&disks);
	assert_int_equal(disks.n, 1);
	assert_null(find(&sdb));
	assert_non_null(find(&sda));
}

/* An enforcer before this one vetted a number that is free now: the next disk must not find it so
 * when its device is opened. */
static void test_vetted_by_an_earlier_run(void **state)
{
	const struct gate_device sdc = { GATE_BLOCK, 8, 32 }, sg9 = { GATE_CHAR, 21, 9 };

	(void)state;
	fake_gate_open(&gate);
	assert_int_equal(gate_vet(&gate, &sdb, GATE_READ_WRITE), 0);
	assert_int_equal(gate_vet(&gate, &sdc, GATE_READ_WRITE), 0);
	assert_int_equal(gate_vet(&gate, &sg9, GATE_READ_WRITE), 0);
	disks_prune(&disks);
	assert_int_equal(access_to(&sdc), 0);
	assert_int_equal(access_to(&sg9), 0);
	assert_int_equal(access_to(&sdb), GATE_READ_WRITE); /* there, and not judged yet */
	assert_int_equal(disks_rescan(&disks), 0);
	assert_int_equal(access_to(&sdb), 0); /* nobody's that is known */
	assert_int_equal(access_to(&sda), GATE_READ_WRITE);
}

/* A disk that says itself that it is write-protected stays shut until BLKROSET has been set on it:
 * it could say otherwise once it is mounted.  Here that fails, since there is no node. */
static void test_write_protect_tab_is_no_proof(void **state)
{
	(void)state;
	fake_gate_open(&gate);
	add_stick(VERDICT_READ_ONLY);
	fake_set(&fake, STICK "/block/sdb", "ro", "1");
	disks_add(&disks, &sdb, STICK "/block/sdb", "sdb");
	assert_int_equal(access_to(&sdb), 0);
	while (settled_major == 0)
		assert_true(sd_event_run(disks.loop, 3000000) > 0);
	assert_int_equal(access_to(&sdb), 0);
	find(&sdb)->set_readonly = true; /* as when it succeeds */
	disks_judge_port(&disks, "1-2");
	assert_int_equal(access_to(&sdb), GATE_READ);
}

static void test_hostile_names(void **state)
{
	char path[DISK_PATH_SIZE + 2];

	(void)state;
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	disks_add(&disks, &sdb, path, "sdb");
	disks_add(&disks, &sdb, "devices/none", "sdb");
	disks_add(&disks, &sdb, STICK "/block/sdb", "a-name-that-is-longer-than-any-name-is");
	assert_int_equal(disks.n, 0);
	disks_remove(&disks, &sdb);
}

static int readonly_result = 1;

static void on_readonly(void *userdata, int result, const void *answer)
{
	(void)userdata;
	(void)answer;
	readonly_result = result;
}

static int set_readonly(const char *name, unsigned major, unsigned minor)
{
	struct child *attempt;
	int dev_fd = open("/dev", O_PATH | O_DIRECTORY | O_CLOEXEC);

	readonly_result = 1;
	assert_int_equal(
		readonly_start(disks.loop, dev_fd, name, major, minor, on_readonly, NULL, &attempt),
		0);
	while (readonly_result == 1)
		assert_true(sd_event_run(disks.loop, 5000000) > 0);
	close(dev_fd);
	return readonly_result;
}

static void test_readonly_refuses_what_it_is_not(void **state)
{
	(void)state;
	assert_int_equal(set_readonly("none", 8, 16), -ENOENT);
	assert_int_equal(set_readonly("null", 1, 3), -ENODEV); /* not a block device */
}

static void test_readonly_on_a_loop_device(void **state)
{
	char name[32], path[48];
	int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC), number, loop_fd;
	int image = openat(fake.fd, "image", O_RDWR | O_CREAT | O_CLOEXEC, 0600), ro = 0;

	(void)state;
	number = control < 0 ? -1 : ioctl(control, LOOP_CTL_GET_FREE);
	snprintf(name, sizeof(name), "loop%d", number);
	snprintf(path, sizeof(path), "/dev/%s", name);
	loop_fd = number < 0 ? -1 : open(path, O_RDWR | O_CLOEXEC);
	if (loop_fd < 0 || ftruncate(image, 1 << 20) < 0 ||
	    ioctl(loop_fd, LOOP_SET_FD, image) < 0) {
		close(image);
		skip();
	}
	assert_int_equal(set_readonly(name, 7, (unsigned)number + 1), -ENODEV); /* another */
	assert_int_equal(set_readonly(name, 7, (unsigned)number), 0);
	assert_int_equal(ioctl(loop_fd, BLKROGET, &ro), 0);
	assert_int_equal(ro, 1);
	ro = 0;
	ioctl(loop_fd, BLKROSET, &ro);
	ioctl(loop_fd, LOOP_CLR_FD, 0);
	close(loop_fd);
	close(image);
	close(control);
}

static void test_given_up(void **state)
{
	struct child *attempt;

	(void)state;
	readonly_result = 1;
	assert_int_equal(
		readonly_start(disks.loop, fake.fd, "none", 8, 16, on_readonly, NULL, &attempt), 0);
	child_cancel(attempt);
	while (sd_event_run(disks.loop, 100000) > 0)
		;
	assert_int_equal(readonly_result, 1);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_whose_they_are),
		TEST(test_unknown_owner_and_denied_are_shut),
		TEST(test_settled_after_the_attempt),
		TEST(test_udev_hears_of_a_late_disk),
		TEST(test_udev_hears_nothing_of_others),
		TEST(test_usage),
		TEST(test_number_taken_by_another_disk),
		TEST(test_vetted_by_an_earlier_run),
		TEST(test_write_protect_tab_is_no_proof),
		TEST(test_hostile_names),
		TEST(test_readonly_refuses_what_it_is_not),
		TEST(test_readonly_on_a_loop_device),
		TEST(test_given_up),
	};
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
