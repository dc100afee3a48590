/* properties - worlds made up from seeds (generate.h), in which properties of the policy are tried.
 *
 * PROPERTIES_SEEDS in the environment: how many seeds are tried; PROPERTIES_FIRST: from which on. A
 * failure names its seed. */
#pragma once

#include "cmocka_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "generate.h"
#include "policy/risk/risk.h"
#include "policy/rules.h"

/* One policy, as the product and as the reference have it, and a device under circumstances. */
struct world {
	unsigned long seed;
	struct generator generator;
	struct reference_medium revoked[GENERATE_MEDIA + 1], registered[GENERATE_MEDIA];
	uint8_t *revoked_table, *registered_table;
	struct registered revoked_view, registered_view;
	struct rules *rules;
	struct risk *risk;
	struct reference_policy reference;
	struct policy_view view;
	struct device device;
	struct generated_circumstances circumstances;
};

/* Stop the test, and show what it stopped at (cmocka would cut the document). */
#define FAIL(world, ...)                                                                           \
	do {                                                                                       \
		char *shown = json_dumps((world)->reference.rules, JSON_INDENT(1));                \
		fprintf(stderr, "%s\n", shown == NULL ? "" : shown);                               \
		free(shown);                                                                       \
		fprintf(stderr, __VA_ARGS__);                                                      \
		fail_msg(" (seed %lu: PROPERTIES_FIRST=%lu PROPERTIES_SEEDS=1)", (world)->seed,    \
			 (world)->seed);                                                           \
	} while (0)

/* The world of @seed: a policy, and a first device. */
void world_init(struct world *world, unsigned long seed);
void world_finish(struct world *world);

/* The next device, and its circumstances. */
void world_next(struct world *world);

/* Put @document, which is borrowed, or the first @n of the world's revocations in force. */
void world_use_rules(struct world *world, json_t *document);
void world_use_revoked(struct world *world, size_t n);

/* Try @property on each world, with some devices in each. */
void each_world(void (*property)(struct world *world));

/* What the product decides. */
void judge(const struct world *world, struct decision *ret);

/* Whether @b permits nothing that @a does not. */
bool no_more(enum verdict a, enum verdict b);

/* The same of each interface of two decisions; else the test fails, and says @what. */
void check_no_more(struct world *world, const struct decision *before, const struct decision *after,
		   const char *what);

/* Whether two decisions on an interface are one.  What is asked beside is asked of what is
 * permitted alone. */
bool same_interface(const struct interface_decision *a, const struct interface_decision *b);
