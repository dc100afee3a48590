/* commands - what devgate can do; one file each.  Each returns an exit status: 0, 1 for failure, 2
 * for wrong use, having said on stderr what is wrong. */
#pragma once

#include "arguments.h"

enum { EXIT_USAGE = 2 };

int command_status(const struct arguments *arguments);
int command_devices(const struct arguments *arguments);
int command_explain(const struct arguments *arguments);
int command_events(const struct arguments *arguments);
int command_ledger(const struct arguments *arguments);
int command_boot(const struct arguments *arguments);
int command_enrol(const struct arguments *arguments);

/* `policy` has options of its own: @argv[0] is its name. */
int command_policy(int argc, char **argv);
