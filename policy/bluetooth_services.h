/* bluetooth_services - what the services of a Bluetooth device are for, and which channels carry
 * them.
 * Pure: tables.  Source of the numbers: Bluetooth SIG, "Assigned Numbers" (service classes and
 * services by UUID; protocol/service multiplexers; class of device; appearance).  The local RFCOMM
 * channels are those that bluetoothd gives its profiles (BlueZ, src/profile.c). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "function.h"

enum { BLUETOOTH_UUID_SIZE = 36 + 1 }; /* "0000110b-0000-1000-8000-00805f9b34fb" */

enum bluetooth_psm {
	BLUETOOTH_PSM_SDP = 0x0001,
	BLUETOOTH_PSM_RFCOMM = 0x0003,
	BLUETOOTH_PSM_ATT = 0x001f,
	BLUETOOTH_PSM_DYNAMIC = 0x1001, /* the first of them */
};

/* What the service @uuid is for; 0 for one that only describes (names, browsing, battery).
 * @hid: what a human interface of this device is, by bluetooth_hid_functions(): a service does not
 * tell a keyboard from a mouse.  A UUID that is not the SIG's is the vendor's.
 * Returns 0, or -EINVAL if @uuid is not a UUID in its long form of either case. */
int bluetooth_service_functions(const char *uuid, function_set hid, function_set *ret)
	__attribute__((warn_unused_result));

/* True if the service @uuid may be carried by the attribute protocol, which all such services of a
 * device share: those of the SIG's GATT range, members' services, and vendors'. */
bool bluetooth_service_on_att(const char *uuid);

/* Keyboard, pointer, both, or "hid" where neither number tells.  @class: class of device, 24 bits;
 * @appearance: 16 bits; 0 where the device gave none. */
function_set bluetooth_hid_functions(uint32_t class, uint16_t appearance);

/* The functions that L2CAP's multiplexer @psm serves, any of which opens it; 0: none that is known.
 * The session of RFCOMM is not among them: its channels are. */
function_set bluetooth_psm_functions(uint16_t psm);

/* The same for channel @channel of this machine's RFCOMM, as bluetoothd hands them out. */
function_set bluetooth_local_channel_functions(uint8_t channel);

/* The multiplexers and local channels that serve something, for @i from 0 on; 0 at the end. */
uint16_t bluetooth_psm_at(size_t i);
uint8_t bluetooth_local_channel_at(size_t i);
