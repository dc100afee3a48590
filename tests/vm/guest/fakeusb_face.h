/* fakeusb_face - what fakeusb.c says of itself: its faces, and how they are put together from the
 * words of its command line, which are told there. */
#pragma once

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONFIGS_MAX = 8, STRINGS_MAX = 8, RULES_MAX = 32, FACES_MAX = 4 };

struct blob {
	uint8_t *bytes;
	size_t size;
};

/* What is said to a request: bytes, a stall, and how late. */
struct rule {
	uint8_t type, request;
	int value; /* of any if -1 */
	bool stalls, answers;
	int delay_ms;
	struct blob data;
};

enum trigger { ON_SIGNAL, ON_READS, ON_CONFIGURED, ON_TIME };

struct face {
	struct blob device, bos, configs[CONFIGS_MAX], strings[STRINGS_MAX];
	const char *serial; /* as given, for "%" */
	size_t n_configs, n_rules;
	bool own_configs; /* those of the face before are forgotten */
	struct rule rules[RULES_MAX];
	enum trigger trigger; /* when it is shown */
	int count, reconnect_ms;
};

/* All of its faces, the first being shown first. */
struct faces {
	struct face items[FACES_MAX];
	size_t n;
};

static void die(const char *what)
{
	fprintf(stderr, "fakeusb: %s: %s\n", what, strerror(errno));
	exit(1);
}

static struct blob unhex(const char *text)
{
	struct blob blob = { malloc(strlen(text) / 2 + 1), strlen(text) / 2 };

	for (size_t i = 0; i < blob.size; i++) {
		unsigned byte;

		if (sscanf(text + 2 * i, "%2x", &byte) != 1) {
			errno = EINVAL;
			die(text);
		}
		blob.bytes[i] = (uint8_t)byte;
	}
	return blob;
}

static void append(struct blob *blob, const void *bytes, size_t size)
{
	blob->bytes = realloc(blob->bytes, blob->size + size);
	memcpy(blob->bytes + blob->size, bytes, size);
	blob->size += size;
}

/* One character of UTF-8 as UTF-16; how many bytes of @text it is. */
static size_t decode(const uint8_t *text, uint16_t ret[2], size_t *ret_units)
{
	size_t size = text[0] < 0x80 ? 1 : text[0] < 0xe0 ? 2 : text[0] < 0xf0 ? 3 : 4;
	uint32_t point = size == 1 ? text[0] : text[0] & (0x7fu >> size);

	for (size_t i = 1; i < size && text[i] != 0; i++)
		point = point << 6 | (text[i] & 0x3f);
	*ret_units = point < 0x10000 ? 1 : 2;
	ret[0] = (uint16_t)(point < 0x10000 ? point : 0xd800 + ((point - 0x10000) >> 10));
	ret[1] = (uint16_t)(0xdc00 + ((point - 0x10000) & 0x3ff));
	return size;
}

static struct blob string_of(const char *text)
{
	struct blob blob = { 0 };

	append(&blob, (const uint8_t[]){ 0, 3 }, 2);
	for (const char *p = text; *p != '\0';) {
		uint16_t units[2];
		size_t n;

		p += decode((const uint8_t *)p, units, &n);
		for (size_t i = 0; i < n; i++)
			append(&blob,
			       (const uint8_t[]){ (uint8_t)units[i], (uint8_t)(units[i] >> 8) }, 2);
	}
	blob.bytes[0] = (uint8_t)(blob.size > 255 ? 255 : blob.size);
	return blob;
}

/* wTotalLength and bNumInterfaces, as they should be. */
static void close_config(struct blob *config, unsigned interfaces)
{
	config->bytes[2] = (uint8_t)config->size;
	config->bytes[3] = (uint8_t)(config->size >> 8);
	config->bytes[4] = (uint8_t)interfaces;
}

/* An interface with the endpoints that a driver of its class asks for. */
static void add_interface(struct blob *config, unsigned number, unsigned alternate, unsigned class)
{
	const uint8_t in = (uint8_t)(0x81 + number % 15), out = (uint8_t)(1 + number % 15);
	const bool hid = class >> 16 == 3, hub = class >> 16 == 9;
	const uint8_t endpoints = hid || hub ? 1 : 2;

	append(config,
	       (const uint8_t[]){ 9, 4, (uint8_t)number, (uint8_t)alternate, endpoints,
				  (uint8_t)(class >> 16), (uint8_t)(class >> 8), (uint8_t) class,
				  0 },
	       9);
	if (hid)
		append(config, (const uint8_t[]){ 9, 0x21, 0x11, 1, 0, 1, 0x22, 63, 0 }, 9);
	append(config,
	       (const uint8_t[]){ 7, 5, in, hid || hub ? 3 : 2, hid || hub ? 8 : 0,
				  hid || hub ? 0 : 2, 10 },
	       7);
	if (endpoints == 2)
		append(config, (const uint8_t[]){ 7, 5, out, 2, 0, 2, 0 }, 7);
}

static struct blob *new_config(struct face *face)
{
	if (face->own_configs)
		face->own_configs = false, face->n_configs = 0;
	if (face->n_configs == CONFIGS_MAX) {
		errno = E2BIG;
		die("config");
	}
	face->configs[face->n_configs] = (struct blob){ 0 };
	return &face->configs[face->n_configs++];
}

