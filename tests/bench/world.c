#include "world.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/registered.h"

/* What the i-th rule of a document asks for. */
enum rule_kind {
	RULE_IDS,	/* half of them: one model */
	RULE_SERIAL,	/* a quarter: one device */
	RULE_NAME,	/* one model under one name */
	RULE_VENDOR,	/* all of a vendor */
	RULE_NAME_ONLY, /* a name, whoever made it: few */
};

struct text {
	char *bytes;
	size_t size, room;
};

__attribute__((format(printf, 2, 3))) static void append(struct text *text, const char *format, ...)
{
	va_list arguments;

	if (text->room - text->size < 512) {
		text->room = 2 * text->room + 4096;
		text->bytes = realloc(text->bytes, text->room);
		if (text->bytes == NULL)
			abort();
	}
	va_start(arguments, format);
	text->size += (size_t)vsnprintf(text->bytes + text->size, 512, format, arguments);
	va_end(arguments);
}

/* SplitMix64. */
uint32_t world_random(uint64_t *seed, uint32_t n)
{
	uint64_t z = *seed += 0x9e3779b97f4a7c15U;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9U;
	z = (z ^ z >> 27) * 0x94d049bb133111ebU;
	return (uint32_t)((z ^ z >> 31) % n);
}

static enum rule_kind rule_kind(uint32_t i)
{
	static const enum rule_kind kinds[8] = { RULE_IDS,    RULE_SERIAL, RULE_IDS,	RULE_NAME,
						 RULE_SERIAL, RULE_IDS,	   RULE_VENDOR, RULE_IDS };

	return i % 64 == 63 ? RULE_NAME_ONLY : kinds[i % 8];
}

/* 256 vendors of many products each, and vendors of their own for the rules by vendor. */
static uint16_t rule_vendor(uint32_t i)
{
	return (uint16_t)(rule_kind(i) == RULE_VENDOR ? 0x8000 + i % 0x4000 : 0x1000 + i % 256);
}

static uint16_t rule_product(uint32_t i)
{
	return (uint16_t)(0x0100 + i / 256);
}

static const char *rule_verdict(uint32_t i)
{
	return i % 3 == 0 ? "deny" : "allow";
}

static void set_medium(uint32_t i, struct world_device *ret)
{
	ret->vendor = (uint16_t)(0x2000 + i % 64);
	ret->product = (uint16_t)(1 + i / 64 % 32);
	snprintf(ret->serial, sizeof(ret->serial), "MS%08X", i * 2654435761U);
}

/* A rule of @kind out of @n_rules; the first 8 have each of them. */
static uint32_t some_rule(uint64_t *seed, uint32_t n_rules, enum rule_kind kind)
{
	uint32_t i = world_random(seed, n_rules);

	while (rule_kind(i) != kind)
		i = (i + 1) % n_rules;
	return i;
}

static void set_rule(uint64_t *seed, uint32_t n_rules, enum rule_kind kind,
		     struct world_device *ret)
{
	const uint32_t i = some_rule(seed, n_rules, kind);

	ret->vendor = rule_vendor(i);
	ret->product = rule_product(i);
	snprintf(ret->serial, sizeof(ret->serial), "RS%06X",
		 kind == RULE_SERIAL ? i : 0x800000 + world_random(seed, 0x700000));
	if (kind == RULE_NAME)
		snprintf(ret->name, sizeof(ret->name), "Model %u", i);
}

void world_device(uint64_t *seed, uint32_t n_media, uint32_t n_rules, struct world_device *ret)
{
	static const enum world_kind mix[16] = {
		WORLD_REGISTERED,     WORLD_REGISTERED,	 WORLD_REGISTERED,     WORLD_REGISTERED,
		WORLD_REGISTERED,     WORLD_REGISTERED,	 WORLD_NOT_REGISTERED, WORLD_NOT_REGISTERED,
		WORLD_NOT_REGISTERED, WORLD_RULE_IDS,	 WORLD_RULE_IDS,       WORLD_RULE_IDS,
		WORLD_RULE_SERIAL,    WORLD_RULE_SERIAL, WORLD_RULE_NAME,      WORLD_DEFAULT,
	};

	*ret = (struct world_device){ .kind = mix[world_random(seed, 16)], .name = "Stick" };
	switch (ret->kind) {
	case WORLD_REGISTERED:
		set_medium(world_random(seed, n_media), ret);
		break;
	case WORLD_NOT_REGISTERED:
		set_medium(world_random(seed, n_media), ret);
		ret->serial[0] = 'N';
		break;
	case WORLD_RULE_IDS:
		set_rule(seed, n_rules, RULE_IDS, ret);
		break;
	case WORLD_RULE_SERIAL:
		set_rule(seed, n_rules, RULE_SERIAL, ret);
		break;
	case WORLD_RULE_NAME:
		set_rule(seed, n_rules, RULE_NAME, ret);
		break;
	case WORLD_DEFAULT:
	case _WORLD_KIND_MAX:
		ret->vendor = 0x046d;
		ret->product = (uint16_t)world_random(seed, 0x10000);
		break;
	}
}

