#include "cmocka_test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/facts.h"

#define HEAD  "devgate-facts-1\n"
#define KEY_A "00112233445566778899aabbccddeeff"
#define KEY_B "10112233445566778899aabbccddeeff"

static struct facts facts;

static int parse(const char *text)
{
	return facts_parse(&facts, text, strlen(text));
}

static void what_is_told(void **state)
{
	(void)state;
	static const uint8_t a[DEVICE_KEY_SIZE] = {
		0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
		0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff
	};
	uint8_t b[DEVICE_KEY_SIZE], c[DEVICE_KEY_SIZE];

	memcpy(b, a, sizeof(b));
	b[0] = 0x10;
	memcpy(c, a, sizeof(c));
	c[0] = 0x20;
	assert_int_equal(parse(HEAD "person 3 alice\nperson 0 王 小明\n"
				    "device 2147483647 " KEY_B "\ndevice 1 " KEY_A "\n"),
			 0);
	assert_int_equal(facts_violations(&facts, "alice"), 3);
	assert_int_equal(facts_violations(&facts, "王 小明"), 0);
	assert_int_equal(facts_violations(&facts, "bob"), -1);
	assert_int_equal(facts_hosts(&facts, a), 1);
	assert_int_equal(facts_hosts(&facts, b), INT32_MAX);
	assert_int_equal(facts_hosts(&facts, c), -1);
	assert_int_equal(parse(HEAD), 0);
	assert_int_equal(facts_violations(&facts, "alice"), -1);
	assert_int_equal(facts_hosts(&facts, a), -1);
}

static void what_is_refused(void **state)
{
	(void)state;
	static const char *const table[] = {
		"",
		"\n",
		"devgate-facts-2\n",
		"devgate-facts-1",
		HEAD "\n",
		HEAD "x 1 a\n",
		HEAD "person 1 alice",
		HEAD "person  1 alice\n",
		HEAD "person 1\n",
		HEAD "person 1 \n",
		HEAD "person -1 alice\n",
		HEAD "person 01 alice\n",
		HEAD "person 2147483648 alice\n",
		HEAD "person 99999999999999999999 alice\n",
		HEAD "person x alice\n",
		HEAD "person 1 al\tice\n",
		HEAD "person 1 al\x80\n",
		HEAD "person 1 alice\nperson 2 alice\n",
		HEAD "person 1 "
		     "0123456789012345678901234567890123456789012345678901234567890123\n",
		HEAD "device 1 0011\n",
		HEAD "device 1 " KEY_A "0\n",
		HEAD "device 1 " KEY_A " \n",
		HEAD "device 1 x0112233445566778899aabbccddeeff\n",
		HEAD "device 1 " KEY_A "\ndevice 1 " KEY_A "\n",
		HEAD "device 1 " KEY_A "\nperson 1 alice\n",
	};

	for (size_t i = 0; i < COUNT(table); i++)
		if (parse(table[i]) != -EBADMSG)
			fail_msg("%s", table[i]);
}

static void every_truncation(void **state)
{
	(void)state;
	static const char text[] = HEAD "person 3 alice\ndevice 12 " KEY_A "\n";

	for (size_t size = 0; size < sizeof(text) - 1; size++) {
		bool whole = size > 0 && text[size - 1] == '\n';
		char *copy = malloc(size + 1);

		assert_non_null(copy);
		memcpy(copy, text, size);
		assert_int_equal(facts_parse(&facts, copy, size), whole ? 0 : -EBADMSG);
		free(copy);
	}
}

static void limits(void **state)
{
	(void)state;
	char *text = malloc(FACTS_MAX_BYTES + 1000);
	size_t size = 0;

	assert_non_null(text);
	size += (size_t)sprintf(text, HEAD);
	for (int i = 0; i < FACTS_MAX_PEOPLE; i++)
		size += (size_t)sprintf(text + size, "person 1 p%d\n", i);
	for (int i = 0; i < FACTS_MAX_DEVICES; i++)
		size += (size_t)sprintf(text + size, "device 1 %032x\n", i * 7);
	assert_int_equal(facts_parse(&facts, text, size), 0);
	assert_int_equal(facts.n_devices, FACTS_MAX_DEVICES);
	size += (size_t)sprintf(text + size, "device 1 %032x\n", 1);
	assert_int_equal(facts_parse(&facts, text, size), -E2BIG);
	assert_int_equal(facts_parse(&facts, text, FACTS_MAX_BYTES + 1), -E2BIG);

	size = (size_t)sprintf(text, HEAD);
	for (int i = 0; i <= FACTS_MAX_PEOPLE; i++)
		size += (size_t)sprintf(text + size, "person 1 p%d\n", i);
	assert_int_equal(facts_parse(&facts, text, size), -E2BIG);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_told),
		cmocka_unit_test(what_is_refused),
		cmocka_unit_test(every_truncation),
		cmocka_unit_test(limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
