/* judge_keyboard - what turns out to be a keyboard once a driver has it. */
#pragma once

#include "enforcer.h"

/* A driver has got a HID device, or has made an input device, or its node, at @uevent's path.  What
 * types there is judged as a keyboard. */
void judge_on_input(struct enforcer *enforcer, const struct uevent *uevent);
