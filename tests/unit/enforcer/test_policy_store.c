/* Offers with real signatures: what is good comes into force and survives a restart; what is not is
 * refused with its reason, and what was in force stays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "agent/common/cleanup.h"
#include "agent/common/file.h"
#include "agent/enforcer/policy_store.h"

enum { N_OFFICERS = 3, NOW = 1800000000 };

static char directory[64], config[80];
static int state_fd;
static struct policy_store store;
static struct trust trust;
static uint8_t secrets[N_OFFICERS][crypto_sign_SECRETKEYBYTES];

static const char rules_text[] = "{\"schema\":\"devgate-rules-1\",\"name\":\"test\","
				 "\"mode\":\"enforce\",\"rules\":[],"
				 "\"defaults\":{\"storage\":\"read-only\"}}";

/* What an offer is made of; tests change one thing at a time. */
struct offer {
	enum trust_role role;
	uint64_t version;
	int64_t issued, expires;
	unsigned signers; /* bit i: officer i */
	const char *rules;
	uint8_t *table; /* owned */
	size_t table_size;
	bool unsealed;
	int drop_section; /* offer without it; -1: none */
	bool spoil_section, spoil_envelope;
};

static void make_trust(void)
{
	_cleanup_free_ char *text = NULL;
	static const char *const names[N_OFFICERS] = { "alice", "bob", "mallory" };

	trust = (struct trust){ .version = 1, .expires = NOW + 1000000, .n_officers = 2 };
	trust.threshold[ROLE_POLICY] = 2;
	trust.threshold[ROLE_REVOCATIONS] = 1;
	for (int i = 0; i < N_OFFICERS; i++) {
		struct trust_officer *officer = &trust.officers[i];

		snprintf(officer->name, sizeof(officer->name), "%s", names[i]);
		crypto_sign_keypair(officer->key, secrets[i]);
		dsse_keyid(officer->key, officer->keyid);
		officer->roles[ROLE_POLICY] = officer->roles[ROLE_REVOCATIONS] = true;
	}
	assert_int_equal(trust_encode(&trust, &text), 0);
	assert_int_equal(file_write_atomic(store.config_fd < 0 ? AT_FDCWD : store.config_fd,
					   "trust-root.json", text, strlen(text), 0644),
			 0);
}

static int setup(void **state)
{
	char error[256];

	(void)state;
	strcpy(directory, "/dev/shm/test_policy.XXXXXX");
	assert_non_null(mkdtemp(directory));
	snprintf(config, sizeof(config), "%s/etc", directory);
	assert_int_equal(mkdir(config, 0700), 0);
	state_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(policy_store_init(&store, state_fd, config), 0);
	make_trust();
	assert_int_equal(policy_store_read_trust(&store, error), 0);
	return 0;
}

static int teardown(void **state)
{
	char command[100];

	(void)state;
	policy_store_finish(&store);
	close(state_fd);
	snprintf(command, sizeof(command), "rm -r %s", directory);
	return system(command);
}

static uint8_t *make_table(const char *serial, size_t *ret_size)
{
	struct registered_entry entry = { .verdict = VERDICT_ALLOW,
					  .functions = FUNCTION_BIT(FUNCTION_STORAGE) };
	uint8_t *table;

	device_media_key(0x0951, 0x1666, serial, entry.key);
	strcpy(entry.tag, "A-001");
	assert_int_equal(registered_encode(&entry, 1, &table, ret_size), 0);
	return table;
}

static struct offer good_offer(enum trust_role role, uint64_t version)
{
	struct offer offer = { .role = role,
			       .version = version,
			       .issued = NOW - 10,
			       .expires = NOW + 1000,
			       .signers = 3,
			       .rules = rules_text,
			       .drop_section = -1 };

	offer.table = make_table("AB12", &offer.table_size);
	return offer;
}

static int make_memory(const void *bytes, size_t size, bool sealed)
{
	int fd = memfd_create("offer", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, size), size);
	if (sealed)
		assert_int_equal(fcntl(fd, F_ADD_SEALS,
				       F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL),
				 0);
	return fd;
}

static void add_section(struct manifest *manifest, const char *name, const void *bytes, size_t size)
{
	struct manifest_section *section = &manifest->sections[manifest->n_sections++];

	snprintf(section->name, sizeof(section->name), "%s", name);
	section->size = size;
	crypto_hash_sha256(section->sha256, bytes, size);
}

