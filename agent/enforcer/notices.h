/* notices - what the person at the machine is told: each is one JSON object, given to the programs
 * of the user of seat0's active session that listen at the control socket (the verb "notices").
 *
 * Members: "notice", one of "decided", "withdrawing", "withdrawn", "kept", "code", "code-typed";
 * "device" and "reason" as in devgate-event(5); "verdict"; "partial"; and for "withdrawing"
 * "seconds", until the device is taken away, and "mounts", [{"where","type"}]; and for "code"
 * "code", which is to be typed on the device, and "seconds", until it is denied. */
#pragma once

#include <jansson.h>

#include "enforcer.h"

/* @next is what was decided on @dev, and recorded.  A denial is always told, once; what is
 * permitted if the policy asks for it ("notify"). */
void notices_decided(struct enforcer *enforcer, struct usbdev *dev, const struct decision *next);

/* @dev is taken away in @seconds.  @mounts is borrowed. */
void notices_withdrawing(struct enforcer *enforcer, const struct usbdev *dev, unsigned seconds,
			 json_t *mounts);
/* It is now. */
void notices_withdrawn(struct enforcer *enforcer, const struct usbdev *dev);
/* It is not, after all. */
void notices_kept(struct enforcer *enforcer, const struct usbdev *dev);

/* @code is to be typed on @dev in @seconds, before it works.  It was. */
void notices_code(struct enforcer *enforcer, const struct usbdev *dev, const char *code,
		  unsigned seconds);
void notices_code_typed(struct enforcer *enforcer, const struct usbdev *dev);
