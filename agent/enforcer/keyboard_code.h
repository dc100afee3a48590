/* keyboard_code - the code that is to be typed on a new keyboard before it works, and what is
 * typed. A line of figures that ends with Enter; Backspace takes one back. */
#pragma once

#include <stdint.h>

#include "policy/rules.h"

enum { KEYBOARD_CODE_TRIES = 3, KEYBOARD_CODE_SIZE = KEYBOARD_CODE_MAX + 1 };

enum keyboard_answer {
	KEYBOARD_UNANSWERED, /* the line has not ended */
	KEYBOARD_RIGHT,
	KEYBOARD_WRONG,	  /* and may be tried again */
	KEYBOARD_REFUSED, /* for the KEYBOARD_CODE_TRIES-th time */
	KEYBOARD_LATE,	  /* not said by keyboard_code_press() */
};

struct keyboard_code {
	char code[KEYBOARD_CODE_SIZE];
	char typed[KEYBOARD_CODE_SIZE]; /* a character that is no figure is a '?' */
	unsigned n_typed;		/* KEYBOARD_CODE_SIZE: more than any code has */
	unsigned n_wrong;
};

/* A code of @digits figures by chance, KEYBOARD_CODE_MIN to _MAX; nothing is typed yet. */
void keyboard_code_make(struct keyboard_code *ret, unsigned digits);

/* The key @key, for which input_keys_is_character() holds, was pressed. */
enum keyboard_answer keyboard_code_press(struct keyboard_code *code, unsigned key);
