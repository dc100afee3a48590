#include "ca.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/x509.h>
#include <sodium.h>

#include "atomic_file.h"
#include "cleanup.h"
#include "policy/text.h"

enum { SERIAL_BYTES = 16, DAY_S = 24 * 60 * 60, BACKDATE_S = 60 * 60 };

struct ca {
	gnutls_x509_crt_t certificate;
	gnutls_x509_privkey_t key;
	char *pem; /* of the certificate */
};

static void cleanup_certificate(gnutls_x509_crt_t *certificate)
{
	if (*certificate)
		gnutls_x509_crt_deinit(*certificate);
}

static void cleanup_private_key(gnutls_x509_privkey_t *key)
{
	if (*key)
		gnutls_x509_privkey_deinit(*key);
}

static void cleanup_public_key(gnutls_pubkey_t *key)
{
	if (*key)
		gnutls_pubkey_deinit(*key);
}

static void cleanup_request(gnutls_x509_crq_t *request)
{
	if (*request)
		gnutls_x509_crq_deinit(*request);
}

#define _cleanup_certificate_ __attribute__((cleanup(cleanup_certificate)))
#define _cleanup_private_key_ __attribute__((cleanup(cleanup_private_key)))
#define _cleanup_public_key_  __attribute__((cleanup(cleanup_public_key)))
#define _cleanup_request_     __attribute__((cleanup(cleanup_request)))

static int gnutls_errno(int r)
{
	if (r >= 0)
		return 0;
	return r == GNUTLS_E_MEMORY_ERROR ? -ENOMEM : -EIO;
}

/* Take a GnuTLS datum as a NUL-terminated text of our own; the datum is wiped and freed. */
static int take_text(gnutls_datum_t *datum, char **ret)
{
	char *text = malloc((size_t)datum->size + 1);

	if (text) {
		memcpy(text, datum->data, datum->size);
		text[datum->size] = '\0';
		*ret = text;
	}
	sodium_memzero(datum->data, datum->size);
	gnutls_free(datum->data);
	return text ? 0 : -ENOMEM;
}

static int certificate_to_pem(gnutls_x509_crt_t certificate, char **ret)
{
	gnutls_datum_t datum;
	int r = gnutls_x509_crt_export2(certificate, GNUTLS_X509_FMT_PEM, &datum);

	return r < 0 ? gnutls_errno(r) : take_text(&datum, ret);
}

static int key_to_pem(gnutls_x509_privkey_t key, char **ret)
{
	gnutls_datum_t datum;
	int r = gnutls_x509_privkey_export2_pkcs8(key, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN,
						  &datum);

	return r < 0 ? gnutls_errno(r) : take_text(&datum, ret);
}

