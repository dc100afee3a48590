/* PostgreSQL's LISTEN and NOTIFY (its manual, "NOTIFY"): what is told in a transaction is heard
 * when it commits. */
#include "postgresql_engine.h"

#include <errno.h>
#include <stdlib.h>

#include <libpq-fe.h>

#define CHANNEL "devgate"

int postgresql_listen(struct connection *connection)
{
	return connection_run(connection, "LISTEN " CHANNEL);
}

int postgresql_listen_fd(const struct connection *connection)
{
	return PQsocket(connection->handle);
}

/* The channel is the database's: who uses other tables of it looks in vain. */
int postgresql_tell(struct connection *connection, unsigned news)
{
	struct statement *s;
	int r = statement_start(connection, "SELECT pg_notify('" CHANNEL "', CAST($1 AS TEXT))", &s,
				"i", (int64_t)news);

	if (r < 0)
		return r;
	do
		r = statement_next(s);
	while (r > 0);
	statement_done(s);
	return r;
}

int postgresql_hear(struct connection *connection, unsigned *news)
{
	PGnotify *notify;

	if (!PQconsumeInput(connection->handle) || PQstatus(connection->handle) != CONNECTION_OK)
		return engine_fail(-EIO, "%s", PQerrorMessage(connection->handle));
	while ((notify = PQnotifies(connection->handle)) != NULL) {
		*news |= (unsigned)strtoul(notify->extra, NULL, 10) & _NEWS_ALL;
		PQfreemem(notify);
	}
	return 0;
}
