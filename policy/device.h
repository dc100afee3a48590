/* device - the device model that is judged: who it says it is and what its interfaces are for.
 * Pure values on the caller's memory.  Every text is a claim of the device, as raw bytes of which
 * device_text_size() cut the end; sanitise with text_sanitise() before printing. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "descriptor.h"
#include "function.h"
#include "verdict.h"

enum {
	/* A USB string has at most 126 UTF-16 units (bLength is one byte), 3 bytes of UTF-8 each.
	 */
	DEVICE_TEXT_SIZE = 126 * 3 + 1,
	DEVICE_DIGEST_SIZE = 32,
	DEVICE_PORT_SIZE = 32,
	DEVICE_KEY_SIZE = 16,
	/* (configuration, interface number) pairs; more are refused as malformed. */
	DEVICE_MAX_INTERFACES = 64,
	/* different (configuration, interface number, class triple); more are refused, too. */
	DEVICE_MAX_TRIPLES = 128,
	DEVICE_USBGUARD_HASH_SIZE = 32,
};

enum bus {
	BUS_USB,
	BUS_MMC,
	BUS_OPTICAL,
	BUS_NVME,
	BUS_ATA,
	BUS_THUNDERBOLT,
	BUS_BLUETOOTH,
	_BUS_MAX
};

/* sysfs's "connect_type" of the port; unknown also where there is none. */
enum connect_type {
	CONNECT_UNKNOWN,
	CONNECT_HOTPLUG,
	CONNECT_HARDWIRED,
	CONNECT_NOT_USED,
	_CONNECT_MAX,
};

/* One interface of one configuration, all its alternate settings together. */
struct device_interface {
	uint8_t config, number;
	uint8_t class, subclass, protocol; /* of the first alternate setting */
	function_set functions;		   /* of every alternate setting */
};

/* The class codes of one alternate setting; the same twice in one interface is one. */
struct device_triple {
	uint8_t config, number;
	uint8_t class, subclass, protocol;
};

struct device {
	enum bus bus;
	uint16_t vendor, product, release;
	bool has_serial;
	char serial[DEVICE_TEXT_SIZE];
	char manufacturer[DEVICE_TEXT_SIZE];
	char name[DEVICE_TEXT_SIZE];
	uint8_t digest[DEVICE_DIGEST_SIZE]; /* SHA-256 of the raw descriptors */
	char port[DEVICE_PORT_SIZE];	    /* kernel's port path, "1-2.3" */
	enum connect_type connect;
	uint32_t speed_mbps; /* 0: unknown; 1.5 Mb/s is 1 */
	size_t n_interfaces;
	struct device_interface interfaces[DEVICE_MAX_INTERFACES];
	size_t n_triples;
	struct device_triple triples[DEVICE_MAX_TRIPLES];
	/* USBGuard's hash of it, and of the hub that it hangs on, where they are known. */
	bool has_usbguard_hash, has_usbguard_parent_hash;
	uint8_t usbguard_hash[DEVICE_USBGUARD_HASH_SIZE];
	uint8_t usbguard_parent_hash[DEVICE_USBGUARD_HASH_SIZE];
};

/* Fill ids, digest, interfaces and triples of @ret from raw descriptors (see descriptor_parse); the
 * texts, port, connect, speed and USBGuard's hashes are left as the caller set them.  Alternates
 * are merged by (configuration, number); a CDC data interface has the function of its control
 * interface.  Returns 0; -EBADMSG, -E2BIG as descriptor_parse, and -E2BIG above
 * DEVICE_MAX_INTERFACES or DEVICE_MAX_TRIPLES, with *@ret untouched. */
int device_from_descriptors(struct device *ret, const uint8_t *blob, size_t size)
	__attribute__((warn_unused_result));

/* How much of @text, a claim of a device, is before the backspaces, tabs and ends of line at its
 * end.  Who fills a struct device cuts these off, as USBGuard does (SysFSDevice::readAttribute() in
 * its SysFSDevice.cpp): a rule for a name or a serial is not got around by what does not show. */
size_t device_text_size(const char *text);

/* All functions of all interfaces. */
function_set device_functions(const struct device *device);

/* What a register knows a device by. */
struct device_claim {
	enum bus bus;
	uint16_t vendor, product; /* 0 on a bus that has none: optical and ata */
	const char *serial;	  /* borrowed; not empty */
};

/* The key a registered-media or revocation table is searched by: BLAKE2b of 16 bytes (RFC 7693)
 * over "devgate media 1\0" bus "\0" vvvv "\0" pppp "\0" serial, the bus as bus_to_text() has it,
 * ids as four lower-case hexadecimal digits, serial as its raw bytes. */
void device_claim_key(const struct device_claim *claim, uint8_t ret[static DEVICE_KEY_SIZE]);

/* The same of @device, which has a serial. */
void device_key(const struct device *device, uint8_t ret[static DEVICE_KEY_SIZE]);

/* The same of a device on USB. */
void device_media_key(uint16_t vendor, uint16_t product, const char *serial,
		      uint8_t ret[static DEVICE_KEY_SIZE]);

/* "unknown", "hotplug", "hardwired", "not used". */
const char *connect_type_to_text(enum connect_type connect);
int connect_type_from_text(const char *text);

/* "usb", "mmc", "optical", "nvme", "ata", "thunderbolt", "bluetooth".  Static storage. */
const char *bus_to_text(enum bus bus);
int bus_from_text(const char *text); /* or -EINVAL */
