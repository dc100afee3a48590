#include "policy_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/common/cleanup.h"
#include "agent/common/file.h"
#include "plugged.h"
#include "policy/text.h"
#include "policy_register.h"
#include "text.h"

enum { SHOWN_SIZE = 512 };

int policy_read(const char *path, size_t max, char **ret, size_t *ret_size)
{
	const char *name = strcmp(path, "-") == 0 ? "/dev/stdin" : path;
	int r = file_read(AT_FDCWD, name, max, ret, ret_size);

	if (r == -E2BIG)
		fprintf(stderr, _("devgate: %s: larger than %zu bytes\n"), path, max);
	else if (r < 0)
		fprintf(stderr, "devgate: %s: %s\n", path, strerror(-r));
	return r;
}

void policy_say(const char *file, int r, const struct rules_error *error)
{
	char path[SHOWN_SIZE], message[SHOWN_SIZE];

	text_show(error->path, path, sizeof(path));
	if (r != -EBADMSG && r != -E2BIG) {
		fprintf(stderr, "devgate: %s: %s\n", file == NULL ? path : file, strerror(-r));
		return;
	}
	fputs(file == NULL ? path : file, stderr);
	if (error->line > 0)
		fprintf(stderr, ":%d", error->line);
	if (error->line > 0 && error->column > 0)
		fprintf(stderr, ":%d", error->column);
	if (file != NULL && path[0] != '\0')
		fprintf(stderr, ": %s", path);
	fprintf(stderr, ": %s\n", text_show(error->message, message, sizeof(message)));
}

bool policy_name_good(const char *name)
{
	if (name == NULL || (name[0] != '\0' && strlen(name) < RULES_NAME_SIZE &&
			     text_is_clean(name, strlen(name))))
		return true;
	fprintf(stderr, _("devgate: a name has 1 to %d bytes, and all of them show\n"),
		RULES_NAME_SIZE - 1);
	return false;
}

int policy_rules_read(const char *path, struct policy_rules *ret)
{
	struct policy_rules read = { 0 };
	struct rules_error error;
	int r = policy_read(path, RULES_MAX_BYTES, &read.text, &read.size);

	if (r < 0)
		return r;
	r = rules_parse(read.text, read.size, &read.rules, &error);
	if (r < 0) {
		policy_say(path, r, &error);
		free(read.text);
		return r;
	}
	*ret = read;
	return 0;
}

void policy_rules_finish(struct policy_rules *rules)
{
	rules_free(rules->rules);
	free(rules->text);
	*rules = (struct policy_rules){ 0 };
}

struct rules_source policy_rules_source(const struct policy_rules *rules)
{
	return (struct rules_source){ rules->text, rules->size, rules->rules };
}

static int read_risk(const char *path, struct risk **ret)
{
	_cleanup_free_ char *text = NULL;
	struct rules_error error;
	size_t size;
	int r = policy_read(path, RISK_MAX_BYTES, &text, &size);

	if (r < 0)
		return r;
	r = risk_parse(text, size, ret, &error);
	if (r < 0)
		policy_say(path, r, &error);
	return r;
}

int policy_case_read_policy(const struct policy_arguments *arguments, struct policy_case *ret)
{
	int r = 0;

	*ret = (struct policy_case){ .circumstances.facts = circumstances_unknown };
	if (arguments->policy != NULL)
		r = policy_rules_read(arguments->policy, &ret->rules);
	if (r == 0 && arguments->risk != NULL)
		r = read_risk(arguments->risk, &ret->risk);
	if (r == 0 && arguments->registered != NULL)
		r = policy_register_read(arguments->registered, &ret->registered_bytes,
					 &ret->registered);
	if (r == 0 && arguments->revoked != NULL)
		r = policy_register_read(arguments->revoked, &ret->revoked_bytes, &ret->revoked);
	ret->view = (struct policy_view){
		.rules = ret->rules.rules,
		.risk = ret->risk,
		.registered = ret->registered_bytes == NULL ? NULL : &ret->registered,
		.revoked = ret->revoked_bytes == NULL ? NULL : &ret->revoked,
	};
	return r;
}

static int parse_device(const char *path, struct device_given *ret)
{
	_cleanup_free_ char *text = NULL;
	struct rules_error error;
	size_t size;
	int r = policy_read(path, DEVICE_JSON_MAX_BYTES, &text, &size);

	if (r < 0)
		return r;
	r = device_json_parse(text, size, ret, &error);
	if (r < 0)
		policy_say(path, r, &error);
	return r;
}

static int read_device(const char *path, struct device_given *ret)
{
	struct stat stat_buffer;

	if (strcmp(path, "-") == 0 || stat(path, &stat_buffer) < 0 || !S_ISDIR(stat_buffer.st_mode))
		return parse_device(path, ret);
	*ret = (struct device_given){ 0 };
	int r = plugged_read(path, &ret->device);
	if (r < 0)
		fprintf(stderr, _("devgate: %s: no USB device can be read there: %s\n"), path,
			strerror(-r));
	else if (!ret->device.has_serial)
		ret->identity = IDENTITY_NONE;
	return r;
}

int policy_case_read_device(const struct policy_arguments *arguments, struct policy_case *ret)
{
	struct rules_error error;
	int r = read_device(arguments->device, &ret->device);

	if (r < 0)
		return r;
	ret->device.present = ret->device.present || arguments->present;
	r = circumstances_json_parse(arguments->circumstances, &ret->circumstances, &error);
	if (r < 0) {
		fprintf(stderr, "devgate: --%s: %s\n", error.path, error.message);
		return r;
	}
	if (ret->circumstances.facts.identity == IDENTITY_UNKNOWN)
		ret->circumstances.facts.identity = ret->device.identity;
	return 0;
}

void policy_case_finish(struct policy_case *policy_case)
{
	policy_rules_finish(&policy_case->rules);
	risk_free(policy_case->risk);
	free(policy_case->registered_bytes);
	free(policy_case->revoked_bytes);
}
