/* enrolment_file - a good enrolment file for tests to spoil. */
#pragma once

#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <sodium.h>

#include "policy/trust.h"
#include "tests/unit/policy/cmocka_test.h"

/* A self-signed P-256 certificate, CN "test", made for these tests. */
#define CA_PEM                                                                                     \
	"-----BEGIN CERTIFICATE-----\n"                                                            \
	"MIIBdDCCARugAwIBAgIUIQiZOt3ovfdopsUHEXapmP0ULEQwCgYIKoZIzj0EAwIw\n"                       \
	"DzENMAsGA1UEAwwEdGVzdDAgFw0yNjExMjMwMDAyMTRaGA8yMTI2MTAzMDAwMDIx\n"                       \
	"NFowDzENMAsGA1UEAwwEdGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABIXu\n"                       \
	"rFdwl6MTUczFTPVu4jQPSg7RTxlgqSpqEw41cgX+F3XoqUTkhiPzso7NBboC65JN\n"                       \
	"qzey27qsEv/I6ld71XKjUzBRMB0GA1UdDgQWBBRn79lVKdUX8tjyPweaDyQwgQn6\n"                       \
	"1zAfBgNVHSMEGDAWgBRn79lVKdUX8tjyPweaDyQwgQn61zAPBgNVHRMBAf8EBTAD\n"                       \
	"AQH/MAoGCCqGSM49BAMCA0cAMEQCIAY3c8OtHg/emMIVZYGbXx5FA3ga1Yv1H+u9\n"                       \
	"/UKXvsJyAiBMSMent0+yAqBgBjxdwaZBfdwjeiBIXl397RtEVz2AbA==\n"                               \
	"-----END CERTIFICATE-----\n"
#define CA_SHA256 "fe2ca463f9bb5b0a4905095add065c8c2b825991d0fd47325644c3ee82871b69"

/* To be released with json_decref. */
static inline json_t *enrolment_file(void)
{
	struct trust trust = {
		.version = 1, .expires = 4000000000, .threshold = { 2, 1 }, .n_officers = 2
	};
	json_t *root, *trust_root;
	char *text;

	for (size_t i = 0; i < 2; i++) {
		struct trust_officer *officer = &trust.officers[i];

		strcpy(officer->name, i == 0 ? "alice" : "bob");
		memset(officer->key, (int)i + 1, sizeof(officer->key));
		dsse_keyid(officer->key, officer->keyid);
		officer->roles[ROLE_POLICY] = officer->roles[ROLE_REVOCATIONS] = true;
	}
	assert_int_equal(trust_encode(&trust, &text), 0);
	trust_root = json_loads(text, 0, NULL);
	assert_non_null(trust_root);
	free(text);
	root = json_pack("{s:s, s:s, s:s, s:s, s:o, s:s, s:s}", "schema", "devgate-enrolment-1",
			 "url", "https://collector.example:8443", "token", "dgt_AZaz09-_", "ca",
			 CA_PEM, "trust_root", trust_root, "unit", "財務", "expires",
			 "2030-01-01T00:00:00Z");
	assert_non_null(root);
	return root;
}
