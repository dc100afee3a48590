#include "usbguard_meaning.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/device.h"
#include "policy/text.h"
#include "policy/usbguard_hash.h"
#include "usbguard_condition.h"
#include "usbguard_ids.h"
#include "usbguard_interfaces.h"

enum {
	NOTE_SIZE = 400,
	USBGUARD_TEXT_MAX = 253, /* what USBGuard 1.1 takes of a device's strings */
};

int usbguard_note(struct usbguard_context *context, const struct usbguard_rule *rule,
		  enum import_effect effect, const char *item, const char *format, ...)
{
	char text[NOTE_SIZE];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	return import_add_note(context->import, context->options, effect, rule->file, rule->line,
			       item, context->error, "%s", text);
}

/* Whether @what was not noted yet; it is then held to be. */
static bool say_once(struct usbguard_context *context, enum usbguard_said what)
{
	const bool first = (context->said & what) == 0;

	context->said |= what;
	return first;
}

/* Add @value, which is taken, to the part that must hold; 0 or -ENOMEM. */
static int demand(struct usbguard_meaning *meaning, const char *name, json_t *value)
{
	return json_object_set_new(meaning->rest, name, value) < 0 ? -ENOMEM : 0;
}

static bool is_good_hash(const char *value)
{
	uint8_t hash[DEVICE_USBGUARD_HASH_SIZE];

	return usbguard_hash_from_text(value, hash) == 0;
}

static bool is_utf8(const char *value)
{
	size_t left = strlen(value);

	while (left > 0) {
		const size_t size = text_character(value, left);

		if (size == 0)
			return false;
		value += size;
		left -= size;
	}
	return true;
}

static bool fits(const char *value)
{
	return strlen(value) < DEVICE_TEXT_SIZE;
}

/* What is taken off the end of a device's texts is not at its end. */
static bool has_device_end(const char *value)
{
	return value[device_text_size(value)] == '\0';
}

/* As the kernel calls the port of a device that is no root hub: "1-2.3". */
static bool is_port(const char *value)
{
	static const char digits[] = "0123456789";
	size_t n = strspn(value, digits);
	const char *at = value + n;

	if (strlen(value) >= DEVICE_PORT_SIZE || n == 0 || *at != '-')
		return false;
	do {
		n = strspn(++at, digits);
		at += n;
	} while (n > 0 && *at == '.');
	return n > 0 && *at == '\0';
}

/* What can be in a rule and not said: those of @texts that are not @is_good. */
static int leave_out(struct usbguard_context *context, const struct usbguard_rule *rule,
		     const char *item, bool (*is_good)(const char *value),
		     struct usbguard_meaning *meaning, struct usbguard_texts *texts)
{
	const char *effect = "no device that has it is allowed by this rule";

	if (usbguard_texts_keep(texts, is_good) == 0)
		return 0;
	meaning->stricter = true;
	if (!meaning->allows) {
		/* Without it in the list, fewer devices would be denied, or more be left to the
		 * rules after this one. */
		effect = texts->negated ? "no device that has it is let through by this rule"
					: "this rule denies whatever the attribute is";
		if (!texts->negated)
			*texts = (struct usbguard_texts){ .negated = true };
	} else if (texts->negated) {
		effect = "the rule is left out";
		meaning->never = true;
	}
	return usbguard_note(context, rule, IMPORT_STRICTER, item,
			     "A value of \"%s\" is %s and cannot be said; %s.", item,
			     is_good == is_good_hash ? "not a hash of USBGuard 1.x" : "not UTF-8",
			     effect);
}

static int note_long_text(struct usbguard_context *context, const struct usbguard_rule *rule,
			  const char *item, const struct usbguard_texts *texts)
{
	for (size_t i = 0; i < texts->n; i++)
		if (strlen(texts->values[i]) > USBGUARD_TEXT_MAX)
			return usbguard_note(
				context, rule, IMPORT_NOTE, item,
				"USBGuard 1.1 judges no device whose \"%s\" has more than %d "
				"bytes; the manual knows no such limit, and neither does this "
				"rule.",
				item, USBGUARD_TEXT_MAX);
	return 0;
}

/* Name, serial, hashes and port: what is left of the list is what a device here can have. */
static int read_texts(struct usbguard_context *context, const struct usbguard_rule *rule,
		      enum usbguard_attribute_name name, struct usbguard_meaning *meaning)
{
	const struct usbguard_attribute *attribute = &rule->attributes[name];
	const char *item = usbguard_attribute_to_text(name);
	struct usbguard_texts *texts = &meaning->texts[name];
	int r = usbguard_texts_from(context->arena, attribute, texts);

