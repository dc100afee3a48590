/* devgate-notify: shows the person at the desktop what the enforcer decides on their devices, and
 * when one is about to be taken away.  One for each session; the desktop starts it. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "agent/common/cleanup.h"
#include "agent/common/control_client.h"
#include "agent/common/language.h"
#include "agent/common/log.h"
#include "desktop.h"
#include "message.h"

#define NAME "org.devgate.Notify" /* on the session bus; who has it is the one of this session */

enum {
	EXIT_USAGE = 2,
	TIMEOUT_MS = 2000,
	RETRY_MIN_S = 1,
	RETRY_MAX_S = 30,
	COUNTDOWN_S = 5, /* between what is shown of the time that is left */
	MAX_COUNTDOWNS = 16,
};

/* A device that is about to be taken away. */
struct countdown {
	json_t *notice; /* owned; NULL: none */
	time_t from;	/* CLOCK_BOOTTIME */
};

struct notifier {
	sd_event *loop;
	sd_bus *bus;
	char path[256]; /* of the enforcer's socket */
	int fd;		/* -1: not connected */
	sd_event_source *io, *retry, *tick;
	unsigned retry_s;
	struct desktop desktop;
	struct countdown countdowns[MAX_COUNTDOWNS];
};

static time_t now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec;
}

static int show(struct notifier *notifier, const json_t *notice, unsigned gone_s,
		struct message *ret)
{
	int r = message_make(notice, gone_s, ret);

	if (r >= 0)
		r = desktop_show(&notifier->desktop, ret);
	if (r < 0)
		log_warning("notify", "A notice cannot be shown: %s", strerror(-r));
	return r;
}

static bool same_instance(const json_t *a, const json_t *b)
{
	return json_equal(json_object_get(a, "instance"), json_object_get(b, "instance"));
}

static void end_countdown(struct notifier *notifier, const json_t *notice)
{
	for (size_t i = 0; i < MAX_COUNTDOWNS; i++) {
		struct countdown *countdown = &notifier->countdowns[i];

		if (countdown->notice == NULL || !same_instance(countdown->notice, notice))
			continue;
		json_decref(countdown->notice);
		countdown->notice = NULL;
	}
}

static void begin_countdown(struct notifier *notifier, json_t *notice)
{
	for (size_t i = 0; i < MAX_COUNTDOWNS; i++) {
		if (notifier->countdowns[i].notice != NULL)
			continue;
		notifier->countdowns[i].notice = json_incref(notice);
		notifier->countdowns[i].from = now_s();
		if (sd_event_source_set_time_relative(notifier->tick,
						      (uint64_t)COUNTDOWN_S * 1000000) < 0 ||
		    sd_event_source_set_enabled(notifier->tick, SD_EVENT_ONESHOT) < 0)
			log_warning("notify", "The time that is left cannot be shown");
		return;
	}
}

