#include "usbguard_reference.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static const char *const operators[_OPERATOR_MAX] = {
	[ALL_OF] = "all-of",
	[ONE_OF] = "one-of",
	[NONE_OF] = "none-of",
	[EQUALS] = "equals",
	[EQUALS_ORDERED] = "equals-ordered",
	[MATCH_ALL] = "match-all",
};

static const char *const attributes[_ATTRIBUTE_MAX] = {
	[ID] = "id",
	[NAME] = "name",
	[SERIAL] = "serial",
	[HASH] = "hash",
	[PARENT_HASH] = "parent-hash",
	[VIA_PORT] = "via-port",
	[CONNECT_TYPE] = "with-connect-type",
	[INTERFACE] = "with-interface",
	[IF] = "if",
};

/* What is left open, of which each reading or chance takes the next bit. */
struct coins {
	uint64_t bits;
	bool reading; /* one was for a reading of the manual */
};

static bool flip(struct coins *coins)
{
	const bool side = coins->bits & 1;

	coins->bits = coins->bits >> 1 | (uint64_t)side << 63;
	return side;
}

static bool read_either_way(struct coins *coins)
{
	coins->reading = true;
	return flip(coins);
}

/* '*' in an id or an interface is any number; in another text it is itself. */
static bool value_matches(enum reference_attribute attribute, const char *value, const char *actual)
{
	if (attribute != ID && attribute != INTERFACE)
		return strcmp(value, actual) == 0;
	while (*value != '\0' && *actual != '\0') {
		const size_t n = strcspn(value, ":"), m = strcspn(actual, ":");

		if (value[0] != '*' && (n != m || strncmp(value, actual, n) != 0))
			return false;
		value += n + (value[n] == ':');
		actual += m + (actual[m] == ':');
	}
	return *value == *actual;
}

/* How many of the rule's values are some value of the device, and the other way round. */
static size_t count_found(enum reference_attribute attribute, const struct reference_set *set,
			  const struct reference_device *device)
{
	size_t found = 0;

	for (size_t i = 0; i < set->n; i++) {
		bool some = false;

		for (size_t j = 0; j < device->sets[attribute].n; j++)
			some |= value_matches(attribute, set->values[i],
					      device->sets[attribute].values[j]);
		found += some;
	}
	return found;
}

static size_t count_covered(enum reference_attribute attribute, const struct reference_set *set,
			    const struct reference_device *device)
{
	size_t covered = 0;

	for (size_t j = 0; j < device->sets[attribute].n; j++) {
		bool some = false;

		for (size_t i = 0; i < set->n; i++)
			some |= value_matches(attribute, set->values[i],
					      device->sets[attribute].values[j]);
		covered += some;
	}
	return covered;
}

static bool has_different_values(const struct reference_set *set)
{
	for (size_t i = 1; i < set->n; i++)
		if (strcmp(set->values[0], set->values[i]) != 0)
			return true;
	return false;
}

static bool is_in_order(enum reference_attribute attribute, const struct reference_set *set,
			const struct reference_device *device)
{
	size_t at = 0;

	for (size_t j = 0; j < device->sets[attribute].n; j++) {
		while (at < set->n && !value_matches(attribute, set->values[at],
						     device->sets[attribute].values[j]))
			at++;
		if (at == set->n)
			return false;
	}
	return true;
}

static bool set_holds(enum reference_attribute attribute, const struct reference_set *set,
		      const struct reference_device *device, struct coins *coins)
{
	const size_t n = device->sets[attribute].n, found = count_found(attribute, set, device);
	const bool equal = found == set->n && count_covered(attribute, set, device) == n;

	switch (set->relation) {
	case ALL_OF:
		return found == set->n;
	case ONE_OF:
		return found > 0;
	case NONE_OF:
		return found == 0;
	case MATCH_ALL:
		return count_covered(attribute, set, device) == n;
	default:
		break;
	}
	/* One value and two patterns that are both its. */
	if (equal && n == 1 && attribute == ID && has_different_values(set))
		return read_either_way(coins);
	return equal && (set->relation == EQUALS || is_in_order(attribute, set, device));
}

static bool localtime_holds(const char *range, int minute, struct coins *coins)
{
	int from_hour, from_minute, to_hour, to_minute;

	assert(sscanf(range, "localtime(%2d:%2d-%2d:%2d)", &from_hour, &from_minute, &to_hour,
		      &to_minute) == 4);
	const int from = from_hour * 60 + from_minute, to = to_hour * 60 + to_minute;
	if (minute == to)
		return read_either_way(coins); /* the last minute: of the range or not */
	return minute >= from && minute < to;
}

static bool condition_holds(const char *condition, int minute, struct coins *coins)
{
	if (condition[0] == '!')
		return !condition_holds(condition + 1, minute, coins);
	if (strcmp(condition, "true") == 0)
		return true;
	if (strcmp(condition, "false") == 0)
		return false;
	if (strncmp(condition, "localtime", 9) == 0)
		return localtime_holds(condition, minute, coins);
	return flip(coins); /* random, and what depends on the past and on other devices */
}

static bool conditions_hold(const struct reference_set *set, int minute, struct coins *coins)
{
	size_t met = 0;

	for (size_t i = 0; i < set->n; i++)
		met += condition_holds(set->values[i], minute, coins);
	switch (set->relation) {
	case ONE_OF:
		return met > 0;
	case NONE_OF:
		return met == 0;
	case MATCH_ALL: /* which the manual does not define over conditions */
		return met == set->n && set->n > 0 ? true : flip(coins);
	default:
		return met == set->n;
	}
}

static bool rule_holds(const struct reference_rule *rule, const struct reference_device *device,
		       struct coins *coins)
{
	for (int attribute = 0; attribute < IF; attribute++)
		if (rule->sets[attribute].n > 0 &&
		    !set_holds((enum reference_attribute)attribute, &rule->sets[attribute], device,
			       coins))
			return false;
	return rule->sets[IF].n == 0 || conditions_hold(&rule->sets[IF], device->minute, coins);
}

bool reference_allows(const struct reference_rule *rules, size_t n,
		      const struct reference_device *device, uint64_t coins, bool *ret_reading)
{
	struct coins left = { .bits = coins };
	size_t i = 0;

	while (i < n && !rule_holds(&rules[i], device, &left))
		i++;
	*ret_reading = left.reading;
	return i < n && rules[i].allows;
}

static size_t write_set(enum reference_attribute attribute, const struct reference_set *set,
			char *ret, size_t size)
{
	const char *quote = attribute >= NAME && attribute <= CONNECT_TYPE ? "\"" : "";
	size_t used = (size_t)snprintf(ret, size, " %s %s {", attributes[attribute],
				       operators[set->relation]);

	for (size_t i = 0; i < set->n; i++)
		used += (size_t)snprintf(ret + used, size - used, " %s%s%s", quote, set->values[i],
					 quote);
	used += (size_t)snprintf(ret + used, size - used, " }");
	assert(used < size);
	return used;
}

void reference_write(const struct reference_rule *rules, size_t n, char *ret, size_t size)
{
	size_t used = 0;

	ret[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		used += (size_t)snprintf(ret + used, size - used,
					 rules[i].allows ? "allow" : "block");
		for (int attribute = 0; attribute < _ATTRIBUTE_MAX; attribute++)
			if (rules[i].sets[attribute].n > 0)
				used += write_set((enum reference_attribute)attribute,
						  &rules[i].sets[attribute], ret + used,
						  size - used);
		used += (size_t)snprintf(ret + used, size - used, "\n");
		assert(used < size);
	}
}
