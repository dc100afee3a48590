/* What becomes of many events: few records, that count all of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "agent/filewatch/summary.h"

enum { S = 1000000 };

static const struct summary_actor alice = { .user = "alice", .package = "" };
static struct summaries summaries;
static struct file_event event;

static int setup(void **state)
{
	(void)state;
	summaries = (struct summaries){ 0 };
	event = (struct file_event){ .kind = FILE_CLOSED,
				     .stay = 1,
				     .flags = FILE_FLAG_WRITTEN,
				     .uid = 1000,
				     .loginuid = 1000,
				     .size = 10,
				     .program = "/usr/bin/cp",
				     .path = "/a" };
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	summaries_finish(&summaries);
	return 0;
}

static struct summary_file *add(uint64_t now_us)
{
	struct summary_file *file;

	event.opened_us = event.closed_us = now_us;
	assert_int_equal(summaries_add(&summaries, &event, &alice, now_us, &file), 0);
	return file;
}

/* The only record that is due. */
static void take(uint64_t now_us, bool all, struct trail_record *ret)
{
	static struct summary copy;
	struct summary *summary = summaries_due(&summaries, now_us, all);

	assert_non_null(summary);
	copy = *summary;
	summary_record(&copy, ret);
	summaries_remove(&summaries, summary);
}

static void test_hundred_thousand(void **state)
{
	crypto_hash_sha256_state list;
	uint8_t hash[crypto_hash_sha256_BYTES];
	struct trail_record record;
	unsigned records = 0;
	uint64_t files = 0, at = 0;

	(void)state;
	crypto_hash_sha256_init(&list);
	for (int i = 0; i < 100000; i++, at += 600) { /* a minute */
		char line[64];
		int n = snprintf(event.path, sizeof(event.path), "/d/%d", i);
		struct summary_file *file = add(at);

		assert_true((file != NULL) ==
			    (summaries.items[0]->record.files <= TRAIL_SHOWN_MAX));
		n = snprintf(line, sizeof(line), "/d/%d%c%c10\n", i, '\0', '\0');
		crypto_hash_sha256_update(&list, (const uint8_t *)line, (size_t)n);
		if (summaries_due(&summaries, at, false) == NULL)
			continue;
		take(at, false, &record);
		crypto_hash_sha256_final(&list, hash);
		crypto_hash_sha256_init(&list);
		assert_memory_equal(record.list, hash, sizeof(hash));
		assert_int_equal(record.n_shown, TRAIL_SHOWN_MAX);
		files += record.files;
		records++;
	}
	take(at, true, &record);
	assert_int_equal(files + record.files, 100000);
	assert_in_range(records + 1, 4, 5);
	assert_null(summaries_due(&summaries, at, true));
}

static void test_told_when_quiet(void **state)
{
	struct trail_record record;

	(void)state;
	assert_int_equal(summaries_next(&summaries), UINT64_MAX);
	add(1 * S);
	add(2 * S);
	assert_int_equal(summaries_next(&summaries), 4 * S);
	assert_null(summaries_due(&summaries, 4 * S - 1, false));
	take(4 * S, false, &record);
	assert_int_equal(record.files, 2);
	assert_int_equal(record.bytes, 20);
	assert_int_equal(record.first_us, 1 * S);
	assert_int_equal(record.last_us, 2 * S);
	assert_int_equal(record.n_shown, 1); /* the same file twice */
	assert_string_equal(record.user, "alice");
	assert_string_equal(record.program, "/usr/bin/cp");
}

static void test_apart(void **state)
{
	(void)state;
	add(0);
	event.stay = 2;
	add(0);
	event.uid = 1001;
	add(0);
	strcpy(event.program, "/usr/bin/tar");
	add(0);
	event.flags = FILE_FLAG_READ;
	add(0);
	event.kind = FILE_REMOVED;
	add(0);
	event.kind = FILE_BLOCKED;
	add(0);
	event.kind = FILE_RENAMED;
	add(0);
	assert_int_equal(summaries.n, 8);
}