	if (r == 0 && (name == USBGUARD_HASH || name == USBGUARD_PARENT_HASH))
		return leave_out(context, rule, item, is_good_hash, meaning, texts);
	if (r == 0 && name == USBGUARD_VIA_PORT) {
		if (usbguard_texts_keep(texts, is_port) > 0)
			r = usbguard_note(
				context, rule, IMPORT_LEFT_OUT, item,
				"A value of \"via-port\" is the port of no device that is "
				"judged here; root hubs are not.");
		return r;
	}
	if (r < 0)
		return r;
	usbguard_texts_keep(texts, fits);
	if (usbguard_texts_keep(texts, has_device_end) > 0)
		r = usbguard_note(context, rule, IMPORT_LEFT_OUT, item,
				  "A value of \"%s\" ends with a backspace, a tab or the end of a "
				  "line, which are taken off what devices say, here and by "
				  "USBGuard; no device has it.",
				  item);
	if (r < 0)
		return r;
	r = leave_out(context, rule, item, is_utf8, meaning, texts);
	return r < 0 ? r : note_long_text(context, rule, item, texts);
}

/* Whether a port of type @connect is one of @texts; @silent: "" is in their list.  The kernel's
 * word "unknown" is here also that of a port that says nothing, for which USBGuard has "": then a
 * rule that denies holds if it does for either, one that allows only if neither is excluded. */
static bool connect_holds(enum connect_type connect, const struct usbguard_texts *texts,
			  bool silent, bool allows)
{
	const bool holds = usbguard_texts_hold(texts, connect_type_to_text(connect));

	if (connect != CONNECT_UNKNOWN || !silent || allows != texts->negated)
		return holds;
	return !allows;
}

static int read_connect(struct usbguard_context *context, const struct usbguard_rule *rule,
			struct usbguard_meaning *meaning)
{
	struct usbguard_texts texts;
	int r = usbguard_texts_from(context->arena, &rule->attributes[USBGUARD_CONNECT_TYPE],
				    &texts);
	json_t *words = json_array();

	if (r < 0 || words == NULL) {
		json_decref(words);
		return -ENOMEM;
	}
	const bool silent = usbguard_texts_hold(&texts, "") != texts.negated;
	for (int c = 0; r == 0 && c < _CONNECT_MAX; c++)
		if (connect_holds((enum connect_type)c, &texts, silent, meaning->allows))
			r = json_array_append_new(
				words, json_string(connect_type_to_text((enum connect_type)c)));
	const size_t n = json_array_size(words);
	meaning->never |= n == 0;
	if (r < 0 || n == 0 || n == _CONNECT_MAX)
		json_decref(words);
	else
		r = demand(meaning, "connect", usbguard_list(words));
	if (r < 0)
		return -ENOMEM;
	if (!silent)
		return 0;
	return usbguard_note(context, rule,
			     meaning->allows == texts.negated ? IMPORT_STRICTER : IMPORT_LEFT_OUT,
			     "with-connect-type",
			     "A port without a connect type is a root hub's, which is not judged "
			     "here, or cannot be told from one of type \"unknown\".");
}

/* What is read otherwise than USBGuard does, and what is lost of an order. */
static int note_interfaces(struct usbguard_context *context, const struct usbguard_rule *rule,
			   const struct usbguard_patterns *patterns,
			   struct usbguard_meaning *meaning)
{
	const struct usbguard_attribute *attribute = &rule->attributes[USBGUARD_INTERFACE];
	const char *item = usbguard_attribute_to_text(USBGUARD_INTERFACE);

	if (attribute->relation == USBGUARD_EQUALS_ORDERED && patterns->n > 1) {
		meaning->never |= meaning->allows;
		meaning->stricter = true;
		return usbguard_note(context, rule, IMPORT_STRICTER, item,
				     "The order of interfaces cannot be asked for; %s.",
				     meaning->allows ? "the rule is left out"
						     : "the rule denies every order");
	}
	if (attribute->relation != USBGUARD_EQUALS &&
	    attribute->relation != USBGUARD_EQUALS_ORDERED)
		return 0;
	if (patterns->wild || patterns->n < attribute->n)
		return usbguard_note(
			context, rule, IMPORT_NOTE, item,
			"\"%s\" is taken as sets, as the manual says: each value is some "
			"interface's, and each interface is of some value; USBGuard 1.1 compares "
			"their number instead of the latter.",
			usbguard_operator_to_text(attribute->relation));
	if (!say_once(context, USBGUARD_SAID_SETS))
		return 0;
	return usbguard_note(
		context, rule, IMPORT_NOTE, item,
		"A set of interfaces is without the same twice, as the manual says, here "
		"and in the rules after this; USBGuard 1.1 counts them.");
}

