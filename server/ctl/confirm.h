/* confirm - ask the person at the terminal before something takes effect. */
#pragma once

#include <stdbool.h>

/* True if @assumed (--yes), or if the person answers yes to @question.  Asks on standard error and
 * reads standard input; without a terminal there nobody can answer, so it says to give --yes and
 * returns false. */
bool confirm(const char *question, bool assumed) __attribute__((warn_unused_result));
