/* rules_error - where and why a document that officers write was refused. */
#pragma once

struct rules_error {
	int line, column;  /* 1-based; 0 where not known */
	char path[128];	   /* "rules[3].match.vendor" */
	char message[256]; /* English, one sentence, with a suggestion where there is one */
};
