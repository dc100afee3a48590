/* generate - rules documents, registers, devices and circumstances made up from a seed.
 * The alphabets are small, so that what is made up often matches; every condition and every
 * unknown comes up.  All documents are valid. */
#pragma once

#include <jansson.h>

#include "reference.h"

/* The same seed gives the same values. */
struct generator {
	uint64_t state;
};

/* 0 to @n - 1. */
uint32_t generate_below(struct generator *generator, uint32_t n);

/* True once in @n times. */
bool generate_once_in(struct generator *generator, uint32_t n);

/* A whole document with @n rules; gives it.  @risk: verdicts may be "by-risk". */
json_t *generate_rules(struct generator *generator, size_t n, bool risk);

/* One rule with @id; gives it. */
json_t *generate_rule(struct generator *generator, const char *id, bool risk);

/* A risk model (generate_risk.c); gives it. */
json_t *generate_risk(struct generator *generator);

void generate_device(struct generator *generator, struct device *ret);

enum { GENERATE_GROUPS = 2, GENERATE_MEDIA = 8 };

/* Circumstances and the list that they borrow. */
struct generated_circumstances {
	struct circumstances now;
	const char *groups[GENERATE_GROUPS];
};

void generate_circumstances(struct generator *generator, struct generated_circumstances *ret);

/* Make one fact of @now unknown. */
void generate_forget(struct circumstances *now, fact_set fact);

/* Up to GENERATE_MEDIA media, no two with one key; returns how many.  @revoked: as the table of
 * revocations has them. */
size_t generate_media(struct generator *generator, bool revoked,
		      struct reference_medium ret[static GENERATE_MEDIA]);

/* The table of @media, as the product reads it; gives *@ret_bytes. */
struct registered generate_table(const struct reference_medium *media, size_t n,
				 uint8_t **ret_bytes);
