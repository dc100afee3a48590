/* devgate-collector - keeps the records of all workstations, carries the officers' signed policy
 * to them, and answers officers and auditors. */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>

#include "backup_site.h"
#include "collector.h"
#include "disposer.h"
#include "landlock.h"
#include "log.h"
#include "move_site.h"
#include "new_certificate.h"
#include "reload.h"
#include "server.h"
#include "server/store/news.h"
#include "service.h"
#include "workers.h"

enum { EXIT_USAGE = 2 };

static const char HELP[] =
	"Usage: devgate-collector --data DIR [OPTION]...\n"
	"Keep the records of devgate's workstations and carry signed policy to them.\n"
	"\n"
	"  --data DIR              data directory, made by \"devgatectl init\"\n"
	"  --agents ADDRESS:PORT   port for workstations (default 0.0.0.0:8443)\n"
	"  --people ADDRESS:PORT   port for officers and auditors (default 127.0.0.1:8444)\n"
	"  --store URL             keep the records in PostgreSQL, \"postgresql://...\"; several\n"
	"                          collectors may share it (default: SQLite, DIR/devgate.db).\n"
	"                          Passwords belong in ~/.pgpass or $PGPASSFILE\n"
	"  --checkpoint-every SECONDS  how often the ends of all ledgers are signed (3600)\n"
	"  --dispose-every SECONDS  how often records that are over their time are looked for\n"
	"                          (86400)\n"
	"  --silent-after SECONDS  a workstation that is not heard of for so long, and did not "
	"say\n"
	"                          that it would end, is a finding (900; 120 to 2592000)\n"
	"  --certificate-life SECONDS  of workstations' certificates (34300800, 397 days); they\n"
	"                          are renewed in the last third of it\n"
	"  --agent-rates REQUESTS:EVENTS:BYTES  what one workstation may ask and send a second\n"
	"                          (50:20000:8388608), and ten times that at once; 0: any\n"
	"  --uploads-memory MIB    what all requests that are being received may hold (128)\n"
	"  --log text|json         how the log is written to standard error (text); json: an "
	"object\n"
	"                          a line\n"
	"  --patience SECONDS      how long a request's header may take (30); a body may take\n"
	"                          twice that, and a second for each 64 KB\n"
	"  --move-to URL           move the records from DIR/devgate.db to an empty PostgreSQL,\n"
	"                          check every chain, and end; no collector may be running\n"
	"  --backup TO             back the site up into the new directory TO, and end; "
	"collectors\n"
	"                          may be running\n"
	"  --restore FROM          make the new directory DIR from a backup, check every chain "
	"and\n"
	"                          checkpoint, and end; with --store, into an empty PostgreSQL\n"
	"  --passphrase-file FILE  what a backup's keys are encrypted with; without it they are\n"
	"                          not in it\n"
	"  --key FILE              checkpoint.pub, to check a backup with\n"
	"  --new-certificate       make a new server.crt and server.key for the names that the\n"
	"                          old ones are for, and end\n"
	"  --name HOST             name that workstations reach this machine by\n"
	"                          (default: the one given to \"devgatectl init\")\n"
	"  --help                  show this text\n"
	"  --version               show the version\n"
	"\n"
	"SIGTERM and SIGINT end it when running requests are answered.  SIGHUP has it read\n"
	"server.crt, server.key and the settings of collector.json again.\n";

/* The setting that is @option; _SETTING_MAX: it is none. */
static enum setting setting_of(int option)
{
	static const char letters[] = { [SETTING_AGENT_RATES] = 'R',
					[SETTING_UPLOADS_MEMORY] = 'u',
					[SETTING_PATIENCE] = 'w',
					[SETTING_SILENT_AFTER] = 'q',
					[SETTING_CERTIFICATE_LIFE] = 'l' };
	enum setting i = 0;

	while (i < _SETTING_MAX && letters[i] != option)
		i++;
	return i;
}

/* False, and said, if it is none. */
static bool take_setting(struct options *options, enum setting setting, const char *name)
{
	char error[SETTINGS_ERROR_SIZE];

	if (settings_take(&options->settings, setting, optarg, error) == 0)
		return true;
	fprintf(stderr, "devgate-collector: --%s %s\n", name, error);
	return false;
}

