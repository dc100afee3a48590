#include "keyboards.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include <linux/input.h>
#include <sodium.h>

#include "agent/common/cleanup.h"
#include "agent/common/log.h"
#include "input_keys.h"
#include "port.h"

enum { EVENTS_AT_ONCE = 64, KEY_PRESSED = 1 };

struct open_node {
	struct keyboard *keyboard; /* borrowed */
	int fd;
	dev_t number;
	sd_event_source *source;
};

struct keyboard {
	struct keyboards *keyboards; /* borrowed */
	char port[DEVICE_PORT_SIZE];
	bool watched; /* by how it types */
	bool asked;   /* for the code */
	bool held;    /* a program types, or the answer was wrong: grabbed until it goes */
	unsigned last_key;
	struct typing_watch watch;
	struct keyboard_code code;
	sd_event_source *deadline;
	size_t n;
	struct open_node *nodes[KEYBOARD_NODES_MAX]; /* owned */
};

static struct keyboard *find(const struct keyboards *keyboards, const char *port)
{
	for (size_t i = 0; i < keyboards->n; i++) {
		if (strcmp(keyboards->items[i]->port, port) == 0)
			return keyboards->items[i];
	}
	return NULL;
}

static void node_free(struct open_node *node)
{
	if (node == NULL)
		return;
	sd_event_source_disable_unref(node->source);
	if (node->fd >= 0)
		close(node->fd);
	free(node);
}

static void cleanup_node(struct open_node **node)
{
	node_free(*node);
}

/* The kernel lets go of a grab with the descriptor. */
static void close_nodes(struct keyboard *keyboard)
{
	while (keyboard->n > 0)
		node_free(keyboard->nodes[--keyboard->n]);
}

static void close_node(struct open_node *node)
{
	struct keyboard *keyboard = node->keyboard;

	for (size_t i = 0; i < keyboard->n; i++) {
		if (keyboard->nodes[i] != node)
			continue;
		keyboard->nodes[i] = keyboard->nodes[--keyboard->n];
		break;
	}
	node_free(node);
}

static void keyboard_free(struct keyboard *keyboard)
{
	close_nodes(keyboard);
	sd_event_source_disable_unref(keyboard->deadline);
	sodium_memzero(&keyboard->code, sizeof(keyboard->code));
	free(keyboard);
}

static int set_grab(const struct open_node *node, bool grabbed)
{
	return ioctl(node->fd, EVIOCGRAB, grabbed ? 1 : 0) < 0 ? -errno : 0;
}

/* Nobody is given its keys from here on; to close the device takes longer. */
static void hold(struct keyboard *keyboard)
{
	keyboard->held = true;
	keyboard->watched = keyboard->asked = false;
	keyboard->deadline = sd_event_source_disable_unref(keyboard->deadline);
	for (size_t i = 0; i < keyboard->n; i++) {
		int r = set_grab(keyboard->nodes[i], true);

		if (r < 0 && r != -EBUSY)
			log_debug("keyboard-grab", "%s: %s", keyboard->port, strerror(-r));
	}
}

/* Its keys are of no interest any more. */
static void leave(struct keyboard *keyboard)
{
	keyboard->watched = false;
	if (!keyboard->asked)
		close_nodes(keyboard);
}

static void answer(struct keyboard *keyboard, enum keyboard_answer answer)
{
	const struct keyboards_handlers *handlers = &keyboard->keyboards->handlers;

	if (answer == KEYBOARD_UNANSWERED || answer == KEYBOARD_WRONG)
		return;
	hold(keyboard);
	handlers->on_answer(handlers->userdata, keyboard->port, answer);
}

/* A key that writes a character was pressed.  Returns false if no more of its keys are to be looked
 * at; @keyboard may be gone then. */
