/* authority - a certificate authority for one test: a server certificate for "localhost", and
 * signatures under requests. */
#pragma once

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <time.h>

#include "temporary.h"

#define HOST_ID "11111111-2222-4333-8444-555555555555"

struct authority {
	gnutls_x509_privkey_t key;
	gnutls_x509_crt_t certificate;
};

static inline gnutls_x509_privkey_t authority_key(void)
{
	gnutls_x509_privkey_t key;

	assert_int_equal(gnutls_x509_privkey_init(&key), 0);
	assert_int_equal(
		gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
					     GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0),
		0);
	return key;
}

static inline gnutls_x509_crt_t authority_certificate(const char *name, gnutls_x509_privkey_t key)
{
	gnutls_x509_crt_t certificate;

	assert_int_equal(gnutls_x509_crt_init(&certificate), 0);
	gnutls_x509_crt_set_version(certificate, 3);
	gnutls_x509_crt_set_serial(certificate, "\x01\x02", 2);
	gnutls_x509_crt_set_activation_time(certificate, time(NULL) - 3600);
	gnutls_x509_crt_set_expiration_time(certificate, time(NULL) + 3600);
	gnutls_x509_crt_set_dn_by_oid(certificate, GNUTLS_OID_X520_COMMON_NAME, 0, name,
				      (unsigned)strlen(name));
	if (key != NULL)
		assert_int_equal(gnutls_x509_crt_set_key(certificate, key), 0);
	return certificate;
}

static inline void authority_make(struct authority *ret)
{
	ret->key = authority_key();
	ret->certificate = authority_certificate("test CA", ret->key);
	gnutls_x509_crt_set_basic_constraints(ret->certificate, 1, 0);
	gnutls_x509_crt_set_key_usage(ret->certificate, GNUTLS_KEY_KEY_CERT_SIGN);
	assert_int_equal(gnutls_x509_crt_sign2(ret->certificate, ret->certificate, ret->key,
					       GNUTLS_DIG_SHA256, 0),
			 0);
}

static inline void authority_drop(struct authority *authority)
{
	gnutls_x509_crt_deinit(authority->certificate);
	gnutls_x509_privkey_deinit(authority->key);
}

/* The PEM text of @certificate, to be freed with gnutls_free. */
static inline char *authority_pem(gnutls_x509_crt_t certificate)
{
	gnutls_datum_t pem;

	assert_int_equal(gnutls_x509_crt_export2(certificate, GNUTLS_X509_FMT_PEM, &pem), 0);
	return (char *)pem.data;
}

/* A certificate for the request @csr with CN @name: PEM, to be freed with gnutls_free. */
static inline char *authority_sign(const struct authority *authority, const char *csr,
				   const char *name)
{
	const gnutls_datum_t datum = { (unsigned char *)csr, (unsigned)strlen(csr) };
	gnutls_x509_crt_t certificate = authority_certificate(name, NULL);
	gnutls_x509_crq_t request;
	char *pem;

	assert_int_equal(gnutls_x509_crq_init(&request), 0);
	assert_int_equal(gnutls_x509_crq_import(request, &datum, GNUTLS_X509_FMT_PEM), 0);
	assert_int_equal(gnutls_x509_crq_verify(request, 0), 0);
	assert_int_equal(gnutls_x509_crt_set_crq_extensions(certificate, request), 0);
	gnutls_pubkey_t public;
	assert_int_equal(gnutls_pubkey_init(&public), 0);
	assert_int_equal(gnutls_pubkey_import_x509_crq(public, request, 0), 0);
	assert_int_equal(gnutls_x509_crt_set_pubkey(certificate, public), 0);
	assert_int_equal(gnutls_x509_crt_sign2(certificate, authority->certificate, authority->key,
					       GNUTLS_DIG_SHA256, 0),
			 0);
	pem = authority_pem(certificate);
	gnutls_pubkey_deinit(public);
	gnutls_x509_crq_deinit(request);
	gnutls_x509_crt_deinit(certificate);
	return pem;
}
