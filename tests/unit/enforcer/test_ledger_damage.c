/* A ledger that was cut off, damaged or bereft of a part: its end is mended, what was tampered with
 * is kept, and a new one begins.  The journal, which could mend more, is gone:
 * test_ledger_journal.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ledger_lines.h"

static int setup(void **state)
{
	(void)state;
	folder_make();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	return folder_remove();
}

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
		TEST(test_torn_at_every_byte),
		TEST(test_last_line_of_garbage),
		TEST(test_damage_begins_a_new_ledger),
		TEST(test_missing_parts_are_damage),
		TEST(test_interrupted_making_is_taken_up),
		TEST(test_empty_segment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
