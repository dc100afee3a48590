/* What is remembered of devices: over stays, restarts and damage, and no more than so many. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "agent/common/cleanup.h"
#include "agent/common/file.h"
#include "agent/enforcer/seen.h"

static char directory[64];
static int state_fd;
static sd_event *loop;
static struct seen seen;
static struct device device; /* too large for the stack of a test */

static int setup(void **state)
{
	(void)state;
	strcpy(directory, "/dev/shm/test_seen.XXXXXX");
	assert_non_null(mkdtemp(directory));
	state_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(sd_event_new(&loop) >= 0);
	assert_int_equal(seen_init(&seen, loop, state_fd), 0);
	return 0;
}

static int teardown(void **state)
{
	char command[100];

	(void)state;
	seen_finish(&seen);
	sd_event_unref(loop);
	close(state_fd);
	snprintf(command, sizeof(command), "rm -r %s", directory);
	return system(command);
}

static int restart(void)
{
	seen_finish(&seen);
	return seen_init(&seen, loop, state_fd);
}

/* The stick @serial with descriptors @digest in its stay @instance. */
static struct past arrive(const char *serial, uint8_t digest, const char *instance, int64_t now_s)
{
	struct past past;

	device = (struct device){ .vendor = 0x0951, .product = 0x1666 };
	device.has_serial = serial[0] != '\0';
	snprintf(device.serial, sizeof(device.serial), "%s", serial);
	memset(device.digest, digest, sizeof(device.digest));
	seen_arrived(&seen, &device, instance, now_s, &past);
	return past;
}

static void test_stays(void **state)
{
	struct past past = arrive("AB12", 1, "a-1", 1000);

	(void)state;
	assert_true(past.known);
	assert_int_equal(past.first_s, 1000);
	assert_int_equal(past.denials, 0);
	assert_false(past.changed);
	seen_denied(&seen, &device, "a-1");
	seen_denied(&seen, &device, "a-1");
	past = arrive("AB12", 1, "a-1", 1500); /* the same stay: nothing is before it */
	assert_int_equal(past.denials, 0);
	past = arrive("AB12", 1, "a-2", 2000);
	assert_int_equal(past.first_s, 1000);
	assert_int_equal(past.denials, 1);
	assert_false(past.changed);
	seen_denied(&seen, &device, "a-1"); /* not its stay any more */
	past = arrive("AB12", 2, "a-3", 3000);
	assert_int_equal(past.denials, 1);
	assert_true(past.changed);
	assert_true(arrive("AB12", 2, "a-3", 3001).changed); /* still, in this stay */
	assert_false(arrive("AB12", 2, "a-4", 4000).changed);
	assert_int_equal(arrive("CD34", 2, "a-5", 5000).first_s, 5000);
}

static void test_kept_over_restarts(void **state)
{
	struct past past;

	(void)state;
	arrive("AB12", 1, "a-1", 1000);
	seen_denied(&seen, &device, "a-1");
	assert_int_equal(restart(), 0);
	assert_int_equal(arrive("AB12", 1, "a-1", 1200).denials, 0);
	assert_int_equal(restart(), 0);
	past = arrive("AB12", 9, "b-1", 2000);
	assert_true(past.known);
	assert_int_equal(past.first_s, 1000);
	assert_int_equal(past.denials, 1);
	assert_true(past.changed);
}

static void test_written_by_itself(void **state)
{
	struct stat st;

	(void)state;
	arrive("AB12", 1, "a-1", 1000);
	assert_int_equal(fstatat(state_fd, "seen", &st, 0), -1);
	assert_int_equal(sd_event_run(loop, (uint64_t)5 * SEEN_WRITE_MS * 1000), 1);
	assert_int_equal(fstatat(state_fd, "seen", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(sd_event_run(loop, 0), 0); /* nothing wakes it again */
	arrive("CD34", 1, "a-2", 1000);
	assert_int_equal(sd_event_run(loop, (uint64_t)5 * SEEN_WRITE_MS * 1000), 1);
	assert_false(seen.dirty);
}

static void test_without_serial_nothing_is_known(void **state)
{
	struct past past = arrive("", 1, "a-1", 1000);

	(void)state;
	assert_false(past.known);
	assert_int_equal(past.first_s, -1);
	assert_int_equal(past.denials, -1);
	seen_denied(&seen, &device, "a-1");
	assert_int_equal(seen.n, 0);
}

/* Unknown, not new: what was seen before may be what is plugged in now. */
static void check_damaged(void)
{
	assert_int_equal(restart(), -EBADMSG);
	assert_false(arrive("AB12", 1, "b-1", 9000).known);
	assert_true(arrive("AB12", 1, "b-2", 9001).known);
	seen.dirty = false; /* leave the damage for the next case */
}

static void test_every_truncation_and_changed_byte(void **state)
{
	_cleanup_free_ char *file = NULL;
	size_t size;

	(void)state;
	arrive("AB12", 1, "a-1", 1000);
	assert_int_equal(restart(), 0);
	assert_int_equal(file_read(state_fd, "seen", 4096, &file, &size), 0);
	for (size_t i = 0; i < size; i++) {
		assert_int_equal(file_write_atomic(state_fd, "seen", file, i, 0600), 0);
		check_damaged();
		file[i] ^= 1;
		assert_int_equal(file_write_atomic(state_fd, "seen", file, size, 0600), 0);
		check_damaged();
		file[i] ^= 1;
	}
	assert_int_equal(file_write_atomic(state_fd, "seen", file, size, 0600), 0);
	assert_int_equal(restart(), 0);
	assert_true(arrive("AB12", 1, "b-1", 9000).known);
}

static void test_bounded(void **state)
{
	char serial[16];

	(void)state;
	for (int i = 0; i < SEEN_MAX; i++) {
		snprintf(serial, sizeof(serial), "S%d", i);
		assert_true(arrive(serial, 1, "a-1", 1000 + i).known);
	}
	assert_true(arrive("S0", 1, "a-2", 9000).known);
	assert_true(arrive("NEW", 1, "a-3", 9001).known); /* in place of S1; nothing lost before */
	assert_int_equal(seen.n, SEEN_MAX);
	assert_int_equal(arrive("S0", 1, "a-4", 9002).first_s, 1000);
	/* Was S1 here before?  It cannot be told any more. */
	assert_false(arrive("S1", 1, "a-5", 9003).known);
	assert_int_equal(restart(), 0);
	assert_int_equal(seen.n, SEEN_MAX);
	assert_false(arrive("NEWER", 1, "a-6", 9004).known);
}

static void test_failed_write_stays_due(void **state)
{
	(void)state;
	arrive("AB12", 1, "a-1", 1000);
	seen.state_fd = -1;
	seen_finish(&seen);
	assert_true(seen.dirty);
	assert_int_equal(seen_init(&seen, loop, state_fd), 0);
	assert_int_equal(seen.n, 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_stays),
		TEST(test_kept_over_restarts),
		TEST(test_written_by_itself),
		TEST(test_without_serial_nothing_is_known),
		TEST(test_every_truncation_and_changed_byte),
		TEST(test_bounded),
		TEST(test_failed_write_stays_due),
	};

	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
