/* usbguard_condition - when the conditions of a USBGuard rule are met: the minutes of the day.
 * Pure.  Of a minute there are three answers: yes, all of it; no, none of it; or it cannot be said,
 * because it depends on what the rules language has no condition for, or only a part of it is
 * meant, or the manual leaves it open.  What permits takes the first, what denies all but the
 * second.
 *
 * localtime(from-to) is yes from the first moment and up to the last; the manual does not say
 * whether the minute "to" belongs to it, which cannot be said.  So are allowed-matches,
 * rule-applied, rule-evaluated, random, and match-all over conditions, which the manual does not
 * define. */
#pragma once

#include <jansson.h>

#include "policy/circumstances.h"
#include "usbguard_rule.h"

enum { USBGUARD_NO, USBGUARD_OPEN, USBGUARD_YES };

struct usbguard_day {
	uint8_t minutes[MINUTES_OF_DAY];
};

/* What @conditions, "if" of a rule, of which @conditions->n may be 0, come to. */
void usbguard_day(const struct usbguard_attribute *conditions, struct usbguard_day *ret);

/* The minutes whose answer is @least or more, as the rules language's "time": a new list of
 * { "from", "to" }, empty for none.  NULL without memory. */
json_t *usbguard_day_to_json(const struct usbguard_day *day, int least)
	__attribute__((warn_unused_result));

bool usbguard_day_has(const struct usbguard_day *day, int answer);

/* Whether @condition is never said wholly: all but true, false and a localtime() of whole minutes
 * and more than one moment. */
bool usbguard_condition_is_open(const struct usbguard_value *condition);

/* "allowed-matches".  Static storage. */
const char *usbguard_condition_to_text(enum usbguard_condition condition);
