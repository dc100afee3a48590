#include "grant.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "json_text.h"
#include "text.h"

#define SCHEMA "devgate-grant-1"

enum { MAX_DEPTH = 3, SECONDS_OF_MINUTE = 60 };

static const struct {
	const char *word, *sentence;
} refusals[_GRANT_REFUSAL_MAX] = {
	[GRANT_OK] = { "ok", "The grant is good." },
	[GRANT_MALFORMED] = { "malformed", "The envelope or the grant has not the right form." },
	[GRANT_WRONG_TYPE] = { "wrong-type", "The envelope holds something else than a grant." },
	[GRANT_UNKNOWN_KEY] = { "unknown-key",
				"It is signed with a key that the trust root does not list for "
				"grants." },
	[GRANT_BAD_SIGNATURE] = { "bad-signature",
				  "A signature does not fit: the grant was changed after it was "
				  "signed." },
	[GRANT_TOO_FEW] = { "too-few-signatures",
			    "Fewer officers have signed than the trust root asks for." },
	[GRANT_EXPIRED] = { "expired",
			    "Its time is over, or the trust root it is judged by has expired." },
	[GRANT_OLD] = { "old-version", "A version at least as new is known already." },
	[GRANT_OTHER_HOST] = { "other-host", "It is for another workstation." },
	[GRANT_BEYOND_POLICY] = { "beyond-policy",
				  "It gives more than the policy in force lets be granted." },
	[GRANT_TOO_MANY] = { "too-many", "The workstation holds as many grants as it can." },
};

const char *grant_refusal_to_text(enum grant_refusal refusal)
{
	return refusals[refusal].word;
}

const char *grant_refusal_explain(enum grant_refusal refusal)
{
	return refusals[refusal].sentence;
}

static int read_id(const char *text, uint16_t *ret)
{
	uint8_t bytes[2];

	if (text_unhex(text, bytes, sizeof(bytes)) < 0)
		return -EBADMSG;
	*ret = (uint16_t)(bytes[0] << 8 | bytes[1]);
	return 0;
}

static int parse_device(json_t *object, struct grant *grant)
{
	const char *bus, *vendor, *product, *serial;
	json_error_t error;

	if (json_unpack_ex(object, &error, JSON_STRICT, "{s:s, s:s, s:s, s:s}", "bus", &bus,
			   "vendor", &vendor, "product", &product, "serial", &serial) < 0)
		return json_text_error(&error);

	const int known = bus_from_text(bus);
	if (known < 0 || read_id(vendor, &grant->vendor) < 0 ||
	    read_id(product, &grant->product) < 0 || serial[0] == '\0' ||
	    text_copy(serial, grant->serial, sizeof(grant->serial)) < 0)
		return -EBADMSG;
	grant->bus = (enum bus)known;
	return 0;
}

static int parse_functions(json_t *list, struct grant *grant)
{
	json_t *word;
	size_t i;

	if (!json_is_array(list) || json_array_size(list) == 0)
		return -EBADMSG;
	json_array_foreach (list, i, word) {
		const int function =
			json_is_string(word) ? function_from_text(json_string_value(word)) : -1;

		if (function < 0 || grant->functions & FUNCTION_BIT(function))
			return -EBADMSG;
		grant->functions |= FUNCTION_BIT(function);
	}
	return 0;
}

static int parse_modifiers(json_t *list, struct grant *grant)
{
	json_t *word;
	size_t i;

	if (list == NULL)
		return 0;
	if (!json_is_array(list))
		return -EBADMSG;
	json_array_foreach (list, i, word) {
		const int modifier =
			json_is_string(word) ? modifier_from_text(json_string_value(word)) : -1;

		if (modifier < 0 || grant->modifiers & modifier)
			return -EBADMSG;
		grant->modifiers |= (modifier_set)modifier;
	}
	return 0;
}

