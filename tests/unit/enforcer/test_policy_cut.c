/* The disk fails, or the power, at each call that makes a change of policy last: at the next start
 * it is as before, or as after. */
#include "trials.h"

#include <dlfcn.h>

/* Calls that make something last: which of them fails, and whether those after it do, too. */
static struct {
	bool armed, cut;
	int n, fails;
} disk;

static bool disk_fails(void)
{
	if (!disk.armed)
		return false;
	disk.n++;
	errno = EIO;
	return disk.n == disk.fails || (disk.cut && disk.n > disk.fails);
}

int fsync(int fd)
{
	static int (*real)(int);

	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "fsync");
	return disk_fails() ? -1 : real(fd);
}

int renameat(int from_fd, const char *from, int to_fd, const char *to)
{
	static int (*real)(int, const char *, int, const char *);

	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "renameat");
	return disk_fails() ? -1 : real(from_fd, from, to_fd, to);
}

int unlinkat(int fd, const char *name, int flags)
{
	static int (*real)(int, const char *, int);

	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "unlinkat");
	return disk_fails() ? -1 : real(fd, name, flags);
}

/* The note of the time is not written: it runs all the same. */
static void test_time_not_noted(void **state)
{
	(void)state;
	accept_on_trial(3, 0);
	accept_on_trial(4, 3);
	memset(&disk, 0, sizeof(disk));
	disk.armed = disk.cut = true;
	disk.fails = 1;
	assert_int_equal(policy_store_begin_trial(&store, "boot0", 100, 50), 150);
	assert_int_equal(policy_store_begin_trial(&store, "boot0", 120, 50), 150);
	disk.armed = false;
	restart();
	assert_in_force(4, 3);
	assert_int_equal(policy_store_begin_trial(&store, "boot0", 130, 50), 180);
}

static void begin_first(void)
{
	accept_on_trial(3, 0);
}

static void begin_trial(void)
{
	accept_on_trial(3, 0);
	accept_on_trial(4, 3);
}

static void begin_rolled_back(void)
{
	begin_trial();
	roll_back_to(3);
}

static void begin_again(void)
{
	begin_rolled_back();
	policy_store_allow_again(&store);
}

static void act_offer_4(void)
{
	offer_version(4);
}

static void act_offer_5(void)
{
	offer_version(5);
}

static void act_confirm(void)
{
	(void)!policy_store_confirm(&store, 4);
}

static void act_roll_back(void)
{
	struct policy_outcome outcome;

	(void)!policy_store_roll_back(&store, &outcome);
}

static const struct {
	void (*begin)(void);
	void (*act)(void);
	uint64_t before, after; /* what may be in force */
	bool trial_before, trial_after;
	int least; /* calls that can fail */
} changes[] = {
	{ begin_first, act_offer_4, 3, 4, false, true, 12 },
	{ begin_trial, act_offer_5, 4, 5, true, true, 9 },
	{ begin_rolled_back, act_offer_5, 3, 5, false, true, 12 },
	{ begin_again, act_offer_4, 3, 4, false, true, 12 },
	{ begin_trial, act_confirm, 4, 4, true, false, 4 },
	{ begin_trial, act_roll_back, 4, 3, true, false, 4 },
};

/* Let the @fails-th call of change @i fail, start again, and see that nothing is between before and
 * after.  Returns false if there were not so many calls. */
static bool cut_change(size_t i, int fails, bool cut)
{
	uint64_t told;
	bool is_after, on_trial;

	changes[i].begin();
	memset(&disk, 0, sizeof(disk));
	disk.armed = true;
	disk.cut = cut;
	disk.fails = fails;
	changes[i].act();
	disk.armed = false;
	told = policy_store_version(&store, ROLE_POLICY);
	restart();
	/* An offer is in force at once or not at all.  (A roll-back is tried again.) */
	if (!cut && changes[i].act != act_roll_back)
		assert_int_equal(policy_store_version(&store, ROLE_POLICY), told);
	assert_false(store.note_damaged);
	is_after = policy_store_version(&store, ROLE_POLICY) == changes[i].after;
	on_trial = policy_store_trial(&store) != NULL;
	if (changes[i].before != changes[i].after)
		assert_int_equal(on_trial,
				 is_after ? changes[i].trial_after : changes[i].trial_before);
	assert_in_force(is_after ? changes[i].after : changes[i].before, on_trial ? 3 : 0);
	if ((changes[i].begin == begin_rolled_back || changes[i].begin == begin_again) && !is_after)
		assert_refused(4, "rolled-back");
	if (changes[i].act == act_roll_back && is_after) {
		assert_refused(4, "rolled-back");
		accept_on_trial(5, 3);
		on_trial = true;
	}
	if (on_trial)
		roll_back_to(3);
	return disk.n >= fails;
}

static void test_every_cut(void **state)
{
	for (size_t i = 0; i < 2 * sizeof(changes) / sizeof(changes[0]); i++) {
		int fails = 1;

		do {
			assert_int_equal(teardown(state), 0);
			setup(state);
		} while (cut_change(i / 2, fails++, i % 2 == 0));
		assert_true(fails - 2 >= changes[i / 2].least);
	}
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_time_not_noted),
		TEST(test_every_cut),
	};

	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
