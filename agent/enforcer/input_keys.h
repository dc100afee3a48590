/* input_keys - what an input device can press, told from its capabilities in sysfs. */
#pragma once

#include <stdbool.h>

/* Is bit @bit set in the bitmap @name ("key", "rel", "abs") of the input device whose directory in
 * sysfs is @input_fd?  False if it cannot be read. */
bool input_keys_has(int input_fd, const char *name, unsigned bit);

/* Can it type: has it any letter, figure, space or enter?  The keys of a head set, a volume knob or
 * a remote control are others. */
bool input_keys_type(int input_fd);

/* Does key @code (KEY_* of linux/input-event-codes.h) write or edit text, or move in it? Modifiers,
 * locks, function and media keys do not. */
bool input_keys_is_character(unsigned code);
