/* What is wrong with a rule, and where: path, line and column of each mistake, and what is said. */
#include "rules_test.h"

#include <errno.h>

/* Copy @text with " for ' and without its '@'.  Returns where that was. */
static size_t unmark(const char *text, char *ret)
{
	size_t at = SIZE_MAX, n = 0;

	for (const char *c = text; *c != '\0'; c++) {
		if (*c == '@' && at == SIZE_MAX)
			at = n;
		else
			ret[n++] = *c == '\'' ? '"' : *c;
	}
	ret[n] = '\0';
	assert_true(at != SIZE_MAX);
	return at;
}

/* What a JSON Schema cannot say: how two values of a document compare, how many bytes a text has,
 * what a number is beyond its digits. */
static bool is_beyond_schema(const char *message)
{
	static const char *const parts[] = { "is more than",	   "comes after",
					     "of the same length", "Another rule before",
					     "beyond its prefix",  "9999999999TiB" };

	for (size_t i = 0; i < COUNT(parts); i++)
		if (strstr(message, parts[i]) != NULL)
			return true;
	return false;
}

static void check(const char *marked, const char *path, const char *says)
{
	char text[4000];
	const size_t at = unmark(marked, text);
	struct rules *rules = NULL;
	struct rules_error error;
	int line = 1, column = 1;

	for (size_t i = 0; i < at; i++) {
		if (text[i] == '\n') {
			line++;
			column = 1;
		} else if (((unsigned char)text[i] & 0xc0) != 0x80) {
			column++;
		}
	}
	const int r = rules_parse(text, strlen(text), &rules, &error);
	if (r != -EBADMSG || rules != NULL || strcmp(error.path, path) != 0 ||
	    strstr(error.message, says) == NULL || error.line != line || error.column != column)
		fail_msg("%d at %d:%d (wanted %d:%d) %s: %s\n%s", r, error.line, error.column, line,
			 column, error.path, error.message, marked);
	if (schema_judges(text) == 1 && !is_beyond_schema(error.message))
		fail_msg("the schema accepts\n%s", text);
}

/* A mistake in a match; its path is given from the match on. */
static void check_match(const char *match, const char *path, const char *says)
{
	char text[3000], full[200];

	snprintf(text, sizeof(text),
		 "{'schema':'devgate-rules-1','name':'機關','mode':'enforce', /* 規則 */\n"
		 " 'rules':[{'id':'first','match':{},'verdict':'deny'},\n"
		 "   // 第二條\n"
		 "   {'id':'second','match':{ %s },\n    'verdict':'deny'}]}\n",
		 match);
	snprintf(full, sizeof(full), "rules[1].match%s%s", path[0] == '\0' ? "" : ".", path);
	check(text, full, says);
}

struct mistake {
	const char *match, *path, *says;
};

static void check_all(const struct mistake *table, size_t n)
{
	for (size_t i = 0; i < n; i++)
		check_match(table[i].match, table[i].path, table[i].says);
}

static void of_names_and_words(void **state)
{
	(void)state;
	static const struct mistake table[] = {
		{ "@'vender':'0951'", "vender", "did you mean \"vendor\"?" },
		{ "@'nobody':true", "nobody",
		  "known are: function, bus, connect, vendor, product" },
		{ "'vendor':'0951',@'serials':'x'", "serials", "did you mean \"serial\"?" },
		{ "@'function':'stroage'", "function", "did you mean \"storage\"?" },
		{ "'function':['hub',@'disk']", "function[1]", "known are: other, storage" },
		{ "@'function':[]", "function", "An empty list holds for no device." },
		{ "@'function':7", "function", "A text is wanted here, or a list of texts." },
		{ "'function':['hub',@7]", "function[1]", "A text is wanted" },
		{ "@'bus':'usb3'", "bus", "did you mean \"usb\"?" },
		{ "@'connect':'hot-plug'", "connect", "did you mean \"hotplug\"?" },
		{ "@'session':'unknown'", "session", "known are: none, active, locked." },
		{ "@'site':'unknown'", "site", "known are: off, on." },
		{ "@'identity':'restricted'", "identity",
		  "known are: none, serial, changed, duplicate." },
		{ "'encryption':['luks',@'bitlokcer']", "encryption[1]",
		  "did you mean \"bitlocker\"?" },
	};

	check_all(table, COUNT(table));
}

