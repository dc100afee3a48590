/* rules_diff - what changes, for whom, when one rules document takes the place of another.
 * Pure.  Two answers: rules_diff() reads the documents and says of each change whether it permits
 * more or less, for which functions; decision_diff() judges a recorded device by both.
 *
 * The changes are a sequence that leads from the old document to the new one: each is judged in
 * the document as those before it have left it.  So where none of them permits more to a function,
 * the new document permits nothing to it that the old did not.  Rules are judged as if both
 * documents were enforced; what the mode does beside is a change of its own. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "policy/decide.h"
#include "source.h"

enum rules_change_kind {
	RULES_CHANGE_NAME,	/* of the document: from_text, to_text */
	RULES_CHANGE_MODE,	/* from_text, to_text: "enforce", "audit" */
	RULES_CHANGE_SITE,	/* the networks that are the site; about rules that ask for it */
	RULES_CHANGE_UNITS,	/* how units' data are classified */
	RULES_CHANGE_ASSUMED,	/* of facts that only the collector can tell */
	RULES_CHANGE_GRANTS,	/* what a grant may give at most */
	RULES_CHANGE_KEYBOARDS, /* how new keyboards are watched; no verdict changes by it */
	RULES_CHANGE_DEFAULT,	/* of one function: from, to */
	RULES_CHANGE_REMOVED,	/* a rule: from */
	RULES_CHANGE_MATCH,	/* a rule speaks for others than before */
	RULES_CHANGE_OUTCOME,	/* a rule: from, to */
	RULES_CHANGE_MOVED,	/* a rule stands elsewhere: other is the one before it now */
	RULES_CHANGE_ADDED,	/* a rule: to */
	RULES_CHANGE_REASON,	/* a rule's texts */
	_RULES_CHANGE_MAX,
};

enum { RULES_WHO_SIZE = 256 };

/* A change of what is asked beside a verdict counts, too: fewer modifiers is more. */
struct rules_change {
	enum rules_change_kind kind;
	char rule[RULES_ID_SIZE];  /* id; "" where it is about no rule */
	char other[RULES_ID_SIZE]; /* the rule before it now; "" for none */
	struct outcome from, to;
	function_set functions; /* that it is about */
	char from_text[RULES_NAME_SIZE], to_text[RULES_NAME_SIZE];
	/* Functions to which it may permit more and nothing less, less and nothing more, and to
	 * which it may do both or it cannot be told.  In none of them: nothing changes. */
	function_set more, less, either;
	/* The other conditions, in the document's own words, 'vendor: "0951"; user: ["a", "b"]',
	 * cut where it is too long; "" for every device.  After the change, but for a removal. */
	char who[RULES_WHO_SIZE];
};

struct rules_changes {
	size_t n;
	struct rules_change *list; /* owned */
};

/* Gives *@ret, freed with rules_changes_finish().  Returns 0; -EBADMSG if a source's text is not
 * that of its rules; -ENOMEM. */
int rules_diff(const struct rules_source *before, const struct rules_source *after,
	       struct rules_changes *ret) __attribute__((warn_unused_result));
void rules_changes_finish(struct rules_changes *changes);

/* The stable word of a kind, "removed".  Static storage. */
const char *rules_change_to_text(enum rules_change_kind kind);

/* What changes, in English with blanks (sentence.h): to be translated, and then filled in.  Static
 * storage. */
const char *rules_change_sentence(const struct rules_change *change);
void rules_change_fill(const struct rules_change *change, const char *sentence, char *ret,
		       size_t ret_size);

/* For whom, in the same way: @functions are the change's more, less or either, and not empty. */
const char *rules_change_effect_sentence(const struct rules_change *change, function_set functions);
void rules_change_effect_fill(const struct rules_change *change, function_set functions,
			      const char *sentence, char *ret, size_t ret_size);

/* What two policies make of one device. */
struct decision_change {
	struct decision before, after; /* with their reasons */
	bool more, less;	       /* some interface is permitted more, or less; both may be */
};

/* Judge @device under @circumstances by both (see decide()).  Returns true if the effect of any
 * interface, or what is asked beside, is another; then, and else too, *@ret is filled. */
bool decision_diff(const struct policy_view *before, const struct policy_view *after,
		   const struct device *device, const struct circumstances *circumstances,
		   bool present, struct decision_change *ret);
