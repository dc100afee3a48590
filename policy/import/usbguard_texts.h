/* usbguard_texts - the values of one text attribute for which a USBGuard rule holds: those that are
 * listed, or all but those.  Pure.  A device has one value of each such attribute, "" for none, so
 * every operator comes to one of the two.  Lists are sorted, without the same text twice, and live
 * in the arena. */
#pragma once

#include <jansson.h>

#include "usbguard_rule.h"

struct usbguard_texts {
	bool negated; /* all but these; with none: everything */
	size_t n;
	const char **values;
};

/* What @attribute comes to: all-of, equals and equals-ordered of two different texts hold for no
 * device.  A text with a NUL byte is no device's.  Returns 0 or -ENOMEM. */
int usbguard_texts_from(struct arena *arena, const struct usbguard_attribute *attribute,
			struct usbguard_texts *ret) __attribute__((warn_unused_result));

bool usbguard_texts_is_any(const struct usbguard_texts *texts);
bool usbguard_texts_is_none(const struct usbguard_texts *texts);

/* Whether they hold for @value. */
bool usbguard_texts_hold(const struct usbguard_texts *texts, const char *value);

/* The same without "" in the list; borrows it. */
struct usbguard_texts usbguard_texts_without_empty(const struct usbguard_texts *texts);

/* Strike off what @is_good says no of.  Returns how many that were. */
size_t usbguard_texts_keep(struct usbguard_texts *texts, bool (*is_good)(const char *value));

/* What @texts hold for of @scope, which is everything or a list that is not empty.  *@ret may
 * borrow
 * @texts' list.  Returns 0 or -ENOMEM. */
int usbguard_texts_within(struct arena *arena, const struct usbguard_texts *scope,
			  const struct usbguard_texts *texts, struct usbguard_texts *ret)
	__attribute__((warn_unused_result));

/* The list as a new array of strings, a text alone for one.  NULL without memory. */
json_t *usbguard_texts_to_json(const struct usbguard_texts *texts)
	__attribute__((warn_unused_result));

/* @list, or instead of it the only value in it, which reads better.  Takes and gives; NULL of NULL.
 */
json_t *usbguard_list(json_t *list) __attribute__((warn_unused_result));
