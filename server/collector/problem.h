/* problem - why a request is refused: RFC 9457, "application/problem+json". */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

struct problem {
	unsigned status;  /* HTTP; 0: there is none */
	const char *code; /* stable word, static storage: "certificate-expired" */
	char detail[256]; /* English: what is wrong, and what to do */
	bool has_acked;	  /* an upload's refusal says what is held */
	uint64_t acked;
	unsigned retry_after_s; /* 0: not said; problem_set() says one for a 503 */
	const char *allow;	/* methods of a 405; static storage */
};

/* Fill *@ret, all members.  Returns -EACCES, for the caller to return. */
int problem_set(struct problem *ret, unsigned status, const char *code, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Whom it concerns may come again after @least_s to @most_s seconds, by chance: it concerns many,
 * and not all are to come back at once. */
void problem_retry(struct problem *problem, unsigned least_s, unsigned most_s);

/* There is no room to keep what came. */
int problem_full(struct problem *ret);

/* The document; NULL when out of memory. */
json_t *problem_to_json(const struct problem *problem);
