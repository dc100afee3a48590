#include "status_body.h"

#include <errno.h>

#include "agent/common/cleanup.h"
#include "policy/text.h"

/* Takes @root. */
static int pack(json_t *root, const struct machine *machine, int64_t now, char **ret)
{
	_cleanup_json_ json_t *owned = root, *self = NULL;
	char when[21];

	text_time(now, when);
	self = json_pack("{s:s, s:s, s:s, s:s}", "hostname", machine->hostname, "machine_id",
			 machine->name, "boot", machine->boot, "time", when);
	if (owned == NULL || self == NULL || json_object_update(owned, self) < 0)
		return -ENOMEM;
	*ret = json_dumps(owned, JSON_COMPACT);
	return *ret == NULL ? -ENOMEM : 0;
}

int status_body(const json_t *status, const struct machine *machine, int64_t now, char **ret)
{
	const char *version, *ledger, *mode, *gate;
	json_int_t next_seq, policy, revocations, rolled_back = 0;

	if (status == NULL)
		return pack(json_pack("{s:s, s:s, s:i, s:i, s:i, s:i, s:s, s:s}", "version",
				      DEVGATE_VERSION, "ledger", "", "next_seq", 0, "policy", 0,
				      "rolled_back", 0, "revocations", 0, "mode", "unknown", "gate",
				      "unavailable: the enforcer does not answer"),
			    machine, now, ret);
	if (json_unpack((json_t *)status, "{s:s, s:{s:s, s:I}, s:{s:I, s:s, s?I}, s:{s:I}, s:s}",
			"version", &version, "ledger", "id", &ledger, "next_seq", &next_seq,
			"policy", "version", &policy, "mode", &mode, "rolled_back", &rolled_back,
			"revocations", "version", &revocations, "gate", &gate) < 0)
		return -EBADMSG;
	return pack(json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:s, s:s}", "version", version,
			      "ledger", ledger, "next_seq", next_seq, "policy", policy,
			      "rolled_back", rolled_back, "revocations", revocations, "mode", mode,
			      "gate", gate),
		    machine, now, ret);
}
