/* enrol - turn a one-time token into a certificate: POST /v1/enroll.
 * `devgate enrol` puts the file "token" into the state directory.  On success the certificate is in
 * use and the token is gone.  On failure the file "enrol-error" says why; the token is gone too if
 * trying again cannot help, else it is tried again. */
#pragma once

#include <systemd/sd-event.h>

#include "paths.h"

struct enrol;

/* Called when a new certificate is in use.  May not free the enrol. */
typedef void (*enrol_on_enrolled)(void *userdata);

/* Watch for a token, and begin at once if one is there.  All is borrowed until enrol_free.  Also
 * ends an enrolment that a crash cut short.  Gives *@ret.  Returns 0; -ENOMEM; what inotify and
 * renameat(2) give. */
int enrol_new(struct enrol **ret, sd_event *event, const struct paths *paths, int state_fd,
	      enrol_on_enrolled on_enrolled, void *userdata) __attribute__((warn_unused_result));
struct enrol *enrol_free(struct enrol *enrol);
