/* explain - why a device was allowed or refused, step by step. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/common/cleanup.h"
#include "ask.h"
#include "commands.h"
#include "device_text.h"
#include "table.h"
#include "text.h"

enum { REASON_SIZE = 1024 };

static int add_pair(struct table *table, const char *name, const char *value)
{
	const char *const cells[] = { name, value };

	return *value ? table_add(table, cells) : 0;
}

static int print_device(const json_t *packet)
{
	const json_t *device = json_object_get(packet, "device");
	char cell[DEVICE_CELL_SIZE], reason[REASON_SIZE];
	struct table table;
	int r = 0;

	table_init(&table, 2);
	if ((r = add_pair(&table, _("Device"), device_text_id(device, cell, sizeof(cell)))) < 0 ||
	    (r = add_pair(&table, _("Name"), device_text_name(device, cell, sizeof(cell)))) < 0 ||
	    (r = add_pair(&table, _("Port"), text_member(device, "port", cell, sizeof(cell)))) <
		    0 ||
	    (r = add_pair(&table, _("Verdict"), device_text_verdict(packet, cell, sizeof(cell)))) <
		    0 ||
	    (r = add_pair(&table, _("Rule"), device_text_rule(packet, cell, sizeof(cell)))) < 0 ||
	    (r = add_pair(&table, _("Reason"),
			  text_reason(json_object_get(packet, "reason"), reason, sizeof(reason)))) <
		    0)
		fputs(_("devgate: out of memory\n"), stderr);
	else
		table_print(&table, stdout);
	table_finish(&table);
	return r;
}

/* Print the elements of @list as a table below @header, each put in by @add. */
static int print_list(const json_t *list, const char *const *header, size_t n_columns,
		      int (*add)(struct table *table, const json_t *element))
{
	struct table table;
	json_t *element;
	size_t i;
	int r;

	if (json_array_size(list) == 0)
		return 0;
	table_init(&table, n_columns);
	r = table_add(&table, header);
	json_array_foreach (list, i, element) {
		if (r >= 0)
			r = add(&table, element);
	}
	if (r >= 0) {
		putchar('\n');
		table_print(&table, stdout);
	} else {
		fputs(_("devgate: out of memory\n"), stderr);
	}
	table_finish(&table);
	return r;
}

static int add_step(struct table *table, const json_t *step)
{
	char interface[64], name[64], result[512];
	const json_t *number = json_object_get(step, "interface");
	const char *const cells[] = { interface, text_member(step, "step", name, sizeof(name)),
				      text_member(step, "result", result, sizeof(result)) };

	if (json_is_integer(number))
		snprintf(interface, sizeof(interface), "%" JSON_INTEGER_FORMAT,
			 json_integer_value(number));
	else
		text_member(step, "interface", interface, sizeof(interface));
	return table_add(table, cells);
}

static int print_explanation(const json_t *packet)
{
	const char *const interfaces[] = { _("INTERFACE"), _("FUNCTION"), _("CLASS"), _("VERDICT"),
					   _("RULE") };
	const char *const steps[] = { _("INTERFACE"), _("STEP"), _("RESULT") };
	int r;

	r = print_device(packet);
	if (r >= 0)
		r = print_list(json_object_get(packet, "interfaces"), interfaces, 5,
			       device_text_add_interface);
	if (r >= 0)
		r = print_list(json_object_get(packet, "order"), steps, 3, add_step);
	return r;
}

static bool port_good(const char *port)
{
	static const char characters[] = "0123456789-.:/_abcdefghijklmnopqrstuvwxyz"
					 "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

	return *port && strlen(port) < 64 && port[strspn(port, characters)] == '\0';
}

int command_explain(const struct arguments *arguments)
{
	const char *port = arguments->words[0];
	_cleanup_json_ json_t *packets = NULL;
	char request[80];

	if (!port_good(port)) {
		fprintf(stderr,
			_("devgate: \"%s\" is no port; `devgate devices` lists them (\"1-2.3\")\n"),
			port);
		return EXIT_USAGE;
	}
	snprintf(request, sizeof(request), "explain %s", port);
	if (ask_enforcer(arguments, request, &packets) < 0)
		return EXIT_FAILURE;
	if (json_array_size(packets) != 1) {
		fprintf(stderr, _("devgate: no device is plugged in at port %s\n"), port);
		return EXIT_FAILURE;
	}
	if (arguments->json) {
		ask_print_json(json_array_get(packets, 0));
		return EXIT_SUCCESS;
	}
	return print_explanation(json_array_get(packets, 0)) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
