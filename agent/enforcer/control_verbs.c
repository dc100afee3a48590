#include "control_verbs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/common/cleanup.h"
#include "clock.h"
#include "enforcer.h"
#include "explain.h"
#include "policy/text.h"
#include "policy_change.h"
#include "record.h"

static json_t *ledger_status(const struct recorder *recorder)
{
	char hash[2 * LEDGER_HASH_SIZE + 1];

	text_hex(recorder->ledger.chain.hash, LEDGER_HASH_SIZE, hash);
	return json_pack("{s:s, s:I, s:s}", "id", recorder->ledger.id, "next_seq",
			 (json_int_t)recorder->ledger.chain.next_seq, "hash", hash);
}

static json_t *trial_status(const struct enforcer *enforcer)
{
	const struct policy_trial *trial = policy_store_trial(&enforcer->policy);
	char until[21];

	if (trial == NULL)
		return json_null();
	text_time(provisional_until(enforcer), until);
	return json_pack("{s:s, s:I}", "until", until, "previous",
			 (json_int_t)trial->previous_version);
}

static json_t *policy_status(const struct enforcer *enforcer)
{
	const struct policy_store *store = &enforcer->policy;
	const struct loaded_bundle *bundle = &store->roles[ROLE_POLICY];
	bool held = bundle->manifest.version > 0;
	json_t *signers = json_array();
	char expires[21] = "";

	if (held)
		text_time(bundle->manifest.expires, expires);
	for (size_t i = 0; i < bundle->n_signers; i++)
		json_array_append_new(signers, record_text(bundle->signers[i]));
	return json_pack("{s:I, s:o, s:s, s:s?, s:b, s:o, s:o, s:I}", "version",
			 (json_int_t)bundle->manifest.version, "name",
			 record_text(held ? rules_name(bundle->rules) : ""), "mode",
			 !held				   ? "builtin"
			 : rules_audit_only(bundle->rules) ? "audit"
							   : "enforce",
			 "expires", held ? expires : NULL, "expired",
			 policy_store_expired(store, ROLE_POLICY, clock_now_us() / 1000000),
			 "signers", signers, "provisional", trial_status(enforcer), "rolled_back",
			 (json_int_t)policy_store_undone(store));
}

static size_t count_denied(const struct devices *devices)
{
	size_t n = 0;

	for (size_t i = 0; i < devices->n; i++)
		n += devices->items[i]->decision.verdict == VERDICT_DENY;
	return n;
}

static int on_status(void *userdata, const struct control_request *request)
{
	const struct enforcer *enforcer = userdata;
	char started[CLOCK_TEXT_SIZE];

	clock_text(enforcer->started_us, started);
	control_reply(
		request->peer,
		json_pack("{s:s, s:i, s:s, s:o, s:b, s:o, s:{s:I}, s:b, s:i, s:i, s:s}", "version",
			  DEVGATE_VERSION, "pid", (int)getpid(), "started", started, "ledger",
			  ledger_status(&enforcer->recorder), "writable",
			  enforcer->recorder.writable, "policy", policy_status(enforcer),
			  "revocations", "version",
			  (json_int_t)policy_store_version(&enforcer->policy, ROLE_REVOCATIONS),
			  "enrolled", enforcer->policy.trusted, "devices", (int)enforcer->devices.n,
			  "denied", (int)count_denied(&enforcer->devices), "gate",
			  enforcer->gate_status));
	control_end(request->peer);
	return 0;
}

static json_t *device_status(const struct enforcer *enforcer, const struct usbdev *dev)
{
	json_t *object = record_decision(dev, &dev->decision,
					 policy_store_version(&enforcer->policy, ROLE_POLICY));

	if (object != NULL &&
	    (json_object_set_new(object, "authorized", json_boolean(usbdev_authorized(dev))) < 0 ||
	     json_object_set_new(object, "guarded", json_boolean(dev->guarded)) < 0)) {
		json_decref(object);
		object = NULL;
	}
	return object;
}

static int on_devices(void *userdata, const struct control_request *request)
{
	const struct enforcer *enforcer = userdata;

	for (size_t i = 0; i < enforcer->devices.n; i++)
		control_reply(request->peer, device_status(enforcer, enforcer->devices.items[i]));
	control_end(request->peer);
	return 0;
}

