/* No alarm of the lint is false, over generated documents and those that are shipped. */
#include "cmocka_test.h"

#include <stdlib.h>

#include "generate.h"
#include "linted.h"
#include "policy/decide.h"

/* Nothing is not known, and what cannot be together is not. */
static void make_sense(struct device *device, struct generated_circumstances *circumstances,
		       struct generator *generator)
{
	do {
		generate_circumstances(generator, circumstances);
		circumstances->now.minute =
			circumstances->now.minute < 0 ? 0 : circumstances->now.minute;
	} while (circumstances->now.user == NULL || circumstances->now.groups == NULL ||
		 circumstances->now.host == NULL || circumstances->now.unit == NULL ||
		 circumstances->now.label == NULL || circumstances->now.classification == NULL ||
		 circumstances->now.session == SESSION_UNKNOWN ||
		 circumstances->now.site == SITE_UNKNOWN ||
		 circumstances->now.encryption == ENCRYPTION_UNKNOWN ||
		 circumstances->now.identity == IDENTITY_UNKNOWN);
	struct circumstances *now = &circumstances->now;
	int32_t *numbers[] = { &now->known_days, &now->violations, &now->hosts_seen,
			       &now->denials };
	for (size_t i = 0; i < COUNT(numbers); i++)
		*numbers[i] = *numbers[i] < 0 ? 0 : *numbers[i];
	now->media_bytes = now->media_bytes < 0 ? 0 : now->media_bytes;
	for (int f = 0; f < _FUNCTION_MAX; f++)
		now->count[f] = now->count[f] < 1 ? 1 : now->count[f];
	if (now->session == SESSION_NONE) {
		now->user = "";
		now->n_groups = 0;
	}
	if (!device->has_serial)
		now->identity = IDENTITY_NONE;
	else if (now->identity == IDENTITY_NONE)
		now->identity = IDENTITY_SERIAL;
	if (device->bus != BUS_USB)
		device->has_usbguard_hash = device->has_usbguard_parent_hash = false;
}

static bool same_decision(const struct rules *a, const struct rules *b, const struct device *device,
			  const struct circumstances *now)
{
	const struct policy_view x = { .rules = a }, y = { .rules = b };
	struct decision p, q;

	decide(&x, device, now, false, &p);
	decide(&y, device, now, false, &q);
	for (size_t i = 0; i < device->n_interfaces; i++)
		if (p.interfaces[i].verdict != q.interfaces[i].verdict ||
		    p.interfaces[i].modifiers != q.interfaces[i].modifiers ||
		    strcmp(p.interfaces[i].rule, q.interfaces[i].rule) != 0)
			return false;
	return true;
}

/* A rule that never decides, or whose match holds for nothing, is missed by nobody. */
static void try_without(struct generator *generator, json_t *json, const struct document *document,
			const struct rules_finding *finding)
{
	json_t *without = json_deep_copy(json);
	json_t *list = json_object_get(without, "rules");
	size_t place;

	assert_int_equal(sscanf(finding->path, "rules[%zu]", &place), 1);
	json_array_remove(list, place);
	struct document other = document_of_json(without);
	for (int i = 0; i < 30; i++) {
		struct generated_circumstances circumstances;
		struct device device;

		generate_device(generator, &device);
		if (finding->kind == RULES_UNREACHABLE)
			generate_circumstances(generator, &circumstances);
		else
			make_sense(&device, &circumstances, generator);
		if (!same_decision(document->rules, other.rules, &device, &circumstances.now))
			fail_msg("%s %s: %s", rules_finding_to_text(finding->kind), finding->rule,
				 document->text);
	}
	document_finish(&other);
	json_decref(without);
}

static void no_alarm_is_false(void **state)
{
	(void)state;
	size_t found[_RULES_FINDING_MAX] = { 0 };

	for (uint64_t seed = 1; seed <= 3000; seed++) {
		struct generator generator = { seed };
		json_t *json = generate_rules(&generator, 8, false);
		struct document document = document_of_json(json);
		struct rules_findings findings = lint_of(&document);

		for (size_t i = 0; i < findings.n; i++) {
			const enum rules_finding_kind kind = findings.list[i].kind;

			assert_true(findings.list[i].line == 1 && findings.list[i].column > 0);
			found[kind]++;
			if (kind <= RULES_NO_INTERFACES)
				try_without(&generator, json, &document, &findings.list[i]);
		}
		rules_findings_finish(&findings);
		document_finish(&document);
		json_decref(json);
	}
	assert_true(found[RULES_UNREACHABLE] > 100);
	assert_true(found[RULES_SHADOWED] > 10);
	assert_true(found[RULES_NO_MEDIUM] > 5);
}

static void the_samples_are_clean(void **state)
{
	(void)state;
	static const char *const files[] = { "strict-bureau", "research-unit", "audit-only" };

	for (size_t i = 0; i < COUNT(files); i++) {
		char path[100], *text = calloc(1, 100000);

		snprintf(path, sizeof(path), "policy/samples/%s.json", files[i]);
		FILE *file = fopen(path, "r");
		assert_non_null(file);
		assert_true(fread(text, 1, 99999, file) > 0);
		(void)fclose(file);
		struct document document = document_take(text);
		struct rules_findings findings = lint_of(&document);
		for (size_t j = 0; j < findings.n; j++)
			if (findings.list[j].kind != RULES_AUDIT_MODE)
				fail_msg("%s: %s", path,
					 rules_finding_to_text(findings.list[j].kind));
		rules_findings_finish(&findings);
		document_finish(&document);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_alarm_is_false),
		cmocka_unit_test(the_samples_are_clean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
