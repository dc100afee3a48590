#include "ledger_download.h"

#include <errno.h>

/* 8 KB of lines a day for a century, and far below what a peer could make us read for ever. */
static const size_t raw_max = (size_t)16 * 1024 * 1024 * 1024;

static int on_bytes(void *userdata, const char *bytes, size_t size)
{
	return verify_bytes(userdata, bytes, size);
}

int ledger_download(struct api *api, const char *host, const char *ledger, struct verify *verify)
{
	struct api_path path;
	struct api_request request = { .method = "GET",
				       .path = &path,
				       .max_reply = raw_max,
				       .on_bytes = on_bytes,
				       .userdata = verify };
	struct api_reply reply;
	int r;

	api_path_start(&path, "/api/v1/events/raw");
	api_path_query(&path, "host", host);
	api_path_query(&path, "ledger", ledger);
	r = api_request(api, &request, &reply);
	if (r == -ECANCELED)
		return 0; /* verify says why */
	if (r < 0)
		return r;
	if (reply.status != 200) {
		api_complain(api, &reply);
		r = reply.status == 404 ? -ENOENT : -EREMOTEIO;
	}
	api_reply_finish(&reply);
	return r;
}
