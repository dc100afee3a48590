/* policy_register - a register of media as a file: the section that agents get (registered.h), or a
 * list that people edit, register.csv, with the columns vendor, product, serial, tag, name,
 * custodian, unit, verdict, modifiers, functions. */
#pragma once

#include <stdint.h>
#include <stdio.h>

#include "policy/import/import.h"
#include "policy/registered.h"

/* Read either.  A medium without a tag gets its ids for one.  Gives *@ret_bytes, to be freed, and
 * *@ret, a view of them.  Returns 0 or -errno, said on stderr. */
int policy_register_read(const char *path, uint8_t **ret_bytes, struct registered *ret)
	__attribute__((warn_unused_result));

/* Write @media as register.csv.  Returns 0, or -EIO if @to has an error. */
int policy_register_write(FILE *to, const struct import_medium *media, size_t n)
	__attribute__((warn_unused_result));
