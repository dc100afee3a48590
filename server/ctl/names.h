/* names - the first few of many, for one line: "ws1 (finance), ws2 (finance), ...". */
#pragma once

#include <stddef.h>

enum { NAMES_SHOWN = 5, NAMES_SIZE = 1024 };

struct names {
	size_t n;
	char text[NAMES_SIZE];
};

/* Add @name, with @more in brackets if it is not "". */
void names_add(struct names *names, const char *name, const char *more);
