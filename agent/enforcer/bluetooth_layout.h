/* bluetooth_layout - where in the kernel's Bluetooth structures the BPF programs of bluetooth_gate
 * find what a socket is connected to, read from the types that the modules bring along
 * (/sys/kernel/btf/bluetooth and rfcomm). */
#pragma once

#include "bluetooth_gate_maps.h"

/* Fill in what the modules that are loaded tell, and leave the rest of *@ret as it is.  Takes some
 * megabytes, as lsm_object_load().  Returns 0; -ENOENT if a type or member is not there; what
 * reading BTF gives.  A module that is not loaded is no failure. */
int bluetooth_layout_read(struct bluetooth_layout *ret) __attribute__((warn_unused_result));
