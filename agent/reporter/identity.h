/* identity - who this machine is to the collector: a P-256 key made here, which never leaves, and
 * the certificate that the collector's CA gave it.  Files in the reporter's state directory:
 * key.pem and cert.pem in use; new-key.pem and new-cert.pem of an enrolment that is under way,
 * renewed-key.pem and renewed-cert.pem of a renewal. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { IDENTITY_HOST_SIZE = 37, IDENTITY_PEM_MAX = 16 * 1024 };

#define IDENTITY_KEY  "key.pem"
#define IDENTITY_CERT "cert.pem"

#define IDENTITY_RENEWED_KEY  "renewed-key.pem"
#define IDENTITY_RENEWED_CERT "renewed-cert.pem"

/* What a new key and certificate are from. */
enum identity_origin { IDENTITY_ENROLLED, IDENTITY_RENEWED };

struct identity {
	char host[IDENTITY_HOST_SIZE]; /* the certificate's CN: the collector's id of this host */
	int64_t not_before, not_after; /* seconds since 1970, UTC */
	uint32_t chance; /* evenly distributed over machines and keys; the same each time */
};

/* The identity in use.  Returns 0; -ENOENT if there is none; -EBADMSG if a file is damaged or the
 * two do not belong together; -ENOMEM; what openat(2) gives. */
int identity_load(int state_fd, struct identity *ret) __attribute__((warn_unused_result));

/* A certificate signing request (PKCS #10, PEM) by the new key, which is made if there is none,
 * with CN @name.  The collector gives the certificate a CN of its own.  Gives *@ret_csr, to be
 * freed. Returns 0; -ENOMEM; -EIO if GnuTLS fails; what file_write_atomic() gives. */
int identity_request(int state_fd, enum identity_origin origin, const char *name, char **ret_csr)
	__attribute__((warn_unused_result));

/* Keep the certificate that came for the new key; identity_commit() puts both in use.
 * Returns 0; -EBADMSG if @pem is no certificate for that key or has no host id for a CN; -ENOENT if
 * there is no new key; -ENOMEM; what file_write_atomic() gives. */
int identity_accept(int state_fd, enum identity_origin origin, const char *pem)
	__attribute__((warn_unused_result));

/* Put what identity_accept() kept in use; a second call ends what a crash cut short.
 * Returns 1; 0 if nothing was accepted; what renameat(2), fsync(2) give. */
int identity_commit(int state_fd, enum identity_origin origin) __attribute__((warn_unused_result));

/* True if a certificate is accepted and not yet in use. */
bool identity_accepted(int state_fd, enum identity_origin origin);

/* End a renewal's identity_commit() that a crash cut short; before identity_load().  As
 * identity_commit(). */
int identity_resume(int state_fd) __attribute__((warn_unused_result));

/* Drop a key and certificate that are not in use. */
void identity_forget(int state_fd, enum identity_origin origin);
