#include "medium.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "agent/common/cleanup.h"

/* In the child. */
static int examine(const void *request, int answer_fd)
{
	const struct medium_request *disk = request;
	_cleanup_close_ int fd =
		openat(disk->dev_fd, disk->name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISBLK(st.st_mode) || st.st_rdev != makedev(disk->major, disk->minor))
		return -ENODEV;
	return medium_probe_answer(fd, disk->label, answer_fd);
}

int medium_start(sd_event *loop, const struct medium_request *request, child_handler *on_done,
		 void *userdata, struct child **ret)
{
	const struct child_task task = { .run = examine,
					 .request = request,
					 .answer_size = MEDIUM_ANSWER_SIZE,
					 .timeout_ms = MEDIUM_TIMEOUT_MS };

	return child_start(loop, &task, on_done, userdata, ret);
}

/* A text that ends, with nothing behind its end. */
static bool is_text(const char label[static MEDIUM_LABEL_SIZE])
{
	const size_t size = strnlen(label, MEDIUM_LABEL_SIZE);

	for (size_t i = size; i < MEDIUM_LABEL_SIZE; i++) {
		if (label[i] != '\0')
			return false;
	}
	return size < MEDIUM_LABEL_SIZE;
}

static bool is_sound(const struct medium_answer *answer)
{
	return answer->kind.encryption < _ENCRYPTION_MAX && answer->kind.zero == 0 &&
	       answer->kind.bytes <= INT64_MAX && (unsigned)answer->texts.plain <= PLAIN_UNSURE &&
	       answer->texts.has_label <= 1 && is_text(answer->texts.label) &&
	       (answer->texts.has_label == 1 || answer->texts.label[0] == '\0');
}

int volume_parse(const uint8_t *answer, size_t size, struct volume *ret)
{
	struct medium_answer said;

	if (size != sizeof(said))
		return -EBADMSG;
	memcpy(&said, answer, sizeof(said));
	if (!is_sound(&said))
		return -EBADMSG;
	if (said.kind.bytes == 0) {
		*ret = (struct volume){ .state = VOLUME_ABSENT };
		return 0;
	}
	*ret = (struct volume){ .state = VOLUME_PRESENT,
				.bytes = said.kind.bytes,
				.encryption = (enum encryption)said.kind.encryption,
				.plain = said.texts.plain != PLAIN_NONE,
				.has_label = said.texts.has_label == 1 };
	memcpy(ret->label, said.texts.label, sizeof(ret->label));
	if (ret->plain && ret->encryption != ENCRYPTION_NONE)
		ret->encryption = ENCRYPTION_UNKNOWN;
	return 0;
}

void medium_begin(struct medium *ret)
{
	*ret = (struct medium){ .state = MEDIUM_ABSENT, .bytes = -1 };
}

void medium_add_disk(struct medium *medium, const struct volume *disk)
{
	if (disk->state == VOLUME_ABSENT)
		return;
	if (disk->state == VOLUME_UNKNOWN)
		medium->size_unsure = true;
	if (medium->state == MEDIUM_ABSENT)
		medium->bytes = 0;
	medium->state = MEDIUM_PRESENT;
	if (medium->size_unsure || (uint64_t)(INT64_MAX - medium->bytes) < disk->bytes) {
		medium->size_unsure = true;
		medium->bytes = -1;
		return;
	}
	medium->bytes += (int64_t)disk->bytes;
}

static void add_label(struct medium *medium, const struct volume *volume)
{
	if (volume->state == VOLUME_PRESENT && !volume->plain &&
	    volume->encryption == ENCRYPTION_NONE)
		return; /* nothing there that could have one */
	if (!volume->has_label || (medium->any_label && strcmp(medium->label, volume->label) != 0))
		medium->label_unsure = true;
	medium->any_label = true;
	medium->has_label = !medium->label_unsure;
	if (medium->has_label)
		memcpy(medium->label, volume->label, sizeof(medium->label));
	else
		memset(medium->label, 0, sizeof(medium->label));
}

void medium_add_volume(struct medium *medium, const struct volume *volume)
{
	const enum encryption encryption =
		volume->state == VOLUME_PRESENT ? volume->encryption : ENCRYPTION_UNKNOWN;

	if (volume->state == VOLUME_ABSENT)
		return;
	if (!medium->any_volume) {
		medium->encryption = encryption;
		medium->has_label = true; /* none so far */
	} else if (medium->encryption != encryption) {
		medium->encryption = ENCRYPTION_UNKNOWN;
	}
	medium->any_volume = true;
	add_label(medium, volume);
}

fact_set medium_changes(const struct medium *a, const struct medium *b)
{
	fact_set changes = 0;

	if (a->encryption != b->encryption)
		changes |= (fact_set)FACT_ENCRYPTION;
	if (a->bytes != b->bytes)
		changes |= (fact_set)FACT_SIZE;
	if (a->has_label != b->has_label || strcmp(a->label, b->label) != 0)
		changes |= (fact_set)FACT_LABEL;
	return changes;
}
