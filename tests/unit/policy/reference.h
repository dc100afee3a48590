/* reference - the judgement of a device, said again in the plainest way: the document as Jansson
 * read it, every rule in turn, every condition by a name and a few lines.
 *
 * What policy/ decides is held against this.  It shares the types and the words of policy/
 * (verdict, function, circumstances), and no code of rules/, decide.c, registered.c or risk/. */
#pragma once

#include <jansson.h>

#include "policy/circumstances.h"
#include "policy/decide.h"
#include "policy/device.h"
#include "policy/registered.h"

enum truth { FAILS, UNKNOWN, HOLDS };

/* A line of the register, before it is a key in a table. */
struct reference_medium {
	enum bus bus;
	uint16_t vendor, product;
	const char *serial;
	bool bound; /* to @digest, the first half of the descriptors' */
	uint8_t digest[16];
	enum verdict verdict;
	modifier_set modifiers;
	function_set functions;
	const char *tag;
};

/* All borrowed.  A list of revoked or registered media may be empty. */
struct reference_policy {
	const struct reference_medium *revoked, *registered;
	size_t n_revoked, n_registered;
	json_t *rules; /* the rules document; NULL: the built-in policy */
	json_t *risk;  /* the risk model; NULL: none */
};

/* What is asked of a rule. */
struct reference_question {
	const struct device *device;
	const struct circumstances *circumstances;
	enum function function;
	bool registered; /* the register has an entry for the device, whatever it speaks for */
};

/* Whether @rule, an object of the document's "rules", matches; *@ret_unknown are the facts that
 * would tell, if that is UNKNOWN. */
enum truth reference_match(json_t *rule, const struct reference_question *question,
			   fact_set *ret_unknown);

struct reference_decision {
	enum verdict verdict;
	bool partial;
	int risk;
	struct interface_decision interfaces[DEVICE_MAX_INTERFACES];
};

void reference_decide(const struct reference_policy *policy, const struct device *device,
		      const struct circumstances *circumstances, bool present,
		      struct reference_decision *ret);

/* Whether @glob holds for the whole of @text. */
bool reference_glob(const char *glob, const char *text);

/* The score of one function by @model (reference_risk.c); *@ret_outcome is what it calls for. */
int reference_risk(json_t *model, const struct reference_question *question,
		   struct outcome *ret_outcome);
