#include "keyboard_code.h"

#include <stdio.h>
#include <string.h>

#include <linux/input-event-codes.h>
#include <sodium.h>

void keyboard_code_make(struct keyboard_code *ret, unsigned digits)
{
	uint32_t bound = 1;

	for (unsigned i = 0; i < digits; i++)
		bound *= 10;
	*ret = (struct keyboard_code){ 0 };
	snprintf(ret->code, sizeof(ret->code), "%0*u", (int)digits, randombytes_uniform(bound));
}

/* The figure on a key, of the row above the letters or the keypad; '?' for any other. */
static char figure_on(unsigned key)
{
	static const unsigned keypad[] = { KEY_KP0, KEY_KP1, KEY_KP2, KEY_KP3, KEY_KP4,
					   KEY_KP5, KEY_KP6, KEY_KP7, KEY_KP8, KEY_KP9 };

	if (key >= KEY_1 && key <= KEY_0)
		return (char)('0' + (key - KEY_1 + 1) % 10);
	for (size_t i = 0; i < sizeof(keypad) / sizeof(keypad[0]); i++) {
		if (keypad[i] == key)
			return (char)('0' + i);
	}
	return '?';
}

static enum keyboard_answer end_line(struct keyboard_code *code)
{
	const size_t size = strlen(code->code);
	const bool right =
		code->n_typed == size && sodium_memcmp(code->typed, code->code, size) == 0;

	code->n_typed = 0;
	if (right)
		return KEYBOARD_RIGHT;
	return ++code->n_wrong < KEYBOARD_CODE_TRIES ? KEYBOARD_WRONG : KEYBOARD_REFUSED;
}

enum keyboard_answer keyboard_code_press(struct keyboard_code *code, unsigned key)
{
	switch (key) {
	case KEY_ENTER:
	case KEY_KPENTER:
		return end_line(code);
	case KEY_BACKSPACE:
		if (code->n_typed > 0)
			code->n_typed--;
		return KEYBOARD_UNANSWERED;
	default:
		if (code->n_typed < KEYBOARD_CODE_SIZE)
			code->typed[code->n_typed++] = figure_on(key);
		return KEYBOARD_UNANSWERED;
	}
}
