#include "judge_keyboard.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/common/cleanup.h"
#include "agent/common/log.h"
#include "clock.h"
#include "console.h"
#include "effect.h"
#include "guard.h"
#include "hid_look.h"
#include "input_keys.h"
#include "judge_internal.h"
#include "notices.h"
#include "port.h"
#include "record.h"
#include "sysfs.h"

enum { TEXT_SIZE = 256, INPUT_PATH_SIZE = 512 };

/* The directory of the input device that the node at @path is of. */
static int open_input(const struct enforcer *enforcer, const char *path, int *ret_fd)
{
	const char *slash = strrchr(path, '/');
	char parent[INPUT_PATH_SIZE];
	int n;

	if (slash == NULL)
		return -EINVAL;
	n = snprintf(parent, sizeof(parent), "%.*s", (int)(slash - path), path);
	return (size_t)n < sizeof(parent) ? sysfs_open(enforcer->sysfs_fd, parent, ret_fd)
					  : -ENAMETOOLONG;
}

/* The Bluetooth peer that the input device is: "uniq" is its address, whether the kernel made it
 * (net/bluetooth/hidp/core.c, hidp_setup_hid()) or bluetoothd did. */
static struct usbdev *peer_of(const struct enforcer *enforcer, const char *path)
{
	_cleanup_close_ int fd = -1;
	char address[64];

	if (open_input(enforcer, path, &fd) < 0 ||
	    sysfs_read(fd, "uniq", address, sizeof(address)) <= 0)
		return NULL;
	for (size_t i = 0; i < enforcer->devices.n; i++) {
		struct usbdev *dev = enforcer->devices.items[i];

		if (dev->device.bus == BUS_BLUETOOTH &&
		    strcasecmp(dev->device.serial, address) == 0)
			return dev;
	}
	return NULL;
}

/* The device that @path hangs on, if it is judged and works.  What a Bluetooth adapter carries is
 * not the adapter's. */
static struct usbdev *device_of(const struct enforcer *enforcer, const char *path)
{
	struct port_interface interface;
	struct usbdev *dev;

	if (port_in_path(path, "bluetooth") || port_of_path(path, &interface) < 0)
		dev = peer_of(enforcer, path);
	else
		dev = devices_find(&enforcer->devices, interface.port);
	return dev == NULL || !dev->judged || judge_has_failed(dev) ? NULL : dev;
}

/* What came in time to count as there at the start, but had not worked by then, is nobody's yet. */
static bool is_new(const struct usbdev *dev)
{
	return (dev->device.bus == BUS_USB || dev->device.bus == BUS_BLUETOOTH) &&
	       !dev->pre_agent && dev->device.connect != CONNECT_HARDWIRED &&
	       !judge_is_registered_keyboard(dev, &dev->decision);
}

/* Has the input device that the node at @path is of keys to type with? */
static bool types(const struct enforcer *enforcer, const char *path)
{
	_cleanup_close_ int fd = -1;

	return open_input(enforcer, path, &fd) >= 0 && input_keys_type(fd);
}

/* Is there a keyboard that works, beside @dev and those that wait for a code themselves? */
static bool is_another_keyboard(const struct enforcer *enforcer, const char *port)
{
	struct guard *guard = malloc(sizeof(*guard));
	bool found = false;

	if (guard == NULL)
		return false;
	guard_look(guard, enforcer->sysfs_fd);
	for (size_t i = 0; i < guard->n_inputs; i++) {
		const struct guard_input *input = &guard->inputs[i];

		if (input->keyboard && !port_in_path(input->path, port) &&
		    !keyboards_asks(&enforcer->keyboards, input->path))
			found = true;
	}
	free(guard);
	return found;
}

/* Of a keyboard that an agent before this one has dealt with, no code is asked again. */
static bool is_dealt_with(const struct enforcer *enforcer, const struct usbdev *dev,
			  const struct keyboard_guard *guard)
{
	return enforcer->starting &&
	       clock_mono_us() - dev->arrived_us > (uint64_t)guard->code_seconds * 1000000;
}

static void note(struct enforcer *enforcer, const char *kind, const struct usbdev *dev,
		 const char *text)
{
	recorder_note(&enforcer->recorder, kind,
		      json_pack("{s:s, s:o, s:s}", "instance", dev->instance, "device",
				record_device(dev), "text", text));
}

