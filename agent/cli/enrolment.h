/* enrolment - the file that an officer hands to a workstation's administrator: where the collector
 * is, whom to trust, and a token that is good once.
 * { "schema": "devgate-enrolment-1", "url": "https://HOST:8443", "token": "…", "ca": "<PEM>",
 *   "trust_root": {…}, "unit": "…", "expires": "2026-11-23T08:00:00Z" } */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "agent/common/collector_config.h"
#include "policy/trust.h"

enum {
	ENROLMENT_MAX_BYTES = 256 * 1024,
	ENROLMENT_TOKEN_SIZE = 129,
	ENROLMENT_UNIT_SIZE = COLLECTOR_UNIT_SIZE
};

struct enrolment {
	char url[COLLECTOR_URL_SIZE];
	char token[ENROLMENT_TOKEN_SIZE];
	char unit[ENROLMENT_UNIT_SIZE];
	int64_t expires;       /* seconds since 1970, UTC */
	char *ca;	       /* PEM, one certificate; owned */
	uint8_t ca_sha256[32]; /* fingerprint: of its DER form */
	char *trust_text;      /* the trust root as JSON; owned */
	struct trust trust;    /* the same, parsed */
};

/* Parse and check the file's @text.  Returns 0, and *@ret owns what enrolment_finish() frees;
 * -EBADMSG with a sentence in @error; -ENOMEM.  Whether it has expired is not checked. */
int enrolment_parse(struct enrolment *ret, const char *text, size_t size, char error[static 256])
	__attribute__((warn_unused_result));
void enrolment_finish(struct enrolment *enrolment);
