/* lines - chained ledger lines for tests. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/ledger_line.h"
#include "tests/unit/store/temporary.h"

#define LEDGER "0123456789abcdef0123456789abcdef"

/* A growing body of lines, and the chain they continue. */
struct lines {
	struct ledger_chain chain;
	char *bytes;
	size_t size;
};

static inline struct lines lines_start(const char *ledger)
{
	struct lines lines = { 0 };

	assert_int_equal(ledger_chain_start(&lines.chain, ledger), 0);
	return lines;
}

static inline void lines_add_body(struct lines *lines, const char *body)
{
	char line[4096];
	ptrdiff_t n = ledger_line_seal(&lines->chain, body, line, sizeof(line));

	assert_true(n > 0);
	lines->bytes = realloc(lines->bytes, lines->size + (size_t)n + 1);
	assert_non_null(lines->bytes);
	memcpy(lines->bytes + lines->size, line, (size_t)n);
	lines->size += (size_t)n;
	lines->bytes[lines->size] = '\0';
}

/* @n events; @mark makes them differ from those of another ledger. */
static inline void lines_add(struct lines *lines, int n, const char *mark)
{
	char body[512];

	for (int i = 0; i < n; i++) {
		snprintf(body, sizeof(body),
			 "\"time\":\"2026-11-22T08:00:00.%06dZ\",\"boot\":"
			 "\"00000000000000000000000000000000\",\"mono_us\":%d,"
			 "\"kind\":\"agent.degraded\",\"what\":\"test\",\"text\":\"%s\"",
			 i, i, mark);
		lines_add_body(lines, body);
	}
}

/* Forget the bytes, keep the chain: what follows is the next upload. */
static inline void lines_next(struct lines *lines)
{
	free(lines->bytes);
	lines->bytes = NULL;
	lines->size = 0;
}
