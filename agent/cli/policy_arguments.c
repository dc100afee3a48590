#include "policy_arguments.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

enum {
	JSON = 256,
	HELP,
	POLICY,
	RISK,
	REGISTER,
	REVOKED,
	DEVICE,
	PRESENT,
	TABLE,
	WRITE,
	CHECK,
	NAME,
	OUT,
	SYSFS,
	RUN_DIR,
	STRICT,
	ENCODING,
	/* Circumstances, each called as its option is. */
	FACT_TEXT,
	FACT_NUMBER,
	FACT_GROUP_NAME,
	FACT_COUNT_OF,
};

static const struct option options[] = {
	{ "json", no_argument, NULL, JSON },
	{ "help", no_argument, NULL, HELP },
	{ "policy", required_argument, NULL, POLICY },
	{ "risk", required_argument, NULL, RISK },
	{ "register", required_argument, NULL, REGISTER },
	{ "revoked", required_argument, NULL, REVOKED },
	{ "device", required_argument, NULL, DEVICE },
	{ "present", no_argument, NULL, PRESENT },
	{ "table", required_argument, NULL, TABLE },
	{ "write", no_argument, NULL, WRITE },
	{ "check", no_argument, NULL, CHECK },
	{ "name", required_argument, NULL, NAME },
	{ "out", required_argument, NULL, OUT },
	{ "sysfs", required_argument, NULL, SYSFS },
	{ "run-dir", required_argument, NULL, RUN_DIR },
	{ "strict", no_argument, NULL, STRICT },
	{ "encoding", required_argument, NULL, ENCODING },
	{ "user", required_argument, NULL, FACT_TEXT },
	{ "group", required_argument, NULL, FACT_GROUP_NAME },
	{ "host", required_argument, NULL, FACT_TEXT },
	{ "unit", required_argument, NULL, FACT_TEXT },
	{ "time", required_argument, NULL, FACT_TEXT },
	{ "session", required_argument, NULL, FACT_TEXT },
	{ "site", required_argument, NULL, FACT_TEXT },
	{ "first-seen-days", required_argument, NULL, FACT_NUMBER },
	{ "count", required_argument, NULL, FACT_COUNT_OF },
	{ "identity", required_argument, NULL, FACT_TEXT },
	{ "encryption", required_argument, NULL, FACT_TEXT },
	{ "size", required_argument, NULL, FACT_TEXT },
	{ "label", required_argument, NULL, FACT_TEXT },
	{ "classification", required_argument, NULL, FACT_TEXT },
	{ "violations", required_argument, NULL, FACT_NUMBER },
	{ "hosts-seen", required_argument, NULL, FACT_NUMBER },
	{ "history", required_argument, NULL, FACT_NUMBER },
	{ 0 },
};

/* Which of enum policy_options the option @c needs; 0: any subcommand has it. */
static unsigned needed(int c)
{
	switch (c) {
	case JSON:
	case HELP:
		return 0;
	case POLICY:
	case RISK:
	case REGISTER:
	case REVOKED:
		return POLICY_TAKES_POLICY;
	case TABLE:
		return POLICY_TAKES_TABLE;
	case WRITE:
	case CHECK:
		return POLICY_TAKES_WRITE;
	case NAME:
	case OUT:
		return POLICY_TAKES_NAME;
	case SYSFS:
	case RUN_DIR:
		return POLICY_TAKES_SYSFS;
	case STRICT:
	case ENCODING:
		return POLICY_TAKES_IMPORT;
	default:
		return POLICY_TAKES_DEVICE;
	}
}

static bool *flag_of(struct policy_arguments *arguments, int c)
{
	switch (c) {
	case JSON:
		return &arguments->json;
	case HELP:
		return &arguments->help;
	case PRESENT:
		return &arguments->present;
	case WRITE:
		return &arguments->write;
	case CHECK:
		return &arguments->check;
	case STRICT:
		return &arguments->strict;
	default:
		return NULL;
	}
}