static int key_generate(gnutls_x509_privkey_t *ret)
{
	int r = gnutls_x509_privkey_init(ret);

	if (r >= 0)
		r = gnutls_x509_privkey_generate(
			*ret, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
	return gnutls_errno(r);
}

void ca_issued_finish(struct ca_issued *issued)
{
	if (issued->key)
		sodium_memzero(issued->key, strlen(issued->key));
	free(issued->key);
	free(issued->certificate);
	*issued = (struct ca_issued){ 0 };
}

void ca_free(struct ca *ca)
{
	if (!ca)
		return;
	cleanup_certificate(&ca->certificate);
	cleanup_private_key(&ca->key);
	free(ca->pem);
	free(ca);
}

static void cleanup_ca(struct ca **ca)
{
	ca_free(*ca);
}

#define _cleanup_ca_ __attribute__((cleanup(cleanup_ca)))

static int set_serial(gnutls_x509_crt_t certificate, char ret_hex[CA_SERIAL_SIZE])
{
	uint8_t serial[SERIAL_BYTES];

	/* RFC 5280, 4.1.2.2: positive, not zero, at most 20 octets. */
	randombytes_buf(serial, sizeof(serial));
	serial[0] = (serial[0] & 0x7f) | 0x40;
	text_hex(serial, sizeof(serial), ret_hex);
	return gnutls_x509_crt_set_serial(certificate, serial, sizeof(serial));
}

/* What every certificate has: version, serial, names, dates, key identifier. */
static int set_common(gnutls_x509_crt_t certificate, const char *name, int64_t life_s,
		      struct ca_issued *issued)
{
	int64_t now = (int64_t)time(NULL), expires = now + life_s;
	int64_t back = life_s > 0 && life_s / 10 < BACKDATE_S ? life_s / 10 : BACKDATE_S;
	int64_t from = (expires < now ? expires : now) - back;
	uint8_t id[20];
	size_t id_size = sizeof(id);

	int r = gnutls_x509_crt_set_version(certificate, 3);
	if (r >= 0)
		r = set_serial(certificate, issued->serial);
	if (r >= 0)
		r = gnutls_x509_crt_set_dn_by_oid(certificate, GNUTLS_OID_X520_COMMON_NAME, 0, name,
						  (unsigned)strlen(name));
	if (r >= 0)
		r = gnutls_x509_crt_set_activation_time(certificate, (time_t)from);
	if (r >= 0)
		r = gnutls_x509_crt_set_expiration_time(certificate, (time_t)expires);
	if (r >= 0)
		r = gnutls_x509_crt_get_key_id(certificate, 0, id, &id_size);
	if (r >= 0)
		r = gnutls_x509_crt_set_subject_key_id(certificate, id, id_size);
	issued->expires = expires;
	return r;
}

static bool name_fits(const char *name)
{
	size_t size = strnlen(name, CA_NAME_SIZE);

	return size > 0 && size < CA_NAME_SIZE;
}

/* Fill @ca->certificate, self-signed with @ca->key. */
static int self_sign(struct ca *ca, const char *name)
{
	struct ca_issued issued = { 0 };
	int r = gnutls_x509_crt_init(&ca->certificate);

	if (r >= 0)
		r = gnutls_x509_crt_set_key(ca->certificate, ca->key);
	if (r >= 0)
		r = set_common(ca->certificate, name, CA_YEARS * INT64_C(365) * DAY_S, &issued);
	if (r >= 0)
		r = gnutls_x509_crt_set_basic_constraints(ca->certificate, 1, 0);
	if (r >= 0)
		r = gnutls_x509_crt_set_key_usage(ca->certificate,
						  GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN);
	if (r >= 0)
		r = gnutls_x509_crt_sign2(ca->certificate, ca->certificate, ca->key,
					  GNUTLS_DIG_SHA256, 0);
	return gnutls_errno(r);
}

int ca_create(struct ca **ret, const char *name)
{
	if (!name_fits(name))
		return -EINVAL;
	_cleanup_ca_ struct ca *ca = calloc(1, sizeof(*ca));
	if (!ca)
		return -ENOMEM;

	int r = key_generate(&ca->key);
	if (r == 0)
		r = self_sign(ca, name);
	if (r == 0)
		r = certificate_to_pem(ca->certificate, &ca->pem);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(ca);
	return 0;
}

static int file_of(const char *directory, const char *name, char ret[static PATH_MAX])
{
	return snprintf(ret, PATH_MAX, "%s/%s", directory, name) < PATH_MAX ? 0 : -ENAMETOOLONG;
}

int ca_save(const struct ca *ca, const char *directory)
{
	char certificate_path[PATH_MAX], key_path[PATH_MAX];
	char *key = NULL;

	int r = file_of(directory, "ca.crt", certificate_path);
	if (r == 0)
		r = file_of(directory, "ca.key", key_path);
	if (r == 0)
		r = key_to_pem(ca->key, &key);
	if (r < 0)
		return r;
	r = atomic_file_create(key_path, key, strlen(key), 0600);
	if (r == 0)
		r = atomic_file_create(certificate_path, ca->pem, strlen(ca->pem), 0644);
	sodium_memzero(key, strlen(key));
	free(key);
	return r;
}

static int load_certificate(struct ca *ca, const char *directory)
{
	char path[PATH_MAX];
	size_t size;
	int r = file_of(directory, "ca.crt", path);

	if (r == 0)
		r = atomic_file_read(path, CA_PEM_MAX, &ca->pem, &size);
	if (r < 0)
		return r;
	if (gnutls_x509_crt_init(&ca->certificate) < 0)
		return -ENOMEM;
	gnutls_datum_t datum = { .data = (uint8_t *)ca->pem, .size = (unsigned)size };
	r = gnutls_x509_crt_import(ca->certificate, &datum, GNUTLS_X509_FMT_PEM);
	return r < 0 ? -EBADMSG : 0;
}

static int load_key(struct ca *ca, const char *directory)
{
	_cleanup_free_ char *pem = NULL;
	char path[PATH_MAX];
	size_t size;
	int r = file_of(directory, "ca.key", path);

	if (r == 0)
		r = atomic_file_read(path, CA_PEM_MAX, &pem, &size);
	if (r < 0)
		return r;
	if (gnutls_x509_privkey_init(&ca->key) < 0)
		return -ENOMEM;
	gnutls_datum_t datum = { .data = (uint8_t *)pem, .size = (unsigned)size };
	r = gnutls_x509_privkey_import(ca->key, &datum, GNUTLS_X509_FMT_PEM);
	sodium_memzero(pem, size);
	return r < 0 ? -EBADMSG : 0;
}

/* True if the certificate's public key is that of the private key. */
static bool key_fits(const struct ca *ca)
{
	uint8_t a[32], b[32];
	size_t a_size = sizeof(a), b_size = sizeof(b);

	return gnutls_x509_crt_get_key_id(ca->certificate, GNUTLS_KEYID_USE_SHA256, a, &a_size) ==
		       0 &&
	       gnutls_x509_privkey_get_key_id(ca->key, GNUTLS_KEYID_USE_SHA256, b, &b_size) == 0 &&
	       a_size == b_size && memcmp(a, b, a_size) == 0;
}

int ca_load(struct ca **ret, const char *directory)
{
	_cleanup_ca_ struct ca *ca = calloc(1, sizeof(*ca));
	if (!ca)
		return -ENOMEM;

	int r = load_certificate(ca, directory);
	if (r == 0)
		r = load_key(ca, directory);
	if (r < 0)
		return r;
	if (!key_fits(ca))
		return -EBADMSG;
	*ret = TAKE_PTR(ca);
	return 0;
}

int64_t ca_expires(const struct ca *ca)
{
	return (int64_t)gnutls_x509_crt_get_expiration_time(ca->certificate);
}

const char *ca_certificate(const struct ca *ca)
{
	return ca->pem;
}

/* 4 or 16: the size of the address that @name is; 0 if it is none. */
static size_t parse_address(const char *name, uint8_t ret[static 16])
{
	if (inet_pton(AF_INET, name, ret) == 1)
		return 4;
	return inet_pton(AF_INET6, name, ret) == 1 ? 16 : 0;
}

int ca_name_check(const char *name)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.";
	uint8_t address[16];

	if (!name_fits(name))
		return -EINVAL;
	if (parse_address(name, address))
		return 0;
	size_t size = strlen(name);
	bool good = size <= 253 && strspn(name, letters) == size && name[0] != '-' &&
		    name[0] != '.' && name[size - 1] != '.' && !strstr(name, "..");
	return good ? 0 : -EINVAL;
}

