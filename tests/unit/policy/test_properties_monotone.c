/* Nothing that takes away permits: a denial added, a fact forgotten, a device revoked, a table
 * spoilt. */
#include "properties.h"

static void deny_added(struct world *world)
{
	json_t *before = world->reference.rules, *document = json_deep_copy(before);
	json_t *list = json_object_get(document, "rules");
	json_t *rule = generate_rule(&world->generator, "the-denial", false);
	struct decision without, with;

	json_object_set_new(rule, "verdict", json_string("deny"));
	json_object_del(rule, "modifiers");
	json_array_insert_new(
		list, generate_below(&world->generator, (uint32_t)json_array_size(list) + 1), rule);
	judge(world, &without);
	world_use_rules(world, document);
	judge(world, &with);
	check_no_more(world, &without, &with, "a rule that denies was added");
	world_use_rules(world, before);
	json_decref(document);
}

static void a_denial_more_never_permits(void **state)
{
	(void)state;
	each_world(deny_added);
}

static void fact_forgotten(struct world *world)
{
	const struct circumstances known = world->circumstances.now;
	struct decision knowing, not_knowing;

	judge(world, &knowing);
	for (fact_set fact = 1; fact < _FACT_ALL; fact <<= 1) {
		generate_forget(&world->circumstances.now, fact);
		judge(world, &not_knowing);
		check_no_more(world, &knowing, &not_knowing, fact_to_text((enum fact)fact));
		if (not_knowing.risk < knowing.risk && knowing.risk >= 0 && not_knowing.risk >= 0)
			FAIL(world, "%s not known: the risk fell from %d to %d",
			     fact_to_text((enum fact)fact), knowing.risk, not_knowing.risk);
		world->circumstances.now = known;
	}
	world->circumstances.now = circumstances_unknown;
	judge(world, &not_knowing);
	check_no_more(world, &knowing, &not_knowing, "nothing is known any more");
}

static void not_to_know_never_permits(void **state)
{
	(void)state;
	each_world(fact_forgotten);
}

/* decision.unknown names every fact that could permit more: to learn another does not. */
static void fact_learnt(struct world *world)
{
	const struct circumstances known = world->circumstances.now;
	struct decision knowing, not_knowing;

	judge(world, &knowing);
	for (fact_set fact = 1; fact < _FACT_ALL; fact <<= 1) {
		generate_forget(&world->circumstances.now, fact);
		judge(world, &not_knowing);
		if (!(not_knowing.unknown & fact))
			check_no_more(world, &not_knowing, &knowing, fact_to_text((enum fact)fact));
		world->circumstances.now = known;
	}
}

static void the_facts_that_would_permit_more_are_named(void **state)
{
	(void)state;
	each_world(fact_learnt);
}

/* Whatever the collector tells, true or not. */
static void fact_told(struct world *world)
{
	struct circumstances *now = &world->circumstances.now;
	const struct circumstances_told nothing = now->told;
	struct decision without, with, with_more;

	judge(world, &without);
	now->told.violations = (int32_t)generate_below(&world->generator, 6);
	judge(world, &with);
	check_no_more(world, &without, &with, "violations were told");
	now->told.hosts_seen = (int32_t)generate_below(&world->generator, 6);
	judge(world, &with_more);
	check_no_more(world, &with, &with_more, "hosts were told, too");
	now->told = nothing;
}

static void what_is_told_never_permits(void **state)
{
	(void)state;
	each_world(fact_told);
}

static void device_revoked(struct world *world)
{
	const size_t n = world->reference.n_revoked;
	const struct device *device = &world->device;
	struct decision before, after;

	if (!device->has_serial)
		return;
	for (size_t i = 0; i < n; i++)
		if (world->revoked[i].bus == device->bus &&
		    world->revoked[i].vendor == device->vendor &&
		    world->revoked[i].product == device->product &&
		    strcmp(world->revoked[i].serial, device->serial) == 0)
			return;
	judge(world, &before);
	world->revoked[n] = (struct reference_medium){
		.bus = device->bus,
		.vendor = device->vendor,
		.product = device->product,
		.serial = device->serial,
		.functions = ~(function_set)0,
		.tag = "LOST",
	};
	world_use_revoked(world, n + 1);
	judge(world, &after);
	check_no_more(world, &before, &after, "revoked");
	for (size_t i = 0; i < after.n; i++)
		if (after.interfaces[i].verdict != VERDICT_DENY)
			FAIL(world, "interface %zu of a revoked device: %s", i,
			     verdict_to_text(after.interfaces[i].verdict));
	world_use_revoked(world, n);
}

