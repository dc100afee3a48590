#include "device.h"

#include <errno.h>
#include <string.h>

#include <sodium.h>

static const char *const connects[_CONNECT_MAX] = {
	[CONNECT_UNKNOWN] = "unknown",
	[CONNECT_HOTPLUG] = "hotplug",
	[CONNECT_HARDWIRED] = "hardwired",
	[CONNECT_NOT_USED] = "not used",
};

static const char *const buses[_BUS_MAX] = {
	[BUS_USB] = "usb",
	[BUS_MMC] = "mmc",
	[BUS_OPTICAL] = "optical",
	[BUS_NVME] = "nvme",
	[BUS_ATA] = "ata",
	[BUS_THUNDERBOLT] = "thunderbolt",
	[BUS_BLUETOOTH] = "bluetooth",
};

enum { CLASS_CDC_DATA = 0x0a };

/* A CDC data interface has no use of its own: it carries what the control interface before it (CDC
 * 1.2 section 3.3) is for, and no driver binds it but that one's. */
static enum function function_of(const struct descriptor *descriptor, size_t i)
{
	const struct descriptor_interface *interface = &descriptor->interfaces[i];
	enum function function = function_of_usb(descriptor->vendor, interface->class,
						 interface->subclass, interface->protocol);

	if (interface->class != CLASS_CDC_DATA)
		return function;
	while (i-- > 0 && descriptor->interfaces[i].config == interface->config) {
		const struct descriptor_interface *before = &descriptor->interfaces[i];

		if (before->class == CLASS_CDC_DATA)
			continue;
		function = function_of_usb(descriptor->vendor, before->class, before->subclass,
					   before->protocol);
		if (function == FUNCTION_SERIAL || function == FUNCTION_NETWORK)
			return function;
		break;
	}
	return FUNCTION_OTHER;
}

/* The entry for (@config, @number) of @device, made if there is none; NULL if it is full. */
static struct device_interface *interface_of(struct device *device,
					     const struct descriptor_interface *from)
{
	for (size_t i = 0; i < device->n_interfaces; i++)
		if (device->interfaces[i].config == from->config &&
		    device->interfaces[i].number == from->number)
			return &device->interfaces[i];
	if (device->n_interfaces == DEVICE_MAX_INTERFACES)
		return NULL;

	struct device_interface *made = &device->interfaces[device->n_interfaces++];
	*made = (struct device_interface){
		.config = from->config,
		.number = from->number,
		.class = from->class,
		.subclass = from->subclass,
		.protocol = from->protocol,
	};
	return made;
}

/* Add the class codes of @from to @device, if they are not there.  Returns 0 or -E2BIG. */
static int add_triple(struct device *device, const struct descriptor_interface *from)
{
	const struct device_triple triple = { from->config, from->number, from->class,
					      from->subclass, from->protocol };

	for (size_t i = 0; i < device->n_triples; i++)
		if (memcmp(&device->triples[i], &triple, sizeof(triple)) == 0)
			return 0;
	if (device->n_triples == DEVICE_MAX_TRIPLES)
		return -E2BIG;
	device->triples[device->n_triples++] = triple;
	return 0;
}

int device_from_descriptors(struct device *ret, const uint8_t *blob, size_t size)
{
	struct descriptor descriptor;
	struct device device = *ret;
	int r = descriptor_parse(blob, size, &descriptor);
	if (r < 0)
		return r;

	device.vendor = descriptor.vendor;
	device.product = descriptor.product;
	device.release = descriptor.release;
	device.n_interfaces = 0;
	device.n_triples = 0;
	for (size_t i = 0; i < descriptor.n_interfaces; i++) {
		struct device_interface *interface =
			interface_of(&device, &descriptor.interfaces[i]);
		if (interface == NULL || add_triple(&device, &descriptor.interfaces[i]) < 0)
			return -E2BIG;
		interface->functions |= FUNCTION_BIT(function_of(&descriptor, i));
	}
	crypto_hash_sha256(device.digest, blob, size);
	*ret = device;
	return 0;
}

size_t device_text_size(const char *text)
{
	size_t size = strlen(text);

	while (size > 0 && strchr("\b\t\n\r", text[size - 1]) != NULL)
		size--;
	return size;
}

function_set device_functions(const struct device *device)
{
	function_set functions = 0;

	for (size_t i = 0; i < device->n_interfaces; i++)
		functions |= device->interfaces[i].functions;
	return functions;
}

/* Four lower-case hexadecimal digits. */
static void put_id(uint16_t id, uint8_t ret[static 4])
{
	for (int i = 0; i < 4; i++)
		ret[i] = (uint8_t) "0123456789abcdef"[id >> (12 - 4 * i) & 15];
}

/* Every decision makes one: snprintf() took a third of it. */
void device_claim_key(const struct device_claim *claim, uint8_t ret[static DEVICE_KEY_SIZE])
{
	static const char head[] = "devgate media 1";
	enum { BUS_SIZE = 16, IDS_SIZE = sizeof("vvvv\0pppp") };
	uint8_t text[sizeof(head) + BUS_SIZE + IDS_SIZE + DEVICE_TEXT_SIZE];
	const size_t bus = strlen(buses[claim->bus]) + 1;
	const size_t length = strnlen(claim->serial, DEVICE_TEXT_SIZE);
	uint8_t *at = text;

	memcpy(at, head, sizeof(head));
	at += sizeof(head);
	memcpy(at, buses[claim->bus], bus);
	at += bus;
	memset(at, 0, IDS_SIZE);
	put_id(claim->vendor, at);
	put_id(claim->product, at + sizeof("vvvv"));
	at += IDS_SIZE;
	memcpy(at, claim->serial, length);
	crypto_generichash(ret, DEVICE_KEY_SIZE, text, (size_t)(at - text) + length, NULL, 0);
}

void device_key(const struct device *device, uint8_t ret[static DEVICE_KEY_SIZE])
{
	const struct device_claim claim = { device->bus, device->vendor, device->product,
					    device->serial };

	device_claim_key(&claim, ret);
}

void device_media_key(uint16_t vendor, uint16_t product, const char *serial,
		      uint8_t ret[static DEVICE_KEY_SIZE])
{
	const struct device_claim claim = { BUS_USB, vendor, product, serial };

	device_claim_key(&claim, ret);
}

const char *connect_type_to_text(enum connect_type connect)
{
	return connects[connect];
}

int connect_type_from_text(const char *text)
{
	for (int c = 0; c < _CONNECT_MAX; c++)
		if (strcmp(text, connects[c]) == 0)
			return c;
	return -EINVAL;
}

const char *bus_to_text(enum bus bus)
{
	return buses[bus];
}

int bus_from_text(const char *text)
{
	for (int b = 0; b < _BUS_MAX; b++)
		if (strcmp(text, buses[b]) == 0)
			return b;
	return -EINVAL;
}
