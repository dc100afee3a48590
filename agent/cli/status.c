/* status - how this machine's device control stands. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/common/cleanup.h"
#include "ask.h"
#include "collector_notice.h"
#include "commands.h"
#include "table.h"
#include "text.h"

enum { VALUE_SIZE = 512 };

static void add(struct table *table, const char *name, const char *value)
{
	const char *const cells[] = { name, value };

	if (table_add(table, cells) < 0)
		fputs(_("devgate: out of memory\n"), stderr);
}

static json_int_t number(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

static const char *join_signers(const json_t *signers, char *ret, size_t size)
{
	size_t used = 0, i;
	json_t *name;

	ret[0] = '\0';
	json_array_foreach (signers, i, name) {
		char shown[128];
		const char *text = json_string_value(name);
		int n = snprintf(ret + used, size - used, "%s%s", i > 0 ? ", " : "",
				 text_show(text != NULL ? text : "", shown, sizeof(shown)));

		if (n < 0 || (size_t)n >= size - used)
			break;
		used += (size_t)n;
	}
	return ret;
}

static void add_taken_back(struct table *table, const json_t *policy)
{
	const json_t *again = json_object_get(policy, "again");
	char value[VALUE_SIZE], after[64], local[64];

	if (json_is_object(again)) {
		text_member(again, "after", after, sizeof(after));
		snprintf(value, sizeof(value),
			 _("version %lld, because the collector was not reached under it; tried "
			   "again after %s, when it is reached"),
			 number(policy, "rolled_back"),
			 text_local_time(after, local, sizeof(local)));
	} else {
		snprintf(value, sizeof(value),
			 _("version %lld, because the collector was not reached under it; only a "
			   "higher one is taken"),
			 number(policy, "rolled_back"));
	}
	add(table, _("Taken back"), value);
}

/* Is the policy to be confirmed yet, or was a newer one taken back? */
static void add_trial(struct table *table, const json_t *policy)
{
	const json_t *trial = json_object_get(policy, "provisional");
	char value[VALUE_SIZE], until[64], local[64];

	if (json_is_object(trial)) {
		text_member(trial, "until", until, sizeof(until));
		snprintf(value, sizeof(value),
			 _("provisional until %s; then back to version %lld, unless the collector "
			   "has been reached"),
			 text_local_time(until, local, sizeof(local)), number(trial, "previous"));
		add(table, _("Confirmed"), value);
	}
	if (number(policy, "rolled_back") > 0)
		add_taken_back(table, policy);
}

static void add_policy(struct table *table, const json_t *policy)
{
	char value[VALUE_SIZE], name[128], signers[256], expires[64], mode[32];
	bool expired = json_is_true(json_object_get(policy, "expired"));

	if (number(policy, "version") == 0) {
		add(table, _("Policy"),
		    _("none yet: built-in rules; hubs and input devices present at the start work, "
		      "all else is refused"));
		return;
	}
	snprintf(value, sizeof(value), _("version %lld \"%s\""), number(policy, "version"),
		 text_member(policy, "name", name, sizeof(name)));
	add(table, _("Policy"), value);
	text_member(policy, "mode", mode, sizeof(mode));
	if (strcmp(mode, "enforce") == 0)
		add(table, _("Mode"), _("enforce: what the policy refuses does not work"));
	else if (strcmp(mode, "audit") == 0)
		add(table, _("Mode"), _("audit: what the policy refuses is recorded and works"));
	else
		add(table, _("Mode"), mode);
	add(table, _("Signed by"),
	    join_signers(json_object_get(policy, "signers"), signers, sizeof(signers)));
	text_member(policy, "expires", expires, sizeof(expires));
	text_local_time(expires, value, sizeof(value));
	if (expired)
		strncat(value, _(" (expired; it stays in force until there is a new one)"),
			sizeof(value) - strlen(value) - 1);
	if (*value)
		add(table, _("Valid until"), value);
	add_trial(table, policy);
}

