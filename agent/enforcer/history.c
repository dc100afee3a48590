#include "history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/common/cleanup.h"

void history_init(struct history *history, const char *boot)
{
	*history = (struct history){ 0 };
	snprintf(history->boot, sizeof(history->boot), "%s", boot);
}

static void stay_finish(struct history_stay *stay)
{
	free(stay->instance);
	json_decref(stay->record);
	json_decref(stay->cut_off);
}

void history_finish(struct history *history)
{
	for (size_t i = 0; i < history->n; i++)
		stay_finish(&history->stays[i]);
	free(history->stays);
	*history = (struct history){ 0 };
}

static struct history_stay *find(const struct history *history, const char *instance)
{
	for (size_t i = 0; i < history->n; i++) {
		if (strcmp(history->stays[i].instance, instance) == 0)
			return &history->stays[i];
	}
	return NULL;
}

const struct history_stay *history_find(const struct history *history, const char *instance)
{
	return find(history, instance);
}

void history_forget(struct history *history, const char *instance)
{
	struct history_stay *stay = find(history, instance);

	if (stay == NULL)
		return;
	stay_finish(stay);
	*stay = history->stays[--history->n];
}

static const char *text_of(const json_t *event, const char *member)
{
	const char *text = json_string_value(json_object_get(event, member));

	return text == NULL ? "" : text;
}

/* A new stay at the end of the table; NULL if there is no room. */
static struct history_stay *add(struct history *history, const char *instance)
{
	struct history_stay *bigger, *stay;

	if (history->n == HISTORY_MAX_STAYS)
		return NULL;
	bigger = reallocarray(history->stays, history->n + 1, sizeof(*bigger));
	if (bigger == NULL)
		return NULL;
	history->stays = bigger;
	stay = &history->stays[history->n];
	*stay = (struct history_stay){ .instance = strdup(instance) };
	if (stay->instance == NULL)
		return NULL;
	history->n++;
	return stay;
}

static void learn_decision(struct history *history, json_t *event)
{
	const char *instance = text_of(event, "instance");
	struct history_stay *stay = find(history, instance);

	if (stay == NULL) {
		stay = add(history, instance);
		if (stay == NULL) {
			history->overflow = true;
			return;
		}
		stay->arrived_us = (uint64_t)json_integer_value(json_object_get(event, "mono_us"));
		stay->present = json_is_true(json_object_get(event, "present"));
	}
	json_decref(stay->record);
	stay->record = json_incref(event);
	stay->failed = false;
}

static void learn_guard(struct history *history, json_t *event)
{
	struct history_stay *stay = find(history, text_of(event, "instance"));

	if (stay == NULL || !json_is_true(json_object_get(event, "cut_off")))
		return;
	json_decref(stay->cut_off);
	stay->cut_off = json_incref(event);
}

/* The kernel refused what was decided, and the device was left denied. */
static void learn_failure(struct history *history, const char *instance)
{
	struct history_stay *stay = find(history, instance);

	if (stay != NULL)
		stay->failed = true;
}

void history_on_line(void *userdata, const char *line, size_t size)
{
	struct history *history = userdata;
	_cleanup_json_ json_t *event = json_loadb(line, size, JSON_ALLOW_NUL, NULL);
	const char *kind = text_of(event, "kind"), *time = text_of(event, "time");

	if (event == NULL)
		return;
	if (strlen(time) < sizeof(history->last_time))
		strcpy(history->last_time, time);
	history->clean = strcmp(kind, "agent.stopped") == 0;
	if (strcmp(text_of(event, "boot"), history->boot) != 0)
		return;
	history->this_boot = true;
	if (strcmp(kind, "device.decided") == 0 || strcmp(kind, "device.changed") == 0)
		learn_decision(history, event);
	else if (strcmp(kind, "device.failed") == 0)
		learn_failure(history, text_of(event, "instance"));
	else if (strcmp(kind, "guard.tripped") == 0)
		learn_guard(history, event);
	else if (strcmp(kind, "device.removed") == 0)
		history_forget(history, text_of(event, "instance"));
}

static bool interface_agrees(const json_t *recorded, const struct device_interface *interface,
			     const struct interface_decision *decision)
{
	return strcmp(text_of(recorded, "function"), function_to_text(decision->function)) == 0 &&
	       json_integer_value(json_object_get(recorded, "config")) == interface->config &&
	       json_integer_value(json_object_get(recorded, "number")) == interface->number &&
	       strcmp(text_of(recorded, "verdict"), verdict_to_text(decision->verdict)) == 0;
}

const char *history_cut_off(const struct history_stay *stay)
{
	return text_of(stay->cut_off, "text");
}

const char *history_verdict(const struct history_stay *stay)
{
	return stay->failed ? verdict_to_text(VERDICT_DENY) : text_of(stay->record, "verdict");
}

static bool modifiers_agree(const json_t *recorded, modifier_set modifiers)
{
	const json_t *word;
	modifier_set found = 0;
	size_t i;

	json_array_foreach (recorded, i, word) {
		int modifier = modifier_from_text(
			json_string_value(word) == NULL ? "" : json_string_value(word));

		if (modifier >= 0)
			found |= (modifier_set)modifier;
	}
	return found == modifiers;
}

bool history_agrees(const struct history_stay *stay, const struct device *device,
		    const struct decision *decision)
{
	const json_t *interfaces = json_object_get(stay->record, "interfaces");

	if (stay->failed ||
	    strcmp(text_of(stay->record, "verdict"), verdict_to_text(decision->verdict)) != 0 ||
	    json_is_true(json_object_get(stay->record, "audit")) != decision->audit_only ||
	    !modifiers_agree(json_object_get(stay->record, "modifiers"), decision->modifiers) ||
	    json_array_size(interfaces) != decision->n)
		return false;
	for (size_t i = 0; i < decision->n; i++) {
		if (!interface_agrees(json_array_get(interfaces, i), &device->interfaces[i],
				      &decision->interfaces[i]))
			return false;
	}
	return true;
}

void history_medium(const struct history_stay *stay, struct medium *ret)
{
	const json_t *recorded = json_object_get(stay->record, "medium");
	const json_t *bytes = json_object_get(recorded, "bytes");
	const char *label = json_string_value(json_object_get(recorded, "label"));
	int encryption = encryption_from_text(text_of(recorded, "encryption"));

	if (!json_is_object(recorded))
		return;
	*ret = (struct medium){
		.state = MEDIUM_PRESENT,
		.encryption = encryption < 0 ? ENCRYPTION_UNKNOWN : (enum encryption)encryption,
		.bytes = json_is_integer(bytes) ? (int64_t)json_integer_value(bytes) : -1,
		.has_label = label != NULL && strlen(label) < sizeof(ret->label),
	};
	if (ret->has_label)
		strcpy(ret->label, label);
}
