#include "cmocka_test.h"

#include <errno.h>
#include <stdio.h>

#include <jansson.h>

#include "officers.h"

static char *encoded(void)
{
	const struct trust trust = trust_of_four();
	char *text;

	assert_int_equal(trust_encode(&trust, &text), 0);
	return text;
}

static void what_is_encoded_parses(void **state)
{
	(void)state;
	const struct trust trust = trust_of_four();
	struct trust back;
	char *text = encoded(), error[256];

	assert_int_equal(trust_parse(&back, text, strlen(text), error), 0);
	assert_int_equal(back.version, 1);
	assert_int_equal(back.expires, TRUST_EXPIRES);
	assert_int_equal(back.n_officers, 4);
	assert_memory_equal(back.threshold, trust.threshold, sizeof(trust.threshold));
	for (size_t i = 0; i < 4; i++) {
		const struct trust_officer *a = &trust.officers[i], *b = &back.officers[i];

		assert_string_equal(a->name, b->name);
		assert_string_equal(a->keyid, b->keyid);
		assert_memory_equal(a->key, b->key, sizeof(a->key));
		assert_memory_equal(a->roles, b->roles, sizeof(a->roles));
	}
	free(text);
}

static void every_truncation(void **state)
{
	(void)state;
	char *text = encoded();
	const size_t whole = strlen(text);
	struct trust trust = { .version = 7 };

	for (size_t size = 0; size < whole; size++) {
		char *copy = malloc(size + 1), error[256] = "";

		assert_non_null(copy);
		memcpy(copy, text, size);
		assert_int_equal(trust_parse(&trust, copy, size, error), -EBADMSG);
		assert_true(error[0] != '\0');
		assert_int_equal(trust.version, 7);
		free(copy);
	}
	free(text);
}

/* Replace the value at @path ("officers.0.key") of a good document by @value, or take it out if
 * that is NULL, and parse. */
static int parse_changed(const char *path, const char *value, char error[256])
{
	char *text = encoded();
	json_t *root = json_loads(text, 0, NULL), *at = root;
	char part[32];
	struct trust trust;

	assert_non_null(root);
	free(text);
	for (const char *dot; (dot = strchr(path, '.')) != NULL; path = dot + 1) {
		snprintf(part, sizeof(part), "%.*s", (int)(dot - path), path);
		at = json_is_array(at) ? json_array_get(at, strtoul(part, NULL, 10))
				       : json_object_get(at, part);
	}
	json_t *new = value == NULL ? NULL : json_loads(value, JSON_DECODE_ANY, NULL);
	if (json_is_array(at) && new != NULL)
		assert_int_equal(json_array_append_new(at, new), 0);
	else if (new != NULL)
		assert_int_equal(json_object_set_new(at, path, new), 0);
	else
		assert_int_equal(json_object_del(at, path), 0);
	text = json_dumps(root, 0);
	json_decref(root);
	int r = trust_parse(&trust, text, strlen(text), error);
	free(text);
	return r;
}

static void refuses_with_a_sentence(void **state)
{
	(void)state;
	char of_alice[80], key_of_alice[200], too_long[100];
	const struct officer alice = officer_of("alice"), dave = officer_of("dave");
	char base64[64];

	sodium_bin2base64(base64, sizeof(base64), alice.key, 32, sodium_base64_VARIANT_ORIGINAL);
	snprintf(of_alice, sizeof(of_alice), "\"%s\"", alice.keyid);
	snprintf(key_of_alice, sizeof(key_of_alice), "{\"name\":\"mallory\",\"key\":\"%s\"}",
		 base64);
	snprintf(too_long, sizeof(too_long), "\"%064d\"", 0);
	const struct {
		const char *path, *value, *says;
	} table[] = {
		{ "schema", "\"devgate-trust-2\"", "schema" },
		{ "schema", NULL, "schema" },
		{ "version", "0", "version" },
		{ "version", "-1", "version" },
		{ "version", "1.5", "real" },
		{ "version", "\"1\"", "string" },
		{ "expires", "\"tomorrow\"", "UTC" },
		{ "surprise", "1", "surprise" },
		{ "officers", "[]", "at least one" },
		{ "officers", "{}", "at least one" },
		{ "officers.0.name", "\"\"", "name" },
		{ "officers.0.name", "\"bob\"", "twice" },
		{ "officers.0.name", "\"a\\nb\"", "printable" },
		{ "officers.0.name", too_long, "63 bytes" },
		{ "officers.0.nick", "\"al\"", "nick" },
		{ "officers.0.key", "\"AAAA\"", "32 bytes" },
		{ "officers.0.key", "\"?\"", "32 bytes" },
		{ "officers.9", key_of_alice, "same key" },
		{ "officers.9", "7", "officer" },
		{ "roles.policy", NULL, "policy" },
		{ "roles.grants", "{}", "grants" },
		{ "roles.policy", "[]", "policy" },
		{ "roles.policy.keys", "\"x\"", "list" },
		{ "roles.policy.keys", "[]", "threshold" },
		{ "roles.policy.keys.9", "7", "Key 4" },
		{ "roles.policy.keys.9", "\"00\"", "Key 4" },
		{ "roles.policy.keys.9", of_alice, "twice" },
		{ "roles.policy.threshold", "0", "threshold" },
		{ "roles.policy.threshold", "-2", "threshold" },
		{ "roles.policy.threshold", "4", "threshold" },
		{ "roles.policy.threshold", "4294967298", "threshold" },
		{ "roles.revocations.threshold", "3", "threshold" },
		{ "roles.revocations.note", "1", "note" },
	};
	(void)dave;

	for (size_t i = 0; i < COUNT(table); i++) {
		char error[256] = "";
		int r = parse_changed(table[i].path, table[i].value, error);

		if (r != -EBADMSG || strstr(error, table[i].says) == NULL)
			fail_msg("%s: %d, \"%s\"", table[i].path, r, error);
	}
	char error[256] = "";
	assert_int_equal(parse_changed("roles.policy.threshold", "3", error), 0);
	assert_string_equal(error, "");
}

