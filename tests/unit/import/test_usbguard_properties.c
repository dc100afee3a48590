/* Properties of imported USBGuard rules, over generated rule sets and devices: what is imported
 * never permits what the manual says is blocked, and is the same where no note says that it is
 * stricter. */
#include "../policy/cmocka_test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/decide.h"
#include "policy/import/import.h"
#include "policy/text.h"
#include "policy/usbguard_hash.h"
#include "usbguard_reference.h"

enum { SETS = 4000, DEVICES = 24, WORLDS = 6, TEXT_SIZE = 8192 };

#define HASH_A "9/PE5i2HDlW98nioOitxPz7Q8l1H89DADQAu2DZ1bds="
#define HASH_B "ZSJ9VeracyBokc3CP59WLoIuGj39C18ZUdqfqClxodY="

/* What rules ask for, of which devices have the first @n_real. */
static const struct {
	size_t n_real, n;
	const char *values[12];
} vocabulary[_ATTRIBUTE_MAX] = {
	[ID] = { 3, 6, { "1234:0001", "1234:00ab", "5678:0001", "1234:*", "5678:*", "*:*" } },
	[NAME] = { 3, 4, { "", "a", "b", "c" } },
	[SERIAL] = { 3, 4, { "", "s", "t", "u" } },
	[HASH] = { 2, 3, { HASH_A, HASH_B, "old" } },
	[PARENT_HASH] = { 2, 2, { HASH_A, HASH_B } },
	[VIA_PORT] = { 3, 4, { "1-1", "1-2", "1-2.1", "usb1" } },
	[CONNECT_TYPE] = { 4, 6, { "unknown", "hotplug", "hardwired", "not used", "", "none" } },
	[INTERFACE] = { 4,
			9,
			{ "08:06:50", "08:06:62", "03:01:01", "03:00:00", "08:*:*", "08:06:*",
			  "03:*:*", "03:01:*", "ff:*:*" } },
	[IF] = { 0,
		 11,
		 { "true", "false", "!false", "!true", "localtime(08:00-18:00)",
		   "!localtime(12:00-20:00)", "localtime(00:00-08:00)", "random", "!random(0.25)",
		   "rule-applied", "!allowed-matches(1234:*)" } },
};

static uint64_t random_state;

