/* An enrolment document is let out only if it has a workstation trust whom the officer trusts. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "server/ctl/enrolment.h"

static struct trust make_trust(unsigned threshold)
{
	struct trust trust = {
		.version = 1, .expires = 2000000000, .threshold = { threshold, 1 }, .n_officers = 2
	};

	for (size_t i = 0; i < trust.n_officers; i++) {
		struct trust_officer *officer = &trust.officers[i];
		uint8_t secret[64];

		strcpy(officer->name, i ? "bob" : "alice");
		crypto_sign_keypair(officer->key, secret);
		dsse_keyid(officer->key, officer->keyid);
		officer->roles[ROLE_POLICY] = officer->roles[ROLE_REVOCATIONS] = true;
	}
	return trust;
}

/* Judge the document of a collector whose CA and trust root are these. */
static int judge(const char *ca, const struct trust *theirs, const struct trust *ours)
{
	char *text;

	assert_int_equal(trust_encode(theirs, &text), 0);
	json_t *enrolment = json_pack("{ss so}", "ca", ca, "trust_root", json_loads(text, 0, NULL));
	int r = enrolment_check(enrolment, "our CA", ours);
	json_decref(enrolment);
	free(text);
	return r;
}

static void only_what_is_pinned_is_let_out(void **state)
{
	struct trust ours = make_trust(2), lax = ours, others;

	(void)state;
	lax.threshold[ROLE_POLICY] = 1;
	others = make_trust(2);
	assert_int_equal(judge("our CA", &ours, &ours), 0);
	assert_int_equal(judge("another CA", &ours, &ours), -EKEYREJECTED);
	assert_int_equal(judge("our CA", &lax, &ours), -EKEYREJECTED);
	assert_int_equal(judge("our CA", &others, &ours), -EKEYREJECTED);
}

static void what_is_no_enrolment_is_refused(void **state)
{
	static const struct {
		const char *text;
		int r;
	} cases[] = {
		{ "{}", -EBADMSG },
		{ "[]", -EBADMSG },
		{ "{\"ca\":\"our CA\"}", -EBADMSG },
		{ "{\"ca\":7,\"trust_root\":{}}", -EBADMSG },
		{ "{\"ca\":\"our CA\",\"trust_root\":{}}", -EKEYREJECTED },
	};
	struct trust ours = make_trust(2);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *json = json_loads(cases[i].text, 0, NULL);

		assert_non_null(json);
		assert_int_equal(enrolment_check(json, "our CA", &ours), cases[i].r);
		json_decref(json);
	}
	assert_int_equal(enrolment_check(NULL, "our CA", &ours), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_is_pinned_is_let_out),
		cmocka_unit_test(what_is_no_enrolment_is_refused),
	};

	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