static const char **text_of(struct policy_arguments *arguments, int c)
{
	switch (c) {
	case POLICY:
		return &arguments->policy;
	case RISK:
		return &arguments->risk;
	case REGISTER:
		return &arguments->registered;
	case REVOKED:
		return &arguments->revoked;
	case DEVICE:
		return &arguments->device;
	case TABLE:
		return &arguments->table;
	case NAME:
		return &arguments->name;
	case OUT:
		return &arguments->out;
	case SYSFS:
		return &arguments->sysfs;
	case RUN_DIR:
		return &arguments->run_dir;
	case ENCODING:
		return &arguments->encoding;
	default:
		return NULL;
	}
}

/* A whole number, or NULL, said on stderr. */
static json_t *read_number(const char *name, const char *text)
{
	char *end;
	long long number;

	errno = 0;
	number = strtoll(text, &end, 10);
	if (errno == 0 && end != text && *end == '\0' && number >= 0)
		return json_integer(number);
	fprintf(stderr, _("devgate: --%s takes a whole number, 0 or more, not \"%s\"\n"), name,
		text);
	return NULL;
}

/* --count 2, of every function, or --count storage=2. */
static int take_count(json_t *circumstances)
{
	const char *equals = strchr(optarg, '=');
	json_t *counts = json_object_get(circumstances, "count");
	json_t *number = read_number("count", equals == NULL ? optarg : equals + 1);
	char function[32];

	if (number == NULL)
		return -EINVAL;
	if (equals == NULL)
		return json_object_set_new(circumstances, "count", number);
	snprintf(function, sizeof(function), "%.*s", (int)(equals - optarg), optarg);
	if (!json_is_object(counts)) {
		counts = json_object();
		if (json_object_set_new(circumstances, "count", counts) < 0) {
			json_decref(number);
			return -ENOMEM;
		}
	}
	return json_object_set_new(counts, function, number);
}

static int take_group(json_t *circumstances)
{
	json_t *groups = json_object_get(circumstances, "groups");

	if (groups == NULL) {
		groups = json_array();
		if (json_object_set_new(circumstances, "groups", groups) < 0)
			return -ENOMEM;
	}
	return *optarg == '\0' ? 0 : json_array_append_new(groups, json_string(optarg));
}

static int take_fact(json_t *circumstances, int c, const char *name)
{
	json_t *value;

	switch (c) {
	case FACT_COUNT_OF:
		return take_count(circumstances);
	case FACT_GROUP_NAME:
		return take_group(circumstances);
	case FACT_NUMBER:
		value = read_number(name, optarg);
		return value == NULL ? -EINVAL : json_object_set_new(circumstances, name, value);
	default:
		value = json_string(optarg);
		if (value != NULL)
			return json_object_set_new(circumstances, name, value);
		fprintf(stderr, _("devgate: what --%s was given is not UTF-8\n"), name);
		return -EINVAL;
	}
}

static int take(struct policy_arguments *arguments, int c, const char *name)
{
	bool *flag = flag_of(arguments, c);
	const char **text = text_of(arguments, c);

	if (flag != NULL)
		*flag = true;
	else if (text != NULL)
		*text = optarg;
	else
		return take_fact(arguments->circumstances, c, name);
	return 0;
}

int policy_arguments_parse(struct policy_arguments *ret, int argc, char **argv, unsigned takes)
{
	int c, index = -1;

	*ret = (struct policy_arguments){ .circumstances = json_object() };
	if (ret->circumstances == NULL)
		return -ENOMEM;
	optind = 0; /* glibc: start anew, with another argv */
	while ((c = getopt_long(argc, argv, "", options, &index)) >= 0) {
		const unsigned need = c == '?' ? 0 : needed(c);
		int r;

		if (c == '?')
			return -EINVAL;
		if ((need & takes) != need) {
			fprintf(stderr, _("devgate: this command does not take --%s\n"),
				options[index].name);
			return -EINVAL;
		}
		r = take(ret, c, options[index].name);
		if (r < 0)
			return r;
	}
	ret->words = argv + optind;
	ret->n_words = argc - optind;
	return 0;
}

void policy_arguments_finish(struct policy_arguments *arguments)
{
	json_decref(arguments->circumstances);
	arguments->circumstances = NULL;
}
