/* What a child says that it found on a disk: a child that was taken over can say anything. */
#include "fuzz.h"

#include <errno.h>

#include "agent/enforcer/medium.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

static void check_volume(const struct volume *volume)
{
	assert(volume->state == VOLUME_PRESENT || volume->state == VOLUME_ABSENT);
	assert(volume->encryption < _ENCRYPTION_MAX);
	assert(memchr(volume->label, '\0', sizeof(volume->label)) != NULL);
	assert(volume->has_label || volume->label[0] == '\0');
	assert(!volume->plain || volume->encryption == ENCRYPTION_NONE ||
	       volume->encryption == ENCRYPTION_UNKNOWN);
}

static void check_medium(const struct volume *volume)
{
	struct medium medium, both;

	medium_begin(&medium);
	medium_add_disk(&medium, volume);
	medium_add_volume(&medium, volume);
	assert((medium.state == MEDIUM_ABSENT) == (volume->state == VOLUME_ABSENT));
	assert(medium.bytes >= -1);
	/* twice the same is no other, but larger */
	both = medium;
	medium_add_disk(&both, volume);
	medium_add_volume(&both, volume);
	assert((medium_changes(&medium, &both) & ~(fact_set)FACT_SIZE) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct volume volume = { 0 };
	int r = volume_parse(data, size, &volume);

	assert(r == 0 || r == -EBADMSG);
	assert(r < 0 || size == MEDIUM_ANSWER_SIZE);
	if (r == 0) {
		check_volume(&volume);
		check_medium(&volume);
	}
	return 0;
}
