/* circumstances - what a decision depends on beside the device itself: who is there, where and
 * when it is, what this machine remembers of the device, and what is on its medium.
 *
 * Pure values; texts and lists are borrowed for the call.  Every fact may be unknown.  A condition
 * on an unknown fact neither holds nor fails: both cases are judged, and the stricter of the two is
 * what is decided (decide.h). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "function.h"

/* One bit for each kind of fact. */
enum fact {
	FACT_USER = 1 << 0,
	FACT_GROUP = 1 << 1,
	FACT_HOST = 1 << 2,
	FACT_UNIT = 1 << 3,
	FACT_TIME = 1 << 4,
	FACT_SESSION = 1 << 5,
	FACT_SITE = 1 << 6,
	FACT_FIRST_SEEN = 1 << 7,
	FACT_COUNT = 1 << 8,
	FACT_IDENTITY = 1 << 9,
	FACT_ENCRYPTION = 1 << 10,
	FACT_SIZE = 1 << 11,
	FACT_LABEL = 1 << 12,
	FACT_CLASSIFICATION = 1 << 13,
	FACT_VIOLATIONS = 1 << 14,
	FACT_HOSTS_SEEN = 1 << 15,
	FACT_HISTORY = 1 << 16,
	_FACT_ALL = (1 << 17) - 1,
};

typedef uint32_t fact_set; /* bits of enum fact */

enum session {
	SESSION_UNKNOWN,
	SESSION_NONE,	/* nobody is logged in at the seat */
	SESSION_ACTIVE, /* somebody is */
	SESSION_LOCKED, /* somebody is, and the screen is locked */
	_SESSION_MAX,
};

enum site { SITE_UNKNOWN, SITE_OFF, SITE_ON, _SITE_MAX };

/* How well the device says who it is (ARCHITECTURE: every text is a claim). */
enum identity {
	IDENTITY_UNKNOWN,
	IDENTITY_NONE,	    /* no serial */
	IDENTITY_SERIAL,    /* a serial, and nothing speaks against it */
	IDENTITY_CHANGED,   /* its descriptors are others than at its last stay */
	IDENTITY_DUPLICATE, /* another device with the same ids and serial is plugged in, too */
	_IDENTITY_MAX,
};

enum encryption {
	ENCRYPTION_UNKNOWN,
	ENCRYPTION_NONE,
	ENCRYPTION_LUKS,
	ENCRYPTION_BITLOCKER,
	_ENCRYPTION_MAX,
};

enum { MINUTES_OF_DAY = 24 * 60, MINUTES_OF_WEEK = 7 * MINUTES_OF_DAY };

struct circumstances {
	const char *user;	   /* logged in at the seat; "" for nobody; NULL unknown */
	const char *const *groups; /* of @user, @n_groups of them; NULL unknown */
	size_t n_groups;
	const char *host, *unit; /* NULL unknown */
	int minute;		 /* of the week, in the machine's zone: 0 is Monday 00:00; -1 */
	enum session session;
	enum site site;
	int32_t known_days;	      /* whole days since first plugged in here; -1 unknown */
	int32_t count[_FUNCTION_MAX]; /* with it: this device and those plugged in before; -1 */
	enum identity identity;
	enum encryption encryption;
	int64_t media_bytes;	    /* -1 unknown */
	const char *label;	    /* of the file system, "" for none; NULL unknown */
	const char *classification; /* of the unit's data; NULL unknown */
	int32_t violations;	    /* open ones of the user; -1 unknown */
	int32_t hosts_seen;	    /* how many hosts this device was seen on; -1 unknown */
	int32_t denials;	    /* how often this device was denied here before; -1 unknown */
	/* What the collector tells of the same facts.  Who tells it is not trusted to loosen: it
	 * counts beside what is above, and only where it tightens (decide.h).  -1: it tells
	 * nothing.
	 */
	struct circumstances_told {
		int32_t violations, hosts_seen;
	} told;
};

/* All unknown: what to begin from. */
extern const struct circumstances circumstances_unknown;

const char *session_to_text(enum session session);
int session_from_text(const char *text); /* or -EINVAL; so the three below */
const char *site_to_text(enum site site);
int site_from_text(const char *text);
const char *identity_to_text(enum identity identity);
int identity_from_text(const char *text);
const char *encryption_to_text(enum encryption encryption);
int encryption_from_text(const char *text);

/* The word of one fact, as the condition that asks for it is called ("user", "first-seen").
 * Static storage. */
const char *fact_to_text(enum fact fact);