/* xorshift64 (Marsaglia 2003). */
static uint64_t next_random(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

static size_t below(size_t n)
{
	return (size_t)(next_random() >> 16) % n;
}

/* @plain: only what can be said whole is asked for. */
static void make_set(enum reference_attribute attribute, bool plain, struct reference_set *ret)
{
	const size_t n = plain && attribute == IF ? 7 : vocabulary[attribute].n;

	ret->relation = (enum reference_operator)below(_OPERATOR_MAX);
	if (plain && (ret->relation == EQUALS_ORDERED || ret->relation == MATCH_ALL))
		ret->relation = ONE_OF;
	ret->n = 1 + below(REFERENCE_VALUES - 1);
	for (size_t i = 0; i < ret->n; i++)
		ret->values[i] = vocabulary[attribute].values[below(n)];
}

static void make_rule(bool plain, struct reference_rule *ret)
{
	*ret = (struct reference_rule){ .allows = below(3) != 0 };
	for (size_t i = below(4); i > 0; i--) {
		const int attribute = (int)below(_ATTRIBUTE_MAX);

		if (!plain || (attribute != HASH && attribute != CONNECT_TYPE))
			make_set((enum reference_attribute)attribute, plain, &ret->sets[attribute]);
	}
}

static void make_device(struct reference_device *ret)
{
	ret->minute = (int)below(24) * 60 + (int)below(2) * 30;
	for (int attribute = 0; attribute < IF; attribute++) {
		const size_t n = attribute == INTERFACE ? 1 + below(3) : 1;

		ret->sets[attribute].n = n;
		for (size_t i = 0; i < n; i++)
			ret->sets[attribute].values[i] =
				vocabulary[attribute].values[below(vocabulary[attribute].n_real)];
	}
}

static void copy_interfaces(const struct reference_device *from, struct device *ret)
{
	ret->n_interfaces = ret->n_triples = from->sets[INTERFACE].n;
	for (size_t i = 0; i < ret->n_triples; i++) {
		struct device_triple *triple = &ret->triples[i];
		unsigned int class, subclass, protocol;

		assert_int_equal(sscanf(from->sets[INTERFACE].values[i], "%2x:%2x:%2x", &class,
					&subclass, &protocol),
				 3);
		*triple = (struct device_triple){ 1, (uint8_t)i, (uint8_t) class, (uint8_t)subclass,
						  (uint8_t)protocol };
		ret->interfaces[i] = (struct device_interface){
			.config = 1,
			.number = (uint8_t)i,
			.class = triple->class,
			.functions = FUNCTION_BIT(function_of_usb(
				ret->vendor, triple->class, triple->subclass, triple->protocol)),
		};
	}
}

static void copy_device(const struct reference_device *from, struct device *ret)
{
	unsigned int vendor, product;

	*ret = (struct device){ .has_usbguard_hash = true, .has_usbguard_parent_hash = true };
	assert_int_equal(sscanf(from->sets[ID].values[0], "%4x:%4x", &vendor, &product), 2);
	ret->vendor = (uint16_t)vendor;
	ret->product = (uint16_t)product;
	snprintf(ret->name, sizeof(ret->name), "%s", from->sets[NAME].values[0]);
	snprintf(ret->serial, sizeof(ret->serial), "%s", from->sets[SERIAL].values[0]);
	ret->has_serial = ret->serial[0] != '\0';
	snprintf(ret->port, sizeof(ret->port), "%s", from->sets[VIA_PORT].values[0]);
	ret->connect =
		(enum connect_type)connect_type_from_text(from->sets[CONNECT_TYPE].values[0]);
	assert_int_equal(usbguard_hash_from_text(from->sets[HASH].values[0], ret->usbguard_hash),
			 0);
	assert_int_equal(usbguard_hash_from_text(from->sets[PARENT_HASH].values[0],
						 ret->usbguard_parent_hash),
			 0);
	copy_interfaces(from, ret);
}

static bool imported_allows(const struct rules *rules, const struct reference_device *from)
{
	const struct policy_view view = { .rules = rules };
	struct circumstances circumstances = circumstances_unknown;
	struct decision decision;
	struct device device;

	copy_device(from, &device);
	circumstances.minute = from->minute;
	circumstances.identity = device.has_serial ? IDENTITY_SERIAL : IDENTITY_NONE;
	decide(&view, &device, &circumstances, false, &decision);
	/* A device is judged as a whole. */
	assert_false(decision.partial);
	assert_true(decision.verdict == VERDICT_ALLOW || decision.verdict == VERDICT_DENY);
	return decision.verdict == VERDICT_ALLOW;
}

static bool is_stricter(const struct import *import)
{
	for (size_t i = 0; i < import->n_notes; i++)
		if (import->notes[i].effect == IMPORT_STRICTER)
			return true;
	return false;
}

static struct rules *parse(json_t *document)
{
	struct rules *rules = NULL;
	struct rules_error error;
	char *text = json_dumps(document, 0);

	if (rules_parse(text, strlen(text), &rules, &error) < 0)
		fail_msg("%s: %s: %s", error.path, error.message, text);
	free(text);
	return rules;
}

/* How often what was compared was allowed, and was compared for being the same. */
struct tally {
	size_t same, allowed, compared;
};

static void check_set(bool plain, struct tally *tally)
{
	static const struct import_options options = { "generated", false };
	struct reference_rule rules[REFERENCE_RULES];
	const size_t n = 1 + below(REFERENCE_RULES);
	struct rules_error error;
	struct import import;
	char text[TEXT_SIZE];

	for (size_t i = 0; i < n; i++)
		make_rule(plain, &rules[i]);
	reference_write(rules, n, text, sizeof(text));
	const struct import_file file = { "generated", text, strlen(text) };
	if (import_usbguard(&file, 1, &options, &import, &error) < 0)
		fail_msg("%d:%d %s: %s", error.line, error.column, error.message, text);
	struct rules *parsed = parse(import.rules);

	for (int i = 0; i < DEVICES; i++) {
		struct reference_device device;

		make_device(&device);
		const bool allowed = imported_allows(parsed, &device);
		const bool stricter = is_stricter(&import);
		for (int world = 0; world < WORLDS; world++) {
			bool reading;
			const bool wanted =
				reference_allows(rules, n, &device, next_random(), &reading);
			const bool same = !stricter && !reading;

			if ((allowed && !wanted) || (same && allowed != wanted))
				fail_msg("%s is %d, not %d: %s", device.sets[ID].values[0], allowed,
					 wanted, text);
			tally->compared++;
			tally->same += same;
			tally->allowed += allowed;
		}
	}
	rules_free(parsed);
	import_finish(&import);
}

static void what_is_imported_is_never_weaker(void **state)
{
	(void)state;
	struct tally tally = { 0 };

	random_state = 0x9e3779b97f4a7c15;
	for (int i = 0; i < SETS; i++)
		check_set(false, &tally);
	assert_true(tally.allowed > tally.compared / 20);
	assert_true(tally.same > tally.compared / 20);
}

static void what_can_be_said_is_the_same(void **state)
{
	(void)state;
	struct tally tally = { 0 };

	random_state = 0xd1b54a32d192ed03;
	for (int i = 0; i < SETS; i++)
		check_set(true, &tally);
	assert_true(tally.allowed > tally.compared / 5);
	assert_true(tally.same > tally.compared / 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_imported_is_never_weaker),
		cmocka_unit_test(what_can_be_said_is_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
