#include "bluetooth_channels.h"

#include <string.h>

struct list {
	const struct bluetooth_terms *terms;
	struct bluetooth_channel *items;
	size_t n;
};

static void add(struct list *list, enum bluetooth_channel_kind kind, uint32_t number)
{
	struct bluetooth_channel *channel;

	if (list->n == BLUETOOTH_MAX_CHANNELS)
		return;
	channel = &list->items[list->n++];
	*channel = (struct bluetooth_channel){ .kind = (uint8_t)kind, .number = number };
	memcpy(channel->peer, list->terms->peer, sizeof(channel->peer));
}

static void add_records(struct list *list)
{
	const struct bluetooth_terms *terms = list->terms;

	for (size_t i = 0; i < terms->n_records && i < BLUETOOTH_MAX_RECORDS; i++) {
		const struct sdp_record *record = &terms->records[i];
		function_set functions;

		if (bluetooth_service_functions(record->uuid, terms->hid, &functions) < 0 ||
		    (functions & terms->permitted) == 0)
			continue;
		if (record->channel != 0)
			add(list, BLUETOOTH_RFCOMM, record->channel);
		if (record->psm != 0)
			add(list, BLUETOOTH_L2CAP, record->psm);
	}
}

/* Object exchange right over L2CAP listens where there is room, and of it are file transfer as well
 * as a phone's contents: who may do the one and not the other does without. */
static bool may_exchange(const struct bluetooth_terms *terms)
{
	const function_set phone = FUNCTION_BIT(FUNCTION_PHONE);

	return (terms->permitted & FUNCTION_BIT(FUNCTION_STORAGE)) != 0 &&
	       (terms->refused & phone) == 0;
}

size_t bluetooth_channels(const struct bluetooth_terms *terms,
			  struct bluetooth_channel ret[static BLUETOOTH_MAX_CHANNELS])
{
	struct list list = { .terms = terms, .items = ret };
	uint16_t psm;
	uint8_t channel;

	for (size_t i = 0; (psm = bluetooth_psm_at(i)) != 0; i++) {
		if ((bluetooth_psm_functions(psm) & terms->permitted) != 0)
			add(&list, BLUETOOTH_L2CAP, psm);
	}
	for (size_t i = 0; (channel = bluetooth_local_channel_at(i)) != 0; i++) {
		if ((bluetooth_local_channel_functions(channel) & terms->permitted) != 0)
			add(&list, BLUETOOTH_RFCOMM_LOCAL, channel);
	}
	if ((terms->permitted & FUNCTION_BIT(FUNCTION_AUDIO)) != 0)
		add(&list, BLUETOOTH_AUDIO, 0);
	if (may_exchange(terms))
		add(&list, BLUETOOTH_DYNAMIC, 0);
	if (terms->att) {
		add(&list, BLUETOOTH_ATT, 0);
		add(&list, BLUETOOTH_L2CAP, BLUETOOTH_PSM_ATT);
	}
	add_records(&list);
	return list.n;
}
