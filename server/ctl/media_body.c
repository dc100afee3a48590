#include "media_body.h"

#include <stdio.h>

#include "policy/verdict_json.h"
#include "server/pki/cleanup.h"

static int add_text(json_t *json, const char *name, const char *text)
{
	return text ? json_object_set_new(json, name, json_string(text)) : 0;
}

static int add_functions(json_t *json, function_set functions)
{
	json_t *list = json_array();
	int r = json_object_set_new(json, "functions", list);

	for (int f = 0; r == 0 && f < _FUNCTION_MAX; f++)
		if (functions & FUNCTION_BIT(f))
			r = json_array_append_new(list,
						  json_string(function_to_text((enum function)f)));
	return r;
}

json_t *media_body_to_json(const struct media_body *body)
{
	_cleanup_json_ json_t *json = json_object();
	char vendor[5], product[5];

	snprintf(vendor, sizeof(vendor), "%04x", body->vendor);
	snprintf(product, sizeof(product), "%04x", body->product);
	if (!json || add_text(json, "tag", body->tag) < 0 ||
	    add_text(json, "bus", bus_to_text(body->bus)) < 0 ||
	    add_text(json, "vendor", vendor) < 0 || add_text(json, "product", product) < 0 ||
	    add_text(json, "serial", body->serial) < 0 || add_text(json, "name", body->name) < 0 ||
	    add_text(json, "verdict", verdict_to_text(body->verdict)) < 0 ||
	    json_object_set_new(json, "modifiers", modifiers_to_json(body->modifiers)) < 0 ||
	    add_functions(json, body->functions) < 0 ||
	    add_text(json, "custodian", body->custodian) < 0 ||
	    add_text(json, "unit", body->unit) < 0 || add_text(json, "digest", body->digest) < 0)
		return NULL;
	return TAKE_PTR(json);
}
