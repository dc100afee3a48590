#include "cmocka_test.h"

#include <errno.h>
#include <stdio.h>

#include <jansson.h>

#include "officers.h"

static int parse(const char *text, struct manifest *ret)
{
	return manifest_parse(ret, (const uint8_t *)text, strlen(text));
}

static void what_is_encoded_parses(void **state)
{
	(void)state;
	for (int role = 0; role < _ROLE_MAX; role++) {
		const struct manifest manifest = manifest_of((enum trust_role)role, 7);
		struct manifest back;
		char *text;

		assert_int_equal(manifest_encode(&manifest, &text), 0);
		assert_int_equal(parse(text, &back), 0);
		free(text);
		assert_int_equal(back.role, role);
		assert_int_equal(back.version, 7);
		assert_int_equal(back.issued, manifest.issued);
		assert_int_equal(back.expires, manifest.expires);
		assert_string_equal(back.drafted_by, "alice");
		assert_string_equal(back.note, "年度檢討");
		assert_int_equal(back.n_sections, manifest.n_sections);
		for (size_t i = 0; i < back.n_sections; i++) {
			const struct manifest_section *a = &manifest.sections[i];
			const struct manifest_section *b = &back.sections[i];

			assert_string_equal(a->name, b->name);
			assert_memory_equal(a->sha256, b->sha256, 32);
			assert_int_equal(a->size, b->size);
			assert_ptr_equal(manifest_find(&back, a->name), b);
		}
		assert_null(manifest_find(&back, "texts"));
		assert_null(manifest_find(&back, ""));
	}
}

#define HASH		    "\"a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0\""
#define SECTION(name, size) "{\"name\":\"" name "\",\"sha256\":" HASH ",\"size\":" size "}"
#define BOTH		    SECTION("rules", "10") "," SECTION("registered", "16")

static void every_member_is_judged(void **state)
{
	(void)state;
	static const struct {
		const char *name, *value; /* NULL: taken out */
		int wanted;
	} table[] = {
		{ "schema", "\"devgate-manifest-1\"", 0 },
		{ "schema", "\"devgate-manifest-2\"", -EBADMSG },
		{ "schema", NULL, -EBADMSG },
		{ "role", "\"grants\"", -EBADMSG },
		{ "role", "\"revocations\"", -EBADMSG }, /* those sections are not its own */
		{ "role", "1", -EBADMSG },
		{ "version", "1", 0 },
		{ "version", "0", -EBADMSG },
		{ "version", "-1", -EBADMSG },
		{ "version", "1.0", -EBADMSG },
		{ "version", "9223372036854775807", 0 },
		{ "issued", "\"2026-11-22\"", -EBADMSG },
		{ "issued", "\"2027-11-22T00:00:00Z\"", -EBADMSG }, /* not before its expiry */
		{ "expires", "\"never\"", -EBADMSG },
		{ "expires", "\"2026-01-01T00:00:00Z\"", -EBADMSG },
		{ "drafted_by", "\"\"", -EBADMSG },
		{ "drafted_by", "\"a\\u202eb\"", -EBADMSG },
		{ "drafted_by", NULL, -EBADMSG },
		{ "note", NULL, 0 },
		{ "note", "\"\"", 0 },
		{ "note", "\"\\u001b[2J\"", -EBADMSG },
		{ "note", "7", -EBADMSG },
		{ "surprise", "1", -EBADMSG },
		{ "sections", "{}", -EBADMSG },
		{ "sections", "[]", -EBADMSG },
		{ "sections", "[1,2]", -EBADMSG },
		{ "sections", "[" SECTION("rules", "10") "]", -EBADMSG },
		{ "sections", "[" SECTION("rules", "10") "," SECTION("rules", "10") "]", -EBADMSG },
		{ "sections", "[" BOTH "," SECTION("revoked", "16") "]", -EBADMSG },
		{ "sections", "[" SECTION("rules", "10") "," SECTION("revoked", "16") "]",
		  -EBADMSG },
		{ "sections", "[" SECTION("rules", "10") "," SECTION("Registered", "16") "]",
		  -EBADMSG },
		{ "sections", "[" SECTION("registered", "16") "," SECTION("rules", "10") "]", 0 },
		{ "sections", "[" SECTION("rules", "0") "," SECTION("registered", "16") "]",
		  -EBADMSG },
		{ "sections", "[" SECTION("rules", "8388608") "," SECTION("registered", "16") "]",
		  0 },
		{ "sections", "[" SECTION("rules", "8388609") "," SECTION("registered", "16") "]",
		  -EBADMSG },
		{ "sections", "[" SECTION("rules", "1") "," SECTION("registered", "128001040") "]",
		  0 },
		{ "sections", "[" SECTION("rules", "1") "," SECTION("registered", "128001041") "]",
		  -EBADMSG },
		/* A risk model may be there, once, in role policy. */
		{ "sections", "[" BOTH "," SECTION("risk", "1") "]", 0 },
		{ "sections", "[" SECTION("risk", "1048576") "," BOTH "]", 0 },
		{ "sections", "[" BOTH "," SECTION("risk", "1048577") "]", -EBADMSG },
		{ "sections", "[" BOTH "," SECTION("risk", "0") "]", -EBADMSG },
		{ "sections", "[" BOTH "," SECTION("risk", "1") "," SECTION("risk", "1") "]",
		  -EBADMSG },
		{ "sections", "[" SECTION("rules", "1") "," SECTION("risk", "1") "]", -EBADMSG },
		{ "sections", "[" SECTION("registered", "16") "," SECTION("risk", "1") "]",
		  -EBADMSG },
		{ "sections", "[" SECTION("risk", "1") "]", -EBADMSG },
		{ "sections", "[" BOTH "," BOTH "," BOTH "]", -EBADMSG },
		{ "sections",
		  "[" SECTION("rules", "1") ",{\"name\":\"registered\",\"sha256\":\"a0\","
					    "\"size\":16}]",
		  -EBADMSG },
		{ "sections",
		  "[" SECTION("rules", "1") ",{\"name\":\"registered\",\"sha256\":" HASH
					    ",\"size\":16,\"x\":1}]",
		  -EBADMSG },
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		json_t *root = json_loads(
			"{\"schema\":\"devgate-manifest-1\",\"role\":\"policy\",\"version\":7,"
			"\"issued\":\"2026-11-22T08:00:00Z\","
			"\"expires\":\"2027-11-22T00:00:00Z\",\"drafted_by\":\"alice\","
			"\"note\":\"n\",\"sections\":[" BOTH "]}",
			0, NULL);
		struct manifest manifest = { .version = 777 };

		assert_non_null(root);
		if (table[i].value == NULL)
			json_object_del(root, table[i].name);
		else
			json_object_set_new(root, table[i].name,
					    json_loads(table[i].value, JSON_DECODE_ANY, NULL));
		char *text = json_dumps(root, 0);
		int r = parse(text, &manifest);

		if (r != table[i].wanted)
			fail_msg("%d, not %d: %s", r, table[i].wanted, text);
		assert_int_equal(manifest.version == 777, r != 0);
		free(text);
		json_decref(root);
	}
}

