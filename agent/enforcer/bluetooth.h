/* bluetooth - Bluetooth peers as devices: each that bluetoothd knows as paired or connected, and
 * that says what its services are, is judged, and may use the channels of the functions permitted
 * to it.
 *
 * One pseudo interface a function: audio, keyboard, network, storage (file transfer), and so on.  A
 * stay lasts as long as bluetoothd keeps the peer paired or connected; while there is no bluetoothd
 * nobody is there.  What is taken from a peer that is connected cuts its link: it may come back
 * with what is left to it.
 *
 * What keeps a peer from what it may not do is bluetooth_gate, in the kernel.  Where that cannot be
 * had, the decision is a denial, and bluetoothd is asked to cut the link of whoever connects. */
#pragma once

#include <stdbool.h>

#include "bluetooth_gate.h"
#include "bluez.h"
#include "devices.h"

/* A peer that is known, and the functions that it was permitted last. */
struct bluetooth_peer {
	struct bluez_peer seen;
	function_set permitted;
};

/* What is to be told of the peers' comings and goings. */
struct bluetooth_handlers {
	/* A peer has come; @dev is taken. */
	void (*on_come)(void *userdata, struct usbdev *dev);
	/* The peer at @port has other services, or calls itself otherwise: it is now @device. */
	void (*on_change)(void *userdata, const char *port, const struct device *device);
	/* It has connected, or tells more of how its services are reached. */
	void (*on_connect)(void *userdata, const char *port);
	void (*on_go)(void *userdata, const char *port);
	/* Nobody can be permitted anything: @lacks is a sentence. */
	void (*on_degraded)(void *userdata, const char *lacks);
	/* All that are there when the enforcer starts have been told. */
	void (*on_looked)(void *userdata);
	void *userdata;
};

struct bluetooth {
	sd_event *loop; /* borrowed, as all down to handlers */
	int sysfs_fd;
	const char *boot;
	const char *state; /* of bluetoothd: /var/lib/bluetooth */
	struct bluetooth_handlers handlers;
	bool looked;
	struct bluez bluez;
	struct bluetooth_gate gate;
	size_t n;
	struct bluetooth_peer *peers[BLUEZ_MAX_PEERS]; /* owned */
};

/* Load the gate into @pins, a directory in a bpffs, and follow bluetoothd when that is settled;
 * NULL: there is no bpffs, and so no gate.  The caller has filled in what is borrowed; the rest is
 * zero. */
void bluetooth_start(struct bluetooth *bluetooth, const char *pins);
void bluetooth_finish(struct bluetooth *bluetooth);

/* True while the gate is being loaded for the first time since boot. */
bool bluetooth_waits(const struct bluetooth *bluetooth);

/* Why no peer can be permitted anything, or NULL if the gate is in force. */
const char *bluetooth_lacks(const struct bluetooth *bluetooth);

/* Put the decision on @dev, a peer, into effect, in the gate and on its link.  Returns 0; -ENODEV
 * if the gate is not in force, or what it gave: then it is permitted nothing more than before. */
int bluetooth_follow(struct bluetooth *bluetooth, const struct usbdev *dev)
	__attribute__((warn_unused_result));
