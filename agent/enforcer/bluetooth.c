#include "bluetooth.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/common/cleanup.h"
#include "agent/common/log.h"
#include "bluetooth_channels.h"
#include "bluetooth_device.h"
#include "bluetooth_records.h"

static struct bluetooth_peer *find(const struct bluetooth *bluetooth, const char *port)
{
	for (size_t i = 0; i < bluetooth->n; i++) {
		if (strcmp(bluetooth->peers[i]->seen.port, port) == 0)
			return bluetooth->peers[i];
	}
	return NULL;
}

static void permit_nothing(struct bluetooth *bluetooth, const struct bluetooth_peer *peer)
{
	uint8_t address[6];

	if (bluetooth_gate_in_force(&bluetooth->gate) &&
	    (bluez_address_parse(peer->seen.address, address) < 0 ||
	     bluetooth_gate_permit(&bluetooth->gate, address, NULL, 0) < 0))
		log_error("bluetooth-gate", "%s may keep what it was permitted", peer->seen.port);
}

/* A peer's address may be known to several adapters; what is permitted goes by the address. */
static void remove_peer(struct bluetooth *bluetooth, size_t i)
{
	struct bluetooth_peer *peer = bluetooth->peers[i];

	bluetooth->peers[i] = bluetooth->peers[--bluetooth->n];
	permit_nothing(bluetooth, peer);
	bluetooth->handlers.on_go(bluetooth->handlers.userdata, peer->seen.port);
	free(peer);
}

static void add_peer(struct bluetooth *bluetooth, const struct bluez_peer *seen)
{
	struct bluetooth_peer *peer;
	struct usbdev *dev;
	int r;

	if (bluetooth->n == BLUEZ_MAX_PEERS)
		return;
	peer = calloc(1, sizeof(*peer));
	if (peer == NULL)
		return;
	peer->seen = *seen;
	r = bluetooth_device_new(seen, bluetooth->sysfs_fd, bluetooth->boot, &dev);
	if (r < 0) {
		log_error("bluetooth", "%s stays shut: %s", seen->port, strerror(-r));
		free(peer);
		return;
	}
	bluetooth->peers[bluetooth->n++] = peer;
	bluetooth->handlers.on_come(bluetooth->handlers.userdata, dev);
}

/* The same peer as before, in all that is judged? */
static bool same_claims(const struct bluez_peer *a, const struct bluez_peer *b)
{
	if (a->n_services != b->n_services || a->class != b->class ||
	    a->appearance != b->appearance || strcmp(a->name, b->name) != 0 ||
	    strcmp(a->modalias, b->modalias) != 0 || a->too_many != b->too_many)
		return false;
	for (size_t i = 0; i < a->n_services; i++) {
		if (strcmp(a->services[i], b->services[i]) != 0)
			return false;
	}
	return true;
}

static void update_peer(struct bluetooth *bluetooth, struct bluetooth_peer *peer,
			const struct bluez_peer *seen)
{
	const struct bluetooth_handlers *handlers = &bluetooth->handlers;
	bool same = same_claims(&peer->seen, seen);
	bool came = (seen->connected && !peer->seen.connected) ||
		    (seen->resolved && !peer->seen.resolved);
	struct device device;

	peer->seen = *seen;
	if (!same) {
		bluetooth_device_fill(seen, &device);
		handlers->on_change(handlers->userdata, seen->port, &device);
	}
	if (came)
		handlers->on_connect(handlers->userdata, seen->port);
}

static const struct bluez_peer *find_seen(const struct bluez_peer *peers, size_t n,
					  const char *port)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(peers[i].port, port) == 0)
			return &peers[i];
	}
	return NULL;
}

static bool is_known_address(void *userdata, const uint8_t peer[static 6])
{
	const struct bluetooth *bluetooth = userdata;
	uint8_t address[6];

	for (size_t i = 0; i < bluetooth->n; i++) {
		if (bluez_address_parse(bluetooth->peers[i]->seen.address, address) == 0 &&
		    memcmp(address, peer, sizeof(address)) == 0)
			return true;
	}
	return false;
}

/* What an earlier run has permitted to those who went while nobody watched. */
static void first_look(struct bluetooth *bluetooth)
{
	int r = bluetooth_gate_prune(&bluetooth->gate, is_known_address, bluetooth);

	if (r < 0 && r != -ENODEV)
		log_error("bluetooth-gate", "What is permitted to peers that are gone stays: %s",
			  strerror(-r));
	bluetooth->looked = true;
	bluetooth->handlers.on_looked(bluetooth->handlers.userdata);
}

static void on_look(void *userdata, const struct bluez_peer *peers, size_t n)
{
	struct bluetooth *bluetooth = userdata;

	for (size_t i = bluetooth->n; i > 0; i--) {
		if (find_seen(peers, n, bluetooth->peers[i - 1]->seen.port) == NULL)
			remove_peer(bluetooth, i - 1);
	}
	for (size_t i = 0; i < n; i++) {
		struct bluetooth_peer *known = find(bluetooth, peers[i].port);

		if (known != NULL)
			update_peer(bluetooth, known, &peers[i]);
		else if (bluetooth_device_says(&peers[i]))
			add_peer(bluetooth, &peers[i]);
	}
	/* rfcomm is loaded when somebody first wants it. */
	bluetooth_gate_look(&bluetooth->gate);
	if (!bluetooth->looked)
		first_look(bluetooth);
}

