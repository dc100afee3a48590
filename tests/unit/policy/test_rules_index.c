/* The search against a walk over all rules: the same rules in the same order; and what it touches
 * does not grow with the rules that speak of other devices. */
#include "rules_test.h"

static uint32_t state_of_chance = 1;

/* A number below @n, the same in every run (Marsaglia's xorshift). */
static unsigned chance(unsigned n)
{
	state_of_chance ^= state_of_chance << 13;
	state_of_chance ^= state_of_chance >> 17;
	state_of_chance ^= state_of_chance << 5;
	return state_of_chance % n;
}

/* A document that grows. */
struct page {
	char *text;
	size_t size, at;
};

__attribute__((format(printf, 2, 3))) static void say(struct page *page, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	page->at += (size_t)vsnprintf(page->text + page->at, page->size - page->at, format, args);
	va_end(args);
	assert_true(page->at < page->size);
}

/* One to three values by @value, as one or as a list. */
static void say_values(struct page *page, const char *name, void (*value)(struct page *))
{
	const unsigned n = 1 + chance(3);

	say(page, "%s\"%s\":%s", page->text[page->at - 1] == '{' ? "" : ",", name,
	    n > 1 ? "[" : "");
	for (unsigned i = 0; i < n; i++) {
		say(page, "%s", i > 0 ? "," : "");
		value(page);
	}
	say(page, "%s", n > 1 ? "]" : "");
}

static void a_function(struct page *page)
{
	say(page, "\"%s\"", function_to_text((enum function)chance(_FUNCTION_MAX)));
}

static void an_id(struct page *page)
{
	if (chance(8) == 0)
		say(page, "{\"from\":\"%04x\",\"to\":\"%04x\"}", chance(3), 3 + chance(3));
	else
		say(page, "\"%04x\"", chance(6));
}

static void a_serial(struct page *page)
{
	switch (chance(8)) {
	case 0:
		say(page, "{\"glob\":\"*%u\"}", chance(6));
		break;
	case 1:
		say(page, "{\"from\":\"S%u\",\"to\":\"S%u\"}", chance(3), 3 + chance(3));
		break;
	default:
		say(page, "\"S%u\"", chance(6));
	}
}

static void a_port(struct page *page)
{
	if (chance(8) == 0)
		say(page, "{\"glob\":\"1-%u*\"}", 1 + chance(3));
	else
		say(page, "\"1-%u\"", 1 + chance(3));
}

static void a_digest(struct page *page)
{
	say(page, "\"%064u\"", chance(4));
}

