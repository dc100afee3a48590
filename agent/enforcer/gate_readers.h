/* gate_readers - who may read what the gate has not vetted, by the ids of their cgroups. */
#pragma once

#include <stdint.h>

#include "gate_program.h"

/* The cgroups of the kernel's threads, of udevd and of this process, where @root is cgroup2's mount
 * point; 0, which no cgroup has, for one that is not there.  @readers: what was found before, or
 * zeros; this process does not move, and is not looked for again. */
void gate_readers_find(const char *root, uint64_t readers[static GATE_MAX_READERS]);
