#include "surroundings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/common/cleanup.h"
#include "agent/common/file.h"
#include "agent/common/log.h"
#include "clock.h"

enum { DAY_S = 24 * 60 * 60 };

static const fact_set facts_of_seat = (fact_set)FACT_USER | (fact_set)FACT_GROUP |
				      (fact_set)FACT_SESSION | (fact_set)FACT_VIOLATIONS;
static const fact_set facts_of_collector = (fact_set)FACT_VIOLATIONS | (fact_set)FACT_HOSTS_SEEN;
static const fact_set facts_of_others = (fact_set)FACT_COUNT | (fact_set)FACT_IDENTITY;
static const fact_set facts_of_clock = (fact_set)FACT_TIME | (fact_set)FACT_FIRST_SEEN;

static int64_t now_s(void)
{
	return clock_now_us() / 1000000;
}

static bool wants(const struct surroundings *surroundings, fact_set facts)
{
	return (surroundings->wanted & facts) != 0;
}

static void tell(struct surroundings *surroundings, fact_set changed)
{
	changed &= surroundings->wanted;
	if (changed != 0)
		surroundings->handler(surroundings->userdata, changed);
}

static void on_seat(void *userdata, fact_set changed)
{
	if (changed & (fact_set)FACT_USER) /* whose violations they are */
		changed |= (fact_set)FACT_VIOLATIONS;
	tell(userdata, changed);
}

static enum site look_at_site(const struct surroundings *surroundings)
{
	const struct network *networks;
	size_t n;

	if (!wants(surroundings, FACT_SITE) || surroundings->rules == NULL)
		return SITE_UNKNOWN;
	networks = rules_site_networks(surroundings->rules, &n);
	return site_look(networks, n);
}

static void on_addresses(void *userdata)
{
	struct surroundings *surroundings = userdata;
	enum site site = look_at_site(surroundings);

	if (site == surroundings->site)
		return;
	surroundings->site = site;
	tell(surroundings, FACT_SITE);
}

static int32_t days_since(int64_t first_s, int64_t when_s)
{
	int64_t days = (when_s - first_s) / DAY_S;

	return days < 0 ? 0 : days > INT32_MAX ? INT32_MAX : (int32_t)days;
}

/* When the first of the devices has been known for another day. */
static int64_t next_day(const struct surroundings *surroundings, int64_t when_s)
{
	const struct devices *devices = surroundings->devices;
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < devices->n; i++) {
		const struct past *past = &devices->items[i]->past;
		int64_t day =
			past->first_s + ((int64_t)days_since(past->first_s, when_s) + 1) * DAY_S;

		if (past->known && day < next)
			next = day;
	}
	return next;
}

static int64_t next_time(const struct surroundings *surroundings, int64_t when_s)
{
	int minute = wallclock_minute(when_s);
	int minutes = surroundings->rules == NULL || minute < 0
			      ? -1
			      : rules_next_change(surroundings->rules, minute);

	return minutes < 0 ? INT64_MAX : wallclock_after(when_s, minutes);
}

static int set_wake(struct surroundings *surroundings, int64_t when_s)
{
	surroundings->time_at_s = surroundings->day_at_s = INT64_MAX;
	if (wants(surroundings, FACT_TIME))
		surroundings->time_at_s = next_time(surroundings, when_s);
	if (wants(surroundings, FACT_FIRST_SEEN))
		surroundings->day_at_s = next_day(surroundings, when_s);
	return wallclock_wake(&surroundings->clock, surroundings->time_at_s < surroundings->day_at_s
							    ? surroundings->time_at_s
							    : surroundings->day_at_s);
}

void surroundings_plan(struct surroundings *surroundings)
{
	int64_t before;
	int r;

	if (!wants(surroundings, facts_of_clock)) {
		wallclock_rest(&surroundings->clock);
		return;
	}
	do { /* again, if the clock was set between looking and waiting */
		before = now_s();
		r = set_wake(surroundings, before);
	} while (r >= 0 && (now_s() < before || now_s() > before + 1));
	if (r < 0)
		log_error("clock", "Conditions of time will not take effect by themselves: %s",
			  strerror(-r));
}

static void on_clock(void *userdata, enum wallclock_news news)
{
	struct surroundings *surroundings = userdata;
	fact_set changed = facts_of_clock;
	int64_t when_s = now_s();

	if (news == WALLCLOCK_DUE)
		changed = (when_s >= surroundings->time_at_s ? (fact_set)FACT_TIME : 0) |
			  (when_s >= surroundings->day_at_s ? (fact_set)FACT_FIRST_SEEN : 0);
	surroundings_plan(surroundings);
	tell(surroundings, changed);
}

