/* postgresql_engine - parts of that engine that are in files of their own; see struct engine. */
#pragma once

#include "connection.h"

int postgresql_listen(struct connection *connection);
int postgresql_listen_fd(const struct connection *connection);
int postgresql_tell(struct connection *connection, unsigned news);
int postgresql_hear(struct connection *connection, unsigned *news);