static void add_counts(struct table *table, const json_t *status)
{
	const json_t *ledger = json_object_get(status, "ledger");
	char value[VALUE_SIZE], id[64], gate[256];
	json_int_t records = number(ledger, "next_seq") - 1;

	snprintf(value, sizeof(value), _("%lld present, %lld refused"), number(status, "devices"),
		 number(status, "denied"));
	add(table, _("Devices"), value);
	text_member(status, "gate", gate, sizeof(gate));
	if (strcmp(gate, "active") == 0)
		add(table, _("Block gate"), _("active: nothing can write to an unjudged disk"));
	else
		add(table, _("Block gate"), gate);
	text_member(status, "noexec", gate, sizeof(gate));
	if (strcmp(gate, "active") == 0)
		add(table, _("Running programs"),
		    _("active: disks may be kept from having programs started from them"));
	else if (*gate)
		add(table, _("Running programs"), gate);
	if (number(status, "own_files_changed") > 0) {
		snprintf(value, sizeof(value),
			 _("%lld are changed, missing, or open to others: see `devgate events`"),
			 number(status, "own_files_changed"));
		add(table, _("Own files"), value);
	} else if (json_is_integer(json_object_get(status, "own_files_changed"))) {
		add(table, _("Own files"), _("as they were installed"));
	}
	snprintf(value, sizeof(value), _("%lld records in ledger %s%s"), records > 0 ? records : 0,
		 text_member(ledger, "id", id, sizeof(id)),
		 json_is_false(json_object_get(status, "writable"))
			 ? _("; it cannot be written: nothing is permitted until it can")
			 : "");
	add(table, _("Records"), value);
}

/* A line for each grant that the machine holds. */
static void add_grants(struct table *table, const json_t *grants)
{
	const json_t *grant;
	size_t i;

	json_array_foreach (grants, i, grant) {
		const json_t *device = json_object_get(grant, "device");
		char value[VALUE_SIZE], id[96], vendor[16], product[16], serial[128], verdict[32];
		char until[64], local[64];

		text_member(grant, "until", until, sizeof(until));
		snprintf(
			value, sizeof(value), _("%s: %s:%s:%s, %s until %s%s"),
			text_member(grant, "id", id, sizeof(id)),
			text_member(device, "vendor", vendor, sizeof(vendor)),
			text_member(device, "product", product, sizeof(product)),
			text_member(device, "serial", serial, sizeof(serial)),
			text_member(grant, "verdict", verdict, sizeof(verdict)),
			text_local_time(until, local, sizeof(local)),
			json_is_true(json_object_get(grant, "in_force"))
				? ""
				: _(" (not in force: its time has not come, or the policy does not "
				    "let it be granted)"));
		add(table, _("Grant"), value);
	}
}

static void print_status(const json_t *status, const json_t *notice)
{
	const json_t *revocations = json_object_get(status, "revocations");
	char value[VALUE_SIZE], version[64], started[64], local[64];
	struct table table;

	table_init(&table, 2);
	text_member(status, "version", version, sizeof(version));
	text_member(status, "started", started, sizeof(started));
	snprintf(value, sizeof(value), _("devgate %s, process %lld, running since %s"), version,
		 number(status, "pid"), text_local_time(started, local, sizeof(local)));
	add(&table, _("Enforcer"), value);
	add(&table, _("Enrolled"),
	    json_is_true(json_object_get(status, "enrolled"))
		    ? _("yes: policy is taken from this site's officers")
		    : _("no: run `devgate enrol FILE` as root"));
	add_policy(&table, json_object_get(status, "policy"));
	snprintf(value, sizeof(value), _("version %lld"), number(revocations, "version"));
	add(&table, _("Revocations"), number(revocations, "version") > 0 ? value : _("none"));
	add_grants(&table, json_object_get(status, "grants"));
	add_counts(&table, status);
	collector_notice_show(notice, &table);
	table_print(&table, stdout);
	table_finish(&table);
}

int command_status(const struct arguments *arguments)
{
	_cleanup_json_ json_t *packets = NULL, *notice = NULL;

	if (ask_enforcer(arguments, "status", &packets) < 0)
		return EXIT_FAILURE;
	/* Without a notice the reporter does not run, or has nothing to say yet. */
	if (collector_notice_read(arguments->run_dir, &notice) == 0 && arguments->json)
		json_object_set(json_array_get(packets, 0), "reporter", notice);
	if (arguments->json)
		ask_print_json(json_array_get(packets, 0));
	else
		print_status(json_array_get(packets, 0), notice);
	return EXIT_SUCCESS;
}
