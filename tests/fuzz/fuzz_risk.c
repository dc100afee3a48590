#include "fuzz.h"

#include "policy/risk/diff.h"
#include "policy/risk/merge.h"
#include "policy/risk/risk.h"
#include "policy/text.h"

/* All that is unknown, and two ways that things may be. */
static struct circumstances circumstances_of(int i)
{
	struct circumstances ret = circumstances_unknown;

	if (i == 0)
		return ret;
	ret.identity = i == 1 ? IDENTITY_SERIAL : IDENTITY_DUPLICATE;
	ret.encryption = i == 1 ? ENCRYPTION_LUKS : ENCRYPTION_NONE;
	ret.known_days = i == 1 ? 100 : 0;
	ret.classification = i == 1 ? "一般" : "?";
	ret.violations = i == 1 ? 0 : INT32_MAX;
	ret.hosts_seen = i == 1 ? 1 : 7;
	ret.denials = i == 1 ? 0 : 2;
	return ret;
}

/* The breakdown comes to the score, on the scale; and the facts asked for are the model's. */
static void check_assessment(const struct risk *risk, const struct risk_assessment *assessment)
{
	const int scale = risk_scale(risk);
	int likelihood = 0, impact = 0;

	assert(assessment->n_factors >= 1 && assessment->n_factors <= RISK_MAX_FACTORS);
	for (size_t i = 0; i < assessment->n_factors; i++) {
		likelihood += assessment->factors[i].likelihood;
		impact += assessment->factors[i].impact;
		assert(text_is_clean(assessment->factors[i].value,
				     strlen(assessment->factors[i].value)));
	}
	likelihood = likelihood < 1 ? 1 : likelihood > scale ? scale : likelihood;
	impact = impact < 1 ? 1 : impact > scale ? scale : impact;
	assert(assessment->likelihood == likelihood && assessment->impact == impact);
	assert(assessment->score == likelihood * impact);
	assert((assessment->unknown & ~risk_facts(risk)) == 0);
	assert(verdict_stricter(assessment->outcome.verdict, assessment->best.verdict) ==
	       assessment->outcome.verdict);
}

static void check_assessments(const struct risk *risk)
{
	for (unsigned i = 0; i < 3U * _FUNCTION_MAX * 2; i++) {
		const struct circumstances circumstances = circumstances_of((int)(i % 3));
		const struct device device = { .vendor = i & 1 ? 0x2ca3 : 0x0951 };
		const struct risk_subject subject = { &device, &circumstances,
						      (enum function)(i / 3 % _FUNCTION_MAX),
						      i / 3 / _FUNCTION_MAX == 0 };
		const struct circumstances nothing = circumstances_unknown;
		const struct risk_subject unknown = { &device, &nothing, subject.function,
						      subject.registered };
		struct risk_assessment assessment, worst;

		risk_assess(risk, &subject, &assessment);
		risk_assess(risk, &unknown, &worst);
		check_assessment(risk, &assessment);
		/* Not to know never helps. */
		assert(worst.score >= assessment.score);
	}
}

static void check_model(const struct risk *risk)
{
	const struct restricted_vendor *vendors;
	const struct risk_threshold *thresholds;
	size_t n;

	assert(risk_name(risk)[0] != '\0');
	thresholds = risk_thresholds(risk, &n);
	assert(n >= 1 && thresholds[0].from == 1);
	for (size_t i = 1; i < n; i++)
		assert(thresholds[i].from > thresholds[i - 1].from &&
		       verdict_stricter(thresholds[i].outcome.verdict,
					thresholds[i - 1].outcome.verdict) ==
			       thresholds[i].outcome.verdict);
	vendors = risk_restricted_all(risk, &n);
	for (size_t i = 0; i < n; i++) {
		assert(i == 0 || vendors[i - 1].vendor < vendors[i].vendor);
		assert(risk_restricted(risk, vendors[i].vendor) == &vendors[i]);
		assert(vendors[i].brand[0] != '\0' && vendors[i].ground[0] != '\0');
	}
	check_assessments(risk);
}

static void check_error(const struct rules_error *error, const char *text, size_t size)
{
	int lines = 1;

	for (size_t i = 0; i < size; i++)
		lines += text[i] == '\n';
	assert(error->line >= 0 && error->line <= lines && error->column >= 0);
	assert(error->message[0] != '\0');
	assert(text_is_clean(error->path, strlen(error->path)));
}

/* What is merged loads again, with one vendor more, unless the model has it already. */
static void check_merge(const struct risk *risk, const char *model)
{
	static const char list[] =
		"{\"schema\":\"devgate-restricted-1\",\"restricted\":[{\"vendor\":\"2ca3\","
		"\"brand\":\"b\",\"origin\":\"o\",\"ground\":\"g\"}]}";
	struct rules_error error;
	struct risk *merged;
	char *text;
	size_t before, after;

	(void)risk_restricted_all(risk, &before);
	const bool had = risk_restricted(risk, 0x2ca3) != NULL;
	if (risk_merge(model, list, &text, &error) < 0) {
		assert(had || before == RISK_MAX_RESTRICTED);
		return;
	}
	assert(risk_parse(text, strlen(text), &merged, &error) == 0);
	(void)risk_restricted_all(merged, &after);
	assert(!had && after == before + 1);
	risk_free(merged);
	struct risk_changes changes;
	assert(risk_diff(model, text, &changes) == 0);
	assert(changes.n == 1 && strcmp(changes.list[0].path, "restricted.2ca3") == 0);
	risk_changes_finish(&changes);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct risk *risk = NULL;
	struct rules_error error;
	char *merged;

	assert(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	if (risk_parse(text, size, &risk, &error) == 0) {
		check_model(risk);
		if (strlen(text) == size)
			check_merge(risk, text);
	} else {
		check_error(&error, text, size);
	}
	risk_free(risk);
	/* And as a list that is put into a model. */
	if (risk_merge("{}", text, &merged, &error) == 0)
		free(merged);
	else
		check_error(&error, text, size);
	free(text);
	return 0;
}
