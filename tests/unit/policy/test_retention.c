/* The retention settings: what they say, and what is refused. */
#include "policy/retention.h"

#include <errno.h>
#include <string.h>

#include "cmocka_test.h"

static void test_good(void **state)
{
	static const char text[] =
		"{\"days\":400,\"kinds\":{\"file.read\":90,\"guard.tripped\":0}}";
	struct retention retention;
	char error[128];

	(void)state;
	assert_int_equal(retention_parse(&retention, text, strlen(text), error), 0);
	assert_int_equal(retention_days(&retention, "file.read"), 90);
	assert_int_equal(retention_days(&retention, "guard.tripped"), 0);
	assert_int_equal(retention_days(&retention, "device.decided"), 400);
	assert_int_equal(retention.person_days, RETENTION_DEFAULT_DAYS);
	assert_int_equal(retention_shortest(&retention), 90);
	assert_int_equal(retention_parse(&retention, "{}", 2, error), 0);
	assert_int_equal(retention_shortest(&retention), RETENTION_DEFAULT_DAYS);
	assert_int_equal(retention_parse(&retention, "{\"days\":0}", 10, error), 0);
	assert_int_equal(retention_shortest(&retention), 0);
}

static void test_bad(void **state)
{
	static const char *const texts[] = {
		"",
		"[]",
		"{",
		"{\"days\":29}",
		"{\"days\":-1}",
		"{\"days\":36526}",
		"{\"days\":\"90\"}",
		"{\"days\":90.5}",
		"{\"person_days\":1}",
		"{\"kinds\":[]}",
		"{\"kinds\":{\"\":90}}",
		"{\"kinds\":{\"Device\":90}}",
		"{\"kinds\":{\"a\":1}}",
		"{\"day\":90}",
		"{\"days\":90,\"days\":91}",
	};
	struct retention retention = { .version = 42 };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char error[128] = "";
		assert_int_equal(retention_parse(&retention, texts[i], strlen(texts[i]), error),
				 -EBADMSG);
		assert_true(*error);
		assert_int_equal(retention.version, 42);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
