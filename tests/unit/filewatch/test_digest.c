/* Files of this machine's own disk, hashed as the watcher does; and those that are not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "agent/common/cleanup.h"
#include "agent/filewatch/digest.h"

enum { S = 1000000 };

static char directory[64];
static struct digest digest;
static struct file_event event;

static int setup(void **state)
{
	(void)state;
	strcpy(directory, "/tmp/test_digest.XXXXXX");
	assert_non_null(mkdtemp(directory));
	digest_init(&digest);
	return 0;
}

static int teardown(void **state)
{
	char command[128];

	(void)state;
	digest_finish(&digest);
	snprintf(command, sizeof(command), "rm -r %s", directory);
	return system(command);
}

/* The place where the file system of @path is mounted, a directory above it. */
static size_t mount_of(const char *path, dev_t number)
{
	struct mounts mounts;
	size_t longest = 0;

	assert_int_equal(mounts_read("/proc/self/mountinfo", &mounts), 0);
	for (size_t i = 0; i < mounts.n; i++) {
		const char *where = mounts.items[i].where;
		size_t length = strcmp(where, "/") == 0 ? 0 : strlen(where);

		if (mounts.items[i].number == number && length >= longest &&
		    strncmp(where, path, length) == 0)
			longest = length;
	}
	mounts_finish(&mounts);
	return longest;
}

/* Make a file, and an event that tells of it. */
static void make(const char *name, const char *text)
{
	char path[128];
	struct stat st;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	assert_int_equal(stat(path, &st), 0);
	event = (struct file_event){ .kind = FILE_CLOSED,
				     .flags = FILE_FLAG_WRITTEN,
				     .major = major(st.st_dev),
				     .minor = minor(st.st_dev),
				     .inode = st.st_ino,
				     .size = (uint64_t)st.st_size };
	strcpy(event.path, path + mount_of(path, st.st_dev));
}

static enum trail_hash hash(void)
{
	uint8_t ret[TRAIL_HASH_SIZE];

	return digest_file(&digest, &event, 1 * S, ret);
}

static void test_hashed(void **state)
{
	/* printf abc | sha256sum */
	static const uint8_t abc[] = { 0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea };
	uint8_t ret[TRAIL_HASH_SIZE];

	(void)state;
	make("a b", "abc");
	assert_int_equal(digest_file(&digest, &event, S, ret), TRAIL_HASH_DONE);
	assert_memory_equal(ret, abc, sizeof(abc));
	make("second", "abc"); /* with what is known of the mounts */
	assert_int_equal(hash(), TRAIL_HASH_DONE);
}

static void test_another_file(void **state)
{
	(void)state;
	make("a", "abc");
	event.inode++;
	assert_int_equal(hash(), TRAIL_HASH_CHANGED);
	event.inode--;
	event.size++;
	assert_int_equal(hash(), TRAIL_HASH_CHANGED);
}

static void test_not_there(void **state)
{
	char path[128], other[128];

	(void)state;
	make("a", "abc");
	snprintf(path, sizeof(path), "%s/a", directory);
	snprintf(other, sizeof(other), "%s/b", directory);
	assert_int_equal(rename(path, other), 0);
	assert_int_equal(hash(), TRAIL_HASH_UNREACHABLE);
	assert_int_equal(symlink(other, path), 0); /* is not followed */
	assert_int_equal(hash(), TRAIL_HASH_CHANGED);
	make("c", "abc");
	event.minor += 1000;
	assert_int_equal(hash(), TRAIL_HASH_UNREACHABLE);
	make("d", "abc");
	event.flags |= FILE_FLAG_CUT;
	assert_int_equal(hash(), TRAIL_HASH_UNREACHABLE);
	make("e", "abc");
	strcpy(event.path, "/../../../etc/passwd");
	assert_int_equal(hash(), TRAIL_HASH_UNREACHABLE);
}

static void test_bounded(void **state)
{
	const int burst = DIGEST_BURST / DIGEST_FILE_COST;
	uint8_t ret[TRAIL_HASH_SIZE];

	(void)state;
	make("a", "abc");
	event.size = DIGEST_FILE_MAX + 1;
	assert_int_equal(hash(), TRAIL_HASH_TOO_LARGE);
	event.size = 3;
	for (int i = 0; i < burst; i++)
		assert_int_equal(hash(), TRAIL_HASH_DONE);
	assert_int_equal(hash(), TRAIL_HASH_BUSY);
	assert_int_equal(digest_file(&digest, &event, 2 * S, ret), TRAIL_HASH_DONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_hashed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_another_file, setup, teardown),
		cmocka_unit_test_setup_teardown(test_not_there, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bounded, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