static void test_kinds(void **state)
{
	struct summary_file *file;

	(void)state;
	event.flags = 0; /* opened for writing, and left as it was */
	assert_int_equal(summaries_add(&summaries, &event, &alice, 0, &file), 1);
	assert_null(file);
	event.flags = FILE_FLAG_READ;
	assert_non_null(add(0));
	assert_int_equal(summaries.items[0]->record.kind, TRAIL_READ);
	event.flags = FILE_FLAG_READ | FILE_FLAG_WRITTEN;
	assert_non_null(add(0));
	assert_int_equal(summaries.items[1]->record.kind, TRAIL_WRITTEN);
	event.kind = FILE_REMOVED; /* there is nothing to hash */
	assert_null(add(0));
}

/* Somebody makes a program of another name for each file. */
static void test_many_programs(void **state)
{
	struct summary *several = NULL;
	struct summary_file *file;
	uint64_t files = 0;

	(void)state;
	for (int i = 0; i < 5000; i++) {
		snprintf(event.program, sizeof(event.program), "/tmp/p%d", i);
		add(0);
	}
	assert_int_equal(summaries.n, SUMMARIES_MAX + 1);
	for (size_t i = 0; i < summaries.n; i++) {
		files += summaries.items[i]->record.files;
		if (summaries.items[i]->record.several)
			several = summaries.items[i];
	}
	assert_int_equal(files, 5000);
	assert_non_null(several);
	assert_string_equal(several->record.program, "");
	for (uint32_t uid = 2000; uid < 2000 + SUMMARIES_SEVERAL_MAX - 1; uid++) {
		event.uid = uid;
		add(0);
	}
	event.uid = 5000;
	assert_int_equal(summaries_add(&summaries, &event, &alice, 0, &file), -ENOBUFS);
	summaries_remove(&summaries, several);
	add(0);
	assert_int_equal(summaries.n, SUMMARIES_MAX + SUMMARIES_SEVERAL_MAX);
}

static void test_long_names(void **state)
{
	struct trail_record record;

	(void)state;
	memset(event.path, 'x', sizeof(event.path) - 1);
	strcpy(event.path + 1000, "/the-end");
	memset(event.program, 'y', sizeof(event.program) - 1);
	add(0);
	take(0, true, &record);
	assert_true(record.cut);
	assert_int_equal(strlen(record.shown[0].path), TRAIL_PATH_SIZE - 1);
	assert_string_equal(record.shown[0].path + TRAIL_PATH_SIZE - 1 - 8, "/the-end");
	assert_int_equal(strlen(record.program), TRAIL_PROGRAM_SIZE - 1);
}

static void test_hash_goes_with_it(void **state)
{
	struct trail_record record;
	struct summary_file *file;

	(void)state;
	file = add(0);
	file->state = TRAIL_HASH_DONE;
	memset(file->hash, 7, sizeof(file->hash));
	event.path[1] = 'b';
	add(0)->state = TRAIL_HASH_TOO_LARGE;
	take(0, true, &record);
	assert_int_equal(record.shown[0].state, TRAIL_HASH_DONE);
	assert_int_equal(record.shown[0].hash[31], 7);
	assert_int_equal(record.shown[1].state, TRAIL_HASH_TOO_LARGE);
}

static void test_kernel_thread(void **state)
{
	struct trail_record record;

	(void)state;
	event.program[0] = '\0';
	strcpy(event.comm, "loop0");
	add(0);
	take(0, true, &record);
	assert_string_equal(record.program, "[loop0]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_hundred_thousand, setup, teardown),
		cmocka_unit_test_setup_teardown(test_told_when_quiet, setup, teardown),
		cmocka_unit_test_setup_teardown(test_apart, setup, teardown),
		cmocka_unit_test_setup_teardown(test_kinds, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many_programs, setup, teardown),
		cmocka_unit_test_setup_teardown(test_long_names, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hash_goes_with_it, setup, teardown),
		cmocka_unit_test_setup_teardown(test_kernel_thread, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
