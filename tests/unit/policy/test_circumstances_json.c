/* Circumstances from JSON: what is read, and each refusal with its place. */
#include "cmocka_test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/circumstances_json.h"

static int read_circumstances(const char *text, struct circumstances_given *ret, json_t **root,
			      struct rules_error *error)
{
	*root = json_loads(text, 0, NULL);
	assert_non_null(*root);
	return circumstances_json_parse(*root, ret, error);
}

static void every_fact(void **state)
{
	struct circumstances_given given;
	struct rules_error error;
	json_t *root;
	const struct circumstances *facts = &given.facts;

	(void)state;
	assert_int_equal(read_circumstances(
				 "{\"user\":\"alice\",\"groups\":[\"g\",\"h\"],\"host\":\"ws\","
				 "\"unit\":\"u\","
				 "\"time\":\"sun 23:59\",\"session\":\"locked\",\"site\":\"off\","
				 "\"first-seen-days\":3,\"count\":{\"storage\":2},\"identity\":"
				 "\"duplicate\","
				 "\"encryption\":\"bitlocker\",\"size\":\"2KiB\",\"label\":\"\","
				 "\"classification\":\"secret\",\"violations\":4,\"hosts-seen\":5,"
				 "\"history\":6}",
				 &given, &root, &error),
			 0);
	assert_string_equal(facts->user, "alice");
	assert_int_equal(facts->n_groups, 2);
	assert_string_equal(facts->groups[1], "h");
	assert_string_equal(facts->host, "ws");
	assert_string_equal(facts->unit, "u");
	assert_int_equal(facts->minute, MINUTES_OF_WEEK - 1);
	assert_int_equal(facts->session, SESSION_LOCKED);
	assert_int_equal(facts->site, SITE_OFF);
	assert_int_equal(facts->known_days, 3);
	assert_int_equal(facts->count[FUNCTION_STORAGE], 2);
	assert_int_equal(facts->count[FUNCTION_HUB], -1);
	assert_int_equal(facts->identity, IDENTITY_DUPLICATE);
	assert_int_equal(facts->encryption, ENCRYPTION_BITLOCKER);
	assert_int_equal(facts->media_bytes, 2048);
	assert_string_equal(facts->label, "");
	assert_string_equal(facts->classification, "secret");
	assert_int_equal(facts->violations, 4);
	assert_int_equal(facts->hosts_seen, 5);
	assert_int_equal(facts->denials, 6);
	json_decref(root);

	assert_int_equal(
		read_circumstances("{\"group\":\"g\",\"count\":7,\"size\":9,\"user\":null}", &given,
				   &root, &error),
		0);
	assert_null(facts->user);
	assert_int_equal(facts->n_groups, 1);
	assert_int_equal(facts->count[FUNCTION_HUB], 7);
	assert_int_equal(facts->media_bytes, 9);
	json_decref(root);

	assert_int_equal(read_circumstances("{}", &given, &root, &error), 0);
	assert_memory_equal(facts, &circumstances_unknown, sizeof(*facts));
	json_decref(root);
}

