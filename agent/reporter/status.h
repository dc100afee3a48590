/* status - tell the collector every minute, and after a change, how this machine stands:
 * POST /v1/status with what the enforcer says of itself.
 *
 * Where the enforcer said that its policy is provisional, and the collector then takes the request,
 * begun after, the collector can be reached under that policy: the enforcer is told ("confirm").
 * Where it says that a version it took back may be tried again, and the collector takes the
 * request, that is passed on: once each time that it was taken back. */
#pragma once

#include <systemd/sd-event.h>

#include "http.h"
#include "machine.h"
#include "notice.h"

struct status;

enum status_change {
	STATUS_OTHER_ENFORCER, /* another answers than before, or it has other officers' keys */
	STATUS_POLICY_AGAIN,   /* the policy that was taken back may be offered once more */
};

typedef void (*status_on_changed)(enum status_change change, void *userdata);

struct status_options {
	struct http *http;
	const char *socket_path; /* the enforcer's */
	const struct machine *machine;
	struct notice *notice; /* told how the collector answers */
	status_on_changed on_changed;
	void *userdata;
};

/* Begin.  All is borrowed until status_free.  Gives *@ret.  Returns 0; -ENOMEM. */
int status_new(struct status **ret, sd_event *event, const struct status_options *options)
	__attribute__((warn_unused_result));
struct status *status_free(struct status *status);

/* Something has changed: tell now. */
void status_tell(struct status *status);