/* What would be a denial, or dropped, is not what an officer meant to give. */
static int parse_verdict(const char *text, struct grant *grant)
{
	const int verdict = verdict_from_text(text);
	const bool storage_alone = grant->functions == FUNCTION_BIT(FUNCTION_STORAGE);
	const bool of_storage = verdict == VERDICT_READ_ONLY || verdict == VERDICT_ENCRYPTED_ONLY ||
				(grant->modifiers & (MODIFIER_NOEXEC | MODIFIER_TRAIL)) != 0;

	if (verdict <= VERDICT_DENY || (of_storage && !storage_alone))
		return -EBADMSG;
	grant->verdict = (enum verdict)verdict;
	return 0;
}

static int parse_times(const char *from, const char *until, struct grant *grant)
{
	if (text_time_parse(from, &grant->from) < 0 || text_time_parse(until, &grant->until) < 0 ||
	    grant->until <= grant->from || grant->until - grant->from > GRANT_MAX_S)
		return -EBADMSG;
	return 0;
}

static bool is_id(const char *text)
{
	static const char characters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					 "0123456789._-";

	return text[0] != '\0' && text[strspn(text, characters)] == '\0';
}

static int parse_document(json_t *root, struct grant *grant)
{
	const char *schema, *id, *host, *machine, *verdict, *from, *until, *by, *reason = "";
	json_t *device, *functions, *modifiers = NULL;
	json_int_t version;
	json_error_t error;
	int withdrawn = 0;

	if (json_unpack_ex(root, &error, JSON_STRICT,
			   "{s:s, s:s, s:I, s:s, s:s, s:o, s:o, s:s, s?o, s:s, s:s, s:s, s?s, s?b}",
			   "schema", &schema, "id", &id, "version", &version, "host", &host,
			   "machine", &machine, "device", &device, "functions", &functions,
			   "verdict", &verdict, "modifiers", &modifiers, "from", &from, "until",
			   &until, "issued_by", &by, "reason", &reason, "withdrawn",
			   &withdrawn) < 0)
		return json_text_error(&error);

	if (strcmp(schema, SCHEMA) != 0 || version < 1 || !is_id(id) || host[0] == '\0' ||
	    by[0] == '\0' || text_copy(id, grant->id, sizeof(grant->id)) < 0 ||
	    text_copy(host, grant->host, sizeof(grant->host)) < 0 ||
	    text_unhex(machine, grant->machine, sizeof(grant->machine)) < 0 ||
	    text_copy(by, grant->issued_by, sizeof(grant->issued_by)) < 0 ||
	    text_copy(reason, grant->reason, sizeof(grant->reason)) < 0)
		return -EBADMSG;
	grant->version = (uint64_t)version;
	grant->withdrawn = withdrawn != 0;
	int r = parse_device(device, grant);
	if (r == 0)
		r = parse_functions(functions, grant);
	if (r == 0)
		r = parse_modifiers(modifiers, grant);
	if (r == 0)
		r = parse_verdict(verdict, grant);
	return r < 0 ? r : parse_times(from, until, grant);
}

int grant_parse(struct grant *ret, const uint8_t *bytes, size_t size)
{
	struct grant grant = { 0 };
	json_t *root;
	json_error_t error;

	if (size > GRANT_MAX_BYTES)
		return -EBADMSG;
	int r = json_text_load((const char *)bytes, size, MAX_DEPTH, &root, &error);
	if (r < 0)
		return r;
	r = parse_document(root, &grant);
	json_decref(root);
	if (r < 0)
		return r;
	*ret = grant;
	return 0;
}

/* The words of the bits of @set, by @word; NULL out of memory. */
static json_t *words_of(uint32_t set, const char *(*word)(int bit))
{
	json_t *list = json_array();

	for (; list != NULL && set != 0; set &= set - 1) {
		if (json_array_append_new(list, json_string(word(__builtin_ctz(set)))) < 0) {
			json_decref(list);
			list = NULL;
		}
	}
	return list;
}

static const char *function_word(int bit)
{
	return function_to_text((enum function)bit);
}

static const char *modifier_word(int bit)
{
	return modifier_to_text((enum modifier)(1 << bit));
}

