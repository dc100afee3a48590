/* devices - the devices that are plugged in, and what was decided. */
#include <stdio.h>
#include <stdlib.h>

#include "agent/common/cleanup.h"
#include "ask.h"
#include "commands.h"
#include "device_text.h"
#include "table.h"
#include "text.h"

static int add_device(struct table *table, const json_t *packet)
{
	const json_t *device = json_object_get(packet, "device");
	char port[64], id[DEVICE_CELL_SIZE], name[DEVICE_CELL_SIZE], verdict[128], rule[192];
	const char *const cells[] = {
		text_member(device, "port", port, sizeof(port)),
		device_text_verdict(packet, verdict, sizeof(verdict)),
		device_text_rule(packet, rule, sizeof(rule)),
		device_text_id(device, id, sizeof(id)),
		device_text_name(device, name, sizeof(name)),
	};

	return table_add(table, cells);
}

static int print_devices(const json_t *packets)
{
	const char *const header[] = { _("PORT"), _("VERDICT"), _("RULE"), _("DEVICE"), _("NAME") };
	struct table table;
	size_t i;
	json_t *packet;
	int r;

	if (json_array_size(packets) == 0) {
		puts(_("No device is plugged in."));
		return 0;
	}
	table_init(&table, 5);
	r = table_add(&table, header);
	json_array_foreach (packets, i, packet) {
		if (r >= 0)
			r = add_device(&table, packet);
	}
	if (r >= 0)
		table_print(&table, stdout);
	else
		fputs(_("devgate: out of memory\n"), stderr);
	table_finish(&table);
	return r;
}

int command_devices(const struct arguments *arguments)
{
	_cleanup_json_ json_t *packets = NULL;

	if (ask_enforcer(arguments, "devices", &packets) < 0)
		return EXIT_FAILURE;
	if (arguments->json) {
		_cleanup_json_ json_t *root = json_pack("{s:O}", "devices", packets);

		ask_print_json(root);
		return EXIT_SUCCESS;
	}
	return print_devices(packets) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
