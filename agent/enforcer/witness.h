/* witness - two independent witnesses of what is plugged in: the kernel's uevents (libudev, netlink
 * group "kernel") and libusb's hotplug callback.  Their arrivals are compared (arrivals.h).
 * The enforcer acts on the kernel's uevents; libusb's word makes it look again. */
#pragma once

#include <libudev.h>
#include <libusb.h>
#include <systemd/sd-event.h>

#include "arrivals.h"

/* A uevent of the kernel.  Texts are "" where the kernel said nothing; valid for the call. */
struct uevent {
	const char *action;    /* "add", "remove", "change", "bind", ... */
	const char *subsystem; /* "usb", "block", "scsi_generic", ... */
	const char *devtype;   /* "usb_device", "usb_interface", "disk", "partition" */
	const char *name;      /* "1-2", "sdb" */
	const char *path;      /* below sysfs: "devices/..." */
	const char *node;      /* below /dev */
	unsigned major, minor; /* 0:0 without a node */
};

struct witness_handlers {
	void (*on_uevent)(void *userdata, const struct uevent *uevent);
	/* The kernel dropped uevents: look at everything again. */
	void (*on_overrun)(void *userdata);
	/* @who did not see in time that a device arrived at @bus, @number. */
	void (*on_missed)(void *userdata, enum witness_id who, unsigned bus, unsigned number);
	void *userdata;
};

enum {
	WITNESS_MAX_FDS = 32,
	/* A burst of a few thousand devices fits; needs CAP_NET_ADMIN, and less is granted without.
	 */
	WITNESS_BUFFER_KIB = 16 * 1024,
	WITNESS_BUFFER_MIN_KIB = 4,
	WITNESS_BUFFER_MAX_KIB = 1024 * 1024,
};

struct witness {
	uint32_t buffer_kib; /* the caller says, before witness_init(); 0: WITNESS_BUFFER_KIB */
	sd_event *loop;	     /* borrowed */
	struct witness_handlers handlers;
	struct udev *udev;
	struct udev_monitor *monitor;
	sd_event_source *uevents, *deadline;
	libusb_context *usb; /* NULL: libusb could not be had */
	size_t n_fds;
	sd_event_source *fds[WITNESS_MAX_FDS]; /* what libusb wants to be polled */
	struct arrivals arrivals;
};

/* Begin to listen; handlers are called from the loop only.  The uevents are a must.
 * Returns 0; -ENOMEM; what netlink sockets give.  On failure witness_finish() is still allowed. */
int witness_init(struct witness *witness, sd_event *loop, const struct witness_handlers *handlers)
	__attribute__((warn_unused_result));

/* Begin to listen to libusb as well; devices that are there are told at once, from this call.
 * Returns 0, or -EIO if libusb refuses: the uevents go on alone. */
int witness_start_libusb(struct witness *witness) __attribute__((warn_unused_result));

/* A look at sysfs found a device that is there: counts as seen by the kernel's witness. */
void witness_found(struct witness *witness, unsigned bus, unsigned number);
void witness_finish(struct witness *witness);
