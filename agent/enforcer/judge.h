/* judge - one device: it comes, is identified, judged, recorded, and the decision takes effect; it
 * is judged again; it goes. */
#pragma once

#include "enforcer.h"

/* The USB device at @port is there.  One that is known is looked at again. */
void judge_arrival(struct enforcer *enforcer, const char *port);

/* The same for the device at @place, of any bus. */
void judge_arrival_at(struct enforcer *enforcer, const struct place *place);

/* The same in two parts, for devices that are there together: take in each, and then judge those
 * that came, in the same turn of the loop.  None is judged before all are known. */
void judge_take_in(struct enforcer *enforcer, const struct place *place);
void judge_taken_in(struct enforcer *enforcer);

/* The device at @port is gone, if it is: the word may be of one that was there before. */
void judge_departure(struct enforcer *enforcer, const char *port);

/* @dev, which is in no directory of sysfs, is there; takes it. */
void judge_came(struct enforcer *enforcer, struct usbdev *dev);

/* The device at @port, of that kind, is gone. */
void judge_went(struct enforcer *enforcer, const char *port);

/* The device at @port, of that kind, is @device now, within one stay. */
void judge_renewed(struct enforcer *enforcer, const char *port, const struct device *device);

/* Judge all devices again: circumstances have changed, those in @changed, or grants
 * (CHANGED_GRANTS, record.h); 0: the policy has.
 * Where that takes longer than a turn of the loop may, the turns after go on with it, and nothing
 * else is done before (judge_due.c). */
void judge_all(struct enforcer *enforcer, fact_set changed);

/* The same, as a surroundings_handler; @userdata is the enforcer. */
void judge_on_surroundings(void *userdata, fact_set changed);

/* A disks_medium_handler and a disks_breach_handler; @userdata is the enforcer. */
void judge_on_medium(void *userdata, const char *port, fact_set changed);
void judge_on_breach(void *userdata, const char *port, const char *why);

/* Record devices whose permit waits for the ledger, and let it take effect; as judge_all(). */
void judge_unrecorded(struct enforcer *enforcer);

/* The device at @port has shown an interface: put its decision into effect there too. */
void judge_look_again(struct enforcer *enforcer, const char *port);

/* The device at @port may have been opened by somebody else, against its decision, as boltd does
 * with Thunderbolt devices: then that is recorded, and it is closed again. */
void judge_overruled(struct enforcer *enforcer, const char *port);

/* Devices that the ledger says are here, and that are not: they went while nobody watched. */
void judge_missing(struct enforcer *enforcer);

/* Record what was only counted: arrivals that a witness missed, and stays, where that is due
 * (flapping.h), as much as a turn of the loop may take; @all: due or not, and all of it. */
void judge_tell_flapping(struct enforcer *enforcer, bool all);
