/* judge - one device: it comes, is identified, judged, recorded, and the decision takes effect; it
 * is judged again; it goes. */
#pragma once

#include "enforcer.h"

/* The device at @port is there.  One that is known is looked at again. */
void judge_arrival(struct enforcer *enforcer, const char *port);

/* The same for all of @n @ports, which are there together: none is judged before all are known. */
void judge_arrivals(struct enforcer *enforcer, char *const *ports, size_t n);

/* The device at @port is gone, if it is: the word may be of one that was there before. */
void judge_departure(struct enforcer *enforcer, const char *port);

/* Judge all devices again: circumstances have changed, those in @changed; 0: the policy has. */
void judge_all(struct enforcer *enforcer, fact_set changed);

/* The same, as a surroundings_handler; @userdata is the enforcer. */
void judge_on_surroundings(void *userdata, fact_set changed);

/* Record devices whose permit waits for the ledger, and let it take effect. */
void judge_unrecorded(struct enforcer *enforcer);

/* The device at @port has shown an interface: put its decision into effect there too. */
void judge_look_again(struct enforcer *enforcer, const char *port);

/* Devices that the ledger says are here, and that are not: they went while nobody watched. */
void judge_missing(struct enforcer *enforcer);
