#include "settings.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "server/pki/ca.h"
#include "silence.h"

enum { MIB = 1024 * 1024, PATIENCE_MAX_S = 3600, RATE_MAX = 1000 * 1000 * 1000 };

/* Members of collector.json, and the numbers that each may be. */
static const struct {
	const char *name;
	unsigned long long min, max;
	const char *wants; /* NULL: seconds */
} KNOWN[] = {
	[SETTING_AGENT_RATES] = { "agent_rates", 0, RATE_MAX,
				  "wants REQUESTS:EVENTS:BYTES a second" },
	[SETTING_UPLOADS_MEMORY] = { "uploads_memory", 4, MIB, "wants 4 MiB or more" },
	[SETTING_PATIENCE] = { "patience", 1, PATIENCE_MAX_S, NULL },
	[SETTING_SILENT_AFTER] = { "silent_after", SILENCE_AFTER_MIN_S, SILENCE_AFTER_MAX_S, NULL },
	[SETTING_CERTIFICATE_LIFE] = { "certificate_life", 1, CA_CLIENT_S, NULL },
};

void settings_init(struct settings *settings)
{
	*settings = (struct settings){ .agent_rates = { 50, 20000, 8 * 1024 * 1024 },
				       .uploads_memory = (size_t)128 * MIB,
				       .patience_s = 30,
				       .silent_after_s = SILENCE_AFTER_S,
				       .certificate_life_s = CA_CLIENT_S };
}

static int refuse(enum setting setting, char error[static SETTINGS_ERROR_SIZE])
{
	if (KNOWN[setting].wants)
		snprintf(error, SETTINGS_ERROR_SIZE, "%s", KNOWN[setting].wants);
	else
		snprintf(error, SETTINGS_ERROR_SIZE, "wants %llu to %llu seconds",
			 KNOWN[setting].min, KNOWN[setting].max);
	return -EINVAL;
}

static int take_rates(struct settings *settings, const char *text)
{
	unsigned long long n[_RATE_MAX];
	char end;

	if (strpbrk(text, "-+ ") ||
	    sscanf(text, "%llu:%llu:%llu%c", &n[0], &n[1], &n[2], &end) != _RATE_MAX)
		return -EINVAL;
	for (int i = 0; i < _RATE_MAX; i++) {
		if (n[i] > RATE_MAX)
			return -EINVAL;
	}
	for (int i = 0; i < _RATE_MAX; i++)
		settings->agent_rates[i] = n[i];
	return 0;
}

static int take_number(struct settings *settings, enum setting setting, const char *text)
{
	unsigned long long n;
	char end;

	if (strpbrk(text, "-+ ") || sscanf(text, "%llu%c", &n, &end) != 1 ||
	    n < KNOWN[setting].min || n > KNOWN[setting].max)
		return -EINVAL;
	if (setting == SETTING_UPLOADS_MEMORY)
		settings->uploads_memory = (size_t)n * MIB;
	else if (setting == SETTING_PATIENCE)
		settings->patience_s = (unsigned)n;
	else if (setting == SETTING_SILENT_AFTER)
		settings->silent_after_s = (unsigned)n;
	else
		settings->certificate_life_s = (int64_t)n;
	return 0;
}

int settings_take(struct settings *settings, enum setting setting, const char *text,
		  char error[static SETTINGS_ERROR_SIZE])
{
	int r = setting == SETTING_AGENT_RATES ? take_rates(settings, text)
					       : take_number(settings, setting, text);

	if (r < 0)
		return refuse(setting, error);
	settings->given[setting] = true;
	return 0;
}

/* A text, or a whole number. */
static int take_member(struct settings *settings, enum setting setting, const json_t *value,
		       char error[static SETTINGS_ERROR_SIZE])
{
	char number[24];

	if (json_is_string(value))
		return settings_take(settings, setting, json_string_value(value), error);
	if (!json_is_integer(value))
		return refuse(setting, error);
	snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	return settings_take(settings, setting, number, error);
}

int settings_merge(struct settings *ret, const struct settings *command_line, const json_t *json,
		   char error[static SETTINGS_ERROR_SIZE])
{
	struct settings settings = *command_line;
	char wants[SETTINGS_ERROR_SIZE];

	for (enum setting i = 0; i < _SETTING_MAX; i++) {
		const json_t *value = json_object_get(json, KNOWN[i].name);
		struct settings checked = settings;

		if (!value)
			continue;
		if (take_member(&checked, i, value, wants) < 0) {
			snprintf(error, SETTINGS_ERROR_SIZE, "\"%s\" %.100s", KNOWN[i].name, wants);
			return -EINVAL;
		}
		if (!command_line->given[i])
			settings = checked;
	}
	memcpy(settings.given, command_line->given, sizeof(settings.given));
	*ret = settings;
	return 0;
}