static void a_hash(struct page *page)
{
	static const char first[] = "ABCD";

	say(page, "\"%cAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"", first[chance(4)]);
}

static void a_name(struct page *page)
{
	if (chance(8) == 0)
		say(page, "{\"glob\":\"?%u\"}", chance(3));
	else
		say(page, "\"N%u\"", chance(3));
}

static void a_user(struct page *page)
{
	say(page, "\"u%u\"", chance(3));
}

/* The rules of a document that speak of few different devices, in all ways that have keys. */
static struct rules *some_rules(unsigned n)
{
	struct page page = { calloc(1, 1000000), 1000000, 0 };

	assert_non_null(page.text);
	say(&page, "{\"schema\":\"devgate-rules-1\",\"name\":\"n\",\"mode\":\"audit\",\"rules\":[");
	for (unsigned i = 0; i < n; i++) {
		say(&page, "%s{\"id\":\"r%u\",\"match\":{", i > 0 ? "," : "", i);
		if (chance(2) == 0)
			say_values(&page, "function", a_function);
		if (chance(3) == 0) {
			say_values(&page, "vendor", an_id);
			if (chance(2) == 0)
				say_values(&page, "product", an_id);
		}
		if (chance(4) == 0)
			say_values(&page, "serial", a_serial);
		if (chance(6) == 0)
			say_values(&page, "port", a_port);
		if (chance(10) == 0)
			say_values(&page, "digest", a_digest);
		if (chance(10) == 0)
			say_values(&page, "usbguard-hash", a_hash);
		if (chance(6) == 0)
			say_values(&page, "name", a_name);
		if (chance(6) == 0)
			say_values(&page, "user", a_user);
		say(&page, "},\"verdict\":\"deny\"}");
	}
	say(&page, "]}");
	struct rules *rules = parse_or_fail(page.text);
	free(page.text);
	return rules;
}

static struct device some_device(void)
{
	struct device device = { .vendor = (uint16_t)chance(6),
				 .product = (uint16_t)chance(6),
				 .has_serial = chance(4) > 0,
				 .has_usbguard_hash = chance(2) > 0,
				 .digest = { [DEVICE_DIGEST_SIZE - 1] = (uint8_t)chance(4) },
				 .usbguard_hash = { (uint8_t)(chance(4) << 2) } };

	snprintf(device.serial, sizeof(device.serial), "S%u", chance(6));
	snprintf(device.port, sizeof(device.port), "1-%u", 1 + chance(3));
	snprintf(device.name, sizeof(device.name), "N%u", chance(3));
	return device;
}

/* All rules that match or may match, by the search and by asking each; they are the same. */
static size_t compare(const struct rules *rules, struct rules_query *query)
{
	size_t found = 0;

	for (size_t i = 0; i < rules_count(rules); i++) {
		const char *condition;
		fact_set wanted, unknown;
		const enum rules_truth truth = rules_why_not(query, i, &condition, &wanted);

		if (truth == RULES_FAILS)
			continue;
		assert_ptr_equal(rules_query_next(query, &unknown), rules_at(rules, i));
		assert_int_equal(unknown, wanted);
		found++;
	}
	fact_set unknown = ~0U;
	assert_null(rules_query_next(query, &unknown));
	assert_int_equal(unknown, 0);
	return found;
}

static void finds_what_a_walk_finds(void **state)
{
	(void)state;
	size_t found = 0, asked = 0;

	for (unsigned document = 0; document < 100; document++) {
		struct rules *rules = some_rules(chance(120));

		for (unsigned i = 0; i < 20; i++) {
			struct circumstances circumstances = circumstances_unknown;
			const struct device device = some_device();
			struct rules_query query;

			if (chance(2) == 0)
				circumstances.user = "u1";
			rules_query_init(&query, rules, &device, &circumstances);
			for (int f = 0; f < _FUNCTION_MAX; f++) {
				rules_query_begin(&query, (enum function)f);
				found += compare(rules, &query);
				asked += rules_count(rules);
			}
		}
		rules_free(rules);
	}
	assert_in_range(found, asked / 100, asked / 2); /* neither nothing nor all */
}

/* @n rules, by what is written for each; "%1$u" is its number. */
static struct rules *rules_of(unsigned n, const char *match)
{
	struct page page = { calloc(1, RULES_MAX_BYTES), RULES_MAX_BYTES, 0 };
	char rule[500];

	assert_non_null(page.text);
	snprintf(rule, sizeof(rule), "{\"id\":\"rule-%%1$u\",\"match\":{%s},\"verdict\":\"deny\"}",
		 match);
	for (char *c = rule; *c != '\0'; c++)
		*c = *c == '\'' ? '"' : *c;
	say(&page, "{\"schema\":\"devgate-rules-1\",\"name\":\"n\",\"mode\":\"audit\",\"rules\":[");
	for (unsigned i = 0; i < n; i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		page.at += (size_t)snprintf(page.text + page.at, page.size - page.at, rule, i);
#pragma GCC diagnostic pop
		assert_true(page.at < page.size);
		say(&page, "%s", i + 1 < n ? "," : "");
	}
	say(&page, "]}");
	struct rules *rules = parse_or_fail(page.text);
	free(page.text);
	return rules;
}

/* The rules that a search for @device and any one function has in its lists at most. */
static size_t touched(const struct rules *rules, const struct device *device)
{
	struct rules_query query;
	size_t most = 0;

	rules_query_init(&query, rules, device, &circumstances_unknown);
	for (int f = 0; f < _FUNCTION_MAX; f++) {
		size_t n = 0;

		rules_query_begin(&query, (enum function)f);
		for (uint32_t i = 0; i < query.n; i++)
			n += query.lists[i].n;
		most = n > most ? n : most;
	}
	return most;
}

static void touches_no_rules_of_other_devices(void **state)
{
	(void)state;
	static const struct {
		const char *match;
		size_t touched; /* of the rules, for the device of number 7 */
	} table[] = {
		{ "'vendor':'0951','product':'1666','serial':'S%1$u'", 1 },
		{ "'serial':['S%1$u','T%1$u']", 1 },
		{ "'vendor':'0951','product':'%1$04x'", 1 },
		{ "'vendor':'0951','product':['%1$04x','ffff']", 1 },
		{ "'vendor':['%1$04x','0951'],'product':['ffff','%1$04x']", 1 },
		{ "'vendor':'%1$04x'", 0 },
		{ "'vendor':['%1$04x','fffe']", 0 },
		{ "'vendor':'%1$04x','product':{'from':'0000','to':'ffff'}", 0 },
		{ "'digest':'%1$064x'", 1 },
		{ "'port':'1-%1$u','function':'storage'", 1 },
		{ "'function':'storage','name':['N%1$u','M%1$u']", 1 },
		{ "'function':'storage','name':'N%1$u','serial':'S%1$u'", 1 },
	};
	struct device device = { .vendor = 0x0951,
				 .product = 7,
				 .has_serial = true,
				 .serial = "S7",
				 .digest = { [DEVICE_DIGEST_SIZE - 1] = 7 },
				 .port = "1-7",
				 .name = "N7" };

	for (size_t i = 0; i < COUNT(table); i++) {
		for (unsigned n = 10; n <= 2000; n *= 10) {
			struct rules *rules = rules_of(n, table[i].match);

			if (touched(rules, &device) != table[i].touched)
				fail_msg("%s, %u rules: %zu", table[i].match, n,
					 touched(rules, &device));
			rules_free(rules);
		}
	}
	/* Without any key, those of the function that is asked; more pairs than ids: by vendor. */
	struct rules *rules = rules_of(160, "'function':'storage','name':{'glob':'N%1$u*'}");
	assert_int_equal(touched(rules, &device), 160);
	rules_free(rules);
	rules = rules_of(16, "'vendor':['0951','0001','0002'],'product':['0007','0001','0002']");
	assert_int_equal(touched(rules, &device), 16);
	rules_free(rules);
}

static void holds_many_rules_in_little(void **state)
{
	(void)state;
	struct rules *rules =
		rules_of(RULES_MAX_RULES, "'vendor':'0951','product':'1666','serial':'S%1$08u'");

	assert_in_range(rules_memory(rules), 1, 208 * (size_t)RULES_MAX_RULES);
	for (unsigned i = 0; i < RULES_MAX_RULES; i += 77) {
		char id[32];

		snprintf(id, sizeof(id), "rule-%u", i);
		assert_ptr_equal(rules_find(rules, id), rules_at(rules, i));
	}
	assert_null(rules_find(rules, "rule-20000"));
	rules_free(rules);
	rules = rules_of(RULES_MAX_RULES, "");
	assert_in_range(rules_memory(rules), 1, 128 * (size_t)RULES_MAX_RULES);
	rules_free(rules);
}

/* 64 K ids on both sides: their product is no 32-bit number. */
static void a_rule_of_all_ids(void **state)
{
	(void)state;
	struct page page = { calloc(1, RULES_MAX_BYTES), RULES_MAX_BYTES, 0 };
	const struct device device = { .vendor = 0xffff, .product = 0xffff };
	struct rules_query query;
	fact_set unknown;

	assert_non_null(page.text);
	say(&page, "{\"schema\":\"devgate-rules-1\",\"name\":\"n\",\"mode\":\"audit\",\"rules\":["
		   "{\"id\":\"r\",\"match\":{");
	for (int member = 0; member < 2; member++) {
		say(&page, "%s\"%s\":[", member > 0 ? "," : "", member > 0 ? "product" : "vendor");
		for (unsigned id = 0; id <= 0xffff; id++)
			say(&page, "%s\"%04x\"", id > 0 ? "," : "", id);
		say(&page, "]");
	}
	say(&page, "},\"verdict\":\"deny\"}]}");
	struct rules *rules = parse_or_fail(page.text);
	free(page.text);
	rules_query_init(&query, rules, &device, &circumstances_unknown);
	rules_query_begin(&query, FUNCTION_HUB);
	assert_ptr_equal(rules_query_next(&query, &unknown), rules_at(rules, 0));
	assert_null(rules_query_next(&query, &unknown));
	rules_free(rules);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_what_a_walk_finds),
		cmocka_unit_test(touches_no_rules_of_other_devices),
		cmocka_unit_test(holds_many_rules_in_little),
		cmocka_unit_test(a_rule_of_all_ids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