static void ask(struct enforcer *enforcer, const struct usbdev *dev,
		const struct keyboard_guard *guard)
{
	const char *code = keyboards_code(&enforcer->keyboards, dev->device.port);
	char text[2 * TEXT_SIZE];

	snprintf(text, sizeof(text),
		 "A new keyboard came: %.100s %.100s. Type %s on it, and then Enter, within %u "
		 "seconds, or it is denied.",
		 dev->device.manufacturer, dev->device.name, code, guard->code_seconds);
	console_tell(enforcer->dev_fd, text);
	notices_code(enforcer, dev, code, guard->code_seconds);
	snprintf(text, sizeof(text),
		 "It does not work until the code that is shown has been typed on it, within %u s.",
		 guard->code_seconds);
	note(enforcer, "keyboard.asked", dev, text);
}

/* What was permitted is taken back: it stays denied.  It cannot send a key any more when this
 * returns, or is grabbed until it is closed. */
static void deny(struct enforcer *enforcer, struct usbdev *dev, const char *why)
{
	snprintf(dev->caught, sizeof(dev->caught), "%s", why);
	effect_deny(enforcer, dev, dev->caught);
	notices_decided(enforcer, dev, &dev->decision);
}

static void watch_node(struct enforcer *enforcer, struct usbdev *dev,
		       const struct keyboard_node *node)
{
	const struct policy_view view = policy_store_view(&enforcer->policy);
	const char *port = dev->device.port;
	struct keyboard_guard guard;
	char why[CAUGHT_SIZE];
	bool asks;
	int r;

	if (view.rules == NULL)
		return;
	/* It was caught, and has been permitted since: it begins anew. */
	if (dev->caught[0] != '\0')
		keyboards_forget(&enforcer->keyboards, port);
	dev->caught[0] = '\0';
	guard = rules_keyboard_guard(view.rules);
	asks = guard.code_digits > 0 && dev->device.bus == BUS_USB && !dev->present &&
	       !dev->decision.audit_only && !is_dealt_with(enforcer, dev, &guard) &&
	       is_another_keyboard(enforcer, port);
	r = keyboards_begin(&enforcer->keyboards, port, &guard, asks);
	asks = asks && r > 0;
	if (r >= 0)
		r = keyboards_open(&enforcer->keyboards, port, node);
	if (r == -ENOENT || r == -ENODEV)
		return; /* gone */
	if (r >= 0 && asks)
		ask(enforcer, dev, &guard);
	if (r >= 0)
		return;
	log_error("keyboard-watch", "%s: %s: %s", port, node->path, strerror(-r));
	snprintf(why, sizeof(why), "Who types on it could not be watched: %s.", strerror(-r));
	if (!dev->decision.audit_only)
		deny(enforcer, dev, why);
}

void judge_on_input(struct enforcer *enforcer, const struct uevent *uevent)
{
	const struct keyboard_node node = { uevent->node, uevent->major, uevent->minor };
	struct usbdev *dev = device_of(enforcer, uevent->path);

	if (dev == NULL)
		return;
	if (hid_look(dev)) {
		log_warning("hidden-keyboard", "%s can type, and did not say so", dev->device.port);
		judge_shown(enforcer, dev);
	}
	if (strncmp(uevent->node, "input/event", strlen("input/event")) == 0 && is_new(dev) &&
	    usbdev_is_any_bound(dev) && types(enforcer, uevent->path))
		watch_node(enforcer, dev, &node);
}

static bool is_node(const char *name)
{
	return strncmp(name, "event", strlen("event")) == 0;
}

void judge_input_node(struct enforcer *enforcer, const char *name)
{
	char link[64], target[INPUT_PATH_SIZE], file[96], number[32], node[64];
	const char *path = target;
	struct uevent uevent = { .subsystem = "input", .action = "add", .devtype = "" };
	ssize_t size;

	snprintf(link, sizeof(link), "class/input/%.40s", name);
	size = readlinkat(enforcer->sysfs_fd, link, target, sizeof(target) - 1);
	snprintf(file, sizeof(file), "%s/dev", link);
	if (size < 0 || sysfs_read(enforcer->sysfs_fd, file, number, sizeof(number)) < 0 ||
	    sscanf(number, "%u:%u", &uevent.major, &uevent.minor) != 2)
		return;
	target[size] = '\0';
	while (strncmp(path, "../", 3) == 0)
		path += 3;
	snprintf(node, sizeof(node), "input/%.40s", name);
	uevent.name = name;
	uevent.path = path;
	uevent.node = node;
	judge_on_input(enforcer, &uevent);
}

int judge_list_inputs(const struct enforcer *enforcer, char ***ret)
{
	return sysfs_list(enforcer->sysfs_fd, "class/input", is_node, ret);
}