/* The option that is @option, if its value is a text.  NULL: it is none. */
static const char **text_option(struct options *options, int option)
{
	switch (option) {
	case 'd':
		return &options->data;
	case 'a':
		return &options->agents;
	case 'p':
		return &options->people;
	case 'n':
		return &options->name;
	case 's':
		return &options->store;
	case 'm':
		return &options->move_to;
	case 'b':
		return &options->backup_to;
	case 'r':
		return &options->restore_from;
	case 'f':
		return &options->passphrase_file;
	case 'k':
		return &options->key;
	default:
		return NULL;
	}
}

/* False, and said, if there is no such form. */
static bool take_log(const char *form)
{
	if (strcmp(form, "json") == 0)
		log_as_json();
	else if (strcmp(form, "text") != 0)
		fputs("devgate-collector: --log wants text or json\n", stderr);
	return strcmp(form, "json") == 0 || strcmp(form, "text") == 0;
}

/* -1: go on; else the exit status. */
static int take_option(struct options *options, int option, const char *name)
{
	const char **text = text_option(options, option);
	enum setting setting = setting_of(option);

	if (text)
		*text = optarg;
	else if (option == 'c')
		options->checkpoint_every_s = (unsigned)strtoul(optarg, NULL, 10);
	else if (option == 'D')
		options->dispose_every_s = (unsigned)strtoul(optarg, NULL, 10);
	else if (setting < _SETTING_MAX)
		return take_setting(options, setting, name) ? -1 : EXIT_USAGE;
	else if (option == 'L')
		return take_log(optarg) ? -1 : EXIT_USAGE;
	else if (option == 'N')
		options->new_certificate = true;
	else if (option == 'h')
		return fputs(HELP, stdout) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
	else if (option == 'v')
		return puts("devgate-collector " DEVGATE_VERSION) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
	else
		return EXIT_USAGE;
	return -1;
}

/* -1: they are right; else the exit status. */
static int check_options(const struct options *options, int argc, char **argv)
{
	if (optind < argc)
		fprintf(stderr, "devgate-collector: unexpected argument \"%s\"; see --help\n",
			argv[optind]);
	else if (!options->data)
		fputs("devgate-collector: --data DIR is needed; see --help\n", stderr);
	else if (options->checkpoint_every_s == 0 || options->dispose_every_s == 0)
		fputs("devgate-collector: --checkpoint-every and --dispose-every want a number of "
		      "seconds\n",
		      stderr);
	else if (!!options->move_to + !!options->backup_to + !!options->restore_from +
			 options->new_certificate >
		 1)
		fputs("devgate-collector: only one of --move-to, --backup, --restore and "
		      "--new-certificate can be done\n",
		      stderr);
	else
		return -1;
	return EXIT_USAGE;
}

