/* The authority signs what it should and nothing else. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <gnutls/abstract.h>
#include <gnutls/x509.h>
#include <sodium.h>

#include "server/pki/ca.h"
#include "tests/unit/policy/cmocka_test.h"

#define HOST "11111111-2222-4333-8444-555555555555"

static char directory[] = "/tmp/devgate-test-XXXXXX";

static gnutls_x509_crt_t import(const char *pem)
{
	gnutls_datum_t datum = { .data = (uint8_t *)pem, .size = (unsigned)strlen(pem) };
	gnutls_x509_crt_t certificate;

	assert_int_equal(gnutls_x509_crt_init(&certificate), 0);
	assert_int_equal(gnutls_x509_crt_import(certificate, &datum, GNUTLS_X509_FMT_PEM), 0);
	return certificate;
}

/* GnuTLS's verdict on @pem as a certificate for @purpose under @ca; 0 is good. */
static unsigned verify(const struct ca *ca, const char *pem, const char *purpose)
{
	gnutls_x509_crt_t leaf = import(pem), root = import(ca_certificate(ca));
	gnutls_x509_trust_list_t list;
	gnutls_typed_vdata_st data = { .type = GNUTLS_DT_KEY_PURPOSE_OID,
				       .data = (unsigned char *)purpose };
	unsigned status = ~0u;

	assert_int_equal(gnutls_x509_trust_list_init(&list, 0), 0);
	assert_int_equal(gnutls_x509_trust_list_add_cas(list, &root, 1, 0), 1);
	assert_int_equal(
		gnutls_x509_trust_list_verify_crt2(list, &leaf, 1, &data, 1, 0, &status, NULL), 0);
	gnutls_x509_trust_list_deinit(list, 1);
	gnutls_x509_crt_deinit(leaf);
	return status;
}

/* A request for a certificate, as a machine makes it.  To be freed. */
static char *request(gnutls_pk_algorithm_t algorithm, unsigned bits)
{
	gnutls_x509_privkey_t key;
	gnutls_x509_crq_t crq;
	gnutls_datum_t pem;

	assert_int_equal(gnutls_x509_privkey_init(&key), 0);
	assert_int_equal(gnutls_x509_privkey_generate(key, algorithm, bits, 0), 0);
	assert_int_equal(gnutls_x509_crq_init(&crq), 0);
	/* What a request asks for is ignored: a name, and to be an authority. */
	assert_int_equal(gnutls_x509_crq_set_dn(crq, "CN=root", NULL), 0);
	assert_int_equal(gnutls_x509_crq_set_basic_constraints(crq, 1, 5), 0);
	assert_int_equal(gnutls_x509_crq_set_key(crq, key), 0);
	assert_int_equal(gnutls_x509_crq_sign2(crq, key, GNUTLS_DIG_SHA256, 0), 0);
	assert_int_equal(gnutls_x509_crq_export2(crq, GNUTLS_X509_FMT_PEM, &pem), 0);
	char *text = strndup((char *)pem.data, pem.size);
	gnutls_free(pem.data);
	gnutls_x509_crq_deinit(crq);
	gnutls_x509_privkey_deinit(key);
	return text;
}

static char *p256(void)
{
	return request(GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1));
}

static void test_create_save_load(void **state)
{
	struct ca *ca, *loaded;
	char path[64];

	(void)state;
	assert_int_equal(ca_create(&ca, ""), -EINVAL);
	assert_int_equal(ca_create(&ca, "devgate test"), 0);
	assert_non_null(mkdtemp(directory));
	assert_int_equal(ca_load(&loaded, directory), -ENOENT);
	assert_int_equal(ca_save(ca, directory), 0);
	assert_int_equal(ca_save(ca, directory), -EEXIST);
	assert_int_equal(ca_load(&loaded, directory), 0);
	assert_string_equal(ca_certificate(loaded), ca_certificate(ca));
	assert_int_equal(verify(loaded, ca_certificate(ca), GNUTLS_KP_ANY), 0);
	ca_free(loaded);

	/* Another authority's certificate does not fit the key. */
	struct ca *other;
	assert_int_equal(ca_create(&other, "other"), 0);
	snprintf(path, sizeof(path), "%s/ca.crt", directory);
	FILE *f = fopen(path, "w");
	fputs(ca_certificate(other), f);
	fclose(f);
	assert_int_equal(ca_load(&loaded, directory), -EBADMSG);
	ca_free(other);
	ca_free(ca);
	unlink(path);
	snprintf(path, sizeof(path), "%s/ca.key", directory);
	unlink(path);
	rmdir(directory);
}

