/* What is decided is what the plain reference decides, whatever the policy and the device; and a
 * document says the same however it is written. */
#include "properties.h"

#include "policy/rules/format.h"

static void is_the_reference(struct world *world)
{
	const bool present = generate_once_in(&world->generator, 2);
	struct reference_decision expected;
	struct decision decision;

	decide(&world->view, &world->device, &world->circumstances.now, present, &decision);
	reference_decide(&world->reference, &world->device, &world->circumstances.now, present,
			 &expected);
	assert_int_equal(decision.n, world->device.n_interfaces);
	for (size_t i = 0; i < decision.n; i++) {
		const struct interface_decision *is = &decision.interfaces[i];
		const struct interface_decision *wanted = &expected.interfaces[i];

		if (!same_interface(is, wanted))
			FAIL(world,
			     "interface %zu: %s (modifiers %x) at step %s by %s, function %s; "
			     "the reference: %s (%x), %s, %s, %s",
			     i, verdict_to_text(is->verdict), is->modifiers,
			     decide_step_to_text(is->step), is->rule,
			     function_to_text(is->function), verdict_to_text(wanted->verdict),
			     wanted->modifiers, decide_step_to_text(wanted->step), wanted->rule,
			     function_to_text(wanted->function));
	}
	if (decision.verdict != expected.verdict || decision.partial != expected.partial ||
	    decision.risk != expected.risk)
		FAIL(world, "device: %s, partial %d, risk %d; the reference: %s, %d, %d",
		     verdict_to_text(decision.verdict), decision.partial, decision.risk,
		     verdict_to_text(expected.verdict), expected.partial, expected.risk);
}

static void decide_is_the_reference(void **state)
{
	(void)state;
	each_world(is_the_reference);
}

static void builtin_is_the_reference(struct world *world)
{
	json_t *document = world->reference.rules;

	world->view.rules = NULL;
	world->reference.rules = NULL;
	is_the_reference(world);
	world->view.rules = world->rules;
	world->reference.rules = document;
}

static void the_builtin_policy_is_the_reference(void **state)
{
	(void)state;
	each_world(builtin_is_the_reference);
}

/* The search gives what a walk over all rules gives: the same ones, in the document's order. */
static void search_is_a_walk(struct world *world)
{
	struct reference_question question = { &world->device, &world->circumstances.now, 0,
					       false };
	struct rules_query query;
	json_t *rule;
	size_t i;

	rules_query_init(&query, world->rules, &world->device, &world->circumstances.now);
	for (int f = 0; f < _FUNCTION_MAX; f++) {
		const struct rule *found = NULL;
		fact_set unknown = 0, wanted;

		question.function = (enum function)f;
		rules_query_begin(&query, question.function);
		json_array_foreach (json_object_get(world->reference.rules, "rules"), i, rule) {
			const char *id = json_string_value(json_object_get(rule, "id"));
			const enum truth truth = reference_match(rule, &question, &wanted);

			if (truth == FAILS)
				continue;
			found = rules_query_next(&query, &unknown);
			if (found == NULL || strcmp(found->id, id) != 0 || unknown != wanted)
				FAIL(world,
				     "for %s the search finds %s (unknown %x), the walk %s (%x)",
				     function_to_text(question.function),
				     found == NULL ? "nothing" : found->id, unknown, id, wanted);
			if (truth == HOLDS)
				break;
		}
		if (i == json_array_size(json_object_get(world->reference.rules, "rules")) &&
		    rules_query_next(&query, &unknown) != NULL)
			FAIL(world, "the search finds more than the walk");
	}
}

static void the_index_is_a_linear_scan(void **state)
{
	(void)state;
	each_world(search_is_a_walk);
}