static int add_names(gnutls_x509_crt_t certificate, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint8_t address[16];
		size_t size = parse_address(names[i], address);
		int r = size ? gnutls_x509_crt_set_subject_alt_name(
				       certificate, GNUTLS_SAN_IPADDRESS, address, (unsigned)size,
				       GNUTLS_FSAN_APPEND)
			     : gnutls_x509_crt_set_subject_alt_name(
				       certificate, GNUTLS_SAN_DNSNAME, names[i],
				       (unsigned)strlen(names[i]), GNUTLS_FSAN_APPEND);
		if (r < 0)
			return r;
	}
	return 0;
}

/* The last steps of a leaf certificate: its purpose, and the authority's signature. */
static int sign_leaf(const struct ca *ca, gnutls_x509_crt_t certificate, const char *purpose)
{
	uint8_t id[20];
	size_t id_size = sizeof(id);

	int r = gnutls_x509_crt_set_basic_constraints(certificate, 0, -1);
	if (r >= 0)
		r = gnutls_x509_crt_set_key_usage(certificate, GNUTLS_KEY_DIGITAL_SIGNATURE);
	if (r >= 0)
		r = gnutls_x509_crt_set_key_purpose_oid(certificate, purpose, 0);
	if (r >= 0)
		r = gnutls_x509_crt_get_subject_key_id(ca->certificate, id, &id_size, NULL);
	if (r >= 0)
		r = gnutls_x509_crt_set_authority_key_id(certificate, id, id_size);
	if (r >= 0)
		r = gnutls_x509_crt_sign2(certificate, ca->certificate, ca->key, GNUTLS_DIG_SHA256,
					  0);
	return r;
}

