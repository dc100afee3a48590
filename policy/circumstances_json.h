/* circumstances_json - the circumstances of a decision from JSON, to try a policy out.
 * Pure.  Any of
 *
 * { "user": "alice",                  // "" for nobody
 *   "groups": ["staff"], "host": "ws-017", "unit": "accounting", "time": "mon 09:30",
 *   "session": "active", "site": "on", "first-seen-days": 0,
 *   "count": { "storage": 2 },        // or one number for every function
 *   "identity": "serial", "encryption": "luks", "size": "32GiB", "label": "DATA",
 *   "classification": "internal", "violations": 0, "hosts-seen": 1, "history": 0,
 *   "told": { "violations": 3, "hosts-seen": 12 } }   // by the collector: it only tightens
 *
 * What is absent or null is unknown.  "group" is another name of "groups"; a size is bytes, as a
 * number, or a text with a unit: B, kB, MB, GB, TB, KiB, MiB, GiB, TiB. */
#pragma once

#include <jansson.h>

#include "circumstances.h"
#include "rules_error.h"

enum { CIRCUMSTANCES_MAX_GROUPS = 256 };

/* Circumstances and the list that they point to: not to be copied. */
struct circumstances_given {
	struct circumstances facts; /* its texts are borrowed from the JSON they were read from */
	const char *groups[CIRCUMSTANCES_MAX_GROUPS];
};

struct rules_reader;

/* Read @object, which must live as long as *@ret is used.  Returns 0; -EBADMSG with *@error filled,
 * without line and column; on failure *@ret is unspecified. */
int circumstances_json_parse(json_t *object, struct circumstances_given *ret,
			     struct rules_error *error) __attribute__((warn_unused_result));

/* The same for a @value at @path of a larger document, which @reader has; what it does not speak of
 * stays as it is in *@ret. */
int circumstances_json_read(struct rules_reader *reader, const char *path, json_t *value,
			    struct circumstances_given *ret) __attribute__((warn_unused_result));

/* "32GiB", "500MB", "4096": bytes, below 2^63.  Returns 0 or -EINVAL. */
int circumstances_size_parse(const char *text, int64_t *ret) __attribute__((warn_unused_result));
