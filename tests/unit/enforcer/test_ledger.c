/* The ledger's writer: whatever fails, no line is lost, doubled or told in two ways, and the chain
 * holds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dlfcn.h>

#include "ledger_lines.h"

/* Faults: the n-th of the calls below from here fails (0: none); a failing write first writes half.
 */
static int fail_at;
static bool fail_all; /* and every one after it */

static bool fails(void)
{
	if (fail_at > 0 && --fail_at == 0) {
		fail_at = fail_all ? 1 : 0;
		errno = EIO;
		return true;
	}
	return false;
}

static void *real_function(const char *name)
{
	void *function = dlsym(RTLD_NEXT, name);

	assert_non_null(function);
	return function;
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t offset)
{
	static ssize_t (*real)(int, const void *, size_t, off_t);

	if (real == NULL)
		*(void **)&real = real_function("pwrite");
	if (!fails())
		return real(fd, bytes, size, offset);
	assert_true(real(fd, bytes, size / 2, offset) >= 0);
	errno = EIO;
	return -1;
}

int fdatasync(int fd)
{
	static int (*real)(int);

	if (real == NULL)
		*(void **)&real = real_function("fdatasync");
	return fails() ? -1 : real(fd);
}

int fsync(int fd)
{
	static int (*real)(int);

	if (real == NULL)
		*(void **)&real = real_function("fsync");
	return fails() ? -1 : real(fd);
}

int ftruncate(int fd, off_t size)
{
	static int (*real)(int, off_t);

	if (real == NULL)
		*(void **)&real = real_function("ftruncate");
	return fails() ? -1 : real(fd, size);
}

static int setup(void **state)
{
	(void)state;
	fail_at = 0;
	fail_all = false;
	folder_make();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	return folder_remove();
}

