#include "internal.h"

#include <stdlib.h>
#include <string.h>

enum { PICK_UNKNOWN = -1, PICK_NONE = -2 };

void risk_free(struct risk *risk)
{
	if (risk == NULL)
		return;
	for (size_t i = 0; i < risk->n_restricted; i++) {
		free((char *)risk->restricted[i].brand);
		free((char *)risk->restricted[i].origin);
		free((char *)risk->restricted[i].ground);
	}
	free(risk->restricted);
	free(risk);
}

const char *risk_name(const struct risk *risk)
{
	return risk->name;
}

int risk_scale(const struct risk *risk)
{
	return risk->scale;
}

const struct risk_threshold *risk_thresholds(const struct risk *risk, size_t *ret_n)
{
	*ret_n = risk->n_thresholds;
	return risk->thresholds;
}

const struct restricted_vendor *risk_restricted_all(const struct risk *risk, size_t *ret_n)
{
	*ret_n = risk->n_restricted;
	return risk->restricted;
}

const struct restricted_vendor *risk_restricted(const struct risk *risk, uint16_t vendor)
{
	size_t low = 0, high = risk->n_restricted;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (risk->restricted[middle].vendor == vendor)
			return &risk->restricted[middle];
		if (risk->restricted[middle].vendor < vendor)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* Which value of its table a factor has: a place in it, PICK_UNKNOWN, or PICK_NONE where the factor
 * says nothing of such a subject. */

static int pick_function(const struct risk *risk, const struct risk_subject *subject)
{
	(void)risk;
	return (int)subject->function;
}

static int pick_identity(const struct risk *risk, const struct risk_subject *subject)
{
	const enum identity identity = subject->circumstances->identity;

	(void)risk;
	return identity == IDENTITY_UNKNOWN ? PICK_UNKNOWN : (int)identity;
}

static int pick_encryption(const struct risk *risk, const struct risk_subject *subject)
{
	const enum encryption encryption = subject->circumstances->encryption;

	(void)risk;
	if (subject->function != FUNCTION_STORAGE)
		return PICK_NONE;
	return encryption == ENCRYPTION_UNKNOWN ? PICK_UNKNOWN : (int)encryption;
}

/* The last band that begins at @number or below. */
static int pick_band(const struct risk_table *table, int32_t number)
{
	int band = 0;

	if (number < 0)
		return PICK_UNKNOWN;
	while ((size_t)band + 1 < table->n && table->values[band + 1].from <= number)
		band++;
	return band;
}

static int pick_first_seen(const struct risk *risk, const struct risk_subject *subject)
{
	return pick_band(&risk->tables[RISK_FIRST_SEEN], subject->circumstances->known_days);
}

static int pick_unregistered(const struct risk *risk, const struct risk_subject *subject)
{
	(void)risk;
	return subject->registered ? 0 : 1;
}

/* The ids of other buses are of other registries. */
static const struct restricted_vendor *restriction_of(const struct risk *risk,
						      const struct device *device)
{
	return device->bus == BUS_USB ? risk_restricted(risk, device->vendor) : NULL;
}

static int pick_restricted_vendor(const struct risk *risk, const struct risk_subject *subject)
{
	return restriction_of(risk, subject->device) == NULL ? 0 : 1;
}

static int pick_classification(const struct risk *risk, const struct risk_subject *subject)
{
	const struct risk_table *table = &risk->tables[RISK_CLASSIFICATION];
	const char *classification = subject->circumstances->classification;
	int i = 0;

	if (classification == NULL)
		return PICK_UNKNOWN;
	while ((size_t)i + 1 < table->n && strcmp(table->values[i].text, classification) != 0)
		i++;
	return i;
}

static int pick_violations(const struct risk *risk, const struct risk_subject *subject)
{
	return pick_band(&risk->tables[RISK_VIOLATIONS], subject->circumstances->violations);
}

static int pick_hosts_seen(const struct risk *risk, const struct risk_subject *subject)
{
	return pick_band(&risk->tables[RISK_HOSTS_SEEN], subject->circumstances->hosts_seen);
}

static int pick_history(const struct risk *risk, const struct risk_subject *subject)
{
	return pick_band(&risk->tables[RISK_HISTORY], subject->circumstances->denials);
}

static const struct {
	const char *name;
	fact_set fact; /* that tells its value; 0: the device and the register do */
	int (*pick)(const struct risk *risk, const struct risk_subject *subject);
} kinds[_RISK_KIND_MAX] = {
	[RISK_FUNCTION] = { "function", 0, pick_function },
	[RISK_IDENTITY] = { "identity", FACT_IDENTITY, pick_identity },
	[RISK_ENCRYPTION] = { "encryption", FACT_ENCRYPTION, pick_encryption },
	[RISK_FIRST_SEEN] = { "first-seen", FACT_FIRST_SEEN, pick_first_seen },
	[RISK_UNREGISTERED] = { "unregistered", 0, pick_unregistered },
	[RISK_RESTRICTED_VENDOR] = { "restricted-vendor", 0, pick_restricted_vendor },
	[RISK_CLASSIFICATION] = { "classification", FACT_CLASSIFICATION, pick_classification },
	[RISK_VIOLATIONS] = { "violations", FACT_VIOLATIONS, pick_violations },
	[RISK_HOSTS_SEEN] = { "hosts-seen", FACT_HOSTS_SEEN, pick_hosts_seen },
	[RISK_HISTORY] = { "history", FACT_HISTORY, pick_history },
};

const char *risk_kind_to_text(enum risk_kind kind)
{
	return kinds[kind].name;
}

fact_set risk_facts(const struct risk *risk)
{
	fact_set facts = 0;

	for (int k = 0; k < _RISK_KIND_MAX; k++)
		if (risk->tables[k].is_there)
			facts |= kinds[k].fact;
	return facts;
}

static void add(struct risk_points *sum, struct risk_points points)
{
	sum->likelihood += points.likelihood;
	sum->impact += points.impact;
}

static int on_scale(const struct risk *risk, int points)
{
	if (points < 1)
		return 1;
	return points > risk->scale ? risk->scale : points;
}

static int score_of(const struct risk *risk, struct risk_points points)
{
	return on_scale(risk, points.likelihood) * on_scale(risk, points.impact);
}

/* The first threshold is at the lowest score, so there is always one. */
static struct outcome outcome_of(const struct risk *risk, int score)
{
	size_t i = risk->n_thresholds - 1;

	while (i > 0 && risk->thresholds[i].from > score)
		i--;
	return risk->thresholds[i].outcome;
}

static void put_factor(struct risk_assessment *assessment, const char *name, const char *value,
		       struct risk_points points)
{
	assessment->factors[assessment->n_factors++] = (struct risk_factor){
		.name = name,
		.value = value,
		.likelihood = points.likelihood,
		.impact = points.impact,
	};
}

static const char *value_text(const struct risk *risk, const struct risk_subject *subject,
			      enum risk_kind kind, int place)
{
	const struct restricted_vendor *restriction = restriction_of(risk, subject->device);

	if (kind == RISK_RESTRICTED_VENDOR && restriction != NULL)
		return restriction->brand;
	return risk->tables[kind].values[place].text;
}

void risk_assess(const struct risk *risk, const struct risk_subject *subject,
		 struct risk_assessment *ret)
{
	struct risk_points sum = risk->base, best = risk->base;

	ret->n_factors = 0;
	ret->unknown = 0;
	put_factor(ret, "base", "", risk->base);
	for (int k = 0; k < _RISK_KIND_MAX; k++) {
		const struct risk_table *table = &risk->tables[k];
		const int place = table->is_there ? kinds[k].pick(risk, subject) : PICK_NONE;

		if (place == PICK_NONE)
			continue;
		if (place == PICK_UNKNOWN) {
			put_factor(ret, kinds[k].name, "unknown", table->worst);
			add(&sum, table->worst);
			add(&best, table->best);
			if (memcmp(&table->worst, &table->best, sizeof(table->best)) != 0)
				ret->unknown |= kinds[k].fact;
			continue;
		}
		put_factor(ret, kinds[k].name, value_text(risk, subject, (enum risk_kind)k, place),
			   table->values[place].points);
		add(&sum, table->values[place].points);
		add(&best, table->values[place].points);
	}
	ret->likelihood = on_scale(risk, sum.likelihood);
	ret->impact = on_scale(risk, sum.impact);
	ret->score = ret->likelihood * ret->impact;
	ret->outcome = outcome_of(risk, ret->score);
	ret->best = outcome_of(risk, score_of(risk, best));
}
