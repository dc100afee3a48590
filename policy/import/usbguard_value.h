/* usbguard_value - the values that USBGuard's attributes can have, read.
 * Internal to policy/import/usbguard*.  Each fills *@ret and puts the reader behind the value.
 * Returns 0; -EBADMSG with the error filled; -ENOMEM. */
#pragma once

#include "usbguard_rule.h"

/* "..." with \" \\ and \xHH. */
int usbguard_value_text(struct usbguard_reader *reader, struct usbguard_value *ret)
	__attribute__((warn_unused_result));

/* vvvv:pppp, vvvv:* or *:*. */
int usbguard_value_id(struct usbguard_reader *reader, struct usbguard_value *ret)
	__attribute__((warn_unused_result));

/* cc:ss:pp, cc:ss:* or cc:*:*. */
int usbguard_value_interface(struct usbguard_reader *reader, struct usbguard_value *ret)
	__attribute__((warn_unused_result));

/* [!]name or [!]name(argument): in usbguard_condition.c. */
int usbguard_value_condition(struct usbguard_reader *reader, struct usbguard_value *ret)
	__attribute__((warn_unused_result));
