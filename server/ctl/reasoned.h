/* reasoned - what is done to one named thing, for a reason that is recorded: the command line, and
 * the body of the request. */
#pragma once

#include <jansson.h>

#include "ctl.h"

struct reasoned {
	const char *operand; /* borrowed from argv */
	json_t *body;	     /* { "reason": ... }; owned */
};

/* Parse one operand and --reason.  Gives *@ret, whose body is to be freed, on OPTIONS_GO_ON; as
 * options_parse. */
int reasoned_parse(struct ctl *ctl, int argc, char **argv, struct reasoned *ret)
	__attribute__((warn_unused_result));