static void on_gate(void *userdata)
{
	struct bluetooth *bluetooth = userdata;

	if (bluetooth->bluez.loop != NULL)
		return; /* followed already */
	bluetooth->bluez.loop = bluetooth->loop;
	bluetooth->bluez.handler = on_look;
	bluetooth->bluez.userdata = bluetooth;
	if (bluetooth_lacks(bluetooth) != NULL)
		bluetooth->handlers.on_degraded(bluetooth->handlers.userdata,
						bluetooth_lacks(bluetooth));
	bluez_start(&bluetooth->bluez);
}

void bluetooth_start(struct bluetooth *bluetooth, const char *pins)
{
	bluetooth_gate_init(&bluetooth->gate);
	bluetooth->gate.loop = bluetooth->loop;
	bluetooth->gate.pins = pins;
	bluetooth->gate.handler = on_gate;
	bluetooth->gate.userdata = bluetooth;
	if (pins == NULL)
		bluetooth->gate.error = -ENODEV;
	else
		bluetooth_gate_start(&bluetooth->gate);
	if (bluetooth_gate_in_force(&bluetooth->gate) || bluetooth->gate.error < 0)
		on_gate(bluetooth);
}

void bluetooth_finish(struct bluetooth *bluetooth)
{
	if (bluetooth->loop == NULL)
		return;
	bluez_finish(&bluetooth->bluez);
	bluetooth_gate_finish(&bluetooth->gate);
	while (bluetooth->n > 0)
		free(bluetooth->peers[--bluetooth->n]);
}

bool bluetooth_waits(const struct bluetooth *bluetooth)
{
	const struct bluetooth_gate *gate = &bluetooth->gate;

	return gate->child != NULL && !bluetooth_gate_in_force(gate) && gate->error == 0;
}

const char *bluetooth_lacks(const struct bluetooth *bluetooth)
{
	if (bluetooth->loop != NULL && bluetooth_gate_in_force(&bluetooth->gate))
		return NULL;
	return bluetooth->gate.error == -EOPNOTSUPP ? "this kernel has no BPF LSM"
						    : "the gate is not in force";
}

/* Fill in what the decision permits and refuses. */
static void set_functions(struct bluetooth_terms *terms, const struct usbdev *dev)
{
	for (size_t i = 0; i < dev->decision.n && i < dev->device.n_interfaces; i++) {
		if (usbdev_effect_at(dev, i) == VERDICT_DENY)
			terms->refused |= dev->device.interfaces[i].functions;
		else
			terms->permitted |= dev->device.interfaces[i].functions;
	}
	/* Of what cannot be told apart, the stricter. */
	terms->permitted &= ~terms->refused;
}

/* One link carries all services of the attribute protocol: it is open if each of them may be. */
static bool may_att(const struct bluez_peer *seen, const struct bluetooth_terms *terms)
{
	bool any = false;

	for (size_t i = 0; i < seen->n_services; i++) {
		function_set functions;

		if (!bluetooth_service_on_att(seen->services[i]) ||
		    bluetooth_service_functions(seen->services[i], terms->hid, &functions) < 0)
			continue;
		if ((functions & ~terms->permitted) != 0)
			return false;
		any = any || functions != 0;
	}
	return any;
}

static int set_gate(struct bluetooth *bluetooth, const struct bluetooth_peer *peer,
		    struct bluetooth_terms *terms)
{
	const struct bluez_peer *seen = &peer->seen;
	struct bluetooth_channel channels[BLUETOOTH_MAX_CHANNELS];
	_cleanup_free_ struct sdp_record *records = calloc(BLUETOOTH_MAX_RECORDS, sizeof(*records));
	int n;

	if (bluez_address_parse(seen->address, terms->peer) < 0 || records == NULL)
		return -ENOMEM;
	n = seen->adapter[0] == '\0'
		    ? 0
		    : bluetooth_records_read(bluetooth->state, seen->adapter, seen->address,
					     records, BLUETOOTH_MAX_RECORDS);
	terms->att = may_att(seen, terms);
	terms->records = records;
	terms->n_records = n < 0 ? 0 : (size_t)n;
	return bluetooth_gate_permit(&bluetooth->gate, terms->peer, channels,
				     bluetooth_channels(terms, channels));
}

int bluetooth_follow(struct bluetooth *bluetooth, const struct usbdev *dev)
{
	struct bluetooth_peer *peer = find(bluetooth, dev->device.port);
	struct bluetooth_terms terms = { 0 };
	function_set lost;
	bool useless;
	int r;

	if (peer == NULL)
		return 0;
	terms.hid = bluetooth_hid_functions(peer->seen.class, peer->seen.appearance);
	set_functions(&terms, dev);
	r = set_gate(bluetooth, peer, &terms);
	lost = peer->permitted & ~terms.permitted;
	peer->permitted = terms.permitted;
	/* The kernel itself carries some services once they are open (BNEP, HIDP), past the gate:
	 * they end with the link.  One that may carry nothing is of no use, once that is sure. */
	useless = terms.permitted == 0 && (peer->seen.paired || peer->seen.resolved);
	if (peer->seen.connected && (lost != 0 || useless))
		bluez_disconnect(&bluetooth->bluez, peer->seen.port);
	return terms.permitted == 0 && r == -ENODEV ? 0 : r;
}
