/* documents - rules documents for the tests of what looks at them: parsed, with their text. */
#pragma once

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "policy/rules/source.h"

struct document {
	char *text;	     /* owned */
	struct rules *rules; /* owned */
	struct rules_source source;
};

/* Takes @text. */
static inline struct document document_take(char *text)
{
	struct document document = { .text = text };
	struct rules_error error;

	if (rules_parse(text, strlen(text), &document.rules, &error) < 0)
		fail_msg("%d:%d: %s: %s\n%s", error.line, error.column, error.path, error.message,
			 text);
	document.source = (struct rules_source){ text, strlen(text), document.rules };
	return document;
}

static inline struct document document_of(const char *text)
{
	return document_take(strdup(text));
}

static inline struct document document_of_json(const json_t *json)
{
	return document_take(json_dumps(json, JSON_COMPACT));
}

static inline void document_finish(struct document *document)
{
	rules_free(document->rules);
	free(document->text);
}

/* A document with @rules and @rest, the members after them. */
#define DOCUMENT_WITH(rules, rest)                                                                 \
	"{\"schema\":\"devgate-rules-1\",\"name\":\"n\",\"mode\":\"enforce\",\"rules\":[" rules    \
	"]" rest "}"
#define HUBS		",\"defaults\":{\"hub\":\"allow\"}"
#define DOCUMENT(rules) DOCUMENT_WITH(rules, HUBS)
#define RULE(id, match, verdict)                                                                   \
	"{\"id\":\"" id "\",\"match\":{" match "},\"verdict\":\"" verdict "\"}"
