#include "medium_probe.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/cdrom.h>
#include <linux/fs.h>

#include "confine.h"

/* What libblkid calls them (TYPE). */
#define LUKS	  "crypto_LUKS"
#define BITLOCKER "BitLocker"

/* What blkid_do_safeprobe() returns. */
enum { SAFEPROBE_UNSURE = -2, SAFEPROBE_FOUND = 0, SAFEPROBE_NOTHING = 1 };

/* Borrows from @probe; NULL if it found no such thing, or not a whole text. */
static const char *value_of(blkid_probe probe, const char *name, size_t *ret_size)
{
	const char *value;
	size_t size;

	if (blkid_probe_lookup_value(probe, name, &value, &size) < 0 || size == 0 ||
	    value[size - 1] != '\0')
		return NULL;
	*ret_size = strlen(value);
	return value;
}

static bool is_type(blkid_probe probe, const char *type)
{
	size_t size;
	const char *found = value_of(probe, "TYPE", &size);

	return found != NULL && strcmp(found, type) == 0;
}

static int find_encryption(blkid_probe probe, enum encryption *ret)
{
	char luks[] = LUKS, bitlocker[] = BITLOCKER;
	char *types[] = { luks, bitlocker, NULL };
	int r;

	if (blkid_probe_enable_superblocks(probe, 1) < 0 ||
	    blkid_probe_set_superblocks_flags(probe, BLKID_SUBLKS_TYPE | BLKID_SUBLKS_LABEL) < 0 ||
	    blkid_probe_filter_superblocks_type(probe, BLKID_FLTR_ONLYIN, types) < 0)
		return -EIO;
	r = blkid_do_safeprobe(probe);
	if (r == SAFEPROBE_NOTHING)
		*ret = ENCRYPTION_NONE;
	else if (r == SAFEPROBE_UNSURE)
		*ret = ENCRYPTION_UNKNOWN;
	else if (r == SAFEPROBE_FOUND)
		*ret = is_type(probe, LUKS)	   ? ENCRYPTION_LUKS
		       : is_type(probe, BITLOCKER) ? ENCRYPTION_BITLOCKER
						   : ENCRYPTION_UNKNOWN;
	else
		return -EIO;
	return 0;
}

int medium_probe_kind(blkid_probe probe, struct medium_kind *ret)
{
	enum encryption encryption;
	int r = find_encryption(probe, &encryption);

	if (r < 0)
		return r;
	*ret = (struct medium_kind){ .bytes = (uint64_t)blkid_probe_get_size(probe),
				     .encryption = encryption };
	return 0;
}

static void take_label(blkid_probe probe, bool none_if_absent, struct medium_texts *texts)
{
	size_t size = 0;
	const char *label = value_of(probe, "LABEL", &size);

	if (label == NULL ? !none_if_absent : size >= sizeof(texts->label))
		return;
	if (label != NULL)
		memcpy(texts->label, label, size);
	texts->has_label = true;
}

/* A stick made by BitLocker To Go has a small FAT beside, to show Windows XP a reader for it. */
static bool belongs_to(enum encryption encryption, blkid_probe probe)
{
	return encryption == ENCRYPTION_BITLOCKER && is_type(probe, "vfat");
}

int medium_probe_texts(blkid_probe probe, enum encryption encryption, bool label,
		       struct medium_texts *ret)
{
	struct medium_texts texts = { .plain = PLAIN_NONE };
	int r;

	if (encryption != ENCRYPTION_NONE)
		take_label(probe, false, &texts); /* of LUKS2, as medium_probe_kind() found it */
	else if (!label)
		goto done;
	blkid_reset_probe(probe);
	if (blkid_probe_filter_superblocks_usage(probe, BLKID_FLTR_ONLYIN, BLKID_USAGE_FILESYSTEM) <
	    0)
		return -EIO;
	r = blkid_do_safeprobe(probe);
	if (r == SAFEPROBE_UNSURE)
		texts.plain = PLAIN_UNSURE;
	else if (r == SAFEPROBE_FOUND && !belongs_to(encryption, probe))
		texts.plain = PLAIN_FOUND;
	else if (r != SAFEPROBE_FOUND && r != SAFEPROBE_NOTHING)
		return -EIO;
	if (encryption == ENCRYPTION_NONE && texts.plain != PLAIN_UNSURE)
		take_label(probe, true, &texts);
done:
	*ret = texts;
	return 0;
}

/* Of an optical drive the kernel gives a size even if nothing is in it (drivers/scsi/sr.c,
 * get_sectorsize()).  Other disks do not know the question. */
static bool is_empty_drive(int fd)
{
	int status = ioctl(fd, CDROM_DRIVE_STATUS, CDSL_CURRENT);

	return status == CDS_NO_DISC || status == CDS_TRAY_OPEN || status == CDS_DRIVE_NOT_READY;
}

/* Bytes of the disk or, for tests, of a file; 0: no medium. */
static int read_size(int fd, uint64_t *ret)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	*ret = (uint64_t)st.st_size;
	if (!S_ISBLK(st.st_mode))
		return 0;
	if (is_empty_drive(fd)) {
		*ret = 0;
		return 0;
	}
	return ioctl(fd, BLKGETSIZE64, ret) < 0 ? -errno : 0;
}

static int answer(int fd, const void *part, size_t size)
{
	ssize_t n = write(fd, part, size);

	return n < 0 ? -errno : (size_t)n == size ? 0 : -EIO;
}

static int answer_empty(int answer_fd)
{
	const struct medium_answer empty = { .kind = { .encryption = ENCRYPTION_UNKNOWN } };

	return answer(answer_fd, &empty, sizeof(empty));
}

static int answer_probed(blkid_probe probe, bool label, int answer_fd)
{
	struct medium_kind kind;
	struct medium_texts texts;
	int r = medium_probe_kind(probe, &kind);

	if (r >= 0)
		r = answer(answer_fd, &kind, sizeof(kind));
	if (r >= 0)
		r = medium_probe_texts(probe, (enum encryption)kind.encryption, label, &texts);
	if (r >= 0)
		r = answer(answer_fd, &texts, sizeof(texts));
	return r;
}

int medium_probe_answer(int fd, bool label, int answer_fd)
{
	blkid_probe probe;
	uint64_t bytes;
	int r = read_size(fd, &bytes);

	if (r < 0)
		return r;
	if (bytes == 0)
		return answer_empty(answer_fd);
	probe = blkid_new_probe();
	if (probe == NULL)
		return -ENOMEM;
	r = blkid_probe_set_device(probe, fd, 0, 0) < 0 ? -EIO : confine(answer_fd);
	if (r >= 0)
		r = answer_probed(probe, label, answer_fd);
	blkid_free_probe(probe);
	return r;
}
