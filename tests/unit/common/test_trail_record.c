/* What goes from the watcher to the enforcer: whole, cut short, and not of this form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/common/trail_record.h"

static struct trail_record sample(void)
{
	struct trail_record record = { .kind = TRAIL_RENAMED,
				       .stay = 7,
				       .uid = 1000,
				       .loginuid = UINT32_MAX,
				       .several = true,
				       .first_us = 5,
				       .last_us = 9,
				       .files = 100000,
				       .bytes = 12345678901,
				       .user = "alice",
				       .program = "/usr/bin/mv",
				       .package = "snap:files",
				       .n_shown = 2,
				       .shown = {
					       { .path = "/a", .to = "/b", .size = 3, .at_us = 8 },
					       { .path = "/c\n\"d",
						 .to = "",
						 .state = TRAIL_HASH_DONE,
						 .hash = { 1, 2, 3 } } } };

	memset(record.list, 0xab, sizeof(record.list));
	return record;
}

static long encode(const struct trail_record *record, uint8_t bytes[static TRAIL_RECORD_MAX])
{
	long size = trail_record_encode(record, bytes, TRAIL_RECORD_MAX);

	assert_true(size > 0);
	return size;
}

static void test_round_trip(void **state)
{
	const struct trail_record record = sample();
	uint8_t bytes[TRAIL_RECORD_MAX];
	struct trail_record back;

	(void)state;
	assert_int_equal(trail_record_parse(bytes, (size_t)encode(&record, bytes), &back), 0);
	assert_int_equal(back.kind, TRAIL_RENAMED);
	assert_int_equal(back.stay, 7);
	assert_int_equal(back.loginuid, UINT32_MAX);
	assert_true(back.several);
	assert_false(back.cut);
	assert_int_equal(back.files, 100000);
	assert_int_equal(back.bytes, 12345678901);
	assert_string_equal(back.user, "alice");
	assert_string_equal(back.program, "/usr/bin/mv");
	assert_string_equal(back.package, "snap:files");
	assert_memory_equal(back.list, record.list, sizeof(record.list));
	assert_int_equal(back.n_shown, 2);
	assert_string_equal(back.shown[0].to, "/b");
	assert_int_equal(back.shown[0].size, 3);
	assert_string_equal(back.shown[1].path, "/c\n\"d");
	assert_int_equal(back.shown[1].state, TRAIL_HASH_DONE);
	assert_memory_equal(back.shown[1].hash, record.shown[1].hash, TRAIL_HASH_SIZE);
}

static void test_cut_short(void **state)
{
	const struct trail_record record = sample();
	uint8_t bytes[TRAIL_RECORD_MAX];
	struct trail_record back;
	long size = encode(&record, bytes);

	(void)state;
	for (long n = 0; n < size; n++) {
		uint8_t *copy = malloc((size_t)n + 1);

		memcpy(copy, bytes, (size_t)n);
		assert_int_equal(trail_record_parse(copy, (size_t)n, &back), -EBADMSG);
		free(copy);
	}
	assert_int_equal(trail_record_parse(bytes, (size_t)size + 1, &back), -EBADMSG);
}

/* The most that can be said fits, and is refused where it does not. */
static void test_room(void **state)
{
	char path[TRAIL_PATH_SIZE + 1];
	struct trail_record record = sample(), back;
	uint8_t bytes[TRAIL_RECORD_MAX];

	(void)state;
	memset(path, 'x', sizeof(path));
	path[TRAIL_PATH_SIZE - 1] = '\0';
	record.n_shown = TRAIL_SHOWN_MAX;
	for (size_t i = 0; i < TRAIL_SHOWN_MAX; i++)
		record.shown[i] = (struct trail_file){ .path = path, .to = path };
	assert_int_equal(trail_record_parse(bytes, (size_t)encode(&record, bytes), &back), 0);
	assert_int_equal(strlen(back.shown[15].to), TRAIL_PATH_SIZE - 1);
	assert_int_equal(trail_record_encode(&record, bytes, 2000), -E2BIG);
	path[TRAIL_PATH_SIZE - 1] = 'x';
	path[TRAIL_PATH_SIZE] = '\0';
	assert_int_equal(trail_record_encode(&record, bytes, sizeof(bytes)), -E2BIG);
}

static void test_not_of_this_form(void **state)
{
	struct trail_record back;
	uint8_t bytes[TRAIL_RECORD_MAX];
	struct trail_record record = sample();

	(void)state;
	record.first_us = 10; /* after the last */
	assert_int_equal(trail_record_parse(bytes, (size_t)encode(&record, bytes), &back),
			 -EBADMSG);
	record = sample();
	record.files = 1; /* fewer than are shown */
	assert_int_equal(trail_record_parse(bytes, (size_t)encode(&record, bytes), &back),
			 -EBADMSG);
	record = sample();
	record.kind = _TRAIL_KIND_MAX;
	assert_int_equal(trail_record_parse(bytes, (size_t)encode(&record, bytes), &back),
			 -EBADMSG);
	record = sample();
	record.shown[0].state = _TRAIL_HASH_MAX;
	assert_int_equal(trail_record_parse(bytes, (size_t)encode(&record, bytes), &back),
			 -EBADMSG);
	record = sample();
	memset(record.user, 'a', sizeof(record.user)); /* no end */
	assert_int_equal(trail_record_parse(bytes, (size_t)encode(&record, bytes), &back),
			 -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_cut_short),
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_not_of_this_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
