/* Every condition: for which devices and circumstances it holds, fails and is unknown. */
#include "rules_test.h"

#define D1 "d1d1000000000000000000000000000000000000000000000000000000000000"
#define D2 "d2d2000000000000000000000000000000000000000000000000000000000000"
/* 32 bytes that begin with 0xd1 0xd1 and with 0xd2 0xd2, as USBGuard writes them. */
#define H1 "0dEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define H2 "0tIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

static const char *const groups[] = { "staff", "archive" };

static const struct device stick = {
	.bus = BUS_USB,
	.vendor = 0x0951,
	.product = 0x1666,
	.has_serial = true,
	.serial = "E0D55EA5",
	.name = "DataTraveler",
	.digest = { 0xd1, 0xd1 },
	.port = "1-2.3",
	.connect = CONNECT_HOTPLUG,
	.speed_mbps = 480,
	.n_triples = 2,
	.triples = { { 1, 0, 8, 6, 0x50 }, { 1, 0, 8, 6, 0x62 } },
	.has_usbguard_hash = true,
	.usbguard_hash = { 0xd1, 0xd1 },
	.has_usbguard_parent_hash = true,
	.usbguard_parent_hash = { 0xd2, 0xd2 },
};

/* Wednesday, 07:30. */
static const struct circumstances known = {
	.user = "alice",
	.groups = groups,
	.n_groups = 2,
	.host = "ws-042",
	.unit = "archive",
	.minute = 2 * MINUTES_OF_DAY + 7 * 60 + 30,
	.session = SESSION_ACTIVE,
	.site = SITE_ON,
	.known_days = 7,
	.count = { [FUNCTION_STORAGE] = 2, [FUNCTION_KEYBOARD] = 1 },
	.identity = IDENTITY_SERIAL,
	.encryption = ENCRYPTION_LUKS,
	.media_bytes = 32LL << 30,
	.label = "BACKUP",
	.classification = "confidential",
	.violations = 0,
	.hosts_seen = 3,
	.denials = 1,
};

struct example {
	const char *match;
	bool holds;
};

static void check(const struct example *table, size_t n, const struct device *device)
{
	for (size_t i = 0; i < n; i++) {
		struct rules *rules = parse_match(table[i].match);
		const char *condition;
		fact_set unknown;
		const enum rules_truth truth =
			ask_rule(rules, device, &known, FUNCTION_STORAGE, &condition, &unknown);

		if (truth != (table[i].holds ? RULES_HOLDS : RULES_FAILS))
			fail_msg("%s: %d", table[i].match, truth);
		rules_free(rules);
	}
}

