/* origin - whose a node is: what device a block or character device hangs on, told from its path in
 * sysfs, and whether that device is portable or a part of the machine.
 *
 * The path tells, and what the kernel says of the buses along it; never a disk's own "removable"
 * attribute, which is about its medium (Documentation/ABI/stable/sysfs-block) and is a claim of the
 * device.  Of several devices on a path the innermost counts: a card in a reader on USB is the
 * card's.  Portable are:
 *
 * - what hangs on an interface of a USB device;
 * - an SD or MMC card, unless the kernel (since 6.6, mmc_add_card()) or the firmware's device tree
 *   (Documentation/devicetree/bindings/mmc/mmc-controller.yaml, "non-removable") says that it is
 *   soldered in.  A card's own word for it, in its CID, does not count;
 * - an optical drive: its discs come and go, wherever it is.  SCSI types 4, 5 and 7 (SPC-4, table
 *   150: write-once, CD and DVD, optical memory);
 * - NVMe and ATA disks behind a PCI function that the kernel calls "removable"
 *   (Documentation/ABI/testing/sysfs-devices-removable; drivers/pci/probe.c, pci_set_removable():
 *   everything below a port that the firmware calls external, so Thunderbolt and USB4), or in a
 *   slot of /sys/bus/pci/slots that a hot-plug driver serves: only those have the files "power" or
 *   "adapter" (drivers/pci/hotplug/pci_hotplug_core.c, has_power_file());
 * - an ATA disk at a port that its controller calls external.  The kernel says so by the RMB bit of
 *   the INQUIRY data that it makes itself for ATA disks (drivers/ata/libata-scsi.c,
 *   ata_scsiop_inq_std(), ATA_PFLAG_EXTERNAL; kernels from 6.10 on do not say it at all);
 * - any other SCSI disk behind a removable PCI function, or on FireWire (drivers/firewire/sbp2.c).
 *   Both count as ATA disks. */
#pragma once

#include <stdbool.h>

#include "policy/device.h"
#include "port.h"

enum { PLACE_PATH_SIZE = 512 };

/* Where a device is. */
struct place {
	enum bus bus;
	enum connect_type connect;
	/* Its name, of which there is one at a time: "1-2.3", "mmc0:aaaa", "0000:01:00.0" for NVMe,
	 * "ata2" or "ata2:0:1:0", "scsi4:0:0:0". */
	char port[DEVICE_PORT_SIZE];
	char path[PLACE_PATH_SIZE]; /* its directory, below sysfs */
};

/* The place of the USB device at @port. */
struct place place_on_usb(const char *port);

/* True if @path, below sysfs, leads to what hangs on the device at @place, or is it. */
bool place_has(const struct place *place, const char *path);

struct origin {
	bool portable;		     /* else it is the machine's, and the rest is not set */
	struct place place;	     /* of the device */
	struct port_interface owner; /* the device's interface; 0:0 of what is not on USB */
};

/* True if @path leads over a PCI function that the kernel calls removable. */
bool origin_is_outside(int sysfs_fd, const char *path);

/* Find whose @path is, a directory below sysfs ("devices/...").  What cannot be found out for want
 * of an attribute is portable, so that it stays shut while nobody has judged its device. */
void origin_of_path(int sysfs_fd, const char *path, struct origin *ret);
