/* A device from JSON: what is read, what a record may hold beside, and each
 * refusal with its place. */
#include "cmocka_test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "policy/device_json.h"
#include "policy/text.h"

#define DIGEST "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define HASH   "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

static const char everything[] =
	"// one of each\n"
	"{ \"bus\": \"usb\", \"vendor\": \"0951\", \"product\": \"16aB\", \"release\": \"0110\",\n"
	"  \"serial\": \"A001\", \"manufacturer\": \"Kingston\", \"name\": \"隨身碟\",\n"
	"  \"digest\": \"" DIGEST "\", \"port\": \"1-2.3\", \"connect\": \"hardwired\",\n"
	"  \"speed_mbps\": 5000, \"identity\": \"changed\", \"usbguard-hash\": \"" HASH "\",\n"
	"  \"usbguard-parent-hash\": \"" HASH "\", \"present\": true,\n"
	"  \"interfaces\": [ \"080650\", { \"config\": 2, \"number\": 7, \"class\": [\"03:01:01\", "
	"\"030000\"],\n"
	"    \"function\": [\"phone\", \"vendor\"] } ] }\n";

static int parse(const char *text, struct device_given *ret, struct rules_error *error)
{
	return device_json_parse(text, strlen(text), ret, error);
}

static struct device_given parse_or_fail(const char *text)
{
	struct device_given given;
	struct rules_error error;

	if (parse(text, &given, &error) < 0)
		fail_msg("%s: %s: %s", text, error.path, error.message);
	return given;
}

static void every_member(void **state)
{
	const struct device_given given = parse_or_fail(everything);
	const struct device *device = &given.device;
	char digest[2 * DEVICE_DIGEST_SIZE + 1];

	(void)state;
	assert_int_equal(device->bus, BUS_USB);
	assert_int_equal(device->vendor, 0x0951);
	assert_int_equal(device->product, 0x16ab);
	assert_int_equal(device->release, 0x0110);
	assert_true(device->has_serial);
	assert_string_equal(device->serial, "A001");
	assert_string_equal(device->manufacturer, "Kingston");
	assert_string_equal(device->name, "隨身碟");
	text_hex(device->digest, DEVICE_DIGEST_SIZE, digest);
	assert_string_equal(digest, DIGEST);
	assert_string_equal(device->port, "1-2.3");
	assert_int_equal(device->connect, CONNECT_HARDWIRED);
	assert_int_equal(device->speed_mbps, 5000);
	assert_true(device->has_usbguard_hash && device->has_usbguard_parent_hash);
	assert_int_equal(device->usbguard_hash[31], 31);
	assert_int_equal(device->usbguard_parent_hash[31], 31);
	assert_int_equal(given.identity, IDENTITY_CHANGED);
	assert_true(given.present);
	assert_int_equal(device->n_interfaces, 2);
	assert_int_equal(device->n_triples, 3);
	assert_int_equal(device->interfaces[0].functions, FUNCTION_BIT(FUNCTION_STORAGE));
	assert_int_equal(device->interfaces[0].config, 1);
	assert_int_equal(device->interfaces[0].number, 0);
	assert_int_equal(device->interfaces[1].config, 2);
	assert_int_equal(device->interfaces[1].number, 7);
	assert_int_equal(device->interfaces[1].class, 3);
	assert_int_equal(device->interfaces[1].subclass, 1);
	assert_int_equal(device->interfaces[1].functions,
			 FUNCTION_BIT(FUNCTION_KEYBOARD) | FUNCTION_BIT(FUNCTION_HID) |
				 FUNCTION_BIT(FUNCTION_PHONE) | FUNCTION_BIT(FUNCTION_VENDOR));
}

static void what_is_not_said(void **state)
{
	const struct device_given given = parse_or_fail(
		"{\"vendor\":\"0951\",\"product\":\"1666\",\"serial\":\"\",\"port\":null,"
		"\"interfaces\":[]}");

	(void)state;
	assert_false(given.device.has_serial);
	assert_string_equal(given.device.port, "");
	assert_int_equal(given.device.connect, CONNECT_UNKNOWN);
	assert_int_equal(given.device.n_interfaces, 0);
	assert_false(given.device.has_usbguard_hash || given.device.has_usbguard_parent_hash);
	assert_int_equal(given.identity, IDENTITY_UNKNOWN);
	assert_false(given.present);
}

