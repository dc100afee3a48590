/* control_trail - what devgate-filewatch asks: the rings that the kernel tells of files in, and to
 * have records written of what it found in them.  And what is recorded when it does not run. */
#pragma once

#include "control.h"

struct enforcer;

/* "filewatch": the reply brings the rings' descriptors, for reading; from then on the peer is the
 * watcher.  "trail N", with one piece of sealed memory: a record (agent/common/trail_record.h);
 * and N things before it are not known.
 * "filewatch-end": it ends in order. */
control_handler control_on_filewatch, control_on_trail, control_on_filewatch_end;

/* The watcher's connection has ended.  control_gone_handler; @userdata: the enforcer. */
void control_on_filewatch_gone(void *userdata, bool orderly);

/* To be called once in a while: record what was lost, and that nobody watches. */
void control_check_trail(struct enforcer *enforcer);
