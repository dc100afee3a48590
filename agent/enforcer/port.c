#include "port.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

/* Skip one or more digits; NULL if there is none. */
static const char *skip_number(const char *p)
{
	if (!isdigit((unsigned char)*p))
		return NULL;
	while (isdigit((unsigned char)*p))
		p++;
	return p;
}

/* Skip "<bus>-<port>[.<port>...]"; NULL if @p does not begin so. */
static const char *skip_port(const char *p)
{
	p = skip_number(p);
	if (p == NULL || *p != '-')
		return NULL;
	do {
		p = skip_number(p + 1);
	} while (p != NULL && *p == '.');
	return p;
}

/* A number of 0 to 255 that ends at @end.  -EINVAL if there is none. */
static int parse_byte(const char *p, char end, const char **ret_end)
{
	int value = 0;

	if (!isdigit((unsigned char)*p))
		return -EINVAL;
	for (; isdigit((unsigned char)*p); p++) {
		value = value * 10 + (*p - '0');
		if (value > 255)
			return -EINVAL;
	}
	if (*p != end)
		return -EINVAL;
	*ret_end = p;
	return value;
}

bool port_is_root_hub(const char *name)
{
	const char *end;

	if (strncmp(name, "usb", 3) != 0)
		return false;
	end = skip_number(name + 3);
	return end != NULL && *end == '\0';
}

bool port_is_device(const char *name)
{
	const char *end = skip_port(name);

	return end != NULL && *end == '\0' && end - name < DEVICE_PORT_SIZE;
}

bool port_is_root_interface(const char *name)
{
	const char *p = skip_number(name);

	return p != NULL && strncmp(p, "-0:", 3) == 0;
}

int port_parse_interface(const char *name, struct port_interface *ret)
{
	const char *colon = skip_port(name), *p;
	int config, number;

	if (colon == NULL || *colon != ':' || colon - name >= DEVICE_PORT_SIZE ||
	    port_is_root_interface(name))
		return -EINVAL;
	config = parse_byte(colon + 1, '.', &p);
	if (config < 0)
		return config;
	number = parse_byte(p + 1, '\0', &p);
	if (number < 0)
		return number;
	memcpy(ret->port, name, (size_t)(colon - name));
	ret->port[colon - name] = '\0';
	ret->config = (uint8_t)config;
	ret->number = (uint8_t)number;
	return 0;
}

int port_of_path(const char *path, struct port_interface *ret)
{
	int r = -ENODEV;

	for (const char *p = path; *p != '\0';) {
		size_t length = strcspn(p, "/");
		char component[NAME_MAX + 1];

		if (length < sizeof(component)) {
			memcpy(component, p, length);
			component[length] = '\0';
			if (port_parse_interface(component, ret) == 0)
				r = 0;
		}
		p += length;
		p += strspn(p, "/");
	}
	return r;
}

bool port_in_path(const char *path, const char *component)
{
	size_t wanted = strlen(component);

	for (const char *p = path; *p != '\0';) {
		size_t length = strcspn(p, "/");

		if (length == wanted && memcmp(p, component, wanted) == 0)
			return true;
		p += length;
		p += strspn(p, "/");
	}
	return false;
}
