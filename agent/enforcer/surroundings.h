/* surroundings - what a decision depends on beside the device: gathers struct circumstances for a
 * device, and tells when one of those that the policy asks for has changed.
 *
 * What the policy does not ask for is not gathered, and nothing wakes the process for it.  How the
 * unit's data are classified, the rules say.  A person's open violations and other hosts are not
 * known here: what the collector tells of them (policy/facts.h) is passed on as told, for a day.
 * What is on a medium is what its device was examined for (medium.h), which is followed for those
 * devices alone whose decision hangs on it.  The host's name is what it was when the process
 * started. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <systemd/sd-event.h>

#include "agent/common/collector_config.h"
#include "devices.h"
#include "policy/circumstances.h"
#include "policy/decide.h"
#include "policy/facts.h"
#include "seat.h"
#include "seen.h"
#include "site.h"
#include "wallclock.h"

enum {
	SURROUNDINGS_HOST_SIZE = 256,
	SURROUNDINGS_TOLD_S = 24 * 60 * 60, /* how long what was told counts */
};

/* @changed: the facts that are others than before, or may be. */
typedef void surroundings_handler(void *userdata, fact_set changed);

struct surroundings {
	const struct devices *devices; /* borrowed, as handler's userdata */
	surroundings_handler *handler;
	void *userdata;
	fact_set wanted;
	const struct rules *rules; /* borrowed until the next surroundings_follow(); may be NULL */
	struct seat seat;
	struct seen seen;
	struct site_watch site_watch;
	enum site site;
	struct wallclock clock;
	int64_t time_at_s, day_at_s; /* when time or first-seen change next; INT64_MAX: never */
	struct facts *told;	     /* owned; NULL: nothing is told, or it is too old */
	sd_event_source *told_end;
	char host[SURROUNDINGS_HOST_SIZE];
	char unit[COLLECTOR_UNIT_SIZE]; /* "": not known */
};

/* Prepare; nothing is followed yet.  @state_fd: where the seen devices are kept.  Returns 0, or
 * what seen_init() gives: then what was seen before is not known, and all else works.  The caller
 * sets the handler after. */
int surroundings_init(struct surroundings *surroundings, sd_event *loop, int state_fd,
		      const struct devices *devices) __attribute__((warn_unused_result));
void surroundings_finish(struct surroundings *surroundings);

/* Read the unit from collector.json in @config_fd, which "devgate enrol" writes. */
void surroundings_read_unit(struct surroundings *surroundings, int config_fd);

/* Follow what @policy asks for, from now on: its rules must live until the next call.  Does not
 * call the handler: who changes the policy judges all devices anyway. */
void surroundings_follow(struct surroundings *surroundings, const struct policy_view *policy);

/* What the collector tells from now on, @size bytes of @text.  Returns 0; -ENOMEM; what
 * facts_parse() gives: then what was told before stays, until it is too old; what sd-event gives.
 */
int surroundings_tell(struct surroundings *surroundings, const char *text, size_t size)
	__attribute__((warn_unused_result));

/* Devices have come or gone: the facts asked for that this changes. */
fact_set surroundings_of_others(const struct surroundings *surroundings);

/* A device's first-seen may be the next to change. */
void surroundings_plan(struct surroundings *surroundings);

/* Fill *@ret for @dev, at @now_s; its texts are borrowed from @surroundings and @dev until the next
 * event.
 */
void surroundings_gather(const struct surroundings *surroundings, const struct usbdev *dev,
			 int64_t now_s, struct circumstances *ret);
