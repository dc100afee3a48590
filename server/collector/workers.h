/* workers - the threads beside the ports; without one of them the collector still keeps records. */
#pragma once

#include "checkpointer.h"
#include "disposer.h"
#include "silence.h"

struct collector;
struct options;

struct workers {
	struct checkpointer checkpointer;
	struct disposer disposer;
	struct silence silence;
	int checkpoints, disposals, silences; /* 0: it runs */
};

/* Start them all; what cannot be started is logged. */
void workers_start(struct workers *workers, struct collector *collector,
		   const struct options *options);
void workers_stop(struct workers *workers);
