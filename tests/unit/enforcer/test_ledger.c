/* The ledger's writer: whatever fails, and wherever power is cut, no line is lost, doubled or told
 * in two ways, and the chain holds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/common/cleanup.h"
#include "agent/common/file.h"
#include "agent/common/ledger_read.h"
#include "agent/enforcer/ledger.h"

#define BOOT_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define BOOT_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static char directory[] = "/dev/shm/test_ledger.XXXXXX";
static int ledgers_fd;
static struct ledger ledger;

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
	strcpy(directory + strlen(directory) - 6, "XXXXXX");
	assert_non_null(mkdtemp(directory));
	ledgers_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(ledgers_fd >= 0);
	ledger_init(&ledger);
	return 0;
}

static int teardown(void **state)
{
	char command[80];

	(void)state;
	ledger_finish(&ledger);
	close(ledgers_fd);
	snprintf(command, sizeof(command), "rm -r %s", directory);
	return system(command);
}

static void count_line(void *userdata, const char *line, size_t size)
{
	assert_true(size > 2 && line[0] == '{' && line[size - 1] == '}');
	(*(int *)userdata)++;
}

/* Open for @boot; how many lines were replayed. */
static int reopen(const char *boot, struct ledger_recovery *recovery)
{
	int lines = 0;

	ledger_finish(&ledger);
	assert_int_equal(ledger_open(&ledger, ledgers_fd, boot, count_line, &lines, recovery), 0);
	return lines;
}

static int append(const char *boot, int number)
{
	char body[200];

	snprintf(body, sizeof(body), "\"boot\":\"%s\",\"number\":%d", boot, number);
	return ledger_append(&ledger, body);
}

/* Read the ledger as a reader does, check its chain, and return how many lines it has.
 * @numbers: their "number", at most @max. */
