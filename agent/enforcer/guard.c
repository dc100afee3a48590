#include "guard.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <linux/input-event-codes.h>

#include "agent/common/cleanup.h"
#include "agent/common/file.h"
#include "input_keys.h"
#include "port.h"
#include "sysfs.h"

enum {
	MAX_DEPTH = 8,
	MOUNTINFO_MAX = 4 * 1024 * 1024,
	GUARD_INTERFACE_SIZE = DEVICE_PORT_SIZE + 16
};

_Static_assert(DEVICE_MAX_INTERFACES <= 64, "a bit for each interface");

/* What has the letters and figures is a keyboard; a power button is not.  As udev's input_id tells
 * them apart, and without waiting for udev. */
static bool is_keyboard(int input_fd)
{
	for (unsigned key = KEY_ESC; key <= KEY_S; key++) {
		if (!input_keys_has(input_fd, "key", key))
			return false;
	}
	return true;
}

static bool is_pointer(int input_fd)
{
	bool moves =
		input_keys_has(input_fd, "rel", REL_X) && input_keys_has(input_fd, "rel", REL_Y);
	bool points =
		input_keys_has(input_fd, "abs", ABS_X) && input_keys_has(input_fd, "abs", ABS_Y);

	return (moves || points) && (input_keys_has(input_fd, "key", BTN_MOUSE) ||
				     (points && input_keys_has(input_fd, "key", BTN_TOOL_FINGER)));
}

static void add_input(struct guard *guard, int sysfs_fd, const char *name)
{
	struct guard_input input = { 0 };
	_cleanup_close_ int fd = -1;
	char link[300];
	ssize_t size;

	snprintf(link, sizeof(link), "class/input/%.255s", name);
	size = readlinkat(sysfs_fd, link, input.path, sizeof(input.path) - 1);
	if (size < 0 || guard->n_inputs == GUARD_MAX_INPUTS ||
	    sysfs_open(sysfs_fd, link, &fd) < 0 || port_in_path(input.path, "virtual"))
		return;
	input.outside = origin_is_outside(sysfs_fd, input.path);
	input.keyboard = is_keyboard(fd);
	input.pointer = is_pointer(fd);
	if (input.keyboard || input.pointer)
		guard->inputs[guard->n_inputs++] = input;
}

static bool is_input(const char *name)
{
	return strncmp(name, "input", strlen("input")) == 0;
}

static void look_for_inputs(struct guard *guard, int sysfs_fd)
{
	_cleanup_(sysfs_names_free) char **names = NULL;
	int n = sysfs_list(sysfs_fd, "class/input", is_input, &names);

	for (int i = 0; i < n; i++)
		add_input(guard, sysfs_fd, names[i]);
}

static bool any_name(const char *name)
{
	return name[0] != '.';
}

static void add_path(struct guard *guard, int sysfs_fd, const char *path)
{
	if (guard->n_disks == GUARD_MAX_DISKS)
		return;
	guard->outside[guard->n_disks] = origin_is_outside(sysfs_fd, path);
	snprintf(guard->disks[guard->n_disks++], GUARD_PATH_SIZE, "%s", path);
}

/* Add the device that the disk at @target is of, where its path does not lead over it: an NVMe disk
 * of several controllers. */
static void add_device(struct guard *guard, int sysfs_fd, const char *target)
{
	struct origin origin;

	while (strncmp(target, "../", 3) == 0)
		target += 3;
	origin_of_path(sysfs_fd, target, &origin);
	if (origin.portable && origin.place.bus != BUS_USB)
		add_path(guard, sysfs_fd, origin.place.path);
}

/* Add the block device at @path below @sysfs_fd, a link, and what it is made of. */
static void add_disk(struct guard *guard, int sysfs_fd, const char *path, int depth)
{
	_cleanup_(sysfs_names_free) char **slaves = NULL;
	char target[GUARD_PATH_SIZE], list[PATH_MAX];
	ssize_t size;
	int n;

	if (depth == MAX_DEPTH || guard->n_disks == GUARD_MAX_DISKS)
		return;
	size = readlinkat(sysfs_fd, path, target, sizeof(target) - 1);
	if (size < 0)
		return;
	target[size] = '\0';
	add_path(guard, sysfs_fd, target);
	add_device(guard, sysfs_fd, target);
	snprintf(list, sizeof(list), "%s/slaves", path);
	n = sysfs_list(sysfs_fd, list, any_name, &slaves);
	for (int i = 0; i < n; i++) {
		char slave[PATH_MAX];

		snprintf(slave, sizeof(slave), "class/block/%.255s", slaves[i]);
		add_disk(guard, sysfs_fd, slave, depth + 1);
	}
}

/* The device that the mount table names for "/", where the file system has a number of its own
 * (btrfs).  proc_pid_mountinfo(5): "36 35 98:0 /root / rw,noatime master:1 - ext3 /dev/root rw". */
static dev_t mounted_on_root(void)
{
	_cleanup_free_ char *table = NULL;
	char *save = NULL;
	dev_t found = 0;

	if (file_read(AT_FDCWD, "/proc/self/mountinfo", MOUNTINFO_MAX, &table, NULL) < 0)
		return 0;
	for (char *line = strtok_r(table, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save)) {
		const char *separator = strstr(line, " - ");
		char point[8], source[256];
		struct stat st;

		if (separator == NULL || sscanf(line, "%*s %*s %*s %*s %7s", point) != 1 ||
		    strcmp(point, "/") != 0 || sscanf(separator + 3, "%*s %255s", source) != 1)
			continue;
		if (stat(source, &st) == 0 && S_ISBLK(st.st_mode))
			found = st.st_rdev;
	}
	return found;
}