static void of_ids_and_digests(void **state)
{
	(void)state;
	static const struct mistake table[] = {
		{ "@'vendor':'951'", "vendor", "four hexadecimal digits" },
		{ "@'vendor':'0x951'", "vendor", "\"0x951\" is not an id" },
		{ "'vendor':['0951',@'09g1']", "vendor[1]", "\"09g1\"" },
		{ "@'vendor':951", "vendor", "A text is wanted here, or an object" },
		{ "@'vendor':[]", "vendor", "An empty list" },
		{ "'vendor':{@'form':'0000'}", "vendor.form", "did you mean \"from\"?" },
		{ "@'vendor':{'from':'0000'}", "vendor", "\"to\" is missing" },
		{ "@'vendor':{'to':'0000'}", "vendor", "\"from\" is missing" },
		{ "'vendor':{@'from':1,'to':'0000'}", "vendor.from", "A text is wanted" },
		{ "'vendor':['0951',{'from':'0000',@'to':'x'}]", "vendor[1].to", "\"x\" is not" },
		{ "@'vendor':{'from':'0002','to':'0001'}", "vendor", "more than \"to\"" },
		{ "@'product':'1666'", "product", "says nothing without \"vendor\"" },
		{ "'vendor':'0951',@'product':''", "product", "four hexadecimal digits" },
		{ "@'digest':'d1'", "digest", "a SHA-256 of 64 hexadecimal digits" },
		{ "@'digest':1", "digest", "A text is wanted here" },
		{ "@'usbguard-hash':'abc='", "usbguard-hash", "44 characters of base64" },
		{ "@'usbguard-hash':'0dEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'",
		  "usbguard-hash", "44 characters of base64" },
		{ "@'usbguard-hash':'0dEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=='",
		  "usbguard-hash", "44 characters of base64" },
		{ "@'usbguard-hash':'9/PE5\xc2\x80HDlW98nioOitxPz7Q8l1H89DADQAu2DZ1bds='",
		  "usbguard-hash", "44 characters of base64" }, /* libsodium takes it */
		{ "'usbguard-parent-hash':[@'']", "usbguard-parent-hash[0]", "base64" },
		{ "@'usbguard-parent-hash':{}", "usbguard-parent-hash", "A text is wanted" },
	};

	check_all(table, COUNT(table));
}

static void of_texts(void **state)
{
	(void)state;
	static const struct mistake table[] = {
		{ "@'serial':''", "serial", "is not a text of 1 to 378 bytes" },
		{ "@'serial':7", "serial", "{ \"glob\": \"AB*\" }" },
		{ "'serial':['A',@['B']]", "serial[1]", "A text is wanted here, or an object" },
		{ "@'serial':{}", "serial", "\"glob\" is missing" },
		{ "'serial':{@'golb':'A*'}", "serial.golb", "did you mean \"glob\"?" },
		{ "'serial':{@'glob':''}", "serial.glob", "1 to 378 bytes" },
		{ "'serial':{@'glob':5}", "serial.glob", "A text is wanted here." },
		{ "'serial':{@'glob':'A\\\\'}", "serial.glob", "stands before no character" },
		{ "@'serial':{'from':'A'}", "serial", "\"to\" is missing" },
		{ "@'serial':{'to':'A'}", "serial", "\"from\" is missing" },
		{ "@'serial':{'glob':'A','to':'A'}", "serial", "Either \"glob\"" },
		{ "@'serial':{'from':'A1','to':'A10'}", "serial", "same length" },
		{ "@'serial':{'from':'A2','to':'A1'}", "serial", "comes after" },
		{ "'serial':['x',{'from':'A2',@'to':''}]", "serial[1].to", "1 to 378 bytes" },
		{ "'name':{@'from':'A','to':'B'}", "name.from", "known are: glob." },
		{ "@'port':''", "port", "like \"1-2.3\"" },
		{ "@'port':'1'", "port", "like \"1-2.3\"" },
		{ "@'port':'1-'", "port", "like \"1-2.3\"" },
		{ "@'port':'-1'", "port", "like \"1-2.3\"" },
		{ "@'port':'1.2'", "port", "like \"1-2.3\"" },
		{ "@'port':'1-2.'", "port", "like \"1-2.3\"" },
		{ "@'port':'1-2-3'", "port", "like \"1-2.3\"" },
		{ "@'port':'1-2:1.0'", "port", "like \"1-2.3\"" },
		{ "@'port':'1-111111111111111111111111111111'", "port", "like \"1-2.3\"" },
		{ "@'port':'mmc0:12345'", "port", "like \"1-2.3\"" },
		{ "@'port':'mmc:1234'", "port", "like \"1-2.3\"" },
		{ "@'port':'ata'", "port", "like \"1-2.3\"" },
		{ "@'port':'ata1:0'", "port", "like \"1-2.3\"" },
		{ "@'port':'0000:01:00'", "port", "like \"1-2.3\"" },
		{ "@'port':'thunderbolt0'", "port", "like \"1-2.3\"" },
		{ "@'port':'hci0/dev_00_11'", "port", "like \"1-2.3\"" },
		{ "'port':['1-2',@'x']", "port[1]", "\"x\" is not a port" },
		{ "@'user':''", "user", "1 to 378 bytes" },
		{ "'group':[@'']", "group[0]", "1 to 378 bytes" },
		{ "@'host':[]", "host", "An empty list" },
		{ "@'unit':null", "unit", "A text is wanted" },
		{ "@'classification':''", "classification", "1 to 378 bytes" },
		{ "'label':['',@1]", "label[1]", "A text is wanted" },
	};
	char longest[500];

	check_all(table, COUNT(table));
	snprintf(longest, sizeof(longest), "@'name':'%0379d'", 0);
	check_match(longest, "name", "is not a text of at most 378 bytes");
	snprintf(longest, sizeof(longest), "'name':{@'glob':'%0379d'}", 0);
	check_match(longest, "name.glob", "1 to 378 bytes");
}

