#include "enforce.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/common/cleanup.h"
#include "agent/common/log.h"
#include "defaults.h"
#include "hid_ask.h"
#include "port.h"
#include "sysfs.h"

enum { WHY_SIZE = 160 };

int enforce_deny(const struct usbdev *dev)
{
	return sysfs_write(dev->fd, "authorized", "0");
}

static bool is_interface(const char *name)
{
	struct port_interface parsed;

	return port_parse_interface(name, &parsed) == 0;
}

static int read_byte(int dirfd, const char *name, int base)
{
	uint64_t value;
	int r = sysfs_read_number(dirfd, name, base, UINT8_MAX, &value);

	return r < 0 ? r : (int)value;
}

/* Is the interface at @fd still of a kind that it was judged as?  Its first alternate setting's
 * class says so by itself: a CDC data interface was judged as what it carries, which its class does
 * not tell.  Returns 1 or 0, or what reading sysfs gives. */
static int is_as_judged(const struct usbdev *dev, const struct device_interface *judged, int fd)
{
	int class = read_byte(fd, "bInterfaceClass", 16);
	int subclass = read_byte(fd, "bInterfaceSubClass", 16);
	int protocol = read_byte(fd, "bInterfaceProtocol", 16);
	enum function function;

	if (class < 0 || subclass < 0 || protocol < 0)
		return class < 0 ? class : subclass < 0 ? subclass : protocol;
	if (class == judged->class && subclass == judged->subclass && protocol == judged->protocol)
		return 1;
	function = function_of_usb(dev->device.vendor, (uint8_t) class, (uint8_t)subclass,
				   (uint8_t)protocol);
	return (judged->functions & FUNCTION_BIT(function)) != 0;
}

/* Look again: is this interface one that was judged, and still what it was judged as?
 * Its index in the decision, or -EUCLEAN. */
static int find_judged(const struct usbdev *dev, const char *name, int fd)
{
	struct port_interface parsed;
	int r = port_parse_interface(name, &parsed);

	if (r < 0)
		return r;
	if (strcmp(parsed.port, dev->device.port) != 0)
		return -EUCLEAN;
	for (size_t i = 0; i < dev->device.n_interfaces && i < dev->decision.n; i++) {
		const struct device_interface *judged = &dev->device.interfaces[i];

		if (judged->config != parsed.config || judged->number != parsed.number)
			continue;
		r = is_as_judged(dev, judged, fd);
		return r < 0 ? r : r > 0 ? (int)i : -EUCLEAN;
	}
	return -EUCLEAN;
}

static int set_authorized(int fd, bool wanted)
{
	uint64_t authorized;
	int r = sysfs_read_number(fd, "authorized", 10, 1, &authorized);

	if (r < 0 || (authorized == 1) == wanted)
		return r;
	return sysfs_write(fd, "authorized", wanted ? "1" : "0");
}

static bool has_driver(int fd)
{
	char driver[8];

	/* "driver" is a link to a directory when there is one: reading it says EISDIR. */
	return sysfs_read(fd, "driver", driver, sizeof(driver)) != -ENOENT;
}

/* Have a driver look for the interface, unless it has one. */
static void probe(int sysfs_fd, int fd, const char *name)
{
	int r;

	if (has_driver(fd))
		return;
	r = sysfs_write(sysfs_fd, "bus/usb/drivers_probe", name);
	if (r < 0)
		log_warning("interface-probe", "No driver took interface %s: %s", name,
			    strerror(-r));
}

/* What is to become of an interface. */
enum wish { WISH_KEEP, WISH_CLOSED, WISH_OPEN };

struct interface {
	const char *name; /* of its directory */
	int fd;		  /* that directory; owned; -1: it is gone */
	int i;		  /* in the decision; negative: it was not judged */
	enum wish wish;
};

/* All that the device has when they are looked at. */
struct interfaces {
	char **names; /* owned */
	struct interface *items;
	int n;
};

