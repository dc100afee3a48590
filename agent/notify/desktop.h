/* desktop - the desktop's notifications (org.freedesktop.Notifications) over the session bus.
 * Asynchronous; where nobody shows notifications, nothing happens. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <systemd/sd-bus.h>

#include "message.h"

enum { DESKTOP_MAX_SHOWN = 64 };

/* A message that is on the screen, or was. */
struct desktop_shown {
	char instance[MESSAGE_INSTANCE_SIZE];
	uint32_t id;
};

struct desktop {
	sd_bus *bus; /* borrowed */
	bool plain;  /* bodies are shown as they are, without markup */
	size_t next; /* of @shown, to be overwritten */
	struct desktop_shown shown[DESKTOP_MAX_SHOWN];
};

/* Prepare, and ask what the desktop can show.  Returns 0 or what sd-bus gives. */
int desktop_init(struct desktop *desktop, sd_bus *bus) __attribute__((warn_unused_result));

/* Show @message in place of the last one of its instance.  Returns 0 or what sd-bus gives. */
int desktop_show(struct desktop *desktop, const struct message *message)
	__attribute__((warn_unused_result));
