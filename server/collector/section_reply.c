#include "section_reply.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "reply.h"

enum { BLOCK_SIZE = 64 * 1024, LEVEL = 1 };

/* A file that is being compressed; owned by its response. */
struct stream {
	int fd;
	ZSTD_CCtx *zstd;
	bool end_of_file, done;
	size_t size, used; /* of block */
	uint8_t block[BLOCK_SIZE];
};

static void stream_free(void *context)
{
	struct stream *stream = context;

	if (stream->fd >= 0)
		close(stream->fd);
	ZSTD_freeCCtx(stream->zstd);
	free(stream);
}

static int fill(struct stream *stream)
{
	ssize_t n;

	do
		n = read(stream->fd, stream->block, sizeof(stream->block));
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	stream->end_of_file = n == 0;
	stream->size = (size_t)n;
	stream->used = 0;
	return 0;
}

/* MHD_ContentReaderCallback */
static ssize_t on_read(void *context, uint64_t position, char *buffer, size_t max)
{
	struct stream *stream = context;
	ZSTD_outBuffer out = { .dst = buffer, .size = max };

	(void)position;
	while (out.pos == 0) {
		if (stream->done)
			return MHD_CONTENT_READER_END_OF_STREAM;
		if (stream->used == stream->size && !stream->end_of_file && fill(stream) < 0)
			return MHD_CONTENT_READER_END_WITH_ERROR;
		ZSTD_inBuffer in = { .src = stream->block,
				     .size = stream->size,
				     .pos = stream->used };
		size_t left =
			ZSTD_compressStream2(stream->zstd, &out, &in,
					     stream->end_of_file ? ZSTD_e_end : ZSTD_e_continue);
		if (ZSTD_isError(left))
			return MHD_CONTENT_READER_END_WITH_ERROR;
		stream->used = in.pos;
		stream->done = stream->end_of_file && left == 0;
	}
	return (ssize_t)out.pos;
}

static struct MHD_Response *compressed(int fd)
{
	struct stream *stream = calloc(1, sizeof(*stream));

	if (!stream) {
		close(fd);
		return NULL;
	}
	stream->fd = fd;
	stream->zstd = ZSTD_createCCtx();
	if (!stream->zstd ||
	    ZSTD_isError(ZSTD_CCtx_setParameter(stream->zstd, ZSTD_c_compressionLevel, LEVEL))) {
		stream_free(stream);
		return NULL;
	}
	struct MHD_Response *response = MHD_create_response_from_callback(
		MHD_SIZE_UNKNOWN, BLOCK_SIZE, on_read, stream, stream_free);
	if (!response)
		stream_free(stream);
	else if (MHD_add_response_header(response, "Content-Encoding", "zstd") != MHD_YES) {
		MHD_destroy_response(response);
		return NULL;
	}
	return response;
}

/* True if the Accept-Encoding list names zstd and does not refuse it with q=0. */
static bool accepts_zstd(const char *accept)
{
	const char *zstd = accept ? strstr(accept, "zstd") : NULL;

	return zstd && strncmp(zstd + 4, ";q=0", 4) != 0;
}

enum MHD_Result section_reply(struct request *request, int fd, uint64_t size)
{
	const char *accept = MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND,
							 MHD_HTTP_HEADER_ACCEPT_ENCODING);
	struct MHD_Response *response;

	if (accepts_zstd(accept)) {
		response = compressed(fd);
	} else {
		response = MHD_create_response_from_fd64(size, fd);
		if (!response)
			close(fd);
	}
	return reply_response(request, MHD_HTTP_OK, response, "application/octet-stream");
}
