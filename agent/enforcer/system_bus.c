#include "system_bus.h"

#include <stdbool.h>
#include <stdlib.h>

#include "agent/common/cleanup.h"

#define ADDRESS "unix:path=/run/dbus/system_bus_socket"
#define LOCAL	"org.freedesktop.DBus.Local"

static void cleanup_bus(sd_bus **bus)
{
	sd_bus_close_unref(*bus);
}

int system_bus_open(sd_event *loop, sd_bus_message_handler_t on_gone, void *userdata, sd_bus **ret,
		    sd_bus_slot **ret_gone)
{
	_cleanup_(cleanup_bus) sd_bus *bus = NULL;
	const char *address = getenv("DBUS_SYSTEM_BUS_ADDRESS");
	int r = sd_bus_new(&bus);

	if (r >= 0)
		r = sd_bus_set_address(bus, address == NULL ? ADDRESS : address);
	if (r >= 0)
		r = sd_bus_set_bus_client(bus, true);
	if (r >= 0)
		r = sd_bus_set_watch_bind(bus, true);
	if (r >= 0)
		r = sd_bus_start(bus);
	if (r >= 0)
		r = sd_bus_attach_event(bus, loop, SD_EVENT_PRIORITY_NORMAL);
	if (r >= 0)
		r = sd_bus_match_signal_async(bus, ret_gone, LOCAL, NULL, LOCAL, "Disconnected",
					      on_gone, NULL, userdata);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(bus);
	return 0;
}
