/* notice - what people at this machine may know of the reporter: a small file, which `devgate
 * status` shows.  It is beside the enforcer's directory, /run/devgate-reporter/status.json; where
 * that directory is not, there is none. */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "agent/common/collector_config.h"
#include "http.h"

struct notice {
	char path[PATH_MAX];
	char url[COLLECTOR_URL_SIZE];
	char host[37];		      /* the collector's id of this machine; "": not enrolled */
	int64_t expires;	      /* of the certificate */
	int64_t reached;	      /* when the collector answered last; 0: not since the start */
	bool has_offset;	      /* the collector said what time it is */
	int64_t offset_s;	      /* this machine's clock's advance on the collector's */
	char trouble[HTTP_TEXT_SIZE]; /* why it does not answer well; "" */
};

/* @run_dir: the enforcer's.  Returns 0; -ENAMETOOLONG. */
int notice_init(struct notice *notice, const char *run_dir) __attribute__((warn_unused_result));

/* Replace the file.  What fails is logged. */
void notice_write(struct notice *notice);
