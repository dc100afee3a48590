/* devgate-reporter - carries the ledger to the collector, and the officers' signed policy from it.
 * The only process of the workstation that sees the network; it runs as user devgate, owns no
 * device, and can only offer: see policy/bundle.h for who decides. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <curl/curl.h>
#include <sodium.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>

#include "agent/common/cleanup.h"
#include "agent/common/control_client.h"
#include "agent/common/log.h"
#include "confine.h"
#include "enrol.h"
#include "facts_poll.h"
#include "grant_poll.h"
#include "http.h"
#include "identity.h"
#include "machine.h"
#include "notice.h"
#include "paths.h"
#include "policy/text.h"
#include "poll.h"
#include "renew.h"
#include "settings.h"
#include "status.h"
#include "upload.h"

enum { LAST_WORD_MS = 3000, TELL_MS = 500 };

struct reporter {
	struct paths paths;
	char socket_path[PATH_MAX];
	char cert_path[PATH_MAX], key_path[PATH_MAX];
	int state_fd;
	bool stopping;
	sd_event *event;
	struct enrol *enrol;
	/* The work with the collector, while there is an identity to do it with; else NULL. */
	struct identity identity;
	struct machine machine;
	struct notice notice;
	char boot_header[64]; /* so that a copy of this machine is told from it */
	struct settings settings;
	struct http_peer peer;
	struct http *http;
	struct upload *upload;
	struct poll *polls[_ROLE_MAX];
	struct grant_poll *grants;
	struct facts_poll *facts;
	struct status *status;
	struct renew *renew;
};

static const char usage[] =
	"Usage: devgate-reporter [OPTION...]\n"
	"Carry this machine's device records to the collector, and policy from it.\n"
	"\n"
	"  --config-dir DIR   collector.json, collector-ca.pem (" DEVGATE_SYSCONFDIR "/devgate)\n"
	"  --state-dir DIR    key, certificate, enrolment (/var/lib/devgate-reporter)\n"
	"  --ledger-dir DIR   the records (/var/lib/devgate/ledger)\n"
	"  --run-dir DIR      the enforcer's control socket (/run/devgate)\n"
	"  --help             show this text\n"
	"  --version          show the version\n"
	"\n"
	"Started by systemd as devgate-reporter.service, user devgate.\n";

static void on_applied(void *userdata)
{
	struct reporter *reporter = userdata;

	status_tell(reporter->status);
	if (reporter->grants != NULL) /* what another policy did not let be granted */
		grant_poll_again(reporter->grants);
	facts_poll_again(reporter->facts);
}

static void on_changed(enum status_change change, void *userdata)
{
	struct reporter *reporter = userdata;

	if (change == STATUS_POLICY_AGAIN) {
		poll_again(reporter->polls[ROLE_POLICY]);
		return;
	}
	for (int role = 0; role < _ROLE_MAX; role++)
		poll_forget(reporter->polls[role]);
	grant_poll_again(reporter->grants);
}

static int work_start(struct reporter *reporter);
static void work_stop(struct reporter *reporter);

/* With the new certificate on new connections. */
static int on_restart(sd_event_source *source, void *userdata)
{
	struct reporter *reporter = userdata;

	(void)source;
	work_stop(reporter);
	return work_start(reporter);
}

/* The part that calls this is among those that are to be freed. */
static void on_renewed(void *userdata)
{
	struct reporter *reporter = userdata;
	int r = sd_event_add_defer(reporter->event, NULL, on_restart, reporter);

	if (r < 0)
		sd_event_exit(reporter->event, r);
}

static void work_stop(struct reporter *reporter)
{
	reporter->renew = renew_free(reporter->renew);
	reporter->status = status_free(reporter->status);
	reporter->facts = facts_poll_free(reporter->facts);
	reporter->grants = grant_poll_free(reporter->grants);
	for (int role = 0; role < _ROLE_MAX; role++)
		reporter->polls[role] = poll_free(reporter->polls[role]);
	reporter->upload = upload_free(reporter->upload);
	reporter->http = http_free(reporter->http);
}

static int start_renew(struct reporter *reporter)
{
	const struct renew_options options = {
		.http = reporter->http,
		.peer = &reporter->peer,
		.state_dir = reporter->paths.state_dir,
		.state_fd = reporter->state_fd,
		.identity = &reporter->identity,
		.on_renewed = on_renewed,
		.userdata = reporter,
	};

	return renew_new(&reporter->renew, reporter->event, &options);
}

static int start_status(struct reporter *reporter)
{
	const struct status_options options = {
		.http = reporter->http,
		.socket_path = reporter->socket_path,
		.machine = &reporter->machine,
		.notice = &reporter->notice,
		.on_changed = on_changed,
		.userdata = reporter,
	};

	return status_new(&reporter->status, reporter->event, &options);
}

