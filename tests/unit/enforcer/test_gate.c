/* The gate on the real kernel: a cgroup and a bpffs of the test's own, a child process inside.
 * Needs root, cgroup2 and BPF; skipped without. */
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
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/enforcer/gate.h"
#include "agent/enforcer/gate_program.h"

static char directory[] = "/tmp/test_gate.XXXXXX";
static char bpffs[64], pins[80], cgroup[128], user[140];
static const char *inside = user; /* the cgroup that open_inside() opens in */
static bool available;

static const char *const cgroup_roots[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };

static int setup(void **state)
{
	struct gate gate;

	(void)state;
	assert_non_null(mkdtemp(directory));
	snprintf(bpffs, sizeof(bpffs), "%s/bpf", directory);
	snprintf(pins, sizeof(pins), "%s/devgate", bpffs);
	assert_int_equal(mkdir(bpffs, 0700), 0);
	if (geteuid() != 0 || mount("bpf", bpffs, "bpf", 0, "mode=0700") < 0)
		return 0;
	for (size_t i = 0; i < 2 && !available; i++) {
		snprintf(cgroup, sizeof(cgroup), "%s/devgate-test-%d", cgroup_roots[i], getpid());
		if (mkdir(cgroup, 0700) < 0)
			continue;
		available = gate_open(&gate, cgroup, pins) == 0;
		gate_finish(&gate);
		snprintf(user, sizeof(user), "%s/user", cgroup);
		if (!available || mkdir(user, 0700) < 0)
			rmdir(cgroup);
	}
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	if (available) {
		assert_int_equal(gate_release(cgroup, pins), 0);
		rmdir(user);
		rmdir(cgroup);
	}
	umount2(bpffs, MNT_DETACH);
	rmdir(bpffs);
	rmdir(directory);
	return 0;
}

#define REQUIRE_GATE()                                                                             \
	do {                                                                                       \
		if (!available)                                                                    \
			skip();                                                                    \
	} while (0)

/* What open(2) of a device node says inside the cgroup.  The node is for a device that is not
 * there: ENXIO says that the gate let it pass. */
static int open_inside(mode_t kind, unsigned major, unsigned minor, int flags)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		char procs[200], node[64];
		int fd;

		snprintf(procs, sizeof(procs), "%s/cgroup.procs", inside);
		snprintf(node, sizeof(node), "/dev/devgate-test-%d", getpid());
		fd = open(procs, O_WRONLY);
		if (fd < 0 || write(fd, "0", 1) != 1)
			_exit(255);
		unlink(node);
		if (mknod(node, kind | 0600, makedev(major, minor)) < 0)
			_exit(254);
		fd = open(node, flags);
		unlink(node);
		_exit(fd >= 0 ? 0 : errno);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static bool refused(int error)
{
	return error == EACCES || error == EPERM;
}

static void test_only_vetted_are_written(void **state)
{
	const struct gate_device disk = { GATE_BLOCK, 135, 255 }, generic = { GATE_CHAR, 21, 250 };
	struct gate gate;

	(void)state;
	REQUIRE_GATE();
	assert_int_equal(gate_open(&gate, cgroup, pins), 0);
	assert_false(refused(open_inside(S_IFBLK, 135, 255, O_RDWR)));
	assert_int_equal(gate_attach(&gate), 0);
	assert_true(gate.attached);

	assert_true(refused(open_inside(S_IFBLK, 135, 255, O_RDWR)));
	assert_true(refused(open_inside(S_IFBLK, 135, 255, O_WRONLY)));
	assert_true(refused(open_inside(S_IFBLK, 135, 255, O_RDONLY)));
	assert_true(refused(open_inside(S_IFCHR, 21, 250, O_RDWR)));
	assert_int_equal(open_inside(S_IFCHR, 1, 3, O_RDWR), 0);
	assert_false(refused(open_inside(S_IFBLK, 21, 250, O_RDWR)));

	assert_int_equal(gate_vet(&gate, &disk, GATE_READ_WRITE), 0);
	assert_int_equal(gate_vet(&gate, &disk, GATE_READ_WRITE), 0);
	assert_false(refused(open_inside(S_IFBLK, 135, 255, O_RDWR)));
	assert_true(refused(open_inside(S_IFBLK, 135, 254, O_RDWR)));
	assert_int_equal(gate_vet(&gate, &generic, GATE_READ_WRITE), 0);
	assert_false(refused(open_inside(S_IFCHR, 21, 250, O_RDWR)));
	assert_int_equal(gate_revoke(&gate, &disk), 0);
	assert_int_equal(gate_revoke(&gate, &disk), 0);
	assert_true(refused(open_inside(S_IFBLK, 135, 255, O_RDWR)));
	gate_finish(&gate);
}

