#include "bluetooth_services.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What a table says of a service beside a function. */
enum { DESCRIBES = _FUNCTION_MAX, HUMAN_INTERFACE };

/* Ranges of 16-bit UUIDs, sorted.  What is in none of them is "other". */
static const struct {
	uint16_t first, last;
	int function;
} services[] = {
	{ 0x1000, 0x1002, DESCRIBES },		/* service discovery itself, browsing */
	{ 0x1101, 0x1101, FUNCTION_SERIAL },	/* serial port */
	{ 0x1102, 0x1103, FUNCTION_NETWORK },	/* LAN access, dial-up networking */
	{ 0x1104, 0x1104, FUNCTION_PHONE },	/* IrMC synchronisation */
	{ 0x1105, 0x1106, FUNCTION_STORAGE },	/* object push, file transfer */
	{ 0x1107, 0x1107, FUNCTION_PHONE },	/* IrMC synchronisation, command */
	{ 0x1108, 0x1108, FUNCTION_AUDIO },	/* headset */
	{ 0x1109, 0x1109, FUNCTION_AUDIO },	/* cordless telephony */
	{ 0x110a, 0x110f, FUNCTION_AUDIO },	/* audio distribution, remote control */
	{ 0x1110, 0x1110, FUNCTION_AUDIO },	/* intercom */
	{ 0x1111, 0x1111, FUNCTION_SERIAL },	/* fax */
	{ 0x1112, 0x1112, FUNCTION_AUDIO },	/* headset, audio gateway */
	{ 0x1115, 0x1117, FUNCTION_NETWORK },	/* personal area network: PANU, NAP, GN */
	{ 0x1118, 0x1119, FUNCTION_PRINTER },	/* direct and reference printing */
	{ 0x111a, 0x111d, FUNCTION_STORAGE },	/* imaging */
	{ 0x111e, 0x111f, FUNCTION_AUDIO },	/* hands-free, and its gateway */
	{ 0x1120, 0x1123, FUNCTION_PRINTER },	/* reference and basic printing */
	{ 0x1124, 0x1124, HUMAN_INTERFACE },	/* HID */
	{ 0x1125, 0x1126, FUNCTION_PRINTER },	/* hard copy cable replacement */
	{ 0x112d, 0x112d, FUNCTION_SMARTCARD }, /* SIM access */
	{ 0x112e, 0x1130, FUNCTION_PHONE },	/* phone book access */
	{ 0x1131, 0x1131, FUNCTION_AUDIO },	/* headset, the set */
	{ 0x1132, 0x1134, FUNCTION_PHONE },	/* message access */
	{ 0x1200, 0x1200, DESCRIBES },		/* PnP information */
	{ 0x1201, 0x1201, FUNCTION_NETWORK },	/* generic networking */
	{ 0x1202, 0x1202, FUNCTION_STORAGE },	/* generic file transfer */
	{ 0x1203, 0x1204, FUNCTION_AUDIO },	/* generic audio, generic telephony */
	{ 0x1303, 0x1305, FUNCTION_VIDEO },	/* video distribution */
	{ 0x1800, 0x1801, DESCRIBES },		/* generic access, generic attribute */
	{ 0x180a, 0x180a, DESCRIBES },		/* device information */
	{ 0x180f, 0x180f, DESCRIBES },		/* battery */
	{ 0x1812, 0x1812, HUMAN_INTERFACE },	/* HID over GATT */
	{ 0x1820, 0x1820, FUNCTION_NETWORK },	/* internet protocol support */
	{ 0x1825, 0x1825, FUNCTION_STORAGE },	/* object transfer */
	{ 0x1843, 0x1846, FUNCTION_AUDIO },	/* LE audio: input, volume, offset, sets */
	{ 0x1848, 0x1849, FUNCTION_AUDIO },	/* LE audio: media control */
	{ 0x184b, 0x1856, FUNCTION_AUDIO },	/* LE audio: calls, streams, broadcast, hearing */
};

/* Any of its functions opens a multiplexer. */
static const struct {
	uint16_t psm;
	function_set functions;
} multiplexers[] = {
	{ 0x000f, FUNCTION_BIT(FUNCTION_NETWORK) }, /* BNEP */
	{ 0x0011, FUNCTION_BIT(FUNCTION_KEYBOARD) | FUNCTION_BIT(FUNCTION_POINTER) |
			  FUNCTION_BIT(FUNCTION_HID) }, /* HID control */
	{ 0x0013, FUNCTION_BIT(FUNCTION_KEYBOARD) | FUNCTION_BIT(FUNCTION_POINTER) |
			  FUNCTION_BIT(FUNCTION_HID) }, /* HID interrupt */
	{ 0x0017, FUNCTION_BIT(FUNCTION_AUDIO) },	/* AVCTP */
	{ 0x0019, FUNCTION_BIT(FUNCTION_AUDIO) },	/* AVDTP */
	{ 0x001b, FUNCTION_BIT(FUNCTION_AUDIO) },	/* AVCTP, browsing */
};

