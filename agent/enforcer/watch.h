/* watch - what the witnesses say, handed to those whom it concerns. */
#pragma once

#include "enforcer.h"

/* Handlers for witness_init(); @userdata is the enforcer. */
void watch_on_uevent(void *userdata, const struct uevent *uevent);
void watch_on_overrun(void *userdata);
void watch_on_missed(void *userdata, enum witness_id who, unsigned bus, unsigned number);

/* The root hub @name is there, or its interface: close its defaults before anything on it. */
void watch_on_root_hub(struct enforcer *enforcer, const char *name);