static void of_numbers(void **state)
{
	(void)state;
	static const struct mistake table[] = {
		{ "@'count':2", "count", "An object like { \"min\": 1, \"max\": 7 } is wanted" },
		{ "@'count':'2'", "count", "An object like" },
		{ "@'count':{}", "count", "\"min\" is wanted here, or \"max\"" },
		{ "'count':{@'mim':2}", "count.mim", "did you mean \"min\"?" },
		{ "'count':{@'min':-1}", "count.min", "A whole number from 0 to 2147483647" },
		{ "'count':{@'max':2147483648}", "count.max", "A whole number from 0" },
		{ "'count':{@'max':1.5}", "count.max", "A whole number from 0" },
		{ "'count':{@'max':'2'}", "count.max", "A whole number from 0" },
		{ "@'count':{'min':3,'max':2}", "count", "more than \"max\"" },
		{ "'violations':[{'min':1},{@'max':true}]", "violations[1].max", "whole number" },
		{ "'hosts-seen':{@'max':null}", "hosts-seen.max", "whole number" },
		{ "@'history':[]", "history", "An empty list" },
		{ "@'first-seen-days':true", "first-seen-days", "An object like" },
		{ "@'speed':'hihg'", "speed", "did you mean \"high\"?" },
		{ "@'speed':480", "speed", "A word or an object like" },
		{ "'speed':['low',{@'min':4294967296}]", "speed[1].min", "whole number" },
		{ "'size':{@'min':'32 GiB'}", "size.min", "is not a size, like 4096" },
		{ "'size':{@'min':'9999999999TiB'}", "size.min", "is not a size" },
		{ "'size':{@'min':-1}", "size.min", "or a size like \"32GiB\"" },
		{ "@'size':'32GiB'", "size", "An object like" },
		{ "@'size':{'min':'1GiB','max':'1GB'}", "size", "more than \"max\"" },
	};

	check_all(table, COUNT(table));
}

