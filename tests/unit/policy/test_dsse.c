#include "cmocka_test.h"

#include <errno.h>
#include <stdio.h>

#include "officers.h"

static int parse(const char *text)
{
	struct dsse dsse;
	int r = dsse_parse(&dsse, text, strlen(text));

	if (r == 0)
		dsse_finish(&dsse);
	return r;
}

static void what_is_encoded_parses(void **state)
{
	(void)state;
	static const char payload[] = "{\"鍵\":\"值\"}";
	struct dsse dsse = envelope_of("application/x", payload), back;
	char *text;

	for (const char *name = "ABCDEFGHIJKLMNOP"; *name != '\0'; name++) {
		const struct officer officer = officer_of((const char[]){ *name, '\0' });
		assert_int_equal(dsse_sign(&dsse, officer.secret), 0);
		assert_int_equal(dsse_sign(&dsse, officer.secret), -EEXIST);
	}
	assert_int_equal(dsse.n_signatures, DSSE_MAX_SIGNATURES);
	assert_int_equal(dsse_sign(&dsse, officer_of("Q").secret), -E2BIG);

	assert_int_equal(dsse_encode(&dsse, &text), 0);
	assert_int_equal(dsse_parse(&back, text, strlen(text)), 0);
	assert_string_equal(back.type, "application/x");
	assert_int_equal(back.payload_size, sizeof(payload) - 1);
	assert_memory_equal(back.payload, payload, sizeof(payload) - 1);
	assert_int_equal(back.n_signatures, dsse.n_signatures);
	assert_memory_equal(back.signatures, dsse.signatures, sizeof(dsse.signatures));
	free(text);
	dsse_finish(&dsse);
	dsse_finish(&back);
	assert_null(back.payload);
	dsse_finish(&back);
}

/* protocol.md of DSSE v1: PAE("http://example.com/HelloWorld", "hello world"). */
static void signs_the_pre_authentication_encoding(void **state)
{
	(void)state;
	static const char pae[] = "DSSEv1 29 http://example.com/HelloWorld 11 hello world";
	struct dsse dsse = envelope_of("http://example.com/HelloWorld", "hello world");
	const struct officer alice = officer_of("alice");
	uint8_t wanted[64];

	assert_int_equal(dsse_sign(&dsse, alice.secret), 0);
	crypto_sign_detached(wanted, NULL, (const uint8_t *)pae, sizeof(pae) - 1, alice.secret);
	assert_memory_equal(dsse.signatures[0].signature, wanted, sizeof(wanted));
	assert_string_equal(dsse.signatures[0].keyid, alice.keyid);
	dsse_finish(&dsse);
}

static void a_signature_is_for_one_payload_type_and_key(void **state)
{
	(void)state;
	struct dsse dsse = envelope_of("application/x", "payload");
	const struct officer alice = officer_of("alice"), bob = officer_of("bob");

	assert_int_equal(dsse_sign(&dsse, alice.secret), 0);
	const struct dsse_signature *signature = &dsse.signatures[0];
	assert_true(dsse_signature_good(&dsse, signature, alice.key));
	assert_false(dsse_signature_good(&dsse, signature, bob.key));
	for (size_t i = 0; i < dsse.payload_size; i++) {
		dsse.payload[i] ^= 1;
		assert_false(dsse_signature_good(&dsse, signature, alice.key));
		dsse.payload[i] ^= 1;
	}
	dsse.payload_size--;
	assert_false(dsse_signature_good(&dsse, signature, alice.key));
	dsse.payload_size++;
	strcpy(dsse.type, "application/y");
	assert_false(dsse_signature_good(&dsse, signature, alice.key));
	strcpy(dsse.type, "application/x");
	for (size_t i = 0; i < 64; i++) {
		dsse.signatures[0].signature[i] ^= 0x10;
		assert_false(dsse_signature_good(&dsse, signature, alice.key));
		dsse.signatures[0].signature[i] ^= 0x10;
	}
	assert_true(dsse_signature_good(&dsse, signature, alice.key));
	dsse_finish(&dsse);
}

/* The point of order 1: with it as a key, a signature of nothing would fit everything. */
static void a_key_of_small_order_signs_nothing(void **state)
{
	(void)state;
	struct dsse dsse = envelope_of("application/x", "payload");
	static const uint8_t weak[DSSE_KEY_SIZE] = { 1 };
	static const struct dsse_signature signature = { .signature = { 1 } };

	assert_false(dsse_signature_good(&dsse, &signature, weak));
	dsse_finish(&dsse);
}

#define KEYID "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define SIG                                                                                        \
	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==" \
	""
#define SIGNED(type, payload, keyid, sig)                                                          \
	"{\"payloadType\":\"" type "\",\"payload\":\"" payload                                     \
	"\",\"signatures\":[{\"keyid\":\"" keyid "\",\"sig\":\"" sig "\"}]}"

