/* identify_storage - from the sysfs directory of a card, a drive or a disk that is not on USB to
 * the device that is judged.  Reads what the kernel has cached.  Each has one interface, 0 of
 * configuration 0, and its function is storage.  Texts are kept as raw bytes, without the blanks
 * that fill them up. */
#pragma once

#include "origin.h"

/* Identify the device whose sysfs directory is @device_fd, at @place.  Returns 0; -E2BIG, -EBADMSG
 * for what cannot be judged; what openat(2), read(2) give.  On failure *@ret holds what could be
 * read, for the record of its denial.
 *
 * card: vendor and product are the CID's manufacturer and OEM ids; serial and name the CID's;
 * the digest is over the texts of CID and CSD (Documentation/driver-api/mmc/mmc-dev-attrs.rst). */
int identify_card(int device_fd, const struct place *place, struct device *ret)
	__attribute__((warn_unused_result));

/* A SCSI device: an optical drive, or an ATA disk.  There are no ids.  Manufacturer and name are
 * INQUIRY's vendor and product, and the model of ATA's IDENTIFY DEVICE where the kernel has it; the
 * serial is that of the unit serial number page.  The digest is over the INQUIRY data and over the
 * pages 80h and 83h (SPC-4, 7.8; Documentation/ABI/testing/sysfs-block-device). */
int identify_drive(int device_fd, const struct place *place, struct device *ret)
	__attribute__((warn_unused_result));

/* An NVMe controller: the PCI function's vendor and device ids; model, serial and the digest of
 * these, of the firmware's revision and of the subsystem's name (NVM Express 1.4, figure 247). */
int identify_nvme(int device_fd, const struct place *place, struct device *ret)
	__attribute__((warn_unused_result));
