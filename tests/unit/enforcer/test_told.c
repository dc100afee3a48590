/* What the collector tells of people and devices at a workstation: it tightens, at once, and it is
 * too old after a day. */
#include "workstation.h"

#include "policy/facts.h"
#include "policy/text.h"

#define HEAD "devgate-facts-1\n"
#define TELLING(assume)                                                                            \
	"{\"schema\":\"devgate-rules-1\",\"name\":\"test\",\"mode\":\"enforce\"," assume           \
	"\"units\":{\"finance\":{\"classification\":\"secret\"}},\"rules\":["                      \
	"{\"id\":\"offenders\",\"match\":{\"function\":\"storage\",\"violations\":{\"min\":3}},"   \
	"\"verdict\":\"deny\"},"                                                                   \
	"{\"id\":\"roaming\",\"match\":{\"function\":\"storage\",\"hosts-seen\":{\"min\":10}},"    \
	"\"verdict\":\"read-only\"},"                                                              \
	"{\"id\":\"known\",\"match\":{\"function\":\"storage\",\"classification\":[\"secret\"]},"  \
	"\"verdict\":\"allow\"}],\"defaults\":{\"*\":\"deny\"}}"
#define ASSUMED TELLING("\"assume\":{\"violations\":0,\"hosts-seen\":1},")

static int tell(const char *text)
{
	return surroundings_tell(&enforcer->surroundings, text, strlen(text));
}

static void begin(const char *rules)
{
	someone_at_seat = true; /* root */
	strcpy(enforcer->surroundings.unit, "finance");
	set_rules(rules);
	plug_stick();
}

static void assert_decided(enum verdict verdict, const char *rule)
{
	const struct usbdev *dev = devices_find(&enforcer->devices, "1-2");

	assert_int_equal(dev->decision.verdict, verdict);
	assert_string_equal(dev->decision.rule, rule);
}

/* "device <hosts> <key>" of the stick. */
static void stick_line(int hosts, char ret[static 64])
{
	uint8_t key[DEVICE_KEY_SIZE];
	char hex[2 * DEVICE_KEY_SIZE + 1];

	device_key(&devices_find(&enforcer->devices, "1-2")->device, key);
	text_hex(key, sizeof(key), hex);
	snprintf(ret, 64, "device %d %s\n", hosts, hex);
}

static void it_tightens_at_once(void **state)
{
	char text[256], line[64];

	(void)state;
	begin(ASSUMED);
	assert_decided(VERDICT_ALLOW, "known");
	assert_int_equal(tell(HEAD "person 2 root\nperson 9 alice\n"), 0);
	assert_decided(VERDICT_ALLOW, "known");
	assert_int_equal(tell(HEAD "person 3 root\n"), 0);
	assert_decided(VERDICT_DENY, "offenders");
	assert_event(0, "device.changed", "cause", "circumstances");
	/* It is over: what was assumed stands. */
	assert_int_equal(tell(HEAD "person 0 root\n"), 0);
	assert_decided(VERDICT_ALLOW, "known");
	stick_line(12, line);
	snprintf(text, sizeof(text), HEAD "person 0 root\n%s", line);
	assert_int_equal(tell(text), 0);
	assert_decided(VERDICT_READ_ONLY, "roaming");
}

/* Without an assumption the strictest counts already, and no word of the collector's opens it. */
static void it_loosens_nothing(void **state)
{
	char text[256], line[64];

	(void)state;
	begin(TELLING(""));
	assert_decided(VERDICT_DENY, "offenders");
	stick_line(0, line);
	snprintf(text, sizeof(text), HEAD "person 0 root\n%s", line);
	assert_int_equal(tell(text), 0);
	assert_decided(VERDICT_DENY, "offenders");
}

static void garbage_changes_nothing(void **state)
{
	(void)state;
	begin(ASSUMED);
	assert_int_equal(tell(HEAD "person 3 root\n"), 0);
	assert_decided(VERDICT_DENY, "offenders");
	assert_int_equal(tell("{}"), -EBADMSG);
	assert_int_equal(tell(HEAD "person 0 root"), -EBADMSG);
	assert_decided(VERDICT_DENY, "offenders");
}

/* Of nobody it is told nothing; then what is assumed counts. */
static void of_the_person_at_the_seat(void **state)
{
	(void)state;
	begin(ASSUMED);
	assert_int_equal(tell(HEAD "person 7 alice\n"), 0);
	assert_decided(VERDICT_ALLOW, "known");
}

static void after_a_day(void **state)
{
	sd_event_source *end;
	uint64_t at_us = 0, now_us = 0;

	(void)state;
	begin(ASSUMED);
	assert_int_equal(tell(HEAD "person 3 root\n"), 0);
	assert_decided(VERDICT_DENY, "offenders");
	end = enforcer->surroundings.told_end;
	assert_true(sd_event_source_get_time(end, &at_us) >= 0);
	sd_event_now(enforcer->loop, CLOCK_BOOTTIME, &now_us);
	assert_in_range(at_us - now_us, (uint64_t)(SURROUNDINGS_TOLD_S - 60) * 1000000,
			(uint64_t)SURROUNDINGS_TOLD_S * 1000000);
	/* As if the day had passed. */
	assert_true(sd_event_source_set_time(end, now_us) >= 0);
	while (enforcer->surroundings.told != NULL)
		assert_true(sd_event_run(enforcer->loop, UINT64_MAX) >= 0);
	assert_decided(VERDICT_ALLOW, "known");
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		ONE(it_tightens_at_once),
		ONE(it_loosens_nothing),
		ONE(garbage_changes_nothing),
		ONE(of_the_person_at_the_seat),
		ONE(after_a_day),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
