#include "control_trail.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "agent/common/log.h"
#include "agent/common/trail_record.h"
#include "enforcer.h"
#include "record_trail.h"
#include "section.h"

static void note_gap(struct enforcer *enforcer, const char *what, const char *text)
{
	recorder_note(&enforcer->recorder, "agent.gap",
		      json_pack("{s:s, s:s, s:n, s:s}", "witness", "files", "what", what, "port",
				"text", text));
}

static void tell_lost(struct enforcer *enforcer, uint64_t missed)
{
	const uint64_t lost = marks_lost(&enforcer->trail) + marks_lost(&enforcer->noexec) + missed;
	char text[128];

	if (lost == 0)
		return;
	snprintf(text, sizeof(text),
		 "%" PRIu64 " things done to files found no room, and are not "
		 "recorded.",
		 lost);
	log_warning("trail", "%s", text);
	note_gap(enforcer, "overrun", text);
}

int control_on_filewatch(void *userdata, const struct control_request *request)
{
	struct enforcer *enforcer = userdata;
	const struct marks *marks[] = { &enforcer->trail, &enforcer->noexec };
	int fds[2];
	size_t n = 0;

	if (control_is_kept(request->peer))
		return -EBADMSG;
	for (size_t i = 0; i < 2; i++) {
		if (marks_is_available(marks[i]))
			fds[n++] = marks[i]->events_fd;
	}
	control_keep(request->peer);
	enforcer->watchers++;
	enforcer->watch_told = false;
	control_reply_fds(request->peer, json_pack("{s:i}", "rings", (int)n), fds, n);
	control_end(request->peer);
	return 0;
}

int control_on_trail(void *userdata, const struct control_request *request)
{
	struct enforcer *enforcer = userdata;
	struct trail_record record;
	struct section memory;
	uint64_t missed;
	int r;

	if (!control_is_kept(request->peer) || request->n_fds != 1 ||
	    sscanf(request->arguments[0], "%9" SCNu64, &missed) != 1)
		return -EBADMSG;
	r = section_map_sealed(request->fds[0], TRAIL_RECORD_MAX, &memory);
	if (r < 0)
		return -EBADMSG;
	r = trail_record_parse(memory.bytes, memory.size, &record);
	if (r >= 0) {
		tell_lost(enforcer, missed); /* before what came after it */
		recorder_note(&enforcer->recorder, record_trail_kind(record.kind),
			      record_trail(&record, stays_find(&enforcer->stays, record.stay)));
		control_reply(request->peer, json_pack("{s:b}", "recorded", true));
		control_end(request->peer);
	}
	section_finish(&memory);
	return r;
}

int control_on_filewatch_end(void *userdata, const struct control_request *request)
{
	(void)userdata;
	if (!control_is_kept(request->peer))
		return -EBADMSG;
	control_leave(request->peer);
	control_end(request->peer);
	return 0;
}

void control_on_filewatch_gone(void *userdata, bool orderly)
{
	struct enforcer *enforcer = userdata;

	enforcer->watchers--;
	if (orderly)
		return;
	log_warning("filewatch", "devgate-filewatch has ended without saying so");
	note_gap(enforcer, "watcher-ended",
		 "devgate-filewatch ended unexpectedly: of the seconds before, what was done to "
		 "files "
		 "may not be recorded.");
}

static bool is_any_marked(const struct stays *stays)
{
	for (size_t i = 0; i < STAYS_MAX; i++) {
		if (stays->items[i].number != 0 && !stays->items[i].ended)
			return true;
	}
	return false;
}

void control_check_trail(struct enforcer *enforcer)
{
	tell_lost(enforcer, 0);
	if (enforcer->watchers > 0 || enforcer->watch_told || !is_any_marked(&enforcer->stays))
		return;
	enforcer->watch_told = true;
	recorder_note(&enforcer->recorder, "agent.degraded",
		      json_pack("{s:s, s:s}", "what", "filewatch", "text",
				"devgate-filewatch does not run: what is done to files is kept for "
				"it, as long as there is room."));
}
