/* paths - where the reporter's files are; set once from the command line. */
#pragma once

struct paths {
	const char *config_dir; /* collector.json, collector-ca.pem */
	const char *state_dir;	/* the reporter's own */
	const char *ledger_dir; /* <ledger id>/..., current */
	const char *run_dir;	/* control.sock */
};
