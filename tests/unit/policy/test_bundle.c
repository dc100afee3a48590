#include "cmocka_test.h"

#include <errno.h>
#include <stdio.h>

#include <jansson.h>

#include "officers.h"

enum { NOW = 1750000000 };

static const uint64_t nothing_held[_ROLE_MAX];

static enum bundle_refusal verify_text(const char *text, int64_t now, uint64_t held,
				       struct manifest *ret)
{
	const struct trust trust = trust_of_four();
	const uint64_t all_held[_ROLE_MAX] = { held, held };

	return bundle_verify(&trust, text, strlen(text), all_held, now, ret);
}

static enum bundle_refusal verify(const struct manifest *manifest, const char *signers, int64_t now,
				  uint64_t held)
{
	struct manifest ret = { .version = 777 };
	char *text = bundle_of(manifest, signers);
	const enum bundle_refusal refusal = verify_text(text, now, held, &ret);

	free(text);
	assert_int_equal(ret.version, refusal == BUNDLE_OK ? manifest->version : 777);
	return refusal;
}

static void who_must_sign(void **state)
{
	(void)state;
	static const struct {
		enum trust_role role;
		const char *signers;
		enum bundle_refusal wanted;
	} table[] = {
		{ ROLE_POLICY, "ab", BUNDLE_OK },
		{ ROLE_POLICY, "ba", BUNDLE_OK },
		{ ROLE_POLICY, "bc", BUNDLE_OK },
		{ ROLE_POLICY, "abc", BUNDLE_OK },
		{ ROLE_POLICY, "mab", BUNDLE_OK }, /* an unknown key takes nothing away */
		{ ROLE_POLICY, "", BUNDLE_TOO_FEW },
		{ ROLE_POLICY, "a", BUNDLE_TOO_FEW },
		{ ROLE_POLICY, "c", BUNDLE_TOO_FEW },	  /* enough for revocations, not for this */
		{ ROLE_POLICY, "d", BUNDLE_UNKNOWN_KEY }, /* of another role */
		{ ROLE_POLICY, "ad", BUNDLE_UNKNOWN_KEY },
		{ ROLE_POLICY, "m", BUNDLE_UNKNOWN_KEY },
		{ ROLE_POLICY, "mn", BUNDLE_UNKNOWN_KEY },
		{ ROLE_POLICY, "am", BUNDLE_UNKNOWN_KEY },
		{ ROLE_REVOCATIONS, "c", BUNDLE_OK },
		{ ROLE_REVOCATIONS, "d", BUNDLE_OK },
		{ ROLE_REVOCATIONS, "a", BUNDLE_TOO_FEW }, /* not read: no role has signed */
		{ ROLE_REVOCATIONS, "ab", BUNDLE_UNKNOWN_KEY },
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		const struct manifest manifest = manifest_of(table[i].role, 3);

		assert_string_equal(
			bundle_refusal_to_text(verify(&manifest, table[i].signers, NOW, 2)),
			bundle_refusal_to_text(table[i].wanted));
	}
}

/* The envelope of @signers, its signature @i changed to that of @from. */
static enum bundle_refusal verify_copied(const char *signers, size_t i, size_t from,
					 bool keep_keyid)
{
	const struct manifest manifest = manifest_of(ROLE_POLICY, 3);
	char *text = bundle_of(&manifest, signers);
	struct manifest ret;
	struct dsse dsse;

	assert_int_equal(dsse_parse(&dsse, text, strlen(text)), 0);
	free(text);
	memcpy(dsse.signatures[i].signature, dsse.signatures[from].signature, 64);
	if (!keep_keyid)
		memcpy(dsse.signatures[i].keyid, dsse.signatures[from].keyid, DSSE_KEYID_SIZE);
	assert_int_equal(dsse_encode(&dsse, &text), 0);
	dsse_finish(&dsse);
	const enum bundle_refusal refusal = verify_text(text, NOW, 2, &ret);
	free(text);
	return refusal;
}

static void a_signature_counts_once_and_for_its_key(void **state)
{
	(void)state;
	assert_int_equal(verify_copied("ab", 1, 1, false), BUNDLE_OK);
	assert_int_equal(verify_copied("ab", 1, 0, false), BUNDLE_TOO_FEW);
	assert_int_equal(verify_copied("ab", 1, 0, true), BUNDLE_BAD_SIGNATURE);
	assert_int_equal(verify_copied("mb", 0, 1, true), BUNDLE_UNKNOWN_KEY);
	assert_int_equal(verify_copied("abc", 2, 0, true), BUNDLE_OK);
}

static void versions_and_dates(void **state)
{
	(void)state;
	static const struct {
		int64_t now;
		uint64_t held;
		enum bundle_refusal wanted;
	} table[] = {
		{ NOW, 0, BUNDLE_OK },
		{ NOW, 4, BUNDLE_OK },
		{ NOW, 5, BUNDLE_OLD },
		{ NOW, 6, BUNDLE_OLD },
		{ 1800000000 - 1, 4, BUNDLE_OK },
		{ 1800000000, 4, BUNDLE_EXPIRED },
		{ 1900000000, 4, BUNDLE_EXPIRED },
		{ 1900000000, 5, BUNDLE_OLD },
		{ 1700000000, 4, BUNDLE_OK },
		{ 1700000000 - 86400, 4, BUNDLE_OK },
		{ 1700000000 - 86401, 4, BUNDLE_NOT_YET },
		{ 0, 4, BUNDLE_NOT_YET },
		/* In force already: only the signatures count. */
		{ -1, 0, BUNDLE_OK },
		{ -1, 5, BUNDLE_OK },
		{ INT64_MIN, UINT64_MAX, BUNDLE_OK },
	};
	const struct manifest manifest = manifest_of(ROLE_POLICY, 5);

	for (size_t i = 0; i < COUNT(table); i++)
		assert_string_equal(bundle_refusal_to_text(
					    verify(&manifest, "ab", table[i].now, table[i].held)),
				    bundle_refusal_to_text(table[i].wanted));

	/* Signatures are judged first, so that a stranger learns nothing of dates. */
	assert_int_equal(verify(&manifest, "a", 1900000000, 9), BUNDLE_TOO_FEW);
	assert_int_equal(verify(&manifest, "am", -1, 0), BUNDLE_UNKNOWN_KEY);
}

