/* system_bus - one connection to the D-Bus system bus, from an event loop, without waiting.
 * The enforcer starts before the bus does: messages wait until its socket appears. */
#pragma once

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

/* Begin to connect, and attach to @loop.  @on_gone is called when the connection has been lost.
 * Gives *@ret, to be freed with sd_bus_close_unref() after @ret_gone with sd_bus_slot_unref().
 * Returns 0 or what sd-bus gives; then nothing is given. */
int system_bus_open(sd_event *loop, sd_bus_message_handler_t on_gone, void *userdata, sd_bus **ret,
		    sd_bus_slot **ret_gone) __attribute__((warn_unused_result));
