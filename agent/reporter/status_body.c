#include "status_body.h"

#include <errno.h>

#include "agent/common/cleanup.h"

static int pack(json_t *root, char **ret)
{
	_cleanup_json_ json_t *owned = root;

	*ret = owned != NULL ? json_dumps(owned, JSON_COMPACT) : NULL;
	return *ret == NULL ? -ENOMEM : 0;
}

int status_body(const json_t *status, char **ret)
{
	const char *version, *ledger, *mode, *gate;
	json_int_t next_seq, policy, revocations, rolled_back = 0;

	if (status == NULL)
		return pack(json_pack("{s:s, s:s, s:i, s:i, s:i, s:i, s:s, s:s}", "version",
				      DEVGATE_VERSION, "ledger", "", "next_seq", 0, "policy", 0,
				      "rolled_back", 0, "revocations", 0, "mode", "unknown", "gate",
				      "unavailable: the enforcer does not answer"),
			    ret);
	if (json_unpack((json_t *)status, "{s:s, s:{s:s, s:I}, s:{s:I, s:s, s?I}, s:{s:I}, s:s}",
			"version", &version, "ledger", "id", &ledger, "next_seq", &next_seq,
			"policy", "version", &policy, "mode", &mode, "rolled_back", &rolled_back,
			"revocations", "version", &revocations, "gate", &gate) < 0)
		return -EBADMSG;
	return pack(json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:s, s:s}", "version", version,
			      "ledger", ledger, "next_seq", next_seq, "policy", policy,
			      "rolled_back", rolled_back, "revocations", revocations, "mode", mode,
			      "gate", gate),
		    ret);
}
