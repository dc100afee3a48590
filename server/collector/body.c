#include "body.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	FIRST_CAPACITY = 4096,
	/* RFC 8878, 3.1.1.1.2: a decoder should support windows of 8 MB and may refuse larger. */
	WINDOW_LOG_MAX = 23,
};

size_t body_max_received(size_t max, bool zstd)
{
	return zstd ? max + max / 64 + 64 : max;
}

int body_init(struct body *ret, enum body_kind kind, size_t max, bool zstd, struct store *store)
{
	*ret = (struct body){ .kind = kind, .max = max, .section.fd = -1 };
	if (kind == BODY_SECTION)
		return section_writer_init(&ret->section, store);
	if (!zstd)
		return 0;
	ret->zstd = ZSTD_createDCtx();
	if (!ret->zstd ||
	    ZSTD_isError(ZSTD_DCtx_setParameter(ret->zstd, ZSTD_d_windowLogMax, WINDOW_LOG_MAX)))
		return -ENOMEM;
	return 0;
}

static int take(struct body *body, size_t size)
{
	int r = budget_take(body->share, size);

	if (r < 0)
		return -EDQUOT;
	r = budget_take(body->budget, size);
	if (r < 0)
		budget_give(body->share, size);
	else
		body->taken += size;
	return r;
}

static void give(struct body *body, size_t size)
{
	budget_give(body->budget, size);
	budget_give(body->share, size);
	body->taken -= size;
}

/* Make room for @size more bytes and a NUL. */
static int reserve(struct body *body, size_t size)
{
	size_t capacity = body->capacity ? body->capacity : FIRST_CAPACITY;

	while (capacity < body->size + size + 1)
		capacity *= 2;
	if (capacity == body->capacity)
		return 0;
	int r = take(body, capacity - body->capacity);
	if (r < 0)
		return r;
	char *grown = realloc(body->bytes, capacity);
	if (!grown)
		return -ENOMEM;
	body->bytes = grown;
	body->capacity = capacity;
	return 0;
}

static int keep(struct body *body, const char *bytes, size_t size)
{
	if (size > body->max - body->size)
		return -E2BIG;
	int r = body->kind == BODY_SECTION ? section_writer_add(&body->section, bytes, size)
					   : reserve(body, size);
	if (r < 0)
		return r;
	if (body->kind == BODY_TEXT && size > 0)
		memcpy(body->bytes + body->size, bytes, size);
	body->size += size;
	return 0;
}

/* The decompressor's window is as large as the frame's header says, up to WINDOW_LOG_MAX: so it is
 * counted when it is there, at most one for each thread too late. */
static int count_window(struct body *body)
{
	size_t now = ZSTD_sizeof_DCtx(body->zstd);
	int r = now > body->window ? take(body, now - body->window) : 0;

	if (r == 0 && now > body->window)
		body->window = now;
	return r;
}

static int decompress(struct body *body, const char *bytes, size_t size)
{
	ZSTD_inBuffer in = { .src = bytes, .size = size };
	char chunk[16 * 1024];
	bool full;

	do {
		ZSTD_outBuffer out = { .dst = chunk, .size = sizeof(chunk) };
		size_t left = ZSTD_decompressStream(body->zstd, &out, &in);
		if (ZSTD_isError(left))
			return -EBADMSG;
		body->in_frame = left != 0;
		full = out.pos == out.size;
		int r = count_window(body);
		if (r == 0)
			r = keep(body, chunk, out.pos);
		if (r < 0)
			return r;
	} while (in.pos < in.size || (full && body->in_frame));
	return 0;
}

int body_add(struct body *body, const char *bytes, size_t size)
{
	if (body->kind == BODY_NONE)
		return size > 0 ? -E2BIG : 0;
	if (size > body_max_received(body->max, body->zstd != NULL) - body->received)
		return -E2BIG;
	body->received += size;
	return body->zstd ? decompress(body, bytes, size) : keep(body, bytes, size);
}

/* What was needed to receive it is free for others while it waits to be kept. */
static void trim(struct body *body)
{
	size_t capacity = body->size + 1;
	char *bytes = body->capacity > capacity ? realloc(body->bytes, capacity) : NULL;

	ZSTD_freeDCtx(body->zstd);
	body->zstd = NULL;
	give(body, body->window);
	body->window = 0;
	if (bytes == NULL)
		return;
	give(body, body->capacity - capacity);
	body->bytes = bytes;
	body->capacity = capacity;
}

int body_end(struct body *body)
{
	if (body->in_frame)
		return -EBADMSG;
	if (body->kind != BODY_TEXT)
		return 0;
	int r = reserve(body, 0);
	if (r < 0)
		return r;
	body->bytes[body->size] = '\0';
	trim(body);
	return 0;
}

void body_finish(struct body *body)
{
	free(body->bytes);
	ZSTD_freeDCtx(body->zstd);
	section_writer_finish(&body->section);
	give(body, body->taken);
	*body = (struct body){ .section.fd = -1 };
}
