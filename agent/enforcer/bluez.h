/* bluez - what bluetoothd knows of the Bluetooth peers of this machine, over the system bus
 * (org.bluez.Adapter1(5), org.bluez.Device1(5)).
 *
 * Peers are those that are paired or connected; what is merely in sight is nobody's business.  At
 * every change all are looked at again, at most once in BLUEZ_PAUSE_MS; nothing waits for an
 * answer. Every value is a claim of the peer's, or of a program that may talk to bluetoothd. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "policy/bluetooth_services.h"
#include "policy/device.h"

enum {
	BLUEZ_MAX_PEERS = 256, /* more are not looked at, and stay shut */
	BLUEZ_MAX_SERVICES = 64,
	BLUEZ_MAX_ADAPTERS = 16,
	BLUEZ_PAUSE_MS = 50,
	BLUEZ_RETRY_S = 5,
	BLUEZ_ADDRESS_SIZE = 17 + 1, /* "00:11:22:33:44:55" */
	BLUEZ_MODALIAS_SIZE = 64,
};

struct bluez_peer {
	char port[DEVICE_PORT_SIZE]; /* "hci0/dev_00_11_22_33_44_55" */
	char address[BLUEZ_ADDRESS_SIZE];
	char adapter[BLUEZ_ADDRESS_SIZE]; /* the address of this machine's end; "" if not known */
	bool fixed_address;		  /* the same the next time */
	bool paired, connected;
	bool resolved; /* all of its services have been asked for */
	bool too_many; /* services: it says of more than there is room for */
	uint32_t class;
	uint16_t appearance;
	char name[DEVICE_TEXT_SIZE];
	char modalias[BLUEZ_MODALIAS_SIZE];
	size_t n_services;
	char services[BLUEZ_MAX_SERVICES][BLUETOOTH_UUID_SIZE];
};

/* A look at the peers, borrowed for the call; none also while there is no bluetoothd. */
typedef void bluez_handler(void *userdata, const struct bluez_peer *peers, size_t n);

struct bluez {
	sd_event *loop; /* borrowed */
	bluez_handler *handler;
	void *userdata;
	sd_bus *bus; /* NULL: lost, or not begun */
	sd_bus_slot *gone, *owner, *added, *removed, *changed, *call;
	sd_event_source *timer;
	bool again;	  /* something has changed since the look that is under way */
	uint64_t look_us; /* CLOCK_MONOTONIC, of the last one */
};

/* Begin to follow; the caller has filled in what is borrowed, the rest is zero. */
void bluez_start(struct bluez *bluez);
void bluez_finish(struct bluez *bluez);

/* Have bluetoothd cut the link to the peer at @port; what comes of it is seen by the handler. */
void bluez_disconnect(struct bluez *bluez, const char *port);

/* The six bytes of @address, the last of the text first, as the kernel has them.  Returns 0 or
 * -EINVAL. */
int bluez_address_parse(const char *address, uint8_t ret[static 6])
	__attribute__((warn_unused_result));