static void interfaces_finish(struct interfaces *interfaces)
{
	for (int i = 0; i < interfaces->n; i++) {
		if (interfaces->items[i].fd >= 0)
			close(interfaces->items[i].fd);
	}
	free(interfaces->items);
	sysfs_names_free(&interfaces->names);
}

typedef int interface_step(int sysfs_fd, const struct usbdev *dev, const struct interface *it);

static int step_close(int sysfs_fd, const struct usbdev *dev, const struct interface *it)
{
	(void)sysfs_fd;
	(void)dev;
	return it->wish == WISH_CLOSED ? set_authorized(it->fd, false) : 0;
}

/* Ask the interface whether it can type, if that has to be known before it is opened.  Returns its
 * bit if it can, or does not say; 0; -ENODEV if it is gone. */
static int step_ask(int sysfs_fd, const struct usbdev *dev, const struct interface *it)
{
	int r;

	(void)sysfs_fd;
	if (it->wish != WISH_OPEN || !(dev->asking >> it->i & 1) || has_driver(it->fd))
		return 0;
	if (it->i >= ENFORCE_MAX_ASKED)
		return -EUCLEAN;
	r = hid_ask_types(dev, dev->device.interfaces[it->i].number, it->fd);
	if (r < 0 && faccessat(dev->fd, it->name, F_OK, 0) < 0)
		return -ENODEV;
	if (r < 0)
		log_warning("hid-ask", "%s does not say what it is, and counts as a keyboard: %s",
			    it->name, strerror(-r));
	return r == 0 ? 0 : 1 << it->i;
}

static int step_open(int sysfs_fd, const struct usbdev *dev, const struct interface *it)
{
	(void)sysfs_fd;
	(void)dev;
	return it->wish == WISH_OPEN ? set_authorized(it->fd, true) : 0;
}

static int step_probe(int sysfs_fd, const struct usbdev *dev, const struct interface *it)
{
	(void)dev;
	if (it->wish == WISH_OPEN)
		probe(sysfs_fd, it->fd, it->name);
	return 0;
}

/* An interface that went meanwhile needs nothing: if it, or another, comes anew, as when the
 * configuration is set again, it comes closed, and its uevent makes us look again. */
static bool has_vanished(const struct usbdev *dev, const char *name, int r)
{
	return (r == -ENOENT || r == -ENODEV) && faccessat(dev->fd, name, F_OK, 0) < 0;
}

/* Says in @why what it was at which @r came. */
static void explain(const char *name, int r, char why[static WHY_SIZE])
{
	if (r == -EUCLEAN)
		snprintf(why, WHY_SIZE, "Interface %.40s is not what was judged.", name);
	else if (r < 0)
		snprintf(why, WHY_SIZE, "Interface %.40s could not be set: %s", name, strerror(-r));
}

/* Look at the interface called @name.  On a guarded device, what was not judged is closed, and
 * nothing more; on any other, it is the device's end.  What @ret's directory is open on stays what
 * was looked at: if another comes by that name, writing fails. */
static int look(const struct usbdev *dev, const char *name, struct interface *ret)
{
	int r;

	*ret = (struct interface){ .name = name, .fd = -1 };
	r = sysfs_open(dev->fd, name, &ret->fd);
	if (r < 0)
		return r;
	ret->i = find_judged(dev, name, ret->fd);
	if (ret->i < 0)
		ret->wish = WISH_CLOSED;
	else if (dev->guarded && (dev->kept >> ret->i & 1))
		ret->wish = WISH_KEEP;
	else
		ret->wish = usbdev_is_bound(dev, (size_t)ret->i) ? WISH_OPEN : WISH_CLOSED;
	return dev->guarded || ret->i >= 0 ? 0 : ret->i;
}

