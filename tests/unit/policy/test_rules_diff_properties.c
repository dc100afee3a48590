/* What is not said to change does not, over generated documents. */
#include "cmocka_test.h"

#include "compared.h"
#include "generate.h"
#include "policy/rules/diff_internal.h"

/* Change something of @json. */
static void mutate(struct generator *generator, json_t *json)
{
	json_t *list = json_object_get(json, "rules");
	const size_t n = json_array_size(list);
	const size_t at = n == 0 ? 0 : generate_below(generator, (uint32_t)n);
	json_t *rule = json_array_get(list, at);
	char id[20];

	snprintf(id, sizeof(id), "new-%u", generate_below(generator, 1000000));
	switch (n == 0 ? 0 : generate_below(generator, 6)) {
	case 0:
		json_array_insert_new(list, at, generate_rule(generator, id, false));
		break;
	case 1:
		json_array_remove(list, at);
		break;
	case 2: /* moved */
		json_incref(rule);
		json_array_remove(list, at);
		json_array_insert_new(list, generate_below(generator, (uint32_t)n), rule);
		break;
	case 3: { /* another match and outcome */
		json_t *other = generate_rule(
			generator, json_string_value(json_object_get(rule, "id")), false);
		json_array_set_new(list, at, other);
		break;
	}
	case 4: { /* one condition less */
		json_t *match = json_object_get(rule, "match");
		const char *name = json_object_iter_key(json_object_iter(match));

		if (name != NULL && strcmp(name, "function") != 0 && strcmp(name, "vendor") != 0)
			json_object_del(match, name);
		break;
	}
	default:
		json_object_set_new(json, "defaults",
				    json_pack("{s:s}",
					      generate_once_in(generator, 2) ? "*" : "storage",
					      generate_once_in(generator, 2) ? "allow" : "deny"));
	}
}

/* Functions to which the changes may permit more, and less. */
static struct diff_effect sum_of(const struct rules_changes *changes)
{
	struct diff_effect sum = { 0 };

	for (size_t i = 0; i < changes->n; i++) {
		sum.up |= changes->list[i].more | changes->list[i].either;
		sum.down |= changes->list[i].less | changes->list[i].either;
	}
	return sum;
}

struct tally {
	size_t more, less,
		quiet; /* decisions that are others; functions of which nothing was said */
};

static void judge_both(struct generator *generator, const struct document *before,
		       const struct document *after, struct tally *tally)
{
	const struct policy_view x = { .rules = before->rules }, y = { .rules = after->rules };
	struct rules_changes changes = diff_of(before, after);
	const struct diff_effect effect = sum_of(&changes);

	for (int i = 0; i < 40; i++) {
		struct generated_circumstances circumstances;
		struct decision_change change;
		struct device device;

		generate_device(generator, &device);
		generate_circumstances(generator, &circumstances);
		(void)decision_diff(&x, &y, &device, &circumstances.now, false, &change);
		for (size_t j = 0; j < device.n_interfaces; j++) {
			const function_set functions = device.interfaces[j].functions;
			const enum verdict was = change.before.interfaces[j].verdict;
			const enum verdict is = change.after.interfaces[j].verdict;
			const bool more = verdict_stricter(was, is) != is;
			const bool less = verdict_stricter(was, is) != was;

			tally->more += more;
			tally->less += less;
			tally->quiet += !(functions & (effect.up | effect.down));
			if ((more && !(functions & effect.up)) ||
			    (less && !(functions & effect.down)))
				fail_msg("said neither:\n%s\n%s", before->text, after->text);
		}
	}
	rules_changes_finish(&changes);
}

/* What was not said to change does not. */
static void no_change_is_missed(void **state)
{
	(void)state;
	struct tally tally = { 0 };

	for (uint64_t seed = 1; seed <= 1500; seed++) {
		struct generator generator = { seed };
		json_t *json = generate_rules(&generator, generate_below(&generator, 6), false);
		struct document before = document_of_json(json);

		for (uint32_t i = generate_below(&generator, 4); i < 4; i++)
			mutate(&generator, json);
		struct document after = document_of_json(json);
		judge_both(&generator, &before, &after, &tally);
		document_finish(&before);
		document_finish(&after);
		json_decref(json);
	}
	assert_true(tally.more > 1000 && tally.less > 1000 && tally.quiet > 1000);
}

/* The changes lead to the new document: from a document to itself there are none. */
static void nothing_changes_without_change(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 200; seed++) {
		struct generator generator = { seed };
		json_t *json = generate_rules(&generator, 12, true);
		struct document document = document_of_json(json);
		struct rules_changes changes = diff_of(&document, &document);

		assert_int_equal(changes.n, 0);
		document_finish(&document);
		json_decref(json);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_change_is_missed),
		cmocka_unit_test(nothing_changes_without_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