static json_t *device_to_json(const struct grant *grant)
{
	char vendor[5], product[5];

	snprintf(vendor, sizeof(vendor), "%04x", grant->vendor);
	snprintf(product, sizeof(product), "%04x", grant->product);
	return json_pack("{s:s, s:s, s:s, s:s}", "bus", bus_to_text(grant->bus), "vendor", vendor,
			 "product", product, "serial", grant->serial);
}

int grant_encode(const struct grant *grant, char **ret)
{
	char machine[2 * GRANT_MACHINE_SIZE + 1], from[21], until[21];

	text_hex(grant->machine, sizeof(grant->machine), machine);
	text_time(grant->from, from);
	text_time(grant->until, until);
	return json_text_dump(
		json_pack("{s:s, s:s, s:I, s:s, s:s, s:o, s:o, s:s, s:o, s:s, s:s, s:s, s:s, s:b}",
			  "schema", SCHEMA, "id", grant->id, "version", (json_int_t)grant->version,
			  "host", grant->host, "machine", machine, "device", device_to_json(grant),
			  "functions", words_of(grant->functions, function_word), "verdict",
			  verdict_to_text(grant->verdict), "modifiers",
			  words_of(grant->modifiers, modifier_word), "from", from, "until", until,
			  "issued_by", grant->issued_by, "reason", grant->reason, "withdrawn",
			  (int)grant->withdrawn),
		ret);
}

/* Why the signatures are not enough: the worst that is wrong with one of them. */
static enum grant_refusal fault(const struct trust *trust, const struct dsse *dsse)
{
	enum grant_refusal worst = GRANT_TOO_FEW;

	for (size_t i = 0; i < dsse->n_signatures; i++) {
		const struct trust_officer *officer = NULL;

		for (size_t j = 0; j < trust->n_officers; j++)
			if (trust->officers[j].roles[ROLE_GRANTS] &&
			    strcmp(trust->officers[j].keyid, dsse->signatures[i].keyid) == 0)
				officer = &trust->officers[j];
		if (officer == NULL)
			worst = GRANT_UNKNOWN_KEY;
		else if (!dsse_signature_good(dsse, &dsse->signatures[i], officer->key))
			return GRANT_BAD_SIGNATURE;
	}
	return worst;
}

static enum grant_refusal verify(const struct trust *trust, const struct dsse *dsse, int64_t now,
				 struct grant *ret)
{
	const unsigned threshold = trust->threshold[ROLE_GRANTS];
	struct grant grant;

	if (strcmp(dsse->type, GRANT_TYPE) != 0)
		return GRANT_WRONG_TYPE;
	/* Where nobody has the role the threshold is 0, and nobody is trusted. */
	if (threshold == 0 || trust_signers(trust, ROLE_GRANTS, dsse, NULL, 0) < threshold)
		return fault(trust, dsse);
	if (grant_parse(&grant, dsse->payload, dsse->payload_size) < 0)
		return GRANT_MALFORMED;
	if (now >= 0 && (now >= grant.until || now >= trust->expires))
		return GRANT_EXPIRED;
	*ret = grant;
	return GRANT_OK;
}

enum grant_refusal grant_verify(const struct trust *trust, const char *text, size_t size,
				int64_t now, struct grant *ret)
{
	struct dsse dsse;

	if (size > GRANT_MAX_BYTES || dsse_parse(&dsse, text, size) < 0)
		return GRANT_MALFORMED;
	const enum grant_refusal refusal = verify(trust, &dsse, now, ret);
	dsse_finish(&dsse);
	return refusal;
}

bool grant_is_for(const struct grant *grant, const struct device *device)
{
	/* Of a bus without ids the device's claim has none, either. */
	return device->has_serial && device->serial[0] != '\0' && grant->bus == device->bus &&
	       grant->vendor == device->vendor && grant->product == device->product &&
	       strcmp(grant->serial, device->serial) == 0;
}

bool grant_is_within(const struct grant *grant, const struct grant_limits *limits)
{
	if (grant->withdrawn)
		return true;
	return (grant->functions & ~limits->functions) == 0 &&
	       verdict_stricter(grant->verdict, limits->strongest) == grant->verdict &&
	       grant->until - grant->from <= (int64_t)limits->minutes * SECONDS_OF_MINUTE;
}
