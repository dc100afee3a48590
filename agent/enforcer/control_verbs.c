#include "control_verbs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/common/cleanup.h"
#include "agent/common/log.h"
#include "bus_kind.h"
#include "clock.h"
#include "control_trail.h"
#include "enforcer.h"
#include "explain.h"
#include "grant_change.h"
#include "policy/text.h"
#include "policy_change.h"
#include "record.h"
#include "removal.h"
#include "usbnode.h"

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

/* When the version that was taken back is tried again: null, if it is not. */
static json_t *again_status(const struct enforcer *enforcer)
{
	const int64_t after = provisional_again(enforcer);
	char text[21];

	if (after == 0)
		return json_null();
	text_time(after, text);
	return json_pack("{s:s, s:b}", "after", text, "due", enforcer->policy.again);
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
	return json_pack("{s:I, s:o, s:s, s:s?, s:b, s:o, s:o, s:I, s:i, s:o}", "version",
			 (json_int_t)bundle->manifest.version, "name",
			 record_text(held ? rules_name(bundle->rules) : ""), "mode",
			 !held				   ? "builtin"
			 : rules_audit_only(bundle->rules) ? "audit"
							   : "enforce",
			 "expires", held ? expires : NULL, "expired",
			 policy_store_expired(store, ROLE_POLICY, clock_now_us() / 1000000),
			 "signers", signers, "provisional", trial_status(enforcer), "rolled_back",
			 (json_int_t)policy_store_undone(store), "rolled_back_times",
			 (int)policy_store_undone_times(store), "again", again_status(enforcer));
}

static size_t count_denied(const struct devices *devices)
{
	size_t n = 0;

	for (size_t i = 0; i < devices->n; i++)
		n += devices->items[i]->decision.verdict == VERDICT_DENY;
	return n;
}

/* How many of the agent's own files are not as they were installed: null, if it is not known yet.
 */
static json_t *own_files_status(const struct own_files *own)
{
	return own->known ? json_integer((json_int_t)own->faults) : json_null();
}

static int on_status(void *userdata, const struct control_request *request)
{
	const struct enforcer *enforcer = userdata;
	char started[CLOCK_TEXT_SIZE];

	clock_text(enforcer->started_us, started);
	control_reply(
		request->peer,
		json_pack("{s:s, s:i, s:s, s:o, s:b, s:o, s:{s:I}, s:b, s:i, s:i, s:s, s:s, s:s, "
			  "s:o, s:o}",
			  "version", DEVGATE_VERSION, "pid", (int)getpid(), "started", started,
			  "ledger", ledger_status(&enforcer->recorder), "writable",
			  enforcer->recorder.writable, "policy", policy_status(enforcer),
			  "revocations", "version",
			  (json_int_t)policy_store_version(&enforcer->policy, ROLE_REVOCATIONS),
			  "enrolled", enforcer->policy.trusted, "devices", (int)enforcer->devices.n,
			  "denied", (int)count_denied(&enforcer->devices), "gate",
			  enforcer->gate_status, "noexec", enforcer->noexec.status, "trail",
			  enforcer->trail.status, "own_files_changed",
			  own_files_status(&enforcer->own_files), "grants",
			  grant_change_status(enforcer)));
	control_end(request->peer);
	return 0;
}

/* What the kernel has been told: of what only the gate keeps shut, that is the gate's. */
static bool is_let_work(const struct usbdev *dev)
{
	bool any = !bus_kind(dev->device.bus)->gated || dev->guarded;

	for (size_t i = 0; i < dev->decision.n; i++)
		any = any || decision_effect(&dev->decision, i) != VERDICT_DENY;
	return any && usbdev_authorized(dev);
}

