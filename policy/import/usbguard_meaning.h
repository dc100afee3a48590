/* usbguard_meaning - for which devices and when a USBGuard rule holds, in terms of the rules
 * language, and the notes about what that language says otherwise or not at all.
 * Pure.  Where something cannot be said, a rule that allows holds for less than it did and one that
 * denies for more. */
#pragma once

#include "import.h"
#include "usbguard_rule.h"
#include "usbguard_texts.h"

/* The texts of a device that can be listed but not excluded, as they follow in
 * enum usbguard_attribute_name. */
enum { USBGUARD_TEXTS_FIRST = USBGUARD_NAME, USBGUARD_TEXTS_MAX = USBGUARD_VIA_PORT };

struct usbguard_context {
	struct import *import;
	const struct import_options *options;
	struct arena *arena;
	struct rules_error *error;
	unsigned said; /* bits of what is noted once */
};

/* What is noted once for all rules. */
enum usbguard_said {
	USBGUARD_SAID_REJECT = 1 << 0,
	USBGUARD_SAID_SETS = 1 << 1,
	USBGUARD_SAID_LOCALTIME = 1 << 2,
};

struct usbguard_meaning {
	bool never;    /* it holds for no device that is judged here: there is nothing to say */
	bool stricter; /* and was noted to hold for others than it did */
	bool allows;
	json_t *ids;  /* parts of "match" of which one must hold; owned */
	json_t *rest; /* and a part that must hold, too; owned */
	struct usbguard_texts texts[USBGUARD_TEXTS_MAX + 1];
};

/* Fill *@ret, which usbguard_meaning_finish() frees, also after a failure.  Returns 0; -EBADMSG for
 * what cannot be said under "strict"; -ENOMEM. */
int usbguard_meaning(struct usbguard_context *context, const struct usbguard_rule *rule,
		     struct usbguard_meaning *ret) __attribute__((warn_unused_result));
void usbguard_meaning_finish(struct usbguard_meaning *meaning);

/* Add a note on @rule: see import_add_note(). */
__attribute__((format(printf, 5, 6), warn_unused_result)) int
usbguard_note(struct usbguard_context *context, const struct usbguard_rule *rule,
	      enum import_effect effect, const char *item, const char *format, ...);