static int read_interfaces(struct usbguard_context *context, const struct usbguard_rule *rule,
			   struct usbguard_meaning *meaning)
{
	const struct usbguard_attribute *attribute = &rule->attributes[USBGUARD_INTERFACE];
	struct usbguard_patterns patterns;

	if (attribute->n == 0)
		return 0;
	json_t *interfaces = usbguard_interfaces_to_json(context->arena, attribute, &patterns);
	int r = interfaces == NULL ? -ENOMEM : demand(meaning, "interfaces", interfaces);
	return r < 0 ? r : note_interfaces(context, rule, &patterns, meaning);
}

/* The first condition whose answer cannot be had wholly, or NULL. */
static const struct usbguard_value *open_condition(const struct usbguard_attribute *conditions)
{
	for (size_t i = 0; i < conditions->n; i++)
		if (usbguard_condition_is_open(&conditions->values[i]))
			return &conditions->values[i];
	return NULL;
}

static int note_conditions(struct usbguard_context *context, const struct usbguard_rule *rule,
			   bool is_open, struct usbguard_meaning *meaning)
{
	const struct usbguard_attribute *conditions = &rule->attributes[USBGUARD_IF];
	const struct usbguard_value *open = open_condition(conditions);
	const char *what = "match-all over conditions, which the manual does not define,";
	bool localtime = false;
	int r = 0;

	for (size_t i = 0; i < conditions->n; i++)
		localtime |= conditions->values[i].condition == USBGUARD_LOCALTIME;
	if (localtime && say_once(context, USBGUARD_SAID_LOCALTIME))
		r = usbguard_note(
			context, rule, IMPORT_NOTE, "if",
			"localtime is the workstation's, as the manual says; USBGuard 1.1 "
			"takes it as UTC.  The minute a range ends with is not in what is "
			"allowed and is in what is denied, since the manual leaves it open.");
	if (open != NULL)
		what = open->condition == USBGUARD_LOCALTIME
			       ? "a part of a minute"
			       : usbguard_condition_to_text(open->condition);
	if (r < 0 || !is_open)
		return r;
	if (open == NULL && conditions->relation != USBGUARD_MATCH_ALL)
		return 0; /* the minutes that ranges end with */
	meaning->stricter = true;
	return usbguard_note(context, rule, IMPORT_STRICTER, "if",
			     "The condition %s cannot be said; %s.%s", what,
			     !meaning->allows ? "the rule denies as if it were met"
			     : meaning->never ? "the rule is left out"
					      : "the rule allows only where it does not matter",
			     open != NULL && (open->condition == USBGUARD_RULE_APPLIED ||
					      open->condition == USBGUARD_RULE_EVALUATED)
				     ? "  USBGuard 1.1 never finds it true."
				     : "");
}

static int read_conditions(struct usbguard_context *context, const struct usbguard_rule *rule,
			   struct usbguard_meaning *meaning)
{
	const int least = meaning->allows ? USBGUARD_YES : USBGUARD_OPEN;
	struct usbguard_day day;
	bool some = false, all = true;

	usbguard_day(&rule->attributes[USBGUARD_IF], &day);
	for (int m = 0; m < MINUTES_OF_DAY; m++) {
		some |= day.minutes[m] >= least;
		all &= day.minutes[m] >= least;
	}
	meaning->never |= !some;
	if (some && !all) {
		json_t *times = usbguard_day_to_json(&day, least);
		int r = times == NULL ? -ENOMEM : demand(meaning, "time", usbguard_list(times));
		if (r < 0)
			return r;
	}
	return note_conditions(context, rule, usbguard_day_has(&day, USBGUARD_OPEN), meaning);
}

static int note_ids(struct usbguard_context *context, const struct usbguard_rule *rule)
{
	const struct usbguard_attribute *ids = &rule->attributes[USBGUARD_ID];

	for (size_t i = 0; i < ids->n; i++)
		if (ids->values[i].upper_case)
			return usbguard_note(context, rule, IMPORT_NOTE, "id",
					     "An id is a number, as the manual says; USBGuard 1.1 "
					     "finds no device for one with upper-case digits.");
	return 0;
}

/* match-all is in the manual, and in 1.1 wrong for all but interfaces. */
static int note_match_all(struct usbguard_context *context, const struct usbguard_rule *rule)
{
	for (int name = 0; name < USBGUARD_INTERFACE; name++) {
		const struct usbguard_attribute *attribute = &rule->attributes[name];
		const char *item = usbguard_attribute_to_text((enum usbguard_attribute_name)name);

		if (attribute->n == 0 || attribute->relation != USBGUARD_MATCH_ALL)
			continue;
		int r = usbguard_note(
			context, rule, IMPORT_NOTE, item,
			"match-all holds for a device whose value is in the set, as the "
			"manual says; USBGuard 1.1 %s.",
			name == USBGUARD_ID ? "does not know '*' there"
					    : "lets it hold for every device");
		if (r < 0)
			return r;
	}
	return 0;
}