/* The functions that a list of interfaces comes to, the same as from descriptors. */
static void functions(void **state)
{
	static const struct {
		const char *interfaces;
		enum function wanted[3];
	} cases[] = {
		{ "\"020201\",\"0a0000\"", { FUNCTION_SERIAL, FUNCTION_SERIAL } },
		{ "\"020600\",\"0a0000\",\"0a0000\"",
		  { FUNCTION_NETWORK, FUNCTION_NETWORK, FUNCTION_NETWORK } },
		{ "\"080650\",\"0a0000\"", { FUNCTION_STORAGE, FUNCTION_OTHER } },
		{ "\"0a0000\"", { FUNCTION_OTHER } },
		{ "\"020600\",{\"config\":2,\"class\":\"0a0000\"}",
		  { FUNCTION_NETWORK, FUNCTION_OTHER } },
		/* As a record has it: the function that decided. */
		{ "{\"class\":\"0a0000\",\"function\":\"network\"}", { FUNCTION_NETWORK } },
		{ "{\"function\":\"video\"}", { FUNCTION_VIDEO } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char text[300];

		snprintf(text, sizeof(text),
			 "{\"vendor\":\"0951\",\"product\":\"1666\",\"interfaces\":[%s]}",
			 cases[i].interfaces);
		const struct device_given given = parse_or_fail(text);

		for (size_t n = 0; n < given.device.n_interfaces; n++)
			assert_int_equal(given.device.interfaces[n].functions,
					 FUNCTION_BIT(cases[i].wanted[n]));
	}
	const struct device_given apple =
		parse_or_fail("{\"interfaces\":[\"fffe02\"],\"product\":\"12a8\",\"vendor\":"
			      "\"05ac\"}");
	assert_int_equal(apple.device.interfaces[0].functions, FUNCTION_BIT(FUNCTION_PHONE));
}

/* What text_sanitise() made of a text is taken back. */
static void escapes(void **state)
{
	static const char *const texts[] = {
		"plain",
		"back\\slash",
		"tab\there",
		"\x01\x7f",
		"zero\xe2\x80\x8bwidth",
		"not\xff\xfeutf",
		"\xf3\xa0\x80\x81 tag",
		"soft\xc2\xadhyphen",
		"\\x41",
	};
	static const struct {
		const char *given, *wanted;
	} as_they_are[] = {
		{ "\\\\", "\\" },
		{ "\\\\x4", "\\x4" },
		{ "\\\\xZZ", "\\xZZ" },
		{ "\\\\u{}", "\\u{}" },
		{ "\\\\u{41}", "\\u{41}" },
		{ "\\\\u{0041", "\\u{0041" },
		{ "\\\\u{0041}", "\\u{0041}" },
		{ "\\\\u{110000}", "\\u{110000}" },
		{ "\\\\u{00000e9}", "\\u{00000e9}" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		char clean[200], text[500];

		text_sanitise(texts[i], strlen(texts[i]), clean, sizeof(clean));
		json_t *object = json_pack("{s:s, s:s, s:[], s:s}", "vendor", "0951", "product",
					   "1666", "interfaces", "serial", clean);
		char *dump = json_dumps(object, 0);

		snprintf(text, sizeof(text), "%s", dump);
		free(dump);
		json_decref(object);
		assert_string_equal(parse_or_fail(text).device.serial, texts[i]);
	}
	for (size_t i = 0; i < COUNT(as_they_are); i++) {
		char text[200];

		snprintf(text, sizeof(text),
			 "{\"vendor\":\"0951\",\"product\":\"1666\",\"interfaces\":[],\"name\":\"%s"
			 "\"}",
			 as_they_are[i].given);
		assert_string_equal(parse_or_fail(text).device.name, as_they_are[i].wanted);
	}
}

static void records(void **state)
{
	static const char record[] =
		"{\"kind\":\"device.decided\",\"device\":{\"bus\":\"usb\",\"vendor\":\"0951\","
		"\"product\":\"1666\",\"identity\":\"serial\",\"serial\":\"S\",\"new\":[1],"
		"\"present\":true},"
		"\"present\":false,\"verdict\":\"deny\",\"interfaces\":[{\"config\":1,\"number\":0,"
		"\"class\":\"080650\",\"function\":\"storage\",\"verdict\":\"deny\",\"new\":0}]}";
	struct device_given given = parse_or_fail(record);
	char text[sizeof(record) + 40];

	(void)state;
	assert_int_equal(given.identity, IDENTITY_SERIAL);
	assert_false(given.present);
	assert_int_equal(given.device.interfaces[0].functions, FUNCTION_BIT(FUNCTION_STORAGE));
	snprintf(text, sizeof(text), "{\"devices\":[%s]}", record);
	given = parse_or_fail(text);
	assert_string_equal(given.device.serial, "S");
}

static void refusals(void **state)
{
#define IDS "\"vendor\":\"0951\",\"product\":\"1666\""
	static const struct {
		const char *text, *path, *message;
	} cases[] = {
		{ "[]", "", "A device { ... } is wanted" },
		{ "{}", "", "\"interfaces\" is missing" },
		{ "{\"interfaces\":[]}", "", "\"vendor\" is missing" },
		{ "{\"vendor\":\"0951\",\"interfaces\":[]}", "", "\"product\" is missing" },
		{ "{\"bus\":\"usbb\"}", "bus", "did you mean \"usb\"" },
		{ "{\"bus\":1}", "bus", "A word" },
		{ "{\"vendor\":\"951\"}", "vendor", "four hexadecimal" },
		{ "{\"vendor\":951}", "vendor", "four hexadecimal" },
		{ "{\"product\":\"095x\"}", "product", "four hexadecimal" },
		{ "{\"release\":\"\"}", "release", "four hexadecimal" },
		{ "{\"serial\":7}", "serial", "A text" },
		{ "{\"serial\":\"a\\\\x00b\"}", "serial", "NUL" },
		{ "{\"manufacturer\":[]}", "manufacturer", "A text" },
		{ "{\"name\":{}}", "name", "A text" },
		{ "{\"digest\":\"00\"}", "digest", "64 hexadecimal" },
		{ "{\"digest\":0}", "digest", "64 hexadecimal" },
		{ "{\"port\":\"\"}", "port", "at least one" },
		{ "{\"port\":\"1-2.3.4.5.6.7.8.9.10.11.12.13.14\"}", "port", "longer than 31" },
		{ "{\"connect\":\"hot\"}", "connect", "known" },
		{ "{\"speed_mbps\":-1}", "speed_mbps", "whole number" },
		{ "{\"speed_mbps\":4294967296}", "speed_mbps", "whole number" },
		{ "{\"speed_mbps\":\"480\"}", "speed_mbps", "whole number" },
		{ "{\"identity\":\"seral\"}", "identity", "did you mean \"serial\"" },
		{ "{\"usbguard-hash\":\"AAAA\"}", "usbguard-hash", "44 characters" },
		{ "{\"usbguard-parent-hash\":3}", "usbguard-parent-hash", "44 characters" },
		{ "{\"present\":1}", "present", "true or false" },
		{ "{\"interface\":[]}", "interface", "did you mean \"interfaces\"" },
		{ "{" IDS ",\"interfaces\":{}}", "interfaces", "A list of interfaces" },
		{ "{" IDS ",\"interfaces\":[1]}", "interfaces[0]", "An interface" },
		{ "{" IDS ",\"interfaces\":[\"0806\"]}", "interfaces[0]", "six hexadecimal" },
		{ "{" IDS ",\"interfaces\":[\"08-06-50\"]}", "interfaces[0]", "six hexadecimal" },
		{ "{" IDS ",\"interfaces\":[\"08:06.50\"]}", "interfaces[0]", "six hexadecimal" },
		{ "{" IDS ",\"interfaces\":[\"0g:06:50\"]}", "interfaces[0]", "six hexadecimal" },
		{ "{" IDS ",\"interfaces\":[{}]}", "interfaces[0]", "\"class\", \"function\"" },
		{ "{" IDS ",\"interfaces\":[{\"class\":3}]}", "interfaces[0].class", "six" },
		{ "{" IDS ",\"interfaces\":[{\"class\":[\"080650\",3]}]}", "interfaces[0].class[1]",
		  "six" },
		{ "{" IDS ",\"interfaces\":[{\"function\":\"storge\"}]}", "interfaces[0].function",
		  "did you mean \"storage\"" },
		{ "{" IDS ",\"interfaces\":[{\"function\":[\"hub\",\"x\"]}]}",
		  "interfaces[0].function[1]", "known" },
		{ "{" IDS ",\"interfaces\":[{\"config\":256}]}", "interfaces[0].config",
		  "0 to 255" },
		{ "{" IDS ",\"interfaces\":[{\"number\":-1}]}", "interfaces[0].number",
		  "0 to 255" },
		{ "{" IDS ",\"interfaces\":[{\"clas\":\"080650\"}]}", "interfaces[0].clas",
		  "did you mean \"class\"" },
		{ "{" IDS ",\"interfaces\":[\"080650\",{\"number\":0,\"class\":\"080650\"}]}",
		  "interfaces[1]", "is here twice" },
		{ "{\"devices\":[]}", "devices", "there are 0" },
		{ "{\"devices\":[{},{}]}", "devices", "there are 2" },
		{ "{\"devices\":[7]}", "devices[0]", "A device" },
		{ "{\"device\":7}", "device", "An object" },
		{ "{\"device\":{" IDS "}}", "device", "\"interfaces\" is missing" },
		{ "{\"device\":{\"vendor\":\"x\"}}", "device.vendor", "four" },
		{ "{\"device\":{" IDS "},\"interfaces\":7}", "interfaces", "A list" },
		{ "{\"devices\":[{\"device\":{\"vendor\":\"x\"}}]}", "devices[0].device.vendor",
		  "four" },
		{ "nonsense", "", "" },
		{ "{\"vendor\":\"0951\",\"vendor\":\"0951\"}", "", "duplicate" },
		{ "/* open", "", "does not end" },
		{ "[[[[[[[[[[]]]]]]]]]]", "", "inside each other" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct device_given given;
		struct rules_error error;

		assert_int_equal(parse(cases[i].text, &given, &error), -EBADMSG);
		if (strcmp(error.path, cases[i].path) != 0 ||
		    strstr(error.message, cases[i].message) == NULL)
			fail_msg("%s: %s: %s", cases[i].text, error.path, error.message);
		assert_true(cases[i].path[0] == '\0' || error.line == 1);
	}
}

static void limits(void **state)
{
	struct device_given given;
	struct rules_error error;
	char *large = malloc(DEVICE_JSON_MAX_BYTES + 1), *text = malloc(100000);
	char *end;

	(void)state;
	assert_non_null(large);
	assert_non_null(text);
	memset(large, ' ', DEVICE_JSON_MAX_BYTES + 1);
	assert_int_equal(device_json_parse(large, DEVICE_JSON_MAX_BYTES + 1, &given, &error),
			 -E2BIG);
	end = text + sprintf(text, "{" IDS ",\"interfaces\":[");
	for (int i = 0; i < DEVICE_MAX_INTERFACES; i++)
		end += sprintf(end, "%s\"080650\"", i == 0 ? "" : ",");
	strcpy(end, "]}");
	assert_int_equal(parse(text, &given, &error), 0);
	strcpy(end, ",\"080650\"]}");
	assert_int_equal(parse(text, &given, &error), -EBADMSG);
	assert_non_null(strstr(error.message, "More than 64 interfaces"));
	end = text + sprintf(text, "{" IDS ",\"interfaces\":[{\"class\":[");
	for (int i = 0; i < DEVICE_MAX_TRIPLES; i++)
		end += sprintf(end, "%s\"0806%02x\"", i == 0 ? "" : ",", (unsigned)i);
	strcpy(end, "]}]}");
	assert_int_equal(parse(text, &given, &error), 0);
	strcpy(end, ",\"080650\"]}]}");
	assert_int_equal(parse(text, &given, &error), -EBADMSG);
	assert_non_null(strstr(error.message, "More than 128 class codes"));
	memset(large, 'x', DEVICE_TEXT_SIZE);
	snprintf(text, 100000, "{\"serial\":\"%.*s\"," IDS ",\"interfaces\":[]}",
		 DEVICE_TEXT_SIZE - 1, large);
	assert_int_equal(parse(text, &given, &error), 0);
	snprintf(text, 100000, "{\"serial\":\"%.*s\"}", DEVICE_TEXT_SIZE, large);
	assert_int_equal(parse(text, &given, &error), -EBADMSG);
	assert_non_null(strstr(error.message, "longer than 378"));
	free(large);
	free(text);
}

static void every_truncation(void **state)
{
	(void)state;
	for (size_t size = 0; size < sizeof(everything) - 2; size++) {
		struct device_given given;
		struct rules_error error;
		char *copy = malloc(size + 1);

		assert_non_null(copy);
		memcpy(copy, everything, size);
		assert_int_equal(device_json_parse(copy, size, &given, &error), -EBADMSG);
		free(copy);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_member), cmocka_unit_test(what_is_not_said),
		cmocka_unit_test(functions),	cmocka_unit_test(escapes),
		cmocka_unit_test(records),	cmocka_unit_test(refusals),
		cmocka_unit_test(limits),	cmocka_unit_test(every_truncation),
	};

	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