static int read_all(const char *id, int *numbers, int max)
{
	struct ledger_reader *reader;
	struct ledger_chain chain;
	const char *line;
	size_t size;
	int n = 0, r;

	assert_int_equal(ledger_chain_start(&chain, id), 0);
	if (ledger_reader_new(ledgers_fd, id, 1, &reader) < 0)
		return 0;
	while ((r = ledger_reader_next(reader, &line, &size)) > 0) {
		const char *number = memmem(line, size, "\"number\":", 9);

		assert_int_equal(ledger_line_check(&chain, line, size, NULL), 0);
		assert_non_null(number);
		if (n < max)
			numbers[n] = atoi(number + 9);
		n++;
	}
	assert_int_equal(r, 0);
	ledger_reader_free(reader);
	return n;
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

/* What the journal would do for a torn line is test_ledger_journal.c's. */
static void lose_journal(void)
{
	assert_int_equal(unlinkat(ledger.directory_fd, "journal", 0), 0);
}

/* Cut the last line at every byte: it goes, the rest stays, and writing goes on. */
static void test_torn_at_every_byte(void **state)
{
	struct ledger_recovery recovery;
	off_t whole, end;

	(void)state;
	reopen(BOOT_A, &recovery);
	assert_int_equal(append(BOOT_A, 1), 0);
	assert_int_equal(append(BOOT_A, 2), 0);
	whole = ledger.size;
	assert_int_equal(append(BOOT_A, 3), 0);
	end = ledger.size;
	for (off_t size = end - 1; size >= whole; size--) {
		/* the line was written anew by the round before */
		assert_int_equal(ftruncate(ledger.segment_fd, size), 0);
		lose_journal();
		assert_int_equal(reopen(BOOT_A, &recovery), 2);
		assert_false(recovery.tampered);
		assert_int_equal(recovery.cut, size - whole);
		assert_int_equal(append(BOOT_A, 3), 0);
		assert_int_equal(ledger.size, end);
		assert_int_equal(read_all(ledger.id, NULL, 0), 3);
	}
}

/* The last line whole in length but not in content, as after a power cut. */
static void test_last_line_of_garbage(void **state)
{
	struct ledger_recovery recovery;
	off_t whole;

	(void)state;
	reopen(BOOT_A, &recovery);
	assert_int_equal(append(BOOT_A, 1), 0);
	whole = ledger.size;
	assert_int_equal(append(BOOT_A, 2), 0);
	assert_int_equal(pwrite(ledger.segment_fd, "\0\0\0\0", 4, whole + 20), 4);
	lose_journal();
	assert_int_equal(reopen(BOOT_A, &recovery), 1);
	assert_false(recovery.tampered);
	assert_true(recovery.cut > 0);
	assert_int_equal(append(BOOT_A, 2), 0);
	assert_int_equal(read_all(ledger.id, NULL, 0), 2);
}

/* Change every byte before the last line, in turn: the old ledger is kept, a new one begins. */
static void test_damage_begins_a_new_ledger(void **state)
{
	struct ledger_recovery recovery;
	char path[LEDGER_ID_SIZE + LEDGER_SEGMENT_NAME_SIZE + 2], old[LEDGER_ID_SIZE];
	_cleanup_free_ char *text = NULL;
	size_t size;
	off_t last;

	(void)state;
	reopen(BOOT_A, &recovery);
	assert_int_equal(append(BOOT_A, 1), 0);
	assert_int_equal(append(BOOT_A, 2), 0);
	last = ledger.size;
	assert_int_equal(append(BOOT_A, 3), 0);
	strcpy(old, ledger.id);
	snprintf(path, sizeof(path), "%s/0000000000000001.ndjson", old);
	assert_int_equal(file_read(ledgers_fd, path, 1 << 20, &text, &size), 0);
	for (off_t at = 0; at < last; at++) {
		char current[LEDGER_ID_SIZE + 1], command[200];
		_cleanup_free_ char *kept = NULL;
		size_t kept_size;

		text[at] ^= 1;
		assert_int_equal(file_write_atomic(ledgers_fd, path, text, size, 0640), 0);
		assert_int_equal(reopen(BOOT_A, &recovery) < 3, true);
		assert_true(recovery.tampered);
		assert_true(recovery.created);
		assert_non_null(strstr(recovery.damage, old));
		assert_string_not_equal(ledger.id, old);
		assert_int_equal(append(BOOT_A, 1), 0);
		assert_int_equal(file_read(ledgers_fd, path, 1 << 20, &kept, &kept_size), 0);
		assert_int_equal(kept_size, size);
		assert_memory_equal(kept, text, size);
		text[at] ^= 1;
		snprintf(command, sizeof(command), "rm -r %s/%s", directory, ledger.id);
		assert_int_equal(system(command), 0);
		snprintf(current, sizeof(current), "%s\n", old);
		assert_int_equal(file_write_atomic(ledgers_fd, "current", current, 33, 0640), 0);
	}
	assert_int_equal(file_write_atomic(ledgers_fd, path, text, size, 0640), 0);
	assert_int_equal(reopen(BOOT_A, &recovery), 3);
	assert_false(recovery.tampered);
}

static void test_missing_parts_are_damage(void **state)
{
	struct ledger_recovery recovery;
	char command[200];

	(void)state;
	reopen(BOOT_A, &recovery);
	assert_int_equal(append(BOOT_A, 1), 0);
	reopen(BOOT_B, &recovery);
	assert_int_equal(append(BOOT_B, 2), 0);
	snprintf(command, sizeof(command), "rm %s/%s/0000000000000001.ndjson", directory,
		 ledger.id);
	assert_int_equal(system(command), 0);
	assert_int_equal(reopen(BOOT_B, &recovery), 0);
	assert_true(recovery.tampered);

	assert_int_equal(append(BOOT_B, 1), 0);
	snprintf(command, sizeof(command), "rm -r %s/%s", directory, ledger.id);
	assert_int_equal(system(command), 0);
	assert_int_equal(reopen(BOOT_B, &recovery), 0);
	assert_true(recovery.tampered);

	assert_int_equal(append(BOOT_B, 1), 0);
	assert_int_equal(file_write_atomic(ledgers_fd, "current", "nonsense\n", 9, 0640), 0);
	assert_int_equal(reopen(BOOT_B, &recovery), 0);
	assert_true(recovery.tampered);
}

static void test_interrupted_making_is_taken_up(void **state)
{
	struct ledger_recovery recovery;
	char id[LEDGER_ID_SIZE];

	(void)state;
	reopen(BOOT_A, &recovery);
	strcpy(id, ledger.id);
	assert_int_equal(unlinkat(ledgers_fd, "current", 0), 0);
	reopen(BOOT_A, &recovery);
	assert_false(recovery.tampered);
	assert_true(recovery.created);
	assert_string_equal(id, ledger.id);
}

/* Power is cut after the segment was made and before its first line. */
static void test_empty_segment(void **state)
{
	struct ledger_recovery recovery;

	(void)state;
	reopen(BOOT_A, &recovery);
	assert_int_equal(append(BOOT_A, 1), 0);
	reopen(BOOT_B, &recovery);
	assert_int_equal(append(BOOT_B, 2), 0);
	assert_int_equal(ftruncate(ledger.segment_fd, 0), 0);
	lose_journal();
	assert_int_equal(reopen(BOOT_B, &recovery), 1);
	assert_false(recovery.tampered);
	assert_int_equal(append(BOOT_B, 2), 0);
	assert_int_equal(read_all(ledger.id, NULL, 0), 2);
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
		TEST(test_torn_at_every_byte),
		TEST(test_last_line_of_garbage),
		TEST(test_damage_begins_a_new_ledger),
		TEST(test_missing_parts_are_damage),
		TEST(test_interrupted_making_is_taken_up),
		TEST(test_empty_segment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