static void limits(void **state)
{
	(void)state;
	char *text = malloc(TRUST_MAX_BYTES + 1), error[256] = "";
	struct trust trust;

	assert_non_null(text);
	memset(text, ' ', TRUST_MAX_BYTES + 1);
	assert_int_equal(trust_parse(&trust, text, TRUST_MAX_BYTES + 1, error), -E2BIG);
	assert_non_null(strstr(error, "65536"));
	assert_int_equal(trust_parse(&trust, text, TRUST_MAX_BYTES + 1, NULL), -E2BIG);
	assert_int_equal(trust_parse(&trust, text, TRUST_MAX_BYTES, NULL), -EBADMSG);
	free(text);

	json_t *officers = json_array();
	for (int i = 0; i <= TRUST_MAX_OFFICERS; i++)
		json_array_append_new(officers, json_pack("{s:s,s:s}", "name", "x", "key", "x"));
	char *list = json_dumps(officers, 0);
	assert_int_equal(parse_changed("officers", list, error), -E2BIG);
	assert_non_null(strstr(error, "64"));
	free(list);
	json_decref(officers);
	assert_int_equal(parse_changed("officers", "[[[[[[]]]]]]", error), -EBADMSG);
	assert_non_null(strstr(error, "inside each other"));
}

static void roles_have_words(void **state)
{
	(void)state;
	for (int role = 0; role < _ROLE_MAX; role++)
		assert_int_equal(trust_role_from_text(trust_role_to_text((enum trust_role)role)),
				 role);
	assert_int_equal(trust_role_from_text("grants"), -EINVAL);
}

static void signers(void **state)
{
	(void)state;
	const struct trust trust = trust_of_four();
	struct dsse dsse = envelope_of("application/x", "payload");
	const char *names[4];

	assert_int_equal(trust_signers(&trust, ROLE_POLICY, &dsse, names, 4), 0);
	assert_int_equal(dsse_sign(&dsse, officer_of("alice").secret), 0);
	assert_int_equal(dsse_sign(&dsse, officer_of("carol").secret), 0);
	assert_int_equal(dsse_sign(&dsse, officer_of("mallory").secret), 0);
	assert_int_equal(trust_signers(&trust, ROLE_POLICY, &dsse, names, 4), 2);
	assert_string_equal(names[0], "alice");
	assert_string_equal(names[1], "carol");
	assert_int_equal(trust_signers(&trust, ROLE_REVOCATIONS, &dsse, names, 4), 1);
	assert_string_equal(names[0], "carol");

	/* No more names than there is room for; all are counted. */
	names[0] = names[1] = NULL;
	assert_int_equal(trust_signers(&trust, ROLE_POLICY, &dsse, names, 1), 2);
	assert_string_equal(names[0], "alice");
	assert_null(names[1]);

	/* The same signature twice, and again with a broken copy before it. */
	dsse.signatures[2] = dsse.signatures[0];
	assert_int_equal(trust_signers(&trust, ROLE_POLICY, &dsse, NULL, 0), 2);
	dsse.signatures[1] = dsse.signatures[0];
	assert_int_equal(trust_signers(&trust, ROLE_POLICY, &dsse, NULL, 0), 1);
	dsse.signatures[0].signature[5] ^= 1;
	assert_int_equal(trust_signers(&trust, ROLE_POLICY, &dsse, NULL, 0), 1);

	/* One officer's signature under another's key id. */
	strcpy(dsse.signatures[1].keyid, officer_of("bob").keyid);
	dsse.n_signatures = 2;
	assert_int_equal(trust_signers(&trust, ROLE_POLICY, &dsse, NULL, 0), 0);
	dsse_finish(&dsse);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_encoded_parses),  cmocka_unit_test(every_truncation),
		cmocka_unit_test(refuses_with_a_sentence), cmocka_unit_test(limits),
		cmocka_unit_test(roles_have_words),	   cmocka_unit_test(signers),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
