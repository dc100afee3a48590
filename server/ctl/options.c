#include "options.h"

#include <assert.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "ctl.h"
#include "message.h"

/* Values of getopt_long for the options that every command has; rows are FIRST_ROW and up. */
enum { ON_HELP = 'h', ON_JSON = 0x100, ON_PROFILE, FIRST_ROW };

static void print_option(const char *name, const char *value, const char *help)
{
	char left[48];

	snprintf(left, sizeof(left), "--%s%s%s", name, value ? " " : "", value ? value : "");
	printf("  %-26s %s\n", left, _(help));
}

static void print_help(const struct ctl *ctl, const struct option_row *rows)
{
	const struct command *command = ctl->command;

	printf(_("Usage: devgatectl %s%s%s %s\n\n%s\n\nOptions:\n"), command->noun,
	       command->verb ? " " : "", command->verb ? command->verb : "", command->usage,
	       _(command->help));
	for (const struct option_row *row = rows; row->name; row++)
		print_option(row->name, row->value, row->help);
	print_option("json", NULL, N_("print JSON"));
	print_option("profile", "FILE", N_("which collector, and as whom"));
	print_option("help", NULL, N_("show this text"));
}

static size_t fill_long_options(struct option *longs, const struct option_row *rows)
{
	size_t n = 0;

	longs[n++] = (struct option){ "help", no_argument, NULL, ON_HELP };
	longs[n++] = (struct option){ "json", no_argument, NULL, ON_JSON };
	longs[n++] = (struct option){ "profile", required_argument, NULL, ON_PROFILE };
	for (size_t i = 0; rows[i].name; i++) {
		assert(i < OPTIONS_MAX);
		longs[n++] = (struct option){
			rows[i].name,
			rows[i].kind == OPTION_FLAG ? no_argument : required_argument,
			NULL,
			FIRST_ROW + (int)i,
		};
	}
	longs[n] = (struct option){ 0 };
	return n;
}

static bool take(const struct option_row *row, const char *value)
{
	struct option_list *list;

	switch (row->kind) {
	case OPTION_FLAG:
		*(bool *)row->target = true;
		return true;
	case OPTION_TEXT:
		*(const char **)row->target = value;
		return true;
	case OPTION_LIST:
		list = row->target;
		if (list->n == OPTION_LIST_MAX)
			return false;
		list->values[list->n++] = value;
		return true;
	}
	return false;
}

static int usage_error(const struct ctl *ctl)
{
	const char *verb = ctl->command->verb;

	fprintf(stderr, _("Try 'devgatectl %s%s%s --help'.\n"), ctl->command->noun, verb ? " " : "",
		verb ? verb : "");
	return STATUS_USAGE;
}

int options_parse(struct ctl *ctl, const struct option_row *rows, int argc, char **argv, int min,
		  int max, char ***ret_operands)
{
	struct option longs[OPTIONS_MAX + 4];
	int c;

	fill_long_options(longs, rows);
	optind = 0; /* glibc: start again, main has parsed the global options with it */
	opterr = 1;
	while ((c = getopt_long(argc, argv, "h", longs, NULL)) >= 0) {
		if (c == ON_HELP) {
			print_help(ctl, rows);
			return STATUS_OK;
		}
		if (c == '?')
			return usage_error(ctl);
		if (c == ON_JSON)
			ctl->json = true;
		else if (c == ON_PROFILE)
			ctl->profile_path = optarg;
		else if (!take(&rows[c - FIRST_ROW], optarg)) {
			complain(_("--%s is given more than %d times; use a file instead"),
				 rows[c - FIRST_ROW].name, OPTION_LIST_MAX);
			return STATUS_USAGE;
		}
	}
	if (argc - optind < min) {
		complain(_("something is missing; the form is: %s"), ctl->command->usage);
		return usage_error(ctl);
	}
	if (argc - optind > max) {
		complain(_("'%s' is not expected here"), argv[optind + max]);
		return usage_error(ctl);
	}
	if (ret_operands)
		*ret_operands = argv + optind;
	return OPTIONS_GO_ON;
}

int options_need(const struct ctl *ctl, const char *name, const char *value)
{
	if (value)
		return OPTIONS_GO_ON;
	complain(_("--%s is needed"), name);
	return usage_error(ctl);
}
