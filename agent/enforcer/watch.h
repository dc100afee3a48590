/* watch - what the witnesses say, handed to those whom it concerns. */
#pragma once

#include "enforcer.h"

/* Handlers for witness_init(); @userdata is the enforcer. */
void watch_on_uevent(void *userdata, const struct uevent *uevent);
void watch_on_overrun(void *userdata);
void watch_on_missed(void *userdata, enum witness_id who, unsigned bus, unsigned number);

/* Look at everything that is there: controllers, devices, disks; and miss what is gone. */
void watch_rescan(struct enforcer *enforcer);