static void the_trust_root_expires_too(void **state)
{
	(void)state;
	struct manifest manifest = manifest_of(ROLE_POLICY, 5);

	manifest.expires = (int64_t)TRUST_EXPIRES + 100;
	assert_int_equal(verify(&manifest, "ab", (int64_t)TRUST_EXPIRES - 1, 4), BUNDLE_OK);
	assert_int_equal(verify(&manifest, "ab", TRUST_EXPIRES, 4), BUNDLE_EXPIRED);
	assert_int_equal(verify(&manifest, "ab", -1, 4), BUNDLE_OK);
}

static void roles_have_versions_of_their_own(void **state)
{
	(void)state;
	const struct trust trust = trust_of_four();
	const uint64_t held[_ROLE_MAX] = { [ROLE_POLICY] = 9, [ROLE_REVOCATIONS] = 2 };
	const struct manifest manifest = manifest_of(ROLE_REVOCATIONS, 3);
	struct manifest ret;
	char *text = bundle_of(&manifest, "d");

	assert_int_equal(bundle_verify(&trust, text, strlen(text), held, NOW, &ret), BUNDLE_OK);
	assert_int_equal(ret.role, ROLE_REVOCATIONS);
	free(text);
}

static void an_empty_trust_root_trusts_nobody(void **state)
{
	(void)state;
	static const struct trust trust;
	const struct manifest manifest = manifest_of(ROLE_POLICY, 3);
	struct manifest ret;

	for (int i = 0; i < 2; i++) {
		char *text = bundle_of(&manifest, i == 0 ? "" : "ab");

		assert_int_equal(bundle_verify(&trust, text, strlen(text), nothing_held, -1, &ret),
				 i == 0 ? BUNDLE_TOO_FEW : BUNDLE_UNKNOWN_KEY);
		free(text);
	}
}

/* Signed as it should be, and something else than a manifest of this form. */
static void signed_nonsense(void **state)
{
	(void)state;
	static const struct {
		const char *type, *payload;
		enum bundle_refusal wanted;
	} table[] = {
		{ "application/json", "{}", BUNDLE_WRONG_TYPE },
		{ "application/vnd.devgate.manifest.v2+json", "{}", BUNDLE_WRONG_TYPE },
		{ MANIFEST_TYPE, "", BUNDLE_MALFORMED },
		{ MANIFEST_TYPE, "{}", BUNDLE_MALFORMED },
		{ MANIFEST_TYPE, "not json", BUNDLE_MALFORMED },
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		struct dsse dsse = envelope_of(table[i].type, table[i].payload);
		struct manifest ret;
		char *text;

		assert_int_equal(dsse_sign(&dsse, officer_of("alice").secret), 0);
		assert_int_equal(dsse_sign(&dsse, officer_of("bob").secret), 0);
		assert_int_equal(dsse_encode(&dsse, &text), 0);
		assert_int_equal(verify_text(text, NOW, 0, &ret), table[i].wanted);
		free(text);
		dsse_finish(&dsse);
	}
}

static void every_truncation_and_every_changed_byte(void **state)
{
	(void)state;
	const struct trust trust = trust_of_four();
	const struct manifest manifest = manifest_of(ROLE_POLICY, 3);
	struct manifest ret;
	char *text = bundle_of(&manifest, "ab");
	const size_t size = strlen(text);

	for (size_t cut = 0; cut < size; cut++)
		assert_int_equal(bundle_verify(&trust, text, cut, nothing_held, NOW, &ret),
				 BUNDLE_MALFORMED);
	for (size_t at = 0; at < size; at++) {
		text[at] ^= 1;
		assert_int_not_equal(bundle_verify(&trust, text, size, nothing_held, NOW, &ret),
				     BUNDLE_OK);
		text[at] ^= 1;
	}
	assert_int_equal(bundle_verify(&trust, text, size, nothing_held, NOW, &ret), BUNDLE_OK);
	free(text);
}

static void refusals_have_words_and_sentences(void **state)
{
	(void)state;
	for (int a = 0; a < _BUNDLE_REFUSAL_MAX; a++) {
		const char *sentence = bundle_refusal_explain((enum bundle_refusal)a);

		assert_int_equal(sentence[strlen(sentence) - 1], '.');
		for (int b = 0; b < a; b++)
			assert_string_not_equal(bundle_refusal_to_text((enum bundle_refusal)a),
						bundle_refusal_to_text((enum bundle_refusal)b));
	}
	assert_string_equal(bundle_refusal_to_text(BUNDLE_NOT_YET), "not-yet-valid");
	assert_string_equal(bundle_refusal_to_text(BUNDLE_BAD_SECTION), "bad-section");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_must_sign),
		cmocka_unit_test(a_signature_counts_once_and_for_its_key),
		cmocka_unit_test(versions_and_dates),
		cmocka_unit_test(the_trust_root_expires_too),
		cmocka_unit_test(roles_have_versions_of_their_own),
		cmocka_unit_test(an_empty_trust_root_trusts_nobody),
		cmocka_unit_test(signed_nonsense),
		cmocka_unit_test(every_truncation_and_every_changed_byte),
		cmocka_unit_test(refusals_have_words_and_sentences),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
