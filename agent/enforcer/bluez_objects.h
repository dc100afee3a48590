/* bluez_objects - read bluetoothd's messages: all of its objects, and which changes matter.  No bus
 * is spoken to here. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <systemd/sd-bus.h>

#include "bluez.h"

struct bluez_adapter {
	char name[DEVICE_PORT_SIZE]; /* "hci0" */
	char address[BLUEZ_ADDRESS_SIZE];
};

/* Zero before the first use. */
struct bluez_objects {
	size_t n_adapters;
	struct bluez_adapter adapters[BLUEZ_MAX_ADAPTERS];
	size_t n_peers;
	struct bluez_peer *peers; /* owned */
};

/* Read the reply to GetManagedObjects: the peers that are paired or connected, the first
 * BLUEZ_MAX_PEERS of them.  A peer without an address, or one that its path does not agree with, is
 * none.  Returns 0; -ENOMEM; what sd-bus gives for a message of another form. */
int bluez_objects_read(sd_bus_message *reply, struct bluez_objects *ret)
	__attribute__((warn_unused_result));
void bluez_objects_finish(struct bluez_objects *objects);

/* Does PropertiesChanged of a device tell of something that struct bluez_peer has? */
bool bluez_objects_matter(sd_bus_message *signal);