static void of_interfaces_and_times(void **state)
{
	(void)state;
	static const struct mistake table[] = {
		{ "@'interfaces':'08:*:*'", "interfaces", "An object { ... } is wanted" },
		{ "@'interfaces':{}", "interfaces", "One of all-of, one-of" },
		{ "'interfaces':{@'any-of':['08:*:*']}", "interfaces.any-of",
		  "did you mean \"all-of\"?" },
		{ "'interfaces':{@'all-of':'08:*:*'}", "interfaces.all-of",
		  "A list like [\"08:06:50\"] is wanted here." },
		{ "'interfaces':{@'only':[]}", "interfaces.only", "not an empty one" },
		{ "'interfaces':{'only':['08:*:*',@8]}", "interfaces.only[1]",
		  "A text like \"08:06:*\"" },
		{ "'interfaces':{'only':[@'08']}", "interfaces.only[0]", "\"08\" is not class" },
		{ "'interfaces':{'only':[@'8:6:50']}", "interfaces.only[0]", "is not class" },
		{ "'interfaces':{'only':[@'*:06:50']}", "interfaces.only[0]", "is not class" },
		{ "'interfaces':{'only':[@'08:*']}", "interfaces.only[0]", "is not class" },
		{ "'interfaces':{'only':[@'08:**:*']}", "interfaces.only[0]", "is not class" },
		{ "'interfaces':{'only':[@'08:06:5']}", "interfaces.only[0]", "is not class" },
		{ "'interfaces':{'only':[@'08:06:50:']}", "interfaces.only[0]", "is not class" },
		{ "'interfaces':{'only':[@'08:06:**']}", "interfaces.only[0]", "is not class" },
		{ "'interfaces':[{'only':['08:*:*']},{'exactly':[@'']}]",
		  "interfaces[1].exactly[0]", "is not class" },
		{ "@'time':'08:00'", "time", "An object { ... } is wanted" },
		{ "@'time':{'from':'08:00'}", "time", "\"to\" is missing" },
		{ "@'time':{'to':'08:00'}", "time", "\"from\" is missing" },
		{ "'time':{@'form':'08:00'}", "time.form", "did you mean \"from\"?" },
		{ "'time':{@'from':800,'to':'09:00'}", "time.from", "A time of day like" },
		{ "'time':{@'from':'8:00','to':'09:00'}", "time.from", "\"8:00\" is not a time" },
		{ "'time':{@'from':'24:00','to':'09:00'}", "time.from", "is not a time" },
		{ "'time':{'from':'08:00',@'to':'24:01'}", "time.to", "is not a time" },
		{ "'time':{'from':'08:00',@'to':'08:60'}", "time.to", "is not a time" },
		{ "'time':{'from':'08:00',@'to':'08-30'}", "time.to", "is not a time" },
		{ "'time':{'from':'08:00',@'to':'3a:30'}", "time.to", "is not a time" },
		{ "'time':{@'days':[],'from':'08:00','to':'09:00'}", "time.days", "names no day" },
		{ "'time':{'days':['mon',@1],'from':'08:00','to':'09:00'}", "time.days[1]",
		  "A day like \"mon\"" },
		{ "'time':[{'from':'08:00','to':'09:00'},"
		  "{'days':[@'monday'],'from':'08:00','to':'09:00'}]",
		  "time[1].days[0]", "known are: mon, tue, wed, thu, fri, sat, sun." },
		{ "'time':{@'days':'tues','from':'08:00','to':'09:00'}", "time.days",
		  "did you mean \"tue\"?" },
	};

	check_all(table, COUNT(table));
}

#define MARKED(rules, rest)                                                                        \
	"{'schema':'devgate-rules-1','name':'n',\n'mode':'enforce','rules':[" rules "]" rest "}"
#define MARKED_RULE(rest) MARKED("{'id':'r'," rest "}", "")

