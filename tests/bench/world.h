/* world - the policies, registers and devices that the bench of policy/ judges, all from numbers,
 * so that every run and every peer has the same. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "policy/device.h"

enum { WORLD_TEXT_SIZE = 20 };

/* How a device is decided on. */
enum world_kind {
	WORLD_REGISTERED,     /* it is in the register */
	WORLD_NOT_REGISTERED, /* of a registered model, with another serial: default */
	WORLD_RULE_IDS,	      /* a rule by vendor and product */
	WORLD_RULE_SERIAL,    /* a rule by those and a serial */
	WORLD_RULE_NAME,      /* a rule by those and the name */
	WORLD_DEFAULT,	      /* no rule; a keyboard without a serial */
	_WORLD_KIND_MAX,
};

/* What tells one device from another; the rest is the same for all of a kind. */
struct world_device {
	enum world_kind kind;
	uint16_t vendor, product;
	char serial[WORLD_TEXT_SIZE], name[WORLD_TEXT_SIZE]; /* "" for none */
};

/* The same sequence of numbers from the same seed; below @n. */
uint32_t world_random(uint64_t *seed, uint32_t n);

/* The @i-th device of a mixed load, for @n_media registered and @n_rules rules. */
void world_device(uint64_t *seed, uint32_t n_media, uint32_t n_rules, struct world_device *ret);

/* @ret as far as it is the same for all; then what differs. */
void world_prepare(struct device *ret);
void world_become(struct device *ret, const struct world_device *device);

/* The table of @n media; gives it. */
uint8_t *world_table(uint32_t n, size_t *ret_size);

/* The rules document of @n rules, and the same rules in USBGuard's language; gives it.  @rich: a
 * few of them ask for the user and the time as well, which USBGuard cannot. */
char *world_rules(uint32_t n, bool rich);
char *world_usbguard_rules(uint32_t n);

/* The device in USBGuard's language; gives it. */
char *world_usbguard_device(const struct world_device *device);
