#include "cmocka_test.h"

#include <errno.h>
#include <stdio.h>

#include <jansson.h>

#include "officers.h"
#include "policy/grant.h"

enum { NOW = 1750000000 };

static struct grant grant_of(void)
{
	struct grant grant = {
		.id = "G-2026-017",
		.version = 1,
		.host = "0e9d3f6a-0c3f-4f0e-9b0e-6d0f3a4c5b6d",
		.bus = BUS_USB,
		.vendor = 0x0951,
		.product = 0x1666,
		.serial = "A001",
		.functions = FUNCTION_BIT(FUNCTION_STORAGE),
		.verdict = VERDICT_READ_ONLY,
		.modifiers = MODIFIER_TRAIL,
		.from = NOW - 60,
		.until = NOW + 3540,
		.issued_by = "dave",
		.reason = "移交資料",
	};

	memset(grant.machine, 0xa5, sizeof(grant.machine));
	return grant;
}

static char *envelope(const struct grant *grant, const char *type, const char *signers)
{
	char *text;

	assert_int_equal(grant_encode(grant, &text), 0);
	struct dsse dsse = envelope_of(type, text);
	free(text);
	for (; *signers != '\0'; signers++) {
		const struct officer officer = officer_of((const char[]){ *signers, '\0' });

		assert_int_equal(dsse_sign(&dsse, officer.secret), 0);
	}
	assert_int_equal(dsse_encode(&dsse, &text), 0);
	dsse_finish(&dsse);
	return text;
}

static enum grant_refusal verify(const char *text, int64_t now, struct grant *ret)
{
	const struct trust trust = trust_of_four();

	return grant_verify(&trust, text, strlen(text), now, ret);
}

static void what_is_encoded_parses(void **state)
{
	(void)state;
	struct grant grant = grant_of(), back;
	char *text;

	for (int withdrawn = 0; withdrawn < 2; withdrawn++) {
		grant.withdrawn = withdrawn != 0;
		assert_int_equal(grant_encode(&grant, &text), 0);
		memset(&back, 0, sizeof(back));
		assert_int_equal(grant_parse(&back, (const uint8_t *)text, strlen(text)), 0);
		assert_memory_equal(&back, &grant, sizeof(grant));
		free(text);
	}
}

static void who_must_sign(void **state)
{
	(void)state;
	static const struct {
		const char *signers;
		enum grant_refusal wanted;
	} table[] = {
		{ "d", GRANT_OK },	     { "b", GRANT_OK },		 { "bd", GRANT_OK },
		{ "md", GRANT_OK },	     { "", GRANT_TOO_FEW },	 { "a", GRANT_UNKNOWN_KEY },
		{ "ac", GRANT_UNKNOWN_KEY }, { "m", GRANT_UNKNOWN_KEY },
	};
	const struct grant grant = grant_of();

	for (size_t i = 0; i < COUNT(table); i++) {
		char *text = envelope(&grant, GRANT_TYPE, table[i].signers);
		struct grant ret = { .version = 777 };

		assert_string_equal(grant_refusal_to_text(verify(text, NOW, &ret)),
				    grant_refusal_to_text(table[i].wanted));
		assert_int_equal(ret.version, table[i].wanted == GRANT_OK ? 1 : 777);
		free(text);
	}
}

/* A manifest's signature is no grant's, nor one over another type. */
static void what_else_is_refused(void **state)
{
	(void)state;
	const struct grant grant = grant_of();
	struct trust nobody = trust_of_four();
	struct grant ret;
	struct dsse dsse;
	char *text = envelope(&grant, MANIFEST_TYPE, "d");

	assert_int_equal(verify(text, NOW, &ret), GRANT_WRONG_TYPE);
	free(text);

	text = envelope(&grant, GRANT_TYPE, "d");
	assert_int_equal(verify(text, grant.until - 1, &ret), GRANT_OK);
	assert_int_equal(verify(text, grant.until, &ret), GRANT_EXPIRED);
	assert_int_equal(verify(text, -1, &ret), GRANT_OK);
	nobody.threshold[ROLE_GRANTS] = 0; /* as where the trust root does not speak of grants */
	assert_int_not_equal(grant_verify(&nobody, text, strlen(text), NOW, &ret), GRANT_OK);
	nobody.threshold[ROLE_GRANTS] = 1;
	nobody.expires = NOW;
	assert_int_equal(grant_verify(&nobody, text, strlen(text), NOW, &ret), GRANT_EXPIRED);

	/* One byte of the signed grant is changed. */
	assert_int_equal(dsse_parse(&dsse, text, strlen(text)), 0);
	free(text);
	dsse.payload[dsse.payload_size / 2] ^= 1;
	assert_int_equal(dsse_encode(&dsse, &text), 0);
	dsse_finish(&dsse);
	assert_int_equal(verify(text, NOW, &ret), GRANT_BAD_SIGNATURE);
	free(text);

	for (int i = 0; i < _GRANT_REFUSAL_MAX; i++) {
		assert_true(strlen(grant_refusal_to_text((enum grant_refusal)i)) > 0);
		assert_true(strlen(grant_refusal_explain((enum grant_refusal)i)) > 0);
	}
}

