/* facts - what the collector tells a workstation of people and devices: open violations, and on
 * how many hosts a device was seen.
 * Pure.  The collector is not trusted to loosen anything: what it tells only tightens (decide.h).
 * So the document is not signed, and the enforcer reads it: lines of plain text, in this order,
 *
 *	devgate-facts-1
 *	person 3 alice                                  open violations, name of the account
 *	device 12 <32 hex>                              hosts, key of the device (device_key())
 *
 * each ended by one '\n', numbers without sign or leading zero, at most INT32_MAX.  Nobody is named
 * twice. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "device.h"

enum {
	FACTS_MAX_BYTES = 256 * 1024,
	FACTS_MAX_PEOPLE = 256,
	FACTS_MAX_DEVICES = 2048,
	FACTS_PERSON_SIZE = 64, /* as long as a name of an account is recorded */
};

struct facts {
	size_t n_people, n_devices;
	struct facts_person {
		char name[FACTS_PERSON_SIZE];
		int32_t violations;
	} people[FACTS_MAX_PEOPLE];
	struct facts_device {
		uint8_t key[DEVICE_KEY_SIZE];
		int32_t hosts;
	} devices[FACTS_MAX_DEVICES]; /* by key, ascending */
};

/* Read @text.  Returns 0; -EBADMSG; -E2BIG above one of the limits.  On failure *@ret, which is
 * large, is unspecified. */
int facts_parse(struct facts *ret, const char *text, size_t size)
	__attribute__((warn_unused_result));

/* Open violations of @person; -1 if nothing is told of them. */
int32_t facts_violations(const struct facts *facts, const char *person);

/* On how many hosts the device with @key was seen; -1 if nothing is told of it. */
int32_t facts_hosts(const struct facts *facts, const uint8_t key[static DEVICE_KEY_SIZE]);
