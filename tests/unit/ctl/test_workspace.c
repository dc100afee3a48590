/* The folder in which officers hand over a bundle: whole, or refused. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/ctl/changes.h"
#include "server/ctl/summary.h"
#include "server/ctl/workspace.h"
#include "server/pki/atomic_file.h"

static const char rules_text[] =
	"{ \"schema\": \"devgate-rules-1\", \"name\": \"test\", \"mode\": \"enforce\",\n"
	"  \"rules\": [], \"defaults\": { \"hub\": \"allow\", \"*\": \"deny\" } }\n";

static const char model_text[] =
	"{ \"schema\": \"devgate-risk-1\", \"name\": \"model\", \"factors\": {},\n"
	"  \"base\": { \"likelihood\": 1, \"impact\": 1 },\n"
	"  \"thresholds\": [ { \"from\": 1, \"verdict\": \"deny\" } ] }\n";

static const char *const files[] = { "manifest.dsse.json", "rules.json", "registered.bin",
				     "risk.json" };

enum { N_FILES = sizeof(files) / sizeof(files[0]) };

struct fixture {
	char directory[64], bundle[80];
	struct trust trust;
	uint8_t secret[2][64];
};

static void add_officer(struct fixture *f, size_t i, const char *name)
{
	struct trust_officer *officer = &f->trust.officers[i];

	strcpy(officer->name, name);
	crypto_sign_keypair(officer->key, f->secret[i]);
	dsse_keyid(officer->key, officer->keyid);
	officer->roles[ROLE_POLICY] = officer->roles[ROLE_REVOCATIONS] = true;
	f->trust.n_officers = i + 1;
}

static uint8_t *make_table(size_t n, size_t *ret_size)
{
	struct registered_entry entries[4] = { 0 };
	uint8_t *bytes;

	assert_true(n <= 4);
	for (size_t i = 0; i < n; i++) {
		char serial[8];

		snprintf(serial, sizeof(serial), "S%zu", i);
		device_media_key(0x0951, 0x1666, serial, entries[i].key);
		entries[i].verdict = VERDICT_ALLOW;
		entries[i].functions = FUNCTION_BIT(FUNCTION_STORAGE);
		snprintf(entries[i].tag, sizeof(entries[i].tag), "A-%zu", i);
	}
	assert_int_equal(registered_encode(entries, n, &bytes, ret_size), 0);
	return bytes;
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct signed_bundle bundle = { 0 };
	size_t size;
	uint8_t *table;

	assert_true(sodium_init() >= 0);
	strcpy(f->directory, "/tmp/devgate-workspace-XXXXXX");
	assert_non_null(mkdtemp(f->directory));
	snprintf(f->bundle, sizeof(f->bundle), "%s/bundle", f->directory);
	add_officer(f, 0, "alice");
	add_officer(f, 1, "bob");
	f->trust.threshold[ROLE_POLICY] = 2;
	f->trust.threshold[ROLE_REVOCATIONS] = 1;
	bundle.manifest = (struct manifest){
		.role = ROLE_POLICY, .version = 1, .issued = 1000, .expires = 2000
	};
	strcpy(bundle.manifest.drafted_by, "alice");
	signed_bundle_add_section(&bundle, "rules", (uint8_t *)strdup(rules_text),
				  strlen(rules_text));
	table = make_table(2, &size);
	signed_bundle_add_section(&bundle, "registered", table, size);
	signed_bundle_add_section(&bundle, "risk", (uint8_t *)strdup(model_text),
				  strlen(model_text));
	assert_int_equal(signed_bundle_compose(&bundle), 0);
	assert_int_equal(signed_bundle_sign(&bundle, f->secret[0]), 0);
	assert_int_equal(workspace_create(&bundle, f->bundle), 0);
	signed_bundle_finish(&bundle);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < N_FILES; i++) {
		char path[128];

		snprintf(path, sizeof(path), "%s/%s", f->bundle, files[i]);
		unlink(path);
	}
	rmdir(f->bundle);
	assert_int_equal(rmdir(f->directory), 0);
	free(f);
	return 0;
}

/* Complaints are told by the thousand here; keep them from the test's output. */
static int silence(void)
{
	int saved = dup(STDERR_FILENO), null = open("/dev/null", O_WRONLY);

	dup2(null, STDERR_FILENO);
	close(null);
	return saved;
}

