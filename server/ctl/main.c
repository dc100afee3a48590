/* devgatectl - what officers and auditors ask of the collector, from a terminal or cron. */
#include <getopt.h>
#include <locale.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "ctl.h"
#include "message.h"

static const struct command commands[] = {
	{ "init", NULL, "--data DIR --name HOST --officer FILE...",
	  N_("Make a collector's data folder: its CA, the trust root, and access to it."),
	  run_init },
	{ "officer key", "generate", "--name NAME --out FILE",
	  N_("Make an officer's signing key, encrypted with a passphrase."),
	  run_officer_key_generate },
	{ "officer key", "show", "FILE", N_("Show the name and fingerprint of a key."),
	  run_officer_key_show },
	{ "token", "create", "--unit UNIT [--count N]",
	  N_("Make an enrolment file for a workstation, or for a group of them."),
	  run_token_create },
	{ "token", "list", "", N_("List the enrolment tokens and whom they let in."),
	  run_token_list },
	{ "token", "revoke", "TOKEN --reason TEXT", N_("End an enrolment token."),
	  run_token_revoke },
	{ "media", "register",
	  "--vendor VVVV --product PPPP --serial SERIAL --tag TAG | --csv FILE",
	  N_("Enter storage media in the register."), run_media_register },
	{ "media", "list", "", N_("List the register of removable media."), run_media_list },
	{ "media", "withdraw", "TAG --reason TEXT", N_("Withdraw a medium from the register."),
	  run_media_withdraw },
	{ "policy", "check", "FILE",
	  N_("Check a rules document, a risk model or a list of restricted vendors."),
	  run_policy_check },
	{ "policy", "sign", "--rules FILE --key FILE --out DIR",
	  N_("Draft a policy from rules and the register, and sign it."), run_policy_sign },
	{ "policy", "approve", "DIR --key FILE", N_("Add your signature to a drafted bundle."),
	  run_policy_approve },
	{ "policy", "publish", "DIR", N_("Give a signed bundle to the collector."),
	  run_policy_publish },
	{ "policy", "show", "[DIR]", N_("Show the published bundle, or the one in DIR."),
	  run_policy_show },
	{ "revoke", "sign", "--device VVVV:PPPP:SERIAL:TAG... --key FILE --out DIR",
	  N_("Draft and sign a list of revoked devices (lost, stolen)."), run_revoke_sign },
	{ "grant", "sign",
	  "--host HOST --device VVVV:PPPP:SERIAL --verdict VERDICT --for SPAN --key FILE --out "
	  "FILE",
	  N_("Sign leave for one device at one workstation, for a time."), run_grant_sign },
	{ "grant", "publish", "FILE", N_("Give a signed grant to the collector."),
	  run_grant_publish },
	{ "grant", "list", "", N_("List the grants."), run_grant_list },
	{ "grant", "withdraw", "ID --key FILE", N_("End a grant before its time."),
	  run_grant_withdraw },
	{ "hosts", NULL, "", N_("List the workstations."), run_hosts },
	{ "hosts", "revoke", "HOST --reason TEXT", N_("Refuse a workstation's certificate."),
	  run_hosts_revoke },
	{ "events", NULL, "[--follow] [--host HOST] [--kind KIND]", N_("Show recorded events."),
	  run_events },
	{ "events", "verify", "--host HOST", N_("Check the hash chain of a workstation's ledger."),
	  run_events_verify },
	{ "report", "usage", "[--from DATE] [--to DATE]",
	  N_("Report the use of portable devices by day, host, unit, person and device."),
	  run_report_usage },
	{ "checkpoints", NULL, "", N_("List the signed checkpoints over all ledgers."),
	  run_checkpoints },
	{ "checkpoints", "verify", "[--key FILE]",
	  N_("Check all checkpoints, and every ledger against them."), run_checkpoints_verify },
	{ "retention", "show", "", N_("Show how long records are kept."), run_retention_show },
	{ "retention", "set", "[--days DAYS] [--kind KIND=DAYS]...",
	  N_("Set how long records are kept."), run_retention_set },
	{ "hold", "add", "--reason TEXT [--host HOST] [--person NAME] ...",
	  N_("Keep records beyond their time."), run_hold_add },
	{ "hold", "list", "", N_("List the records that are kept beyond their time."),
	  run_hold_list },
	{ "hold", "release", "HOLD --reason TEXT", N_("Release a hold."), run_hold_release },
	{ "dispose", NULL, "[--dry-run]", N_("Dispose of records that are over their time."),
	  run_dispose },
	{ "audit", NULL, "", N_("Show who did what at the collector, and check that log."),
	  run_audit },
	{ "findings", NULL, "[--all]", N_("List gaps and breaks found in the ledgers."),
	  run_findings },
	{ "finding", "close", "FINDING --reason TEXT", N_("Close a finding that was seen to."),
	  run_finding_close },
	{ "doctor", NULL, "[--findings DAYS]",
	  N_("Say what is wrong with this site, and what to do."), run_doctor },
};

