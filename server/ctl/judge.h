/* judge - what the collector's answers say of the site: each function adds lines to a diagnosis.
 * Pure: nothing is fetched, and the time is an argument. */
#pragma once

#include <stdint.h>

#include "diagnosis.h"
#include "policy/trust.h"

enum {
	JUDGE_CLOCK_LOOK_S = 30,
	JUDGE_CLOCK_WRONG_S = 300,
	JUDGE_BEHIND_LOOK = 500, /* lines: one upload */
	JUDGE_BEHIND_WRONG = 100000,
	JUDGE_DAY_S = 24 * 3600,
};

/* When a thing ends, and how long before that to say so. */
struct term {
	const char *subject, *what, *todo; /* @what and @todo translated */
	int64_t look_s, wrong_s;
};

/* A line on what ends at @ends. */
void judge_term(struct diagnosis *diagnosis, const struct term *term, int64_t ends, int64_t now);

/* GET /api/v1/site: clock, store, room, certificates, backup. */
void judge_site(struct diagnosis *diagnosis, const json_t *site, int64_t now);

/* GET /api/v1/hosts, and the policy in force, of @version (0: none) and @issued then. */
struct judged_policy {
	uint64_t version;
	int64_t issued;
};
void judge_hosts(struct diagnosis *diagnosis, const json_t *hosts,
		 const struct judged_policy *policy, int64_t now);

/* GET /api/v1/tokens */
void judge_tokens(struct diagnosis *diagnosis, const json_t *tokens, int64_t now);

/* GET /api/v1/findings: those of the last @days that are open. */
void judge_findings(struct diagnosis *diagnosis, const json_t *findings, int64_t days, int64_t now);

/* @n checkpoints are signed by the pinned key; the last is of @time. */
void judge_checkpoints(struct diagnosis *diagnosis, size_t n, int64_t time, int64_t now);