static void every_truncation(void **state)
{
	(void)state;
	const struct grant grant = grant_of();
	struct grant ret = { .version = 7 };
	char *text;

	assert_int_equal(grant_encode(&grant, &text), 0);
	for (size_t size = 0; size < strlen(text); size++) {
		uint8_t *copy = malloc(size + 1);

		assert_non_null(copy);
		memcpy(copy, text, size);
		assert_int_equal(grant_parse(&ret, copy, size), -EBADMSG);
		free(copy);
	}
	assert_int_equal(ret.version, 7);
	free(text);
}

static void malformed_ones(void **state)
{
	(void)state;
	static const struct {
		const char *member, *value; /* @value NULL: the member is not there */
	} table[] = {
		{ "schema", "\"devgate-grant-2\"" },
		{ "id", "\"\"" },
		{ "id", "\"a b\"" },
		{ "id", "\"0123456789012345678901234567890123456789012345678901234567890123\"" },
		{ "version", "0" },
		{ "host", "\"\"" },
		{ "machine", "\"a5\"" },
		{ "device", "{\"bus\":\"usb\",\"vendor\":\"0951\",\"product\":\"1666\"}" },
		{ "device",
		  "{\"bus\":\"usb\",\"vendor\":\"951\",\"product\":\"1666\",\"serial\":\"A\"}" },
		{ "device",
		  "{\"bus\":\"usb\",\"vendor\":\"0951\",\"product\":\"1666\",\"serial\":\"\"}" },
		{ "functions", "[]" },
		{ "functions", "[\"storage\",\"storage\"]" },
		{ "functions", "[\"*\"]" },
		{ "functions", "[\"storage\",\"phone\"]" }, /* and read-only */
		{ "verdict", "\"deny\"" },
		{ "verdict", "\"by-risk\"" },
		{ "modifiers", "[\"trail\",\"trail\"]" },
		{ "from", "\"2030-01-01T00:00:00Z\"" },
		{ "until", "\"2030-01-01T00:00:00Z\"" },
		{ "until", NULL },
		{ "issued_by", "\"\"" },
		{ "withdrawn", "1" },
		{ "more", "1" },
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		const struct grant grant = grant_of();
		struct grant ret;
		char *text;

		assert_int_equal(grant_encode(&grant, &text), 0);
		json_t *root = json_loads(text, 0, NULL);
		free(text);
		if (table[i].value == NULL)
			json_object_del(root, table[i].member);
		else
			json_object_set_new(root, table[i].member,
					    json_loads(table[i].value, JSON_DECODE_ANY, NULL));
		text = json_dumps(root, 0);
		json_decref(root);
		if (grant_parse(&ret, (const uint8_t *)text, strlen(text)) != -EBADMSG)
			fail_msg("%s", text);
		free(text);
	}
}

static void it_is_for_one_device(void **state)
{
	(void)state;
	const struct grant grant = grant_of();
	struct device device = { .vendor = 0x0951, .product = 0x1666, .has_serial = true };

	strcpy(device.serial, "A001");
	assert_true(grant_is_for(&grant, &device));
	device.serial[3] = '2';
	assert_false(grant_is_for(&grant, &device));
	device.serial[3] = '1';
	device.product++;
	assert_false(grant_is_for(&grant, &device));
	device.product--;
	device.bus = BUS_MMC;
	assert_false(grant_is_for(&grant, &device));
	device.bus = BUS_USB;
	device.has_serial = false;
	assert_false(grant_is_for(&grant, &device));
}

static void limits_bind(void **state)
{
	(void)state;
	const function_set storage = FUNCTION_BIT(FUNCTION_STORAGE);
	const struct {
		struct grant_limits limits;
		bool wanted;
	} table[] = {
		{ { 0 }, false },
		{ { storage, VERDICT_READ_ONLY, 60 }, true },
		{ { storage, VERDICT_ALLOW, 60 }, true },
		{ { storage | FUNCTION_BIT(FUNCTION_PHONE), VERDICT_ALLOW, 60 }, true },
		{ { storage, VERDICT_READ_ONLY, 59 }, false },
		{ { storage, VERDICT_CHARGE_ONLY, 60 }, false },
		{ { storage, VERDICT_ENCRYPTED_ONLY, 60 }, false },
		{ { FUNCTION_BIT(FUNCTION_PHONE), VERDICT_ALLOW, 60 }, false },
	};
	struct grant grant = grant_of();

	for (size_t i = 0; i < COUNT(table); i++)
		assert_int_equal(grant_is_within(&grant, &table[i].limits), table[i].wanted);
	grant.withdrawn = true; /* it gives nothing */
	assert_true(grant_is_within(&grant, &table[0].limits));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_encoded_parses),
		cmocka_unit_test(who_must_sign),
		cmocka_unit_test(what_else_is_refused),
		cmocka_unit_test(every_truncation),
		cmocka_unit_test(malformed_ones),
		cmocka_unit_test(it_is_for_one_device),
		cmocka_unit_test(limits_bind),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
