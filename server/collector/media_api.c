#include "media_api.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "collector.h"
#include "field.h"
#include "log.h"
#include "policy/text.h"
#include "policy/verdict_json.h"
#include "reply.h"
#include "server/pki/cleanup.h"
#include "server/store/media.h"

static const char HEX[] = "0123456789abcdef";

static json_t *functions_to_json(function_set functions)
{
	json_t *array = json_array();

	for (enum function f = 0; f < _FUNCTION_MAX; f++)
		if (functions & FUNCTION_BIT(f))
			json_array_append_new(array, json_string(function_to_text(f)));
	return array;
}

static json_t *time_to_json(int64_t seconds)
{
	char text[21];

	text_time(seconds, text);
	return json_string(text);
}

static json_t *medium_to_json(const struct medium *m)
{
	return json_pack("{ss ss ss ss ss ss ss so ss ss so ss? so ss so}", "tag", m->tag, "bus",
			 bus_to_text(m->bus), "vendor", m->vendor, "product", m->product, "serial",
			 m->serial, "name", m->name, "verdict", verdict_to_text(m->verdict),
			 "modifiers", modifiers_to_json(m->modifiers), "custodian", m->custodian,
			 "unit", m->unit, "functions", functions_to_json(m->functions), "digest",
			 *m->digest ? m->digest : NULL, "registered", time_to_json(m->registered),
			 "registered_by", m->registered_by, "withdrawn",
			 m->withdrawn ? time_to_json(m->withdrawn) : json_null());
}

static int on_medium(void *context, const struct medium *medium)
{
	return json_array_append_new(context, medium_to_json(medium)) < 0 ? -ENOMEM : 0;
}

enum MHD_Result media_handle_list(struct request *request)
{
	json_t *media = json_array();
	int r = media ? media_each(request->collector->store, on_medium, media) : -ENOMEM;

	if (r < 0) {
		json_decref(media);
		return reply_failure(request, r, "list media");
	}
	return reply_json(request, MHD_HTTP_OK, json_pack("{so}", "media", media));
}

static int refuse(struct request *request, const char *why)
{
	return problem_set(&request->problem, MHD_HTTP_BAD_REQUEST, "bad-request", "%s", why);
}

/* A member of exactly @digits lower-case hexadecimal digits, or "" if it may be absent. */
static int read_hex(struct request *request, const json_t *json, const char *name, size_t digits,
		    bool needed, char *ret)
{
	const char *text;

	if (field_text(request, json, name, digits, needed, &text) < 0)
		return -EACCES;
	if ((needed || *text) && (strlen(text) != digits || strspn(text, HEX) != digits))
		return problem_set(&request->problem, MHD_HTTP_BAD_REQUEST, "bad-request",
				   "\"%s\" must be %zu lower-case hexadecimal digits.", name,
				   digits);
	memcpy(ret, text, strlen(text) + 1);
	return 0;
}

static int read_text(struct request *request, const json_t *json, const char *name, bool needed,
		     char *ret, size_t size)
{
	const char *text;

	if (field_text(request, json, name, size - 1, needed, &text) < 0)
		return -EACCES;
	memcpy(ret, text, strlen(text) + 1);
	return 0;
}

static int read_bus(struct request *request, const json_t *json, enum bus *ret)
{
	const char *text;

	if (field_text(request, json, "bus", 16, false, &text) < 0)
		return -EACCES;
	int bus = *text ? bus_from_text(text) : BUS_USB;
	if (bus < 0)
		return refuse(request, "\"bus\" names a bus there is not.");
	*ret = (enum bus)bus;
	return 0;
}

static int read_functions(struct request *request, const json_t *json, function_set *ret)
{
	const json_t *array = json_object_get(json, "functions"), *entry;
	function_set functions = 0;
	size_t i;

	if (!array) {
		*ret = FUNCTION_BIT(FUNCTION_STORAGE);
		return 0;
	}
	json_array_foreach (array, i, entry) {
		int f = json_is_string(entry) ? function_from_text(json_string_value(entry))
					      : -EINVAL;
		if (f < 0)
			return refuse(request, "\"functions\" names a function there is not.");
		functions |= FUNCTION_BIT(f);
	}
	if (!functions)
		return refuse(request, "\"functions\" must be a list of one function or more.");
	*ret = functions;
	return 0;
}

static int read_modifiers(struct request *request, const json_t *json, modifier_set *ret)
{
	const json_t *array = json_object_get(json, "modifiers"), *entry;
	size_t i;

	*ret = 0;
	if (array && !json_is_array(array))
		return refuse(request, "\"modifiers\" must be a list.");
	json_array_foreach (array, i, entry) {
		int bit = json_is_string(entry) ? modifier_from_text(json_string_value(entry))
						: -EINVAL;
		if (bit < 0)
			return refuse(request, "\"modifiers\" names a modifier there is not.");
		*ret |= (modifier_set)bit;
	}
	return 0;
}