static void test_vetted_for_reading_is_not_written(void **state)
{
	const struct gate_device disk = { GATE_BLOCK, 135, 60 };
	struct gate gate;

	(void)state;
	REQUIRE_GATE();
	assert_int_equal(gate_open(&gate, cgroup, pins), 0);
	assert_int_equal(gate_attach(&gate), 0);
	assert_int_equal(gate_vet(&gate, &disk, GATE_READ), 0);
	assert_false(refused(open_inside(S_IFBLK, 135, 60, O_RDONLY)));
	assert_true(refused(open_inside(S_IFBLK, 135, 60, O_RDWR)));
	assert_true(refused(open_inside(S_IFBLK, 135, 60, O_WRONLY)));
	assert_int_equal(gate_vet(&gate, &disk, GATE_READ_WRITE), 0);
	assert_false(refused(open_inside(S_IFBLK, 135, 60, O_RDWR)));
	gate_finish(&gate);
}

/* The test's cgroup is the root of what the gate was told, so processes in it are readers where the
 * kernel's threads are in a real one; those in a cgroup below are not. */
static void test_readers_may_look_but_not_write(void **state)
{
	char below[160];
	struct gate gate;

	(void)state;
	REQUIRE_GATE();
	assert_int_equal(gate_open(&gate, cgroup, pins), 0);
	assert_int_equal(gate_attach(&gate), 0);
	inside = cgroup;
	assert_false(refused(open_inside(S_IFBLK, 135, 61, O_RDONLY)));
	assert_true(refused(open_inside(S_IFBLK, 135, 61, O_RDWR)));
	snprintf(below, sizeof(below), "%s/system.slice", cgroup);
	assert_int_equal(mkdir(below, 0700), 0);
	strcat(below, "/systemd-udevd.service");
	assert_int_equal(mkdir(below, 0700), 0);
	inside = below;
	assert_true(refused(open_inside(S_IFBLK, 135, 61, O_RDONLY)));
	assert_int_equal(gate_refresh(&gate), 0);
	assert_false(refused(open_inside(S_IFBLK, 135, 61, O_RDONLY)));
	assert_true(refused(open_inside(S_IFBLK, 135, 61, O_RDWR)));
	inside = user;
	assert_int_equal(rmdir(below), 0);
	*strrchr(below, '/') = '\0';
	assert_int_equal(rmdir(below), 0);
	gate_finish(&gate);
}

static void test_refusal_is_as_of_a_write_protected_disk(void **state)
{
	struct gate gate;

	(void)state;
	REQUIRE_GATE();
	assert_int_equal(gate_open(&gate, cgroup, pins), 0);
	assert_int_equal(gate_attach(&gate), 0);
	assert_int_equal(open_inside(S_IFBLK, 135, 200, O_RDWR), EACCES);
	gate_finish(&gate);
}

static void test_outlives_its_enforcer_and_is_taken_over(void **state)
{
	const struct gate_device disk = { GATE_BLOCK, 135, 100 };
	struct gate gate;

	(void)state;
	REQUIRE_GATE();
	assert_int_equal(gate_open(&gate, cgroup, pins), 0);
	assert_int_equal(gate_attach(&gate), 0);
	assert_int_equal(gate_vet(&gate, &disk, GATE_READ_WRITE), 0);
	gate_finish(&gate);
	assert_true(refused(open_inside(S_IFBLK, 135, 101, O_RDWR)));
	assert_false(refused(open_inside(S_IFBLK, 135, 100, O_RDWR)));

	for (int i = 0; i < 70; i++) { /* more than the kernel takes programs */
		assert_int_equal(gate_open(&gate, cgroup, pins), 0);
		assert_true(refused(open_inside(S_IFBLK, 135, 101, O_RDWR)));
		assert_int_equal(gate_attach(&gate), 0);
		gate_finish(&gate);
	}
	assert_false(refused(open_inside(S_IFBLK, 135, 100, O_RDWR)));
}

