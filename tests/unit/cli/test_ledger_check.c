/* A good ledger is found good; each kind of damage is found, and at its line. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "agent/cli/ledger_check.h"
#include "tests/unit/policy/cmocka_test.h"
#include "tests/unit/policy/disposed.h"

#define ID "0123456789abcdef0123456789abcdef"

enum { LINES = 5, LINE_MAX_SIZE = 256, FILE_SIZE = LINES * LINE_MAX_SIZE };

/* The bytes of a good ledger of LINES lines, and where each line begins. */
struct ledger {
	char bytes[FILE_SIZE];
	size_t start[LINES + 1];
};

static void make(struct ledger *ret)
{
	struct ledger_chain chain;
	size_t size = 0;

	assert_int_equal(ledger_chain_start(&chain, ID), 0);
	for (int i = 0; i < LINES; i++) {
		char body[128];
		ptrdiff_t n;

		snprintf(body, sizeof(body),
			 "\"time\":\"2026-11-22T08:00:0%dZ\",\"kind\":\"ledger.opened\","
			 "\"ledger\":\"" ID "\"",
			 i);
		ret->start[i] = size;
		n = ledger_line_seal(&chain, body, ret->bytes + size, FILE_SIZE - size);
		assert_true(n > 0);
		size += (size_t)n;
	}
	ret->start[LINES] = size;
}

static int file_of(const void *bytes, size_t size)
{
	int fd = memfd_create("test", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, size), size);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static int check_next(struct ledger_check *check, const void *bytes, size_t size, uint64_t first)
{
	int fd = file_of(bytes, size), r;

	r = ledger_check_fd(check, fd, first);
	close(fd);
	return r;
}

static int check_bytes(struct ledger_check *ret, const void *bytes, size_t size)
{
	assert_int_equal(ledger_check_start(ret, ID), 0);
	return check_next(ret, bytes, size, 1);
}

static void test_good(void **state)
{
	struct ledger_check check;
	struct ledger ledger;

	(void)state;
	make(&ledger);
	assert_int_equal(check_bytes(&check, ledger.bytes, ledger.start[LINES]), 0);
	assert_int_equal(check.records, LINES);
	assert_string_equal(check.first_time, "2026-11-22T08:00:00Z");
	assert_string_equal(check.last_time, "2026-11-22T08:00:04Z");
	assert_false(check.unfinished);
}

static void test_segments(void **state)
{
	struct ledger_check check;
	struct ledger ledger;
	size_t cut;

	(void)state;
	make(&ledger);
	cut = ledger.start[2];
	assert_int_equal(check_bytes(&check, ledger.bytes, cut), 0);
	assert_int_equal(check_next(&check, ledger.bytes + cut, ledger.start[LINES] - cut, 3), 0);
	assert_int_equal(check.records, LINES);
}

static void test_missing_segment(void **state)
{
	struct ledger_check check;
	struct ledger ledger;

	(void)state;
	make(&ledger);
	assert_int_equal(check_bytes(&check, ledger.bytes, ledger.start[2]), 0);
	assert_int_equal(check_next(&check, ledger.bytes + ledger.start[3],
				    ledger.start[LINES] - ledger.start[3], 4),
			 -EBADMSG);
	assert_non_null(strstr(check.text, "a file is missing"));
}

static void test_another_ledgers_id(void **state)
{
	struct ledger_check check;
	struct ledger ledger;

	(void)state;
	make(&ledger);
	assert_int_equal(ledger_check_start(&check, "ffffffffffffffffffffffffffffffff"), 0);
	assert_int_equal(check_next(&check, ledger.bytes, ledger.start[LINES], 1), -EBADMSG);
	assert_int_equal(check.line, 1);
	assert_int_equal(ledger_check_start(&check, "short"), -EINVAL);
}

/* Whatever byte is changed, the line it is in, or the one after it, is named. */
static void test_each_changed_byte(void **state)
{
	struct ledger_check check;
	struct ledger ledger;

	(void)state;
	make(&ledger);
	for (size_t i = 0; i + 1 < ledger.start[LINES]; i++) {
		uint64_t line = 1;

		while (ledger.start[line] <= i)
			line++;
		ledger.bytes[i] ^= 1;
		assert_int_equal(check_bytes(&check, ledger.bytes, ledger.start[LINES]), -EBADMSG);
		assert_int_equal(check.line, line);
		assert_int_equal(check.records, line - 1);
		assert_true(*check.text != '\0');
		ledger.bytes[i] ^= 1;
	}
}

