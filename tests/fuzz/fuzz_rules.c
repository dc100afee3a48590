/* A rules document, then a NUL and what to make a device and circumstances of: whatever parses is
 * searched, and the search must find what a walk over all rules finds. */
#include "fuzz.h"

#include "policy/jsonc.h"
#include "policy/rules.h"
#include "policy/text.h"

enum { TEXTS_MAX = 64 };

/* Choices that the input makes: its bytes in turn, then zeros. */
struct choices {
	const uint8_t *bytes;
	size_t size;
	/* Texts of the document, so that a device has something that conditions ask for. */
	size_t n_texts;
	char texts[TEXTS_MAX][DEVICE_TEXT_SIZE];
};

static unsigned choose(struct choices *choices, unsigned n)
{
	if (choices->size == 0)
		return 0;
	choices->size--;
	return *choices->bytes++ % n;
}

/* Gather what stands between quotes. */
static void gather(struct choices *choices, const char *text, size_t size)
{
	const char *end = text + size;

	while (choices->n_texts < TEXTS_MAX) {
		const char *open = memchr(text, '"', (size_t)(end - text));
		const char *close =
			open == NULL ? NULL : memchr(open + 1, '"', (size_t)(end - open - 1));

		if (close == NULL)
			return;
		if (close - open - 1 < DEVICE_TEXT_SIZE)
			memcpy(choices->texts[choices->n_texts++], open + 1,
			       (size_t)(close - open - 1));
		text = close + 1;
	}
}

static const char *choose_text(struct choices *choices)
{
	return choices->n_texts == 0 ? "x"
				     : choices->texts[choose(choices, (unsigned)choices->n_texts)];
}

