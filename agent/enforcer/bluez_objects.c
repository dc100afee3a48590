#include "bluez_objects.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH	"/org/bluez/"
#define ADAPTER "org.bluez.Adapter1"
#define DEVICE	"org.bluez.Device1"

enum { MAX_NAME_BYTES = DEVICE_TEXT_SIZE - 1 };

/* An object while it is read. */
struct object {
	const char *path; /* valid while the message is */
	bool is_adapter, is_device;
	struct bluez_peer peer;
};

/* Reads the value of a property, a variant's content, into the object. */
typedef int property_reader(sd_bus_message *message, struct bluez_peer *peer);

/* As much of @text as fits. */
static void take(char *ret, size_t size, const char *text)
{
	snprintf(ret, size, "%s", text);
}

static int read_string(sd_bus_message *message, const char **ret)
{
	return sd_bus_message_read_basic(message, 's', ret);
}

static int read_bool(sd_bus_message *message, bool *ret)
{
	int value;
	int r = sd_bus_message_read_basic(message, 'b', &value);

	if (r >= 0)
		*ret = value != 0;
	return r;
}

static int read_address(sd_bus_message *message, struct bluez_peer *peer)
{
	const char *text;
	int r = read_string(message, &text);

	if (r >= 0)
		take(peer->address, sizeof(peer->address), text);
	return r;
}

static int read_address_type(sd_bus_message *message, struct bluez_peer *peer)
{
	const char *text;
	int r = read_string(message, &text);

	if (r >= 0)
		peer->fixed_address = strcmp(text, "public") == 0;
	return r;
}

static int read_name(sd_bus_message *message, struct bluez_peer *peer)
{
	const char *text;
	int r = read_string(message, &text);

	if (r >= 0)
		take(peer->name, sizeof(peer->name), text);
	return r;
}

static int read_modalias(sd_bus_message *message, struct bluez_peer *peer)
{
	const char *text;
	int r = read_string(message, &text);

	if (r >= 0)
		take(peer->modalias, sizeof(peer->modalias), text);
	return r;
}

static int read_class(sd_bus_message *message, struct bluez_peer *peer)
{
	return sd_bus_message_read_basic(message, 'u', &peer->class);
}

static int read_appearance(sd_bus_message *message, struct bluez_peer *peer)
{
	return sd_bus_message_read_basic(message, 'q', &peer->appearance);
}

static int read_paired(sd_bus_message *message, struct bluez_peer *peer)
{
	return read_bool(message, &peer->paired);
}

static int read_connected(sd_bus_message *message, struct bluez_peer *peer)
{
	return read_bool(message, &peer->connected);
}

static int read_resolved(sd_bus_message *message, struct bluez_peer *peer)
{
	return read_bool(message, &peer->resolved);
}

static int read_services(sd_bus_message *message, struct bluez_peer *peer)
{
	const char *text;
	int r = sd_bus_message_enter_container(message, 'a', "s");

	while (r >= 0 && (r = read_string(message, &text)) > 0) {
		if (peer->n_services == BLUEZ_MAX_SERVICES) {
			peer->too_many = true;
			continue;
		}
		take(peer->services[peer->n_services++], BLUETOOTH_UUID_SIZE, text);
	}
	return r < 0 ? r : sd_bus_message_exit_container(message);
}

static const struct property {
	const char *name, *type;
	property_reader *reader;
} properties[] = {
	{ "Address", "s", read_address }, { "AddressType", "s", read_address_type },
	{ "Name", "s", read_name },	  { "Modalias", "s", read_modalias },
	{ "Class", "u", read_class },	  { "Appearance", "q", read_appearance },
	{ "Paired", "b", read_paired },	  { "Connected", "b", read_connected },
	{ "UUIDs", "as", read_services }, { "ServicesResolved", "b", read_resolved },
};

static const struct property *find_property(const char *name)
{
	for (size_t i = 0; i < sizeof(properties) / sizeof(properties[0]); i++) {
		if (strcmp(properties[i].name, name) == 0)
			return &properties[i];
	}
	return NULL;
}

/* One entry "sv" of a dictionary of properties, into @peer. */
static int read_property(sd_bus_message *message, struct bluez_peer *peer)
{
	const struct property *property;
	const char *name;
	int r = read_string(message, &name);

	if (r < 0)
		return r;
	property = find_property(name);
	if (property == NULL)
		return sd_bus_message_skip(message, "v");
	r = sd_bus_message_enter_container(message, 'v', property->type);
	if (r >= 0)
		r = property->reader(message, peer);
	return r < 0 ? r : sd_bus_message_exit_container(message);
}

static int read_properties(sd_bus_message *message, struct bluez_peer *peer)
{
	int r = sd_bus_message_enter_container(message, 'a', "{sv}");

	while (r >= 0 && (r = sd_bus_message_enter_container(message, 'e', "sv")) > 0) {
		r = read_property(message, peer);
		if (r >= 0)
			r = sd_bus_message_exit_container(message);
	}
	return r < 0 ? r : sd_bus_message_exit_container(message);
}

/* One entry "sa{sv}": an interface and its properties. */
static int read_interface(sd_bus_message *message, struct object *object)
{
	const char *name;
	int r = read_string(message, &name);
	bool adapter, device;

	if (r < 0)
		return r;
	adapter = strcmp(name, ADAPTER) == 0;
	device = strcmp(name, DEVICE) == 0;
	object->is_adapter = object->is_adapter || adapter;
	object->is_device = object->is_device || device;
	if (!adapter && !device)
		return sd_bus_message_skip(message, "a{sv}");
	return read_properties(message, &object->peer);
}