static void test_client(void **state)
{
	struct ca *ca, *other;
	struct ca_issued issued, second;
	char *csr = p256(), name[64];
	size_t size = sizeof(name);

	(void)state;
	assert_int_equal(ca_create(&ca, "devgate test"), 0);
	assert_int_equal(ca_create(&other, "other"), 0);
	assert_int_equal(ca_sign_client(ca, csr, strlen(csr), HOST, CA_CLIENT_S, &issued), 0);
	assert_int_equal(ca_sign_client(ca, csr, strlen(csr), HOST, CA_CLIENT_S, &second), 0);
	assert_null(issued.key);
	assert_string_not_equal(issued.serial, second.serial);
	assert_int_equal(verify(ca, issued.certificate, GNUTLS_KP_TLS_WWW_CLIENT), 0);
	assert_int_not_equal(verify(ca, issued.certificate, GNUTLS_KP_TLS_WWW_SERVER), 0);
	assert_int_not_equal(verify(other, issued.certificate, GNUTLS_KP_TLS_WWW_CLIENT), 0);

	gnutls_x509_crt_t certificate = import(issued.certificate);
	assert_int_equal(gnutls_x509_crt_get_dn_by_oid(certificate, GNUTLS_OID_X520_COMMON_NAME, 0,
						       0, name, &size),
			 0);
	assert_string_equal(name, HOST);
	assert_int_equal(gnutls_x509_crt_get_expiration_time(certificate), issued.expires);
	assert_int_equal(gnutls_x509_crt_get_ca_status(certificate, NULL), 0);
	gnutls_x509_crt_deinit(certificate);
	ca_issued_finish(&issued);
	ca_issued_finish(&second);
	free(csr);
	ca_free(ca);
	ca_free(other);
}

static void test_expired_client(void **state)
{
	struct ca *ca;
	struct ca_issued issued;
	char *csr = p256();

	(void)state;
	assert_int_equal(ca_create(&ca, "devgate test"), 0);
	assert_int_equal(ca_sign_client(ca, csr, strlen(csr), HOST, -1, &issued), 0);
	assert_true(issued.expires < time(NULL));
	assert_int_equal(verify(ca, issued.certificate, GNUTLS_KP_TLS_WWW_CLIENT),
			 GNUTLS_CERT_INVALID | GNUTLS_CERT_EXPIRED);
	ca_issued_finish(&issued);
	free(csr);
	ca_free(ca);
}

static void test_bad_requests(void **state)
{
	struct ca *ca;
	struct ca_issued issued;
	char *csr = p256(), *rsa = request(GNUTLS_PK_RSA, 2048);
	char *p384 = request(GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP384R1));

	(void)state;
	assert_int_equal(ca_create(&ca, "devgate test"), 0);
	assert_int_equal(ca_sign_client(ca, rsa, strlen(rsa), HOST, 86400, &issued), -EINVAL);
	assert_int_equal(ca_sign_client(ca, p384, strlen(p384), HOST, 86400, &issued), -EINVAL);
	assert_int_equal(ca_sign_client(ca, csr, strlen(csr), "", 1, &issued), -EINVAL);
	for (size_t size = 0; size < strlen(csr) - 30; size += 5)
		assert_int_equal(ca_sign_client(ca, csr, size, HOST, 86400, &issued), -EBADMSG);
	char *middle = csr + strlen(csr) / 2;
	*middle = *middle == 'A' ? 'B' : 'A';
	assert_true(ca_sign_client(ca, csr, strlen(csr), HOST, 86400, &issued) < 0);
	free(csr);
	free(rsa);
	free(p384);
	ca_free(ca);
}

static void test_server(void **state)
{
	static const char *const names[] = { "collector.example", "192.0.2.1", "2001:db8::1" };
	static const char *const bad[] = { "collector.example", "a b" };
	struct ca *ca;
	struct ca_issued issued;

	(void)state;
	assert_int_equal(ca_create(&ca, "devgate test"), 0);
	assert_int_equal(ca_issue_server(ca, names, 0, &issued), -EINVAL);
	assert_int_equal(ca_issue_server(ca, bad, 2, &issued), -EINVAL);
	assert_int_equal(ca_issue_server(ca, names, 3, &issued), 0);
	assert_non_null(issued.key);
	assert_int_equal(verify(ca, issued.certificate, GNUTLS_KP_TLS_WWW_SERVER), 0);
	assert_int_not_equal(verify(ca, issued.certificate, GNUTLS_KP_TLS_WWW_CLIENT), 0);
	gnutls_x509_crt_t certificate = import(issued.certificate);
	for (size_t i = 0; i < COUNT(names); i++)
		assert_int_not_equal(gnutls_x509_crt_check_hostname(certificate, names[i]), 0);
	assert_int_equal(gnutls_x509_crt_check_hostname(certificate, "other.example"), 0);
	gnutls_x509_crt_deinit(certificate);
	ca_issued_finish(&issued);
	ca_free(ca);
}

static void test_names(void **state)
{
	static const char *const good[] = { "a", "a.b", "x-1.example", "192.0.2.1", "::1" };
	static const char *const bad[] = {
		"", ".a", "a.", "a..b", "-a", "a b", "*.a", "a/b", "例"
	};

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++)
		assert_int_equal(ca_name_check(good[i]), 0);
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(ca_name_check(bad[i]), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_create_save_load), cmocka_unit_test(test_client),
		cmocka_unit_test(test_expired_client),	 cmocka_unit_test(test_bad_requests),
		cmocka_unit_test(test_server),		 cmocka_unit_test(test_names),
	};

	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
