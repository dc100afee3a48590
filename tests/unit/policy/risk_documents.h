/* risk_documents - risk models and lists of restricted vendors for the tests of what reads them.
 * After cmocka_test.h. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/risk/risk.h"

static inline char *read_file(const char *path)
{
	FILE *file = fopen(path, "re");
	char *text = calloc(1, 100000);

	if (file == NULL)
		fail_msg("%s cannot be opened: run from the top of the tree", path);
	assert_non_null(text);
	assert_true(fread(text, 1, 99999, file) > 0);
	assert_true(feof(file));
	fclose(file);
	return text;
}

static inline int parse(const char *text, struct rules_error *error)
{
	struct risk *risk = NULL;
	int r = risk_parse(text, strlen(text), &risk, error);

	assert_int_equal(risk != NULL, r == 0);
	risk_free(risk);
	return r;
}

#define HEAD	   "\"schema\":\"devgate-risk-1\",\"name\":\"n\","
#define BASE	   "\"base\":{\"likelihood\":1,\"impact\":1},"
#define THRESHOLDS "\"thresholds\":[{\"from\":1,\"verdict\":\"deny\"}]"
#define VENDOR(id) "{\"vendor\":\"" id "\",\"brand\":\"b\",\"origin\":\"o\",\"ground\":\"g\"}"
#define FACTOR(f)  "{" HEAD BASE "\"factors\":{" f "}," THRESHOLDS "}"
#define LADDER(t)  "{" HEAD BASE "\"factors\":{},\"thresholds\":[" t "]}"
#define LISTED(v)  "{" HEAD BASE "\"factors\":{}," THRESHOLDS ",\"restricted\":" v "}"

/* @before, @n elements of @format with a number from 1 on, @after.  To be freed. */
static inline char *repeat(const char *before, const char *format, int n, const char *after)
{
	const size_t room = 400 + (size_t)n * 100;
	char *text = malloc(room);
	size_t used;

	assert_non_null(text);
	used = (size_t)snprintf(text, room, "%s", before);
	for (int i = 1; i <= n; i++) {
		used += (size_t)snprintf(text + used, room - used, "%s", i == 1 ? "" : ",");
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		used += (size_t)snprintf(text + used, room - used, format, i);
#pragma GCC diagnostic pop
	}
	used += (size_t)snprintf(text + used, room - used, "%s", after);
	assert_true(used < room);
	return text;
}
