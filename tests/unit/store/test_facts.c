/* What is told of people and devices is what the roll-ups say. */
#include "server/store/batch.h"
#include "server/store/facts.h"
#include "temporary.h"

#define LEDGER "0123456789abcdef0123456789abcdef"

enum { HOSTS = 6 };

struct seen {
	size_t n;
	char names[16][64];
	int64_t numbers[16];
};

static int on_fact(void *context, const char *name, int64_t number)
{
	struct seen *seen = context;

	assert_true(seen->n < 16);
	snprintf(seen->names[seen->n], sizeof(seen->names[0]), "%s", name);
	seen->numbers[seen->n++] = number;
	return 0;
}

static void assert_seen(const struct seen *seen, size_t i, const char *name, int64_t number)
{
	assert_true(i < seen->n);
	assert_string_equal(seen->names[i], name);
	assert_int_equal(seen->numbers[i], number);
}

static void host_id(int i, char ret[static STORE_UUID_SIZE])
{
	snprintf(ret, STORE_UUID_SIZE, "00000000-0000-4000-8000-00000000000%d", i);
}

static void enrol_hosts(struct store *store)
{
	for (int i = 0; i < HOSTS; i++) {
		char host[STORE_UUID_SIZE], machine[65], serial[33];

		host_id(i, host);
		snprintf(machine, sizeof(machine), "%064d", i);
		snprintf(serial, sizeof(serial), "%032d", i);
		add_token(store, (uint8_t)(i + 1), NOW + 60);
		assert_int_equal(
			enrol_as(store, (uint8_t)(i + 1), (uint8_t)(i + 1), host, machine, serial),
			0);
	}
}

static void put(struct store *store, int host, const char *day, const char *person,
		const char *device, bool violation)
{
	struct event_columns columns = { .violation = violation };
	char id[STORE_UUID_SIZE];
	struct batch batch;

	host_id(host, id);
	snprintf(columns.time, sizeof(columns.time), "%sT08:00:00.000000Z", day);
	strcpy(columns.kind, "device.decided");
	strcpy(columns.verdict, "deny");
	snprintf(columns.person, sizeof(columns.person), "%s", person);
	snprintf(columns.device, sizeof(columns.device), "%s", device);
	assert_int_equal(batch_begin(&batch, store, id, LEDGER), 0);
	columns.seq = batch.chain.next_seq++;
	assert_int_equal(batch_append(&batch, &columns, "{}", 2), 0);
	assert_int_equal(batch_end(&batch, 0), 0);
}

static void test_people_and_devices(void **state)
{
	struct store *store = ((struct temporary *)*state)->store;
	struct seen seen = { 0 };
	char host[STORE_UUID_SIZE];

	enrol_hosts(store);
	for (int i = 0; i < HOSTS; i++)
		put(store, i, "2026-11-20", "", "0951:1666 EVERYWHERE", false);
	put(store, 0, "2026-11-20", "alice", "0951:1666 MINE", true);
	put(store, 0, "2026-11-21", "alice", "0951:1666 MINE", false);
	put(store, 1, "2026-11-21", "alice", "0951:1666 OTHER", true); /* elsewhere: hers, too */
	put(store, 1, "2026-11-21", "bob", "0951:1666 OTHER", true);   /* never here */
	put(store, 0, "2026-10-01", "carol", "0951:1666 OLD", true);   /* long ago */

	host_id(0, host);
	assert_int_equal(facts_each_person(store, host, "2026-11-23", on_fact, &seen), 0);
	assert_int_equal(seen.n, 1);
	assert_seen(&seen, 0, "alice", 2);

	seen = (struct seen){ 0 };
	assert_int_equal(facts_each_device(store, host, on_fact, &seen), 0);
	assert_int_equal(seen.n, 3);
	assert_seen(&seen, 0, "0951:1666 EVERYWHERE", HOSTS);
	assert_seen(&seen, 1, "0951:1666 MINE", 1);
	assert_seen(&seen, 2, "0951:1666 OLD", 1);

	seen = (struct seen){ 0 };
	assert_int_equal(facts_each_widespread(store, on_fact, &seen), 0);
	assert_int_equal(seen.n, 1);
	assert_seen(&seen, 0, "0951:1666 EVERYWHERE", HOSTS);
	assert_int_equal(facts_each_person(store, host, "today", on_fact, &seen), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_people_and_devices, temporary_setup,
						temporary_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
