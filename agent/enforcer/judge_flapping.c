#include <inttypes.h>
#include <stdio.h>

#include "clock.h"
#include "judge_internal.h"
#include "record.h"
#include "turn.h"

bool judge_is_counted(struct enforcer *enforcer, struct usbdev *dev)
{
	enum flapping_answer answer;

	if (dev->announced || dev->counted)
		return dev->counted;
	answer = flapping_arrived(&enforcer->flapping, dev->device.port, clock_mono_us());
	dev->counted = answer != FLAPPING_RECORD;
	if (answer == FLAPPING_BEGINS)
		recorder_note(&enforcer->recorder, "device.flapping",
			      json_pack("{s:s, s:s, s:o}", "what", "begins", "port",
					dev->device.port, "device", record_device(dev)));
	return dev->counted;
}

void judge_missed(struct enforcer *enforcer, const char *port)
{
	const uint64_t now_us = clock_mono_us();
	enum flapping_answer answer = flapping_arrived(&enforcer->flapping, port, now_us);

	if (answer == FLAPPING_RECORD) {
		recorder_note(&enforcer->recorder, "agent.gap",
			      json_pack("{s:s, s:s, s:s, s:s}", "witness", "udev", "what",
					"gone-unjudged", "port", port, "text",
					"A device had gone before it could be judged."));
		return;
	}
	flapping_left(&enforcer->flapping, port, now_us);
	if (answer == FLAPPING_BEGINS)
		recorder_note(&enforcer->recorder, "device.flapping",
			      json_pack("{s:s, s:s}", "what", "begins", "port", port));
}

void judge_counted_left(struct enforcer *enforcer, const struct usbdev *dev)
{
	flapping_left(&enforcer->flapping, dev->device.port, clock_mono_us());
}

/* What the witnesses missed and watch.c has only counted. */
static void tell_missed(struct enforcer *enforcer)
{
	char text[96];

	if (enforcer->missed_more == 0)
		return;
	snprintf(text, sizeof(text), "One of the witnesses did not see %" PRIu64 " more arrivals.",
		 enforcer->missed_more);
	enforcer->missed_more = 0;
	recorder_note(&enforcer->recorder, "agent.gap",
		      json_pack("{s:s, s:s, s:n, s:s}", "witness", "both", "what", "missed-arrival",
				"port", "text", text));
}

void judge_tell_flapping(struct enforcer *enforcer, bool all)
{
	const uint64_t now_us = clock_mono_us(), end_us = now_us + TURN_US;
	struct flapping_port port;

	tell_missed(enforcer);
	while ((all || clock_mono_us() < end_us) &&
	       flapping_due(&enforcer->flapping, now_us, all, &port))
		recorder_note(&enforcer->recorder, "device.flapping",
			      json_pack("{s:s, s:s, s:I, s:I, s:I}", "what", "counted", "port",
					port.port, "arrived", (json_int_t)port.arrived, "left",
					(json_int_t)port.left, "seconds",
					(json_int_t)((now_us - port.told_us) / 1000000)));
}
