/* offers - a policy store with officers of its own, and offers to it with real signatures, for
 * tests of what is accepted and what is kept. */
#pragma once

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

/* Where the store's directory is made; a test may say another. */
#ifndef OFFERS_ROOT
#define OFFERS_ROOT "/dev/shm"
#endif

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
	unsigned signers;	  /* bit i: officer i */
	const char *rules, *risk; /* @risk NULL: the offer has none */
	uint8_t *table;		  /* owned */
	size_t table_size;
	bool unsealed;
	int drop_section; /* offer without it; -1: none */
	bool spoil_section, spoil_envelope;
};

static inline void make_trust(void)
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

static inline int setup(void **state)
{
	char error[256];

	(void)state;
	strcpy(directory, OFFERS_ROOT "/test_policy.XXXXXX");
	assert_non_null(mkdtemp(directory));
	snprintf(config, sizeof(config), "%s/etc", directory);
	assert_int_equal(mkdir(config, 0700), 0);
	state_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(policy_store_init(&store, state_fd, config), 0);
	make_trust();
	assert_int_equal(policy_store_read_trust(&store, error), 0);
	return 0;
}

static inline int teardown(void **state)
{
	char command[100];

	(void)state;
	policy_store_finish(&store);
	close(state_fd);
	snprintf(command, sizeof(command), "rm -r %s", directory);
	return system(command);
}

static inline uint8_t *make_table(const char *serial, size_t *ret_size)
{
	struct registered_entry entry = { .verdict = VERDICT_ALLOW,
					  .functions = FUNCTION_BIT(FUNCTION_STORAGE) };
	uint8_t *table;

	device_media_key(0x0951, 0x1666, serial, entry.key);
	strcpy(entry.tag, "A-001");
	assert_int_equal(registered_encode(&entry, 1, &table, ret_size), 0);
	return table;
}

static inline struct offer good_offer(enum trust_role role, uint64_t version)
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

static inline int make_memory(const void *bytes, size_t size, bool sealed)
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

static inline void add_section(struct manifest *manifest, const char *name, const void *bytes,
			       size_t size)
{
	struct manifest_section *section = &manifest->sections[manifest->n_sections++];

	snprintf(section->name, sizeof(section->name), "%s", name);
	section->size = size;
	crypto_hash_sha256(section->sha256, bytes, size);
}

static inline char *make_envelope(const struct offer *offer)
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
	if (offer->risk != NULL)
		add_section(&manifest, "risk", offer->risk, strlen(offer->risk));
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
static inline struct policy_outcome make_offer(struct offer *offer, enum trust_role as)
{
	_cleanup_free_ char *envelope = make_envelope(offer);
	struct policy_outcome outcome;
	int fds[5], n = 0, section = 0;

	if (offer->spoil_envelope)
		envelope[strlen(envelope) / 2] ^= 1;
	fds[n++] = make_memory(envelope, strlen(envelope), !offer->unsealed);
	if (offer->role == ROLE_POLICY && offer->drop_section != section++)
		fds[n++] = make_memory(offer->rules, strlen(offer->rules), true);
	if (offer->risk != NULL)
		fds[n++] = make_memory(offer->risk, strlen(offer->risk), true);
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

static inline void accept_version(enum trust_role role, uint64_t version)
{
	struct offer offer = good_offer(role, version);
	struct policy_outcome outcome = make_offer(&offer, role);

	assert_true(outcome.applied);
	assert_false(outcome.unchanged);
	assert_int_equal(outcome.version, version);
	assert_int_equal(policy_store_version(&store, role), version);
}

static inline bool is_registered(const char *serial)
{
	struct policy_view view = policy_store_view(&store);
	struct device device = { .vendor = 0x0951, .product = 0x1666, .has_serial = true };
	struct registered_entry entry;

	strcpy(device.serial, serial);
	return view.registered != NULL && registered_find(view.registered, &device, &entry) == 1;
}

static inline int count_sections(void)
{
	int n = 0;
	DIR *sections = fdopendir(dup(store.sections_fd));

	rewinddir(sections);
	for (struct dirent *entry = readdir(sections); entry != NULL; entry = readdir(sections))
		n += entry->d_name[0] != '.';
	closedir(sections);
	return n;
}

static inline void restart(void)
{
	struct policy_outcome outcome;
	char error[256];

	policy_store_finish(&store);
	assert_int_equal(policy_store_init(&store, state_fd, config), 0);
	(void)!policy_store_read_trust(&store, error);
	for (int role = 0; role < _ROLE_MAX; role++)
		policy_store_load(&store, (enum trust_role)role, &outcome);
}

/* The file of @role's table in force. */
static inline int open_table_file(enum trust_role role, int flags)
{
	const struct manifest *manifest = &store.roles[role].manifest;
	char name[SECTION_NAME_SIZE];

	section_name(&manifest->sections[manifest->n_sections - 1], name);
	return openat(store.sections_fd, name, flags | O_CLOEXEC);
}
