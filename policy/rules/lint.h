/* rules_lint - what an officer should look at again in a rules document that is well-formed.
 * Pure.  Never a false alarm: a rule is called unreachable only where that is proven, condition by
 * condition; what cannot be proven is not said.  Each finding says what to do about it. */
#pragma once

#include <stddef.h>

#include "source.h"

enum rules_severity { RULES_NOTE, RULES_WARNING, RULES_ERROR, _RULES_SEVERITY_MAX };

enum rules_finding_kind {
	/* A rule that never decides.  "before": other. */
	RULES_DUPLICATE, /* the same match as a rule before; an error if it says something else */
	/* Rules before match all that it does, one of them or, told apart by the bus, the hour and
	 * the like, several together; other is the last of them. */
	RULES_UNREACHABLE,
	RULES_SHADOWED, /* so they do, but while it is not known whether they match */
	/* A match that can hold for no device: all errors. */
	RULES_NO_MEDIUM,     /* a condition on media, and functions other than storage */
	RULES_NO_PERSON,     /* a user or a group, and session none */
	RULES_NO_SERIAL,     /* a serial, and identity none */
	RULES_NO_COUNT,	     /* count of none, and the device itself counts */
	RULES_NO_USB,	     /* a hash of USBGuard's, and buses other than USB */
	RULES_NO_INTERFACES, /* sets of interfaces that speak against each other: detail */
	/* What is rarely meant. */
	RULES_STORAGE_FOR_ALL, /* any storage device may be written by anybody; also of a default */
	RULES_SERIAL_ALONE,    /* permits by serial, whoever made the device */
	RULES_CHARGE_ALONE,    /* charge-only for what is no phone */
	RULES_NO_HUB,	       /* hubs are denied, and so all that hangs on them */
	RULES_NOT_KNOWN,       /* asks for what is not known when a device comes: detail */
	RULES_NO_SITE,	       /* asks for the site, and the document names no network of it */
	RULES_WHOLE_DAY,       /* a time from one hour to the same one */
	RULES_LITERAL_GLOB,    /* a text with '*' or '?' that is taken letter by letter: detail */
	RULES_AUDIT_MODE,      /* nothing is enforced */
	RULES_NAMES,	       /* names that only people can check: detail */
	RULES_NOT_ALL,	       /* so much to compare that not every rule was, with all before it */
	_RULES_FINDING_MAX,
};

enum {
	RULES_MAX_FINDINGS = 1000,
	RULES_DETAIL_SIZE = 160,
	RULES_FINDING_PATH_SIZE = 128,
};

struct rules_finding {
	enum rules_finding_kind kind;
	enum rules_severity severity;
	size_t at;			    /* byte of the text */
	int line, column;		    /* 1-based */
	char path[RULES_FINDING_PATH_SIZE]; /* "rules[3].match.time"; "" for the document */
	char rule[RULES_ID_SIZE];	    /* "" where it is about no rule */
	char other[RULES_ID_SIZE];	    /* the rule before; "" if none */
	char detail[RULES_DETAIL_SIZE];	    /* in the document's words; "" if none */
};

struct rules_findings {
	size_t n;
	struct rules_finding *list; /* owned; in order of place */
	size_t left_out;	    /* how many more there were */
};

/* Look through @source.  Gives *@ret, freed with rules_findings_finish().  The work is bounded: a
 * rule is compared with those before it that the rules' index does not tell apart from it, and all
 * comparisons together have a limit (RULES_NOT_ALL).  Returns 0; -EBADMSG if the source's text is
 * not that of its rules; -ENOMEM. */
int rules_lint(const struct rules_source *source, struct rules_findings *ret)
	__attribute__((warn_unused_result));
void rules_findings_finish(struct rules_findings *findings);

/* The gravest of all; RULES_NOTE if there are none. */
enum rules_severity rules_findings_worst(const struct rules_findings *findings);

/* The stable word of a kind, "duplicate", and of a severity, "warning".  Static storage. */
const char *rules_finding_to_text(enum rules_finding_kind kind);
const char *rules_severity_to_text(enum rules_severity severity);

/* What is found and what to do, in English with blanks (sentence.h): to be translated, and then
 * filled in.  Static storage. */
const char *rules_finding_sentence(const struct rules_finding *finding);
void rules_finding_fill(const struct rules_finding *finding, const char *sentence, char *ret,
			size_t ret_size);