/* -1: go on; else the exit status. */
static int parse_options(int argc, char **argv, struct options *ret)
{
	static const struct option options[] = {
		{ "data", required_argument, NULL, 'd' },
		{ "agents", required_argument, NULL, 'a' },
		{ "people", required_argument, NULL, 'p' },
		{ "name", required_argument, NULL, 'n' },
		{ "log", required_argument, NULL, 'L' },
		{ "new-certificate", no_argument, NULL, 'N' },
		{ "store", required_argument, NULL, 's' },
		{ "move-to", required_argument, NULL, 'm' },
		{ "checkpoint-every", required_argument, NULL, 'c' },
		{ "agent-rates", required_argument, NULL, 'R' },
		{ "uploads-memory", required_argument, NULL, 'u' },
		{ "patience", required_argument, NULL, 'w' },
		{ "certificate-life", required_argument, NULL, 'l' },
		{ "dispose-every", required_argument, NULL, 'D' },
		{ "silent-after", required_argument, NULL, 'q' },
		{ "backup", required_argument, NULL, 'b' },
		{ "restore", required_argument, NULL, 'r' },
		{ "passphrase-file", required_argument, NULL, 'f' },
		{ "key", required_argument, NULL, 'k' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' },
		{ 0 },
	};
	int option, at = 0;

	*ret = (struct options){ .agents = "0.0.0.0:8443",
				 .people = "127.0.0.1:8444",
				 .checkpoint_every_s = 3600,
				 .dispose_every_s = DISPOSER_EVERY_S };
	settings_init(&ret->settings);
	while ((option = getopt_long(argc, argv, "", options, &at)) >= 0) {
		int status = take_option(ret, option, options[at].name);
		if (status >= 0)
			return status;
	}
	return check_options(ret, argc, argv);
}

/* A connection is a file descriptor. */
static void raise_limits(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

/* The data directory must be there; what is made in it is for its owner alone. */
static int check_directory(const char *path)
{
	struct stat st;

	umask(077);
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return 0;
	log_line(LOG_LEVEL_ERROR, "config-missing",
		 "%s is not a directory; make it with \"devgatectl init --data %s ...\"", path,
		 path);
	return -ENOTDIR;
}

/* Its own data, libraries and settings, and where PostgreSQL's passwords may be: libpq's manual,
 * "The Password File".  Before the first thread. */
static void confine(const char *data)
{
	const char *home = getenv("HOME"), *passwords = getenv("PGPASSFILE");
	char in_home[2][PATH_MAX] = { "", "" };

	if (home != NULL) {
		snprintf(in_home[0], sizeof(in_home[0]), "%s/.pgpass", home);
		snprintf(in_home[1], sizeof(in_home[1]), "%s/.postgresql", home);
	}
	const struct landlock_path files[] = {
		{ "/usr", LANDLOCK_READ },
		{ "/lib", LANDLOCK_READ },
		{ "/lib64", LANDLOCK_READ },
		{ "/etc", LANDLOCK_READ },
		{ "/run", LANDLOCK_READ },
		{ "/proc", LANDLOCK_READ },
		{ "/dev", LANDLOCK_READ },
		{ "/dev/null", LANDLOCK_WRITE },
		{ "/tmp", LANDLOCK_WRITE }, /* SQLite's sorting */
		{ "/var/tmp", LANDLOCK_WRITE },
		{ data, LANDLOCK_WRITE },
		{ in_home[0], LANDLOCK_READ },
		{ in_home[1], LANDLOCK_READ },
		{ passwords != NULL ? passwords : "", LANDLOCK_READ },
	};
	int r = landlock_confine(files, sizeof(files) / sizeof(files[0]));

	if (r < 0)
		log_line(LOG_LEVEL_WARNING, "landlock",
			 "The collector is not confined to its files: %s", strerror(-r));
}

static int open_store(struct collector *collector, const struct options *options)
{
	char error[256];
	int r = store_open(&collector->store, options->store, options->data, error);

	if (r < 0) {
		log_line(LOG_LEVEL_ERROR, "store-refused", "The store cannot be opened: %s", error);
		return r;
	}
	r = config_bootstrap(options->data, collector->store);
	if (r == 0) {
		r = revoked_reload(&collector->revoked, collector->store);
		if (r < 0)
			log_line(LOG_LEVEL_ERROR, "store-refused",
				 "The revoked certificates cannot be read: %s", store_error());
	}
	return r;
}

/* Another collector has changed what people and machines wait for here. */
static void on_store_news(void *context, unsigned news)
{
	struct collector *collector = context;

	if (news & (NEWS_CERTIFICATES | NEWS_SUPERSEDED) &&
	    revoked_reload(&collector->revoked, collector->store) < 0)
		log_line(LOG_LEVEL_ERROR, "store-failed",
			 "The revoked certificates cannot be read: %s", store_error());
	/* What is refused from now on ends its wait: it asks again, and is told. */
	if (news & (NEWS_POLICY | NEWS_CERTIFICATES))
		waiters_wake(&collector->waiters, TOPIC_POLICY);
	if (news & (NEWS_REVOCATIONS | NEWS_CERTIFICATES))
		waiters_wake(&collector->waiters, TOPIC_REVOCATIONS);
	if (news & (NEWS_GRANTS | NEWS_CERTIFICATES))
		waiters_wake(&collector->waiters, TOPIC_GRANTS);
	if (news & NEWS_EVENTS)
		waiters_wake(&collector->waiters, TOPIC_EVENTS);
}

/* Until a signal says that it is to end: SIGHUP has it read its files again. */
static void await_end(struct collector *collector, const struct options *options,
		      const sigset_t *signals)
{
	int signal;

	while ((signal = sigwaitinfo(signals, NULL)) == SIGHUP || signal < 0) {
		if (signal < 0)
			continue; /* EINTR: a debugger, a stop and go */
		service_notify("RELOADING=1");
		service_notify(reload(collector, options) < 0
				       ? "READY=1\nSTATUS=Reload refused; see the log"
				       : "READY=1\nSTATUS=");
	}
	log_about(LOG_LEVEL_INFO, "stopping", LOG_ABOUT(LOG_NUMBER("signal", signal)), "signal %d",
		  signal);
}

/* What can be changed later, as it is at the start.  A certificate that workstations will not
 * accept is shown all the same: officers and auditors can still come and see to it. */
static int prepare(struct collector *collector, const struct options *options, struct settings *ret)
{
	const struct config *config = &collector->config;
	char error[SERVER_CERTIFICATE_ERROR_SIZE], host[CONFIG_URL_SIZE];
	int r = config_read_settings(options, ret, error);

	if (r < 0) {
		log_line(LOG_LEVEL_ERROR, "config-invalid", "%s/collector.json: %s", options->data,
			 error);
		return r;
	}
	config_host(config, host);
	const struct server_files files = { config->server_certificate, config->server_key,
					    ca_certificate(config->ca), host };
	r = server_certificate_show(&collector->certificate, &files, error);
	if (r < 0)
		log_line(LOG_LEVEL_ERROR, "config-invalid", "%s: %s", options->data, error);
	else if (server_certificate_check(&files, (int64_t)time(NULL), error) < 0)
		log_line(LOG_LEVEL_WARNING, "certificate-doubtful",
			 "%s: workstations will not accept it", error);
	atomic_store(&collector->silent_after_s, ret->silent_after_s);
	atomic_store(&collector->certificate_life_s, ret->certificate_life_s);
	return r;
}

static int serve(struct collector *collector, const struct options *options,
		 const sigset_t *signals)
{
	struct news_follower *news = NULL;
	struct settings settings;
	struct server server;
	int r = prepare(collector, options, &settings);

	if (r < 0)
		return r;
	r = waiters_init(&collector->waiters);
	facts_cache_init(&collector->facts);
	if (r < 0) {
		log_line(LOG_LEVEL_ERROR, "thread-refused", "%s", strerror(-r));
		return r;
	}
	r = patience_start(&collector->patience, settings.patience_s);
	if (r < 0) {
		log_line(LOG_LEVEL_ERROR, "thread-refused", "%s", strerror(-r));
		waiters_stop(&collector->waiters);
		waiters_finish(&collector->waiters);
		return r;
	}
	budget_init(&collector->budget, settings.uploads_memory);
	rates_init(&collector->rates, settings.agent_rates);
	rates_change_memory(&collector->rates, settings.uploads_memory);
	r = news_follow(collector->store, on_store_news, collector, &news);
	if (r == 0)
		r = disk_watch_start(&collector->disk, collector->store, options->data,
				     options->store != NULL);
	if (r < 0)
		log_line(LOG_LEVEL_ERROR, "thread-refused", "%s", strerror(-r));
	else
		r = server_start(&server, collector, options);
	if (r == 0) {
		struct workers workers;

		workers_start(&workers, collector, options);
		service_notify("READY=1");
		await_end(collector, options, signals);
		service_notify("STOPPING=1");
		server_stop(&server);
		workers_stop(&workers);
	}
	disk_watch_stop(&collector->disk);
	news_stop(news);
	waiters_stop(&collector->waiters);
	waiters_finish(&collector->waiters);
	facts_cache_finish(&collector->facts);
	patience_stop(&collector->patience);
	rates_finish(&collector->rates);
	return r;
}

int main(int argc, char **argv)
{
	struct collector collector = { 0 };
	struct options options;
	sigset_t signals;

	int status = parse_options(argc, argv, &options);
	if (status >= 0)
		return status;
	if (sodium_init() < 0)
		return EXIT_FAILURE;
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, NULL); /* inherited by every thread */
	raise_limits();

	collector.directory = options.data;
	metrics_init(&collector.metrics);
	revoked_init(&collector.revoked);
	server_certificate_init(&collector.certificate);
	if (options.restore_from) {
		umask(077);
		return restore_site(&options);
	}
	int r = check_directory(options.data);
	if (r == 0 && !options.backup_to) /* which listens to nobody, and writes where it is told */
		confine(options.data);
	if (r == 0 && options.new_certificate)
		return new_certificate(&options);
	if (r == 0 && options.move_to)
		return move_site(&options);
	if (r == 0)
		r = config_load(&collector.config, &options);
	if (r == 0 && options.backup_to) {
		status = backup_site(&options, &collector.config);
		config_finish(&collector.config);
		return status;
	}
	if (r == 0)
		r = open_store(&collector, &options);
	if (r == 0)
		r = serve(&collector, &options, &signals);
	store_close(collector.store);
	config_finish(&collector.config);
	revoked_finish(&collector.revoked);
	server_certificate_finish(&collector.certificate);
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
