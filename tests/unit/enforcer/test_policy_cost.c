/* What a large register costs: a start with a million entries against one with ten, in time and in
 * resident memory, while devices are looked up and while the table is hashed again in the idle
 * loop.  Each is measured in a process of its own, by the real policy store.  The figures are
 * printed; that of memory is held to its limit in a build without instruments. */
#define OFFERS_ROOT "/var/tmp" /* on a disk */
#include "offers.h"

#include <time.h>

#include "agent/enforcer/recheck.h"

#if defined(__has_feature)
#define INSTRUMENTED __has_feature(address_sanitizer)
#else
#define INSTRUMENTED 0
#endif

enum { LOOKUPS = 200, RSS_MORE_KB = 2048 };

struct cost {
	int64_t start_us;
	int64_t start_kb, lookups_kb, recheck_kb; /* resident, more than before the load */
	int64_t slice_us;			  /* the longest turn of the loop */
};

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int64_t resident_kb(void)
{
	FILE *file = fopen("/proc/self/statm", "re");
	long long total, resident;

	assert_non_null(file);
	assert_int_equal(fscanf(file, "%lld %lld", &total, &resident), 2);
	fclose(file);
	return resident * sysconf(_SC_PAGESIZE) / 1024;
}

static void name_serial(uint32_t i, char ret[static 16])
{
	snprintf(ret, 16, "S%u", i);
}

static uint8_t *make_table_of(uint32_t n, size_t *ret_size)
{
	struct registered_entry *entries = calloc(n, sizeof(*entries));
	uint8_t *table;
	char serial[16];

	assert_non_null(entries);
	for (uint32_t i = 0; i < n; i++) {
		name_serial(i, serial);
		device_media_key(0x0951, 0x1666, serial, entries[i].key);
		entries[i].verdict = VERDICT_ALLOW;
		entries[i].functions = FUNCTION_BIT(FUNCTION_STORAGE);
		snprintf(entries[i].tag, sizeof(entries[i].tag), "A-%u", i);
	}
	assert_int_equal(registered_encode(entries, n, &table, ret_size), 0);
	free(entries);
	return table;
}

/* Have a policy of @n registered media accepted. */
static void accept_policy(uint64_t version, uint32_t n)
{
	struct offer offer = good_offer(ROLE_POLICY, version);

	free(offer.table);
	offer.table = make_table_of(n, &offer.table_size);
	assert_true(make_offer(&offer, ROLE_POLICY).applied);
}

static void look_up(uint32_t n)
{
	struct policy_view view = policy_store_view(&store);
	struct device *device = calloc(1, sizeof(*device));
	struct registered_entry entry;

	device->vendor = 0x0951;
	device->product = 0x1666;
	device->has_serial = true;
	for (uint32_t i = 0; i < LOOKUPS; i++) {
		name_serial((uint32_t)((uint64_t)i * n / LOOKUPS), device->serial);
		assert_int_equal(registered_find(view.registered, device, &entry), 1);
		policy_store_relax(&store); /* as after each decision */
	}
	free(device);
}

static bool rechecked;

static void on_rechecked(void *userdata, int result)
{
	(void)userdata;
	assert_int_equal(result, 0);
	rechecked = true;
}

static int64_t recheck(void)
{
	const struct loaded_bundle *bundle = &store.roles[ROLE_POLICY];
	struct recheck recheck = { .handler = on_rechecked };
	int64_t longest_us = 0;
	sd_event *loop;

	assert_true(sd_event_new(&loop) >= 0);
	assert_int_equal(recheck_start(&recheck, loop, store.sections_fd,
				       &bundle->manifest.sections[1], &bundle->table),
			 0);
	while (!rechecked) {
		int64_t before_us = now_us(), took_us;

		assert_int_equal(sd_event_run(loop, 0), 1);
		took_us = now_us() - before_us;
		longest_us = took_us > longest_us ? took_us : longest_us;
	}
	sd_event_unref(loop);
	return longest_us;
}

/* In a process that has done nothing else. */
static void measure(const char *in, uint32_t n)
{
	struct policy_outcome outcome;
	int64_t before_kb, before_us;
	struct cost cost;
	char error[256];

	snprintf(config, sizeof(config), "%s/etc", in);
	state_fd = open(in, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(policy_store_init(&store, state_fd, config), 0);
	assert_int_equal(policy_store_read_trust(&store, error), 0);
	before_kb = resident_kb();
	before_us = now_us();
	assert_true(policy_store_load(&store, ROLE_POLICY, &outcome));
	cost.start_us = now_us() - before_us;
	assert_true(store.assumed[ROLE_POLICY]);
	cost.start_kb = resident_kb() - before_kb;
	look_up(n);
	cost.lookups_kb = resident_kb() - before_kb;
	cost.slice_us = recheck();
	cost.recheck_kb = resident_kb() - before_kb;
	policy_store_finish(&store);
	close(state_fd);
	printf("%lld %lld %lld %lld %lld\n", (long long)cost.start_us, (long long)cost.start_kb,
	       (long long)cost.lookups_kb, (long long)cost.recheck_kb, (long long)cost.slice_us);
}

static struct cost measure_apart(uint32_t n)
{
	char command[160];
	long long f[5];
	FILE *pipe;

	snprintf(command, sizeof(command), "/proc/%d/exe %s %u", (int)getpid(), directory, n);
	pipe = popen(command, "re");
	assert_non_null(pipe);
	assert_int_equal(
		fscanf(pipe, "%lld %lld %lld %lld %lld", &f[0], &f[1], &f[2], &f[3], &f[4]), 5);
	assert_int_equal(pclose(pipe), 0);
	return (struct cost){ f[0], f[1], f[2], f[3], f[4] };
}

static void print_cost(uint32_t n, const struct cost *cost)
{
	print_message("%8u entries: start %lld us; resident +%lld KB at start, +%lld KB after %d "
		      "look-ups, +%lld KB after hashing, longest slice %lld us\n",
		      n, (long long)cost->start_us, (long long)cost->start_kb,
		      (long long)cost->lookups_kb, LOOKUPS, (long long)cost->recheck_kb,
		      (long long)cost->slice_us);
}

static void test_a_million_costs_no_more(void **state)
{
	struct cost few, many;

	(void)state;
	accept_policy(1, 10);
	few = measure_apart(10);
	print_cost(10, &few);
	accept_policy(2, 1000000);
	many = measure_apart(1000000);
	print_cost(1000000, &many);
	if (INSTRUMENTED)
		return;
	assert_true(many.start_kb - few.start_kb <= RSS_MORE_KB);
	assert_true(many.lookups_kb - few.lookups_kb <= RSS_MORE_KB);
	assert_true(many.recheck_kb - few.recheck_kb <= RSS_MORE_KB);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_million_costs_no_more, setup, teardown),
	};

	if (sodium_init() < 0)
		return 1;
	if (argc == 3) {
		measure(argv[1], (uint32_t)strtoul(argv[2], NULL, 10));
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