static void restore(int saved)
{
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
}

/* As 'policy approve' judges a folder: it reads, and every signature in it is good. */
static bool is_good(const struct fixture *f)
{
	struct signed_bundle bundle = { 0 };
	char names[256];
	bool good;

	if (workspace_read(&bundle, f->bundle) < 0)
		return false;
	good = bundle.dsse.n_signatures == 1 &&
	       summary_signers(&bundle, &f->trust, names, sizeof(names)) == 1 &&
	       strcmp(names, "alice") == 0;
	signed_bundle_finish(&bundle);
	return good;
}

static void what_was_written_is_read(void **state)
{
	struct fixture *f = *state;
	struct signed_bundle bundle = { 0 };

	assert_true(is_good(f));
	assert_int_equal(workspace_read(&bundle, f->bundle), 0);
	assert_int_equal(bundle.manifest.version, 1);
	assert_int_equal(bundle.table.n, 2);
	assert_string_equal(rules_name(bundle.rules), "test");
	assert_string_equal(risk_name(bundle.risk), "model");
	assert_string_equal(signed_bundle_risk_text(&bundle), model_text);
	signed_bundle_finish(&bundle);
}

static void a_changed_byte_in_any_file_is_refused(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < N_FILES; i++) {
		char path[128], *bytes;
		int saved = silence();
		size_t size, accepted = 0;

		snprintf(path, sizeof(path), "%s/%s", f->bundle, files[i]);
		assert_int_equal(atomic_file_read(path, 1 << 20, &bytes, &size), 0);
		for (size_t at = 0; at < size; at++) {
			FILE *file = fopen(path, "w");

			bytes[at] ^= 1;
			fwrite(bytes, 1, size, file);
			fclose(file);
			bytes[at] ^= 1;
			accepted += is_good(f);
		}
		assert_int_equal(atomic_file_write(path, bytes, size, 0644), 0);
		free(bytes);
		restore(saved);
		assert_true(size > 100);
		assert_int_equal(accepted, 0);
	}
	assert_true(is_good(f));
}

static void a_file_cut_off_or_missing_is_refused(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < N_FILES; i++) {
		char path[128], *bytes;
		int saved = silence();
		size_t size, accepted = 0;

		snprintf(path, sizeof(path), "%s/%s", f->bundle, files[i]);
		assert_int_equal(atomic_file_read(path, 1 << 20, &bytes, &size), 0);
		unlink(path);
		accepted += is_good(f);
		for (size_t n = 0; n < size; n++) {
			FILE *file = fopen(path, "w");

			fwrite(bytes, 1, n, file);
			fclose(file);
			/* a line break at the end is no part of the envelope */
			accepted += is_good(f) && !(n == size - 1 && bytes[n] == '\n');
		}
		assert_int_equal(atomic_file_write(path, bytes, size, 0644), 0);
		free(bytes);
		restore(saved);
		assert_int_equal(accepted, 0);
	}
	assert_true(is_good(f));
}

static void a_bundle_is_not_overwritten(void **state)
{
	struct fixture *f = *state;
	struct signed_bundle bundle = { 0 };
	int saved = silence();

	assert_int_equal(workspace_read(&bundle, f->bundle), 0);
	assert_int_equal(workspace_check_free(f->bundle), -EEXIST);
	assert_int_equal(workspace_create(&bundle, f->bundle), -EEXIST);
	restore(saved);
	signed_bundle_finish(&bundle);
	assert_true(is_good(f));
}

static void a_second_signature_is_added_once(void **state)
{
	struct fixture *f = *state;
	struct signed_bundle bundle = { 0 };
	char names[256];

	assert_int_equal(workspace_read(&bundle, f->bundle), 0);
	assert_int_equal(signed_bundle_sign(&bundle, f->secret[0]), -EEXIST);
	assert_int_equal(signed_bundle_sign(&bundle, f->secret[1]), 0);
	assert_int_equal(workspace_update(&bundle, f->bundle), 0);
	signed_bundle_finish(&bundle);
	assert_int_equal(workspace_read(&bundle, f->bundle), 0);
	assert_int_equal(summary_signers(&bundle, &f->trust, names, sizeof(names)), 2);
	assert_string_equal(names, "alice, bob");
	signed_bundle_finish(&bundle);
}

