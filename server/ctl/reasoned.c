#include "reasoned.h"

#include "message.h"
#include "options.h"

int reasoned_parse(struct ctl *ctl, int argc, char **argv, struct reasoned *ret)
{
	const char *reason = NULL;
	const struct option_row rows[] = {
		{ "reason", OPTION_TEXT, &reason, "TEXT", N_("why, for the record") },
		{ 0 },
	};
	char **operands;
	int status = options_parse(ctl, rows, argc, argv, 1, 1, &operands);

	if (status == OPTIONS_GO_ON)
		status = options_need(ctl, "reason", reason);
	if (status != OPTIONS_GO_ON)
		return status;
	*ret = (struct reasoned){ operands[0], json_pack("{ss}", "reason", reason) };
	if (ret->body)
		return OPTIONS_GO_ON;
	complain(_("--reason: is not UTF-8 text"));
	return STATUS_USAGE;
}