static void form(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int wanted;
	} table[] = {
		{ SIGNED("t", "e30=", KEYID, SIG), 0 },
		{ SIGNED("t", "", KEYID, SIG), 0 },
		{ "{\"payloadType\":\"t\",\"payload\":\"e30=\",\"signatures\":[]}", 0 },
		{ SIGNED("", "e30=", KEYID, SIG), -EBADMSG },
		{ SIGNED("a b", "e30=", KEYID, SIG), -EBADMSG },
		{ SIGNED("\xc3\xa9", "e30=", KEYID, SIG), -EBADMSG },
		{ SIGNED("tttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttt",
			 "e30=", KEYID, SIG),
		  -EBADMSG },
		{ SIGNED("t", "e30", KEYID, SIG), -EBADMSG },
		{ SIGNED("t", "e3-=", KEYID, SIG), -EBADMSG },
		{ SIGNED("t", "e3 0=", KEYID, SIG), -EBADMSG },
		{ SIGNED("t", "e31=", KEYID, SIG), -EBADMSG }, /* bits after the end */
		{ SIGNED("t", "e30=", "aa", SIG), -EBADMSG },
		{ SIGNED("t", "e30=",
			 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", SIG),
		  -EBADMSG },
		{ SIGNED("t", "e30=", KEYID "a", SIG), -EBADMSG },
		{ SIGNED("t", "e30=", KEYID, ""), -EBADMSG },
		{ SIGNED("t", "e30=", KEYID, "AAAA"), -EBADMSG },
		{ SIGNED("t", "e30=", KEYID, SIG "AAAA"), -EBADMSG },
		{ SIGNED("t", "e30=", KEYID, "AAAA" SIG), -EBADMSG },
		{ SIGNED("t", "e30=", KEYID, SIG) " ", 0 },
		{ SIGNED("t", "e30=", KEYID, SIG) "x", -EBADMSG },
		{ "", -EBADMSG },
		{ "[]", -EBADMSG },
		{ "null", -EBADMSG },
		{ "{\"payloadType\":\"t\",\"payload\":\"e30=\"}", -EBADMSG },
		{ "{\"payloadType\":\"t\",\"payload\":\"e30=\",\"signatures\":{}}", -EBADMSG },
		{ "{\"payloadType\":\"t\",\"payload\":\"e30=\",\"signatures\":[1]}", -EBADMSG },
		{ "{\"payloadType\":\"t\",\"payload\":\"e30=\",\"signatures\":[{}]}", -EBADMSG },
		{ "{\"payloadType\":1,\"payload\":\"e30=\",\"signatures\":[]}", -EBADMSG },
		{ "{\"payloadType\":\"t\",\"payload\":\"e30=\",\"payload\":\"e30=\","
		  "\"signatures\":[]}",
		  -EBADMSG },
		{ "{\"payloadType\":\"t\",\"payload\":\"e30=\",\"signatures\":[],\"x\":1}",
		  -EBADMSG },
		{ "{\"payloadType\":\"t\",\"payload\":\"e30=\",\"signatures\":[[[[1]]]]}",
		  -EBADMSG },
	};

	for (size_t i = 0; i < COUNT(table); i++)
		if (parse(table[i].text) != table[i].wanted)
			fail_msg("%d, not %d: %s", parse(table[i].text), table[i].wanted,
				 table[i].text);
}

static void limits(void **state)
{
	(void)state;
	char *text = malloc(DSSE_MAX_BYTES + 1);
	struct dsse dsse;

	assert_non_null(text);
	size_t at =
		(size_t)sprintf(text, "{\"payloadType\":\"t\",\"payload\":\"\",\"signatures\":[");
	const size_t begin = at;
	for (int n = 1; n <= DSSE_MAX_SIGNATURES + 1; n++) {
		at += (size_t)sprintf(text + at, "%s{\"keyid\":\"" KEYID "\",\"sig\":\"" SIG "\"}",
				      at == begin ? "" : ",");
		strcpy(text + at, "]}");
		assert_int_equal(parse(text), n <= DSSE_MAX_SIGNATURES ? 0 : -E2BIG);
	}
	memset(text, ' ', DSSE_MAX_BYTES + 1);
	memcpy(text, SIGNED("t", "e30=", KEYID, SIG), sizeof(SIGNED("t", "e30=", KEYID, SIG)) - 1);
	assert_int_equal(dsse_parse(&dsse, text, DSSE_MAX_BYTES + 1), -E2BIG);
	assert_int_equal(dsse_parse(&dsse, text, DSSE_MAX_BYTES), 0);
	dsse_finish(&dsse);
	free(text);
}

static void every_truncation(void **state)
{
	(void)state;
	static const char text[] = SIGNED("t", "e30=", KEYID, SIG);
	struct dsse dsse = { .n_signatures = 7 };

	for (size_t size = 0; size < sizeof(text) - 1; size++) {
		char *copy = malloc(size + 1);

		assert_non_null(copy);
		memcpy(copy, text, size);
		assert_int_equal(dsse_parse(&dsse, copy, size), -EBADMSG);
		assert_int_equal(dsse.n_signatures, 7);
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_encoded_parses),
		cmocka_unit_test(signs_the_pre_authentication_encoding),
		cmocka_unit_test(a_signature_is_for_one_payload_type_and_key),
		cmocka_unit_test(a_key_of_small_order_signs_nothing),
		cmocka_unit_test(form),
		cmocka_unit_test(limits),
		cmocka_unit_test(every_truncation),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
