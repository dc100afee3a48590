/* collector.json is read strictly, and what is wrong is said with the file's name. */
#include <errno.h>

#include "agent/reporter/settings.h"
#include "temporary.h"

static const char *const good[] = {
	"{\"url\":\"https://collector.example:8443\"}",
	"{\"url\":\"https://192.0.2.1\"}",
	"{\"url\":\"https://[2001:db8::1]:8443\",\"retry_max_ms\":1000}",
	"{\"url\":\"https://h\",\"retry_max_ms\":86400000}",
	"{\"url\":\"https://h\",\"unit\":\"finance\"}",
};

static const char *const bad[] = {
	"",
	"[]",
	"{}",
	"{\"url\":7}",
	"{\"url\":\"http://h\"}",
	"{\"url\":\"https://\"}",
	"{\"url\":\"https://:8443\"}",
	"{\"url\":\"https://h/path\"}",
	"{\"url\":\"https://h?x\"}",
	"{\"url\":\"https://user@h\"}",
	"{\"url\":\"https://h\\nx\"}",
	"{\"url\":\"https://h\",\"retry_max_ms\":999}",
	"{\"url\":\"https://h\",\"retry_max_ms\":86400001}",
	"{\"url\":\"https://h\",\"retry_max_ms\":\"1000\"}",
	"{\"url\":\"https://h\",\"retry_max_ms\":1000.5}",
	"{\"url\":\"https://h\",\"url\":\"https://i\"}",
	"{\"url\":\"https://h\",\"retries\":1}",
	"{\"url\":\"https://h\",\"unit\":7}",
	"{\"url\":\"https://h\",\"unit\":null}",
	"{\"url\":\"https://h\"} x",
};

static int parse(struct collector_config *ret, const char *text, char error[static 256])
{
	return collector_config_parse(ret, text, strlen(text), error);
}

static void test_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		struct collector_config config;
		char error[256] = "";

		if (parse(&config, good[i], error) < 0)
			fail_msg("%s: %s", good[i], error);
	}
}

static void test_default(void **state)
{
	struct collector_config config;
	char error[256];

	(void)state;
	assert_int_equal(parse(&config, good[0], error), 0);
	assert_string_equal(config.url, "https://collector.example:8443");
	assert_int_equal(config.retry_max_ms, 300000);
	assert_string_equal(config.unit, "");
	assert_int_equal(parse(&config, good[4], error), 0);
	assert_string_equal(config.unit, "finance");
}

static void test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct collector_config config = { .retry_max_ms = 42 };
		char error[256] = "";

		if (parse(&config, bad[i], error) != -EBADMSG)
			fail_msg("taken: %s", bad[i]);
		assert_true(*error != '\0');
		assert_int_equal(config.retry_max_ms, 42);
	}
}

static void test_every_truncation_is_bad(void **state)
{
	struct collector_config config;
	char error[256];

	(void)state;
	for (size_t n = 0; n < strlen(good[0]); n++)
		assert_int_equal(collector_config_parse(&config, good[0], n, error), -EBADMSG);
}

static void test_url_too_long(void **state)
{
	char url[2 * COLLECTOR_URL_SIZE] = "https://";

	(void)state;
	memset(url + 8, 'h', COLLECTOR_URL_SIZE - 9);
	assert_true(collector_url_good(url));
	url[COLLECTOR_URL_SIZE - 1] = 'h';
	assert_false(collector_url_good(url));
}

static void test_load(void **state)
{
	struct temporary temporary;
	struct settings settings;
	struct paths paths;
	char error[256], ca[128];

	(void)state;
	temporary_make(&temporary);
	paths = (struct paths){ .config_dir = temporary.path };
	assert_int_equal(settings_load(&settings, &paths, error), -ENOENT);
	assert_non_null(strstr(error, "collector.json"));
	temporary_write(&temporary, "collector.json", good[0]);
	assert_int_equal(settings_load(&settings, &paths, error), -ENOENT);
	assert_non_null(strstr(error, "collector-ca.pem"));
	temporary_write(&temporary, "collector-ca.pem", "x");
	assert_int_equal(settings_load(&settings, &paths, error), 0);
	snprintf(ca, sizeof(ca), "%s/collector-ca.pem", temporary.path);
	assert_string_equal(settings.ca_path, ca);
	temporary_drop(&temporary);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),	     cmocka_unit_test(test_default),
		cmocka_unit_test(test_bad),	     cmocka_unit_test(test_every_truncation_is_bad),
		cmocka_unit_test(test_url_too_long), cmocka_unit_test(test_load),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
