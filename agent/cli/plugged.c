#include "plugged.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "agent/common/cleanup.h"
#include "agent/common/file.h"
#include "policy/usbguard_hash.h"

enum { ATTRIBUTE_MAX = 4096 };

/* "1-2.3", as the kernel calls devices but for root hubs; no interface ("1-2.3:1.0"). */
static bool is_port(const char *name)
{
	return isdigit((unsigned char)name[0]) && strchr(name, '-') != NULL &&
	       name[strspn(name, "0123456789-.")] == '\0' && strlen(name) < DEVICE_PORT_SIZE;
}

/* The attribute without its last '\n', as far as @ret_size goes.  Returns its length; 0 if there is
 * none. */
static size_t read_attribute(int fd, const char *name, char *ret, size_t ret_size)
{
	_cleanup_free_ char *text = NULL;
	size_t size;

	ret[0] = '\0';
	if (file_read(fd, name, ATTRIBUTE_MAX, &text, &size) < 0)
		return 0;
	if (size > 0 && text[size - 1] == '\n')
		size--;
	if (size >= ret_size)
		size = ret_size - 1;
	memcpy(ret, text, size);
	ret[size] = '\0';
	return size;
}

static uint16_t read_id(int fd, const char *name)
{
	char text[16];

	(void)read_attribute(fd, name, text, sizeof(text));
	return (uint16_t)strtoul(text, NULL, 16);
}

/* Where the hub's port is, seen from the device (drivers/usb/core/port.c). */
static void connect_path(const char *port, char *ret, size_t ret_size)
{
	const char *dot = strrchr(port, '.'), *dash = strchr(port, '-');
	const int n = (int)((dot != NULL ? dot : dash) - port);

	if (dot != NULL)
		snprintf(ret, ret_size, "../%.*s:1.0/%.*s-port%s/connect_type", n, port, n, port,
			 dot + 1);
	else
		snprintf(ret, ret_size, "../%.*s-0:1.0/usb%.*s-port%s/connect_type", n, port, n,
			 port, dash + 1);
}

static enum connect_type read_connect(int fd, const char *port)
{
	char path[160], text[32];
	int connect;

	connect_path(port, path, sizeof(path));
	(void)read_attribute(fd, path, text, sizeof(text));
	connect = connect_type_from_text(text);
	return connect < 0 ? CONNECT_UNKNOWN : (enum connect_type)connect;
}

static void read_texts(int fd, struct device *device)
{
	char text[32];

	(void)read_attribute(fd, "manufacturer", device->manufacturer,
			     sizeof(device->manufacturer));
	(void)read_attribute(fd, "product", device->name, sizeof(device->name));
	(void)read_attribute(fd, "serial", device->serial, sizeof(device->serial));
	device->has_serial = device->serial[0] != '\0';
	(void)read_attribute(fd, "speed", text, sizeof(text));
	device->speed_mbps = (uint32_t)strtoul(text, NULL, 10);
	device->vendor = read_id(fd, "idVendor");
	device->product = read_id(fd, "idProduct");
	device->release = read_id(fd, "bcdDevice");
}

/* USBGuard's hash of the hub that the device hangs on, the directory above its own. */
static void read_parent(int fd, struct device *device)
{
	_cleanup_free_ char *blob = NULL;
	_cleanup_close_ int parent_fd = openat(fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct device parent = { 0 };
	size_t size;

	if (parent_fd < 0 ||
	    file_read(parent_fd, "descriptors", DESCRIPTOR_MAX_BYTES, &blob, &size) < 0)
		return;
	read_texts(parent_fd, &parent);
	if (device_usbguard_hash(&parent, (const uint8_t *)blob, size) < 0)
		return;
	device->has_usbguard_parent_hash = true;
	memcpy(device->usbguard_parent_hash, parent.usbguard_hash,
	       sizeof(device->usbguard_parent_hash));
}

static int read_device(int fd, const char port[static DEVICE_PORT_SIZE], struct device *ret)
{
	_cleanup_free_ char *blob = NULL;
	struct device device = { 0 };
	size_t size;
	int r = file_read(fd, "descriptors", DESCRIPTOR_MAX_BYTES, &blob, &size);

	if (r < 0)
		return r;
	memcpy(device.port, port, DEVICE_PORT_SIZE);
	read_texts(fd, &device);
	device.connect = read_connect(fd, port);
	r = device_from_descriptors(&device, (const uint8_t *)blob, size);
	if (r < 0)
		return r;
	/* USBGuard may refuse what can be judged here: then no condition on its hash holds. */
	if (device_usbguard_hash(&device, (const uint8_t *)blob, size) < 0)
		device.has_usbguard_hash = false;
	read_parent(fd, &device);
	*ret = device;
	return 0;
}

/* The last component of @path, without the slashes behind it. */
static void name_of(const char *path, char *ret, size_t ret_size)
{
	size_t end = strlen(path), begin;

	while (end > 0 && path[end - 1] == '/')
		end--;
	begin = end;
	while (begin > 0 && path[begin - 1] != '/')
		begin--;
	memset(ret, 0, ret_size);
	snprintf(ret, ret_size, "%.*s", (int)(end - begin), path + begin);
}

int plugged_read(const char *path, struct device *ret)
{
	char real[PATH_MAX], port[DEVICE_PORT_SIZE];
	_cleanup_close_ int fd = -1;

	name_of(path, port, sizeof(port)); /* cut off, it is too long for one */
	if (!is_port(port)) {		   /* "." in such a directory, for instance */
		if (realpath(path, real) == NULL)
			return -errno;
		name_of(real, port, sizeof(port));
	}
	if (!is_port(port))
		return -EINVAL;
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : read_device(fd, port, ret);
}

static int wanted(const struct dirent *entry)
{
	return is_port(entry->d_name);
}

/* By bus, then port by port: 1-2 before 1-2.3 and 1-10. */
static int by_port(const struct dirent **a, const struct dirent **b)
{
	return strverscmp((*a)->d_name, (*b)->d_name);
}

static void free_names(struct dirent **names, int n)
{
	for (int i = 0; i < n; i++)
		free(names[i]);
	free(names);
}

int plugged_list(const char *sysfs, struct device **ret, size_t *ret_n,
		 void (*skipped)(const char *port, int r))
{
	_cleanup_free_ char *folder = NULL;
	struct dirent **names = NULL;
	struct device *devices;
	size_t n_devices = 0;
	int n;

	if (asprintf(&folder, "%s/bus/usb/devices", sysfs) < 0)
		return -ENOMEM;
	n = scandir(folder, &names, wanted, by_port);
	if (n < 0)
		return -errno;
	devices = n > PLUGGED_MAX ? NULL : calloc((size_t)n + 1, sizeof(*devices));
	for (int i = 0; devices != NULL && i < n; i++) {
		char path[PATH_MAX];
		int r;

		snprintf(path, sizeof(path), "%s/%s", folder, names[i]->d_name);
		r = plugged_read(path, &devices[n_devices]);
		if (r == 0)
			n_devices++;
		else
			skipped(names[i]->d_name, r);
	}
	free_names(names, n);
	if (devices == NULL)
		return n > PLUGGED_MAX ? -E2BIG : -ENOMEM;
	*ret = devices;
	*ret_n = n_devices;
	return 0;
}
