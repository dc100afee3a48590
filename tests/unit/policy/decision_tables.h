/* decision_tables - documents for the tests of decision_table*.c. */
#pragma once

#define HEAD "{\"schema\":\"devgate-table-1\",\"name\":\"n\","
#define RULES(rules)                                                                               \
	"\"rules\":{\"schema\":\"devgate-rules-1\",\"name\":\"r\",\"mode\":\"enforce\",\"rules\":" \
	"[" rules "]},"
#define STICK                                                                                      \
	"\"s\":{\"vendor\":\"0951\",\"product\":\"1666\",\"serial\":\"S\",\"interfaces\":"         \
	"[\"080650\"]}"
#define BEFORE HEAD RULES("") "\"devices\":{" STICK "},"

static const char full[] = "// everything\n" HEAD RULES(
	"{\"id\":\"a\",\"match\":{\"function\":\"storage\","
	"\"user\":\"u\"},\"verdict\":\"by-risk\"}") "\"risk\":{\"schema\":\"devgate-risk-1\","
						    "\"name\":\"m\",\"base\":{\"likelihood\":1,"
						    "\"impact\":1},\"factors\":{},\"thresholds\":[{"
						    "\"from\":1,\"verdict\":\"allow\"}]},\n"
						    "\"devices\":{" STICK
						    ",\"t\":{\"like\":\"s\",\"serial\":\"T\"},"
						    "\"l\":{\"like\":\"t\",\"serial\":\"L\","
						    "\"present\":true}},\n"
						    "\"registered\":[{\"device\":\"t\",\"verdict\":"
						    "\"read-only\",\"modifiers\":[\"trail\"],"
						    "\"functions\":\"*\",\"digest\":false,\"tag\":"
						    "\"A\"}],\n"
						    "\"revoked\":[{\"device\":\"l\"}],\n"
						    "\"circumstances\":{\"user\":\"u\",\"unit\":"
						    "\"x\"},\n"
						    "\"rows\":[[\"s\",{},\"allow\",\"risk "
						    "a\",{\"risk\":1,\"audit\":false,\"unknown\":[]"
						    ","
						    "\"interfaces\":[\"allow risk "
						    "a\"],\"effects\":[\"allow\"],\"modifiers\":[]}"
						    "],\n"
						    "{\"device\":\"t\",\"verdict\":\"read-only\","
						    "\"by\":\"registered A\",\"modifiers\":"
						    "[\"trail\"]},\n"
						    "[\"l\",{},\"deny\",\"revoked "
						    "l\"],[\"s\",{\"user\":null},\"deny\"],\n"
						    "[{\"like\":\"s\",\"interfaces\":[\"080650\","
						    "\"030101\"]},{},\"partial allow\",null]]}\n";
