#include "file_check.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "agent/common/cleanup.h"
#include "agent/common/file.h"
#include "child.h"

enum { BLOCK = 64 * 1024 };

static_assert(sizeof(struct file_check_answer) <= CHILD_ANSWER_MAX, "it is a child's answer");

const char *file_fault_to_text(enum file_fault fault)
{
	static const char *const texts[_FILE_FAULT_MAX] = {
		[FILE_CHANGED] = "changed",
		[FILE_MISSING] = "missing",
		[FILE_EXPOSED] = "exposed",
		[FILE_UNREADABLE] = "unreadable",
	};

	return texts[fault];
}

static int digest_of(int fd, uint8_t ret[static INVENTORY_DIGEST_SIZE])
{
	static uint8_t block[BLOCK];
	crypto_hash_sha256_state state;
	ssize_t n;

	crypto_hash_sha256_init(&state);
	while ((n = read(fd, block, sizeof(block))) > 0)
		crypto_hash_sha256_update(&state, block, (unsigned long long)n);
	if (n < 0)
		return -errno;
	crypto_hash_sha256_final(&state, ret);
	return 0;
}

/* 0: nothing is wrong. */
static int look_at(const struct file_check_request *request, const struct inventory_file *file)
{
	uint8_t digest[INVENTORY_DIGEST_SIZE];
	_cleanup_close_ int fd = openat(request->root_fd, file->path + 1,
					O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR ? FILE_MISSING
		       : errno == ELOOP			   ? FILE_CHANGED
							   : FILE_UNREADABLE;
	if (fstat(fd, &st) < 0)
		return FILE_UNREADABLE;
	if (!S_ISREG(st.st_mode))
		return FILE_CHANGED;
	if (digest_of(fd, digest) < 0)
		return FILE_UNREADABLE;
	if (memcmp(digest, file->digest, sizeof(digest)) != 0)
		return FILE_CHANGED;
	return st.st_uid != request->owner || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0 ? FILE_EXPOSED
										      : 0;
}

static void look_at_config(const struct file_check_request *request, size_t i,
			   uint8_t ret[static INVENTORY_DIGEST_SIZE])
{
	_cleanup_close_ int fd =
		openat(request->config_fd, request->config[i], O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0 || digest_of(fd, ret) < 0)
		memset(ret, 0, INVENTORY_DIGEST_SIZE);
}

int file_check(const void *userdata, int answer_fd)
{
	const struct file_check_request *request = userdata;
	struct file_check_answer answer = { 0 };

	for (size_t i = 0; i < request->inventory->n; i++) {
		int fault = look_at(request, &request->inventory->files[i]);

		answer.n_checked++;
		if (fault == 0)
			continue;
		if (answer.n_faults < FILE_CHECK_MAX_FAULTS) {
			answer.faults[answer.n_faults].file = (uint16_t)i;
			answer.faults[answer.n_faults].fault = (uint16_t)fault;
		}
		answer.n_faults++;
	}
	for (size_t i = 0; i < FILE_CHECK_MAX_CONFIG && request->config[i] != NULL; i++)
		look_at_config(request, i, answer.config[i]);
	return file_write_all(answer_fd, &answer, sizeof(answer));
}

bool file_check_is_valid(const struct file_check_answer *answer, size_t n)
{
	if (answer->n_checked != n || answer->n_faults > n)
		return false;
	for (size_t i = 0; i < answer->n_faults && i < FILE_CHECK_MAX_FAULTS; i++) {
		if (answer->faults[i].file >= n || answer->faults[i].fault == 0 ||
		    answer->faults[i].fault >= _FILE_FAULT_MAX)
			return false;
	}
	return true;
}
