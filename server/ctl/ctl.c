#include "ctl.h"

#include <stdio.h>

#include "message.h"

int ctl_print_json(const json_t *json)
{
	if (json_dumpf(json, stdout, JSON_INDENT(2)) < 0 || putchar('\n') == EOF)
		return STATUS_FAILURE;
	return STATUS_OK;
}