static void in_order(struct world *world)
{
	json_t *list = json_object_get(world->reference.rules, "rules"), *rule;
	size_t i;

	assert_int_equal(rules_count(world->rules), json_array_size(list));
	json_array_foreach (list, i, rule) {
		const char *id = json_string_value(json_object_get(rule, "id"));

		assert_string_equal(rules_at(world->rules, i)->id, id);
		assert_ptr_equal(rules_find(world->rules, id), rules_at(world->rules, i));
	}
}

static void the_order_is_never_lost(void **state)
{
	(void)state;
	each_world(in_order);
}

/* Two rules of which the first holds for everything: the second is never heard. */
static void first_holds(struct world *world)
{
	json_t *document = json_deep_copy(world->reference.rules), *before = world->reference.rules;
	json_t *first =
		json_pack("{s:s, s:{}, s:s}", "id", "the-first", "match", "verdict", "allow");
	struct decision decision;

	json_array_insert_new(json_object_get(document, "rules"), 0, first);
	world_use_rules(world, document);
	judge(world, &decision);
	for (size_t i = 0; i < decision.n; i++)
		if (decision.interfaces[i].step == STEP_RULE &&
		    strcmp(decision.interfaces[i].rule, "the-first") != 0)
			FAIL(world, "a rule after the first that holds decided: %s",
			     decision.interfaces[i].rule);
	world_use_rules(world, before);
	json_decref(document);
}

static void nothing_after_the_first_that_holds(void **state)
{
	(void)state;
	each_world(first_holds);
}

/* A document that was written out and read again decides the same. */
static void written_and_read(struct world *world)
{
	char *text = json_dumps(
		world->reference.rules,
		JSON_INDENT(generate_below(&world->generator, 4)) |
			(generate_once_in(&world->generator, 2) ? JSON_ENSURE_ASCII : 0) |
			(generate_once_in(&world->generator, 2) ? JSON_SORT_KEYS : 0));
	struct rules *again = NULL, *before = world->rules;
	struct decision first, second;
	struct rules_error error;

	assert_non_null(text);
	judge(world, &first);
	if (rules_parse(text, strlen(text), &again, &error) < 0)
		FAIL(world, "what was read is refused when written again: %s", error.message);
	world->view.rules = again;
	judge(world, &second);
	for (size_t i = 0; i < first.n; i++)
		if (!same_interface(&first.interfaces[i], &second.interfaces[i]))
			FAIL(world, "written and read again, it decides otherwise");
	assert_int_equal(rules_facts(before), rules_facts(again));
	world->view.rules = before;
	rules_free(again);
	free(text);
}

/* Laid out by rules_format(), it is the same document; laid out again, the same text. */
static void laid_out(struct world *world)
{
	char *text = json_dumps(world->reference.rules, JSON_COMPACT), *once, *twice;
	size_t once_size, twice_size;
	struct rules_error error;
	json_t *again;

	assert_non_null(text);
	if (rules_format(text, strlen(text), &once, &once_size, &error) < 0)
		FAIL(world, "it cannot be laid out: %s", error.message);
	assert_int_equal(rules_format(once, once_size, &twice, &twice_size, &error), 0);
	assert_string_equal(once, twice);
	again = json_loads(once, 0, NULL);
	if (!json_equal(again, world->reference.rules))
		FAIL(world, "laid out, it is another document:\n%s", once);
	json_decref(again);
	free(twice);
	free(once);
	free(text);
}

static void the_layout_changes_nothing(void **state)
{
	(void)state;
	each_world(laid_out);
}

static void a_round_trip_changes_nothing(void **state)
{
	(void)state;
	each_world(written_and_read);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decide_is_the_reference),
		cmocka_unit_test(the_builtin_policy_is_the_reference),
		cmocka_unit_test(the_index_is_a_linear_scan),
		cmocka_unit_test(the_order_is_never_lost),
		cmocka_unit_test(nothing_after_the_first_that_holds),
		cmocka_unit_test(a_round_trip_changes_nothing),
		cmocka_unit_test(the_layout_changes_nothing),
	};

	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