static int on_explain(void *userdata, const struct control_request *request)
{
	const struct enforcer *enforcer = userdata;
	const struct usbdev *dev = devices_find(&enforcer->devices, request->arguments[0]);
	struct policy_view view = policy_store_view(&enforcer->policy);
	json_t *object;

	if (dev == NULL) {
		control_error(request->peer, "not-found",
			      "No device is at that port; \"devgate devices\" lists them.");
	} else {
		object = device_status(enforcer, dev);
		if (object != NULL)
			json_object_set_new(object, "order", explain_order(&view, dev));
		control_reply(request->peer, object);
	}
	control_end(request->peer);
	return 0;
}

static int on_offer(void *userdata, const struct control_request *request)
{
	struct enforcer *enforcer = userdata;
	int role = trust_role_from_text(request->arguments[0]);
	struct policy_outcome outcome;

	if (role < 0)
		return -EBADMSG;
	policy_change_offer(enforcer, (enum trust_role)role, request->fds, request->n_fds,
			    &outcome);
	if (outcome.applied)
		control_reply(request->peer, json_pack("{s:b, s:I}", "applied", true, "version",
						       (json_int_t)outcome.version));
	else
		control_reply(request->peer,
			      json_pack("{s:b, s:s, s:o}", "applied", false, "refused",
					outcome.refused, "text", record_text(outcome.text)));
	control_end(request->peer);
	return 0;
}

static int on_confirm(void *userdata, const struct control_request *request)
{
	const char *text = request->arguments[0];
	struct enforcer *enforcer = userdata;
	unsigned long long version;
	int r;

	if (strlen(text) > 18 || strspn(text, "0123456789") != strlen(text))
		return -EBADMSG;
	version = strtoull(text, NULL, 10);
	r = provisional_confirm(enforcer, version);
	if (r == -ENOENT)
		control_error(request->peer, "not-provisional", "No policy waits for this.");
	else if (r == -ESTALE)
		control_error(request->peer, "wrong-version",
			      "Another version is the one that waits for this.");
	else if (r < 0)
		control_error(request->peer, "not-stored", strerror(-r));
	else
		control_reply(request->peer, json_pack("{s:b, s:I}", "confirmed", true, "version",
						       (json_int_t)version));
	control_end(request->peer);
	return 0;
}

static int on_trust_reload(void *userdata, const struct control_request *request)
{
	struct enforcer *enforcer = userdata;
	char error[256] = "";

	if (policy_change_trust(enforcer, error) < 0)
		control_error(request->peer, "trust-root", error);
	else
		control_reply(request->peer, json_pack("{s:b, s:I}", "trusted", true, "version",
						       (json_int_t)enforcer->policy.trust.version));
	control_end(request->peer);
	return 0;
}

static int on_settle(void *userdata, const struct control_request *request)
{
	struct enforcer *enforcer = userdata;
	struct gate_device node = { .type = GATE_BLOCK };
	int used = 0;

	if (strspn(request->arguments[0], "0123456789:") != strlen(request->arguments[0]) ||
	    sscanf(request->arguments[0], "%9u:%9u%n", &node.major, &node.minor, &used) != 2 ||
	    request->arguments[0][used] != '\0')
		return -EBADMSG;
	disks_prune(&enforcer->disks); /* not the disk that had this number before */
	control_wait_settled(request->peer, node.major, node.minor);
	if (disks_is_settled(&enforcer->disks, &node))
		control_settled(&enforcer->control, node.major, node.minor);
	return 0;
}

const struct control_verb control_verbs[] = {
	{ "status", CONTROL_ANYONE, 0, 0, false, on_status },
	{ "devices", CONTROL_ANYONE, 0, 0, false, on_devices },
	{ "explain", CONTROL_ANYONE, 1, 1, false, on_explain },
	{ "offer", CONTROL_OFFERER, 1, 1, true, on_offer },
	{ "confirm", CONTROL_OFFERER, 1, 1, false, on_confirm },
	{ "trust-reload", CONTROL_ROOT, 0, 0, false, on_trust_reload },
	{ "settle", CONTROL_ROOT, 1, 1, false, on_settle },
};
const size_t control_n_verbs = sizeof(control_verbs) / sizeof(control_verbs[0]);
