/* site_disposals - dispose of what is kept of a site beside its ledgers, as disposals.h does of
 * lines. Internal to server/store.
 *
 * Over are: a grant when it ends, a finding when it is closed, an enrolment token when it expires,
 * and a start of a machine (boots.h) when it is heard last.  When that is as long ago as roll-ups
 * say who it was, they do not say any more who made, revoked or closed them and why, nor what the
 * machine was called and where it was; of findings, the audit log does.  When it is as long ago as
 * records are kept, they go.  What a hold on any of their hosts covers stays as it is.  The last
 * start of a machine stays, since it says which one is the host, and so do those that are refused.
 */
#pragma once

#include "disposals.h"

struct connection;

/* Dispose of all that is due, in the transaction that runs, and count it in *@tally.  0 or -errno.
 */
int site_disposals(struct connection *connection, const struct disposals *disposals,
		   struct disposals_tally *tally) __attribute__((warn_unused_result));
