/* collector_notice - what the reporter lets people at this machine know of the collector: a small
 * file beside the enforcer's directory, /run/devgate-reporter/status.json. */
#pragma once

#include <jansson.h>

#include "table.h"

enum { COLLECTOR_NOTICE_MAX = 16 * 1024 };

/* Read it.  Gives *@ret.  Returns 0; -ENOENT if the reporter has written none; -EBADMSG if it is no
 * JSON object; -E2BIG; what openat(2) and read(2) give. */
int collector_notice_read(const char *run_dir, json_t **ret) __attribute__((warn_unused_result));

/* Add its rows; @notice NULL: none. */
void collector_notice_show(const json_t *notice, struct table *table);
