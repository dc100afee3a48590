/* Reading attributes that the kernel makes wait for: a FIFO stands for one whose lock is held. */
#include "fake.h"

#include <sys/wait.h>
#include <time.h>

#include "agent/enforcer/sysfs.h"

static struct fake fake;

static int setup(void **state)
{
	(void)state;
	fake_init(&fake);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fake_finish(&fake);
	return 0;
}

static long elapsed_ms(const struct timespec *since)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - since->tv_sec) * 1000 + (now.tv_nsec - since->tv_nsec) / 1000000;
}

static int read_within(const char *name, unsigned timeout_ms, char *ret, size_t ret_size)
{
	timer_t timer;
	int r;

	assert_int_equal(sysfs_alarm_start(timeout_ms, &timer), 0);
	r = sysfs_read(fake.fd, name, ret, ret_size);
	sysfs_alarm_stop(timer);
	return r;
}

static void test_in_time(void **state)
{
	char text[8];

	(void)state;
	fake_set(&fake, "devices/usb1", "serial", "AB12");
	assert_int_equal(read_within("devices/usb1/serial", 50, text, sizeof(text)), 4);
	assert_string_equal(text, "AB12");
	assert_int_equal(read_within("devices/usb1/none", 50, text, sizeof(text)), -ENOENT);
	assert_int_equal(read_within("devices/usb1/serial", 50, text, 4), -E2BIG);
}

/* Several that are waited for share the time. */
static void test_locked(void **state)
{
	struct timespec start;
	char text[8];
	timer_t timer;
	int writer;

	(void)state;
	fake_run(&fake, "mkfifo devices/usb1/serial");
	fake_set(&fake, "devices/usb1", "product", "Thing");
	writer = openat(fake.fd, "devices/usb1/serial", O_RDWR | O_CLOEXEC);
	assert_true(writer >= 0);
	clock_gettime(CLOCK_MONOTONIC, &start);
	assert_int_equal(sysfs_alarm_start(100, &timer), 0);
	assert_int_equal(sysfs_read(fake.fd, "devices/usb1/product", text, sizeof(text)), 5);
	assert_int_equal(sysfs_read(fake.fd, "devices/usb1/serial", text, sizeof(text)), -ETIME);
	assert_true(elapsed_ms(&start) >= 100);
	assert_int_equal(sysfs_read(fake.fd, "devices/usb1/serial", text, sizeof(text)), -ETIME);
	sysfs_alarm_stop(timer);
	/* and what is read next is not disturbed by it */
	usleep(50000);
	assert_int_equal(sysfs_read(fake.fd, "devices/usb1/product", text, sizeof(text)), 5);
	close(writer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_in_time, setup, teardown),
		cmocka_unit_test_setup_teardown(test_locked, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
