#include "desktop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/common/log.h"

#define SERVICE "org.freedesktop.Notifications"
#define OBJECT	"/org/freedesktop/Notifications"

/* Of the Desktop Notifications Specification 1.2: urgency, and times until a message goes. */
enum { URGENCY_NORMAL = 1, URGENCY_CRITICAL = 2, EXPIRE_DEFAULT = -1, EXPIRE_NEVER = 0 };

/* A message on its way to the desktop. */
struct showing {
	struct desktop *desktop;
	char instance[MESSAGE_INSTANCE_SIZE];
};

static int on_capabilities(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	struct desktop *desktop = userdata;
	const char *capability;

	(void)error;
	if (sd_bus_message_is_method_error(reply, NULL) ||
	    sd_bus_message_enter_container(reply, 'a', "s") < 0)
		return 0;
	desktop->plain = true;
	while (sd_bus_message_read(reply, "s", &capability) > 0) {
		if (strcmp(capability, "body-markup") == 0)
			desktop->plain = false;
	}
	return 0;
}

int desktop_init(struct desktop *desktop, sd_bus *bus)
{
	*desktop = (struct desktop){ .bus = bus };
	return sd_bus_call_method_async(bus, NULL, SERVICE, OBJECT, SERVICE, "GetCapabilities",
					on_capabilities, desktop, NULL);
}

static struct desktop_shown *find(struct desktop *desktop, const char *instance)
{
	for (size_t i = 0; i < DESKTOP_MAX_SHOWN; i++) {
		if (strcmp(desktop->shown[i].instance, instance) == 0)
			return &desktop->shown[i];
	}
	return NULL;
}

static void remember(struct desktop *desktop, const char *instance, uint32_t id)
{
	struct desktop_shown *shown = find(desktop, instance);

	if (shown == NULL) {
		shown = &desktop->shown[desktop->next];
		desktop->next = (desktop->next + 1) % DESKTOP_MAX_SHOWN;
		snprintf(shown->instance, sizeof(shown->instance), "%s", instance);
	}
	shown->id = id;
}

static int on_shown(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	const struct showing *showing = userdata;
	uint32_t id;

	(void)error;
	if (sd_bus_message_is_method_error(reply, NULL))
		log_debug("notify", "The desktop does not show notifications: %s",
			  sd_bus_message_get_error(reply)->message);
	else if (sd_bus_message_read(reply, "u", &id) > 0)
		remember(showing->desktop, showing->instance, id);
	return 0;
}

static int append(sd_bus_message *call, const struct message *message, const char *body,
		  uint32_t replaces)
{
	int r = sd_bus_message_append(call, "susssas", "devgate", replaces, "drive-removable-media",
				      message->summary, body, 0);

	if (r >= 0)
		r = sd_bus_message_append(call, "a{sv}", 1, "urgency", "y",
					  message->urgent ? URGENCY_CRITICAL : URGENCY_NORMAL);
	if (r >= 0)
		r = sd_bus_message_append(call, "i",
					  message->urgent ? EXPIRE_NEVER : EXPIRE_DEFAULT);
	return r;
}

int desktop_show(struct desktop *desktop, const struct message *message)
{
	const struct desktop_shown *before = find(desktop, message->instance);
	char body[MESSAGE_BODY_SIZE * 2];
	struct showing *showing;
	sd_bus_message *call = NULL;
	sd_bus_slot *slot = NULL;
	int r;

	if (desktop->plain)
		snprintf(body, sizeof(body), "%s", message->body);
	else
		message_escape(message->body, body, sizeof(body));
	r = sd_bus_message_new_method_call(desktop->bus, &call, SERVICE, OBJECT, SERVICE, "Notify");
	if (r >= 0)
		r = append(call, message, body, before == NULL ? 0 : before->id);
	showing = r < 0 ? NULL : calloc(1, sizeof(*showing));
	if (showing != NULL) {
		showing->desktop = desktop;
		snprintf(showing->instance, sizeof(showing->instance), "%s", message->instance);
		r = sd_bus_call_async(desktop->bus, &slot, call, on_shown, showing, 0);
		if (r < 0) {
			free(showing);
		} else {
			sd_bus_slot_set_destroy_callback(slot, free);
			sd_bus_slot_set_floating(slot, true);
			sd_bus_slot_unref(slot);
		}
	}
	sd_bus_message_unref(call);
	return r < 0 ? r : 0;
}
