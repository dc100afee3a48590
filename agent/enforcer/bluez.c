#include "bluez.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/common/cleanup.h"
#include "agent/common/log.h"
#include "bluez_objects.h"
#include "policy/text.h"
#include "system_bus.h"

#define BLUEZ	   "org.bluez"
#define PATH	   "/org/bluez"
#define DEVICE	   "org.bluez.Device1"
#define OBJECTS	   "org.freedesktop.DBus.ObjectManager"
#define PROPERTIES "org.freedesktop.DBus.Properties"
#define BUS	   "org.freedesktop.DBus"

static void begin(struct bluez *bluez);

static void drop_bus(struct bluez *bluez)
{
	bluez->call = sd_bus_slot_unref(bluez->call);
	bluez->owner = sd_bus_slot_unref(bluez->owner);
	bluez->added = sd_bus_slot_unref(bluez->added);
	bluez->removed = sd_bus_slot_unref(bluez->removed);
	bluez->changed = sd_bus_slot_unref(bluez->changed);
	bluez->gone = sd_bus_slot_unref(bluez->gone);
	bluez->bus = sd_bus_close_unref(bluez->bus);
}

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static int on_timer(sd_event_source *source, uint64_t now, void *userdata);

/* Call on_timer() in @delay_us, in place of what was set before. */
static void set_timer(struct bluez *bluez, uint64_t delay_us)
{
	int r;

	bluez->timer = sd_event_source_disable_unref(bluez->timer);
	r = sd_event_add_time_relative(bluez->loop, &bluez->timer, CLOCK_MONOTONIC, delay_us, 0,
				       on_timer, bluez);
	if (r < 0)
		log_error("bluetooth", "Bluetooth peers are not looked at again: %s", strerror(-r));
}

/* The bus cannot be had: nobody can be told to be there, and it is tried again later. */
static void lose(struct bluez *bluez, int r)
{
	log_warning("bluetooth", "Cannot ask for Bluetooth peers: %s", strerror(-r));
	drop_bus(bluez);
	bluez->handler(bluez->userdata, NULL, 0);
	set_timer(bluez, (uint64_t)BLUEZ_RETRY_S * 1000000);
}

static int on_objects(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	const sd_bus_error *refused = sd_bus_message_get_error(reply);
	struct bluez *bluez = userdata;
	struct bluez_objects *objects;
	int r = 0;

	(void)error;
	bluez->call = sd_bus_slot_unref(bluez->call);
	objects = calloc(1, sizeof(*objects));
	if (objects == NULL)
		return 0;    /* it stays as it is until the next change */
	if (refused != NULL) /* there is no bluetoothd */
		log_debug("bluetooth", "%s", refused->name);
	else
		r = bluez_objects_read(reply, objects);
	if (r < 0) {
		log_error("bluetooth", "bluetoothd's peers cannot be read: %s", strerror(-r));
		objects->n_peers = 0;
	}
	bluez->handler(bluez->userdata, objects->peers, objects->n_peers);
	bluez_objects_finish(objects);
	free(objects);
	if (bluez->again)
		set_timer(bluez, (uint64_t)BLUEZ_PAUSE_MS * 1000);
	return 0;
}

/* Look at all peers, unless it is too early for that. */
static void look(struct bluez *bluez)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *ask = NULL;
	int r;

	bluez->again = false;
	bluez->look_us = now_us();
	r = sd_bus_message_new_method_call(bluez->bus, &ask, BLUEZ, "/", OBJECTS,
					   "GetManagedObjects");
	if (r >= 0) /* bluetoothd is not started for our sake */
		r = sd_bus_message_set_auto_start(ask, false);
	if (r >= 0)
		r = sd_bus_call_async(bluez->bus, &bluez->call, ask, on_objects, bluez, 0);
	if (r < 0)
		lose(bluez, r);
}

static int on_timer(sd_event_source *source, uint64_t now, void *userdata)
{
	struct bluez *bluez = userdata;

	(void)source;
	(void)now;
	bluez->timer = sd_event_source_disable_unref(bluez->timer);
	if (bluez->bus == NULL)
		begin(bluez);
	else if (bluez->call == NULL)
		look(bluez);
	return 0;
}

