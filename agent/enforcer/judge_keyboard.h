/* judge_keyboard - what turns out to be a keyboard when it is asked, or once a driver has it,
 * and keyboards that are new: who types on them is watched (keyboards.h), and a code may be asked
 * for before they work.
 *
 * New is a keyboard on USB that did not work before the agent, is not built in and not registered;
 * and a Bluetooth peer that is not registered.  No code is asked of that peer, as to pair it took
 * one, nor of what counts as there when the agent started (judge_stay.c): who switched the machine
 * on has to get in.  One that a program types on is cut off at once: it is grabbed, closed, and
 * then recorded, and denied until it comes anew or is registered. */
#pragma once

#include "enforcer.h"

void judge_keyboards_start(struct enforcer *enforcer);

/* A driver has got a HID device, or has made an input device, or its node, at @uevent's path.  What
 * types there is judged as a keyboard, and watched if it is new. */
void judge_on_input(struct enforcer *enforcer, const struct uevent *uevent);

/* The names of all nodes of evdev that are there.  Gives *@ret; as sysfs_list(). */
int judge_list_inputs(const struct enforcer *enforcer, char ***ret)
	__attribute__((warn_unused_result));

/* As judge_on_input() for the one called @name. */
void judge_input_node(struct enforcer *enforcer, const char *name);

/* A device has gone: if no other keyboard is left, none is kept waiting for a code. */
void judge_keyboards_left(struct enforcer *enforcer);

/* The interfaces @typing of @dev, bits by place in its decision, can type, or do not say what they
 * are (hid_ask.h); no driver has had them yet.  They are judged as keyboards, and that is recorded.
 */
void judge_typing(struct enforcer *enforcer, struct usbdev *dev, uint64_t typing);