static void on_the_device(void **state)
{
	(void)state;
	static const struct example table[] = {
		{ "", true },
		{ "'function':'storage'", true },
		{ "'function':['keyboard','storage']", true },
		{ "'function':['storage','storage']", true },
		{ "'function':'keyboard'", false },
		{ "'bus':'usb'", true },
		{ "'bus':['mmc','nvme']", false },
		{ "'connect':'hotplug'", true },
		{ "'connect':['hardwired','unknown']", false },
		{ "'vendor':'0951'", true },
		{ "'vendor':'0952'", false },
		{ "'vendor':['ffff','0951']", true },
		{ "'vendor':{'from':'0951','to':'0951'}", true },
		{ "'vendor':{'from':'0000','to':'0950'}", false },
		{ "'vendor':{'from':'0952','to':'ffff'}", false },
		{ "'vendor':[{'from':'0900','to':'0a00'},{'from':'0000','to':'0950'},'0901']",
		  true },
		{ "'vendor':[{'from':'0000','to':'0950'},{'from':'0952','to':'ffff'}]", false },
		{ "'vendor':'0951','product':'1666'", true },
		{ "'vendor':'0951','product':'1667'", false },
		{ "'vendor':'0952','product':'1666'", false },
		{ "'vendor':'0951','product':{'from':'1600','to':'16FF'}", true },
		{ "'vendor':['0951','0781'],'product':['1666','5567']", true },
		{ "'vendor':['0951','0781','05dc'],'product':['1666','5567']", true },
		{ "'vendor':['0951','0781','05dc'],'product':['1667','5567']", false },
		{ "'digest':'" D1 "'", true },
		{ "'digest':'" D2 "'", false },
		{ "'digest':['" D2 "','" D1 "']", true },
		{ "'usbguard-hash':'" H1 "'", true },
		{ "'usbguard-hash':'" H2 "'", false },
		{ "'usbguard-parent-hash':['" H1 "','" H2 "']", true },
		{ "'usbguard-parent-hash':'" H1 "'", false },
		{ "'port':'1-2.3'", true },
		{ "'port':['1-2','2-2.3']", false },
		{ "'port':['mmc0:aaaa','ata12','ata1:0:0:1','scsi4:0:0:0','0000:01:00.0',"
		  "'10000:e1:00.0','thunderbolt0-301','hci0/dev_00_1B_DC_07_31_88','1-2.3']",
		  true },
		{ "'port':{'glob':'1-2*'}", true },
		{ "'port':{'glob':'1-2'}", false },
		{ "'name':'DataTraveler'", true },
		{ "'name':'datatraveler'", false },
		{ "'name':{'glob':'Data*'}", true },
		{ "'name':''", false },
		{ "'manufacturer':''", true },
		{ "'manufacturer':{'glob':'*'}", true },
		{ "'manufacturer':{'glob':'?*'}", false },
		{ "'function':'storage','vendor':'0951','product':'1666','serial':'E0D55EA5',"
		  "'port':'1-2.3','connect':'hotplug','digest':'" D1 "'",
		  true },
		{ "'function':'storage','vendor':'0951','port':'1-2'", false },
	};
	struct device bare = stick;

	check(table, COUNT(table), &stick);

	static const struct example without[] = {
		{ "'usbguard-hash':'" H1 "'", false },
		{ "'usbguard-parent-hash':'" H2 "'", false },
	};
	bare.has_usbguard_hash = bare.has_usbguard_parent_hash = false;
	check(without, COUNT(without), &bare);
}

static void on_the_serial(void **state)
{
	(void)state;
	static const struct example table[] = {
		{ "'serial':'E0D55EA5'", true },
		{ "'serial':['A','BB','E0D55EA5']", true },
		{ "'serial':['Z','E0D55EA5','A']", true },
		{ "'serial':['A','BB']", false },
		{ "'serial':'e0d55ea5'", false },
		{ "'serial':'E0D55EA'", false },
		{ "'serial':'E0D55EA5 '", false },
		{ "'serial':{'glob':'E0*'}", true },
		{ "'serial':{'glob':'E0'}", false },
		{ "'serial':{'from':'E0D55EA0','to':'E0D55EA9'}", true },
		{ "'serial':{'from':'E0D55EA5','to':'E0D55EA5'}", true },
		{ "'serial':{'from':'E0D55EA6','to':'E0D55EA9'}", false },
		{ "'serial':{'from':'E0D55EA0','to':'E0D55EA4'}", false },
		{ "'serial':{'from':'E','to':'F'}", false },
		{ "'serial':{'from':'E00000000','to':'E99999999'}", false },
		{ "'serial':['A',{'glob':'B*'},{'from':'C1','to':'C9'},{'glob':'E?D*'}]", true },
		{ "'serial':['A',{'glob':'B*'},{'from':'C1','to':'C9'},"
		  "{'from':'E0000000','to':'E9999999'}]",
		  true },
		{ "'serial':['A',{'glob':'B*'},{'from':'C1','to':'C9'}]", false },
	};
	static const struct example without[] = {
		{ "'serial':'E0D55EA5'", false },
		{ "'serial':{'glob':'*'}", false },
		{ "'serial':{'from':'E0D55EA0','to':'E0D55EA9'}", false },
	};
	struct device device = stick;

	check(table, COUNT(table), &stick);
	device.has_serial = false;
	check(without, COUNT(without), &device);
}