static bool keep_even(void *userdata, const struct gate_device *device)
{
	(*(int *)userdata)++;
	return device->minor % 2 == 0;
}

static void test_prune(void **state)
{
	struct gate gate;
	int seen = 0;

	(void)state;
	REQUIRE_GATE();
	assert_int_equal(gate_open(&gate, cgroup, pins), 0);
	assert_int_equal(gate_attach(&gate), 0);
	for (unsigned i = 0; i < 50; i++)
		assert_int_equal(gate_vet(&gate, &(struct gate_device){ GATE_BLOCK, 134, i },
					  GATE_READ_WRITE),
				 0);
	assert_int_equal(gate_prune(&gate, keep_even, &seen), 0);
	assert_true(seen >= 50);
	assert_true(refused(open_inside(S_IFBLK, 134, 7, O_RDWR)));
	assert_false(refused(open_inside(S_IFBLK, 134, 8, O_RDWR)));
	gate_finish(&gate);
}

static void test_limit(void **state)
{
	struct gate gate;
	int r = 0;

	(void)state;
	REQUIRE_GATE();
	assert_int_equal(gate_open(&gate, cgroup, pins), 0);
	for (unsigned i = 0; i <= GATE_MAX_VETTED && r == 0; i++)
		r = gate_vet(&gate, &(struct gate_device){ GATE_BLOCK, 133, i }, GATE_READ);
	assert_int_equal(r, -E2BIG);
	gate_finish(&gate);
}

static void test_release_opens_and_cleans_up(void **state)
{
	struct gate gate;

	(void)state;
	REQUIRE_GATE();
	assert_int_equal(gate_open(&gate, cgroup, pins), 0);
	assert_int_equal(gate_attach(&gate), 0);
	gate_finish(&gate);
	assert_int_equal(gate_release(cgroup, pins), 0);
	assert_false(refused(open_inside(S_IFBLK, 135, 255, O_RDWR)));
	assert_int_equal(access(pins, F_OK), -1);
	assert_int_equal(gate_release(cgroup, pins), 0);
}

static void test_wrong_places_are_refused(void **state)
{
	struct gate gate;

	(void)state;
	assert_int_equal(gate_open(&gate, "/tmp", pins), -ENOTSUP);
	gate_finish(&gate);
	assert_int_equal(gate_vet(&gate, &(struct gate_device){ GATE_BLOCK, 8, 0 }, GATE_READ),
			 -ENODEV);
	assert_int_equal(gate_open(&gate, "/nonexistent", pins), -ENOENT);
	gate_finish(&gate);
}

static void test_usb_nodes(void **state)
{
	const struct gate_device phone = { GATE_CHAR, GATE_USB_MAJOR, 8000 };
	struct gate gate;

	(void)state;
	REQUIRE_GATE();
	assert_int_equal(gate_open(&gate, cgroup, pins), 0);
	assert_int_equal(gate_attach(&gate), 0);
	assert_false(gate_is_vetted(&gate, &phone));
	assert_int_equal(open_inside(S_IFCHR, GATE_USB_MAJOR, 8000, O_RDWR), EACCES);
	assert_int_equal(open_inside(S_IFCHR, GATE_USB_MAJOR, 8000, O_RDONLY), EACCES);
	assert_int_equal(gate_vet(&gate, &phone, GATE_READ), 0);
	assert_true(gate_is_vetted(&gate, &phone));
	assert_int_equal(open_inside(S_IFCHR, GATE_USB_MAJOR, 8000, O_RDWR), EACCES);
	assert_false(refused(open_inside(S_IFCHR, GATE_USB_MAJOR, 8000, O_RDONLY)));
	assert_int_equal(gate_vet(&gate, &phone, GATE_READ_WRITE), 0);
	assert_false(refused(open_inside(S_IFCHR, GATE_USB_MAJOR, 8000, O_RDWR)));
	assert_int_equal(gate_revoke(&gate, &phone), 0);
	assert_false(gate_is_vetted(&gate, &phone));
	assert_int_equal(open_inside(S_IFCHR, GATE_USB_MAJOR, 8000, O_RDWR), EACCES);
	gate_finish(&gate);
}

