/* A table that was found good is not hashed again before it is used, but after; what is wrong with
 * it, or with the note of it, comes to light. */
#include "offers.h"

#include "agent/enforcer/recheck.h"

/* A table that was found good is not hashed at the next start; any other is. */
static void test_table_is_hashed_once(void **state)
{
	int fd;

	(void)state;
	accept_version(ROLE_POLICY, 3);
	assert_false(store.assumed[ROLE_POLICY]);
	restart();
	assert_true(store.assumed[ROLE_POLICY]);
	assert_true(is_registered("AB12"));
	fd = open_table_file(ROLE_POLICY, O_WRONLY); /* the same bytes, written anew */
	assert_int_equal(fchmod(fd, 0600), 0);
	close(fd);
	restart();
	assert_false(store.assumed[ROLE_POLICY]);
	assert_true(is_registered("AB12"));
	restart();
	assert_true(store.assumed[ROLE_POLICY]); /* noted as it is now */
	accept_version(ROLE_POLICY, 4);
	assert_false(store.assumed[ROLE_POLICY]);
}

/* What is wrong with the note costs a hash, and no more. */
static void test_damaged_notes(void **state)
{
	static const char name[] = "policy.checked";
	_cleanup_free_ char *note = NULL;
	size_t size;

	(void)state;
	accept_version(ROLE_POLICY, 3);
	assert_int_equal(file_read(store.policy_fd, name, 4096, &note, &size), 0);
	for (size_t i = 0; i < size; i++) {
		assert_int_equal(file_write_atomic(store.policy_fd, name, note, i, 0600), 0);
		restart();
		assert_false(store.assumed[ROLE_POLICY]);
		assert_true(is_registered("AB12"));
		note[i] ^= 1;
		assert_int_equal(file_write_atomic(store.policy_fd, name, note, size, 0600), 0);
		restart();
		assert_false(store.assumed[ROLE_POLICY]);
		assert_true(is_registered("AB12"));
		note[i] ^= 1;
	}
	assert_int_equal(unlinkat(store.policy_fd, name, 0), 0);
	restart();
	assert_false(store.assumed[ROLE_POLICY]);
	restart();
	assert_true(store.assumed[ROLE_POLICY]);
}

/* Damage that the note does not tell: as if the file had been written to without a trace. */
static void damage_without_trace(enum trust_role role)
{
	const struct manifest *manifest = &store.roles[role].manifest;
	char name[SECTION_NAME_SIZE], note[256];
	int fd = open_table_file(role, O_WRONLY);
	struct stat st;

	assert_int_equal(pwrite(fd, "X", 1, 20), 1);
	assert_int_equal(fstat(fd, &st), 0);
	close(fd);
	section_name(&manifest->sections[manifest->n_sections - 1], name);
	snprintf(note, sizeof(note), "%s %llu %llu %llu %lld %u\n", name,
		 (unsigned long long)st.st_dev, (unsigned long long)st.st_ino,
		 (unsigned long long)st.st_size, (long long)st.st_ctim.tv_sec,
		 (unsigned)st.st_ctim.tv_nsec);
	assert_int_equal(
		file_write_atomic(store.policy_fd, "policy.checked", note, strlen(note), 0600), 0);
}

static int n_rechecked, rechecked;

static void on_rechecked(void *userdata, int result)
{
	(void)userdata;
	n_rechecked++;
	rechecked = result;
}

/* Hash the policy's table in force; its result, or -EINPROGRESS after @turns of the loop. */
static int run_recheck(struct recheck *recheck, int turns)
{
	const struct loaded_bundle *bundle = &store.roles[ROLE_POLICY];
	sd_event *loop;
	int r;

	n_rechecked = 0;
	assert_true(sd_event_new(&loop) >= 0);
	recheck->handler = on_rechecked;
	r = recheck_start(recheck, loop, store.sections_fd, &bundle->manifest.sections[1],
			  &bundle->table);
	if (r >= 0) {
		for (int i = 0; i < turns && n_rechecked == 0; i++)
			assert_int_equal(sd_event_run(loop, 0), 1);
		r = n_rechecked == 0 ? -EINPROGRESS : rechecked;
		recheck_stop(recheck);
	}
	sd_event_unref(loop);
	return r;
}

static void test_recheck(void **state)
{
	struct offer large = good_offer(ROLE_POLICY, 3);
	struct registered_entry *entries = calloc(10000, sizeof(*entries));
	struct recheck recheck = { 0 };
	uint8_t *grown;

	(void)state;
	for (uint32_t i = 0; i < 10000; i++) {
		memcpy(entries[i].key, &i, sizeof(i));
		entries[i].verdict = VERDICT_ALLOW;
		entries[i].functions = FUNCTION_BIT(FUNCTION_STORAGE);
		strcpy(entries[i].tag, "A-001");
	}
	assert_int_equal(registered_encode(entries, 10000, &grown, &large.table_size), 0);
	free(entries);
	free(large.table);
	large.table = grown;
	assert_true(make_offer(&large, ROLE_POLICY).applied);
	restart();
	assert_true(store.assumed[ROLE_POLICY]);
	assert_int_equal(run_recheck(&recheck, 100), 0);
	assert_int_equal(n_rechecked, 1);
	assert_int_equal(run_recheck(&recheck, 3), -EINPROGRESS); /* slice by slice */

	damage_without_trace(ROLE_POLICY);
	assert_int_equal(run_recheck(&recheck, 100), -EBADMSG); /* not the file in force */
	restart();
	assert_true(store.assumed[ROLE_POLICY]);
	assert_int_equal(policy_store_version(&store, ROLE_POLICY), 3);
	assert_int_equal(run_recheck(&recheck, 100), -EBADMSG);
	policy_store_distrust(&store, ROLE_POLICY);
	assert_int_equal(policy_store_version(&store, ROLE_POLICY), 0);
	assert_true(store.broken[ROLE_POLICY]);
	assert_null(policy_store_view(&store).rules);
	restart();
	assert_true(store.broken[ROLE_POLICY]); /* the note has gone, too */
	large = good_offer(ROLE_POLICY, 2);
	assert_string_equal(make_offer(&large, ROLE_POLICY).refused, "old-version");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_table_is_hashed_once),
		TEST(test_damaged_notes),
		TEST(test_recheck),
	};

	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