static char *make_envelope(const struct offer *offer)
{
	struct manifest manifest = { .role = offer->role,
				     .version = offer->version,
				     .issued = offer->issued,
				     .expires = offer->expires,
				     .drafted_by = "alice" };
	struct dsse dsse = { .type = MANIFEST_TYPE };
	char *payload, *text;

	if (offer->role == ROLE_POLICY)
		add_section(&manifest, "rules", offer->rules, strlen(offer->rules));
	add_section(&manifest, offer->role == ROLE_POLICY ? "registered" : "revoked", offer->table,
		    offer->table_size);
	assert_int_equal(manifest_encode(&manifest, &payload), 0);
	dsse.payload = (uint8_t *)payload;
	dsse.payload_size = strlen(payload);
	for (int i = 0; i < N_OFFICERS; i++) {
		if (offer->signers & (1u << i))
			assert_int_equal(dsse_sign(&dsse, secrets[i]), 0);
	}
	assert_int_equal(dsse_encode(&dsse, &text), 0);
	dsse_finish(&dsse);
	return text;
}

/* Make the offer, in the role @as, and take its memory back. */
static struct policy_outcome make_offer(struct offer *offer, enum trust_role as)
{
	_cleanup_free_ char *envelope = make_envelope(offer);
	struct policy_outcome outcome;
	int fds[4], n = 0, section = 0;

	if (offer->spoil_envelope)
		envelope[strlen(envelope) / 2] ^= 1;
	fds[n++] = make_memory(envelope, strlen(envelope), !offer->unsealed);
	if (offer->role == ROLE_POLICY && offer->drop_section != section++)
		fds[n++] = make_memory(offer->rules, strlen(offer->rules), true);
	if (offer->spoil_section)
		offer->table[offer->table_size - 1] ^= 1;
	if (offer->drop_section != section)
		fds[n++] = make_memory(offer->table, offer->table_size, true);
	policy_store_offer(&store, as, fds, (size_t)n, NOW, &outcome);
	for (int i = 0; i < n; i++)
		close(fds[i]);
	free(offer->table);
	return outcome;
}

static void accept_version(enum trust_role role, uint64_t version)
{
	struct offer offer = good_offer(role, version);
	struct policy_outcome outcome = make_offer(&offer, role);

	assert_true(outcome.applied);
	assert_false(outcome.unchanged);
	assert_int_equal(outcome.version, version);
	assert_int_equal(policy_store_version(&store, role), version);
}

static bool is_registered(const char *serial)
{
	struct policy_view view = policy_store_view(&store);
	struct device device = { .vendor = 0x0951, .product = 0x1666, .has_serial = true };
	struct registered_entry entry;

	strcpy(device.serial, serial);
	return view.registered != NULL && registered_find(view.registered, &device, &entry) == 1;
}

static int count_sections(void)
{
	int n = 0;
	DIR *sections = fdopendir(dup(store.sections_fd));

	rewinddir(sections);
	for (struct dirent *entry = readdir(sections); entry != NULL; entry = readdir(sections))
		n += entry->d_name[0] != '.';
	closedir(sections);
	return n;
}

static void restart(void)
{
	struct policy_outcome outcome;
	char error[256];

	policy_store_finish(&store);
	assert_int_equal(policy_store_init(&store, state_fd, config), 0);
	(void)!policy_store_read_trust(&store, error);
	for (int role = 0; role < _ROLE_MAX; role++)
		policy_store_load(&store, (enum trust_role)role, &outcome);
}

static void test_nothing_yet(void **state)
{
	struct policy_view view = policy_store_view(&store);
	struct policy_outcome outcome;

	(void)state;
	assert_null(view.rules);
	assert_null(view.registered);
	assert_null(view.revoked);
	assert_false(policy_store_load(&store, ROLE_POLICY, &outcome));
	assert_null(outcome.refused);
}

