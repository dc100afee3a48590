#include "site_api.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <time.h>

#include "backup_last.h"
#include "collector.h"
#include "reply.h"
#include "server/store/room.h"

static json_t *store_to_json(struct collector *collector, int64_t version, const struct room *room)
{
	return json_pack("{ss sI sI sI}", "engine", store_name(collector->store), "schema",
			 (json_int_t)version, "schema_known", (json_int_t)store_known_version(),
			 "bytes", (json_int_t)room->database_bytes);
}

static json_t *data_to_json(struct collector *collector, const struct room *room)
{
	return json_pack("{sI sI sb sb}", "free", (json_int_t)room->free, "size",
			 (json_int_t)room->size, "low",
			 (int)disk_watch_is_low(room->free, room->size), "full",
			 (int)disk_watch_is_full(&collector->disk));
}

enum MHD_Result site_handle_get(struct request *request)
{
	struct collector *collector = request->collector;
	int64_t version = 0, backed_up = 0;
	struct room room;
	int r = room_measure(collector->store, &room);

	if (r == 0)
		r = store_version(collector->store, &version);
	if (r < 0)
		return reply_failure(request, r, "look at the site");
	/* What cannot be read is not known. */
	if (backup_last_read(collector->directory, &backed_up) < 0)
		backed_up = 0;
	return reply_json(request, MHD_HTTP_OK,
			  json_pack("{ss so so so so so sI so}", "version", DEVGATE_VERSION, "time",
				    reply_time((int64_t)time(NULL)), "store",
				    store_to_json(collector, version, &room), "data",
				    data_to_json(collector, &room), "server_certificate_expires",
				    reply_time(server_certificate_expires(&collector->certificate)),
				    "ca_expires", reply_time(ca_expires(collector->config.ca)),
				    "silent_after_s",
				    (json_int_t)atomic_load(&collector->silent_after_s),
				    "backed_up", reply_time(backed_up)));
}
