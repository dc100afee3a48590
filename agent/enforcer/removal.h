/* removal - the package is being removed: said to the agent that runs, which records it.
 * Both ends of it.  Nobody is kept from removing it here: that is the system's own rights. */
#pragma once

#include <stdint.h>

#include "control.h"

/* "-", where nobody has logged in for it, as in an unattended removal. */
enum { REMOVAL_NAME_SIZE = 64 };

/* The name of the user who logged in for what this process does (/proc/self/loginuid, which sudo
 * and su leave as it is), for a request: letters, digits, ".", "_" and "-"; else the number. */
void removal_person(char ret[static REMOVAL_NAME_SIZE]);

/* Tell the enforcer whose control socket is in @run_dir.  Returns 0 when it has been recorded;
 * -EPERM if it was refused; as control_connect() and control_call(). */
int removal_tell(const char *run_dir) __attribute__((warn_unused_result));

/* The verb "removing PERSON"; @userdata is the enforcer. */
int removal_on_request(void *userdata, const struct control_request *request);