enum { N_COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static void print_help(void)
{
	printf(_("Usage: devgatectl [--profile FILE] [--json] COMMAND ...\n\nCommands:\n"));
	for (size_t i = 0; i < N_COMMANDS; i++) {
		char name[64];

		snprintf(name, sizeof(name), "%s%s%s", commands[i].noun,
			 commands[i].verb ? " " : "", commands[i].verb ? commands[i].verb : "");
		printf("  %-22s %s\n", name, _(commands[i].help));
	}
	printf(_("\n'devgatectl COMMAND --help' shows a command's options.\n"
		 "The profile (default ~/.config/devgatectl/profile.json) says which collector,\n"
		 "and as whom; 'devgatectl init' makes it.\n"
		 "Exit status: 0 done, 1 failed, 2 wrong usage.\n"));
}

/* How many words of argv name @command: 0 if they do not. */
static int words_matching(const struct command *command, int argc, char **argv)
{
	char name[64];
	char *save = NULL;
	int n = 0;

	snprintf(name, sizeof(name), "%s %s", command->noun, command->verb ? command->verb : "");
	for (char *word = strtok_r(name, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		if (n == argc || strcmp(argv[n], word) != 0)
			return 0;
		n++;
	}
	return n;
}

static int run_command(struct ctl *ctl, int argc, char **argv)
{
	static char program[] = "devgatectl";
	int longest = 0;

	for (size_t i = 0; i < N_COMMANDS; i++) {
		int words = words_matching(&commands[i], argc, argv);

		if (words > longest) {
			longest = words;
			ctl->command = &commands[i];
		}
	}
	if (longest == 0) {
		complain(_("no command '%s%s%s'; see 'devgatectl --help'"), argv[0],
			 argc > 1 ? " " : "", argc > 1 ? argv[1] : "");
		return STATUS_USAGE;
	}
	argv[longest - 1] = program; /* getopt's own errors begin with it */
	return ctl->command->run(ctl, argc - longest + 1, argv + longest - 1);
}

static int parse_global(struct ctl *ctl, int argc, char **argv)
{
	enum { ON_PROFILE = 0x100, ON_JSON, ON_VERSION };
	static const struct option longs[] = {
		{ "profile", required_argument, NULL, ON_PROFILE },
		{ "json", no_argument, NULL, ON_JSON },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, ON_VERSION },
		{ 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "+h", longs, NULL)) >= 0) {
		switch (c) {
		case ON_PROFILE:
			ctl->profile_path = optarg;
			break;
		case ON_JSON:
			ctl->json = true;
			break;
		case 'h':
			print_help();
			return STATUS_OK;
		case ON_VERSION:
			puts("devgatectl " DEVGATE_VERSION);
			return STATUS_OK;
		default:
			return STATUS_USAGE;
		}
	}
	return -1;
}

int main(int argc, char **argv)
{
	struct ctl ctl = { 0 };
	int status;

	setlocale(LC_ALL, "");
	bindtextdomain("devgatectl", DEVGATE_LOCALEDIR);
	textdomain("devgatectl");
	if (sodium_init() < 0) {
		complain(_("libsodium cannot start; the system gives no randomness"));
		return STATUS_FAILURE;
	}
	status = parse_global(&ctl, argc, argv);
	if (status >= 0)
		return status;
	if (optind == argc) {
		print_help();
		return STATUS_USAGE;
	}
	status = run_command(&ctl, argc - optind, argv + optind);
	if (fflush(stdout) != 0 && status == STATUS_OK) {
		complain(_("cannot write to standard output: %m"));
		status = STATUS_FAILURE;
	}
	return status;
}
