/* The collector's register, as it becomes the table that officers sign. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/ctl/api_path.h"
#include "server/ctl/media_register.h"

static int parse(const char *text, struct media_register *ret)
{
	json_t *json = json_loads(text, 0, NULL);
	int r;

	assert_non_null(json);
	r = media_register_parse(ret, json);
	json_decref(json);
	return r;
}

#define MEDIUM(tag, serial, rest)                                                                  \
	"{\"tag\":\"" tag "\",\"vendor\":\"0951\",\"product\":\"1666\",\"serial\":\"" serial       \
	"\",\"verdict\":\"read-only\",\"functions\":[\"storage\"]" rest "}"

static void media_in_use_become_entries(void **state)
{
	struct media_register media;
	struct registered_entry *entries;
	uint8_t key[DEVICE_KEY_SIZE];
	size_t n;

	(void)state;
	assert_int_equal(
		parse("{\"media\":[" MEDIUM("A-1", "S1",
					    ",\"digest\":null,\"modifiers\":[\"trail\","
					    "\"notify\"]") "," MEDIUM("A-2", "S2",
								      ",\"withdrawn\":\"2026-01-"
								      "01\"") "]}",
		      &media),
		0);
	assert_int_equal(media.n, 2);
	assert_int_equal(media_register_entries(&media, &entries, &n), 0);
	assert_int_equal(n, 1);
	assert_string_equal(entries[0].tag, "A-1");
	assert_int_equal(entries[0].verdict, VERDICT_READ_ONLY);
	assert_int_equal(entries[0].modifiers, MODIFIER_TRAIL | MODIFIER_NOTIFY);
	assert_int_equal(entries[0].functions, FUNCTION_BIT(FUNCTION_STORAGE));
	device_media_key(0x0951, 0x1666, "S1", key);
	assert_memory_equal(entries[0].key, key, sizeof(key));
	free(entries);
	device_media_key(0x0951, 0x1666, "S2", key);
	assert_string_equal(media_register_find(&media, key)->spec.tag, "A-2");
	device_media_key(0x0951, 0x1666, "S3", key);
	assert_null(media_register_find(&media, key));
	media_register_finish(&media);
}

static void one_in_use_comes_before_one_withdrawn(void **state)
{
	struct media_register media;
	uint8_t key[DEVICE_KEY_SIZE];

	(void)state;
	assert_int_equal(
		parse("{\"media\":[" MEDIUM("OLD", "S1", ",\"withdrawn\":\"2026-01-01\"") "," MEDIUM(
			      "NEW", "S1", "") "," MEDIUM("OLDER", "S1",
							  ",\"withdrawn\":\"2025-01-01\"") "]}",
		      &media),
		0);
	device_media_key(0x0951, 0x1666, "S1", key);
	assert_string_equal(media_register_find(&media, key)->spec.tag, "NEW");
	media_register_finish(&media);
}

static void garbage_is_refused_and_never_an_empty_register(void **state)
{
	static const char *const bad[] = {
		"{}",
		"{\"media\":null}",
		"{\"media\":{}}",
		"{\"media\":[7]}",
		"{\"media\":[{}]}",
		"{\"media\":[" MEDIUM("", "S1", "") "]}",
		"{\"media\":[" MEDIUM("A-1", "", "") "]}",
		"{\"media\":[" MEDIUM("this-tag-has-24-bytes-xx", "S1", "") "]}",
		"{\"media\":[" MEDIUM("A-1", "S1", ",\"digest\":\"00\"") "]}",
		"{\"media\":[" MEDIUM("A-1", "S1", ",\"withdrawn\":7") "]}",
		"{\"media\":[" MEDIUM("A-1", "S1", ",\"modifiers\":{}") "]}",
		"{\"media\":[" MEDIUM("A-1", "S1", ",\"modifiers\":[7]") "]}",
		"{\"media\":[" MEDIUM("A-1", "S1", ",\"modifiers\":[\"sometimes\"]") "]}",
		"{\"media\":[{\"tag\":\"A\",\"vendor\":\"951\",\"product\":\"1666\",\"serial\":"
		"\"S\","
		"\"verdict\":\"allow\",\"functions\":[\"storage\"]}]}",
		"{\"media\":[{\"tag\":\"A\",\"vendor\":\"0951\",\"product\":\"1666\",\"serial\":"
		"\"S\","
		"\"verdict\":\"maybe\",\"functions\":[\"storage\"]}]}",
		"{\"media\":[{\"tag\":\"A\",\"vendor\":\"0951\",\"product\":\"1666\",\"serial\":"
		"\"S\","
		"\"verdict\":\"allow\",\"functions\":[]}]}",
		"{\"media\":[{\"tag\":\"A\",\"vendor\":\"0951\",\"product\":\"1666\",\"serial\":"
		"\"S\","
		"\"verdict\":\"allow\",\"functions\":[\"teleport\"]}]}",
	};
	struct media_register media;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(parse(bad[i], &media), -EBADMSG);
}

static void paths_are_encoded_and_bounded(void **state)
{
	struct api_path path;
	char longest[API_PATH_SIZE + 1];

	(void)state;
	api_path_start(&path, "/api/v1/media");
	api_path_segment(&path, "../A 1/?#%");
	api_path_query(&path, "host", "a&b=c");
	api_path_query(&path, "unit", NULL);
	api_path_query(&path, "person", "財");
	assert_string_equal(path.text,
			    "/api/v1/media/..%2FA%201%2F%3F%23%25?host=a%26b%3Dc&person=%E8%B2%A1");
	assert_false(path.overflow);
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	api_path_query(&path, "device", longest);
	assert_true(path.overflow);
	api_path_start(&path, "/");
	assert_false(path.overflow);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(media_in_use_become_entries),
		cmocka_unit_test(one_in_use_comes_before_one_withdrawn),
		cmocka_unit_test(garbage_is_refused_and_never_an_empty_register),
		cmocka_unit_test(paths_are_encoded_and_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