static void the_sections_of_revocations(void **state)
{
	(void)state;
	static const struct {
		const char *sections;
		int wanted;
	} table[] = {
		{ SECTION("revoked", "16"), 0 },
		{ "", -EBADMSG },
		{ SECTION("revoked", "16") "," SECTION("risk", "1"), -EBADMSG },
		{ SECTION("risk", "1"), -EBADMSG },
		{ BOTH, -EBADMSG },
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		struct manifest manifest;
		char text[1000];

		snprintf(text, sizeof(text),
			 "{\"schema\":\"devgate-manifest-1\",\"role\":\"revocations\","
			 "\"version\":7,\"issued\":\"2026-11-22T08:00:00Z\","
			 "\"expires\":\"2027-11-22T00:00:00Z\",\"drafted_by\":\"alice\","
			 "\"sections\":[%s]}",
			 table[i].sections);
		assert_int_equal(parse(text, &manifest), table[i].wanted);
	}
}

static void a_risk_model_is_encoded_too(void **state)
{
	(void)state;
	struct manifest manifest = manifest_of(ROLE_POLICY, 7), back;
	struct manifest_section *risk = &manifest.sections[manifest.n_sections++];
	char *text;

	strcpy(risk->name, "risk");
	memset(risk->sha256, 0xc0, sizeof(risk->sha256));
	risk->size = 1000;
	assert_int_equal(manifest_encode(&manifest, &text), 0);
	assert_int_equal(parse(text, &back), 0);
	free(text);
	assert_int_equal(back.n_sections, 3);
	assert_memory_equal(manifest_find(&back, "risk")->sha256, risk->sha256, 32);
	assert_int_equal(manifest_find(&back, "risk")->size, 1000);
}

static void every_truncation(void **state)
{
	(void)state;
	const struct manifest manifest = manifest_of(ROLE_POLICY, 7);
	struct manifest ret;
	char *text;

	assert_int_equal(manifest_encode(&manifest, &text), 0);
	for (size_t size = 0; size < strlen(text); size++) {
		uint8_t *copy = malloc(size + 1);

		assert_non_null(copy);
		memcpy(copy, text, size);
		assert_int_equal(manifest_parse(&ret, copy, size), -EBADMSG);
		free(copy);
	}
	free(text);
}

static void limits(void **state)
{
	(void)state;
	uint8_t *spaces = malloc(DSSE_MAX_BYTES + 1);
	struct manifest ret;

	assert_non_null(spaces);
	memset(spaces, ' ', DSSE_MAX_BYTES + 1);
	assert_int_equal(manifest_parse(&ret, spaces, DSSE_MAX_BYTES + 1), -EBADMSG);
	free(spaces);
	assert_int_equal(parse("[[[[[]]]]]", &ret), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_encoded_parses),
		cmocka_unit_test(every_member_is_judged),
		cmocka_unit_test(the_sections_of_revocations),
		cmocka_unit_test(a_risk_model_is_encoded_too),
		cmocka_unit_test(every_truncation),
		cmocka_unit_test(limits),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
