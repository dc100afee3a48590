#include "clock.h"
#include "judge_internal.h"
#include "turn.h"

#include <string.h>

#include "agent/common/log.h"

/* Devices that are to be judged again, as many as somebody has plugged in, each with a record and
 * an effect.  The rest of them is judged before any uevent or request is looked at, so that nobody
 * is let through by what no longer holds; but the loop turns meanwhile, for the watchdog and
 * SIGTERM. */

static void set_due(struct usbdev *dev, fact_set changed)
{
	/* A new policy is more than what it says of circumstances. */
	dev->due_facts = dev->due && (dev->due_facts == 0 || changed == 0)
				 ? 0
				 : (dev->due ? dev->due_facts : 0) | changed;
	dev->due = true;
}

static struct usbdev *next_due(const struct enforcer *enforcer)
{
	for (size_t i = 0; i < enforcer->devices.n; i++) {
		if (enforcer->devices.items[i]->due)
			return enforcer->devices.items[i];
	}
	return NULL;
}

/* Those that are due, until @end_us has come. */
static void judge_until(struct enforcer *enforcer, uint64_t end_us)
{
	struct usbdev *dev;

	while ((dev = next_due(enforcer)) != NULL) {
		dev->due = false;
		if (dev->due_facts == 0 || !judge_has_failed(dev))
			judge_again(enforcer, dev, dev->due_facts);
		if (clock_mono_us() >= end_us)
			return;
	}
}

static int on_turn(sd_event_source *source, void *userdata)
{
	struct enforcer *enforcer = userdata;

	judge_until(enforcer, clock_mono_us() + TURN_US);
	if (next_due(enforcer) == NULL)
		return 0;
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

/* Like the signals, before the uevents (enforcer.c, witness.c). */
static int plan(struct enforcer *enforcer)
{
	int r;

	if (enforcer->due != NULL)
		return sd_event_source_set_enabled(enforcer->due, SD_EVENT_ONESHOT);
	r = sd_event_add_defer(enforcer->loop, &enforcer->due, on_turn, enforcer);
	if (r >= 0)
		r = sd_event_source_set_priority(enforcer->due, SD_EVENT_PRIORITY_IMPORTANT - 1);
	return r;
}

static void judge_due(struct enforcer *enforcer)
{
	int r;

	judge_until(enforcer, enforcer->starting ? UINT64_MAX : clock_mono_us() + TURN_US);
	if (next_due(enforcer) == NULL)
		return;
	r = plan(enforcer);
	if (r >= 0)
		return;
	log_error("judge-due", "All devices must be judged at once: %s", strerror(-r));
	judge_until(enforcer, UINT64_MAX);
}

void judge_all(struct enforcer *enforcer, fact_set changed)
{
	for (size_t i = 0; i < enforcer->devices.n; i++) {
		if (enforcer->devices.items[i]->judged)
			set_due(enforcer->devices.items[i], changed);
	}
	judge_due(enforcer);
}

void judge_unrecorded(struct enforcer *enforcer)
{
	for (size_t i = 0; i < enforcer->devices.n; i++) {
		const struct usbdev *dev = enforcer->devices.items[i];

		if (dev->judged && !dev->recorded)
			set_due(enforcer->devices.items[i], 0);
	}
	judge_due(enforcer);
}