/* bsg is in every kernel with SCSI, and its major is given at run time. */
static void test_majors_given_at_run_time(void **state)
{
	struct gate_major majors[GATE_MAX_DYNAMIC];
	struct gate gate;
	int n;

	(void)state;
	REQUIRE_GATE();
	n = gate_majors_dynamic(majors);
	if (n == 0)
		skip();
	assert_true(n > 0);
	assert_int_equal(gate_open(&gate, cgroup, pins), 0);
	assert_int_equal(gate_attach(&gate), 0);
	for (int i = 0; i < n; i++) {
		const struct gate_device node = { majors[i].type, majors[i].major, 250 };

		assert_true(gate_covers(&gate, &node));
		assert_int_equal(open_inside(S_IFCHR, node.major, 250, O_RDONLY), EACCES);
		assert_int_equal(gate_vet(&gate, &node, GATE_READ_WRITE), 0);
		assert_false(refused(open_inside(S_IFCHR, node.major, 250, O_RDWR)));
		assert_int_equal(gate_revoke(&gate, &node), 0);
	}
	/* A driver that was loaded later, as far as the gate can tell; and one that has gone. */
	gate.n_dynamic = 0;
	assert_int_equal(gate_refresh(&gate), 0);
	assert_int_equal(gate.n_dynamic, n);
	gate.dynamic[gate.n_dynamic++] = (struct gate_major){ GATE_CHAR, 500 };
	assert_int_equal(gate_refresh(&gate), 0);
	assert_false(gate_covers(&gate, &(struct gate_device){ GATE_CHAR, 500, 0 }));
	assert_int_equal(open_inside(S_IFCHR, majors[0].major, 250, O_RDONLY), EACCES);
	gate_finish(&gate);
}

static void test_covered_majors(void **state)
{
	static const struct {
		unsigned type, major;
		bool covered;
	} cases[] = {
		{ GATE_BLOCK, 8, true },    { GATE_BLOCK, 7, false },	 { GATE_BLOCK, 9, false },
		{ GATE_BLOCK, 11, true },   { GATE_BLOCK, 64, false },	 { GATE_BLOCK, 65, true },
		{ GATE_BLOCK, 71, true },   { GATE_BLOCK, 72, false },	 { GATE_BLOCK, 127, false },
		{ GATE_BLOCK, 128, true },  { GATE_BLOCK, 135, true },	 { GATE_BLOCK, 136, false },
		{ GATE_BLOCK, 179, true },  { GATE_BLOCK, 178, false },	 { GATE_BLOCK, 180, false },
		{ GATE_BLOCK, 259, true },  { GATE_BLOCK, 21, false },	 { GATE_BLOCK, 189, false },
		{ GATE_CHAR, 21, true },    { GATE_CHAR, 9, true },	 { GATE_CHAR, 86, true },
		{ GATE_CHAR, 189, true },   { GATE_CHAR, 188, false },	 { GATE_CHAR, 190, false },
		{ GATE_CHAR, 8, false },    { GATE_CHAR, 180, false },	 { GATE_BLOCK, 511, false },
		{ GATE_BLOCK, 512, false }, { GATE_CHAR, 0xfff, false }, { GATE_CHAR, 1, false },
	};
	struct gate gate;

	(void)state;
	gate_init(&gate);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct gate_device device = { cases[i].type, cases[i].major, 0 };

		assert_int_equal(gate_covers(&gate, &device), cases[i].covered);
	}
	if (!available)
		return;
	assert_int_equal(gate_open(&gate, cgroup, pins), 0);
	assert_int_equal(gate_attach(&gate), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		mode_t kind = cases[i].type == GATE_BLOCK ? S_IFBLK : S_IFCHR;

		if (kind == S_IFCHR && cases[i].major == 1)
			continue; /* there is such a device */
		assert_int_equal(open_inside(kind, cases[i].major, 255, O_RDWR) == EACCES,
				 cases[i].covered);
	}
	gate_finish(&gate);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_only_vetted_are_written),
		cmocka_unit_test(test_covered_majors),
		cmocka_unit_test(test_usb_nodes),
		cmocka_unit_test(test_majors_given_at_run_time),
		cmocka_unit_test(test_vetted_for_reading_is_not_written),
		cmocka_unit_test(test_readers_may_look_but_not_write),
		cmocka_unit_test(test_refusal_is_as_of_a_write_protected_disk),
		cmocka_unit_test(test_outlives_its_enforcer_and_is_taken_over),
		cmocka_unit_test(test_prune),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_release_opens_and_cleans_up),
		cmocka_unit_test(test_wrong_places_are_refused),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
