/* The table of conditions, and a rule's "match", which is some of them. */
#include "condition.h"

#include <errno.h>
#include <string.h>

#include "internal.h"
#include "reader.h"
#include "shapes.h"

static const char *function_word(int i)
{
	return function_to_text((enum function)i);
}

static int function_asked(const struct question *question)
{
	return (int)question->function;
}

static const char *bus_word(int i)
{
	return bus_to_text((enum bus)i);
}

static int bus_of(const struct question *question)
{
	return (int)question->device->bus;
}

static const char *connect_word(int i)
{
	return connect_type_to_text((enum connect_type)i);
}

static int connect_of(const struct question *question)
{
	return (int)question->device->connect;
}

static const char *identity_word(int i)
{
	return identity_to_text((enum identity)i);
}

static int identity_of(const struct question *question)
{
	return (int)question->circumstances->identity;
}

static const char *session_word(int i)
{
	return session_to_text((enum session)i);
}

static int session_of(const struct question *question)
{
	return (int)question->circumstances->session;
}

static const char *site_word(int i)
{
	return site_to_text((enum site)i);
}

static int site_of(const struct question *question)
{
	return (int)question->circumstances->site;
}

static const char *encryption_word(int i)
{
	return encryption_to_text((enum encryption)i);
}

static int encryption_of(const struct question *question)
{
	return (int)question->circumstances->encryption;
}

static uint16_t vendor_of(const struct question *question)
{
	return question->device->vendor;
}

static uint16_t product_of(const struct question *question)
{
	return question->device->product;
}

static const uint8_t *digest_of(const struct question *question)
{
	return question->device->digest;
}

static const uint8_t *usbguard_hash_of(const struct question *question)
{
	return question->device->has_usbguard_hash ? question->device->usbguard_hash : NULL;
}

static const uint8_t *usbguard_parent_hash_of(const struct question *question)
{
	return question->device->has_usbguard_parent_hash ? question->device->usbguard_parent_hash
							  : NULL;
}

/* What every device has, be it empty. */
static const char *text_of_device(const char *text, size_t i, bool *ret_known)
{
	*ret_known = true;
	return i == 0 ? text : NULL;
}

static const char *serial_of(const struct question *question, size_t i, bool *ret_known)
{
	const struct device *device = question->device;

	return text_of_device(device->has_serial ? device->serial : NULL, i, ret_known);
}

static const char *port_of(const struct question *question, size_t i, bool *ret_known)
{
	return text_of_device(question->device->port, i, ret_known);
}

static const char *name_of(const struct question *question, size_t i, bool *ret_known)
{
	return text_of_device(question->device->name, i, ret_known);
}

static const char *manufacturer_of(const struct question *question, size_t i, bool *ret_known)
{
	return text_of_device(question->device->manufacturer, i, ret_known);
}

/* A fact, of which NULL says that it is not known. */
static const char *text_of_fact(const char *text, size_t i, bool *ret_known)
{
	*ret_known = text != NULL;
	return i == 0 ? text : NULL;
}

/* Nobody is not a user whose name is empty: no condition on the user holds. */
static const char *user_of(const struct question *question, size_t i, bool *ret_known)
{
	const char *text = text_of_fact(question->circumstances->user, i, ret_known);

	return text == NULL || text[0] == '\0' ? NULL : text;
}

static const char *group_of(const struct question *question, size_t i, bool *ret_known)
{
	const struct circumstances *circumstances = question->circumstances;

	*ret_known = circumstances->groups != NULL;
	return *ret_known && i < circumstances->n_groups ? circumstances->groups[i] : NULL;
}

static const char *host_of(const struct question *question, size_t i, bool *ret_known)
{
	return text_of_fact(question->circumstances->host, i, ret_known);
}

static const char *unit_of(const struct question *question, size_t i, bool *ret_known)
{
	return text_of_fact(question->circumstances->unit, i, ret_known);
}

static const char *classification_of(const struct question *question, size_t i, bool *ret_known)
{
	return text_of_fact(question->circumstances->classification, i, ret_known);
}

static const char *label_of(const struct question *question, size_t i, bool *ret_known)
{
	return text_of_fact(question->circumstances->label, i, ret_known);
}

/* A device whose speed is not known has none that a condition could be about. */
static int64_t speed_of(const struct question *question)
{
	const uint32_t speed = question->device->speed_mbps;

	return speed == 0 ? NUMBER_NONE : (int64_t)speed;
}

static int64_t known_days_of(const struct question *question)
{
	return question->circumstances->known_days;
}

static int64_t count_of(const struct question *question)
{
	return question->circumstances->count[question->function];
}

static int64_t media_bytes_of(const struct question *question)
{
	return question->circumstances->media_bytes;
}

static int64_t violations_of(const struct question *question)
{
	return question->circumstances->violations;
}

static int64_t hosts_seen_of(const struct question *question)
{
	return question->circumstances->hosts_seen;
}

static int64_t denials_of(const struct question *question)
{
	return question->circumstances->denials;
}

