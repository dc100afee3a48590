/* compared - two rules documents and what changes between them, for the tests of it.  After
 * cmocka_test.h. */
#pragma once

#include "documents.h"
#include "policy/rules/diff.h"

static inline struct rules_changes diff_of(const struct document *before,
					   const struct document *after)
{
	struct rules_changes changes;

	assert_int_equal(rules_diff(&before->source, &after->source, &changes), 0);
	return changes;
}
