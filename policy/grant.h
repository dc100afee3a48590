/* grant - an officer's leave for one device at one workstation for a bounded time.
 * Pure.  A DSSE envelope of payload type "application/vnd.devgate.grant.v1+json", signed by enough
 * officers of role "grants" (trust.h: one is usual):
 * { "schema": "devgate-grant-1", "id": "G-2026-017", "version": 1,
 *   "host": "<id that the collector knows it by>", "machine": "<64 hex>",
 *   "device": { "bus": "usb", "vendor": "0951", "product": "1666", "serial": "A001" },
 *   "functions": ["storage"], "verdict": "read-only", "modifiers": ["trail"],
 *   "from": "2026-11-23T08:00:00Z", "until": "2026-11-23T09:00:00Z",
 *   "issued_by": "alice", "reason": "...", "withdrawn": false }
 *
 * "machine" is what the workstation told at its enrolment, and knows of itself: SHA-256 of its
 * machine id, bound to this program.  It says where the grant holds; "host" only says whither it is
 * to be carried.  Vendor and product are "0000" on a bus that has none.  "modifiers", "reason" and
 * "withdrawn" may be left out.
 *
 * An id is an officer's: a higher version takes the place of a lower one, and one that is withdrawn
 * ends it.  What a grant may give at most, the rules in force say (rules.h), at each decision. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "device.h"
#include "rules.h"
#include "trust.h"

#define GRANT_TYPE "application/vnd.devgate.grant.v1+json"

enum {
	GRANT_MAX_BYTES = 16 * 1024, /* of an envelope */
	GRANT_ID_SIZE = RULES_ID_SIZE,
	GRANT_HOST_SIZE = 64,
	GRANT_MACHINE_SIZE = 32,
	GRANT_REASON_SIZE = 256,
	GRANT_MAX_S = 366 * 24 * 60 * 60, /* from its beginning to its end */
	GRANTS_MAX = 32,		  /* at one workstation */
};

struct grant {
	char id[GRANT_ID_SIZE]; /* letters, digits, '.', '_' and '-' */
	uint64_t version;	/* 1 or more */
	bool withdrawn;
	char host[GRANT_HOST_SIZE];
	uint8_t machine[GRANT_MACHINE_SIZE];
	enum bus bus;
	uint16_t vendor, product;
	char serial[DEVICE_TEXT_SIZE];
	function_set functions; /* at least one */
	enum verdict verdict;	/* more than deny */
	modifier_set modifiers;
	int64_t from, until; /* seconds since 1970, UTC; it holds in [from, until) */
	char issued_by[TRUST_NAME_SIZE];
	char reason[GRANT_REASON_SIZE];
};

/* Why a grant is refused; grant_refusal_to_text() gives the stable word used in records. */
enum grant_refusal {
	GRANT_OK = 0,
	GRANT_MALFORMED,   /* "malformed" */
	GRANT_WRONG_TYPE,  /* "wrong-type" */
	GRANT_UNKNOWN_KEY, /* "unknown-key": none of the signatures is by an officer of the role */
	GRANT_BAD_SIGNATURE, /* "bad-signature": one by such an officer does not fit */
	GRANT_TOO_FEW,	     /* "too-few-signatures" */
	GRANT_EXPIRED,	     /* "expired": its time is over, or the trust root's */
	GRANT_OLD,	     /* "old-version": at or below the one held */
	GRANT_OTHER_HOST,    /* "other-host" */
	GRANT_BEYOND_POLICY, /* "beyond-policy": more than the rules in force let be granted */
	GRANT_TOO_MANY,	     /* "too-many": GRANTS_MAX are held */
	_GRANT_REFUSAL_MAX,
};

const char *grant_refusal_to_text(enum grant_refusal refusal);
/* A sentence for people, English (callers translate it with gettext). */
const char *grant_refusal_explain(enum grant_refusal refusal);

/* Verify the envelope @text against @trust and, only then, parse its grant; then its time, at @now,
 * seconds since 1970; with @now < 0 times are not looked at.  Whom it is for, what the rules let
 * be granted, and whether it is the newest, is the caller's to ask.  Fills *@ret on GRANT_OK only.
 * Out of memory is GRANT_MALFORMED. */
enum grant_refusal grant_verify(const struct trust *trust, const char *text, size_t size,
				int64_t now, struct grant *ret) __attribute__((warn_unused_result));

/* Parse a grant from bytes that are already trusted or only being shown.  0; -EBADMSG; -ENOMEM. */
int grant_parse(struct grant *ret, const uint8_t *bytes, size_t size)
	__attribute__((warn_unused_result));
/* JSON text of a grant; gives *@ret, to be freed.  0 or -ENOMEM. */
int grant_encode(const struct grant *grant, char **ret) __attribute__((warn_unused_result));

/* Is @device, by what it claims, the one that @grant is for? */
bool grant_is_for(const struct grant *grant, const struct device *device);

/* Is all that @grant gives within @limits?  One that is withdrawn gives nothing. */
bool grant_is_within(const struct grant *grant, const struct grant_limits *limits);