static void test_accepted_and_kept(void **state)
{
	(void)state;
	accept_version(ROLE_POLICY, 3);
	assert_true(is_registered("AB12"));
	assert_false(is_registered("AB13"));
	assert_string_equal(rules_name(policy_store_view(&store).rules), "test");
	assert_int_equal(store.roles[ROLE_POLICY].n_signers, 2);
	accept_version(ROLE_REVOCATIONS, 1);
	assert_non_null(policy_store_view(&store).revoked);
	accept_version(ROLE_POLICY, 4);
	assert_int_equal(count_sections(), 2); /* rules; one table that both roles name */
	restart();
	assert_int_equal(policy_store_version(&store, ROLE_POLICY), 4);
	assert_int_equal(policy_store_version(&store, ROLE_REVOCATIONS), 1);
	assert_true(is_registered("AB12"));
}

static void test_same_again_is_no_news(void **state)
{
	struct offer offer = good_offer(ROLE_POLICY, 3), again = good_offer(ROLE_POLICY, 3);
	struct policy_outcome outcome = make_offer(&offer, ROLE_POLICY);

	(void)state;
	assert_true(outcome.applied);
	outcome = make_offer(&again, ROLE_POLICY);
	assert_true(outcome.applied);
	assert_true(outcome.unchanged);
	assert_int_equal(outcome.version, 3);
}

/* One thing is wrong in each; version 3 stays in force, also over a restart. */
static void test_refusals(void **state)
{
	static const struct {
		const char *refused;
		uint64_t version;
		int64_t issued, expires;
		unsigned signers;
		const char *rules;
		bool unsealed, spoil_section, spoil_envelope;
		int drop_section;
		enum trust_role as;
	} cases[] = {
		{ "too-few-signatures", 4, 0, 0, 1, NULL, false, false, false, -1, ROLE_POLICY },
		{ "unknown-key", 4, 0, 0, 1 | 4, NULL, false, false, false, -1, ROLE_POLICY },
		{ "unknown-key", 4, 0, 0, 4, NULL, false, false, false, -1, ROLE_POLICY },
		{ "old-version", 3, NOW - 5, 0, 3, NULL, false, false, false, -1, ROLE_POLICY },
		{ "old-version", 2, 0, 0, 3, NULL, false, false, false, -1, ROLE_POLICY },
		{ "expired", 4, 0, NOW - 1, 3, NULL, false, false, false, -1, ROLE_POLICY },
		{ "not-yet-valid", 4, NOW + 200000, NOW + 300000, 3, NULL, false, false, false, -1,
		  ROLE_POLICY },
		{ "wrong-type", 4, 0, 0, 3, NULL, false, false, false, -1, ROLE_REVOCATIONS },
		{ "not-sealed", 4, 0, 0, 3, NULL, true, false, false, -1, ROLE_POLICY },
		{ "bad-section", 4, 0, 0, 3, NULL, false, true, false, -1, ROLE_POLICY },
		{ "bad-section", 4, 0, 0, 3, NULL, false, false, false, 0, ROLE_POLICY },
		{ "bad-section", 4, 0, 0, 3, NULL, false, false, false, 1, ROLE_POLICY },
		{ "bad-section", 4, 0, 0, 3, "{}", false, false, false, -1, ROLE_POLICY },
		{ NULL, 4, 0, 0, 3, NULL, false, false, true, -1, ROLE_POLICY },
	};

	(void)state;
	accept_version(ROLE_POLICY, 3);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct offer offer = good_offer(ROLE_POLICY, cases[i].version);
		struct policy_outcome outcome;

		offer.signers = cases[i].signers;
		offer.issued = cases[i].issued != 0 ? cases[i].issued : offer.issued;
		offer.expires = cases[i].expires != 0 ? cases[i].expires : offer.expires;
		offer.rules = cases[i].rules != NULL ? cases[i].rules : offer.rules;
		offer.unsealed = cases[i].unsealed;
		offer.spoil_section = cases[i].spoil_section;
		offer.spoil_envelope = cases[i].spoil_envelope;
		offer.drop_section = cases[i].drop_section;
		outcome = make_offer(&offer, cases[i].as);
		assert_false(outcome.applied);
		assert_non_null(outcome.refused);
		if (cases[i].refused != NULL)
			assert_string_equal(outcome.refused, cases[i].refused);
		assert_true(outcome.text[0] != '\0');
		assert_int_equal(policy_store_version(&store, ROLE_POLICY), 3);
		assert_int_equal(policy_store_version(&store, ROLE_REVOCATIONS), 0);
		assert_true(is_registered("AB12"));
	}
	restart();
	assert_int_equal(policy_store_version(&store, ROLE_POLICY), 3);
	accept_version(ROLE_POLICY, 4);
}