static json_t *device_status(const struct enforcer *enforcer, const struct usbdev *dev)
{
	json_t *object = record_decision(dev, &dev->decision,
					 policy_store_version(&enforcer->policy, ROLE_POLICY));

	if (object != NULL &&
	    (json_object_set_new(object, "authorized", json_boolean(is_let_work(dev))) < 0 ||
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

/* Facts are no policy: nothing is recorded of them, but in the decisions that they tighten. */
static void offer_facts(struct enforcer *enforcer, const struct control_request *request)
{
	struct section text = { 0 };
	int r = request->n_fds == 1 ? section_map_sealed(request->fds[0], FACTS_MAX_BYTES, &text)
				    : -EBADMSG;

	if (r >= 0)
		r = surroundings_tell(&enforcer->surroundings, (const char *)text.bytes, text.size);
	section_finish(&text);
	if (r >= 0)
		control_reply(request->peer,
			      json_pack("{s:b, s:i}", "applied", true, "version", 1));
	else
		control_reply(request->peer,
			      json_pack("{s:b, s:s, s:s}", "applied", false, "refused",
					r == -EPERM ? "not-sealed" : "malformed", "text",
					strerror(-r)));
	control_end(request->peer);
}

static int on_offer(void *userdata, const struct control_request *request)
{
	struct enforcer *enforcer = userdata;
	int role = trust_role_from_text(request->arguments[0]);
	struct policy_outcome outcome;

	if (strcmp(request->arguments[0], "facts") == 0) {
		offer_facts(enforcer, request);
		return 0;
	}
	if (strcmp(request->arguments[0], trust_role_to_text(ROLE_GRANTS)) == 0)
		grant_change_offer(enforcer, request->fds, request->n_fds, &outcome);
	else if (role < 0)
		return -EBADMSG;
	else
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

	int r = policy_change_trust(enforcer, error);

	own_files_agree(&enforcer->own_files); /* also what it goes back to */
	if (r < 0)
		control_error(request->peer, "trust-root", error);
	else
		control_reply(request->peer, json_pack("{s:b, s:I}", "trusted", true, "version",
						       (json_int_t)enforcer->policy.trust.version));
	control_end(request->peer);
	return 0;
}

/* "b8:16" or "c189:5"; without a letter it is a block device. */
static int read_node(const char *text, struct gate_device *ret)
{
	const char *number = text + (text[0] == 'b' || text[0] == 'c');
	int used = 0;

	if (strspn(number, "0123456789:") != strlen(number) ||
	    sscanf(number, "%9u:%9u%n", &ret->major, &ret->minor, &used) != 2 ||
	    number[used] != '\0')
		return -EBADMSG;
	ret->type = text[0] == 'c' ? GATE_CHAR : GATE_BLOCK;
	return 0;
}

static bool is_settled(const struct enforcer *enforcer, const struct gate_device *node)
{
	if (!usbnode_is(node))
		return disks_is_settled(&enforcer->disks, node);
	for (size_t i = 0; i < enforcer->devices.n; i++) {
		const struct usbdev *dev = enforcer->devices.items[i];

		if (dev->judged && usbnode_is_of(node, dev))
			return true;
	}
	return false;
}

/* Marks it, too, if it lies on a marked disk and nobody has told of it yet. */
static int on_noexec(void *userdata, const struct control_request *request)
{
	struct enforcer *enforcer = userdata;
	struct gate_device node;
	int r = read_node(request->arguments[0], &node);

	if (r < 0 || node.type != GATE_BLOCK)
		return -EBADMSG;
	if (marks_look(&enforcer->trail, node.major, node.minor) < 0)
		log_debug("disk-mark", "No trail to look for");
	r = marks_look(&enforcer->noexec, node.major, node.minor);
	control_reply(request->peer, json_pack("{s:b}", "noexec", r > 0));
	control_end(request->peer);
	return 0;
}

static int on_settle(void *userdata, const struct control_request *request)
{
	struct enforcer *enforcer = userdata;
	struct gate_device node;
	int r = read_node(request->arguments[0], &node);
	char type;

	if (r < 0)
		return r;
	type = node.type == GATE_CHAR ? 'c' : 'b';
	disks_prune(&enforcer->disks); /* not the disk that had this number before */
	control_wait_settled(request->peer, type, node.major, node.minor);
	if (is_settled(enforcer, &node))
		control_settled(&enforcer->control, type, node.major, node.minor);
	return 0;
}

/* Who may hear what is decided for each notice. */
static int on_notices(void *userdata, const struct control_request *request)
{
	(void)userdata;
	control_reply(request->peer, json_pack("{s:b}", "listening", true));
	control_listen(request->peer);
	return 0;
}

const struct control_verb control_verbs[] = {
	{ "status", CONTROL_ANYONE, 0, 0, false, on_status },
	{ "devices", CONTROL_ANYONE, 0, 0, false, on_devices },
	{ "explain", CONTROL_ANYONE, 1, 1, false, on_explain },
	{ "notices", CONTROL_ANYONE, 0, 0, false, on_notices },
	{ "offer", CONTROL_OFFERER, 1, 1, true, on_offer },
	{ "confirm", CONTROL_OFFERER, 1, 1, false, on_confirm },
	{ "trust-reload", CONTROL_ROOT, 0, 0, false, on_trust_reload },
	{ "stopping", CONTROL_OFFERER, 0, 0, false, shutdown_on_request },
	{ "removing", CONTROL_ROOT, 1, 1, false, removal_on_request },
	{ "settle", CONTROL_ROOT, 1, 1, false, on_settle },
	{ "noexec", CONTROL_ROOT, 1, 1, false, on_noexec },
	{ "filewatch", CONTROL_ROOT, 0, 0, false, control_on_filewatch },
	{ "trail", CONTROL_ROOT, 1, 1, true, control_on_trail },
	{ "filewatch-end", CONTROL_ROOT, 0, 0, false, control_on_filewatch_end },
};
const size_t control_n_verbs = sizeof(control_verbs) / sizeof(control_verbs[0]);