static void parse_interfaces(struct face *face, char *list)
{
	struct blob *config = new_config(face);
	unsigned next = 0, distinct = 0;

	append(config, (const uint8_t[]){ 9, 2, 0, 0, 0, (uint8_t)face->n_configs, 0, 0x80, 50 },
	       9);
	for (char *save, *item = strtok_r(list, ",", &save); item != NULL;
	     item = strtok_r(NULL, ",", &save)) {
		unsigned class, number = next, alternate = 0;

		sscanf(item, "%6x@%u.%u", &class, &number, &alternate);
		add_interface(config, number, alternate, class);
		distinct += alternate == 0;
		next = number + 1;
	}
	close_config(config, distinct);
}

/* Descriptors of a type that nobody knows. */
static void pad_config(struct blob *config, size_t size)
{
	while (config->size < size) {
		uint8_t filler[255] = { 0 };
		size_t rest = size - config->size, n = rest < 255 ? rest : rest < 257 ? 128 : 255;

		filler[0] = (uint8_t)n;
		filler[1] = 0xff;
		append(config, filler, n);
	}
	close_config(config, config->bytes[4]);
}

static struct rule *new_rule(struct face *face, const char *text)
{
	struct rule *rule = &face->rules[face->n_rules++];
	unsigned type = 0, request = 0, value = 0;
	int n;

	if (face->n_rules == RULES_MAX) {
		errno = E2BIG;
		die("rules");
	}
	n = sscanf(text, "%2x%2x%4x", &type, &request, &value);
	*rule = (struct rule){ .type = (uint8_t)type, .request = (uint8_t)request };
	rule->value = n == 3 ? (int)value : -1;
	return rule;
}

static void set_string(struct face *face, unsigned index, struct blob text)
{
	if (index < STRINGS_MAX)
		face->strings[index] = text;
	if (face->device.size == 18 && index >= 1 && index <= 3)
		face->device.bytes[13 + index] = (uint8_t)index;
}

static void set_device(struct face *face, unsigned at, unsigned value, size_t size)
{
	for (size_t i = 0; i < size; i++)
		face->device.bytes[at + i] = (uint8_t)(value >> (8 * i));
}

/* The next face, which begins as a copy of the one before. */
static struct face *add_face(struct faces *faces, const char *when)
{
	struct face *last = &faces->items[faces->n - 1], *face = last + 1;

	if (faces->n == FACES_MAX) {
		errno = E2BIG;
		die("then");
	}
	*face = *last;
	face->device = (struct blob){ 0 };
	append(&face->device, last->device.bytes, last->device.size);
	face->own_configs = true;
	face->reconnect_ms = -1;
	face->trigger = ON_SIGNAL;
	if (sscanf(when, "read:%d", &face->count) == 1)
		face->trigger = ON_READS;
	else if (sscanf(when, "after:%d", &face->count) == 1)
		face->trigger = ON_TIME;
	else if (strcmp(when, "configured") == 0)
		face->trigger = ON_CONFIGURED;
	faces->n++;
	return face;
}

static bool set_text(struct face *face, const char *key, const char *value)
{
	unsigned a, b;

	if (strcmp(key, "ids") == 0 && sscanf(value, "%4x:%4x", &a, &b) == 2) {
		set_device(face, 8, a, 2);
		set_device(face, 10, b, 2);
	} else if (strcmp(key, "class") == 0 && sscanf(value, "%6x", &a) == 1) {
		set_device(face, 4, a >> 16 | (a & 0xff00) | (a & 0xff) << 16, 3);
	} else if (strcmp(key, "manufacturer") == 0) {
		set_string(face, 1, string_of(value));
	} else if (strcmp(key, "name") == 0) {
		set_string(face, 2, string_of(value));
	} else if (strcmp(key, "serial") == 0) {
		face->serial = value;
		set_string(face, 3, string_of(value));
	} else if (strcmp(key, "string") == 0) {
		set_string(face, (unsigned)atoi(value), unhex(strchr(value, ':') + 1));
	} else {
		return false;
	}
	return true;
}

static bool set_bytes(struct face *face, const char *key, char *value)
{
	struct blob *last = face->n_configs == 0 ? NULL : &face->configs[face->n_configs - 1];

	if (strcmp(key, "interfaces") == 0) {
		parse_interfaces(face, value);
	} else if (strcmp(key, "config") == 0) {
		*new_config(face) = unhex(value);
	} else if (strcmp(key, "pad") == 0 && last != NULL) {
		pad_config(last, (size_t)atoi(value));
	} else if (strcmp(key, "patch") == 0 && last != NULL) {
		struct blob patch = unhex(strchr(value, ':') + 1);

		memcpy(last->bytes + atoi(value), patch.bytes, patch.size);
	} else if (strcmp(key, "device") == 0) {
		face->device = unhex(value);
	} else if (strcmp(key, "configs") == 0) {
		set_device(face, 17, (unsigned)atoi(value), 1);
		return true; /* the lie stays */
	} else if (strcmp(key, "bos") == 0) {
		face->bos = unhex(value);
	} else {
		return false;
	}
	if (strcmp(key, "interfaces") == 0 || strcmp(key, "config") == 0)
		set_device(face, 17, (unsigned)face->n_configs, 1);
	return true;
}

static bool set_rule(struct face *face, const char *key, const char *value)
{
	const char *colon = strchr(value, ':');
	struct rule *rule;

	if (strcmp(key, "answer") == 0 && colon != NULL) {
		rule = new_rule(face, value);
		rule->answers = true;
		rule->data = unhex(colon + 1);
	} else if (strcmp(key, "stall") == 0) {
		new_rule(face, value)->stalls = true;
	} else if (strcmp(key, "delay") == 0 && colon != NULL) {
		new_rule(face, value)->delay_ms = atoi(colon + 1);
	} else {
		return false;
	}
	return true;
}