static void add_adapter(struct bluez_objects *objects, const struct object *object)
{
	const char *name = object->path + strlen(PATH);
	struct bluez_adapter *adapter;

	if (objects->n_adapters == BLUEZ_MAX_ADAPTERS || strlen(name) >= sizeof(adapter->name))
		return;
	adapter = &objects->adapters[objects->n_adapters++];
	strcpy(adapter->name, name);
	strcpy(adapter->address, object->peer.address);
}

/* "hci0/dev_00_11_22_33_44_55", with the address that the peer has. */
static bool agrees(const char *port, const char *address)
{
	const char *name = strstr(port, "/dev_");

	if (name == NULL || strlen(address) != BLUEZ_ADDRESS_SIZE - 1 ||
	    strlen(name) != strlen("/dev_") + BLUEZ_ADDRESS_SIZE - 1)
		return false;
	name += strlen("/dev_");
	for (size_t i = 0; address[i] != '\0'; i++) {
		if (name[i] != (address[i] == ':' ? '_' : address[i]))
			return false;
	}
	return true;
}

static int add_peer(struct bluez_objects *objects, const struct object *object)
{
	const char *port = object->path + strlen(PATH);
	struct bluez_peer *peers;

	if ((!object->peer.paired && !object->peer.connected) ||
	    objects->n_peers == BLUEZ_MAX_PEERS || strlen(port) >= DEVICE_PORT_SIZE ||
	    !agrees(port, object->peer.address))
		return 0;
	peers = reallocarray(objects->peers, objects->n_peers + 1, sizeof(*peers));
	if (peers == NULL)
		return -ENOMEM;
	objects->peers = peers;
	peers[objects->n_peers] = object->peer;
	strcpy(peers[objects->n_peers].port, port);
	objects->n_peers++;
	return 0;
}

/* One entry "oa{sa{sv}}". */
static int read_object(sd_bus_message *message, struct bluez_objects *objects)
{
	struct object object = { 0 };
	int r = sd_bus_message_read_basic(message, 'o', &object.path);

	if (r >= 0)
		r = sd_bus_message_enter_container(message, 'a', "{sa{sv}}");
	while (r >= 0 && (r = sd_bus_message_enter_container(message, 'e', "sa{sv}")) > 0) {
		r = read_interface(message, &object);
		if (r >= 0)
			r = sd_bus_message_exit_container(message);
	}
	if (r >= 0)
		r = sd_bus_message_exit_container(message);
	if (r < 0 || strncmp(object.path, PATH, strlen(PATH)) != 0)
		return r;
	if (object.is_adapter)
		add_adapter(objects, &object);
	return object.is_device ? add_peer(objects, &object) : 0;
}

/* An adapter may be told after its peers. */
static void set_adapters(struct bluez_objects *objects)
{
	for (size_t i = 0; i < objects->n_peers; i++) {
		struct bluez_peer *peer = &objects->peers[i];
		size_t length = strcspn(peer->port, "/");

		/* Bonding makes a private address known for good. */
		peer->fixed_address = peer->fixed_address || peer->paired;
		for (size_t j = 0; j < objects->n_adapters; j++) {
			const struct bluez_adapter *adapter = &objects->adapters[j];

			if (strlen(adapter->name) == length &&
			    strncmp(adapter->name, peer->port, length) == 0)
				strcpy(peer->adapter, adapter->address);
		}
	}
}

int bluez_objects_read(sd_bus_message *reply, struct bluez_objects *ret)
{
	int r = sd_bus_message_enter_container(reply, 'a', "{oa{sa{sv}}}");

	while (r >= 0 && (r = sd_bus_message_enter_container(reply, 'e', "oa{sa{sv}}")) > 0) {
		r = read_object(reply, ret);
		if (r >= 0)
			r = sd_bus_message_exit_container(reply);
	}
	if (r >= 0)
		r = sd_bus_message_exit_container(reply);
	set_adapters(ret);
	return r < 0 ? r : 0;
}

void bluez_objects_finish(struct bluez_objects *objects)
{
	free(objects->peers);
	objects->peers = NULL;
	objects->n_peers = 0;
}

/* What has lost its value has changed, too. */
static bool any_invalidated(sd_bus_message *signal)
{
	const char *name;

	if (sd_bus_message_enter_container(signal, 'a', "s") <= 0)
		return true;
	while (read_string(signal, &name) > 0) {
		if (find_property(name) != NULL)
			return true;
	}
	return false;
}

bool bluez_objects_matter(sd_bus_message *signal)
{
	const char *name;

	if (sd_bus_message_skip(signal, "s") < 0 ||
	    sd_bus_message_enter_container(signal, 'a', "{sv}") < 0)
		return true;
	while (sd_bus_message_enter_container(signal, 'e', "sv") > 0) {
		if (read_string(signal, &name) < 0 || find_property(name) != NULL)
			return true;
		if (sd_bus_message_skip(signal, "v") < 0 ||
		    sd_bus_message_exit_container(signal) < 0)
			return true;
	}
	return sd_bus_message_exit_container(signal) < 0 || any_invalidated(signal);
}