void world_prepare(struct device *ret)
{
	*ret = (struct device){
		.bus = BUS_USB,
		.manufacturer = "Maker",
		.port = "1-2",
		.connect = CONNECT_HOTPLUG,
		.speed_mbps = 480,
		.n_interfaces = 1,
		.interfaces = { { .config = 1 } },
		.n_triples = 1,
		.triples = { { .config = 1 } },
	};
}

void world_become(struct device *ret, const struct world_device *device)
{
	const bool keyboard = device->kind == WORLD_DEFAULT;
	struct device_interface *interface = &ret->interfaces[0];
	struct device_triple *triple = &ret->triples[0];

	ret->vendor = device->vendor;
	ret->product = device->product;
	ret->has_serial = device->serial[0] != '\0';
	memcpy(ret->serial, device->serial, sizeof(device->serial));
	memcpy(ret->name, device->name, sizeof(device->name));
	triple->class = interface->class = keyboard ? 0x03 : 0x08;
	triple->subclass = interface->subclass = keyboard ? 0x01 : 0x06;
	triple->protocol = interface->protocol = keyboard ? 0x01 : 0x50;
	interface->functions = FUNCTION_BIT(keyboard ? FUNCTION_KEYBOARD : FUNCTION_STORAGE);
}

uint8_t *world_table(uint32_t n, size_t *ret_size)
{
	struct registered_entry *entries = calloc(n, sizeof(*entries));
	struct world_device medium;
	uint8_t *bytes = NULL;

	if (entries == NULL)
		abort();
	for (uint32_t i = 0; i < n; i++) {
		set_medium(i, &medium);
		device_media_key(medium.vendor, medium.product, medium.serial, entries[i].key);
		entries[i].verdict = VERDICT_ALLOW;
		entries[i].functions = FUNCTION_BIT(FUNCTION_STORAGE);
		snprintf(entries[i].tag, sizeof(entries[i].tag), "T-%u", i);
	}
	if (registered_encode(entries, n, &bytes, ret_size) < 0)
		abort();
	free(entries);
	return bytes;
}

static void append_match(struct text *text, uint32_t i)
{
	const enum rule_kind kind = rule_kind(i);

	if (kind == RULE_NAME_ONLY) {
		append(text, "\"name\":\"Unit %u\"", i);
		return;
	}
	append(text, "\"vendor\":\"%04x\"", rule_vendor(i));
	if (kind != RULE_VENDOR)
		append(text, ",\"product\":\"%04x\"", rule_product(i));
	if (kind == RULE_SERIAL)
		append(text, ",\"serial\":\"RS%06X\"", i);
	if (kind == RULE_NAME)
		append(text, ",\"name\":\"Model %u\"", i);
}

char *world_rules(uint32_t n, bool rich)
{
	struct text text = { 0 };

	append(&text, "{\"schema\":\"devgate-rules-1\",\"name\":\"bench\",\"mode\":\"enforce\","
		      "\"rules\":[");
	for (uint32_t i = 0; i < n; i++) {
		append(&text, "%s{\"id\":\"r%u\",\"match\":{", i == 0 ? "" : ",\n", i);
		append_match(&text, i);
		if (rich && i % 16 == 5)
			append(&text, ",\"user\":\"alice\",\"time\":{\"days\":[\"mon\"],\"from\":"
				      "\"08:00\",\"to\":\"18:00\"}");
		append(&text, "},\"verdict\":\"%s\"}", rule_verdict(i));
	}
	append(&text, "],\"defaults\":{\"*\":\"deny\"}}");
	return text.bytes;
}

char *world_usbguard_rules(uint32_t n)
{
	struct text text = { 0 };

	append(&text, "%s", "");
	for (uint32_t i = 0; i < n; i++) {
		const enum rule_kind kind = rule_kind(i);

		append(&text, "%s", rule_verdict(i)[0] == 'd' ? "block" : "allow");
		if (kind == RULE_VENDOR)
			append(&text, " id %04x:*", rule_vendor(i));
		else if (kind != RULE_NAME_ONLY)
			append(&text, " id %04x:%04x", rule_vendor(i), rule_product(i));
		if (kind == RULE_SERIAL)
			append(&text, " serial \"RS%06X\"", i);
		if (kind == RULE_NAME)
			append(&text, " name \"Model %u\"", i);
		if (kind == RULE_NAME_ONLY)
			append(&text, " name \"Unit %u\"", i);
		append(&text, "\n");
	}
	return text.bytes;
}

char *world_usbguard_device(const struct world_device *device)
{
	struct text text = { 0 };

	append(&text,
	       "device id %04x:%04x serial \"%s\" name \"%s\" hash "
	       "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\" parent-hash "
	       "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\" via-port \"1-2\" "
	       "with-interface %s with-connect-type \"hotplug\"",
	       device->vendor, device->product, device->serial, device->name,
	       device->kind == WORLD_DEFAULT ? "03:01:01" : "08:06:50");
	return text.bytes;
}
