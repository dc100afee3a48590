#include "function.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static const char *const names[_FUNCTION_MAX] = {
	[FUNCTION_OTHER] = "other",	    [FUNCTION_STORAGE] = "storage",
	[FUNCTION_PHONE] = "phone",	    [FUNCTION_KEYBOARD] = "keyboard",
	[FUNCTION_POINTER] = "pointer",	    [FUNCTION_HID] = "hid",
	[FUNCTION_NETWORK] = "network",	    [FUNCTION_BLUETOOTH] = "bluetooth",
	[FUNCTION_SERIAL] = "serial",	    [FUNCTION_PRINTER] = "printer",
	[FUNCTION_AUDIO] = "audio",	    [FUNCTION_VIDEO] = "video",
	[FUNCTION_SMARTCARD] = "smartcard", [FUNCTION_HUB] = "hub",
	[FUNCTION_FIRMWARE] = "firmware",   [FUNCTION_VENDOR] = "vendor",
};

const char *function_to_text(enum function function)
{
	return names[function];
}

int function_from_text(const char *text)
{
	for (int f = 0; f < _FUNCTION_MAX; f++)
		if (strcmp(text, names[f]) == 0)
			return f;
	return -EINVAL;
}

enum { ANY = -1, APPLE = 0x05ac };

/* First match from the top; ANY stands for every value. */
static const struct {
	int vendor, class, subclass, protocol;
	enum function function;
} table[] = {
	{ ANY, 0x01, ANY, ANY, FUNCTION_AUDIO },
	/* Communications: subclasses of CDC 1.2 table 4.  ACM with the vendor protocol is RNDIS. */
	{ ANY, 0x02, 0x02, 0xff, FUNCTION_NETWORK },
	{ ANY, 0x02, 0x02, ANY, FUNCTION_SERIAL },
	{ ANY, 0x02, 0x06, ANY, FUNCTION_NETWORK }, /* Ethernet control model */
	{ ANY, 0x02, 0x07, ANY, FUNCTION_NETWORK }, /* ATM */
	{ ANY, 0x02, 0x0c, ANY, FUNCTION_NETWORK }, /* Ethernet emulation */
	{ ANY, 0x02, 0x0d, ANY, FUNCTION_NETWORK }, /* network control model */
	{ ANY, 0x02, 0x0e, ANY, FUNCTION_NETWORK }, /* mobile broadband */
	{ ANY, 0x03, 0x01, 0x01, FUNCTION_KEYBOARD },
	{ ANY, 0x03, 0x01, 0x02, FUNCTION_POINTER },
	{ ANY, 0x03, ANY, ANY, FUNCTION_HID },
	{ ANY, 0x06, ANY, ANY, FUNCTION_PHONE }, /* still image: PTP and MTP */
	{ ANY, 0x07, ANY, ANY, FUNCTION_PRINTER },
	{ ANY, 0x08, ANY, ANY, FUNCTION_STORAGE },
	{ ANY, 0x09, ANY, ANY, FUNCTION_HUB },
	{ ANY, 0x0b, ANY, ANY, FUNCTION_SMARTCARD },
	{ ANY, 0x0e, ANY, ANY, FUNCTION_VIDEO },
	{ ANY, 0x10, ANY, ANY, FUNCTION_VIDEO }, /* audio/video devices */
	{ ANY, 0xe0, 0x01, 0x01, FUNCTION_BLUETOOTH },
	{ ANY, 0xe0, 0x01, 0x03, FUNCTION_NETWORK }, /* RNDIS */
	{ ANY, 0xe0, 0x01, 0x04, FUNCTION_BLUETOOTH },
	{ ANY, 0xef, 0x04, ANY, FUNCTION_NETWORK }, /* RNDIS over a medium */
	{ ANY, 0xfe, 0x01, ANY, FUNCTION_FIRMWARE },
	{ APPLE, 0xff, 0xfe, 0x02, FUNCTION_PHONE },   /* usbmux */
	{ APPLE, 0xff, 0xfd, 0x01, FUNCTION_NETWORK }, /* tethering */
	{ ANY, 0xff, 0x42, 0x01, FUNCTION_PHONE },     /* ADB */
	{ ANY, 0xff, 0x42, 0x03, FUNCTION_PHONE },     /* fastboot */
	{ ANY, 0xff, ANY, ANY, FUNCTION_VENDOR },
};

static bool holds(int wanted, int value)
{
	return wanted == ANY || wanted == value;
}

enum function function_of_usb(uint16_t vendor, uint8_t class, uint8_t subclass, uint8_t protocol)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (holds(table[i].class, class) && holds(table[i].subclass, subclass) &&
		    holds(table[i].protocol, protocol) && holds(table[i].vendor, vendor))
			return table[i].function;
	return FUNCTION_OTHER;
}
