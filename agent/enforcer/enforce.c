#include "enforce.h"

#include <errno.h>
#include <stdio.h>
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

typedef int interface_step(int sysfs_fd, const struct usbdev *dev, const char *name, int fd);

/* What is to become of an interface. */
enum wish { WISH_KEEP, WISH_CLOSED, WISH_OPEN };

/* On a guarded device, what was not judged is closed, and nothing more; on any other, it is the
 * device's end.  Returns enum wish, or what find_judged() gives. */
static int wish_for(const struct usbdev *dev, const char *name, int fd)
{
	int i = find_judged(dev, name, fd);

	if (i < 0)
		return dev->guarded ? WISH_CLOSED : i;
	if (dev->guarded && (dev->kept >> i & 1))
		return WISH_KEEP;
	return usbdev_is_bound(dev, (size_t)i) ? WISH_OPEN : WISH_CLOSED;
}

static int step_look(int sysfs_fd, const struct usbdev *dev, const char *name, int fd)
{
	int wish = wish_for(dev, name, fd);

	(void)sysfs_fd;
	return wish < 0 ? wish : 0;
}

static int step_close(int sysfs_fd, const struct usbdev *dev, const char *name, int fd)
{
	int wish = wish_for(dev, name, fd);

	(void)sysfs_fd;
	return wish == WISH_CLOSED ? set_authorized(fd, false) : wish < 0 ? wish : 0;
}

/* Ask the interface whether it can type, if that has to be known before it is opened.  Returns its
 * bit if it can, or does not say; 0; -ENODEV if it is gone. */
static int step_ask(int sysfs_fd, const struct usbdev *dev, const char *name, int fd)
{
	int i = find_judged(dev, name, fd), r;

	(void)sysfs_fd;
	if (i < 0 || !(dev->asking >> i & 1) || wish_for(dev, name, fd) != WISH_OPEN ||
	    has_driver(fd))
		return 0;
	if (i >= ENFORCE_MAX_ASKED)
		return -EUCLEAN;
	r = hid_ask_types(dev, dev->device.interfaces[i].number, fd);
	if (r < 0 && faccessat(dev->fd, name, F_OK, 0) < 0)
		return -ENODEV;
	if (r < 0)
		log_warning("hid-ask", "%s does not say what it is, and counts as a keyboard: %s",
			    name, strerror(-r));
	return r == 0 ? 0 : 1 << i;
}

static int step_open(int sysfs_fd, const struct usbdev *dev, const char *name, int fd)
{
	int wish = wish_for(dev, name, fd);

	(void)sysfs_fd;
	return wish == WISH_OPEN ? set_authorized(fd, true) : wish < 0 ? wish : 0;
}

static int step_probe(int sysfs_fd, const struct usbdev *dev, const char *name, int fd)
{
	int wish = wish_for(dev, name, fd);

	if (wish == WISH_OPEN)
		probe(sysfs_fd, fd, name);
	return wish < 0 ? wish : 0;
}

/* An interface that went meanwhile needs nothing: if it, or another, comes anew, as when the
 * configuration is set again, it comes closed, and its uevent makes us look again. */
static bool has_vanished(const struct usbdev *dev, const char *name, int r)
{
	return (r == -ENOENT || r == -ENODEV) && faccessat(dev->fd, name, F_OK, 0) < 0;
}

/* Take @step with each interface that the device has; says in @why at which one it failed.  Returns
 * what all steps gave, or the first error. */
static int each_interface(int sysfs_fd, const struct usbdev *dev, interface_step *step,
			  char why[static WHY_SIZE])
{
	_cleanup_(sysfs_names_free) char **names = NULL;
	int n = sysfs_list(dev->fd, ".", is_interface, &names), found = 0;

	for (int i = 0; i < n; i++) {
		_cleanup_close_ int fd = -1;
		int r = sysfs_open(dev->fd, names[i], &fd);

		if (r >= 0)
			r = step(sysfs_fd, dev, names[i], fd);
		if (has_vanished(dev, names[i], r))
			continue;
		if (r == -EUCLEAN)
			snprintf(why, WHY_SIZE, "Interface %.40s is not what was judged.",
				 names[i]);
		else if (r < 0)
			snprintf(why, WHY_SIZE, "Interface %.40s could not be set: %s", names[i],
				 strerror(-r));
		if (r < 0)
			return r;
		found |= r;
	}
	if (n < 0)
		snprintf(why, WHY_SIZE, "The interfaces could not be listed: %s", strerror(-n));
	return n < 0 ? n : found;
}

/* All are closed that must be before one is opened, all that must say what they are have, and all
 * are open before the first is probed: a driver may claim several at once (cdc_ether). */
static int take_steps(int sysfs_fd, const struct usbdev *dev, char why[static WHY_SIZE])
{
	static interface_step *const steps[] = { step_look, step_close, step_ask, step_open,
						 step_probe };
	int r = 0;

	for (size_t i = 0; r == 0 && i < sizeof(steps) / sizeof(steps[0]); i++)
		r = each_interface(sysfs_fd, dev, steps[i], why);
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
