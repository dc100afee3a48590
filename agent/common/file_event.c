#include "file_event.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

/* The names in @names, @size bytes with a NUL after each, from the last to the first: as a path.
 * False if they are no names. */
static bool join(const char *names, size_t size, char *ret)
{
	size_t at = size;

	if (size > 0 && names[size - 1] != '\0')
		return false;
	while (at > 0) {
		size_t start = at - 1;

		while (start > 0 && names[start - 1] != '\0')
			start--;
		if (start == at - 1 || memchr(names + start, '/', at - 1 - start) != NULL)
			return false;
		*ret++ = '/';
		memcpy(ret, names + start, at - 1 - start);
		ret += at - 1 - start;
		at = start;
	}
	*ret = '\0';
	return true;
}

/* Are the sizes those of parts of a text of @size bytes? */
static bool fits(const struct file_event_raw *raw, size_t size)
{
	const unsigned int sizes[] = { raw->program_size, raw->group_size, raw->path_size,
				       raw->to_size };
	size_t sum = 0;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		if (sizes[i] > size - sum)
			return false;
		sum += sizes[i];
	}
	return sum == size && raw->group_size <= FILE_EVENT_NAME &&
	       raw->program_size < sizeof(((struct file_event *)NULL)->program);
}

static bool read_texts(const struct file_event_raw *raw, const char *at, struct file_event *ret)
{
	if (!join(at, raw->program_size, ret->program))
		return false;
	at += raw->program_size;
	if (raw->group_size > 0 && at[raw->group_size - 1] != '\0')
		return false;
	memcpy(ret->group, at, raw->group_size);
	if (raw->group_size == 0)
		ret->group[0] = '\0';
	at += raw->group_size;
	if (!join(at, raw->path_size, ret->path))
		return false;
	at += raw->path_size;
	return join(at, raw->to_size, ret->to);
}

/* It comes for each file: what it does not need is neither cleared nor copied. */
int file_event_parse(const uint8_t *bytes, size_t size, struct file_event *ret)
{
	const size_t head = offsetof(struct file_event_raw, text);
	struct file_event_raw raw;

	if (size < head || size > sizeof(raw))
		return -EBADMSG;
	memcpy(&raw, bytes, head);
	if (raw.kind == 0 || raw.kind >= _FILE_EVENT_KIND_MAX || !fits(&raw, size - head) ||
	    raw.size > INT64_MAX || memchr(raw.comm, '\0', sizeof(raw.comm)) == NULL ||
	    raw.opened_ns > raw.closed_ns || !read_texts(&raw, (const char *)bytes + head, ret))
		return -EBADMSG;
	ret->kind = (enum file_event_kind)raw.kind;
	ret->stay = raw.stay;
	ret->major = raw.device >> 20; /* as the kernel keeps it: MKDEV() of linux/kdev_t.h */
	ret->minor = raw.device & 0xfffff;
	ret->flags = raw.flags;
	ret->uid = raw.uid;
	ret->loginuid = raw.loginuid;
	ret->process = raw.process;
	ret->inode = raw.inode;
	ret->size = raw.size;
	ret->opened_us = raw.opened_ns / 1000;
	ret->closed_us = raw.closed_ns / 1000;
	memcpy(ret->comm, raw.comm, sizeof(ret->comm));
	return 0;
}
