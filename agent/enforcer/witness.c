#include "witness.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/common/log.h"
#include "clock.h"
#include "turn.h"

/* Devices that come and go without end do not keep the loop from its watchdog and from SIGTERM. */
enum { UEVENTS_AT_ONCE = 64 };

static int on_deadline(sd_event_source *source, uint64_t now_us, void *userdata);

/* Set the timer to the next deadline. */
static void schedule(struct witness *witness)
{
	uint64_t deadline = arrivals_deadline(&witness->arrivals);
	int r;

	if (deadline == UINT64_MAX) {
		if (witness->deadline != NULL)
			sd_event_source_set_enabled(witness->deadline, SD_EVENT_OFF);
		return;
	}
	if (witness->deadline == NULL) {
		r = sd_event_add_time(witness->loop, &witness->deadline, CLOCK_BOOTTIME, deadline,
				      0, on_deadline, witness);
	} else {
		r = sd_event_source_set_time(witness->deadline, deadline);
		if (r >= 0)
			r = sd_event_source_set_enabled(witness->deadline, SD_EVENT_ONESHOT);
	}
	if (r < 0)
		log_error("witness-timer", "Cannot compare the witnesses: %s", strerror(-r));
}

static int on_deadline(sd_event_source *source, uint64_t now_us, void *userdata)
{
	struct witness *witness = userdata;
	const uint64_t end_us = clock_mono_us() + TURN_US;
	struct arrival overdue;

	(void)source;
	while (clock_mono_us() < end_us && arrivals_overdue(&witness->arrivals, now_us, &overdue)) {
		enum witness_id missed =
			overdue.seen == WITNESS_UDEV ? WITNESS_LIBUSB : WITNESS_UDEV;

		witness->handlers.on_missed(witness->handlers.userdata, missed, overdue.bus,
					    overdue.number);
	}
	schedule(witness);
	return 0;
}

static void saw(struct witness *witness, enum witness_id who, unsigned bus, unsigned number)
{
	if (witness->usb == NULL)
		return; /* nobody to compare with */
	if (arrivals_saw(&witness->arrivals, who, (uint16_t)bus, (uint16_t)number,
			 clock_mono_us()) < 0) {
		log_error("witness-limit", "Too many devices to compare the witnesses");
		return;
	}
	schedule(witness);
}

void witness_found(struct witness *witness, unsigned bus, unsigned number)
{
	saw(witness, WITNESS_UDEV, bus, number);
}

static const char *text_or_empty(const char *text)
{
	return text == NULL ? "" : text;
}

static unsigned number_property(struct udev_device *device, const char *name)
{
	return (unsigned)strtoul(text_or_empty(udev_device_get_property_value(device, name)), NULL,
				 10);
}

static void compare(struct witness *witness, struct udev_device *device,
		    const struct uevent *uevent)
{
	unsigned bus = number_property(device, "BUSNUM");
	unsigned number = number_property(device, "DEVNUM");

	/* Somebody's "udevadm trigger" is no arrival (Documentation/ABI/testing/sysfs-uevent). */
	if (strcmp(uevent->devtype, "usb_device") != 0 ||
	    udev_device_get_property_value(device, "SYNTH_UUID") != NULL)
		return;
	if (strcmp(uevent->action, "add") == 0)
		saw(witness, WITNESS_UDEV, bus, number);
	else if (strcmp(uevent->action, "remove") == 0)
		arrivals_left(&witness->arrivals, (uint16_t)bus, (uint16_t)number);
}

static void tell(struct witness *witness, struct udev_device *device)
{
	const char *node = text_or_empty(udev_device_get_devnode(device));
	const char *path = text_or_empty(udev_device_get_devpath(device));
	struct uevent uevent = {
		.action = text_or_empty(udev_device_get_action(device)),
		.subsystem = text_or_empty(udev_device_get_subsystem(device)),
		.devtype = text_or_empty(udev_device_get_devtype(device)),
		.name = text_or_empty(udev_device_get_sysname(device)),
		.path = path[0] == '/' ? path + 1 : path,
		.node = strncmp(node, "/dev/", 5) == 0 ? node + 5 : node,
		.major = number_property(device, "MAJOR"),
		.minor = number_property(device, "MINOR"),
	};

	witness->handlers.on_uevent(witness->handlers.userdata, &uevent);
	compare(witness, device, &uevent);
}

static int on_uevents(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct witness *witness = userdata;
	const uint64_t end_us = clock_mono_us() + TURN_US;

	(void)source;
	(void)fd;
	(void)events;
	for (int i = 0; i < UEVENTS_AT_ONCE && (i == 0 || clock_mono_us() < end_us); i++) {
		struct udev_device *device;

		errno = 0;
		device = udev_monitor_receive_device(witness->monitor);
		if (device != NULL) {
			tell(witness, device);
			udev_device_unref(device);
			continue;
		}
		if (errno == ENOBUFS) {
			log_warning("witness-overrun", "The kernel dropped uevents; looking again");
			witness->handlers.on_overrun(witness->handlers.userdata);
			continue;
		}
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN && errno != 0)
			log_error("witness-receive", "Cannot receive a uevent: %s",
				  strerror(errno));
		return 0;
	}
	return 0;
}