static int on_tick(sd_event_source *source, uint64_t now_us, void *userdata)
{
	struct notifier *notifier = userdata;
	bool any = false;

	(void)now_us;
	for (size_t i = 0; i < MAX_COUNTDOWNS; i++) {
		struct countdown *countdown = &notifier->countdowns[i];
		struct message message;
		unsigned gone_s;

		if (countdown->notice == NULL)
			continue;
		gone_s = (unsigned)(now_s() - countdown->from);
		if (show(notifier, countdown->notice, gone_s, &message) < 0 ||
		    gone_s >= message.seconds) {
			json_decref(countdown->notice);
			countdown->notice = NULL;
		} else {
			any = true;
		}
	}
	if (!any)
		return 0;
	sd_event_source_set_time_relative(source, (uint64_t)COUNTDOWN_S * 1000000);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static void on_notice(struct notifier *notifier, json_t *notice)
{
	struct message message;

	if (!json_is_object(notice) || json_object_get(notice, "notice") == NULL)
		return; /* what the enforcer says of the connection itself */
	end_countdown(notifier, notice);
	if (show(notifier, notice, 0, &message) >= 0 && message.seconds > 0)
		begin_countdown(notifier, notice);
}

static void disconnect(struct notifier *notifier)
{
	notifier->io = sd_event_source_disable_unref(notifier->io);
	if (notifier->fd >= 0)
		close(notifier->fd);
	notifier->fd = -1;
	if (sd_event_source_set_time_relative(notifier->retry,
					      (uint64_t)notifier->retry_s * 1000000) < 0 ||
	    sd_event_source_set_enabled(notifier->retry, SD_EVENT_ONESHOT) < 0)
		sd_event_exit(notifier->loop, EXIT_FAILURE);
	notifier->retry_s *= 2;
	if (notifier->retry_s > RETRY_MAX_S)
		notifier->retry_s = RETRY_MAX_S;
}

static int on_packet(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct notifier *notifier = userdata;
	_cleanup_json_ json_t *notice = NULL;
	int r;

	(void)source;
	(void)events;
	r = control_receive(fd, &notice);
	if (r > 0)
		on_notice(notifier, notice);
	else if (r != -ETIMEDOUT)
		disconnect(notifier);
	return 0;
}

static int on_retry(sd_event_source *source, uint64_t now_us, void *userdata)
{
	struct notifier *notifier = userdata;
	int r;

	(void)source;
	(void)now_us;
	r = control_connect(notifier->path, TIMEOUT_MS, &notifier->fd);
	if (r >= 0)
		r = control_send(notifier->fd, "notices", NULL, 0);
	if (r >= 0)
		r = sd_event_add_io(notifier->loop, &notifier->io, notifier->fd, EPOLLIN, on_packet,
				    notifier);
	if (r < 0)
		disconnect(notifier);
	else
		notifier->retry_s = RETRY_MIN_S;
	return 0;
}

static int start(struct notifier *notifier)
{
	int r = sd_event_new(&notifier->loop);

	if (r >= 0)
		r = sd_bus_open_user(&notifier->bus);
	if (r >= 0)
		r = sd_bus_attach_event(notifier->bus, notifier->loop, SD_EVENT_PRIORITY_NORMAL);
	if (r >= 0)
		r = sd_bus_request_name(notifier->bus, NAME, 0);
	if (r == -EEXIST)
		return r;
	if (r >= 0)
		r = sd_bus_set_exit_on_disconnect(notifier->bus, true);
	if (r >= 0)
		r = desktop_init(&notifier->desktop, notifier->bus);
	if (r >= 0)
		r = sd_event_add_time_relative(notifier->loop, &notifier->tick, CLOCK_BOOTTIME,
					       UINT64_MAX / 4, 0, on_tick, notifier);
	if (r >= 0)
		r = sd_event_source_set_enabled(notifier->tick, SD_EVENT_OFF);
	if (r >= 0)
		r = sd_event_add_time_relative(notifier->loop, &notifier->retry, CLOCK_BOOTTIME, 0,
					       0, on_retry, notifier);
	return r;
}

static void finish(struct notifier *notifier)
{
	for (size_t i = 0; i < MAX_COUNTDOWNS; i++)
		json_decref(notifier->countdowns[i].notice);
	sd_event_source_disable_unref(notifier->io);
	sd_event_source_disable_unref(notifier->retry);
	sd_event_source_disable_unref(notifier->tick);
	if (notifier->fd >= 0)
		close(notifier->fd);
	sd_bus_flush_close_unref(notifier->bus);
	sd_event_unref(notifier->loop);
}

static int run(const char *run_dir)
{
	struct notifier notifier = { .fd = -1, .retry_s = RETRY_MIN_S };
	int r;

	snprintf(notifier.path, sizeof(notifier.path), "%s/control.sock", run_dir);
	r = start(&notifier);
	if (r >= 0)
		r = sd_event_loop(notifier.loop);
	else if (r != -EEXIST)
		log_error("notify", "The session bus cannot be used: %s", strerror(-r));
	finish(&notifier);
	return r == -EEXIST || r == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static void print_help(void)
{
	puts("Usage: devgate-notify [OPTION...]\n"
	     "Show on the desktop what is decided on portable devices, and when one is taken "
	     "away.\n"
	     "\n"
	     "      --run-dir=DIR  where control.sock is (/run/devgate)\n"
	     "  -h, --help         show this help\n"
	     "  -V, --version      show the version");
}

int main(int argc, char **argv)
{
	enum { RUN_DIR = 256 };
	static const struct option options[] = { { "run-dir", required_argument, NULL, RUN_DIR },
						 { "help", no_argument, NULL, 'h' },
						 { "version", no_argument, NULL, 'V' },
						 { 0 } };
	const char *run_dir = "/run/devgate";
	int option;

	language_start();
	while ((option = getopt_long(argc, argv, "hV", options, NULL)) != -1) {
		switch (option) {
		case RUN_DIR:
			run_dir = optarg;
			break;
		case 'h':
			print_help();
			return EXIT_SUCCESS;
		case 'V':
			puts("devgate-notify " DEVGATE_VERSION);
			return EXIT_SUCCESS;
		default:
			return EXIT_USAGE;
		}
	}
	return optind < argc ? EXIT_USAGE : run(run_dir);
}