int surroundings_init(struct surroundings *surroundings, sd_event *loop, int state_fd,
		      const struct devices *devices)
{
	surroundings->devices = devices;
	surroundings->wanted = 0;
	surroundings->rules = NULL;
	surroundings->site = SITE_UNKNOWN;
	surroundings->told = NULL;
	surroundings->told_end = NULL;
	surroundings->unit[0] = '\0';
	if (gethostname(surroundings->host, sizeof(surroundings->host) - 1) < 0)
		surroundings->host[0] = '\0';
	seat_init(&surroundings->seat, loop, on_seat, surroundings);
	site_watch_init(&surroundings->site_watch, on_addresses, surroundings);
	wallclock_init(&surroundings->clock, loop, on_clock, surroundings);
	return seen_init(&surroundings->seen, loop, state_fd);
}

void surroundings_finish(struct surroundings *surroundings)
{
	seat_finish(&surroundings->seat);
	site_watch_stop(&surroundings->site_watch);
	wallclock_finish(&surroundings->clock);
	seen_finish(&surroundings->seen);
	surroundings->told_end = sd_event_source_disable_unref(surroundings->told_end);
	free(surroundings->told);
	surroundings->told = NULL;
}

static void take_told(struct surroundings *surroundings, struct facts *told)
{
	free(surroundings->told);
	surroundings->told = told;
	tell(surroundings, facts_of_collector);
}

static int on_told_end(sd_event_source *source, uint64_t now_us, void *userdata)
{
	(void)source;
	(void)now_us;
	log_warning("facts", "The collector has told nothing of people and devices for a day; "
			     "what the policy assumes counts alone");
	take_told(userdata, NULL);
	return 0;
}

int surroundings_tell(struct surroundings *surroundings, const char *text, size_t size)
{
	_cleanup_free_ struct facts *told = malloc(sizeof(*told));
	int r = told == NULL ? -ENOMEM : facts_parse(told, text, size);

	if (r < 0)
		return r;
	if (surroundings->told_end == NULL)
		r = sd_event_add_time_relative(
			surroundings->clock.loop, &surroundings->told_end, CLOCK_BOOTTIME,
			(uint64_t)SURROUNDINGS_TOLD_S * 1000000, 0, on_told_end, surroundings);
	else
		r = sd_event_source_set_time_relative(surroundings->told_end,
						      (uint64_t)SURROUNDINGS_TOLD_S * 1000000);
	if (r >= 0)
		r = sd_event_source_set_enabled(surroundings->told_end, SD_EVENT_ONESHOT);
	if (r < 0)
		return r;
	take_told(surroundings, TAKE_PTR(told));
	return 0;
}

void surroundings_read_unit(struct surroundings *surroundings, int config_fd)
{
	struct collector_config config = { 0 };
	_cleanup_free_ char *text = NULL;
	char error[256];
	size_t size;
	int r = file_read(config_fd, "collector.json", COLLECTOR_CONFIG_MAX_BYTES, &text, &size);

	surroundings->unit[0] = '\0';
	if (r == -ENOENT)
		return;
	if (r < 0)
		log_error("unit", "collector.json cannot be read: %s", strerror(-r));
	else if (collector_config_parse(&config, text, size, error) < 0)
		log_error("unit", "collector.json: %s", error);
	else
		strcpy(surroundings->unit, config.unit);
}

static void follow_site(struct surroundings *surroundings)
{
	int r = 0;

	if (wants(surroundings, FACT_SITE))
		r = site_watch_start(&surroundings->site_watch, surroundings->clock.loop);
	else
		site_watch_stop(&surroundings->site_watch);
	if (r < 0)
		log_error("site", "Addresses that come and go will not be noticed: %s",
			  strerror(-r));
	surroundings->site = look_at_site(surroundings);
}

void surroundings_follow(struct surroundings *surroundings, const struct policy_view *policy)
{
	surroundings->rules = policy->rules;
	surroundings->wanted = policy->rules == NULL ? 0 : rules_facts(policy->rules);
	if (policy->rules != NULL && policy->risk != NULL)
		surroundings->wanted |= risk_facts(policy->risk);
	seat_watch(&surroundings->seat, wants(surroundings, facts_of_seat),
		   wants(surroundings, FACT_SESSION));
	follow_site(surroundings);
	surroundings_plan(surroundings);
}