/* USB 2.0 section 5.3.1.1 and USB 3.2 section 3.1; low speed, 1.5 Mb/s, is 1 in struct device. */
static const struct number_word speeds[] = {
	{ "low", { 1, 1 } },
	{ "full", { 12, 12 } },
	{ "high", { 480, 480 } },
	{ "super", { 5000, 5000 } },
	{ "super-plus", { 10000, UINT32_MAX } },
	{ NULL, { 0, 0 } },
};

#define WORDS(n, first, word, value) words_parse, words_holds, .words = { n, first, word, value }
#define TEXTS(forms, text)	     texts_parse, texts_holds, .texts = { forms, text }
#define IDS(id)			     ids_parse, ids_holds, .ids = { id }
#define DIGESTS(base64, digest)	     digests_parse, digests_holds, .digests = { base64, digest }

/* Those without words, and not in bytes. */
#define NUMBERS(max, number) numbers_parse, numbers_holds, .numbers = { max, false, NULL, number }

const struct condition_type condition_types[_CONDITION_MAX] = {
	[CONDITION_FUNCTION] = { "function",
				 WORDS(_FUNCTION_MAX, 0, function_word, function_asked) },
	[CONDITION_BUS] = { "bus", WORDS(_BUS_MAX, 0, bus_word, bus_of) },
	[CONDITION_CONNECT] = { "connect", WORDS(_CONNECT_MAX, 0, connect_word, connect_of) },
	[CONDITION_VENDOR] = { "vendor", IDS(vendor_of) },
	[CONDITION_PRODUCT] = { "product", IDS(product_of) },
	[CONDITION_SERIAL] = { "serial", TEXTS(TEXT_RANGE, serial_of) },
	[CONDITION_DIGEST] = { "digest", DIGESTS(false, digest_of) },
	[CONDITION_USBGUARD_HASH] = { "usbguard-hash", DIGESTS(true, usbguard_hash_of) },
	[CONDITION_USBGUARD_PARENT_HASH] = { "usbguard-parent-hash",
					     DIGESTS(true, usbguard_parent_hash_of) },
	[CONDITION_PORT] = { "port", TEXTS(TEXT_PORT, port_of) },
	[CONDITION_NAME] = { "name", TEXTS(TEXT_EMPTY, name_of) },
	[CONDITION_MANUFACTURER] = { "manufacturer", TEXTS(TEXT_EMPTY, manufacturer_of) },
	[CONDITION_INTERFACES] = { "interfaces", interfaces_parse, interfaces_holds },
	[CONDITION_SPEED] = { "speed", numbers_parse, numbers_holds,
			      .numbers = { UINT32_MAX, false, speeds, speed_of } },
	[CONDITION_IDENTITY] = { "identity",
				 WORDS(_IDENTITY_MAX, IDENTITY_NONE, identity_word, identity_of),
				 .facts = FACT_IDENTITY },
	[CONDITION_USER] = { "user", TEXTS(0, user_of), .facts = FACT_USER },
	[CONDITION_GROUP] = { "group", TEXTS(0, group_of), .facts = FACT_GROUP },
	[CONDITION_HOST] = { "host", TEXTS(0, host_of), .facts = FACT_HOST },
	[CONDITION_UNIT] = { "unit", TEXTS(0, unit_of), .facts = FACT_UNIT },
	[CONDITION_CLASSIFICATION] = { "classification", TEXTS(0, classification_of),
				       .facts = FACT_CLASSIFICATION },
	[CONDITION_TIME] = { "time", times_parse, times_holds, .facts = FACT_TIME },
	[CONDITION_SESSION] = { "session",
				WORDS(_SESSION_MAX, SESSION_NONE, session_word, session_of),
				.facts = FACT_SESSION },
	[CONDITION_SITE] = { "site", WORDS(_SITE_MAX, SITE_OFF, site_word, site_of),
			     .facts = FACT_SITE },
	[CONDITION_FIRST_SEEN_DAYS] = { "first-seen-days", NUMBERS(INT32_MAX, known_days_of),
					.facts = FACT_FIRST_SEEN },
	[CONDITION_COUNT] = { "count", NUMBERS(INT32_MAX, count_of), .facts = FACT_COUNT },
	[CONDITION_ENCRYPTION] = { "encryption",
				   WORDS(_ENCRYPTION_MAX, ENCRYPTION_NONE, encryption_word,
					 encryption_of),
				   .facts = FACT_ENCRYPTION, .media = true },
	[CONDITION_SIZE] = { "size", numbers_parse, numbers_holds,
			     .numbers = { INT64_MAX, true, NULL, media_bytes_of },
			     .facts = FACT_SIZE, .media = true },
	[CONDITION_LABEL] = { "label", TEXTS(TEXT_EMPTY, label_of), .facts = FACT_LABEL,
			      .media = true },
	[CONDITION_VIOLATIONS] = { "violations", NUMBERS(INT32_MAX, violations_of),
				   .facts = FACT_VIOLATIONS },
	[CONDITION_HOSTS_SEEN] = { "hosts-seen", NUMBERS(INT32_MAX, hosts_seen_of),
				   .facts = FACT_HOSTS_SEEN },
	[CONDITION_HISTORY] = { "history", NUMBERS(INT32_MAX, denials_of), .facts = FACT_HISTORY },
};
