/* stopping - why the enforcer is asked to end, as far as it can be known, for agent.stopped.
 * systemd says what it does (org.freedesktop.systemd1(5)); it does not say, or know, for whom, so
 * nothing here guesses a person.  Whoever sends a signal past systemd is told by the kernel. */
#pragma once

#include <signal.h>
#include <sys/signalfd.h>

#include <jansson.h>

/* Where systemd answers root even when the bus has ended. */
#define STOPPING_ADDRESS "unix:path=/run/systemd/private"

enum { STOPPING_TIMEOUT_MS = 1000 }; /* for each of at most three questions */

/* The word for what systemd is about: @state as its SystemState, "" for not known; @job as the
 * type of our unit's job, "" for none.  One of shutdown, restart, stop, unknown. */
const char *stopping_reason(const char *state, const char *job);

/* Ask systemd at @address.  May block for three times STOPPING_TIMEOUT_MS: only for what is about
 * to end.  Returns as stopping_reason(). */
const char *stopping_ask(const char *address);

/* The members of agent.stopped, with systemd at @address, which is NULL where it has told before
 * that the machine is being shut down: reason; signal; and for a signal that did not come from
 * systemd, reason "signal" and by: pid and uid of its sender.  NULL out of memory. */
json_t *stopping_members(const struct signalfd_siginfo *info, const char *address);