static int note_target(struct usbguard_context *context, const struct usbguard_rule *rule)
{
	int r = 0;

	if (rule->target == USBGUARD_REJECT && say_once(context, USBGUARD_SAID_REJECT))
		r = usbguard_note(context, rule, IMPORT_NOTE, "reject",
				  "What is rejected is denied: the kernel still lists the device, "
				  "and nothing can use it.");
	if (rule->target == USBGUARD_MATCH || rule->target == USBGUARD_DEVICE)
		r = usbguard_note(
			context, rule, IMPORT_STRICTER, NULL,
			"The manual does not say what the targets match and device do; the "
			"rule denies.");
	if (r == 0 && rule->attributes[USBGUARD_LABEL].n > 0)
		r = usbguard_note(context, rule, IMPORT_LEFT_OUT, "label",
				  "A label says nothing about devices and is not kept.");
	return r;
}

static int read_ids(struct usbguard_context *context, const struct usbguard_rule *rule,
		    struct usbguard_meaning *meaning)
{
	meaning->ids = usbguard_ids_to_json(context->arena, &rule->attributes[USBGUARD_ID],
					    meaning->allows);
	if (meaning->ids == NULL)
		return -ENOMEM;
	meaning->never |= json_array_size(meaning->ids) == 0;
	return note_ids(context, rule);
}

/* Whether a rule asks a device for several values of what it has one of. */
static bool wants_several(const struct usbguard_rule *rule)
{
	for (int name = 0; name < USBGUARD_INTERFACE; name++)
		if (rule->attributes[name].n > 1 &&
		    rule->attributes[name].relation != USBGUARD_ONE_OF)
			return true;
	return false;
}

/* Note a rule that holds for nothing, but for one that does for what could not be said. */
static int note_never(struct usbguard_context *context, const struct usbguard_rule *rule,
		      struct usbguard_meaning *meaning)
{
	for (int name = USBGUARD_TEXTS_FIRST; name <= USBGUARD_TEXTS_MAX; name++)
		meaning->never |= usbguard_texts_is_none(&meaning->texts[name]);
	if (!meaning->never || meaning->stricter)
		return 0;
	return usbguard_note(context, rule, IMPORT_LEFT_OUT, NULL,
			     "The rule holds for no device that is judged here and is left out%s.",
			     wants_several(rule) ? "; if any of several values was meant, it wants "
						   "\"one-of\""
						 : "");
}

/* A set of several values that is to equal what a device has one of. */
static int note_repeated(struct usbguard_context *context, const struct usbguard_rule *rule)
{
	for (int name = 0; name < USBGUARD_INTERFACE; name++) {
		const struct usbguard_attribute *attribute = &rule->attributes[name];

		if (attribute->n < 2 || (attribute->relation != USBGUARD_EQUALS &&
					 attribute->relation != USBGUARD_EQUALS_ORDERED))
			continue;
		int r = usbguard_note(
			context, rule, IMPORT_NOTE,
			usbguard_attribute_to_text((enum usbguard_attribute_name)name),
			"Several values that are all the device's equal it, since sets "
			"are without the same twice; USBGuard 1.1 counts them.");
		if (r < 0)
			return r;
	}
	return 0;
}

int usbguard_meaning(struct usbguard_context *context, const struct usbguard_rule *rule,
		     struct usbguard_meaning *ret)
{
	int r;

	*ret = (struct usbguard_meaning){ .allows = rule->target == USBGUARD_ALLOW };
	/* USBGuard judges nothing else. */
	ret->rest = json_pack("{s:s}", "bus", bus_to_text(BUS_USB));
	r = ret->rest == NULL ? -ENOMEM : note_target(context, rule);
	if (r == 0)
		r = note_match_all(context, rule);
	if (r == 0)
		r = read_ids(context, rule, ret);
	for (int name = USBGUARD_TEXTS_FIRST; r == 0 && name <= USBGUARD_TEXTS_MAX; name++)
		r = read_texts(context, rule, (enum usbguard_attribute_name)name, ret);
	if (r == 0)
		r = read_connect(context, rule, ret);
	if (r == 0)
		r = read_interfaces(context, rule, ret);
	if (r == 0)
		r = read_conditions(context, rule, ret);
	if (r == 0)
		r = note_never(context, rule, ret);
	return r < 0 || ret->never ? r : note_repeated(context, rule);
}

void usbguard_meaning_finish(struct usbguard_meaning *meaning)
{
	json_decref(meaning->ids);
	json_decref(meaning->rest);
}
