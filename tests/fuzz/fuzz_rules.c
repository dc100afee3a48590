#include "fuzz.h"

#include "policy/jsonc.h"
#include "policy/rules.h"
#include "policy/text.h"

/* The first rule that matches when nothing is known but the device. */
static const struct rule *first_match(const struct rules *rules, const struct device *device,
				      enum function function)
{
	struct rules_query query;
	fact_set unknown;

	rules_query_init(&query, rules, device, &circumstances_unknown);
	rules_query_begin(&query, function);
	return rules_query_next(&query, &unknown);
}

static void check_rules(const struct rules *rules)
{
	const struct device device = { .vendor = 0x0951,
				       .product = 0x1666,
				       .has_serial = true,
				       .serial = "S",
				       .port = "1-2",
				       .connect = CONNECT_HOTPLUG };

	assert(rules_name(rules)[0] != '\0');
	assert(rules_count(rules) <= RULES_MAX_RULES);
	for (int f = 0; f < _FUNCTION_MAX; f++) {
		const struct rule *rule = first_match(rules, &device, (enum function)f);
		const enum verdict by_default = rules_default(rules, (enum function)f).verdict;

		assert(by_default != VERDICT_READ_ONLY || f == FUNCTION_STORAGE);
		if (rule == NULL)
			continue;
		assert(rule->id[0] != '\0' && rule->outcome.verdict < _VERDICT_MAX);
		assert(rule->outcome.verdict != VERDICT_READ_ONLY || f == FUNCTION_STORAGE);
		assert(rule->reason_en == NULL || text_is_clean(rule->reason_en, strlen(rule->reason_en)));
		assert(rule->reason_zh == NULL || text_is_clean(rule->reason_zh, strlen(rule->reason_zh)));
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
	const char *text = (const char *)data;
	struct rules *rules = NULL;
	struct rules_error error;

	if (rules_parse(text, size, &rules, &error) == 0)
		check_rules(rules);
	else
		check_error(&error, text, size);
	rules_free(rules);
	locate(text, size);
	return 0;
}