static void test_each_removed_line(void **state)
{
	struct ledger_check check;
	struct ledger ledger;

	(void)state;
	make(&ledger);
	for (size_t i = 0; i + 1 < LINES; i++) {
		char cut[FILE_SIZE];
		size_t head = ledger.start[i], tail = ledger.start[LINES] - ledger.start[i + 1];

		memcpy(cut, ledger.bytes, head);
		memcpy(cut + head, ledger.bytes + ledger.start[i + 1], tail);
		assert_int_equal(check_bytes(&check, cut, head + tail), -EBADMSG);
		assert_int_equal(check.line, i + 1);
	}
}

static void test_each_truncation(void **state)
{
	struct ledger_check check;
	struct ledger ledger;

	(void)state;
	make(&ledger);
	for (size_t n = 0; n < ledger.start[LINES]; n++) {
		uint64_t whole = 0;

		while (ledger.start[whole + 1] <= n)
			whole++;
		assert_int_equal(check_bytes(&check, ledger.bytes, n), 0);
		assert_int_equal(check.records, whole);
		assert_int_equal(check.unfinished, n != ledger.start[whole]);
	}
}

static void test_unfinished_line_before_another_file(void **state)
{
	struct ledger_check check;
	struct ledger ledger;

	(void)state;
	make(&ledger);
	assert_int_equal(check_bytes(&check, ledger.bytes, ledger.start[2] + 5), 0);
	assert_int_equal(check_next(&check, ledger.bytes + ledger.start[2],
				    ledger.start[LINES] - ledger.start[2], 3),
			 -EBADMSG);
}

static void test_endless_line(void **state)
{
	struct ledger_check check;
	char *bytes = malloc(4 * LEDGER_LINE_MAX);

	(void)state;
	memset(bytes, 'x', 4 * LEDGER_LINE_MAX);
	assert_int_equal(check_bytes(&check, bytes, 4 * LEDGER_LINE_MAX), -EBADMSG);
	assert_non_null(strstr(check.text, "longer"));
	free(bytes);
}

static void test_find_id(void **state)
{
	struct ledger ledger;
	char id[LEDGER_ID_SIZE];
	int fd;

	(void)state;
	make(&ledger);
	fd = file_of(ledger.bytes, ledger.start[LINES]);
	assert_int_equal(ledger_check_find_id(fd, id), 0);
	assert_string_equal(id, ID);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 0);
	close(fd);
	fd = file_of("{\"seq\":1}\n", 10);
	assert_int_equal(ledger_check_find_id(fd, id), -EBADMSG);
	close(fd);
	fd = file_of("", 0);
	assert_int_equal(ledger_check_find_id(fd, id), -EBADMSG);
	close(fd);
}

/* What was disposed of is taken with the right key alone. */
static void test_disposed(void **state)
{
	uint8_t secret[crypto_sign_SECRETKEYBYTES];
	struct note_key key, other;
	struct ledger_check check, whole;
	struct ledger ledger;
	char bytes[FILE_SIZE + DISPOSAL_LINE_SIZE];

	(void)state;
	make(&ledger);
	assert_int_equal(check_bytes(&whole, ledger.bytes, ledger.start[LINES]), 0);
	disposed_key(7, &key, secret);
	disposed_key(8, &other, secret);
	for (uint64_t first = 1; first <= LINES; first++) {
		for (uint64_t last = first; last <= LINES; last++) {
			size_t size = disposed_copy(ledger.bytes, ledger.start[LINES], ID, first,
						    last, bytes);
			assert_int_equal(check_bytes(&check, bytes, size), -EBADMSG);
			assert_non_null(strstr(check.text, "--key"));
			assert_int_equal(check.line, first);
			assert_int_equal(ledger_check_start(&check, ID), 0);
			check.key = &other;
			assert_int_equal(check_next(&check, bytes, size, 0), -EBADMSG);
			assert_int_equal(ledger_check_start(&check, ID), 0);
			check.key = &key;
			assert_int_equal(check_next(&check, bytes, size, 0), 0);
			assert_int_equal(check.disposed, last - first + 1);
			assert_int_equal(check.records, LINES - check.disposed);
			assert_memory_equal(&check.chain, &whole.chain, sizeof(check.chain));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_segments),
		cmocka_unit_test(test_missing_segment),
		cmocka_unit_test(test_another_ledgers_id),
		cmocka_unit_test(test_each_changed_byte),
		cmocka_unit_test(test_each_removed_line),
		cmocka_unit_test(test_each_truncation),
		cmocka_unit_test(test_unfinished_line_before_another_file),
		cmocka_unit_test(test_endless_line),
		cmocka_unit_test(test_find_id),
		cmocka_unit_test(test_disposed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