/* Every byte of a good envelope changed: never accepted, never a crash. */
static void test_every_byte_changed(void **state)
{
	struct offer offer = good_offer(ROLE_REVOCATIONS, 1);
	_cleanup_free_ char *envelope = NULL;
	struct policy_outcome outcome;

	(void)state;
	offer.signers = 1;
	envelope = make_envelope(&offer);
	for (size_t i = 0; envelope[i] != '\0'; i++) {
		int fds[2];

		envelope[i] ^= 1;
		fds[0] = make_memory(envelope, strlen(envelope), true);
		fds[1] = make_memory(offer.table, offer.table_size, true);
		policy_store_offer(&store, ROLE_REVOCATIONS, fds, 2, NOW, &outcome);
		/* a changed byte that JSON does not mind, as in white space, changes nothing */
		if (outcome.applied)
			fail_msg("accepted with byte %zu changed", i);
		envelope[i] ^= 1;
		close(fds[0]);
		close(fds[1]);
	}
	free(offer.table);
}

static void test_shapes_of_offers(void **state)
{
	struct policy_outcome outcome;
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC), empty = make_memory("", 0, true);
	int directory_as_fd[1] = { state_fd },
	    fds[8] = { empty, null, null, null, null, null, null, null };

	(void)state;
	policy_store_offer(&store, ROLE_POLICY, fds, 0, NOW, &outcome);
	assert_string_equal(outcome.refused, "malformed");
	policy_store_offer(&store, ROLE_POLICY, fds, 8, NOW, &outcome);
	assert_string_equal(outcome.refused, "malformed");
	policy_store_offer(&store, ROLE_POLICY, fds, 1, NOW, &outcome);
	assert_string_equal(outcome.refused, "malformed");
	policy_store_offer(&store, ROLE_POLICY, &null, 1, NOW, &outcome);
	assert_string_equal(outcome.refused, "not-sealed");
	policy_store_offer(&store, ROLE_POLICY, directory_as_fd, 1, NOW, &outcome);
	assert_false(outcome.applied);
	close(null);
	close(empty);
}

static void test_damaged_files_are_not_in_force(void **state)
{
	char name[SECTION_NAME_SIZE], path[160];
	int fd;

	(void)state;
	accept_version(ROLE_POLICY, 3);
	section_name(&store.roles[ROLE_POLICY].manifest.sections[1], name);
	snprintf(path, sizeof(path), "policy/sections/%s", name);
	fd = openat(state_fd, path, O_WRONLY | O_CLOEXEC);
	assert_int_equal(pwrite(fd, "X", 1, 20), 1);
	close(fd);
	restart();
	assert_int_equal(policy_store_version(&store, ROLE_POLICY), 0);
	assert_false(is_registered("AB12"));
	assert_true(store.broken[ROLE_POLICY]);
}

/* Change a byte of @role's table on disk, and start again. */
static void damage_table(enum trust_role role)
{
	const struct manifest *manifest = &store.roles[role].manifest;
	char name[SECTION_NAME_SIZE];
	int fd;

	section_name(&manifest->sections[manifest->n_sections - 1], name);
	fd = openat(store.sections_fd, name, O_WRONLY | O_CLOEXEC);
	assert_int_equal(pwrite(fd, "X", 1, 20), 1);
	close(fd);
	restart();
	assert_int_equal(policy_store_version(&store, role), 0);
}

/* Damage does not bring old versions back; the one that was in force mends it. */
static void test_damage_keeps_the_version_floor(void **state)
{
	struct offer older = good_offer(ROLE_POLICY, 2), same = good_offer(ROLE_POLICY, 3);
	struct policy_outcome outcome;

	(void)state;
	accept_version(ROLE_POLICY, 3);
	damage_table(ROLE_POLICY);
	outcome = make_offer(&older, ROLE_POLICY);
	assert_false(outcome.applied);
	assert_string_equal(outcome.refused, "old-version");
	outcome = make_offer(&same, ROLE_POLICY);
	assert_true(outcome.applied);
	assert_true(is_registered("AB12"));
	assert_false(store.broken[ROLE_POLICY]);
}