static bool press(struct keyboard *keyboard, uint64_t at_us, unsigned key)
{
	const struct keyboards_handlers *handlers = &keyboard->keyboards->handlers;
	const bool same = key == keyboard->last_key;
	enum typing_verdict verdict = TYPING_WATCHED;
	struct typing_figures figures;

	keyboard->last_key = key;
	if (keyboard->watched)
		verdict = typing_press(&keyboard->watch, at_us, same, &figures);
	if (verdict == TYPING_TOO_FAST || verdict == TYPING_TOO_REGULAR) {
		hold(keyboard);
		handlers->on_program(handlers->userdata, keyboard->port, verdict, &figures);
		return false;
	}
	if (keyboard->asked) {
		answer(keyboard, keyboard_code_press(&keyboard->code, key));
		return false; /* it may have been accepted, and left */
	}
	if (verdict == TYPING_PASSED) {
		leave(keyboard);
		return false;
	}
	return true;
}

static bool take_event(struct open_node *node, const struct input_event *event)
{
	struct keyboard *keyboard = node->keyboard;
	const uint64_t at_us =
		(uint64_t)event->input_event_sec * 1000000 + (uint64_t)event->input_event_usec;

	if (keyboard->held)
		return true;
	/* What repeats itself while it is held is 2, and the kernel's doing. */
	if (event->type != EV_KEY || event->value != KEY_PRESSED ||
	    !input_keys_is_character(event->code))
		return true;
	return press(keyboard, at_us, event->code);
}

