/* network - an IP network in CIDR notation, "10.1.0.0/16" or "2001:db8::/32" (RFC 4632, RFC 4291).
 * Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NETWORK_IPV4_SIZE = 4, NETWORK_IPV6_SIZE = 16 };

struct network {
	uint8_t size; /* of an address: NETWORK_IPV4_SIZE or NETWORK_IPV6_SIZE */
	uint8_t bits; /* how many of them are the network's */
	uint8_t address[NETWORK_IPV6_SIZE];
};

/* Parse @text: an address, a slash and the number of bits; no bit may be set beyond those.  No
 * leading zeros in IPv4, no embedded IPv4 and no zone in IPv6.  Returns 0; -EINVAL with *@ret
 * untouched. */
int network_parse(const char *text, struct network *ret) __attribute__((warn_unused_result));

/* Whether the address of @size bytes, in network order, lies in @network. */
bool network_contains(const struct network *network, const uint8_t *address, size_t size);
