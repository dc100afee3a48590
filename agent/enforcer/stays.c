#include "stays.h"

#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "marks.h"
#include "record.h"

static struct stay *find_instance(struct stays *stays, const char *instance)
{
	for (size_t i = 0; i < STAYS_MAX; i++) {
		if (stays->items[i].number != 0 && strcmp(stays->items[i].instance, instance) == 0)
			return &stays->items[i];
	}
	return NULL;
}

void stays_finish(struct stays *stays)
{
	for (size_t i = 0; i < STAYS_MAX; i++)
		json_decref(stays->items[i].device);
	*stays = (struct stays){ 0 };
}

/* From 1 to MARKS_STAY_MAX. */
static uint32_t number_of(const char *instance)
{
	uint8_t hash[crypto_hash_sha256_BYTES];
	uint32_t number;

	crypto_hash_sha256(hash, (const uint8_t *)instance, strlen(instance));
	memcpy(&number, hash, sizeof(number));
	return number % MARKS_STAY_MAX + 1;
}

uint32_t stays_number(struct stays *stays, const struct usbdev *dev)
{
	struct stay *stay = find_instance(stays, dev->instance);
	uint32_t number;
	json_t *device;

	if (stay != NULL)
		return stay->number;
	device = record_device(dev);
	if (device == NULL)
		return 0;
	number = number_of(dev->instance);
	while (stays_find(stays, number) != NULL)
		number = number % MARKS_STAY_MAX + 1;
	stay = &stays->items[stays->at];
	stays->at = (stays->at + 1) % STAYS_MAX;
	json_decref(stay->device);
	*stay = (struct stay){ .number = number, .device = device };
	snprintf(stay->instance, sizeof(stay->instance), "%s", dev->instance);
	return stay->number;
}

void stays_end(struct stays *stays, const char *instance)
{
	struct stay *stay = find_instance(stays, instance);

	if (stay != NULL)
		stay->ended = true;
}

const struct stay *stays_find(const struct stays *stays, uint32_t number)
{
	for (size_t i = 0; number != 0 && i < STAYS_MAX; i++) {
		if (stays->items[i].number == number)
			return &stays->items[i];
	}
	return NULL;
}
