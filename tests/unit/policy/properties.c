#include "properties.h"

enum { SEEDS = 200, TRIALS = 6, MAX_RULES = 12, MANY_RULES = 80 };

/* The product's rules from the document; NULL if it is refused. */
static struct rules *parse(json_t *document, struct rules_error *error)
{
	char *text = json_dumps(document, JSON_COMPACT);
	struct rules *rules = NULL;

	assert_non_null(text);
	if (rules_parse(text, strlen(text), &rules, error) < 0)
		rules = NULL;
	free(text);
	return rules;
}

void world_use_rules(struct world *world, json_t *document)
{
	struct rules_error error;

	rules_free(world->rules);
	world->rules = parse(document, &error);
	world->reference.rules = document;
	if (world->rules == NULL)
		FAIL(world, "the document is refused: %s: %s", error.path, error.message);
	world->view.rules = world->rules;
}

void world_use_revoked(struct world *world, size_t n)
{
	free(world->revoked_table);
	world->revoked_view = generate_table(world->revoked, n, &world->revoked_table);
	world->reference.n_revoked = n;
}

static void use_risk(struct world *world)
{
	struct rules_error error;
	char *text;

	world->reference.risk = generate_risk(&world->generator);
	text = json_dumps(world->reference.risk, JSON_COMPACT);
	assert_non_null(text);
	if (risk_parse(text, strlen(text), &world->risk, &error) < 0)
		fail_msg("seed %lu: the risk model is refused: %s: %s\n%s", world->seed, error.path,
			 error.message, text);
	free(text);
	world->view.risk = world->risk;
}

void world_next(struct world *world)
{
	generate_device(&world->generator, &world->device);
	generate_circumstances(&world->generator, &world->circumstances);
}

void world_init(struct world *world, unsigned long seed)
{
	*world = (struct world){ .seed = seed, .generator = { seed * 0x100000001b3U } };
	struct generator *generator = &world->generator;
	const bool risk = generate_once_in(generator, 2);
	const size_t most = generate_once_in(generator, 20) ? MANY_RULES : MAX_RULES;

	world->reference.revoked = world->revoked;
	world->reference.registered = world->registered;
	world->view.revoked = &world->revoked_view;
	world->view.registered = &world->registered_view;
	world_use_revoked(world, generate_media(generator, true, world->revoked));
	world->reference.n_registered = generate_media(generator, false, world->registered);
	world->registered_view = generate_table(world->registered, world->reference.n_registered,
						&world->registered_table);
	world_use_rules(world, generate_rules(generator,
					      generate_below(generator, (uint32_t)most + 1), risk));
	if (risk && !generate_once_in(generator, 8))
		use_risk(world);
	world_next(world);
}

void world_finish(struct world *world)
{
	free(world->revoked_table);
	free(world->registered_table);
	rules_free(world->rules);
	risk_free(world->risk);
	json_decref(world->reference.rules);
	json_decref(world->reference.risk);
}

static unsigned long setting(const char *name, unsigned long otherwise)
{
	const char *text = getenv(name);

	return text == NULL ? otherwise : strtoul(text, NULL, 10);
}

void each_world(void (*property)(struct world *world))
{
	const unsigned long first = setting("PROPERTIES_FIRST", 1);
	const unsigned long n = setting("PROPERTIES_SEEDS", SEEDS);
	struct world world;

	for (unsigned long seed = first; seed < first + n; seed++) {
		world_init(&world, seed);
		for (int trial = 0; trial < TRIALS; trial++) {
			property(&world);
			world_next(&world);
		}
		world_finish(&world);
	}
}

void judge(const struct world *world, struct decision *ret)
{
	decide(&world->view, &world->device, &world->circumstances.now, false, ret);
}

bool no_more(enum verdict a, enum verdict b)
{
	return b == VERDICT_DENY || a == b || a == VERDICT_ALLOW ||
	       (b == VERDICT_CHARGE_ONLY && a != VERDICT_DENY);
}

void check_no_more(struct world *world, const struct decision *before, const struct decision *after,
		   const char *what)
{
	assert_int_equal(before->n, after->n);
	for (size_t i = 0; i < before->n; i++) {
		const struct interface_decision *a = &before->interfaces[i];
		const struct interface_decision *b = &after->interfaces[i];

		if (!no_more(a->verdict, b->verdict))
			FAIL(world, "%s: interface %zu went from %s by %s to %s by %s", what, i,
			     verdict_to_text(a->verdict), a->rule, verdict_to_text(b->verdict),
			     b->rule);
	}
}

bool same_interface(const struct interface_decision *a, const struct interface_decision *b)
{
	return a->verdict == b->verdict && a->step == b->step && a->function == b->function &&
	       strcmp(a->rule, b->rule) == 0 &&
	       (a->verdict == VERDICT_DENY || a->modifiers == b->modifiers);
}
