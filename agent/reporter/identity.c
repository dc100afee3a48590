#include "identity.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "agent/common/cleanup.h"
#include "agent/common/file.h"

static const struct {
	const char *key, *cert;
} files[] = {
	[IDENTITY_ENROLLED] = { "new-key.pem", "new-cert.pem" },
	[IDENTITY_RENEWED] = { IDENTITY_RENEWED_KEY, IDENTITY_RENEWED_CERT },
};

static void cleanup_key(gnutls_x509_privkey_t *key)
{
	gnutls_x509_privkey_deinit(*key);
}

static void cleanup_cert(gnutls_x509_crt_t *cert)
{
	gnutls_x509_crt_deinit(*cert);
}

static void cleanup_csr(gnutls_x509_crq_t *csr)
{
	gnutls_x509_crq_deinit(*csr);
}

static void cleanup_datum(gnutls_datum_t *datum)
{
	gnutls_free(datum->data);
}

static void cleanup_secret(char **pem)
{
	if (*pem != NULL)
		explicit_bzero(*pem, strlen(*pem));
	free(*pem);
}

static int to_errno(int gnutls)
{
	return gnutls == GNUTLS_E_MEMORY_ERROR ? -ENOMEM : -EIO;
}

static int read_key(int state_fd, const char *name, gnutls_x509_privkey_t key)
{
	_cleanup_(cleanup_secret) char *pem = NULL;
	gnutls_datum_t datum;
	size_t size;
	int r;

	r = file_read(state_fd, name, IDENTITY_PEM_MAX, &pem, &size);
	if (r < 0)
		return r;
	datum = (gnutls_datum_t){ (unsigned char *)pem, (unsigned)size };
	r = gnutls_x509_privkey_import2(key, &datum, GNUTLS_X509_FMT_PEM, NULL, 0);
	return r < 0 ? -EBADMSG : 0;
}

static int make_key(int state_fd, const char *name, gnutls_x509_privkey_t key)
{
	_cleanup_(cleanup_datum) gnutls_datum_t pem = { 0 };
	int r;

	r = gnutls_x509_privkey_generate2(
		key, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0, NULL, 0);
	if (r < 0)
		return to_errno(r);
	r = gnutls_x509_privkey_export2_pkcs8(key, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN,
					      &pem);
	if (r < 0)
		return to_errno(r);
	r = file_write_atomic(state_fd, name, pem.data, pem.size, 0600);
	explicit_bzero(pem.data, pem.size);
	return r;
}

/* The public key's id tells whether a certificate is for a key. */
static int check_pair(gnutls_x509_crt_t cert, gnutls_x509_privkey_t key, uint32_t *ret_chance)
{
	unsigned char a[32], b[32];
	size_t a_size = sizeof(a), b_size = sizeof(b);

	if (gnutls_x509_crt_get_key_id(cert, GNUTLS_KEYID_USE_SHA256, a, &a_size) < 0 ||
	    gnutls_x509_privkey_get_key_id(key, GNUTLS_KEYID_USE_SHA256, b, &b_size) < 0)
		return -EBADMSG;
	if (a_size != b_size || memcmp(a, b, a_size) != 0)
		return -EBADMSG;
	memcpy(ret_chance, a, sizeof(*ret_chance));
	return 0;
}

static bool host_good(const char *host)
{
	return strlen(host) == IDENTITY_HOST_SIZE - 1 &&
	       strspn(host, "0123456789abcdef-") == IDENTITY_HOST_SIZE - 1;
}

/* Parse @pem and hold it against the key file @key_name. */
static int check_cert(int state_fd, const char *key_name, const char *pem, struct identity *ret)
{
	_cleanup_(cleanup_key) gnutls_x509_privkey_t key = NULL;
	_cleanup_(cleanup_cert) gnutls_x509_crt_t cert = NULL;
	gnutls_datum_t datum = { (unsigned char *)pem, (unsigned)strlen(pem) };
	size_t size = sizeof(ret->host);
	struct identity identity;
	int r;

	if (gnutls_x509_privkey_init(&key) < 0 || gnutls_x509_crt_init(&cert) < 0)
		return -ENOMEM;
	r = read_key(state_fd, key_name, key);
	if (r < 0)
		return r;
	if (gnutls_x509_crt_import(cert, &datum, GNUTLS_X509_FMT_PEM) < 0)
		return -EBADMSG;
	r = check_pair(cert, key, &identity.chance);
	if (r < 0)
		return r;
	if (gnutls_x509_crt_get_dn_by_oid(cert, GNUTLS_OID_X520_COMMON_NAME, 0, 0, identity.host,
					  &size) < 0 ||
	    !host_good(identity.host))
		return -EBADMSG;
	identity.not_before = gnutls_x509_crt_get_activation_time(cert);
	identity.not_after = gnutls_x509_crt_get_expiration_time(cert);
	*ret = identity;
	return 0;
}

