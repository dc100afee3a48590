/* What the kernel's programs tell: paths put together from their names, and bytes that are none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/common/file_event.h"

static const size_t head = offsetof(struct file_event_raw, text);
static struct file_event_raw raw;
static size_t used;

static unsigned append(const char *bytes, size_t size)
{
	memcpy(raw.text + used, bytes, size);
	used += size;
	return (unsigned)size;
}

#define APPEND(literal) append(literal, sizeof(literal) - 1)

static void begin(void)
{
	memset(&raw, 0, sizeof(raw));
	used = 0;
	raw.kind = FILE_RENAMED;
	raw.stay = 3;
	raw.device = 8u << 20 | 17;
	raw.uid = 1000;
	raw.size = 12;
	raw.opened_ns = 5000;
	raw.closed_ns = 9000;
	strcpy(raw.comm, "mv");
	raw.program_size = APPEND("mv\0bin\0usr\0");
	raw.group_size = APPEND("session-1.scope\0");
	raw.path_size = APPEND("old name\0sub\0");
	raw.to_size = APPEND("new\0");
}

static int parse(struct file_event *ret)
{
	return file_event_parse((const uint8_t *)&raw, head + used, ret);
}

static void test_whole(void **state)
{
	struct file_event event;

	(void)state;
	begin();
	assert_int_equal(parse(&event), 0);
	assert_int_equal(event.kind, FILE_RENAMED);
	assert_int_equal(event.major, 8);
	assert_int_equal(event.minor, 17);
	assert_int_equal(event.opened_us, 5);
	assert_int_equal(event.closed_us, 9);
	assert_string_equal(event.program, "/usr/bin/mv");
	assert_string_equal(event.group, "session-1.scope");
	assert_string_equal(event.path, "/sub/old name");
	assert_string_equal(event.to, "/new");
}

static void test_cut_short(void **state)
{
	struct file_event event;

	(void)state;
	begin();
	for (size_t n = 0; n < head + used; n++) {
		uint8_t *copy = malloc(n + 1);

		memcpy(copy, &raw, n);
		assert_int_equal(file_event_parse(copy, n, &event), -EBADMSG);
		free(copy);
	}
}

static void test_longest(void **state)
{
	char names[FILE_EVENT_TEXT + FILE_EVENT_NAME];
	struct file_event event;

	(void)state;
	begin();
	used = 0;
	memset(names, 'x', sizeof(names));
	names[sizeof(names) - 1] = '\0';
	raw.program_size = raw.group_size = raw.to_size = 0;
	raw.path_size = append(names, sizeof(names));
	assert_int_equal(parse(&event), 0);
	assert_int_equal(strlen(event.path), sizeof(names));
}

/* Of a program's path no more is told than there is room for. */
static void test_program(void **state)
{
	char names[FILE_EVENT_PROGRAM + FILE_EVENT_NAME + 1];
	struct file_event event;

	(void)state;
	memset(names, 'x', sizeof(names));
	for (size_t over = 0; over <= 1; over++) {
		const size_t size = sizeof(names) - 1 + over;

		begin();
		used = 0;
		names[sizeof(names) - 2] = over ? 'x' : '\0';
		names[sizeof(names) - 1] = '\0';
		raw.group_size = raw.path_size = raw.to_size = 0;
		raw.program_size = append(names, size);
		assert_int_equal(parse(&event), over ? -EBADMSG : 0);
		if (!over)
			assert_int_equal(strlen(event.program), size);
		assert_true(over || (event.group[0] == '\0' && event.path[0] == '\0'));
	}
}

static void test_none(void **state)
{
	static const struct {
		const char *why, *names;
		size_t size;
	} cases[] = {
		{ "a name with a slash", "a/b\0", 4 },
		{ "an empty name", "a\0\0", 3 },
		{ "no end", "abc", 3 },
	};
	struct file_event event;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		begin();
		raw.to_size += append(cases[i].names, cases[i].size);
		if (parse(&event) != -EBADMSG)
			fail_msg("%s", cases[i].why);
	}
	begin();
	raw.kind = 0;
	assert_int_equal(parse(&event), -EBADMSG);
	begin();
	raw.opened_ns = 10000; /* after it was closed */
	assert_int_equal(parse(&event), -EBADMSG);
	begin();
	raw.path_size = ~0u;
	assert_int_equal(parse(&event), -EBADMSG);
	begin();
	memset(raw.comm, 'a', sizeof(raw.comm));
	assert_int_equal(parse(&event), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),	cmocka_unit_test(test_cut_short),
		cmocka_unit_test(test_longest), cmocka_unit_test(test_program),
		cmocka_unit_test(test_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