/* The sections of a role that cannot be loaded just now are not rubbish. */
static void test_sweep_spares_what_it_does_not_know(void **state)
{
	struct offer offer = good_offer(ROLE_REVOCATIONS, 1);
	int fd;

	(void)state;
	free(offer.table);
	offer.table = make_table("LOST", &offer.table_size);
	assert_true(make_offer(&offer, ROLE_REVOCATIONS).applied);
	accept_version(ROLE_POLICY, 1);
	assert_int_equal(count_sections(), 3);
	damage_table(ROLE_REVOCATIONS);
	assert_true(store.broken[ROLE_REVOCATIONS]);
	accept_version(ROLE_POLICY, 2);
	assert_int_equal(count_sections(), 3);
	accept_version(ROLE_REVOCATIONS, 2);
	assert_false(store.broken[ROLE_REVOCATIONS]);
	assert_int_equal(count_sections(), 2);

	/* what a kill in the middle of a write leaves goes with the next offer */
	fd = openat(store.sections_fd, ".0000.0123456789abcdef", O_WRONLY | O_CREAT | O_CLOEXEC,
		    0600);
	close(fd);
	accept_version(ROLE_POLICY, 3);
	assert_int_equal(faccessat(store.sections_fd, ".0000.0123456789abcdef", F_OK, 0), -1);
}

static void test_another_trust_root(void **state)
{
	struct policy_outcome outcome;
	char error[256];

	(void)state;
	accept_version(ROLE_POLICY, 9);
	make_trust(); /* new keys */
	assert_int_equal(policy_store_read_trust(&store, error), 0);
	assert_false(policy_store_load(&store, ROLE_POLICY, &outcome));
	assert_non_null(outcome.refused);
	assert_false(store.broken[ROLE_POLICY]); /* it is another's, not damaged */
	assert_false(is_registered("AB12"));
	accept_version(ROLE_POLICY, 1); /* its counter begins anew */
}

static void test_bad_trust_root_changes_nothing(void **state)
{
	char error[256] = "";

	(void)state;
	accept_version(ROLE_POLICY, 1);
	assert_int_equal(file_write_atomic(store.config_fd, "trust-root.json", "{}", 2, 0644), 0);
	assert_true(policy_store_read_trust(&store, error) < 0);
	assert_true(error[0] != '\0');
	assert_true(store.trusted);
	accept_version(ROLE_POLICY, 2);
	unlinkat(store.config_fd, "trust-root.json", 0);
	assert_int_equal(policy_store_read_trust(&store, error), -ENOENT);
	restart();
	assert_int_equal(policy_store_version(&store, ROLE_POLICY), 0);
	{
		struct offer offer = good_offer(ROLE_POLICY, 5);
		struct policy_outcome outcome = make_offer(&offer, ROLE_POLICY);

		assert_string_equal(outcome.refused, "not-trusted");
	}
}

static void test_expiry_is_told_once(void **state)
{
	struct policy_outcome outcome;

	(void)state;
	accept_version(ROLE_POLICY, 1);
	assert_false(policy_store_expiry_due(&store, ROLE_POLICY, NOW));
	assert_true(policy_store_expiry_due(&store, ROLE_POLICY, NOW + 1000));
	assert_false(policy_store_expiry_due(&store, ROLE_POLICY, NOW + 1001));
	restart();
	assert_true(policy_store_expired(&store, ROLE_POLICY, NOW + 1001)); /* and in force */
	assert_true(is_registered("AB12"));
	assert_false(policy_store_expiry_due(&store, ROLE_POLICY, NOW + 1001));
	accept_version(ROLE_POLICY, 2);
	assert_true(policy_store_expiry_due(&store, ROLE_POLICY, NOW + 1001));
	assert_true(policy_store_load(&store, ROLE_POLICY, &outcome));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_nothing_yet),
		TEST(test_accepted_and_kept),
		TEST(test_same_again_is_no_news),
		TEST(test_refusals),
		TEST(test_every_byte_changed),
		TEST(test_shapes_of_offers),
		TEST(test_damaged_files_are_not_in_force),
		TEST(test_damage_keeps_the_version_floor),
		TEST(test_sweep_spares_what_it_does_not_know),
		TEST(test_another_trust_root),
		TEST(test_bad_trust_root_changes_nothing),
		TEST(test_expiry_is_told_once),
	};

	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