static void describe(enum typing_verdict verdict, const struct typing_figures *figures,
		     char ret[static CAUGHT_SIZE])
{
	const unsigned ms = figures->interval_us / 1000, spread_ms = figures->spread_us / 1000;

	if (verdict == TYPING_TOO_FAST)
		snprintf(
			ret, CAUGHT_SIZE,
			"It types faster than a person: %d keys, %u ms from one to the next. A bar "
			"code scanner does, too: it is to be registered.",
			TYPING_FAST_KEYS, ms);
	else
		snprintf(ret, CAUGHT_SIZE,
			 "It types more regularly than a person: %u ms from key to key, give or "
			 "take %u.%u.",
			 ms, spread_ms / 2, (figures->spread_us / 200) % 10);
}

/* It is grabbed: the record need not come first. */
static void on_program(void *userdata, const char *port, enum typing_verdict verdict,
		       const struct typing_figures *figures)
{
	struct enforcer *enforcer = userdata;
	struct usbdev *dev = devices_find(&enforcer->devices, port);
	char why[CAUGHT_SIZE];
	bool cut;

	if (dev == NULL)
		return;
	describe(verdict, figures, why);
	cut = !dev->decision.audit_only && !judge_is_registered_keyboard(dev, &dev->decision);
	if (cut)
		deny(enforcer, dev, why);
	else
		keyboards_release(&enforcer->keyboards, port);
	log_warning("keyboard-program", "%s: %s", port, why);
	recorder_note(&enforcer->recorder, "guard.tripped",
		      json_pack("{s:s, s:o, s:s, s:b, s:i, s:i, s:i}", "instance", dev->instance,
				"device", record_device(dev), "text", why, "cut_off", cut, "keys",
				(int)figures->keys, "interval_us", (int)figures->interval_us,
				"spread_us", (int)figures->spread_us));
}

/* The record of it comes before its first key. */
static void permit(struct enforcer *enforcer, struct usbdev *dev, const char *text)
{
	json_t *members = json_pack("{s:s, s:o, s:s}", "instance", dev->instance, "device",
				    record_device(dev), "text", text);
	bool taken;
	int r = recorder_write(&enforcer->recorder, "keyboard.accepted", members, &taken);

	if (r < 0) {
		deny(enforcer, dev, "That it may be used could not be recorded.");
		return;
	}
	keyboards_accept(&enforcer->keyboards, dev->device.port);
	notices_code_typed(enforcer, dev);
	console_tell(enforcer->dev_fd, "The new keyboard can be used.");
}

static void on_answer(void *userdata, const char *port, enum keyboard_answer answer)
{
	struct enforcer *enforcer = userdata;
	struct usbdev *dev = devices_find(&enforcer->devices, port);
	const char *why = answer == KEYBOARD_LATE
				  ? "The code that was shown was not typed on it in time."
				  : "Another code than that which was shown was typed on it.";

	if (dev == NULL)
		return;
	if (answer == KEYBOARD_RIGHT) {
		permit(enforcer, dev, "The code that was shown has been typed on it.");
		return;
	}
	deny(enforcer, dev, why);
	log_warning("keyboard-code", "%s: %s", port, why);
	recorder_note(&enforcer->recorder, "guard.tripped",
		      json_pack("{s:s, s:o, s:s, s:b}", "instance", dev->instance, "device",
				record_device(dev), "text", why, "cut_off", true));
	console_tell(enforcer->dev_fd, "The new keyboard is denied.");
}

void judge_keyboards_start(struct enforcer *enforcer)
{
	enforcer->keyboards.loop = enforcer->loop;
	enforcer->keyboards.dev_fd = enforcer->dev_fd;
	enforcer->keyboards.handlers = (struct keyboards_handlers){ .on_program = on_program,
								    .on_answer = on_answer,
								    .userdata = enforcer };
}

void judge_keyboards_left(struct enforcer *enforcer)
{
	const char *port = keyboards_asked(&enforcer->keyboards, 0);
	struct usbdev *dev = port == NULL ? NULL : devices_find(&enforcer->devices, port);

	if (dev == NULL || is_another_keyboard(enforcer, port))
		return;
	permit(enforcer, dev, "It is the only keyboard that is left, so no code is asked.");
}

void judge_typing(struct enforcer *enforcer, struct usbdev *dev, uint64_t typing)
{
	for (size_t i = 0; i < dev->device.n_interfaces; i++) {
		if (typing >> i & 1)
			dev->device.interfaces[i].functions |= FUNCTION_BIT(FUNCTION_KEYBOARD);
	}
	judge_shown(enforcer, dev);
}
