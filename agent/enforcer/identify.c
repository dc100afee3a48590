#include "identify.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/common/cleanup.h"
#include "agent/common/file.h"
#include "phones.h"
#include "policy/usbguard_hash.h"
#include "sysfs.h"

/* A string that the device may not have.  A NUL in it ends it, as it does in the kernel. */
static int read_text(int device_fd, const char *name, char ret[static DEVICE_TEXT_SIZE])
{
	char text[DEVICE_TEXT_SIZE + 1]; /* and the '\n' */
	int r = sysfs_read(device_fd, name, text, sizeof(text));

	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return r;
	if (r >= DEVICE_TEXT_SIZE)
		return -E2BIG;
	memcpy(ret, text, (size_t)r + 1);
	ret[device_text_size(ret)] = '\0';
	return 0;
}

static int read_texts(int device_fd, struct device *device)
{
	timer_t timer;
	int r = sysfs_alarm_start(IDENTIFY_TEXTS_MS, &timer);

	if (r < 0)
		return r;
	r = read_text(device_fd, "manufacturer", device->manufacturer);
	if (r >= 0)
		r = read_text(device_fd, "product", device->name);
	if (r >= 0)
		r = read_text(device_fd, "serial", device->serial);
	sysfs_alarm_stop(timer);
	device->has_serial = device->serial[0] != '\0';
	return r;
}

static void read_ids(int device_fd, struct device *device)
{
	uint64_t value;

	if (sysfs_read_number(device_fd, "idVendor", 16, UINT16_MAX, &value) == 0)
		device->vendor = (uint16_t)value;
	if (sysfs_read_number(device_fd, "idProduct", 16, UINT16_MAX, &value) == 0)
		device->product = (uint16_t)value;
	if (sysfs_read_number(device_fd, "bcdDevice", 16, UINT16_MAX, &value) == 0)
		device->release = (uint16_t)value;
}

/* Where the hub's port is, seen from the device: "../1-0:1.0/usb1-port2" for 1-2 and
 * "../1-2:1.0/1-2-port3" for 1-2.3 (drivers/usb/core/port.c).  The link "port" would be shorter,
 * but the kernel makes it only after the device's uevent. */
static void port_directory(const char *port, char *ret, size_t ret_size)
{
	const char *dot = strrchr(port, '.'), *dash = strchr(port, '-');

	if (dot != NULL)
		snprintf(ret, ret_size, "../%.*s:1.0/%.*s-port%s", (int)(dot - port), port,
			 (int)(dot - port), port, dot + 1);
	else
		snprintf(ret, ret_size, "../%.*s-0:1.0/usb%.*s-port%s", (int)(dash - port), port,
			 (int)(dash - port), port, dash + 1);
}

/* Documentation/ABI/testing/sysfs-bus-usb, connect_type. */
static enum connect_type read_connect(int device_fd, const char *port)
{
	char directory[128], path[160], text[32];
	int connect;

	port_directory(port, directory, sizeof(directory));
	snprintf(path, sizeof(path), "%s/connect_type", directory);
	if (sysfs_read(device_fd, path, text, sizeof(text)) < 0)
		return CONNECT_UNKNOWN;
	connect = connect_type_from_text(text);
	return connect < 0 ? CONNECT_UNKNOWN : (enum connect_type)connect;
}

/* Mb/s as the kernel says it: "1.5", "12", "480", "5000". */
static uint32_t read_speed(int device_fd)
{
	char text[32];

	if (sysfs_read(device_fd, "speed", text, sizeof(text)) < 0)
		return 0;
	return (uint32_t)strtoul(text, NULL, 10);
}

int identify(int device_fd, const char *port, struct device *ret)
{
	_cleanup_free_ char *blob = NULL;
	size_t size;
	int texts, r;

	*ret = (struct device){ 0 };
	snprintf(ret->port, sizeof(ret->port), "%s", port);
	ret->connect = read_connect(device_fd, port);
	ret->speed_mbps = read_speed(device_fd);
	texts = read_texts(device_fd, ret);
	r = file_read(device_fd, "descriptors", DESCRIPTOR_MAX_BYTES, &blob, &size);
	if (r >= 0)
		r = device_from_descriptors(ret, (const uint8_t *)blob, size);
	if (r < 0) {
		read_ids(device_fd, ret);
		return r;
	}
	phones_mark(ret);
	if (texts >= 0 && device_usbguard_hash(ret, (const uint8_t *)blob, size) < 0)
		ret->has_usbguard_hash = false; /* then no rule by hash matches */
	return texts;
}

int identify_hub(int hub_fd, uint8_t ret[static DEVICE_USBGUARD_HASH_SIZE])
{
	_cleanup_free_ struct device *hub = calloc(1, sizeof(*hub));
	_cleanup_free_ char *blob = NULL;
	size_t size;
	int r;

	if (hub == NULL)
		return -ENOMEM;
	read_ids(hub_fd, hub);
	r = read_texts(hub_fd, hub);
	if (r >= 0)
		r = file_read(hub_fd, "descriptors", DESCRIPTOR_MAX_BYTES, &blob, &size);
	if (r >= 0)
		r = device_usbguard_hash(hub, (const uint8_t *)blob, size);
	if (r >= 0 && !hub->has_usbguard_hash)
		r = -ENODATA;
	if (r >= 0)
		memcpy(ret, hub->usbguard_hash, sizeof(hub->usbguard_hash));
	return r < 0 ? r : 0;
}
