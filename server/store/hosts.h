/* hosts - the workstations: enrolment, certificates, last status.
 *
 * A machine is known by its machine id, unless two machines have shown the same one (a disk was
 * copied): then the id names neither, and each that enrols becomes a host of its own. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "store.h"

enum {
	HOST_MACHINE_SIZE = 65, /* SHA-256, hexadecimal, NUL */
	HOST_SERIAL_SIZE = 33,
	HOST_WORD_SIZE = 33, /* version, mode, ledger id */
	HOST_BOOT_SIZE = 33, /* boot id, hexadecimal, NUL */
	HOST_ADDRESS_SIZE = 46,
	HOST_OTHER_SIZE = STORE_TEXT_SIZE + HOST_ADDRESS_SIZE + 8,
	HOST_CLOCK_LIMIT_S = 300,
	/* "certificate serial", or "host id/boot id": what hosts_each_refused() gives */
	HOST_REFUSED_SIZE = STORE_UUID_SIZE + HOST_BOOT_SIZE,
};

struct host {
	char id[STORE_UUID_SIZE];
	char machine_id[HOST_MACHINE_SIZE];
	char hostname[STORE_TEXT_SIZE], unit[STORE_TEXT_SIZE];
	int64_t enrolled, last_seen;
	char version[HOST_WORD_SIZE], mode[HOST_WORD_SIZE], gate[STORE_TEXT_SIZE];
	char ledger[HOST_WORD_SIZE];
	uint64_t policy, revocations;
	uint64_t rolled_back;	     /* a policy above that, which it took back; 0: none */
	uint64_t acked;		     /* last seq held of that ledger */
	uint64_t written;	     /* last seq that it says it has written; 0: not said */
	int64_t certificate_expires; /* of the latest that is not revoked; 0 if there is none */
	bool revoked;
	char ended[HOST_WORD_SIZE];	 /* how its agent has: endings.h; "": it has not */
	int64_t ended_at;		 /* then */
	bool cloned;			 /* two machines have shown this identity */
	bool offset_known;		 /* it has said what time it is */
	int64_t offset_s;		 /* its clock's advance on the collector's */
	char address[HOST_ADDRESS_SIZE]; /* where it spoke from last; "" if not known */
};

/* What a machine that enrols says, and what it is given.  Texts are borrowed. */
struct enrolment {
	const uint8_t *token_hash; /* STORE_HASH_SIZE bytes */
	const uint8_t *key;	   /* digest of its public key, STORE_HASH_SIZE bytes */
	const char *host;	   /* id: of hosts_choose, or a new one */
	const char *machine_id, *hostname, *version;
	const char *boot;     /* its present start: boot id; "" if not said */
	int64_t boot_started; /* when that was, by this machine's clock; if boot is said */
	const char *address;  /* where it speaks from; "" if not known */
	const char *serial;   /* of its new certificate */
	int64_t now, certificate_expires;
};

/* What a machine says of itself every minute. */
struct host_status {
	const char *version, *mode, *gate, *ledger;
	uint64_t policy, revocations;
	uint64_t rolled_back; /* a policy above that, which it took back; 0: none */
	uint64_t written;     /* last seq of its ledger; 0: not said */
	int64_t now;
	const char *hostname, *machine_id, *boot, *address; /* "" where not said */
	bool has_time;
	int64_t time; /* what its clock said */
};

/* The host that the machine which enrols is to be: the one its token names; else the one that its
 * machine id has enrolled as before, unless two machines have that id.  That is so if it was found
 * earlier, or if another start of that host spoke after this machine had started, or this start is
 * one that another has taken the place of.  Of @enrolment, host and serial are not looked at.
 * Returns 0; -ENOENT: it is a new host. */
int hosts_choose(struct store *store, const struct enrolment *enrolment,
		 char ret[static STORE_UUID_SIZE]) __attribute__((warn_unused_result));

/* In one transaction: use the token (by a key that has used it before, it is not counted again: the
 * answer was lost), make the host or keep the one this machine has been (its earlier certificates
 * are revoked; history stays), add the certificate.  Returns 0; -ENOENT, -EALREADY, -EKEYREVOKED,
 * -ETIME of the token; -EAGAIN if @host is not what the machine is to be (ask hosts_choose again).
 */
int hosts_enrol(struct store *store, const struct enrolment *enrolment)
	__attribute__((warn_unused_result));

/* Give @host one more certificate.  It is valid beside the one in use until it is first used; one
 * that was given before and never used is revoked.  Returns 0; -ENOENT for an unknown or revoked
 * host. */
int hosts_renew(struct store *store, const char *host, const char *serial, int64_t now,
		int64_t expires) __attribute__((warn_unused_result));

/* The certificate is used: the others of its host are revoked.  Returns 0. */
int hosts_confirm(struct store *store, const char *serial, int64_t now)
	__attribute__((warn_unused_result));

/* A certificate of ours. */
struct certificate {
	char host[STORE_UUID_SIZE]; /* whom it was issued to */
	bool revoked;		    /* it, or its host */
	bool confirmed;		    /* it has been used */
};

/* Returns 0; -ENOENT if it is not one of ours. */
int hosts_find_certificate(struct store *store, const char *serial, struct certificate *ret)
	__attribute__((warn_unused_result));

/* Call @on_refused with what must not be served: the serial of every revoked certificate that has
 * not expired at @now, and "host id/boot id" of every machine that shows another's identity.  A
 * negative return ends it and is returned. */
int hosts_each_refused(struct store *store, int64_t now,
		       int (*on_refused)(void *context, const char *what), void *context)
	__attribute__((warn_unused_result));

/* Keep what a machine says of itself, and judge whether it is the machine that enrolled: see
 * boots.h. A clock that goes wrong by more than HOST_CLOCK_LIMIT_S becomes a finding. Returns 0;
 * -ENOENT; -EOWNERDEAD if another machine has this identity, and is to enrol anew; then *@ret_other
 * is that other's name and address. */
int hosts_set_status(struct store *store, const char *id, const struct host_status *status,
		     char ret_other[static HOST_OTHER_SIZE]) __attribute__((warn_unused_result));

/* Revoke a host with all its certificates.  Returns 0, also if it was revoked before; -ENOENT. */
int hosts_revoke(struct store *store, const char *id, const char *by, const char *reason,
		 int64_t now) __attribute__((warn_unused_result));

/* Call @on_host for each host, by name; a negative return ends it and is returned. */
int hosts_each(struct store *store, int (*on_host)(void *context, const struct host *host),
	       void *context) __attribute__((warn_unused_result));
