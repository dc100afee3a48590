#include "origin.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/common/cleanup.h"
#include "sysfs.h"

/* SPC-4, table 150. */
enum { SCSI_WORM = 4, SCSI_CD_DVD = 5, SCSI_OPTICAL_MEMORY = 7 };

/* Standard INQUIRY data (SPC-4, 6.4.2): byte 1, bit 7. */
enum { INQUIRY_RMB_AT = 1, INQUIRY_RMB = 0x80 };

enum { MAX_NESTING = 2 }; /* an NVMe subsystem, and the path of its controller */

/* A path on the way down from the root. */
struct walk {
	int sysfs_fd;
	int nesting;
	const char *path;
	char name[NAME_MAX + 1];    /* the component at hand */
	char before[NAME_MAX + 1];  /* the one above it */
	char pci[DEVICE_PORT_SIZE]; /* the last PCI function, "" before the first */
	char ata[DEVICE_PORT_SIZE]; /* the ATA port, "" if there is none */
	char here[PLACE_PATH_SIZE]; /* the path down to the component at hand */
	bool outside;		    /* below a function that is removable, or on FireWire */
	bool slot;		    /* in a slot that a hot-plug driver serves */
};

struct place place_on_usb(const char *port)
{
	struct place place = { .bus = BUS_USB };

	snprintf(place.port, sizeof(place.port), "%s", port);
	snprintf(place.path, sizeof(place.path), "bus/usb/devices/%s", port);
	return place;
}

bool place_has(const struct place *place, const char *path)
{
	size_t length = strlen(place->path);

	if (place->bus == BUS_USB)
		return port_in_path(path, place->port);
	while (strncmp(path, "../", 3) == 0)
		path += 3;
	return length > 0 && strncmp(path, place->path, length) == 0 &&
	       (path[length] == '/' || path[length] == '\0');
}

/* Attribute @name of the directory at hand, or -errno. */
static int read_here(const struct walk *walk, const char *name, char *ret, size_t size)
{
	char path[PLACE_PATH_SIZE + 64];

	snprintf(path, sizeof(path), "%s/%s", walk->here, name);
	return sysfs_read(walk->sysfs_fd, path, ret, size);
}

static bool exists_here(const struct walk *walk, const char *name)
{
	char path[PLACE_PATH_SIZE + 64];

	snprintf(path, sizeof(path), "%s/%s", walk->here, name);
	return faccessat(walk->sysfs_fd, path, F_OK, 0) == 0;
}

static bool says_here(const struct walk *walk, const char *name, const char *value)
{
	char text[32];

	return read_here(walk, name, text, sizeof(text)) >= 0 && strcmp(text, value) == 0;
}

/* One or more of @digits, and then @after, which is skipped; NULL if not so. */
static const char *skip(const char *p, const char *digits, char after)
{
	size_t n = strspn(p, digits);

	if (n == 0 || p[n] != after)
		return NULL;
	return after == '\0' ? p + n : p + n + 1;
}

#define DECIMAL	    "0123456789"
#define HEXADECIMAL "0123456789abcdef"

/* "0000:00:1f.2", domain, bus, device and function (Documentation/PCI). */
static bool is_pci_function(const char *name)
{
	const char *p = skip(name, HEXADECIMAL, ':');

	p = p == NULL ? NULL : skip(p, HEXADECIMAL, ':');
	p = p == NULL ? NULL : skip(p, HEXADECIMAL, '.');
	return p != NULL && skip(p, HEXADECIMAL, '\0') != NULL && strlen(name) < DEVICE_PORT_SIZE;
}

/* "2:0:0:0": SCSI host, channel, target, unit. */
static bool is_scsi_device(const char *name)
{
	const char *p = skip(name, DECIMAL, ':');

	p = p == NULL ? NULL : skip(p, DECIMAL, ':');
	p = p == NULL ? NULL : skip(p, DECIMAL, ':');
	return p != NULL && skip(p, DECIMAL, '\0') != NULL;
}

/* @prefix and then a number. */
static bool is_numbered(const char *name, const char *prefix)
{
	size_t length = strlen(prefix);

	return strncmp(name, prefix, length) == 0 && skip(name + length, DECIMAL, '\0') != NULL;
}

/* "mmc0:aaaa": host, and the card's relative address. */
static bool is_card(const char *name)
{
	const char *p = strncmp(name, "mmc", 3) == 0 ? skip(name + 3, DECIMAL, ':') : NULL;

	return p != NULL && skip(p, HEXADECIMAL, '\0') != NULL && strlen(name) < DEVICE_PORT_SIZE;
}