/* Gives *@ret, to be finished, whatever it returns. */
static int look_at_all(const struct usbdev *dev, struct interfaces *ret, char why[static WHY_SIZE])
{
	int n;

	*ret = (struct interfaces){ 0 };
	n = sysfs_list(dev->fd, ".", is_interface, &ret->names);
	if (n >= 0)
		ret->items = calloc((size_t)n + 1, sizeof(*ret->items));
	if (n >= 0 && ret->items == NULL)
		n = -ENOMEM;
	if (n < 0)
		snprintf(why, WHY_SIZE, "The interfaces could not be listed: %s", strerror(-n));
	for (int i = 0; i < n; i++) {
		struct interface *it = &ret->items[ret->n++];
		int r = look(dev, ret->names[i], it);

		if (has_vanished(dev, it->name, r)) {
			if (it->fd >= 0)
				close(it->fd);
			it->fd = -1;
			continue;
		}
		explain(it->name, r, why);
		if (r < 0)
			return r;
	}
	return n < 0 ? n : 0;
}

/* Take @step with each interface; says in @why at which one it failed.  Returns what all steps
 * gave, or the first error. */
static int each_interface(int sysfs_fd, const struct usbdev *dev,
			  const struct interfaces *interfaces, interface_step *step,
			  char why[static WHY_SIZE])
{
	int found = 0;

	for (int i = 0; i < interfaces->n; i++) {
		const struct interface *it = &interfaces->items[i];
		int r = it->fd < 0 ? 0 : step(sysfs_fd, dev, it);

		if (has_vanished(dev, it->name, r))
			continue;
		explain(it->name, r, why);
		if (r < 0)
			return r;
		found |= r;
	}
	return found;
}

/* All are looked at first; all are closed that must be before one is opened, all that must say what
 * they are have, and all are open before the first is probed: a driver may claim several at once
 * (cdc_ether). */
static int take_steps(int sysfs_fd, const struct usbdev *dev, char why[static WHY_SIZE])
{
	static interface_step *const steps[] = { step_close, step_ask, step_open, step_probe };
	_cleanup_(interfaces_finish) struct interfaces interfaces;
	int r = look_at_all(dev, &interfaces, why);

	for (size_t i = 0; r == 0 && i < sizeof(steps) / sizeof(steps[0]); i++)
		r = each_interface(sysfs_fd, dev, &interfaces, steps[i], why);
	return r;
}

int enforce_beside_kept(int sysfs_fd, const struct usbdev *dev, char why[static WHY_SIZE])
{
	return take_steps(sysfs_fd, dev, why);
}

static int open_device(int sysfs_fd, const struct usbdev *dev, char why[static WHY_SIZE])
{
	char hub[16];
	int r;

	if (!defaults_hub_denies(sysfs_fd, dev->bus)) {
		snprintf(hub, sizeof(hub), "usb%u", dev->bus);
		r = defaults_deny_hub(sysfs_fd, hub);
		if (r >= 0 && !defaults_hub_denies(sysfs_fd, dev->bus))
			r = -EPERM;
		if (r < 0) {
			snprintf(why, WHY_SIZE, "Bus %s does not keep new interfaces closed: %s",
				 hub, strerror(-r));
			return r;
		}
	}
	if (usbdev_authorized(dev))
		return 0;
	r = sysfs_write(dev->fd, "authorized", "1");
	if (r < 0)
		snprintf(why, WHY_SIZE, "The kernel would not authorize the device: %s",
			 strerror(-r));
	return r;
}

int enforce_decision(int sysfs_fd, const struct usbdev *dev, char why[static WHY_SIZE])
{
	int r;

	if (!usbdev_is_any_bound(dev)) {
		r = enforce_deny(dev);
		if (r < 0)
			snprintf(why, WHY_SIZE, "The kernel would not close the device: %s",
				 strerror(-r));
		return r;
	}
	r = open_device(sysfs_fd, dev, why);
	if (r >= 0)
		r = take_steps(sysfs_fd, dev, why);
	if (r < 0) {
		int closed = enforce_deny(dev);

		if (closed < 0 && closed != -ENOENT && closed != -ENODEV)
			log_error("device-close", "Cannot close %s after a failure: %s",
				  dev->device.port, strerror(-closed));
	}
	return r;
}