int identity_load(int state_fd, struct identity *ret)
{
	_cleanup_free_ char *pem = NULL;
	int r;

	r = file_read(state_fd, IDENTITY_CERT, IDENTITY_PEM_MAX, &pem, NULL);
	if (r < 0)
		return r;
	r = check_cert(state_fd, IDENTITY_KEY, pem, ret);
	return r == -ENOENT ? -EBADMSG : r;
}

int identity_request(int state_fd, enum identity_origin origin, const char *name, char **ret_csr)
{
	_cleanup_(cleanup_key) gnutls_x509_privkey_t key = NULL;
	_cleanup_(cleanup_csr) gnutls_x509_crq_t csr = NULL;
	_cleanup_(cleanup_datum) gnutls_datum_t pem = { 0 };
	int r;

	if (gnutls_x509_privkey_init(&key) < 0 || gnutls_x509_crq_init(&csr) < 0)
		return -ENOMEM;
	r = read_key(state_fd, files[origin].key, key);
	if (r == -ENOENT || r == -EBADMSG)
		r = make_key(state_fd, files[origin].key, key);
	if (r < 0)
		return r;
	if ((r = gnutls_x509_crq_set_dn_by_oid(csr, GNUTLS_OID_X520_COMMON_NAME, 0, name,
					       (unsigned)strlen(name))) < 0 ||
	    (r = gnutls_x509_crq_set_version(csr, 1)) < 0 ||
	    (r = gnutls_x509_crq_set_key(csr, key)) < 0 ||
	    (r = gnutls_x509_crq_sign2(csr, key, GNUTLS_DIG_SHA256, 0)) < 0 ||
	    (r = gnutls_x509_crq_export2(csr, GNUTLS_X509_FMT_PEM, &pem)) < 0)
		return to_errno(r);
	*ret_csr = strndup((const char *)pem.data, pem.size);
	return *ret_csr == NULL ? -ENOMEM : 0;
}

int identity_accept(int state_fd, enum identity_origin origin, const char *pem)
{
	struct identity identity;
	int r;

	if (strlen(pem) > IDENTITY_PEM_MAX)
		return -EBADMSG;
	r = check_cert(state_fd, files[origin].key, pem, &identity);
	if (r < 0)
		return r;
	return file_write_atomic(state_fd, files[origin].cert, pem, strlen(pem), 0600);
}

bool identity_accepted(int state_fd, enum identity_origin origin)
{
	return faccessat(state_fd, files[origin].cert, F_OK, 0) == 0;
}

/* The certificate is renamed last: as long as the new one is there, the commit is not done. */
int identity_commit(int state_fd, enum identity_origin origin)
{
	if (!identity_accepted(state_fd, origin))
		return 0;
	if (renameat(state_fd, files[origin].key, state_fd, IDENTITY_KEY) < 0 && errno != ENOENT)
		return -errno;
	if (fsync(state_fd) < 0)
		return -errno;
	if (renameat(state_fd, files[origin].cert, state_fd, IDENTITY_CERT) < 0)
		return -errno;
	return fsync(state_fd) < 0 ? -errno : 1;
}

/* A key that was moved and a certificate that was not. */
int identity_resume(int state_fd)
{
	if (faccessat(state_fd, IDENTITY_RENEWED_KEY, F_OK, 0) == 0)
		return 0;
	return identity_commit(state_fd, IDENTITY_RENEWED);
}

/* The certificate first: a key alone is used for the next request. */
void identity_forget(int state_fd, enum identity_origin origin)
{
	unlinkat(state_fd, files[origin].cert, 0);
	unlinkat(state_fd, files[origin].key, 0);
}
