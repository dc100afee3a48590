/* fakeusb_scsi - just enough of a SCSI device behind fakeusb's storage interface for the kernel to
 * take it for a tape drive, a media changer or the like: it says what it is, that it is ready, and
 * refuses all else.
 * USB Mass Storage Class Bulk-Only Transport 1.0, sections 5 and 6; SPC-4 for the commands. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { CBW_SIZE = 31, CSW_SIZE = 13, INQUIRY_SIZE = 36, SENSE_SIZE = 18 };

struct scsi {
	bool is_there;
	uint8_t type; /* peripheral device type, SPC-4 table 140: 0 a disk, 1 a tape, 8 a changer */
	/* What is to be sent yet: data first, then the status. */
	bool owes_data, owes_status, failed;
	uint8_t data[INQUIRY_SIZE], status[CSW_SIZE];
	size_t data_size;
};

static size_t scsi_inquiry(struct scsi *scsi)
{
	memset(scsi->data, 0, sizeof(scsi->data));
	scsi->data[0] = scsi->type;
	scsi->data[1] = 0x80; /* removable */
	scsi->data[2] = 4;    /* SPC-2 */
	scsi->data[3] = 2;
	scsi->data[4] = INQUIRY_SIZE - 5;
	memcpy(scsi->data + 8, "Acme    Thing           1.0 ", 28);
	return INQUIRY_SIZE;
}

/* No sense; after a refusal: illegal request, invalid field in the command. */
static size_t scsi_sense(struct scsi *scsi)
{
	memset(scsi->data, 0, sizeof(scsi->data));
	scsi->data[0] = 0x70;
	scsi->data[2] = scsi->failed ? 5 : 0;
	scsi->data[7] = SENSE_SIZE - 8;
	scsi->data[12] = scsi->failed ? 0x24 : 0;
	return SENSE_SIZE;
}

/* A command comes, if these @size bytes to its endpoint are one. */
static void scsi_take(struct scsi *scsi, const uint8_t *bytes, size_t size)
{
	const uint8_t *command = bytes + 15;
	uint32_t wanted;
	bool good;

	if (size != CBW_SIZE || memcmp(bytes, "USBC", 4) != 0)
		return;
	memcpy(&wanted, bytes + 8, 4); /* little-endian, as this machine */
	scsi->data_size = 0;
	if (command[0] == 0x12 && (command[1] & 1) == 0)
		scsi->data_size = scsi_inquiry(scsi);
	else if (command[0] == 0x03)
		scsi->data_size = scsi_sense(scsi);
	good = scsi->data_size > 0 || command[0] == 0; /* TEST UNIT READY */
	if (scsi->data_size > wanted)
		scsi->data_size = wanted;
	scsi->failed = !good;
	scsi->owes_data = wanted > 0 && (bytes[12] & 0x80) != 0;
	scsi->owes_status = true;
	wanted -= (uint32_t)scsi->data_size;
	memset(scsi->status, 0, sizeof(scsi->status));
	memcpy(scsi->status, "USBS", 4);
	memcpy(scsi->status + 4, bytes + 4, 4);
	memcpy(scsi->status + 8, &wanted, 4);
	scsi->status[12] = good ? 0 : 1;
}

/* What it sends next; NULL: nothing for now. */
static const uint8_t *scsi_give(struct scsi *scsi, size_t *ret_size)
{
	if (scsi->owes_data) {
		scsi->owes_data = false;
		*ret_size = scsi->data_size;
		return scsi->data;
	}
	if (!scsi->owes_status)
		return NULL;
	scsi->owes_status = false;
	*ret_size = CSW_SIZE;
	return scsi->status;
}
