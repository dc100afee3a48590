#include "input_keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/input-event-codes.h>

#include "sysfs.h"

/* Words of 64 bits in hexadecimal, the highest first (drivers/input/input.c,
 * input_print_bitmap()). */
bool input_keys_has(int input_fd, const char *name, unsigned bit)
{
	char text[512], path[64];
	int length;

	snprintf(path, sizeof(path), "capabilities/%s", name);
	length = sysfs_read(input_fd, path, text, sizeof(text));
	for (unsigned word = 0; length > 0; word++) {
		char *space = memrchr(text, ' ', (size_t)length);
		const char *start = space == NULL ? text : space + 1;

		if (word == bit / 64)
			return strtoull(start, NULL, 16) >> (bit % 64) & 1;
		if (space == NULL)
			break;
		*space = '\0';
		length = (int)(space - text);
	}
	return false;
}

bool input_keys_type(int input_fd)
{
	static const struct {
		unsigned first, last;
	} keys[] = { { KEY_1, KEY_0 },	       { KEY_Q, KEY_P },
		     { KEY_ENTER, KEY_ENTER }, { KEY_A, KEY_L },
		     { KEY_Z, KEY_M },	       { KEY_SPACE, KEY_SPACE },
		     { KEY_KP7, KEY_KP9 },     { KEY_KPENTER, KEY_KPENTER } };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		for (unsigned key = keys[i].first; key <= keys[i].last; key++) {
			if (input_keys_has(input_fd, "key", key))
				return true;
		}
	}
	return false;
}

bool input_keys_is_character(unsigned code)
{
	switch (code) {
	case KEY_RESERVED:
	case KEY_LEFTCTRL:
	case KEY_RIGHTCTRL:
	case KEY_LEFTSHIFT:
	case KEY_RIGHTSHIFT:
	case KEY_LEFTALT:
	case KEY_RIGHTALT:
	case KEY_CAPSLOCK:
	case KEY_NUMLOCK:
	case KEY_SCROLLLOCK:
	case KEY_SYSRQ:
	case KEY_F11:
	case KEY_F12:
		return false;
	default:
		return code <= KEY_DELETE && !(code >= KEY_F1 && code <= KEY_F10);
	}
}