static void of_outcomes(void **state)
{
	(void)state;
	static const struct {
		const char *text, *path, *says;
	} table[] = {
		{ MARKED_RULE("'match':{},@'verdict':'permit'"), "rules[0].verdict",
		  "known are: deny, charge-only, encrypted-only, read-only, allow, by-risk." },
		{ MARKED_RULE("'match':{},@'verdict':'byrisk'"), "rules[0].verdict",
		  "did you mean \"by-risk\"?" },
		{ MARKED_RULE("'match':{},@'verdict':'read-only'"), "rules[0].verdict",
		  "Only storage can be \"read-only\": say it of function \"storage\" alone." },
		{ MARKED_RULE("'match':{'function':['storage','phone']},@'verdict':'read-only'"),
		  "rules[0].verdict", "Only storage can be \"read-only\": say" },
		{ MARKED_RULE("'match':{'function':'phone'},@'verdict':'encrypted-only'"),
		  "rules[0].verdict", "Only storage can be \"encrypted-only\": say" },
		{ MARKED_RULE("'match':{'function':['phone','hub']},@'verdict':'charge-only'"),
		  "rules[0].verdict", "A hub cannot be \"charge-only\"." },
		{ MARKED_RULE("'match':{},'verdict':'allow',@'modifiers':['noexec']"),
		  "rules[0].modifiers", "Only storage can be \"noexec\": say" },
		{ MARKED_RULE("'match':{},'verdict':'by-risk',@'modifiers':'trail'"),
		  "rules[0].modifiers", "Only storage can be \"trail\": say" },
		{ MARKED_RULE("'match':{},'verdict':'allow','modifiers':['notify',@'noexe']"),
		  "rules[0].modifiers[1]", "did you mean \"noexec\"?" },
		{ MARKED_RULE("'match':{'vendor':'046d'},'verdict':'deny',@'even-if-last':true"),
		  "rules[0].even-if-last", "Only a rule that names \"vendor\" and \"product\"" },
		{ MARKED_RULE("'match':{'vendor':'046d','product':'c31c'},'verdict':'deny',"
			      "@'even-if-last':1"),
		  "rules[0].even-if-last", "Either true or false" },
		{ MARKED_RULE("'match':{},'verdict':'allow','modifiers':[@1]"),
		  "rules[0].modifiers[0]", "A text is wanted here, or a list" },
		{ MARKED_RULE("'match':{},'verdict':'allow',@'modifiers':{}"), "rules[0].modifiers",
		  "A text is wanted here, or a list" },
		{ MARKED_RULE("'match':{},'verdict':'allow',@'modifiers':[]"), "rules[0].modifiers",
		  "An empty list says nothing." },
		{ MARKED("", ",'defaults':{@'hub':'read-only'}"), "defaults.hub",
		  "Only storage can be \"read-only\": say" },
		{ MARKED("", ",'defaults':{@'*':'encrypted-only'}"), "defaults.*",
		  "Only storage can be \"encrypted-only\": say" },
		{ MARKED("", ",'defaults':{@'hub':'charge-only'}"), "defaults.hub",
		  "A hub cannot be \"charge-only\"." },
		{ MARKED("", ",'defaults':{@'hub':'alow'}"), "defaults.hub",
		  "did you mean \"allow\"?" },
		{ MARKED("", ",'defaults':{@'hub':true}"), "defaults.hub", "A verdict is wanted" },
		{ MARKED("", ",'defaults':{@'phone':{}}"), "defaults.phone",
		  "\"verdict\" is missing" },
		{ MARKED("", ",'defaults':{'phone':{@'verdict':'read-only'}}"),
		  "defaults.phone.verdict", "Only storage" },
		{ MARKED("", ",'defaults':{'phone':{'verdict':'allow',@'modifiers':['trail']}}"),
		  "defaults.phone.modifiers", "Only storage can be \"trail\": say" },
		{ MARKED("", ",'defaults':{'phone':{'verdict':'allow',@'reason':{}}}"),
		  "defaults.phone.reason", "known are: verdict, modifiers." },
		{ MARKED("", ",@'site':[]"), "site", "An object { ... } is wanted" },
		{ MARKED("", ",@'site':{}"), "site", "\"networks\" is missing" },
		{ MARKED("", ",'keyboard-guard':{@'second':1}"), "keyboard-guard.second",
		  "did you mean \"seconds\"?" },
		{ MARKED("", ",'keyboard-guard':{@'seconds':3601}"), "keyboard-guard.seconds",
		  "A number from 1 to 3600, or 0, is wanted here." },
		{ MARKED("", ",'keyboard-guard':{@'seconds':-1}"), "keyboard-guard.seconds",
		  "A number from" },
		{ MARKED("", ",'keyboard-guard':{@'keys-per-second':0}"),
		  "keyboard-guard.keys-per-second", "A number from 15 to 50 is wanted here." },
		{ MARKED("", ",'keyboard-guard':{@'code-digits':3}"), "keyboard-guard.code-digits",
		  "A number from 4 to 6, or 0, is wanted here." },
		{ MARKED("", ",'keyboard-guard':{@'code-seconds':'60'}"),
		  "keyboard-guard.code-seconds", "A number from 10 to 600 is wanted here." },
		{ MARKED("", ",'site':{@'network':[]}"), "site.network",
		  "did you mean \"networks\"?" },
		{ MARKED("", ",'site':{@'networks':[]}"), "site.networks",
		  "A list [ ... ] of 1 to 256 networks" },
		{ MARKED("", ",'site':{@'networks':'10.0.0.0/8'}"), "site.networks", "A list" },
		{ MARKED("", ",'site':{'networks':['10.0.0.0/8',@'10.0.0.1/8']}"),
		  "site.networks[1]", "without bits beyond its prefix" },
		{ MARKED("", ",'site':{'networks':[@8]}"), "site.networks[0]", "A network" },
	};

	for (size_t i = 0; i < COUNT(table); i++)
		check(table[i].text, table[i].path, table[i].says);
}