/* What only storage can have. */
static bool is_for_storage(const struct medium *medium)
{
	return medium->verdict == VERDICT_READ_ONLY || medium->verdict == VERDICT_ENCRYPTED_ONLY ||
	       medium->modifiers & (MODIFIER_NOEXEC | MODIFIER_TRAIL);
}

static int read_verdict(struct request *request, const json_t *json, struct medium *medium)
{
	const char *text;

	if (field_text(request, json, "verdict", 16, false, &text) < 0)
		return -EACCES;
	int verdict = *text ? verdict_from_text(text) : VERDICT_ALLOW;
	if (verdict < 0)
		return refuse(request, "\"verdict\" must be allow, read-only, encrypted-only, "
				       "charge-only or deny.");
	medium->verdict = (enum verdict)verdict;
	if (is_for_storage(medium) && medium->functions != FUNCTION_BIT(FUNCTION_STORAGE))
		return refuse(request, "Only storage can be read-only or encrypted-only, or have "
				       "noexec or trail.");
	return 0;
}

static int read_medium(struct request *request, const json_t *json, struct medium *ret)
{
	if (read_text(request, json, "tag", true, ret->tag, sizeof(ret->tag)) < 0 ||
	    read_bus(request, json, &ret->bus) < 0 ||
	    read_hex(request, json, "vendor", 4, true, ret->vendor) < 0 ||
	    read_hex(request, json, "product", 4, true, ret->product) < 0 ||
	    read_text(request, json, "serial", true, ret->serial, sizeof(ret->serial)) < 0 ||
	    read_text(request, json, "custodian", false, ret->custodian, sizeof(ret->custodian)) <
		    0 ||
	    read_text(request, json, "unit", false, ret->unit, sizeof(ret->unit)) < 0 ||
	    read_hex(request, json, "digest", 64, false, ret->digest) < 0 ||
	    read_text(request, json, "name", false, ret->name, sizeof(ret->name)) < 0 ||
	    read_functions(request, json, &ret->functions) < 0 ||
	    read_modifiers(request, json, &ret->modifiers) < 0 ||
	    read_verdict(request, json, ret) < 0)
		return -EACCES;
	if (strchr(ret->tag, '/'))
		return refuse(request, "\"tag\" must not have a slash.");
	return 0;
}

enum MHD_Result media_handle_add(struct request *request)
{
	_cleanup_json_ json_t *json = NULL;
	struct medium medium = { .registered = (int64_t)time(NULL) };

	if (request_json(request, &json) < 0 || read_medium(request, json, &medium) < 0)
		return reply_problem(request);
	snprintf(medium.registered_by, sizeof(medium.registered_by), "%s", request->person.name);
	int r = media_add(request->collector->store, &medium);
	if (r == -EEXIST)
		return reply_refusal(request, MHD_HTTP_CONFLICT, "conflict",
				     "The tag was used before, or this device is registered "
				     "already.");
	if (r < 0)
		return reply_failure(request, r, "register a medium");
	log_about(LOG_LEVEL_INFO, "medium-registered",
		  LOG_ABOUT(LOG_TEXT("by", request->person.name), LOG_TEXT("tag", medium.tag)),
		  "%s by %s", medium.tag, request->person.name);
	return reply_json(request, MHD_HTTP_CREATED, medium_to_json(&medium));
}

enum MHD_Result media_handle_withdraw(struct request *request)
{
	_cleanup_json_ json_t *json = NULL;
	const char *reason;

	if (request_json(request, &json) < 0 ||
	    field_text(request, json, "reason", STORE_TEXT_SIZE - 1, true, &reason) < 0)
		return reply_problem(request);
	int r = media_withdraw(request->collector->store, request->segment, request->person.name,
			       reason, (int64_t)time(NULL));
	if (r == -ENOENT)
		return reply_refusal(request, MHD_HTTP_NOT_FOUND, "not-found",
				     "No medium in force has this tag.");
	if (r < 0)
		return reply_failure(request, r, "withdraw a medium");
	log_about(
		LOG_LEVEL_INFO, "medium-withdrawn",
		LOG_ABOUT(LOG_TEXT("by", request->person.name), LOG_TEXT("tag", request->segment)),
		"%s by %s: %s", request->segment, request->person.name, reason);
	return reply_empty(request, MHD_HTTP_NO_CONTENT);
}