fact_set surroundings_of_others(const struct surroundings *surroundings)
{
	return surroundings->wanted & facts_of_others;
}

static bool same_claims(const struct device *a, const struct device *b)
{
	return a->bus == b->bus && a->has_serial && b->has_serial && a->vendor == b->vendor &&
	       a->product == b->product && strcmp(a->serial, b->serial) == 0;
}

static enum identity identity_of(const struct surroundings *surroundings, const struct usbdev *dev)
{
	const struct devices *devices = surroundings->devices;

	if (!dev->device.has_serial)
		return IDENTITY_NONE;
	for (size_t i = 0; i < devices->n; i++) {
		if (devices->items[i] != dev &&
		    same_claims(&devices->items[i]->device, &dev->device))
			return IDENTITY_DUPLICATE;
	}
	if (!dev->past.known)
		return IDENTITY_UNKNOWN;
	return dev->past.changed ? IDENTITY_CHANGED : IDENTITY_SERIAL;
}

/* Did @a come before @b?  Of those that came at once, as at a start, the instance tells. */
static bool came_before(const struct usbdev *a, const struct usbdev *b)
{
	if (a->arrived_us != b->arrived_us)
		return a->arrived_us < b->arrived_us;
	return strcmp(a->instance, b->instance) < 0;
}

/* An optical drive in the machine: nobody has plugged it in. */
static bool is_built_in(const struct device *device)
{
	return device->bus != BUS_USB && device->connect == CONNECT_HARDWIRED;
}

/* @dev and those that came before it: who plugs in one too many does not cut off the others. */
static void count_devices(const struct devices *devices, const struct usbdev *dev,
			  int32_t ret[static _FUNCTION_MAX])
{
	memset(ret, 0, _FUNCTION_MAX * sizeof(ret[0]));
	for (size_t i = 0; i < devices->n; i++) {
		function_set functions = device_functions(&devices->items[i]->device);

		if (came_before(dev, devices->items[i]) ||
		    (devices->items[i] != dev && is_built_in(&devices->items[i]->device)))
			continue;
		for (int f = 0; f < _FUNCTION_MAX; f++)
			ret[f] += (functions & FUNCTION_BIT(f)) != 0;
	}
}

static const char *const no_groups[] = { NULL };

static void gather_seat(const struct seat *seat, struct circumstances *ret)
{
	ret->session = seat_session(seat);
	if (!seat->known || (seat->somebody && seat->user[0] == '\0'))
		return;
	ret->user = seat->user;
	if (seat->somebody && seat->groups == NULL)
		return;
	ret->groups = seat->somebody ? (const char *const *)seat->groups : no_groups;
	ret->n_groups = seat->n_groups;
}

/* What the collector tells of the person at the seat and of @dev. */
static void gather_told(const struct surroundings *surroundings, const struct usbdev *dev,
			struct circumstances *ret)
{
	uint8_t key[DEVICE_KEY_SIZE];

	if (surroundings->told == NULL)
		return;
	if (wants(surroundings, FACT_VIOLATIONS) && ret->user != NULL && ret->user[0] != '\0')
		ret->told.violations = facts_violations(surroundings->told, ret->user);
	if (!wants(surroundings, FACT_HOSTS_SEEN) || !dev->device.has_serial)
		return;
	device_key(&dev->device, key);
	ret->told.hosts_seen = facts_hosts(surroundings->told, key);
}

void surroundings_gather(const struct surroundings *surroundings, const struct usbdev *dev,
			 int64_t when_s, struct circumstances *ret)
{
	*ret = circumstances_unknown;
	if (wants(surroundings, facts_of_seat))
		gather_seat(&surroundings->seat, ret);
	ret->host = surroundings->host[0] == '\0' ? NULL : surroundings->host;
	ret->unit = surroundings->unit[0] == '\0' ? NULL : surroundings->unit;
	if (wants(surroundings, FACT_TIME))
		ret->minute = wallclock_minute(when_s);
	ret->site = surroundings->site;
	if (dev->past.known) {
		ret->known_days = days_since(dev->past.first_s, when_s);
		ret->denials = dev->past.denials;
	}
	if (wants(surroundings, FACT_COUNT))
		count_devices(surroundings->devices, dev, ret->count);
	ret->identity = identity_of(surroundings, dev);
	gather_told(surroundings, dev, ret);
	if (dev->medium.state != MEDIUM_PRESENT)
		return;
	ret->encryption = dev->medium.encryption;
	ret->media_bytes = dev->medium.bytes;
	ret->label = dev->medium.has_label ? dev->medium.label : NULL;
}
