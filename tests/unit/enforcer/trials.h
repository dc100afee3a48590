/* trials - policies that follow each other in the store of offers.h, and what is to be so then. */
#pragma once

#include "offers.h"

/* Each version registers a stick of its own: "S3". */
static inline struct policy_outcome offer_version(uint64_t version)
{
	struct offer offer = good_offer(ROLE_POLICY, version);
	char serial[24];

	free(offer.table);
	snprintf(serial, sizeof(serial), "S%d", (int)version);
	offer.table = make_table(serial, &offer.table_size);
	return make_offer(&offer, ROLE_POLICY);
}

/* @version is in force, with what it says; on trial over @previous, or on none (0). */
static inline void assert_in_force(uint64_t version, uint64_t previous)
{
	const struct policy_trial *trial = policy_store_trial(&store);
	char serial[24];

	snprintf(serial, sizeof(serial), "S%d", (int)version);
	assert_int_equal(policy_store_version(&store, ROLE_POLICY), version);
	assert_true(is_registered(serial));
	assert_int_equal(trial == NULL ? 0 : trial->previous_version, previous);
	if (trial != NULL)
		assert_int_equal(trial->version, version);
}

static inline void accept_on_trial(uint64_t version, uint64_t previous)
{
	struct policy_outcome outcome = offer_version(version);

	assert_true(outcome.applied);
	assert_in_force(version, previous);
}

static inline void assert_refused(uint64_t version, const char *reason)
{
	struct policy_outcome outcome = offer_version(version);

	assert_false(outcome.applied);
	assert_string_equal(outcome.refused, reason);
	assert_true(outcome.text[0] != '\0');
}

static inline void roll_back_to(uint64_t version)
{
	struct policy_outcome outcome;

	assert_int_equal(policy_store_roll_back(&store, &outcome), 0);
	assert_true(outcome.applied);
	assert_int_equal(outcome.version, version);
	assert_in_force(version, 0);
}
