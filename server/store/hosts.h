/* hosts - the workstations: enrolment, certificates, last status. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "store.h"

enum {
	HOST_MACHINE_SIZE = 65, /* SHA-256, hexadecimal, NUL */
	HOST_SERIAL_SIZE = 33,
	HOST_WORD_SIZE = 33, /* version, mode, ledger id */
};

struct host {
	char id[STORE_UUID_SIZE];
	char hostname[STORE_TEXT_SIZE], unit[STORE_TEXT_SIZE];
	int64_t enrolled, last_seen;
	char version[HOST_WORD_SIZE], mode[HOST_WORD_SIZE], gate[STORE_TEXT_SIZE];
	char ledger[HOST_WORD_SIZE];
	uint64_t policy, revocations;
	uint64_t rolled_back;	     /* a policy above that, which it took back; 0: none */
	uint64_t acked;		     /* last seq held of that ledger */
	int64_t certificate_expires; /* of the latest that is not revoked; 0 if there is none */
	bool revoked;
	char ended[HOST_WORD_SIZE]; /* how its agent has: endings.h; "": it has not */
	int64_t ended_at;	    /* then */
};

/* What a machine that enrols says, and what it is given.  Texts are borrowed. */
struct enrolment {
	const uint8_t *token_hash; /* STORE_HASH_SIZE bytes */
	const uint8_t *key;	   /* digest of its public key, STORE_HASH_SIZE bytes */
	const char *host;	   /* id: of hosts_find_machine, or a new one */
	const char *machine_id, *hostname, *version;
	const char *serial; /* of its new certificate */
	int64_t now, certificate_expires;
};

/* What a machine says of itself every minute. */
struct host_status {
	const char *version, *mode, *gate, *ledger;
	uint64_t policy, revocations;
	uint64_t rolled_back; /* a policy above that, which it took back; 0: none */
	int64_t now;
};

/* The host id that @machine_id has enrolled as before.  Returns 0; -ENOENT. */
int hosts_find_machine(struct store *store, const char *machine_id,
		       char ret[static STORE_UUID_SIZE]) __attribute__((warn_unused_result));

/* In one transaction: use the token up (a token that the same key has used is good still: the
 * answer was lost), make the host or keep the one this machine has been (its earlier certificates
 * are revoked; history stays), add the certificate.  Returns 0; -ENOENT, -EALREADY, -ETIME of the
 * token; -EAGAIN if @host is not what the machine is known as (ask hosts_find_machine again). */
int hosts_enrol(struct store *store, const struct enrolment *enrolment)
	__attribute__((warn_unused_result));

/* Which host a certificate was issued to.  *@ret_revoked: it, or its host, is revoked.
 * Returns 0; -ENOENT if it is not one of ours. */
int hosts_find_certificate(struct store *store, const char *serial,
			   char ret_host[static STORE_UUID_SIZE], bool *ret_revoked)
	__attribute__((warn_unused_result));

/* Call @on_serial with the serial of every revoked certificate that has not expired at @now; a
 * negative return ends it and is returned. */
int hosts_each_revoked(struct store *store, int64_t now,
		       int (*on_serial)(void *context, const char *serial), void *context)
	__attribute__((warn_unused_result));

/* Returns 0; -ENOENT. */
int hosts_set_status(struct store *store, const char *id, const struct host_status *status)
	__attribute__((warn_unused_result));

/* Revoke a host with all its certificates.  Returns 0, also if it was revoked before; -ENOENT. */
int hosts_revoke(struct store *store, const char *id, const char *by, const char *reason,
		 int64_t now) __attribute__((warn_unused_result));

/* Call @on_host for each host, by name; a negative return ends it and is returned. */
int hosts_each(struct store *store, int (*on_host)(void *context, const struct host *host),
	       void *context) __attribute__((warn_unused_result));
