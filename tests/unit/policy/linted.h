/* linted - what is said of rules documents, for the tests of it.  After cmocka_test.h. */
#pragma once

#include <stdio.h>

#include "documents.h"
#include "policy/rules/lint.h"

static inline struct rules_findings lint_of(const struct document *document)
{
	struct rules_findings findings;

	assert_int_equal(rules_lint(&document->source, &findings), 0);
	return findings;
}

/* @n rules that differ in their match by their number, before @after. */
static inline struct document document_of_many(size_t n, const char *match, const char *after)
{
	char *text = malloc(n * 160 + 400);
	char *at = stpcpy(text, "{\"schema\":\"devgate-rules-1\",\"name\":\"n\",\"mode\":"
				"\"enforce\",\"rules\":[");

	for (size_t i = 0; i < n; i++) {
		at += sprintf(at, "%s{\"id\":\"r%zu\",\"match\":{", i > 0 ? "," : "", i);
		at = stpcpy(at, match);
		if (after != NULL)
			at += sprintf(at, "%zu%s", i, after);
		at = stpcpy(at, "},\"verdict\":\"deny\"}");
	}
	strcpy(at, "]" HUBS "}");
	return document_take(text);
}
