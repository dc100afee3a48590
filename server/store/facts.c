#include "facts.h"

#include <errno.h>
#include <string.h>

#include "connection.h"
#include "policy/event.h"
#include "policy/text.h"
#include "usage.h"

/* The day FACTS_DAYS before @today. */
static int first_day(const char *today, char ret[static 21])
{
	char midnight[32];
	int64_t at;

	if (strlen(today) != USAGE_DAY_SIZE - 1)
		return -EINVAL;
	memcpy(midnight, today, USAGE_DAY_SIZE - 1);
	strcpy(midnight + USAGE_DAY_SIZE - 1, "T00:00:00Z");
	if (text_time_parse(midnight, &at) < 0)
		return -EINVAL;
	text_time(at - (int64_t)FACTS_DAYS * 86400, ret);
	ret[USAGE_DAY_SIZE - 1] = '\0';
	return 0;
}

static int read_all(struct reading *reading, facts_handler *handler, void *context)
{
	struct statement *s = reading->rows;
	int r;

	while ((r = statement_next(s)) > 0) {
		char name[EVENT_TEXT_SIZE];

		statement_text(s, 0, name, sizeof(name));
		r = handler(context, name, statement_integer(s, 1));
		if (r < 0)
			break;
	}
	return reading_end(reading, r);
}

int facts_each_person(struct store *store, const char *host, const char *today,
		      facts_handler *handler, void *context)
{
	struct reading reading;
	char since[21];
	int r = first_day(today, since);

	if (r < 0)
		return r;
	r = reading_start(&reading, store,
			  "SELECT person, CAST(sum(violations) AS BIGINT) FROM usage"
			  " WHERE day >= $2 AND person IN (SELECT u.person FROM usage u"
			  "  JOIN host h ON h.id = u.host"
			  "  WHERE h.uuid = $1 AND u.day >= $2 AND u.person <> '')"
			  " GROUP BY person ORDER BY person LIMIT $3",
			  "tti", host, since, (int64_t)FACTS_PEOPLE_MAX);
	return r < 0 ? r : read_all(&reading, handler, context);
}

int facts_each_device(struct store *store, const char *host, facts_handler *handler, void *context)
{
	struct reading reading;
	int r = reading_start(&reading, store,
			      "SELECT m.device, (SELECT count(DISTINCT u.host) FROM usage u"
			      " WHERE u.device = m.device)"
			      " FROM (SELECT u.device, max(u.day) AS latest FROM usage u"
			      "  JOIN host h ON h.id = u.host WHERE h.uuid = $1 AND u.device <> ''"
			      "  GROUP BY u.device ORDER BY latest DESC, u.device LIMIT $2) m"
			      " ORDER BY m.device",
			      "ti", host, (int64_t)FACTS_OF_HOST_MAX);

	return r < 0 ? r : read_all(&reading, handler, context);
}

int facts_each_widespread(struct store *store, facts_handler *handler, void *context)
{
	struct reading reading;
	int r = reading_start(&reading, store,
			      "SELECT device, count(DISTINCT host) FROM usage WHERE device <> ''"
			      " GROUP BY device HAVING count(DISTINCT host) >= $1"
			      " ORDER BY count(DISTINCT host) DESC, device LIMIT $2",
			      "ii", (int64_t)FACTS_WIDESPREAD, (int64_t)FACTS_WIDESPREAD_MAX);

	return r < 0 ? r : read_all(&reading, handler, context);
}
