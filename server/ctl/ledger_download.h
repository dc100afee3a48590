/* ledger_download - fetch a ledger's exact lines, and check their chain as they come. */
#pragma once

#include "api.h"
#include "verify.h"

/* Fetch ledger @ledger of the host with id @host into @verify, which was started for it; what is
 * wrong with the lines is @verify's to say.  Returns 0; else told: -ENOENT if there is none,
 * -EREMOTEIO, or as api_request(). */
int ledger_download(struct api *api, const char *host, const char *ledger, struct verify *verify)
	__attribute__((warn_unused_result));