/* "fw1.0": a unit of a FireWire node (drivers/firewire/core-device.c). */
static bool is_firewire_unit(const char *name)
{
	const char *p = strncmp(name, "fw", 2) == 0 ? skip(name + 2, DECIMAL, '.') : NULL;

	return p != NULL && skip(p, DECIMAL, '\0') != NULL;
}

static bool is_slot(const char *name)
{
	return name[0] != '.';
}

/* Does the slot @name hold the PCI function @function, and does a hot-plug driver serve it? */
static bool slot_serves(int sysfs_fd, const char *name, const char *function)
{
	static const char *const files[] = { "power", "adapter" };
	char path[NAME_MAX + 64], address[32];
	size_t length;

	snprintf(path, sizeof(path), "bus/pci/slots/%s/address", name);
	if (sysfs_read(sysfs_fd, path, address, sizeof(address)) < 0)
		return false;
	length = strlen(address); /* without the function: "0000:01:00" */
	if (length == 0 || strncmp(function, address, length) != 0 || function[length] != '.')
		return false;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "bus/pci/slots/%s/%s", name, files[i]);
		if (faccessat(sysfs_fd, path, F_OK, 0) == 0)
			return true;
	}
	return false;
}

static bool is_in_hotplug_slot(int sysfs_fd, const char *function)
{
	_cleanup_(sysfs_names_free) char **slots = NULL;
	int n = sysfs_list(sysfs_fd, "bus/pci/slots", is_slot, &slots);

	for (int i = 0; i < n; i++) {
		if (slot_serves(sysfs_fd, slots[i], function))
			return true;
	}
	return false;
}

static bool step_pci(struct walk *walk, struct origin *found)
{
	(void)found;
	if (!is_pci_function(walk->name))
		return false;
	snprintf(walk->pci, sizeof(walk->pci), "%.*s", (int)sizeof(walk->pci) - 1, walk->name);
	walk->outside = walk->outside || says_here(walk, "removable", "removable");
	walk->slot = walk->slot || is_in_hotplug_slot(walk->sysfs_fd, walk->name);
	return true;
}

static bool step_usb(struct walk *walk, struct origin *found)
{
	if (port_parse_interface(walk->name, &found->owner) < 0)
		return false;
	found->portable = true;
	found->place = place_on_usb(found->owner.port);
	return true;
}

static bool step_firewire(struct walk *walk, struct origin *found)
{
	(void)found;
	if (!is_firewire_unit(walk->name))
		return false;
	walk->outside = true;
	return true;
}

/* The directory at hand is the device's, called @port. */
static void is_device_here(const struct walk *walk, enum bus bus, const char *port,
			   struct origin *found)
{
	*found = (struct origin){ .portable = true, .place.bus = bus };
	found->place.connect = CONNECT_HOTPLUG;
	snprintf(found->place.port, sizeof(found->place.port), "%s", port);
	snprintf(found->place.path, sizeof(found->place.path), "%s", walk->here);
	strcpy(found->owner.port, found->place.port);
}

static bool is_soldered_in(const struct walk *walk)
{
	return says_here(walk, "removable", "fixed") ||
	       exists_here(walk, "../../../of_node/non-removable");
}

/* An SDIO card is no storage: what it does is its functions' (drivers/mmc/core/bus.c). */
static bool step_card(struct walk *walk, struct origin *found)
{
	if (!is_card(walk->name) || !is_numbered(walk->before, "mmc"))
		return false;
	if (!says_here(walk, "type", "SDIO") && !is_soldered_in(walk))
		is_device_here(walk, BUS_MMC, walk->name, found);
	return true;
}

static bool step_nvme(struct walk *walk, struct origin *found)
{
	if (!is_numbered(walk->name, "nvme") || strcmp(walk->before, "nvme") != 0 ||
	    walk->pci[0] == '\0')
		return false;
	if (walk->outside || walk->slot)
		is_device_here(walk, BUS_NVME, walk->pci, found);
	return true;
}

static bool is_controller(const char *name)
{
	return is_numbered(name, "nvme");
}

static void look(struct walk *walk, struct origin *found);

/* Where a device of several controllers has its disks (drivers/nvme/host/multipath.c): they are
 * whose the first controller is that is portable.  The device says itself whether it has several.
 */
