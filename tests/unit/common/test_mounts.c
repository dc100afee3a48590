/* mounts: mountinfo(5) as the kernel writes it, and which mounts lie on a disk, through partitions
 * and the device mapper, in a sysfs of plain files. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "agent/common/mounts.h"
#include "tests/unit/policy/cmocka_test.h"

static char root[] = "/tmp/devgate-mounts.XXXXXX";
static int root_fd;

static void run(const char *command)
{
	char line[1024];

	snprintf(line, sizeof(line), "cd %s && %s", root, command);
	assert_int_equal(system(line), 0);
}

static void write_mountinfo(const char *text)
{
	int fd = openat(root_fd, "mountinfo", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static int read_mountinfo(struct mounts *ret)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/mountinfo", root);
	return mounts_read(path, ret);
}

/* sdb with sdb1, on which is dm-0 (LUKS), on which is dm-1 (LVM); and sdc, which is another. */
static int setup(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(root));
	root_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	run("mkdir -p dev/block d/sdb/sdb1/holders d/sdb/holders d/sdb/queue d/sdc/holders "
	    "d/dm-0/holders d/dm-1/holders");
	run("echo 8:16 >d/sdb/dev; echo 8:17 >d/sdb/sdb1/dev; echo 8:32 >d/sdc/dev; "
	    "echo 254:0 >d/dm-0/dev; echo 254:1 >d/dm-1/dev");
	run("ln -s ../../../../d/dm-0 d/sdb/sdb1/holders/dm-0; "
	    "ln -s ../../../d/dm-1 d/dm-0/holders/dm-1; ln -s .. d/sdb/bdi; "
	    "ln -s ../../d/sdb dev/block/8:16; ln -s ../../d/sdb/sdb1 dev/block/8:17; "
	    "ln -s ../../d/dm-0 dev/block/254:0; ln -s ../../d/dm-1 dev/block/254:1; "
	    "ln -s ../../d/sdc dev/block/8:32");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	close(root_fd);
	run("rm -r dev d mountinfo");
	return rmdir(root);
}

static void test_set_of_a_disk(void **state)
{
	struct block_set set = { 0 };

	(void)state;
	assert_int_equal(block_set_add(&set, root_fd, makedev(8, 16)), 0);
	assert_int_equal(set.n, 4);
	assert_true(block_set_has(&set, makedev(8, 17)));
	assert_true(block_set_has(&set, makedev(254, 0)));
	assert_true(block_set_has(&set, makedev(254, 1)));
	assert_false(block_set_has(&set, makedev(8, 32)));
	assert_int_equal(block_set_add(&set, root_fd, makedev(8, 17)), 0); /* again */
	assert_int_equal(set.n, 4);
	assert_int_equal(block_set_add(&set, root_fd, makedev(9, 9)), 0); /* gone */
	assert_int_equal(set.n, 5);
}

static void test_full_set(void **state)
{
	struct block_set set = { .n = BLOCK_SET_MAX - 1 };

	(void)state;
	assert_int_equal(block_set_add(&set, root_fd, makedev(8, 16)), -E2BIG);
	assert_int_equal(set.n, BLOCK_SET_MAX);
}

static void test_parse(void **state)
{
	struct mounts mounts;

	(void)state;
	write_mountinfo(
		"22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro\n"
		"40 22 8:17 /sub /media/a\\040b\\134c\\011d rw - vfat /dev/sdb1 ro,uid=0\n"
		"41 22 0:33 / /tags rw shared:2 master:3 propagate_from:1 - tmpfs tmp\\0401 rw\n");
	assert_int_equal(read_mountinfo(&mounts), 0);
	assert_int_equal(mounts.n, 3);
	assert_int_equal(mounts.items[0].number, makedev(8, 1));
	assert_false(mounts.items[0].read_only);
	assert_string_equal(mounts.items[1].where, "/media/a b\\c\td");
	assert_string_equal(mounts.items[1].type, "vfat");
	assert_string_equal(mounts.items[1].source, "/dev/sdb1");
	assert_true(mounts.items[1].read_only);
	assert_string_equal(mounts.items[2].source, "tmp 1");
	mounts_finish(&mounts);
}

static void test_damaged(void **state)
{
	static const char line[] = "22 1 8:1 / /x rw shared:1 - ext4 /dev/sda1 rw";
	struct mounts mounts = { .n = 7 };

	(void)state;
	for (size_t n = 1; n < sizeof(line) - 1; n++) {
		char text[sizeof(line)];
		int r;

		snprintf(text, sizeof(text), "%.*s", (int)n, line);
		write_mountinfo(text);
		r = read_mountinfo(&mounts);
		if (r == 0) { /* cut within the last field */
			assert_true(n > sizeof(line) - 4);
			mounts_finish(&mounts);
			mounts.n = 7;
			continue;
		}
		assert_int_equal(r, -EBADMSG);
		assert_int_equal(mounts.n, 7);
	}
	assert_int_equal(mounts_read("/nonexistent", &mounts), -ENOENT);
}

static void test_filter(void **state)
{
	struct block_set set = { 0 };
	struct mounts mounts;

	(void)state;
	write_mountinfo("1 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
			"2 1 8:17 / /a rw - vfat /dev/sdb1 rw\n"
			"3 1 8:32 / /b rw - vfat /dev/sdc rw\n"
			"4 1 254:1 / /c rw - ext4 /dev/mapper/x rw\n"
			"5 1 8:17 / /d rw - vfat /dev/sdb1 rw\n"
			"6 1 0:40 / /e rw - btrfs /dev/null rw\n");
	assert_int_equal(block_set_add(&set, root_fd, makedev(8, 16)), 0);
	assert_int_equal(read_mountinfo(&mounts), 0);
	mounts_filter(&mounts, &set);
	assert_int_equal(mounts.n, 3);
	assert_string_equal(mounts.items[0].where, "/a");
	assert_string_equal(mounts.items[1].where, "/c");
	assert_string_equal(mounts.items[2].where, "/d");
	mounts_finish(&mounts);
}

static void test_this_machine(void **state)
{
	struct mounts mounts;
	bool root_is_there = false;

	(void)state;
	assert_int_equal(mounts_read("/proc/self/mountinfo", &mounts), 0);
	for (size_t i = 0; i < mounts.n; i++)
		root_is_there = root_is_there || strcmp(mounts.items[i].where, "/") == 0;
	assert_true(root_is_there);
	mounts_finish(&mounts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set_of_a_disk), cmocka_unit_test(test_full_set),
		cmocka_unit_test(test_parse),	      cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_filter),	      cmocka_unit_test(test_this_machine),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
