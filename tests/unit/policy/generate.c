#include "generate_words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* SplitMix64, after Steele, Lea and Flood. */
uint32_t generate_below(struct generator *generator, uint32_t n)
{
	uint64_t z = generator->state += 0x9e3779b97f4a7c15U;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9U;
	z = (z ^ z >> 27) * 0x94d049bb133111ebU;
	return (uint32_t)((z ^ z >> 31) % n);
}

bool generate_once_in(struct generator *generator, uint32_t n)
{
	return generate_below(generator, n) == 0;
}

/* Mostly one function, sometimes two, rarely none. */
static function_set make_functions(struct generator *generator)
{
	static const enum function often[] = { FUNCTION_STORAGE, FUNCTION_STORAGE, FUNCTION_STORAGE,
					       FUNCTION_PHONE, FUNCTION_KEYBOARD };
	function_set functions = generate_once_in(generator, 4)
					 ? FUNCTION_BIT(generate_below(generator, _FUNCTION_MAX))
					 : FUNCTION_BIT(PICK(generator, often));

	if (generate_once_in(generator, 6))
		functions |= FUNCTION_BIT(generate_below(generator, _FUNCTION_MAX));
	return generate_once_in(generator, 60) ? 0 : functions;
}

static void make_texts(struct generator *generator, struct device *device)
{
	device->has_serial = !generate_once_in(generator, 5);
	if (device->has_serial)
		snprintf(device->serial, sizeof(device->serial), "%s", PICK(generator, serials));
	if (!generate_once_in(generator, 6))
		snprintf(device->name, sizeof(device->name), "%s", PICK(generator, names));
	else if (generate_once_in(generator, 2))
		snprintf(device->name, sizeof(device->name), "Da\xc3ta\xff");
	if (!generate_once_in(generator, 6))
		snprintf(device->manufacturer, sizeof(device->manufacturer), "%s",
			 PICK(generator, names));
	snprintf(device->port, sizeof(device->port), "%s", PICK(generator, ports));
}

static enum bus generate_bus(struct generator *generator)
{
	return generate_once_in(generator, 4) ? (enum bus)generate_below(generator, _BUS_MAX)
					      : BUS_USB;
}

void generate_device(struct generator *generator, struct device *ret)
{
	*ret = (struct device){
		.bus = generate_bus(generator),
		.vendor = PICK(generator, vendors),
		.product = PICK(generator, products),
		.connect = (enum connect_type)generate_below(generator, _CONNECT_MAX),
		.speed_mbps = PICK(generator, speeds),
		.n_interfaces = 1 + generate_below(generator, 3),
		.n_triples = generate_below(generator, 4),
		.has_usbguard_hash = generate_once_in(generator, 2),
		.has_usbguard_parent_hash = generate_once_in(generator, 2),
	};
	make_texts(generator, ret);
	memset(ret->digest, (int)generate_below(generator, DIGESTS), sizeof(ret->digest));
	memset(ret->usbguard_hash, (int)generate_below(generator, DIGESTS),
	       sizeof(ret->usbguard_hash));
	memset(ret->usbguard_parent_hash, (int)generate_below(generator, DIGESTS),
	       sizeof(ret->usbguard_parent_hash));
	for (size_t i = 0; i < ret->n_interfaces; i++) {
		ret->interfaces[i].config = 1;
		ret->interfaces[i].number = (uint8_t)i;
		ret->interfaces[i].functions = make_functions(generator);
	}
	for (size_t i = 0; i < ret->n_triples; i++) {
		const uint8_t *codes = PICK(generator, triples);

		ret->triples[i] =
			(struct device_triple){ 1, (uint8_t)i, codes[0], codes[1], codes[2] };
	}
}

void generate_circumstances(struct generator *generator, struct generated_circumstances *ret)
{
	struct circumstances *now = &ret->now;

	for (size_t i = 0; i < GENERATE_GROUPS; i++)
		ret->groups[i] = PICK(generator, people);
	*now = (struct circumstances){
		.told = { -1, -1 },
		.user = generate_once_in(generator, 6) ? "" : PICK(generator, people),
		.groups = ret->groups,
		.n_groups = generate_below(generator, GENERATE_GROUPS + 1),
		.host = PICK(generator, hosts),
		.unit = PICK(generator, people),
		.minute = (int)(generate_once_in(generator, 2)
					? 60 * generate_below(generator, MINUTES_OF_WEEK / 60)
					: generate_below(generator, MINUTES_OF_WEEK)),
		.session = (enum session)(1 + generate_below(generator, _SESSION_MAX - 1)),
		.site = (enum site)(1 + generate_below(generator, _SITE_MAX - 1)),
		.known_days = (int32_t)generate_below(generator, 4),
		.identity = (enum identity)(1 + generate_below(generator, _IDENTITY_MAX - 1)),
		.encryption = (enum encryption)(1 + generate_below(generator, _ENCRYPTION_MAX - 1)),
		.media_bytes = PICK(generator, sizes),
		.label = generate_once_in(generator, 4) ? "" : PICK(generator, labels),
		.classification = PICK(generator, classes),
		.violations = (int32_t)generate_below(generator, 4),
		.hosts_seen = (int32_t)generate_below(generator, 4),
		.denials = (int32_t)generate_below(generator, 4),
	};
	for (int f = 0; f < _FUNCTION_MAX; f++)
		now->count[f] = (int32_t)generate_below(generator, 4);
	for (fact_set fact = 1; fact < _FACT_ALL; fact <<= 1)
		if (generate_once_in(generator, 8))
			generate_forget(now, fact);
}