static int start_parts(struct reporter *reporter)
{
	const struct collector_config *collector = &reporter->settings.collector;
	int r;

	reporter->peer = (struct http_peer){ .url = collector->url,
					     .ca_path = reporter->settings.ca_path,
					     .cert_path = reporter->cert_path,
					     .key_path = reporter->key_path,
					     .header = reporter->boot_header };
	r = http_new(&reporter->http, reporter->event, &reporter->peer);
	if (r < 0)
		return r;
	r = upload_new(&reporter->upload, reporter->event, reporter->http,
		       reporter->paths.ledger_dir, collector->retry_max_ms);
	if (r < 0)
		return r;
	for (int role = 0; role < _ROLE_MAX; role++) {
		const struct poll_options options = {
			.role = (enum trust_role)role,
			.socket_path = reporter->socket_path,
			.retry_max_ms = collector->retry_max_ms,
			.on_applied = on_applied,
			.userdata = reporter,
		};

		r = poll_new(&reporter->polls[role], reporter->event, reporter->http, &options);
		if (r < 0)
			return r;
	}
	r = grant_poll_new(&reporter->grants, reporter->event, reporter->http,
			   reporter->socket_path, collector->retry_max_ms);
	if (r < 0)
		return r;
	r = facts_poll_new(&reporter->facts, reporter->event, reporter->http, reporter->socket_path,
			   collector->retry_max_ms);
	if (r < 0)
		return r;
	r = start_status(reporter);
	return r < 0 ? r : start_renew(reporter);
}

/* Say who we are to the collector.  Returns false if there is nobody to be. */
static bool check_identity(struct reporter *reporter)
{
	struct identity identity;
	char until[21];
	int r = identity_resume(reporter->state_fd);

	if (r >= 0)
		r = identity_load(reporter->state_fd, &identity);

	if (r == -ENOENT) {
		log_info("not-enrolled",
			 "this machine is not enrolled; waiting for `devgate enrol`");
		return false;
	}
	if (r < 0) {
		log_error(
			"identity",
			"the key and certificate in %s cannot be used: %s; enrol again with a new "
			"token",
			reporter->paths.state_dir, strerror(-r));
		return false;
	}
	text_time(identity.not_after, until);
	if (identity.not_after <= (int64_t)time(NULL))
		log_error("certificate-expired",
			  "this machine's certificate has expired on %s; the collector will not "
			  "accept it: enrol again with a new token",
			  until);
	log_info("identity", "host %s, certificate good until %s", identity.host, until);
	reporter->identity = identity;
	reporter->notice.expires = identity.not_after;
	memcpy(reporter->notice.host, identity.host, sizeof(identity.host));
	return true;
}

static int work_start(struct reporter *reporter)
{
	char error[256];
	int r;

	if (!check_identity(reporter)) {
		sd_notify(0, "STATUS=Not enrolled");
		return 0;
	}
	r = settings_load(&reporter->settings, &reporter->paths, error);
	if (r < 0) {
		log_error("config", "%s; enrol again, or correct it and restart devgate-reporter",
			  error);
		sd_notify(0, "STATUS=The collector's settings cannot be used");
		return 0;
	}
	snprintf(reporter->notice.url, sizeof(reporter->notice.url), "%s",
		 reporter->settings.collector.url);
	r = start_parts(reporter);
	if (r < 0) {
		work_stop(reporter);
		return r;
	}
	sd_notifyf(0, "STATUS=Reporting to %s", reporter->settings.collector.url);
	return 0;
}

static void on_enrolled(void *userdata)
{
	struct reporter *reporter = userdata;
	int r;

	work_stop(reporter);
	r = work_start(reporter);
	if (r < 0)
		sd_event_exit(reporter->event, r);
}

static int parse_options(struct paths *paths, int argc, char **argv)
{
	enum { CONFIG_DIR = 256, STATE_DIR, LEDGER_DIR, RUN_DIR, HELP, VERSION };
	static const struct option options[] = {
		{ "config-dir", required_argument, NULL, CONFIG_DIR },
		{ "state-dir", required_argument, NULL, STATE_DIR },
		{ "ledger-dir", required_argument, NULL, LEDGER_DIR },
		{ "run-dir", required_argument, NULL, RUN_DIR },
		{ "help", no_argument, NULL, HELP },
		{ "version", no_argument, NULL, VERSION },
		{ 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) >= 0) {
		switch (c) {
		case CONFIG_DIR:
			paths->config_dir = optarg;
			break;
		case STATE_DIR:
			paths->state_dir = optarg;
			break;
		case LEDGER_DIR:
			paths->ledger_dir = optarg;
			break;
		case RUN_DIR:
			paths->run_dir = optarg;
			break;
		case HELP:
			fputs(usage, stdout);
			exit(EXIT_SUCCESS);
		case VERSION:
			puts("devgate-reporter " DEVGATE_VERSION);
			exit(EXIT_SUCCESS);
		default:
			return -EINVAL;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "devgate-reporter: it takes no argument: %s\n", argv[optind]);
		return -EINVAL;
	}
	return 0;
}

