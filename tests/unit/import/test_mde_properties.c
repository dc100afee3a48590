/* Policies that are made up, in both of Defender's languages: what is imported never permits what
 * Microsoft documents as denied, whatever is so that we cannot see; and permits just the same where
 * nothing was noted as stricter. */
#include "mde_model.h"

#include <stdlib.h>
#include <string.h>

#include "../policy/cmocka_test.h"

enum { POLICIES = 1500, SUBJECTS = 12, TRUTHS = 8 };

static void make_truth(uint64_t *state, struct model_truth *ret)
{
	static const enum encryption encryptions[] = { ENCRYPTION_NONE, ENCRYPTION_LUKS,
						       ENCRYPTION_BITLOCKER };

	ret->hidden = model_random(state, 2);
	ret->conditions = model_random(state, 2);
	ret->letters_matter = model_random(state, 2);
	ret->default_allow = model_random(state, 2);
	ret->family = model_random(state, 2) ? REMOVABLE : OPTICAL;
	ret->encryption = encryptions[model_random(state, 3)];
}

/* Where the letter case of a serial is all that is other, what the product does is not known. */
static bool is_certain(const struct model_subject *subject)
{
	const char *serial = subject->device.serial;

	return strcmp(serial, "ab12") != 0 && strcmp(serial, "Ab99") != 0;
}

struct imported {
	struct import import;
	struct rules *rules;
	bool stricter; /* something was noted as that */
};

struct tally {
	size_t compared, equal, permitted;
};

static void check_truth(uint64_t *state, const struct model *model, const struct imported *imported,
			const struct model_subject *subject, struct tally *tally)
{
	struct model_truth truth;

	make_truth(state, &truth);
	const bool known = model_random(state, 4) != 0;
	const struct outcome outcome = model_decide(imported->rules, subject,
						    known ? truth.encryption : ENCRYPTION_UNKNOWN);
	const enum model_family family = subject->ambiguous ? truth.family : subject->family;
	const uint8_t ours =
		model_of_verdict(model->windows, family, outcome.verdict, outcome.modifiers);
	const uint8_t theirs = model_permits(model, subject, &truth);

	tally->compared++;
	tally->permitted += ours != 0;
	if ((ours & ~theirs) != 0 ||
	    (!imported->stricter && known && is_certain(subject) && ours != theirs)) {
		static char text[TEXT_ROOM];
		char *rules = json_dumps(imported->import.rules, JSON_INDENT(1));

		model_write(model, text);
		print_message(
			"family %d, %04x:%04x \"%s\", hidden %d, conditions %d, letters %d, "
			"default %d, encryption %d%s: 0x%02x is permitted here, 0x%02x there\n",
			family, subject->device.vendor, subject->device.product,
			subject->device.serial, truth.hidden, truth.conditions,
			truth.letters_matter, truth.default_allow, truth.encryption,
			known ? "" : " (not known)", ours, theirs);
		puts(text);
		puts(rules == NULL ? "" : rules);
		fail();
	}
	tally->equal += !imported->stricter && ours == theirs;
}

static void check_model(uint64_t *state, bool windows, bool hidden, struct tally *tally)
{
	static char text[TEXT_ROOM];
	struct model model;
	struct model_subject subject;

	model_make(state, windows, hidden, &model);
	model_write(&model, text);
	struct imported imported = { .import = model_import(windows, text) };
	imported.rules = model_rules(&imported.import);
	imported.stricter = model_has_note(&imported.import, IMPORT_STRICTER, "");
	for (size_t s = 0; s < SUBJECTS; s++) {
		model_subject(state, windows, &subject);
		for (size_t t = 0; t < TRUTHS; t++)
			check_truth(state, &model, &imported, &subject, tally);
	}
	rules_free(imported.rules);
	import_finish(&imported.import);
}

static void never_weaker(bool windows)
{
	struct tally tally = { 0 };
	uint64_t state = windows ? 20 : 10;

	for (size_t i = 0; i < POLICIES; i++)
		check_model(&state, windows, i % 3 == 0, &tally);
	/* The policies are not all alike: much is permitted, and much compared for equality. */
	print_message("%zu compared, %zu equal without a note, %zu permitted\n", tally.compared,
		      tally.equal, tally.permitted);
	assert_true(tally.permitted > tally.compared / 20);
	assert_true(tally.equal > tally.compared / 20);
}

static void never_weaker_than_macos(void **state)
{
	(void)state;
	never_weaker(false);
}

static void never_weaker_than_windows(void **state)
{
	(void)state;
	never_weaker(true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(never_weaker_than_macos),
		cmocka_unit_test(never_weaker_than_windows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
