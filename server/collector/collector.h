/* collector - the root of the program: what every request may use.  Lives on main's stack. */
#pragma once

#include <stdatomic.h>

#include "budget.h"
#include "config.h"
#include "disk_watch.h"
#include "facts_api.h"
#include "metrics.h"
#include "patience.h"
#include "rates.h"
#include "revoked.h"
#include "server_certificate.h"
#include "server/store/store.h"
#include "uploads.h"
#include "waiters.h"

struct collector {
	struct config config;
	struct store *store;
	const char *directory; /* of data; borrowed from the command line */
	struct revoked revoked;
	struct waiters waiters;
	struct uploads uploads; /* run by the server */
	struct facts_cache facts;
	struct metrics metrics;
	struct budget budget;
	struct rates rates;
	struct patience patience;
	struct disk_watch disk;
	atomic_int running; /* requests begun and not yet answered */
	struct server_certificate certificate;
	atomic_uint silent_after_s;
	atomic_llong certificate_life_s; /* of machines */
};
