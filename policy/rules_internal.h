/* rules_internal - how a rules document is held in memory.  Between rules.c and rules_parse.c. */
#pragma once

#include "rules.h"

/* A list of values, one of which must hold.  No list (n == 0) holds always. */
struct match_list {
	size_t n;
	void *values; /* owned */
};

struct match {
	function_set functions;	   /* 0: any */
	uint32_t connects;	   /* bit (1u << enum connect_type); 0: any */
	struct match_list vendors; /* uint16_t */
	struct match_list products;
	struct match_list digests; /* DEVICE_DIGEST_SIZE bytes each */
	struct match_list serials; /* NUL-terminated strings, one after the other */
	struct match_list ports;
};

struct match_rule {
	struct rule rule; /* its texts are owned */
	struct match match;
};

struct rules {
	char name[RULES_NAME_SIZE];
	bool audit_only;
	struct outcome defaults[_FUNCTION_MAX];
	size_t n;
	struct match_rule *rules; /* owned */
	uint32_t *places;	  /* 0, 1, 2, ... n - 1; owned */
};
