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

static void test_in_time(void **state)
{
	char text[8];

	(void)state;
	fake_set(&fake, "devices/usb1", "serial", "AB12");
	assert_int_equal(sysfs_read_within(fake.fd, "devices/usb1/serial", 50, text, sizeof(text)),
			 4);
	assert_string_equal(text, "AB12");
	assert_int_equal(sysfs_read_within(fake.fd, "devices/usb1/none", 50, text, sizeof(text)),
			 -ENOENT);
	assert_int_equal(sysfs_read_within(fake.fd, "devices/usb1/serial", 50, text, 4), -E2BIG);
}

static void test_locked(void **state)
{
	struct timespec start;
	char text[8];
	int writer;

	(void)state;
	fake_run(&fake, "mkfifo devices/usb1/serial");
	writer = openat(fake.fd, "devices/usb1/serial", O_RDWR | O_CLOEXEC);
	assert_true(writer >= 0);
	clock_gettime(CLOCK_MONOTONIC, &start);
	assert_int_equal(sysfs_read_within(fake.fd, "devices/usb1/serial", 100, text, sizeof(text)),
			 -ETIME);
	assert_true(elapsed_ms(&start) >= 100);
	/* and what is read next is not disturbed by it */
	fake_set(&fake, "devices/usb1", "product", "Thing");
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
