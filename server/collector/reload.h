/* reload - take up what can be changed while the collector runs: server.crt and server.key, and the
 * settings of collector.json (settings.h).  All of it, or nothing. */
#pragma once

struct collector;
struct options;

/* Read the data directory's files again.  What is wrong is logged, and nothing changes then.
 * 0 or -errno. */
int reload(struct collector *collector, const struct options *options);

/* What the settings say goes for the running collector from now on. */
struct settings;
void reload_apply(struct collector *collector, const struct settings *settings);