static void on_the_interfaces(void **state)
{
	(void)state;
	static const struct example of_storage[] = {
		{ "'interfaces':{'all-of':['08:06:50']}", true },
		{ "'interfaces':{'all-of':['08:*:*','03:*:*']}", false },
		{ "'interfaces':{'one-of':['08:*:*','03:*:*']}", true },
		{ "'interfaces':{'one-of':['07:*:*','03:*:*']}", false },
		{ "'interfaces':{'none-of':['07:*:*','03:*:*']}", true },
		{ "'interfaces':{'none-of':['08:06:62']}", false },
		{ "'interfaces':{'only':['08:06:*']}", true },
		{ "'interfaces':{'only':['08:06:50']}", false },
		{ "'interfaces':{'only':['08:06:50','08:06:62','03:*:*']}", true },
		{ "'interfaces':{'exactly':['08:*:*']}", true },
		{ "'interfaces':{'exactly':['08:*:*','08:*:*']}", true },
		{ "'interfaces':{'exactly':['08:06:50','08:06:62']}", true },
		{ "'interfaces':{'exactly':['08:06:50']}", false },
		{ "'interfaces':{'exactly':['08:*:*','03:*:*']}", false },
		{ "'interfaces':{'all-of':['08:*:50'],'none-of':['03:*:*']}", true },
		{ "'interfaces':{'all-of':['08:*:51'],'none-of':['03:*:*']}", false },
		{ "'interfaces':[{'all-of':['03:*:*']},{'all-of':['08:*:*']}]", true },
		{ "'interfaces':[{'all-of':['03:*:*']},{'all-of':['08:07:*']}]", false },
	};
	/* A stick that is a keyboard, too. */
	static const struct example of_both[] = {
		{ "'interfaces':{'all-of':['08:*:*','03:01:01']}", true },
		{ "'interfaces':{'one-of':['03:*:*']}", true },
		{ "'interfaces':{'none-of':['03:*:*']}", false },
		{ "'interfaces':{'only':['08:*:*']}", false },
		{ "'interfaces':{'only':['08:*:*','03:*:*','07:*:*']}", true },
		{ "'interfaces':{'exactly':['08:*:*','08:*:*']}", false },
		{ "'interfaces':{'exactly':['08:*:*','03:*:*']}", true },
		{ "'interfaces':{'exactly':['08:*:*','03:*:*','07:*:*']}", false },
	};
	static const struct example of_none[] = {
		{ "'interfaces':{'all-of':['08:*:*']}", false },
		{ "'interfaces':{'one-of':['08:*:*']}", false },
		{ "'interfaces':{'none-of':['08:*:*']}", true },
		{ "'interfaces':{'only':['08:*:*']}", true },
		{ "'interfaces':{'exactly':['08:*:*']}", false },
	};
	struct device device = stick;

	check(of_storage, COUNT(of_storage), &device);
	device.triples[device.n_triples++] = (struct device_triple){ 1, 1, 3, 1, 1 };
	check(of_both, COUNT(of_both), &device);
	device.n_triples = 0;
	check(of_none, COUNT(of_none), &device);
}

static void on_the_speed(void **state)
{
	(void)state;
	static const struct {
		uint32_t mbps;
		const char *words; /* that hold */
	} table[] = { { 0, "" },
		      { 1, "low" },
		      { 12, "full" },
		      { 480, "high" },
		      { 5000, "super" },
		      { 10000, "super-plus" },
		      { 20000, "super-plus" },
		      { 100, "" } };
	static const char *const words[] = { "low", "full", "high", "super", "super-plus" };
	struct device device = stick;

	for (size_t i = 0; i < COUNT(table); i++) {
		device.speed_mbps = table[i].mbps;
		for (size_t w = 0; w < COUNT(words); w++) {
			char match[40];

			snprintf(match, sizeof(match), "'speed':'%s'", words[w]);
			check(&(struct example){ match, strcmp(words[w], table[i].words) == 0 }, 1,
			      &device);
		}
	}
	static const struct example bounds[] = {
		{ "'speed':{'min':480}", true },
		{ "'speed':{'max':480}", true },
		{ "'speed':{'min':481}", false },
		{ "'speed':{'max':479}", false },
		{ "'speed':['full','high']", true },
		{ "'speed':['low',{'min':12,'max':5000}]", true },
	};
	check(bounds, COUNT(bounds), &stick);
	device.speed_mbps = 0;
	check(&(struct example){ "'speed':{'min':0}", false }, 1, &device);
}