int witness_init(struct witness *witness, sd_event *loop, const struct witness_handlers *handlers)
{
	const uint32_t buffer_kib =
		witness->buffer_kib == 0 ? WITNESS_BUFFER_KIB : witness->buffer_kib;
	int r;

	memset(witness, 0, sizeof(*witness));
	witness->buffer_kib = buffer_kib;
	witness->loop = loop;
	witness->handlers = *handlers;
	witness->udev = udev_new();
	if (witness->udev == NULL)
		return -ENOMEM;
	witness->monitor = udev_monitor_new_from_netlink(witness->udev, "kernel");
	if (witness->monitor == NULL)
		return errno > 0 ? -errno : -ENOMEM;
	r = udev_monitor_set_receive_buffer_size(witness->monitor, (int)(buffer_kib * 1024));
	if (r < 0)
		log_warning("witness-buffer", "The uevent buffer stays small: %s", strerror(-r));
	r = udev_monitor_enable_receiving(witness->monitor);
	if (r < 0)
		return r;
	r = sd_event_add_io(loop, &witness->uevents, udev_monitor_get_fd(witness->monitor), EPOLLIN,
			    on_uevents, witness);
	if (r < 0)
		return r;
	/* Disks that have gone must leave the gate before anything else is decided. */
	return sd_event_source_set_priority(witness->uevents, SD_EVENT_PRIORITY_IMPORTANT);
}

static int LIBUSB_CALL on_hotplug(libusb_context *usb, libusb_device *device,
				  libusb_hotplug_event event, void *userdata)
{
	struct witness *witness = userdata;
	unsigned bus = libusb_get_bus_number(device);
	unsigned number = libusb_get_device_address(device);

	(void)usb;
	if (event == LIBUSB_HOTPLUG_EVENT_DEVICE_ARRIVED) {
		saw(witness, WITNESS_LIBUSB, bus, number);
	} else {
		arrivals_left(&witness->arrivals, (uint16_t)bus, (uint16_t)number);
		schedule(witness);
	}
	return 0;
}

static int on_libusb(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct witness *witness = userdata;
	struct timeval now = { 0, 0 };
	int r;

	(void)source;
	(void)fd;
	(void)events;
	r = libusb_handle_events_timeout_completed(witness->usb, &now, NULL);
	if (r < 0)
		log_error("witness-libusb", "libusb: %s", libusb_strerror(r));
	return 0;
}

static void LIBUSB_CALL on_fd_added(int fd, short events, void *userdata)
{
	struct witness *witness = userdata;
	int r;

	/* poll(2)'s and epoll(7)'s bits for in and out are the same numbers on Linux. */
	r = witness->n_fds == WITNESS_MAX_FDS
		    ? -E2BIG
		    : sd_event_add_io(witness->loop, &witness->fds[witness->n_fds], fd,
				      (uint32_t)events, on_libusb, witness);
	if (r < 0)
		log_error("witness-libusb", "Cannot poll for libusb: %s", strerror(-r));
	else
		witness->n_fds++;
}

static void LIBUSB_CALL on_fd_removed(int fd, void *userdata)
{
	struct witness *witness = userdata;

	for (size_t i = 0; i < witness->n_fds; i++) {
		if (sd_event_source_get_io_fd(witness->fds[i]) == fd) {
			sd_event_source_disable_unref(witness->fds[i]);
			witness->fds[i] = witness->fds[--witness->n_fds];
			return;
		}
	}
}

static int refused(struct witness *witness, int r)
{
	log_error("witness-libusb", "libusb cannot be had as a witness: %s", libusb_strerror(r));
	if (witness->usb != NULL)
		libusb_exit(witness->usb);
	witness->usb = NULL;
	return -EIO;
}

int witness_start_libusb(struct witness *witness)
{
	const struct libusb_pollfd **fds;
	int r;

	r = libusb_init(&witness->usb);
	if (r < 0) {
		witness->usb = NULL;
		return refused(witness, r);
	}
	if (!libusb_has_capability(LIBUSB_CAP_HAS_HOTPLUG))
		return refused(witness, LIBUSB_ERROR_NOT_SUPPORTED);
	fds = libusb_get_pollfds(witness->usb);
	for (size_t i = 0; fds != NULL && fds[i] != NULL; i++)
		on_fd_added(fds[i]->fd, fds[i]->events, witness);
	libusb_free_pollfds(fds);
	libusb_set_pollfd_notifiers(witness->usb, on_fd_added, on_fd_removed, witness);
	r = libusb_hotplug_register_callback(
		witness->usb,
		LIBUSB_HOTPLUG_EVENT_DEVICE_ARRIVED | LIBUSB_HOTPLUG_EVENT_DEVICE_LEFT,
		LIBUSB_HOTPLUG_ENUMERATE, LIBUSB_HOTPLUG_MATCH_ANY, LIBUSB_HOTPLUG_MATCH_ANY,
		LIBUSB_HOTPLUG_MATCH_ANY, on_hotplug, witness, NULL);
	return r < 0 ? refused(witness, r) : 0;
}

void witness_finish(struct witness *witness)
{
	if (witness->usb != NULL)
		libusb_exit(witness->usb);
	while (witness->n_fds > 0)
		sd_event_source_disable_unref(witness->fds[--witness->n_fds]);
	sd_event_source_disable_unref(witness->uevents);
	sd_event_source_disable_unref(witness->deadline);
	if (witness->monitor != NULL)
		udev_monitor_unref(witness->monitor);
	if (witness->udev != NULL)
		udev_unref(witness->udev);
	memset(witness, 0, sizeof(*witness));
}
