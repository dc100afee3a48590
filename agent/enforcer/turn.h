/* turn - how long one turn of the loop may go on.
 * Only the loop tells systemd's watchdog that the enforcer lives (sd_event_set_watchdog(3)), and
 * only it hears SIGTERM.  So what there may be much of, as much as somebody plugs in, is done until
 * TURN_US is over, and the rest in the turns after; of what is begun one piece is always done. What
 * one piece can wait for has a deadline of its own (identify.h). */
#pragma once

enum { TURN_US = 1000 * 1000 };