/* Each fact: a condition that holds and one that fails under what is known; and neither is told
 * under what is not. */
static const struct {
	fact_set fact;
	const char *name, *holds, *fails;
} by_fact[] = {
	{ FACT_USER, "user", "'alice'", "['bob','al']" },
	{ FACT_USER, "user", "['bob',{'glob':'al*'}]", "{'glob':'*x'}" },
	{ FACT_GROUP, "group", "'archive'", "'wheel'" },
	{ FACT_GROUP, "group", "{'glob':'st*'}", "['x',{'glob':'?'}]" },
	{ FACT_HOST, "host", "{'glob':'ws-*'}", "'ws-04'" },
	{ FACT_UNIT, "unit", "'archive'", "'Archive'" },
	{ FACT_CLASSIFICATION, "classification", "['secret','confidential']", "'public'" },
	{ FACT_TIME, "time", "{'from':'07:30','to':'08:00'}", "{'from':'07:00','to':'07:30'}" },
	{ FACT_TIME, "time", "{'days':'wed','from':'00:00','to':'24:00'}",
	  "{'days':['mon','tue','thu','fri','sat','sun'],'from':'00:00','to':'24:00'}" },
	{ FACT_TIME, "time", "[{'from':'01:00','to':'02:00'},{'from':'07:00','to':'17:00'}]",
	  "[{'from':'01:00','to':'02:00'},{'from':'17:00','to':'17:01'}]" },
	{ FACT_SESSION, "session", "'active'", "['none','locked']" },
	{ FACT_SITE, "site", "'on'", "'off'" },
	{ FACT_FIRST_SEEN, "first-seen-days", "{'min':7}", "{'min':8}" },
	{ FACT_FIRST_SEEN, "first-seen-days", "[{'max':0},{'min':7,'max':7}]", "{'max':6}" },
	{ FACT_COUNT, "count", "{'max':2}", "{'max':1}" },
	{ FACT_IDENTITY, "identity", "'serial'", "['none','changed','duplicate']" },
	{ FACT_ENCRYPTION, "encryption", "['luks','bitlocker']", "'none'" },
	{ FACT_SIZE, "size", "{'max':'32GiB'}", "{'max':'32GB'}" },
	{ FACT_SIZE, "size", "{'min':34359738368}", "{'min':34359738369}" },
	{ FACT_LABEL, "label", "{'glob':'B*'}", "''" },
	{ FACT_VIOLATIONS, "violations", "{'max':0}", "{'min':1}" },
	{ FACT_HOSTS_SEEN, "hosts-seen", "{'min':3,'max':3}", "{'min':4}" },
	{ FACT_HISTORY, "history", "{'min':1}", "{'max':0}" },
};

static void on_each_fact(void **state)
{
	(void)state;
	fact_set told = 0;

	for (size_t i = 0; i < COUNT(by_fact); i++) {
		for (int holds = 0; holds < 2; holds++) {
			const char *condition;
			fact_set unknown;
			char match[200];

			snprintf(match, sizeof(match), "'%s':%s", by_fact[i].name,
				 holds ? by_fact[i].holds : by_fact[i].fails);
			struct rules *rules = parse_match(match);
			assert_int_equal(rules_facts(rules), by_fact[i].fact);
			enum rules_truth truth = ask_rule(rules, &stick, &known, FUNCTION_STORAGE,
							  &condition, &unknown);
			if (truth != (holds ? RULES_HOLDS : RULES_FAILS))
				fail_msg("%s: %d", match, truth);
			truth = ask_rule(rules, &stick, &circumstances_unknown, FUNCTION_STORAGE,
					 &condition, &unknown);
			if (truth != RULES_UNKNOWN || unknown != by_fact[i].fact ||
			    strcmp(condition, by_fact[i].name) != 0)
				fail_msg("%s: %d, 0x%x by %s", match, truth, unknown, condition);
			rules_free(rules);
		}
		told |= by_fact[i].fact;
	}
	assert_int_equal(told, _FACT_ALL); /* every fact has its condition */
}