static void a_revocation_never_permits(void **state)
{
	(void)state;
	each_world(device_revoked);
}

/* The strictest of many is the same in whatever order they come: never more than any of them. */
static void the_strictest_has_no_order(void **state)
{
	(void)state;
	for (int a = 0; a < _VERDICT_MAX; a++)
		for (int b = 0; b < _VERDICT_MAX; b++) {
			const enum verdict both = verdict_stricter(a, b);

			assert_true(no_more(a, both) && no_more(b, both));
			assert_int_equal(verdict_stricter(b, a), both);
			for (int c = 0; c < _VERDICT_MAX; c++) {
				assert_int_equal(verdict_stricter(both, c),
						 verdict_stricter(a, verdict_stricter(b, c)));
				/* Nothing between. */
				if (no_more(a, c) && no_more(b, c))
					assert_true(no_more(both, c));
			}
		}
}

static void all_denied(struct world *world, const char *what)
{
	struct decision decision;

	judge(world, &decision);
	if (decision.verdict != VERDICT_DENY)
		FAIL(world, "%s: the device is not denied, but %s", what,
		     verdict_to_text(decision.verdict));
	for (size_t i = 0; i < decision.n; i++)
		if (decision.interfaces[i].verdict != VERDICT_DENY)
			FAIL(world, "%s: interface %zu is %s", what, i,
			     verdict_to_text(decision.interfaces[i].verdict));
}

/* An entry of the table that cannot be, for the very device that is judged. */
static void spoil(struct world *world, struct registered *view, const char *what)
{
	static const struct {
		size_t at;
		uint8_t value;
	} faults[] = { { 32, 5 }, { 32, 0xff }, { 33, 0x10 }, { 34, 1 },
		       { 35, 1 }, { 40, 0 },	{ 40, '\n' }, { 63, 'x' } };
	const struct reference_medium medium = {
		.bus = world->device.bus,
		.vendor = world->device.vendor,
		.product = world->device.product,
		.serial = world->device.serial,
		.verdict = VERDICT_ALLOW,
		.functions = ~(function_set)0,
		.tag = "T",
	};
	const struct registered good = *view;

	for (size_t i = 0; i < COUNT(faults); i++) {
		uint8_t *bytes;

		*view = generate_table(&medium, 1, &bytes);
		bytes[REGISTERED_HEADER_SIZE + faults[i].at] = faults[i].value;
		all_denied(world, what);
		free(bytes);
	}
	*view = good;
}

static void cannot_be_judged(struct world *world)
{
	const size_t n = world->device.n_interfaces;
	const struct risk *risk = world->view.risk;
	struct decision decision;

	if (world->device.has_serial) {
		spoil(world, &world->registered_view, "the register has a bad entry");
		spoil(world, &world->revoked_view, "the revocations have a bad entry");
	}
	world->device.n_interfaces = 0;
	all_denied(world, "no interface");
	world->device.n_interfaces = DEVICE_MAX_INTERFACES + 1;
	all_denied(world, "too many interfaces");
	world->device.n_interfaces = n;
	world->device.interfaces[0].functions = 0;
	judge(world, &decision);
	assert_int_equal(decision.interfaces[0].verdict, VERDICT_DENY);
	assert_int_equal(decision.interfaces[0].step, STEP_ERROR);

	world->view.risk = NULL;
	judge(world, &decision);
	for (size_t i = 0; i < decision.n; i++)
		if (decision.interfaces[i].step == STEP_ERROR &&
		    decision.interfaces[i].verdict != VERDICT_DENY)
			FAIL(world, "left to a risk model that is not there, and permitted");
	world->view.risk = risk;
}

static void what_cannot_be_judged_is_denied(void **state)
{
	(void)state;
	each_world(cannot_be_judged);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_strictest_has_no_order),
		cmocka_unit_test(a_denial_more_never_permits),
		cmocka_unit_test(not_to_know_never_permits),
		cmocka_unit_test(the_facts_that_would_permit_more_are_named),
		cmocka_unit_test(what_is_told_never_permits),
		cmocka_unit_test(a_revocation_never_permits),
		cmocka_unit_test(what_cannot_be_judged_is_denied),
	};

	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
