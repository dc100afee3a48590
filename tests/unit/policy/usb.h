/* usb - build raw descriptors for tests, as a device would give them. */
#pragma once

#include <assert.h>
#include <stdint.h>
#include <string.h>

struct usb {
	uint8_t bytes[8192];
	size_t size;
};

static inline void usb_raw(struct usb *usb, const uint8_t *bytes, size_t size)
{
	assert(usb->size + size <= sizeof(usb->bytes));
	memcpy(usb->bytes + usb->size, bytes, size);
	usb->size += size;
}

static inline void usb_device(struct usb *usb, uint16_t vendor, uint16_t product, uint8_t configs)
{
	const uint8_t bytes[18] = {
		18,
		1,
		0x00,
		0x02,
		0,
		0,
		0,
		64,
		(uint8_t)vendor,
		(uint8_t)(vendor >> 8),
		(uint8_t)product,
		(uint8_t)(product >> 8),
		0x01,
		0x02,
		1,
		2,
		3,
		configs,
	};
	usb->size = 0;
	usb_raw(usb, bytes, sizeof(bytes));
}

static inline void usb_config(struct usb *usb, uint8_t value)
{
	/* wTotalLength and bNumInterfaces are left as lies: nobody may believe them. */
	usb_raw(usb, (const uint8_t[]){ 9, 2, 0xff, 0xff, 0, value, 0, 0x80, 50 }, 9);
}

static inline void usb_interface(struct usb *usb, uint8_t number, uint8_t alternate, uint8_t class,
				 uint8_t subclass, uint8_t protocol)
{
	usb_raw(usb, (const uint8_t[]){ 9, 4, number, alternate, 1, class, subclass, protocol, 0 },
		9);
	usb_raw(usb, (const uint8_t[]){ 7, 5, 0x81, 2, 0x40, 0, 0 }, 7);
}

static inline void usb_stick(struct usb *usb)
{
	usb_device(usb, 0x0951, 0x1666, 1);
	usb_config(usb, 1);
	usb_interface(usb, 0, 0, 8, 6, 0x50);
}