static int join(char ret[static PATH_MAX], const char *directory, const char *name)
{
	int n = snprintf(ret, PATH_MAX, "%s/%s", directory, name);

	return n < 0 || n >= PATH_MAX ? -ENAMETOOLONG : 0;
}

static int open_state(struct reporter *reporter)
{
	const struct paths *paths = &reporter->paths;

	if (join(reporter->socket_path, paths->run_dir, "control.sock") < 0 ||
	    join(reporter->cert_path, paths->state_dir, IDENTITY_CERT) < 0 ||
	    join(reporter->key_path, paths->state_dir, IDENTITY_KEY) < 0)
		return -ENAMETOOLONG;
	int r = machine_read(&reporter->machine);
	if (r >= 0)
		r = notice_init(&reporter->notice, paths->run_dir);
	if (r < 0)
		return r;
	snprintf(reporter->boot_header, sizeof(reporter->boot_header), "X-Devgate-Boot: %s",
		 reporter->machine.boot);
	reporter->state_fd = open(paths->state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return reporter->state_fd < 0 ? -errno : 0;
}

static void on_ended(void *userdata)
{
	struct reporter *reporter = userdata;

	sd_event_exit(reporter->event, 0);
}

static int on_enough(sd_event_source *source, uint64_t now_us, void *userdata)
{
	(void)source;
	(void)now_us;
	on_ended(userdata);
	return 0;
}

/* systemd stops the enforcer after this: it is to ask whether the machine is being shut down. */
static void tell_enforcer(const struct reporter *reporter)
{
	_cleanup_close_ int fd = -1;
	int r = control_connect(reporter->socket_path, TELL_MS, &fd);

	if (r >= 0)
		r = control_send(fd, "stopping", NULL, 0);
	if (r < 0)
		log_debug("stop", "the enforcer cannot be told: %s", strerror(-r));
}

/* The enforcer may be stopping, too: its last word is to reach the collector, which else would only
 * see that nothing comes any more.  Whether it does cannot be known from here, so it is waited for,
 * not for long. */
static int on_signal(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata)
{
	struct reporter *reporter = userdata;
	int r;

	(void)source;
	(void)info;
	if (reporter->upload == NULL || reporter->stopping)
		return sd_event_exit(reporter->event, 0);
	reporter->stopping = true;
	sd_notify(0, "STOPPING=1");
	r = sd_event_add_time_relative(reporter->event, NULL, CLOCK_MONOTONIC,
				       (uint64_t)LAST_WORD_MS * 1000, 1, on_enough, reporter);
	if (r < 0)
		return sd_event_exit(reporter->event, 0);
	tell_enforcer(reporter);
	upload_await_end(reporter->upload, on_ended, reporter);
	return 0;
}

static int add_signals(struct reporter *reporter)
{
	sigset_t signals;
	int r;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
		return -errno;
	signal(SIGPIPE, SIG_IGN);
	r = sd_event_add_signal(reporter->event, NULL, SIGTERM, on_signal, reporter);
	return r < 0 ? r : sd_event_add_signal(reporter->event, NULL, SIGINT, on_signal, reporter);
}

static int run(struct reporter *reporter)
{
	int r;

	r = sd_event_default(&reporter->event);
	if (r < 0)
		return r;
	r = add_signals(reporter);
	if (r < 0)
		return r;
	r = enrol_new(&reporter->enrol, reporter->event, &reporter->paths, reporter->state_fd,
		      on_enrolled, reporter);
	if (r < 0)
		return r;
	r = work_start(reporter);
	if (r < 0)
		return r;
	r = sd_event_set_watchdog(reporter->event, true);
	if (r < 0)
		return r;
	sd_notify(0, "READY=1");
	return sd_event_loop(reporter->event);
}

int main(int argc, char **argv)
{
	struct reporter reporter = {
		.paths = { .config_dir = DEVGATE_SYSCONFDIR "/devgate",
			   .state_dir = "/var/lib/devgate-reporter",
			   .ledger_dir = "/var/lib/devgate/ledger",
			   .run_dir = "/run/devgate" },
		.state_fd = -1,
	};
	int r;

	if (parse_options(&reporter.paths, argc, argv) < 0) {
		fputs("Try devgate-reporter --help.\n", stderr);
		return 2;
	}
	umask(077);
	if (sodium_init() < 0 || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		log_error("start", "the cryptographic libraries cannot be started");
		return EXIT_FAILURE;
	}
	reporter_confine(&reporter.paths);
	r = open_state(&reporter);
	if (r < 0)
		log_error("start", "%s: %s", reporter.paths.state_dir, strerror(-r));
	else if ((r = run(&reporter)) < 0)
		log_error("stop", "the reporter ends: %s", strerror(-r));

	sd_notify(0, "STOPPING=1");
	work_stop(&reporter);
	enrol_free(reporter.enrol);
	sd_event_unref(reporter.event);
	cleanup_close(&reporter.state_fd);
	curl_global_cleanup();
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
