/* ca - the installation's own small certificate authority: P-256, ECDSA with SHA-256.
 * It signs the collector's server certificate and the certificates of enrolled machines, nothing
 * else (path length 0).  GnuTLS is initialised by its library constructor.
 * Files of a directory: ca.crt (0644), ca.key (0600), PEM. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct ca;

enum {
	CA_YEARS = 10,
	CA_CLIENT_S = 397 * 24 * 60 * 60,
	CA_SERVER_DAYS = 825,
	CA_PEM_MAX = 64 * 1024,
	CA_CSR_MAX = 16 * 1024,
	CA_NAME_SIZE = 256,  /* a host name is at most 253 characters */
	CA_SERIAL_SIZE = 33, /* 16 bytes, lower-case hexadecimal, NUL */
	CA_MAX_NAMES = 16,
	CA_KEY_DIGEST_SIZE = 32,
};

/* A certificate that was issued; ca_issued_finish frees what it owns and wipes the key. */
struct ca_issued {
	char *certificate;	     /* PEM */
	char *key;		     /* PEM; NULL where the key is the requester's own */
	char serial[CA_SERIAL_SIZE]; /* random, 128 bits with the top one clear */
	int64_t expires;	     /* seconds since 1970 */
};

void ca_issued_finish(struct ca_issued *issued);

/* A new authority called @name, valid for CA_YEARS from an hour ago.  Gives *@ret.
 * Returns 0; -EINVAL for an empty or overlong name; -ENOMEM; -EIO if GnuTLS fails. */
int ca_create(struct ca **ret, const char *name) __attribute__((warn_unused_result));
void ca_free(struct ca *ca);

/* Write ca.crt and ca.key into @directory.  Returns 0; -EEXIST if either is there; -errno. */
int ca_save(const struct ca *ca, const char *directory) __attribute__((warn_unused_result));

/* Returns 0; -EBADMSG if the files are not a certificate and its key; -errno of reading them. */
int ca_load(struct ca **ret, const char *directory) __attribute__((warn_unused_result));

/* Until when the authority's own certificate is valid, seconds since 1970. */
int64_t ca_expires(const struct ca *ca);

/* The authority's certificate as PEM.  Owned by @ca. */
const char *ca_certificate(const struct ca *ca);

/* Issue a server certificate, with a new key, for @n names (1 to CA_MAX_NAMES): DNS names, or
 * IPv4/IPv6 addresses as text; the first is the common name too.  Fills *@ret.
 * Returns 0; -EINVAL for a name that is neither; -ENOMEM; -EIO. */
int ca_issue_server(const struct ca *ca, const char *const *names, size_t n, struct ca_issued *ret)
	__attribute__((warn_unused_result));

/* Sign the request @csr (PEM, @size bytes, at most CA_CSR_MAX) for client authentication as
 * @common_name.  Of the request only the public key is taken, which must be P-256, and its own
 * signature is checked.  @life_s: seconds that it is valid; 0 or less gives one that has expired,
 * for tests.  It is dated back by an hour, or by a tenth of a shorter life.  Fills *@ret, without a
 * key. Returns 0; -EBADMSG if the request is malformed or not self-signed; -EINVAL for another kind
 * of key or a bad name; -ENOMEM; -EIO. */
int ca_sign_client(const struct ca *ca, const char *csr, size_t size, const char *common_name,
		   int64_t life_s, struct ca_issued *ret) __attribute__((warn_unused_result));

/* The SHA-256 of the public key (SubjectPublicKeyInfo) that @csr asks a certificate for; checked as
 * ca_sign_client() does, and with its errors. */
int ca_request_key(const char *csr, size_t size, uint8_t ret[static CA_KEY_DIGEST_SIZE])
	__attribute__((warn_unused_result));

/* 0 if @name can be in a server certificate: a DNS name (letters, digits, hyphens, dots) or an
 * IPv4 or IPv6 address; else -EINVAL. */
int ca_name_check(const char *name) __attribute__((warn_unused_result));