int ca_issue_server(const struct ca *ca, const char *const *names, size_t n, struct ca_issued *ret)
{
	if (n == 0 || n > CA_MAX_NAMES)
		return -EINVAL;
	for (size_t i = 0; i < n; i++)
		if (ca_name_check(names[i]) < 0)
			return -EINVAL;

	_cleanup_private_key_ gnutls_x509_privkey_t key = NULL;
	_cleanup_certificate_ gnutls_x509_crt_t certificate = NULL;
	struct ca_issued issued = { 0 };
	int r = key_generate(&key);
	if (r < 0)
		return r;
	r = gnutls_x509_crt_init(&certificate);
	if (r >= 0)
		r = gnutls_x509_crt_set_key(certificate, key);
	if (r >= 0)
		r = set_common(certificate, strlen(names[0]) <= 64 ? names[0] : "devgate-collector",
			       CA_SERVER_DAYS * DAY_S, &issued);
	if (r >= 0)
		r = add_names(certificate, names, n);
	if (r >= 0)
		r = sign_leaf(ca, certificate, GNUTLS_KP_TLS_WWW_SERVER);
	r = gnutls_errno(r);
	if (r == 0)
		r = certificate_to_pem(certificate, &issued.certificate);
	if (r == 0)
		r = key_to_pem(key, &issued.key);
	if (r < 0) {
		ca_issued_finish(&issued);
		return r;
	}
	*ret = issued;
	return 0;
}

/* The public key of a request that proves it holds the private one. */
static int request_key(const char *csr, size_t size, gnutls_pubkey_t *ret)
{
	_cleanup_request_ gnutls_x509_crq_t request = NULL;
	_cleanup_public_key_ gnutls_pubkey_t key = NULL;
	gnutls_datum_t datum = { .data = (uint8_t *)csr, .size = (unsigned)size };
	gnutls_ecc_curve_t curve;

	if (size == 0 || size > CA_CSR_MAX)
		return -EBADMSG;
	if (gnutls_x509_crq_init(&request) < 0 || gnutls_pubkey_init(&key) < 0)
		return -ENOMEM;
	if (gnutls_x509_crq_import(request, &datum, GNUTLS_X509_FMT_PEM) < 0 ||
	    gnutls_x509_crq_verify(request, 0) < 0 ||
	    gnutls_pubkey_import_x509_crq(key, request, 0) < 0)
		return -EBADMSG;
	if (gnutls_pubkey_get_pk_algorithm(key, NULL) != GNUTLS_PK_ECDSA ||
	    gnutls_pubkey_export_ecc_raw(key, &curve, NULL, NULL) < 0 ||
	    curve != GNUTLS_ECC_CURVE_SECP256R1)
		return -EINVAL;
	*ret = TAKE_PTR(key);
	return 0;
}

int ca_request_key(const char *csr, size_t size, uint8_t ret[static CA_KEY_DIGEST_SIZE])
{
	_cleanup_public_key_ gnutls_pubkey_t key = NULL;
	size_t length = CA_KEY_DIGEST_SIZE;
	int r = request_key(csr, size, &key);

	if (r < 0)
		return r;
	return gnutls_pubkey_get_key_id(key, GNUTLS_KEYID_USE_SHA256, ret, &length) < 0 ? -EIO : 0;
}

int ca_sign_client(const struct ca *ca, const char *csr, size_t size, const char *common_name,
		   int64_t life_s, struct ca_issued *ret)
{
	_cleanup_certificate_ gnutls_x509_crt_t certificate = NULL;
	_cleanup_public_key_ gnutls_pubkey_t key = NULL;
	struct ca_issued issued = { 0 };

	/* RFC 5280, appendix A: ub-common-name is 64. */
	if (!name_fits(common_name) || strlen(common_name) > 64)
		return -EINVAL;
	int r = request_key(csr, size, &key);
	if (r < 0)
		return r;
	r = gnutls_x509_crt_init(&certificate);
	if (r >= 0)
		r = gnutls_x509_crt_set_pubkey(certificate, key);
	if (r >= 0)
		r = set_common(certificate, common_name, life_s, &issued);
	if (r >= 0)
		r = sign_leaf(ca, certificate, GNUTLS_KP_TLS_WWW_CLIENT);
	r = gnutls_errno(r);
	if (r == 0)
		r = certificate_to_pem(certificate, &issued.certificate);
	if (r < 0)
		return r;
	*ret = issued;
	return 0;
}
