/* storage_reset - take a card, a drive or a disk that is not on USB off the system and have it come
 * anew, through sysfs: whoever has a node of it open is left with nothing, and nobody opens the new
 * ones before the gate lets them.
 *
 * - card: its driver is unbound and bound again (bus/mmc/drivers/mmcblk); the card stays;
 * - NVMe: the same with its PCI function (Documentation/ABI/testing/sysfs-bus-pci, "bind" and
 *   "unbind"); its controller is then another device;
 * - SCSI and ATA: the device is deleted, and its host scanned (drivers/scsi/scsi_sysfs.c,
 *   sdev_store_delete(), store_scan()); it is another device then, too.
 *
 * These writes wait for the device: to be called where that does no harm (workers.h).  Each returns
 * 0, or what write(2) gave; -ENOENT, -ENODEV if the device has gone. */
#pragma once

#include "devices.h"

int storage_reset_card(int sysfs_fd, const struct usbdev *dev) __attribute__((warn_unused_result));
int storage_reset_nvme(int sysfs_fd, const struct usbdev *dev) __attribute__((warn_unused_result));
int storage_reset_scsi(int sysfs_fd, const struct usbdev *dev) __attribute__((warn_unused_result));
