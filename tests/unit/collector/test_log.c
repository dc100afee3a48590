/* What is logged is one line, and as JSON one object, whatever it quotes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "policy/text.h"
#include "server/collector/log.h"
#include "tests/unit/policy/cmocka_test.h"

static char path[] = "/tmp/test_log.XXXXXX";
static int saved;

/* Standard error goes to a file from here on, */
static void catch (void)
{
	strcpy(path + sizeof(path) - sizeof("XXXXXX"), "XXXXXX");
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	fflush(stderr);
	saved = dup(2);
	assert_int_equal(dup2(fd, 2), 2);
	close(fd);
}

/* and here is what was written: one line, without its end. */
static void caught(char ret[static 8192])
{
	fflush(stderr);
	dup2(saved, 2);
	close(saved);
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	size_t n = fread(ret, 1, 8191, file);
	fclose(file);
	unlink(path);
	ret[n] = '\0';
	assert_true(n > 0 && strchr(ret, '\n') == ret + n - 1);
	ret[n - 1] = '\0';
}

static json_t *caught_json(void)
{
	char line[8192];

	caught(line);
	json_t *json = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(json);
	return json;
}

#define assert_member(wanted, json, name)                                                          \
	assert_string_equal(json_string_value(json_object_get(json, name)), wanted)

static void test_text(void **state)
{
	char line[8192];

	(void)state;
	catch ();
	log_about(LOG_LEVEL_WARNING, "host-cloned", LOG_ABOUT(LOG_TEXT("host", "h")), "%s",
		  "a\nb\x1b[31m");
	caught(line);
	assert_string_equal(line, "<4>host-cloned: a?b?[31m");
}

static void test_json(void **state)
{
	int64_t time;
	char when[21];

	(void)state;
	log_as_json();
	catch ();
	log_about(LOG_LEVEL_WARNING, "upload-refused",
		  LOG_ABOUT(LOG_TEXT("host", "\"a\nb\""), LOG_NUMBER("seq", -7)), "line %d", 5);
	json_t *json = caught_json();
	assert_member("warning", json, "level");
	assert_member("upload-refused", json, "event");
	assert_member("line 5", json, "text");
	assert_member("\"a\\x0Ab\"", json, "host");
	assert_int_equal(json_integer_value(json_object_get(json, "seq")), -7);
	assert_int_equal(json_object_size(json), 6);
	const char *text = json_string_value(json_object_get(json, "time"));
	assert_int_equal(strlen(text), strlen("2026-11-23T08:00:00.123Z"));
	snprintf(when, sizeof(when), "%.19sZ", text);
	assert_int_equal(text_time_parse(when, &time), 0);
	json_decref(json);
}

/* Bytes that are no UTF-8, and more of them than a line takes. */
static void test_any_bytes(void **state)
{
	char bytes[5000];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes) - 1; i++)
		bytes[i] = (char)(i % 255 + 1);
	bytes[sizeof(bytes) - 1] = '\0';
	catch ();
	log_about(LOG_LEVEL_ERROR, "store-failed", LOG_ABOUT(LOG_TEXT("host", bytes)), "%s", bytes);
	json_t *json = caught_json();
	assert_member("error", json, "level");
	assert_non_null(json_object_get(json, "text"));
	assert_non_null(json_object_get(json, "host"));
	json_decref(json);
}

/* Whoever is not the journal is not given its prefix, whatever the environment says. */
static void test_no_prefix(void **state)
{
	char line[8192];

	(void)state;
	setenv("JOURNAL_STREAM", "1:2", 1);
	log_as_json();
	catch ();
	log_line(LOG_LEVEL_INFO, "stopping", "signal 15");
	caught(line);
	assert_int_equal(line[0], '{');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_any_bytes),
		cmocka_unit_test(test_no_prefix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
