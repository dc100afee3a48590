/* Risk models from a seed. */
#include "generate_words.h"
#include "policy/verdict_json.h"

#include <stdio.h>

static json_t *points(struct generator *generator)
{
	json_t *made = json_object();

	if (!generate_once_in(generator, 3))
		json_object_set_new(made, "likelihood",
				    json_integer((int)generate_below(generator, 6) - 2));
	if (!generate_once_in(generator, 3))
		json_object_set_new(made, "impact",
				    json_integer((int)generate_below(generator, 6) - 2));
	return made;
}

static json_t *by_word(struct generator *generator, const char *const *words, size_t n)
{
	json_t *factor = json_object();

	for (size_t i = 0; i < n; i++)
		if (json_object_size(factor) == 0 || generate_once_in(generator, 2))
			json_object_set_new(factor, words[i], points(generator));
	return factor;
}

static json_t *bands(struct generator *generator)
{
	json_t *list = json_array();
	int from = 0;

	for (size_t n = 1 + generate_below(generator, 3); n > 0; n--) {
		json_t *band = points(generator);

		json_object_set_new(band, "from", json_integer(from));
		json_array_append_new(list, band);
		from += 1 + (int)generate_below(generator, 3);
	}
	return list;
}

static json_t *classification(struct generator *generator)
{
	static const char *const of[] = { "secret", "open", "*" };
	json_t *list = json_array();

	for (size_t i = 0; i < 3; i++) {
		json_t *entry = points(generator);

		json_object_set_new(entry, "is", json_string(of[i]));
		if (json_array_size(list) == 0 || generate_once_in(generator, 2))
			json_array_append(list, entry);
		json_decref(entry);
	}
	return list;
}

static json_t *make_factors(struct generator *generator)
{
	static const char *const functions[] = { "storage", "phone", "keyboard", "*" };
	static const char *const identities[] = { "none", "serial", "changed", "duplicate" };
	static const char *const encryptions[] = { "none", "luks", "bitlocker" };
	json_t *all = json_pack(
		"{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "function",
		by_word(generator, functions, 4), "identity", by_word(generator, identities, 4),
		"encryption", by_word(generator, encryptions, 3), "unregistered", points(generator),
		"restricted-vendor", points(generator), "classification", classification(generator),
		"first-seen", bands(generator), "violations", bands(generator), "hosts-seen",
		bands(generator), "history", bands(generator));
	json_t *value;
	const char *name;
	void *next;

	json_object_foreach_safe(all, next, name, value) if (generate_once_in(generator, 4))
		json_object_del(all, name);
	return all;
}

/* Each at least as strict as the one before, whatever the function: for what is not storage,
 * read-only and encrypted-only are denials. */
static json_t *make_thresholds(struct generator *generator)
{
	static const char *const middle[] = { "read-only", "encrypted-only", "charge-only" };
	const char *const ladder[] = { "allow", PICK(generator, middle), "deny" };
	json_t *list = json_array();
	modifier_set modifiers = 0;
	int from = 1;

	for (size_t i = generate_below(generator, 2); i < 3; i++) {
		json_t *threshold = json_pack("{s:i, s:s}", "from", from, "verdict", ladder[i]);

		/* And with all that was asked for before. */
		if (i < 2)
			modifiers |= (modifier_set)generate_below(generator, _MODIFIER_ALL + 1) &
				     (modifier_set)generate_below(generator, _MODIFIER_ALL + 1);
		if (i < 2 && modifiers != 0)
			json_object_set_new(threshold, "modifiers", modifiers_to_json(modifiers));
		json_array_append_new(list, threshold);
		from += 1 + (int)generate_below(generator, 4);
		if (generate_once_in(generator, 5))
			break;
	}
	return list;
}

json_t *generate_risk(struct generator *generator)
{
	json_t *model =
		json_pack("{s:s, s:s, s:o, s:o, s:o}", "schema", "devgate-risk-1", "name",
			  "generated", "base", points(generator), "factors",
			  make_factors(generator), "thresholds", make_thresholds(generator));
	json_t *base = json_object_get(model, "base");

	json_object_set_new(base, "likelihood",
			    json_integer(1 + (int)generate_below(generator, 3)));
	json_object_set_new(base, "impact", json_integer(1 + (int)generate_below(generator, 3)));
	if (generate_once_in(generator, 3))
		json_object_set_new(model, "scale",
				    json_integer(3 + (int)generate_below(generator, 4)));
	if (!generate_once_in(generator, 3))
		json_object_set_new(model, "restricted",
				    json_pack("[{s:s, s:s, s:s, s:s}]", "vendor", "0952", "brand",
					      "B", "origin", "O", "ground", "G"));
	return model;
}
