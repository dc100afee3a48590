/* The restricted vendors of a risk model, and a list of them that is kept beside it. */
#include "internal.h"
#include "merge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy/json_text.h"
#include "policy/text.h"

#define LIST_SCHEMA "devgate-restricted-1"

/* Every vendor id that a list has named before: a bit each. */
struct seen {
	uint8_t bits[UINT16_MAX / 8 + 1];
};

static bool see(struct seen *seen, uint16_t vendor)
{
	uint8_t *byte = &seen->bits[vendor / 8];
	const uint8_t bit = (uint8_t)(1U << (vendor % 8));
	const bool before = (*byte & bit) != 0;

	*byte |= bit;
	return before;
}

static int read_vendor(struct rules_reader *reader, const char *path, json_t *value, uint16_t *ret)
{
	uint8_t id[2];

	if (!json_is_string(value) || text_unhex(json_string_value(value), id, sizeof(id)) < 0)
		return rules_fail(reader, path,
				  "A vendor id is four hexadecimal digits, \"2ca3\" for instance.");
	*ret = (uint16_t)(id[0] << 8 | id[1]);
	return 0;
}

static int read_copy(struct rules_reader *reader, const char *path, json_t *value, size_t max,
		     const char **ret)
{
	char text[RISK_GROUND_SIZE];
	int r = rules_read_text(reader, path, value, text, max);

	if (r == 0 && (*ret = strdup(text)) == NULL)
		r = -ENOMEM;
	return r;
}

static int read_restricted_vendor(struct rules_reader *reader, const char *path, json_t *object,
				  struct restricted_vendor *ret)
{
	static const char *const names[] = { "vendor", "brand", "origin", "ground" };
	static const size_t sizes[] = { 0, RISK_TEXT_SIZE, RISK_TEXT_SIZE, RISK_GROUND_SIZE };
	const char **const texts[] = { NULL, &ret->brand, &ret->origin, &ret->ground };
	char member[RULES_PATH_SIZE];
	json_t *value;

	int r = rules_check_members(reader, path, object, names, 4);
	for (int i = 0; r == 0 && i < 4; i++) {
		rules_path_member(member, path, names[i]);
		r = risk_need(reader, path, object, names[i], &value);
		if (r == 0)
			r = i == 0 ? read_vendor(reader, member, value, &ret->vendor)
				   : read_copy(reader, member, value, sizes[i], texts[i]);
	}
	return r;
}

static int by_vendor(const void *a, const void *b)
{
	const struct restricted_vendor *x = a, *y = b;

	return (int)x->vendor - (int)y->vendor;
}

int risk_read_restricted(struct rules_reader *reader, const char *path, json_t *list,
			 struct risk *risk)
{
	struct seen seen = { { 0 } };
	char element[RULES_PATH_SIZE];
	json_t *object;
	size_t i;
	int r = 0;

	if (!json_is_array(list))
		return rules_fail(reader, path, "A list [ ... ] of vendors is wanted here.");
	if (json_array_size(list) > RISK_MAX_RESTRICTED) {
		(void)rules_fail(reader, path, "There are more than %d vendors.",
				 RISK_MAX_RESTRICTED);
		return -E2BIG;
	}
	risk->restricted = calloc(json_array_size(list) + 1, sizeof(*risk->restricted));
	if (risk->restricted == NULL)
		return -ENOMEM;
	json_array_foreach (list, i, object) {
		struct restricted_vendor *vendor = &risk->restricted[i];

		rules_path_element(element, path, i);
		risk->n_restricted++; /* first, so that risk_free() takes what it has begun */
		r = read_restricted_vendor(reader, element, object, vendor);
		if (r == 0 && see(&seen, vendor->vendor))
			r = rules_fail(reader, element, "The vendor %04x is named twice.",
				       vendor->vendor);
		if (r < 0)
			return r;
	}
	qsort(risk->restricted, risk->n_restricted, sizeof(*risk->restricted), by_vendor);
	return 0;
}

/* The vendors of the list @root, judged as those of a model are; borrowed from it. */
static int read_list(struct rules_reader *reader, json_t *root, json_t **ret)
{
	static const char *const names[] = { "schema", "restricted" };
	struct risk *judge = NULL;

	int r = rules_check_members(reader, "", root, names, 2);
	if (r == 0)
		r = risk_read_schema(reader, root, LIST_SCHEMA);
	if (r == 0)
		r = risk_need(reader, "", root, "restricted", ret);
	if (r == 0 && (judge = calloc(1, sizeof(*judge))) == NULL)
		r = -ENOMEM;
	if (r == 0)
		r = risk_read_restricted(reader, "restricted", *ret, judge);
	risk_free(judge);
	return r;
}

/* The place of a vendor in @list that @vendor, an element of another list, is; -1 if it is new. */
static int find_vendor(json_t *list, json_t *vendor)
{
	const char *id = json_string_value(json_object_get(vendor, "vendor"));
	json_t *other;
	size_t i;

	json_array_foreach (list, i, other)
		if (strcasecmp(json_string_value(json_object_get(other, "vendor")), id) == 0)
			return (int)i;
	return -1;
}

/* Add @vendors to the "restricted" of @model; nobody may be in both. */
static int add_vendors(struct risk_document *list, json_t *vendors, json_t *model)
{
	json_t *restricted = json_object_get(model, "restricted");
	char element[RULES_PATH_SIZE];
	json_t *vendor;
	size_t i;

	if (restricted == NULL) {
		restricted = json_array();
		if (json_object_set_new(model, "restricted", restricted) < 0)
			return -ENOMEM;
	}
	const json_t *before = restricted;
	const size_t n = json_array_size(before);
	if (n + json_array_size(vendors) > RISK_MAX_RESTRICTED) {
		(void)rules_fail(&list->reader, "restricted",
				 "With those of the model there are more than %d vendors.",
				 RISK_MAX_RESTRICTED);
		return -E2BIG;
	}
	json_array_foreach (vendors, i, vendor) {
		const int place = find_vendor(restricted, vendor);

		rules_path_element(element, "restricted", i);
		if (place >= 0)
			return rules_fail(&list->reader, element,
					  "The model restricts this vendor already, as "
					  "restricted[%d].",
					  place);
		if (json_array_append(restricted, vendor) < 0)
			return -ENOMEM;
	}
	return 0;
}

bool risk_is_list(const char *text, size_t size)
{
	return risk_document_is(text, size, LIST_SCHEMA);
}

int risk_merge(const char *model, const char *list, char **ret, struct rules_error *error)
{
	struct risk_document model_document, list_document;
	json_t *vendors = NULL;
	int r = risk_document_load(&model_document, model, strlen(model), error);

	if (r < 0)
		return r;
	r = risk_document_load(&list_document, list, strlen(list), error);
	if (r < 0) {
		risk_document_finish(&model_document);
		return r;
	}
	r = read_list(&list_document.reader, list_document.root, &vendors);
	if (r == 0)
		r = add_vendors(&list_document, vendors, model_document.root);
	if (r == 0) {
		*ret = json_dumps(model_document.root, JSON_INDENT(2));
		r = *ret == NULL ? -ENOMEM : 0;
	}
	risk_document_finish(&model_document);
	risk_document_finish(&list_document);
	return r;
}