/* What is no storage has no medium: that is known without looking. */
static void on_media_of_no_storage(void **state)
{
	(void)state;
	const fact_set media = FACT_ENCRYPTION | FACT_SIZE | FACT_LABEL;

	for (size_t i = 0; i < COUNT(by_fact); i++) {
		const char *condition;
		fact_set unknown;
		char match[200];

		snprintf(match, sizeof(match), "'%s':%s", by_fact[i].name, by_fact[i].holds);
		struct rules *rules = parse_match(match);
		const enum rules_truth truth = ask_rule(rules, &stick, &circumstances_unknown,
							FUNCTION_PHONE, &condition, &unknown);
		assert_int_equal(truth, by_fact[i].fact & media ? RULES_FAILS : RULES_UNKNOWN);
		assert_string_equal(condition, by_fact[i].name);
		rules_free(rules);
	}
}

static void on_nobody(void **state)
{
	(void)state;
	struct circumstances nobody = known;
	struct rules *rules = parse_match("'user':{'glob':'*'}");
	const char *condition;
	fact_set unknown;

	assert_int_equal(ask_rule(rules, &stick, &nobody, FUNCTION_STORAGE, &condition, &unknown),
			 RULES_HOLDS);
	nobody.user = "";
	assert_int_equal(ask_rule(rules, &stick, &nobody, FUNCTION_STORAGE, &condition, &unknown),
			 RULES_FAILS);
	assert_string_equal(condition, "user");
	rules_free(rules);
}

static void on_the_count_of_each_function(void **state)
{
	(void)state;
	struct rules *rules = parse_match("'count':{'max':1}");
	const char *condition;
	fact_set unknown;

	assert_int_equal(ask_rule(rules, &stick, &known, FUNCTION_STORAGE, &condition, &unknown),
			 RULES_FAILS);
	assert_int_equal(ask_rule(rules, &stick, &known, FUNCTION_KEYBOARD, &condition, &unknown),
			 RULES_HOLDS);
	rules_free(rules);
}

/* Several conditions: one that fails decides; else each that is unknown is told. */
static void together(void **state)
{
	(void)state;
	static const struct {
		const char *match;
		enum rules_truth truth;
		const char *condition;
		fact_set unknown;
	} table[] = {
		{ "'vendor':'0951','user':'alice'", RULES_UNKNOWN, "user", FACT_USER },
		{ "'user':'alice','site':'on','function':'storage'", RULES_UNKNOWN, "user",
		  FACT_USER | FACT_SITE },
		{ "'site':'on','user':'alice'", RULES_UNKNOWN, "user", FACT_USER | FACT_SITE },
		{ "'user':'alice','vendor':'0952'", RULES_FAILS, "vendor", 0 },
		{ "'session':'none','speed':'low'", RULES_FAILS, "speed", 0 },
		{ "'bus':'mmc','vendor':'0952','user':'x'", RULES_FAILS, "bus", 0 },
		{ "'label':'x','size':{'min':1},'encryption':'luks'", RULES_UNKNOWN, "encryption",
		  FACT_LABEL | FACT_SIZE | FACT_ENCRYPTION },
		{ "'vendor':'0951','speed':'high'", RULES_HOLDS, NULL, 0 },
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		struct rules *rules = parse_match(table[i].match);
		const char *condition;
		fact_set unknown;
		const enum rules_truth truth = ask_rule(rules, &stick, &circumstances_unknown,
							FUNCTION_STORAGE, &condition, &unknown);

		if (truth != table[i].truth || unknown != table[i].unknown)
			fail_msg("%s: %d 0x%x", table[i].match, truth, unknown);
		if (table[i].condition != NULL)
			assert_string_equal(condition, table[i].condition);
		rules_free(rules);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(on_the_device),
		cmocka_unit_test(on_the_serial),
		cmocka_unit_test(on_the_interfaces),
		cmocka_unit_test(on_the_speed),
		cmocka_unit_test(on_each_fact),
		cmocka_unit_test(on_media_of_no_storage),
		cmocka_unit_test(on_nobody),
		cmocka_unit_test(on_the_count_of_each_function),
		cmocka_unit_test(together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
