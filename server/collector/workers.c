#include "workers.h"

#include <string.h>

#include "collector.h"
#include "log.h"

void workers_start(struct workers *workers, struct collector *collector,
		   const struct options *options)
{
	const struct checkpoint_key *key = &collector->config.checkpoint_key;

	workers->checkpoints = checkpointer_start(&workers->checkpointer, collector->store, key,
						  options->checkpoint_every_s);
	workers->disposals =
		disposer_start(&workers->disposer, collector->store, key, options->dispose_every_s);
	workers->silences =
		silence_start(&workers->silence, collector->store, &collector->silent_after_s,
			      &collector->metrics.silent_hosts);

	const int results[] = { workers->checkpoints, workers->disposals, workers->silences };
	for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++) {
		if (results[i] < 0)
			log_line(LOG_LEVEL_ERROR, "thread-refused", "%s", strerror(-results[i]));
	}
}

void workers_stop(struct workers *workers)
{
	if (workers->silences == 0)
		silence_stop(&workers->silence);
	if (workers->disposals == 0)
		disposer_stop(&workers->disposer);
	if (workers->checkpoints == 0)
		checkpointer_stop(&workers->checkpointer);
}
