/* An enrolment file is taken whole or not at all, and what is wrong with it is said. */
#include <errno.h>

#include "agent/cli/enrolment.h"
#include "enrolment_file.h"
#include "policy/text.h"

static int parse(const json_t *root, struct enrolment *ret, char error[static 256])
{
	char *text = json_dumps(root, 0);
	int r = enrolment_parse(ret, text, strlen(text), error);

	free(text);
	return r;
}

static void test_good(void **state)
{
	struct enrolment enrolment;
	json_t *root = enrolment_file();
	char error[256] = "", digest[65];

	(void)state;
	if (parse(root, &enrolment, error) < 0)
		fail_msg("%s", error);
	text_hex(enrolment.ca_sha256, 32, digest);
	assert_string_equal(digest, CA_SHA256);
	assert_string_equal(enrolment.url, "https://collector.example:8443");
	assert_string_equal(enrolment.token, "dgt_AZaz09-_");
	assert_string_equal(enrolment.unit, "財務");
	assert_string_equal(enrolment.ca, CA_PEM);
	assert_int_equal(enrolment.expires, 1893456000);
	assert_int_equal(enrolment.trust.n_officers, 2);
	enrolment_finish(&enrolment);
	json_decref(root);
}

static const struct {
	const char *name;
	const char *value; /* NULL: the member is taken away */
} bad[] = {
	{ "schema", NULL },
	{ "schema", "devgate-enrolment-2" },
	{ "url", NULL },
	{ "url", "http://collector.example" },
	{ "url", "https://collector.example/x" },
	{ "token", NULL },
	{ "token", "" },
	{ "token", "a b" },
	{ "token", "a\nb" },
	{ "ca", NULL },
	{ "ca", "" },
	{ "ca", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" },
	{ "ca", "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n" },
	{ "ca", "-----BEGIN CERTIFICATE-----\n" },
	{ "ca", "-----BEGIN CERTIFICATE-------END CERTIFICATE-----\n" }, /* they share dashes */
	{ "ca", CA_PEM CA_PEM },
	{ "trust_root", NULL },
	{ "trust_root", "x" },
	{ "unit", NULL },
	{ "expires", NULL },
	{ "expires", "tomorrow" },
	{ "expires", "2030-01-01" },
	{ "extra", "x" },
};

static void test_each_bad_member(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct enrolment enrolment;
		json_t *root = enrolment_file();
		char error[256] = "";

		if (bad[i].value != NULL)
			json_object_set_new(root, bad[i].name, json_string(bad[i].value));
		else
			json_object_del(root, bad[i].name);
		if (parse(root, &enrolment, error) != -EBADMSG)
			fail_msg("taken: %s %s", bad[i].name, bad[i].value);
		assert_true(*error != '\0');
		json_decref(root);
	}
}

static void test_trust_root_that_nobody_can_sign_for(void **state)
{
	struct enrolment enrolment;
	json_t *root = enrolment_file(), *policy;
	char error[256] = "";

	(void)state;
	policy = json_object_get(json_object_get(json_object_get(root, "trust_root"), "roles"),
				 "policy");
	json_object_set_new(policy, "threshold", json_integer(3));
	assert_int_equal(parse(root, &enrolment, error), -EBADMSG);
	assert_non_null(strstr(error, "trust_root"));
	json_decref(root);
}

static void test_long_texts(void **state)
{
	static const char *const names[] = { "url", "token", "unit" };
	char text[2048];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	memcpy(text, "https://", 8);
	for (size_t i = 0; i < COUNT(names); i++) {
		struct enrolment enrolment;
		json_t *root = enrolment_file();
		char error[256];

		json_object_set_new(root, names[i], json_string(text));
		assert_int_equal(parse(root, &enrolment, error), -EBADMSG);
		json_decref(root);
	}
}

static void test_every_truncation(void **state)
{
	json_t *root = enrolment_file();
	char *text = json_dumps(root, 0), error[256];
	struct enrolment enrolment;

	(void)state;
	for (size_t n = 0; n < strlen(text); n++)
		assert_int_equal(enrolment_parse(&enrolment, text, n, error), -EBADMSG);
	free(text);
	json_decref(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_each_bad_member),
		cmocka_unit_test(test_trust_root_that_nobody_can_sign_for),
		cmocka_unit_test(test_long_texts),
		cmocka_unit_test(test_every_truncation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