void generate_forget(struct circumstances *now, fact_set fact)
{
	switch ((enum fact)fact) {
	case FACT_USER:
		now->user = NULL;
		break;
	case FACT_GROUP:
		now->groups = NULL;
		break;
	case FACT_HOST:
		now->host = NULL;
		break;
	case FACT_UNIT:
		now->unit = NULL;
		break;
	case FACT_TIME:
		now->minute = -1;
		break;
	case FACT_SESSION:
		now->session = SESSION_UNKNOWN;
		break;
	case FACT_SITE:
		now->site = SITE_UNKNOWN;
		break;
	case FACT_FIRST_SEEN:
		now->known_days = -1;
		break;
	case FACT_COUNT:
		memcpy(now->count, circumstances_unknown.count, sizeof(now->count));
		break;
	case FACT_IDENTITY:
		now->identity = IDENTITY_UNKNOWN;
		break;
	case FACT_ENCRYPTION:
		now->encryption = ENCRYPTION_UNKNOWN;
		break;
	case FACT_SIZE:
		now->media_bytes = -1;
		break;
	case FACT_LABEL:
		now->label = NULL;
		break;
	case FACT_CLASSIFICATION:
		now->classification = NULL;
		break;
	case FACT_VIOLATIONS:
		now->violations = -1;
		break;
	case FACT_HOSTS_SEEN:
		now->hosts_seen = -1;
		break;
	case FACT_HISTORY:
		now->denials = -1;
		break;
	case _FACT_ALL:
		*now = circumstances_unknown;
		break;
	}
	if (now->groups == NULL)
		now->n_groups = 0;
}

size_t generate_media(struct generator *generator, bool revoked,
		      struct reference_medium ret[static GENERATE_MEDIA])
{
	static const char *const tags[GENERATE_MEDIA] = { "T-0", "T-1", "T-2", "T-3",
							  "T-4", "T-5", "T-6", "T-7" };
	const size_t wanted = generate_below(generator, revoked ? 3 : GENERATE_MEDIA + 1);
	size_t n = 0;

	for (size_t i = 0; i < wanted; i++) {
		struct reference_medium medium = {
			.bus = generate_bus(generator),
			.vendor = PICK(generator, vendors),
			.product = PICK(generator, products),
			.serial = PICK(generator, serials),
			.bound = generate_once_in(generator, 4),
			.verdict = revoked ? VERDICT_DENY
					   : (enum verdict)generate_below(generator, _VERDICT_MAX),
			.modifiers = (modifier_set)(revoked ? 0 : generate_below(generator, 16)),
			.functions = revoked || generate_once_in(generator, 3)
					     ? ~(function_set)0
					     : FUNCTION_BIT(FUNCTION_STORAGE) |
						       FUNCTION_BIT(generate_below(generator,
										   _FUNCTION_MAX)),
			.tag = tags[i],
		};
		bool taken = false;

		/* A digest of zeros is written for "any". */
		if (medium.bound)
			memset(medium.digest, 1 + (int)generate_below(generator, DIGESTS - 1),
			       sizeof(medium.digest));
		for (size_t j = 0; j < n; j++)
			taken = taken ||
				(ret[j].bus == medium.bus && ret[j].vendor == medium.vendor &&
				 ret[j].product == medium.product &&
				 ret[j].serial == medium.serial);
		if (!taken)
			ret[n++] = medium;
	}
	return n;
}

struct registered generate_table(const struct reference_medium *media, size_t n,
				 uint8_t **ret_bytes)
{
	struct registered_entry entries[GENERATE_MEDIA] = { 0 };
	struct registered table;
	size_t size;

	for (size_t i = 0; i < n; i++) {
		const struct device_claim claim = { media[i].bus, media[i].vendor, media[i].product,
						    media[i].serial };

		device_claim_key(&claim, entries[i].key);
		memcpy(entries[i].digest, media[i].digest, sizeof(entries[i].digest));
		entries[i].verdict = media[i].verdict;
		entries[i].modifiers = media[i].modifiers;
		entries[i].functions = media[i].functions;
		snprintf(entries[i].tag, sizeof(entries[i].tag), "%s", media[i].tag);
	}
	if (registered_encode(entries, n, ret_bytes, &size) < 0 ||
	    registered_open(&table, *ret_bytes, size, true) < 0)
		abort();
	return table;
}
