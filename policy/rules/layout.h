/* rules_layout - the order of members, and what is never put on one line, in a rules document and a
 * risk model.  Data of format.c. */
#pragma once

#include <stdbool.h>

enum { RULES_LAYOUT_NAMES = 40, RULES_LAYOUT_MEMBERS = 12 };

/* What an object or a list is, as far as its layout goes. */
struct rules_layout {
	bool broken;				   /* never on one line */
	const char *names[RULES_LAYOUT_NAMES + 1]; /* in order, ended by NULL */
	/* What its members are, ended by one without a layout; "" is each that is not named. */
	struct {
		const char *name;
		const struct rules_layout *layout;
	} members[RULES_LAYOUT_MEMBERS + 1];
};

/* The whole of either document. */
extern const struct rules_layout rules_layout_document;

/* What the member @name (or an element, "") of @layout is.  Static storage. */
const struct rules_layout *rules_layout_member(const struct rules_layout *layout, const char *name);
