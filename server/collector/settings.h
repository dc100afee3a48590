/* settings - what can be changed while the collector runs: each is an option of the command line,
 * or a member of collector.json, which is read again at SIGHUP.  The command line's goes first.
 *   {"name": ..., "agent_rates": "50:20000:8388608", "uploads_memory": 128, "patience": 30,
 *    "silent_after": 900, "certificate_life": 34300800} */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "rates.h"

enum setting {
	SETTING_AGENT_RATES,
	SETTING_UPLOADS_MEMORY,
	SETTING_PATIENCE,
	SETTING_SILENT_AFTER,
	SETTING_CERTIFICATE_LIFE,
	_SETTING_MAX,
};

enum { SETTINGS_ERROR_SIZE = 160 };

struct settings {
	uint64_t agent_rates[_RATE_MAX]; /* each may ask and send that much a second; 0: any */
	size_t uploads_memory;		 /* bytes that bodies being received may take */
	unsigned patience_s;		 /* how long a header may take; a body takes longer */
	unsigned silent_after_s;
	int64_t certificate_life_s; /* of machines' certificates */
	bool given[_SETTING_MAX];   /* on the command line */
};

/* What holds if nothing is said. */
void settings_init(struct settings *settings);

/* Take @text for @setting.  Returns 0; -EINVAL, and @error gets what it wants: "1 to 3600 seconds".
 */
int settings_take(struct settings *settings, enum setting setting, const char *text,
		  char error[static SETTINGS_ERROR_SIZE]) __attribute__((warn_unused_result));

/* The settings of the command line with those of collector.json, @json, beside them.  On failure
 * *@ret is untouched, and @error names the member.  Returns 0; -EINVAL. */
int settings_merge(struct settings *ret, const struct settings *command_line, const json_t *json,
		   char error[static SETTINGS_ERROR_SIZE]) __attribute__((warn_unused_result));