static void test_new_ledger(void **state)
{
	struct ledger_recovery recovery;
	char id[LEDGER_ID_SIZE];
	int numbers[2];
	struct stat st;

	(void)state;
	assert_int_equal(append(BOOT_A, 0), -ENODEV);
	assert_int_equal(reopen(BOOT_A, &recovery), 0);
	assert_true(recovery.created);
	assert_false(recovery.tampered);
	assert_int_equal(recovery.cut, 0);
	assert_int_equal(append(BOOT_A, 7), 0);
	assert_int_equal(append(BOOT_A, 8), 0);
	assert_int_equal(ledger_current(ledgers_fd, id), 0);
	assert_string_equal(id, ledger.id);
	assert_int_equal(read_all(id, numbers, 2), 2);
	assert_int_equal(numbers[0], 7);
	assert_int_equal(numbers[1], 8);
	assert_int_equal(fstatat(ledgers_fd, id, &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0750);
}

static void test_ids_are_new(void **state)
{
	struct ledger_recovery recovery;
	char first[LEDGER_ID_SIZE], command[80];

	(void)state;
	reopen(BOOT_A, &recovery);
	strcpy(first, ledger.id);
	ledger_finish(&ledger);
	snprintf(command, sizeof(command), "rm -r %s/*", directory);
	assert_int_equal(system(command), 0);
	reopen(BOOT_A, &recovery);
	assert_string_not_equal(first, ledger.id);
}

static void test_goes_on_in_the_same_boot_and_in_the_next(void **state)
{
	struct ledger_recovery recovery;
	_cleanup_free_ uint64_t *firsts = NULL;
	char id[LEDGER_ID_SIZE];

	(void)state;
	reopen(BOOT_A, &recovery);
	strcpy(id, ledger.id);
	assert_int_equal(append(BOOT_A, 1), 0);
	assert_int_equal(reopen(BOOT_A, &recovery), 1);
	assert_false(recovery.created);
	assert_int_equal(append(BOOT_A, 2), 0);
	assert_int_equal(reopen(BOOT_B, &recovery), 2);
	assert_int_equal(append(BOOT_B, 3), 0);
	assert_int_equal(reopen(BOOT_B, &recovery), 3);
	assert_int_equal(append(BOOT_B, 4), 0);
	assert_string_equal(id, ledger.id);
	assert_int_equal(read_all(id, NULL, 0), 4);
	assert_int_equal(ledger_segments(ledger.directory_fd, &firsts), 2);
	assert_int_equal(firsts[1], 3);
}

static void test_only_the_end_is_replayed(void **state)
{
	struct ledger_recovery recovery;
	const char boots[4][CLOCK_BOOT_SIZE] = { BOOT_A, BOOT_B, "cccccccccccccccccccccccccccccccc",
						 "dddddddddddddddddddddddddddddddd" };

	(void)state;
	for (int i = 0; i < 4; i++) {
		reopen(boots[i], &recovery);
		for (int j = 0; j < 10; j++)
			assert_int_equal(append(boots[i], j), 0);
	}
	assert_int_equal(reopen(boots[3], &recovery), 20); /* this boot, and where it began */
	assert_int_equal(reopen("eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee", &recovery), 10);
	assert_int_equal(read_all(ledger.id, NULL, 0), 40);
}

static void test_segments_are_bounded(void **state)
{
	_cleanup_free_ char *body = malloc(60001 + 64);
	_cleanup_free_ uint64_t *firsts = NULL;
	struct ledger_recovery recovery;
	int n, wanted = LEDGER_SEGMENT_BYTES / 60000 + 10;

	(void)state;
	reopen(BOOT_A, &recovery);
	n = snprintf(body, 64, "\"boot\":\"" BOOT_A "\",\"number\":1,\"x\":\"");
	memset(body + n, 'x', 60000);
	strcpy(body + 60000, "\"");
	for (int i = 0; i < wanted; i++)
		assert_int_equal(ledger_append(&ledger, body), 0);
	assert_int_equal(ledger_segments(ledger.directory_fd, &firsts), 2);
	assert_int_equal(reopen(BOOT_A, &recovery), wanted);
	assert_false(recovery.tampered);
	assert_int_equal(read_all(ledger.id, NULL, 0), wanted);
}

static void test_lines_that_cannot_be(void **state)
{
	_cleanup_free_ char *body = calloc(1, LEDGER_LINE_MAX + 1);
	struct ledger_recovery recovery;

	(void)state;
	reopen(BOOT_A, &recovery);
	memset(body, 'x', LEDGER_LINE_MAX);
	assert_int_equal(ledger_append(&ledger, body), -E2BIG);
	assert_int_equal(ledger_append(&ledger, "\"a\":\n1"), -EINVAL);
	assert_int_equal(append(BOOT_A, 1), 0);
	assert_int_equal(read_all(ledger.id, NULL, 0), 1);
}

/* Fail the n-th call, for n = 1, 2, 3 ... until nothing fails any more.  A line that was refused
 * may be there (its sync failed) or not, but once; those that were accepted are there, in order. */
static void test_nth_failure(void **state)
{
	(void)state;
	for (int n = 1;; n++) {
		struct ledger_recovery recovery;
		int numbers[16], lines, accepted = 0, at = 0;
		bool taken[6];

		reopen(BOOT_A, &recovery);
		fail_at = n;
		for (int i = 0; i < 6; i++) {
			taken[i] = append(BOOT_A, i) == 0;
			accepted += taken[i];
		}
		if (fail_at > 0) {
			fail_at = 0;
			assert_int_equal(accepted, 6);
			assert_true(n > 6);
			return;
		}
		assert_true(accepted >= 5); /* one fault costs one line at most */
		lines = read_all(ledger.id, numbers, 16);
		for (int i = 0; i < 6; i++) {
			if (at < lines && numbers[at] == i)
				at++;
			else
				assert_false(taken[i]);
		}
		assert_int_equal(at, lines);
		assert_int_equal(reopen(BOOT_A, &recovery), lines);
		assert_false(recovery.tampered);
		assert_int_equal(recovery.cut, 0);
		teardown(state);
		setup(state);
	}
}

/* What a reader has seen does not change, also while nothing can be made durable. */
static void test_a_line_once_seen_stays(void **state)
{
	struct ledger_recovery recovery;
	int before[4], after[4];

	(void)state;
	reopen(BOOT_A, &recovery);
	assert_int_equal(append(BOOT_A, 1), 0);
	fail_at = 2; /* the write succeeds, the sync does not */
	fail_all = true;
	assert_int_equal(append(BOOT_A, 2), -EIO);
	assert_int_equal(read_all(ledger.id, before, 4), 2);
	assert_int_equal(append(BOOT_A, 3), -EIO);
	fail_at = 0;
	assert_int_equal(append(BOOT_A, 4), 0);
	assert_int_equal(read_all(ledger.id, after, 4), 3);
	assert_int_equal(before[1], 2);
	assert_int_equal(after[1], 2);
	assert_int_equal(after[2], 4);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_new_ledger),
		TEST(test_ids_are_new),
		TEST(test_goes_on_in_the_same_boot_and_in_the_next),
		TEST(test_only_the_end_is_replayed),
		TEST(test_segments_are_bounded),
		TEST(test_lines_that_cannot_be),
		TEST(test_nth_failure),
		TEST(test_a_line_once_seen_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
