/* fake - a sysfs of plain files in a temporary directory, for tests of the enforcer. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct fake {
	char root[64];
	int fd;
};

static inline void fake_write(const struct fake *fake, const char *path, const void *bytes,
			      size_t size)
{
	int fd = openat(fake->fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, size), size);
	close(fd);
}

/* Attribute @name of @directory, with the '\n' that the kernel puts. */
static inline void fake_set(const struct fake *fake, const char *directory, const char *name,
			    const char *value)
{
	char path[256], text[512];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	snprintf(text, sizeof(text), "%s\n", value);
	fake_write(fake, path, text, strlen(text));
}

/* First character of an attribute: enough for those that are "0" or "1". */
static inline char fake_get(const struct fake *fake, const char *directory, const char *name)
{
	char path[256], value = '\0';
	int fd;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	fd = openat(fake->fd, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return '\0';
	assert_true(read(fd, &value, 1) >= 0);
	close(fd);
	return value;
}

static inline void fake_mkdir(const struct fake *fake, const char *path)
{
	char part[256];

	for (const char *slash = strchr(path, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		snprintf(part, sizeof(part), "%.*s", (int)(slash - path), path);
		mkdirat(fake->fd, part, 0700);
	}
	assert_true(mkdirat(fake->fd, path, 0700) == 0 || errno == EEXIST);
}

static inline void fake_run(const struct fake *fake, const char *command)
{
	char line[640];

	snprintf(line, sizeof(line), "cd %s && %s", fake->root, command);
	assert_int_equal(system(line), 0);
}

/* A machine with one controller, usb1. */
static inline void fake_init(struct fake *fake)
{
	strcpy(fake->root, "/dev/shm/devgate-fake.XXXXXX");
	assert_non_null(mkdtemp(fake->root));
	fake->fd = open(fake->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fake->fd >= 0);
	fake_mkdir(fake, "module/usbcore/parameters");
	fake_mkdir(fake, "bus/usb/devices");
	fake_mkdir(fake, "devices/usb1");
	fake_mkdir(fake, "dev/block");
	fake_mkdir(fake, "dev/char");
	fake_set(fake, "module/usbcore/parameters", "authorized_default", "1");
	fake_set(fake, "devices/usb1", "authorized_default", "1");
	fake_set(fake, "devices/usb1", "interface_authorized_default", "1");
	fake_write(fake, "bus/usb/drivers_probe", "", 0);
	fake_run(fake, "ln -s ../../../devices/usb1 bus/usb/devices/usb1");
}

static inline void fake_finish(struct fake *fake)
{
	char command[128];

	close(fake->fd);
	snprintf(command, sizeof(command), "rm -rf %s", fake->root);
	assert_int_equal(system(command), 0);
}

/* One interface: what its descriptor says. */
struct fake_interface {
	uint8_t config, number, class, subclass, protocol;
};

/* Descriptors of a device with @n interfaces, of one configuration. */
static inline size_t fake_descriptors(uint16_t vendor, uint16_t product,
				      const struct fake_interface *interfaces, size_t n,
				      uint8_t *ret)
{
	const uint8_t device[18] = { 18,
				     1,
				     0,
				     2,
				     0,
				     0,
				     0,
				     64,
				     (uint8_t)vendor,
				     (uint8_t)(vendor >> 8),
				     (uint8_t)product,
				     (uint8_t)(product >> 8),
				     0,
				     1,
				     1,
				     2,
				     3,
				     1 };
	const uint8_t config[9] = { 9, 2, (uint8_t)(9 + 9 * n), 0, (uint8_t)n, 1, 0, 0x80, 50 };
	size_t at = sizeof(device) + sizeof(config);

	memcpy(ret, device, sizeof(device));
	memcpy(ret + sizeof(device), config, sizeof(config));
	for (size_t i = 0; i < n; i++, at += 9) {
		const struct fake_interface *it = &interfaces[i];
		const uint8_t bytes[9] = { 9, 4,	 it->number,   0,
					   0, it->class, it->subclass, it->protocol,
					   0 };

		memcpy(ret + at, bytes, sizeof(bytes));
	}
	return at;
}

/* Interface directories as the kernel makes them when the device is authorized. */
static inline void fake_add_interface(const struct fake *fake, const char *port,
				      const struct fake_interface *it)
{
	char path[128], hex[3];

	snprintf(path, sizeof(path), "devices/usb1/%s/%s:%u.%u", port, port, it->config,
		 it->number);
	fake_mkdir(fake, path);
	snprintf(hex, sizeof(hex), "%02x", it->class);
	fake_set(fake, path, "bInterfaceClass", hex);
	snprintf(hex, sizeof(hex), "%02x", it->subclass);
	fake_set(fake, path, "bInterfaceSubClass", hex);
	snprintf(hex, sizeof(hex), "%02x", it->protocol);
	fake_set(fake, path, "bInterfaceProtocol", hex);
	fake_set(fake, path, "authorized", "0");
}

/* Plug a device in at @port of usb1: not authorized; its interfaces are there already, closed,
 * since plain files do not make them appear. */
static inline void fake_plug(const struct fake *fake, const char *port, const char *serial,
			     const struct fake_interface *interfaces, size_t n)
{
	char path[128], link[160];
	uint8_t blob[1024];
	size_t size = fake_descriptors(0x0951, 0x1666, interfaces, n, blob);

	snprintf(path, sizeof(path), "devices/usb1/%s", port);
	fake_mkdir(fake, path);
	fake_set(fake, path, "idVendor", "0951");
	fake_set(fake, path, "idProduct", "1666");
	fake_set(fake, path, "bcdDevice", "0100");
	fake_set(fake, path, "busnum", "1");
	fake_set(fake, path, "devnum", "5");
	fake_set(fake, path, "speed", "480");
	fake_set(fake, path, "manufacturer", "Maker");
	fake_set(fake, path, "product", "Thing");
	fake_set(fake, path, "authorized", "0");
	if (serial != NULL)
		fake_set(fake, path, "serial", serial);
	snprintf(link, sizeof(link), "%s/descriptors", path);
	fake_write(fake, link, blob, size);
	for (size_t i = 0; i < n; i++)
		fake_add_interface(fake, port, &interfaces[i]);
	snprintf(link, sizeof(link), "ln -s ../../../devices/usb1/%s bus/usb/devices/%s", port,
		 port);
	fake_run(fake, link);
}

static inline void fake_unplug(const struct fake *fake, const char *port)
{
	char command[160];

	snprintf(command, sizeof(command), "rm -r bus/usb/devices/%s devices/usb1/%s", port, port);
	fake_run(fake, command);
}

#define FAKE_STORAGE                                                                               \
	(struct fake_interface)                                                                    \
	{                                                                                          \
		1, 0, 0x08, 0x06, 0x50                                                             \
	}
