/* judge_bluetooth - Bluetooth peers come, change and go: what is done about it. */
#pragma once

#include "enforcer.h"

/* Follow Bluetooth's peers from here on. */
void judge_bluetooth_start(struct enforcer *enforcer);
