/* section_reply - send a section's file, compressed on the way for those who accept zstd. */
#pragma once

#include "request.h"

/* Takes @fd, a file of @size bytes. */
enum MHD_Result section_reply(struct request *request, int fd, uint64_t size);
