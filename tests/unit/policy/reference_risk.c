/* The risk model's arithmetic, as one would do it with a pencil: the points of every factor, added
 * to the base; both sums kept between 1 and the scale; their product looked up in the thresholds.
 */
#include "reference.h"

#include <stdlib.h>
#include <string.h>

struct points {
	int likelihood, impact;
};

static struct points points_of(json_t *object)
{
	return (struct points){
		(int)json_integer_value(json_object_get(object, "likelihood")),
		(int)json_integer_value(json_object_get(object, "impact")),
	};
}

static struct points worse(struct points a, struct points b)
{
	return (struct points){ a.likelihood > b.likelihood ? a.likelihood : b.likelihood,
				a.impact > b.impact ? a.impact : b.impact };
}

/* A factor by word, which is not named: nothing.  @word NULL: the worst of all @n @words. */
static struct points by_word(json_t *factor, const char *word, const char *const *words, size_t n)
{
	if (word != NULL)
		return points_of(json_object_get(factor, word));

	struct points worst = points_of(json_object_get(factor, words[0]));

	for (size_t i = 1; i < n; i++)
		worst = worse(worst, points_of(json_object_get(factor, words[i])));
	return worst;
}

/* The last band that begins at @number or before; the worst of all for an unknown one. */
static struct points by_band(json_t *bands, int64_t number)
{
	struct points points = { 0, 0 };
	json_t *band;
	size_t i;

	json_array_foreach (bands, i, band) {
		if (number < 0)
			points = i == 0 ? points_of(band) : worse(points, points_of(band));
		else if (json_integer_value(json_object_get(band, "from")) <= number)
			points = points_of(band);
	}
	return points;
}

static struct points by_class(json_t *list, const char *class)
{
	struct points others = { 0, 0 }, worst;
	json_t *entry;
	size_t i;

	json_array_foreach (list, i, entry)
		if (strcmp(json_string_value(json_object_get(entry, "is")), "*") == 0)
			others = points_of(entry);
	worst = others;
	json_array_foreach (list, i, entry) {
		const char *is = json_string_value(json_object_get(entry, "is"));

		worst = worse(worst, points_of(entry));
		if (class != NULL && strcmp(is, "*") != 0 && strcmp(is, class) == 0)
			return points_of(entry);
	}
	return class == NULL ? worst : others;
}

static struct points by_function(json_t *factor, enum function function)
{
	json_t *points = json_object_get(factor, function_to_text(function));

	return points_of(points == NULL ? json_object_get(factor, "*") : points);
}

static bool restricted(json_t *model, const struct device *device)
{
	json_t *entry;
	size_t i;

	json_array_foreach (json_object_get(model, "restricted"), i, entry)
		if (device->bus == BUS_USB &&
		    strtoul(json_string_value(json_object_get(entry, "vendor")), NULL, 16) ==
			    device->vendor)
			return true;
	return false;
}

static void add(struct points *sum, struct points points)
{
	sum->likelihood += points.likelihood;
	sum->impact += points.impact;
}

static struct points add_up(json_t *model, const struct reference_question *question)
{
	static const char *const identities[] = { "none", "serial", "changed", "duplicate" };
	static const char *const encryptions[] = { "none", "luks", "bitlocker" };
	const struct circumstances *now = question->circumstances;
	json_t *factors = json_object_get(model, "factors");
	struct points sum = points_of(json_object_get(model, "base"));

	add(&sum, by_function(json_object_get(factors, "function"), question->function));
	add(&sum, by_word(json_object_get(factors, "identity"),
			  now->identity == IDENTITY_UNKNOWN ? NULL : identities[now->identity - 1],
			  identities, 4));
	if (question->function == FUNCTION_STORAGE)
		add(&sum, by_word(json_object_get(factors, "encryption"),
				  now->encryption == ENCRYPTION_UNKNOWN
					  ? NULL
					  : encryptions[now->encryption - 1],
				  encryptions, 3));
	if (!question->registered)
		add(&sum, points_of(json_object_get(factors, "unregistered")));
	if (restricted(model, question->device))
		add(&sum, points_of(json_object_get(factors, "restricted-vendor")));
	add(&sum, by_class(json_object_get(factors, "classification"), now->classification));
	add(&sum, by_band(json_object_get(factors, "first-seen"), now->known_days));
	add(&sum, by_band(json_object_get(factors, "violations"), now->violations));
	add(&sum, by_band(json_object_get(factors, "hosts-seen"), now->hosts_seen));
	add(&sum, by_band(json_object_get(factors, "history"), now->denials));
	return sum;
}

static int between(int n, int least, int most)
{
	return n < least ? least : n > most ? most : n;
}

int reference_risk(json_t *model, const struct reference_question *question,
		   struct outcome *ret_outcome)
{
	json_t *scale = json_object_get(model, "scale"), *threshold, *modifier, *reached = NULL;
	const int most = scale == NULL ? 5 : (int)json_integer_value(scale);
	const struct points sum = add_up(model, question);
	const int score = between(sum.likelihood, 1, most) * between(sum.impact, 1, most);
	size_t i;

	json_array_foreach (json_object_get(model, "thresholds"), i, threshold)
		if (json_integer_value(json_object_get(threshold, "from")) <= score)
			reached = threshold;
	*ret_outcome = (struct outcome){
		.verdict = (enum verdict)verdict_from_text(
			json_string_value(json_object_get(reached, "verdict"))),
	};
	json_array_foreach (json_object_get(reached, "modifiers"), i, modifier)
		ret_outcome->modifiers |=
			(modifier_set)modifier_from_text(json_string_value(modifier));
	return score;
}
