/* The scan of an event is held to what Jansson says: of every line that is one byte away from a
 * good one, both must say the same. */
#include "cmocka_test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/event_members.h"

#define HEAD "\"seq\":7,\"time\":\"2026-11-22T22:36:19.123456Z\",\"kind\":\"device.decided\""

static const char plain[] =
	"{" HEAD ",\"mono_us\":123,\"instance\":\"00112233-4711\",\"device\":{\"bus\":\"usb\","
	"\"vendor\":\"0951\",\"product\":\"1666\",\"serial\":\"E0D5\",\"manufacturer\":"
	"\"Kingston\","
	"\"name\":\"隨身碟\",\"speed_mbps\":480},\"present\":false,\"verdict\":\"read-only\","
	"\"step\":\"registered\",\"rule\":\"A-001\",\"reason\":{\"en\":\"x\",\"zh-TW\":\"y\"},"
	"\"interfaces\":[{\"config\":1,\"number\":0,\"class\":\"080650\"},[],{}],\"person\":null,"
	"\"duration_s\":9,\"bytes_read\":10,\"bytes_written\":0,\"policy\":12,\"violation\":true}";

static bool same(const struct event_columns *a, const struct event_columns *b)
{
	return a->seq == b->seq && strcmp(a->time, b->time) == 0 && strcmp(a->kind, b->kind) == 0 &&
	       strcmp(a->instance, b->instance) == 0 && strcmp(a->device, b->device) == 0 &&
	       strcmp(a->name, b->name) == 0 && strcmp(a->verdict, b->verdict) == 0 &&
	       strcmp(a->rule, b->rule) == 0 && strcmp(a->person, b->person) == 0 &&
	       a->duration_s == b->duration_s && a->bytes_read == b->bytes_read &&
	       a->bytes_written == b->bytes_written && a->policy_version == b->policy_version &&
	       a->violation == b->violation;
}

/* Whether the scan took it; both ways must say the same in any case. */
static bool compare(const char *line, size_t size)
{
	struct event_columns fast = { 0 }, slow = { 0 };
	struct event_members members;
	struct event_scratch scratch;
	int r = event_parse(&fast, line, size);

	if (r != event_parse_tree(&slow, line, size) || !same(&fast, &slow))
		fail_msg("they differ on: %.*s", (int)size, line);
	return event_scan(&members, &scratch, line, size);
}

static void takes_the_plain_form(void **state)
{
	(void)state;
	assert_true(compare(plain, sizeof(plain) - 1));
}

static void every_changed_byte(void **state)
{
	(void)state;
	static const char bytes[] =
		"\"\\{}[],:0129-+.eEtfnul \t\n\r\x01\x7f\xc2\x80\xe9\xed\xf4\xff";
	char line[sizeof(plain)];
	size_t taken = 0;

	for (size_t i = 0; i < sizeof(plain) - 1; i++) {
		for (size_t k = 0; k < sizeof(bytes); k++) { /* its NUL, too */
			memcpy(line, plain, sizeof(plain));
			line[i] = bytes[k];
			taken += compare(line, sizeof(plain) - 1);
		}
	}
	assert_true(taken > 1000); /* inside of texts and numbers most are good */
}

static void every_missing_and_doubled_byte(void **state)
{
	(void)state;
	char line[sizeof(plain) + 1];

	for (size_t i = 0; i < sizeof(plain) - 1; i++) {
		memcpy(line, plain, i);
		memcpy(line + i, plain + i + 1, sizeof(plain) - i - 1);
		compare(line, sizeof(plain) - 2);
		memcpy(line, plain, i + 1);
		memcpy(line + i + 1, plain + i, sizeof(plain) - i);
		compare(line, sizeof(plain));
		compare(plain, i);
	}
}

static void leaves_the_rest_to_jansson(void **state)
{
	(void)state;
	static const char *const members[] = {
		"\"x\":1,\"x\":2",
		"\"a\":{\"x\":1,\"x\":2}",
		"\"seq\":8",
		"\"person\":\"\\u0041\"",
		"\"person\":\"a\\\\b\"",
		"\"x\": 1",
		"\"x\":01",
		"\"x\":-1",
		"\"x\":1.5",
		"\"x\":1e3",
		"\"x\":1234567890123456789",
		"\"x\":[[[[[[]]]]]]",
		"\"x\":\"\xed\xa0\x80\"",
		"\"x\":\"\xc0\x80\"",
		"\"x\":\"\x01\"",
		"\"x\":nul",
		"\"x\":[1,]",
		"\"x\":{\"a\":1,}",
		"\"x\"",
		"\"x\":",
		"\"bytes_read\":-1",
		"\"bytes_read\":1.0",
	};
	char line[4096];

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		int n = snprintf(line, sizeof(line), "{" HEAD ",%s}", members[i]);
		if (compare(line, (size_t)n))
			fail_msg("the scan takes: %s", members[i]);
	}
	int n = snprintf(line, sizeof(line), "{" HEAD ",\"person\":\"%03000d\"}", 0);
	assert_false(compare(line, (size_t)n));
}

/* Members of another type than they should have are JSON all the same: both refuse the event. */
static void types(void **state)
{
	(void)state;
	static const char *const values[] = {
		"null", "true", "7", "\"7\"", "[]", "{}", "\"0951\""
	};
	static const char *const names[] = { "instance",      "device",	    "verdict",
					     "step",	      "rule",	    "person",
					     "duration_s",    "bytes_read", "policy",
					     "bytes_written", "violation" };
	static const char *const of_device[] = { "vendor", "product", "serial", "name",
						 "manufacturer" };
	char line[512];
	int n;

	for (size_t k = 0; k < sizeof(values) / sizeof(values[0]); k++) {
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
			n = snprintf(line, sizeof(line), "{" HEAD ",\"%s\":%s}", names[i],
				     values[k]);
			assert_true(compare(line, (size_t)n));
		}
		for (size_t i = 0; i < sizeof(of_device) / sizeof(of_device[0]); i++) {
			n = snprintf(line, sizeof(line),
				     "{" HEAD
				     ",\"device\":{\"vendor\":\"0951\",\"product\":\"1666\"},"
				     "\"x\":{\"%s\":%s}}",
				     of_device[i], values[k]);
			assert_true(compare(line, (size_t)n));
			n = snprintf(line, sizeof(line), "{" HEAD ",\"device\":{\"%s\":%s}}",
				     of_device[i], values[k]);
			assert_true(compare(line, (size_t)n));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_the_plain_form),
		cmocka_unit_test(every_changed_byte),
		cmocka_unit_test(every_missing_and_doubled_byte),
		cmocka_unit_test(leaves_the_rest_to_jansson),
		cmocka_unit_test(types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