static void look_for_root_disk(struct guard *guard, int sysfs_fd)
{
	struct stat st;
	char path[64];
	dev_t number;

	if (stat("/", &st) < 0)
		return;
	number = major(st.st_dev) != 0 ? st.st_dev : mounted_on_root();
	if (number == 0)
		return;
	snprintf(path, sizeof(path), "dev/block/%u:%u", major(number), minor(number));
	add_disk(guard, sysfs_fd, path, 0);
}

void guard_look(struct guard *ret, int sysfs_fd)
{
	ret->n_inputs = ret->n_disks = 0;
	look_for_inputs(ret, sysfs_fd);
	look_for_root_disk(ret, sysfs_fd);
}

/* What may be lost: its path, and whether it is behind some Thunderbolt device. */
struct treasure {
	const char *path;
	bool outside;
};

static struct treasure input_of(const struct guard_input *input)
{
	return (struct treasure){ input->path, input->outside };
}

static struct treasure disk_of(const struct guard *guard, size_t i)
{
	return (struct treasure){ guard->disks[i], guard->outside[i] };
}

/* True if it hangs on @name, @dev's port or an interface of it; what is not on USB has but one.
 * sysfs does not say which Thunderbolt device a tunnel goes over. */
static bool hangs_on(const struct treasure *it, const struct usbdev *dev, const char *name)
{
	switch (dev->device.bus) {
	case BUS_USB:
		return port_in_path(it->path, name);
	case BUS_THUNDERBOLT:
		return it->outside;
	default:
		return place_has(&dev->place, it->path);
	}
}

static bool is_needed(const struct guard *guard, const struct usbdev *dev, const char *interface)
{
	for (size_t i = 0; i < guard->n_inputs; i++) {
		const struct treasure input = input_of(&guard->inputs[i]);

		if (hangs_on(&input, dev, interface))
			return true;
	}
	for (size_t i = 0; i < guard->n_disks; i++) {
		const struct treasure disk = disk_of(guard, i);

		if (hangs_on(&disk, dev, interface))
			return true;
	}
	return false;
}

static void name_interface(const struct usbdev *dev, size_t i,
			   char ret[static GUARD_INTERFACE_SIZE])
{
	snprintf(ret, GUARD_INTERFACE_SIZE, "%s:%u.%u", dev->device.port,
		 dev->device.interfaces[i].config, dev->device.interfaces[i].number);
}

uint64_t guard_keeps(const struct guard *guard, const struct usbdev *dev)
{
	uint64_t kept = 0;

	for (size_t i = 0; i < dev->device.n_interfaces; i++) {
		char name[GUARD_INTERFACE_SIZE];

		name_interface(dev, i, name);
		if ((dev->device.interfaces[i].functions & FUNCTION_BIT(FUNCTION_HUB)) != 0 ||
		    is_needed(guard, dev, name))
			kept |= UINT64_C(1) << i;
	}
	return kept;
}

/* Does the policy say of this device, by its name, that it goes even if it is the last? */
static bool goes_even_if_last(const struct decision *decision)
{
	for (size_t i = 0; i < decision->n; i++) {
		if (decision_effect(decision, i) < VERDICT_ALLOW &&
		    decision->interfaces[i].even_if_last)
			return true;
	}
	return false;
}

/* True if @it hangs on @dev and @decision takes something from it. */
static bool loses(const struct usbdev *dev, const struct decision *decision,
		  const struct treasure *it)
{
	bool all_closed = true;

	if (!hangs_on(it, dev, dev->device.port))
		return false;
	for (size_t i = 0; i < decision->n; i++) {
		if (decision_effect(decision, i) != VERDICT_DENY)
			all_closed = false;
	}
	if (all_closed)
		return true;
	for (size_t i = 0; i < decision->n && i < dev->device.n_interfaces; i++) {
		char name[GUARD_INTERFACE_SIZE];

		name_interface(dev, i, name);
		if (decision_effect(decision, i) < VERDICT_ALLOW && hangs_on(it, dev, name))
			return true;
	}
	return false;
}

bool guard_trips(const struct guard *guard, const struct usbdev *dev,
		 const struct decision *decision, char why[static GUARD_WHY_SIZE])
{
	size_t keyboards = 0, pointers = 0, lost_keyboards = 0, lost_pointers = 0;

	if (goes_even_if_last(decision))
		return false;
	for (size_t i = 0; i < guard->n_inputs; i++) {
		const struct guard_input *input = &guard->inputs[i];
		const struct treasure it = input_of(input);
		bool lost = loses(dev, decision, &it);

		keyboards += input->keyboard;
		pointers += input->pointer;
		lost_keyboards += lost && input->keyboard;
		lost_pointers += lost && input->pointer;
	}
	for (size_t i = 0; i < guard->n_disks; i++) {
		const struct treasure disk = disk_of(guard, i);

		if (loses(dev, decision, &disk)) {
			snprintf(why, GUARD_WHY_SIZE,
				 "The system runs from a disk on it; it was left as it is.");
			return true;
		}
	}
	if (lost_keyboards > 0 && lost_keyboards == keyboards) {
		snprintf(why, GUARD_WHY_SIZE, "It carries the last keyboard; left as it is.");
		return true;
	}
	if (lost_pointers > 0 && lost_pointers == pointers) {
		snprintf(why, GUARD_WHY_SIZE, "It carries the last pointer; left as it is.");
		return true;
	}
	return false;
}
