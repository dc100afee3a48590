/* usbguard_rule - one rule of USBGuard's language, as it is written (usbguard-rules.conf(5)).
 * Pure.  What is said is kept as it is said; what it means is for usbguard_match.h and
 * usbguard_condition.h.  A rule is one line; nothing continues it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "usbguard_reader.h"

/* The last two are in the grammar and not in the manual. */
enum usbguard_target {
	USBGUARD_ALLOW,
	USBGUARD_BLOCK,
	USBGUARD_REJECT,
	USBGUARD_MATCH,
	USBGUARD_DEVICE,
};

enum usbguard_operator {
	USBGUARD_ALL_OF,
	USBGUARD_ONE_OF,
	USBGUARD_NONE_OF,
	USBGUARD_EQUALS, /* where none is written */
	USBGUARD_EQUALS_ORDERED,
	USBGUARD_MATCH_ALL,
};

enum usbguard_attribute_name {
	USBGUARD_ID,
	USBGUARD_NAME,
	USBGUARD_SERIAL,
	USBGUARD_HASH,
	USBGUARD_PARENT_HASH,
	USBGUARD_VIA_PORT,
	USBGUARD_CONNECT_TYPE,
	USBGUARD_INTERFACE,
	USBGUARD_IF,
	USBGUARD_LABEL,
	_USBGUARD_ATTRIBUTE_MAX,
};

enum { USBGUARD_CONDITIONS_MAX = 64 };

enum usbguard_condition {
	USBGUARD_LOCALTIME,
	USBGUARD_ALLOWED_MATCHES,
	USBGUARD_RULE_APPLIED,
	USBGUARD_RULE_EVALUATED,
	USBGUARD_RANDOM,
	USBGUARD_TRUE,
	USBGUARD_FALSE,
};

struct usbguard_value {
	/* Of an id: vendor, product; of an interface: class, subclass, protocol; -1 for '*'.  Of
	 * localtime: the seconds of the day from, to. */
	int32_t numbers[3];
	bool upper_case; /* an id with digits from A to F */
	bool negated;	 /* a condition with '!' */
	enum usbguard_condition condition;
	const char *text; /* what was in quotes, decoded; NUL-terminated, in the arena */
	size_t size;	  /* of it: it may hold NUL bytes, too */
};

struct usbguard_attribute {
	enum usbguard_operator relation;
	size_t n; /* 0: the rule does not have the attribute */
	struct usbguard_value *values;
};

struct usbguard_rule {
	const char *file; /* borrowed */
	int line;
	enum usbguard_target target;
	struct usbguard_attribute attributes[_USBGUARD_ATTRIBUTE_MAX];
};

/* Read what is between @reader's place and end.  Returns 1 and fills *@ret, but for what it has in
 * common with @reader in the arena; 0 for a line without a rule; -EBADMSG with the error filled;
 * -ENOMEM.  *@ret_comment: there was a comment. */
int usbguard_rule_parse(struct usbguard_reader *reader, struct usbguard_rule *ret,
			bool *ret_comment) __attribute__((warn_unused_result));

/* The same for attributes alone, the argument of allowed-matches(); nothing is given. */
int usbguard_query_check(struct usbguard_reader *reader) __attribute__((warn_unused_result));

/* "with-interface", "equals-ordered".  Static storage. */
const char *usbguard_attribute_to_text(enum usbguard_attribute_name name);
const char *usbguard_operator_to_text(enum usbguard_operator relation);