static uint16_t choose_id(struct choices *choices)
{
	uint8_t bytes[2] = { 0 };

	if (text_unhex(choose_text(choices), bytes, 2) < 0)
		bytes[1] = (uint8_t)choose(choices, 256);
	return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static struct device choose_device(struct choices *choices)
{
	static const uint32_t speeds[] = { 0, 1, 12, 480, 5000, 10000 };
	struct device device = {
		.bus = (enum bus)choose(choices, _BUS_MAX),
		.vendor = choose_id(choices),
		.product = choose_id(choices),
		.has_serial = choose(choices, 4) > 0,
		.connect = (enum connect_type)choose(choices, _CONNECT_MAX),
		.speed_mbps = speeds[choose(choices, 6)],
		.n_triples = choose(choices, 4),
		.has_usbguard_hash = choose(choices, 2) > 0,
		.has_usbguard_parent_hash = choose(choices, 2) > 0,
	};

	strcpy(device.serial, choose_text(choices));
	strcpy(device.name, choose_text(choices));
	strcpy(device.manufacturer, choose_text(choices));
	strncpy(device.port, choose_text(choices), DEVICE_PORT_SIZE - 1);
	(void)text_unhex(choose_text(choices), device.digest, DEVICE_DIGEST_SIZE);
	for (size_t i = 0; i < device.n_triples; i++)
		device.triples[i] = (struct device_triple){
			1, 0, (uint8_t)(choose(choices, 2) == 0 ? 8 : choose(choices, 256)),
			(uint8_t)choose(choices, 8), (uint8_t)choose(choices, 256)
		};
	return device;
}

/* A text or, one time of two, none. */
static const char *choose_fact(struct choices *choices)
{
	return choose(choices, 2) == 0 ? NULL : choose_text(choices);
}

static struct circumstances choose_circumstances(struct choices *choices)
{
	struct circumstances ret = circumstances_unknown;

	ret.user = choose_fact(choices);
	ret.host = choose_fact(choices);
	ret.unit = choose_fact(choices);
	ret.label = choose_fact(choices);
	ret.classification = choose_fact(choices);
	ret.minute = (int)choose(choices, 8) * 1440 + (int)choose(choices, 256) * 5 - 1440;
	ret.minute = ret.minute < 0 ? -1 : ret.minute;
	ret.session = (enum session)choose(choices, _SESSION_MAX);
	ret.site = (enum site)choose(choices, _SITE_MAX);
	ret.identity = (enum identity)choose(choices, _IDENTITY_MAX);
	ret.encryption = (enum encryption)choose(choices, _ENCRYPTION_MAX);
	ret.known_days = (int)choose(choices, 9) - 1;
	ret.media_bytes = (int64_t)choose(choices, 9) * 1000000000 - 1;
	ret.violations = (int)choose(choices, 4) - 1;
	ret.hosts_seen = (int)choose(choices, 9) - 1;
	ret.denials = (int)choose(choices, 4) - 1;
	for (int f = 0; f < _FUNCTION_MAX; f++)
		ret.count[f] = (int)choose(choices, 4) - 1;
	return ret;
}

static void check_outcome(const struct outcome *outcome, enum function function)
{
	assert(outcome->verdict < _VERDICT_MAX);
	assert((outcome->modifiers & ~_MODIFIER_ALL) == 0);
	if (function == FUNCTION_STORAGE)
		return;
	assert(outcome->by_risk || (outcome->verdict != VERDICT_READ_ONLY &&
				    outcome->verdict != VERDICT_ENCRYPTED_ONLY));
	assert((outcome->modifiers & (MODIFIER_NOEXEC | MODIFIER_TRAIL)) == 0);
}

static void check_rule(const struct rules *rules, const struct rule *rule, enum function function)
{
	assert(rule->id[0] != '\0' && strlen(rule->id) < RULES_ID_SIZE);
	assert(rules_find(rules, rule->id) == rule);
	check_outcome(&rule->outcome, function);
	assert(rule->reason_en == NULL || text_is_clean(rule->reason_en, strlen(rule->reason_en)));
	assert(rule->reason_zh == NULL || text_is_clean(rule->reason_zh, strlen(rule->reason_zh)));
}

/* The search finds what a walk does. */
static void check_search(const struct rules *rules, struct rules_query *query,
			 enum function function)
{
	fact_set wanted, unknown;
	const char *condition;

	rules_query_begin(query, function);
	for (size_t i = 0; i < rules_count(rules); i++) {
		const enum rules_truth truth = rules_why_not(query, i, &condition, &wanted);

		assert((truth == RULES_HOLDS) == (condition == NULL));
		assert((truth == RULES_UNKNOWN) == (wanted != 0));
		assert((wanted & ~rules_facts(rules)) == 0);
		if (truth == RULES_FAILS)
			continue;
		assert(rules_query_next(query, &unknown) == rules_at(rules, i));
		assert(unknown == wanted);
		check_rule(rules, rules_at(rules, i), function);
	}
	assert(rules_query_next(query, &unknown) == NULL && unknown == 0);
}

static void check_rules(const struct rules *rules, struct choices *choices)
{
	const struct device device = choose_device(choices);
	const struct circumstances circumstances = choose_circumstances(choices);
	struct rules_query query;
	size_t n;

	assert(rules_name(rules)[0] != '\0');
	assert(rules_count(rules) <= RULES_MAX_RULES);
	const struct network *networks = rules_site_networks(rules, &n);
	assert(n <= RULES_MAX_NETWORKS && (n == 0) == (networks == NULL));
	const int change = rules_next_change(rules, (int)choose(choices, 256) * 39);
	assert(change == -1 || (change > 0 && change <= MINUTES_OF_WEEK));
	assert(change == -1 || (rules_facts(rules) & FACT_TIME));
	rules_query_init(&query, rules, &device, &circumstances);
	for (int f = 0; f < _FUNCTION_MAX; f++) {
		const struct outcome standard = rules_default(rules, (enum function)f);

		check_outcome(&standard, (enum function)f);
		check_search(rules, &query, (enum function)f);
	}
}

static void check_error(const struct rules_error *error, const char *text, size_t size)
{
	int lines = 1;

	for (size_t i = 0; i < size; i++)
		lines += text[i] == '\n';
	assert(error->line >= 0 && error->line <= lines && error->column >= 0);
	assert(error->message[0] != '\0');
	assert(text_is_clean(error->path, strlen(error->path)));
	assert(text_is_clean(error->message, strlen(error->message)));
}

/* The locator is for good JSON, and must end on anything. */
static void locate(const char *text, size_t size)
{
	static const char *const paths[] = { "", "a", "a[1]", "rules[3].match.vendor[2]" };
	struct jsonc_place place;

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (jsonc_locate(text, size, paths[i], &place))
			assert(place.line >= 1 && place.column >= 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct choices choices;
	const char *text = (const char *)data;
	const size_t length = strnlen(text, size);
	struct rules *rules = NULL;
	struct rules_error error;

	choices = (struct choices){ data + length, size - length };
	if (rules_parse(text, length, &rules, &error) == 0) {
		gather(&choices, text, length);
		check_rules(rules, &choices);
	} else {
		check_error(&error, text, length);
	}
	rules_free(rules);
	locate(text, length);
	return 0;
}
