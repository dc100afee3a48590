/* machine_name - a name of this machine that is stable, and from which its machine id cannot be
 * told (machine-id(5): the id itself must not be given away).  The collector knows a workstation by
 * it, and a grant names the one that it is for. */
#pragma once

#include <stdint.h>

enum { MACHINE_NAME_SIZE = 32 };

/* SHA-256 of the machine id, bound to this program.  Returns 0 or what
 * sd_id128_get_machine_app_specific(3) gives. */
int machine_name(uint8_t ret[static MACHINE_NAME_SIZE]) __attribute__((warn_unused_result));
