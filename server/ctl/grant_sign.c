/* grant sign, publish - leave for one device at one workstation, for a time. */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "api.h"
#include "confirm.h"
#include "device_spec.h"
#include "duration.h"
#include "file.h"
#include "host.h"
#include "message.h"
#include "options.h"
#include "policy/text.h"
#include "published.h"
#include "server/pki/cleanup.h"
#include "signed_grant.h"
#include "signer.h"

struct wanted {
	const char *host, *device, *verdict, *span, *id, *reason, *key, *passphrase_file, *out;
	struct option_list functions, modifiers;
	bool yes;
};

/* A device_spec has a tag at its end, which a grant needs not. */
static int take_device(const char *text, struct grant *grant)
{
	char with_tag[DEVICE_TEXT_SIZE + 32], error[128];
	struct device_spec spec;

	snprintf(with_tag, sizeof(with_tag), "%s:-", text);
	if (strlen(text) + 2 >= sizeof(with_tag) || device_spec_parse(&spec, with_tag, error) < 0) {
		complain(_("--device %s: give VVVV:PPPP:SERIAL, or BUS/VVVV:PPPP:SERIAL"), text);
		return -EINVAL;
	}
	grant->bus = spec.bus;
	grant->vendor = spec.vendor;
	grant->product = spec.product;
	memcpy(grant->serial, spec.serial, sizeof(grant->serial));
	return 0;
}

static int take_words(const struct wanted *wanted, struct grant *grant)
{
	int verdict = verdict_from_text(wanted->verdict);

	for (size_t i = 0; i < wanted->functions.n; i++) {
		int function = function_from_text(wanted->functions.values[i]);

		if (function < 0) {
			complain(_("--function %s: there is no such function"),
				 wanted->functions.values[i]);
			return -EINVAL;
		}
		grant->functions |= FUNCTION_BIT(function);
	}
	if (wanted->functions.n == 0)
		grant->functions = FUNCTION_BIT(FUNCTION_STORAGE);
	for (size_t i = 0; i < wanted->modifiers.n; i++) {
		int modifier = modifier_from_text(wanted->modifiers.values[i]);

		if (modifier < 0) {
			complain(_("--modifier %s: give noexec, trail, notify or justify"),
				 wanted->modifiers.values[i]);
			return -EINVAL;
		}
		grant->modifiers |= (modifier_set)modifier;
	}
	if (verdict <= VERDICT_DENY) {
		complain(_("--verdict %s: give allow, read-only, encrypted-only or charge-only"),
			 wanted->verdict);
		return -EINVAL;
	}
	grant->verdict = (enum verdict)verdict;
	return 0;
}

static int take_texts(const struct wanted *wanted, struct grant *grant)
{
	char now[21];

	if (wanted->id) {
		if (text_copy(wanted->id, grant->id, sizeof(grant->id)) < 0) {
			complain(_("--id %s: at most %d characters"), wanted->id,
				 GRANT_ID_SIZE - 1);
			return -EINVAL;
		}
	} else {
		text_time(grant->from, now);
		snprintf(grant->id, sizeof(grant->id), "G-%.10s-%08x", now, randombytes_random());
	}
	if (wanted->reason && text_copy(wanted->reason, grant->reason, sizeof(grant->reason)) < 0) {
		complain(_("--reason: is longer than %d bytes, or has control characters"),
			 GRANT_REASON_SIZE - 1);
		return -EINVAL;
	}
	return 0;
}

static int take_span(const char *text, struct grant *grant)
{
	int64_t span;

	if (duration_parse(text, &span) < 0 || span > GRANT_MAX_S) {
		complain(_("--for %s: give a span such as 30m or 8h, of at most 366 days"), text);
		return -EINVAL;
	}
	grant->from = time(NULL);
	grant->until = grant->from + span;
	return 0;
}

static int take_host(struct api *api, const char *name, struct grant *grant)
{
	_cleanup_json_ json_t *list = NULL;
	const json_t *host;
	const char *id, *machine;
	int r = host_list(api, &list);

	if (r < 0)
		return r;
	host = host_find(list, name);
	if (!host)
		return -ENOENT;
	id = json_string_value(json_object_get(host, "id"));
	machine = json_string_value(json_object_get(host, "machine_id"));
	if (!id || !machine || text_copy(id, grant->host, sizeof(grant->host)) < 0 ||
	    text_unhex(machine, grant->machine, sizeof(grant->machine)) < 0) {
		complain(_("the collector does not say which machine '%s' is"), name);
		return -EBADMSG;
	}
	return 0;
}

/* Would the workstation take it under the policy that is published? */
static int check_limits(struct api *api, const struct grant *grant)
{
	_cleanup_bundle_ struct signed_bundle published = { 0 };
	int r = published_fetch(api, ROLE_POLICY, true, &published);

	if (r < 0)
		return r;
	if (r > 0 && grant_is_within(grant, rules_grant_limits(published.rules)))
		return 0;
	complain(_("this would be refused (%s): %s"), grant_refusal_to_text(GRANT_BEYOND_POLICY),
		 _(grant_refusal_explain(GRANT_BEYOND_POLICY)));
	return -EPERM;
}

