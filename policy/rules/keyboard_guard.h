/* rules_keyboard_guard - the member "keyboard-guard" of a rules document.  Internal to policy/. */
#pragma once

#include "reader.h"

/* What holds where a document does not say. */
extern const struct keyboard_guard rules_keyboard_guard_usual;

/* Read @object into *@ret, which holds the usual before. */
int rules_keyboard_guard_read(struct rules_reader *reader, const char *path, json_t *object,
			      struct keyboard_guard *ret) __attribute__((warn_unused_result));
