#include "thunderbolt.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "bus_kind.h"
#include "sysfs.h"

enum { LEVEL_SIZE = 32 };

/* "0-1", "1-301": domain and route; route 0 is the host's own router (drivers/thunderbolt/switch.c,
 * tb_switch_alloc()).  Services ("0-1.1") and retimers ("0-0:1.1") have more. */
static bool is_router(const char *name)
{
	size_t domain = strspn(name, "0123456789");
	const char *route = name + domain + 1;

	return domain > 0 && name[domain] == '-' &&
	       route[strspn(route, "0123456789abcdef")] == '\0' &&
	       route[strspn(route, "0")] != '\0';
}

bool thunderbolt_place(int sysfs_fd, const char *path, struct place *ret)
{
	struct place place = { .bus = BUS_THUNDERBOLT, .connect = CONNECT_HOTPLUG };
	const char *name = strrchr(path, '/');
	char attribute[PLACE_PATH_SIZE + 16];

	if (name == NULL || !is_router(name + 1) || strlen(path) >= sizeof(place.path) ||
	    strlen(name) + strlen("thunderbolt") > sizeof(place.port))
		return false;
	snprintf(attribute, sizeof(attribute), "%s/authorized", path);
	if (faccessat(sysfs_fd, attribute, F_OK, 0) < 0) /* another computer */
		return false;
	snprintf(place.port, sizeof(place.port), "thunderbolt%.20s", name + 1);
	strcpy(place.path, path);
	*ret = place;
	return true;
}

static int read_text(int device_fd, const char *name, char ret[static DEVICE_TEXT_SIZE])
{
	char text[DEVICE_TEXT_SIZE + 1];
	int r = sysfs_read(device_fd, name, text, sizeof(text));

	if (r == -ENOENT) /* of a device without a DROM */
		return 0;
	if (r < 0)
		return r;
	if (r >= DEVICE_TEXT_SIZE)
		return -E2BIG;
	memcpy(ret, text, (size_t)r + 1);
	ret[device_text_size(ret)] = '\0';
	return 0;
}

/* Mb/s of "20.0 Gb/s", one lane's. */
static uint32_t read_speed(int device_fd)
{
	char text[32];
	unsigned gigabits, tenths;

	if (sysfs_read(device_fd, "rx_speed", text, sizeof(text)) < 0 ||
	    sscanf(text, "%4u.%1u Gb/s", &gigabits, &tenths) != 2)
		return 0;
	return gigabits * 1000 + tenths * 100;
}

static void hash(struct device *device)
{
	const uint8_t ids[] = { (uint8_t)(device->vendor >> 8), (uint8_t)device->vendor,
				(uint8_t)(device->product >> 8), (uint8_t)device->product };
	const char *const texts[] = { device->manufacturer, device->name, device->serial };
	crypto_hash_sha256_state state;

	crypto_hash_sha256_init(&state);
	crypto_hash_sha256_update(&state, ids, sizeof(ids));
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		crypto_hash_sha256_update(&state, (const uint8_t *)texts[i], strlen(texts[i]) + 1);
	crypto_hash_sha256_final(&state, device->digest);
}

int thunderbolt_identify(int device_fd, const struct place *place, struct device *ret)
{
	uint64_t value;
	int r;

	*ret = (struct device){ .bus = place->bus, .connect = place->connect, .n_interfaces = 1 };
	memcpy(ret->port, place->port, sizeof(ret->port));
	ret->interfaces[0].functions = FUNCTION_BIT(FUNCTION_OTHER);
	if (sysfs_read_number(device_fd, "vendor", 16, UINT16_MAX, &value) == 0)
		ret->vendor = (uint16_t)value;
	if (sysfs_read_number(device_fd, "device", 16, UINT16_MAX, &value) == 0)
		ret->product = (uint16_t)value;
	ret->speed_mbps = read_speed(device_fd);
	r = read_text(device_fd, "vendor_name", ret->manufacturer);
	if (r >= 0)
		r = read_text(device_fd, "device_name", ret->name);
	if (r >= 0)
		r = read_text(device_fd, "unique_id", ret->serial);
	ret->has_serial = ret->serial[0] != '\0';
	hash(ret);
	return r;
}

/* Attribute @name of the domain that the device is in; "" if there is none. */
static void read_domain(int sysfs_fd, const struct usbdev *dev, const char *name,
			char ret[static LEVEL_SIZE])
{
	char path[PLACE_PATH_SIZE + 32];
	const char *domain = strstr(dev->place.path, "/domain");
	int length;

	ret[0] = '\0';
	if (domain == NULL)
		return;
	length = (int)(domain + 1 + strcspn(domain + 1, "/") - dev->place.path);
	snprintf(path, sizeof(path), "%.*s/%s", length, dev->place.path, name);
	if (sysfs_read(sysfs_fd, path, ret, LEVEL_SIZE) < 0)
		ret[0] = '\0';
}

static bool is_authorized(const struct usbdev *dev)
{
	return bus_kind(BUS_THUNDERBOLT)->works(dev);
}

int thunderbolt_close(int sysfs_fd, const struct usbdev *dev)
{
	char supported[LEVEL_SIZE];

	if (!is_authorized(dev))
		return 0;
	read_domain(sysfs_fd, dev, "deauthorization", supported);
	if (strcmp(supported, "1") != 0)
		return -EOPNOTSUPP;
	return sysfs_write(dev->fd, "authorized", "0");
}

static bool waits_for_authorization(int sysfs_fd, const struct usbdev *dev)
{
	char level[LEVEL_SIZE];

	read_domain(sysfs_fd, dev, "security", level);
	return strcmp(level, "user") == 0 || strcmp(level, "secure") == 0;
}

int thunderbolt_open(int sysfs_fd, const struct usbdev *dev, char *why)
{
	bool permitted = dev->decision.n > 0 && decision_effect(&dev->decision, 0) != VERDICT_DENY;
	int r = 0;

	if (!permitted) {
		r = thunderbolt_close(sysfs_fd, dev);
		if (r == -EOPNOTSUPP)
			snprintf(why, BUS_KIND_WHY_SIZE,
				 "The controller does not take the device's authorization back.");
	} else if (!is_authorized(dev) && waits_for_authorization(sysfs_fd, dev)) {
		r = sysfs_write(dev->fd, "authorized", "1");
	}
	if (r < 0 && why[0] == '\0')
		snprintf(why, BUS_KIND_WHY_SIZE, "The kernel would not %s the device: %s",
			 permitted ? "authorize" : "close", strerror(-r));
	return r;
}
