/* mde_lists - what policies and devices of mde_model are made of.  Small, so that they often meet.
 */
#pragma once

#include "mde_model.h"

enum { N_VENDORS = 3, N_PRODUCTS = 2, N_SERIALS = 3, N_BEGINS = 2, N_NAMES = 2, N_MAC_TYPES = 5 };

extern const uint16_t model_vendors[N_VENDORS], model_products[N_PRODUCTS];
extern const char *const model_serials[N_SERIALS], *const model_begins[N_BEGINS],
							   *const model_names[N_NAMES];

/* macOS: words of each type of entry, and the kinds of access of each family that they mean. */
extern const struct model_mac_type {
	const char *type;
	size_t n;
	struct {
		const char *word;
		uint8_t access[N_FAMILIES];
	} words[5];
} model_mac_types[N_MAC_TYPES];
