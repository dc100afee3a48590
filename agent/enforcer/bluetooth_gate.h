/* bluetooth_gate - no process, bluetoothd included, speaks to a Bluetooth peer over a channel that
 * the peer's decision does not permit.
 *
 * BPF programs on the kernel's hooks for sockets (bluetooth_gate.bpf.c) ask a map; both are pinned
 * (lsm_object.h), so that a dead enforcer leaves the gate as it was, and what is not permitted yet
 * stays shut.  Free for all is service discovery (SDP), by which it is learnt what there is to
 * judge.
 *
 * Not held by it: who has CAP_NET_ADMIN or CAP_NET_RAW and drives a controller or a link by itself.
 * Loading and reading the kernel's types happens in a child; nothing here waits. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <systemd/sd-event.h>

#include "bluetooth_gate_maps.h"
#include "child.h"

enum { BLUETOOTH_GATE_LOAD_MS = 60 * 1000 };

/* The gate is in force now, or has failed to be: ask its state. */
typedef void bluetooth_gate_handler(void *userdata);

struct bluetooth_gate {
	sd_event *loop;	  /* borrowed, as pins and userdata */
	const char *pins; /* a directory in a bpffs */
	bluetooth_gate_handler *handler;
	void *userdata;
	int permitted_fd, layout_fd; /* -1: not in force */
	int error;		     /* why it is not, once that is known; else 0 */
	struct child *child;	     /* loads; NULL: none does */
	bool again;		     /* there was a reason to since it began */
};

/* A gate that is not in force. */
void bluetooth_gate_init(struct bluetooth_gate *gate);

/* Take over what is pinned, or begin to load.  The caller has filled in what is borrowed, and
 * blocks SIGCHLD.  Calls the handler from the loop when it is settled. */
void bluetooth_gate_start(struct bluetooth_gate *gate);
void bluetooth_gate_finish(struct bluetooth_gate *gate);

/* True if what is not permitted is refused. */
bool bluetooth_gate_in_force(const struct bluetooth_gate *gate);

/* A Bluetooth module may have been loaded: look for its types, if they are still wanted. */
void bluetooth_gate_look(struct bluetooth_gate *gate);

/* Permit @peer these @n channels (all of it, with the peer filled in) and no other; takes away
 * before it gives.  Returns 0; -ENODEV if the gate is not in force; -E2BIG; what bpf(2) gives: some
 * may then be permitted, none but these. */
int bluetooth_gate_permit(struct bluetooth_gate *gate, const uint8_t peer[static 6],
			  const struct bluetooth_channel *channels, size_t n)
	__attribute__((warn_unused_result));

/* Take away what is permitted to peers for whom @keep says false.  Returns as the above. */
int bluetooth_gate_prune(struct bluetooth_gate *gate,
			 bool (*keep)(void *userdata, const uint8_t peer[static 6]), void *userdata)
	__attribute__((warn_unused_result));

/* Out of force, for the removal of the program.  Returns 0 or the first failure. */
int bluetooth_gate_release(const char *pins) __attribute__((warn_unused_result));
