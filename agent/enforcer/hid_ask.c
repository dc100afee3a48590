#include "hid_ask.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/usbdevice_fs.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "agent/common/cleanup.h"
#include "agent/common/file.h"
#include "agent/common/hid_report.h"
#include "sysfs.h"
#include "usbnode.h"

enum {
	/* bDescriptorType: USB 2.0, table 9-5; HID 1.11, section 7.1. */
	TYPE_CONFIG = 0x02,
	TYPE_INTERFACE = 0x04,
	TYPE_HID = 0x21,
	TYPE_REPORT = 0x22,
	HID_HEADER_SIZE = 6, /* then three bytes for each descriptor below it */
	GET_DESCRIPTOR = 0x06,
	TO_INTERFACE_IN = 0x81,
};

/* The longest report descriptor that a HID descriptor of @size bytes tells of, or 0. */
static int longest(const uint8_t *hid, size_t size)
{
	int length = 0;

	for (size_t at = HID_HEADER_SIZE; at + 3 <= size; at += 3) {
		int told = hid[at + 1] | hid[at + 2] << 8;

		if (hid[at] == TYPE_REPORT && told > length)
			length = told;
	}
	return length;
}

int hid_ask_length(const uint8_t *blob, size_t size, unsigned config, unsigned number)
{
	bool here = false, right = false;
	int length = 0;

	for (size_t at = 0; at + 2 <= size && blob[at] >= 2 && at + blob[at] <= size;
	     at += blob[at]) {
		const uint8_t *descriptor = blob + at, descriptor_size = descriptor[0];

		if (descriptor[1] == TYPE_CONFIG && descriptor_size >= 6) {
			right = descriptor[5] == config;
			here = false;
		} else if (descriptor[1] == TYPE_INTERFACE && descriptor_size >= 3) {
			here = right && descriptor[2] == number;
		} else if (descriptor[1] == TYPE_HID && here) {
			int told = longest(descriptor, descriptor_size);

			length = told > length ? told : length;
		}
	}
	if (length == 0)
		return -EBADMSG;
	return length > HID_REPORT_MAX_BYTES ? -E2BIG : length;
}

/* Of the configuration that is set. */
static int length_of(const struct usbdev *dev, unsigned number)
{
	_cleanup_free_ char *blob = NULL;
	uint64_t config;
	size_t size;
	int r = sysfs_read_number(dev->fd, "bConfigurationValue", 10, UINT8_MAX, &config);

	if (r >= 0)
		r = file_read(dev->fd, "descriptors", DESCRIPTOR_MAX_BYTES, &blob, &size);
	return r < 0 ? r : hid_ask_length((const uint8_t *)blob, size, (unsigned)config, number);
}

static int open_node(const struct usbdev *dev)
{
	const struct gate_device node = usbnode_of(dev);
	_cleanup_close_ int fd = -1;
	struct stat st;
	char path[64];

	snprintf(path, sizeof(path), "/dev/bus/usb/%03u/%03u", dev->bus, dev->number);
	fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -ENXIO : -errno; /* the device is there */
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(node.major, node.minor) ||
	    !usbnode_is_of(&node, dev))
		return -ENXIO;
	return TAKE_FD(fd);
}

/* Read @length bytes at most, with the interface claimed.  Returns how many came. */
static int read_report(int node_fd, unsigned number, uint8_t *ret, int length)
{
	struct usbdevfs_ctrltransfer transfer = { .bRequestType = TO_INTERFACE_IN,
						  .bRequest = GET_DESCRIPTOR,
						  .wValue = TYPE_REPORT << 8,
						  .wIndex = (uint16_t)number,
						  .wLength = (uint16_t)length,
						  .timeout = HID_ASK_TIMEOUT_MS,
						  .data = ret };
	int n;

	if (ioctl(node_fd, USBDEVFS_CLAIMINTERFACE, &number) < 0)
		return -errno;
	n = ioctl(node_fd, USBDEVFS_CONTROL, &transfer);
	if (n < 0)
		n = -errno;
	if (ioctl(node_fd, USBDEVFS_RELEASEINTERFACE, &number) < 0 && n >= 0)
		n = -errno;
	return n;
}

/* An interface that is not authorized cannot be claimed (usb_driver_claim_interface()); to
 * authorize it binds no driver (Documentation/usb/authorization.rst). */
static int read_authorized(const struct usbdev *dev, unsigned number, int fd, uint8_t *ret)
{
	_cleanup_close_ int node_fd = -1;
	int length = length_of(dev, number), r, closed;

	if (length < 0)
		return length;
	node_fd = open_node(dev);
	if (node_fd < 0)
		return node_fd;
	r = sysfs_write(fd, "authorized", "1");
	if (r < 0)
		return r;
	r = read_report(node_fd, number, ret, length);
	closed = sysfs_write(fd, "authorized", "0");
	return closed < 0 ? closed : r;
}

int hid_ask_types(const struct usbdev *dev, unsigned number, int fd)
{
	uint8_t bytes[HID_REPORT_MAX_BYTES];
	struct hid_report report;
	int r = read_authorized(dev, number, fd, bytes);

	if (r >= 0)
		r = hid_report_parse(bytes, (size_t)r, &report);
	return r < 0 ? r : hid_report_types(&report);
}