/* A bundle of @rules, and of @model unless that is NULL; with the latter's bytes as its section. */
static int open_drafted(const char *model)
{
	struct signed_bundle bundle = { .manifest = { .role = ROLE_POLICY } };
	int saved = silence();
	size_t size;
	uint8_t *table = make_table(1, &size);

	signed_bundle_add_section(&bundle, "registered", table, size);
	signed_bundle_add_section(&bundle, "rules", (uint8_t *)strdup(rules_text),
				  strlen(rules_text));
	if (model)
		signed_bundle_add_section(&bundle, "risk", (uint8_t *)strdup(model), strlen(model));
	int r = signed_bundle_open_sections(&bundle, "test");
	restore(saved);
	if (r == 0)
		assert_int_equal(bundle.risk != NULL, model != NULL);
	assert_int_equal(signed_bundle_risk_text(&bundle) != NULL, model != NULL);
	signed_bundle_finish(&bundle);
	assert_null(bundle.risk);
	return r;
}

static void a_model_may_be_missing_and_not_bad(void **state)
{
	(void)state;
	assert_int_equal(open_drafted(NULL), 0);
	assert_int_equal(open_drafted(model_text), 0);
	assert_int_equal(open_drafted("{}"), -EBADMSG);
	assert_int_equal(open_drafted(rules_text), -EBADMSG);
}

static void changes_are_found_by_key(void **state)
{
	struct registered before, after, nothing = { 0 };
	struct changes changes;
	size_t before_size, after_size;
	uint8_t *one = make_table(2, &before_size), *two = make_table(3, &after_size);

	(void)state;
	assert_int_equal(registered_open(&before, one, before_size, true), 0);
	assert_int_equal(registered_open(&after, two, after_size, true), 0);
	assert_int_equal(changes_between(&before, &after, &changes), 0);
	assert_int_equal(changes.added, 1);
	assert_int_equal(changes.removed + changes.altered, 0);
	assert_string_equal(changes.list[0].after.tag, "A-2");
	changes_finish(&changes);
	assert_int_equal(changes_between(&after, &before, &changes), 0);
	assert_int_equal(changes.removed, 1);
	assert_string_equal(changes.list[0].before.tag, "A-2");
	changes_finish(&changes);
	assert_int_equal(changes_between(&nothing, &after, &changes), 0);
	assert_int_equal(changes.added, 3);
	changes_finish(&changes);
	assert_int_equal(changes_between(&after, &after, &changes), 0);
	assert_int_equal(changes.n, 0);
	changes_finish(&changes);
	/* What is asked beside a verdict is a change, too. */
	one[REGISTERED_HEADER_SIZE + 2 * 16 + 17] = MODIFIER_TRAIL;
	assert_int_equal(registered_open(&before, one, before_size, true), 0);
	assert_int_equal(changes_between(&before, &before, &changes), 0);
	assert_int_equal(changes.n, 0);
	changes_finish(&changes);
	one[REGISTERED_HEADER_SIZE + 2 * 16 + 17] = 0;
	uint8_t *three = make_table(2, &before_size);
	three[REGISTERED_HEADER_SIZE + 2 * 16 + 17] = MODIFIER_TRAIL;
	assert_int_equal(registered_open(&before, one, before_size, true), 0);
	assert_int_equal(registered_open(&after, three, before_size, true), 0);
	assert_int_equal(changes_between(&before, &after, &changes), 0);
	assert_int_equal(changes.altered, 1);
	assert_int_equal(changes.added + changes.removed, 0);
	changes_finish(&changes);
	free(three);
	two[REGISTERED_HEADER_SIZE + 3 * 16 + 16] = 1; /* the first entry's verdict: read-only */
	assert_int_equal(registered_open(&after, two, after_size, true), 0);
	assert_int_equal(changes_between(&before, &after, &changes), 0);
	assert_true(changes.altered == 1 || changes.added == 1);
	assert_int_equal(changes.removed, 0);
	changes_finish(&changes);
	free(one);
	free(two);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_was_written_is_read, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_changed_byte_in_any_file_is_refused, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_file_cut_off_or_missing_is_refused, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_bundle_is_not_overwritten, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_second_signature_is_added_once, set_up,
						tear_down),
		cmocka_unit_test(a_model_may_be_missing_and_not_bad),
		cmocka_unit_test(changes_are_found_by_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
