/* ctl - one run of devgatectl: its global options, and the commands that it can be asked for. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

struct ctl {
	const char *profile_path; /* NULL: the default place; borrowed from argv */
	bool json;
	const struct command *command;
};

/* One command.  @run gets argv with argv[0] the program's name; it tells its own
 * errors and returns a STATUS_. */
struct command {
	const char *noun, *verb; /* verb NULL: the noun alone is the command */
	const char *usage;	 /* what follows the name, e.g. "DIR --key FILE" */
	const char *help;	 /* N_() text, one sentence */
	int (*run)(struct ctl *ctl, int argc, char **argv);
};

int run_init(struct ctl *ctl, int argc, char **argv);
int run_officer_key_generate(struct ctl *ctl, int argc, char **argv);
int run_officer_key_show(struct ctl *ctl, int argc, char **argv);
int run_token_create(struct ctl *ctl, int argc, char **argv);
int run_token_list(struct ctl *ctl, int argc, char **argv);
int run_token_revoke(struct ctl *ctl, int argc, char **argv);
int run_media_register(struct ctl *ctl, int argc, char **argv);
int run_media_list(struct ctl *ctl, int argc, char **argv);
int run_media_withdraw(struct ctl *ctl, int argc, char **argv);
int run_policy_sign(struct ctl *ctl, int argc, char **argv);
int run_policy_approve(struct ctl *ctl, int argc, char **argv);
int run_policy_publish(struct ctl *ctl, int argc, char **argv);
int run_policy_show(struct ctl *ctl, int argc, char **argv);
int run_policy_check(struct ctl *ctl, int argc, char **argv);
int run_revoke_sign(struct ctl *ctl, int argc, char **argv);
int run_grant_sign(struct ctl *ctl, int argc, char **argv);
int run_grant_publish(struct ctl *ctl, int argc, char **argv);
int run_grant_withdraw(struct ctl *ctl, int argc, char **argv);
int run_grant_list(struct ctl *ctl, int argc, char **argv);
int run_hosts(struct ctl *ctl, int argc, char **argv);
int run_hosts_revoke(struct ctl *ctl, int argc, char **argv);
int run_events(struct ctl *ctl, int argc, char **argv);
int run_events_verify(struct ctl *ctl, int argc, char **argv);
int run_report_usage(struct ctl *ctl, int argc, char **argv);
int run_checkpoints(struct ctl *ctl, int argc, char **argv);
int run_checkpoints_verify(struct ctl *ctl, int argc, char **argv);
int run_retention_show(struct ctl *ctl, int argc, char **argv);
int run_retention_set(struct ctl *ctl, int argc, char **argv);
int run_hold_add(struct ctl *ctl, int argc, char **argv);
int run_hold_list(struct ctl *ctl, int argc, char **argv);
int run_hold_release(struct ctl *ctl, int argc, char **argv);
int run_dispose(struct ctl *ctl, int argc, char **argv);
int run_audit(struct ctl *ctl, int argc, char **argv);
int run_doctor(struct ctl *ctl, int argc, char **argv);
int run_findings(struct ctl *ctl, int argc, char **argv);
int run_finding_close(struct ctl *ctl, int argc, char **argv);

/* Print @json to standard output, indented, with a line break.  Returns a STATUS_. */
int ctl_print_json(const json_t *json);
