/* policy - `devgate policy`: try a policy out, and bring one over from another product.  Needs no
 * enforcer and no rights.
 * Each subcommand is a file; each returns an exit status: 0; 1 for a "no" (findings, a denial, a
 * row that differs, a change) or a failure; 2 for wrong use; having said on stderr what is wrong.
 */
#pragma once

#include "policy_arguments.h"

int policy_check(const struct policy_arguments *arguments);
int policy_test(const struct policy_arguments *arguments);
int policy_explain(const struct policy_arguments *arguments);
int policy_format(const struct policy_arguments *arguments);
int policy_diff(const struct policy_arguments *arguments);
int policy_generate(const struct policy_arguments *arguments);
int policy_import(const struct policy_arguments *arguments);