#define GRANTS(more) MARKED("", ",'grants':{" more "}")

static void of_givens(void **state)
{
	(void)state;
	static const struct {
		const char *text, *path, *says;
	} table[] = {
		{ MARKED("", ",@'units':[]"), "units", "at most 1024 units" },
		{ MARKED("", ",@'units':{'':{}}"), "units", "A unit's name has" },
		{ MARKED("", ",'units':{@'a':{}}"), "units.a", "\"classification\" is missing" },
		{ MARKED("", ",'units':{'a':{@'classification':''}}"), "units.a.classification",
		  "at least one character" },
		{ MARKED("", ",'units':{'a':{@'clasification':'x'}}"), "units.a.clasification",
		  "did you mean \"classification\"?" },
		{ MARKED("", ",@'assume':[]"), "assume", "An object" },
		{ MARKED("", ",'assume':{@'violations':-1}"), "assume.violations",
		  "A whole number" },
		{ MARKED("", ",'assume':{@'hosts-seen':'x'}"), "assume.hosts-seen",
		  "A whole number" },
		{ MARKED("", ",'assume':{@'history':1}"), "assume.history", "known are" },
		{ MARKED("", ",@'grants':{}"), "grants", "\"functions\" is missing" },
		{ GRANTS("@'functions':[]"), "grants.functions", "At least one function" },
		{ GRANTS("'functions':['storage',@7]"), "grants.functions[1]", "A function" },
		{ GRANTS("@'functions':'storag'"), "grants.functions",
		  "did you mean \"storage\"?" },
		{ GRANTS("'functions':'storage',@'strongest':'deny'"), "grants.strongest",
		  "A grant permits" },
		{ GRANTS("'functions':['storage','phone'],@'strongest':'read-only'"),
		  "grants.strongest", "Only storage" },
		{ GRANTS("'functions':'storage',@'strongest':'by-risk'"), "grants.strongest",
		  "known are" },
		{ MARKED("", ",@'grants':{'functions':'storage','strongest':'allow'}"), "grants",
		  "\"longest-minutes\" is missing" },
		{ GRANTS("'functions':'storage','strongest':'allow',@'longest-minutes':0"),
		  "grants.longest-minutes", "at least one minute" },
		{ GRANTS("'functions':'storage','strongest':'allow',@'longest-minutes':527041"),
		  "grants.longest-minutes", "0 to 527040" },
	};

	for (size_t i = 0; i < COUNT(table); i++)
		check(table[i].text, table[i].path, table[i].says);
}

/* The first mistake of a document is the one that is told. */
static void the_first_of_several(void **state)
{
	(void)state;
	check(MARKED("{'id':'a','match':{'vendor':'0951',@'serial':'','port':'x'},'verdict':'x'},"
		     "{'id':'a'}",
		     ",'defaults':7"),
	      "rules[0].match.serial", "1 to 378");
	check(MARKED("{'id':'a','match':{},'verdict':'deny'},\n"
		     "{@'id':'a','match':{'x':1},'verdict':'deny'}",
		     ""),
	      "rules[1].id", "Another rule before has the id \"a\".");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_names_and_words),
		cmocka_unit_test(of_ids_and_digests),
		cmocka_unit_test(of_texts),
		cmocka_unit_test(of_numbers),
		cmocka_unit_test(of_interfaces_and_times),
		cmocka_unit_test(of_outcomes),
		cmocka_unit_test(of_givens),
		cmocka_unit_test(the_first_of_several),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
