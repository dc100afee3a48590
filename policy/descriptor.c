#include "descriptor.h"

#include <errno.h>
#include <stdbool.h>

/* USB 2.0 table 9-5, and the sizes of tables 9-8, 9-10 and 9-12. */
enum {
	TYPE_DEVICE = 1,
	TYPE_CONFIG = 2,
	TYPE_INTERFACE = 4,
	DEVICE_SIZE = 18,
	CONFIG_SIZE = 9,
	INTERFACE_SIZE = 9,
	HEADER_SIZE = 2,
};

static uint16_t u16(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] | bytes[1] << 8);
}

static int parse_device(const uint8_t *blob, size_t size, struct descriptor *ret)
{
	if (size < DEVICE_SIZE || blob[0] != DEVICE_SIZE || blob[1] != TYPE_DEVICE)
		return -EBADMSG;

	*ret = (struct descriptor){
		.class = blob[4],
		.subclass = blob[5],
		.protocol = blob[6],
		.vendor = u16(blob + 8),
		.product = u16(blob + 10),
		.release = u16(blob + 12),
	};
	return 0;
}

static int add_interface(struct descriptor *ret, uint8_t config, const uint8_t *bytes)
{
	if (ret->n_interfaces == DESCRIPTOR_MAX_INTERFACES)
		return -E2BIG;

	ret->interfaces[ret->n_interfaces++] = (struct descriptor_interface){
		.config = config,
		.number = bytes[2],
		.alternate = bytes[3],
		.class = bytes[5],
		.subclass = bytes[6],
		.protocol = bytes[7],
	};
	return 0;
}

int descriptor_parse(const uint8_t *blob, size_t size, struct descriptor *ret)
{
	if (size > DESCRIPTOR_MAX_BYTES)
		return -E2BIG;
	int r = parse_device(blob, size, ret);
	if (r < 0)
		return r;

	const uint8_t claimed_configs = blob[17];
	unsigned configs = 0;
	uint8_t config = 0;
	for (size_t at = DEVICE_SIZE, length; at < size; at += length) {
		const uint8_t *bytes = blob + at;

		if (size - at < HEADER_SIZE)
			return -EBADMSG;
		length = bytes[0];
		if (length < HEADER_SIZE || length > size - at)
			return -EBADMSG;
		/* The kernel begins each configuration with its descriptor, and nothing else. */
		if (configs == 0 && bytes[1] != TYPE_CONFIG)
			return -EBADMSG;

		if (bytes[1] == TYPE_CONFIG) {
			if (length < CONFIG_SIZE || ++configs > claimed_configs)
				return -EBADMSG;
			config = bytes[5];
		} else if (bytes[1] == TYPE_INTERFACE) {
			if (length < INTERFACE_SIZE)
				return -EBADMSG;
			r = add_interface(ret, config, bytes);
			if (r < 0)
				return r;
		}
	}
	/* The kernel lowers bNumConfigurations to those it could read, and takes a configuration
	 * descriptor inside another configuration for nothing (drivers/usb/core/config.c).  Were
	 * it believed here, interfaces would be judged in a configuration they are not in. */
	if (configs != claimed_configs)
		return -EBADMSG;
	ret->configs = (uint8_t)configs;
	return 0;
}