static int show(const struct wanted *wanted, const struct grant *grant, const struct ctl *ctl)
{
	_cleanup_json_ json_t *json = NULL;
	_cleanup_free_ char *text = NULL;
	char until[21];

	if (ctl->json) {
		if (grant_encode(grant, &text) < 0 || !(json = json_loads(text, 0, NULL)))
			return -ENOMEM;
		ctl_print_json(json);
		return 0;
	}
	text_time(grant->until, until);
	printf(_("Grant %s: %s for %s at %s, until %s.\n"), grant->id,
	       verdict_to_text(grant->verdict), wanted->device, wanted->host, until);
	return 0;
}

static int sign_and_write(const struct wanted *wanted, const struct grant *grant,
			  const struct officer_key *key)
{
	_cleanup_free_ char *text = NULL;
	int r = signed_grant_make(grant, key, &text);

	return r < 0 ? r : file_create(wanted->out, text, strlen(text), 0644);
}

static int sign(const struct ctl *ctl, const struct wanted *wanted)
{
	_cleanup_signer_ struct officer_key key = { 0 };
	_cleanup_api_ struct api *api = NULL;
	const struct trust_officer *officer;
	struct grant grant = { .version = 1 };

	if (take_device(wanted->device, &grant) < 0 || take_words(wanted, &grant) < 0 ||
	    take_span(wanted->span, &grant) < 0 || take_texts(wanted, &grant) < 0)
		return STATUS_USAGE;
	if (file_check_absent(wanted->out) < 0 || api_open(&api, ctl) < 0 || !api_trust(api) ||
	    take_host(api, wanted->host, &grant) < 0 || check_limits(api, &grant) < 0 ||
	    signer_open(&key, wanted->key, wanted->passphrase_file, api_trust(api), ROLE_GRANTS,
			&officer) < 0)
		return STATUS_FAILURE;
	strcpy(grant.issued_by, officer->name);
	if (show(wanted, &grant, ctl) < 0 || !confirm(_("Sign this?"), wanted->yes) ||
	    sign_and_write(wanted, &grant, &key) < 0)
		return STATUS_FAILURE;
	if (!ctl->json)
		printf(_("Next: devgatectl grant publish %s\n"), wanted->out);
	return STATUS_OK;
}

static int need_all(const struct ctl *ctl, const struct wanted *wanted)
{
	const struct {
		const char *name, *value;
	} needed[] = {
		{ "host", wanted->host },	{ "device", wanted->device },
		{ "verdict", wanted->verdict }, { "for", wanted->span },
		{ "key", wanted->key },		{ "out", wanted->out },
	};
	int status = OPTIONS_GO_ON;

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]) && status == OPTIONS_GO_ON; i++)
		status = options_need(ctl, needed[i].name, needed[i].value);
	return status;
}

int run_grant_sign(struct ctl *ctl, int argc, char **argv)
{
	struct wanted wanted = { 0 };
	const struct option_row rows[] = {
		{ "host", OPTION_TEXT, &wanted.host, "HOST", N_("the workstation, by name or id") },
		{ "device", OPTION_TEXT, &wanted.device, "VVVV:PPPP:SERIAL",
		  N_("the device; BUS/ before it where it is not on USB") },
		{ "verdict", OPTION_TEXT, &wanted.verdict, "VERDICT",
		  N_("allow, read-only, encrypted-only or charge-only") },
		{ "function", OPTION_LIST, &wanted.functions, "FUNCTION",
		  N_("what it may be used as (default storage); may be given again") },
		{ "modifier", OPTION_LIST, &wanted.modifiers, "WORD",
		  N_("noexec, trail, notify or justify; may be given again") },
		{ "for", OPTION_TEXT, &wanted.span, "SPAN", N_("for how long, such as 30m or 8h") },
		{ "reason", OPTION_TEXT, &wanted.reason, "TEXT", N_("what it is for") },
		{ "id", OPTION_TEXT, &wanted.id, "ID", N_("its name (default: a new one)") },
		{ "key", OPTION_TEXT, &wanted.key, "FILE", N_("your private key") },
		{ "out", OPTION_TEXT, &wanted.out, "FILE", N_("where the signed grant is put") },
		{ "passphrase-file", OPTION_TEXT, &wanted.passphrase_file, "FILE",
		  N_("read the passphrase from its first line") },
		{ "yes", OPTION_FLAG, &wanted.yes, NULL, N_("do not ask") },
		{ 0 },
	};
	int status = options_parse(ctl, rows, argc, argv, 0, 0, NULL);

	if (status == OPTIONS_GO_ON)
		status = need_all(ctl, &wanted);
	return status == OPTIONS_GO_ON ? sign(ctl, &wanted) : status;
}

int run_grant_publish(struct ctl *ctl, int argc, char **argv)
{
	static const struct option_row rows[] = { { 0 } };
	_cleanup_api_ struct api *api = NULL;
	_cleanup_free_ char *text = NULL;
	struct grant grant;
	char **operands;
	size_t size;
	int status = options_parse(ctl, rows, argc, argv, 1, 1, &operands);

	if (status != OPTIONS_GO_ON)
		return status;
	if (file_read(operands[0], GRANT_MAX_BYTES, &text, &size) < 0 || api_open(&api, ctl) < 0 ||
	    signed_grant_publish(api, text, size, operands[0], &grant) < 0)
		return STATUS_FAILURE;
	if (!ctl->json)
		printf(_("Published %s.  The workstation takes it as soon as it can be reached.\n"),
		       grant.id);
	return STATUS_OK;
}