/* One event at a time where a code is asked, since the answer may end it all. */
static int on_events(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct input_event events[EVENTS_AT_ONCE];
	struct open_node *node = userdata;
	const size_t room = node->keyboard->asked ? 1 : EVENTS_AT_ONCE;
	ssize_t size;

	(void)source;
	(void)revents;
	size = read(fd, events, room * sizeof(events[0]));
	if (size < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (size <= 0) {
		close_node(node);
		return 0;
	}
	for (size_t i = 0; i < (size_t)size / sizeof(events[0]); i++) {
		if (!take_event(node, &events[i]))
			break;
	}
	sodium_memzero(events, sizeof(events));
	return 0;
}

static int on_deadline(sd_event_source *source, uint64_t now_us, void *userdata)
{
	(void)source;
	(void)now_us;
	answer(userdata, KEYBOARD_LATE);
	return 0;
}

static int ask(struct keyboard *keyboard, const struct keyboard_guard *guard)
{
	keyboard->asked = true;
	keyboard_code_make(&keyboard->code, guard->code_digits);
	return sd_event_add_time_relative(keyboard->keyboards->loop, &keyboard->deadline,
					  CLOCK_BOOTTIME, (uint64_t)guard->code_seconds * 1000000,
					  0, on_deadline, keyboard);
}

int keyboards_begin(struct keyboards *keyboards, const char *port,
		    const struct keyboard_guard *guard, bool asks)
{
	struct keyboard *keyboard;
	int r = 0;

	if (find(keyboards, port) != NULL)
		return 0;
	if (keyboards->n == KEYBOARDS_MAX)
		return -E2BIG;
	keyboard = calloc(1, sizeof(*keyboard));
	if (keyboard == NULL)
		return -ENOMEM;
	keyboard->keyboards = keyboards;
	keyboard->watched = guard->typing.seconds > 0;
	keyboard->watch.limits = guard->typing;
	snprintf(keyboard->port, sizeof(keyboard->port), "%s", port);
	if (asks)
		r = ask(keyboard, guard);
	if (r < 0) {
		keyboard_free(keyboard);
		return r;
	}
	keyboards->items[keyboards->n++] = keyboard;
	return 1;
}

static bool is_open(const struct keyboard *keyboard, dev_t number)
{
	for (size_t i = 0; i < keyboard->n; i++) {
		if (keyboard->nodes[i]->number == number)
			return true;
	}
	return false;
}

/* Open it, and see that it is the one that was told of. */
static int open_node(int dev_fd, const struct keyboard_node *node, struct open_node *ret)
{
	const int clock = CLOCK_MONOTONIC;
	struct stat st;

	ret->number = makedev(node->major, node->minor);
	ret->fd = openat(dev_fd, node->path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (ret->fd < 0 || fstat(ret->fd, &st) < 0)
		return -errno;
	if (st.st_rdev != ret->number)
		return -ENODEV;
	return ioctl(ret->fd, EVIOCSCLOCKID, &clock) < 0 ? -errno : 0;
}

int keyboards_open(struct keyboards *keyboards, const char *port, const struct keyboard_node *node)
{
	_cleanup_(cleanup_node) struct open_node *opened = NULL;
	struct keyboard *keyboard = find(keyboards, port);
	int r;

	if (keyboard == NULL || !(keyboard->watched || keyboard->asked || keyboard->held) ||
	    is_open(keyboard, makedev(node->major, node->minor)))
		return 0;
	if (keyboard->n == KEYBOARD_NODES_MAX)
		return -E2BIG;
	opened = calloc(1, sizeof(*opened));
	if (opened == NULL)
		return -ENOMEM;
	opened->keyboard = keyboard;
	r = open_node(keyboards->dev_fd, node, opened);
	if (r >= 0 && (keyboard->asked || keyboard->held))
		r = set_grab(opened, true);
	if (r >= 0)
		r = sd_event_add_io(keyboards->loop, &opened->source, opened->fd, EPOLLIN,
				    on_events, opened);
	/* Not behind uevents without end. */
	if (r >= 0)
		r = sd_event_source_set_priority(opened->source, SD_EVENT_PRIORITY_IMPORTANT);
	if (r < 0)
		return r;
	keyboard->nodes[keyboard->n++] = TAKE_PTR(opened);
	return 0;
}

const char *keyboards_code(const struct keyboards *keyboards, const char *port)
{
	const struct keyboard *keyboard = find(keyboards, port);

	return keyboard != NULL && keyboard->asked ? keyboard->code.code : NULL;
}

const char *keyboards_asked(const struct keyboards *keyboards, size_t i)
{
	for (size_t j = 0; j < keyboards->n; j++) {
		if (keyboards->items[j]->asked && i-- == 0)
			return keyboards->items[j]->port;
	}
	return NULL;
}

bool keyboards_asks(const struct keyboards *keyboards, const char *path)
{
	const char *port;

	for (size_t i = 0; (port = keyboards_asked(keyboards, i)) != NULL; i++) {
		if (path == NULL || port_in_path(path, port))
			return true;
	}
	return false;
}

static void let_go(struct keyboard *keyboard)
{
	keyboard->held = keyboard->asked = false;
	keyboard->deadline = sd_event_source_disable_unref(keyboard->deadline);
	sodium_memzero(&keyboard->code, sizeof(keyboard->code));
	for (size_t i = 0; i < keyboard->n; i++) {
		int r = set_grab(keyboard->nodes[i], false);

		if (r < 0)
			log_debug("keyboard-grab", "%s: %s", keyboard->port, strerror(-r));
	}
}

void keyboards_accept(struct keyboards *keyboards, const char *port)
{
	struct keyboard *keyboard = find(keyboards, port);

	if (keyboard == NULL)
		return;
	let_go(keyboard);
	keyboard->watched = keyboard->watch.limits.seconds > 0;
	if (!keyboard->watched)
		close_nodes(keyboard);
}

void keyboards_release(struct keyboards *keyboards, const char *port)
{
	struct keyboard *keyboard = find(keyboards, port);

	if (keyboard == NULL)
		return;
	let_go(keyboard);
	leave(keyboard);
}

void keyboards_forget(struct keyboards *keyboards, const char *port)
{
	for (size_t i = 0; i < keyboards->n; i++) {
		if (strcmp(keyboards->items[i]->port, port) != 0)
			continue;
		keyboard_free(keyboards->items[i]);
		keyboards->items[i] = keyboards->items[--keyboards->n];
		return;
	}
}

void keyboards_finish(struct keyboards *keyboards)
{
	while (keyboards->n > 0)
		keyboard_free(keyboards->items[--keyboards->n]);
}