static bool step_subsystem(struct walk *walk, struct origin *found)
{
	_cleanup_(sysfs_names_free) char **controllers = NULL;
	int n;

	if (!is_numbered(walk->name, "nvme-subsys") || walk->nesting == MAX_NESTING)
		return false;
	n = sysfs_list(walk->sysfs_fd, walk->here, is_controller, &controllers);
	for (int i = 0; i < n && !found->portable; i++) {
		char link[PLACE_PATH_SIZE + 64], target[PATH_MAX];
		struct walk controller = { .sysfs_fd = walk->sysfs_fd,
					   .nesting = walk->nesting + 1 };
		ssize_t size;

		snprintf(link, sizeof(link), "%s/%.32s", walk->here, controllers[i]);
		size = readlinkat(walk->sysfs_fd, link, target, sizeof(target) - 1);
		if (size < 0)
			continue;
		target[size] = '\0';
		controller.path = target;
		while (strncmp(controller.path, "../", 3) == 0)
			controller.path += 3;
		look(&controller, found);
	}
	return true;
}

static bool step_ata_port(struct walk *walk, struct origin *found)
{
	(void)found;
	if (!is_numbered(walk->name, "ata") || strlen(walk->name) >= sizeof(walk->ata))
		return false;
	strcpy(walk->ata, walk->name);
	return true;
}

static bool is_external_port(const struct walk *walk)
{
	char inquiry[4096];
	int size = read_here(walk, "inquiry", inquiry, sizeof(inquiry));

	return size <= INQUIRY_RMB_AT || (inquiry[INQUIRY_RMB_AT] & INQUIRY_RMB) != 0;
}

/* The device's name: that of its ATA port, where it is the first one there. */
static void name_scsi_device(const struct walk *walk, char ret[static DEVICE_PORT_SIZE])
{
	const char *rest = strchr(walk->name, ':') + 1; /* channel, target, unit */

	if (walk->ata[0] == '\0')
		snprintf(ret, DEVICE_PORT_SIZE, "scsi%.27s", walk->name);
	else if (strcmp(rest, "0:0:0") == 0)
		snprintf(ret, DEVICE_PORT_SIZE, "%s", walk->ata);
	else
		snprintf(ret, DEVICE_PORT_SIZE, "%.15s:%.15s", walk->ata, rest);
}

static bool is_optical(const struct walk *walk)
{
	static const char *const types[] = { "4", "5", "7" };

	_Static_assert(SCSI_WORM == 4 && SCSI_CD_DVD == 5 && SCSI_OPTICAL_MEMORY == 7, "as above");
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (says_here(walk, "type", types[i]))
			return true;
	}
	return false;
}

static bool step_scsi(struct walk *walk, struct origin *found)
{
	bool outside = walk->outside || (walk->slot && walk->ata[0] != '\0');
	char port[DEVICE_PORT_SIZE];

	if (!is_scsi_device(walk->name) || strncmp(walk->before, "target", strlen("target")) != 0)
		return false;
	if (found->portable)
		return true;		  /* a disk on USB */
	if (!exists_here(walk, "type")) { /* it has just gone; what comes in its place is another */
		*found = (struct origin){ .portable = true };
		return true;
	}
	name_scsi_device(walk, port);
	if (is_optical(walk)) {
		is_device_here(walk, BUS_OPTICAL, port, found);
		found->place.connect = outside ? CONNECT_HOTPLUG : CONNECT_HARDWIRED;
	} else if (outside || (walk->ata[0] != '\0' && is_external_port(walk))) {
		is_device_here(walk, BUS_ATA, port, found);
	}
	return true;
}

typedef bool walk_step(struct walk *walk, struct origin *found);

/* Follow the path down; the steps know the components that tell something. */
static void look(struct walk *walk, struct origin *found)
{
	static walk_step *const steps[] = { step_pci,  step_usb,       step_firewire, step_card,
					    step_nvme, step_subsystem, step_ata_port, step_scsi };
	const char *p = walk->path;

	while (*p != '\0') {
		size_t length = strcspn(p, "/");
		size_t down = (size_t)(p - walk->path) + length;

		strcpy(walk->before, walk->name);
		if (length >= sizeof(walk->name) || down >= sizeof(walk->here)) {
			*found = (struct origin){ .portable = true };
			return;
		}
		memcpy(walk->name, p, length);
		walk->name[length] = '\0';
		memcpy(walk->here, walk->path, down);
		walk->here[down] = '\0';
		for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
			if (steps[i](walk, found))
				break;
		}
		p += length;
		p += strspn(p, "/");
	}
}

bool origin_is_outside(int sysfs_fd, const char *path)
{
	struct walk walk = { .sysfs_fd = sysfs_fd, .path = path };
	struct origin found = { 0 };

	while (strncmp(walk.path, "../", 3) == 0)
		walk.path += 3;
	look(&walk, &found);
	return walk.outside;
}

void origin_of_path(int sysfs_fd, const char *path, struct origin *ret)
{
	struct walk walk = { .sysfs_fd = sysfs_fd, .path = path };

	*ret = (struct origin){ 0 };
	look(&walk, ret);
}