static const struct {
	uint8_t channel;
	enum function function;
} local_channels[] = {
	{ 1, FUNCTION_NETWORK },  /* dial-up networking */
	{ 3, FUNCTION_SERIAL },	  /* serial port */
	{ 6, FUNCTION_AUDIO },	  /* headset */
	{ 7, FUNCTION_AUDIO },	  /* hands-free */
	{ 9, FUNCTION_STORAGE },  /* object push */
	{ 10, FUNCTION_STORAGE }, /* file transfer */
	{ 11, FUNCTION_STORAGE }, /* imaging */
	{ 12, FUNCTION_AUDIO },	  /* headset, audio gateway */
	{ 13, FUNCTION_AUDIO },	  /* hands-free, audio gateway */
	{ 14, FUNCTION_PHONE },	  /* synchronisation */
	{ 15, FUNCTION_PHONE },	  /* phone book access */
	{ 16, FUNCTION_PHONE },	  /* message access */
	{ 17, FUNCTION_PHONE },	  /* message notification */
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool is_uuid(const char *text)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

	if (strlen(text) != BLUETOOTH_UUID_SIZE - 1)
		return false;
	for (size_t i = 0; form[i] != '\0'; i++) {
		if (form[i] == '-' ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
			return false;
	}
	return true;
}

/* The 16 bits of a UUID that is the SIG's, or -1. */
static int short_uuid(const char *uuid)
{
	static const char base[] = "-0000-1000-8000-00805f9b34fb";
	char digits[] = "0000";

	if (strncmp(uuid, "0000", 4) != 0)
		return -1;
	for (size_t i = 0; base[i] != '\0'; i++) {
		if (tolower((unsigned char)uuid[8 + i]) != base[i])
			return -1;
	}
	memcpy(digits, uuid + 4, 4);
	return (int)strtol(digits, NULL, 16);
}

int bluetooth_service_functions(const char *uuid, function_set hid, function_set *ret)
{
	int number;

	if (!is_uuid(uuid))
		return -EINVAL;
	number = short_uuid(uuid);
	if (number < 0) {
		*ret = FUNCTION_BIT(FUNCTION_VENDOR);
		return 0;
	}
	*ret = FUNCTION_BIT(FUNCTION_OTHER);
	for (size_t i = 0; i < COUNT(services); i++) {
		if (number < services[i].first || number > services[i].last)
			continue;
		*ret = services[i].function == DESCRIBES	 ? 0
		       : services[i].function == HUMAN_INTERFACE ? hid
								 : 1u << services[i].function;
	}
	return 0;
}

bool bluetooth_service_on_att(const char *uuid)
{
	int number;

	if (!is_uuid(uuid))
		return false;
	number = short_uuid(uuid);
	return number < 0 || (number >= 0x1800 && number <= 0x18ff) || number >= 0xfc00;
}

function_set bluetooth_hid_functions(uint32_t class, uint16_t appearance)
{
	function_set functions = 0;

	if ((class >> 8 & 0x1f) == 0x05) { /* major class: peripheral */
		if (class >> 6 & 1)
			functions |= FUNCTION_BIT(FUNCTION_KEYBOARD);
		if (class >> 7 & 1)
			functions |= FUNCTION_BIT(FUNCTION_POINTER);
	}
	if (appearance == 0x03c1)
		functions |= FUNCTION_BIT(FUNCTION_KEYBOARD);
	if (appearance == 0x03c2 || appearance == 0x03c9) /* mouse, touchpad */
		functions |= FUNCTION_BIT(FUNCTION_POINTER);
	return functions == 0 ? FUNCTION_BIT(FUNCTION_HID) : functions;
}

function_set bluetooth_psm_functions(uint16_t psm)
{
	for (size_t i = 0; i < COUNT(multiplexers); i++) {
		if (multiplexers[i].psm == psm)
			return multiplexers[i].functions;
	}
	return 0;
}

function_set bluetooth_local_channel_functions(uint8_t channel)
{
	for (size_t i = 0; i < COUNT(local_channels); i++) {
		if (local_channels[i].channel == channel)
			return FUNCTION_BIT(local_channels[i].function);
	}
	return 0;
}

uint16_t bluetooth_psm_at(size_t i)
{
	return i < COUNT(multiplexers) ? multiplexers[i].psm : 0;
}

uint8_t bluetooth_local_channel_at(size_t i)
{
	return i < COUNT(local_channels) ? local_channels[i].channel : 0;
}
