/* judge_internal - what judge.c, judge_decide.c and judge_stay.c share. */
#pragma once

#include "judge.h"

/* The first decision on a device of this run.  @stay: what the ledger knows of it, or NULL. */
void judge_first(struct enforcer *enforcer, struct usbdev *dev, const struct history_stay *stay);

/* Judge @dev, which has a decision in force, again; @changed as for judge_all(). */
void judge_again(struct enforcer *enforcer, struct usbdev *dev, fact_set changed);

/* @dev is denied in whole: is its stay only counted, as one of too many (flapping.h)?  Else its
 * record is due. */
bool judge_is_counted(struct enforcer *enforcer, struct usbdev *dev);

/* A device that came to @port went before it could be looked at: recorded, or counted. */
void judge_missed(struct enforcer *enforcer, const char *port);

/* @dev, whose stay was only counted, has gone. */
void judge_counted_left(struct enforcer *enforcer, const struct usbdev *dev);

/* @dev shows what was not judged: judge it as what it is now, and record that. */
void judge_shown(struct enforcer *enforcer, struct usbdev *dev);

/* The kernel refused what was decided on @dev, or it showed what it must not: it is denied, and
 * only another policy judges it again. */
bool judge_has_failed(const struct usbdev *dev);

/* Is what of @dev is a keyboard in the register, as @decision has it? */
bool judge_is_registered_keyboard(const struct usbdev *dev, const struct decision *decision);

/* Decide on @dev under the circumstances as they are.  Sets dev->identity, ->judged, and
 * ->examination: what the decision has to do with what is on its disks. */
void judge_decide(struct enforcer *enforcer, struct usbdev *dev, struct decision *ret);