/* Something has changed: look now, or when the pause is over. */
static void look_soon(struct bluez *bluez)
{
	uint64_t since = now_us() - bluez->look_us;
	const uint64_t pause = (uint64_t)BLUEZ_PAUSE_MS * 1000;

	bluez->again = true;
	if (bluez->call != NULL || bluez->timer != NULL)
		return;
	if (since >= pause)
		look(bluez);
	else
		set_timer(bluez, pause - since);
}

static int on_change(sd_bus_message *signal, void *userdata, sd_bus_error *error)
{
	(void)signal;
	(void)error;
	look_soon(userdata);
	return 0;
}

/* Signal strength and the like change all the time while bluetoothd searches. */
static int on_properties(sd_bus_message *signal, void *userdata, sd_bus_error *error)
{
	(void)error;
	if (bluez_objects_matter(signal))
		look_soon(userdata);
	return 0;
}

static int on_gone(sd_bus_message *signal, void *userdata, sd_bus_error *error)
{
	(void)signal;
	(void)error;
	lose(userdata, -ECONNRESET);
	return 0;
}

static int match(struct bluez *bluez)
{
	int r = sd_bus_match_signal_async(bluez->bus, &bluez->added, BLUEZ, NULL, OBJECTS,
					  "InterfacesAdded", on_change, NULL, bluez);

	if (r >= 0)
		r = sd_bus_match_signal_async(bluez->bus, &bluez->removed, BLUEZ, NULL, OBJECTS,
					      "InterfacesRemoved", on_change, NULL, bluez);
	if (r >= 0)
		r = sd_bus_add_match_async(bluez->bus, &bluez->changed,
					   "type='signal',sender='" BLUEZ "',interface='" PROPERTIES
					   "',member='PropertiesChanged',arg0='" DEVICE "'",
					   on_properties, NULL, bluez);
	if (r >= 0)
		r = sd_bus_add_match_async(bluez->bus, &bluez->owner,
					   "type='signal',sender='" BUS "',interface='" BUS
					   "',member='NameOwnerChanged',arg0='" BLUEZ "'",
					   on_change, NULL, bluez);
	return r;
}

static void begin(struct bluez *bluez)
{
	int r = system_bus_open(bluez->loop, on_gone, bluez, &bluez->bus, &bluez->gone);

	if (r >= 0)
		r = match(bluez);
	if (r < 0)
		lose(bluez, r);
	else
		look(bluez);
}

void bluez_start(struct bluez *bluez)
{
	begin(bluez);
}

void bluez_finish(struct bluez *bluez)
{
	bluez->timer = sd_event_source_disable_unref(bluez->timer);
	drop_bus(bluez);
}

void bluez_disconnect(struct bluez *bluez, const char *port)
{
	char path[sizeof(PATH "/") + DEVICE_PORT_SIZE];
	int r;

	if (bluez->bus == NULL)
		return;
	snprintf(path, sizeof(path), PATH "/%s", port);
	r = sd_bus_call_method_async(bluez->bus, NULL, BLUEZ, path, DEVICE, "Disconnect", NULL,
				     NULL, "");
	if (r < 0)
		log_error("bluetooth", "The link to %s cannot be cut: %s", port, strerror(-r));
}

int bluez_address_parse(const char *address, uint8_t ret[static 6])
{
	uint8_t bytes[6];

	if (strlen(address) != BLUEZ_ADDRESS_SIZE - 1)
		return -EINVAL;
	for (size_t i = 0; i < sizeof(bytes); i++) {
		int high = text_hex_digit(address[3 * i]), low = text_hex_digit(address[3 * i + 1]);

		if (high < 0 || low < 0 || (i < 5 && address[3 * i + 2] != ':'))
			return -EINVAL;
		bytes[5 - i] = (uint8_t)(high << 4 | low);
	}
	memcpy(ret, bytes, sizeof(bytes));
	return 0;
}
