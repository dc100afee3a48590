/* person - who sits at the machine. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

enum { PERSON_SIZE = 64 };

/* The user asked for last, so that the name service is asked once and not for each device. */
struct person {
	bool known;
	uid_t uid;
	char name[PERSON_SIZE];
};

/* User name of the active session of seat0 (sd-login); a login screen is nobody.  Writes it to
 * @ret;
 * "" if there is none, or its name is not known or does not fit. */
void person_at_seat(struct person *cache, char ret[static PERSON_SIZE]);
