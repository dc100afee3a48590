/* record - the ledger's events as JSON: their members, and how they are closed into a line.
 * The kinds and members are in devgate-event(5).  Texts that a device says are sanitised here. */
#pragma once

#include <jansson.h>

#include "devices.h"
#include "ledger.h"

enum { RECORD_TEXT_SIZE = 256 };

/* Beside facts, in what has changed: which grants are in force. */
#define CHANGED_GRANTS ((fact_set)1 << 31)

/* An event of @kind, now: time, boot and mono_us, and then the members of @members (taken; NULL if
 * building them ran out of memory).  NULL out of memory. */
json_t *record_event(const char *boot, const char *kind, json_t *members);

/* Append @event (borrowed, may be NULL).  Returns as ledger_append(), or -ENOMEM. */
int record_append(struct ledger *ledger, const json_t *event) __attribute__((warn_unused_result));

/* A hostile or long text as a JSON string; NULL only out of memory. */
json_t *record_text(const char *text);

/* The "device" object.  NULL out of memory. */
json_t *record_device(const struct usbdev *dev);

/* The members that device.decided and device.changed share: instance, device, present, verdict,
 * partial, audit, step, rule, reason, interfaces, person, policy, violation; and, where there are
 * any, modifiers, risk, unknown, pre_agent, since_us.
 * @decision: what is to be in force.  NULL out of memory. */
json_t *record_decision(const struct usbdev *dev, const struct decision *decision, uint64_t policy);

/* Add those of device.changed to @members, which is taken (NULL is passed on): the verdict @before,
 * and its cause, which is the policy, grants, or facts that have @changed.  NULL out of memory. */
json_t *record_change(json_t *members, const char *before, fact_set changed);

/* The members of device.removed: @duration_s, and bytes of @dev's disks. */
json_t *record_removal(const struct usbdev *dev, uint64_t duration_s);

/* True when something was refused that somebody tried to use: @decision ends with less than allow
 * (or would have, in audit mode) for anything but a hub, or what is only to be charged. */
bool record_violation(const struct device *device, const struct decision *decision);
