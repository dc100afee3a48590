/* Reading a ledger that is being written: order, seqs, tails, segments. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/common/cleanup.h"
#include "agent/common/ledger_read.h"

#define ID "0123456789abcdef0123456789abcdef"

static char directory[] = "/tmp/test_ledger_read.XXXXXX";
static int ledgers_fd;

static int setup(void **state)
{
	(void)state;
	strcpy(directory + strlen(directory) - 6, "XXXXXX");
	assert_non_null(mkdtemp(directory));
	ledgers_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(ledgers_fd >= 0);
	assert_int_equal(mkdirat(ledgers_fd, ID, 0700), 0);
	return 0;
}

static int teardown(void **state)
{
	char command[80];

	(void)state;
	close(ledgers_fd);
	snprintf(command, sizeof(command), "rm -r %s", directory);
	return system(command);
}

/* Append @text to the segment that begins with @first. */
static void append(uint64_t first, const char *text)
{
	char name[LEDGER_SEGMENT_NAME_SIZE], path[64];
	int fd;

	ledger_segment_name(first, name);
	snprintf(path, sizeof(path), ID "/%s", name);
	fd = openat(ledgers_fd, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void truncate_segment(uint64_t first, off_t size)
{
	char name[LEDGER_SEGMENT_NAME_SIZE], path[160];

	ledger_segment_name(first, name);
	snprintf(path, sizeof(path), "%s/" ID "/%s", directory, name);
	assert_int_equal(truncate(path, size), 0);
}

static void assert_next(struct ledger_reader *reader, uint64_t seq, const char *expected)
{
	const char *line;
	size_t size;

	assert_int_equal(ledger_reader_seq(reader), seq);
	assert_int_equal(ledger_reader_next(reader, &line, &size), 1);
	assert_int_equal(size, strlen(expected));
	assert_memory_equal(line, expected, size);
}

static void assert_none(struct ledger_reader *reader)
{
	const char *line;
	size_t size;

	assert_int_equal(ledger_reader_next(reader, &line, &size), 0);
}

static void test_segments_in_order(void **state)
{
	struct ledger_reader *reader;
	uint64_t *firsts = NULL;

	(void)state;
	append(4, "four\nfive\n");
	append(1, "one\ntwo\nthree\n");
	append(6, "");
	assert_int_equal(ledger_reader_new(ledgers_fd, ID, 1, &reader), 0);
	assert_next(reader, 1, "one");
	assert_next(reader, 2, "two");
	assert_next(reader, 3, "three");
	assert_next(reader, 4, "four");
	assert_next(reader, 5, "five");
	assert_none(reader);
	append(6, "six\n");
	assert_next(reader, 6, "six");
	ledger_reader_free(reader);

	openat(ledgers_fd, ID "/notes.txt", O_CREAT | O_CLOEXEC, 0600);
	openat(ledgers_fd, ID "/0000000000000000.ndjson", O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(ledger_segments(openat(ledgers_fd, ID, O_RDONLY | O_CLOEXEC), &firsts), 3);
	assert_int_equal(firsts[0], 1);
	assert_int_equal(firsts[2], 6);
	free(firsts);
}

static void test_from_any_seq(void **state)
{
	static const char *const lines[] = { "one", "two", "three", "four", "five" };
	struct ledger_reader *reader;

	(void)state;
	append(1, "one\ntwo\nthree\n");
	append(4, "four\nfive\n");
	for (uint64_t seq = 1; seq <= 5; seq++) {
		assert_int_equal(ledger_reader_new(ledgers_fd, ID, seq, &reader), 0);
		assert_next(reader, seq, lines[seq - 1]);
		ledger_reader_free(reader);
	}
	assert_int_equal(ledger_reader_new(ledgers_fd, ID, 6, &reader), 0);
	assert_none(reader);
	append(4, "six\n");
	assert_next(reader, 6, "six");
	ledger_reader_free(reader);
	assert_int_equal(ledger_reader_new(ledgers_fd, ID, 8, &reader), -ENOENT);
	assert_int_equal(ledger_reader_new(ledgers_fd, ID, 0, &reader), -ENOENT);
	assert_int_equal(ledger_reader_new(ledgers_fd, "../etc", 1, &reader), -ENOENT);
}

static void test_partial_line_is_not_given_and_may_be_cut(void **state)
{
	struct ledger_reader *reader;

	(void)state;
	append(1, "one\ntw");
	assert_int_equal(ledger_reader_new(ledgers_fd, ID, 1, &reader), 0);
	assert_next(reader, 1, "one");
	assert_none(reader);
	truncate_segment(1, 4);
	assert_none(reader);
	append(1, "another\n");
	assert_next(reader, 2, "another");
	ledger_reader_free(reader);
}

static void test_line_too_long(void **state)
{
	struct ledger_reader *reader;
	const char *line;
	char *text = malloc(LEDGER_LINE_MAX + 8);
	size_t size;

	(void)state;
	memset(text, 'x', LEDGER_LINE_MAX + 8);
	text[LEDGER_LINE_MAX - 1] = '\n';
	text[LEDGER_LINE_MAX] = '\0';
	append(1, text);
	assert_int_equal(ledger_reader_new(ledgers_fd, ID, 1, &reader), 0);
	assert_int_equal(ledger_reader_next(reader, &line, &size), 1);
	assert_int_equal(size, LEDGER_LINE_MAX - 1);
	text[LEDGER_LINE_MAX - 1] = 'x';
	append(1, text);
	assert_int_equal(ledger_reader_next(reader, &line, &size), -EMSGSIZE);
	append(1, "\n");
	assert_int_equal(ledger_reader_next(reader, &line, &size), -EMSGSIZE);
	ledger_reader_free(reader);
	free(text);
}

static void test_current(void **state)
{
	static const struct {
		const char *text;
		int result;
	} cases[] = { { ID "\n", 0 },	      { ID, 0 },
		      { "", -EBADMSG },	      { "../..", -EBADMSG },
		      { ID "0\n", -EBADMSG }, { ID "\n\n", -EBADMSG } };
	char id[LEDGER_ID_SIZE];

	(void)state;
	assert_int_equal(ledger_current(ledgers_fd, id), -ENOENT);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int fd = openat(ledgers_fd, "current", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
				0600);

		assert_int_equal(write(fd, cases[i].text, strlen(cases[i].text)),
				 strlen(cases[i].text));
		close(fd);
		assert_int_equal(ledger_current(ledgers_fd, id), cases[i].result);
		if (cases[i].result == 0)
			assert_string_equal(id, ID);
	}
}

static void test_list(void **state)
{
	_cleanup_free_ char(*ids)[LEDGER_ID_SIZE] = NULL;

	(void)state;
	assert_int_equal(mkdirat(ledgers_fd, "00000000000000000000000000000000", 0700), 0);
	assert_int_equal(mkdirat(ledgers_fd, "other", 0700), 0);
	assert_int_equal(ledger_list(ledgers_fd, &ids), 2);
	assert_string_equal(ids[0], "00000000000000000000000000000000");
	assert_string_equal(ids[1], ID);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_segments_in_order),
		TEST(test_from_any_seq),
		TEST(test_partial_line_is_not_given_and_may_be_cut),
		TEST(test_line_too_long),
		TEST(test_current),
		TEST(test_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
