/* risk_internal - how a risk model is held in memory.  Between risk*.c. */
#pragma once

#include <jansson.h>

#include "policy/json_document.h"
#include "policy/rules/reader.h"
#include "risk.h"

enum {
	RISK_TEXT_SIZE = 64, /* of a value, a brand or an origin */
	RISK_GROUND_SIZE = 512,
	RISK_MAX_THRESHOLDS = RISK_MAX_SCALE * RISK_MAX_SCALE,
};

enum risk_kind {
	RISK_FUNCTION,
	RISK_IDENTITY,
	RISK_ENCRYPTION,
	RISK_FIRST_SEEN,
	RISK_UNREGISTERED,
	RISK_RESTRICTED_VENDOR,
	RISK_CLASSIFICATION,
	RISK_VIOLATIONS,
	RISK_HOSTS_SEEN,
	RISK_HISTORY,
	_RISK_KIND_MAX,
};

struct risk_points {
	int likelihood, impact;
};

/* One value that a factor may have. */
struct risk_value {
	char text[RISK_TEXT_SIZE];
	int from; /* of a band */
	struct risk_points points;
};

/* A factor: every value that it may have, so that a device has one of them or it is unknown which.
 * Words (function, identity, encryption) are at their number, and "no" and "yes" at 0 and 1; bands
 * go up from 0; the last classification is "*". */
struct risk_table {
	bool is_there; /* in the model */
	size_t n;
	struct risk_value values[RISK_MAX_BANDS];
	struct risk_points worst, best; /* the most, and the least, of each that a value gives */
};

struct risk {
	char name[RISK_NAME_SIZE];
	int scale;
	struct risk_points base;
	struct risk_table tables[_RISK_KIND_MAX];
	size_t n_thresholds;
	struct risk_threshold thresholds[RISK_MAX_THRESHOLDS];
	size_t n_restricted;
	struct restricted_vendor *restricted; /* owned, as are its texts; by vendor */
};

_Static_assert((int)_FUNCTION_MAX <= (int)RISK_MAX_BANDS, "a table holds every function");
_Static_assert((int)_RISK_KIND_MAX < (int)RISK_MAX_FACTORS, "the base and every factor");

/* The name of a factor in documents and breakdowns.  Static storage. */
const char *risk_kind_to_text(enum risk_kind kind);

/* A document read as JSON, without its comments. */
struct risk_document {
	struct json_document json;  /* owned */
	json_t *root;		    /* of it */
	struct rules_reader reader; /* borrows it, and the error */
};

/* Load @text.  0; -EBADMSG with *@error filled; -E2BIG; -ENOMEM.  On failure nothing is owned. */
int risk_document_load(struct risk_document *ret, const char *text, size_t size,
		       struct rules_error *error) __attribute__((warn_unused_result));
void risk_document_finish(struct risk_document *document);

/* True if @text is a document whose "schema" is @schema. */
bool risk_document_is(const char *text, size_t size, const char *schema);

/* The functions below fail as those of rules/reader.h do. */

/* The member called @name of @object, which must be there. */
int risk_need(struct rules_reader *reader, const char *path, json_t *object, const char *name,
	      json_t **ret) __attribute__((warn_unused_result));

/* "schema" of the document @root must be @schema. */
int risk_read_schema(struct rules_reader *reader, json_t *root, const char *schema)
	__attribute__((warn_unused_result));

/* A whole number from @low to @high. */
int risk_read_number(struct rules_reader *reader, const char *path, json_t *value,
		     const int range[static 2], int *ret) __attribute__((warn_unused_result));

/* "likelihood" and "impact" of @object, 0 where absent; the caller has checked its members. */
int risk_read_points(struct rules_reader *reader, const char *path, json_t *object,
		     struct risk_points *ret) __attribute__((warn_unused_result));

/* "factors" (factors.c), "thresholds" (parse.c) and "restricted" (vendors.c).  What
 * they have allocated is owned by @risk also on failure. */
int risk_read_factors(struct rules_reader *reader, const char *path, json_t *object,
		      struct risk *risk) __attribute__((warn_unused_result));
int risk_read_thresholds(struct rules_reader *reader, const char *path, json_t *list,
			 struct risk *risk) __attribute__((warn_unused_result));
int risk_read_restricted(struct rules_reader *reader, const char *path, json_t *list,
			 struct risk *risk) __attribute__((warn_unused_result));