static void refused_facts(void **state)
{
	static const struct {
		const char *text, *path, *message;
	} cases[] = {
		{ "[]", "", "An object" },
		{ "{\"usr\":1}", "usr", "did you mean \"user\"" },
		{ "{\"user\":1}", "user", "A text" },
		{ "{\"host\":1}", "host", "A text" },
		{ "{\"unit\":[]}", "unit", "A text" },
		{ "{\"label\":1}", "label", "A text" },
		{ "{\"classification\":1}", "classification", "A text" },
		{ "{\"groups\":1}", "groups", "A text" },
		{ "{\"groups\":[\"a\",1]}", "groups[1]", "A text" },
		{ "{\"time\":1}", "time", "A text like" },
		{ "{\"time\":\"\"}", "time", "is not a day" },
		{ "{\"time\":\"mon\"}", "time", "is not a day" },
		{ "{\"time\":\"09:30\"}", "time", "is not a day" },
		{ "{\"time\":\"mon 9:30\"}", "time", "is not a day" },
		{ "{\"time\":\"mon 24:00\"}", "time", "is not a day" },
		{ "{\"time\":\"mon 23:60\"}", "time", "is not a day" },
		{ "{\"time\":\"mon 23:5\"}", "time", "is not a day" },
		{ "{\"time\":\"mon 23:5x\"}", "time", "is not a day" },
		{ "{\"time\":\"mon 23:590\"}", "time", "is not a day" },
		{ "{\"time\":\"Mon 23:59\"}", "time", "is not a day" },
		{ "{\"time\":\"monday 23:59\"}", "time", "is not a day" },
		{ "{\"session\":\"open\"}", "session", "known" },
		{ "{\"site\":true}", "site", "A word" },
		{ "{\"identity\":\"x\"}", "identity", "known" },
		{ "{\"encryption\":\"luk\"}", "encryption", "did you mean \"luks\"" },
		{ "{\"first-seen-days\":-1}", "first-seen-days", "whole number" },
		{ "{\"violations\":2147483648}", "violations", "whole number" },
		{ "{\"hosts-seen\":1.5}", "hosts-seen", "whole number" },
		{ "{\"history\":\"1\"}", "history", "whole number" },
		{ "{\"count\":-1}", "count", "whole number" },
		{ "{\"count\":{\"storage\":-1}}", "count.storage", "whole number" },
		{ "{\"count\":{\"disk\":1}}", "count.disk", "known" },
		{ "{\"size\":-1}", "size", "whole number" },
		{ "{\"size\":\"GiB\"}", "size", "is not a size" },
		{ "{\"size\":\"1 GiB\"}", "size", "is not a size" },
		{ "{\"size\":\"1gib\"}", "size", "is not a size" },
		{ "{\"size\":\"9999999TiB\"}", "size", "is not a size" },
		{ "{\"size\":\"1234567890123456789\"}", "size", "is not a size" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct circumstances_given given;
		struct rules_error error;
		json_t *root;

		assert_int_equal(read_circumstances(cases[i].text, &given, &root, &error),
				 -EBADMSG);
		if (strcmp(error.path, cases[i].path) != 0 ||
		    strstr(error.message, cases[i].message) == NULL)
			fail_msg("%s: %s: %s", cases[i].text, error.path, error.message);
		json_decref(root);
	}
}

static void too_many_groups(void **state)
{
	struct circumstances_given given;
	struct rules_error error;
	json_t *groups = json_array(), *root = json_pack("{s:o}", "groups", groups);

	(void)state;
	for (int i = 0; i < CIRCUMSTANCES_MAX_GROUPS; i++)
		json_array_append_new(groups, json_string("g"));
	assert_int_equal(circumstances_json_parse(root, &given, &error), 0);
	json_array_append_new(groups, json_string("g"));
	assert_int_equal(circumstances_json_parse(root, &given, &error), -EBADMSG);
	json_decref(root);
}

static void sizes(void **state)
{
	static const struct {
		const char *text;
		int64_t bytes;
	} cases[] = {
		{ "0", 0 },
		{ "12", 12 },
		{ "12B", 12 },
		{ "1kB", 1000 },
		{ "2MB", 2000000 },
		{ "500GB", INT64_C(500000000000) },
		{ "1TB", INT64_C(1000000000000) },
		{ "1KiB", 1024 },
		{ "1MiB", 1048576 },
		{ "32GiB", INT64_C(34359738368) },
		{ "1TiB", INT64_C(1099511627776) },
	};
	int64_t bytes;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(circumstances_size_parse(cases[i].text, &bytes), 0);
		assert_true(bytes == cases[i].bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_fact),
		cmocka_unit_test(refused_facts),
		cmocka_unit_test(too_many_groups),
		cmocka_unit_test(sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
