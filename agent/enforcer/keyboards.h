/* keyboards - new keyboards, while they are watched: their nodes of evdev are open, and when their
 * keys are pressed goes to typing.h.  Which key it is decides only whether it writes a character
 * and whether it is the one before, and is forgotten with the next; nothing of it is logged or
 * recorded. A keyboard of which a code is asked is grabbed: what is typed on it comes here and
 * nowhere else, and only then is read as figures (keyboard_code.h).
 *
 * The only bytes read are the kernel's struct input_event.  Nodes are non-blocking. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <systemd/sd-event.h>

#include "keyboard_code.h"
#include "policy/device.h"
#include "policy/typing.h"

enum { KEYBOARDS_MAX = 64, KEYBOARD_NODES_MAX = 8 };

struct keyboards_handlers {
	/* A program types on the keyboard at @port; it has been grabbed, so that nobody is given
	 * what comes next. */
	void (*on_program)(void *userdata, const char *port, enum typing_verdict verdict,
			   const struct typing_figures *figures);
	/* The code was typed on it, or it was not: RIGHT, REFUSED or LATE.  It is grabbed until
	 * keyboards_accept(). */
	void (*on_answer)(void *userdata, const char *port, enum keyboard_answer answer);
	void *userdata;
};

struct keyboard;

struct keyboards {
	sd_event *loop; /* borrowed */
	int dev_fd;	/* the same */
	struct keyboards_handlers handlers;
	size_t n;
	struct keyboard *items[KEYBOARDS_MAX]; /* owned */
};

/* A node of evdev. */
struct keyboard_node {
	const char *path; /* below /dev: "input/event5" */
	unsigned major, minor;
};

/* The keyboard at @port is to be watched by @guard, from its first node on; @ask: and grabbed until
 * a code has been typed.  Nothing if it is known, which it is until keyboards_forget(). Returns 1
 * if it is new, 0 if not; -E2BIG above KEYBOARDS_MAX; -ENOMEM. */
int keyboards_begin(struct keyboards *keyboards, const char *port,
		    const struct keyboard_guard *guard, bool ask)
	__attribute__((warn_unused_result));

/* Its @node has come.  Nothing if it is not watched any more, or the node is open already.
 * Returns 0; -E2BIG above KEYBOARD_NODES_MAX; -ENODEV if @node is another device; what openat(2),
 * EVIOCSCLOCKID, EVIOCGRAB and sd-event give: then it is not watched by this node. */
int keyboards_open(struct keyboards *keyboards, const char *port, const struct keyboard_node *node)
	__attribute__((warn_unused_result));

/* The code that is asked of the keyboard at @port, or NULL.  Valid until it is answered. */
const char *keyboards_code(const struct keyboards *keyboards, const char *port);

/* Is a code asked of the keyboard that @path, below sysfs, is on?  Of any, if @path is NULL? */
bool keyboards_asks(const struct keyboards *keyboards, const char *path);

/* The port of the @i-th keyboard that a code is asked of, or NULL. */
const char *keyboards_asked(const struct keyboards *keyboards, size_t i);

/* Let the keyboard at @port be used; it is watched on. */
void keyboards_accept(struct keyboards *keyboards, const char *port);

/* Let it be used, and watch no more. */
void keyboards_release(struct keyboards *keyboards, const char *port);

/* The keyboard at @port has gone. */
void keyboards_forget(struct keyboards *keyboards, const char *port);
void keyboards_finish(struct keyboards *keyboards);
